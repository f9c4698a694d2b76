//! The picker: a list to choose from, with the arrow keys or by typing a part of it.

use console::{Alignment, Key, Style, measure_text_width, pad_str};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::terminal::Terminal;
use super::{answer, edit};
use crate::error::{Error, Result};
use crate::output::{Console, clean, cut, folded, surplus};

/// The most items that are listed at a time where the list isn't redrawn.
const MOST_LISTED: usize = 20;

const CTRL_N: char = '\u{e}';
const CTRL_P: char = '\u{10}';

/// What the keys do.
const HELP: &str = "↑↓ move  Enter select  Esc cancel";

/// The columns before an item: the arrow, the mark of the current one, and a space after each.
const MARGIN: usize = 4;

/// The columns between two parts of an item.
const GAP: usize = 2;

/// A label of fewer columns can't be read: the id is left out before it is cut below that.
const LEAST_LABEL: usize = 12;

/// What to choose from, and how.
pub(crate) struct Picker<'a> {
    /// What is asked, such as "Switch to".
    pub(crate) question: &'a str,
    /// The choices, in the order in which they are shown.
    pub(crate) items: Vec<PickerItem>,
    /// The index of the item that the arrow is on while nothing is typed.
    pub(crate) preselected: usize,
    /// What is typed already: words, each of which is part of an item.
    pub(crate) filter: &'a str,
}

/// One of the choices. The filter is looked for in all of its texts.
pub(crate) struct PickerItem {
    /// Marked with `*`.
    pub(crate) is_current: bool,
    /// Its name. It is cut where it doesn't fit.
    pub(crate) label: String,
    /// What else to know about it. It is left out where it doesn't fit.
    pub(crate) detail: String,
    /// What tells it from items with the same label, such as `#14190688`.
    pub(crate) id: String,
}

impl PickerItem {
    fn texts(&self) -> [&str; 3] {
        [&self.label, &self.detail, &self.id]
    }
}

/// Lets the user choose, and returns the index of the item.
///
/// # Errors
/// [`ErrorKind::Cancelled`](crate::error::ErrorKind::Cancelled) for Esc, Ctrl-C, Ctrl-D and where the terminal is gone; a usage error where the terminal can't show the picker.
pub(crate) fn pick(console: Console, picker: Picker<'_>) -> Result<usize> {
    if !console.can_redraw && !console.plain_prompts {
        return Err(Error::usage(
            "this terminal can't show the picker: TERM is dumb or not set",
            "name what to choose in the command, or set NXP_PICKER=plain to get a numbered list",
        ));
    }
    let mut list = FilteredList::new(picker);
    let mut terminal = Terminal::open(console)?;
    if !terminal.can_redraw {
        return list.pick_by_number(&mut terminal);
    }
    let picked = list.pick(&mut terminal);
    terminal.erase();
    picked
}

/// The items that pass the filter, and the one that the arrow is on.
struct FilteredList<'a> {
    picker: Picker<'a>,
    /// The texts of each item, folded.
    folded: Vec<String>,
    filter: String,
    /// The indices of the items that pass the filter.
    matches: Vec<usize>,
    /// The arrow's place among them.
    selected: usize,
}

impl<'a> FilteredList<'a> {
    fn new(mut picker: Picker<'a>) -> Self {
        for item in &mut picker.items {
            for text in [&mut item.label, &mut item.detail, &mut item.id] {
                *text = clean(text).into_owned();
            }
        }
        let folded = picker.items.iter().map(|it| fold(&it.texts().join(" ")));
        let mut list = Self {
            folded: folded.collect(),
            filter: picker.filter.to_owned(),
            matches: Vec::new(),
            selected: 0,
            picker,
        };
        list.apply_filter();
        list
    }

    /// Applies the filter: each of its words is in the item, in whatever order.
    fn apply_filter(&mut self) {
        let words = fold(&self.filter);
        let passes = |text: &str| words.split_whitespace().all(|word| text.contains(word));
        let matches = (0..).zip(&self.folded).filter(|(_, text)| passes(text));
        self.matches = matches.map(|(index, _)| index).collect();
        self.selected = match words.trim() {
            "" => self.picker.preselected,
            _ => 0,
        };
    }

