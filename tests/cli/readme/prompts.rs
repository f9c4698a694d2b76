//! The prompts of the README, in the shells themselves.

use crate::people::{ANAS_OWN, CERAMICS};
use crate::support::Home;

use super::{blocks, script};

/// Where Ana's company was seen as the current profile.
fn home() -> Home {
    let home = Home::new();
    let switch = ["--sandbox", "profiles", "switch", &CERAMICS.to_string()];
    home.nxp(switch).run().code(0);
    home
}

/// What a shell prints, with the block from the README in front.
fn shows(shell: &str, options: &str, print: &str) -> Option<String> {
    let home = home();
    let [block] = blocks::<1>("Shell prompts", shell);
    let text = format!("{block}{print}");
    let run = home.program(shell, [options, "-c", &text])?;
    Some(run.env("NXP_SANDBOX", "1").run().answer())
}

#[test]
fn bash_shows_the_company() {
    let Some(shown) = shows("bash", "--norc", "printf %s \"${PS1@P}\"") else {
        return;
    };
    assert!(shown.starts_with("[Duarte Ceramics] "), "{shown}");
}

#[test]
fn a_shell_that_acts_as_a_profile_shows_that_one() {
    let seen = "nxp profiles current --cached -o id";
    let exec = format!("nxp profiles exec --no-switch {ANAS_OWN} -- sh -c '{seen}'");
    let home = home();
    let shown = script(&home, &exec).env("NXP_SANDBOX", "1").run().answer();
    assert_eq!(shown, format!("{ANAS_OWN}\n"));
    let outside = ["--sandbox", "profiles", "current", "--cached", "-o", "id"];
    assert_eq!(home.nxp(outside).run().answer(), format!("{CERAMICS}\n"));
}

#[test]
fn zsh_shows_the_company() {
    let Some(shown) = shows("zsh", "-f", "print -Pn -- $PROMPT") else {
        return;
    };
    assert!(shown.starts_with("[Duarte Ceramics] "), "{shown}");
}

#[test]
fn fish_shows_the_company() {
    let Some(shown) = shows("fish", "--no-config", "fish_right_prompt") else {
        return;
    };
    assert_eq!(shown, "[Duarte Ceramics]\n");
}

#[test]
fn starship_is_given_the_company() {
    let [block] = blocks::<1>("Shell prompts", "toml");
    let command = block.split("'''").nth(1).unwrap();
    let shown = script(&home(), command).env("NXP_SANDBOX", "1").run();
    assert_eq!(shown.answer(), "Duarte Ceramics\n");
}

#[test]
fn bash_marks_a_directory_whose_profile_is_not_the_current_one() {
    let home = home();
    let [block] = blocks::<1>("The directory in the prompt", "bash");
    let show = format!("PS1='$ '\n{block}printf '%s\\n' \"${{PS1@P}}\"");
    let shown = || {
        let run = home.program("bash", ["--norc", "-c", &show])?;
        Some(run.env("NXP_SANDBOX", "1").run().answer())
    };
    let Some(none) = shown() else { return };
    assert_eq!(none, "$ \n");
    for (profile, expected) in [(CERAMICS, "$ \n"), (ANAS_OWN, "! $ \n")] {
        let pin = ["--sandbox", "profiles", "pin", &profile.to_string()];
        home.nxp(pin).run().code(0);
        assert_eq!(shown().unwrap(), expected);
    }
}
