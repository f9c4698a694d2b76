//! Writes results to standard output and messages to standard error. No other module writes to
//! either.

mod benefits;
mod body;
mod checks;
mod records;
mod status;
mod stream;
mod table;
mod text;
mod topic;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::slice;

use console::{Style, Term};
use serde::Serialize;

use crate::args::Format;
use crate::command_output::CommandOutput;
pub(crate) use crate::config::Console;
use crate::error::{Error, ErrorKind, Result};
use body::BodyWriter;
use records::{ACCOUNTS, CHECKS, Records, STATUS};
pub(crate) use stream::Blocking;
use stream::{Spinner, say, write_stdout};
use text::escaped;
pub(crate) use text::{clean, cut, folded, surplus, wrap};

/// The width of a table without a terminal, in columns. It limits the padding that one long text adds to
/// all rows.
const WIDEST: usize = 1_000;

impl Console {
    /// Where the body of a response goes.
    pub(crate) fn body(&self) -> BodyWriter {
        BodyWriter::new(self.stdout_is_terminal)
    }

    /// Writes a note, unless `--quiet`.
    pub(crate) fn note(&self, sentence: &str) {
        if !self.quiet {
            say(&self.wrapped(&clean(sentence), 0));
        }
    }

    /// Writes a progress message on a terminal, unless `--quiet`.
    pub(crate) fn progress(&self, sentence: &str) {
        if self.stderr_is_terminal {
            self.note(sentence);
        }
    }

    /// Writes a hint on a terminal, unless `--quiet`.
    pub(crate) fn suggest(&self, sentence: &str) {
        if self.stderr_is_terminal && !self.quiet {
            self.say_with_hint(sentence);
        }
    }

    /// Writes a warning: a problem that doesn't end the command.
    pub(crate) fn warn(&self, sentence: &str) {
        self.say_with_label("warning:", Style::new().yellow().bold(), sentence);
    }

    /// Shows a spinner on a terminal until it is dropped.
    pub(crate) fn wait_for(&self, host: &str) -> Option<Spinner> {
        let shown = self.can_redraw && !self.quiet;
        shown.then(|| Spinner::start(format!("Waiting for {host}")))
    }

    /// Writes a line of the request trace.
    pub(crate) fn trace(&self, line: &str) {
        self.say_with_label("trace:", Style::new().dim(), line);
    }

    /// A help topic in Markdown as standard output shows it.
    pub(crate) fn topic(&self, markdown: &str) -> String {
        match self.stdout_is_terminal {
            true => topic::topic(markdown, self.width(), self.color_stdout),
            false => markdown.to_owned(),
        }
    }

    /// Writes the output of a command to standard output, and after a list of a switch to standard
    /// error what was done. A broken pipe is not an error.
    pub(crate) fn show(&self, output: &CommandOutput) -> Result<()> {
        let mut text = self.rendered(output);
        let CommandOutput::Switched(switched) = output else {
            return write_stdout(text.as_bytes()).map(drop);
        };
        let mut message = switched.message.clone();
        let is_table = self.format == Format::Table;
        let lines = text.lines().count() + self.wrapped(&message, 0).lines().count();
        if is_table && self.stdout_is_terminal && self.quiet {
            text.clear();
        } else if is_table && self.stdout_is_terminal && lines >= self.height() {
            // The whole list would push away what was there before.
            let current = switched.list.current();
            let current = current.map(slice::from_ref).unwrap_or_default();
            let hidden = switched.list.profiles.len() - current.len();
            text = self.list(switched, || records::profiles(current));
            message += &format!(" Not shown: {hidden} more.");
        }
        let written = write_stdout(text.as_bytes());
        self.note(&message);
        if let Some(hint) = switched.hint.as_ref().filter(|_| is_table) {
            self.suggest(hint);
        }
        written.map(drop)
    }

    /// Writes an error to standard error in the chosen format and returns its exit code.
    pub(crate) fn report(&self, error: &Error) -> ExitCode {
        if self.format == Format::Json {
            let hint = error.hint.as_deref().map(|hint| self.as_typed(hint));
            say(&escaped(error.to_json(hint.as_deref())));
        } else if error.kind == ErrorKind::Cancelled {
            self.note("Cancelled.");
        } else {
            self.say_with_label("error:", Style::new().red().bold(), &error.to_string());
            if let Some(hint) = &error.hint {
                self.say_with_hint(hint);
            }
        }
        error.exit_code.into()
    }

