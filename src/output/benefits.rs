//! The benefits of `profiles benefits`, of one profile or of all.

use serde_json::{Value, json};

use super::records::{Column, Fit, Records, column, from_fields, hidden, or_dash};
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

/// The kinds of benefits, the lists that have them, and the fields with what they are for, if that has
/// the name.
const KINDS: [(&str, &str, &str); 3] = [
    ("credit", "BookingCredits", ""),
    ("service", "ExtraServices", "/ExtraService"),
    ("pass", "TimePasses", "/TimePass"),
];

/// The benefits of one profile.
pub(super) fn of_one(profile: &ProfileBenefits) -> Records<'_> {
    let columns: Vec<Column> = COLUMNS.into_iter().skip(1).collect();
    from_fields(columns, &benefits(std::slice::from_ref(profile)))
}

/// The benefits of several profiles. A problem is a row.
pub(super) fn of_several(profiles: &[ProfileBenefits]) -> Records<'_> {
    from_fields(COLUMNS, &benefits(profiles))
}

/// One document for each benefit: of each profile first the personal ones, then the team's.
fn benefits(profiles: &[ProfileBenefits]) -> Vec<Value> {
    let mut all = Vec::new();
    for of_profile in profiles {
        let label = of_profile.profile.label();
        if let Some(problem) = &of_profile.problem {
            all.push(json!({ "Profile": label, "Kind": "problem", "Id": null, "Name": problem }));
        }
        let document = serde_json::to_value(&of_profile.benefits).unwrap_or_default();
        for (scope, set) in [("personal", "Personal"), ("team", "Team")] {
            for (kind, list, named) in KINDS {
                let list = document.pointer(&format!("/{set}/{list}"));
                for benefit in list.and_then(Value::as_array).into_iter().flatten() {
                    let amount = |credit, uses| benefit[credit].as_f64().or(benefit[uses].as_f64());
                    let remaining = amount("RemainingCredit", "RemainingUses");
                    all.push(json!({
                        "Profile": label,
                        "Scope": scope,
                        "Kind": kind,
                        "Id": benefit["Id"],
                        "Name": benefit.pointer(&format!("{named}/Name")),
                        "Remaining": remaining,
                        "Total": amount("TotalCredit", "TotalUses"),
                        "Period": benefit["ChargePeriod"],
                        "FromTariff": benefit["IsFromTariff"],
                        "ExpireDate": benefit["ExpireDate"],
                        "IsMuted": benefit["Used"] == true || remaining == Some(0.0),
                    }));
                }
            }
        }
    }
    align(&mut all, "Remaining");
    align(&mut all, "Total");
    all
}

/// Gives all numbers in a column the same number of decimals.
fn align(benefits: &mut [Value], column: &str) {
    let decimals = |number: &f64| {
        let number = number.to_string();
        number.split_once('.').map_or(0, |(_, after)| after.len())
    };
    let numbers: Vec<_> = benefits.iter().map(|it| it[column].as_f64()).collect();
    let most = numbers.iter().flatten().map(decimals).max();
    for (benefit, number) in benefits.iter_mut().zip(numbers) {
        let text = number.map(|number| format!("{number:.*}", most.unwrap_or_default()));
        benefit[column] = text.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Benefits, ProfileList};
    use crate::output::records::csv;

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
        let document = serde_json::to_string(&profiles).unwrap();
        assert!(
            document.starts_with(r#"[{"Profile":{"Id":1,"#),
            "{document}"
        );
        assert!(document.contains(r#","Personal":{"BookingCredits":[{"#));
        assert!(document.contains(r#"},{"Profile":{"Id":2,"#), "{document}");
        assert!(
            document.ends_with("},\"Problem\":\"refused\"}]"),
            "{document}"
        );
    }
}
