//! Holds private servers for a person until it is told to end: what `cargo xtask services` starts.
//!
//! `services [--replica] FOLDER NAME…` starts the servers of these names, writes a file
//! `NAME.json` for each into the folder, prints where they are, and `ready`. At Ctrl-C or `SIGTERM`
//! it ends the servers and removes the files.

#[cfg(target_os = "linux")]
mod linux {
    use std::error::Error;
    use std::fs;
    use std::path::{Path, PathBuf};

    use cart_testkit::servers::{MariaDb, Options, Postgres, Server};
    use serde_json::json;
    use tokio::signal::unix::{SignalKind, signal};

    type Result<T> = std::result::Result<T, Box<dyn Error>>;

    /// A server, and its replica if it has one.
    type Servers = Vec<Box<dyn Server>>;

    pub(crate) async fn run() -> Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut arguments: Vec<_> = std::env::args().skip(1).collect();
        let replica = arguments.iter().any(|argument| argument == "--replica");
        arguments.retain(|argument| argument != "--replica");
        let (folder, names) = arguments.split_first().ok_or("give a folder, and names")?;
        tokio::select! {
            up = hold(Path::new(folder), names, replica) => up,
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    }

    /// Starts the servers and keeps them until it is dropped.
    #[expect(clippy::print_stdout, reason = "it is read by whoever started it")]
    async fn hold(folder: &Path, names: &[String], replica: bool) -> Result<()> {
        fs::create_dir_all(folder)?;
        let mut held = Vec::new();
        for name in names {
            let servers = match name.as_str() {
                "postgres" => postgres(replica).await?,
                "mariadb" => mariadb(replica).await?,
                _ => return Err(format!("there is no server `{name}`").into()),
            };
            let file = File::write(folder.join(format!("{name}.json")), name, &servers)?;
            for (server, role) in servers.iter().zip(["", " (replica)"]) {
                println!("{name}{role}: {}", server.tcp_url()?);
                println!("{name}{role}: {}", server.url());
            }
            // The file goes before the servers that it tells of.
            held.push((file, servers));
        }
        println!("ready");
        std::future::pending().await
    }

    async fn postgres(replica: bool) -> Result<Servers> {
        let primary = Postgres::start(options(replica)).await?;
        let mut servers: Servers = Vec::new();
        if replica {
            servers.push(Box::new(primary.replica().await?));
        }
        servers.insert(0, Box::new(primary));
        Ok(servers)
    }

    async fn mariadb(replica: bool) -> Result<Servers> {
        let primary = MariaDb::start(options(replica)).await?;
        let mut servers: Servers = Vec::new();
        if replica {
            servers.push(Box::new(primary.replica().await?));
        }
        servers.insert(0, Box::new(primary));
        Ok(servers)
    }

    fn options(replica: bool) -> Options {
        let options = Options::new().durable().tcp();
        if replica {
            options.replicated()
        } else {
            options
        }
    }

    /// What says where a server is, as long as it is there.
    struct File(PathBuf);

    impl File {
        fn write(path: PathBuf, name: &str, servers: &Servers) -> Result<Self> {
            let [primary, replica] = [servers.first(), servers.get(1)];
            let url = |server: Option<&Box<dyn Server>>| server.map(|server| server.url());
            let tcp_url = |server: Option<&Box<dyn Server>>| {
                server.map(|server| server.tcp_url()).transpose()
            };
            let service = json!({
                "name": name,
                "pid": std::process::id(),
                "program": std::env::current_exe()?,
                "url": tcp_url(primary)?,
                "socket_url": url(primary),
                "replica_url": tcp_url(replica)?,
                "replica_socket_url": url(replica),
            });
            fs::write(&path, format!("{service:#}\n"))?;
            Ok(Self(path))
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            // Whoever reads it later finds that the process is gone.
            let _ = fs::remove_file(&self.0);
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::run().await
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), &'static str> {
    Err("private servers run on Linux only")
}
