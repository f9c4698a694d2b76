//! Command lines as bash reads them.

/// An unfinished command line, up to the cursor.
pub(super) struct Line {
    /// Its words without their quotes. The last one is to be completed; it may be empty.
    pub(super) words: Vec<String>,
    /// The quote that is open at the cursor.
    quote: Option<char>,
    /// The beginning of the last word that readline keeps: it replaces only what follows the last
    /// word break or the open quote.
    kept: String,
}

impl Line {
    /// Reads a line. `breaks` is bash's `COMP_WORDBREAKS`.
    pub(super) fn read(line: &str, breaks: &str) -> Self {
        let mut words = Vec::new();
        let (mut word, mut kept) = (String::new(), String::new());
        let mut is_word = false;
        let mut quote = None;
        let mut chars = line.chars();
        while let Some(char) = chars.next() {
            match (quote, char) {
                (None, ' ' | '\t' | '\n') => {
                    if is_word {
                        words.push(std::mem::take(&mut word));
                    }
                    is_word = false;
                    kept.clear();
                    continue;
                }
                (None, '\'' | '"') => {
                    quote = Some(char);
                    kept.clone_from(&word);
                }
                (Some(open), _) if open == char => {
                    quote = None;
                    kept.clone_from(&word);
                }
                (None, '\\') => word.extend(chars.next()),
                (Some('"'), '\\') => match chars.next() {
                    Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                    other => word.extend(['\\'].into_iter().chain(other)),
                },
                (None, _) if breaks.contains(char) => {
                    word.push(char);
                    kept.clone_from(&word);
                }
                _ => word.push(char),
            }
            is_word = true;
        }
        words.push(word);
        Self { words, quote, kept }
    }

    /// What bash is to insert for a value of the last word, quoted as the line is. `None` if the
    /// value can't follow what is kept.
    pub(super) fn reply(&self, value: &str) -> Option<String> {
        let rest = value.strip_prefix(&self.kept)?;
        let is_plain = |char: char| char.is_alphanumeric() || "._-,/:=@+".contains(char);
        Some(match self.quote {
            Some('\'') => rest.replace('\'', r"'\''"),
            Some(_) => escaped(rest, |char| !"\"\\$`".contains(char)),
            None => escaped(rest, is_plain),
        })
    }
}

/// A text with a backslash before each character that is not plain.
fn escaped(text: &str, is_plain: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if !is_plain(char) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bash's default word breaks.
    const BREAKS: &str = " \t\n\"'><=;|&(:";

    #[test]
    fn the_last_word_is_completed_in_the_quotes_that_are_open() {
        for (line, typed, value, reply) in [
            ("nxp Caf", "Caf", "Café Olé", Some(r"Café\ Olé")),
            ("nxp 'Caf", "Caf", "Café Olé", Some("Café Olé")),
            ("nxp \"Caf", "Caf", "Café \"Olé\"", Some("Café \\\"Olé\\\"")),
            ("nxp 'D", "D", "D's", Some(r"D'\''s")),
            (r"nxp D\'", "D'", "D's", Some(r"D\'s")),
            (r"nxp a\:b\ ", "a:b ", r"a:b \c", Some(r"a:b\ \\c")),
            ("nxp a:b", "a:b", "a:bc", Some("bc")),
            ("nxp --space=ac", "--space=ac", "--space=acme", Some("acme")),
            ("nxp a:b", "a:b", "A:bc", None),
            ("nxp ", "", "x", Some("x")),
            ("nxp 'a b' ", "", "x", Some("x")),
        ] {
            let read = Line::read(line, BREAKS);
            assert_eq!(read.words.last().map(String::as_str), Some(typed), "{line}");
            assert_eq!(read.reply(value).as_deref(), reply, "{line}");
        }
    }

    #[test]
    fn words_are_read_without_their_quotes() {
        let line = Line::read(
            r#"nxp --space http://127.0.0.1:1 'a b' "c \"d" e\ f '' "#,
            BREAKS,
        );
        let words = [
            "nxp",
            "--space",
            "http://127.0.0.1:1",
            "a b",
            "c \"d",
            "e f",
            "",
            "",
        ];
        assert_eq!(line.words, words);
    }
}