    /// The items that pass the filter.
    fn matching(&self) -> impl Iterator<Item = &PickerItem> {
        let items = &self.picker.items;
        self.matches.iter().filter_map(|index| items.get(*index))
    }

    fn pick(&mut self, terminal: &mut Terminal) -> Result<usize> {
        loop {
            if !terminal.has_input() {
                self.draw(terminal);
            }
            if let Some(key) = terminal.next()?
                && let Some(picked) = self.press(&key, terminal)
            {
                return Ok(picked);
            }
        }
    }

    /// Picks the item under the arrow, moves the arrow, around the ends only by single steps, or
    /// edits the filter.
    fn press(&mut self, key: &Key, terminal: &Terminal) -> Option<usize> {
        let last = self.matches.len().saturating_sub(1);
        match key {
            Key::Enter => return self.matches.get(self.selected).copied(),
            Key::ArrowUp | Key::Char(CTRL_P) => {
                self.selected = self.selected.checked_sub(1).unwrap_or(last)
            }
            Key::ArrowDown | Key::Char(CTRL_N) if self.selected < last => self.selected += 1,
            Key::ArrowDown | Key::Char(CTRL_N) | Key::Home => self.selected = 0,
            Key::PageUp => self.selected = self.selected.saturating_sub(page(terminal)),
            Key::PageDown => self.selected = (self.selected + page(terminal)).min(last),
            Key::End => self.selected = last,
            Key::Char(_) | Key::Backspace => {
                edit(&mut self.filter, key);
                self.apply_filter();
            }
            _ => {}
        }
        None
    }

    fn draw(&self, terminal: &Terminal) {
        // The last column stays free: some terminals wrap once it is written.
        let width = terminal.size().1.saturating_sub(1);
        let page = page(terminal);
        let last_page = self.matches.len().saturating_sub(page);
        let top = self.selected.saturating_sub(page / 2).min(last_page);
        let layout = Layout::new(&self.picker.items, width);
        let shown = self.matching().enumerate().skip(top).take(page);
        let mut lines: Vec<String> = shown
            .map(|(place, item)| layout.line(terminal, item, place == self.selected))
            .collect();
        if self.matches.is_empty() {
            lines.push(cut("    no match; Ctrl-U clears the filter", width).into_owned());
        }
        let help = format!("{}/{}  {HELP}", self.matches.len(), self.picker.items.len());
        lines.push(terminal.styled(Style::new().dim(), cut(&help, width)));
        let question = terminal.themed(|theme, line| {
            theme.format_input_prompt(line, &cut(self.picker.question, width / 2), None)
        });
        let room = width.saturating_sub(measure_text_width(&question));
        let filter = clean(&self.filter);
        let hint = match &*filter {
            "" => terminal.styled(Style::new().dim(), cut("type to filter", room)),
            _ => String::new(),
        };
        terminal.draw(&format!("{question}{}", cut(&filter, room)), &hint, &lines);
    }

    /// Lets the user choose by number, or by filters that each list what passes.
    fn pick_by_number(&mut self, terminal: &mut Terminal) -> Result<usize> {
        loop {
            let default = self.selected + 1;
            let question = match self.matches.len() {
                0 => "Text to filter by".to_owned(),
                _ => format!("Number, or text to filter by (Enter: {default})"),
            };
            terminal.write(&self.numbered());
            let answer = answer(terminal, &question, false, |_| true)?;
            let number: Option<usize> = match answer.trim() {
                "" => Some(default),
                number => number.parse().ok(),
            };
            let place = number.and_then(|number| number.checked_sub(1));
            let mut listed = self.matches.iter().take(MOST_LISTED);
            if let Some(picked) = place.and_then(|place| listed.nth(place)) {
                return Ok(*picked);
            }
            answer.trim().clone_into(&mut self.filter);
            self.apply_filter();
        }
    }

