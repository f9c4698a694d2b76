//! The benefits of `profiles benefits`, of one profile or of all.

use serde_json::Value;

use super::records::{Column, Fit, Records, Row, cell, column, hidden, or_dash};
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
const KINDS: [(&str, &str, &str); 3] = [
    ("credit", "BookingCredits", ""),
    ("service", "ExtraServices", "/ExtraService"),
    ("pass", "TimePasses", "/TimePass"),
];

/// The benefits of one profile.
pub(super) fn of_one(profile: &ProfileBenefits) -> Records<'_> {
    let mut records = of_several(std::slice::from_ref(profile));
    records.columns.remove(0);
    for row in &mut records.rows {
        row.cells.remove(0);
    }
    records
}

/// The benefits of several profiles: of each first the personal ones, then the team's. A problem is a
/// row.
pub(super) fn of_several(profiles: &[ProfileBenefits]) -> Records<'_> {
    let mut rows = Vec::new();
    for of_profile in profiles {
        let label = of_profile.profile.label();
        if let Some(problem) = &of_profile.problem {
            let problem = Value::from(problem.as_str());
            rows.push(row(&label, "", "problem", &problem, &Value::Null));
        }
        let document = serde_json::to_value(&of_profile.benefits).unwrap_or_default();
        for (scope, set) in [("personal", "Personal"), ("team", "Team")] {
            for (kind, list, named) in KINDS {
                let benefits = document.pointer(&format!("/{set}/{list}"));
                let benefits = benefits.and_then(Value::as_array).into_iter().flatten();
                rows.extend(benefits.map(|benefit| {
                    let name = benefit.pointer(&format!("{named}/Name"));
                    row(&label, scope, kind, name.unwrap_or(&Value::Null), benefit)
                }));
            }
        }
    }
    for column in NUMBERS {
        align(&mut rows, column);
    }
    Records {
        columns: COLUMNS.into(),
        rows,
    }
}

fn row<'a>(
    label: &str,
    scope: &'static str,
    kind: &'static str,
    name: &Value,
    benefit: &Value,
) -> Row<'a> {
    let amount = |credit, uses| benefit[credit].as_f64().or(benefit[uses].as_f64());
    let remaining = amount("RemainingCredit", "RemainingUses");
    let number = |amount: Option<f64>| amount.map(|it| it.to_string()).unwrap_or_default().into();
    Row {
        id: cell(&benefit["Id"]),
        cells: vec![
            label.to_owned().into(),
            scope.into(),
            kind.into(),
            cell(&benefit["Id"]),
            cell(name),
            number(remaining),
            number(amount("TotalCredit", "TotalUses")),
            cell(&benefit["ChargePeriod"]),
            cell(&benefit["IsFromTariff"]),
            cell(&benefit["ExpireDate"]),
        ],
        is_current: false,
        is_muted: benefit["Used"] == true || remaining == Some(0.0),
    }
}

/// Gives all numbers of a column the same number of decimals.
fn align(rows: &mut [Row<'_>], column: usize) {
    let mut cells: Vec<_> = rows
        .iter_mut()
        .filter_map(|row| row.cells.get_mut(column))
        .collect();
    let decimals = |cell: &str| {
        cell.split_once('.')
            .map_or(0, |(_, decimals)| decimals.len())
    };
    let most = cells
        .iter()
        .map(|cell| decimals(cell))
        .max()
        .unwrap_or_default();
    for cell in &mut cells {
        if let Ok(number) = cell.parse::<f64>() {
            **cell = format!("{number:.most$}").into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Benefits, ProfileList};
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
            ProfileBenefits {
                profile: ana,
                benefits: Some(Benefits::from_json(benefits.as_bytes()).unwrap()),
                problem: None,
            },
            ProfileBenefits {
                profile: bo,
                benefits: None,
                problem: Some("refused".to_owned()),
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
