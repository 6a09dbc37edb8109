//! What a proxy has to know of the language that a client and a server speak.

use std::fmt;

/// Where messages end in the bytes of one connection, and which of them make a round trip.
///
/// A *request* is what a client sends before it can only wait; its *reply* is what the server
/// sends before the client can go on. Replies come in the order of their requests.
pub trait Protocol: fmt::Debug + Send {
    /// The first message in `bytes`, which the client has sent; `None` while it isn't whole.
    fn client_message(&mut self, bytes: &[u8]) -> Option<Message>;

    /// The first message in `bytes`, which the server has sent; `None` while it isn't whole.
    fn server_message(&mut self, bytes: &[u8]) -> Option<Message>;

    /// What the request that was last whole makes the server do, such as the text of a statement
    /// that it refers to by a number. `None` when its own bytes say so.
    fn statement(&self) -> Option<&[u8]>;
}

/// A message at the front of what was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its length in bytes.
    pub length: usize,
    /// What it is to the exchange.
    pub role: Role,
}

/// What a message is to the exchange of a request and its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Neither belongs to a request nor to a reply, or has to be handed on before either is whole.
    Aside,
    /// Part of a request or of a reply, and not its end.
    Part,
    /// The end of a request; or of a reply, as far as faults and counts need it.
    End,
}

impl Message {
    /// A message of this length and role.
    pub const fn new(length: usize, role: Role) -> Self {
        Self { length, role }
    }
}

/// Any protocol in which client and server take turns: a request is what the client sends after
/// the server has spoken, and the reply begins with the next bytes of the server.
///
/// A request or a reply that arrives in pieces is taken for what has arrived of it first.
#[derive(Debug, Default)]
pub struct Turns {
    asked: bool,
}

impl Protocol for Turns {
    fn client_message(&mut self, bytes: &[u8]) -> Option<Message> {
        let first = !self.asked;
        self.asked = true;
        everything(bytes, first_or_more(first))
    }

    fn server_message(&mut self, bytes: &[u8]) -> Option<Message> {
        let first = self.asked;
        self.asked = false;
        everything(bytes, first_or_more(first))
    }

    fn statement(&self) -> Option<&[u8]> {
        None
    }
}

/// All of `bytes` as one message, if there are any.
pub(super) fn everything(bytes: &[u8], role: Role) -> Option<Message> {
    (!bytes.is_empty()).then(|| Message::new(bytes.len(), role))
}

fn first_or_more(first: bool) -> Role {
    if first { Role::End } else { Role::Aside }
}
