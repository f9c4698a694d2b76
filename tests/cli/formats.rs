//! Every format of a list, as it is promised to scripts and shown to people.

use insta::assert_snapshot;
use nxp::sandbox::Profile;

use crate::people::{ANA, ANAS_OWN};
use crate::support::BuildProfile as _;
use crate::support::{Home, Portal, people};

/// A user with one of everything: absent fields, ids beyond 32 bits, types nobody has heard of,
/// and names that formats have to quote.
fn portal() -> Portal {
    let profiles = vec![
        Profile::individual(ANAS_OWN, "Ana Duarte", 0),
        Profile::company(8_590_114_207, "Ana Duarte", "Smith, \"Jones\" & Co", 0)
            .with_virtual_office(5, false),
        Profile::company(3, "Zoë\tÅs", "Two\r\nlines", 0).with_virtual_office(6, true),
        Profile::individual(4, "株式会社サンプル", 0).suspended(),
        Profile::bare(5).with("CoworkerType", 7),
        Profile::bare(6).with("FullName", ()).with("Active", ()),
    ];
    Portal::with_profiles(8_590_114_207, profiles)
}

fn list<const N: usize>(arguments: [&str; N]) -> String {
    let (home, portal) = (Home::new(), portal());
    let all = ["profiles", "list"].into_iter().chain(arguments);
    home.nxp(all).at(&portal).run().answer()
}

#[test]
fn table() {
    assert_snapshot!(list(["-o", "table"]));
}

#[test]
fn table_with_color() {
    assert_snapshot!(
        list(["-o", "table", "--color", "always"])
            .escape_debug()
            .to_string()
            .replace("\\n", "\n")
    );
}

#[test]
fn tsv() {
    assert_snapshot!(list(["-o", "tsv"]).replace('\t', "⇥"));
}

#[test]
fn csv() {
    assert_snapshot!(list(["-o", "csv"]).replace("\r\n", "␍\n"));
}

#[test]
fn id() {
    assert_snapshot!(list(["-o", "id"]));
}

#[test]
fn json() {
    assert_snapshot!(list(["-o", "json"]));
}

#[test]
fn switch_as_json() {
    let (home, portal) = (Home::new(), portal());
    let switch = |to| {
        home.nxp(["profiles", "switch", to, "-o", "json"])
            .at(&portal)
            .run()
            .answer()
    };
    assert_snapshot!("switch_as_json", switch("3"));
    assert!(
        switch("3").starts_with("{\"Switched\":{\"From\":3,\"To\":3,\"Changed\":false},\"User\":{")
    );
}

#[test]
fn current_in_every_format() {
    let (home, portal) = (Home::new(), portal());
    let current = |format| {
        home.nxp(["profiles", "current", "-o", format])
            .at(&portal)
            .run()
            .answer()
    };
    let all = ["table", "tsv", "csv", "id", "json"]
        .map(|format| format!("{format}:\n{}", current(format)));
    assert_snapshot!(all.join("\n").replace('\r', "␍"));
}

#[test]
fn status_in_every_format() {
    let (home, portal) = (Home::new(), portal());
    let status = |format| {
        home.nxp(["status", "-o", format])
            .at(&portal)
            .run()
            .answer()
    };
    let all = ["table", "tsv", "csv", "id", "json"]
        .map(|format| format!("{format}:\n{}", status(format)));
    let port = portal.host().strip_prefix("127.0.0.1:").unwrap();
    assert_snapshot!(
        all.join("\n")
            .replace('\r', "␍")
            .replace(port, "PORT")
            .replace('\t', "⇥")
    );
}

#[test]
fn filters_combine() {
    for (arguments, expected) in [
        (&["--active"][..], "14190271\n8590114207\n3\n"),
        (&["--type", "company"], "8590114207\n3\n"),
        (&["--type", "individual"], "14190271\n4\n"),
        (&["--type", "individual", "--active"], "14190271\n"),
        (&["--virtual-office"], "8590114207\n3\n"),
        (&["--virtual-office", "--type", "individual"], ""),
    ] {
        let (home, portal) = (Home::new(), portal());
        let all = ["profiles", "ls", "-o", "id"].iter().chain(arguments);
        assert_eq!(
            home.nxp(all).at(&portal).run().answer(),
            expected,
            "{arguments:?}"
        );
    }
}

#[test]
fn filters_leave_the_rest_of_the_document_alone() {
    let (home, portal) = (Home::new(), portal());
    let list = home
        .nxp(["profiles", "list", "--type", "company", "-o", "json"])
        .at(&portal)
        .run()
        .json();
    assert_eq!(list["User"]["Email"], ANA);
    assert_eq!(list["Profiles"].as_array().unwrap().len(), 2);
}

