//! A connection, on which exchanges follow each other.

use std::io;
use std::task::{Context, Waker};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::config::Place;
use crate::failure::Failure;
use crate::reply::{self, Reply};

#[derive(Debug)]
enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// A connection that waits for a request.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: Socket,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(place: &Place) -> io::Result<Self> {
        let socket = match place {
            Place::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Socket::Tcp(stream)
            }
            #[cfg(unix)]
            Place::Unix(path) => Socket::Unix(UnixStream::connect(path).await?),
        };
        let received = Vec::new();
        Ok(Self { socket, received })
    }

    /// Whether it can be used: nothing has come that nobody asked for, no end either, and the runtime
    /// that it belongs to is there.
    pub(crate) fn is_quiet(&self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let ready = match &self.socket {
            Socket::Tcp(stream) => stream.poll_read_ready(&mut context),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.poll_read_ready(&mut context),
        };
        ready.is_pending() && self.received.is_empty()
    }

    /// Sends a request, and waits until `is_whole` says of the replies that all are there.
    pub(crate) async fn exchange(
        &mut self,
        request: &[u8],
        is_whole: impl Fn(&[Reply]) -> bool,
    ) -> Result<Vec<Reply>, Failure> {
        self.send(request).await.map_err(Failure::Broken)?;
        let mut replies = Vec::new();
        while !is_whole(&replies) {
            match reply::parse(&self.received)? {
                Some((reply, length)) => {
                    self.received.drain(..length);
                    replies.push(reply);
                }
                None => self.receive().await.map_err(Failure::Broken)?,
            }
        }
        Ok(replies)
    }

    async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        match &mut self.socket {
            Socket::Tcp(stream) => stream.write_all(request).await,
            #[cfg(unix)]
            Socket::Unix(stream) => stream.write_all(request).await,
        }
    }

    async fn receive(&mut self) -> io::Result<()> {
        let received = match &mut self.socket {
            Socket::Tcp(stream) => stream.read_buf(&mut self.received).await?,
            #[cfg(unix)]
            Socket::Unix(stream) => stream.read_buf(&mut self.received).await?,
        };
        if received == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}
