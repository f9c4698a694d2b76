//! Programs of the machine's that some tests need.

use std::env;
use std::path::{Path, PathBuf};

/// The program of this name; where it is missing, a test that needs it is skipped and says so. In
/// CI it fails.
pub(super) fn tool(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        skip(&format!("{name}, which is not installed"));
    }
    found
}

/// Says that a test is skipped, as it needs what this machine lacks. With `CI=true` the test fails.
pub(crate) fn skip(need: &str) {
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test");
    assert!(
        env::var_os("CI").is_none_or(|value| value != "true"),
        "{test} needs {need}"
    );
    eprintln!("skipped: {test} needs {need}");
}

/// Name and Markdown of each help topic, from the sources.
pub(crate) fn help_topics() -> impl Iterator<Item = (String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/help");
    let files = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|file| file.extension().is_some_and(|extension| extension == "md"))
        .map(|file| {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(file).unwrap())
        })
}

/// Makes a named pipe.
pub(crate) fn make_fifo(path: &Path) {
    let status = std::process::Command::new("mkfifo").arg(path).status();
    assert!(status.unwrap().success());
}
