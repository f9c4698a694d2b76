//! The checks of `doctor`: lines for people, rows for scripts.

use dialoguer::console::Style;

use super::clean::clean;
use super::records::{Cell, Column, Records, Row, column, optional};
use crate::answer::{Check, Verdict};

const COLUMNS: &[Column] = &[
    column("Check", "Check"),
    column("Status", "Status"),
    column("Detail", "Detail"),
    column("Remedy", "Remedy"),
];

pub(super) fn records(checks: &[Check]) -> Records<'_> {
    Records {
        columns: COLUMNS,
        rows: checks.iter().map(row).collect(),
    }
}

fn row(check: &Check) -> Row<'_> {
    Row {
        id: check.name.into(),
        current: false,
        muted: check.verdict == Verdict::Skip,
        cells: vec![
            Cell::plain(check.name),
            Cell::plain(check.verdict.as_str()),
            Cell::plain(&check.detail),
            optional(&check.remedy),
        ],
    }
}

/// A line for each check, and its remedy below it: nothing is cut, so that it can be pasted.
pub(super) fn lines(checks: &[Check], color: bool) -> String {
    let width = checks.iter().map(|check| check.name.len()).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for check in checks {
        let style = match check.verdict {
            Verdict::Ok => Style::new().green(),
            Verdict::Fail => Style::new().red().bold(),
            Verdict::Skip => Style::new().dim(),
        };
        let verdict = format!("{:<4}", check.verdict.as_str());
        let verdict = style.force_styling(color).apply_to(verdict);
        let detail = clean(&check.detail);
        text += &format!("{verdict}  {:<width$}  {detail}\n", check.name);
        if let Some(remedy) = &check.remedy {
            text += &format!("{:indent$}{}\n", "", clean(remedy), indent = 8 + width);
        }
    }
    text
}
