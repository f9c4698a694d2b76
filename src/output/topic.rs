//! Help topics on a terminal.

use std::iter::repeat_n;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use console::Style;

use super::width::{columns, wrap};
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
            Block::Paragraph(paragraph) => indented("", "", &wrap(&paragraph, width, 0)),
            Block::List(items) => items
                .iter()
                .map(|item| indented("- ", "  ", &wrap(item, width - 2, 0)))
                .collect(),
            Block::Code(lines) => indented("    ", "    ", &lines),
            Block::Table(rows) => table(&rows, width, &bold),
        };
    }
    text
}

/// Lines with something before the first and before the others.
fn indented(first: &str, rest: &str, lines: &[String]) -> String {
    let before = std::iter::once(first).chain(repeat_n(rest, lines.len()));
    before
        .zip(lines)
        .map(|(before, line)| format!("{}\n", format!("{before}{line}").trim_end()))
        .collect()
}

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
        let longest = words.flat_map(|cell| cell.split(' ')).map(columns).max();
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
