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
use crate::output::{Console, clean, cut};
use terminal::Terminal;
pub(crate) use terminal::with_hidden_keys;

/// The fewest columns that an answer is typed in. A question that leaves less gets a line of its
/// own.
const LEAST_ROOM: usize = 16;

/// The most that an answer holds, in bytes. All of it is reserved at once, because a text that has
/// to move leaves a copy behind that nothing wipes.
const LIMIT: usize = 64 * 1024;

/// Ctrl-U, which deletes the line.
const DELETE_LINE: char = '\u{15}';

/// Ctrl-W, which deletes a word.
const DELETE_WORD: char = '\u{17}';

/// Asks for a line of text. An empty line is asked again.
pub(crate) fn ask(console: Console, question: &str) -> Result<String> {
    let mut terminal = Terminal::open(console)?;
    let is_complete = |answer: &str| !answer.trim().is_empty();
    let answer = Question::new(question, false).answer(&mut terminal, is_complete)?;
    Ok(answer.trim().to_owned())
}

/// Asks for a line of text that isn't shown. An empty line is asked again.
pub(crate) fn ask_hidden(console: Console, question: &str) -> Result<String> {
    hidden_answer(console, question, |answer| !answer.is_empty())
}

/// Asks for a line of text that isn't shown and may be empty.
pub(crate) fn ask_hidden_or_empty(console: Console, question: &str) -> Result<String> {
    hidden_answer(console, question, |_| true)
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
    let prompt = Question::new(&question, false);
    let answer = prompt.answer(&mut terminal, |answer| meaning(answer).is_some())?;
    Ok(meaning(&answer) != Some(false))
}

fn hidden_answer(
    console: Console,
    question: &str,
    is_complete: impl Fn(&str) -> bool,
) -> Result<String> {
    let mut terminal = Terminal::open(console)?;
    let mut answer = Question::new(question, true).answer(&mut terminal, is_complete)?;
    // Moved, so that no copy stays behind.
    Ok(mem::take(&mut answer))
}

/// A question and the line in which it is answered.
struct Question<'a> {
    question: &'a str,
    is_hidden: bool,
    field: TextField,
    /// What a terminal that isn't redrawn shows of the answer.
    shown: String,
}

impl<'a> Question<'a> {
    fn new(question: &'a str, is_hidden: bool) -> Self {
        Self {
            question,
            is_hidden,
            field: TextField::default(),
            shown: String::new(),
        }
    }

    /// Reads the answer, up to an Enter at which it is complete.
    fn answer(
        mut self,
        terminal: &mut Terminal,
        is_complete: impl Fn(&str) -> bool,
    ) -> Result<Zeroizing<String>> {
        self.start(terminal);
        loop {
            if !terminal.has_input() {
                self.draw(terminal);
            }
            match terminal.next() {
                Ok(Some(Key::Enter)) => {
                    self.field.press(&Key::End);
                    if is_complete(&self.field.before) {
                        break;
                    }
                }
                Ok(Some(key)) => self.field.press(&key),
                Ok(None) => self.start(terminal),
                Err(error) => {
                    terminal.write("\r\n");
                    return Err(error);
                }
            }
        }
        self.draw(terminal);
        terminal.write("\r\n");
        Ok(self.field.before)
    }

    /// Writes what comes before the line of the answer.
    fn start(&mut self, terminal: &Terminal) {
        self.shown.clear();
        let title = self.title(terminal);
        if !terminal.can_redraw {
            terminal.write(&title);
        } else if !fits(&title, terminal) {
            terminal.write(&format!("{}\r\n", title.trim_end()));
        }
    }

    fn title(&self, terminal: &Terminal) -> String {
        terminal.themed(|theme, title| match self.is_hidden {
            true => theme.format_password_prompt(title, self.question),
            false => theme.format_input_prompt(title, self.question, None),
        })
    }

    fn draw(&mut self, terminal: &Terminal) {
        if !terminal.can_redraw {
            self.echo(terminal);
            return;
        }
        let title = self.title(terminal);
        let head = if fits(&title, terminal) {
            title
        } else {
            "> ".to_owned()
        };
        let room = terminal
            .columns()
            .saturating_sub(measure_text_width(&head) + 1);
        let (before, after) = if self.is_hidden {
            Default::default()
        } else {
            self.field.visible(room)
        };
        terminal.draw(&format!("{head}{before}"), &after, &[]);
    }

    /// Shows what was typed or deleted since the last time, with nothing but backspaces.
    fn echo(&mut self, terminal: &Terminal) {
        if self.is_hidden || !terminal.has_echo() {
            return;
        }
        let (text, _) = self.field.visible(LIMIT);
        let is_same = |(shown, new): &(char, char)| shown == new;
        let chars = self.shown.chars().zip(text.chars());
        let kept: usize = chars
            .take_while(is_same)
            .map(|(same, _)| same.len_utf8())
            .sum();
        let gone = self.shown.get(kept..).map_or(0, measure_text_width);
        let new = text.get(kept..).unwrap_or_default();
        terminal.write(&format!("{}{new}", "\u{8} \u{8}".repeat(gone)));
        self.shown = text;
    }
}

