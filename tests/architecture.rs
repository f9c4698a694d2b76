//! The way data flows through the crate: who may import whom.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has done its duty"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room below `src`, and the rooms that it may know of. A room that isn't named here has no
/// place yet, and fails the test.
const MODULES: &[(&str, &[&str])] = &[
    ("command_output", &["error", "help", "api", "secret"]),
    ("args", &["sandbox"]),
    ("build", &[]),
    (
        "commands",
        &[
            "command_output",
            "args",
            "config",
            "error",
            "help",
            "output",
            "api",
            "prompt",
            "sandbox",
            "secret",
            "session",
            "interrupt",
        ],
    ),
    ("config", &["args", "error", "api", "secret", "session"]),
    ("error", &[]),
    ("help", &[]),
    ("interrupt", &["error"]),
    ("main", &["commands"]),
    (
        "output",
        &["command_output", "args", "config", "error", "help", "api"],
    ),
    ("api", &["error", "secret", "interrupt"]),
    ("prompt", &["error", "output", "interrupt"]),
    ("sandbox", &[]),
    ("secret", &[]),
    ("session", &["error", "api", "secret", "interrupt"]),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The room that a file lies in; the crate's root belongs to none.
fn room_of(file: &Path) -> Option<String> {
    let below = file.strip_prefix(source()).unwrap().with_extension("");
    let room = below
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap()
        .to_owned();
    (room != "lib").then_some(room)
}

/// The rooms that a file names after `crate::` or `nxp::`, one by one or in braces.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let mut found = BTreeSet::new();
    for prefix in ["crate::", "nxp::"] {
        for (start, _) in code.match_indices(prefix) {
            let rest = &code[start + prefix.len()..];
            if let Some(braced) = rest.strip_prefix('{') {
                panic!(
                    "name what is imported room by room, not in one `use {prefix}{{{}`",
                    &braced[..20]
                );
            }
            let name: String = rest
                .chars()
                .take_while(|char| char.is_alphanumeric() || *char == '_')
                .collect();
            found.insert(name);
        }
    }
    found
}

#[test]
fn data_flows_one_way() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files_below(&source()) {
        let Some(room) = room_of(&file) else { continue };
        let Some((_, allowed)) = MODULES.iter().find(|(name, _)| *name == room) else {
            panic!(
                "{} lies in a room that has no place in the flow",
                file.display()
            );
        };
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            let known = MODULES.iter().any(|(name, _)| *name == import);
            if known && import != room && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{} imports {import}", file.display()));
            }
        }
        seen.insert(room);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen.len(), MODULES.len(), "a room that is named is gone");
}

/// What `portal` and `session` know nothing of: whoever builds on them may have no terminal, and
/// settings of another kind.
const FOREIGN: &[&str] = &[
    "clap",
    "console::",
    "IsTerminal",
    "stdin()",
    "stdout()",
    "stderr()",
    "print!",
    "println!",
    "eprintln!",
    "env::var",
    "env::args",
];

#[test]
fn the_library_knows_of_no_terminal_and_of_no_environment() {
    for file in files_below(&source()) {
        if !["api", "session"]
            .map(Some)
            .contains(&room_of(&file).as_deref())
        {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for foreign in FOREIGN {
            assert!(!text.contains(foreign), "{foreign} in {}", file.display());
        }
    }
}

#[test]
fn the_crates_documentation_says_the_same() {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let (_, rooms) = text.split_once("# The rooms").unwrap();
    let (rooms, _) = rooms.split_once("# The rules").unwrap();
    let rows = rooms.lines().filter(|line| line.starts_with("//! | `"));
    let documented: Vec<(&str, Vec<&str>)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let allowed = cells[3].split(", ").filter(|room| !room.is_empty());
            (cells[1].trim_matches('`'), allowed.collect())
        })
        .collect();
    let enforced: Vec<(&str, Vec<&str>)> = MODULES
        .iter()
        .map(|(room, allowed)| (*room, allowed.to_vec()))
        .collect();
    assert_eq!(documented, enforced);
}
