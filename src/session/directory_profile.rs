//! `.nxp.toml`: which profile a directory is for.
//!
//! The file comes with repositories and may have been written by anyone. It names a profile and
//! the space that has it, and nothing else: no request goes to a host because a file names it.

use std::fs::{self, Metadata};
use std::io::{self, Read as _, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::files::{self, is_absent};
use crate::api::{ProfileId, Space};
use crate::error::{DIRECTORY_FILE_HINT, Error, Result};

/// The name of the file.
const NAME: &str = ".nxp.toml";

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// The most characters of a parser's message that are shown: it may quote the file.
const LONGEST_PROBLEM: usize = 200;

/// The profile of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryProfile {
    /// The space that has the profile; without it, that of the account in use.
    pub(crate) space: Option<Space>,
    /// The profile.
    pub(crate) profile: ProfileId,
}

/// A [`DirectoryProfile`] and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryFile {
    /// The file.
    pub(crate) path: PathBuf,
    /// What it says.
    pub(crate) content: DirectoryProfile,
}

impl DirectoryFile {
    /// Finds and reads the file that is in force in `directory`: its own or that of the nearest
    /// directory above it. `None` where there is none.
    ///
    /// # Errors
    /// A usage error for a file that can't be read, that another user owns, that is larger than
    /// 64 KiB or that is malformed. The next file above is not used in its place.
    pub(crate) fn find(directory: &Path) -> Result<Option<Self>> {
        for path in directory.ancestors().map(|folder| folder.join(NAME)) {
            if let Some(content) = read(&path)? {
                let content =
                    DirectoryProfile::parse(&content).map_err(|problem| problem.in_file(&path))?;
                return Ok(Some(Self { path, content }));
            }
        }
        Ok(None)
    }

    /// Writes the file of `directory`, in place of the one that is there. `title` describes the
    /// profile to people.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub(crate) fn write(directory: &Path, content: DirectoryProfile, title: &str) -> Result<Self> {
        let path = directory.join(NAME);
        replace(directory, &path, content.to_toml(title).as_bytes()).map_err(|cause| {
            Error::CannotWrite {
                path: path.clone(),
                cause,
            }
        })?;
        Ok(Self { path, content })
    }

    /// Removes the file of `directory` and says where it was; `None` where there is none.
    ///
    /// # Errors
    /// Where the file can't be removed.
    pub(crate) fn remove(directory: &Path) -> Result<Option<PathBuf>> {
        let path = directory.join(NAME);
        match fs::remove_file(&path) {
            Ok(()) => Ok(Some(path)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Error::Unexpected {
                message: format!("can't remove {}: {error}", path.display()),
            }),
        }
    }
}

/// What is wrong with the text of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The number of the line, the first being 1.
    pub(crate) line: usize,
    /// What is wrong there.
    pub(crate) what: String,
}

impl Problem {
    fn at(text: &str, span: Option<Range<usize>>, what: impl Into<String>) -> Self {
        let before = text.get(..span.unwrap_or_default().start).unwrap_or(text);
        Self {
            line: before.matches('\n').count() + 1,
            what: what.into(),
        }
    }

    fn in_file(self, path: &Path) -> Error {
        let Self { line, what } = self;
        Error::usage(
            format!("{}:{line}: {what}", path.display()),
            DIRECTORY_FILE_HINT,
        )
    }
}

impl DirectoryProfile {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// `Problem` for text that is no TOML, a missing or wrong `profile`, a wrong `space`, and
    /// unknown keys.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            space: Option<Spanned<String>>,
            profile: Spanned<i64>,
        }
        let text = std::str::from_utf8(content).map_err(|error| {
            let valid = content.iter().take(error.valid_up_to());
            Problem {
                line: valid.filter(|byte| **byte == b'\n').count() + 1,
                what: "not UTF-8".to_owned(),
            }
        })?;
        let Document { space, profile } = toml::from_str(text).map_err(|error| {
            let mut problem = Problem::at(text, error.span(), shortened(error.message()));
            let line = text.lines().nth(problem.line - 1).unwrap_or_default();
            if let Some(rule) = rule_of_value(line).filter(|_| !is_about_keys(error.message())) {
                problem.what = rule.to_owned();
            }
            problem
        })?;
        let space = space.map(|space| {
            let given: Result<Space> = space.get_ref().parse();
            given.map_err(|error| {
                Problem::at(text, Some(space.span()), shortened(&error.to_string()))
            })
        });
        let id = u64::try_from(*profile.get_ref()).ok().filter(|id| *id > 0);
        Ok(Self {
            space: space.transpose()?,
            profile: id
                .ok_or_else(|| Problem::at(text, Some(profile.span()), "`profile` is not an id"))?
                .into(),
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

/// What the value in this line must be.
fn rule_of_value(line: &str) -> Option<&'static str> {
    let (key, _) = line.split_once('=')?;
    match key.trim() {
        "profile" => Some("`profile` must be a number, for example: profile = 14190688"),
        "space" => Some("`space` must be in quotes, for example: space = \"acme\""),
        _ => None,
    }
}

/// Whether a parser's message is about keys, and not about a value.
fn is_about_keys(message: &str) -> bool {
    let starts = ["duplicate key", "missing field", "unknown field"];
    starts.iter().any(|start| message.starts_with(start))
}

fn shortened(message: &str) -> String {
    let message = message.replace('\n', ", ");
    match message.char_indices().nth(LONGEST_PROBLEM) {
        Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default()),
        None => message,
    }
}

