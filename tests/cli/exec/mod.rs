//! `nxp profiles exec`.

mod mishaps;
mod running;
// These two send signals that macOS does not have.
#[cfg(not(target_os = "macos"))]
mod signals;
#[cfg(not(target_os = "macos"))]
mod terminal;
mod turns;
