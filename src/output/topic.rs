//! Help topics on a terminal.

use console::{Style, measure_text_width};

use super::text::wrap_indented;

/// A topic: Markdown with its headings in bold, its prose and tables wrapped to `width` columns, and its
/// code as it is. `agents` has the front matter of a skill above the title, which is left out.
pub(super) fn topic(markdown: &str, width: usize, color: bool) -> String {
    let bold = Style::new().bold().force_styling(color);
    let from_title = markdown.find("# ").and_then(|at| markdown.get(at..));
    let mut is_code = false;
    let lines = from_title.unwrap_or(markdown).lines().map(|line| {
        is_code ^= line.starts_with("```");
        let heading = line.strip_prefix("# ").or(line.strip_prefix("## "));
        let line = match heading {
            Some(heading) if !is_code => bold.apply_to(heading).to_string(),
            None if !is_code && measure_text_width(line) > width => wrap_indented(line, width, 2),
            _ => line.to_owned(),
        };
        line + "\n"
    });
    lines.collect()
}
