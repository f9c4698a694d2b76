//! Tests of the real binary, with a portal, a keyring and a terminal. One module for each command.

#![cfg(all(unix, feature = "sandbox"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a failed test panics"
)]

#[cfg_attr(
    target_os = "macos",
    allow(dead_code, reason = "some tests need Linux")
)]
mod support;

mod accounts;
mod acting;
mod api;
mod benefits;
mod console;
mod current;
mod directory;
mod doctor;
mod environment;
mod exec;
mod faults;
mod find_space;
mod formats;
mod help;
mod hints;
mod hostile;
mod hostile_text;
#[cfg(not(target_os = "macos"))]
mod interrupted_switch;
mod keyring;
mod login;
mod login_link;
mod logout;
mod people;
mod picker;
mod picker_keys;
mod profiles_list;
mod profiles_switch;
mod proxy;
mod questions;
mod read_only;
mod readme;
mod refresh;
mod refresh_races;
mod resolve;
mod sandbox;
mod secrets;
mod shells;
mod state_file;
mod status;
mod status_of_many;
mod suspend;
mod switch_faults;
mod tls;
mod token;
mod token_leaks;
mod transaction;
mod usage;
