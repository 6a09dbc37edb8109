//! Holds private servers for a person until it is told to end: what `cargo xtask services` starts.
//!
//! `services [--replica] FOLDER NAME…` starts the servers of these names, writes a file
//! `NAME.json` for each into the folder, prints where they are, and `ready`. At Ctrl-C or `SIGTERM`
//! it ends the servers and removes the files.

#[cfg(target_os = "linux")]
mod linux {
    use std::any::Any;
    use std::error::Error;
    use std::fs;
    use std::path::{Path, PathBuf};

    use cart_testkit::servers::{
        MariaDb, Options, Postgres, Redis, RedisCluster, RedisSentinel, Server,
    };
    use serde_json::{Map, Value};
    use tokio::signal::unix::{SignalKind, signal};

    type Result<T> = std::result::Result<T, Box<dyn Error>>;

    /// What is up under one name.
    struct Service {
        /// Where it is, each with the name that it has in the file.
        urls: Vec<(&'static str, String)>,
        /// What ends with it.
        servers: Vec<Box<dyn Any + Send>>,
    }

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
            let Service { urls, servers } = start(name, replica).await?;
            let file = File::write(folder.join(format!("{name}.json")), name, &urls)?;
            for (kind, url) in urls {
                let role = if kind.starts_with("replica") {
                    " (replica)"
                } else {
                    ""
                };
                println!("{name}{role}: {url}");
            }
            // The file goes before the servers that it tells of.
            held.push((file, servers));
        }
        println!("ready");
        std::future::pending().await
    }

    async fn start(name: &str, replica: bool) -> Result<Service> {
        let options = Options::new().durable().tcp();
        let one = if replica {
            options.clone().replicated()
        } else {
            options.clone()
        };
        match name {
            "postgres" => {
                let server = Postgres::start(one).await?;
                if replica {
                    return with_replica(server.replica().await?, server);
                }
                alone(server)
            }
            "mariadb" => {
                let server = MariaDb::start(one).await?;
                if replica {
                    return with_replica(server.replica().await?, server);
                }
                alone(server)
            }
            "redis" => {
                let server = Redis::start(one).await?;
                if replica {
                    return with_replica(server.replica().await?, server);
                }
                alone(server)
            }
            // These have replicas anyhow.
            "redis-cluster" => {
                let cluster = RedisCluster::start(options).await?;
                Ok(several(cluster.url(), cluster))
            }
            "redis-sentinel" => {
                let watched = RedisSentinel::start(options).await?;
                Ok(several(watched.url(), watched))
            }
            _ => Err(format!("there is no server `{name}`").into()),
        }
    }

    fn alone(server: impl Server + 'static) -> Result<Service> {
        Ok(Service {
            urls: vec![("url", server.tcp_url()?), ("socket_url", server.url())],
            servers: vec![Box::new(server)],
        })
    }

    /// The replica ends before its primary.
    fn with_replica(
        replica: impl Server + 'static,
        primary: impl Server + 'static,
    ) -> Result<Service> {
        Ok(Service {
            urls: vec![
                ("url", primary.tcp_url()?),
                ("socket_url", primary.url()),
                ("replica_url", replica.tcp_url()?),
                ("replica_socket_url", replica.url()),
            ],
            servers: vec![Box::new(replica), Box::new(primary)],
        })
    }

    fn several(url: String, servers: impl Any + Send) -> Service {
        Service {
            urls: vec![("url", url)],
            servers: vec![Box::new(servers)],
        }
    }

    /// What says where a server is, as long as it is there.
    struct File(PathBuf);

    impl File {
        fn write(path: PathBuf, name: &str, urls: &[(&str, String)]) -> Result<Self> {
            let program = std::env::current_exe()?;
            let mut service = Map::new();
            service.insert("name".into(), name.into());
            service.insert("pid".into(), std::process::id().into());
            service.insert("program".into(), program.to_string_lossy().into());
            for (kind, url) in urls {
                service.insert((*kind).into(), url.as_str().into());
            }
            fs::write(&path, format!("{:#}\n", Value::Object(service)))?;
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
