//! One connection through the proxy.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::fault::{Effect, ReplyEffect};
use super::link::Direction;
use super::protocol::{Message, Protocol, Role};
use super::shared::Shared;
use super::socket::Socket;
use crate::injection::Claim;

/// How a connection ends before both sides have closed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
}

/// Carries a client's connection on to the server, until both sides have closed it or a fault ends
/// it.
pub(super) async fn relay(mut client: Socket, shared: Arc<Shared>) {
    let mut cuts = shared.cuts();
    let ending = tokio::select! {
        result = carry(&mut client, &shared) => result.err(),
        ending = cuts.next() => Some(ending),
    };
    if ending == Some(Ending::Reset) {
        client.reset();
    }
}

async fn carry(client: &mut Socket, shared: &Shared) -> Result<(), Ending> {
    // As if nobody listened there, though by now the client knows better.
    let mut server = shared.upstream.connect().await.map_err(|_| Ending::Reset)?;
    let exchanges = Exchanges {
        shared,
        state: Mutex::new(State {
            protocol: (shared.new_protocol)(),
            open: VecDeque::new(),
            heard: false,
        }),
    };
    let (from_client, to_client) = tokio::io::split(client);
    let (from_server, to_server) = tokio::io::split(&mut server);
    tokio::try_join!(
        exchanges.requests(from_client, to_server),
        exchanges.replies(from_server, to_client),
    )?;
    Ok(())
}

/// What is said on one connection.
struct Exchanges<'a> {
    shared: &'a Shared,
    state: Mutex<State>,
}

struct State {
    protocol: Box<dyn Protocol>,
    /// The requests whose replies are to come, each with its fault.
    open: VecDeque<Option<ReplyFault>>,
    /// Whether the first of them has a part of its reply.
    heard: bool,
}

/// What is to happen to a reply.
type ReplyFault = (ReplyEffect, Claim<Effect>);

/// What becomes of a request.
enum Verdict {
    Pass,
    Wait(Duration, Claim<Effect>),
    Refuse,
}

