//! The benefits of `profiles benefits`, of one profile or of all.

use std::borrow::Cow;

use serde_json::Number;

use super::records::{Column, Fit, Record, optional};
use crate::api::{BenefitSet, Benefits, BookingCredit, PassUses, ServiceUses};
use crate::command_output::ProfileBenefits;

/// The fields that all kinds of benefits have. In a list of several profiles, the profile is one.
#[derive(Default)]
pub(super) struct Benefit<'a, const OF_SEVERAL: bool> {
    /// The profile's label.
    profile: String,
    /// `personal` or `team`.
    scope: &'static str,
    kind: &'static str,
    id: Option<u64>,
    name: Option<&'a String>,
    remaining: Amount<'a>,
    total: Amount<'a>,
    period: Option<&'a String>,
    from_tariff: Option<bool>,
    expires: Option<&'a String>,
    is_used: bool,
}

/// A number in a column of numbers.
#[derive(Clone, Copy, Default)]
struct Amount<'a> {
    number: Option<&'a Number>,
    /// As many as all numbers of the column get.
    decimals: usize,
}

impl<const OF_SEVERAL: bool> Record for Benefit<'_, OF_SEVERAL> {
    fn columns() -> Vec<Column<Self>> {
        let profile = Column::new("Profile", "Profile", Fit::Cut, |it: &Self| {
            (&it.profile).into()
        });
        let columns = [
            Column::new("Scope", "Scope", Fit::LeftOut, |it: &Self| it.scope.into()),
            Column::new("Kind", "Kind", Fit::LeftOut, |it| it.kind.into()),
            Column::new("Id", "Id", Fit::Whole, Record::id),
            Column::new("Name", "Name", Fit::Cut, |it| text(it.name)),
            Column::new("Remaining", "Remaining", Fit::Whole, |it: &Self| {
                it.remaining.text()
            })
            .shown_as(|it| or_dash(it.remaining.text())),
            Column::new("Total", "Total", Fit::Whole, |it: &Self| it.total.text())
                .shown_as(|it| or_dash(it.total.text())),
            Column::new("Period", "Period", Fit::LeftOut, |it| text(it.period)),
            Column::for_scripts("FromTariff", |it| optional(it.from_tariff)),
            Column::new("Expires", "ExpireDate", Fit::LeftOut, |it: &Self| {
                text(it.expires)
            })
            .shown_as(|it| or_dash(text(it.expires))),
        ];
        let profile = OF_SEVERAL.then_some(profile);
        profile.into_iter().chain(columns).collect()
    }

    fn id(&self) -> Cow<'_, str> {
        optional(self.id)
    }

    fn is_muted(&self) -> bool {
        self.is_used || self.remaining.number.and_then(Number::as_f64) == Some(0.0)
    }
}

impl Amount<'_> {
    fn text(self) -> Cow<'static, str> {
        match self.number.and_then(Number::as_f64) {
            Some(value) => format!("{value:.*}", self.decimals).into(),
            None => "".into(),
        }
    }

    /// How many decimals it has.
    fn precision(self) -> usize {
        let value = self.number.and_then(Number::as_f64);
        let text = value.map(|value| value.to_string()).unwrap_or_default();
        text.split_once('.')
            .map_or(0, |(_, decimals)| decimals.len())
    }
}

impl<'a> From<&'a Option<Number>> for Amount<'a> {
    fn from(number: &'a Option<Number>) -> Self {
        Self {
            number: number.as_ref(),
            decimals: 0,
        }
    }
}

/// The benefits of one profile.
pub(super) fn of_one(benefits: &Benefits) -> Vec<Benefit<'_, false>> {
    let mut all = of_profile(benefits, "").collect::<Vec<_>>();
    align(&mut all);
    all
}

/// The benefits of several profiles. What went wrong with one of them is a row.
pub(super) fn of_several(profiles: &[ProfileBenefits]) -> Vec<Benefit<'_, true>> {
    let mut all = Vec::new();
    for profile in profiles {
        match profile {
            ProfileBenefits::Known(spending) => {
                all.extend(of_profile(&spending.benefits, &spending.profile.label()));
            }
            ProfileBenefits::Unknown { profile, problem } => all.push(Benefit {
                profile: profile.label(),
                kind: "problem",
                name: Some(problem),
                ..Benefit::default()
            }),
        }
    }
    align(&mut all);
    all
}

