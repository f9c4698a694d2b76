//! A real gnome-keyring on a session bus of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::running::PATIENCE;
use super::tools::tool;

/// A bus that starts no services: the test puts them there.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=FOLDER</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

const SERVICE: &str = "org.freedesktop.secrets";

/// Between two looks at whether the keyring is there.
const LOOK: Duration = Duration::from_millis(10);

/// A keyring. Dropping it ends its processes.
pub(crate) struct Keyring {
    folder: tempfile::TempDir,
    address: String,
    bus: Child,
    daemon: Option<Child>,
    tools: Tools,
}

struct Tools {
    bus: PathBuf,
    daemon: PathBuf,
    send: PathBuf,
    secret_tool: PathBuf,
}

impl Keyring {
    /// A keyring as it is once its user has logged in; `None` where the machine lacks what it
    /// takes, and the test is to be skipped.
    pub(crate) fn unlocked() -> Option<Self> {
        let mut keyring = Self::absent()?;
        keyring.start_daemon();
        Some(keyring)
    }

    /// A session bus with no keyring on it.
    pub(crate) fn absent() -> Option<Self> {
        let tools = Tools {
            bus: tool("dbus-daemon")?,
            daemon: tool("gnome-keyring-daemon")?,
            send: tool("dbus-send")?,
            secret_tool: tool("secret-tool")?,
        };
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("bus.conf");
        let text = BUS.replace("FOLDER", folder.path().to_str().unwrap());
        fs::write(&config, text).unwrap();
        let mut bus = Command::new(&tools.bus)
            .arg("--config-file")
            .arg(&config)
            .args(["--nofork", "--print-address"])
            .env_clear()
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let printed = bus.stdout.take().unwrap();
        BufReader::new(printed).read_line(&mut address).unwrap();
        Some(Self {
            folder,
            address: address.trim().to_owned(),
            bus,
            daemon: None,
            tools,
        })
    }

    /// The address of its bus.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The item with these attributes, as another program finds it.
    pub(crate) fn lookup(&self, service: &str, username: &str) -> Option<String> {
        let found = self
            .command(&self.tools.secret_tool)
            .args(["lookup", "service", service, "username", username])
            .output()
            .unwrap();
        assert!(found.stderr.is_empty(), "{found:?}");
        found
            .status
            .success()
            .then(|| String::from_utf8(found.stdout).unwrap())
    }

    /// Puts an item there, as another program does.
    pub(crate) fn store(&self, service: &str, username: &str, secret: &str) {
        self.store_with(&["service", service, "username", username], secret);
    }

    /// Puts another item there, with one more attribute.
    pub(crate) fn store_copy(&self, service: &str, username: &str, copy: &str, secret: &str) {
        let attributes = ["service", service, "username", username, "copy", copy];
        self.store_with(&attributes, secret);
    }

    fn store_with(&self, attributes: &[&str], secret: &str) {
        let mut child = self
            .command(&self.tools.secret_tool)
            .args(["store", "--label", "from outside"])
            .args(attributes)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(secret.as_bytes()).unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success());
    }

    /// How many items have these attributes.
    pub(crate) fn count(&self, service: &str, username: &str) -> usize {
        let found = self
            .command(&self.tools.secret_tool)
            .args(["search", "--all", "service", service, "username", username])
            .output()
            .unwrap();
        let found = String::from_utf8(found.stdout).unwrap();
        found.lines().filter(|line| line.starts_with('[')).count()
    }

    /// Deletes an item, as another program does.
    pub(crate) fn clear(&self, service: &str, username: &str) {
        let cleared = self
            .command(&self.tools.secret_tool)
            .args(["clear", "service", service, "username", username])
            .status()
            .unwrap();
        assert!(cleared.success());
    }

    /// Locks it, as a screen lock may.
    pub(crate) fn lock(&self) {
        let locked = self.send(&[
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        ]);
        assert!(locked.is_some_and(|reply| reply.contains("collection/login")));
    }

    /// Has it answer nothing from now on.
    pub(crate) fn hang(&self) {
        let daemon = self.daemon.as_ref().unwrap();
        kill_process(Pid::from_child(daemon), Signal::STOP).unwrap();
    }

    /// Has it answer again.
    pub(crate) fn resume(&self) {
        let daemon = self.daemon.as_ref().unwrap();
        kill_process(Pid::from_child(daemon), Signal::CONT).unwrap();
    }

    /// Ends it; its bus stays.
    pub(crate) fn end(&mut self) {
        let mut daemon = self.daemon.take().unwrap();
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }

    fn start_daemon(&mut self) {
        let mut daemon = self
            .command(&self.tools.daemon)
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The password, which is empty; without the line break it stays locked.
        daemon.stdin.take().unwrap().write_all(b"\n").unwrap();
        self.daemon = Some(daemon);
        let start = Instant::now();
        while !self.is_there() {
            assert!(start.elapsed() < PATIENCE, "gnome-keyring does not come up");
            thread::sleep(LOOK);
        }
    }

    fn is_there(&self) -> bool {
        let mut owned = self.command(&self.tools.send);
        owned.args([
            "--session",
            "--print-reply=literal",
            "--dest=org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.NameHasOwner",
            &format!("string:{SERVICE}"),
        ]);
        let owned = owned.output().unwrap().stdout;
        String::from_utf8_lossy(&owned).contains("true")
            && self
                .send(&[
                    "/org/freedesktop/secrets",
                    "org.freedesktop.Secret.Service.ReadAlias",
                    "string:default",
                ])
                .is_some_and(|reply| reply.contains("login"))
    }

    /// Calls the keyring; `None` where it refuses.
    fn send(&self, call: &[&str]) -> Option<String> {
        let reply = self
            .command(&self.tools.send)
            .args(["--session", "--print-reply=literal"])
            .arg(format!("--dest={SERVICE}"))
            .args(call)
            .output()
            .unwrap();
        let text = String::from_utf8(reply.stdout).unwrap();
        reply.status.success().then_some(text)
    }

    fn command(&self, program: &PathBuf) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        for child in self.daemon.iter_mut().chain([&mut self.bus]) {
            // Kills one that is stopped, too.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn an_item_is_there_until_it_is_cleared() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    assert_eq!(keyring.lookup("some/service", "somebody"), None);
    keyring.store("some/service", "somebody", "content");
    let found = keyring.lookup("some/service", "somebody");
    assert_eq!(found.as_deref(), Some("content"));
    keyring.clear("some/service", "somebody");
    assert_eq!(keyring.lookup("some/service", "somebody"), None);
}
