//! `import`, `export`.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Run, Shop};

/// Three hundred baskets, each another one.
fn baskets() -> String {
    const NAMES: [&str; 7] = [
        "whole milk",
        "rolls/buns",
        "cream cheese ",
        "liquor (appetizer)",
        "UHT-milk",
        "Crème brûlée",
        "coffee",
    ];
    let mut baskets = String::new();
    for number in 1_usize..=300 {
        let names = NAMES.iter().enumerate();
        let names: Vec<&str> = names
            .filter(|(bit, _)| (number % 127 + 1) >> bit & 1 == 1)
            .map(|(_, name)| *name)
            .collect();
        baskets.push_str(&names.join(","));
        baskets.push('\n');
    }
    baskets
}

fn import(shop: &Shop, file: &str, text: impl AsRef<[u8]>) -> Run {
    fs::write(shop.path(file), text).expect("a file");
    if file.ends_with("csv") {
        shop.run(&["--json", "import", "--baskets", file])
    } else {
        shop.run(&["--json", "import", file])
    }
}

fn report(run: Run) -> Value {
    serde_json::from_str(&run.done()).expect("a report")
}

#[test]
fn what_is_exported_imported_and_exported_again_is_identical() {
    let first = Shop::new();
    assert_eq!(
        report(import(&first, "baskets.csv", baskets()))["carts"],
        300
    );
    let gift = [
        "--kind", "charge", "--target", "item", "--value", "*1.1", "--item", "coffee",
    ];
    let on_line = ["condition", "add", "user:basket-00128", "gift"];
    first.run(&[&on_line[..], &gift[..]].concat());
    first.text(&["meta", "set", "guest:\u{1f6d2} \"'", "note", "[1.10,1e400]"]);
    first.text(&["forget", "user:basket-00007"]);
    let exported = first.text(&["export", "--tombstones"]);
    assert_eq!(exported.lines().count(), 301);

    let second = Shop::new();
    assert_eq!(
        report(import(&second, "carts.jsonl", &exported))["carts"],
        301
    );
    assert_eq!(second.text(&["export", "--tombstones"]), exported);
    let again = report(import(&second, "carts.jsonl", &exported));
    assert_eq!(
        (&again["carts"], &again["unchanged"]),
        (&json!(0), &json!(301))
    );
    assert_eq!(second.text(&["export", "--tombstones"]), exported);
}

#[test]
fn baskets_become_carts_priced_by_the_documented_rule() {
    let shop = Shop::new();
    let text = "whole milk,rolls/buns, whole milk \nUHT-milk\n";
    assert_eq!(report(import(&shop, "baskets.csv", text))["carts"], 2);
    let cart = shop.json(&["show", "user:basket-00001"]);
    let item = |number: usize| {
        let item = &cart["items"][number];
        json!([
            item["id"],
            item["name"],
            item["quantity"],
            item["unit_price"],
            item["currency"]
        ])
    };
    // The prices were computed by another program, from the rule in the documentation.
    assert_eq!(item(0), json!(["whole-milk", "whole milk", 2, 95, "USD"]));
    assert_eq!(item(1), json!(["rolls-buns", "rolls/buns", 1, 1973, "USD"]));
    assert_eq!(shop.json(&["show", "user:basket-00002"])["total"], 1618);
}

#[test]
fn importing_baskets_again_changes_nothing() {
    let shop = Shop::new();
    report(import(&shop, "baskets.csv", baskets()));
    let exported = shop.text(&["export"]);
    let again = report(import(&shop, "baskets.csv", baskets()));
    assert_eq!(
        (&again["carts"], &again["unchanged"]),
        (&json!(0), &json!(300))
    );
    assert_eq!(shop.text(&["export"]), exported);
}

#[test]
fn an_import_never_goes_back_to_an_older_version() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let old = shop.text(&["export"]);
    shop.add("user:1", "tea", 1);
    report(import(&shop, "carts.jsonl", &old));
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 2)]);
}

#[test]
fn a_line_that_is_no_cart_is_named_and_its_batch_is_not_imported() {
    let full = Shop::new();
    report(import(&full, "baskets.csv", baskets()));
    let exported = full.text(&["export"]);
    let mut lines: Vec<&str> = exported.lines().collect();
    lines.insert(120, "{\"format\":1}");
    let text = lines.join("\n");

    let shop = Shop::new();
    let run = import(&shop, "carts.jsonl", &text);
    assert_eq!(run.code, 2, "{run:?}");
    let document: Value = serde_json::from_str(&run.stderr).expect("JSON");
    let message = document["error"]["message"].as_str().expect("a text");
    assert!(message.starts_with("line 121: "), "{message}");
    assert!(
        message.contains("0 carts were imported before"),
        "{message}"
    );
    assert_eq!(shop.text(&["export"]), "");
}

