//! `nxp`: the account switcher for members of Nexudus-run coworking spaces.
//!
//! What it does for its users stands in the README. This page is for whoever works on it, or
//! builds on its library: [`api`] and [`session`] have examples.
//!
//! # The flow
//!
//! ```text
//! args  →  commands::<verb>  →  session (who, where, token)  →  portal (HTTP)
//!                 ↓
//!              answer  →  output::<format>  (stdout; messages and prompts: stderr)
//! ```
//!
//! One way only. `nxp profiles switch 14190688` goes like this: `commands::main` has [`args`] parse
//! the words and [`config`] settle what they leave open; `commands::profiles::switch` opens a
//! session for whoever is meant, finds the profile in the list, and has it switch; the portal sends
//! the write, and looks at the list until it shows it; the command returns an [`command_output::CommandOutput`],
//! and [`output`] writes that. Whatever goes wrong on the way is an [`error::Error`], which alone
//! decides the message, the hint, the word for scripts and the exit code.
//!
//! # The rooms
//!
//! A module is a room, and a file in it holds one thing. Who may import whom is in the last column,
//! and `tests/architecture.rs` holds everybody to it.
//!
//! | room | what is in there | may import |
//! |---|---|---|
//! | `command_output` | what commands return: data, without a word on how it looks | error, help, api, secret |
//! | `args` | the command line as clap reads it, and the help texts; no I/O | sandbox |
//! | `build` | links the program; it is no part of it | |
//! | `commands` | one verb, one file; puts the other rooms together | command_output, args, config, error, help, output, api, prompt, sandbox, secret, session, interrupt |
//! | `config` | the only place that reads the environment | args, error, api, secret, session |
//! | `error` | everything that goes wrong: what happened, what to do, which exit code | |
//! | `help` | the help topics, in Markdown | |
//! | `interrupt` | signals: which commands watch, and which work they must not cut short | error |
//! | `main` | hands the command line to `commands::main` | commands |
//! | `output` | the only place that writes: tables, JSON, TSV, CSV, ids, notes, the spinner | command_output, args, config, error, help, api |
//! | `api` | HTTP and JSON: one connection to one space, within one budget of time | error, secret, interrupt |
//! | `prompt` | the picker and questions, on the terminal | error, output, interrupt |
//! | `sandbox` | the practice api, for users and for tests | |
//! | `secret` | tokens and passwords, which can't be printed by accident | |
//! | `session` | accounts, the keyring, renewal of tokens, the queue for `exec`, the state file | error, api, secret, interrupt |
//!
//! # The rules
//!
//! - Only `output` writes to the terminal, and only `prompt` asks there; only `config` knows which
//!   variables there are; only `portal` sends; only `session` opens the keyring.
//! - Text from the portal goes through `output::sanitize` before a terminal sees it.
//! - A secret is a type of [`secret`], from where it comes in to where it is sent or stored.
//! - On a write: check the target, call the portal, verify, persist, then speak.
//! - Outside of tests nothing panics: no `unwrap`, no indexing, and no `unsafe` anywhere.
//! - A file that passes 300 lines of code mostly holds two things.
//!
//! # Add a command
//!
//! 1. Its arguments are a struct in `args`, and a variant of the command enum there.
//! 2. Its file is `commands/<verb>.rs`, with one `run(context, args) -> Result<Answer>`; it gets a
//!    line in the `match` of `commands::run`. `context.open_session()` is its way to the portal.
//! 3. What it returns is a variant of `Answer`, if none fits, and `output` writes that in each
//!    format.
//! 4. Its tests are `tests/cli/<verb>.rs`: `home.nxp(["verb"]).at(&portal).run()`. The snapshots of
//!    the help ask for theirs by failing; `INSTA_UPDATE=always tests/run` writes them.
//!
//! # Add an endpoint
//!
//! 1. `portal/<endpoint>.rs` has its types, in the portal's own field names and all of them optional,
//!    and a method of [`api::Client`] that takes the token.
//! 2. [`session::Session`] gets a method that passes it on through `ask`, so that tokens are renewed
//!    and a 401 is explained.
//! 3. `sandbox/<endpoint>.rs` answers it, with a route in `sandbox/app.rs` and a variant of
//!    `sandbox::Endpoint`, so that every fault can strike it.
//!
//! # Make the sandbox misbehave
//!
//! `sandbox::Fault::CATALOGUE` has everything that can go wrong. By hand, `nxp sandbox serve --fault
//! switch:not-applied` is a server to call; in a test of the program it is
//! `Portal::with_faults(["switch:not-applied"])`, and in one of a module `sandbox::Options::faults`.
//! A new fault is a variant of `sandbox::Fault`, with its text form and its line in the catalogue
//! beside it.
//!
//! # Tests and benchmarks
//!
//! | what | run by |
//! |---|---|
//! | every test; words after it choose some | `tests/run`, `tests/run --test cli -- picker` |
//! | the gate: formatting, lints, docs, tests, packages | `.ci/run` |
//! | the README's pictures, anew | `tests/readme/pictures` |
//! | the completion scripts, anew | `nxp completions bash > completions/nxp.bash`, and so on |
//! | how fast it is, beside the shell's own tools | `tests/bench/run` |
//! | how much work a start is, held to a ceiling | `tests/bench/instructions` |
//! | what makes the parsers panic | `cd tests && cargo +nightly fuzz run profile_list` |
//!
//! Tests of one function stand beside it. Those of the program, in `tests/cli`, run the real binary
//! against the sandbox's server, a real keyring and a real terminal; whatever it prints or leaves
//! behind is searched for secrets, in every one of them.

pub mod api;
pub mod args;
pub mod command_output;
pub mod commands;
pub mod config;
pub mod error;
pub mod help;
mod interrupt;
pub mod output;
mod prompt;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod secret;
pub mod session;
