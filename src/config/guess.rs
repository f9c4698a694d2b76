//! The output format and color of a command line that can't be parsed.

use std::ffi::OsString;

use clap::ValueEnum;

use super::{Appearance, text};
use crate::args::{ColorChoice, Format};

/// The short options without a value, which can precede others in one word: `-qojson`.
const FLAGS: [char; 4] = ['q', 'v', 'h', 'V'];

impl Appearance {
    /// Reads `--output` and `--color` from the words, so that the mistake is reported in that format.
    /// Options take precedence over the environment.
    pub(crate) fn guess(words: &[OsString]) -> Self {
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
enum ValueIn<'a> {
    /// In the word that names the option.
    ThisWord(&'a str),
    /// In the word after it.
    NextWord,
}

/// The last valid value of an option, which `names` finds in a word. Options end at `--`.
fn last_value<T: ValueEnum>(
    words: &[String],
    names: impl Fn(&str) -> Option<ValueIn<'_>>,
) -> Option<T> {
    let mut options = words.iter().take_while(|word| *word != "--").peekable();
    let mut last = None;
    while let Some(word) = options.next() {
        let value = match names(word) {
            Some(ValueIn::ThisWord(value)) => Some(value),
            Some(ValueIn::NextWord) => options.peek().map(|word| word.as_str()),
            None => None,
        };
        last = value
            .and_then(|value| T::from_str(value, true).ok())
            .or(last);
    }
    last
}

fn long<'a>(word: &'a str, name: &str) -> Option<ValueIn<'a>> {
    match word.strip_prefix(name)? {
        "" => Some(ValueIn::NextWord),
        rest => rest.strip_prefix('=').map(ValueIn::ThisWord),
    }
}

fn short(word: &str, name: char) -> Option<ValueIn<'_>> {
    let cluster = word.strip_prefix('-')?.trim_start_matches(FLAGS);
    match cluster.strip_prefix(name)? {
        "" => Some(ValueIn::NextWord),
        value => Some(ValueIn::ThisWord(value.strip_prefix('=').unwrap_or(value))),
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
            "nxp -o JSON nope",
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
            "nxp --outputs json nope",
            "nxp -xojson nope",
            "nxp profiles exec 1 -- ls -o json",
        ] {
            assert_eq!(guessed(line), None, "{line}");
        }
    }
}
