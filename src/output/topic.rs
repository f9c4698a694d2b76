//! Help topics on a terminal.

#[cfg(unix)]
use std::process::Command;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use console::{Style, measure_text_width};

use super::text::wrap_indented;
use crate::help::{Block, Topic};

/// The widest line of text, in columns.
const WIDEST: usize = 80;

/// A topic, wrapped to `width` columns.
pub(super) fn topic(topic: &Topic, width: usize, color: bool) -> String {
    let width = width.min(WIDEST);
    let bold = Style::new().bold().force_styling(color);
    let mut text = format!("{}\n", bold.apply_to(topic.title()));
    for block in topic.blocks() {
        text.push('\n');
        text += &match block {
            Block::Heading(heading) => format!("{}\n", bold.apply_to(heading)),
            Block::Paragraph(paragraph) => format!("{}\n", wrap_indented(&paragraph, width, 0)),
            Block::List(items) => items
                .iter()
                .map(|item| format!("- {}\n", wrap_indented(item, width, 2)))
                .collect(),
            Block::Code(lines) => lines
                .iter()
                .map(|line| format!("{}\n", format!("    {line}").trim_end()))
                .collect(),
            Block::Table(rows) => table(&rows, width, &bold),
        };
    }
    text
}

/// Becomes the pager with this text as its input. Returns if there is no pager.
#[cfg(unix)]
pub(super) fn page(text: &str) {
    use std::io::{Seek as _, Write as _};
    use std::os::unix::process::CommandExt as _;

    let pager = crate::config::pager();
    let Some((program, arguments)) = pager.split_first() else {
        return;
    };
    let input = tempfile::tempfile().and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.rewind()?;
        Ok(file)
    });
    if let Ok(input) = input {
        // It returns only if it fails.
        let _ = Command::new(program).args(arguments).stdin(input).exec();
    }
}

#[cfg(not(unix))]
pub(super) fn page(_text: &str) {}

fn table(rows: &[Vec<String>], width: usize, bold: &Style) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width.try_into().unwrap_or(u16::MAX));
    for row in rows {
        table.add_row(row);
    }
    let last = rows.first().map_or(0, Vec::len).saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        let padding = if index == last { 0 } else { 2 };
        column.set_padding((0, padding));
        let words = rows.iter().filter_map(|row| row.get(index));
        let longest = words
            .flat_map(|cell| cell.split(' '))
            .map(measure_text_width)
            .max();
        let longest = u16::try_from(longest.unwrap_or(0)).unwrap_or(u16::MAX);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(
            longest.saturating_add(padding),
        )));
    }
    let mut text = String::new();
    for (index, line) in table.lines().enumerate() {
        let line = line.trim_end();
        text += &match index {
            0 => format!("{}\n", bold.apply_to(line)),
            _ => format!("{line}\n"),
        };
    }
    text
}
