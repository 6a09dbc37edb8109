//! As much of PostgreSQL's protocol as an administrator needs who comes through the socket.
//!
//! Chapter *Frontend/Backend Protocol* of its documentation; here: a simple query, and its rows as text.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::super::error::{Result, ServerError};
use super::NAME;

/// Who comes: `StartupMessage`, without its length, in version 3.0 of the protocol.
const SIGN_IN: &[u8] = b"\0\x03\0\0user\0postgres\0database\0cart\0\0";

/// Runs statements, and returns their rows: a line each, with tabs between the columns.
pub(super) fn run(socket: &Path, statements: &str) -> Result<String> {
    let connection = UnixStream::connect(socket).map_err(ServerError::process(NAME))?;
    converse(connection, statements)
}

fn converse(mut connection: impl Read + Write, statements: &str) -> Result<String> {
    let lost = ServerError::process(NAME);
    send(&mut connection, b"", SIGN_IN).map_err(&lost)?;
    answer(&mut connection)?;
    let query = [statements.as_bytes(), b"\0"].concat();
    send(&mut connection, b"Q", &query).map_err(&lost)?;
    let rows = answer(&mut connection)?;
    // The server logs a complaint about who leaves without a word.
    send(&mut connection, b"X", b"").map_err(&lost)?;
    Ok(rows)
}

fn send(connection: &mut impl Write, kind: &[u8], body: &[u8]) -> io::Result<()> {
    // The length counts itself.
    let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
    connection.write_all(&[kind, &length.to_be_bytes(), body].concat())
}

/// Reads messages until the server is ready for more.
fn answer(connection: &mut impl Read) -> Result<String> {
    let mut rows = Vec::new();
    let mut complaint = None;
    loop {
        let (kind, body) = message(connection).map_err(ServerError::process(NAME))?;
        match kind {
            b'D' => rows.push(row(&body)),
            b'E' => {
                complaint = Some(error_message(&body));
                // Whom it doesn't let in, it doesn't keep waiting.
                if field(&body, b'S') == Some("FATAL") {
                    break;
                }
            }
            b'Z' => break,
            _ => {}
        }
    }
    match complaint {
        Some(complaint) => Err(ServerError::Refused {
            server: NAME,
            complaint,
        }),
        None => Ok(rows.join("\n")),
    }
}

fn message(connection: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    connection.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let mut body = Vec::new();
    let length = u64::from(u32::from_be_bytes(length).saturating_sub(4));
    connection.take(length).read_to_end(&mut body)?;
    Ok((kind, body))
}

/// `DataRow`: the number of columns, then each with its length; one of -1 is null.
fn row(body: &[u8]) -> String {
    let mut columns = Vec::new();
    let mut rest = body.get(2..).unwrap_or_default();
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or_default();
        let (column, after) = after.split_at(length.min(after.len()));
        columns.push(String::from_utf8_lossy(column));
        rest = after;
    }
    columns.join("\t")
}

/// `ErrorResponse`: fields, each a letter and a text, with a zero after it.
fn field(body: &[u8], name: u8) -> Option<&str> {
    let mut fields = body.split(|byte| *byte == 0);
    let value = fields.find_map(|field| field.strip_prefix(&[name]))?;
    std::str::from_utf8(value).ok()
}

fn error_message(body: &[u8]) -> String {
    let field = |name| field(body, name).unwrap_or_default();
    format!("{} ({})", field(b'M'), field(b'C'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a server that sends these messages.
    fn outcome(messages: &[(u8, &[u8])]) -> Result<String> {
        let (client, mut server) = UnixStream::pair().unwrap();
        for (kind, body) in messages {
            send(&mut server, &[*kind], body).unwrap();
        }
        server.shutdown(std::net::Shutdown::Write).unwrap();
        converse(client, "SELECT 1")
    }

    const READY: (u8, &[u8]) = (b'Z', b"I");

    #[test]
    fn rows_are_lines_and_null_is_empty() {
        let first = b"\0\x03\0\0\0\x01a\xff\xff\xff\xff\0\0\0\x01b";
        let second = b"\0\x01\0\0\0\x01c";
        let rows = outcome(&[READY, (b'D', first), (b'D', second), READY]);
        assert_eq!(rows.unwrap(), "a\t\tb\nc");
    }

    #[test]
    fn refusal_ends_the_conversation() {
        let refused = outcome(&[(b'E', b"SFATAL\0C57P03\0Mnot now\0\0")]).unwrap_err();
        assert_eq!(refused.to_string(), "postgres refused: not now (57P03)");
    }

    #[test]
    fn complaint_is_told_once_the_server_is_ready_again() {
        let complaint = (b'E', &b"SERROR\0C42P01\0Mno t\0\0"[..]);
        let lost = outcome(&[READY, complaint]).unwrap_err();
        assert!(matches!(lost, ServerError::Process { .. }), "{lost}");
        let refused = outcome(&[READY, complaint, READY]).unwrap_err();
        assert!(matches!(refused, ServerError::Refused { .. }), "{refused}");
    }
}
