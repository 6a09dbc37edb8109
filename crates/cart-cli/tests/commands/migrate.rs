//! `copy`, `verify`, `repair`.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Run, Shop, run};

/// A shop with so many carts, one of them edited and one deleted.
fn shop_with(carts: usize) -> Shop {
    let shop = Shop::new();
    fs::write(shop.path("baskets.csv"), "tea,milk,bread\n".repeat(carts)).expect("a file");
    shop.json(&["import", "--baskets", "baskets.csv"]);
    shop.text(&["meta", "set", "guest:\u{1f6d2} \"'", "note", "[1.10,1e400]"]);
    shop.text(&["forget", "user:basket-00001"]);
    shop
}

/// Runs a command between the stores of two shops.
fn between(from: &Shop, to: &Shop, words: &[&str]) -> Run {
    let (command, options) = words.split_first().expect("a command");
    let mut program = from.program();
    program.args(["--json", command, &from.url(), &to.url()]);
    run(program.args(options))
}

fn report(run: Run) -> Value {
    serde_json::from_str(&run.done()).expect("a report")
}

/// The report of a run that found differences.
fn differing(run: &Run) -> Value {
    assert_eq!(run.code, 6, "{run:?}");
    serde_json::from_str(&run.stdout).expect("a report")
}

fn everything(shop: &Shop) -> String {
    shop.text(&["export", "--tombstones"])
}

#[test]
fn a_copy_holds_the_same_to_the_byte_and_so_does_a_copy_of_it() {
    let (first, second, third) = (shop_with(1_200), Shop::new(), Shop::new());
    let copied = report(between(&first, &second, &["copy"]));
    assert_eq!(
        (&copied["carts"], &copied["tombstones"], &copied["refused"]),
        (&json!(1_200), &json!(1), &json!(0))
    );
    report(between(&second, &third, &["copy", "--workers", "1"]));
    assert_eq!(everything(&third), everything(&first));

    let verified = report(between(&first, &third, &["verify"]));
    assert_eq!(
        (
            &verified["equal"],
            &verified["source"],
            &verified["compared"]
        ),
        (&json!(true), &json!(1_201), &json!(0))
    );
}

#[test]
fn differences_are_listed_and_repaired_and_what_is_newer_on_the_target_stays() {
    let (first, second) = (shop_with(20), Shop::new());
    report(between(&first, &second, &["copy"]));
    first.add("user:basket-00002", "coffee", 1);
    first.text(&["forget", "user:basket-00003"]);
    first.add("user:new", "coffee", 1);
    second.add("user:basket-00004", "coffee", 1);

    let found = differing(&between(&first, &second, &["verify"]));
    let counts = ["missing", "older", "newer", "extra", "repaired"].map(|kind| found[kind].clone());
    assert_eq!(counts, [1, 2, 1, 0, 0].map(|count| json!(count)));
    let listed = found["differences"].as_array().expect("a list");
    let newer = json!({
        "tenant": "", "owner": "user:basket-00004", "instance": "default", "kind": "newer"
    });
    assert!(listed.contains(&newer), "{listed:?}");

    let repaired = differing(&between(&first, &second, &["repair"]));
    assert_eq!(repaired["repaired"], 3);
    let left = differing(&between(&first, &second, &["verify"]));
    assert_eq!(left["differences"], json!([newer]));
    // The other way round it is the older one.
    report(between(&second, &first, &["repair"]));
    assert_eq!(everything(&second), everything(&first));
}

#[test]
fn people_are_told_in_sentences() {
    let (first, second) = (shop_with(3), Shop::new());
    let words = |command: &str| {
        let mut program = first.program();
        run(program.args([command, &first.url(), &second.url()]))
    };
    let copied = words("copy").done();
    assert!(
        copied.starts_with("copied 3 carts and 1 tombstones in "),
        "{copied}"
    );
    let verified = words("verify").done();
    assert!(verified.ends_with("s: no difference\n"), "{verified}");
    second.add("user:basket-00002", "coffee", 1);
    let differs = words("verify");
    assert_eq!(differs.code, 6);
    assert!(
        differs
            .stdout
            .ends_with("s: 1 newer\nnewer: user:basket-00002 / default\n"),
        "{differs:?}"
    );
    assert_eq!(differs.stderr, "error: the stores differ: see the report\n");
}

