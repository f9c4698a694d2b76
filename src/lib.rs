//! `nxp`: the account switcher for members of Nexudus-run coworking spaces.
//!
//! The way data flows, one way only:
//!
//! ```text
//! args  →  commands::<verb>  →  session (who, where, token)  →  portal (HTTP)
//!                 ↓
//!              answer  →  output::<format>  (stdout; messages and prompts: stderr)
//! ```
//!
//! [`args`] parses and does nothing; [`config`] settles what it leaves open from the environment.
//! A command returns an [`answer::Answer`]; [`output`] alone writes it. [`portal`] knows HTTP and
//! JSON, [`session`] accounts and the keyring; neither knows of a terminal. [`sandbox`] serves the
//! portal's API and imports none of them.

pub mod answer;
pub mod args;
pub mod commands;
pub mod config;
pub mod error;
pub mod output;
pub mod portal;
mod prompt;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod secret;
pub mod session;
