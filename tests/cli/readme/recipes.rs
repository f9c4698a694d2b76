//! The recipes for CI, as pasted but for the names of the space and of the user.

use std::collections::BTreeMap;
use std::fs;

use crate::people::{ANA, ANAS_OWN, CERAMICS};
use crate::support::{Call, Home, PASSWORD, Portal};

use super::blocks;
use super::commands::program;

/// The commands of a job, and the variables it sets.
struct Job {
    commands: String,
    variables: BTreeMap<String, String>,
}

/// Reads as much of YAML as the recipes need.
fn job(yaml: &str) -> Job {
    let mut job = Job {
        commands: String::new(),
        variables: BTreeMap::new(),
    };
    let mut is_script = false;
    for line in yaml.lines().map(str::trim) {
        let item = line.strip_prefix("- ");
        let command = item.and_then(|item| match item.strip_prefix("run: ") {
            None if is_script => Some(item),
            run => run,
        });
        if let Some(command) = command {
            job.commands += command;
            job.commands += "\n";
        } else if let Some((name, value)) = line.split_once(": ").filter(|_| item.is_none()) {
            if name.starts_with("NXP_") {
                job.variables.insert(name.to_owned(), value.to_owned());
            }
        } else {
            is_script = line == "script:";
        }
    }
    job
}

/// Puts the script there that the help gives for the recipes, if there is jq, which it needs.
fn documented_script(home: &Home) -> bool {
    if home.program("jq", []).is_none() {
        return false;
    }
    let [book_the_room, ..] = blocks::<3>("Requests to the API", "sh");
    program(home, &book_the_room);
    true
}

/// Fails the test unless the recipe books for the company with the script of the help, and leaves the
/// user where they were.
#[track_caller]
fn books(home: &Home, portal: &Portal, recipe: Call) {
    if !documented_script(home) {
        // A portal that is never called fails its test.
        home.nxp(["profiles", "list"]).at(portal).run().code(0);
        return;
    }
    recipe.run().code(0);
    assert_eq!(booked(home.nxp(["api", CALENDAR]).at(portal)), 1);
    let calls = portal.calls();
    let switches = calls.iter().filter(|call| call.starts_with("PUT "));
    assert_eq!((switches.count(), portal.current()), (2, ANAS_OWN));
}

/// The same, with nothing but the variable for the sandbox.
#[track_caller]
fn can_be_rehearsed(shell: &str, commands: &str) {
    let home = Home::new();
    if documented_script(&home) {
        let rehearsal = home.program(shell, ["-e", "-c", commands]).unwrap();
        rehearsal.env("NXP_SANDBOX", "1").run().code(0);
        assert_eq!(booked(home.nxp(["--sandbox", "api", CALENDAR])), 1);
    }
}

const CALENDAR: &str = "/en/bookings/fullCalendarBookings?start=2020-01-01&end=2100-01-01";

/// The number of the company's bookings of the room.
fn booked(calendar: Call) -> usize {
    let rows = calendar.run().json();
    let id = CERAMICS.to_string();
    let is_own =
        |row: &&serde_json::Value| row["coworkerId"] == id && row["resourceId"] == 1_414_035;
    rows.as_array().unwrap().iter().filter(is_own).count()
}

#[test]
fn the_portal_gives_a_token_for_the_password() {
    let [token] = blocks::<1>("Get a token", "sh");
    let (home, portal) = (Home::new(), Portal::start());
    let token = token.replace("https://acme.spaces.nexudus.com", portal.address());
    let list = format!("{token}export NXP_TOKEN\nnxp profiles list -o id");
    let script = super::script(&home, &list).env("NXP_SPACE", portal.address());
    let list = script.env("PASSWORD", PASSWORD).env("EMAIL", ANA).run();
    if ["curl", "jq"]
        .iter()
        .all(|name| home.program(name, []).is_some())
    {
        assert!(list.answer().contains(&CERAMICS.to_string()));
    }
}

#[test]
fn github_actions_books_for_the_company() {
    let [github] = blocks::<1>("GitHub Actions", "yaml");
    let (home, portal, job) = (Home::new(), Portal::start(), job(&github));
    assert_eq!(job.variables["NXP_SPACE"], "acme");
    assert_eq!(job.variables["NXP_TOKEN"], "${{ secrets.NXP_TOKEN }}");
    assert_eq!(job.variables.len(), 2);
    let Some(bash) = home.program("bash", ["-e", "-c", &job.commands]) else {
        // A portal that is never called fails its test.
        home.nxp(["profiles", "list"]).at(&portal).run().code(0);
        return;
    };
    books(&home, &portal, bash.at(&portal));
    can_be_rehearsed("bash", &job.commands);
}

#[test]
fn gitlab_books_for_the_company() {
    let [gitlab] = blocks::<1>("GitLab CI", "yaml");
    let (home, portal, job) = (Home::new(), Portal::start(), job(&gitlab));
    assert_eq!(job.variables["NXP_SPACE"], "acme");
    assert_eq!(job.variables.len(), 1);
    let script = super::script(&home, &job.commands);
    books(&home, &portal, script.at(&portal));
    can_be_rehearsed("sh", &job.commands);
}

#[test]
fn plain_sh_books_for_the_company() {
    let [plain] = blocks::<1>("cron and other systems", "sh");
    let (home, portal) = (Home::new(), Portal::start());
    books(&home, &portal, super::script(&home, &plain).at(&portal));
    can_be_rehearsed("sh", &plain);
}

/// A recipe that signs in, for Ana at this portal.
fn signing_in(home: &Home, portal: &Portal, recipe: &str) -> Call {
    let space = format!("NXP_SPACE={}", portal.address());
    let recipe = recipe.replace("NXP_SPACE=acme", &space);
    let script = super::script(home, &recipe).env("PASSWORD", PASSWORD);
    script.env("EMAIL", ANA)
}

#[test]
fn the_kernels_keyring_lasts_as_long_as_the_job() {
    let [kernel, _] = blocks::<2>("Jobs that outlive a token", "sh");
    let (home, portal) = (Home::new(), Portal::start());
    if !home.has_kernel_keyring() {
        // A portal that is never called fails its test.
        home.nxp(["profiles", "list"]).at(&portal).run().code(0);
        return;
    }
    books(&home, &portal, signing_in(&home, &portal, &kernel));
    assert_eq!(home.state()["accounts"].as_array().unwrap().len(), 0);
}

#[test]
fn a_secret_service_lasts_as_long_as_the_job() {
    let [_, container] = blocks::<2>("Jobs that outlive a token", "sh");
    let (home, portal) = (Home::new(), Portal::start());
    let needed = ["dbus-run-session", "gnome-keyring-daemon"];
    if !needed.iter().all(|name| home.program(name, []).is_some()) {
        // A portal that is never called fails its test.
        home.nxp(["profiles", "list"]).at(&portal).run().code(0);
        return;
    }
    books(&home, &portal, signing_in(&home, &portal, &container));
    // Output and exit code are those of the job, however it ends.
    program(&home, "#!/bin/sh\necho done\nexit 7\n");
    let failed = signing_in(&home, &portal, &container).run();
    assert_eq!(
        (failed.code, failed.stdout.as_str()),
        (7, "done\n"),
        "{failed}"
    );
    let left = fs::read_dir(home.path().join("tmp")).unwrap();
    assert_eq!(left.count(), 0);
}
