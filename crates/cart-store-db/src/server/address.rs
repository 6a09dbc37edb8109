//! Where a server is, who asks, and how a URL says so.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use cart_core::{Error, ErrorKind, StoreUrl};
use secrecy::SecretString;

/// Where a server is, which database is meant, and who asks.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) place: Place,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: Option<SecretString>,
    pub(crate) database: String,
}

/// The machine that a server is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A machine of this name or address.
    Host(String),
    /// This one, through a socket in the file system: the path as the kind of server has it.
    Socket(PathBuf),
}

impl Place {
    /// The place that is written so: a path is a socket's.
    pub(crate) fn of(text: &str) -> Self {
        if text.starts_with('/') {
            Self::Socket(PathBuf::from(text))
        } else {
            Self::Host(text.to_owned())
        }
    }

    /// Whether nothing that is said to it leaves this machine.
    pub(crate) fn is_here(&self) -> bool {
        match self {
            Self::Socket(_) => true,
            Self::Host(host) => {
                host.eq_ignore_ascii_case("localhost")
                    || host
                        .parse()
                        .is_ok_and(|address: IpAddr| address.is_loopback())
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            port,
            user,
            password,
            database,
        } = self;
        formatter
            .debug_struct("Address")
            .field("place", place)
            .field("port", port)
            .field("user", user)
            .field("password", &password.as_ref().map(|_| "…"))
            .field("database", database)
            .finish()
    }
}

/// A URL taken apart: the address, and the options behind the `?` in their order.
pub(super) struct Parsed {
    pub(super) address: Address,
    pub(super) options: Vec<(String, String)>,
}

/// Takes `SCHEME://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE&…` apart.
///
/// Every part may be percent-encoded. A host that is a path, encoded or as the option `host`, is
/// the place of a socket; so is the option `socket`.
///
/// # Errors
///
/// `Invalid`, never with a word of the URL but the names of its options.
pub(super) fn parse(url: &str, schemes: &[&str], port: u16) -> Result<Parsed, Error> {
    let scheme = schemes.first().copied().unwrap_or_default();
    let wrong = |what: &str| invalid(format!("{scheme} URL: {what}"));
    let form = || wrong("it must look like SCHEME://USER:PASSWORD@HOST:PORT/DATABASE");
    let url = StoreUrl::from(url);
    let (url, options) = url.split_options()?;
    let (given, place) = url.split_once("://").ok_or_else(form)?;
    if !schemes.contains(&given) {
        return Err(wrong(&format!("it must start with {scheme}://")));
    }
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    let (who, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = match who.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (who, None),
    };
    let (host, port) = split_port(host, port).ok_or_else(|| wrong("the port is no number"))?;

    let mut place = Place::of(&StoreUrl::decoded(host)?);
    let mut others = Vec::new();
    for (name, value) in options {
        if name == "host" || name == "socket" {
            place = Place::of(&value);
        } else {
            others.push((name, value));
        }
    }
    let address = Address {
        place,
        port,
        user: StoreUrl::decoded(user)?,
        password: match password {
            Some(password) => Some(StoreUrl::decoded(password)?.into()),
            None => None,
        },
        database: StoreUrl::decoded(database)?,
    };
    let missing = [
        (address.place == Place::Host(String::new()), "host"),
        (address.user.is_empty(), "user"),
        (address.database.is_empty(), "database"),
    ];
    if let Some((_, part)) = missing.iter().find(|(is_missing, _)| *is_missing) {
        return Err(wrong(&format!("it names no {part}")));
    }
    Ok(Parsed {
        address,
        options: others,
    })
}

fn split_port(host: &str, default: u16) -> Option<(&str, u16)> {
    // An IPv6 address stands in brackets, as it is full of colons.
    let (host, rest) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((host, rest)) => (host, rest),
        None => host.find(':').map_or((host, ""), |at| host.split_at(at)),
    };
    match rest.strip_prefix(':') {
        Some(port) => Some((host, port.parse().ok()?)),
        None => rest.is_empty().then_some((host, default)),
    }
}

pub(super) fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}
