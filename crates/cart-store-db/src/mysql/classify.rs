//! What the errors of MySQL and MariaDB mean to whoever keeps carts.

use std::error::Error as StdError;
use std::io;

use cart_core::{Error, ErrorKind, RetryClass};
use mysql_async::{DriverError, IoError, ServerError};

use crate::server::{Cause, Failure, Meaning, meaning};

use Cause::{Collision, Duplicate, Lost, Refused};
use ErrorKind::{
    Busy, Corrupt, Denied, Full, ReadOnly, TooLarge, Unavailable, Unexpected, Unprepared,
};
use RetryClass::{NotApplied, OutcomeUnknown, Permanent};

const NO_ROOM_LEFT: Meaning<&[u16]> = meaning(
    &[1021, 1114],
    Full,
    Permanent,
    Refused,
    "the disk of the server is full: make room",
);

/// The servers tell their errors apart by numbers; the states of SQL are too coarse.
#[rustfmt::skip]
const MEANINGS: [Meaning<&[u16]>; 30] = [
    meaning(&[1020, 1213], Busy, NotApplied, Collision, "other transactions were in the way each time: try again in a moment"),
    NO_ROOM_LEFT,
    meaning(&[1034, 1035, 1194, 1195, 1712, 1877, 1932], Corrupt, Permanent, Refused, "the table is damaged: run CHECK TABLE, and restore a backup"),
    meaning(&[1040, 1203, 1226], Busy, NotApplied, Lost, "the server takes no more connections: lower `pool`, or raise max_connections and the user's limits"),
    meaning(&[1037, 1038, 1041, 1135], Busy, NotApplied, Refused, "the server is short of memory or another resource"),
    meaning(&[1044, 1045, 1698], Denied, Permanent, Refused, "the server refuses this user: check the name, the password and the grants"),
    meaning(&[1046, 1049], Unprepared, Permanent, Refused, "the server has no database of this name: create it, or check the URL"),
    meaning(&[1047, 1156, 1199], Unavailable, NotApplied, Refused, "the server isn't ready: is its cluster complete?"),
    meaning(&[1053, 1079], Unavailable, OutcomeUnknown, Lost, "the server is shutting down"),
    meaning(&[1054], Unprepared, Permanent, Refused, "the carts table has another schema: run `cart schema status`"),
    meaning(&[1062, 1586], Busy, NotApplied, Duplicate, "there is a row of this key already"),
    meaning(&[1129, 1130, 1251, 1524, 1820, 1862, 3118, 3159, 4151], Denied, Permanent, Refused, "the server refuses a connection like this: check the account, from where it may come, and `sslmode`"),
    meaning(&[1142, 1143, 1227, 1370, 1419], Denied, Permanent, Refused, "this user may not do that: see the grants in the documentation"),
    meaning(&[1051, 1146], Unprepared, Permanent, Refused, "the carts table is gone: run `cart schema apply`"),
    meaning(&[1153, 1301], TooLarge, Permanent, Lost, "the record is larger than max_allowed_packet of the server"),
    meaning(&[1152, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 2055, 4031], Unavailable, OutcomeUnknown, Lost, "the connection broke, or somebody has ended it"),
    meaning(&[1180, 1181], Unavailable, OutcomeUnknown, Lost, "the server failed while it committed: look into its log"),
    meaning(&[1192, 1412], Busy, NotApplied, Refused, "somebody has locked or is changing the table: try again in a moment"),
    meaning(&[1193, 1231], Unprepared, Permanent, Refused, "the server is too old: MariaDB 10.6 or MySQL 8.0.13 is the least"),
    meaning(&[1205], Busy, NotApplied, Refused, "another transaction held the cart for longer than lock_timeout"),
    meaning(&[1243, 1615], Unavailable, NotApplied, Lost, "the server has forgotten a prepared statement: a proxy in between must keep them"),
    meaning(&[1264, 1292, 1366, 1406], Unexpected, Permanent, Refused, "the server can't take a value of this record"),
    meaning(&[1290, 1792, 1836, 1874], ReadOnly, Permanent, Refused, "the server can be read and not written: is it a replica, or is read_only on?"),
    meaning(&[1317, 1969, 3024], Busy, NotApplied, Refused, "the server didn't finish in time, and has undone it: look at its load, and at `timeout`"),
    meaning(&[1461], Busy, NotApplied, Refused, "the server keeps no more prepared statements: raise max_prepared_stmt_count"),
    meaning(&[1665], Unprepared, Permanent, Refused, "the binary log must take rows: set binlog_format to ROW or MIXED"),
    meaning(&[1005, 1030], Unavailable, NotApplied, Refused, "the storage of the server failed: look into its log"),
    meaning(&[1105, 1815], Unexpected, Permanent, Refused, "the server failed inside: its own message is the source of this error"),
    meaning(&[3, 1026], Unavailable, OutcomeUnknown, Refused, "the server couldn't write a file: look into its log"),
    meaning(&[], Unexpected, Permanent, Refused, "the server refuses the statement: its own message is the source of this error"),
];

