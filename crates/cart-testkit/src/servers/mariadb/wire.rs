//! As much of the protocol of MariaDB and MySQL as an administrator needs who comes through the socket.
//!
//! Chapter *Client/Server Protocol* of MariaDB's documentation; here: a text query, and its rows as text.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::super::error::{Result, ServerError};

/// What this client can: version 4.1 of the protocol, a database named when it comes, several
/// statements at once, as many results, and to name the way in which it proves who it is.
const CAPABILITIES: u32 = 0x1 | 0x8 | 0x200 | 0x8000 | 0x1_0000 | 0x2_0000 | 0x8_0000;
const LARGEST_PACKET: u32 = 0xff_ffff;
const UTF8: u8 = 45;

/// Begins the packet of a query.
const QUERY: u8 = 3;
/// Begin packets of the server.
const DONE: u8 = 0;
const END: u8 = 0xfe;
const COMPLAINT: u8 = 0xff;
/// In a row, instead of a length.
const NULL: u8 = 0xfb;

/// Says, in a packet that ends a result, that another one follows.
const MORE: u16 = 8;

/// Runs statements, and returns their rows: a line each, with tabs between the columns.
pub(super) fn run(server: &'static str, socket: &Path, statements: &str) -> Result<String> {
    let lost = ServerError::process(server);
    let connection = UnixStream::connect(socket).map_err(&lost)?;
    let mut conversation = Conversation {
        connection,
        number: 0,
    };
    match conversation.run(statements).map_err(&lost)? {
        Ok(rows) => Ok(rows.join("\n")),
        Err(complaint) => Err(ServerError::Refused { server, complaint }),
    }
}

/// What the server makes of statements: their rows, or its complaint.
type Answer<T> = io::Result<std::result::Result<T, String>>;

struct Conversation<C> {
    connection: C,
    /// The number of the next packet, which starts anew with every command.
    number: u8,
}

impl<C: Read + Write> Conversation<C> {
    fn run(&mut self, statements: &str) -> Answer<Vec<String>> {
        let greeting = self.receive()?;
        if let Some(complaint) = complaint(&greeting) {
            return Ok(Err(complaint));
        }
        let mut response = Vec::new();
        response.extend(CAPABILITIES.to_le_bytes());
        response.extend(LARGEST_PACKET.to_le_bytes());
        response.push(UTF8);
        response.extend([0; 23]);
        response.extend(b"root\0\0cart\0");
        // Somebody without a password proves it in any way: in the one that the server likes best.
        response.extend(last_name(&greeting));
        response.push(0);
        self.send(&response)?;
        if let Some(complaint) = complaint(&self.receive()?) {
            return Ok(Err(complaint));
        }
        self.number = 0;
        self.send(&[&[QUERY], statements.as_bytes()].concat())?;
        let mut rows = Vec::new();
        loop {
            match self.result(&mut rows)? {
                Ok(true) => {}
                Ok(false) => return Ok(Ok(rows)),
                Err(complaint) => return Ok(Err(complaint)),
            }
        }
    }

    /// Reads one result, and says whether another one follows.
    fn result(&mut self, rows: &mut Vec<String>) -> Answer<bool> {
        let head = self.receive()?;
        if let Some(complaint) = complaint(&head) {
            return Ok(Err(complaint));
        }
        if head.first() == Some(&DONE) {
            let mut rest = head.get(1..).unwrap_or_default();
            // How many rows it changed, and the last number it gave.
            let _ = (length(&mut rest), length(&mut rest));
            return Ok(Ok(has_more(rest)));
        }
        // What the columns are called, up to the first end.
        while !is_end(&self.receive()?) {}
        loop {
            let packet = self.receive()?;
            if let Some(complaint) = complaint(&packet) {
                return Ok(Err(complaint));
            }
            if is_end(&packet) {
                return Ok(Ok(has_more(packet.get(3..).unwrap_or_default())));
            }
            rows.push(row(&packet));
        }
    }

    fn send(&mut self, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        let [low, middle, high, _] = length.to_le_bytes();
        let head = [low, middle, high, self.number];
        self.connection.write_all(&[&head, body].concat())
    }

    fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut head = [0; 4];
        self.connection.read_exact(&mut head)?;
        let [low, middle, high, number] = head;
        self.number = number.wrapping_add(1);
        let mut body = vec![0; u32::from_le_bytes([low, middle, high, 0]) as usize];
        self.connection.read_exact(&mut body)?;
        Ok(body)
    }
}

/// What the server complains about: after a number and a code for the state.
fn complaint(packet: &[u8]) -> Option<String> {
    let rest = packet.strip_prefix(&[COMPLAINT])?;
    let (number, text) = rest.split_first_chunk()?;
    let text = String::from_utf8_lossy(text);
    let number = u16::from_le_bytes(*number);
    let text = text
        .strip_prefix('#')
        .and_then(|text| text.get(5..))
        .unwrap_or(&text);
    Some(format!("{text} ({number})"))
}

/// The name that a greeting ends with.
fn last_name(greeting: &[u8]) -> &[u8] {
    let text = greeting.strip_suffix(&[0]).unwrap_or(greeting);
    text.rsplit(|byte| *byte == 0).next().unwrap_or_default()
}

fn is_end(packet: &[u8]) -> bool {
    // A long row may begin with the same byte.
    packet.first() == Some(&END) && packet.len() < 9
}

fn has_more(status: &[u8]) -> bool {
    let status = status.first_chunk().copied().map(u16::from_le_bytes);
    status.unwrap_or_default() & MORE != 0
}

fn row(packet: &[u8]) -> String {
    let mut columns = Vec::new();
    let mut rest = packet;
    while !rest.is_empty() {
        let length = length(&mut rest);
        let (column, after) = rest.split_at(length.min(rest.len()));
        columns.push(String::from_utf8_lossy(column));
        rest = after;
    }
    columns.join("\t")
}

/// A number that takes one byte, or as many as its first byte says.
fn length(rest: &mut &[u8]) -> usize {
    let Some((&first, after)) = rest.split_first() else {
        return 0;
    };
    *rest = after;
    let size = match first {
        NULL => return 0,
        0xfc => 2,
        0xfd => 3,
        0xfe => 8,
        small => return usize::from(small),
    };
    let (bytes, after) = rest.split_at(size.min(rest.len()));
    *rest = after;
    let number = bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_every_length_are_read() {
        let long = "x".repeat(300);
        let packet = [b"\x01a\xfb\xfc\x2c\x01", long.as_bytes(), b"\x00\x01b"].concat();
        assert_eq!(row(&packet), format!("a\t\t{long}\t\tb"));
    }

    #[test]
    fn complaint_has_its_text_and_its_number() {
        let refused = complaint(b"\xff\x15\x04#28000Access denied").unwrap();
        assert_eq!(refused, "Access denied (1045)");
        assert_eq!(
            complaint(b"\xff\x10\x04Too many").unwrap(),
            "Too many (1040)"
        );
        assert_eq!(complaint(b"\x0a10.11"), None);
    }

    #[test]
    fn greeting_ends_with_the_name_of_a_proof() {
        assert_eq!(last_name(b"\x0a9.7\0salt\0sha2\0"), b"sha2");
        assert_eq!(last_name(b"\x0a9.7\0salt\0sha2"), b"sha2");
        assert_eq!(last_name(b""), b"");
    }

    #[test]
    fn last_result_says_that_none_follows() {
        assert!(has_more(b"\x0a\0"));
        assert!(!has_more(b"\x02\0"));
    }
}
