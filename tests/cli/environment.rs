//! Machines that lack something: a home, a disk, a terminal that is one, an output that is open.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::people::{ANAS_OWN, CERAMICS};
use crate::support::{Home, Portal, skip};

const SWITCH: [&str; 3] = ["profiles", "switch", "14190688"];

#[test]
fn a_switch_needs_no_home() {
    for folder in ["/dev/null/home", "/proc/nowhere"] {
        let (home, portal) = (Home::new(), Portal::start());
        let mut call = home.nxp(SWITCH).at(&portal).env("HOME", folder);
        for name in [
            "XDG_STATE_HOME",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
        ] {
            call = call.env(name, folder);
        }
        let output = call.run().code(0);
        assert!(output.stderr.contains("Switched"), "{output:#?}");
        assert!(
            output
                .stderr
                .contains("warning: can't lock against other switches: "),
            "{output:#?}"
        );
        assert_eq!(portal.current(), CERAMICS);
    }
}

#[test]
fn a_home_that_can_only_be_read_loses_no_switch() {
    let (home, portal) = (Home::new(), Portal::start());
    let Some(switch) = home.unprivileged(&SWITCH) else {
        return;
    };
    let may = |mode| fs::set_permissions(home.path(), Permissions::from_mode(mode)).unwrap();
    let below = home.path().join("state");
    fs::set_permissions(&below, Permissions::from_mode(0o500)).unwrap();
    may(0o500);
    let output = switch.at(&portal).run();
    may(0o700);
    let output = output.code(0);
    for words in [
        "warning: can't lock against other switches: ",
        "Switched from",
    ] {
        assert!(output.stderr.contains(words), "{output}");
    }
    assert_eq!(portal.current(), CERAMICS);
}

#[test]
fn a_home_that_is_not_set_is_looked_up_or_done_without() {
    let (home, portal) = (Home::new(), Portal::start());
    let mut command = home
        .nxp(["profiles", "list", "-o", "id"])
        .at(&portal)
        .command();
    for name in [
        "HOME",
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
    ] {
        command.env_remove(name);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_full_disk_is_said_and_hides_no_switch() {
    let (home, portal) = (Home::new(), Portal::start());
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = home
        .nxp(SWITCH)
        .at(&portal)
        .command()
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("Switched from"), "{stderr}");
    assert!(
        stderr.contains("can't write to standard output"),
        "{stderr}"
    );
    assert_eq!(portal.current(), CERAMICS);
}

/// Where no file may grow, nothing can be remembered, and that is all.
#[test]
fn a_disk_without_room_for_the_state_loses_no_switch() {
    let (home, portal) = (Home::new(), Portal::start());
    let full = "trap '' XFSZ; ulimit -f 0; exec nxp profiles switch 14190688";
    let Some(switch) = home.program("sh", ["-c", full]) else {
        return;
    };
    let output = switch.at(&portal).run().code(0);
    for words in [
        "warning: the previous profile could not be recorded: can't write",
        "Switched from",
    ] {
        assert!(output.stderr.contains(words), "{output}");
    }
    assert_eq!(portal.current(), CERAMICS);
    assert!(!home.state_file().exists());
}

#[test]
fn closed_outputs_change_nothing() {
    for closed in [">&-", "2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"] {
        let (home, portal) = (Home::new(), Portal::start());
        let call = home.nxp(SWITCH).at(&portal);
        let status = Command::new("sh")
            .args(["-c", &format!("exec \"$0\" \"$@\" {closed}")])
            .arg(env!("CARGO_BIN_EXE_nxp"))
            .args(SWITCH)
            .env_clear()
            .envs(
                call.command()
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(0), "{closed}");
        assert_eq!(portal.current(), CERAMICS, "{closed}");
    }
}

#[test]
fn the_locale_and_the_terminal_change_no_answer() {
    let (home, portal) = (Home::new(), Portal::start());
    let plain = home
        .nxp(["profiles", "list", "-o", "table"])
        .at(&portal)
        .run();
    for (name, value) in [
        ("LC_ALL", "C"),
        ("LC_ALL", "de_DE.ISO-8859-1"),
        ("LANG", "nonsense"),
        ("TERM", "no-such-terminal"),
        ("COLUMNS", "-1"),
    ] {
        let call = home.nxp(["profiles", "list", "-o", "table"]).at(&portal);
        assert_eq!(call.env(name, value).run(), plain, "{name}={value}");
    }
}

#[test]
fn a_terminal_without_a_name_is_still_one() {
    for name in ["", "dumb", "no-such-terminal"] {
        let (home, portal) = (Home::new(), Portal::start());
        let call = home.nxp(["profiles", "list"]).at(&portal).env("TERM", name);
        let mut terminal = call.in_terminal(24, 100);
        terminal.wait_for("Tidewater Imports");
        assert_eq!(terminal.finish(), 0);
    }
}

#[test]
fn a_state_file_that_is_damaged_loses_no_switch() {
    let (home, portal) = (Home::new(), Portal::start());
    fs::create_dir_all(home.state_file().parent().unwrap()).unwrap();
    fs::write(home.state_file(), [0xff, 0x00, b'{']).unwrap();
    let accounts = home.nxp(["accounts", "list"]).run().code(0);
    assert!(accounts.stderr.contains("was damaged"), "{accounts:#?}");
    home.nxp(SWITCH).at(&portal).run().code(0);
    home.nxp(["profiles", "switch", "-"])
        .at(&portal)
        .run()
        .code(0);
    assert_eq!(portal.current(), ANAS_OWN);
}

/// What a process holds is not written to disk when it dies.
#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_core_dump() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::os::unix::process::ExitStatusExt as _;

    use crate::support::wait_until;

    let home = Home::new();
    let portal = Portal::start();
    portal.fail("hang=9");
    let call = home.nxp(["profiles", "list"]).at(&portal);
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; exec \"$0\" profiles list"])
        .arg(env!("CARGO_BIN_EXE_nxp"))
        .env_clear()
        .envs(
            call.command()
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("it has sent a request", || !portal.calls().is_empty());
    kill_process(Pid::from_child(&child), Signal::ABORT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()));
    assert!(!status.core_dumped());
}

