//! The table for people, as wide as the terminal.

use std::borrow::Cow;

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::clean::clean;
use super::records::{Column, Records, Row};

/// The columns between two cells.
const GAP: usize = 2;

/// The narrowest a column gets that may be cut.
const NARROWEST: usize = 3;

/// Renders a table of at most `width` columns, if that is at all possible without cutting an id.
pub(super) fn table(records: &Records, width: Option<usize>, color: bool) -> String {
    let columns: Vec<(usize, &Column)> = records
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.in_table)
        .collect();
    let rows: Vec<Vec<Cow<'_, str>>> = records
        .rows
        .iter()
        .map(|row| texts(row, &columns))
        .collect();
    let widths = fitted(natural_widths(&rows, &columns), &columns, width);

    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    if color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let titles = columns
        .iter()
        .zip(&widths)
        .map(|((_, column), width)| cut(column.title, *width));
    let header = std::iter::once(Cow::Borrowed("")).chain(titles);
    table.set_header(header.map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    for (record, texts) in records.rows.iter().zip(&rows) {
        let mark = Cow::Borrowed(if record.current { "*" } else { "" });
        let cells = std::iter::once(mark).chain(
            texts
                .iter()
                .zip(&widths)
                .map(|(text, width)| cut(text, *width)),
        );
        table.add_row(cells.map(|text| painted(Cell::new(text), record)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, u16::try_from(GAP).unwrap_or_default()));
    }
    table
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

fn texts<'a>(row: &'a Row, columns: &[(usize, &Column)]) -> Vec<Cow<'a, str>> {
    columns
        .iter()
        .map(|(index, _)| {
            row.cells
                .get(*index)
                .map_or(Cow::Borrowed(""), |cell| clean(cell.for_people()))
        })
        .collect()
}

fn natural_widths(rows: &[Vec<Cow<'_, str>>], columns: &[(usize, &Column)]) -> Vec<usize> {
    let mut widths: Vec<usize> = columns
        .iter()
        .map(|(_, column)| column.title.width())
        .collect();
    for row in rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.width());
        }
    }
    widths
}

/// Takes from the widest columns until all fit.
fn fitted(
    mut widths: Vec<usize>,
    columns: &[(usize, &Column)],
    bound: Option<usize>,
) -> Vec<usize> {
    let Some(bound) = bound else { return widths };
    let mark_and_gaps = 1 + GAP * columns.len();
    let mut excess = (widths.iter().sum::<usize>() + mark_and_gaps).saturating_sub(bound);
    while excess > 0 {
        let cuttable = widths
            .iter_mut()
            .zip(columns)
            .filter(|(_, (_, column))| column.may_cut);
        let Some((widest, _)) = cuttable
            .max_by_key(|(width, _)| **width)
            .filter(|(width, _)| **width > NARROWEST)
        else {
            break;
        };
        *widest -= 1;
        excess -= 1;
    }
    widths
}

/// Shortens a text to `width` columns, between two characters as a person counts them.
fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut short = String::new();
    let mut taken = 0;
    for grapheme in text.graphemes(true) {
        taken += grapheme.width();
        if taken + 1 > width {
            break;
        }
        short.push_str(grapheme);
    }
    short.push('…');
    Cow::Owned(short)
}

fn painted(cell: Cell, row: &Row) -> Cell {
    if row.current {
        cell.fg(Color::Green)
    } else if row.muted {
        cell.add_attribute(Attribute::Dim)
    } else {
        cell
    }
}
