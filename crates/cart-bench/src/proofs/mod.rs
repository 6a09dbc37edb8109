//! The proofs, each in a file of its own.

mod dropped;
pub(crate) mod groceries;
mod history;
pub(crate) mod increments;
mod keys;
pub(crate) mod kills;

use crate::proof::Proof;

/// Every proof, quick ones first.
pub(crate) const ALL: &[Proof] = &[
    Proof {
        name: "keys",
        claim: "hostile parts of a key never meet, and every encoded key gives the key back",
        run: keys::prove,
    },
    Proof {
        name: "increments",
        claim: "16 tasks in two processes increment one line on SQLite, and none is lost",
        run: increments::prove,
    },
    Proof {
        name: "kill-sqlite",
        claim: "whatever SQLite acknowledged before kill -9 is there afterwards, once",
        run: kills::prove,
    },
    Proof {
        name: "dropped-futures",
        claim: "a future dropped at any poll leaves nothing half done and blocks no thread",
        run: dropped::prove,
    },
    Proof {
        name: "groceries",
        claim: "baskets imported, exported, imported and exported again are the same bytes",
        run: groceries::prove,
    },
    Proof {
        name: "history-memory",
        claim: "2,000,000 operations on the memory store are linearizable",
        run: history::prove_memory,
    },
    Proof {
        name: "history-sqlite",
        claim: "200,000 operations on SQLite through two handles are linearizable",
        run: history::prove_sqlite,
    },
];
