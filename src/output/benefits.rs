//! Benefits as rows of cells.

use serde_json::Number;

use super::rows::{Cell, Column, Records, Row, column, for_scripts, short, uncut};
use crate::api::{BenefitSet, Benefits, BookingCredit, PassUses, ServiceUses};

const COLUMNS: &[Column] = &[
    short("Whose", "Scope"),
    short("Kind", "Kind"),
    uncut("Id", "Id"),
    column("Name", "Name"),
    uncut("Left", "Remaining"),
    uncut("Of", "Total"),
    short("Per", "Period"),
    for_scripts("FromTariff"),
    column("Expires", "ExpireDate"),
];

/// The fields that all kinds of benefits have.
struct Benefit<'a> {
    kind: &'static str,
    id: Option<u64>,
    name: Option<&'a str>,
    remaining: Option<&'a Number>,
    total: Option<&'a Number>,
    period: Option<&'a str>,
    from_tariff: Option<bool>,
    expires: Option<&'a str>,
    spent: bool,
}

/// The rows: first the personal benefits, then the team's.
pub(super) fn records(benefits: &Benefits) -> Records<'_> {
    let own = benefits.personal.as_ref();
    let shared = benefits.team.as_ref();
    Records {
        columns: COLUMNS,
        rows: [("personal", own), ("team", shared)]
            .into_iter()
            .filter_map(|(scope, set)| Some((scope, all(set?))))
            .flat_map(|(scope, set)| set.into_iter().map(move |benefit| row(scope, &benefit)))
            .collect(),
    }
}

fn all(set: &BenefitSet) -> Vec<Benefit<'_>> {
    let credits = set.booking_credits.iter().flatten().map(credit);
    let services = set.extra_services.iter().flatten().map(service);
    let passes = set.time_passes.iter().flatten().map(pass);
    credits.chain(services).chain(passes).collect()
}

fn credit(credit: &BookingCredit) -> Benefit<'_> {
    Benefit {
        kind: "credit",
        id: credit.id,
        name: credit.name.as_deref(),
        remaining: credit.remaining_credit.as_ref(),
        total: credit.total_credit.as_ref(),
        period: None,
        from_tariff: credit.is_from_tariff,
        expires: credit.expire_date.as_deref(),
        spent: is_zero(credit.remaining_credit.as_ref()),
    }
}

fn service(service: &ServiceUses) -> Benefit<'_> {
    let named = service.extra_service.as_ref();
    Benefit {
        kind: "service",
        id: service.id,
        name: named.and_then(|service| service.name.as_deref()),
        remaining: service.remaining_uses.as_ref(),
        total: service.total_uses.as_ref(),
        period: service.charge_period.as_deref(),
        from_tariff: service.is_from_tariff,
        expires: service.expire_date.as_deref(),
        spent: is_zero(service.remaining_uses.as_ref()),
    }
}

fn pass(pass: &PassUses) -> Benefit<'_> {
    let named = pass.time_pass.as_ref();
    Benefit {
        kind: "pass",
        id: pass.id,
        name: named.and_then(|pass| pass.name.as_deref()),
        remaining: pass.remaining_uses.as_ref(),
        total: pass.total_uses.as_ref(),
        period: None,
        from_tariff: pass.is_from_tariff,
        expires: pass.expire_date.as_deref(),
        spent: pass.used == Some(true) || is_zero(pass.remaining_uses.as_ref()),
    }
}

fn is_zero(number: Option<&Number>) -> bool {
    number.and_then(Number::as_f64) == Some(0.0)
}

fn row<'a>(scope: &'static str, benefit: &Benefit<'a>) -> Row<'a> {
    let id = benefit.id.map(|id| id.to_string()).unwrap_or_default();
    let from_tariff = benefit.from_tariff.map(|is| is.to_string());
    Row {
        id: id.clone().into(),
        current: false,
        muted: benefit.spent,
        cells: vec![
            Cell::plain(scope),
            Cell::plain(benefit.kind),
            Cell::plain(id),
            Cell::plain(benefit.name.unwrap_or_default()),
            number(benefit.remaining),
            number(benefit.total),
            Cell::plain(benefit.period.unwrap_or_default()),
            Cell::plain(from_tariff.unwrap_or_default()),
            or_dash(benefit.expires.unwrap_or_default()),
        ],
    }
}

/// A number; for people, whole numbers have no decimals.
fn number(number: Option<&Number>) -> Cell<'static> {
    let Some(number) = number else {
        return or_dash("");
    };
    let value = number.to_string();
    let whole = value.strip_suffix(".0").map(str::to_owned);
    match whole {
        Some(whole) => Cell::shown_as(value, whole),
        None => Cell::plain(value),
    }
}

fn or_dash(value: &str) -> Cell<'_> {
    match value {
        "" => Cell::shown_as("", "—"),
        _ => Cell::plain(value),
    }
}
