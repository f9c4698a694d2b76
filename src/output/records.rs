//! Answers as rows of cells, for every format but JSON.

use super::benefits::benefits;
use super::{accounts, checks};
use crate::answer::Answer;
use crate::error::TokenOrigin;
use crate::portal::Profile;

/// An answer in rows.
pub(super) struct Records {
    pub(super) columns: &'static [Column],
    pub(super) rows: Vec<Row>,
}

/// One column: what it is called for people and for scripts.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) name: &'static str,
    /// Whether a table shows it; scripts get it in any case.
    pub(super) in_table: bool,
    /// How readily a table cuts its cells where room is short: 0 never, 2 twice as readily as 1.
    pub(super) yields: usize,
}

/// One row.
pub(super) struct Row {
    pub(super) id: String,
    /// Whether it stands for what is current.
    pub(super) current: bool,
    /// Whether it stands for something that can't be used.
    pub(super) muted: bool,
    pub(super) cells: Vec<Cell>,
}

/// One cell, for scripts and, where that differs, for people.
pub(super) struct Cell {
    pub(super) value: String,
    pub(super) shown: Option<String>,
}

impl Cell {
    pub(super) fn plain(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            shown: None,
        }
    }

    pub(super) fn shown_as(value: impl Into<String>, shown: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            shown: Some(shown.into()),
        }
    }

    /// What a person reads.
    pub(super) fn for_people(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.value)
    }
}

pub(super) const fn column(title: &'static str, name: &'static str) -> Column {
    Column {
        title,
        name,
        in_table: true,
        yields: 1,
    }
}

/// A column whose cells can be guessed from their beginning.
pub(super) const fn short(title: &'static str, name: &'static str) -> Column {
    Column {
        yields: 2,
        ..column(title, name)
    }
}

/// A column that is of no use cut.
pub(super) const fn uncut(title: &'static str, name: &'static str) -> Column {
    Column {
        yields: 0,
        ..column(title, name)
    }
}

pub(super) const fn for_scripts(name: &'static str) -> Column {
    Column {
        in_table: false,
        ..column("", name)
    }
}

const PROFILE_COLUMNS: &[Column] = &[
    uncut("Id", "Id"),
    column("Name", "FullName"),
    column("Company", "CompanyName"),
    short("Type", "Type"),
    short("Status", "Active"),
    for_scripts("Current"),
    short("Virtual office", "VirtualOffice"),
];

/// The rows of an answer.
pub(super) fn records(answer: &Answer) -> Records {
    match answer {
        Answer::Profiles(list) => profiles(&list.profiles),
        Answer::Current(profile) => profiles(std::slice::from_ref(profile)),
        Answer::Benefits(spending) => benefits(&spending.benefits),
        Answer::Switched(switched) => profiles(&switched.list.profiles),
        Answer::Status(accounts) => accounts::statuses(accounts),
        Answer::Accounts(listed) => accounts::listed(listed),
        Answer::Checks(found) => checks::records(found),
        Answer::Nothing | Answer::Text(_) => Records {
            columns: &[],
            rows: Vec::new(),
        },
    }
}

fn profiles(profiles: &[Profile]) -> Records {
    Records {
        columns: PROFILE_COLUMNS,
        rows: profiles.iter().map(profile).collect(),
    }
}

fn profile(profile: &Profile) -> Row {
    let (active, current) = (profile.is_active(), profile.is_current());
    let id = profile.id.to_string();
    let office = profile.virtual_office();
    Row {
        id: id.clone(),
        current,
        muted: !active,
        cells: vec![
            Cell::plain(id),
            Cell::plain(profile.full_name.clone().unwrap_or_default()),
            Cell::plain(profile.company_name.clone().unwrap_or_default()),
            Cell::plain(
                profile
                    .kind()
                    .map(|kind| kind.to_string())
                    .unwrap_or_default(),
            ),
            Cell::shown_as(
                active.to_string(),
                if active { "active" } else { "inactive" },
            ),
            Cell::plain(current.to_string()),
            Cell::shown_as(
                office.as_str(),
                if office.as_str() == "none" {
                    "—"
                } else {
                    office.as_str()
                },
            ),
        ],
    }
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
