use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    BuiltInStrategy, Configuration, ConfigurationError, ErrorKind, Requirement, Scope,
    StoreRegistry,
};
use cart_testkit::ManualClock;

use crate::{item, shopper};

fn load(json: &str) -> Result<Configuration, ConfigurationError> {
    Configuration::load(&mut serde_json::Deserializer::from_str(json))
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let configuration = load("{}").expect("everything has a default");
    assert_eq!(configuration.storage, "session");
    assert_eq!(configuration.session.key, "cart");
    assert_eq!(
        (&*configuration.cache.prefix, configuration.cache.ttl),
        ("cart", 86_400)
    );
    assert_eq!(configuration.cache.store, None);
    assert_eq!(configuration.database.table, "carts");
    assert_eq!(configuration.database.connection, None);
    assert!(!configuration.database.lock_for_update);
    assert!(configuration.migration.auto_migrate_on_login);
    assert_eq!(
        configuration.migration.merge_strategy,
        BuiltInStrategy::AddQuantities
    );
    assert_eq!(configuration.limits.lines, 1_000);
    assert!(configuration.events);
    assert_eq!(configuration.money.default_currency, None);
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    for (json, key) in [
        (r#"{"storage": "sessions"}"#, "storage"),
        (r#"{"storage": 5}"#, "storage"),
        (r#"{"cache": {"ttl": 0}}"#, "cache.ttl"),
        (r#"{"cache": {"ttl": -1}}"#, "cache.ttl"),
        (r#"{"cache": {"ttl": "3600s"}}"#, "cache.ttl"),
        (r#"{"cache": {"ttl": 1.5}}"#, "cache.ttl"),
        (
            r#"{"cache": {"ttl_of": {"wishlist": 0}}}"#,
            "cache.ttl_of.wishlist",
        ),
        (r#"{"cache": {"ttl_of": {"": 60}}}"#, "cache.ttl_of."),
        (r#"{"cache": {"renew_on": "sunday"}}"#, "cache.renew_on"),
        (r#"{"cache": {"prefix": ""}}"#, "cache.prefix"),
        (r#"{"cache": {"store": "fast"}}"#, "stores.fast"),
        (r#"{"cache": {"timeout": 5}}"#, "cache.timeout"),
        (
            r#"{"database": {"lock_for_update": "yes"}}"#,
            "database.lock_for_update",
        ),
        (
            r#"{"database": {"connection": "shop"}}"#,
            "connections.shop",
        ),
        (r#"{"storage": "database"}"#, "connections.default"),
        (
            r#"{"migration": {"merge_strategy": "keep_all"}}"#,
            "migration.merge_strategy",
        ),
        (r#"{"limits": {"lines": "many"}}"#, "limits.lines"),
        (r#"{"limits": {"lines": 0}}"#, "limits.lines"),
        (r#"{"limits": {"lines": 100001}}"#, "limits.lines"),
        (
            r#"{"limits": {"encoded_bytes": 16777217}}"#,
            "limits.encoded_bytes",
        ),
        (r#"{"deletion": {"keep_days": -1}}"#, "deletion.keep_days"),
        (
            r#"{"money": {"default_currency": "DOLLARS"}}"#,
            "money.default_currency",
        ),
        (r#"{"evnts": true}"#, "evnts"),
    ] {
        let error = load(json).expect_err(json);
        assert_eq!(error.key(), key, "{json}: {error}");
    }
}

#[test]
fn variables_set_keys_and_are_checked_like_them() {
    let base = load(r#"{"storage": "dynamodb", "dynamodb": {"table": "carts"}}"#).expect("valid");
    let variables = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        base.with_variables(pairs.collect::<Vec<_>>())
    };
    let configuration = variables(&[
        ("CART_STORAGE", "database"),
        ("CART_CONNECTIONS_DEFAULT", "sqlite://carts.db"),
        ("CART_CACHE_TTL", "60"),
        ("CART_MIGRATION_AUTO_MIGRATE_ON_LOGIN", "false"),
        ("CART_DYNAMODB_REGION", "us-east-1"),
        ("CARTOGRAPHY", "maps"),
        ("PATH", "/usr/bin"),
    ])
    .expect("valid variables");
    assert_eq!(configuration.storage, "database");
    assert_eq!(
        configuration.connection().expect("a URL").as_str(),
        "sqlite://carts.db"
    );
    assert_eq!(configuration.cache.ttl, 60);
    assert!(!configuration.migration.auto_migrate_on_login);
    assert_eq!(configuration.custom["dynamodb"]["region"], "us-east-1");

    let error = variables(&[("CART_CACHE_TTL", "soon")]).expect_err("no number");
    assert_eq!(error.key(), "cache.ttl");
}

#[test]
fn no_password_shows_in_a_configuration() {
    let configuration = load(r#"{"connections": {"default": "postgres://shop:hunter2@db/carts"}}"#);
    let shown = format!("{:?}", configuration.expect("valid"));
    assert!(
        shown.contains("postgres") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_cache_lets_carts_expire_as_it_is_configured() {
    let clock = Arc::new(ManualClock::new());
    let registry = StoreRegistry::new().with_clock(Arc::clone(&clock) as _);
    let cache = load(
        r#"{"storage": "cache", "cache": {
            "store": "array", "ttl": 60, "ttl_of": {"wishlist": 120}, "renew_on": "creation"
        }}"#,
    );
    let carts = registry.configure(&cache.expect("valid")).await;
    let carts = carts.expect("it opens").build();
    let cart = |instance| carts.cart(shopper(), instance).expect("a valid instance");
    let mut seen = Vec::new();
    for seconds in [0, 40, 40, 40] {
        clock.advance(Duration::from_secs(seconds));
        for instance in ["default", "wishlist"] {
            if seconds == 0 {
                cart(instance).add(item("a")).await.expect("an edit");
            }
            seen.push(cart(instance).load().await.expect("it loads").exists());
        }
        if seconds == 0 {
            clock.advance(Duration::from_secs(10));
            cart("default").add(item("b")).await.expect("an edit");
        }
    }
    let expected = [[true, true], [true, true], [false, true], [false, false]];
    assert_eq!(seen, expected.concat());
}

#[tokio::test]
async fn a_configuration_opens_the_store_that_it_names() {
    let registry = StoreRegistry::new();
    let cache = load(r#"{"storage": "cache", "cache": {"store": "array"}}"#).expect("valid");
    let carts = registry.configure(&cache).await.expect("it opens");
    let carts = carts
        .require(&[Requirement::CompareAndSet(Scope::Process)])
        .expect("memory does");
    assert_eq!(&*carts.info().name, "memory");

    let error = registry
        .open_configured(&Configuration::default())
        .await
        .expect_err("no session");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let error = registry
        .open("postgres://shop:hunter2@db/carts")
        .await
        .expect_err("not known");
    assert!(error.to_string().contains("memory") && !error.to_string().contains("hunter2"));
}

#[tokio::test]
async fn what_an_application_needs_is_checked_at_the_start() {
    let carts = cart_core::Carts::builder(cart_core::MemoryCartStore::new());
    let needed = [
        Requirement::Durability(cart_core::Durability::PowerLoss),
        Requirement::CompareAndSet(Scope::Shared),
        Requirement::Lock,
    ];
    let error = carts
        .require(&needed)
        .expect_err("memory is gone with its process");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let text = error.to_string();
    assert!(text.contains("PowerLoss") && text.contains("Shared") && !text.contains("Lock,"));
}
