//! Profiles as rows of cells.

use std::borrow::Cow;

use super::rows::{Cell, Column, Records, Row, column, for_scripts, optional, short, truth, uncut};
use crate::api::{Profile, ProfileType, VirtualOffice};

const PROFILE_COLUMNS: &[Column] = &[
    uncut("Id", "Id"),
    column("Name", "FullName"),
    column("Company", "CompanyName"),
    short("Type", "Type"),
    short("Status", "Active"),
    for_scripts("Current"),
    short("Virtual office", "VirtualOffice"),
];

pub(super) fn records(profiles: &[Profile]) -> Records<'_> {
    Records {
        columns: PROFILE_COLUMNS,
        rows: profiles.iter().map(profile).collect(),
    }
}

fn profile(profile: &Profile) -> Row<'_> {
    let (active, current) = (profile.is_active(), profile.is_current());
    let id = profile.id.to_string();
    let office = profile.virtual_office();
    Row {
        id: id.clone().into(),
        current,
        muted: !active,
        cells: vec![
            Cell::plain(id),
            optional(&profile.full_name),
            optional(&profile.company_name),
            Cell::plain(profile.kind().map_or(Cow::Borrowed(""), ProfileType::word)),
            Cell::shown_as(truth(active), if active { "active" } else { "inactive" }),
            Cell::plain(truth(current)),
            Cell::shown_as(
                office.as_str(),
                match office {
                    VirtualOffice::None => "—",
                    _ => office.as_str(),
                },
            ),
        ],
    }
}
