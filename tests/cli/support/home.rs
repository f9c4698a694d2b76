//! A home folder of its own for nxp, and nothing of the machine's around it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use super::tools::{skip, tool};
use super::{Call, Keyring, PASSWORD, Portal, leaks};

/// A home folder. At its end every file in it is searched for secrets.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    environment: Vec<(OsString, OsString)>,
}

impl Home {
    /// A home on a machine without a session bus, and so without a keyring.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut environment = vec![("HOME".into(), folder.path().into())];
        for (name, below) in [
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_RUNTIME_DIR", "run"),
            ("TMPDIR", "tmp"),
        ] {
            let path = folder.path().join(below);
            fs::create_dir(&path).unwrap();
            environment.push((name.into(), path.into()));
        }
        // The kernel's keyring outlives every home, and not every machine has it.
        environment.push(("NXP_KEYRING".into(), "secret-service".into()));
        Self {
            folder,
            environment,
        }
    }

    /// A home on a machine with this keyring.
    pub(crate) fn with_keyring(keyring: &Keyring) -> Self {
        let mut home = Self::new();
        let address = keyring.address().into();
        home.environment
            .push(("DBUS_SESSION_BUS_ADDRESS".into(), address));
        home
    }

    /// A command line, still to be run.
    pub(crate) fn nxp<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Call {
        let arguments = arguments.into_iter().map(|word| word.as_ref().to_owned());
        let environment = self.environment.iter().cloned().collect();
        Call::new(self.path(), arguments.collect(), environment)
    }

    /// Looks at a portal, so that its user is known here. Requests so far are not counted.
    pub(crate) fn knows(&self, portal: &Portal) {
        let token = portal.token();
        let look = self.nxp(["profiles", "list"]).at(portal);
        look.env("NXP_TOKEN", &token).run().code(0);
        portal.is_known_with(token);
    }

    /// A home that knows a new portal.
    pub(crate) fn at_portal() -> (Self, Portal) {
        let (home, portal) = (Self::new(), Portal::start());
        home.knows(&portal);
        (home, portal)
    }

    /// The switch in the journal that is not settled yet.
    pub(crate) fn pending_switch(&self) -> Option<serde_json::Value> {
        let pending = self.journal()?["pending"].take();
        (!pending.is_null()).then_some(pending)
    }

    /// Changes that switch.
    pub(crate) fn change_pending_switch(&self, change: impl FnOnce(&mut serde_json::Value)) {
        self.change_journal(|journal| change(&mut journal["pending"]));
    }

    pub(crate) fn change_journal(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let mut journal = self.journal().unwrap();
        change(&mut journal);
        fs::write(self.journal_file().unwrap(), format!("{journal}\n")).unwrap();
    }

    /// The journal; there is one user a test.
    fn journal(&self) -> Option<serde_json::Value> {
        let content = fs::read(self.journal_file()?).unwrap();
        let line = content.split(|byte| *byte == b'\n').next().unwrap();
        // It may be empty: locked and not written yet.
        serde_json::from_slice(line).ok()
    }

    pub(crate) fn journal_file(&self) -> Option<PathBuf> {
        let mut files = fs::read_dir(self.path().join("state/nxp")).ok()?;
        files.find_map(|entry| {
            let entry = entry.unwrap();
            let is_journal = entry.file_name().to_str().unwrap().starts_with("switch-");
            is_journal.then(|| entry.path())
        })
    }

    /// Signs in to a portal with [`PASSWORD`].
    pub(crate) fn sign_in(&self, portal: &Portal, email: &str) {
        self.login(portal.address(), email).run().code(0);
    }

    /// The command line that signs in with [`PASSWORD`].
    pub(crate) fn login(&self, space: &str, email: &str) -> Call {
        let words = ["login", "--space", space, "--email", email];
        let words = words.into_iter().chain(["--password-stdin"]);
        self.nxp(words).stdin(PASSWORD)
    }

    /// Another program of the machine's, with nxp on its path; `None` where it is missing, as
    /// [`tool`] says.
    pub(crate) fn program<const N: usize>(&self, name: &str, arguments: [&str; N]) -> Option<Call> {
        let program = tool(name)?;
        Some(self.nxp(arguments).of_program(program))
    }

    /// Whether the kernel provides a keyring. Many containers have none: a test that needs it is
    /// skipped there, and fails with `CI=true`.
    pub(crate) fn has_kernel_keyring(&self) -> bool {
        let probe = ["session", "-", "keyctl", "get_persistent", "@s"];
        let lends = self
            .program("keyctl", probe)
            .is_some_and(|probe| probe.run().code == 0);
        if !lends {
            skip("a kernel keyring, which this machine does not provide");
        }
        lends
    }

    /// A command line that may write no more than the permissions of files say: root may, unless
    /// it gives that up. `None` where it can't.
    pub(crate) fn unprivileged(&self, words: &[&str]) -> Option<Call> {
        if !rustix::process::geteuid().is_root() {
            return Some(self.nxp(words));
        }
        let drop = [
            "--bounding-set=-dac_override",
            "--inh-caps=-dac_override",
            "nxp",
        ];
        let program = tool("setpriv")?;
        Some(self.nxp([&drop, words].concat()).of_program(program))
    }

    /// Makes another user of the machine the owner of all that is in here.
    pub(crate) fn give_to(&self, user: u32) {
        let mut folders = vec![self.path().to_owned()];
        while let Some(path) = folders.pop() {
            std::os::unix::fs::chown(&path, Some(user), Some(user)).unwrap();
            if path.is_dir() {
                let entries = fs::read_dir(&path).unwrap();
                folders.extend(entries.map(|entry| entry.unwrap().path()));
            }
        }
    }

    /// A command line of that user's, which root alone can run.
    pub(crate) fn nxp_as(&self, user: u32, words: &[&str]) -> Option<Call> {
        let become_them = [
            format!("--reuid={user}"),
            format!("--regid={user}"),
            "--clear-groups".to_owned(),
            "nxp".to_owned(),
        ];
        let words = words.iter().map(|word| (*word).to_owned());
        let program = tool("setpriv")?;
        let call = self.nxp(become_them.into_iter().chain(words));
        Some(call.of_program(program))
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where accounts and previous profiles are remembered.
    pub(crate) fn state_file(&self) -> PathBuf {
        self.path().join("state/nxp/state.json")
    }

    /// What is remembered; nothing at all where there is no file.
    pub(crate) fn state(&self) -> serde_json::Value {
        fs::read(self.state_file()).map_or(serde_json::Value::Null, |content| {
            serde_json::from_slice(&content).unwrap()
        })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let leaks = leaks::in_folder(self.path());
        if !thread::panicking() {
            assert!(leaks.is_empty(), "secrets in files: {leaks:#?}");
        }
    }
}

#[test]
#[should_panic(expected = "secrets in files")]
fn secret_in_a_home_fails_the_test() {
    super::is_secret("forgotten-in-a-home");
    let home = Home::new();
    fs::write(home.path().join("state/note"), "forgotten-in-a-home").unwrap();
}
