//! Lists of records, for every format but JSON.

use std::borrow::Cow;

/// What a list consists of.
pub(super) trait Record: Sized {
    /// The columns of a list.
    fn columns() -> Vec<Column<Self>>;

    fn id(&self) -> Cow<'_, str>;

    /// Whether it is the current one.
    fn is_current(&self) -> bool {
        false
    }

    /// Whether it can't be used.
    fn is_muted(&self) -> bool {
        false
    }
}

/// One column of a list.
pub(super) struct Column<T> {
    /// The title in a table, which leaves out a column without one.
    pub(super) title: &'static str,
    /// The name for scripts.
    pub(super) name: &'static str,
    /// How a table that is too wide cuts its cells.
    pub(super) cut: Cut,
    /// The value for scripts.
    pub(super) value: fn(&T) -> Cow<'_, str>,
    /// The text for people.
    pub(super) shown: fn(&T) -> Cow<'_, str>,
}

/// How a table cuts the cells of a column.
#[derive(Clone, Copy)]
pub(super) enum Cut {
    Never,
    /// Not below a fifth of the width.
    Fairly,
    /// To a few characters: the rest can be guessed.
    Short,
}

impl<T> Column<T> {
    pub(super) fn new(
        title: &'static str,
        name: &'static str,
        cut: Cut,
        value: fn(&T) -> Cow<'_, str>,
    ) -> Self {
        Self {
            title,
            name,
            cut,
            value,
            shown: value,
        }
    }

    /// A column that no table has.
    pub(super) fn for_scripts(name: &'static str, value: fn(&T) -> Cow<'_, str>) -> Self {
        Self::new("", name, Cut::Never, value)
    }

    /// The column with another text for people.
    pub(super) fn shown_as(self, shown: fn(&T) -> Cow<'_, str>) -> Self {
        Self { shown, ..self }
    }
}

/// A text, or nothing.
pub(super) fn optional(text: &Option<String>) -> Cow<'_, str> {
    text.as_deref().unwrap_or_default().into()
}

/// The word for scripts.
pub(super) fn truth(truth: bool) -> Cow<'static, str> {
    if truth { "true" } else { "false" }.into()
}

/// A value in its usual form, or nothing.
pub(super) fn written<T: ToString>(value: Option<T>) -> Cow<'static, str> {
    value
        .map(|value| value.to_string())
        .unwrap_or_default()
        .into()
}
