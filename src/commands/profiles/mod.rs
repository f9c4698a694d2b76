//! `nxp profiles`: the list of profiles, and which one is current.

pub(super) mod acting;
pub(super) mod benefits;
mod child;
pub(super) mod current;
pub(super) mod directory;
pub(super) mod earlier_switch;
pub(super) mod exec;
pub(super) mod list;
pub(super) mod pin;
#[cfg(test)]
mod properties;
pub(super) mod resolve;
pub(super) mod switch;
mod transaction;
