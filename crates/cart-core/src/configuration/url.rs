//! Where a store is.

use std::fmt;

use serde::{Deserialize, Serialize};

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
