//! Help topics on a terminal.

#[cfg(unix)]
use std::process::Command;

use console::Style;

use super::text::wrap_indented;

/// The widest line of text, in columns.
const WIDEST: usize = 80;

/// The indentation of code.
const CODE: &str = "    ";

/// A topic: Markdown with its headings in bold, its code indented, and all else wrapped to `width`
/// columns. `agents` has the front matter of a skill above the title, which is left out.
pub(super) fn topic(markdown: &str, width: usize, color: bool) -> String {
    let bold = Style::new().bold().force_styling(color);
    let from_title = markdown.find("# ").and_then(|at| markdown.get(at..));
    let lines = joined(from_title.unwrap_or(markdown))
        .into_iter()
        .map(|line| {
            let heading = line.strip_prefix("# ").or(line.strip_prefix("## "));
            let line = match heading {
                Some(heading) => bold.apply_to(heading).to_string(),
                None if line.starts_with(CODE) => line,
                None if line.starts_with(['-', '|']) => wrap_indented(&line, width.min(WIDEST), 2),
                None => wrap_indented(&line, width.min(WIDEST), 0),
            };
            line + "\n"
        });
    lines.collect()
}

/// The lines of Markdown, those of code indented. A paragraph, an item of a list, and a row of a table
/// are one line each.
fn joined(markdown: &str) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    let mut is_code = false;
    for line in markdown.lines() {
        match joined.last_mut() {
            _ if line.starts_with("```") => is_code = !is_code,
            _ if is_code && !line.is_empty() => joined.push(format!("{CODE}{line}")),
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
