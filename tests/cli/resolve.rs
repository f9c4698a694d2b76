//! PROFILE: what one can call a profile.

use nxp::sandbox::Profile;

use crate::people::CERAMICS;
use crate::support::BuildProfile as _;
use crate::support::{Home, Portal, people};

const POSSIBLE: &str = "choose one of Ana Duarte #1, Ana Duarte — Zoë's Café #2, Øyvind Ås — 1984 #3, Ana Duarte — İstanbul Çay #5, Ana Duarte — Straße & Söhne #6";

fn portal() -> Portal {
    let profiles = vec![
        Profile::individual(1, "Ana Duarte", 0),
        Profile::company(2, "Ana Duarte", "Zoë's Café", 0),
        Profile::company(3, "Øyvind Ås", "1984", 0),
        Profile::company(4, "Ana Duarte", "Closed Ltd", 0).suspended(),
        Profile::company(5, "Ana Duarte", "İstanbul Çay", 0),
        Profile::company(6, "Ana Duarte", "Straße & Söhne", 0),
    ];
    Portal::with_profiles(1, profiles)
}

fn switched_to(given: &str) -> String {
    let (home, portal) = (Home::new(), portal());
    home.nxp(["profiles", "switch", given])
        .at(&portal)
        .run()
        .code(0);
    portal.current().to_string()
}

#[track_caller]
fn refused(given: &str, message: &str, hint: &str) {
    let (home, portal) = (Home::new(), portal());
    home.nxp(["profiles", "switch", given])
        .at(&portal)
        .run()
        .refusal(3, message, Some(hint));
    assert_eq!(portal.current(), 1);
}

#[test]
fn an_id_is_a_name_of_digits() {
    assert_eq!(switched_to("3"), "3");
    refused(
        "1984",
        "no profile 1984",
        "choose one of Ana Duarte #1, Ana Duarte — Zoë's Café #2, Øyvind Ås — 1984 #3, Ana Duarte — İstanbul Çay #5, Ana Duarte — Straße & Söhne #6",
    );
    refused(
        "99999999999999999999999",
        "no profile 99999999999999999999999",
        "choose one of Ana Duarte #1, Ana Duarte — Zoë's Café #2, Øyvind Ås — 1984 #3, Ana Duarte — İstanbul Çay #5, Ana Duarte — Straße & Söhne #6",
    );
}

#[test]
fn a_person_or_a_company_is_named_whole_in_any_case() {
    for (given, expected) in [
        ("Zoë's Café", "2"),
        ("ZOË'S CAFÉ", "2"),
        (" zoë's café ", "2"),
        ("Zoe\u{308}'s Cafe\u{301}", "2"),
        ("øyvind ås", "3"),
        ("STRASSE & SÖHNE", "6"),
        ("i\u{307}stanbul çay", "5"),
    ] {
        assert_eq!(switched_to(given), expected, "{given}");
    }
}

#[test]
fn white_space_and_invisible_characters_make_no_other_name() {
    let profiles = vec![
        Profile::individual(1, "Ana", 0),
        Profile::company(2, "Bo", "No\u{a0}Break  Space", 0),
        Profile::company(3, "Cy", "Soft\u{ad}ware\u{200b} Ltd ", 0),
        Profile::company(4, "Di", "Tab\tHere", 0),
        Profile::company(5, "Ed", "ＷＩＤＥ ﬁeld", 0),
    ];
    let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles));
    for (given, expected) in [
        ("no break space", 2),
        ("No\u{a0}Break  Space", 2),
        ("Bo — No Break Space #2", 2),
        ("software ltd", 3),
        ("Soft\u{ad}ware Ltd", 3),
        ("tab  here", 4),
        ("wide field", 5),
        (" 3 ", 3),
        ("\u{a0}#4 ", 4),
    ] {
        let switch = ["profiles", "switch", given];
        home.nxp(switch).at(&portal).run().code(0);
        assert_eq!(portal.current(), expected, "{given:?}");
    }
}

