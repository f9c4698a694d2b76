//! Prompts: questions and the picker. They are written to standard error, so that standard output
//! holds results only.
//!
//! `dialoguer` renders questions and items; its own prompts can't be suspended, resized or left with
//! Ctrl-D, so that keys and drawing are here. Callers have checked that standard input and standard error are terminals.

#[cfg(unix)]
mod key_reader;
mod keys;
pub(crate) mod picker;
mod picker_item;
mod terminal;
mod text_field;
mod text_match;

use std::mem;

use console::measure_text_width;
use zeroize::Zeroizing;

use crate::error::Result;
use crate::output::{Console, clean};
use keys::Key;
pub(crate) use terminal::with_hidden_keys;
use terminal::{Terminal, TerminalEvent};
use text_field::TextField;

/// The fewest columns that an answer is typed in. A question that leaves less gets a line of its
/// own.
const LEAST_ROOM: usize = 16;

/// Asks for a line of text. An empty line is asked again.
///
/// # Errors
/// [`Error::Cancelled`](crate::error::Error::Cancelled) for Esc, Ctrl-C, Ctrl-D and where the
/// terminal is gone, [`Error::Unexpected`](crate::error::Error::Unexpected) where it fails.
pub(crate) fn ask(console: Console, question: &str) -> Result<String> {
    let mut terminal = Terminal::open(console)?;
    let prompt = Question::new(question, false);
    let answer = prompt.answer(&mut terminal, |answer| !answer.trim().is_empty())?;
    Ok(answer.trim().to_owned())
}

/// Asks for a line of text that isn't shown. An empty line is asked again.
///
/// # Errors
/// As [`ask`].
pub(crate) fn ask_hidden(console: Console, question: &str) -> Result<String> {
    hidden_answer(console, question, |answer| !answer.is_empty())
}

/// Asks for a line of text that isn't shown and may be empty.
///
/// # Errors
/// As [`ask`].
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
    complete: impl Fn(&str) -> bool,
) -> Result<String> {
    let mut terminal = Terminal::open(console)?;
    let prompt = Question::new(question, true);
    let mut answer = prompt.answer(&mut terminal, complete)?;
    // Moved, so that no copy stays behind.
    Ok(mem::take(&mut answer))
}

/// A question and the line in which it is answered.
struct Question<'a> {
    question: &'a str,
    is_hidden: bool,
    field: TextField,
    /// What a terminal that can't redraw shows of the answer.
    shown: String,
}

impl<'a> Question<'a> {
    fn new(question: &'a str, is_hidden: bool) -> Self {
        Self {
            question,
            is_hidden,
            field: TextField::new(""),
            shown: String::new(),
        }
    }

    /// Reads the answer, up to an Enter at which it is `complete`.
    fn answer(
        mut self,
        terminal: &mut Terminal,
        complete: impl Fn(&str) -> bool,
    ) -> Result<Zeroizing<String>> {
        self.start(terminal);
        loop {
            match terminal.next() {
                Ok(TerminalEvent::Draw) => self.draw(terminal),
                Ok(TerminalEvent::Resumed) => self.start(terminal),
                Ok(TerminalEvent::Key(Key::Enter)) if complete(self.field.text()) => break,
                Ok(TerminalEvent::Key(key)) => self.field.press(key),
                Err(error) => {
                    terminal.write("\r\n");
                    return Err(error);
                }
            }
        }
        self.field.press(Key::End);
        self.draw(terminal);
        terminal.write("\r\n");
        Ok(self.field.into_text())
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
            (String::new(), String::new())
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
        let text = clean(self.field.text());
        let kept = self
            .shown
            .char_indices()
            .zip(text.chars())
            .take_while(|((_, shown), char)| shown == char)
            .last()
            .map_or(0, |((index, char), _)| index + char.len_utf8());
        let gone = self.shown.get(kept..).map_or(0, measure_text_width);
        let new = text.get(kept..).unwrap_or_default();
        terminal.write(&format!("{}{new}", "\u{8} \u{8}".repeat(gone)));
        self.shown = text.into_owned();
    }
}

/// Whether a question and its answer have room in one line.
fn fits(title: &str, terminal: &Terminal) -> bool {
    measure_text_width(title) + LEAST_ROOM <= terminal.columns()
}
