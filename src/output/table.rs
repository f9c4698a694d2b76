//! The table for people, as wide as the terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use console::Style;

use super::rows::{Column, Cut, Records, Row};
use super::sanitize::clean;
use super::width::{cut, surplus};

/// The gap between two cells in a wide and in a narrow terminal, in columns.
const GAPS: [u16; 2] = [2, 1];

/// The least width of a wide terminal, in columns.
const COMFORTABLE: u16 = 60;

/// The least width of a column whose title is longer than its texts, in columns.
const NARROWEST: u16 = 3;

/// The longest cell, in columns: no terminal is wider, and comfy-table counts in 16 bits.
const LONGEST: usize = 1_000;

/// Renders a table of at most `width` columns, if that is possible without cutting an id. Without
/// rows there is no header either.
pub(super) fn table(records: &Records<'_>, width: usize, color: bool) -> String {
    if records.rows.is_empty() {
        return String::new();
    }
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
    let reserve = rows
        .iter()
        .map(|row| row.iter().map(|text| surplus(text)).sum());
    let width = width.saturating_sub(reserve.max().unwrap_or(0));
    let table = laid_out(
        records,
        &columns,
        &rows,
        width.try_into().unwrap_or(u16::MAX),
    );

    let plain = Style::new().force_styling(color);
    let [header, current, muted] =
        [Style::bold, Style::green, Style::dim].map(|add| add(plain.clone()));
    let of_rows = records.rows.iter().map(|row| match row {
        Row { current: true, .. } => &current,
        Row { muted: true, .. } => &muted,
        _ => &plain,
    });
    let mut text = String::new();
    for (line, style) in table.lines().zip(std::iter::once(&header).chain(of_rows)) {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{}", style.apply_to(line.trim_end()));
    }
    text
}

/// Lays the table out: each row in one line, with cells cut if the table is too wide.
fn laid_out(
    records: &Records<'_>,
    columns: &[(usize, &Column)],
    rows: &[Vec<Cow<'_, str>>],
    width: u16,
) -> Table {
    let [wide, narrow] = GAPS;
    let gap = if width < COMFORTABLE { narrow } else { wide };
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_truncation_indicator("…")
        // No cell has a line break, so text is cut between any two characters.
        .set_delimiter('\n');
    for (record, texts) in records.rows.iter().zip(rows) {
        let mark = if record.current { "*" } else { "" };
        let cells = std::iter::once(mark).chain(texts.iter().map(AsRef::as_ref));
        let mut row = comfy_table::Row::from(cells);
        row.max_height(1);
        table.add_row(row);
    }
    let content_widths = table.column_max_content_widths();
    let titles = std::iter::once("").chain(columns.iter().map(|(_, column)| column.title));
    let mut header = comfy_table::Row::from(titles);
    header.max_height(1);
    table.set_header(header);
    let fits = table
        .column_max_content_widths()
        .iter()
        .map(|content| usize::from(content + gap))
        .sum::<usize>()
        <= usize::from(width + gap);
    for (index, (column, content)) in table.column_iter_mut().zip(content_widths).enumerate() {
        let padding = if index == columns.len() { 0 } else { gap };
        column.set_padding((0, padding));
        let described = index.checked_sub(1).and_then(|index| columns.get(index));
        let constraint = match described.map(|(_, column)| &column.cut) {
            None => ColumnConstraint::Absolute(Width::Fixed(1 + padding)),
            Some(Cut::Never) => ColumnConstraint::ContentWidth,
            Some(_) if fits => continue,
            // Titles are cut before texts, and short texts before names.
            Some(Cut::Short) => {
                let content = content.max(NARROWEST) + padding;
                ColumnConstraint::UpperBoundary(Width::Fixed(content))
            }
            Some(Cut::Fairly) => {
                let content = content.clamp(NARROWEST, (width / 5).max(NARROWEST)) + padding;
                ColumnConstraint::LowerBoundary(Width::Fixed(content))
            }
        };
        column.set_constraint(constraint);
    }
    table
}

fn texts<'a>(row: &'a Row<'_>, columns: &[(usize, &Column)]) -> Vec<Cow<'a, str>> {
    columns
        .iter()
        .map(
            |(index, _)| match row.cells.get(*index).map(|cell| clean(cell.for_people())) {
                Some(Cow::Borrowed(text)) => cut(text, LONGEST),
                Some(Cow::Owned(text)) => cut(&text, LONGEST).into_owned().into(),
                None => Cow::Borrowed(""),
            },
        )
        .collect()
}
