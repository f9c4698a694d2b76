//! `nxp man`: the man pages, from the definitions of the command line and the help topics.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap::{Arg, Command, CommandFactory as _};

use super::roff::Page;
use crate::args::{Cli, ManArgs};
use crate::command_output::CommandOutput;
use crate::error::Result;
use crate::help::{TOPICS, Topic};
use crate::output::Console;

/// Prints the page of `nxp` itself, or writes one page for each command and topic.
pub(super) fn run(args: &ManArgs, console: Console) -> Result<CommandOutput> {
    let mut command = Cli::command();
    command.build();
    if let Some(folder) = &args.out {
        for page in pages(&command, &["nxp".to_owned()]) {
            page.write(folder)?;
        }
        for topic in &TOPICS {
            of_topic(topic).write(folder)?;
        }
        return Ok(CommandOutput::Nothing);
    }
    if console.writes_to_terminal() {
        console.suggest(
            "`nxp man | man -l -` shows the man page; `nxp man --out DIR` writes all pages",
        );
        return Ok(CommandOutput::Text(command.render_long_help().to_string()));
    }
    let page = of_command(&command, &["nxp".to_owned()]);
    Ok(CommandOutput::Text(page.text()))
}

impl Page {
    /// Writes the page to a folder of man pages, in its section's folder.
    fn write(&self, folder: &Path) -> Result<()> {
        let folder = folder.join(format!("man{}", self.section()));
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join(self.file_name()), self.text()))
            .with_context(|| format!("can't write man pages to {}", folder.display()))?;
        Ok(())
    }
}

/// The pages of a command and of all below it.
fn pages(command: &Command, path: &[String]) -> Vec<Page> {
    let mut pages = vec![of_command(command, path)];
    for below in command.get_subcommands() {
        let path = [path, &[below.get_name().to_owned()]].concat();
        pages.extend(self::pages(below, &path));
    }
    pages
}

fn of_command(command: &Command, path: &[String]) -> Page {
    let is_root = path.len() == 1;
    let about = command.get_about().map(ToString::to_string);
    let mut page = Page::new(&path.join("-"), 1, &lower_case(&about.unwrap_or_default()));
    page.heading("SYNOPSIS");
    page.synopsis(&command.clone().render_usage().to_string());
    describe(&mut page, command);
    list_commands(&mut page, command, path);
    options(&mut page, command, is_root);
    page.examples(&examples(command));
    refer(&mut page, is_root);
    see_also(&mut page, command, path);
    page
}

fn describe(page: &mut Page, command: &Command) {
    page.heading("DESCRIPTION");
    let long = command.get_long_about().or_else(|| command.get_about());
    let after = command.get_after_long_help().map(ToString::to_string);
    let after = after.unwrap_or_default();
    let after = after.split("\n\n").filter(|text| !is_section(text));
    for paragraph in long
        .map(ToString::to_string)
        .unwrap_or_default()
        .split("\n\n")
        .chain(after)
        .filter(|text| !text.is_empty())
    {
        page.paragraph(paragraph);
    }
}

/// Whether a paragraph of the help is a section with a title of its own.
fn is_section(paragraph: &str) -> bool {
    paragraph
        .lines()
        .next()
        .is_some_and(|line| line.ends_with(':'))
}

fn list_commands(page: &mut Page, command: &Command, path: &[String]) {
    if !command.has_subcommands() {
        return;
    }
    page.heading("COMMANDS");
    for below in command.get_subcommands() {
        let name = format!("{}-{}", path.join("-"), below.get_name());
        page.reference_item(&name, 1, &text_of(below.get_about()));
    }
}

fn options(page: &mut Page, command: &Command, is_root: bool) {
    let (global, own): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .partition(|arg| arg.is_global_set());
    page.heading("OPTIONS");
    let shown = if is_root { [own, global].concat() } else { own };
    for arg in shown {
        page.item(&signature(arg), &described(arg));
    }
    if !is_root {
        page.paragraph("The options for every command are described in `nxp(1)`.");
    }
}

/// `-o, --output FORMAT`, or the name of an argument.
fn signature(arg: &Arg) -> String {
    let value = arg.get_action().takes_values().then(|| {
        let names = arg.get_value_names().unwrap_or_default();
        names.first().map_or("", |name| name.as_str()).to_owned()
    });
    let names = [
        arg.get_short().map(|short| format!("`-{short}`")),
        arg.get_long().map(|long| format!("`--{long}`")),
    ];
    let names: Vec<String> = names.into_iter().flatten().collect();
    match (names.is_empty(), value) {
        (true, value) => value.unwrap_or_default(),
        (false, Some(value)) => format!("{} {value}", names.join(", ")),
        (false, None) => names.join(", "),
    }
}

/// The help of an argument and the values that it takes.
fn described(arg: &Arg) -> String {
    let help = text_of(arg.get_long_help().or_else(|| arg.get_help()));
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|_| arg.get_action().takes_values())
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({})", value.get_name(), lower_case(&help.to_string())),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if values.is_empty() {
        help
    } else {
        format!("{help}. One of {}.", values.join(", "))
    }
}

fn text_of(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// The lines of the examples in the help of a command.
fn examples(command: &Command) -> Vec<String> {
    let help = text_of(command.get_after_long_help());
    let section = help
        .split("\n\n")
        .find_map(|text| text.strip_prefix("Examples:\n"));
    let lines = section.unwrap_or_default().lines();
    lines.map(str::to_owned).collect()
}

/// The sections that one page has for all commands.
fn refer(page: &mut Page, is_root: bool) {
    let sections = [
        ("ENVIRONMENT", "environment", "Variables"),
        ("FILES", "environment", "Files"),
        ("EXIT STATUS", "exit-codes", "Codes"),
    ];
    for (heading, topic, section) in sections {
        page.heading(heading);
        match Topic::named(topic) {
            Some(topic) if is_root => page.blocks(&topic.section(section)),
            _ => page.paragraph(&format!("See `nxp-{topic}(7)`.")),
        }
    }
}

fn see_also(page: &mut Page, command: &Command, path: &[String]) {
    let mut names: Vec<(String, u8)> = (1..path.len())
        .filter_map(|length| path.get(..length))
        .map(|above| (above.join("-"), 1))
        .collect();
    let below = command.get_subcommands();
    names.extend(below.map(|below| (format!("{}-{}", path.join("-"), below.get_name()), 1)));
    names.extend(
        TOPICS
            .iter()
            .map(|topic| (format!("nxp-{}", topic.name), 7)),
    );
    page.see_also(&names);
}

fn of_topic(topic: &Topic) -> Page {
    let name = format!("nxp-{}", topic.name);
    let mut page = Page::new(&name, 7, &lower_case(topic.title()));
    page.heading("DESCRIPTION");
    page.blocks(&topic.blocks());
    let others = TOPICS.iter().filter(|other| other.name != topic.name);
    let others = others.map(|other| (format!("nxp-{}", other.name), 7));
    page.see_also(
        &std::iter::once(("nxp".to_owned(), 1))
            .chain(others)
            .collect::<Vec<_>>(),
    );
    page
}

/// A summary with a lower-case first letter, unless it starts with an acronym.
fn lower_case(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
