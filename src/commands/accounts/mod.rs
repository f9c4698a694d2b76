//! `nxp accounts`: the accounts on this machine, and which one is the default.

pub(super) mod choose;
pub(super) mod list;
