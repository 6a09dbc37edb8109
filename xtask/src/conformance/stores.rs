//! The names of the stores, and the crates whose suites run them.

use crate::error::{Error, Result};

/// The stores of this workspace, each with the crate that tests it.
const BUILT: [(&str, &str); 8] = [
    ("memory", "cart-core"),
    ("retry", "cart-layers"),
    ("timeout", "cart-layers"),
    ("trace", "cart-layers"),
    ("metrics", "cart-layers"),
    ("layered", "cart-layers"),
    ("sqlite", "cart-store-db"),
    ("postgres", "cart-store-db"),
];

/// Names that are taken for stores to come.
const PLANNED: [&str; 13] = [
    "mariadb",
    "mysql",
    "redis",
    "redis-cluster",
    "redis-sentinel",
    "valkey",
    "session-memory",
    "session-file",
    "session-cookie",
    "tower-sessions-memory",
    "tower-sessions-redis",
    "dynamodb",
    "memcached",
];

/// Which suites to run.
#[derive(Debug)]
pub(super) struct Selection {
    /// The stores, each with the crate that tests it.
    pub(super) stores: Vec<(&'static str, &'static str)>,
    /// Whether the suite itself is tested too.
    pub(super) broken_stores: bool,
}

impl Selection {
    /// Whether a store belongs to it.
    pub(super) fn contains(&self, store: &str) -> bool {
        self.stores.iter().any(|(name, _)| *name == store)
    }

    /// The selected stores that a crate tests.
    pub(super) fn stores_of(&self, crate_name: &str) -> Vec<&'static str> {
        self.stores
            .iter()
            .filter(|(_, tested_by)| *tested_by == crate_name)
            .map(|(name, _)| *name)
            .collect()
    }
}

/// The stores with these names; all of them, and the broken ones, when there is no name.
///
/// # Errors
///
/// A name that is unknown, or of a store that isn't built yet.
pub(super) fn select(names: &[String]) -> Result<Selection> {
    if names.is_empty() {
        return Ok(Selection {
            stores: BUILT.to_vec(),
            broken_stores: true,
        });
    }
    let stores = names.iter().map(|name| find(name)).collect::<Result<_>>()?;
    Ok(Selection {
        stores,
        broken_stores: false,
    })
}

fn find(name: &str) -> Result<(&'static str, &'static str)> {
    if let Some(store) = BUILT.iter().find(|(known, _)| *known == name) {
        return Ok(*store);
    }
    let known = BUILT.map(|(known, _)| known).join(", ");
    let planned = PLANNED.contains(&name) || name.starts_with("dual-") || name == "routed";
    Err(Error::Unknown(if planned {
        format!("the store `{name}` isn't built yet; there are {known}")
    } else {
        format!("no store is called `{name}`; there are {known}")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_every_store_and_the_broken_ones_are_run() {
        let all = select(&[]).unwrap();
        assert!(all.broken_stores);
        assert!(all.contains("memory") && all.contains("sqlite"));
        assert_eq!(all.stores_of("cart-core"), ["memory"]);
    }

    #[test]
    fn a_named_store_is_run_alone() {
        let one = select(&["sqlite".into()]).unwrap();
        assert!(!one.broken_stores);
        assert_eq!(one.stores, [("sqlite", "cart-store-db")]);
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = select(&["sqlight".into()]).unwrap_err().to_string();
        assert!(
            error.starts_with("no store is called `sqlight`; there are memory, "),
            "{error}"
        );
    }

    #[test]
    fn a_store_to_come_is_said_to_be_so() {
        for name in ["redis-cluster", "dual-sqlite-memory", "routed"] {
            let error = select(&[name.into()]).unwrap_err().to_string();
            assert!(error.contains("isn't built yet"), "{error}");
        }
    }
}
