//! `nxp profiles`: the list of profiles, and which one is current.

pub(super) mod benefits;
pub(super) mod current;
pub(super) mod directory;
pub(super) mod exec;
pub(super) mod list;
mod pick;
pub(super) mod pin;
#[cfg(test)]
mod properties;
pub(super) mod resolve;
pub(super) mod switch;
mod switching;
pub(super) mod virtual_office_hint;