/// Gives all numbers of a column the same number of decimals.
fn align<const OF_SEVERAL: bool>(benefits: &mut [Benefit<'_, OF_SEVERAL>]) {
    let most = |amount: fn(&Benefit<'_, OF_SEVERAL>) -> usize| benefits.iter().map(amount).max();
    let remaining = most(|it| it.remaining.precision()).unwrap_or_default();
    let total = most(|it| it.total.precision()).unwrap_or_default();
    for benefit in benefits {
        benefit.remaining.decimals = remaining;
        benefit.total.decimals = total;
    }
}

/// First the personal benefits, then the team's.
fn of_profile<'a, const OF_SEVERAL: bool>(
    benefits: &'a Benefits,
    profile: &str,
) -> impl Iterator<Item = Benefit<'a, OF_SEVERAL>> {
    let personal = benefits.personal.iter().flat_map(|set| of("personal", set));
    let team = benefits.team.iter().flat_map(|set| of("team", set));
    personal.chain(team).map(move |benefit| Benefit {
        profile: profile.to_owned(),
        ..benefit
    })
}

fn of<'a, const OF_SEVERAL: bool>(
    scope: &'static str,
    set: &'a BenefitSet,
) -> impl Iterator<Item = Benefit<'a, OF_SEVERAL>> {
    let credits = set.booking_credits.iter().flatten().map(credit);
    let services = set.extra_services.iter().flatten().map(service);
    let passes = set.time_passes.iter().flatten().map(pass);
    let all = credits.chain(services).chain(passes);
    all.map(move |benefit| Benefit { scope, ..benefit })
}

fn credit<const OF_SEVERAL: bool>(credit: &BookingCredit) -> Benefit<'_, OF_SEVERAL> {
    Benefit {
        kind: "credit",
        id: credit.id,
        name: credit.name.as_ref(),
        remaining: (&credit.remaining_credit).into(),
        total: (&credit.total_credit).into(),
        from_tariff: credit.is_from_tariff,
        expires: credit.expire_date.as_ref(),
        ..Benefit::default()
    }
}

fn service<const OF_SEVERAL: bool>(service: &ServiceUses) -> Benefit<'_, OF_SEVERAL> {
    let named = service.extra_service.as_ref();
    Benefit {
        kind: "service",
        id: service.id,
        name: named.and_then(|service| service.name.as_ref()),
        remaining: (&service.remaining_uses).into(),
        total: (&service.total_uses).into(),
        period: service.charge_period.as_ref(),
        from_tariff: service.is_from_tariff,
        expires: service.expire_date.as_ref(),
        ..Benefit::default()
    }
}

fn pass<const OF_SEVERAL: bool>(pass: &PassUses) -> Benefit<'_, OF_SEVERAL> {
    let named = pass.time_pass.as_ref();
    Benefit {
        kind: "pass",
        id: pass.id,
        name: named.and_then(|pass| pass.name.as_ref()),
        remaining: (&pass.remaining_uses).into(),
        total: (&pass.total_uses).into(),
        from_tariff: pass.is_from_tariff,
        expires: pass.expire_date.as_ref(),
        is_used: pass.used == Some(true),
        ..Benefit::default()
    }
}

fn text(text: Option<&String>) -> Cow<'_, str> {
    text.map_or("", String::as_str).into()
}

fn or_dash(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_empty() { "—".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ProfileList;
    use crate::command_output::Spending;
    use crate::output::formats::{csv, document};

    #[test]
    fn a_profile_without_benefits_to_show_is_a_row() {
        let list = r#"{"Profiles":[{"Id":1,"FullName":"Ana"},{"Id":2,"FullName":"Bo"}]}"#;
        let benefits = r#"{"Personal":{"BookingCredits":[
            {"Id":5,"Name":"Room","RemainingCredit":1.5,"TotalCredit":2.0},
            {"Id":6,"Name":"Desk","RemainingCredit":3,"TotalCredit":null}
        ],"ExtraServices":[],"TimePasses":[]},"Team":null}"#;
        let list = ProfileList::from_json(list.as_bytes()).unwrap();
        let [ana, bo] = [0, 1].map(|index| list.profiles[index].clone());
        let profiles = [
            ProfileBenefits::Known(Spending {
                profile: ana,
                benefits: Benefits::from_json(benefits.as_bytes()).unwrap(),
            }),
            ProfileBenefits::Unknown {
                profile: bo,
                problem: "refused".to_owned(),
            },
        ];
        assert_eq!(
            csv(&of_several(&profiles)),
            "Profile,Scope,Kind,Id,Name,Remaining,Total,Period,FromTariff,ExpireDate\r\n\
             Ana #1,personal,credit,5,Room,1.5,2,,,\r\n\
             Ana #1,personal,credit,6,Desk,3.0,,,,\r\n\
             Bo #2,,problem,,refused,,,,,\r\n"
        );
        let document = document(&profiles, false);
        assert!(
            document.starts_with(r#"[{"Profile":{"Id":1,"#),
            "{document}"
        );
        assert!(document.contains(r#","Personal":{"BookingCredits":[{"#));
        assert!(document.contains(r#"},{"Profile":{"Id":2,"#), "{document}");
        assert!(
            document.ends_with("},\"Problem\":\"refused\"}]\n"),
            "{document}"
        );
    }
}
