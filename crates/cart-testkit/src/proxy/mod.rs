//! A proxy that makes a network fail, and counts round trips.
//!
//! [`FaultProxy`] stands between a client and a server, and does to their connections what a test
//! asks for: [`Fault`]s happen to single exchanges of a request and a reply, a [`Link`] holds for
//! all connections. Both last as long as the [`Injection`] that they return, which counts how
//! often they came, and panics if they never did.
//!
//! For exact counts and faults it has to know where a request and its reply end: [`PostgresWire`],
//! [`MysqlWire`] and [`RespWire`] do, [`Turns`] serves where client and server take turns, and a [`Protocol`] of
//! your own for the rest. What is encrypted goes through unread; faults of the link work for it
//! all the same.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use cart_testkit::proxy::{Fault, FaultProxy, Turns};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::net::{TcpListener, TcpStream};
//!
//! // A server that answers every byte with the same one.
//! let server = TcpListener::bind("127.0.0.1:0").await?;
//! let address = server.local_addr()?;
//! tokio::spawn(async move {
//!     while let Ok((mut connection, _)) = server.accept().await {
//!         tokio::spawn(async move {
//!             let (mut read, mut write) = connection.split();
//!             tokio::io::copy(&mut read, &mut write).await
//!         });
//!     }
//! });
//!
//! let proxy = FaultProxy::to(address).speaking::<Turns>().start().await?;
//! let mut client = TcpStream::connect(proxy.address()).await?;
//! client.write_all(b"a").await?;
//! assert_eq!(client.read_u8().await?, b'a');
//! assert_eq!(proxy.round_trips(), 1);
//!
//! let lost_reply = proxy.inject(Fault::cut_after_request());
//! client.write_all(b"b").await?;
//! assert!(client.read_u8().await.is_err());
//! assert_eq!(lost_reply.end(), 1);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread()
//! #     .enable_all()
//! #     .build()
//! #     .and_then(|runtime| runtime.block_on(example()))
//! #     .unwrap();
//! ```

mod door;
mod fault;
mod link;
mod mysql;
mod plan;
mod postgres;
mod protocol;
mod redis;
mod relay;
mod shared;
mod socket;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cart_core::{Clock, SystemClock};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::door::Door;
use self::link::Degraded;
use self::plan::Planned;
use self::relay::{Ending, relay};
use self::shared::Shared;

pub use self::fault::Fault;
pub use self::link::{Direction, Link};
pub use self::mysql::MysqlWire;
pub use self::postgres::PostgresWire;
pub use self::protocol::{Message, Protocol, Role, Turns};
pub use self::redis::RespWire;
pub use self::socket::Upstream;
pub use crate::injection::Injection;

/// A proxy in front of a server, on a free port of the loopback interface.
///
/// It works on the runtime that started it, and ends, with all of its connections, when it is
/// dropped.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _accepting: JoinSet<()>,
}

impl FaultProxy {
    /// A proxy in front of this server, to be started.
    pub fn to(upstream: impl Into<Upstream>) -> FaultProxyBuilder {
        FaultProxyBuilder {
            upstream: upstream.into(),
            new_protocol: new_protocol::<Turns>,
            socket: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes exchanges fail until the injection is dropped. Of several faults for one exchange, the
    /// one that was injected first happens.
    pub fn inject(&self, fault: Fault) -> Injection {
        Injection::new(&self.shared.faults, Planned::new(fault), || Ok(()))
    }

    /// Makes the way to the server a bad one until the injection is dropped. Several such states
    /// add up.
    pub fn degrade(&self, link: Link) -> Injection {
        let shared = Arc::clone(&self.shared);
        let injection = Injection::new(&self.shared.links, Degraded::new(link), move || {
            shared.open_doors()
        });
        if link == Link::Refusing {
            self.shared.doors.iter().for_each(Door::close);
        }
        injection
    }

    /// Closes all connections, as when somebody restarts what lies between.
    pub fn close_connections(&self) {
        self.shared.cut.send_replace(Ending::Close);
    }

    /// Resets all connections.
    pub fn reset_connections(&self) {
        self.shared.cut.send_replace(Ending::Reset);
    }

    /// How many requests were answered, at least in part, since the start, or since [`FaultProxy::reset_counts`].
    /// The answers that a fault kept from the client count too.
    ///
    /// An answer is counted before the client gets any of it.
    pub fn round_trips(&self) -> u64 {
        self.shared.round_trips.load(Ordering::SeqCst)
    }

    /// How many connections have been accepted since the start, or since
    /// [`FaultProxy::reset_counts`].
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Begins to count round trips and connections anew.
    pub fn reset_counts(&self) {
        self.shared.round_trips.store(0, Ordering::SeqCst);
        self.shared.connections.store(0, Ordering::SeqCst);
    }
}

/// How a [`FaultProxy`] is to be.
#[derive(Debug)]
pub struct FaultProxyBuilder {
    upstream: Upstream,
    new_protocol: fn() -> Box<dyn Protocol>,
    socket: Option<PathBuf>,
    clock: Arc<dyn Clock>,
}

impl FaultProxyBuilder {
    /// What client and server speak: [`Turns`] unless it is said.
    #[must_use]
    pub fn speaking<P: Protocol + Default + 'static>(mut self) -> Self {
        self.new_protocol = new_protocol::<P>;
        self
    }

    /// Lets clients connect to this Unix socket, too. There must be no such file yet.
    #[must_use]
    pub fn at_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.socket = Some(path.into());
        self
    }

    /// The clock by which delays and throttled links go; that of the machine unless it is said.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Starts to accept connections, on the runtime that this is called on.
    ///
    /// # Errors
    ///
    /// When there is no free port, or the Unix socket can't be made.
    ///
    /// # Cancel safety
    ///
    /// A proxy that nobody got does not run.
    #[expect(
        clippy::unused_async,
        reason = "listening needs a runtime, and a caller that awaits has one"
    )]
    pub async fn start(self) -> io::Result<FaultProxy> {
        let (address, loopback) = Door::loopback()?;
        let mut doors = vec![loopback];
        if let Some(path) = self.socket {
            doors.push(Door::unix(path)?);
        }
        let count = doors.len();
        let shared = Arc::new(Shared {
            doors,
            faults: Arc::default(),
            links: Arc::default(),
            upstream: self.upstream,
            new_protocol: self.new_protocol,
            clock: self.clock,
            cut: watch::Sender::new(Ending::Close),
            connections: AtomicU64::new(0),
            round_trips: AtomicU64::new(0),
        });
        let mut accepting = JoinSet::new();
        for door in 0..count {
            accepting.spawn(serve(Arc::clone(&shared), door));
        }
        Ok(FaultProxy {
            address,
            shared,
            _accepting: accepting,
        })
    }
}

/// Relays the connections that come in by one of the doors.
async fn serve(shared: Arc<Shared>, door: usize) {
    let mut relays = JoinSet::new();
    loop {
        tokio::select! {
            accepted = shared.doors[door].accept() => {
                // A client that has gone before it was accepted is no failure of the proxy's.
                if let Ok(client) = accepted {
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    relays.spawn(relay(client, Arc::clone(&shared)));
                }
            }
            Some(_) = relays.join_next() => {}
        }
    }
}

fn new_protocol<P: Protocol + Default + 'static>() -> Box<dyn Protocol> {
    Box::<P>::default()
}
