//! How an item of the picker is drawn.

use console::{Style, measure_text_width};
use unicode_segmentation::UnicodeSegmentation as _;

use super::terminal::Terminal;
use super::text_match::matched;
use crate::output::{cut, surplus};

/// The columns before an item: the arrow, the mark of the current one, and a space after each.
const MARGIN: usize = 4;

/// The columns between two parts of an item.
pub(super) const GAP: usize = 2;

/// A label that has so many columns is told from most others: an item's detail gives way to it.
const READABLE: usize = 24;

/// A label that has fewer columns can't be read: the id gets a line of its own.
const LEAST_LABEL: usize = 12;

/// The fewest rows in which the keys are explained.
pub(super) const ROWS_WITH_HELP: usize = 5;

/// One of the choices. The filter is looked for in all of its texts.
pub(crate) struct PickerItem {
    /// Marked with `*`.
    pub(crate) is_current: bool,
    /// Its name. It is cut where it doesn't fit.
    pub(crate) label: String,
    /// What else to know about it. It is left out where it doesn't fit.
    pub(crate) detail: String,
    /// What tells it from items with the same label, such as `#14190688`. It is never cut.
    pub(crate) id: String,
}

/// Which parts of the items are shown, and how wide, so that they line up.
pub(super) struct Layout {
    label: usize,
    /// 0 where there is no room for it.
    detail: usize,
    /// Whether the id stands in a line of its own.
    id_is_below: bool,
}

impl Layout {
    /// The layout of all items in a terminal of this size.
    pub(super) fn new(items: &[PickerItem], rows: usize, width: usize) -> Self {
        let widest =
            |measure: fn(&PickerItem) -> usize| items.iter().map(measure).max().unwrap_or_default();
        let label = widest(|item| measure_text_width(&item.label));
        let detail = widest(|item| measure_text_width(&item.detail));
        let id = widest(|item| measure_text_width(&item.id));
        // The last column stays free: some terminals wrap once it is written.
        let room = width.saturating_sub(MARGIN + 1 + widest(|item| surplus(&item.label)));
        let beside = |part| if part > 0 { part + GAP } else { 0 };
        let beside_id = room.saturating_sub(beside(id));
        if beside_id < label.min(LEAST_LABEL) && rows >= ROWS_WITH_HELP {
            return Self {
                label: room.min(label),
                detail: 0,
                id_is_below: true,
            };
        }
        let beside_all = beside_id.saturating_sub(beside(detail));
        let shows_detail = beside_all >= label.min(READABLE);
        Self {
            label: label.min(if shows_detail { beside_all } else { beside_id }),
            detail: if shows_detail { detail } else { 0 },
            id_is_below: false,
        }
    }

    /// How many lines an item has.
    pub(super) fn rows(&self) -> usize {
        1 + usize::from(self.id_is_below)
    }

    /// The lines of an item; `words` is the folded filter, which stands out in them.
    pub(super) fn lines(
        &self,
        terminal: &Terminal,
        item: &PickerItem,
        is_selected: bool,
        words: &str,
    ) -> Vec<String> {
        let cyan = Style::new().cyan().bold();
        let dim = Style::new().dim();
        let arrow =
            terminal.themed(|theme, line| theme.format_select_prompt_item(line, "", is_selected));
        let mark = if item.is_current { "*" } else { " " };
        let mark = terminal.styled(Style::new().green(), mark);
        let label = cut(&item.label, self.label);
        let style = if is_selected { cyan } else { Style::new() };
        let shown = highlighted(terminal, &item.label, &label, words, style);
        let id = highlighted(terminal, &item.id, &item.id, words, dim.clone());
        let mut line = format!("{arrow}{mark} {shown}");
        if self.id_is_below {
            return vec![line, format!("{}{id}", " ".repeat(MARGIN + GAP))];
        }
        let padding = self.label.saturating_sub(measure_text_width(&label));
        line += &format!("{:padding$}", "");
        if self.detail > 0 {
            let detail = highlighted(terminal, &item.detail, &item.detail, words, dim);
            let padding = self.detail.saturating_sub(measure_text_width(&item.detail));
            line += &format!("  {detail}{:padding$}", "");
        }
        if !item.id.is_empty() {
            line += &format!("  {id}");
        }
        vec![line]
    }
}

/// A text as it is shown, which may be cut, with the parts that the filter found in the whole of it
/// standing out.
fn highlighted(terminal: &Terminal, whole: &str, shown: &str, words: &str, style: Style) -> String {
    let found = matched(whole, words);
    let mut graphemes = shown.graphemes(true).zip(found).peekable();
    let mut text = String::new();
    while let Some((first, is_match)) = graphemes.next() {
        let mut run = first.to_owned();
        while let Some((next, _)) = graphemes.next_if(|(_, same)| *same == is_match) {
            run.push_str(next);
        }
        let style = style.clone();
        let style = if is_match {
            style.yellow().bold()
        } else {
            style
        };
        text += &terminal.styled(style, run);
    }
    text
}
