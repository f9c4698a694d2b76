//! What a profile can spend: booking credit, services and passes, as the portal sends them.

use serde::Serialize;

use super::nullable::Nullable;

/// The whole answer for one profile.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Benefits {
    /// What belongs to the profile itself.
    pub personal: BenefitSet,
    /// What it shares with its team.
    pub team: BenefitSet,
}

/// One half of [`Benefits`].
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BenefitSet {
    /// Credit to pay bookings with.
    pub booking_credits: Vec<BookingCredit>,
    /// Services with a number of uses.
    pub extra_services: Vec<ServiceUses>,
    /// Day passes and the like.
    pub time_passes: Vec<PassUses>,
}

/// Credit to pay bookings with.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BookingCredit {
    /// Identifier of the credit.
    pub id: u64,
    /// Its name.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub name: Nullable<String>,
    /// Credit given, in the space's currency.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub total_credit: Nullable<f64>,
    /// Credit left, in the space's currency.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub remaining_credit: Nullable<f64>,
    /// Whether it pays bookings; the wire name is misspelt by the portal.
    #[serde(
        rename = "CaneBeUsedForBookings",
        skip_serializing_if = "Nullable::is_absent"
    )]
    pub for_bookings: Nullable<bool>,
    /// Whether it pays events; the wire name is misspelt by the portal.
    #[serde(
        rename = "CaneBeUsedForEvents",
        skip_serializing_if = "Nullable::is_absent"
    )]
    pub for_events: Nullable<bool>,
    /// Whether it holds for every resource.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub is_universal_credit: Nullable<bool>,
    /// Whether it comes with the plan.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub is_from_tariff: Nullable<bool>,
    /// Last day, the space's own clock with a literal `Z`.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub expire_date: Nullable<String>,
}

/// A service with a number of uses.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceUses {
    /// Identifier of the holding.
    pub id: u64,
    /// The service itself.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub extra_service: Nullable<Service>,
    /// Uses given.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub total_uses: Nullable<i64>,
    /// Uses left.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub remaining_uses: Nullable<i64>,
    /// What one use is: a minute, a day, a piece.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub charge_period: Nullable<String>,
    /// Whether it comes with the plan.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub is_from_tariff: Nullable<bool>,
    /// Last day, the space's own clock with a literal `Z`.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub expire_date: Nullable<String>,
}

/// The service that [`ServiceUses`] counts.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Service {
    /// Identifier of the service.
    pub id: u64,
    /// Its name.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub name: Nullable<String>,
    /// Whether it is printed pages.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub is_printing_credit: Nullable<bool>,
}

/// A pass with a number of uses.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PassUses {
    /// Identifier of the holding.
    pub id: u64,
    /// The pass itself.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub time_pass: Nullable<Pass>,
    /// Uses given; null means no limit.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub total_uses: Nullable<i64>,
    /// Uses left; null means no limit.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub remaining_uses: Nullable<i64>,
    /// Whether it has been used up.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub used: Nullable<bool>,
    /// Whether it comes with the plan.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub is_from_tariff: Nullable<bool>,
    /// Last day, the space's own clock with a literal `Z`.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub expire_date: Nullable<String>,
}

/// The pass that [`PassUses`] counts.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pass {
    /// Identifier of the pass.
    pub id: u64,
    /// Its name.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    pub name: Nullable<String>,
}
