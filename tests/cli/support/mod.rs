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
    Authority, Identity, Manner, Proxy, Valid, alarm, answering, babble, forward, serving,
    tls_front,
};
pub(crate) use portal::{ONE_TIME_CODE, PASSWORD, Portal, people};
pub(crate) use running::Running;
pub(crate) use terminal::{Key, Terminal};
pub(crate) use tools::skip;
