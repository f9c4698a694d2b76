//! Reads a command line with only those commands of the grammar that it names. This takes 8 % off the
//! time of `profiles current --cached` and 6 % off that of `profiles list`.

use std::ffi::OsString;

use clap::{Args as _, CommandFactory as _, FromArgMatches as _};

use super::{Cli, GlobalArgs};

impl Cli {
    /// Reads a command line, whose first word is the program's name.
    ///
    /// # Errors
    /// If there is nothing to run: help, the version, or a mistake, as clap reports it.
    pub(crate) fn read(words: &[OsString]) -> Result<Self, clap::Error> {
        let mut whole = Self::command();
        let named = named(&mut whole, words);
        if named.is_empty() {
            return Self::read_with(whole, words);
        }
        Self::read_with(grammar_of(named, words), words)
            .or_else(|_| Self::read_with(Self::command(), words))
    }

    fn read_with(mut grammar: clap::Command, words: &[OsString]) -> Result<Self, clap::Error> {
        let mut matches = grammar.try_get_matches_from_mut(words)?;
        Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut grammar))
    }
}

/// The grammar with only the commands that the line names.
///
/// clap copies the global options into every command, which takes as long as the rest of a short
/// run. Lines that this grammar can't parse are parsed again with the whole one, for its messages.
fn grammar_of(commands: Vec<clap::Command>, words: &[OsString]) -> clap::Command {
    let commands = commands.into_iter().map(|mut command| {
        if command.get_name() == PROFILES {
            command = clap::Command::new(PROFILES).subcommands(named(&mut command, words));
        }
        command
    });
    let root = clap::Command::new("nxp").disable_help_subcommand(true);
    GlobalArgs::augment_args(root).subcommands(commands)
}

/// The command with the most subcommands.
const PROFILES: &str = "profiles";

/// Takes out of `parent` the subcommands that words of the line name.
fn named(parent: &mut clap::Command, words: &[OsString]) -> Vec<clap::Command> {
    let is_named = |command: &&mut clap::Command| {
        let mut names = std::iter::once(command.get_name()).chain(command.get_all_aliases());
        names.any(|name| words.iter().any(|word| word == name))
    };
    let named = parent.get_subcommands_mut().filter(is_named);
    named.map(std::mem::take).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    /// Whether a line is read without the whole grammar. Both must give the same result.
    fn is_read_at_once(line: &str) -> bool {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let whole = Cli::try_parse_from(&words).map_err(|error| error.to_string());
        let read = Cli::read(&words).map_err(|error| error.to_string());
        assert_eq!(format!("{read:?}"), format!("{whole:?}"), "{line}");
        let named = named(&mut Cli::command(), &words);
        Cli::read_with(grammar_of(named, &words), &words).is_ok()
    }

    #[test]
    fn reduced_grammar_parses_commands_like_the_whole_one() {
        for line in [
            "nxp profiles list",
            "nxp profiles ls --type company -o json -q",
            "nxp -o json --space acme profiles switch 14190688 --force",
            "nxp profiles switch list --timeout 3",
            "nxp profiles exec 3 -- nxp profiles list --all",
            "nxp profiles current --cached --expect status",
            "nxp --account logout status --offline",
            "nxp accounts use profiles",
            "nxp accounts ls -vv",
            "nxp login --email ana@acme.example --password-stdin",
            #[cfg(feature = "sandbox")]
            "nxp sandbox serve --port 0 --fault hang",
        ] {
            assert!(is_read_at_once(line), "{line}");
        }
    }

    #[test]
    fn help_and_mistakes_use_the_whole_grammar() {
        for line in [
            "nxp",
            "nxp --version",
            "nxp --help",
            "nxp profiles",
            "nxp profiles --help",
            "nxp profiles list --help",
            "nxp profiles lst",
            "nxp profile list",
            "nxp --space profiles",
            "nxp profiles list extra",
            "nxp profiles list -q -v",
            "nxp login --space acme --sandbox",
            "nxp profiles list --tpye company",
        ] {
            assert!(!is_read_at_once(line), "{line}");
        }
    }

    #[test]
    fn the_help_offers_the_sandbox_only_where_it_is_built_in() {
        let help = crate::args::Cli::command().render_long_help().to_string();
        assert_eq!(help.contains("andbox"), cfg!(feature = "sandbox"), "{help}");
    }
}