/// What the system says when there is no room, as the servers quote it.
const NO_ROOM: [&str; 2] = ["error 28", "errno: 28"];

/// The failure that an error on an open connection is.
pub(super) fn classify(error: &mysql_async::Error) -> Failure {
    match error {
        mysql_async::Error::Server(said) => of_server(said),
        error => Failure::broken(words(error)),
    }
}

/// The failure that an error while connecting is.
pub(super) fn classify_connecting(error: &mysql_async::Error) -> Failure {
    let (kind, retry_class, advice) = match error {
        mysql_async::Error::Server(said) => {
            return of_server(said).on_a_lost_connection();
        }
        mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer)
        | mysql_async::Error::Io(IoError::Tls(_)) => NOT_ENCRYPTED,
        mysql_async::Error::Io(IoError::Io(system)) if is_of_tls(system) => NOT_ENCRYPTED,
        mysql_async::Error::Driver(
            DriverError::CleartextPluginDisabled
            | DriverError::MysqlOldPasswordDisabled
            | DriverError::UnknownAuthPlugin { .. },
        ) => (
            Denied,
            Permanent,
            "the server wants another proof of who asks: give the account mysql_native_password \
             or caching_sha2_password",
        ),
        _ => (
            Unavailable,
            NotApplied,
            "the server can't be reached: check that it runs, and its address",
        ),
    };
    let error = Error::new(kind, advice)
        .with_retry_class(retry_class)
        .with_source(words(error));
    Failure::new(Lost, error)
}

const NOT_ENCRYPTED: (ErrorKind, RetryClass, &str) = (
    Unavailable,
    Permanent,
    "the connection can't be encrypted as it must be: check the server's certificate, \
     sslrootcert and sslmode",
);

/// Whether TLS failed, and not what is below it.
fn is_of_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn StdError + Send + Sync>::is::<rustls::Error>)
}

/// What the server said.
fn of_server(said: &ServerError) -> Failure {
    let known = MEANINGS
        .iter()
        .find(|known| known.code.contains(&said.code));
    // The last row is for every other number.
    let known = known.unwrap_or(&MEANINGS[MEANINGS.len() - 1]);
    let has_no_room = matches!(known.kind, Unavailable | Unexpected)
        && NO_ROOM.iter().any(|words| said.message.contains(words));
    let known = if has_no_room { &NO_ROOM_LEFT } else { known };
    known.failure(format!("{}: {}", said.code, unquoted(&said.message)))
}

/// The message without what it quotes, which may be part of a record or of its key.
fn unquoted(message: &str) -> String {
    match (message.find(QUOTES), message.rfind(QUOTES)) {
        (Some(first), Some(last)) if first < last => {
            format!("{}…{}", &message[..=first], &message[last..])
        }
        _ => message.to_owned(),
    }
}

const QUOTES: [char; 3] = ['\'', '"', '`'];

/// The client's own words, which may hold what it has received, but for those of the system.
fn words(error: &mysql_async::Error) -> String {
    match error {
        mysql_async::Error::Io(error) => error.to_string(),
        mysql_async::Error::Driver(
            error @ (DriverError::ConnectionClosed
            | DriverError::NoClientSslFlagFromServer
            | DriverError::PacketOutOfOrder
            | DriverError::UnknownAuthPlugin { .. }),
        ) => error.to_string(),
        _ => "the client failed".to_owned(),
    }
}

#[cfg(test)]
mod tests;
