//! The messages of PostgreSQL.

use std::collections::HashMap;

use super::protocol::{Message, Protocol, Role, everything};

/// The wire protocol 3 of PostgreSQL.
///
/// A request ends with `Sync`, `Query` or `FunctionCall`, its reply with `ReadyForQuery`: see
/// [Message Flow](https://www.postgresql.org/docs/current/protocol-flow.html) and
/// [Message Formats](https://www.postgresql.org/docs/current/protocol-message-formats.html) in
/// the manual. Logging in is no request. What follows on a connection that turns to TLS is handed
/// on unread, so that it has no exchanges.
#[derive(Debug, Default)]
pub struct PostgresWire {
    phase: Phase,
    /// Between `CopyInResponse` and the next `ReadyForQuery`, where the server ignores `Sync`.
    copying: bool,
    /// The texts of prepared statements, by name.
    prepared: HashMap<Vec<u8>, Vec<u8>>,
    /// What the request executes.
    statement: Vec<u8>,
    /// Whether the request is whole, so that the next message begins another one.
    whole: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// The client's next message has no type: a startup packet, or a wish for encryption.
    #[default]
    Startup,
    /// The server answers the wish with one byte.
    Wish,
    /// The client logs in, up to the first `ReadyForQuery`.
    Login,
    /// Requests and replies.
    Ready,
    /// Nothing can be read any more.
    Opaque,
}

/// The codes of a startup packet by which encryption is asked for: `SSLRequest`, `GSSENCRequest`.
const WISHES: [u32; 2] = [80_877_103, 80_877_104];
/// The first byte of TLS without a `SSLRequest` before it.
const TLS_HANDSHAKE: u8 = 22;

impl PostgresWire {
    /// The packets before the login, which have a length and a code, and no type.
    fn startup(&mut self, bytes: &[u8]) -> Option<Message> {
        if bytes.first() == Some(&TLS_HANDSHAKE) {
            return self.give_up(bytes);
        }
        let length = number(bytes)?;
        if length < 8 {
            return self.give_up(bytes);
        }
        let packet = bytes.get(..length)?;
        let code = u32::try_from(number(&packet[4..])?).unwrap_or_default();
        self.phase = if WISHES.contains(&code) {
            Phase::Wish
        } else {
            Phase::Login
        };
        Some(Message::new(length, Role::Aside))
    }

    /// From now on everything is handed on.
    fn give_up(&mut self, bytes: &[u8]) -> Option<Message> {
        self.phase = Phase::Opaque;
        everything(bytes, Role::Aside)
    }

    fn request(&mut self, kind: u8, body: &[u8]) -> Role {
        if std::mem::take(&mut self.whole) {
            self.statement.clear();
        }
        let mut words = body.split(|byte| *byte == 0);
        let mut word = || words.next().unwrap_or_default();
        match kind {
            b'P' => {
                let (name, text) = (word().to_vec(), word().to_vec());
                self.prepared.insert(name, text);
            }
            b'B' => {
                let (_portal, name) = (word(), word());
                if let Some(text) = self.prepared.get(name) {
                    self.statement.extend_from_slice(text);
                }
            }
            b'Q' => self.statement.extend_from_slice(word()),
            _ => {}
        }
        match kind {
            b'S' if self.copying => Role::Aside,
            b'S' | b'Q' | b'F' => {
                self.whole = true;
                Role::End
            }
            b'B' | b'C' | b'D' | b'E' | b'P' => Role::Part,
            // `Flush`, what is copied, `Terminate`.
            _ => Role::Aside,
        }
    }
}

impl Protocol for PostgresWire {
    fn client_message(&mut self, bytes: &[u8]) -> Option<Message> {
        match self.phase {
            Phase::Startup => self.startup(bytes),
            Phase::Wish | Phase::Opaque => everything(bytes, Role::Aside),
            Phase::Login => Some(Message::new(typed(bytes)?.1, Role::Aside)),
            Phase::Ready => {
                let (kind, length) = typed(bytes)?;
                let role = self.request(kind, &bytes[5..length]);
                Some(Message::new(length, role))
            }
        }
    }

    fn server_message(&mut self, bytes: &[u8]) -> Option<Message> {
        match self.phase {
            Phase::Wish => {
                let answer = *bytes.first()?;
                self.phase = match answer {
                    b'N' => Phase::Startup,
                    _ => Phase::Opaque,
                };
                Some(Message::new(1, Role::Aside))
            }
            Phase::Startup | Phase::Opaque => everything(bytes, Role::Aside),
            Phase::Login | Phase::Ready => {
                let (kind, length) = typed(bytes)?;
                let role = match (kind, self.phase) {
                    (b'Z', Phase::Ready) => {
                        self.copying = false;
                        Role::End
                    }
                    (b'Z', _) => {
                        self.phase = Phase::Ready;
                        Role::Aside
                    }
                    (b'G', _) => {
                        self.copying = true;
                        Role::Part
                    }
                    // `NotificationResponse`, `NoticeResponse`, `ParameterStatus`: they come when they like.
                    (b'A' | b'N' | b'S', _) => Role::Aside,
                    _ => Role::Part,
                };
                Some(Message::new(length, role))
            }
        }
    }

    fn statement(&self) -> Option<&[u8]> {
        Some(&self.statement)
    }
}

/// The type and the length of the message at the front, once it is whole. The length that is sent
/// counts itself and not the type.
fn typed(bytes: &[u8]) -> Option<(u8, usize)> {
    let (kind, rest) = bytes.split_first()?;
    let length = number(rest)?.max(4) + 1;
    (length <= bytes.len()).then_some((*kind, length))
}

/// The number in the first four bytes.
fn number(bytes: &[u8]) -> Option<usize> {
    let bytes = bytes.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*bytes)).ok()
}

#[cfg(test)]
mod tests;
