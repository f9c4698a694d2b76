//! The formats for scripts: `tsv`, `csv` and `id`.

use csv::{Terminator, WriterBuilder};

use super::rows::Record;
use super::sanitize::{clean, is_harmful, is_harmless};

/// One line per record, cells separated by tabs, without a header.
pub(super) fn tsv<T: Record>(records: &[T]) -> String {
    let columns = T::columns();
    let mut text = String::new();
    for record in records {
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                text.push('\t');
            }
            push_in_one_line(&mut text, &(column.value)(record));
        }
        text.push('\n');
    }
    text
}

/// A header and one line per record (RFC 4180).
pub(super) fn csv<T: Record>(records: &[T]) -> String {
    let columns = T::columns();
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory can't fail.
    let _ = writer.write_record(columns.iter().map(|column| column.name));
    for record in records {
        for column in &columns {
            let _ = writer.write_field(clean(&(column.value)(record)).as_bytes());
        }
        let _ = writer.write_record(None::<&[u8]>);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// The ids, one per line.
pub(super) fn ids<T: Record>(records: &[T]) -> String {
    records
        .iter()
        .flat_map(|record| [clean(&record.id()).into_owned(), "\n".to_owned()])
        .collect()
}

/// Replaces tabs and line breaks by spaces, and other control characters by `�`.
fn push_in_one_line(text: &mut String, value: &str) {
    if is_harmless(value) {
        text.push_str(value);
        return;
    }
    text.extend(value.chars().map(|char| match char {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        char if is_harmful(char) => '\u{fffd}',
        char => char,
    }));
}
