//! The formats for scripts: `tsv`, `csv`, `id` and `json`.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};
use serde::Serialize;

use super::records::{Records, Row};
use super::text::{clean, escape, is_harmless};

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

/// A JSON document with a line break at its end; indented for people.
pub(super) fn document(value: &impl Serialize, for_people: bool) -> String {
    let written = if for_people {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    // These types have only string keys, so that serializing them can't fail.
    escaped(written.unwrap_or_default()) + "\n"
}

/// A document whose control characters are written as `\u` escapes. The values stay the same (RFC
/// 8259, section 7). serde_json has escaped those of ASCII except DEL.
pub(super) fn escaped(document: String) -> String {
    // With these, all others begin in UTF-8. Three quick looks: a list can be long.
    let mut first_bytes = [0x7f, 0xc2, 0xe2].iter();
    if !first_bytes.any(|byte| document.as_bytes().contains(byte)) {
        return document;
    }
    let mut text = String::with_capacity(document.len());
    for char in document.chars() {
        match char {
            '\n' => text.push(char),
            _ => escape(char, &mut text),
        }
    }
    text
}