#[test]
fn whole_batches_before_a_bad_line_are_imported() {
    let full = Shop::new();
    let twice = [baskets(), baskets()].concat();
    report(import(&full, "baskets.csv", &twice));
    let exported = full.text(&["export"]);

    let shop = Shop::new();
    let run = import(&shop, "carts.jsonl", format!("{exported}not JSON\n"));
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("line 601: "), "{run:?}");
    assert!(
        run.stderr.contains("500 carts were imported before"),
        "{run:?}"
    );
    assert_eq!(shop.text(&["export"]).lines().count(), 500);
}

#[test]
fn a_line_that_is_no_text_is_named() {
    let shop = Shop::new();
    for (file, text) in [
        ("carts.jsonl", &b"\n\xff\n"[..]),
        ("baskets.csv", b"tea\nmilk,\xff\n"),
        ("baskets.csv", b"tea\nmilk,?!\n"),
    ] {
        let run = import(&shop, file, text);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("line 2: "), "{run:?}");
    }
}

#[test]
fn a_cart_that_cannot_be_read_is_moved_as_it_is_and_never_shown_as_empty() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let broken = shop
        .text(&["export"])
        .replace("\"quantity\":1", "\"quantity\":\"one\"");
    let other = Shop::new();
    assert_eq!(report(import(&other, "carts.jsonl", &broken))["carts"], 1);
    assert_eq!(other.error(5, &["show", "user:1"])["kind"], "corrupt");
    other.error(5, &["update", "user:1", "tea", "--quantity", "+1"]);
    assert_eq!(other.text(&["export"]), broken);
}

#[test]
fn a_line_of_a_newer_release_is_invalid_input() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let newer = shop
        .text(&["export"])
        .replace("\"format\":1,", "\"format\":99,");
    let other = Shop::new();
    let run = import(&other, "carts.jsonl", &newer);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("newer_format"), "{run:?}");
}

#[test]
fn carts_are_read_from_the_standard_input() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let exported = shop.text(&["export"]);
    for file in [&[][..], &["-"]] {
        let other = Shop::new();
        let mut program = other.program();
        program.args(["--store", &other.url(), "import"]).args(file);
        program
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = program.spawn().expect("a program");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(exported.as_bytes()).expect("a reader");
        drop(stdin);
        Run::from(child.wait_with_output().expect("an end")).done();
        assert_eq!(other.text(&["export"]), exported);
    }
}

#[test]
fn the_carts_of_one_owner_are_exported_alone() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    shop.add("user:2", "tea", 1);
    let exported = shop.text(&["export", "user:2"]);
    assert_eq!(exported.lines().count(), 1);
    assert!(exported.contains("\"user:2\""), "{exported}");
    assert_eq!(shop.text(&["export", "user:3"]), "");
}

#[test]
fn an_import_for_a_tenant_leaves_other_tenants_out() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let price = ["--name", "Tea", "--price", "1", "--currency", "USD"];
    shop.text(&[&["--tenant", "north", "add", "user:1", "tea"], &price[..]].concat());
    let exported = shop.text(&["export"]);
    assert_eq!(exported.lines().count(), 2);

    let other = Shop::new();
    fs::write(other.path("carts.jsonl"), &exported).expect("a file");
    let report = other.json(&["--tenant", "north", "import", "carts.jsonl"]);
    assert_eq!(
        (&report["carts"], &report["skipped"]),
        (&json!(1), &json!(1))
    );
    assert!(other.text(&["export"]).contains("\"north\""));
}

#[test]
fn a_file_that_is_missing_is_invalid_input() {
    let shop = Shop::new();
    let error = shop.error(2, &["import", "nowhere.jsonl"]);
    assert!(
        error["message"]
            .as_str()
            .expect("a text")
            .contains("nowhere.jsonl"),
        "{error}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let shop = Shop::new();
    report(import(&shop, "baskets.csv", baskets()));
    let mut program = shop.program();
    program.args(["--store", &shop.url(), "export"]);
    program.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("a program");
    drop(child.stdout.take());
    let run = Run::from(child.wait_with_output().expect("an end"));
    assert_eq!((run.code, &*run.stderr), (0, ""));
}

#[test]
fn a_command_leaves_the_database_in_one_file() {
    let shop = Shop::new();
    let there = || {
        let entries = fs::read_dir(shop.path("")).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("a file").file_name())
            .collect();
        names.sort();
        names
    };
    shop.add("user:42", "tea", 1);
    assert_eq!(there(), ["carts.db"], "after a write");
    shop.text(&["show", "user:42"]);
    assert_eq!(there(), ["carts.db"], "after a look");
    assert_ne!(shop.run(&["remove", "user:42", "milk"]).code, 0);
    assert_eq!(there(), ["carts.db"], "after a failure");
    shop.text(&["schema", "status"]);
    assert_eq!(there(), ["carts.db"], "after a look at the schema");
}