#[test]
fn every_label_that_is_printed_names_its_profile() {
    for (given, expected) in [
        ("#3", "3"),
        ("Ana Duarte — Zoë's Café #2", "2"),
        ("ana duarte — zoë's café", "2"),
        ("Ana Duarte — Straße & Söhne", "6"),
        ("Ana Duarte #1", "1"),
    ] {
        assert_eq!(switched_to(given), expected, "{given}");
    }
    refused(
        "Ana Duarte — Zoë's Café #3",
        "no profile called \"Ana Duarte — Zoë's Café #3\"",
        POSSIBLE,
    );
    refused(
        "Ana Duarte — Zoë's Café #102",
        "no profile called \"Ana Duarte — Zoë's Café #102\"",
        POSSIBLE,
    );
    refused("Ana Duart", "no profile called \"Ana Duart\"", POSSIBLE);
    refused("#", "no profile called \"#\"", POSSIBLE);
}

#[test]
fn a_label_that_was_cut_or_sanitized_names_its_profile_too() {
    let long = "Very Long Company Name ".repeat(6);
    let profiles = vec![
        Profile::individual(1, "Ana", 0),
        Profile::company(2, "Bo", &long, 0),
        Profile::company(3, "Cy", "Tab\there", 0),
    ];
    let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles));
    let switch = |to: &str| home.nxp(["profiles", "switch", to]).at(&portal).run();
    for id in ["2", "3"] {
        let said = switch(id).code(0).stderr;
        let label = said
            .trim_end()
            .rsplit_once(" to ")
            .unwrap()
            .1
            .trim_end_matches('.');
        let without_id = label.rsplit_once(" #").unwrap().0;
        for given in [label, without_id] {
            switch("1").code(0);
            switch(given).code(0);
            assert_eq!(portal.current().to_string(), id, "{given}");
        }
    }
}

#[test]
fn same_names_are_told_apart_by_location() {
    let locations = people().locations;
    let location = |index: usize| locations[index]["Id"].as_u64().unwrap();
    let profiles = vec![
        Profile::company(1, "Ana", "Acme", location(0)),
        Profile::company(2, "Ana", "Acme", location(1)),
        Profile::company(3, "Bo", "Acme", location(1)),
    ];
    let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles));
    let token = portal.token();
    let switch = |to: &str| {
        let call = home.nxp(["profiles", "switch", to]).at(&portal);
        call.env("NXP_TOKEN", &token).run()
    };
    let (here, there) = ("Harbour Works", "Mill Lane Studios");
    let message = "2 active profiles are called \"ana — acme\"";
    let hint = format!("give the id of one: Ana — Acme ({here}) #1, Ana — Acme #2");
    switch("ana — acme").refusal(3, message, Some(&hint));
    switch("2").code(0);
    let hint = format!("give the id of one: Ana — Acme ({here}) #1, Ana — Acme ({there}) #2");
    switch("ana — acme").refusal(3, message, Some(&hint));
    let back = switch(&format!("Ana — Acme ({here})")).code(0);
    assert!(back.stderr.contains("to Ana — Acme #1."), "{back}");
    assert_eq!(portal.current(), 1);
    let bo = switch("3").code(0);
    assert!(bo.stderr.contains("to Bo — Acme #3."), "{bo}");
}

#[test]
fn a_hint_names_the_five_closest_of_many_in_their_order() {
    let company = |id| Profile::company(id, "Ana Duarte", &format!("Company {id}"), 0);
    let profiles = (1..=15_000).map(company).collect();
    let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles));
    let switch = |to: &str| home.nxp(["profiles", "switch", to]).at(&portal).run();
    switch("99999").refusal(
        3,
        "no profile 99999",
        Some(
            "choose one of Ana Duarte — Company 999 #999, Ana Duarte — Company 9990 #9990, \
             Ana Duarte — Company 9991 #9991, Ana Duarte — Company 9992 #9992, \
             Ana Duarte — Company 9999 #9999, … and 14995 more",
        ),
    );
    switch("ana duarte").refusal(
        3,
        "15000 active profiles are called \"ana duarte\"",
        Some(
            "give the id of one: Ana Duarte — Company 1 #1, Ana Duarte — Company 2 #2, \
             Ana Duarte — Company 3 #3, Ana Duarte — Company 4 #4, Ana Duarte — Company 5 #5, \
             … and 14995 more",
        ),
    );
}

