//! Man pages in roff, with the macros of man(7).

use crate::help::Block;
use crate::output::wrap;

/// The day of the release, in the footer of the pages. It changes with the version.
const DATE: &str = "2026-11-24";

/// The widest line of text in the source of a page, in columns: longer ones are bad style.
const WIDEST: usize = 68;

/// A man page.
pub(super) struct Page {
    pub(super) name: String,
    pub(super) section: u8,
    pub(super) summary: String,
    pub(super) blocks: Vec<Block>,
}

impl Page {
    /// The source of the page.
    pub(super) fn text(&self) -> String {
        let Self { name, section, .. } = self;
        let (title, version) = (name.to_uppercase(), env!("CARGO_PKG_VERSION"));
        let mut text = format!(
            ".TH {title} {section} {DATE} \"nxp {version}\" \"nxp manual\"\n.SH NAME\n{} \\- {}\n",
            escaped(name),
            formatted(&self.summary)
        );
        let mut before = None;
        for block in &self.blocks {
            text += &roff(block, before);
            before = Some(block);
        }
        text
    }
}

/// The source of a block. A paragraph after a heading needs no macro; code after items needs one.
fn roff(block: &Block, before: Option<&Block>) -> String {
    match block {
        Block::Heading(heading) => format!(".SH {}\n", heading.to_uppercase()),
        Block::Paragraph(text) if matches!(before, Some(Block::Heading(_))) => lines(text),
        Block::Paragraph(text) => format!(".PP\n{}", lines(text)),
        Block::List(items) => {
            let items = items.iter();
            items
                .map(|item| format!(".IP \\(bu 2\n{}", lines(item)))
                .collect()
        }
        Block::Table(rows) => rows.iter().skip(1).map(|row| item(row)).collect(),
        Block::Code(code) => {
            let is_after_items = matches!(before, Some(Block::List(_) | Block::Table(_)));
            let code: String = code.iter().map(|line| text_line(&escaped(line))).collect();
            let paragraph = if is_after_items { ".PP\n" } else { "" };
            format!("{paragraph}.RS 4\n.nf\n{code}.fi\n.RE\n")
        }
    }
}

/// A row of a table: the first cell, and below it the others.
fn item(row: &[String]) -> String {
    let Some((term, rest)) = row.split_first() else {
        return String::new();
    };
    let filled: Vec<&str> = rest
        .iter()
        .map(String::as_str)
        .filter(|cell| !cell.is_empty())
        .collect();
    let paragraphs: Vec<String> = filled.join(": ").split("\n\n").map(lines).collect();
    format!(".TP\n{}{}", lines(term), paragraphs.join(".IP\n"))
}

/// Formatted text, wrapped.
fn lines(text: &str) -> String {
    let lines = wrap(&formatted(text), WIDEST, 0);
    lines.iter().map(|line| text_line(line)).collect()
}

/// A line of text, even if it begins like a macro.
fn text_line(line: &str) -> String {
    let is_like_macro = line.starts_with(['.', '\'']);
    format!("{}{line}\n", if is_like_macro { "\\&" } else { "" })
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
