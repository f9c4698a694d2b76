//! `nxp`: the account switcher for members of Nexudus-run coworking spaces.
//!
//! See the README for usage. This page is for contributors. nxp is a program: only the tests and the
//! fuzz targets use this library, through [`testing`] and [`sandbox`].
//!
//! # Data flow
//!
//! ```text
//! args  →  commands::<verb>  →  session (account, token)  →  api (HTTP)
//!                 ↓
//!          command_output  →  output::<format>  (stdout; messages and prompts: stderr)
//! ```
//!
//! Data flows one way. A failure anywhere is an `error::Error`: one type with message, hint, code and
//! exit status.
//!
//! # One switch, from `main` to the last line
//!
//! `nxp profiles switch 14190688`, for a stored account:
//!
//! 1. [`main`] has clap parse the words into `args::Cli`, and `config` read the environment. `run` makes
//!    an `App` (settings, console, files); `run_profiles` replaces a `.` by the profile of the directory.
//! 2. `switch::run` opens a `session::Session`: `session::Choice` finds the account in `state.json`, and
//!    the keyring has its tokens.
//! 3. `Transaction::begin` locks the journal of the user, a file with the process that holds the lock, the
//!    switch under way and the previous profile. The user's id is in `state.json`, else in the cache, else in a list.
//! 4. Under the lock, `Session::profiles` refreshes a token that is about to expire, and requests the
//!    list (request 1). A switch that an earlier process left pending is compared with it and settled.
//! 5. `resolve` finds the one active profile that 14190688 means. If it is current and nothing is
//!    pending, nothing is sent.
//! 6. From here on, an `interrupt::Watch` receives the signals. The first one limits the time that is left,
//!    a second one ends the wait.
//! 7. `Transaction::switch_to` writes the pending switch into the journal, and sends it (request 2). The
//!    response is confirmed, refused or unclear, and proves nothing.
//! 8. The list is requested again (request 3), and more often if it doesn't show the profile yet. If it
//!    never does, the outcome is unknown: the switch stays pending, for the next command to settle.
//! 9. The journal now says that nothing is pending and which profile is the previous one. The lock is
//!    released.
//! 10. `switch::run` returns a `CommandOutput` with the new list and a sentence. `output` writes the list to
//!     stdout and the sentence to stderr; the exit code is 0.
//!
//! # Modules and allowed dependencies
//!
//! `tests/architecture.rs` checks the last column.
//!
//! | module | purpose | may import |
//! |---|---|---|
//! | `command_output` | what commands return: data, not how it looks | api, secret |
//! | `args` | the command line as clap parses it, and help texts; no I/O | help, sandbox |
//! | `commands` | one command per file | command_output, args, config, error, help, output, api, prompt, sandbox, secret, session, interrupt |
//! | `config` | the only module that reads the environment | args, error, api, secret, session |
//! | `error` | errors and their hints, codes and exit statuses | |
//! | `help` | help topics, in Markdown | |
//! | `interrupt` | signals: one place decides what each one does | error |
//! | `main` | calls `commands::main` | commands |
//! | `output` | the only module that writes: tables, JSON, TSV, CSV, ids, messages, the spinner | command_output, args, config, error, api |
//! | `api` | HTTP and JSON: the client of one space, within one deadline | error, secret, interrupt |
//! | `prompt` | the picker, and questions on the terminal | error, output, interrupt |
//! | `sandbox` | the embedded sandbox, for users and for tests | |
//! | `secret` | tokens and passwords; none can be printed | |
//! | `session` | accounts, the keyring, token refresh, the state file, the journal of switches | error, api, secret, interrupt |
//! | `testing` | what tests and fuzz targets use of private modules | api, args, output, secret, session |
//!
//! # Rules
//!
//! - Only `output` writes to the terminal, only `prompt` asks there, only `config` reads the
//!   environment, only `api` sends requests, only `session` opens the keyring.
//! - Text from a server is sanitized (`output::clean`) before it reaches a terminal.
//! - A secret has a type of `secret` from where it is read to where it is sent or stored.
//! - On a write: validate the target, call the API, verify, persist, then report.
//! - Nothing panics outside of tests: no `unwrap`, no indexing, no `unsafe`.
//!
//! # Add a command
//!
//! 1. Add a struct for its arguments to `args`, and a variant to the command enum there.
//! 2. Add `commands/<verb>.rs` with `run(app, args) -> Result<CommandOutput>`, and a line to the
//!    `match` in `commands::run`; for `nxp profiles`, in `commands/profiles` and `run_profiles`.
//!    `app.session()` gives it an authenticated session.
//! 3. Add a variant to `CommandOutput` if none fits, and its formats to `output`.
//! 4. Add `tests/cli/<verb>.rs`: `home.nxp(["verb"]).at(&portal).run()`. The help snapshots fail until
//!    `INSTA_UPDATE=always tests/run --test cli -- help` writes them; review the diff.
//!
//! # Add an endpoint
//!
//! 1. Add `api/<endpoint>.rs` (`profiles.rs` has the list and the switch): types with the portal's own field names, all optional, and a method of
//!    `api::Client` that takes the token.
//! 2. Add a method to `session::Session` that calls it through `request`, which refreshes tokens.
//! 3. Add its handler to the sandbox, and a row to the table in `sandbox/endpoints.rs`.
//!
//! # Test against failures
//!
//! `nxp sandbox serve --fault FAULT` has the failures that a script author would test. The tests
//! add many more, which work in the same way: `tests/cli/support/faults.rs`. In a test:
//! `Portal::with_faults(["late=3"])`, or `portal.fail("switch:applied-then=404")`.
//!
//! # Tests and benchmarks
//!
//! | what | run by |
//! |---|---|
//! | all tests, or some | `tests/run`, `tests/run --test cli -- picker` |
//! | everything that must pass before a change lands | `.ci/run` |
//! | the README's pictures, written again | `tests/readme/pictures` |
//! | the completion scripts, written again | `nxp completions bash > completions/nxp.bash`, and so on |
//! | time and memory, next to curl and jq | `tests/bench/run` |
//! | a release folder; everything in it, installed and run | `tests/package/release`, `tests/package/try` |
//! | the fuzz targets | `cargo +nightly fuzz run --fuzz-dir tests/fuzz profile_list` |
//!
//! Unit tests are in the file that they test. The tests in `tests/cli` run the real binary against
//! the sandbox's server, a real keyring and a real terminal. The output of each test
//! and the files that it leaves are searched for secrets.

mod api;
mod args;
mod command_output;
mod commands;
mod config;
mod error;
mod help;
mod interrupt;
mod output;
mod prompt;
#[cfg(feature = "sandbox")]
#[doc(hidden)]
pub mod sandbox;
mod secret;
mod session;
#[doc(hidden)]
pub mod testing;

pub use commands::main;