#[test]
fn a_part_of_a_name_is_no_name() {
    refused("Zoë", "no profile called \"Zoë\"", POSSIBLE);
    refused("zoe's cafe", "no profile called \"zoe's cafe\"", POSSIBLE);
    refused(
        "Xylophone",
        "no profile called \"Xylophone\"",
        "choose one of Ana Duarte #1, Ana Duarte — Zoë's Café #2, Øyvind Ås — 1984 #3, Ana Duarte — İstanbul Çay #5, Ana Duarte — Straße & Söhne #6",
    );
    refused("", "no profile called \"\"", POSSIBLE);
}

#[test]
fn a_name_that_several_answer_to_is_none() {
    refused(
        "ana duarte",
        "4 active profiles are called \"ana duarte\"",
        "give the id of one: Ana Duarte #1, Ana Duarte — Zoë's Café #2, Ana Duarte — İstanbul Çay #5, Ana Duarte — Straße & Söhne #6",
    );
}

#[test]
fn only_active_profiles_answer() {
    let message = "Ana Duarte — Closed Ltd #4 is not active: suspended or archived";
    refused("4", message, POSSIBLE);
    refused(
        "closed ltd",
        message,
        "choose one of Ana Duarte #1, Ana Duarte — Zoë's Café #2, Øyvind Ås — 1984 #3, Ana Duarte — İstanbul Çay #5, Ana Duarte — Straße & Söhne #6",
    );
}

#[test]
fn a_dash_is_the_profile_before_this_one() {
    let (home, portal) = (Home::new(), portal());
    let switch = |to: &str| home.nxp(["profiles", "switch", to]).at(&portal).run();
    switch("-").refusal(
        3,
        "no previous profile is known on this machine",
        Some(POSSIBLE),
    );
    switch("2").code(0);
    switch("-").code(0);
    assert_eq!(portal.current(), 1);
    switch("-").code(0);
    assert_eq!(portal.current(), 2);
}

#[test]
fn a_switch_that_changes_nothing_leaves_the_one_before_alone() {
    let (home, portal) = (Home::new(), portal());
    for to in ["2", "2", "-"] {
        home.nxp(["profiles", "switch", to])
            .at(&portal)
            .run()
            .code(0);
    }
    assert_eq!(portal.current(), 1);
}

#[test]
fn what_was_before_is_known_of_each_user_alone() {
    let (home, one, other) = (Home::new(), portal(), portal());
    home.nxp(["profiles", "switch", "2"]).at(&one).run().code(0);
    home.nxp(["profiles", "switch", "-"])
        .at(&other)
        .run()
        .code(3);
}

#[test]
fn the_virtual_office_is_found_where_there_is_one() {
    let (home, portal) = (Home::new(), Portal::start());
    home.nxp(["profiles", "switch", "--virtual-office"])
        .at(&portal)
        .run()
        .code(0);
    assert_eq!(portal.current(), CERAMICS);
}

#[test]
fn no_virtual_office_or_several_is_said() {
    let office = |id, paused| Profile::individual(id, "Ana", 0).with_virtual_office(7, paused);
    for (profiles, message, hint) in [
        (
            vec![Profile::individual(1, "Ana", 0), office(2, true)],
            "no active profile has a virtual office that is not paused",
            Some("see `nxp profiles list --virtual-office`"),
        ),
        (
            vec![
                Profile::individual(1, "Ana", 0),
                office(2, false).suspended(),
            ],
            "no active profile has a virtual office that is not paused",
            Some("see `nxp profiles list --virtual-office`"),
        ),
        (
            vec![office(1, false), office(2, false)],
            "2 active profiles have a virtual office",
            Some("give the id of one: Ana #1, Ana #2"),
        ),
    ] {
        let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles));
        home.nxp(["profiles", "switch", "--virtual-office"])
            .at(&portal)
            .run()
            .refusal(3, message, hint);
    }
}

#[test]
fn another_location_is_named_after_the_switch() {
    let (home, portal) = (Home::new(), Portal::start());
    let switched = home
        .nxp(["profiles", "switch", "14512340"])
        .at(&portal)
        .run()
        .code(0);
    assert_eq!(
        switched.stderr,
        "Switched from Ana Duarte #14190271 to Ana Duarte — Tidewater Imports #14512340. \
         You are at Mill Lane Studios now.\n"
    );
    let stayed = home
        .nxp(["profiles", "switch", "8590114207"])
        .at(&portal)
        .run()
        .code(0);
    assert!(!stayed.stderr.contains("You are at"), "{stayed:?}");
}
