//! A shop in a process of its own, that can be killed.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::built::example;

/// How long a shop may take to open.
const PATIENCE: Duration = Duration::from_secs(20);

/// The example, on an SQLite file.
#[derive(Debug)]
pub(crate) struct SeparateShop {
    folder: TempDir,
    pub(crate) address: SocketAddr,
    process: Child,
}

impl SeparateShop {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let process = start(folder.path(), address).await;
        Self {
            folder,
            address,
            process,
        }
    }

    /// The file with the carts.
    pub(crate) fn carts(&self) -> PathBuf {
        self.folder.path().join("storefront.db")
    }

    /// Ends it as a power cut would, as far as a process can tell.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("a signal");
        self.process.wait().expect("its end");
    }

    /// Opens it again, where it was.
    pub(crate) async fn reopen(&mut self) {
        self.process = start(self.folder.path(), self.address).await;
    }
}

impl Drop for SeparateShop {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn start(folder: &Path, address: SocketAddr) -> Child {
    let process = Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "--"])
        .arg(example("storefront"))
        .args(["sqlite://storefront.db", &address.to_string()])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the shop");
    let is_open = async {
        let mut look = interval(Duration::from_millis(5));
        while TcpStream::connect(address).await.is_err() {
            look.tick().await;
        }
    };
    timeout(PATIENCE, is_open).await.expect("an open shop");
    process
}
