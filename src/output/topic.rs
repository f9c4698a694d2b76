//! Help topics on a terminal.

#[cfg(unix)]
use std::process::Command;

use console::Style;

use super::text::wrap_indented;

/// The widest line of text, in columns.
const WIDEST: usize = 80;

/// A topic: Markdown with its headings in bold, its code indented, and all else wrapped to `width`
/// columns. `agents` has the front matter of a skill above the title, which is left out.
pub(super) fn topic(markdown: &str, width: usize, color: bool) -> String {
    let bold = Style::new().bold().force_styling(color);
    let mut text = String::new();
    let from_title = markdown.find("# ").and_then(|at| markdown.get(at..));
    for (index, part) in from_title.unwrap_or(markdown).split("```").enumerate() {
        if index % 2 == 1 {
            // The first line is the language.
            for line in part.lines().skip(1) {
                text += format!("    {line}").trim_end();
                text.push('\n');
            }
            continue;
        }
        for line in joined(part) {
            let heading = line.strip_prefix("# ").or(line.strip_prefix("## "));
            text += &match heading {
                Some(heading) => bold.apply_to(heading).to_string(),
                None if line.starts_with(['-', '|']) => wrap_indented(&line, width.min(WIDEST), 2),
                None => wrap_indented(&line, width.min(WIDEST), 0),
            };
            text.push('\n');
        }
    }
    text
}

/// The lines of Markdown without code. A paragraph, an item of a list, and a row of a table are one
/// line each.
fn joined(markdown: &str) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for line in markdown.strip_prefix('\n').unwrap_or(markdown).lines() {
        match joined.last_mut() {
            Some(last) if !last.is_empty() && !line.is_empty() && !line.starts_with(['-', '|']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => joined.push(line.to_owned()),
        }
    }
    joined
}

/// Becomes the pager with this text as its input. Returns if there is no pager.
#[cfg(unix)]
pub(super) fn page(text: &str) {
    use std::io::{Seek as _, Write as _};
    use std::os::unix::process::CommandExt as _;

    let pager = crate::config::pager();
    let Some((program, arguments)) = pager.split_first() else {
        return;
    };
    let input = tempfile::tempfile().and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.rewind()?;
        Ok(file)
    });
    if let Ok(input) = input {
        // It returns only if it fails.
        let _ = Command::new(program).args(arguments).stdin(input).exec();
    }
}

#[cfg(not(unix))]
pub(super) fn page(_text: &str) {}
