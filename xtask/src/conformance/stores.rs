//! The names of the stores, and the crates whose suites run them.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::prerequisites::Optional;

/// The test that runs the suite in most crates.
const CONFORMANCE: &str = "conformance";

/// A store of this workspace, and what tests it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Store {
    pub(super) name: &'static str,
    pub(super) crate_name: &'static str,
    /// The test of the crate that runs the suite on it.
    pub(super) test: &'static str,
    /// Left out where this server isn't.
    needs: Option<Optional>,
}

const fn built(name: &'static str, crate_name: &'static str, test: &'static str) -> Store {
    Store {
        name,
        crate_name,
        test,
        needs: None,
    }
}

const fn where_there_is(server: Optional, store: Store) -> Store {
    Store {
        needs: Some(server),
        ..store
    }
}

/// The stores of this workspace.
const BUILT: [Store; 35] = [
    built("memory", "cart-core", CONFORMANCE),
    built("retry", "cart-layers", CONFORMANCE),
    built("timeout", "cart-layers", CONFORMANCE),
    built("trace", "cart-layers", CONFORMANCE),
    built("metrics", "cart-layers", CONFORMANCE),
    built("layered", "cart-layers", CONFORMANCE),
    built("sqlite", "cart-store-db", CONFORMANCE),
    built("sqlite-audited", "cart-store-db", CONFORMANCE),
    built("postgres", "cart-store-db", "postgres"),
    built("postgres-audited", "cart-store-db", "postgres"),
    built("mariadb", "cart-store-db", "mysql"),
    built("mariadb-audited", "cart-store-db", "mysql"),
    where_there_is(Optional::Mysql, built("mysql", "cart-store-db", "mysql")),
    where_there_is(
        Optional::Mysql,
        built("mysql-audited", "cart-store-db", "mysql"),
    ),
    built("redis", "cart-store-cache", "redis"),
    where_there_is(
        Optional::Valkey,
        built("valkey", "cart-store-cache", "redis"),
    ),
    built("redis-sentinel", "cart-store-cache", "redis_servers"),
    built("redis-cluster", "cart-store-cache", "redis_servers"),
    built("session-memory", "cart-store-session", CONFORMANCE),
    built("session-file", "cart-store-session", CONFORMANCE),
    built("session-cookie", "cart-store-session", CONFORMANCE),
    built("tower-sessions-memory", "cart-store-session", CONFORMANCE),
    built("tower-sessions-redis", "cart-store-session", "redis"),
    built("memcached", "cart-store-memcached", "memcached"),
    // The store of the guide, docs/writing-a-store.md.
    built("file", "cart-testkit", "store_in_a_file"),
    built("routed", "cart-migrate", CONFORMANCE),
    built("dual-off", "cart-migrate", CONFORMANCE),
    built("dual-mirror", "cart-migrate", CONFORMANCE),
    built("dual-verify", "cart-migrate", CONFORMANCE),
    built("dual-moving", "cart-migrate", CONFORMANCE),
    built("dual-reverse", "cart-migrate", CONFORMANCE),
    built("dual-complete", "cart-migrate", CONFORMANCE),
    built("dual-restless", "cart-migrate", CONFORMANCE),
    built("dual-sqlite-mirror", "cart-migrate", CONFORMANCE),
    built("dual-sqlite-reverse", "cart-migrate", CONFORMANCE),
];

/// Names that are taken for stores to come.
const PLANNED: [&str; 1] = ["dynamodb"];

/// Which suites to run.
#[derive(Debug)]
pub(super) struct Selection {
    /// The stores.
    pub(super) stores: Vec<Store>,
    /// Whether the suite itself is tested too.
    pub(super) broken_stores: bool,
}

impl Selection {
    /// Leaves out the stores that need a server which isn't here, and tells which those are.
    pub(super) fn leave_out(
        &mut self,
        is_here: impl Fn(Optional) -> bool,
    ) -> Vec<(&'static str, Optional)> {
        let lacking = |store: &Store| store.needs.filter(|server| !is_here(*server));
        let left_out = self.stores.iter();
        let left_out = left_out.filter_map(|store| Some((store.name, lacking(store)?)));
        let left_out = left_out.collect();
        self.stores.retain(|store| lacking(store).is_none());
        left_out
    }

    /// Whether nothing is left to run.
    pub(super) fn is_empty(&self) -> bool {
        self.stores.is_empty() && !self.broken_stores
    }

    /// Whether a store belongs to it.
    pub(super) fn contains(&self, store: &str) -> bool {
        self.stores.iter().any(|known| known.name == store)
    }

    /// The names of the tests that run the suite on them.
    pub(super) fn tests(&self) -> BTreeSet<&'static str> {
        self.stores.iter().map(|store| store.test).collect()
    }

    /// The selected stores that this test of a crate tests.
    pub(super) fn stores_of(&self, crate_name: &str, test: &str) -> Vec<&'static str> {
        self.stores
            .iter()
            .filter(|store| store.crate_name == crate_name && store.test == test)
            .map(|store| store.name)
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

fn find(name: &str) -> Result<Store> {
    if let Some(store) = BUILT.iter().find(|store| store.name == name) {
        return Ok(*store);
    }
    let known = BUILT.map(|store| store.name).join(", ");
    let planned = PLANNED.contains(&name);
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
        assert_eq!(all.stores_of("cart-core", CONFORMANCE), ["memory"]);
        let on_postgres = all.stores_of("cart-store-db", "postgres");
        assert_eq!(on_postgres, ["postgres", "postgres-audited"]);
    }

    #[test]
    fn a_named_store_is_run_alone() {
        let one = select(&["sqlite".into()]).unwrap();
        assert!(!one.broken_stores);
        assert_eq!(one.stores_of("cart-store-db", CONFORMANCE), ["sqlite"]);
        assert_eq!(one.stores.len(), 1);
    }

    #[test]
    fn only_stores_on_servers_that_are_not_here_are_left_out() {
        let mut all = select(&[]).unwrap();
        assert!(all.leave_out(|_| true).is_empty());
        assert!(all.contains("valkey"));
        let left_out = all.leave_out(|server| server != Optional::Valkey);
        assert_eq!(left_out, [("valkey", Optional::Valkey)]);
        assert!(!all.contains("valkey") && all.contains("redis") && all.contains("mysql"));
        let mut one = select(&["mysql".into()]).unwrap();
        assert_eq!(one.leave_out(|_| false), [("mysql", Optional::Mysql)]);
        assert!(one.is_empty());
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
        let error = select(&["dynamodb".into()]).unwrap_err().to_string();
        assert!(error.contains("isn't built yet"), "{error}");
    }
}
