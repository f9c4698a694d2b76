//! Modules and the dependencies that are allowed between them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a failed test panics")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module below `src`, and the modules that it may import. A module that is not listed fails
/// the test.
const MODULES: &[(&str, &[&str])] = &[
    ("command_output", &["api", "secret"]),
    ("args", &["help", "sandbox"]),
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
        &["command_output", "args", "config", "error", "api"],
    ),
    ("api", &["error", "secret", "interrupt"]),
    ("prompt", &["error", "output", "interrupt"]),
    ("sandbox", &[]),
    ("secret", &[]),
    ("session", &["error", "api", "secret", "interrupt"]),
    ("testing", &["api", "args", "output", "secret", "session"]),
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

/// The module that a file belongs to; `lib.rs` belongs to none.
fn module_of(file: &Path) -> Option<String> {
    let below = file.strip_prefix(source()).unwrap().with_extension("");
    let module = below
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap()
        .to_owned();
    (module != "lib").then_some(module)
}

/// The modules that a file names after `crate::` or `nxp::`.
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
                    "import from one module at a time, not with `use {prefix}{{{}`",
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
        let Some(module) = module_of(&file) else {
            continue;
        };
        let Some((_, allowed)) = MODULES.iter().find(|(name, _)| *name == module) else {
            panic!("{} is in a module that is not listed", file.display());
        };
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            let known = MODULES.iter().any(|(name, _)| *name == import);
            if known && import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{} imports {import}", file.display()));
            }
        }
        seen.insert(module);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen.len(), MODULES.len(), "a listed module does not exist");
}

/// What `api` and `session` must not use: the terminal and the settings are for other modules.
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

/// The files of a module, with their text.
fn files_of(module: &str) -> Vec<(PathBuf, String)> {
    let mut files = files_below(&source());
    files.retain(|file| module_of(file).as_deref() == Some(module));
    assert!(!files.is_empty(), "there is no module {module}");
    let with_text = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        (file, text)
    };
    files.into_iter().map(with_text).collect()
}

#[test]
fn api_and_session_use_no_terminal() {
    for (file, text) in ["api", "session"].into_iter().flat_map(files_of) {
        for foreign in FOREIGN {
            assert!(!text.contains(foreign), "{foreign} in {}", file.display());
        }
    }
}

#[test]
fn command_lines_are_in_hints_only() {
    let modules = ["api", "session", "prompt", "secret", "command_output"];
    for (file, text) in modules.into_iter().flat_map(files_of) {
        for line in text.lines().map(str::trim) {
            let is_code = !line.starts_with("//");
            let spells = is_code && (line.contains("`nxp ") || line.contains("\"nxp "));
            assert!(!spells, "{line} in {}", file.display());
        }
    }
}

#[test]
fn documentation_lists_the_modules() {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let (_, modules) = text
        .split_once("# Modules and allowed dependencies")
        .unwrap();
    let (modules, _) = modules.split_once("# Rules").unwrap();
    let rows = modules.lines().filter(|line| line.starts_with("//! | `"));
    let documented: Vec<(&str, Vec<&str>)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let allowed = cells[3].split(", ").filter(|module| !module.is_empty());
            (cells[1].trim_matches('`'), allowed.collect())
        })
        .collect();
    let enforced: Vec<(&str, Vec<&str>)> = MODULES
        .iter()
        .map(|(module, allowed)| (*module, allowed.to_vec()))
        .collect();
    assert_eq!(documented, enforced);
}
