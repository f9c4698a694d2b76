//! What the README and the help topics promise: every command in them runs, and every picture and
//! message is the program's own.

mod commands;
mod pictures;
mod prompts;
mod recipes;
mod trouble;

use std::path::Path;

use crate::support::{Call, Home, help_topics};

/// A block of commands or of settings.
struct Fence {
    heading: String,
    language: String,
    text: String,
}

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn readme() -> String {
    file("README.md")
}

/// The README and the help topics.
fn documents() -> Vec<String> {
    let topics = help_topics().map(|(_, text)| text);
    std::iter::once(readme()).chain(topics).collect()
}

/// The part under a heading.
fn section(heading: &str) -> String {
    let documents = documents().concat();
    let start = format!("\n## {heading}\n");
    let (_, rest) = documents.split_once(&start).expect("the heading");
    rest.split("\n## ").next().unwrap().to_owned()
}

fn fences() -> Vec<Fence> {
    let mut fences: Vec<Fence> = Vec::new();
    let (mut heading, mut is_open) = (String::new(), false);
    for line in documents().concat().lines() {
        if let Some(language) = line.strip_prefix("```") {
            is_open = !is_open;
            if is_open {
                fences.push(Fence {
                    heading: heading.clone(),
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
        } else if is_open {
            let text = &mut fences.last_mut().unwrap().text;
            *text += line;
            *text += "\n";
        } else if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut heading);
        }
    }
    fences
}

/// The text outside the blocks.
fn prose() -> String {
    documents().concat().split("```").step_by(2).collect()
}

/// The blocks under a heading in one language.
fn blocks<const N: usize>(heading: &str, language: &str) -> [String; N] {
    let wanted = |fence: &Fence| fence.heading == heading && fence.language == language;
    let found = fences().into_iter().filter(wanted);
    let texts: Vec<String> = found.map(|fence| fence.text).collect();
    texts.try_into().expect("as many blocks as that")
}

/// A shell script, with nxp on its path.
fn script(home: &Home, text: &str) -> Call {
    home.program("sh", ["-e", "-c", text]).expect("a shell")
}

/// To add a block, say here which test runs it.
#[test]
fn every_block_has_a_test_that_runs_it() {
    let mut found: Vec<(String, String)> = fences()
        .into_iter()
        .map(|fence| (fence.heading, fence.language))
        .collect();
    let tested = [
        ("Try it", "sh", 2),  // commands
        ("Install", "sh", 5), // commands, and tests/package
        ("Sign in", "sh", 2), // commands
        ("Every day", "console", 1),
        ("Scripts", "sh", 2),
        ("CI", "yaml", 1),             // recipes
        ("Error messages", "json", 1), // commands
        ("Act as a profile", "sh", 3), // commands
        ("Choose a profile for a directory", "sh", 1),
        ("Requests to the API", "console", 1), // commands
        ("Requests to the API", "sh", 3),
        ("Profiles", "console", 2),
        ("Benefits", "console", 1),
        ("Accounts and checks", "console", 2),
        ("Shell prompts", "bash", 1), // prompts
        ("Shell prompts", "zsh", 1),
        ("Shell prompts", "fish", 1),
        ("Shell prompts", "toml", 1),
        ("The directory in the prompt", "bash", 1),
        ("Get a token", "sh", 1), // recipes
        ("GitHub Actions", "yaml", 1),
        ("GitLab CI", "yaml", 1),
        ("cron and other systems", "sh", 1),
        ("Jobs that outlive a token", "sh", 2),
        ("Look without changing", "sh", 1), // commands
        ("Act as a profile for a person", "sh", 3),
        ("Practice", "sh", 1),
    ];
    let mut tested: Vec<(String, String)> = tested
        .into_iter()
        .flat_map(|(heading, language, count)| {
            std::iter::repeat_n((heading.to_owned(), language.to_owned()), count)
        })
        .collect();
    // The order of the help topics is that of the file system.
    found.sort();
    tested.sort();
    assert_eq!(found, tested);
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let codes = section("Codes");
    for (code, word) in [
        (1, "failed"),
        (2, "usage"),
        (3, "profile"),
        (4, "auth"),
        (5, "network"),
        (6, "throttled"),
        (7, "keyring"),
        (8, "busy"),
        (130, "cancelled"),
    ] {
        let row = format!("| {code} | `{word}` |");
        assert!(codes.contains(&row), "no {row}");
    }
}

#[test]
fn every_picture_and_every_file_that_it_leads_to_is_there() {
    let prose = prose();
    let targets = prose.split("](").skip(1).map(|rest| rest.split(')').next());
    let (web, files): (Vec<&str>, Vec<&str>) = targets
        .map(Option::unwrap)
        .partition(|target| target.starts_with("https://"));
    assert_eq!((web.len(), files.len()), (1, 9), "{web:?} {files:?}");
    for path in files {
        file(path);
    }
}
