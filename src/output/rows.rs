//! Output as rows of cells, for every format but JSON.

use std::borrow::Cow;

use crate::error::TokenOrigin;

/// Output in rows. It borrows the texts, as there can be many.
pub(super) struct Records<'a> {
    pub(super) columns: &'static [Column],
    pub(super) rows: Vec<Row<'a>>,
}

/// One column: its title in tables and its name for scripts.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) name: &'static str,
    /// Whether a table shows it.
    pub(super) in_table: bool,
    /// Whether the formats for scripts have it.
    pub(super) in_scripts: bool,
    /// How a table that is too wide cuts its cells.
    pub(super) cut: Cut,
}

/// How a table cuts the cells of a column.
pub(super) enum Cut {
    Never,
    /// Not below a fifth of the width.
    Fairly,
    /// To a few characters.
    Short,
}

/// One row.
pub(super) struct Row<'a> {
    pub(super) id: Cow<'a, str>,
    /// Whether it is the current one.
    pub(super) current: bool,
    /// Whether it can't be used.
    pub(super) muted: bool,
    pub(super) cells: Vec<Cell<'a>>,
}

impl<'a> Records<'a> {
    /// The columns for scripts.
    pub(super) fn script_columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.in_scripts)
    }

    /// The cells of a row for scripts.
    pub(super) fn script_cells<'b>(&self, row: &'b Row<'a>) -> impl Iterator<Item = &'b Cell<'a>> {
        let cells = self.columns.iter().zip(&row.cells);
        cells.filter_map(|(column, cell)| column.in_scripts.then_some(cell))
    }
}

/// One cell: the value for scripts and, if it differs, the text for people.
pub(super) struct Cell<'a> {
    pub(super) value: Cow<'a, str>,
    pub(super) shown: Option<Cow<'a, str>>,
}

impl<'a> Cell<'a> {
    pub(super) fn plain(value: impl Into<Cow<'a, str>>) -> Self {
        Self {
            value: value.into(),
            shown: None,
        }
    }

    pub(super) fn shown_as(value: impl Into<Cow<'a, str>>, shown: impl Into<Cow<'a, str>>) -> Self {
        Self {
            value: value.into(),
            shown: Some(shown.into()),
        }
    }

    /// The text for people.
    pub(super) fn for_people(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.value)
    }
}

pub(super) const fn column(title: &'static str, name: &'static str) -> Column {
    Column {
        title,
        name,
        in_table: true,
        in_scripts: true,
        cut: Cut::Fairly,
    }
}

/// A column whose cells can be guessed from their beginning.
pub(super) const fn short(title: &'static str, name: &'static str) -> Column {
    Column {
        cut: Cut::Short,
        ..column(title, name)
    }
}

/// A column that is never cut.
pub(super) const fn uncut(title: &'static str, name: &'static str) -> Column {
    Column {
        cut: Cut::Never,
        ..column(title, name)
    }
}

pub(super) const fn for_scripts(name: &'static str) -> Column {
    Column {
        in_table: false,
        ..column("", name)
    }
}

/// A cell that is empty without a text.
pub(super) fn optional(text: &Option<String>) -> Cell<'_> {
    Cell::plain(text.as_deref().unwrap_or_default())
}

/// The word for scripts.
pub(super) const fn truth(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}

/// The word for where a token comes from.
pub(super) const fn source(origin: TokenOrigin) -> &'static str {
    match origin {
        TokenOrigin::Keyring => "keyring",
        TokenOrigin::Environment => "NXP_TOKEN",
        TokenOrigin::Input => "input",
        TokenOrigin::Sandbox => "sandbox",
    }
}
