//! `.nxp.toml`: which profile a directory is for.
//!
//! The file comes with repositories and may have been written by anyone. It names a profile and
//! the space that has it, and nothing else: no request goes to a host because a file names it.

use std::fs::{self, Metadata};
use std::io;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use super::files::{self, is_absent};
use crate::api::{ProfileId, Space};
use crate::error::{DIRECTORY_FILE_HINT, Error, ErrorCode, Result};

/// The name of the file.
const NAME: &str = ".nxp.toml";

/// The most characters of a parser's message that are shown: it may quote the file.
const LONGEST_PROBLEM: usize = 200;

/// The profile of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectoryProfile {
    /// The space that has the profile; without it, that of the account in use.
    pub(crate) space: Option<Space>,
    #[serde(deserialize_with = "positive")]
    pub(crate) profile: ProfileId,
    /// The file that says so.
    #[serde(skip)]
    pub(crate) path: PathBuf,
}

impl DirectoryProfile {
    /// The file of `directory`, which need not exist.
    pub(crate) fn path_in(directory: &Path) -> PathBuf {
        directory.join(NAME)
    }

    /// Finds and reads the file that is in force in `directory`: its own or that of the nearest
    /// directory above it. `None` where there is none. `sudo_user`: who became root with sudo.
    ///
    /// # Errors
    /// A usage error for a file that can't be read, that another user owns, that is larger than
    /// 64 KiB or that is malformed. The next file above is not used in its place.
    pub(crate) fn find(directory: &Path, sudo_user: Option<u32>) -> Result<Option<Self>> {
        for path in directory.ancestors().map(Self::path_in) {
            if let Some(content) = read(&path, sudo_user)? {
                let found = Self::parse(&content).map_err(|problem| {
                    let message = format!("{}: {problem}", path.display());
                    Error::usage(message, DIRECTORY_FILE_HINT)
                })?;
                return Ok(Some(Self { path, ..found }));
            }
        }
        Ok(None)
    }

    /// Writes its file, in place of the one that is there. `title` describes the profile to people.
    pub(crate) fn write(&self, title: &str) -> Result<()> {
        // It is no secret, and others work in the same repository.
        files::place(&self.path, self.to_toml(title).as_bytes(), 0o666).map_err(|cause| {
            let message = format!("can't write {}: {cause}", self.path.display());
            Error::new(ErrorCode::Failed, message)
                .with_hint("check the directory's permissions and the free disk space")
        })
    }

    /// Removes the file of `directory` and says where it was; `None` where there is none.
    pub(crate) fn remove(directory: &Path) -> Result<Option<PathBuf>> {
        let path = Self::path_in(directory);
        match fs::remove_file(&path) {
            Ok(()) => Ok(Some(path)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Error::new(
                ErrorCode::Failed,
                format!("can't remove {}: {error}", path.display()),
            )),
        }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What the parser says, in one line.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(content).map_err(|error| error.to_string())?;
        toml::from_str(text).map_err(|error| {
            let place = error.to_string();
            let place = place.lines().next().filter(|_| error.span().is_some());
            let message = [place.unwrap_or("TOML parse error"), error.message()].join(": ");
            let message = message.replace('\n', ", ");
            message.chars().take(LONGEST_PROBLEM).collect()
        })
    }

    /// The text of the file. `title` becomes a comment.
    pub(crate) fn to_toml(&self, title: &str) -> String {
        // A line break would end the comment, and TOML allows no other control character in it either
        // (TOML 1.0.0, "Comment").
        let breaks = |char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}');
        let title = title.replace(breaks, " ");
        let mut text = format!("# Nexudus profile of this directory: {}\n", title.trim());
        if let Some(space) = &self.space {
            // An address has no character that TOML escapes.
            text += &format!("space = \"{}\"\n", space.name());
        }
        text + &format!("profile = {}\n", self.profile)
    }
}

fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ProfileId, D::Error> {
    NonZeroU64::deserialize(deserializer).map(|id| id.get().into())
}

