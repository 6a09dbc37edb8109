//! `clear-abandoned`, `restore`, `sweep`.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Shop, run};

/// Thirty guests and twelve users, whose carts were written when computers had no carts, and one
/// user who was here just now.
fn abandoned() -> Shop {
    let fresh = Shop::new();
    let line = "tea,milk\n";
    fs::write(fresh.path("baskets.csv"), line.repeat(42)).expect("a file");
    fresh.json(&["import", "--baskets", "baskets.csv"]);
    let old: String = (1..)
        .zip(fresh.text(&["export"]).lines())
        .map(|(number, line)| {
            let mut cart: Value = serde_json::from_str(line).expect("a cart");
            cart["updated_at"] = json!(1_000_000_000 + number);
            let text = serde_json::to_string(&cart).expect("JSON");
            let class = if number > 12 { "guest" } else { "user" };
            text.replace("user:basket", &format!("{class}:basket")) + "\n"
        })
        .collect();
    let shop = Shop::new();
    shop.add("user:here", "tea", 1);
    fs::write(shop.path("old.jsonl"), old).expect("a file");
    assert_eq!(shop.json(&["import", "old.jsonl"])["carts"], 42);
    shop
}

fn clear(shop: &Shop, words: &[&str]) -> Value {
    shop.json(&[&["clear-abandoned"], words].concat())
}

fn carts(shop: &Shop) -> usize {
    shop.text(&["list", "--json"]).lines().count()
}

#[test]
fn abandoned_carts_go_and_others_stay() {
    let shop = abandoned();
    let foretold = clear(&shop, &["--dry-run"]);
    assert_eq!(
        (&foretold["deleted"], &foretold["dry_run"]),
        (&json!(42), &json!(true))
    );
    assert_eq!(carts(&shop), 43);
    let done = clear(&shop, &["--yes", "--batch-size", "5"]);
    for count in [
        "seen", "deleted", "touched", "claimed", "retained", "moving",
    ] {
        assert_eq!(done[count], foretold[count], "{count}");
    }
    assert_eq!(shop.quantities("user:here"), [("tea".to_owned(), 1)]);
    assert_eq!(carts(&shop), 1);
    let text = shop.text(&["clear-abandoned", "--yes"]);
    assert!(text.starts_with("deleted 0 of 0 carts in "), "{text}");
}

#[test]
fn classes_of_owners_have_periods_of_their_own() {
    let shop = abandoned();
    let done = clear(
        &shop,
        &["--yes", "--user-days", "never", "--guest-days", "30"],
    );
    assert_eq!(
        (&done["deleted"], &done["retained"]),
        (&json!(30), &json!(12))
    );
    let done = clear(&shop, &["--yes", "--days", "100000", "--user-days", "1"]);
    assert_eq!(done["deleted"], 12);
    shop.error(2, &["clear-abandoned", "--days", "never", "--yes"]);
}

#[test]
fn a_number_of_days_that_is_none_is_refused_and_nothing_is_deleted() {
    let shop = abandoned();
    for days in ["abc", "0", "-1", "", "7d", "1.5", "+7", "99999999999"] {
        for option in [
            "--days",
            "--guest-days",
            "--user-days",
            "--empty-days",
            "--keep-days",
        ] {
            let error = shop.error(2, &["clear-abandoned", "--yes", option, days]);
            let message = error["message"].as_str().expect("a text");
            assert!(message.contains("whole number of days"), "{message}");
        }
    }
    shop.error(2, &["clear-abandoned", "--yes", "--batch-size", "0"]);
    assert_eq!(carts(&shop), 43);
}

#[test]
fn without_a_terminal_it_asks_nobody_and_wants_yes() {
    let shop = abandoned();
    let error = shop.error(2, &["clear-abandoned"]);
    let message = error["message"].as_str().expect("a text");
    assert!(message.contains("--yes"), "{message}");
    assert_eq!(carts(&shop), 43);
}

#[test]
fn a_run_that_ended_early_goes_on_where_it_was() {
    let shop = abandoned();
    // A checkpoint of another clean-up, and one that is none, are refused.
    fs::write(shop.path("place"), "not a place\n").expect("a file");
    shop.error(2, &["clear-abandoned", "--yes", "--resume", "place"]);
    fs::remove_file(shop.path("place")).expect("a file");
    assert_eq!(carts(&shop), 43);

    let words = ["--yes", "--batch-size", "5", "--resume", "place"];
    let done = clear(&shop, &words);
    assert_eq!((&done["deleted"], carts(&shop)), (&json!(42), 1));
    assert!(!shop.path("place").exists());
    assert!(!shop.path("place.new").exists());
}

