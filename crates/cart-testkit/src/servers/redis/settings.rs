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

/// Replicas come as this account.
const REPLICA: &str = "replica";

pub(super) fn socket(site: &Site) -> PathBuf {
    site.path().join("redis.sock")
}

/// Writes the file that the server reads when it starts.
pub(super) fn write(site: &Site, options: &Options, primary: Option<u16>) -> Result<PathBuf> {
    let path = site.path().join("redis.conf");
    fs::write(&path, text(site, options, primary)).map_err(ServerError::file(&path))?;
    // Sentinels, too, note there what they have learnt.
    account::hand_over(&path)?;
    Ok(path)
}

fn text(site: &Site, options: &Options, primary: Option<u16>) -> String {
    let mut settings = Settings::default();
    settings.path("dir", &site.data());
    settings.path("unixsocket", &socket(site));
    // Whoever is told where it is may come.
    settings.add("unixsocketperm", "777");
    settings.add("bind", "127.0.0.1");
    let port = site.port().unwrap_or_default().to_string();
    match site.certificates() {
        None => settings.add("port", &port),
        Some(certificates) => {
            settings.add("port", "0");
            settings.add("tls-port", &port);
            settings.add("tls-auth-clients", "no");
            settings.add("tls-replication", "yes");
            settings.path("tls-ca-cert-file", &certificates.authority);
            settings.path("tls-cert-file", &certificates.certificate);
            settings.path("tls-key-file", &certificates.key);
        }
    }
    settings.add("user", "default off");
    settings.add(
        "user",
        &format!("{ADMINISTRATOR} on >{ADMINISTRATOR} ~* &* +@all"),
    );
    settings.add("user", APPLICATION);
    settings.add(
        "user",
        &format!("{REPLICA} on >{REPLICA} +psync +replconf +ping"),
    );
    settings.add("masteruser", REPLICA);
    settings.add("masterauth", REPLICA);
    if let Some(port) = primary {
        settings.add("replicaof", &format!("127.0.0.1 {port}"));
    }
    settings.add("enable-debug-command", "local");
    // The arguments stay on the command line.
    settings.add("set-proc-title", "no");
    settings.add("repl-diskless-sync-delay", "0");
    settings.add("repl-backlog-size", "16mb");
    settings.add("save", "");
    settings.add("appendonly", "yes");
    let sync = if options.syncing == Syncing::Lazy {
        "no"
    } else {
        "always"
    };
    settings.add("appendfsync", sync);
    if options.syncing == Syncing::Watched {
        // With each sync the whole file is copied.
        settings.add("auto-aof-rewrite-min-size", "4mb");
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
