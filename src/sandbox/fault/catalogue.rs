//! The names of all faults, for help texts and error messages.

use super::Fault;

/// What there is to say about one name.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name.
    pub name: &'static str,
    /// The values it takes, as a usage line writes them; may be empty.
    pub values: &'static str,
    /// What goes wrong.
    pub meaning: &'static str,
    /// How many values it takes at most.
    pub(super) most: usize,
}

const fn entry(
    name: &'static str,
    values: &'static str,
    most: usize,
    meaning: &'static str,
) -> Entry {
    Entry {
        name,
        values,
        meaning,
        most,
    }
}

impl Fault {
    /// Every name, in the order of the documentation. TIMES is 1 where it isn't
    /// given.
    pub const CATALOGUE: [Entry; 32] = [
        entry(
            "throttle",
            "[=TIMES[,SECONDS]]",
            2,
            "409, with Retry-After if SECONDS are given",
        ),
        entry(
            "throttle-until",
            "[=TIMES[,SECONDS]]",
            2,
            "429, with a date as Retry-After",
        ),
        entry(
            "conflict",
            "",
            0,
            "409 that is a real conflict, with a message",
        ),
        entry(
            "server-error",
            "[=TIMES[,STATUS]]",
            2,
            "an HTML page with STATUS [503]",
        ),
        entry("unauthorized", "[=TIMES]", 1, "401 with no body"),
        entry(
            "reset-connect",
            "[=TIMES]",
            1,
            "new connections are reset before anything is read",
        ),
        entry(
            "reset-before",
            "[=TIMES]",
            1,
            "reset once the request is read: nothing is done",
        ),
        entry(
            "reset-after",
            "[=TIMES]",
            1,
            "reset once the request is carried out: no answer",
        ),
        entry(
            "reset-midway",
            "[=TIMES]",
            1,
            "reset in the middle of the answer",
        ),
        entry(
            "hang",
            "[=TIMES]",
            1,
            "the request is carried out and never answered",
        ),
        entry("web-page", "", 0, "every answer is a web page, with 200"),
        entry("firewall", "", 0, "every answer is a web page, with 403"),
        entry(
            "redirect",
            "[=PORT]",
            1,
            "every answer points to PORT here, or to another host",
        ),
        entry(
            "refuse",
            "[=SHAPE]",
            1,
            "switches are refused; Errors is null, text, list or object",
        ),
        entry(
            "empty-confirmation",
            "",
            0,
            "switches are done and confirmed with no body",
        ),
        entry("not-applied", "", 0, "switches are confirmed and not done"),
        entry(
            "applied-late",
            "[=LISTS]",
            1,
            "after a switch so many lists [1] show the old state",
        ),
        entry(
            "ignore-shape",
            "",
            0,
            "lists come whole, with the token in them",
        ),
        entry("no-body", "", 0, "answers have no body"),
        entry("truncated-json", "", 0, "answers end in the middle"),
        entry("wrong-json", "", 0, "answers are JSON of another kind"),
        entry("wrong-types", "", 0, "answers have fields of other types"),
        entry("invalid-utf8", "", 0, "answers are no UTF-8"),
        entry(
            "huge-numbers",
            "",
            0,
            "answers have numbers that fit nowhere",
        ),
        entry("deep-nesting", "", 0, "answers are nested 100,000 deep"),
        entry("huge-body", "[=MIB]", 1, "answers are so large [1024]"),
        entry(
            "huge-text",
            "[=MIB]",
            1,
            "lists with one profile, whose name is so large [8]",
        ),
        entry(
            "many-profiles",
            "[=COUNT]",
            1,
            "lists of so many profiles [1800000]",
        ),
        entry(
            "drip",
            "[=MILLISECONDS]",
            1,
            "answers come a byte at a time, one each [500]",
        ),
        entry("compressed", "", 0, "answers are compressed, asked or not"),
        entry("bomb", "", 0, "answers are compressed, and endless"),
        entry(
            "slow-headers",
            "[=MILLISECONDS]",
            1,
            "answers begin after so long [500]",
        ),
    ];
}
