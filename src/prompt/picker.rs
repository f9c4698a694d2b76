//! The picker: a list of active profiles to choose from, with the arrow keys or by typing.

use std::collections::HashMap;
use std::fmt;

use dialoguer::FuzzySelect;
use dialoguer::console::{Style, Term};
use dialoguer::theme::Theme;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::guard::guarded;
use crate::error::{Error, Result};
use crate::output::{Console, clean, columns, cut};
use crate::portal::{Profile, ProfileList};

/// The columns before an item: the arrow, the mark of the current profile, and a space after each.
const MARGIN: usize = 4;

/// Lets a person pick one of the active profiles. The current one comes first, marked and
/// preselected.
///
/// # Errors
/// [`Error::NoActiveProfile`] where there is nothing to pick, [`Error::Cancelled`] at Esc and
/// Ctrl-C.
pub(crate) fn pick(console: Console, list: &ProfileList) -> Result<&Profile> {
    let mut active: Vec<&Profile> = list.active().collect();
    active.sort_by_key(|profile| !profile.is_current());
    if active.is_empty() {
        return Err(Error::NoActiveProfile);
    }
    let width = usize::from(Term::stderr().size().1);
    let keys: Vec<String> = active.iter().map(|profile| key(profile, width)).collect();
    let lines = keys
        .iter()
        .cloned()
        .zip(lines(&active, width.saturating_sub(MARGIN + 1)))
        .collect();
    let theme = PickerTheme {
        lines,
        color: console.has_color_on_stderr(),
    };
    let picked = guarded(console, || {
        FuzzySelect::with_theme(&theme)
            .with_prompt("Switch to:")
            .items(&keys)
            .default(0)
            .report(false)
            .interact_opt()
            .map_err(super::failed)
    })?;
    picked
        .and_then(|index| active.get(index).copied())
        .ok_or(Error::Cancelled)
}

/// What is typed against: names, type and id.
///
/// dialoguer takes an item for a wrapped one, and clears lines above the picker, once it has more
/// bytes than the terminal has columns; so the names give way, and the id keeps keys apart.
fn key(profile: &Profile, width: usize) -> String {
    let id = format!("#{}", profile.id);
    let mut names = String::new();
    for part in [&profile.full_name, &profile.company_name]
        .into_iter()
        .flatten()
    {
        names.push_str(&clean(part));
        names.push(' ');
    }
    if let Some(kind) = profile.kind() {
        names.push_str(&format!("{kind} "));
    }
    let room = width.saturating_sub(id.len() + 1);
    let fitting = names
        .char_indices()
        .map(|(start, char)| start + char.len_utf8());
    names.truncate(
        fitting
            .take_while(|end| *end <= room)
            .last()
            .unwrap_or_default(),
    );
    names + &id
}

/// What is seen: name and company, type and id in columns of their own, at most `width` wide.
fn lines(profiles: &[&Profile], width: usize) -> Vec<Line> {
    let ids: Vec<String> = profiles
        .iter()
        .map(|profile| format!("#{}", profile.id))
        .collect();
    let kinds: Vec<String> = profiles
        .iter()
        .map(|profile| {
            profile
                .kind()
                .map(|kind| kind.to_string())
                .unwrap_or_default()
        })
        .collect();
    let names: Vec<String> = profiles
        .iter()
        .map(|profile| clean(&profile.title()).into_owned())
        .collect();
    let id_width = ids.iter().map(String::len).max().unwrap_or_default();
    let kind_width = kinds.iter().map(String::len).max().unwrap_or_default();
    let wanted = names
        .iter()
        .map(|name| columns(name))
        .max()
        .unwrap_or_default();
    let with_kind = width.saturating_sub(id_width + kind_width + 4);
    // A terminal too narrow for all of it does without the type rather than without the name.
    let shows_kind = wanted <= with_kind || with_kind >= 24;
    let room = if shows_kind {
        with_kind
    } else {
        width.saturating_sub(id_width + 2)
    };
    let name_width = wanted.min(room);
    std::iter::zip(profiles, names)
        .zip(std::iter::zip(kinds, ids))
        .map(|((profile, name), (kind, id))| {
            let name = cut(&name, name_width);
            let padding = " ".repeat(name_width - columns(&name));
            let kind = if shows_kind {
                format!("{kind:kind_width$}  ")
            } else {
                String::new()
            };
            Line {
                current: profile.is_current(),
                name: format!("{name}{padding}"),
                rest: format!("{kind}{id}"),
            }
        })
        .collect()
}

struct Line {
    current: bool,
    name: String,
    rest: String,
}

/// Shows the line that belongs to a key.
struct PickerTheme {
    lines: HashMap<String, Line>,
    color: bool,
}

impl PickerTheme {
    fn style(&self) -> Style {
        Style::new().for_stderr().force_styling(self.color)
    }
}

impl Theme for PickerTheme {
    fn format_fuzzy_select_prompt(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        search_term: &str,
        cursor: usize,
    ) -> fmt::Result {
        let (before, after) = search_term
            .split_at_checked(cursor)
            .unwrap_or((search_term, ""));
        write!(f, "{} {before}", self.style().bold().apply_to(prompt))?;
        if search_term.is_empty() {
            return write!(f, "{}", self.style().dim().apply_to("type to filter"));
        }
        write!(f, "|{after}")
    }

    fn format_fuzzy_select_prompt_item(
        &self,
        f: &mut dyn fmt::Write,
        key: &str,
        selected: bool,
        _highlight_matches: bool,
        _matcher: &SkimMatcherV2,
        _search_term: &str,
    ) -> fmt::Result {
        let Some(Line {
            current,
            name,
            rest,
        }) = self.lines.get(key)
        else {
            return Ok(());
        };
        let name_style = if selected {
            self.style().cyan().bold()
        } else {
            self.style()
        };
        write!(
            f,
            "{} {} {}  {}",
            self.style()
                .cyan()
                .bold()
                .apply_to(if selected { ">" } else { " " }),
            self.style()
                .green()
                .apply_to(if *current { "*" } else { " " }),
            name_style.apply_to(name),
            self.style().dim().apply_to(rest),
        )
    }
}
