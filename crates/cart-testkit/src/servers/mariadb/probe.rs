//! Whether a MariaDB server takes statements.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long a server that has taken the connection may take to greet.
const PATIENCE: Duration = Duration::from_secs(5);

/// The version of the protocol, which the greeting begins with; an error begins otherwise.
const PROTOCOL: u8 = 10;

/// Whether the server is past its start and its recovery.
pub(super) fn is_ready(socket: &Path) -> bool {
    UnixStream::connect(socket)
        .and_then(|connection| greets(&connection))
        .unwrap_or_default()
}

/// Reads the head of a packet, three bytes of length and its number, and the first byte in it.
fn greets(mut connection: &UnixStream) -> io::Result<bool> {
    connection.set_read_timeout(Some(PATIENCE))?;
    let mut start = [0; 5];
    connection.read_exact(&mut start)?;
    Ok(start[4] == PROTOCOL)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn is_ready_after(answer: &[u8]) -> bool {
        let (client, mut server) = UnixStream::pair().unwrap();
        server.write_all(answer).unwrap();
        drop(server);
        greets(&client).unwrap_or_default()
    }

    #[test]
    fn server_is_ready_once_it_greets() {
        assert!(is_ready_after(&[90, 0, 0, 0, 10, b'1', b'0']));
    }

    #[test]
    fn server_that_has_too_many_connections_is_not_ready() {
        assert!(!is_ready_after(&[23, 0, 0, 0, 0xff, 0x10, 0x04]));
    }

    #[test]
    fn server_that_dies_at_the_greeting_is_not_ready() {
        assert!(!is_ready_after(&[90, 0]));
    }
}
