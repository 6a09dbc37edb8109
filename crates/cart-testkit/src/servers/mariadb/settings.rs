//! What a server is told at its start.

use std::ffi::OsString;
use std::path::PathBuf;

use super::super::options::{Options, Syncing};
use super::super::site::Site;

/// The socket that it listens on.
pub(super) fn socket(site: &Site) -> PathBuf {
    site.path().join("mariadb.sock")
}

pub(super) fn arguments(site: &Site, options: &Options) -> Vec<OsString> {
    let mut settings = Settings(vec!["--no-defaults".into()]);
    settings.add("datadir", site.data());
    settings.add("socket", socket(site));
    settings.add("pid-file", site.path().join("mariadb.pid"));
    settings.add("tmpdir", site.path());
    match site.port() {
        Some(port) => {
            settings.add("bind-address", "127.0.0.1");
            settings.add("port", port.to_string());
        }
        None => settings.add("skip-networking", "ON"),
    }
    if let Some(certificates) = site.certificates() {
        settings.add("ssl-ca", &certificates.authority);
        settings.add("ssl-cert", &certificates.certificate);
        settings.add("ssl-key", &certificates.key);
    }
    if options.syncing == Syncing::Lazy {
        // Written at every commit, and synced by the operating system when it likes.
        settings.add("innodb-flush-log-at-trx-commit", "2");
        settings.add("innodb-flush-method", "nosync");
        settings.add("innodb-doublewrite", "OFF");
    }
    if options.replicated {
        // A number that no other server has.
        settings.add("server-id", site.port().unwrap_or_default().to_string());
        settings.add("log-bin", "binlog");
        settings.add("gtid-strict-mode", "ON");
        settings.add(
            "sync-binlog",
            if options.syncing == Syncing::Lazy {
                "0"
            } else {
                "1"
            },
        );
    }
    if options.syncing == Syncing::Watched {
        // What the kernel writes by itself, no library sees.
        settings.add("innodb-use-native-aio", "OFF");
    }
    if options.mysql {
        settings.add("innodb-redo-log-capacity", "8M");
        settings.add("disable-log-bin", "ON");
        // Another protocol on another port, and a folder that isn't there.
        settings.add("mysqlx", "OFF");
        settings.add("secure-file-priv", "");
    } else {
        settings.add("innodb-log-file-size", "4M");
    }
    settings.add("innodb-buffer-pool-size", "32M");
    settings.add("performance-schema", "OFF");
    settings.add("skip-name-resolve", "ON");
    settings.add("character-set-server", "utf8mb4");
    for (name, value) in &options.settings {
        settings.add(name, value);
    }
    settings.0
}

/// Settings as arguments of the server, of which the last wins.
struct Settings(Vec<OsString>);

impl Settings {
    fn add(&mut self, name: &str, value: impl Into<OsString>) {
        let mut setting = OsString::from(format!("--{name}="));
        setting.push(value.into());
        self.0.push(setting);
    }
}