impl Exchanges<'_> {
    /// From the client to the server. Requests go on when they are whole.
    async fn requests(
        &self,
        mut client: impl AsyncRead + Unpin,
        mut server: impl AsyncWrite + Unpin,
    ) -> Result<(), Ending> {
        let mut bytes = Vec::new();
        let mut whole = 0;
        while read(&mut client, &mut bytes, Ending::Close).await? {
            while let Some(message) = self.client_message(&bytes[whole..]) {
                whole += message.length;
                match message.role {
                    Role::Part => continue,
                    Role::Aside => {}
                    Role::End => self.admit(&bytes[..whole]).await?,
                }
                let sent = self
                    .forward(Direction::ToServer, &mut server, &bytes[..whole])
                    .await;
                if sent.is_err() {
                    // What the server has said at the end is still to be read.
                    return Ok(());
                }
                bytes.drain(..whole);
                whole = 0;
            }
        }
        let last = self.forward(Direction::ToServer, &mut server, &bytes);
        if last.await.is_ok() {
            let _ = server.shutdown().await;
        }
        Ok(())
    }

    /// From the server to the client. A reply with a fault waits until it is whole.
    async fn replies(
        &self,
        mut server: impl AsyncRead + Unpin,
        mut client: impl AsyncWrite + Unpin,
    ) -> Result<(), Ending> {
        let mut bytes = Vec::new();
        let mut whole = 0;
        while read(&mut server, &mut bytes, Ending::Reset).await? {
            while let Some(message) = self.server_message(&bytes[whole..]) {
                whole += message.length;
                if message.role != Role::Aside {
                    self.hear_reply();
                }
                if message.role != Role::End {
                    continue;
                }
                if let Some(fault) = self.replied() {
                    let reply = &bytes[..whole];
                    return self.fail(fault, &mut server, &mut client, reply).await;
                }
                self.answer(&mut client, &mut bytes, &mut whole).await?;
            }
            if !self.next_fails() {
                self.answer(&mut client, &mut bytes, &mut whole).await?;
            }
        }
        self.forward(Direction::ToClient, &mut client, &bytes)
            .await?;
        let _ = client.shutdown().await;
        Ok(())
    }

    /// Lets a request pass, or decides that its connection ends here.
    async fn admit(&self, request: &[u8]) -> Result<(), Ending> {
        match self.judge(request) {
            Verdict::Pass => Ok(()),
            Verdict::Wait(time, claim) => {
                let wait = self.shared.clock.sleep(time);
                // Whoever hears of it may move the clock at once.
                claim.fire();
                wait.await;
                Ok(())
            }
            Verdict::Refuse => Err(Ending::Close),
        }
    }

    fn judge(&self, request: &[u8]) -> Verdict {
        let mut state = self.state();
        let text = state.protocol.statement().unwrap_or(request);
        let claim = self.shared.faults.judge(text);
        let effect = claim.as_ref().map(|claim| claim.what);
        let (verdict, fault) = match (effect, claim) {
            (Some(Effect::CutRequest), Some(claim)) => {
                claim.fire();
                return Verdict::Refuse;
            }
            (Some(Effect::Delay(time)), Some(claim)) => (Verdict::Wait(time, claim), None),
            (Some(Effect::Reply(effect)), Some(claim)) => (Verdict::Pass, Some((effect, claim))),
            _ => (Verdict::Pass, None),
        };
        state.open.push_back(fault);
        verdict
    }

    /// Does to a reply what its fault says.
    async fn fail(
        &self,
        (effect, claim): ReplyFault,
        server: &mut (impl AsyncRead + Unpin),
        client: &mut (impl AsyncWrite + Unpin),
        reply: &[u8],
    ) -> Result<(), Ending> {
        claim.fire();
        match effect {
            ReplyEffect::Cut(bytes) => {
                let part = &reply[..bytes.min(reply.len())];
                self.forward(Direction::ToClient, client, part).await?;
                Err(Ending::Close)
            }
            ReplyEffect::Reset => Err(Ending::Reset),
            ReplyEffect::Drop => {
                let mut swallowed = Vec::new();
                while read(server, &mut swallowed, Ending::Close).await? {
                    swallowed.clear();
                }
                Ok(())
            }
        }
    }

    /// Sends the first `whole` bytes to the client.
    async fn answer(
        &self,
        client: &mut (impl AsyncWrite + Unpin),
        bytes: &mut Vec<u8>,
        whole: &mut usize,
    ) -> Result<(), Ending> {
        self.forward(Direction::ToClient, client, &bytes[..*whole])
            .await?;
        bytes.drain(..*whole);
        *whole = 0;
        Ok(())
    }

    /// Sends bytes as the link lets them through.
    async fn forward(
        &self,
        direction: Direction,
        to: &mut (impl AsyncWrite + Unpin),
        mut bytes: &[u8],
    ) -> Result<(), Ending> {
        while !bytes.is_empty() {
            let part = self.shared.allowance(direction, bytes.len()).await;
            let (now, later) = bytes.split_at(part);
            to.write_all(now).await.map_err(|_| Ending::Close)?;
            bytes = later;
        }
        Ok(())
    }

    fn client_message(&self, bytes: &[u8]) -> Option<Message> {
        self.state().protocol.client_message(bytes)
    }

    fn server_message(&self, bytes: &[u8]) -> Option<Message> {
        self.state().protocol.server_message(bytes)
    }

    /// Counts the oldest request with the first that is heard of its reply: a client may go by that
    /// already.
    fn hear_reply(&self) {
        let mut state = self.state();
        if !state.heard && !state.open.is_empty() {
            state.heard = true;
            self.shared.count_round_trip();
        }
    }

    /// Notes that the oldest request has all of its reply, and returns the fault that this meets.
    fn replied(&self) -> Option<ReplyFault> {
        let mut state = self.state();
        state.heard = false;
        state.open.pop_front().flatten()
    }

    /// Whether the reply that comes next meets a fault.
    fn next_fails(&self) -> bool {
        self.state().open.front().is_some_and(Option::is_some)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No change can be left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads more bytes; whether there were any before the end.
async fn read(
    from: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
    lost: Ending,
) -> Result<bool, Ending> {
    let count = from.read_buf(bytes).await.map_err(|_| lost)?;
    Ok(count > 0)
}
