//! The benefits of `profiles benefits`, of one profile or of all.

use std::borrow::Cow;

use serde_json::Value;

use super::records::{Column, Fit, Records, Row, cell, column, hidden, or_dash};

use crate::api::Benefits;
use crate::command_output::ProfileBenefits;

/// The columns in a list of several profiles. A list of one profile lacks the first one.
const COLUMNS: [Column; 10] = [
    column("Profile", "Profile", Fit::Cut),
    column("Scope", "Scope", Fit::LeftOut),
    column("Kind", "Kind", Fit::LeftOut),
    column("Id", "Id", Fit::Whole),
    column("Name", "Name", Fit::Cut),
    column("Remaining", "Remaining", Fit::Whole).shown_as(or_dash),
    column("Total", "Total", Fit::Whole).shown_as(or_dash),
    column("Period", "Period", Fit::LeftOut),
    hidden("FromTariff"),
    column("Expires", "ExpireDate", Fit::LeftOut).shown_as(or_dash),
];

/// The columns of numbers in a list of several profiles.
const NUMBERS: [usize; 2] = [5, 6];

/// The kinds of benefits, the lists that have them, and the fields with what they are for, if that has
/// the name.
const KINDS: [(&str, &str, Option<&str>); 3] = [
    ("credit", "BookingCredits", None),
    ("service", "ExtraServices", Some("ExtraService")),
    ("pass", "TimePasses", Some("TimePass")),
];

/// The benefits of one profile.
pub(super) fn of_one(benefits: &Benefits) -> Records<'_> {
    let mut rows = aligned(of_profile(benefits, ""));
    for row in &mut rows {
        row.cells.remove(0);
    }
    Records {
        columns: COLUMNS.into_iter().skip(1).collect(),
        rows,
    }
}

/// The benefits of several profiles. What went wrong with one of them is a row.
pub(super) fn of_several(profiles: &[ProfileBenefits]) -> Records<'_> {
    let rows = profiles.iter().flat_map(|profile| match profile {
        ProfileBenefits::Known(spending) => {
            of_profile(&spending.benefits, &spending.profile.label())
        }
        ProfileBenefits::Unknown { profile, problem } => {
            let mut cells = vec![Cow::default(); COLUMNS.len()];
            let row = [
                profile.label().into(),
                "".into(),
                "problem".into(),
                "".into(),
            ];
            let row = row.into_iter().chain([problem.into()]);
            cells
                .iter_mut()
                .zip(row)
                .for_each(|(cell, text)| *cell = text);
            vec![Row {
                cells,
                ..Row::default()
            }]
        }
    });
    Records {
        columns: COLUMNS.into(),
        rows: aligned(rows.collect()),
    }
}

/// Gives all numbers of a column the same number of decimals.
fn aligned(mut rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    for column in NUMBERS {
        let mut cells: Vec<_> = rows
            .iter_mut()
            .filter_map(|row| row.cells.get_mut(column))
            .collect();
        let decimals = |cell: &str| cell.split_once('.').map_or(0, |(_, after)| after.len());
        let most = cells.iter().map(|cell| decimals(cell)).max();
        let most = most.unwrap_or_default();
        for cell in &mut cells {
            if let Ok(number) = cell.parse::<f64>() {
                **cell = format!("{number:.most$}").into();
            }
        }
    }
    rows
}

/// First the personal benefits, then the team's.
fn of_profile<'a>(benefits: &Benefits, label: &str) -> Vec<Row<'a>> {
    let document = serde_json::to_value(benefits).unwrap_or_default();
    let mut rows = Vec::new();
    for (scope, set) in [("personal", "Personal"), ("team", "Team")] {
        for (kind, list, named) in KINDS {
            let list = document.pointer(&format!("/{set}/{list}"));
            for benefit in list.and_then(Value::as_array).into_iter().flatten() {
                let named = named.map_or(benefit, |named| &benefit[named]);
                let amount = |credit, uses| benefit[credit].as_f64().or(benefit[uses].as_f64());
                let remaining = amount("RemainingCredit", "RemainingUses");
                let total = amount("TotalCredit", "TotalUses");
                rows.push(Row {
                    id: cell(&benefit["Id"]),
                    cells: vec![
                        label.to_owned().into(),
                        scope.into(),
                        kind.into(),
                        cell(&benefit["Id"]),
                        cell(&named["Name"]),
                        remaining.map_or("".into(), |it| it.to_string().into()),
                        total.map_or("".into(), |it| it.to_string().into()),
                        cell(&benefit["ChargePeriod"]),
                        cell(&benefit["IsFromTariff"]),
                        cell(&benefit["ExpireDate"]),
                    ],
                    is_current: false,
                    is_muted: benefit["Used"] == true || remaining == Some(0.0),
                });
            }
        }
    }
    rows
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
