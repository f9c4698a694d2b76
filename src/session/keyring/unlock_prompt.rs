//! Whether a Secret Service that keeps one waiting waits for a person itself.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zbus::blocking::Connection;
use zbus::blocking::fdo::{DBusProxy, PeerProxy};
use zbus::names::{BusName, WellKnownName};

/// Between two looks for a service that is still being started.
const PAUSE: Duration = Duration::from_millis(50);

/// The name that a Secret Service has on the bus (Secret Service API, 0.2).
const SERVICE: &str = "org.freedesktop.secrets";

/// What a Secret Service is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// It asks somebody for a password.
    ForAPerson,
    /// It is well, and slow: it asks nobody.
    ForNobody,
    /// It hangs, or does not come up.
    Hanging,
}

/// Looks what the Secret Service is doing, for at most `patience`.
pub(super) fn look(patience: Duration) -> Waiting {
    let deadline = Instant::now() + patience;
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::spawn(move || {
        while Instant::now() < deadline {
            if let Ok(waiting) = seen() {
                // Nobody listens any more once the patience is over.
                let _ = sender.send(waiting);
                return;
            }
            thread::sleep(PAUSE);
        }
    });
    receiver.recv_timeout(patience).unwrap_or(Waiting::Hanging)
}

fn seen() -> zbus::Result<Waiting> {
    let connection = Connection::session()?;
    let bus = DBusProxy::new(&connection)?;
    let owner = |name| {
        bus.get_name_owner(BusName::WellKnown(
            WellKnownName::from_static_str_unchecked(name),
        ))
    };
    let service = owner(SERVICE)?;
    PeerProxy::builder(&connection)
        .destination(SERVICE)?
        .path("/org/freedesktop/secrets")?
        .build()?
        .ping()?;
    // gnome-keyring has the desktop ask; the other services ask in windows of their own.
    let is_gnome = owner("org.gnome.keyring").is_ok_and(|gnome| gnome == service);
    let asks = !is_gnome || owner("org.gnome.keyring.SystemPrompter").is_ok();
    Ok(if asks {
        Waiting::ForAPerson
    } else {
        Waiting::ForNobody
    })
}