    fn rendered(&self, output: &CommandOutput) -> String {
        let format = self.format;
        let color = self.color_stdout;
        match output {
            CommandOutput::Nothing | CommandOutput::Ended(_) => String::new(),
            CommandOutput::Text(text) => text.clone(),
            CommandOutput::Profiles(list) => self.list(list, || records::profiles(&list.profiles)),
            CommandOutput::Current(profile) => {
                self.list(profile, || records::profiles(slice::from_ref(profile)))
            }
            CommandOutput::Benefits(profile) => self.list(profile, || benefits::of_one(profile)),
            CommandOutput::AllBenefits(profiles) => {
                self.list(profiles, || benefits::of_several(profiles))
            }
            // After a switch, only the id of the profile that is current now.
            CommandOutput::Switched(switched) if format == Format::Id => {
                format!("{}\n", switched.switched.to)
            }
            CommandOutput::Switched(switched) => {
                self.list(switched, || records::profiles(&switched.list.profiles))
            }
            CommandOutput::Status(accounts) if format == Format::Table => {
                status::blocks(accounts, self.width(), color)
            }
            CommandOutput::Status(accounts) => {
                let document = BTreeMap::from([("Accounts", accounts)]);
                self.list(&document, || records::accounts(STATUS, accounts))
            }
            CommandOutput::Accounts(accounts) => {
                let document = BTreeMap::from([("Accounts", accounts)]);
                self.list(&document, || records::accounts(ACCOUNTS, accounts))
            }
            CommandOutput::Token(issued) if format == Format::Json => self.json(issued),
            CommandOutput::Token(issued) => format!("{}\n", issued.access_token.expose()),
            CommandOutput::Checks(checks) if format == Format::Table => {
                checks::lines(checks, self.width(), color)
            }
            CommandOutput::Checks(checks) => {
                let document = BTreeMap::from([("Checks", checks)]);
                self.list(&document, || records::from_fields(CHECKS, checks))
            }
        }
    }

    /// Records in the chosen format, or the document that contains them.
    fn list<'a>(&self, document: &impl Serialize, records: impl FnOnce() -> Records<'a>) -> String {
        match self.format {
            Format::Table => table::table(&records(), self.width(), self.color_stdout),
            Format::Json => self.json(document),
            Format::Tsv => records::tsv(&records()),
            Format::Csv => records::csv(&records()),
            Format::Id => records::ids(&records()),
        }
    }

    /// A JSON document with a line break at its end, indented for people.
    fn json(&self, document: &impl Serialize) -> String {
        let written = match self.stdout_is_terminal {
            true => serde_json::to_string_pretty(document),
            false => serde_json::to_string(document),
        };
        // These types have only string keys, so that serializing them can't fail.
        escaped(written.unwrap_or_default()) + "\n"
    }

    /// The widest that a table may be, in columns.
    fn width(&self) -> usize {
        if self.stdout_is_terminal {
            usize::from(Term::stdout().size().1)
        } else {
            WIDEST
        }
    }

    /// The lines of the terminal on standard output.
    fn height(&self) -> usize {
        usize::from(Term::stdout().size().0)
    }

    fn say_with_hint(&self, hint: &str) {
        self.say_with_label("hint:", Style::new().cyan().bold(), hint);
    }

    fn say_with_label(&self, label: &str, style: Style, text: &str) {
        let text = self.wrapped(&clean(text), label.len() + 1);
        let style = style.force_styling(self.color_stderr);
        say(&format!("{} {text}", style.apply_to(label)));
    }

    /// A message with its commands in the form that the user typed.
    fn as_typed<'a>(&self, message: &'a str) -> Cow<'a, str> {
        if !self.is_short {
            return message.into();
        }
        let short = |(index, part): (usize, &str)| match index % 2 {
            1 if part.starts_with("nxp ") => part.replacen(" profiles ", " ", 1),
            _ => part.to_owned(),
        };
        let parts: Vec<String> = message.split('`').enumerate().map(short).collect();
        parts.join("`").into()
    }

    /// Wraps a text to the terminal. Its first line starts after `before` columns.
    fn wrapped(&self, text: &str, before: usize) -> String {
        let text = self.as_typed(text);
        if !self.stderr_is_terminal {
            return text.into_owned();
        }
        wrap(&text, usize::from(Term::stderr().size().1), before).join("\n")
    }
}
