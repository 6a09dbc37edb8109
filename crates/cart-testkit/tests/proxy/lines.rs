//! A server that answers each line, a client of it, and the protocol that both speak.

use std::io;
use std::net::SocketAddr;

use cart_testkit::proxy::{FaultProxy, Message, Protocol, Role};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Each line is a request, and each line of the server a reply.
#[derive(Debug, Default)]
pub(crate) struct Lines;

impl Protocol for Lines {
    fn client_message(&mut self, bytes: &[u8]) -> Option<Message> {
        line(bytes)
    }

    fn server_message(&mut self, bytes: &[u8]) -> Option<Message> {
        line(bytes)
    }

    fn statement(&self) -> Option<&[u8]> {
        None
    }
}

fn line(bytes: &[u8]) -> Option<Message> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some(Message::new(end + 1, Role::End))
}

/// Answers `line` with `ok line`, and remembers it.
pub(crate) struct LineServer {
    pub(crate) address: SocketAddr,
    applied: watch::Receiver<Vec<String>>,
    connections: JoinSet<()>,
}

impl LineServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, applied) = watch::channel(Vec::new());
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                clients.spawn(serve(stream, sender.clone()));
            }
        });
        Self {
            address,
            applied,
            connections,
        }
    }

    /// The lines that have come so far, from all clients.
    pub(crate) fn applied(&self) -> Vec<String> {
        self.applied.borrow().clone()
    }

    /// Waits until so many lines have come.
    pub(crate) async fn has_applied(&self, count: usize) -> Vec<String> {
        let mut applied = self.applied.clone();
        let lines = applied.wait_for(|lines| lines.len() >= count).await;
        lines.unwrap().clone()
    }

    /// Waits until no client is connected any more.
    pub(crate) async fn stop(mut self) {
        self.connections.shutdown().await;
    }
}

async fn serve(stream: TcpStream, applied: watch::Sender<Vec<String>>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
        let text = std::mem::take(&mut line);
        applied.send_modify(|lines| lines.push(text.trim_end().to_owned()));
        if stream
            .write_all(format!("ok {text}").as_bytes())
            .await
            .is_err()
        {
            return;
        }
    }
}

/// A connection through the proxy.
pub(crate) struct Client(pub(crate) BufReader<TcpStream>);

impl Client {
    pub(crate) async fn of(proxy: &FaultProxy) -> Self {
        let stream = TcpStream::connect(proxy.address()).await.unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) async fn send(&mut self, lines: &str) {
        self.0.write_all(lines.as_bytes()).await.unwrap();
    }

    /// The next line; what came of it when the connection has ended.
    pub(crate) async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line).await?;
        Ok(line)
    }

    pub(crate) async fn ask(&mut self, line: &str) -> io::Result<String> {
        self.send(line).await;
        self.line().await
    }

    /// Everything until the end of the connection.
    pub(crate) async fn rest(mut self) -> io::Result<String> {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).await?;
        Ok(rest)
    }

    /// Whether nothing has come that wasn't read.
    pub(crate) fn hears_nothing(&self) -> bool {
        let mut byte = [0];
        let read = self.0.get_ref().try_read(&mut byte);
        self.0.buffer().is_empty()
            && read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// A server, and a proxy before it.
pub(crate) async fn pair() -> (LineServer, FaultProxy) {
    let server = LineServer::start().await;
    let proxy = FaultProxy::to(server.address)
        .speaking::<Lines>()
        .start()
        .await
        .unwrap();
    (server, proxy)
}
