//! Where a store is.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::storage::{Error, ErrorKind, Result};

/// The URL of a store: `sqlite://carts.db`, `redis://…`, `memory:`.
///
/// It may hold a password, so its `Debug` form shows the scheme alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreUrl(String);

impl StoreUrl {
    /// The URL as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first colon: it chooses the store. A text without one is its own
    /// scheme.
    pub fn scheme(&self) -> &str {
        self.0
            .split_once(':')
            .map_or(&*self.0, |(scheme, _)| scheme)
    }

    /// The URL without its options, and the options: what stands behind the `?` as `NAME=VALUE`,
    /// joined by `&`, in that order and percent-decoded. For stores that read their URLs.
    ///
    /// # Errors
    ///
    /// As [`StoreUrl::decoded`].
    ///
    /// ```
    /// use cart_core::StoreUrl;
    ///
    /// let url = StoreUrl::from("file:carts?key=my%20cart&sync");
    /// let (place, options) = url.split_options()?;
    /// assert_eq!(place, "file:carts");
    /// assert_eq!(options, [("key".into(), "my cart".into()), ("sync".into(), String::new())]);
    /// # Ok::<(), cart_core::Error>(())
    /// ```
    pub fn split_options(&self) -> Result<(&str, Vec<(String, String)>)> {
        let (place, options) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let options = options.split('&').filter(|option| !option.is_empty());
        let decoded = options.map(|option| {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            Ok((Self::decoded(name)?, Self::decoded(value)?))
        });
        Ok((place, decoded.collect::<Result<_>>()?))
    }

    /// A part of a URL, percent-decoded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for what is not UTF-8 then; without a word of it.
    pub fn decoded(part: &str) -> Result<String> {
        match percent_decode_str(part).decode_utf8() {
            Ok(text) => Ok(text.into_owned()),
            Err(_) => Err(Error::new(
                ErrorKind::Invalid,
                "a part of the URL is not UTF-8, once it is percent-decoded",
            )),
        }
    }
}

impl<T: Into<String>> From<T> for StoreUrl {
    fn from(url: T) -> Self {
        Self(url.into())
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_once(':') {
            Some((scheme, _)) => write!(formatter, "StoreUrl({scheme}:…)"),
            None => formatter.write_str("StoreUrl(…)"),
        }
    }
}
