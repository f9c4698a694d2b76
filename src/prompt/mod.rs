//! Prompts: questions and the picker. They are written to standard error, so that standard output
//! holds results only. Callers have checked that standard input and standard error are terminals.
//!
//! `dialoguer` renders the questions, and does not ask them: its text input ignores Esc and Ctrl-D,
//! its password input takes Esc as a character and Ctrl-D as an empty password, and neither hides
//! what is typed again after Ctrl-Z and `fg`.

mod modes;
pub(crate) mod picker;
mod terminal;

use std::mem;

use console::{Key, measure_text_width};
use zeroize::Zeroizing;

use crate::error::Result;
use crate::output::{Console, clean};
use terminal::Terminal;

/// The most that an answer holds, in bytes. All of it is reserved at once, because a text that has
/// to move leaves a copy behind that nothing wipes.
const LIMIT: usize = 64 * 1024;

/// Ctrl-U, which deletes the line.
const DELETE_LINE: char = '\u{15}';

/// Ctrl-W, which deletes a word.
const DELETE_WORD: char = '\u{17}';

/// Asks for a line of text. An empty line is asked again.
pub(crate) fn ask(console: Console, question: &str) -> Result<String> {
    let is_complete = |answer: &str| !answer.trim().is_empty();
    let answer = answer(&mut Terminal::open(console)?, question, false, is_complete)?;
    Ok(answer.trim().to_owned())
}

/// Asks for a line of text that isn't shown. Unless it `may_be_empty`, an empty line is asked again.
pub(crate) fn ask_hidden(console: Console, question: &str, may_be_empty: bool) -> Result<String> {
    let is_complete = |answer: &str| may_be_empty || !answer.is_empty();
    let mut answer = answer(&mut Terminal::open(console)?, question, true, is_complete)?;
    // Moved, so that no copy stays behind.
    Ok(mem::take(&mut answer))
}

/// Asks a question that is answered with y or n; Enter is y.
///
/// # Errors
/// As [`ask`].
pub(crate) fn confirm(console: Console, question: &str) -> Result<bool> {
    let mut terminal = Terminal::open(console)?;
    let question = format!("{question} (Y/n)");
    let meaning = |answer: &str| match answer.trim().to_lowercase().as_str() {
        "" | "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    };
    let is_complete = |answer: &str| meaning(answer).is_some();
    let answer = answer(&mut terminal, &question, false, is_complete)?;
    Ok(meaning(&answer) != Some(false))
}

/// Asks a question, and reads the answer up to an Enter at which it is complete. Nothing is drawn
/// over: any terminal can show it, and a screen reader can read it.
fn answer(
    terminal: &mut Terminal,
    question: &str,
    is_hidden: bool,
    is_complete: impl Fn(&str) -> bool,
) -> Result<Zeroizing<String>> {
    let title = terminal.themed(|theme, title| match is_hidden {
        true => theme.format_password_prompt(title, question),
        false => theme.format_input_prompt(title, question, None),
    });
    let mut text = Zeroizing::new(String::with_capacity(LIMIT));
    let mut shown = String::new();
    terminal.write(&title);
    loop {
        if !is_hidden {
            let text = clean(&text);
            let new = text.get(shown.len()..).unwrap_or_default();
            let gone = shown.get(text.len()..).map_or(0, measure_text_width);
            terminal.write(&format!("{new}{}", "\u{8} \u{8}".repeat(gone)));
            shown = text.into_owned();
        }
        match terminal.next() {
            Ok(Some(Key::Enter)) if is_complete(&text) => break,
            Ok(Some(key)) => edit(&mut text, &key),
            // Stopped and resumed.
            Ok(None) => {
                terminal.write(&title);
                shown.clear();
            }
            Err(error) => {
                terminal.write("\r\n");
                return Err(error);
            }
        }
    }
    terminal.write("\r\n");
    Ok(text)
}

/// Edits a text at its end; other keys are ignored.
fn edit(text: &mut String, key: &Key) {
    match key {
        Key::Char(DELETE_LINE) => text.clear(),
        Key::Char(DELETE_WORD) => {
            let rest = text.trim_end();
            let word = rest.rsplit(char::is_whitespace).next();
            text.truncate(rest.len() - word.map_or(0, str::len));
        }
        Key::Char(char) if !char.is_control() && text.len() + char.len_utf8() <= LIMIT => {
            text.push(*char);
        }
        Key::Backspace => drop(text.pop()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_the_text() {
        use Key::*;

        for (keys, expected) in [
            (&[Char('c')][..], "ana duartec"),
            (&[Backspace, Backspace], "ana duar"),
            (&[Char(DELETE_WORD)], "ana "),
            (
                &[Char(DELETE_WORD), Char(DELETE_WORD), Char(DELETE_WORD)],
                "",
            ),
            (&[Char(DELETE_LINE), Char('b')], "b"),
            (
                &[Char('\u{7}'), ArrowUp, PageDown, Enter, Del],
                "ana duarte",
            ),
        ] {
            let mut text = "ana duarte".to_owned();
            for key in keys {
                edit(&mut text, key);
            }
            assert_eq!(text, expected, "{keys:?}");
        }
    }

    #[test]
    fn an_answer_never_moves_in_memory() {
        let mut text = String::with_capacity(LIMIT);
        for _ in 0..=LIMIT {
            edit(&mut text, &Key::Char('é'));
        }
        assert_eq!((text.len(), text.capacity()), (LIMIT, LIMIT));
    }
}
