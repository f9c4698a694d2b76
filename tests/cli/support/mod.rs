//! What the tests share. A test creates a [`Home`] for nxp, a [`Portal`] that it calls and, where it
//! needs one, a [`Keyring`]; then it runs `home.nxp([...])`, without a terminal or in a
//! [`Terminal`](terminal::Terminal).
//!
//! All that nxp prints, and the files in a home, are searched for secrets in every test.

mod call;
mod faults;
mod gate;
mod home;
mod http_message;
mod internet;
mod keyring;
mod leaks;
mod network;
mod portal;
mod profile_calls;
mod profiles;
mod running;
mod terminal;
mod tools;

pub(crate) use call::{Call, Output};
pub(crate) use gate::Gate;
pub(crate) use home::Home;
pub(crate) use http_message::Message;
pub(crate) use internet::Internet;
pub(crate) use keyring::Keyring;
pub(crate) use leaks::is_secret;
#[cfg(target_os = "linux")]
pub(crate) use network::Silent;
pub(crate) use network::{
    Authority, Identity, Proxy, ProxyMode, Route, Valid, closed_port, forward, resetting,
    responding, serving, tls_alert, tls_front,
};
pub(crate) use portal::{LIST, ONE_TIME_CODE, PASSWORD, Portal, Request, SWITCH, people};
pub(crate) use profile_calls::{UNTIL_TOLD, begun, exec, exec_with, switch};
pub(crate) use profiles::BuildProfile;
pub(crate) use running::{PATIENCE, Running, wait_until};
pub(crate) use terminal::{Key, Terminal};
pub(crate) use tools::{help_topics, make_fifo, skip};
