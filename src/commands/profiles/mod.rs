//! `nxp profiles`: the list of profiles, and which one is current.

pub(super) mod current;
pub(super) mod list;
#[cfg(test)]
mod properties;
mod resolve;
pub(super) mod switch;