#[test]
fn a_place_that_can_not_be_written_stops_the_run_after_its_batch() {
    let shop = abandoned();
    let words = ["--yes", "--batch-size", "5", "--resume", "nowhere/place"];
    shop.error(2, &[&["clear-abandoned"], &words[..]].concat());
    assert_eq!(carts(&shop), 38);
}

#[test]
fn a_second_single_run_does_nothing() {
    let shop = abandoned();
    let done = clear(&shop, &["--yes", "--single"]);
    assert_eq!(
        (&done["skipped"], &done["deleted"]),
        (&json!(false), &json!(42))
    );
    // The lease was given up, and is not listed as a cart.
    let again = clear(&shop, &["--yes", "--single"]);
    assert_eq!(again["skipped"], false);
    assert_eq!(carts(&shop), 1);

    // Another server holds it.
    let held = format!(
        r#"{{"format":1,"tenant":"","owner":"lease:clear-abandoned","instance":"default","version":"9-00000000000000ff","state":"deleted","created_at":0,"updated_at":0,"expires_at":{},"marked":false,"summary":{{"currency":null,"lines":0,"units":0,"subtotal":0,"total":0,"claimed_until":null,"converted_at":null}},"items":[],"conditions":[],"metadata":{{}},"ledger":{{}}}}"#,
        i64::MAX
    );
    fs::write(shop.path("held.jsonl"), held).expect("a file");
    shop.json(&["import", "held.jsonl"]);
    assert_eq!(clear(&shop, &["--yes", "--single"])["skipped"], true);
    let text = shop.text(&["clear-abandoned", "--yes", "--single"]);
    assert!(text.contains("another run is under way"), "{text}");
    assert_eq!(clear(&shop, &["--yes"])["skipped"], false);
}

#[test]
fn what_was_cleared_comes_back_where_it_is_kept() {
    let shop = abandoned();
    let owner = "user:basket-00001";
    let before = shop.json(&["show", owner]);
    clear(&shop, &["--yes", "--keep-days", "30"]);
    shop.error(4, &["show", owner]);
    let restored = shop.json(&["restore", owner]);
    assert_eq!(
        (&restored["written"], &restored["units"]),
        (&json!(true), &before["units"])
    );
    let after = shop.json(&["show", owner]);
    for field in ["items", "conditions", "metadata", "created_at", "total"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let error = shop.error(3, &["restore", owner]);
    assert_eq!(error["conflict"]["live"], true);
    assert_eq!(clear(&shop, &["--yes"])["deleted"], 0);
    shop.error(4, &["restore", "user:unheard-of"]);
}

#[test]
fn the_configuration_may_keep_what_is_deleted() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    let mut program = shop.program();
    program.env("CART_DELETION_KEEP_DAYS", "30");
    run(program.args(["--store", &shop.url(), "forget", "user:1"])).done();
    let kept = shop.text(&["export", "user:1", "--tombstones"]);
    assert!(kept.contains("\"tea\""), "{kept}");
    shop.text(&["restore", "user:1"]);
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 2)]);

    run(program.arg("--json")).done();
    assert_eq!(shop.json(&["erase", "user:1"])["tombstones"], 1);
    assert_eq!(shop.text(&["export", "--tombstones"]), "");
    shop.error(4, &["restore", "user:1"]);
}

#[test]
fn a_sweep_removes_what_has_expired_up_to_its_limit() {
    let shop = abandoned();
    let exported = shop.text(&["export", "user:basket-00001"]);
    let expired: String = (0..7)
        .map(|number| {
            let owner = format!("user:expired-{number}");
            exported
                .replace("user:basket-00001", &owner)
                .replace("\"expires_at\":null", "\"expires_at\":5")
        })
        .collect();
    fs::write(shop.path("expired.jsonl"), expired).expect("a file");
    shop.json(&["import", "expired.jsonl"]);
    assert_eq!(shop.json(&["sweep", "--limit", "3"])["swept"], 3);
    assert_eq!(shop.json(&["sweep"])["swept"], 4);
    assert_eq!(shop.text(&["sweep"]), "removed 0 expired records\n");
    assert_eq!(carts(&shop), 43);
    shop.error(2, &["sweep", "--limit", "0"]);
}
