//! Reading a configuration, so that whatever is wrong is named by its key.

use std::fmt::Display;

use serde::Deserializer;
use serde_json::{Map, Value};

use super::{Configuration, StoreUrl};
use crate::codec::{MAX_BYTES, MAX_LINES};
use crate::storage::{Error, ErrorKind, Instance, Operation};

/// A configuration that can't be used, and the key that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {problem}")]
pub struct ConfigurationError {
    key: String,
    problem: String,
}

impl ConfigurationError {
    pub(crate) fn new(key: impl Into<String>, problem: impl Display) -> Self {
        Self {
            key: key.into(),
            problem: problem.to_string(),
        }
    }

    /// The key: `cache.ttl`, `storage`, …
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        Self::new(ErrorKind::Invalid, error.to_string())
            .with_source(error)
            .during(Operation::Open)
    }
}

/// The stores that have a section of their own here.
const BUILT_IN: [&str; 3] = ["session", "cache", "database"];
/// The sections, beside those of custom stores.
const SECTIONS: [&str; 9] = [
    "session",
    "cache",
    "database",
    "deletion",
    "migration",
    "limits",
    "money",
    "stores",
    "connections",
];
/// What a name in the environment starts with.
const VARIABLE_PREFIX: &str = "CART_";

impl Configuration {
    /// Reads a configuration and checks it.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`], naming the key that is wrong: another type than expected, an unknown
    /// key, store or strategy, a value out of range, a name that no URL has.
    pub fn load<'de, D: Deserializer<'de>>(source: D) -> Result<Self, ConfigurationError> {
        let configuration: Self = serde_path_to_error::deserialize(source)
            .map_err(|error| ConfigurationError::new(error.path().to_string(), error.inner()))?;
        configuration.check()?;
        Ok(configuration)
    }

    /// The same configuration with what `variables` say: `CART_STORAGE` sets `storage`, and
    /// `CART_SECTION_KEY` sets `section.key`. Others are left alone. Programs pass
    /// [`std::env::vars`]; nothing here reads them.
    ///
    /// # Errors
    ///
    /// As [`Configuration::load`].
    pub fn with_variables(
        &self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigurationError> {
        let mut values = serde_json::to_value(self)
            .map_err(|error| ConfigurationError::new("configuration", error))?;
        if let Value::Object(root) = &mut values {
            for (name, text) in variables {
                if let Some(name) = name.strip_prefix(VARIABLE_PREFIX) {
                    self.set(root, &name.to_ascii_lowercase(), &text);
                }
            }
        }
        Self::load(values)
    }

    fn set(&self, root: &mut Map<String, Value>, name: &str, text: &str) {
        // A number or a switch when it reads as one; a text needs no quotes, unless it looks like one.
        let value = match serde_json::from_str::<Value>(text) {
            Ok(scalar) if !scalar.is_array() && !scalar.is_object() => scalar,
            _ => Value::String(text.to_owned()),
        };
        if matches!(name, "storage" | "events") {
            root.insert(name.to_owned(), value);
            return;
        }
        let sections = SECTIONS
            .into_iter()
            .chain(self.custom.keys().map(String::as_str));
        let path = sections
            .filter_map(|section| Some((section, name.strip_prefix(section)?.strip_prefix('_')?)));
        // The longest section, should one be the beginning of another.
        if let Some((section, key)) = path.max_by_key(|(section, _)| section.len()) {
            let section = root
                .entry(section)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(section) = section {
                section.insert(key.to_owned(), value);
            }
        }
    }

    /// Checks what types alone can't say.
    fn check(&self) -> Result<(), ConfigurationError> {
        if !BUILT_IN.contains(&&*self.storage) && !self.custom.contains_key(&self.storage) {
            return Err(ConfigurationError::new(
                "storage",
                format_args!(
                    "no store is called `{}`: use session, cache or database, or add a section of that name",
                    self.storage
                ),
            ));
        }
        for (name, section) in &self.custom {
            if !section.is_object() {
                return Err(ConfigurationError::new(
                    name,
                    "is neither a known key nor a section",
                ));
            }
        }
        if self.cache.ttl <= 0 {
            return Err(ConfigurationError::new(
                "cache.ttl",
                "must be at least 1 second",
            ));
        }
        for (instance, ttl) in &self.cache.ttl_of {
            let key = || format!("cache.ttl_of.{instance}");
            Instance::new(&**instance).map_err(|error| ConfigurationError::new(key(), error))?;
            if *ttl <= 0 {
                return Err(ConfigurationError::new(key(), "must be at least 1 second"));
            }
        }
        for (key, text) in [
            ("session.key", &self.session.key),
            ("cache.prefix", &self.cache.prefix),
            ("database.table", &self.database.table),
        ] {
            if text.is_empty() {
                return Err(ConfigurationError::new(key, "must not be empty"));
            }
        }
        for (key, limit, ceiling) in [
            ("limits.lines", self.limits.lines, MAX_LINES),
            ("limits.encoded_bytes", self.limits.encoded_bytes, MAX_BYTES),
            (
                "limits.units_per_line",
                self.limits.units_per_line,
                usize::MAX,
            ),
            ("limits.name_length", self.limits.name_length, usize::MAX),
        ] {
            if limit == 0 {
                return Err(ConfigurationError::new(key, "must be at least 1"));
            }
            if usize::try_from(limit).is_ok_and(|limit| limit <= ceiling) {
                continue;
            }
            // What could be written and not read would be lost.
            let problem = format_args!("must be at most {ceiling}: a larger cart can't be read");
            return Err(ConfigurationError::new(key, problem));
        }
        self.cache_url()
            .map(drop)
            .or_else(|error| unless_unused(self, "cache", error))?;
        self.connection()
            .map(drop)
            .or_else(|error| unless_unused(self, "database", error))
    }

    /// The URL that `cache.store` names.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] when `stores` has no such name.
    pub fn cache_url(&self) -> Result<StoreUrl, ConfigurationError> {
        match self.cache.store.as_deref() {
            Some("array") => Ok("memory:".into()),
            name => named(&self.stores, "stores", name),
        }
    }

    /// The URL that `database.connection` names.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] when `connections` has no such name.
    pub fn connection(&self) -> Result<StoreUrl, ConfigurationError> {
        named(
            &self.connections,
            "connections",
            self.database.connection.as_deref(),
        )
    }
}

fn named(
    urls: &std::collections::BTreeMap<String, StoreUrl>,
    section: &str,
    name: Option<&str>,
) -> Result<StoreUrl, ConfigurationError> {
    let name = name.unwrap_or(Configuration::DEFAULT_NAME);
    urls.get(name).cloned().ok_or_else(|| {
        ConfigurationError::new(
            format!("{section}.{name}"),
            "is missing: give the URL of the store",
        )
    })
}

/// A store that isn't in use needs no URL, unless one is asked for by name.
fn unless_unused(
    configuration: &Configuration,
    storage: &str,
    error: ConfigurationError,
) -> Result<(), ConfigurationError> {
    let named = match storage {
        "cache" => configuration.cache.store.is_some(),
        _ => configuration.database.connection.is_some(),
    };
    if named || configuration.storage == storage {
        Err(error)
    } else {
        Ok(())
    }
}
