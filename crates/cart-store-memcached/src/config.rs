//! Where Memcached is, and how it is used.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cart_core::{CartStore, Error, ErrorKind, OpenRequest, Result, StoreFactory, StoreUrl};
use serde_json::Value;

use crate::MemcachedCartStore;

const PORT: u16 = 11_211;
const LONGEST_PREFIX: usize = 64;

/// Where Memcached is, and how it is used.
///
/// ```
/// use cart_store_memcached::MemcachedConfig;
///
/// let config: MemcachedConfig = "memcached://cache.internal?prefix=shop&timeout_ms=250".parse()?;
/// let config = config.with_connections(32);
/// # Ok::<(), cart_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemcachedConfig {
    pub(crate) place: Place,
    pub(crate) prefix: String,
    pub(crate) connections: usize,
    pub(crate) timeout: Duration,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Tcp {
        host: String,
        port: u16,
    },
    #[cfg(unix)]
    Unix(std::path::PathBuf),
}

impl MemcachedConfig {
    fn at(place: Place) -> Self {
        Self {
            place,
            prefix: "cart".to_owned(),
            connections: 16,
            timeout: Duration::from_secs(1),
        }
    }

    /// The server at this host and port.
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        Self::at(Place::Tcp { host, port })
    }

    /// The server at this socket.
    #[cfg(unix)]
    pub fn unix(path: impl Into<std::path::PathBuf>) -> Self {
        Self::at(Place::Unix(path.into()))
    }

    /// The same, with items whose names begin with `prefix`: stores of another prefix see nothing of
    /// each other.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] unless it is one to 64 ASCII letters, digits, `-` and `_`.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Result<Self> {
        let prefix = prefix.into();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if prefix.is_empty() || prefix.len() > LONGEST_PREFIX || !prefix.bytes().all(is_plain) {
            return Err(invalid(
                "write as `prefix` one to 64 ASCII letters, digits, `-` and `_`",
            ));
        }
        self.prefix = prefix;
        Ok(self)
    }

    /// The same, with at most so many calls under way at once; at least one.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// The same, with calls that take no longer than this.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn set(self, name: &str, value: &str) -> Result<Self> {
        let number = || value.parse::<u32>().ok().filter(|number| *number > 0);
        match name {
            "prefix" => self.with_prefix(value),
            "connections" => {
                let number =
                    number().ok_or_else(|| invalid("`connections` is a number above 0"))?;
                Ok(self.with_connections(usize::try_from(number).unwrap_or(usize::MAX)))
            }
            "timeout_ms" => {
                let number = number().ok_or_else(|| invalid("`timeout_ms` is a number above 0"))?;
                Ok(self.with_timeout(Duration::from_millis(number.into())))
            }
            _ => Err(invalid(
                "there are the settings `prefix`, `connections` and `timeout_ms`: leave others out",
            )),
        }
    }
}

fn invalid(text: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, text)
}

fn place(text: &str) -> Result<Place> {
    #[cfg(unix)]
    if let Some(path) = text.strip_prefix("memcached+unix://") {
        if !path.starts_with('/') {
            return Err(invalid("write `memcached+unix:///PATH/OF/THE/SOCKET`"));
        }
        return Ok(Place::Unix(StoreUrl::decoded(path)?.into()));
    }
    let refused = || invalid("write `memcached://HOST:PORT`, or `memcached+unix:///PATH`");
    let address = text.strip_prefix("memcached://").ok_or_else(refused)?;
    let address = address.strip_suffix('/').unwrap_or(address);
    let (host, port) = match address.rsplit_once(':') {
        // The colons of an address in brackets belong to it.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| refused())?),
        _ => (address, PORT),
    };
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    if host.is_empty() || host.contains(['/', '@']) {
        return Err(refused());
    }
    let host = host.to_owned();
    Ok(Place::Tcp { host, port })
}

impl FromStr for MemcachedConfig {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        let url = StoreUrl::from(url);
        let (address, options) = url.split_options()?;
        let config = Self::at(place(address)?);
        let mut options = options.iter();
        options.try_fold(config, |config, (name, value)| config.set(name, value))
    }
}

/// Opens `memcached:` URLs for a [`StoreRegistry`](cart_core::StoreRegistry). Register it under
/// `memcached` and under `memcached+unix`.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemcachedFactory;

#[async_trait]
impl StoreFactory for MemcachedFactory {
    async fn open(&self, request: &OpenRequest) -> Result<Arc<dyn CartStore>> {
        let mut config: MemcachedConfig = request.url.as_str().parse()?;
        for (name, value) in request.section.as_object().into_iter().flatten() {
            let value = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if name != "url" {
                config = config.set(name, &value)?;
            }
        }
        let store = MemcachedCartStore::open(config).await?;
        Ok(Arc::new(store.with_clock(Arc::clone(&request.clock))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Option<(Place, String)> {
        let config = url.parse::<MemcachedConfig>().ok()?;
        Some((config.place, config.prefix))
    }

    fn tcp(host: &str, port: u16) -> Place {
        let host = host.to_owned();
        Place::Tcp { host, port }
    }

    #[test]
    fn urls_name_a_host_and_perhaps_a_port() {
        for (url, place) in [
            ("memcached://cache", tcp("cache", PORT)),
            ("memcached://cache:1234/", tcp("cache", 1_234)),
            ("memcached://[::1]:1234", tcp("::1", 1_234)),
            ("memcached://[::1]", tcp("::1", PORT)),
        ] {
            assert_eq!(parsed(url), Some((place, "cart".to_owned())), "{url}");
        }
        assert_eq!(
            parsed("memcached://cache?prefix=shop-1"),
            Some((tcp("cache", PORT), "shop-1".to_owned()))
        );
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for url in [
            "memcached:",
            "memcached://",
            "memcached://cache:port",
            "memcached://user@cache",
            "memcached://cache?prefix=",
            "memcached://cache?prefix=a%20b",
            "memcached://cache?timeout_ms=0",
            "memcached://cache?colour=red",
            "memcached+unix://socket",
        ] {
            assert_eq!(parsed(url), None, "{url}");
        }
    }
}
