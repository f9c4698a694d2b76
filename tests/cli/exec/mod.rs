//! `nxp profiles exec`.

mod mishaps;
mod running;
mod signals;
mod terminal;
mod turns;
