//! `nxp man`: the man pages, from the definitions of the command line and the help topics.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory as _};

use super::roff::Page;
use crate::args::{Cli, ManArgs};
use crate::command_output::CommandOutput;
use crate::error::Result;
use crate::help::{Block, TOPICS, Topic};
use crate::output::Console;

/// Prints the page of `nxp` itself, or writes one page for each command and topic.
pub(super) fn run(args: &ManArgs, console: Console) -> Result<CommandOutput> {
    let mut command = Cli::command();
    command.build();
    if let Some(folder) = &args.out {
        let topics = TOPICS.iter().map(of_topic);
        for page in pages(&command, "nxp", &[]).into_iter().chain(topics) {
            write(&page, folder)?;
        }
        return Ok(CommandOutput::Nothing);
    }
    if console.appearance.stdout_is_terminal {
        console.suggest(
            "`nxp man | man -l -` shows the man page; `nxp man --out DIR` writes all pages",
        );
        return Ok(CommandOutput::Text(command.render_long_help().to_string()));
    }
    Ok(CommandOutput::Text(of_command(&command, "nxp", &[]).text()))
}

/// Writes a page to a folder of man pages, in its section's folder.
fn write(page: &Page, folder: &Path) -> Result<()> {
    let folder = folder.join(format!("man{}", page.section));
    let file = folder.join(format!("{}.{}", page.name, page.section));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(file, page.text()))
        .with_context(|| format!("can't write man pages to {}", folder.display()))?;
    Ok(())
}

/// The pages of a command and of all below it. `above` are the names of the pages above.
fn pages(command: &Command, name: &str, above: &[String]) -> Vec<Page> {
    let mut pages = vec![of_command(command, name, above)];
    let above = [above, &[name.to_owned()]].concat();
    for below in shown(command) {
        pages.extend(self::pages(below, &page_name(name, below), &above));
    }
    pages
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
}

fn page_name(above: &str, command: &Command) -> String {
    format!("{above}-{}", command.get_name())
}

fn of_command(command: &Command, name: &str, above: &[String]) -> Page {
    let is_root = above.is_empty();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let (words, arguments) = usage.split_at(usage.find(" [").unwrap_or(usage.len()));
    let mut blocks = vec![
        heading("SYNOPSIS"),
        Block::Paragraph(format!("`{words}`{arguments}")),
        heading("DESCRIPTION"),
    ];
    let help = text_of(command.get_after_long_help());
    let (sections, paragraphs): (Vec<&str>, Vec<&str>) =
        help.split("\n\n").partition(|text| is_section(text));
    let about = text_of(command.get_long_about().or(command.get_about()));
    let paragraphs = about.split("\n\n").chain(paragraphs);
    let paragraphs = paragraphs.filter(|text| !text.is_empty());
    blocks.extend(paragraphs.map(|text| Block::Paragraph(text.to_owned())));
    if command.has_subcommands() {
        let below = shown(command);
        let rows = below.map(|below| {
            let name = reference(&page_name(name, below), 1);
            vec![name, text_of(below.get_about())]
        });
        blocks.extend([heading("COMMANDS"), items(rows)]);
    }
    blocks.extend(options(command, is_root));
    blocks.extend(sections.into_iter().flat_map(examples));
    blocks.extend(shared_sections(is_root));
    let below = shown(command);
    let below = below.map(|below| reference(&page_name(name, below), 1));
    let above = above.iter().map(|above| reference(above, 1));
    let topics = TOPICS.iter().map(topic_reference);
    blocks.extend(see_also(above.chain(below).chain(topics)));
    Page {
        name: name.to_owned(),
        section: 1,
        summary: lower_case(&text_of(command.get_about())),
        blocks,
    }
}

fn of_topic(topic: &Topic) -> Page {
    let others = TOPICS.iter().filter(|other| other.name != topic.name);
    let references = std::iter::once(reference("nxp", 1)).chain(others.map(topic_reference));
    let mut blocks = vec![heading("DESCRIPTION")];
    blocks.extend(topic.blocks());
    blocks.extend(see_also(references));
    Page {
        name: format!("nxp-{}", topic.name),
        section: 7,
        summary: lower_case(topic.title()),
        blocks,
    }
}

fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

/// A table without a header.
fn items(rows: impl Iterator<Item = Vec<String>>) -> Block {
    Block::Table(std::iter::once(Vec::new()).chain(rows).collect())
}

/// Another page, as in nxp-login(1).
fn reference(name: &str, section: u8) -> String {
    format!("`{name}`({section})")
}

fn topic_reference(topic: &Topic) -> String {
    reference(&format!("nxp-{}", topic.name), 7)
}

fn see_also(references: impl Iterator<Item = String>) -> [Block; 2] {
    let references: Vec<String> = references.collect();
    [heading("SEE ALSO"), Block::Paragraph(references.join(", "))]
}

/// Whether a paragraph of the help is a section with a title of its own.
fn is_section(paragraph: &str) -> bool {
    let first = paragraph.lines().next();
    first.is_some_and(|line| line.ends_with(':'))
}

fn options(command: &Command, is_root: bool) -> Vec<Block> {
    let (global, own): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .partition(|arg| arg.is_global_set());
    let shown = if is_root { [own, global].concat() } else { own };
    let rows = shown
        .into_iter()
        .map(|arg| vec![signature(arg), described(arg)]);
    let mut blocks = vec![heading("OPTIONS"), items(rows)];
    if !is_root {
        let text = "The options for every command are described in `nxp`(1).";
        blocks.push(Block::Paragraph(text.to_owned()));
    }
    blocks
}

/// `-o, --output FORMAT`, `--with-token[=VAR]`, or the name of an argument.
fn signature(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("`-{short}`"));
    let long = arg.get_long().map(|long| format!("`--{long}`"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let value = arg
        .get_value_names()
        .filter(|_| arg.get_action().takes_values());
    let value = value.and_then(|names| names.first());
    let value = value.map(ToString::to_string).unwrap_or_default();
    let names = names.join(", ");
    let is_optional = arg
        .get_num_args()
        .is_some_and(|count| count.min_values() == 0);
    if is_optional && !value.is_empty() {
        return format!("{names}[={value}]");
    }
    format!("{names} {value}").trim().to_owned()
}

/// The help of an argument and the values that it takes.
fn described(arg: &Arg) -> String {
    let help = text_of(arg.get_long_help().or(arg.get_help()));
    if !arg.get_action().takes_values() || arg.get_possible_values().is_empty() {
        return help;
    }
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({})", value.get_name(), lower_case(&help.to_string())),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    format!("{help}. One of {}.", values.join(", "))
}

fn text_of(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// The examples, if this section of the help has them: descriptions, and commands that are indented
/// by four or follow no description.
fn examples(section: &str) -> Vec<Block> {
    let Some(examples) = section.strip_prefix("Examples:\n") else {
        return Vec::new();
    };
    let block = |line: &str| match line.strip_prefix("    ") {
        Some(command) => Block::Code(vec![command.to_owned()]),
        None if line.starts_with("  nxp ") => Block::Code(vec![line.trim_start().to_owned()]),
        None => Block::Paragraph(line.trim_start().to_owned()),
    };
    std::iter::once(heading("EXAMPLES"))
        .chain(examples.lines().map(block))
        .collect()
}

/// The sections that are the same for all commands: in full on the page of `nxp`.
fn shared_sections(is_root: bool) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (title, topic, section) in [
        ("ENVIRONMENT", "environment", "Variables"),
        ("FILES", "environment", "Files"),
        ("EXIT STATUS", "exit-codes", "Codes"),
    ] {
        blocks.push(heading(title));
        match Topic::named(topic).filter(|_| is_root) {
            Some(topic) => blocks.extend(topic.section(section)),
            None => blocks.push(Block::Paragraph(format!("See `nxp-{topic}`(7)."))),
        }
    }
    blocks
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
