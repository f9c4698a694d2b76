//! One run of the real binary.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Portal, Running, Terminal};

/// A command line with its environment and its input. Nothing of the environment of the test
/// itself gets through.
#[must_use]
pub(crate) struct Call {
    pub(super) program: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: BTreeMap<OsString, OsString>,
    input: Vec<u8>,
    prints_token: bool,
    own_group: bool,
}

/// What a run left: its exit code (128+n where signal n ended it), and what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Call {
    pub(super) fn new(
        folder: &Path,
        arguments: Vec<OsString>,
        environment: BTreeMap<OsString, OsString>,
    ) -> Self {
        Self {
            program: env!("CARGO_BIN_EXE_nxp").into(),
            folder: folder.to_owned(),
            arguments,
            environment,
            input: Vec::new(),
            prints_token: false,
            own_group: false,
        }
    }

    pub(crate) fn arg(self, argument: &str) -> Self {
        self.args([argument])
    }

    pub(crate) fn args<const N: usize>(mut self, arguments: [&str; N]) -> Self {
        self.arguments.extend(arguments.map(OsString::from));
        self
    }

    /// Another program, with nxp on its path.
    pub(super) fn of_program(mut self, program: PathBuf) -> Self {
        self.program = program;
        let nxp = Path::new(env!("CARGO_BIN_EXE_nxp"));
        let ours = nxp.parent().unwrap().to_owned();
        let theirs = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(ours).chain(std::env::split_paths(&theirs));
        self.env("PATH", std::env::join_paths(folders).unwrap())
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .insert(name.into(), value.as_ref().to_owned());
        self
    }

    /// With a token of the main user's for this portal, in the environment.
    pub(crate) fn at(self, portal: &Portal) -> Self {
        self.env("NXP_TOKEN", portal.token_to_use())
            .env("NXP_SPACE", portal.address())
    }

    /// In this folder of the home, which is made if need be.
    pub(crate) fn in_folder(mut self, below: &str) -> Self {
        self.folder.push(below);
        std::fs::create_dir_all(&self.folder).unwrap();
        self
    }

    /// With this on standard input; else there is nothing on it.
    pub(crate) fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// May have a token on standard output. Only two commands give a token away: `nxp token`, and
    /// `nxp profiles exec --with-token` to a command that prints it.
    #[track_caller]
    pub(crate) fn printing_token(mut self) -> Self {
        let may = ["token", "nxp token"];
        let mut words = self.arguments.iter().map(|word| word.to_string_lossy());
        assert!(
            words.any(|word| may.contains(&&*word) || word.starts_with("--with-token")),
            "no other command may print a token"
        );
        self.prints_token = true;
        self
    }

    /// In a process group of its own, as a shell with job control starts a program.
    pub(crate) fn in_own_group(mut self) -> Self {
        self.own_group = true;
        self
    }

    /// Runs to the end, with no terminal anywhere.
    pub(crate) fn run(self) -> Output {
        self.start().finish()
    }

    /// Starts, with no terminal anywhere.
    pub(crate) fn start(self) -> Running {
        let mut command = self.command();
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Running::start(command, self.input, self.prints_token)
    }

    /// Starts in a terminal of this size.
    pub(crate) fn in_terminal(self, rows: u16, columns: u16) -> Terminal {
        Terminal::start(self, rows, columns)
    }

    /// The process, for a test that connects it in a way of its own.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.environment)
            .current_dir(&self.folder);
        if self.own_group {
            command.process_group(0);
        }
        command
    }
}

impl Output {
    /// Fails the test unless the run ended with this code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "{self:#?}");
        self
    }

    /// Fails the test unless the run ended well; gives what it answered.
    #[track_caller]
    pub(crate) fn answer(self) -> String {
        self.code(0).stdout
    }

    /// Fails the test unless the run ended well, with one JSON document.
    #[track_caller]
    pub(crate) fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.answer()).unwrap()
    }

    /// Fails the test unless the run failed with this code, answered nothing, and said this: the
    /// message first, then where there is one the hint.
    #[track_caller]
    pub(crate) fn refusal(self, code: i32, message: &str, hint: Option<&str>) {
        let hint = hint.map_or(String::new(), |hint| format!("hint: {hint}\n"));
        assert_eq!(
            self,
            Self {
                code,
                stdout: String::new(),
                stderr: format!("error: {message}\n{hint}"),
            }
        );
    }

    /// All of it for a snapshot, with the same words whatever the portal's port is.
    pub(crate) fn at(&self, portal: &Portal) -> String {
        self.to_string().replace(portal.host(), "127.0.0.1:54321")
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            stdout,
            stderr,
        } = self;
        write!(f, "exit code {code}\n{stdout}--- standard error\n{stderr}")
    }
}

#[test]
#[should_panic(expected = "no other command may print a token")]
fn only_two_commands_print_tokens() {
    let home = super::Home::new();
    drop(home.nxp(["api", "/"]).printing_token());
}
