//! What the errors of servers and of the client mean to whoever keeps carts.

use cart_core::{Error, ErrorKind, RetryClass};
use fred::error::{Error as FredError, ErrorKind as FredKind};

use crate::address::Host;
use crate::failure::{Cause, Failure};

use Cause::{Deposed, Forgotten, Lost, Refused, Unready};
use ErrorKind::{
    Busy, Corrupt, Denied, Full, Invalid, ReadOnly, Unavailable, Unexpected, Unprepared,
};
use RetryClass::{NotApplied, OutcomeUnknown, Permanent};

/// What errors that begin so mean.
struct Meaning {
    /// How the server's texts begin.
    beginnings: &'static [&'static str],
    kind: ErrorKind,
    retry_class: RetryClass,
    cause: Cause,
    advice: &'static str,
}

const fn meaning(
    beginnings: &'static [&'static str],
    kind: ErrorKind,
    retry_class: RetryClass,
    cause: Cause,
    advice: &'static str,
) -> Meaning {
    Meaning {
        beginnings,
        kind,
        retry_class,
        cause,
        advice,
    }
}

/// Servers tell their errors apart by the first word, and by nothing but the text where that is
/// `ERR`: the first row whose beginning fits is the one.
///
/// The client closes the connection of a server that says `CLUSTERDOWN`, and answers so to
/// whatever else was under way on it: what became of that isn't known.
#[rustfmt::skip]
static MEANINGS: [Meaning; 30] = [
    meaning(&["LOADING"], Unavailable, NotApplied, Unready, "the server reads its data from the disk: try again in a moment"),
    meaning(&["READONLY"], ReadOnly, NotApplied, Deposed, "the server is a replica: it takes no writes"),
    meaning(&["OOM"], Full, Permanent, Refused, "the server's memory is full: raise maxmemory, or let carts expire sooner"),
    NO_ROOM_LEFT,
    meaning(&["MISCONF"], Unavailable, NotApplied, Refused, "the server can't write to its disk and takes no writes: look into its log"),
    meaning(&["NOSCRIPT"], Unavailable, NotApplied, Forgotten, "the server forgets scripts as soon as they are loaded: is somebody flushing them?"),
    meaning(&["CLUSTERDOWN"], Unavailable, OutcomeUnknown, Unready, "the cluster is incomplete: a part of the carts has no server"),
    meaning(&["TRYAGAIN"], Unavailable, NotApplied, Unready, "the cluster is moving these carts to another server: try again in a moment"),
    meaning(&["MOVED", "ASK"], Unavailable, NotApplied, Unready, "the servers of the cluster don't agree who has these carts"),
    meaning(&["CROSSSLOT"], Unexpected, Permanent, Refused, "the server wants one slot for all keys of a call: report this as a mistake of the store"),
    meaning(&["MASTERDOWN"], Unavailable, NotApplied, Unready, "the replica has lost its primary"),
    meaning(&["NOREPLICAS"], Unavailable, NotApplied, Unready, "fewer replicas are there than min-replicas-to-write wants"),
    meaning(&["UNBLOCKED"], Unavailable, OutcomeUnknown, Deposed, "the server has become a replica in the middle of the call"),
    meaning(&["BUSY "], Busy, NotApplied, Refused, "somebody's script has been running for too long on the server: SCRIPT KILL ends it"),
    meaning(&["NOPERM"], Denied, Permanent, Refused, "this user may not do that: see the rules for it in the documentation"),
    meaning(&["NOAUTH"], Denied, Permanent, Refused, "the server wants a password"),
    meaning(&["WRONGPASS", "ERR invalid password"], Denied, Permanent, Refused, "the server refuses this user: check the name and the password"),
    meaning(&["ERR AUTH", "ERR Client sent AUTH"], Denied, Permanent, Refused, "the server has no password for this user: leave it out, or set one there"),
    meaning(&["DENIED"], Denied, Permanent, Refused, "the server speaks to its own machine alone: set a password there, or protected-mode"),
    meaning(&["WRONGTYPE"], Corrupt, Permanent, Refused, "under the key of a cart stands something else: use a prefix that nobody else uses"),
    meaning(&["ERR max number of clients"], Busy, NotApplied, Lost, "the server takes no more connections: raise maxclients"),
    meaning(&["ERR DB index", "ERR invalid DB index"], Unprepared, Permanent, Refused, "the server has no database of this number"),
    meaning(&["ERR SELECT is not allowed"], Invalid, Permanent, Refused, "a cluster has the database 0 alone"),
    meaning(&["ERR This instance has cluster support disabled"], Invalid, Permanent, Refused, "the server is in no cluster: use the URL of a single server"),
    meaning(&["ERR unknown command", "ERR Unknown subcommand", "ERR unknown subcommand"], Unprepared, Permanent, Refused, "the server lacks a command: Redis 6 or Valkey 7.2 is the least, and nothing may be renamed"),
    meaning(&["ERR No such master", "IDONTKNOW"], Unprepared, Permanent, Refused, "the sentinels know no primary of this name"),
    meaning(&["ERR Protocol error"], Unexpected, OutcomeUnknown, Lost, "the server didn't understand the client: is something else in between?"),
    meaning(&["EXECABORT", "ERR Error running script", "ERR user_script"], Unexpected, Permanent, Refused, "a script failed: the server's own message is the source of this error"),
    meaning(&["NOTREADY", "INPROG", "NOMASTERLINK"], Unavailable, NotApplied, Unready, "the servers are changing their roles: try again in a moment"),
    meaning(&[""], Unexpected, Permanent, Refused, "the server refuses the call: its own message is the source of this error"),
];

