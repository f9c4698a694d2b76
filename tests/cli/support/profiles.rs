//! Profiles as tests need them.

use nxp::sandbox::Profile;
use serde_json::Value;

/// Makes and changes profiles of the sandbox's model.
pub(crate) trait BuildProfile: Sized {
    /// A profile of which lists show the id and whether it is current.
    fn bare(id: u64) -> Self;

    /// A person's own active profile.
    fn individual(id: u64, full_name: &str, location: u64) -> Self;

    /// Sets a field of the list item; `()` stands for null.
    fn set(&mut self, field: &str, value: impl Into<Value>);

    /// The same with this field of the list item.
    fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.set(field, value);
        self
    }

    /// A company's active profile, `full_name` being its contact.
    fn company(id: u64, full_name: &str, company: &str, location: u64) -> Self {
        Self::individual(id, full_name, location)
            .with("CompanyName", company)
            .with("CoworkerType", 2)
    }

    /// The same with a virtual office under this contract.
    fn with_virtual_office(self, contract: u64, paused: bool) -> Self {
        self.with("HasVirtualOffice", true)
            .with("VirtualOfficePaused", paused)
            .with("VirtualOfficeContractId", contract)
    }

    /// The same, suspended: it can't be switched to.
    fn suspended(self) -> Self {
        self.with("Active", false)
    }
}

impl BuildProfile for Profile {
    fn bare(id: u64) -> Self {
        Self {
            id,
            ..Self::default()
        }
    }

    fn individual(id: u64, full_name: &str, location: u64) -> Self {
        let mut profile = Self::bare(id)
            .with("FullName", full_name)
            .with("CompanyName", ())
            .with("Active", true)
            .with("CoworkerType", 1)
            .with("HasVirtualOffice", false)
            .with("VirtualOfficePaused", ())
            .with("VirtualOfficeContractId", ());
        profile.location = location;
        profile
    }

    fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }
}