#[test]
fn default_format_of_pipe_and_terminal() {
    let (home, portal) = (Home::new(), portal());
    let list = || home.nxp(["profiles", "list"]).at(&portal);
    assert!(
        list()
            .run()
            .answer()
            .starts_with("14190271\tAna Duarte\t\tindividual\ttrue\tfalse\tnone\n")
    );
    assert!(
        list()
            .env("NXP_OUTPUT", "id")
            .run()
            .answer()
            .starts_with("14190271\n8590114207\n")
    );
    let both = home
        .nxp(["profiles", "list", "-o", "csv"])
        .at(&portal)
        .env("NXP_OUTPUT", "id");
    assert!(both.run().answer().starts_with("Id,FullName,"));
    let mut terminal = list().in_terminal(24, 100);
    assert_eq!(terminal.finish(), 0);
    assert!(
        terminal.screen().contains("Virtual office"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn an_unknown_format_in_the_environment_is_a_usage_error() {
    let (home, _untouched) = (Home::new(), Portal::untouched());
    home.nxp(["status"]).env("NXP_OUTPUT", "xml").run().refusal(
        2,
        "invalid NXP_OUTPUT \"xml\"",
        Some("set it to table, json, tsv, csv or id"),
    );
}

#[test]
fn a_table_is_as_wide_as_the_terminal_and_never_cuts_an_id() {
    for columns in [40, 60, 80, 200] {
        let (home, portal) = (Home::new(), portal());
        let mut terminal = home
            .nxp(["profiles", "list"])
            .at(&portal)
            .in_terminal(12, columns);
        assert_eq!(terminal.finish(), 0);
        let screen = terminal.screen();
        assert_eq!(
            screen.trim_end().lines().count(),
            7,
            "wrapped at {columns}:\n{screen}"
        );
        assert!(screen.contains("8590114207"), "{screen}");
        assert_snapshot!(format!("table_in_{columns}_columns"), screen);
    }
}

#[test]
fn color_is_used_where_it_belongs_and_nowhere_else() {
    let colored = |call: crate::support::Call| {
        let mut terminal = call.in_terminal(24, 80);
        terminal.finish();
        terminal.raw().windows(2).any(|bytes| bytes == b"\x1b[")
    };
    let (home, portal) = (Home::new(), portal());
    let list = || home.nxp(["profiles", "list"]).at(&portal);
    assert!(colored(list()));
    assert!(!colored(list().env("NO_COLOR", "1")));
    assert!(colored(list().env("NO_COLOR", "")));
    assert!(!colored(list().env("TERM", "dumb")));
    assert!(!colored(
        home.nxp(["profiles", "list", "--color", "never"])
            .at(&portal)
    ));
    let piped = |call: crate::support::Call| call.run().answer().contains('\x1b');
    let table = || home.nxp(["profiles", "list", "-o", "table"]).at(&portal);
    assert!(!piped(table()));
    assert!(piped(table().env("CLICOLOR_FORCE", "1")));
    assert!(!piped(table().env("CLICOLOR_FORCE", "0")));
    assert!(!piped(
        table().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")
    ));
    assert!(piped(
        home.nxp(["profiles", "list", "-o", "table", "--color", "always"])
            .at(&portal)
            .env("NO_COLOR", "1")
    ));
    for format in ["json", "tsv", "csv", "id"] {
        let call = home
            .nxp(["profiles", "list", "-o", format, "--color", "always"])
            .at(&portal);
        assert!(!piped(call), "{format}");
    }
}

#[test]
fn a_table_without_rows_has_no_header_and_csv_has_one() {
    let (home, portal) = (Home::new(), portal());
    let none = |format| {
        let words = ["profiles", "list", "--virtual-office", "--type=individual"];
        home.nxp(words).args(["-o", format]).at(&portal)
    };
    assert_eq!(none("table").run().answer(), "");
    let header = "Id,FullName,CompanyName,Type,Active,Current,VirtualOffice\r\n";
    assert_eq!(none("csv").run().answer(), header);
}

#[test]
fn ids_are_never_cut() {
    let mut model = people();
    model.users[0]
        .profiles
        .push(Profile::individual(u64::MAX, "Max", 0));
    let (home, portal) = (Home::new(), Portal::with_model(model));
    for columns in [10, 14, 24] {
        let list = home.nxp(["profiles", "list"]).at(&portal);
        let mut terminal = list.in_terminal(40, columns);
        assert_eq!(terminal.finish(), 0);
        let raw = String::from_utf8(terminal.raw()).unwrap();
        for id in ["14190271", "8590114207", "18446744073709551615"] {
            assert!(raw.contains(id), "{columns} columns: {raw}");
        }
    }
}

#[test]
fn a_table_never_wraps() {
    let email = "a-very-long-name.of-a-person@company.example";
    let mut model = people();
    model.users[0].email = email.to_owned();
    let Some(keyring) = crate::support::Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::with_model(model));
    home.sign_in(&portal, email);
    for (words, id) in [
        (&["accounts", "list"][..], "a-"),
        (&["profiles", "list"], "14190271"),
    ] {
        for columns in [16, 20, 25, 30, 40, 60, 80] {
            let mut terminal = home.nxp(words).in_terminal(20, columns);
            assert_eq!(terminal.finish(), 0);
            let raw = String::from_utf8(terminal.raw()).unwrap();
            let plain = console::strip_ansi_codes(&raw).replace("\r\n", "\n");
            let widest = plain.lines().map(console::measure_text_width).max();
            assert!(widest <= Some(columns.into()), "{columns}: {plain}");
            assert!(plain.contains(id), "{columns}: {plain}");
        }
    }
}

#[test]
fn messages_wrap_between_words() {
    let (home, portal) = (Home::new(), portal());
    let switch = ["profiles", "current", "--expect", "14190271"];
    let call = || home.nxp(switch).at(&portal);
    let piped = call().run().code(3).stderr;
    let (error, hint) = piped.trim_end().split_once('\n').unwrap();
    let mut terminal = call().in_terminal(24, 44);
    assert_eq!(terminal.finish(), 3);
    let raw = String::from_utf8(terminal.raw()).unwrap();
    let plain = console::strip_ansi_codes(&raw).replace("\r\n", "\n");
    for line in plain.lines().filter(|line| !line.contains('`')) {
        assert!(line.chars().count() <= 44, "{line:?} in:\n{plain}");
    }
    let joined = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(joined, format!("{error} {hint}"));
    assert!(plain.contains("`nxp profiles switch 14190271`"), "{plain}");
}

/// Two accounts of one email at two spaces, and another at one of them.
#[test]
fn an_accounts_id_is_what_accounts_use_takes() {
    let Some(keyring) = crate::support::Keyring::unlocked() else {
        return;
    };
    let mut model = people();
    let mut bo = model.users[0].clone();
    bo.id += 1;
    bo.email = "bo@sandbox.example".to_owned();
    model.users.push(bo);
    let (home, portal, other) = (
        Home::with_keyring(&keyring),
        Portal::with_model(model),
        Portal::start(),
    );
    let use_each = |words: &[&str], count: usize| {
        let ids = home.nxp(words).args(["-o", "id"]).run().answer();
        assert_eq!(ids.lines().count(), count, "{ids}");
        for id in ids.lines() {
            let words = ["accounts", "use"].into_iter().chain(id.split(' '));
            home.nxp(words).run().code(0);
        }
    };
    home.sign_in(&portal, ANA);
    assert_eq!(
        home.nxp(["accounts", "list", "-o", "id"]).run().answer(),
        format!("{ANA}\n")
    );
    home.sign_in(&other, ANA);
    use_each(&["accounts", "list"], 2);
    use_each(&["status"], 2);
    home.sign_in(&portal, "bo@sandbox.example");
    use_each(&["accounts", "list"], 3);
}

#[test]
fn a_switch_shows_the_list_only_where_it_fits_the_screen() {
    let count = 30;
    let profiles = (1..=count).map(|id| Profile::company(id, "Ana", &format!("Company {id}"), 0));
    let (home, portal) = (Home::new(), Portal::with_profiles(1, profiles.collect()));
    let switch = |words: &[&str], rows| {
        let words = ["profiles", "switch"].iter().chain(words);
        let mut terminal = home.nxp(words).at(&portal).in_terminal(rows, 120);
        assert_eq!(terminal.finish(), 0);
        terminal.screen()
    };
    let screen = switch(&["7"], 24);
    assert_snapshot!(screen);
    // With room for the header, the rows, the message in two lines and the next prompt.
    let screen = switch(&["8"], 34);
    assert!(screen.contains("Company 30"), "{screen}");
    assert!(screen.contains("Switched from"), "{screen}");
    // Without the line that says what happened, rows alone say nothing.
    assert_eq!(switch(&["9", "-q"], 24).trim(), "");
    assert_eq!(switch(&["10", "-q", "-o", "id"], 24).trim(), "10");
}