    /// The items that pass the filter, with numbers.
    fn numbered(&self) -> String {
        let mut lines = format!("{}:\r\n", self.picker.question);
        for (number, item) in (1..=MOST_LISTED).zip(self.matching()) {
            let mark = if item.is_current { '*' } else { ' ' };
            let texts = item.texts().into_iter().filter(|text| !text.is_empty());
            let text = texts.collect::<Vec<&str>>().join("  ");
            lines += &format!("{number:>4} {mark} {text}\r\n");
        }
        match self.matches.len() {
            0 => lines + "     no match\r\n",
            count if count > MOST_LISTED => {
                lines + &format!("     … and {} more\r\n", count - MOST_LISTED)
            }
            _ => lines,
        }
    }
}

/// How many items have room in the terminal, between the question and the help.
fn page(terminal: &Terminal) -> usize {
    terminal.size().0.saturating_sub(2).max(1)
}

/// A text as it is compared, also without accents.
fn fold(text: &str) -> String {
    folded(text)
        .nfd()
        .filter(|char| canonical_combining_class(*char) == 0)
        .map(|char| match char {
            'ø' => 'o',
            'ł' => 'l',
            'đ' | 'ð' => 'd',
            'ħ' => 'h',
            char => char,
        })
        .collect()
}

/// How wide the parts of all items are, so that they line up; 0 where there is no room for one.
struct Layout {
    label: usize,
    detail: usize,
    id: usize,
}

impl Layout {
    fn new(items: &[PickerItem], width: usize) -> Self {
        let widest =
            |measure: fn(&PickerItem) -> usize| items.iter().map(measure).max().unwrap_or_default();
        let label = widest(|item| measure_text_width(&item.label));
        let mut detail = widest(|item| measure_text_width(&item.detail));
        let mut id = widest(|item| measure_text_width(&item.id));
        let room = width.saturating_sub(MARGIN + widest(|item| surplus(&item.label)));
        let with_gap = |part| if part > 0 { part + GAP } else { 0 };
        let beside = |detail, id| room.saturating_sub(with_gap(detail) + with_gap(id));
        if beside(detail, id) < label {
            detail = 0;
        }
        if beside(detail, id) < label.min(LEAST_LABEL) {
            id = 0;
        }
        let label = label.min(beside(detail, id));
        Self { label, detail, id }
    }

    fn line(&self, terminal: &Terminal, item: &PickerItem, is_selected: bool) -> String {
        let arrow =
            terminal.themed(|theme, line| theme.format_select_prompt_item(line, "", is_selected));
        let mark = if item.is_current { "*" } else { " " };
        let mark = terminal.styled(Style::new().green(), mark);
        let style = if is_selected {
            Style::new().cyan().bold()
        } else {
            Style::new()
        };
        let label = pad_str(&item.label, self.label, Alignment::Left, Some("…"));
        let mut rest = String::new();
        for (text, width) in [(&item.detail, self.detail), (&item.id, self.id)] {
            if width > 0 {
                rest += &format!("  {}", pad_str(text, width, Alignment::Left, None));
            }
        }
        let label = terminal.styled(style, label);
        let rest = terminal.styled(Style::new().dim(), rest.trim_end());
        format!("{arrow}{mark} {label}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_case_accents_and_order() {
        for (text, filter) in [
            ("Café Olé", "cafe"),
            ("Cafe\u{301}", "CAFÉ"),
            ("東京支店", "東京"),
            ("Straße", "STRASSE"),
            ("Łódź Ørsted Đoković", "lodz"),
            ("ＡＣＭＥ", "acme"),
            ("İstanbul", "istanbul"),
            ("Soft\u{ad}ware\u{200b}", "software"),
            ("Two\u{a0}\u{2003} words", "two words"),
        ] {
            assert!(fold(text).contains(&fold(filter)), "{filter:?} in {text:?}");
        }
    }
}
