//! The table for people, as wide as the terminal. `comfy-table` lays it out; which columns and how much
//! of a cell fit is decided here.

use std::iter;

use comfy_table::{Cell, Table, presets};
use console::{Style, measure_text_width};

use super::records::{Column, Fit, Records};
use super::text::{clean, cut};

/// The gap between two columns.
const GAP: u16 = 2;

/// The narrowest that a column of cut cells becomes, unless its title is wider.
const NARROWEST: usize = 5;

/// Renders a table of at most `width` columns, if that is possible without cutting an id. Without
/// records there is no header either.
pub(super) fn table(records: &Records<'_>, width: usize, color: bool) -> String {
    if records.rows.is_empty() {
        return String::new();
    }
    let shown = records.columns.iter().enumerate();
    let shown = shown.filter(|(_, column)| column.fit != Fit::Hidden);
    let mut columns: Vec<TableColumn<'_>> = shown
        .map(|(index, column)| TableColumn::new(records, column, index))
        .collect();
    fit(&mut columns, width);

    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let titles = columns.iter().map(|it| Cell::new(it.column.title));
    table.set_header(iter::once(Cell::new(" ")).chain(titles));
    for row in &records.rows {
        let mark = Cell::new(if row.is_current { "*" } else { " " });
        let cells = columns.iter().map(|column| {
            let text = row.cells.get(column.index).map_or("", |cell| cell);
            Cell::new(cut(&clean((column.column.shown)(text)), column.width))
        });
        table.add_row(iter::once(mark).chain(cells));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    let plain = Style::new().force_styling(color);
    let styles = records.rows.iter().map(|row| match row {
        row if row.is_current => plain.clone().green(),
        row if row.is_muted => plain.clone().dim(),
        _ => plain.clone(),
    });
    let styles = iter::once(plain.clone().bold()).chain(styles);
    let lines = table.lines().zip(styles);
    lines
        .map(|(line, style)| format!("{}\n", style.apply_to(line.trim_end())))
        .collect()
}

/// A column that a table shows.
struct TableColumn<'a> {
    column: &'a Column,
    /// Its place in the records.
    index: usize,
    width: usize,
    /// The least width. Titles are never cut.
    least: usize,
}

impl<'a> TableColumn<'a> {
    fn new(records: &Records<'_>, column: &'a Column, index: usize) -> Self {
        let cells = records.rows.iter().filter_map(|row| row.cells.get(index));
        let widths = cells.map(|cell| measure_text_width(&clean((column.shown)(cell))));
        let width = widths.fold(column.title.len(), usize::max);
        let least = match column.fit {
            Fit::Cut => width.min(NARROWEST.max(column.title.len())),
            _ => width,
        };
        Self {
            column,
            index,
            width,
            least,
        }
    }
}

/// Leaves out columns, the last one first: those that can be left out until the others fit, and more
/// if these don't fit with their cells cut. Then cuts no more than necessary, the widest column first.
fn fit(columns: &mut Vec<TableColumn<'_>>, width: usize) {
    while room(columns.iter().map(|it| it.width)) > width
        && let Some(last) = columns.iter().rposition(|it| it.column.fit == Fit::LeftOut)
    {
        columns.remove(last);
    }
    while room(columns.iter().map(|it| it.least)) > width
        && let Some(last) = columns.iter().rposition(|it| it.column.title != "Id")
        && columns.len() > 1
    {
        columns.remove(last);
    }
    while room(columns.iter().map(|it| it.width)) > width
        && let Some(widest) = columns
            .iter_mut()
            .filter(|it| it.width > it.least)
            .max_by_key(|it| it.width)
    {
        widest.width -= 1;
    }
}

/// The width of a table with columns of these widths: the mark comes before them.
fn room(widths: impl Iterator<Item = usize>) -> usize {
    1 + widths.map(|width| usize::from(GAP) + width).sum::<usize>()
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
                ("[a-z東京]{0,40}", "[a-z東京]{0,60}", "individual|company", "active|inactive", "—|active|paused")
                    .prop_map(|(name, company, kind, status, office)| [name, company, kind, status, office]),
                1..6,
            ),
            width in 40_usize..160,
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