/// The content of a file; `None` where there is none.
///
/// The checks before the file is opened keep pipes and devices unopened. Those that count are of the
/// file that is open, which no one can exchange for another.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let refused =
        |problem: &str, hint| Error::usage(format!("{}: {problem}", path.display()), hint);
    let unreadable =
        |error: io::Error| refused(&error.to_string(), "make it readable, or remove it");
    let check_owner = |metadata: &Metadata| match is_foreign(metadata) {
        false => Ok(()),
        true => Err(refused(
            "another user owns this file",
            "check who wrote it; if you trust it, make a copy of your own",
        )),
    };
    let check_kind = |metadata: &Metadata| match metadata.is_file() {
        true => Ok(()),
        false => Err(refused("not a regular file", DIRECTORY_FILE_HINT)),
    };
    match fs::symlink_metadata(path) {
        Ok(link) => check_owner(&link)?,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    }
    check_kind(&fs::metadata(path).map_err(unreadable)?)?;
    let file = files::open(path).map_err(unreadable)?;
    let opened = file.metadata().map_err(unreadable)?;
    check_kind(&opened)?;
    check_owner(&opened)?;
    let mut content = Vec::new();
    let mut limited = file.take(LIMIT + 1);
    let length = limited.read_to_end(&mut content).map_err(unreadable)?;
    if length as u64 > LIMIT {
        return Err(refused("larger than 64 KiB", DIRECTORY_FILE_HINT));
    }
    Ok(Some(content))
}

/// Whether a file belongs to another user than this one and root, as git checks with repositories
/// (git-config(1), `safe.directory`).
#[cfg(unix)]
fn is_foreign(metadata: &Metadata) -> bool {
    let owner = std::os::unix::fs::MetadataExt::uid(metadata);
    owner != 0 && owner != rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_foreign(_: &Metadata) -> bool {
    false
}

/// Puts `content` in the file's place at once, readable to those that the user's umask allows: it
/// is no secret, and others work in the same repository.
fn replace(directory: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let made = builder.prefix(NAME).tempfile_in(directory);
    // The whole error names a file that exists only here.
    let mut file = made.map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(text: &str) -> (usize, String) {
        let Problem { line, what } = DirectoryProfile::parse(text.as_bytes()).unwrap_err();
        (line, what)
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, part) in [
            ("", 1, "missing field `profile`"),
            ("space = \"acme\"\n", 1, "missing field `profile`"),
            ("profile = 1\nprofil = 2\n", 2, "unknown field `profil`"),
            ("profile = 1\n[a]\nb = 1\n", 2, "unknown field `a`"),
            ("profile = 1\nprofile = 2\n", 2, "duplicate key"),
            ("\n\nprofile = \"14190688\"\n", 3, "must be a number"),
            ("profile = 0\n", 1, "not an id"),
            ("# a\nprofile = -3\n", 2, "not an id"),
            ("profile = 1.5\n", 1, "must be a number"),
            ("profile = 99999999999999999999\n", 1, "must be a number"),
            ("profile =\n", 1, "must be a number"),
            ("profile = 1\nspace = 3\n", 2, "must be in quotes"),
            ("profile = 1\nspace = \"http://evil.example\"", 2, "http"),
        ] {
            let (found, what) = problem(text);
            assert_eq!(found, line, "{text:?}: {what}");
            assert!(what.contains(part), "{text:?}: {what}");
            assert!(!what.contains('\n') && !what.is_empty(), "{what:?}");
        }
        let Problem { line, what } = DirectoryProfile::parse(b"profile = 1\n# \xff").unwrap_err();
        assert_eq!((line, what.as_str()), (2, "not UTF-8"));
    }

    #[test]
    fn a_message_that_quotes_the_file_stays_short() {
        let (_, what) = problem(&format!("{} = 1", "a".repeat(60_000)));
        assert!(what.chars().count() <= LONGEST_PROBLEM + 1);
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
