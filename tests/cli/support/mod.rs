//! What the tests stand on. A test takes a [`Home`] for nxp to live in, a [`Portal`] for it to
//! call, and where it needs one a [`Keyring`]; then it runs `home.nxp([...])`, plainly or in a
//! [`Terminal`](terminal::Terminal).
//!
//! Whatever nxp prints or leaves in a home is searched for secrets, in every test.

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
mod running;
mod terminal;
mod tools;

pub(crate) use call::{Call, Output};
pub(crate) use faults::Request;
pub(crate) use gate::Gate;
pub(crate) use home::Home;
pub(crate) use http_message::Message;
pub(crate) use internet::Internet;
pub(crate) use keyring::Keyring;
pub(crate) use leaks::is_secret;
pub(crate) use network::{
    Authority, Identity, Manner, Proxy, Valid, alarm, babble, closed_port, forward, serving,
    tls_front,
};
pub(crate) use portal::{LIST, ONE_TIME_CODE, PASSWORD, Portal, SWITCH, people};
pub(crate) use profile_calls::{UNTIL_TOLD, begun, exec, exec_with, switch};
pub(crate) use running::{PATIENCE, Running, wait_until};
pub(crate) use terminal::{Key, Terminal};
pub(crate) use tools::{help_topics, skip};
