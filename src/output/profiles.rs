//! The profiles of `profiles list`, `switch` and `current`.

use std::borrow::Cow;

use super::rows::{Column, Cut, Record, optional, truth};
use crate::api::{Profile, ProfileType, VirtualOffice};

impl Record for Profile {
    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("Id", "Id", Cut::Never, Record::id),
            Column::new("Name", "FullName", Cut::Fairly, |it| {
                optional(&it.full_name)
            }),
            Column::new("Company", "CompanyName", Cut::Fairly, |it| {
                optional(&it.company_name)
            }),
            Column::new("Type", "Type", Cut::Short, |it| {
                it.kind().map_or("".into(), ProfileType::word)
            }),
            Column::new("Status", "Active", Cut::Short, |it: &Self| {
                truth(it.is_active())
            })
            .shown_as(|it| if it.is_active() { "active" } else { "inactive" }.into()),
            Column::for_scripts("Current", |it| truth(it.is_current())),
            Column::new(
                "Virtual office",
                "VirtualOffice",
                Cut::Short,
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