/// A user id that has no home: it is in no list of users.
const STRANGER: u32 = 3_481_516;

/// XDG folders count where there is no home, as in containers that run with any user id.
#[test]
fn xdg_folders_need_no_home() {
    if !rustix::process::geteuid().is_root() {
        skip("root, who alone can become any user");
        return;
    }
    let (home, portal) = (Home::new(), Portal::start());
    home.give_to(STRANGER);
    let token = portal.token();
    for (words, code) in [
        (&["accounts", "list"][..], 0),
        (&SWITCH, 0),
        (&["profiles", "switch", "-"], 0),
        (&["profiles", "exec", "14190688", "--", "true"], 0),
        (&["profiles", "current", "--cached"], 0),
        (&["--sandbox", "profiles", "list"], 0),
        (&["doctor"], 0),
        (&["logout"], 4),
    ] {
        let Some(call) = home.nxp_as(STRANGER, words) else {
            return;
        };
        let call = call.at(&portal).env("NXP_TOKEN", &token).env("HOME", "");
        let output = call.run().code(code);
        assert!(!output.stderr.contains("home"), "{words:?}: {output}");
    }
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn without_any_folder_every_command_says_which_variable_names_one() {
    if !rustix::process::geteuid().is_root() {
        skip("root, who alone can become any user");
        return;
    }
    let home = Home::new();
    home.give_to(STRANGER);
    let login = [
        "login",
        "--space",
        "127.0.0.1:1",
        "--email",
        "ana@acme.example",
    ];
    for words in [
        &["accounts", "list"][..],
        &["accounts", "use", "ana@acme.example"],
        &["logout"],
        &["profiles", "list"],
        &[&login[..], &["--password-stdin"]].concat(),
    ] {
        let Some(call) = home.nxp_as(STRANGER, words) else {
            return;
        };
        let call = ["HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"]
            .into_iter()
            .fold(call.stdin("x"), |call, name| call.env(name, ""));
        call.run().refusal(
            1,
            "no folder for nxp's files: there is no home directory",
            Some("set XDG_STATE_HOME to a folder that can be written to"),
        );
    }
}

/// A job that has a token needs no folder to switch.
#[test]
fn without_any_folder_a_token_switches_with_a_warning() {
    if !rustix::process::geteuid().is_root() {
        skip("root, who alone can become any user");
        return;
    }
    let (home, portal) = (Home::new(), Portal::start());
    home.give_to(STRANGER);
    let without = |words: &[&str]| {
        let call = home.nxp_as(STRANGER, words)?.at(&portal);
        let variables = ["HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"];
        let call = variables
            .into_iter()
            .fold(call, |call, name| call.env(name, ""));
        Some(call.run())
    };
    let Some(switch) = without(&SWITCH) else {
        return;
    };
    let warning = "warning: can't lock against other switches: no folder for nxp's files";
    let switch = switch.code(0);
    assert!(switch.stderr.contains(warning), "{switch}");
    assert_eq!(portal.current(), CERAMICS);
    let doctor = without(&["doctor"]).unwrap().code(1);
    assert!(doctor.stdout.contains("token\tok"), "{doctor}");
    assert!(doctor.stdout.contains("set XDG_STATE_HOME"), "{doctor}");
}
