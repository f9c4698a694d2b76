//! `nxp` command lines that hints show, ready to be pasted into a shell.

use std::fmt;

/// An `nxp` command line. Every argument is quoted so that sh, bash, zsh and fish read it as one word
/// and run nothing.
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
    pub(crate) fn arg(self, word: &str) -> Self {
        Self(format!("{self} {}", quoted(shown(word))))
    }

    /// Adds an option with its value, if there is one.
    pub(crate) fn option(self, name: &str, value: Option<&str>) -> Self {
        match value.map(shown) {
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

/// A word, or `EMAIL` for one that shells read in different ways even in quotes, or that can't be
/// pasted: an email that the portal sends may be made to run a command.
fn shown(word: &str) -> &str {
    let is_risky = |char: char| char.is_control() || r"'\{}!`".contains(char);
    if word.contains(is_risky) {
        "EMAIL"
    } else {
        word
    }
}

/// One word of a command line, as sh, bash, zsh and fish read it. zsh replaces a word that begins with
/// `=`.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "@._+:/=-".contains(char);
    if word.chars().all(is_plain) && !word.is_empty() && !word.starts_with('=') {
        word.to_owned()
    } else {
        format!("'{word}'")
    }
}
