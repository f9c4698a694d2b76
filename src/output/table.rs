//! The table for people, as wide as the terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use dialoguer::console::Style;

use super::rows::{Column, Records, Row};
use super::sanitize::clean;
use super::width::{columns as columns_of, cut, surplus};

/// The columns between two cells, where there is room, and where there isn't.
const GAPS: [usize; 2] = [2, 1];

/// What all columns together get at least, before the gaps between them give way.
const COMFORTABLE: usize = 60;

/// The narrowest a column gets that may be cut.
const NARROWEST: usize = 3;

/// Renders a table of at most `width` columns, if that is at all possible without cutting an id.
pub(super) fn table(records: &Records<'_>, width: Option<usize>, color: bool) -> String {
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
    let layout = Layout::new(&rows, &columns, width);

    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(layout.cells("", columns.iter().map(|(_, column)| column.title)));
    for (record, texts) in records.rows.iter().zip(&rows) {
        let mark = if record.current { "*" } else { "" };
        table.add_row(layout.cells(mark, texts.iter().map(AsRef::as_ref)));
    }
    let gap = u16::try_from(layout.gap).unwrap_or_default();
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index == columns.len() { 0 } else { gap }));
    }

    let styles = Styles::new(color);
    let of_rows = records.rows.iter().map(|row| styles.of(row));
    let mut text = String::with_capacity((rows.len() + 1) * layout.line_length());
    for (line, style) in table
        .lines()
        .zip(std::iter::once(&styles.header).chain(of_rows))
    {
        // A string takes all that it is given.
        let _ = writeln!(text, "{}", style.apply_to(line.trim_end()));
    }
    text
}

/// What rows look like.
struct Styles {
    header: Style,
    current: Style,
    muted: Style,
    plain: Style,
}

impl Styles {
    fn new(color: bool) -> Self {
        let plain = Style::new().force_styling(color);
        Self {
            header: plain.clone().bold(),
            current: plain.clone().green(),
            muted: plain.clone().dim(),
            plain,
        }
    }

    fn of(&self, row: &Row<'_>) -> &Style {
        match row {
            Row { current: true, .. } => &self.current,
            Row { muted: true, .. } => &self.muted,
            _ => &self.plain,
        }
    }
}

/// How wide the columns are, and how far from one another.
struct Layout {
    gap: usize,
    widths: Vec<usize>,
}

impl Layout {
    fn new(rows: &[Vec<Cow<'_, str>>], columns: &[(usize, &Column)], bound: Option<usize>) -> Self {
        let natural = natural_widths(rows, columns);
        let [wide, narrow] = GAPS;
        let gap = if bound.is_some_and(|bound| bound < COMFORTABLE) {
            narrow
        } else {
            wide
        };
        let mark_and_gaps = 1 + gap * columns.len();
        let reserve = rows
            .iter()
            .map(|row| row.iter().map(|text| surplus(text)).sum())
            .max()
            .unwrap_or(0);
        let room = bound.map(|bound: usize| bound.saturating_sub(mark_and_gaps + reserve));
        Self {
            gap,
            widths: fitted(natural, columns, room),
        }
    }

    /// The mark of a row and its cells, each cut to its column.
    fn cells<'a>(
        &self,
        mark: &'a str,
        texts: impl Iterator<Item = &'a str>,
    ) -> impl Iterator<Item = Cow<'a, str>> {
        let cells = texts.zip(&self.widths);
        std::iter::once(Cow::Borrowed(mark)).chain(cells.map(|(text, width)| cut(text, *width)))
    }

    /// About how long a line is, in bytes.
    fn line_length(&self) -> usize {
        self.widths
            .iter()
            .map(|width| width + self.gap)
            .sum::<usize>()
            + 2
    }
}

fn texts<'a>(row: &'a Row<'_>, columns: &[(usize, &Column)]) -> Vec<Cow<'a, str>> {
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
        .map(|(_, column)| columns_of(column.title))
        .collect();
    for row in rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(columns_of(text));
        }
    }
    widths
}

/// Takes from the columns that can best spare it until all fit into `room`.
fn fitted(mut widths: Vec<usize>, columns: &[(usize, &Column)], room: Option<usize>) -> Vec<usize> {
    let Some(room) = room else { return widths };
    for width in &mut widths {
        *width = (*width).min(room.max(NARROWEST));
    }
    let mut excess = widths.iter().sum::<usize>().saturating_sub(room);
    while excess > 0 {
        let spare =
            |(width, (_, column)): &(&mut usize, &(usize, &Column))| **width * column.yields;
        let cuttable = widths
            .iter_mut()
            .zip(columns)
            .filter(|(width, (_, column))| column.yields > 0 && **width > NARROWEST);
        let Some((width, _)) = cuttable.max_by_key(spare) else {
            break;
        };
        *width -= 1;
        excess -= 1;
    }
    widths
}
