//! `nxp`: the account switcher for members of Nexudus-run coworking spaces.

pub mod sandbox;
