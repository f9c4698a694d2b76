//! The picker: a list to choose from, with the arrow keys or by typing a part of it.

use console::{Style, measure_text_width};

use super::Question;
use super::keys::Key;
pub(crate) use super::picker_item::PickerItem;
use super::picker_item::{GAP, Layout, ROWS_WITH_HELP};
use super::terminal::{Terminal, TerminalEvent};
use super::text_field::TextField;
use super::text_match::{contains_words, fold};
use crate::error::{Error, Result};
use crate::output::{Console, clean, cut};

/// The most items that are listed at a time where the list can't be redrawn.
const MOST_LISTED: usize = 20;

/// What the keys do. What doesn't fit is left out from the end.
const HELP: [&str; 3] = ["↑↓ move", "Enter select", "Esc cancel"];

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

/// Lets the user choose, and returns the index of the item.
///
/// # Errors
/// [`Error::Cancelled`] for Esc, Ctrl-C, Ctrl-D, where there is nothing to choose from and where
/// the terminal is gone; [`Error::Unexpected`] where it fails.
pub(crate) fn pick(console: Console, picker: Picker<'_>) -> Result<usize> {
    if picker.items.is_empty() {
        return Err(Error::Cancelled);
    }
    let list = FilteredList::new(picker);
    let terminal = Terminal::open(console)?;
    if terminal.can_redraw {
        list.pick(terminal)
    } else {
        drop(terminal);
        list.pick_by_number(console)
    }
}

/// The items that pass the filter, and the one that the arrow is on.
struct FilteredList<'a> {
    question: &'a str,
    items: Vec<PickerItem>,
    /// The text of each item that the filter is looked for in, folded.
    folded: Vec<String>,
    preselected: usize,
    filter: TextField,
    /// The applied filter, folded.
    words: String,
    /// The indices of the items that pass.
    matches: Vec<usize>,
    /// The arrow's place among them.
    selected: usize,
    /// The first of them that is drawn.
    top: usize,
}

impl<'a> FilteredList<'a> {
    fn new(picker: Picker<'a>) -> Self {
        let mut items = picker.items;
        for item in &mut items {
            for text in [&mut item.label, &mut item.detail, &mut item.id] {
                *text = clean(text).into_owned();
            }
        }
        let folded = items
            .iter()
            .map(|item| fold(&format!("{} {} {}", item.label, item.detail, item.id)))
            .collect();
        let mut list = Self {
            question: picker.question,
            matches: (0..items.len()).collect(),
            items,
            folded,
            preselected: picker.preselected,
            filter: TextField::new(picker.filter),
            words: String::new(),
            selected: picker.preselected,
            top: 0,
        };
        list.apply_filter();
        list
    }

    /// Applies the filter if it was edited. Not at each key: of a long paste only the end counts.
    fn apply_filter(&mut self) {
        let words = fold(self.filter.text());
        if words == self.words {
            return;
        }
        self.matches = (0..)
            .zip(&self.folded)
            .filter(|(_, text)| contains_words(text, &words))
            .map(|(index, _)| index)
            .collect();
        let is_unfiltered = words.trim().is_empty();
        self.selected = if is_unfiltered { self.preselected } else { 0 };
        self.top = 0;
        self.words = words;
    }

    fn pick(mut self, mut terminal: Terminal) -> Result<usize> {
        let picked = loop {
            match terminal.next() {
                Ok(TerminalEvent::Draw) => {
                    self.apply_filter();
                    self.draw(&terminal);
                }
                Ok(TerminalEvent::Resumed) => {}
                Ok(TerminalEvent::Key(key)) => {
                    if let Some(picked) = self.press(key, &terminal) {
                        break Ok(picked);
                    }
                }
                Err(error) => break Err(error),
            }
        };
        terminal.erase();
        picked
    }

    /// Picks the item under the arrow, moves the arrow, around the ends only by single steps, or
    /// edits the filter.
    fn press(&mut self, key: Key, terminal: &Terminal) -> Option<usize> {
        if !matches!(key, Key::Char(_)) {
            self.apply_filter();
        }
        let last = self.matches.len().saturating_sub(1);
        match key {
            Key::Enter => return self.matches.get(self.selected).copied(),
            Key::Up => self.selected = self.selected.checked_sub(1).unwrap_or(last),
            Key::Down if self.selected < last => self.selected += 1,
            Key::Down | Key::Home => self.selected = 0,
            Key::PageUp => self.selected = self.selected.saturating_sub(self.page(terminal)),
            Key::PageDown => self.selected = (self.selected + self.page(terminal)).min(last),
            Key::End => self.selected = last,
            key => self.filter.press(key),
        }
        None
    }

