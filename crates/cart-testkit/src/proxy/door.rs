//! Where clients come in, as long as it is open.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::net::{TcpListener, TcpSocket, UnixListener};
use tokio::runtime::Handle;

use super::socket::Socket;

/// How many clients may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A listener that can be closed and opened again at the same place. Both take effect at once.
#[derive(Debug)]
pub(super) struct Door {
    place: Place,
    runtime: Handle,
    state: Mutex<State>,
}

#[derive(Debug)]
enum Place {
    Tcp {
        address: SocketAddr,
        /// Never listens; keeps the port from being given to somebody else while the door is shut.
        _claim: TcpSocket,
    },
    Unix(PathBuf),
}

#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

#[derive(Debug, Default)]
struct State {
    listener: Option<Listener>,
    waiting: Option<Waker>,
}

impl Door {
    /// Listens on a free port of the loopback interface.
    pub(super) fn loopback() -> io::Result<(SocketAddr, Self)> {
        let claim = claim(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = claim.local_addr()?;
        let door = Self::at(Place::Tcp {
            address,
            _claim: claim,
        })?;
        Ok((address, door))
    }

    /// Listens on a Unix socket, which must not exist.
    pub(super) fn unix(path: PathBuf) -> io::Result<Self> {
        Self::at(Place::Unix(path))
    }

    fn at(place: Place) -> io::Result<Self> {
        let door = Self {
            place,
            runtime: Handle::current(),
            state: Mutex::default(),
        };
        door.open()?;
        Ok(door)
    }

    /// Lets clients in.
    pub(super) fn open(&self) -> io::Result<()> {
        let _in_runtime = self.runtime.enter();
        let mut state = self.state();
        if state.listener.is_none() {
            state.listener = Some(self.place.listen()?);
            if let Some(waiting) = state.waiting.take() {
                waiting.wake();
            }
        }
        Ok(())
    }

    /// Refuses clients. Those that have come in are not affected.
    pub(super) fn close(&self) {
        let listener = self.state().listener.take();
        drop(listener);
        if let Place::Unix(path) = &self.place {
            // If it stays, a client is refused, too; with another error.
            let _ = std::fs::remove_file(path);
        }
    }

    /// The next client.
    pub(super) async fn accept(&self) -> io::Result<Socket> {
        poll_fn(|context| self.poll_accept(context)).await
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Socket>> {
        let mut state = self.state();
        let accepted = match &state.listener {
            None => Poll::Pending,
            Some(Listener::Tcp(listener)) => listener
                .poll_accept(context)
                .map(|accepted| Socket::tcp(accepted?.0)),
            Some(Listener::Unix(listener)) => listener
                .poll_accept(context)
                .map(|accepted| Ok(Socket::Unix(accepted?.0))),
        };
        if accepted.is_pending() {
            // A listener that is dropped wakes nobody, so `open` does.
            state.waiting = Some(context.waker().clone());
        }
        accepted
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.close();
    }
}

impl Place {
    fn listen(&self) -> io::Result<Listener> {
        match self {
            Self::Tcp { address, .. } => Ok(Listener::Tcp(claim(*address)?.listen(BACKLOG)?)),
            Self::Unix(path) => Ok(Listener::Unix(UnixListener::bind(path)?)),
        }
    }
}

/// A socket at this address. Several of this process may have it; clients reach the one that
/// listens.
fn claim(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}
