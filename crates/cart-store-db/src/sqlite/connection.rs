//! Connections to the database file.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cart_core::{Durability, Error, ErrorKind, Result};
use diesel::connection::SimpleConnection;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryResult, RunQueryDsl, SqliteConnection};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::classify::{Phase, classify, classify_open};
use super::config::{Location, SqliteConfig};
use crate::statement::{Purpose, Statement};

/// Whether a missing file is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Create,
    Refuse,
}

/// Opens a connection and sets it up; all connections to a file are set up alike.
pub(super) fn open(config: &SqliteConfig, missing: Missing) -> Result<SqliteConnection> {
    let address = match &config.location {
        Location::Memory => ":memory:".to_owned(),
        Location::File(path) => address(path, config.read_only, missing)?,
    };
    let mut connection =
        SqliteConnection::establish(&address).map_err(|error| classify_open(&error))?;
    // SQLite doesn't wait when two processes turn on the write-ahead log of a new file at once.
    patiently(config.busy_timeout, is_busy, || {
        set_up(&mut connection, config)
    })
    .map_err(|error| classify(&error, Phase::Statement))?;
    Ok(connection)
}

/// Closes connections, one at a time in the whole process: the last one to a file takes its write-ahead
/// log away, and of two that close at once each leaves that to the other.
pub(super) fn close(connections: impl IntoIterator<Item = SqliteConnection>) {
    static TURN: Mutex<()> = Mutex::new(());
    for connection in connections {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        drop(connection);
    }
}

fn set_up(connection: &mut SqliteConnection, config: &SqliteConfig) -> QueryResult<()> {
    set_busy_timeout(connection, config.busy_timeout)?;
    if !config.read_only {
        connection.batch_execute("PRAGMA journal_mode = wal")?;
    }
    let level = config.synchronous.as_str();
    connection.batch_execute(&format!("PRAGMA synchronous = {level}"))
}

/// Sets how long SQLite waits by itself for another connection.
pub(super) fn set_busy_timeout(
    connection: &mut SqliteConnection,
    timeout: Duration,
) -> QueryResult<()> {
    let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    connection.batch_execute(&format!("PRAGMA busy_timeout = {millis}"))
}

/// Tries again and again while another connection keeps the database locked, for `timeout`.
pub(super) fn patiently<T, E>(
    timeout: Duration,
    is_busy: impl Fn(&E) -> bool,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    const PAUSE: Duration = Duration::from_millis(1);
    let start = Instant::now();
    loop {
        match attempt() {
            Err(error) if is_busy(&error) && start.elapsed() < timeout => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "a thread of its own waits for another process, which knows no clock of ours"
                )]
                thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

/// Whether another connection was in the way.
pub(super) fn is_busy(error: &DieselError) -> bool {
    classify(error, Phase::Statement).kind() == ErrorKind::Busy
}

/// Everything that could mean something in a URI is escaped, so that each path means itself.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'\\')
    .remove(b':')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_');

pub(super) fn address(path: &Path, read_only: bool, missing: Missing) -> Result<String> {
    if path.as_os_str().is_empty() {
        return Err(Error::new(
            ErrorKind::Invalid,
            "the path of the database file is empty",
        ));
    }
    let mode = match (read_only, missing) {
        (true, _) => "ro",
        (false, Missing::Create) => "rwc",
        (false, Missing::Refuse) => "rw",
    };
    let authority = if path.is_absolute() { "//" } else { "" };
    let path = percent_encode(path.as_os_str().as_encoded_bytes(), PLAIN);
    Ok(format!("file:{authority}{path}?mode={mode}"))
}

/// How a connection is set up, as SQLite tells it.
#[derive(Debug, diesel::Queryable)]
pub(super) struct Settings {
    product: String,
    journal_mode: String,
    synchronous: i64,
}

struct AskSettings;

impl Purpose for AskSettings {
    type Row = (Text, Text, BigInt);
}

impl Settings {
    pub(super) fn ask(connection: &mut SqliteConnection) -> QueryResult<Self> {
        const TEXT: &str = "SELECT sqlite_version(), \
             (SELECT journal_mode FROM pragma_journal_mode), \
             (SELECT synchronous FROM pragma_synchronous)";
        Statement::<AskSettings, _>::new(TEXT, []).get_result(connection)
    }

    /// What an acknowledged write survives.
    pub(super) fn durability(&self) -> Durability {
        match (self.journal_mode.as_str(), self.synchronous) {
            // A journal in memory can't undo half a transaction after a crash.
            ("memory" | "off", _) => Durability::Memory,
            (_, 2..) => Durability::PowerLoss,
            _ => Durability::ProcessCrash,
        }
    }

    /// The settings in words.
    pub(super) fn description(&self) -> String {
        let synchronous = match self.synchronous {
            0 => "off",
            1 => "normal",
            2 => "full",
            _ => "extra",
        };
        format!(
            "SQLite {}, journal_mode={}, synchronous={synchronous}",
            self.product, self.journal_mode
        )
    }
}
