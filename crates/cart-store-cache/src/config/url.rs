//! What a URL says.

use std::time::Duration;

use cart_core::{Error, StoreUrl};

use super::{CacheConfig, Encryption, invalid};
use crate::address::{Address, Credentials, Host, Place};

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

const FORM: &str = "cache URL: it must look like redis://USER:PASSWORD@HOST:PORT/DATABASE, \
     redis+unix:///PATH, redis-cluster://HOST:PORT,HOST:PORT or \
     redis-sentinel://HOST:PORT,HOST:PORT/NAME";

const OPTIONS: &str = "connect_timeout, db, in_flight, prefix, read_replicas, replica, \
     sentinel_password, sentinel_user, timeout, tls, tls_ca, wait_replicas or wait_timeout";

/// Reads a URL.
///
/// # Errors
///
/// `Invalid`, never with a word of the URL but the names of its options.
pub(super) fn read(url: &str) -> Result<CacheConfig, Error> {
    let url = StoreUrl::from(url);
    let (url, options) = url.split_options()?;
    let (scheme, rest) = url.split_once("://").ok_or_else(|| invalid(FORM))?;
    let (is_encrypted, kind) = kind(scheme).ok_or_else(|| invalid(FORM))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (who, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));

    let mut config = match kind {
        Kind::Single => {
            let primary = Address::Host(host(hosts, PORT)?);
            let replica = None;
            let config = CacheConfig::at(Place::Single { primary, replica });
            with_database(config, path.trim_start_matches('/'))?
        }
        // Some write the host as the URLs of others must have one.
        Kind::Socket if matches!(hosts, "" | "localhost") && path.len() > 1 => {
            CacheConfig::socket(StoreUrl::decoded(path)?)
        }
        Kind::Socket => return Err(wrong("the path of the socket follows three slashes")),
        Kind::Cluster => {
            let members = Place::Cluster(several(hosts, PORT)?);
            with_database(CacheConfig::at(members), path.trim_start_matches('/'))?
        }
        Kind::Sentinels => {
            let path = path.trim_start_matches('/');
            let (name, database) = path.split_once('/').unwrap_or((path, ""));
            if name.is_empty() {
                return Err(wrong("it doesn't name the primary"));
            }
            let sentinels = Place::Sentinels {
                sentinels: several(hosts, SENTINEL_PORT)?,
                primary: StoreUrl::decoded(name)?,
                credentials: Credentials::default(),
            };
            with_database(CacheConfig::at(sentinels), database)?
        }
    };
    if is_encrypted {
        config = config.with_tls();
    }
    let (user, password) = match who.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (who, None),
    };
    if !user.is_empty() {
        config = config.with_user(StoreUrl::decoded(user)?);
    }
    if let Some(password) = password {
        config = config.with_password(StoreUrl::decoded(password)?);
    }
    for (name, value) in &options {
        config = with_option(config, name, value)?;
    }
    config.0.check()?;
    Ok(config)
}

/// What the servers are to each other.
enum Kind {
    Cluster,
    Sentinels,
    Single,
    Socket,
}

/// Whether a scheme encrypts, and which servers it stands for.
fn kind(scheme: &str) -> Option<(bool, Kind)> {
    let rest = scheme
        .strip_prefix("redis")
        .or_else(|| scheme.strip_prefix("valkey"))?;
    let (is_encrypted, rest) = match rest.strip_prefix('s') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let kind = match rest {
        "" => Kind::Single,
        "-cluster" => Kind::Cluster,
        "-sentinel" => Kind::Sentinels,
        // What passes through a socket doesn't leave the machine.
        "+unix" if !is_encrypted => Kind::Socket,
        _ => return None,
    };
    Some((is_encrypted, kind))
}

fn several(hosts: &str, port: u16) -> Result<Vec<Host>, Error> {
    hosts.split(',').map(|one| host(one, port)).collect()
}

fn host(text: &str, default: u16) -> Result<Host, Error> {
    // An IPv6 address stands in brackets, as it is full of colons.
    let (name, port) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((name, port)) => (name, port),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok(),
        None => port.is_empty().then_some(default),
    };
    let port = port.ok_or_else(|| wrong("a port is no number"))?;
    let name = StoreUrl::decoded(name)?;
    if name.is_empty() {
        return Err(wrong("it names no host"));
    }
    Ok(Host::new(&name, port))
}

fn with_database(config: CacheConfig, number: &str) -> Result<CacheConfig, Error> {
    if number.is_empty() {
        return Ok(config);
    }
    let number = number.parse();
    let number = number.map_err(|_| wrong("the database is no number from 0 to 255"))?;
    Ok(config.with_database(number))
}

fn with_option(config: CacheConfig, name: &str, value: &str) -> Result<CacheConfig, Error> {
    let refused = || wrong(&format!("{name} has no such value"));
    let millis = || match value.parse() {
        Ok(millis) if millis > 0 => Ok(Duration::from_millis(millis)),
        _ => Err(refused()),
    };
    let number = || value.parse().map_err(|_| refused());
    match name {
        "connect_timeout" => Ok(config.with_connect_timeout(millis()?)),
        "db" => with_database(config, value),
        "in_flight" => match value.parse() {
            Ok(calls) if calls > 0 => Ok(config.with_in_flight(calls)),
            _ => Err(refused()),
        },
        "prefix" => Ok(config.with_prefix(value.parse()?)),
        "read_replicas" => Ok(config.with_read_replicas(value.parse().map_err(|_| refused())?)),
        "replica" => {
            let Host { name, port } = host(value, PORT)?;
            Ok(config.with_replica(&name, port))
        }
        "sentinel_password" => Ok(config.with_sentinel_password(value)),
        "sentinel_user" => Ok(config.with_sentinel_user(value)),
        "timeout" => Ok(config.with_timeout(millis()?)),
        "tls" if value == "disable" && config.0.encryption != Encryption::Tls => {
            Ok(config.without_tls())
        }
        "tls" => Err(wrong(
            "tls can be disabled where the URL doesn't begin with rediss; nothing else",
        )),
        "tls_ca" => Ok(config.with_root_certificates(value)),
        "wait_replicas" => Ok(config.with_wait_replicas(number()?)),
        "wait_timeout" => Ok(config.with_wait_timeout(millis()?)),
        unknown => Err(wrong(&format!(
            "there is no option {unknown}; use {OPTIONS}"
        ))),
    }
}

fn wrong(what: &str) -> Error {
    invalid(format!("cache URL: {what}"))
}

#[cfg(test)]
mod tests;
