//! `schema`, `doctor`, and stores that are not well.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Run, Shop, run};

fn on(shop: &Shop, url: &str, words: &[&str]) -> Run {
    let mut program = shop.program();
    run(program.args(["--json", "--store", url]).args(words))
}

#[test]
fn a_schema_is_applied_and_taken_back() {
    let shop = Shop::new();
    assert_eq!(shop.json(&["schema", "status"])["version"], 0);
    let applied = shop.json(&["schema", "apply"]);
    assert_eq!(
        (&applied["version"], &applied["current"]),
        (&applied["latest"], &json!(true))
    );
    shop.add("user:1", "tea", 1);

    let error = shop.error(2, &["schema", "revert"]);
    assert!(
        error["message"].as_str().expect("a text").contains("--yes"),
        "{error}"
    );
    shop.text(&["show", "user:1"]);
    for left in (0..applied["latest"].as_u64().expect("a number")).rev() {
        let reverted = shop.json(&["schema", "revert", "--yes"]);
        assert_eq!(reverted["version"], left);
    }
    assert_eq!(shop.json(&["schema", "status"])["current"], false);
}

#[test]
fn the_sql_of_the_schema_is_printed_without_a_database() {
    let shop = Shop::new();
    assert!(shop.text(&["schema", "sql"]).contains("CREATE TABLE"));
    assert!(!shop.path("carts.db").exists());
    assert_eq!(on(&shop, "memory:", &["schema", "sql"]).code, 2);
}

#[test]
fn a_database_without_schema_is_unavailable_until_it_is_applied() {
    let shop = Shop::new();
    let url = format!("{}?create_schema=false", shop.url());
    let refused = on(&shop, &url, &["list"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.stderr.contains("cart schema apply"), "{refused:?}");
    on(&shop, &url, &["schema", "apply"]).done();
    on(&shop, &url, &["list"]).done();
}

#[test]
fn a_healthy_store_passes_every_check_and_keeps_no_probe() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let diagnosis = shop.json(&["doctor"]);
    assert_eq!(diagnosis["healthy"], true);
    let checks: Vec<_> = diagnosis["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|check| {
            assert_eq!(check["outcome"], "passed", "{check}");
            assert!(check["microseconds"].is_u64());
            check["name"].as_str().expect("a name")
        })
        .collect();
    assert_eq!(
        checks,
        [
            "open", "schema", "ping", "write", "read", "conflict", "erase"
        ]
    );
    assert_eq!(diagnosis["capabilities"]["durability"], "PowerLoss");
    assert_eq!(shop.text(&["export", "--tombstones"]).lines().count(), 1);
    assert!(shop.text(&["doctor"]).contains("passed"));
}

#[test]
fn a_power_that_the_store_does_not_have_is_skipped() {
    let shop = Shop::new();
    let diagnosis = on(&shop, "memory:", &["doctor"]).done();
    let diagnosis: Value = serde_json::from_str(&diagnosis).expect("JSON");
    assert_eq!(diagnosis["healthy"], true);
    assert_eq!(diagnosis["checks"][1]["outcome"], "skipped");
}

#[test]
fn a_store_that_is_not_well_is_unavailable() {
    let shop = Shop::new();
    fs::write(
        shop.path("carts.db"),
        "a shopping list, and no database at all ".repeat(100),
    )
    .expect("a file");
    assert_eq!(shop.error(5, &["list"])["kind"], "unprepared");

    let run = shop.run(&["doctor", "--json"]);
    assert_eq!(run.code, 5, "{run:?}");
    let diagnosis: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(diagnosis["healthy"], false);
    assert_eq!(diagnosis["checks"][0]["outcome"], "failed");
}

#[test]
fn a_store_that_can_only_be_read_fails_the_doctor() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let url = format!("{}?read_only=true", shop.url());
    on(&shop, &url, &["show", "user:1"]).done();
    let refused = on(&shop, &url, &["clear", "user:1"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    let diagnosis = on(&shop, &url, &["doctor"]);
    assert_eq!(diagnosis.code, 5, "{diagnosis:?}");
    assert!(diagnosis.stdout.contains("\"failed\""), "{diagnosis:?}");
}

#[test]
fn a_url_that_means_nothing_is_invalid_input() {
    let shop = Shop::new();
    for url in ["sqlite://", "sqlite://x.db?speed=high", "floppy://a"] {
        for command in ["list", "doctor"] {
            assert_eq!(on(&shop, url, &[command]).code, 2, "{url} {command}");
        }
    }
}

#[test]
fn only_a_cache_is_flushed() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let error = shop.error(2, &["flush", "--yes"]);
    assert_eq!(error["kind"], "unsupported", "{error}");
    shop.text(&["show", "user:1"]);
}
