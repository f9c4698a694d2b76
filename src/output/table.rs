//! The table for people, as wide as the terminal. `comfy-table` lays it out and cuts the longest
//! cells; which columns are left out where not all of them fit is decided here.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Row, Table, Width, presets};
use console::{Style, measure_text_width};

use super::records::{Column, Fit, Records};
use super::text::{clean, cut, surplus};

/// The gap between two columns.
const GAP: u16 = 2;

/// The fewest columns of a cell that is cut.
const SHORTEST: u16 = 5;

/// The longest cell, in columns: no terminal is wider, and comfy-table counts in 16 bits.
const LONGEST: u16 = 1_000;

/// Renders a table of at most `width` columns, if that is possible without cutting an id. Without
/// records there is no header either.
pub(super) fn table(records: &Records<'_>, width: usize, color: bool) -> String {
    if records.rows.is_empty() {
        return String::new();
    }
    let is_shown = |column: &Column| !column.title.is_empty();
    let columns: Vec<&Column> = records.columns.iter().filter(|it| is_shown(it)).collect();
    let mut table = Table::new();
    let mut widths: Vec<u16> = columns.iter().map(|it| columns_of(it.title)).collect();
    let mut most_surplus = 0;
    for row in &records.rows {
        let mut cells = vec![Cell::new(if row.is_current { "*" } else { "" })];
        let mut row_surplus = 0;
        let all = records.columns.iter().zip(&row.cells);
        let shown = all.filter(|(column, _)| is_shown(column));
        for ((column, cell), widest) in shown.zip(&mut widths) {
            let text = clean((column.shown)(cell));
            let text = cut(&text, LONGEST.into());
            *widest = columns_of(&text).max(*widest);
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
    let styles = records.rows.iter().map(|row| match row {
        row if row.is_current => &current,
        row if row.is_muted => &muted,
        _ => &plain,
    });
    let lines = table.lines().zip(std::iter::once(&header).chain(styles));
    lines
        .map(|(line, style)| format!("{}\n", style.apply_to(line.trim_end())))
        .collect()
}

fn columns_of(text: &str) -> u16 {
    measure_text_width(text).try_into().unwrap_or(LONGEST)
}

fn in_one_line(cells: Vec<Cell>) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

/// Lays out a table whose columns have these widths.
fn lay_out(table: &mut Table, columns: &[&Column], widths: &[u16], width: u16) {
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_truncation_indicator("…")
        // No cell has a line break, so text is cut between any two characters.
        .set_delimiter('\n');
    let shown = shown(columns, widths, width);
    let mut laid_out = table.column_iter_mut();
    if let Some(mark) = laid_out.next() {
        mark.set_padding((0, GAP));
        mark.set_constraint(ColumnConstraint::Absolute(Width::Fixed(1 + GAP)));
    }
    for (index, ((laid_out, column), content)) in laid_out.zip(columns).zip(widths).enumerate() {
        let padding = if shown.last() == Some(&index) { 0 } else { GAP };
        laid_out.set_padding((0, padding));
        laid_out.set_constraint(if !shown.contains(&index) {
            ColumnConstraint::Hidden
        } else if column.fit == Fit::Cut {
            let least = least(column, *content) + padding;
            ColumnConstraint::LowerBoundary(Width::Fixed(least))
        } else {
            ColumnConstraint::ContentWidth
        });
    }
}

/// The indices of the columns that have room: those to leave out go first, the last one before the
/// others. If the rest doesn't fit, however its cells are cut, the last columns go too, but neither
/// the first one nor the ids.
fn shown(columns: &[&Column], widths: &[u16], width: u16) -> Vec<usize> {
    let all = || columns.iter().zip(widths).enumerate();
    let mut shown: Vec<usize> = all().map(|(index, _)| index).collect();
    let room = |shown: &[usize], cell: fn(&Column, u16) -> u16| {
        let cells = all().filter(|(index, _)| shown.contains(index));
        // The mark takes one column, and each column but the last one has a gap.
        let cells = cells.map(|(_, (column, width))| cell(column, *width).saturating_add(GAP));
        cells.fold(1, u16::saturating_add)
    };
    let leave_out = |shown: &mut Vec<usize>, may_go: &dyn Fn(&Column) -> bool| {
        let last = shown
            .iter()
            .rposition(|index| columns.get(*index).is_some_and(|it| may_go(it)));
        last.map(|last| shown.remove(last)).is_some()
    };
    while room(&shown, |_, content| content) > width
        && leave_out(&mut shown, &|column| column.fit == Fit::LeftOut)
    {}
    let first = columns.first().map(|column| column.title);
    while room(&shown, least) > width
        && leave_out(&mut shown, &|column| {
            column.title != "Id" && Some(column.title) != first
        })
    {}
    shown
}

/// The least width of a column: titles are never cut.
fn least(column: &Column, content: u16) -> u16 {
    match column.fit {
        Fit::Cut => content.min(SHORTEST.max(columns_of(column.title))),
        Fit::Whole | Fit::LeftOut => content,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::output::records::{Row, column};

    const COLUMNS: [Column; 6] = [
        column("Id", "", Fit::Whole),
        column("Name", "", Fit::Cut),
        column("Company", "", Fit::Cut),
        column("Type", "", Fit::LeftOut),
        column("Status", "", Fit::Whole),
        column("Virtual office", "", Fit::LeftOut),
    ];

    proptest! {
        /// Cells are cut only where all that is shown doesn't fit, and no more than necessary.
        #[test]
        fn text_is_cut_only_where_there_is_no_room(
            rows in prop::collection::vec(
                ("[a-z]{0,40}", "[a-z東京]{0,60}", "individual|company", "active|inactive", "—|active|paused")
                    .prop_map(|(name, company, kind, status, office)| [name, company, kind, status, office]),
                1..6,
            ),
            width in 45_usize..160,
        ) {
            let records = rows.iter().map(|texts| Row {
                cells: std::iter::once("14190688").chain(texts.iter().map(|it| &**it)).map(Into::into).collect(),
                ..Row::default()
            });
            let records = Records { columns: COLUMNS.into(), rows: records.collect() };
            let table = table(&records, width, false);
            let widest = table.lines().map(measure_text_width).max().unwrap();
            prop_assert!(widest <= width, "{table}");
            let cells = rows.iter().flatten();
            let missing = |cell: &String| {
                let shown = (0..=cell.len())
                    .rev()
                    .filter_map(|end| cell.get(..end))
                    .find(|part| table.contains(&format!("{part}…")));
                shown.map(|shown| measure_text_width(cell) - measure_text_width(shown) - 1)
            };
            if table.contains('…') {
                let missing = cells.filter(|cell| !table.contains(*cell)).filter_map(missing).max();
                prop_assert!(widest + missing.unwrap() > width, "{missing:?} in {width}:\n{table}");
                prop_assert!(!table.contains("Type"), "{table}");
            }
            prop_assert!(table.contains("Status"), "{table}");
            for row in &rows {
                prop_assert!(table.contains(&row[3]), "{table}");
            }
        }
    }
}