/// Whether a question and its answer have room in one line.
fn fits(title: &str, terminal: &Terminal) -> bool {
    measure_text_width(title) + LEAST_ROOM <= terminal.columns()
}

/// A line of text that is being typed.
struct TextField {
    /// The text before the cursor.
    before: Zeroizing<String>,
    /// The text behind it, last character first.
    after: Zeroizing<String>,
}

impl Default for TextField {
    fn default() -> Self {
        let empty = || Zeroizing::new(String::with_capacity(LIMIT));
        Self {
            before: empty(),
            after: empty(),
        }
    }
}

impl TextField {
    /// Edits the text, or moves the cursor; other keys are ignored.
    fn press(&mut self, key: &Key) {
        let Self { before, after } = self;
        match key {
            Key::Char(DELETE_LINE) => {
                before.clear();
                after.clear();
            }
            Key::Char(DELETE_WORD) => {
                let rest = before.trim_end();
                let word = rest.rsplit(char::is_whitespace).next();
                let length = rest.len() - word.map_or(0, str::len);
                before.truncate(length);
            }
            Key::Char(char)
                if !char.is_control() && before.len() + after.len() + char.len_utf8() <= LIMIT =>
            {
                before.push(*char);
            }
            Key::Backspace => drop(before.pop()),
            Key::Del => drop(after.pop()),
            Key::ArrowLeft => after.extend(before.pop()),
            Key::ArrowRight => before.extend(after.pop()),
            Key::Home => {
                while before.pop().is_some_and(|char| {
                    after.push(char);
                    true
                }) {}
            }
            Key::End => {
                while after.pop().is_some_and(|char| {
                    before.push(char);
                    true
                }) {}
            }
            _ => {}
        }
    }

    fn text(&self) -> String {
        self.before
            .chars()
            .chain(self.after.chars().rev())
            .collect()
    }

    /// What has room in `width` columns: before the cursor, and behind it.
    fn visible(&self, width: usize) -> (String, String) {
        let before = clean(&self.before);
        let mut shown = before.to_string();
        if measure_text_width(&before) > width {
            let mut taken = 1;
            let start = before.char_indices().rev().take_while(|(_, char)| {
                taken += measure_text_width(char.encode_utf8(&mut [0; 4]));
                taken <= width
            });
            let start = start.last().map_or(before.len(), |(start, _)| start);
            shown = format!("…{}", before.get(start..).unwrap_or_default());
        }
        let after: String = self.after.chars().rev().collect();
        let room = width.saturating_sub(measure_text_width(&shown));
        (shown, cut(&clean(&after), room).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> TextField {
        let mut field = TextField::default();
        for char in text.chars() {
            field.press(&Key::Char(char));
        }
        field
    }

    #[test]
    fn keys_edit_the_text() {
        use Key::*;

        for (keys, expected) in [
            (&[Char('c')][..], "ana duartec"),
            (&[Backspace, Backspace], "ana duar"),
            (&[ArrowLeft, ArrowLeft, Char('x'), Del], "ana duarxe"),
            (&[Home, Del, Char('A')], "Ana duarte"),
            (
                &[Home, ArrowLeft, Backspace, ArrowRight, End, Del, Char('s')],
                "ana duartes",
            ),
            (&[Char(DELETE_WORD)], "ana "),
            (
                &[Char(DELETE_WORD), Char(DELETE_WORD), Char(DELETE_WORD)],
                "",
            ),
            (&[ArrowLeft, Char(DELETE_LINE), Char('b')], "b"),
            (&[Char('\u{7}'), ArrowUp, PageDown, Enter], "ana duarte"),
        ] {
            let mut field = typed("ana duarte");
            for key in keys.iter().chain([&End]) {
                field.press(key);
            }
            assert_eq!(*field.before, expected, "{keys:?}");
        }
    }

    #[test]
    fn an_answer_never_moves_in_memory() {
        let field = typed(&"é".repeat(LIMIT));
        assert_eq!(field.before.len(), LIMIT);
        assert_eq!(field.before.capacity(), LIMIT);
    }

    #[test]
    fn the_cursor_stays_in_view() {
        for (text, left, width, expected) in [
            ("harbour", 0, 8, ("harbour", "")),
            ("harbour", 0, 7, ("harbour", "")),
            ("harbour", 0, 5, ("…bour", "")),
            ("harbour", 3, 7, ("harb", "our")),
            ("harbour", 3, 6, ("harb", "o…")),
            ("harbour", 7, 5, ("", "harb…")),
            ("東京東京", 0, 5, ("…東京", "")),
            ("東京東京", 0, 4, ("…京", "")),
        ] {
            let mut field = typed(text);
            for _ in 0..left {
                field.press(&Key::ArrowLeft);
            }
            let (before, after) = field.visible(width);
            assert_eq!(
                (before.as_str(), after.as_str()),
                expected,
                "{text} in {width}"
            );
        }
    }
}
