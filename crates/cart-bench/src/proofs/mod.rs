//! The proofs, each in a file of its own.

#[cfg(target_os = "linux")]
mod copies;
mod dropped;
pub(crate) mod groceries;
pub(crate) mod history;
pub(crate) mod increments;
mod keys;
pub(crate) mod kills;
pub(crate) mod logins;
#[cfg(target_os = "linux")]
mod million;
#[cfg(target_os = "linux")]
mod on_servers;
#[cfg(target_os = "linux")]
mod outages;
#[cfg(target_os = "linux")]
mod power;
#[cfg(target_os = "linux")]
mod redis;
mod renames;
pub(crate) mod renames_killed;
#[cfg(target_os = "linux")]
mod replica;
#[cfg(target_os = "linux")]
mod replies;

use crate::backend::Backend::{SessionFile, Sqlite};
use crate::proof::Proof;
use crate::worker::Locking::{Locked, Optimistic};

/// Every proof, quick ones first.
pub(crate) fn all() -> impl Iterator<Item = &'static Proof> {
    #[cfg(target_os = "linux")]
    const ON_SERVERS: &[Proof] = on_servers::ALL;
    // Private servers run on Linux only.
    #[cfg(not(target_os = "linux"))]
    const ON_SERVERS: &[Proof] = &[];
    EMBEDDED.iter().chain(ON_SERVERS)
}

/// Those that need no server.
const EMBEDDED: &[Proof] = &[
    Proof {
        name: "keys",
        claim: "hostile parts of a key never meet, and every encoded key gives the key back",
        run: keys::prove,
    },
    Proof {
        name: "increments",
        claim: "16 tasks in two processes increment one line on SQLite, and none is lost",
        run: |arguments, figures| increments::prove(Sqlite, Optimistic, arguments, figures),
    },
    Proof {
        name: "increments-locked",
        claim: "the same, each under the cart's lock",
        run: |arguments, figures| increments::prove(Sqlite, Locked, arguments, figures),
    },
    Proof {
        name: "increments-session-file",
        claim: "the same on session files, by their versions",
        run: |arguments, figures| increments::prove(SessionFile, Optimistic, arguments, figures),
    },
    Proof {
        name: "kill-sqlite",
        claim: "whatever SQLite acknowledged before kill -9 is there afterwards, once",
        run: |arguments, figures| kills::prove(Sqlite, kills::WRITES, arguments, figures),
    },
    Proof {
        name: "kill-session-file",
        claim: "the same for 10,000 writes to session files, every one of which is whole",
        run: |arguments, figures| kills::prove(SessionFile, 500, arguments, figures),
    },
    #[cfg(target_os = "linux")]
    Proof {
        name: "power-sqlite",
        claim: "whatever SQLite acknowledged before a power cut is there afterwards, once",
        run: power::prove,
    },
    #[cfg(target_os = "linux")]
    Proof {
        name: "lost-replies-sqlite",
        claim: "an edit whose reply is lost on the way from SQLite is made once",
        run: |arguments, figures| replies::prove(Sqlite, arguments, figures),
    },
    Proof {
        name: "dropped-futures",
        claim: "a future dropped at any poll leaves nothing half done and blocks no thread",
        run: |arguments, figures| dropped::prove(Sqlite, arguments, figures),
    },
    Proof {
        name: "renames-sqlite",
        claim: "10,000 merges across each other on SQLite leave every item in exactly one cart",
        run: |arguments, figures| renames::prove(Sqlite, arguments, figures),
    },
    Proof {
        name: "login-files-sqlite",
        claim: "1,000 logins from session files to SQLite die at every step, and every item arrives once",
        run: |arguments, figures| logins::prove([SessionFile, Sqlite], arguments, figures),
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
    #[cfg(unix)]
    Proof {
        name: "history-sqlite",
        claim: "200,000 operations on SQLite through two processes are linearizable",
        run: |arguments, figures| history::prove(Sqlite, 200_000, arguments, figures),
    },
];
