//! The users and profiles of the sandbox that tests name.

pub(crate) use nxp::sandbox::MAIN as ANA;
pub(crate) const TWO_FACTOR: &str = "two-factor@sandbox.example";
pub(crate) const MUST_RESET: &str = "must-reset@sandbox.example";
pub(crate) const SUSPENDED: &str = "suspended@sandbox.example";
/// The user without a password.
pub(crate) use nxp::sandbox::LINK_ONLY;
pub(crate) const NO_PROFILE: &str = "nobody@sandbox.example";

/// Ana's own profile, which is current at first.
pub(crate) const ANAS_OWN: u64 = 14_190_271;
/// Ana's company with a virtual office.
pub(crate) const CERAMICS: u64 = 14_190_688;
/// Another company of Ana's.
pub(crate) const TIDEWATER: u64 = 14_512_340;
/// A profile of Ana's that isn't active.
pub(crate) const SLOW_TYPE: u64 = 14_388_925;
