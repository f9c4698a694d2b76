//! `nxp accounts`: the accounts on this machine, and which one is the default.

pub(super) mod list;
pub(super) mod use_account;
