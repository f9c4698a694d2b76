//! The accounts of `accounts list`.

use std::borrow::Cow;

use super::rows::{Column, Cut, Record, truth};
use crate::command_output::ListedAccount;

impl Record for ListedAccount {
    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("Space", "Space", Cut::Fairly, |it| (&it.space).into()),
            Column::new("Email", "Email", Cut::Fairly, Record::id),
            Column::for_scripts("Default", |it| truth(it.is_default)),
            Column::new("Keyring", "Keyring", Cut::Short, |it| it.store.into()),
        ]
    }

    fn id(&self) -> Cow<'_, str> {
        (&self.email).into()
    }

    fn is_current(&self) -> bool {
        self.is_default
    }
}