/// A disk that is full, for which `MISCONF` stands too.
const NO_ROOM_LEFT: Meaning = meaning(
    &["MISCONF Errors writing to the AOF file: No space left on device"],
    Full,
    Permanent,
    Refused,
    "the disk of the server is full: make room",
);

/// The failure that an error on an open connection is.
pub(crate) fn classify(error: &FredError) -> Failure {
    let text = error.details();
    let (retry_class, advice) = match error.kind() {
        FredKind::Timeout => (
            OutcomeUnknown,
            "the server didn't answer in time: look at its load, and at `timeout`",
        ),
        FredKind::Canceled | FredKind::Backpressure | FredKind::Routing => (
            NotApplied,
            "the connection was closed before the call went out",
        ),
        FredKind::IO | FredKind::Tls => (
            OutcomeUnknown,
            "the connection to the server broke before the answer came",
        ),
        FredKind::Protocol | FredKind::Parse => (
            OutcomeUnknown,
            "the server's answer makes no sense: is something else in between?",
        ),
        // The client says of itself, and under no kind of its own, what follows.
        _ if NEVER_SENT.contains(&text) => (
            NotApplied,
            "the connection was closed before the call went out",
        ),
        _ if ENDED.contains(&text) => (
            OutcomeUnknown,
            "the connection to the server broke before the answer came",
        ),
        _ => return of_server(text),
    };
    let error = Error::new(Unavailable, advice)
        .with_retry_class(retry_class)
        .with_source(error.to_string());
    Failure::new(Lost, error)
}

/// What the client says when it has ended before a call.
const NEVER_SENT: [&str; 2] = [
    "Client is not initialized.",
    "Failed to send command to router.",
];

/// What the client says when it ends in the middle of a call.
const ENDED: [&str; 1] = ["channel closed"];

/// The failure that an error while connecting is.
pub(crate) fn classify_connecting(error: &FredError) -> Failure {
    let text = error.details();
    let (retry_class, advice) = match error.kind() {
        FredKind::Tls => NOT_ENCRYPTED,
        // The client hands on the error of the system in its `Debug` form, and TLS in that.
        FredKind::IO if text.contains("InvalidData") => NOT_ENCRYPTED,
        FredKind::IO | FredKind::Timeout | FredKind::Canceled | FredKind::Protocol => (
            NotApplied,
            "the server can't be reached: check that it runs, and its address",
        ),
        _ => return of_server(text).without_effect(),
    };
    let error = Error::new(Unavailable, advice)
        .with_retry_class(retry_class)
        .with_source(error.to_string());
    Failure::new(Lost, error)
}

const NOT_ENCRYPTED: (RetryClass, &str) = (
    Permanent,
    "the connection can't be encrypted as it must be: check the server's certificate and \
     `tls_ca`",
);

/// What the server said.
fn of_server(text: &str) -> Failure {
    let fits = |known: &&Meaning| {
        let mut beginnings = known.beginnings.iter();
        beginnings.any(|beginning| text.starts_with(beginning))
    };
    // The last row fits everything.
    let known = MEANINGS.iter().find(fits);
    let known = known.unwrap_or(&MEANINGS[MEANINGS.len() - 1]);
    let error = Error::new(known.kind, known.advice)
        .with_retry_class(known.retry_class)
        .with_source(unquoted(text).to_owned());
    let cause = redirection(text).unwrap_or_else(|| known.cause.clone());
    Failure::new(cause, error)
}

/// Where the server sends a call on: `MOVED SLOT HOST:PORT` or `ASK SLOT HOST:PORT`.
fn redirection(text: &str) -> Option<Cause> {
    let mut words = text.split(' ');
    let cause = match words.next()? {
        "ASK" => Cause::Asked,
        "MOVED" => Cause::Moved,
        _ => return None,
    };
    let (name, port) = words.nth(1)?.rsplit_once(':')?;
    Some(cause(Host::new(name, port.parse().ok()?)))
}

/// The message without what it quotes, which may be a part of a record or of its key.
fn unquoted(text: &str) -> &str {
    let end = text.find(", with args").unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests;
