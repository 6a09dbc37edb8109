//! What can happen to an exchange, and to which of them it does.

use std::time::Duration;

/// A fault in the exchange of a request and its reply, for
/// [`FaultProxy::inject`](super::FaultProxy::inject).
///
/// Without anything more it happens to every exchange, on every connection. [`after`](Self::after),
/// [`times`](Self::times), [`on`](Self::on) and [`one_in`](Self::one_in) narrow that down;
/// exchanges are counted in the order in which their requests reach the proxy.
///
/// ```
/// use cart_testkit::proxy::Fault;
///
/// // The replies to the third and the fourth UPDATE are lost.
/// let fault = Fault::cut_after_request().on("UPDATE").after(2).times(2);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    pub(super) effect: Effect,
    pub(super) after: u64,
    pub(super) times: u64,
    pub(super) one_in: u64,
    pub(super) seed: u64,
    pub(super) text: Vec<u8>,
}

/// What happens to an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The request does not go on, and the connection ends.
    CutRequest,
    /// The request goes on after this time.
    Delay(Duration),
    /// The request goes on, and this happens to its reply.
    Reply(ReplyEffect),
}

/// What happens to a reply, once the server has sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReplyEffect {
    /// So many bytes of it go on, and the connection ends.
    Cut(usize),
    /// The client sees a reset.
    Reset,
    /// Nothing goes on, neither of it nor of what follows, and the connection stays.
    Drop,
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self {
            effect,
            after: 0,
            times: u64::MAX,
            one_in: 1,
            seed: 0,
            text: Vec::new(),
        }
    }

    /// The connection is closed instead of handing the request on: the server never sees it.
    pub fn cut_before_request() -> Self {
        Self::new(Effect::CutRequest)
    }

    /// The connection is closed once the server has replied, and before any of the reply goes on:
    /// the request is applied, and the client can't know.
    pub fn cut_after_request() -> Self {
        Self::cut_inside_reply(0)
    }

    /// The connection is closed after the first `bytes` bytes of the reply, or after all of it if
    /// it is shorter.
    pub fn cut_inside_reply(bytes: usize) -> Self {
        Self::new(Effect::Reply(ReplyEffect::Cut(bytes)))
    }

    /// The reply, and whatever the server sends after it, is swallowed, and the connection stays
    /// open: the client runs into its timeout.
    pub fn drop_reply() -> Self {
        Self::new(Effect::Reply(ReplyEffect::Drop))
    }

    /// The connection is reset once the server has replied, and before any of the reply goes on. As
    /// [`Fault::cut_after_request`], with another error for the client. A Unix socket knows no
    /// reset and is closed.
    pub fn reset() -> Self {
        Self::new(Effect::Reply(ReplyEffect::Reset))
    }

    /// The request reaches the server only after this time by the proxy's clock, even if the client
    /// has gone by then. What else comes over the same connection waits behind it.
    pub fn delay(time: Duration) -> Self {
        Self::new(Effect::Delay(time))
    }

    /// Spares the first `exchanges` of those that it would happen to.
    #[must_use]
    pub fn after(mut self, exchanges: u64) -> Self {
        self.after = exchanges;
        self
    }

    /// Happens so often at most.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Happens only to exchanges whose request holds `text`: to be exact, the statement that it
    /// executes, where the protocol knows statements. Preparing a statement doesn't execute it.
    #[must_use]
    pub fn on(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.text = text.into();
        self
    }

    /// Happens to one exchange in `exchanges` on average. Which ones, the seed decides.
    #[must_use]
    pub fn one_in(mut self, exchanges: u64, seed: u64) -> Self {
        self.one_in = exchanges;
        self.seed = seed;
        self
    }
}
