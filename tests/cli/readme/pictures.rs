//! The pictures in the README: what a real terminal shows, drawn as SVG.
//!
//! `tests/readme/pictures` draws them anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::support::{Home, Key, Terminal};

/// Tenths of a unit from one character to the next.
const ADVANCE: u16 = 84;
const LINE: u16 = 20;
const MARGIN: u16 = 16;
const ROWS: u16 = 20;
const COLUMNS: u16 = 84;

const STYLE: &str = "
.frame { fill: #f6f8fa; stroke: #d0d7de }
text { fill: #1f2328; font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, \
'DejaVu Sans Mono', monospace; white-space: pre }
.bold { font-weight: bold }
.dim { fill: #656d76 }
.green { fill: #1a7f37 }
.yellow { fill: #9a6700 }
.cyan { fill: #0a6c80 }
@media (prefers-color-scheme: dark) {
.frame { fill: #161b22; stroke: #30363d }
text { fill: #e6edf3 }
.dim { fill: #8b949e }
.green { fill: #3fb950 }
.yellow { fill: #d29922 }
.cyan { fill: #56d4dd }
}
";

/// A shell in a terminal, at work in the sandbox.
fn shell(home: &Home) -> Terminal {
    let shell = home.program("sh", ["-i"]).expect("a shell");
    let shell = shell.env("NXP_SANDBOX", "1").env("PS1", "$ ");
    let terminal = shell.env("LC_ALL", "C.UTF-8").in_terminal(ROWS, COLUMNS);
    terminal.wait_until("a prompt", |screen| screen.trim_end() == "$");
    terminal
}

#[test]
fn the_table_looks_as_in_the_readme() {
    let home = Home::new();
    let mut terminal = shell(&home);
    terminal.type_text("nxp profiles list\r");
    terminal.wait_until("the next prompt", |screen| {
        screen.trim_end().ends_with("\n$")
    });
    compare(
        "table.svg",
        "A table of six profiles, the current one marked and green",
        &terminal.looks(),
    );
}

#[test]
fn the_picker_looks_as_in_the_readme() {
    let home = Home::new();
    let mut terminal = shell(&home);
    terminal.type_text("nxp profiles switch\r");
    terminal.wait_for("Northlight Audio");
    for name in ["Duarte Ceramics", "Tidewater Imports"] {
        terminal.press(Key::Down);
        // The lines are drawn from the first to the last.
        terminal.wait_until(name, |screen| {
            let mut chosen = screen.lines().filter(|line| line.starts_with("❯ "));
            chosen.any(|line| line.contains(name)) && screen.contains("#14530016")
        });
    }
    compare(
        "picker.svg",
        "A picker with five active profiles, the arrow on the third",
        &terminal.looks(),
    );
    terminal.press(Key::Escape);
}

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readme");
    folder.join(name)
}

/// Fails the test unless the file has this picture, or draws it where that is asked for.
#[track_caller]
fn compare(name: &str, title: &str, screen: &vt100::Screen) {
    let drawn = svg(title, screen);
    if std::env::var_os("NXP_DRAW").is_some() {
        std::fs::write(path(name), &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(path(name)).unwrap_or_default();
    assert!(
        kept == drawn,
        "tests/readme/{name} is stale: tests/readme/pictures draws it anew\n{}",
        screen.contents()
    );
}

fn svg(title: &str, screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let is_prompt = |row: &u16| text(screen, *row).trim_end() == "$";
    let shown = (0..rows.get()).filter(|row| !text(screen, *row).trim().is_empty());
    let lines: Vec<u16> = shown.filter(|row| !is_prompt(row)).collect();
    let height = LINE * u16::try_from(lines.len()).unwrap() + 2 * MARGIN;
    let width = columns.get() * ADVANCE / 10 + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n<rect class=\"frame\" x=\"0.5\" y=\"0.5\" width=\"{}\" \
         height=\"{}\" rx=\"6\"/>\n",
        width - 1,
        height - 1,
    );
    for (index, row) in (1..).zip(lines) {
        let baseline = MARGIN + LINE * index - 5;
        for run in runs(screen, row) {
            let _ = writeln!(svg, "{}", run.element(baseline));
        }
    }
    svg + "</svg>\n"
}

fn text(screen: &vt100::Screen, row: u16) -> String {
    let cells = (0..screen.size().1.get()).filter_map(|column| screen.cell(row, column));
    cells.map(vt100::Cell::contents).collect()
}

/// Characters beside one another that look alike.
struct Run {
    column: u16,
    columns: u16,
    classes: Vec<&'static str>,
    text: String,
}

/// The runs of a row; where two blanks or more stand between words, a new one begins.
fn runs(screen: &vt100::Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..screen.size().1.get() {
        let cell = screen.cell(row, column).unwrap();
        let content = cell.contents();
        if content.trim().is_empty() {
            continue;
        }
        let classes = classes(cell);
        let columns = 1 + u16::from(cell.is_wide());
        match runs.last_mut() {
            Some(run) if run.classes == classes && column - run.end() <= 1 => {
                run.text += &" ".repeat((column - run.end()).into());
                run.text += content;
                run.columns = column + columns - run.column;
            }
            _ => runs.push(Run {
                column,
                columns,
                classes,
                text: content.to_owned(),
            }),
        }
    }
    runs
}

fn classes(cell: &vt100::Cell) -> Vec<&'static str> {
    let color = match cell.fgcolor() {
        vt100::Color::Default => None,
        vt100::Color::Idx(2) => Some("green"),
        vt100::Color::Idx(3) => Some("yellow"),
        vt100::Color::Idx(6) => Some("cyan"),
        vt100::Color::Idx(8) => Some("dim"),
        other => panic!("{other:?} has no place in the pictures yet"),
    };
    let bold = cell.bold().then_some("bold");
    let dim = cell.dim().then_some("dim");
    [color, bold, dim].into_iter().flatten().collect()
}

impl Run {
    fn end(&self) -> u16 {
        self.column + self.columns
    }

    fn element(&self, baseline: u16) -> String {
        let tenths = |value: u16| format!("{}.{}", value / 10, value % 10);
        let class = match self.classes.join(" ") {
            none if none.is_empty() => none,
            some => format!(" class=\"{some}\""),
        };
        let escaped = self.text.replace('&', "&amp;").replace('<', "&lt;");
        format!(
            "<text{class} x=\"{}\" y=\"{baseline}\" textLength=\"{}\">{escaped}</text>",
            tenths(10 * MARGIN + self.column * ADVANCE),
            tenths(self.columns * ADVANCE),
        )
    }
}