    /// How many items have room in the terminal.
    fn page(&self, terminal: &Terminal) -> usize {
        let rows = terminal.rows().saturating_sub(1 + self.help_rows(terminal));
        (rows / self.layout(terminal).rows()).max(1)
    }

    fn layout(&self, terminal: &Terminal) -> Layout {
        Layout::new(&self.items, terminal.rows(), terminal.columns())
    }

    fn help_rows(&self, terminal: &Terminal) -> usize {
        usize::from(terminal.rows() >= ROWS_WITH_HELP)
    }

    fn draw(&mut self, terminal: &Terminal) {
        let page = self.page(terminal);
        let width = terminal.columns();
        self.top = self
            .top
            .min(self.selected)
            .max((self.selected + 1).saturating_sub(page))
            .min(self.matches.len().saturating_sub(page));
        let layout = self.layout(terminal);
        let shown = self.matches.iter().enumerate().skip(self.top).take(page);
        let mut lines: Vec<String> = shown
            .filter_map(|(place, index)| Some((place, self.items.get(*index)?)))
            .flat_map(|(place, item)| {
                layout.lines(terminal, item, place == self.selected, &self.words)
            })
            .collect();
        if self.matches.is_empty() {
            let text = "    no match; Ctrl-U clears the filter";
            lines.push(cut(text, width.saturating_sub(1)).into_owned());
        }
        if self.help_rows(terminal) > 0 {
            lines.push(terminal.styled(Style::new().dim(), self.help(width)));
        }
        let question = terminal.themed(|theme, line| {
            theme.format_input_prompt(line, &cut(self.question, width / 2), None)
        });
        let room = width.saturating_sub(measure_text_width(&question) + 1);
        let (before, mut after) = self.filter.visible(room);
        if self.filter.text().is_empty() {
            after = terminal.styled(Style::new().dim(), cut("type to filter", room));
        }
        terminal.draw(&format!("{question}{before}"), &after, &lines);
    }

    /// How many items pass the filter, and what the keys do.
    fn help(&self, width: usize) -> String {
        let mut help = format!("{}/{}", self.matches.len(), self.items.len());
        for part in HELP {
            if measure_text_width(&help) + GAP + measure_text_width(part) < width {
                help = format!("{help}  {part}");
            }
        }
        help
    }

    /// Lets the user choose where nothing can be redrawn: by number, or by filters that each list
    /// what passes.
    fn pick_by_number(mut self, console: Console) -> Result<usize> {
        loop {
            let mut terminal = Terminal::open(console)?;
            terminal.write(&self.numbered(&terminal));
            let question = match self.matches.is_empty() {
                true => "Text to filter by".to_owned(),
                false => format!(
                    "Number, or text to filter by (Enter: {})",
                    self.selected + 1
                ),
            };
            let answer = Question::new(&question, false).answer(&mut terminal, |_| true)?;
            let answer = answer.trim();
            let number = match answer {
                "" => Some(self.selected + 1),
                answer => answer.parse().ok(),
            };
            let picked = number.and_then(|number: usize| self.matches.get(number.checked_sub(1)?));
            if let Some(picked) = picked {
                return Ok(*picked);
            }
            self.filter = TextField::new(answer);
            self.apply_filter();
        }
    }

    /// The items that pass the filter, with numbers.
    fn numbered(&self, terminal: &Terminal) -> String {
        let mut lines =
            terminal.themed(|theme, line| theme.format_select_prompt(line, self.question));
        lines += "\r\n";
        for (place, index) in self.matches.iter().enumerate().take(MOST_LISTED) {
            if let Some(item) = self.items.get(*index) {
                let mark = if item.is_current { '*' } else { ' ' };
                let texts = [&item.label, &item.detail, &item.id].map(String::as_str);
                let texts = texts.into_iter().filter(|text| !text.is_empty());
                let text = texts.collect::<Vec<&str>>().join("  ");
                lines += &format!("{:>4} {mark} {text}\r\n", place + 1);
            }
        }
        let more = self.matches.len().saturating_sub(MOST_LISTED);
        if more > 0 {
            lines += &format!("     … and {more} more\r\n");
        } else if self.matches.is_empty() {
            lines += "     no match\r\n";
        }
        lines
    }
}
