//! `nxp profiles benefits`.

use nxp::sandbox::Model;
use serde_json::json;

use crate::people::{ANAS_OWN, CERAMICS, TIDEWATER};
use crate::support::{Call, Home, LIST, Portal, people};

fn benefits(home: &Home, portal: &Portal, format: &str) -> Call {
    home.nxp(["profiles", "benefits", "-o", format]).at(portal)
}

/// People of whom the main one acts as the company that shares with its team.
fn in_company() -> Model {
    let mut model = people();
    model.users[0].current = Some(CERAMICS);
    model
}

#[test]
fn a_table_shows_what_remains_of_what() {
    let (home, portal) = (Home::new(), Portal::with_model(in_company()));
    let run = benefits(&home, &portal, "table").run();
    assert_eq!(
        run.stderr,
        "What Ana Duarte — Duarte Ceramics #14190688 can spend:\n"
    );
    assert_eq!(
        run.answer(),
        "\u{20}  Scope  Kind     Id       Name                   Remaining  Total  Period  Expires
   team   credit   5310391  Team room credit       115        200            —
   team   service  5602218  Black and white pages  381        500    Uses    2031-01-31T23:59:00Z
"
    );
    assert_eq!(
        portal.calls(),
        [LIST, "GET /api/public/coworkers/profiles/current/benefits"]
    );
}

#[test]
fn scripts_get_every_column_and_whole_values() {
    let (home, portal) = (Home::new(), Portal::with_model(in_company()));
    assert_eq!(
        benefits(&home, &portal, "tsv").run().answer(),
        "team\tcredit\t5310391\tTeam room credit\t115\t200\t\ttrue\t\n\
         team\tservice\t5602218\tBlack and white pages\t381\t500\tUses\ttrue\t2031-01-31T23:59:00Z\n"
    );
    assert_eq!(
        benefits(&home, &portal, "csv").run().answer(),
        "Scope,Kind,Id,Name,Remaining,Total,Period,FromTariff,ExpireDate\r\n\
         team,credit,5310391,Team room credit,115,200,,true,\r\n\
         team,service,5602218,Black and white pages,381,500,Uses,true,2031-01-31T23:59:00Z\r\n"
    );
    assert_eq!(
        benefits(&home, &portal, "id").run().answer(),
        "5310391\n5602218\n"
    );
}

#[test]
fn a_column_has_one_number_format() {
    let (home, portal) = (Home::new(), Portal::start());
    let tsv = benefits(&home, &portal, "tsv").run().answer();
    let numbers: Vec<Vec<&str>> = tsv
        .lines()
        .map(|line| line.split('\t').skip(4).take(2).collect())
        .collect();
    assert_eq!(numbers, [["42.5", "60"], ["3.0", "5"]]);
    let table = benefits(&home, &portal, "table").run().answer();
    assert!(table.contains("  3.0        5 "), "{table}");
}

#[test]
fn json_has_the_portals_fields_in_their_order() {
    let (home, portal) = (Home::new(), Portal::start());
    let run = benefits(&home, &portal, "json").run().code(0);
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.answer(),
        concat!(
            r#"{"Profile":{"Id":14190271,"FullName":"Ana Duarte","CompanyName":null,"Active":true,"#,
            r#""IsDefaultProfile":true,"CoworkerType":1,"HasVirtualOffice":false,"#,
            r#""VirtualOfficePaused":null,"VirtualOfficeContractId":null},"#,
            r#""Personal":{"BookingCredits":[{"Id":5310044,"Name":"Meeting room credit","#,
            r#""TotalCredit":60.0,"RemainingCredit":42.5,"CaneBeUsedForBookings":true,"#,
            r#""CaneBeUsedForEvents":false,"IsUniversalCredit":true,"IsFromTariff":true,"#,
            r#""ExpireDate":null}],"ExtraServices":[],"TimePasses":[{"Id":5477120,"#,
            r#""TimePass":{"Id":1204811,"Name":"Day pass"},"TotalUses":5,"RemainingUses":3,"#,
            r#""Used":false,"IsFromTariff":true,"ExpireDate":null}]},"#,
            r#""Team":{"BookingCredits":[],"ExtraServices":[],"TimePasses":[]}}"#,
            "\n"
        )
    );
}

#[test]
fn whatever_the_portal_leaves_out_is_null_and_a_dash() {
    let mut model = people();
    model.users[0].profile_mut(ANAS_OWN).unwrap().benefits = json!({
        "Personal": {
            "BookingCredits": [{ "Id": 5 }],
            "ExtraServices": [{ "Id": 6, "ExtraService": null }],
            "TimePasses": [{ "Id": 7, "TotalUses": null }],
        },
        "Team": { "BookingCredits": [], "ExtraServices": [], "TimePasses": [] },
    });
    let (home, portal) = (Home::new(), Portal::with_model(model));
    let personal = &benefits(&home, &portal, "json").run().json()["Personal"];
    assert_eq!(
        personal["BookingCredits"][0].to_string(),
        r#"{"CaneBeUsedForBookings":null,"CaneBeUsedForEvents":null,"ExpireDate":null,"Id":5,"IsFromTariff":null,"IsUniversalCredit":null,"Name":null,"RemainingCredit":null,"TotalCredit":null}"#
    );
    assert!(personal["ExtraServices"][0]["ExtraService"].is_null());
    assert!(personal["TimePasses"][0]["TimePass"].is_null());
    let table = benefits(&home, &portal, "table").run().answer();
    assert!(
        table.contains("pass     7         —          —              —\n"),
        "{table}"
    );
}

#[test]
fn a_profile_with_nothing_to_spend_is_told_so() {
    let mut model = people();
    model.users[0].current = Some(TIDEWATER);
    let (home, portal) = (Home::new(), Portal::with_model(model));
    let run = benefits(&home, &portal, "tsv").run().code(0);
    assert_eq!(run.stdout, "");
    assert_eq!(
        run.stderr,
        "Ana Duarte — Tidewater Imports #14512340 has nothing to spend.\n"
    );
}

#[test]
fn invalid_benefits_response_is_an_error() {
    let (home, portal) = (Home::new(), Portal::start());
    portal.fail("benefits:web-page");
    let run = benefits(&home, &portal, "tsv").run().code(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("returned a web page"), "{run:?}");
    portal.update(|data| data.expire_access_tokens());
    let token = portal.issued_tokens().pop().unwrap();
    let run = home
        .nxp(["profiles", "benefits"])
        .env("NXP_TOKEN", token)
        .env("NXP_SPACE", portal.address())
        .run();
    run.code(4);
}
