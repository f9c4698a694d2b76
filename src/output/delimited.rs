//! The formats for scripts: `tsv`, `csv` and `id`.

use csv::{Terminator, WriterBuilder};

use super::rows::Records;
use super::sanitize::{clean, is_harmful, is_printable_ascii};

/// One line per row, cells separated by tabs, without a header.
pub(super) fn tsv(records: &Records<'_>) -> String {
    let mut text = String::new();
    for row in &records.rows {
        for (index, cell) in records.script_cells(row).enumerate() {
            if index > 0 {
                text.push('\t');
            }
            push_in_one_line(&mut text, &cell.value);
        }
        text.push('\n');
    }
    text
}

/// A header and one record per row (RFC 4180).
pub(super) fn csv(records: &Records<'_>) -> String {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory can't fail.
    let _ = writer.write_record(records.script_columns().map(|column| column.name));
    for row in &records.rows {
        for cell in records.script_cells(row) {
            let _ = writer.write_field(clean(&cell.value).as_bytes());
        }
        let _ = writer.write_record(None::<&[u8]>);
    }
    writer
        .into_inner()
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

/// The ids, one per line.
pub(super) fn ids(records: &Records<'_>) -> String {
    records
        .rows
        .iter()
        .flat_map(|row| [clean(&row.id), "\n".into()])
        .collect()
}

/// Replaces tabs and line breaks by spaces, and other control characters by `�`.
fn push_in_one_line(text: &mut String, value: &str) {
    if is_printable_ascii(value) {
        text.push_str(value);
        return;
    }
    text.extend(value.chars().map(|char| match char {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        char if is_harmful(char) => '\u{fffd}',
        char => char,
    }));
}
