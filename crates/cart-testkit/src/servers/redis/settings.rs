//! What a Redis server is told when it starts.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::account;
use super::super::error::{Result, ServerError};
use super::super::options::{Options, Syncing};
use super::super::site::Site;

/// The account that may do everything, and its password.
pub(super) const ADMINISTRATOR: &str = "admin";

/// The account of applications may use the keys and channels whose names begin with `cart`, by
/// commands that read, write and run scripts. Of the commands that show or change the server it has
/// those by which a client finds out what it talks to.
const APPLICATION: &str = "cart on >cart ~cart* &cart* \
    +@read +@write +@scripting +@connection +@transaction +@pubsub +wait \
    -@dangerous -script|flush -script|kill -function \
    +info +role +config|get +cluster|slots +cluster|shards +cluster|info +cluster|keyslot";

/// The same account may ask sentinels where servers are.
const SENTINEL_CLIENT: &str = "cart on >cart &* +@connection +@pubsub +info +role \
    +sentinel|get-master-addr-by-name +sentinel|master +sentinel|masters +sentinel|myid \
    +sentinel|replicas +sentinel|sentinels +sentinel|slaves";

/// Replicas come as this account.
const REPLICA: &str = "replica";

/// What sentinels call the servers that they watch over.
pub(super) const WATCHED: &str = "cart";

/// What a server is to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Primary,
    /// Of the server at a port.
    ReplicaOf(u16),
    SentinelOf(u16),
}

pub(super) fn socket(site: &Site) -> PathBuf {
    site.path().join("redis.sock")
}

/// Writes the file that the server reads when it starts.
pub(super) fn write(site: &Site, options: &Options, role: Role) -> Result<PathBuf> {
    let path = site.path().join("redis.conf");
    fs::write(&path, text(site, options, role)).map_err(ServerError::file(&path))?;
    // Sentinels, too, note there what they have learnt.
    account::hand_over(&path)?;
    Ok(path)
}

fn text(site: &Site, options: &Options, role: Role) -> String {
    let mut settings = Settings::default();
    settings.reach(site);
    settings.add(
        "user",
        &format!("{ADMINISTRATOR} on >{ADMINISTRATOR} ~* &* +@all"),
    );
    // The arguments stay on the command line.
    settings.add("set-proc-title", "no");
    match role {
        Role::Primary => settings.keep(options.syncing),
        Role::ReplicaOf(port) => {
            settings.keep(options.syncing);
            settings.add("replicaof", &format!("127.0.0.1 {port}"));
        }
        Role::SentinelOf(port) => settings.watch(port),
    }
    for (name, value) in &options.settings {
        settings.add(name, value);
    }
    settings.0
}

/// Lines of settings, of which the last wins.
#[derive(Default)]
struct Settings(String);

impl Settings {
    /// Where it is, and who may come.
    fn reach(&mut self, site: &Site) {
        self.path("dir", &site.data());
        self.path("unixsocket", &socket(site));
        // Whoever is told where it is may come.
        self.add("unixsocketperm", "777");
        self.add("bind", "127.0.0.1");
        let port = site.port().unwrap_or_default().to_string();
        match site.certificates() {
            None => self.add("port", &port),
            Some(certificates) => {
                self.add("port", "0");
                self.add("tls-port", &port);
                self.add("tls-auth-clients", "no");
                self.add("tls-replication", "yes");
                self.path("tls-ca-cert-file", &certificates.authority);
                self.path("tls-cert-file", &certificates.certificate);
                self.path("tls-key-file", &certificates.key);
            }
        }
        // It has no way in, and yet the rights: a server that reads its log of commands runs the
        // transactions there as this user, and leaves out what it may not do.
        self.add("user", "default off ~* &* +@all");
    }

    /// What a server needs that keeps data.
    fn keep(&mut self, syncing: Syncing) {
        self.add("user", APPLICATION);
        self.add(
            "user",
            &format!("{REPLICA} on >{REPLICA} +psync +replconf +ping"),
        );
        self.add("masteruser", REPLICA);
        self.add("masterauth", REPLICA);
        self.add("enable-debug-command", "local");
        self.add("repl-diskless-sync-delay", "0");
        self.add("repl-backlog-size", "16mb");
        self.add("save", "");
        self.add("appendonly", "yes");
        let sync = if syncing == Syncing::Lazy {
            "no"
        } else {
            "always"
        };
        self.add("appendfsync", sync);
        if syncing == Syncing::Watched {
            // With each sync the whole file is copied.
            self.add("auto-aof-rewrite-min-size", "4mb");
        }
    }

    /// What a sentinel needs that watches over the server at a port.
    fn watch(&mut self, port: u16) {
        self.add("user", SENTINEL_CLIENT);
        for (name, value) in [
            // A majority of three has to agree that the server is gone.
            ("monitor", format!("127.0.0.1 {port} 2")),
            ("down-after-milliseconds", "500".to_owned()),
            ("failover-timeout", "2000".to_owned()),
            ("parallel-syncs", "2".to_owned()),
            ("auth-user", ADMINISTRATOR.to_owned()),
            ("auth-pass", ADMINISTRATOR.to_owned()),
        ] {
            self.add("sentinel", &format!("{name} {WATCHED} {value}"));
        }
        for name in ["sentinel-user", "sentinel-pass"] {
            self.add("sentinel", &format!("{name} {ADMINISTRATOR}"));
        }
    }

    fn add(&mut self, name: &str, value: &str) {
        let value = if value.is_empty() { r#""""# } else { value };
        // Writing to a text can't fail.
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn path(&mut self, name: &str, value: &Path) {
        self.add(name, &quoted(value));
    }
}

/// A path as a value, whatever its characters.
pub(super) fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}
