//! Lists as rows and columns, and the formats `tsv`, `csv` and `id`.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};
use serde::Serialize;
use serde_json::Value;

use super::text::{clean, is_harmless};
use crate::api::Profile;

/// Rows of cells, as scripts get them.
pub(super) struct Records<'a> {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row<'a>>,
}

/// One column of a list.
pub(super) struct Column {
    /// The title in a table.
    pub(super) title: &'static str,
    /// The name for scripts.
    pub(super) name: &'static str,
    /// What a table does with it that is wider than the terminal.
    pub(super) fit: Fit,
    /// The text for people instead of a cell.
    pub(super) shown: fn(&str) -> &str,
}

/// What becomes of a column in a table, if not all of them fit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is whole.
    Whole,
    /// It is left out, the last one first.
    LeftOut,
    /// Its cells are cut once no column is left to leave out.
    Cut,
    /// No table has it.
    Hidden,
}

#[derive(Default)]
pub(super) struct Row<'a> {
    pub(super) id: Cow<'a, str>,
    /// One for each column.
    pub(super) cells: Vec<Cow<'a, str>>,
    pub(super) is_current: bool,
    /// Whether it can't be used.
    pub(super) is_muted: bool,
}

pub(super) const fn column(title: &'static str, name: &'static str, fit: Fit) -> Column {
    Column {
        title,
        name,
        fit,
        shown: |cell| cell,
    }
}

/// A column for scripts only.
pub(super) const fn hidden(name: &'static str) -> Column {
    column("", name, Fit::Hidden)
}

impl Column {
    /// The column with another text for people.
    pub(super) const fn shown_as(self, shown: fn(&str) -> &str) -> Self {
        Self { shown, ..self }
    }
}

pub(super) fn or_dash(cell: &str) -> &str {
    match cell {
        "" | "none" => "—",
        cell => cell,
    }
}

fn activity(cell: &str) -> &str {
    if cell == "true" { "active" } else { "inactive" }
}

const PROFILES: [Column; 7] = [
    column("Id", "Id", Fit::Whole),
    column("Name", "FullName", Fit::Cut),
    column("Company", "CompanyName", Fit::Cut),
    column("Type", "Type", Fit::LeftOut),
    column("Status", "Active", Fit::Whole).shown_as(activity),
    hidden("Current"),
    column("Virtual office", "VirtualOffice", Fit::LeftOut).shown_as(or_dash),
];

pub(super) fn profiles(profiles: &[Profile]) -> Records<'_> {
    let word = |flag| if flag { "true" } else { "false" };
    let rows = profiles.iter().map(|profile| Row {
        id: profile.id.to_string().into(),
        cells: vec![
            profile.id.to_string().into(),
            profile.full_name.as_deref().unwrap_or_default().into(),
            profile.company_name.as_deref().unwrap_or_default().into(),
            profile.kind().unwrap_or_default(),
            word(profile.is_active()).into(),
            word(profile.is_current()).into(),
            profile.virtual_office().as_str().into(),
        ],
        is_current: profile.is_current(),
        is_muted: !profile.is_active(),
    });
    Records {
        columns: PROFILES.into(),
        rows: rows.collect(),
    }
}

pub(super) const ACCOUNTS: [Column; 4] = [
    column("Space", "Space", Fit::Cut),
    column("Email", "Email", Fit::Cut),
    hidden("Default"),
    column("Keyring", "Keyring", Fit::LeftOut),
];

pub(super) const STATUS: [Column; 8] = [
    hidden("Space"),
    hidden("Email"),
    hidden("FullName"),
    hidden("Source"),
    hidden("ExpiresAt"),
    hidden("Accepted"),
    hidden("CurrentProfile"),
    hidden("Chosen"),
];

pub(super) const CHECKS: [Column; 4] = [
    hidden("Check"),
    hidden("Status"),
    hidden("Detail"),
    hidden("Remedy"),
];

/// The accounts of `accounts list` and of `status`. The first columns are the space and the email. An
/// id is what `accounts use` takes: the email, or the space if several have that email, or both.
pub(super) fn accounts<'a>(
    columns: impl Into<Vec<Column>>,
    accounts: &[impl Serialize],
) -> Records<'a> {
    let mut records = from_fields(columns, accounts);
    let count = |column: usize, text: &str| {
        let cells = records.rows.iter().filter_map(|row| row.cells.get(column));
        cells.filter(|cell| cell.eq_ignore_ascii_case(text)).count()
    };
    let id = |row: &Row<'_>| match row.cells.as_slice() {
        [_, email, ..] if !email.is_empty() && count(1, email) == 1 => email.to_string(),
        [space, ..] if count(0, space) == 1 => space.to_string(),
        [space, email, ..] => format!("{email} --space {space}"),
        _ => String::new(),
    };
    let ids: Vec<String> = records.rows.iter().map(id).collect();
    for (row, id) in records.rows.iter_mut().zip(ids) {
        row.id = id.into();
    }
    records
}

/// Records whose columns are fields of their JSON documents.
pub(super) fn from_fields<'a>(
    columns: impl Into<Vec<Column>>,
    records: &[impl Serialize],
) -> Records<'a> {
    let columns = columns.into();
    let rows = records.iter().map(|record| {
        let document = serde_json::to_value(record).unwrap_or_default();
        let cells = columns
            .iter()
            .map(|column| document.get(column.name).map(cell).unwrap_or_default());
        let cells: Vec<Cow<'a, str>> = cells.collect();
        let id = document.get("Id").map(cell);
        Row {
            id: id.or(cells.first().cloned()).unwrap_or_default(),
            is_current: document.get("Default") == Some(&true.into()),
            is_muted: document.get("IsMuted") == Some(&true.into()),
            cells,
        }
    });
    let rows = rows.collect();
    Records { columns, rows }
}

/// A value of a document in its usual form.
fn cell<'a>(value: &Value) -> Cow<'a, str> {
    match value {
        Value::Null => "".into(),
        Value::String(text) => text.clone().into(),
        value => value.to_string().into(),
    }
}

/// One line per record, cells separated by tabs, without a header.
pub(super) fn tsv(records: &Records<'_>) -> String {
    let line = |row: &Row<'_>| {
        let cells: Vec<_> = row.cells.iter().map(|cell| in_one_line(cell)).collect();
        cells.join("\t") + "\n"
    };
    records.rows.iter().map(line).collect()
}

/// A header and one line per record (RFC 4180).
pub(super) fn csv(records: &Records<'_>) -> String {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory can't fail.
    let _ = writer.write_record(records.columns.iter().map(|column| column.name));
    for row in &records.rows {
        let cells = row.cells.iter().map(|cell| clean(cell));
        let _ = writer.write_record(cells.map(|cell| cell.into_owned()));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// The ids, one per line.
pub(super) fn ids(records: &Records<'_>) -> String {
    let rows = records.rows.iter();
    rows.map(|row| format!("{}\n", clean(&row.id))).collect()
}

/// Replaces tabs and line breaks by spaces, and other control characters by `�`.
fn in_one_line(value: &str) -> Cow<'_, str> {
    if is_harmless(value) {
        return value.into();
    }
    let breaks = ['\t', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
    clean(&value.replace(breaks, " ")).into_owned().into()
}
