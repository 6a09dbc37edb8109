//! The configuration of a shop's carts, as plain data.

mod load;
mod sections;
mod url;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use load::ConfigurationError;
pub use sections::{
    CacheSection, DatabaseSection, DeletionSection, MigrationSection, MoneySection, SessionSection,
};
pub use url::StoreUrl;

use crate::domain::Limits;

/// The configuration of a shop's carts.
///
/// Plain data: it comes from any format that serde reads, through [`Configuration::load`], which
/// checks it and names the key that is wrong. Nothing here reads files or the environment.
///
/// ```
/// use cart_core::Configuration;
///
/// let mut json = serde_json::Deserializer::from_str(
///     r#"{"storage": "database", "connections": {"default": "sqlite://carts.db"}}"#,
/// );
/// let configuration = Configuration::load(&mut json)?;
/// assert_eq!(configuration.database.table, "carts");
///
/// let mut wrong = serde_json::Deserializer::from_str(r#"{"cache": {"ttl": 0}}"#);
/// assert_eq!(Configuration::load(&mut wrong).unwrap_err().key(), "cache.ttl");
/// # Ok::<(), cart_core::ConfigurationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Configuration {
    /// The store: `session`, `cache`, `database`, or a custom store that has a section of its name.
    pub storage: String,
    /// The session store.
    pub session: SessionSection,
    /// The cache store.
    pub cache: CacheSection,
    /// The database store.
    pub database: DatabaseSection,
    /// What becomes of deleted carts.
    pub deletion: DeletionSection,
    /// What happens at login.
    pub migration: MigrationSection,
    /// How large carts may become.
    pub limits: Limits,
    /// Whether observers hear of edits.
    pub events: bool,
    /// Amounts.
    pub money: MoneySection,
    /// URLs by name, for `cache.store`.
    pub stores: BTreeMap<String, StoreUrl>,
    /// URLs by name, for `database.connection`.
    pub connections: BTreeMap<String, StoreUrl>,
    /// The sections of custom stores: each goes to the store that is registered under its name.
    #[serde(flatten)]
    pub custom: BTreeMap<String, serde_json::Value>,
}

impl Configuration {
    /// The name in `stores` or `connections` that is used where none is named.
    pub const DEFAULT_NAME: &'static str = "default";
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            storage: "session".to_owned(),
            session: SessionSection::default(),
            cache: CacheSection::default(),
            database: DatabaseSection::default(),
            deletion: DeletionSection::default(),
            migration: MigrationSection::default(),
            limits: Limits::default(),
            events: true,
            money: MoneySection::default(),
            stores: BTreeMap::new(),
            connections: BTreeMap::new(),
            custom: BTreeMap::new(),
        }
    }
}
