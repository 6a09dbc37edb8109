//! As much of Redis's protocol as an administrator needs who comes through the socket.
//!
//! [RESP2](https://redis.io/docs/latest/develop/reference/protocol-spec/): a command is a list of
//! strings, and its reply says by its first byte what it is.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::super::error::{Result, ServerError};
use super::settings::ADMINISTRATOR;

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Nothing,
    Text(String),
    Number(i64),
    /// Of one part of a transaction, or of the whole command.
    Complaint(String),
    List(Vec<Self>),
}

impl Reply {
    /// A line for each element, with tabs between the elements of an element.
    pub(super) fn text(&self) -> String {
        self.joined("\n")
    }

    fn joined(&self, between: &str) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) | Self::Complaint(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::List(list) => {
                let elements: Vec<_> = list.iter().map(|element| element.joined("\t")).collect();
                elements.join(between)
            }
        }
    }
}

/// Runs a command as the administrator.
pub(super) fn run(
    server: &'static str,
    socket: &Path,
    arguments: &[impl AsRef<[u8]>],
) -> Result<Reply> {
    run_within(None, server, socket, arguments)
}

/// Runs a command, and gives up when the server says nothing for so long.
pub(super) fn run_within(
    patience: Option<Duration>,
    server: &'static str,
    socket: &Path,
    arguments: &[impl AsRef<[u8]>],
) -> Result<Reply> {
    let lost = ServerError::process(server);
    let mut connection = UnixStream::connect(socket).map_err(&lost)?;
    connection.set_read_timeout(patience).map_err(&lost)?;
    let mut replies = BufReader::new(connection.try_clone().map_err(&lost)?);
    // Both at once: who isn't let in is told so first.
    let sign_in = command(&["AUTH", ADMINISTRATOR, ADMINISTRATOR]);
    let both = [sign_in, command(arguments)].concat();
    connection.write_all(&both).map_err(&lost)?;
    let mut answer = || match reply(&mut replies).map_err(&lost)? {
        Reply::Complaint(complaint) => Err(ServerError::Refused { server, complaint }),
        reply => Ok(reply),
    };
    answer()?;
    answer()
}

fn command(arguments: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", arguments.len()).into_bytes();
    for argument in arguments {
        let argument = argument.as_ref();
        bytes.extend(format!("${}\r\n", argument.len()).as_bytes());
        bytes.extend(argument);
        bytes.extend(b"\r\n");
    }
    bytes
}

fn reply(replies: &mut impl BufRead) -> io::Result<Reply> {
    let mut line = String::new();
    replies.read_line(&mut line)?;
    let line = line
        .strip_suffix("\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let unreadable = || io::Error::from(io::ErrorKind::InvalidData);
    let (kind, rest) = line.split_at_checked(1).ok_or_else(unreadable)?;
    let number = || rest.parse::<i64>().map_err(|_| unreadable());
    match kind {
        "+" => Ok(Reply::Text(rest.to_owned())),
        "-" => Ok(Reply::Complaint(rest.to_owned())),
        ":" => Ok(Reply::Number(number()?)),
        "$" => match u64::try_from(number()?) {
            Ok(length) => text(replies, length),
            Err(_) => Ok(Reply::Nothing),
        },
        "*" => match number()? {
            -1 => Ok(Reply::Nothing),
            length => {
                let list: io::Result<_> = (0..length).map(|_| reply(replies)).collect();
                Ok(Reply::List(list?))
            }
        },
        _ => Err(unreadable()),
    }
}

fn text(replies: &mut impl Read, length: u64) -> io::Result<Reply> {
    let mut bytes = Vec::new();
    replies.take(length).read_to_end(&mut bytes)?;
    replies.read_exact(&mut [0; 2])?;
    Ok(Reply::Text(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Reply> {
        reply(&mut &bytes[..])
    }

    #[test]
    fn command_is_a_list_of_strings_of_any_bytes() {
        let sent = command(&[&b"SET"[..], b"k", b"\r\n\0"]);
        assert_eq!(sent, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\r\n\0\r\n");
    }

    #[test]
    fn replies_of_every_kind_are_read() {
        assert_eq!(read(b"+OK\r\n").unwrap().text(), "OK");
        assert_eq!(read(b":-7\r\n").unwrap().text(), "-7");
        assert_eq!(read(b"$5\r\na\r\nbc\r\n").unwrap().text(), "a\r\nbc");
        assert_eq!(read(b"$-1\r\n").unwrap(), Reply::Nothing);
        assert_eq!(read(b"*-1\r\n").unwrap(), Reply::Nothing);
        let refused = Reply::Complaint("ERR no".to_owned());
        assert_eq!(read(b"-ERR no\r\n").unwrap(), refused);
    }

    #[test]
    fn lists_are_lines_and_lists_in_lists_have_tabs() {
        let nested = read(b"*2\r\n:1\r\n*2\r\n+a\r\n+b\r\n").unwrap();
        assert_eq!(nested.text(), "1\na\tb");
    }

    #[test]
    fn reply_that_breaks_off_is_an_error() {
        for part in [&b""[..], b"+O", b"$5\r\nab", b"*2\r\n:1\r\n"] {
            let error = read(part).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{part:?}");
        }
        let error = read(b"?\r\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
