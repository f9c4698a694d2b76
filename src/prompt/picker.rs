//! The picker: a list of active profiles to choose from, with the arrow keys or by typing.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::Ordering;

use dialoguer::FuzzySelect;
use dialoguer::console::{Style, Term};
use dialoguer::theme::Theme;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::terminal_guard::{DRAWN_LINES, InputMode, guarded};
use crate::api::{Profile, ProfileList};
use crate::error::{Error, Result};
use crate::output::{Console, clean, columns, cut, surplus};

/// The columns before an item: the arrow, the mark of the current profile, and a space after each.
const MARGIN: usize = 4;

/// The columns between two parts of an item.
const GAP: usize = 2;

/// As many columns of a name tell most names apart.
const READABLE: usize = 24;

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
    let lines = active.iter().map(|profile| Line::of(profile)).collect();
    let lines = keys
        .iter()
        .cloned()
        .zip(aligned(lines, width.saturating_sub(MARGIN + 1)))
        .collect();
    let theme = PickerTheme {
        lines,
        color: console.has_color_on_stderr(),
    };
    let picked = guarded(console, InputMode::Keys, || {
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

/// What is seen of a profile, in columns.
struct Line {
    current: bool,
    name: String,
    kind: String,
    id: String,
}

impl Line {
    fn of(profile: &Profile) -> Self {
        Self {
            current: profile.is_current(),
            name: clean(&profile.title()).into_owned(),
            kind: profile
                .kind()
                .map(|kind| kind.to_string())
                .unwrap_or_default(),
            id: format!("#{}", profile.id),
        }
    }
}

/// The lines, cut and padded so that their columns line up within `width`. Where there is no room
/// for a readable name beside the type, the type gives way.
fn aligned(mut lines: Vec<Line>, width: usize) -> Vec<Line> {
    let widest = |measure: fn(&Line) -> usize| lines.iter().map(measure).max().unwrap_or_default();
    let wanted = widest(|line| columns(&line.name));
    let kind_width = widest(|line| line.kind.len());
    let id_width = widest(|line| line.id.len());
    let room = width.saturating_sub(id_width + GAP + widest(|line| surplus(&line.name)));
    let beside_kind = room.saturating_sub(kind_width + GAP);
    let shows_kind = beside_kind >= wanted.min(READABLE);
    let name_width = wanted.min(if shows_kind { beside_kind } else { room });
    for line in &mut lines {
        let name = cut(&line.name, name_width);
        let padding = name_width.saturating_sub(columns(&name));
        line.name = format!("{name}{}", " ".repeat(padding));
        line.kind = if shows_kind {
            format!("{:kind_width$}  ", line.kind)
        } else {
            String::new()
        };
    }
    lines
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
        DRAWN_LINES.store(1, Ordering::Relaxed);
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
        DRAWN_LINES.fetch_add(1, Ordering::Relaxed);
        let Some(Line {
            current,
            name,
            kind,
            id,
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
            self.style().dim().apply_to(format_args!("{kind}{id}")),
        )
    }
}
