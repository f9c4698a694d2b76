//! The benefits of `profiles benefits`.

use std::borrow::Cow;

use serde_json::Number;

use super::rows::{Column, Cut, Record, written};
use crate::api::{BenefitSet, Benefits, BookingCredit, PassUses, ServiceUses};

/// The fields that all kinds of benefits have.
#[derive(Default)]
pub(super) struct Benefit<'a> {
    /// `personal` or `team`.
    scope: &'static str,
    kind: &'static str,
    id: Option<u64>,
    name: Option<&'a String>,
    remaining: Option<&'a Number>,
    total: Option<&'a Number>,
    period: Option<&'a String>,
    from_tariff: Option<bool>,
    expires: Option<&'a String>,
    is_used: bool,
}

impl Record for Benefit<'_> {
    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("Scope", "Scope", Cut::Short, |it| it.scope.into()),
            Column::new("Kind", "Kind", Cut::Short, |it| it.kind.into()),
            Column::new("Id", "Id", Cut::Never, Record::id),
            Column::new("Name", "Name", Cut::Fairly, |it| text(it.name)),
            Column::new("Remaining", "Remaining", Cut::Never, |it: &Self| {
                written(it.remaining)
            })
            .shown_as(|it| rounded(it.remaining)),
            Column::new("Total", "Total", Cut::Never, |it: &Self| written(it.total))
                .shown_as(|it| rounded(it.total)),
            Column::new("Period", "Period", Cut::Short, |it| text(it.period)),
            Column::for_scripts("FromTariff", |it| written(it.from_tariff)),
            Column::new("Expires", "ExpireDate", Cut::Fairly, |it: &Self| {
                text(it.expires)
            })
            .shown_as(|it| or_dash(text(it.expires))),
        ]
    }

    fn id(&self) -> Cow<'_, str> {
        written(self.id)
    }

    fn is_muted(&self) -> bool {
        self.is_used || self.remaining.and_then(Number::as_f64) == Some(0.0)
    }
}

/// First the personal benefits, then the team's.
pub(super) fn all(benefits: &Benefits) -> Vec<Benefit<'_>> {
    let personal = benefits.personal.iter().flat_map(|set| of("personal", set));
    let team = benefits.team.iter().flat_map(|set| of("team", set));
    personal.chain(team).collect()
}

fn of<'a>(scope: &'static str, set: &'a BenefitSet) -> impl Iterator<Item = Benefit<'a>> {
    let credits = set.booking_credits.iter().flatten().map(credit);
    let services = set.extra_services.iter().flatten().map(service);
    let passes = set.time_passes.iter().flatten().map(pass);
    let all = credits.chain(services).chain(passes);
    all.map(move |benefit| Benefit { scope, ..benefit })
}

fn credit(credit: &BookingCredit) -> Benefit<'_> {
    Benefit {
        kind: "credit",
        id: credit.id,
        name: credit.name.as_ref(),
        remaining: credit.remaining_credit.as_ref(),
        total: credit.total_credit.as_ref(),
        from_tariff: credit.is_from_tariff,
        expires: credit.expire_date.as_ref(),
        ..Benefit::default()
    }
}

fn service(service: &ServiceUses) -> Benefit<'_> {
    let named = service.extra_service.as_ref();
    Benefit {
        kind: "service",
        id: service.id,
        name: named.and_then(|service| service.name.as_ref()),
        remaining: service.remaining_uses.as_ref(),
        total: service.total_uses.as_ref(),
        period: service.charge_period.as_ref(),
        from_tariff: service.is_from_tariff,
        expires: service.expire_date.as_ref(),
        ..Benefit::default()
    }
}

fn pass(pass: &PassUses) -> Benefit<'_> {
    let named = pass.time_pass.as_ref();
    Benefit {
        kind: "pass",
        id: pass.id,
        name: named.and_then(|pass| pass.name.as_ref()),
        remaining: pass.remaining_uses.as_ref(),
        total: pass.total_uses.as_ref(),
        from_tariff: pass.is_from_tariff,
        expires: pass.expire_date.as_ref(),
        is_used: pass.used == Some(true),
        ..Benefit::default()
    }
}

fn text(text: Option<&String>) -> Cow<'_, str> {
    text.map_or("", String::as_str).into()
}

/// A number without the decimals of a whole one.
fn rounded(number: Option<&Number>) -> Cow<'static, str> {
    let value = written(number);
    or_dash(match value.strip_suffix(".0") {
        Some(whole) => whole.to_owned().into(),
        None => value,
    })
}

fn or_dash(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_empty() { "—".into() } else { text }
}
