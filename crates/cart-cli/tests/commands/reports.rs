//! `report`, `history` and `schema audit`.

use serde_json::{Value, json};

use crate::support::Shop;

/// The rows that a command prints, one JSON value a line.
fn rows(shop: &Shop, words: &[&str]) -> Vec<Value> {
    let printed = shop.text(&[&["--json"], words].concat());
    let rows = printed.lines().map(serde_json::from_str);
    rows.collect::<Result<_, _>>().expect("a JSON value a line")
}

fn shop() -> Shop {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    shop.add("user:2", "tea", 3);
    shop.add("guest:3", "tea", 1);
    shop
}

#[test]
fn counts_and_values_are_reported_by_currency() {
    let shop = shop();
    shop.text(&["remove", "guest:3", "tea"]);
    let counts = rows(&shop, &["report", "counts"]);
    let users = json!({"class": "user", "currency": "USD", "carts": 2, "empty": 0, "converted": 0});
    assert!(counts.contains(&users), "{counts:?}");
    let [guests] = &rows(&shop, &["report", "counts", "--class", "guest"])[..] else {
        panic!("one row");
    };
    assert_eq!((&guests["carts"], &guests["empty"]), (&json!(1), &json!(1)));

    let values = rows(&shop, &["report", "values"]);
    assert_eq!(values.len(), 1);
    assert_eq!(
        (&values[0]["carts"], &values[0]["currency"]),
        (&json!(2), &json!("USD"))
    );
    let number = |name: &str| values[0][name].as_i64().expect("a number");
    assert_eq!(number("largest"), 3 * number("smallest"));
    assert_eq!(number("average"), 2 * number("smallest"));
    assert_eq!(values[0]["sum"], (4 * number("smallest")).to_string());
    assert!(shop.text(&["report", "values"]).contains("USD"));
}

#[test]
fn abandoned_carts_are_listed_page_by_page() {
    let shop = shop();
    assert_eq!(shop.text(&["report", "abandoned"]).trim(), "no carts");
    // A day that is zero days long: whatever was written before this moment.
    let all = ["report", "abandoned", "--days", "0"];
    assert_eq!(rows(&shop, &all).len(), 3);
    let first = rows(&shop, &[&all[..], &["--limit", "2"]].concat());
    let next = first[2]["next"].as_str().expect("a cursor");
    let second = rows(
        &shop,
        &[&all[..], &["--limit", "2", "--cursor", next]].concat(),
    );
    assert_eq!(second.len(), 1);
    let refused = shop.error(
        2,
        &["report", "abandoned", "--cursor", next, "--class", "user"],
    );
    assert_eq!(refused["kind"], "invalid");
}

#[test]
fn conversion_is_reported_for_a_period() {
    let shop = shop();
    let figures = rows(&shop, &["report", "conversion", "--from", "2020-01-01"]);
    let expected = json!(
        {"currency": "USD", "created": 3, "converted": 0, "sold": 0, "basis_points": 0}
    );
    assert_eq!(figures, [expected]);
    let words = [
        "report",
        "conversion",
        "--from",
        "2020-01-01",
        "--until",
        "2020-02-01",
    ];
    assert_eq!(rows(&shop, &words), [] as [Value; 0]);
    shop.error(2, &["report", "conversion", "--from", "soon"]);
}

#[test]
fn the_history_is_kept_while_the_audit_is_on_and_goes_with_its_owner() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    assert_eq!(shop.json(&["schema", "audit"]), json!({"audit": false}));
    shop.add("user:1", "tea", 1);
    assert!(shop.text(&["history", "user:1"]).contains("audit is off"));

    assert_eq!(
        shop.json(&["schema", "audit", "on"]),
        json!({"audit": true})
    );
    shop.add("user:1", "tea", 1);
    shop.text(&["forget", "user:1"]);
    let versions = rows(&shop, &["history", "user:1"]);
    let units: Vec<&Value> = versions.iter().map(|entry| &entry["units"]).collect();
    assert_eq!(units, [&json!(2), &json!(3)]);

    let version = versions[0]["version"].as_str().expect("a version");
    let cart = shop.json(&["history", "user:1", "--version", version]);
    assert_eq!(cart["items"][0]["quantity"], 2);
    shop.error(4, &["history", "user:1", "--version", "9-00000000000000ff"]);
    shop.error(2, &["history"]);

    assert_eq!(
        shop.json(&["history", "--purge-older", "1"]),
        json!({"purged": 0})
    );
    let erased = shop.json(&["erase", "user:1"]);
    assert_eq!(erased["versions"], 2);
    assert_eq!(rows(&shop, &["history", "user:1"]), [] as [Value; 0]);
    assert_eq!(
        shop.json(&["schema", "audit", "off"]),
        json!({"audit": false})
    );
}

#[test]
fn reports_create_nothing_and_leave_no_log_behind() {
    let shop = Shop::new();
    let refused = shop.error(5, &["report", "counts"]);
    assert_eq!(refused["kind"], "unprepared");
    assert!(!shop.path("carts.db").exists());
    shop.add("user:1", "tea", 1);
    shop.text(&["report", "counts"]);
    assert!(!shop.path("carts.db-wal").exists());
}

#[test]
fn a_store_without_sql_has_no_reports() {
    let shop = Shop::new();
    let mut program = shop.program();
    let run = crate::support::run(program.args(["--store", "memory:", "report", "counts"]));
    assert_eq!(run.code, 2);
}
