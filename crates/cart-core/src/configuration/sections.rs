//! The sections, with their keys and defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::carts::RenewOn;
use crate::domain::{BuiltInStrategy, Currency};

/// `session`: carts in the visitor's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SessionSection {
    /// The key in the session; default `cart`.
    pub key: String,
}

impl Default for SessionSection {
    fn default() -> Self {
        Self {
            key: "cart".to_owned(),
        }
    }
}

/// `cache`: carts in Redis or another cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CacheSection {
    /// What every key starts with; default `cart`.
    pub prefix: String,
    /// Seconds until an untouched cart expires; default a day.
    pub ttl: i64,
    /// The same for carts of these instances, by their names; default none.
    pub ttl_of: BTreeMap<String, i64>,
    /// What keeps a cart from expiring: `write`, the default; `read_and_write`; or nothing, with
    /// `creation`: it expires so long after it was made.
    pub renew_on: RenewOn,
    /// Which of the `stores`; `array` is memory. Default: the one named `default`.
    pub store: Option<String>,
}

impl Default for CacheSection {
    fn default() -> Self {
        Self {
            prefix: "cart".to_owned(),
            ttl: 86_400,
            ttl_of: BTreeMap::new(),
            renew_on: RenewOn::Write,
            store: None,
        }
    }
}

/// `database`: carts in a SQL database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DatabaseSection {
    /// The table; default `carts`.
    pub table: String,
    /// Which of the `connections`. Default: the one named `default`.
    pub connection: Option<String>,
    /// Whether edits lock the cart's row; default no.
    pub lock_for_update: bool,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self {
            table: "carts".to_owned(),
            connection: None,
            lock_for_update: false,
        }
    }
}

/// `deletion`: what becomes of deleted carts.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DeletionSection {
    /// Days for which what a deleted cart held is kept, for a restore; default 0, nothing is kept.
    pub keep_days: u32,
}

/// `migration`: what happens to a guest's carts at login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationSection {
    /// Whether the login hook merges them by itself; default yes.
    pub auto_migrate_on_login: bool,
    /// How; default `add_quantities`.
    pub merge_strategy: BuiltInStrategy,
}

impl Default for MigrationSection {
    fn default() -> Self {
        Self {
            auto_migrate_on_login: true,
            merge_strategy: BuiltInStrategy::default(),
        }
    }
}

/// `money`: amounts.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MoneySection {
    /// The currency of prices that name none. Without it, each price names its own.
    pub default_currency: Option<Currency>,
}