#[test]
fn a_sample_says_what_it_proves() {
    let (first, second) = (shop_with(50), Shop::new());
    report(between(&first, &second, &["copy"]));
    let sampled = report(between(&first, &second, &["verify", "--sample", "30"]));
    assert_eq!(sampled["sample"]["records"], 30);
    let most = sampled["sample"]["at_most_per_million"].as_u64();
    assert!(
        most.is_some_and(|most| (90_000..100_000).contains(&most)),
        "{sampled}"
    );
}

/// A copy that is slow enough to be killed, and notes where it is.
fn slow_copy(from: &Shop, to: &Shop) -> Child {
    let mut program = from.program();
    program.args(["copy", &from.url(), &to.url(), "--resume", "place"]);
    program.args(["--rate", "400", "--batch-size", "20", "--workers", "2"]);
    program.stdout(Stdio::null()).stderr(Stdio::null());
    program.spawn().expect("a program")
}

/// How many records the checkpoint counts.
fn noted(shop: &Shop) -> u64 {
    let text = fs::read_to_string(shop.path("place")).unwrap_or_default();
    let place: Value = serde_json::from_str(&text).unwrap_or_default();
    place["counts"]["seen"].as_u64().unwrap_or(0)
}

#[test]
fn a_copy_that_is_killed_again_and_again_goes_on_where_it_was() {
    let (first, second) = (shop_with(1_000), Shop::new());
    let mut before = 0;
    for _ in 0..5 {
        let mut copy = slow_copy(&first, &second);
        let deadline = Instant::now() + Duration::from_secs(30);
        while noted(&first) <= before {
            assert!(Instant::now() < deadline, "the copy doesn't move");
            std::thread::yield_now();
        }
        copy.kill().expect("a process");
        copy.wait().expect("an end");
        before = noted(&first);
    }
    assert!((100..1_001).contains(&before), "{before}");
    let other = Shop::new();
    let refused = between(&first, &other, &["copy", "--resume", "place"]);
    assert_eq!(refused.code, 2, "{refused:?}");

    let copied = report(between(&first, &second, &["copy", "--resume", "place"]));
    assert_eq!(
        (&copied["seen"], &copied["carts"]),
        (&json!(1_001), &json!(1_000))
    );
    assert!(!first.path("place").exists());
    report(between(&first, &second, &["verify"]));
    assert_eq!(everything(&second), everything(&first));
}

#[test]
fn a_dry_run_makes_no_cart_and_a_mistyped_source_no_store() {
    let (first, second) = (shop_with(30), Shop::new());
    let dry = report(between(&first, &second, &["copy", "--dry-run"]));
    assert_eq!((&dry["carts"], &dry["dry_run"]), (&json!(30), &json!(true)));
    assert_eq!(everything(&second), "");

    let empty = Shop::new();
    let missing = between(&empty, &second, &["copy"]);
    assert_eq!(missing.code, 5, "{missing:?}");
    assert!(!empty.path("carts.db").exists());
    let same = between(&first, &first, &["copy"]);
    assert_eq!(same.code, 2, "{same:?}");
    assert!(same.stderr.contains("name two"), "{same:?}");
    for option in ["--rate", "--workers", "--batch-size", "--written-within"] {
        let refused = between(&first, &second, &["copy", option, "0"]);
        assert_eq!(refused.code, 2, "{refused:?}");
    }
}

#[test]
fn carts_go_through_session_files_and_back() {
    let (first, second) = (shop_with(40), Shop::new());
    let copy = |from: &str, to: &str| {
        let mut program = first.program();
        report(run(program.args(["--json", "copy", from, to])));
    };
    copy(&first.url(), "file:sessions");
    copy("file:sessions", &second.url());
    assert_eq!(everything(&second), everything(&first));
    let mut program = first.program();
    let verify = ["--json", "verify", &first.url(), "file:sessions"];
    assert_eq!(report(run(program.args(verify)))["equal"], true);
}

#[test]
fn carts_of_one_tenant_are_copied_and_compared_alone() {
    let (first, second) = (shop_with(5), Shop::new());
    let price = ["--name", "Tea", "--price", "1", "--currency", "USD"];
    first.text(&[&["--tenant", "north", "add", "user:1", "tea"], &price[..]].concat());
    let copied = report(between(&first, &second, &["copy", "--tenant", "north"]));
    assert_eq!(copied["carts"], 1);
    report(between(&first, &second, &["verify", "--tenant", "north"]));
    differing(&between(&first, &second, &["verify"]));
}
