//! The table for people, as wide as the terminal.

use std::fmt::Write as _;

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Row, Table, Width, presets};
use console::{Style, measure_text_width};

use super::rows::{Column, Cut, Record};
use super::sanitize::clean;
use super::width::{cut, surplus};

/// The gap between two cells in a wide and in a narrow terminal, in columns.
const GAPS: [u16; 2] = [2, 1];

/// The least width of a wide terminal, in columns.
const COMFORTABLE: u16 = 60;

/// The least width of a column whose title is longer than its texts, in columns.
const NARROWEST: u16 = 3;

/// The least width of a cell that is cut: one character and `…`.
const SHORTEST: usize = 2;

/// The longest cell, in columns: no terminal is wider, and comfy-table counts in 16 bits.
const LONGEST: u16 = 1_000;

/// Renders a table of at most `width` columns, if that is possible without cutting an id. Without
/// records there is no header either.
pub(super) fn table<T: Record>(records: &[T], width: usize, color: bool) -> String {
    if records.is_empty() {
        return String::new();
    }
    let mut columns = T::columns();
    columns.retain(|column| !column.title.is_empty());
    let mut table = Table::new();
    let mut widths = vec![0; columns.len()];
    let mut most_surplus = 0;
    for record in records {
        let mut cells = vec![Cell::new(if record.is_current() { "*" } else { "" })];
        let mut row_surplus = 0;
        for (column, widest) in columns.iter().zip(&mut widths) {
            let text = (column.shown)(record);
            let text = clean(&text);
            let text = cut(&text, LONGEST.into());
            *widest = measure_text_width(&text).max(*widest);
            row_surplus += surplus(&text);
            cells.push(Cell::new(text));
        }
        most_surplus = row_surplus.max(most_surplus);
        table.add_row(in_one_line(cells));
    }
    let titles = columns.iter().map(|column| Cell::new(column.title));
    let titles = std::iter::once(Cell::new("")).chain(titles);
    table.set_header(in_one_line(titles.collect()));
    let width = width.saturating_sub(most_surplus);
    lay_out(
        &mut table,
        &columns,
        &widths,
        width.try_into().unwrap_or(u16::MAX),
    );

    let plain = Style::new().force_styling(color);
    let [header, current, muted] =
        [Style::bold, Style::green, Style::dim].map(|add| add(plain.clone()));
    let styles = records.iter().map(|record| {
        if record.is_current() {
            &current
        } else if record.is_muted() {
            &muted
        } else {
            &plain
        }
    });
    let mut text = String::new();
    for (line, style) in table.lines().zip(std::iter::once(&header).chain(styles)) {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{}", style.apply_to(line.trim_end()));
    }
    // The program ends soon. Freeing a long table cell by cell takes 7 % of the instructions.
    std::mem::forget(table);
    text
}

fn in_one_line(cells: Vec<Cell>) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

/// Lays out a table whose columns, without titles, have these widths. If it is too wide, cells are
/// cut, and columns are left out that do not fit even so. Ids are always whole.
fn lay_out<T>(table: &mut Table, columns: &[Column<T>], widths: &[usize], width: u16) {
    let [wide, narrow] = GAPS;
    let gap = if width < COMFORTABLE { narrow } else { wide };
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_truncation_indicator("…")
        // No cell has a line break, so text is cut between any two characters.
        .set_delimiter('\n');
    let whole = columns.iter().zip(widths);
    let whole = whole.map(|(column, content)| column.title.len().max(*content) + usize::from(gap));
    // The mark of the current record takes one column.
    let fits = whole.sum::<usize>() < width.into();
    let fair = (width / 5).max(NARROWEST);
    let shown = shown(columns, widths, width, gap);
    let last = shown.last().copied();
    let mut laid_out = table.column_iter_mut();
    if let Some(mark) = laid_out.next() {
        mark.set_padding((0, gap));
        mark.set_constraint(ColumnConstraint::Absolute(Width::Fixed(1 + gap)));
    }
    for (index, ((laid_out, column), content)) in laid_out.zip(columns).zip(widths).enumerate() {
        if !shown.contains(&index) {
            laid_out.set_constraint(ColumnConstraint::Hidden);
            continue;
        }
        let padding = if last == Some(index) { 0 } else { gap };
        laid_out.set_padding((0, padding));
        let content = u16::try_from(*content).unwrap_or(LONGEST);
        let constraint = match column.cut {
            Cut::Never => ColumnConstraint::ContentWidth,
            _ if fits => continue,
            // Titles are cut before texts, and short texts before names.
            Cut::Short => {
                ColumnConstraint::UpperBoundary(Width::Fixed(content.max(NARROWEST) + padding))
            }
            Cut::Fairly => {
                let content = content.clamp(NARROWEST, fair) + padding;
                ColumnConstraint::LowerBoundary(Width::Fixed(content))
            }
        };
        laid_out.set_constraint(constraint);
    }
}

/// The columns that fit into `width` if their cells are cut. The last ones are left out first, but
/// neither the first one nor the ids.
fn shown<T>(columns: &[Column<T>], widths: &[usize], width: u16, gap: u16) -> Vec<usize> {
    let fair = (width / 5).max(NARROWEST);
    let least = columns.iter().zip(widths).map(|(column, content)| {
        let cell = match column.cut {
            Cut::Never => column.title.len().max(*content),
            Cut::Short => SHORTEST,
            Cut::Fairly => (*content).clamp(NARROWEST.into(), fair.into()),
        };
        cell + usize::from(gap)
    });
    let mut shown: Vec<(usize, usize)> = least.enumerate().collect();
    let can_go = |(index, _): &(usize, usize)| {
        *index > 0
            && columns
                .get(*index)
                .is_some_and(|column| column.title != "Id")
    };
    // The mark takes one column and a gap, and the last column has no gap.
    while 1 + shown.iter().map(|(_, least)| least).sum::<usize>() > width.into()
        && let Some(last) = shown.iter().rposition(can_go)
    {
        shown.remove(last);
    }
    shown.into_iter().map(|(index, _)| index).collect()
}
