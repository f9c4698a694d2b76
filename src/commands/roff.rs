//! Man pages in roff, with the macros of man(7).

use crate::help::Block;
use crate::output::wrap;

/// The day of the release, in the footer of the pages. It changes with the version.
const DATE: &str = "2026-11-24";

/// The widest line of text in the source of a page, in columns: longer ones are bad style.
const WIDEST: usize = 68;

/// A man page under construction.
pub(super) struct Page {
    name: String,
    section: u8,
    text: String,
    /// Whether the last line is a heading: a paragraph after it needs no macro.
    is_after_heading: bool,
}

impl Page {
    pub(super) fn new(name: &str, section: u8, summary: &str) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        let title = name.to_uppercase();
        let mut page = Self {
            name: name.to_owned(),
            section,
            text: format!(".TH {title} {section} {DATE} \"nxp {version}\" \"nxp manual\"\n"),
            is_after_heading: false,
        };
        page.heading("NAME");
        page.line(&format!("{} \\- {}", escaped(name), formatted(summary)));
        page
    }

    pub(super) fn section(&self) -> u8 {
        self.section
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}.{}", self.name, self.section)
    }

    pub(super) fn text(&self) -> String {
        self.text.clone()
    }

    pub(super) fn heading(&mut self, heading: &str) {
        self.macro_line(&format!(".SH {heading}"));
        self.is_after_heading = true;
    }

    /// A usage line of clap: commands in bold, placeholders in italics.
    pub(super) fn synopsis(&mut self, usage: &str) {
        let usage = usage.trim_start_matches("Usage: ");
        let words = usage.split(' ').map(|word| {
            let is_command = word
                .chars()
                .all(|char| char.is_ascii_lowercase() || char == '-');
            let style = if is_command { 'B' } else { 'I' };
            format!("\\f{style}{}\\fR", escaped(word))
        });
        self.line(&words.collect::<Vec<_>>().join(" "));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        if !self.is_after_heading {
            self.macro_line(".PP");
        }
        self.line(&formatted(text));
    }

    /// A term and its description.
    pub(super) fn item(&mut self, term: &str, text: &str) {
        self.macro_line(".TP");
        self.line(&formatted(term));
        let mut paragraphs = text.split("\n\n");
        self.line(&formatted(paragraphs.next().unwrap_or_default()));
        for paragraph in paragraphs {
            self.macro_line(".IP");
            self.line(&formatted(paragraph));
        }
    }

    /// Another page and its summary.
    pub(super) fn reference_item(&mut self, name: &str, section: u8, text: &str) {
        self.macro_line(".TP");
        self.macro_line(&format!(".BR {} ({section})", escaped(name)));
        self.line(&formatted(text));
    }

    /// Descriptions that are indented by two, and commands that are indented by four.
    pub(super) fn examples(&mut self, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        self.heading("EXAMPLES");
        for line in lines {
            match line.strip_prefix("    ") {
                Some(command) => self.code(&[command.to_owned()]),
                None if line.trim_start().starts_with("nxp ") => {
                    self.code(&[line.trim_start().to_owned()]);
                }
                None => self.paragraph(line.trim_start()),
            }
        }
    }

    pub(super) fn see_also(&mut self, pages: &[(String, u8)]) {
        self.heading("SEE ALSO");
        for (index, (name, section)) in pages.iter().enumerate() {
            let comma = if index + 1 < pages.len() { "," } else { "" };
            self.macro_line(&format!(".BR {} ({section}){comma}", escaped(name)));
        }
    }

    /// The parts of a help topic.
    pub(super) fn blocks(&mut self, blocks: &[Block]) {
        let mut is_after_items = false;
        for block in blocks {
            if is_after_items && matches!(block, Block::Code(_)) {
                self.macro_line(".PP");
            }
            is_after_items = matches!(block, Block::List(_) | Block::Table(_));
            match block {
                Block::Heading(heading) => self.heading(&heading.to_uppercase()),
                Block::Paragraph(text) => self.paragraph(text),
                Block::List(items) => {
                    for item in items {
                        self.macro_line(".IP \\(bu 2");
                        self.line(&formatted(item));
                    }
                }
                Block::Code(lines) => self.code(lines),
                Block::Table(rows) => self.table(rows),
            }
        }
    }

    /// Each row as an item: the first cell, and below it the others.
    fn table(&mut self, rows: &[Vec<String>]) {
        for row in rows.iter().skip(1) {
            let (first, rest) = match row.as_slice() {
                [first, rest @ ..] => (first.as_str(), rest),
                [] => continue,
            };
            let filled: Vec<&str> = rest
                .iter()
                .map(String::as_str)
                .filter(|cell| !cell.is_empty())
                .collect();
            self.item(first, &filled.join(": "));
        }
    }

    fn code(&mut self, lines: &[String]) {
        self.macro_line(".RS 4");
        self.macro_line(".nf");
        for line in lines {
            let line = escaped(line);
            let is_macro = line.starts_with(['.', '\'']);
            self.macro_line(&format!("{}{line}", if is_macro { "\\&" } else { "" }));
        }
        self.macro_line(".fi");
        self.macro_line(".RE");
    }

    /// Formatted text, wrapped.
    fn line(&mut self, text: &str) {
        for line in wrap(text, WIDEST, 0) {
            let is_macro = line.starts_with(['.', '\'']);
            self.macro_line(&format!("{}{line}", if is_macro { "\\&" } else { "" }));
        }
    }

    fn macro_line(&mut self, line: &str) {
        self.text += line;
        self.text.push('\n');
        self.is_after_heading = false;
    }
}

/// Escaped text with code in bold.
fn formatted(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(index, part)| match index % 2 {
        0 => escaped(part),
        _ => format!("\\fB{}\\fR", escaped(part)),
    });
    parts.collect()
}

/// Escapes the characters that roff interprets.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' => escaped.push_str("\\e"),
            '-' => escaped.push_str("\\-"),
            '\'' => escaped.push_str("\\(aq"),
            '`' => escaped.push_str("\\(ga"),
            '^' => escaped.push_str("\\(ha"),
            '~' => escaped.push_str("\\(ti"),
            _ => escaped.push(char),
        }
    }
    escaped
}
