//! What the README promises: every command in it runs, and every picture and message is the
//! program's own.

mod commands;
mod pictures;
mod prompts;
mod recipes;
mod trouble;

use std::path::Path;

use nxp::error::ErrorCode;

use crate::support::{Call, Home};

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

/// The part under a heading.
fn section(heading: &str) -> String {
    let readme = readme();
    let start = format!("\n## {heading}\n");
    let (_, rest) = readme.split_once(&start).expect("the heading");
    rest.split("\n## ").next().unwrap().to_owned()
}

fn fences() -> Vec<Fence> {
    let mut fences: Vec<Fence> = Vec::new();
    let (mut heading, mut is_open) = (String::new(), false);
    for line in readme().lines() {
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

/// All that stands outside the blocks.
fn prose() -> String {
    readme().split("```").step_by(2).collect()
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

/// Whoever adds a block says here which test runs it.
#[test]
fn every_block_has_a_test_that_runs_it() {
    let found: Vec<(String, String)> = fences()
        .into_iter()
        .map(|fence| (fence.heading, fence.language))
        .collect();
    let tested = [
        ("Two commands", "sh", 2), // commands
        ("Install", "sh", 4),      // commands, and tests/package
        ("Sign in", "sh", 2),      // commands
        ("Every day", "console", 1),
        ("In scripts", "sh", 2), // commands
        ("In CI", "sh", 1),      // recipes
        ("In CI", "yaml", 2),
        ("In CI", "sh", 3),
        ("In the prompt", "bash", 1), // prompts
        ("In the prompt", "zsh", 1),
        ("In the prompt", "fish", 1),
        ("In the prompt", "toml", 1),
    ];
    let tested: Vec<(String, String)> = tested
        .into_iter()
        .flat_map(|(heading, language, count)| {
            std::iter::repeat_n((heading.to_owned(), language.to_owned()), count)
        })
        .collect();
    assert_eq!(found, tested);
}

#[test]
fn the_exit_codes_are_those_of_the_program_and_of_its_help() {
    let readme = readme();
    let help = Home::new().nxp(["--help"]).run().answer();
    for word in ErrorCode::ALL {
        let (code, word) = (word.exit_code(), word.as_str());
        assert!(
            readme.contains(&format!("| {code} | `{word}` |")),
            "{code} {word} in README.md"
        );
        assert!(
            help.contains(&format!("{code} {word}")),
            "{code} {word} in --help"
        );
    }
}

#[test]
fn every_picture_and_every_file_that_it_leads_to_is_there() {
    let prose = prose();
    let targets = prose.split("](").skip(1).map(|rest| rest.split(')').next());
    let (web, files): (Vec<&str>, Vec<&str>) = targets
        .map(Option::unwrap)
        .partition(|target| target.starts_with("https://"));
    assert_eq!((web.len(), files.len()), (1, 2), "{web:?} {files:?}");
    for path in files {
        file(path);
    }
}
