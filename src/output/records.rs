//! Lists of records, for every format but JSON.

use std::borrow::Cow;

use crate::api::{Profile, ProfileType, VirtualOffice};
use crate::command_output::{AccountStatus, ListedAccount};

/// What a list consists of.
pub(super) trait Record: Sized {
    /// The columns of a list.
    fn columns() -> Vec<Column<Self>>;

    fn id(&self) -> Cow<'_, str>;

    /// The ids of a list.
    fn ids(records: &[Self]) -> Vec<String> {
        let ids = records.iter().map(|record| record.id().into_owned());
        ids.collect()
    }

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
    /// What a table does with it that is wider than the terminal.
    pub(super) fit: Fit,
    /// The value for scripts.
    pub(super) value: fn(&T) -> Cow<'_, str>,
    /// The text for people.
    pub(super) shown: fn(&T) -> Cow<'_, str>,
}

/// What becomes of a column where not all of them fit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is whole.
    Whole,
    /// It is left out, the last one first.
    LeftOut,
    /// Its cells are cut once no column is left to leave out.
    Cut,
}

impl<T> Column<T> {
    pub(super) fn new(
        title: &'static str,
        name: &'static str,
        fit: Fit,
        value: fn(&T) -> Cow<'_, str>,
    ) -> Self {
        Self {
            title,
            name,
            fit,
            value,
            shown: value,
        }
    }

    /// A column that no table has.
    pub(super) fn for_scripts(name: &'static str, value: fn(&T) -> Cow<'_, str>) -> Self {
        Self::new("", name, Fit::Whole, value)
    }

    /// The column with another text for people.
    pub(super) fn shown_as(self, shown: fn(&T) -> Cow<'_, str>) -> Self {
        Self { shown, ..self }
    }
}

impl Record for Profile {
    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("Id", "Id", Fit::Whole, Record::id),
            Column::new("Name", "FullName", Fit::Cut, |it| text(&it.full_name)),
            Column::new("Company", "CompanyName", Fit::Cut, |it| {
                text(&it.company_name)
            }),
            Column::new("Type", "Type", Fit::LeftOut, |it| {
                it.kind().map_or("".into(), ProfileType::word)
            }),
            Column::new("Status", "Active", Fit::Whole, |it: &Self| {
                optional(Some(it.is_active()))
            })
            .shown_as(|it| if it.is_active() { "active" } else { "inactive" }.into()),
            Column::for_scripts("Current", |it| optional(Some(it.is_current()))),
            Column::new(
                "Virtual office",
                "VirtualOffice",
                Fit::LeftOut,
                |it: &Self| it.virtual_office().as_str().into(),
            )
            .shown_as(|it| match it.virtual_office() {
                VirtualOffice::None => "—".into(),
                office => office.as_str().into(),
            }),
        ]
    }

    fn id(&self) -> Cow<'_, str> {
        self.id.to_string().into()
    }

    fn is_current(&self) -> bool {
        self.is_current()
    }

    fn is_muted(&self) -> bool {
        !self.is_active()
    }
}

impl Record for ListedAccount {
    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("Space", "Space", Fit::Cut, |it| (&it.space).into()),
            Column::new("Email", "Email", Fit::Cut, Record::id),
            Column::for_scripts("Default", |it| optional(Some(it.is_default))),
            Column::new("Keyring", "Keyring", Fit::LeftOut, |it| it.store.into()),
        ]
    }

    fn id(&self) -> Cow<'_, str> {
        (&self.email).into()
    }

    fn ids(records: &[Self]) -> Vec<String> {
        let accounts = records.iter().map(|it| (&*it.space, &*it.email));
        account_ids(&accounts.collect::<Vec<_>>())
    }

    fn is_current(&self) -> bool {
        self.is_default
    }
}

impl Record for AccountStatus {
    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::for_scripts("Space", |it| (&it.space).into()),
            Column::for_scripts("Email", Record::id),
            Column::for_scripts("FullName", |it| text(&it.full_name)),
            Column::for_scripts("Source", |it| it.source.into()),
            Column::for_scripts("ExpiresAt", |it| optional(it.expires_at)),
            Column::for_scripts("Accepted", |it| optional(it.acceptance.accepted())),
            Column::for_scripts("CurrentProfile", |it| optional(it.current_id)),
            Column::for_scripts("Chosen", |it| optional(Some(it.is_chosen))),
        ]
    }

    fn id(&self) -> Cow<'_, str> {
        text(&self.email)
    }

    fn ids(records: &[Self]) -> Vec<String> {
        let accounts = records
            .iter()
            .map(|it| (&*it.space, it.email.as_deref().unwrap_or_default()));
        account_ids(&accounts.collect::<Vec<_>>())
    }
}

/// What `accounts use` takes for each account, a space and an email: the email, or the space if
/// several have that email, or both.
fn account_ids(accounts: &[(&str, &str)]) -> Vec<String> {
    let is_only = |found: &dyn Fn(&(&str, &str)) -> bool| {
        accounts.iter().filter(|account| found(account)).count() == 1
    };
    let ids = accounts.iter().map(|(space, email)| {
        if is_only(&|(_, other)| other.eq_ignore_ascii_case(email)) && !email.is_empty() {
            (*email).to_owned()
        } else if is_only(&|(other, _)| other == space) {
            (*space).to_owned()
        } else {
            format!("{email} --space {space}")
        }
    });
    ids.collect()
}

/// A text, or nothing.
pub(super) fn text(text: &Option<String>) -> Cow<'_, str> {
    text.as_deref().unwrap_or_default().into()
}

/// A value in its usual form, or nothing.
pub(super) fn optional<T: ToString>(value: Option<T>) -> Cow<'static, str> {
    value
        .map(|value| value.to_string())
        .unwrap_or_default()
        .into()
}
