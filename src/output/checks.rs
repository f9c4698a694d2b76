//! The checks of `doctor` for people.

use console::Style;

use super::text::{clean, wrap_indented};
use crate::command_output::{Check, Verdict};

/// The width of the status and the gaps before a detail, in columns.
const BEFORE_DETAIL: usize = 8;

/// One line per check, wrapped between words at the terminal's width, and its remedy below. A remedy
/// is not wrapped, so that it can be pasted.
pub(super) fn lines(checks: &[Check], width: usize, color: bool) -> String {
    let name_width = checks.iter().map(|check| check.name.len()).max();
    let name_width = name_width.unwrap_or_default();
    let before = BEFORE_DETAIL + name_width;
    let mut text = String::new();
    for check in checks {
        let (verdict, style) = match check.verdict {
            Verdict::Ok => ("ok  ", Style::new().green()),
            Verdict::Fail => ("fail", Style::new().red().bold()),
            Verdict::Skip => ("skip", Style::new().dim()),
        };
        let verdict = style.force_styling(color).apply_to(verdict);
        let detail = wrap_indented(&clean(&check.detail), width, before);
        text += &format!("{verdict}  {:<name_width$}  {detail}\n", check.name);
        if let Some(remedy) = &check.remedy {
            text += &format!("{:before$}{}\n", "", clean(remedy));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_wrapped_between_words_and_remedies_are_not() {
        let check = Check {
            name: "keyring",
            verdict: Verdict::Fail,
            detail: "there is no session bus, and so no Secret Service".to_owned(),
            remedy: Some("run `NXP_KEYRING=keyutils nxp login`, or start a session bus".to_owned()),
        };
        assert_eq!(
            lines(std::slice::from_ref(&check), 50, false),
            "fail  keyring  there is no session bus, and so no\n\
             \u{20}              Secret Service\n\
             \u{20}              run `NXP_KEYRING=keyutils nxp login`, or start a session bus\n"
        );
    }
}
