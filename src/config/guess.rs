//! How to write what is wrong with a command line that can't be read.

use std::ffi::OsString;

use clap::ValueEnum;

use super::{Appearance, text};
use crate::args::{ColorChoice, Format};

/// The options without a value that others may follow in the same word, as in `-qojson`.
const FLAGS: [char; 4] = ['q', 'v', 'h', 'V'];

impl Appearance {
    /// How to write where the command line can't be read: as well as it can be guessed from the
    /// words on it. As ever, they beat the environment.
    #[must_use]
    pub fn guess(words: &[OsString]) -> Self {
        let words: Vec<String> = words
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let format = last_value(&words, |word| {
            long(word, "--output").or_else(|| short(word, 'o'))
        })
        .or_else(|| Format::from_str(&text("NXP_OUTPUT")?, true).ok());
        let color = last_value(&words, |word| long(word, "--color"));
        Self::new(format, color.unwrap_or(ColorChoice::Auto), false)
    }
}

/// Where the value of an option is.
enum Place<'a> {
    /// In the word that names the option.
    Here(&'a str),
    /// In the word after that.
    Next,
}

/// The value of the last word that `names` the option and gives one that there is. What follows
/// `--` are no options.
fn last_value<T: ValueEnum>(
    words: &[String],
    names: impl Fn(&str) -> Option<Place<'_>>,
) -> Option<T> {
    let mut options = words.iter().take_while(|word| *word != "--").peekable();
    let mut last = None;
    while let Some(word) = options.next() {
        let value = match names(word) {
            Some(Place::Here(value)) => Some(value),
            Some(Place::Next) => options.peek().map(|word| word.as_str()),
            None => None,
        };
        last = value
            .and_then(|value| T::from_str(value, false).ok())
            .or(last);
    }
    last
}

fn long<'a>(word: &'a str, name: &str) -> Option<Place<'a>> {
    match word.strip_prefix(name)? {
        "" => Some(Place::Next),
        rest => rest.strip_prefix('=').map(Place::Here),
    }
}

fn short(word: &str, name: char) -> Option<Place<'_>> {
    let cluster = word.strip_prefix('-')?.trim_start_matches(FLAGS);
    match cluster.strip_prefix(name)? {
        "" => Some(Place::Next),
        value => Some(Place::Here(value.strip_prefix('=').unwrap_or(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(line: &str) -> Option<Format> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        last_value(&words, |word| {
            long(word, "--output").or_else(|| short(word, 'o'))
        })
    }

    #[test]
    fn a_format_is_found_however_it_is_given() {
        for line in [
            "nxp -o json nope",
            "nxp -ojson nope",
            "nxp -o=json nope",
            "nxp -qojson nope",
            "nxp -vvo json nope",
            "nxp --output json nope",
            "nxp nope --output=json",
            "nxp -o table nope -o json",
            "nxp -o json nope -o xml",
        ] {
            assert_eq!(guessed(line), Some(Format::Json), "{line}");
        }
        for line in [
            "nxp nope",
            "nxp nope -o",
            "nxp -o JSON nope",
            "nxp --outputs json nope",
            "nxp -xojson nope",
            "nxp profiles exec 1 -- ls -o json",
        ] {
            assert_eq!(guessed(line), None, "{line}");
        }
    }
}
