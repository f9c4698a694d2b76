//! `nxp` command lines that hints show, ready to be pasted into a shell.

use std::fmt;

/// An `nxp` command line. Every argument is quoted for a POSIX shell: an email or a
/// name from the portal is one word and never runs anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandLine(String);

impl CommandLine {
    /// `nxp` without arguments.
    pub(crate) fn nxp() -> Self {
        Self("nxp".to_owned())
    }

    /// `nxp` with these words.
    pub(crate) fn of<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> Self {
        words
            .into_iter()
            .fold(Self::nxp(), |line, word| line.arg(word.as_ref()))
    }

    /// `nxp login`, for a space or an email if they are known.
    pub(crate) fn login(space: Option<&str>, email: Option<&str>) -> Self {
        Self::of(["login"])
            .option("--space", space)
            .option("--email", email)
    }

    /// Adds one argument.
    pub(crate) fn arg(mut self, word: &str) -> Self {
        self.0.push(' ');
        self.0.push_str(&quoted(word));
        self
    }

    /// Adds an option with its value, if there is one.
    pub(crate) fn option(self, name: &str, value: Option<&str>) -> Self {
        match value {
            // As a word of its own it would be read as another option.
            Some(value) if value.starts_with('-') => self.arg(&format!("{name}={value}")),
            Some(value) => self.arg(name).arg(value),
            None => self,
        }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One word of a command line. No argument can hold a NUL, and a line break would end the hint:
/// they are shown like all control characters in messages.
fn quoted(word: &str) -> String {
    let printable = word.replace(char::is_control, "\u{fffd}");
    shell_words::quote(&printable).into_owned()
}
