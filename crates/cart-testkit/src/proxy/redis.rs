//! The messages of Redis.

use std::collections::VecDeque;

use super::protocol::{Message, Protocol, Role, everything};

/// The protocol of Redis and Valkey, in its versions 2 and 3.
///
/// Each command is a request, and each reply ends with its value: see the
/// [Redis serialization protocol](https://redis.io/docs/latest/develop/reference/protocol-spec/).
/// Of commands that are sent at once each is a request of its own. Logging in is no request: `AUTH`,
/// `CLIENT`, `HELLO`, `READONLY` and `SELECT`, until another command comes. What the server pushes
/// belongs to no reply.
///
/// A fault on a script is aimed by the script's hash, which stands in `EVALSHA`, or by its keys:
/// `Fault::on` looks at all of a command.
///
/// What follows on a connection that is encrypted, subscribes or monitors is handed on unread, so
/// that it has no exchanges.
#[derive(Debug, Default)]
pub struct RespWire {
    /// Whether nothing can be read any more.
    opaque: bool,
    /// Whether a command has come that isn't part of logging in.
    logged_in: bool,
    /// What the replies are that are to come.
    replies: VecDeque<Role>,
}

/// The first byte of TLS.
const TLS_HANDSHAKE: u8 = 22;

const LOGIN: [&str; 5] = ["AUTH", "CLIENT", "HELLO", "READONLY", "SELECT"];

/// After these the server speaks when it likes.
const LISTENING: [&str; 4] = ["MONITOR", "PSUBSCRIBE", "SSUBSCRIBE", "SUBSCRIBE"];

impl RespWire {
    fn command(&mut self, name: &[u8]) -> Role {
        let is_one_of = |names: &[&str]| {
            names
                .iter()
                .any(|one| one.as_bytes().eq_ignore_ascii_case(name))
        };
        if is_one_of(&LISTENING) {
            self.opaque = true;
            return Role::Aside;
        }
        self.logged_in |= !is_one_of(&LOGIN);
        let role = if self.logged_in {
            Role::End
        } else {
            Role::Aside
        };
        self.replies.push_back(role);
        role
    }

    /// From now on everything is handed on.
    fn give_up(&mut self, bytes: &[u8]) -> Option<Message> {
        self.opaque = true;
        everything(bytes, Role::Aside)
    }
}

impl Protocol for RespWire {
    fn client_message(&mut self, bytes: &[u8]) -> Option<Message> {
        if self.opaque || bytes.first() == Some(&TLS_HANDSHAKE) {
            return self.give_up(bytes);
        }
        if bytes.first() == Some(&b'*') {
            return match value(bytes) {
                Ok(length) => {
                    let length = length?;
                    let role = self.command(first_of(&bytes[..length]));
                    Some(Message::new(length, role))
                }
                Err(Unreadable) => self.give_up(bytes),
            };
        }
        // As somebody types it.
        let (line, length) = line(bytes)?;
        let role = match line.split(u8::is_ascii_whitespace).next() {
            Some(name) if !name.is_empty() => self.command(name),
            _ => Role::Aside,
        };
        Some(Message::new(length, role))
    }

    fn server_message(&mut self, bytes: &[u8]) -> Option<Message> {
        if self.opaque {
            return everything(bytes, Role::Aside);
        }
        let Ok(length) = value(bytes) else {
            return self.give_up(bytes);
        };
        let length = length?;
        let role = if bytes.first() == Some(&b'>') {
            Role::Aside
        } else {
            self.replies.pop_front().unwrap_or(Role::Aside)
        };
        Some(Message::new(length, role))
    }

    fn statement(&self) -> Option<&[u8]> {
        None
    }
}

/// Bytes that are no value of this protocol.
struct Unreadable;

/// The length of the value at the front, or `None` while it isn't whole.
fn value(bytes: &[u8]) -> Result<Option<usize>, Unreadable> {
    let mut read = 0;
    // How many values are missing: lists announce theirs.
    let mut missing = 1_u64;
    while missing > 0 {
        let Some((head, length)) = line(&bytes[read..]) else {
            return Ok(None);
        };
        read += length;
        missing -= 1;
        let (kind, rest) = head.split_first().ok_or(Unreadable)?;
        match kind {
            b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => {}
            b'$' | b'!' | b'=' => {
                // None at all is written as a length of -1.
                if let Ok(length) = usize::try_from(number(rest)?) {
                    read = read.saturating_add(length).saturating_add(2);
                    if read > bytes.len() {
                        return Ok(None);
                    }
                }
            }
            b'*' | b'~' | b'>' => missing += count(rest)?,
            b'%' => missing += 2 * count(rest)?,
            // What is said about a value, before that value.
            b'|' => missing += 2 * count(rest)? + 1,
            _ => return Err(Unreadable),
        }
    }
    Ok(Some(read))
}

/// The text up to the next end of a line, and the length with that end.
fn line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1))
}

fn number(text: &[u8]) -> Result<i64, Unreadable> {
    let text = std::str::from_utf8(text).map_err(|_| Unreadable)?;
    text.parse().map_err(|_| Unreadable)
}

/// How many values follow: fewer than would fit anywhere, and none where there is no list.
fn count(text: &[u8]) -> Result<u64, Unreadable> {
    let count = number(text)?.max(0);
    u32::try_from(count).map(u64::from).map_err(|_| Unreadable)
}

/// The first text in a list that is whole.
fn first_of(list: &[u8]) -> &[u8] {
    list.split(|byte| *byte == b'\n')
        .nth(2)
        .map_or(&[], |line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests;
