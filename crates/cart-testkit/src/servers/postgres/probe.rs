//! Whether a PostgreSQL server takes statements.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long a server that has taken the connection may take to greet.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the server is past its start and its recovery.
pub(super) fn is_ready(socket: &Path) -> bool {
    UnixStream::connect(socket)
        .and_then(|connection| greets(&connection))
        .unwrap_or_default()
}

/// Signs in, and waits for either `ReadyForQuery` (`Z`) or an error (`E`).
fn greets(mut connection: &UnixStream) -> io::Result<bool> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(&sign_in())?;
    loop {
        let mut head = [0; 5];
        connection.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        match kind {
            b'Z' => return Ok(true),
            b'E' => return Ok(false),
            _ => {
                // The length counts itself.
                let rest = u64::from(u32::from_be_bytes(length).saturating_sub(4));
                io::copy(&mut connection.take(rest), &mut io::sink())?;
            }
        }
    }
}

/// `StartupMessage`: its length, version 3.0 of the protocol, and who wants to get in.
fn sign_in() -> Vec<u8> {
    let parameters = b"user\0postgres\0database\0cart\0\0";
    let length = u32::try_from(8 + parameters.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &[0, 3, 0, 0], parameters].concat()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Whether a server that answers so is ready.
    fn is_ready_after(answer: &'static [u8]) -> bool {
        let (client, mut server) = UnixStream::pair().unwrap();
        let server = thread::spawn(move || {
            server.read_exact(&mut [0; 37]).unwrap();
            server.write_all(answer).unwrap();
        });
        let ready = greets(&client).unwrap_or_default();
        server.join().unwrap();
        ready
    }

    #[test]
    fn server_that_is_starting_up_is_not_ready() {
        assert!(!is_ready_after(b"E\0\0\0\x05\0"));
    }

    #[test]
    fn server_that_dies_at_the_greeting_is_not_ready() {
        assert!(!is_ready_after(b"R\0\0\0\x08\0\0\0\0S\0"));
    }

    #[test]
    fn server_is_ready_once_it_has_let_us_in() {
        assert!(is_ready_after(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I"));
    }
}
