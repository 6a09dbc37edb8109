//! The messages of MySQL and MariaDB.

use std::collections::HashMap;

use super::protocol::{Message, Protocol, Role, everything};

/// The client/server protocol of MySQL and MariaDB, without compression.
///
/// A request is a command: a packet with the sequence id 0 after the login, and what continues it.
/// Its reply counts as whole with its first packet, which tells whether the command worked, and
/// bears the next sequence id: see
/// [MySQL Packets](https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html)
/// and [Command Phase](https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html)
/// in the server's documentation. Commands without a reply, such as `COM_STMT_CLOSE`, are no
/// requests. What follows on a connection that turns to TLS or to compression is handed on unread,
/// so that it has no exchanges.
#[derive(Debug, Default)]
pub struct MysqlWire {
    phase: Phase,
    /// The sequence id with which the reply begins.
    reply: u8,
    /// Whether the packet before was as long as a packet can be, so that the next continues it.
    continues: bool,
    /// A statement that the server is asked to prepare, until it has said under which number.
    preparing: Option<Vec<u8>>,
    /// The texts of prepared statements, by the server's number.
    prepared: HashMap<u32, Vec<u8>>,
    /// What the request executes.
    statement: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// The client has not answered the greeting.
    #[default]
    Greeting,
    /// Packets can be read.
    Packets,
    /// Nothing can be read any more.
    Opaque,
}

/// The capabilities by which a client announces that it goes on in TLS, and compressed.
const CLIENT_SSL: u8 = 8;
const CLIENT_COMPRESS: u8 = 0x20;
/// A client that goes on in TLS sends no more than this of its answer to the greeting.
const SSL_REQUEST_LENGTH: usize = 32;

const QUIT: u8 = 0x01;
const QUERY: u8 = 0x03;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const SEND_LONG_DATA: u8 = 0x18;
const CLOSE_STATEMENT: u8 = 0x19;
const EXECUTE_BULK: u8 = 0xfa;

const HEADER: usize = 4;
const LONGEST: usize = 0xff_ffff;

struct Packet<'a> {
    sequence: u8,
    payload: &'a [u8],
}

impl MysqlWire {
    /// What the client answers to the greeting: in its first bytes, what it can do.
    fn greeted(&mut self, payload: &[u8]) {
        let capabilities = payload.first_chunk().copied().unwrap_or([0; 2]);
        let encrypts = capabilities[1] & CLIENT_SSL != 0 && payload.len() == SSL_REQUEST_LENGTH;
        let compresses = capabilities[0] & CLIENT_COMPRESS != 0;
        self.phase = if encrypts || compresses {
            Phase::Opaque
        } else {
            Phase::Packets
        };
    }

    fn command(&mut self, payload: &[u8]) -> Role {
        let (code, rest) = payload.split_first().unwrap_or((&QUIT, &[]));
        self.statement.clear();
        match *code {
            QUIT | SEND_LONG_DATA | CLOSE_STATEMENT => return Role::Aside,
            PREPARE => self.preparing = Some(rest.to_vec()),
            QUERY => self.statement.extend_from_slice(rest),
            EXECUTE | EXECUTE_BULK => {
                let text = number(rest).and_then(|number| self.prepared.get(&number));
                self.statement
                    .extend_from_slice(text.map_or(&[][..], Vec::as_slice));
            }
            _ => {}
        }
        Role::End
    }
}

impl Protocol for MysqlWire {
    fn client_message(&mut self, bytes: &[u8]) -> Option<Message> {
        if self.phase == Phase::Opaque {
            return everything(bytes, Role::Aside);
        }
        let packet = packet(bytes)?;
        let more = packet.payload.len() == LONGEST;
        let continued = std::mem::replace(&mut self.continues, more);
        let mut role = Role::Aside;
        if self.phase == Phase::Greeting {
            self.greeted(packet.payload);
        } else if packet.sequence == 0 && !continued {
            role = self.command(packet.payload);
        } else if continued {
            role = Role::End;
        }
        self.reply = packet.sequence.wrapping_add(1);
        if more {
            role = Role::Part;
        }
        Some(Message::new(HEADER + packet.payload.len(), role))
    }

    fn server_message(&mut self, bytes: &[u8]) -> Option<Message> {
        if self.phase == Phase::Opaque {
            return everything(bytes, Role::Aside);
        }
        let packet = packet(bytes)?;
        let mut role = Role::Part;
        if self.phase == Phase::Packets && packet.sequence == self.reply {
            role = Role::End;
            if let (Some(text), Some((0, rest))) =
                (self.preparing.take(), packet.payload.split_first())
                && let Some(number) = number(rest)
            {
                self.prepared.insert(number, text);
            }
        }
        Some(Message::new(HEADER + packet.payload.len(), role))
    }

    fn statement(&self) -> Option<&[u8]> {
        Some(&self.statement)
    }
}

/// The packet at the front, once it is whole.
fn packet(bytes: &[u8]) -> Option<Packet<'_>> {
    let [low, middle, high, sequence] = *bytes.first_chunk::<HEADER>()?;
    let length = usize::try_from(u32::from_le_bytes([low, middle, high, 0])).ok()?;
    let payload = bytes.get(HEADER..HEADER + length)?;
    Some(Packet { sequence, payload })
}

/// The number of a prepared statement.
fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests;