/// The content of a file; `None` where there is none. The owner that counts is that of the file that is
/// open, which no one can exchange for another.
fn read(path: &Path, sudo_user: Option<u32>) -> Result<Option<Vec<u8>>> {
    let refused =
        |problem: &str, hint| Error::usage(format!("{}: {problem}", path.display()), hint);
    let unreadable =
        |error: io::Error| refused(&error.to_string(), "make it readable, or remove it");
    // As git does with repositories (git-config(1), `safe.directory`).
    let check_owner = |metadata: &Metadata| match files::is_foreign(metadata, sudo_user) {
        false => Ok(()),
        true => Err(refused(
            "another user owns this file",
            "if you trust it, set NXP_PROFILE to the profile in it, or make a copy of your own",
        )),
    };
    match fs::symlink_metadata(path) {
        Ok(link) => check_owner(&link)?,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    }
    let file = files::open(path).map_err(unreadable)?;
    check_owner(&file.metadata().map_err(unreadable)?)?;
    let content = files::content(file, 64 * 1024, "64 KiB");
    content
        .map(Some)
        .map_err(|error| refused(&error.to_string(), DIRECTORY_FILE_HINT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(text: &str) -> String {
        DirectoryProfile::parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn what_the_parser_says_is_told_in_one_line() {
        for (text, line, part) in [
            ("", 0, "missing field `profile`"),
            ("space = \"acme\"\n", 0, "missing field `profile`"),
            ("profile = 1\nprofil = 2\n", 2, "unknown field `profil`"),
            ("profile = 1\n[a]\nb = 1\n", 2, "unknown field `a`"),
            ("profile = 1\nprofile = 2\n", 2, "duplicate key"),
            ("\n\nprofile = \"14190688\"\n", 3, "invalid type: string"),
            ("profile = 0\n", 1, "nonzero"),
            ("# a\nprofile = -3\n", 2, "nonzero"),
            ("profile = 1.5\n", 1, "invalid type: floating point"),
            ("profile = 99999999999999999999\n", 1, "integer"),
            ("profile =\n", 1, "value"),
            ("profile = 1\nspace = 3\n", 2, "invalid type: integer"),
            ("profile = 1\nspace = \"http://evil.example\"", 2, "http"),
        ] {
            let said = problem(text);
            if line > 0 {
                assert!(said.contains(&format!("line {line}")), "{text:?}: {said}");
            }
            assert!(said.contains(part), "{text:?}: {said}");
            assert!(!said.contains('\n'), "{said:?}");
        }
        let said = DirectoryProfile::parse(b"profile = 1\n# \xff").unwrap_err();
        assert!(said.contains("utf-8"), "{said}");
    }

    #[test]
    fn a_message_that_quotes_the_file_stays_short() {
        let said = problem(&format!("{} = 1", "a".repeat(60_000)));
        assert!(said.chars().count() <= LONGEST_PROBLEM, "{said}");
    }

    #[test]
    fn what_others_write_is_read() {
        let read = |text: &str| DirectoryProfile::parse(text.as_bytes()).unwrap();
        let acme: Space = "acme".parse().unwrap();
        for text in [
            "space = \"acme.spaces.nexudus.com\"\nprofile = 14190688\n",
            "profile = 14_190_688 # Ana\r\nspace = 'acme'\r\n",
            "\u{feff}\"profile\" = 14190688\nspace = \"https://acme.spaces.nexudus.com/\"",
        ] {
            let found = read(text);
            assert_eq!(found.profile, 14_190_688.into(), "{text:?}");
            assert_eq!(found.space.as_ref(), Some(&acme), "{text:?}");
        }
        assert_eq!(read("profile = 1").space, None);
    }

    proptest! {
        /// Whatever a profile is called, the file says what was written into it, in three lines.
        #[test]
        fn no_title_escapes_its_comment(title in "[\\PC\\p{Cc}\u{2028}\u{2029}\u{85}]*", id in 1..=i64::MAX) {
            let written = DirectoryProfile {
                space: Some("acme".parse().unwrap()),
                profile: id.unsigned_abs().into(),
                path: PathBuf::new(),
            };
            let text = written.to_toml(&title);
            prop_assert_eq!(text.lines().count(), 3);
            prop_assert_eq!(DirectoryProfile::parse(text.as_bytes()), Ok(written));
        }

        #[test]
        fn no_content_makes_it_panic(content in any::<Vec<u8>>()) {
            let _ = DirectoryProfile::parse(&content);
        }
    }
}
