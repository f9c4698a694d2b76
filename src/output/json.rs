//! JSON: one document, in the portal's own field names.

use memchr::memchr3;
use serde::Serialize;

use super::sanitize::escape;

/// A JSON document with a line break at its end; indented for people.
pub(super) fn document(value: &impl Serialize, for_people: bool) -> String {
    let written = if for_people {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    // These types have only string keys, so that serializing them can't fail.
    let mut text = written.unwrap_or_default();
    // serde_json escapes the control characters of ASCII except DEL. Each other harmful character
    // begins with one of these bytes: without them, nothing has to be decoded.
    if memchr3(0x7f, 0xc2, 0xe2, text.as_bytes()).is_some() {
        text = escaped(&text);
    }
    text.push('\n');
    text
}

/// A document whose control characters are written as `\u` escapes. The values stay the same (RFC
/// 8259, section 7).
pub(super) fn escaped(document: &str) -> String {
    let mut text = String::with_capacity(document.len());
    for char in document.chars() {
        match char {
            '\n' => text.push(char),
            _ => escape(char, &mut text),
        }
    }
    text
}
