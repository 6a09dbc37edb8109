//! `swap --owners`: the carts of many owners change hands by a file.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Run, Shop, run};

/// Identifiers that a file, a shell or a store might mistake for something else.
const HOSTILE: [&str; 14] = [
    "a,b",
    "a\"b",
    "\"a\"",
    " a ",
    "a",
    "a:b",
    "a;b\tc",
    "a\nb",
    "a\r\nb\r",
    "\u{0}",
    "#a",
    "=1+1",
    "\u{e9}",
    "\u{feff}\u{1f6d2}",
];

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// A file of one line for each pair.
fn write(shop: &Shop, lines: &[[String; 2]]) {
    let lines = lines.iter().map(|line| line.join(","));
    let text: Vec<String> = lines.collect();
    fs::write(shop.path("owners.csv"), text.join("\n")).expect("a file");
}

fn pair(from: &str, to: &str) -> [String; 2] {
    [from, to].map(str::to_owned)
}

fn swap<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&["swap", "--owners", "owners.csv"], options].concat()
}

/// The report of a run that left carts where they are.
fn conflicting(shop: &Shop, options: &[&str]) -> Value {
    let run: Run = shop.run(&[&["--json"], &swap(options)[..]].concat());
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("\"kind\":\"conflict\""), "{run:?}");
    serde_json::from_str(&run.stdout).expect("a report")
}

/// Who has carts, as the store lists them.
fn owners(shop: &Shop) -> Vec<String> {
    let lines = shop.text(&["export"]);
    let owner = |line: &str| {
        let cart: Value = serde_json::from_str(line).expect("a cart");
        cart["owner"].as_str().expect("an owner").to_owned()
    };
    let mut owners: Vec<String> = lines.lines().map(owner).collect();
    owners.sort();
    owners
}

/// Has each of these guests own a cart, also those whose name no command line takes.
fn guests(shop: &Shop, identifiers: &[&str]) {
    shop.add("guest:model", "tea", 1);
    let model = shop.text(&["export"]);
    shop.text(&["erase", "guest:model"]);
    let mut lines = String::new();
    for identifier in identifiers {
        let mut cart: Value = serde_json::from_str(&model).expect("a cart");
        cart["owner"] = json!(format!("guest:{identifier}"));
        lines += &cart.to_string();
        lines.push('\n');
    }
    fs::write(shop.path("guests.jsonl"), lines).expect("a file");
    shop.json(&["import", "guests.jsonl"]);
}

#[test]
fn identifiers_of_any_characters_arrive_as_they_are() {
    let shop = Shop::new();
    guests(&shop, &HOSTILE);
    let lines: Vec<_> = HOSTILE
        .iter()
        .map(|identifier| ["guest", "user"].map(|kind| quoted(&format!("{kind}:{identifier}"))))
        .collect();
    write(&shop, &lines);
    let swapped = shop.json(&swap(&[]));
    assert_eq!(
        [&swapped["lines"], &swapped["moved"], &swapped["failed"]],
        [&json!(14), &json!(14), &json!(0)]
    );
    let mut expected = HOSTILE.map(|identifier| format!("user:{identifier}"));
    expected.sort();
    assert_eq!(owners(&shop), expected);

    let again = shop.json(&swap(&[]));
    assert_eq!(
        [&again["moved"], &again["without_carts"]],
        [&json!(0), &json!(14)]
    );
    assert_eq!(owners(&shop), expected);
}

#[test]
fn a_file_with_lines_that_cannot_be_used_changes_nothing_and_names_them_all() {
    let shop = Shop::new();
    shop.add("guest:a", "tea", 1);
    let before = shop.text(&["export"]);
    let text = "from,to\r\n\r\nguest:a,user:1\r\nguest:b\r\nguest:c,who\r\nguest:a,user:2\r\n";
    fs::write(shop.path("owners.csv"), text).expect("a file");
    let error = shop.error(2, &swap(&[]));
    let causes = error["causes"].as_array().expect("causes");
    let lines: Vec<_> = causes
        .iter()
        .filter_map(|cause| cause.as_str()?.split(':').next())
        .collect();
    assert_eq!(lines, ["line 4", "line 5", "line 6"], "{error}");
    assert_eq!(shop.text(&["export"]), before);

    let told = shop.run(&swap(&[]));
    assert!(
        told.stderr.starts_with(
            "error: nothing was changed, for lines of the file can't be used: 3\n  because: line 4: "
        ),
        "{told:?}"
    );
    shop.error(2, &["swap", "--owners", "nowhere.csv"]);
    shop.error(2, &["swap", "guest:a", "user:1", "--owners", "owners.csv"]);
    shop.error(2, &["swap", "guest:a"]);
    shop.error(2, &["swap", "guest:a", "user:1", "--dry-run"]);
}

#[test]
fn a_dry_run_foretells_what_becomes_of_each_cart() {
    for options in [
        &[][..],
        &["--replace"],
        &["--merge", "add_quantities"],
        &["--instance", "default"],
    ] {
        let shop = Shop::new();
        for owner in ["guest:a", "guest:b", "guest:c", "user:2"] {
            shop.add(owner, "tea", 1);
        }
        let price = ["--name", "Cup", "--price", "5.00", "--currency", "USD"];
        let cup = ["add", "guest:b", "cup", "--instance", "wishlist"];
        shop.text(&[&cup[..], &price[..]].concat());
        write(
            &shop,
            &[
                pair("guest:a", "user:1"),
                pair("guest:b", "user:1"),
                pair("guest:c", "user:2"),
                pair("guest:nobody", "user:3"),
            ],
        );
        let before = shop.text(&["export"]);
        let report = |options: &[&str]| {
            let run = shop.run(&[&["--json"], &swap(options)[..]].concat());
            let mut report: Value = serde_json::from_str(&run.stdout).expect("a report");
            report["milliseconds"] = json!(0);
            (run.code, report)
        };
        let (code, mut foretold) = report(&[options, &["--dry-run"]].concat());
        assert_eq!(shop.text(&["export"]), before);
        assert_eq!(foretold["dry_run"], true);
        foretold["dry_run"] = json!(false);
        assert_eq!(report(options), (code, foretold), "{options:?}");
    }
}

#[test]
fn a_cart_in_the_way_stays_and_is_listed_until_somebody_says_what_to_do() {
    let shop = Shop::new();
    shop.add("guest:a", "tea", 2);
    shop.add("guest:b", "cup", 1);
    write(
        &shop,
        &[pair("guest:a", "user:1"), pair("guest:b", "user:1")],
    );
    let report = conflicting(&shop, &[]);
    assert_eq!(
        (&report["moved"], &report["in_the_way"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        report["stayed"],
        json!([{
            "line": 2, "from": "guest:b", "to": "user:1", "instance": "default",
            "kind": "in_the_way"
        }])
    );
    let told = shop.run(&swap(&[]));
    assert!(
        told.stdout
            .ends_with("line 2: guest:b -> user:1 / default: in the way\n"),
        "{told:?}"
    );
    let merged = shop.json(&swap(&["--merge", "add_quantities"]));
    assert_eq!(merged["merged"], 1);
    let both = [("tea".to_owned(), 2), ("cup".to_owned(), 1)];
    assert_eq!(shop.quantities("user:1"), both);
    let again = shop.json(&swap(&["--merge", "add_quantities"]));
    assert_eq!(again["without_carts"], 2);
    assert_eq!(shop.quantities("user:1"), both);
}

#[test]
fn owners_are_those_of_the_tenant_and_lines_may_come_from_a_pipe() {
    let shop = Shop::new();
    shop.add("guest:a", "tea", 1);
    let price = ["--name", "Tea", "--price", "1", "--currency", "USD"];
    shop.text(&[&["--tenant", "north", "add", "guest:a", "tea"], &price[..]].concat());
    write(&shop, &[pair("guest:a", "user:1")]);
    let mut program = shop.program();
    program.args(["--store", &shop.url(), "--tenant", "north"]);
    program.args(["--json", "swap", "--owners", "-"]);
    let file = fs::File::open(shop.path("owners.csv")).expect("a file");
    let output = program.stdin(file).output().expect("a program");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(owners(&shop), ["guest:a", "user:1"]);
    assert_eq!(shop.quantities("guest:a").len(), 1);
}

#[test]
fn a_swap_that_is_killed_is_finished_by_the_next_one() {
    const GUESTS: usize = 1_000;
    let shop = Shop::new();
    let names: Vec<String> = (0..GUESTS).map(|number| format!("{number:04}")).collect();
    guests(&shop, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let lines: Vec<_> = names
        .iter()
        .map(|name| pair(&format!("guest:{name}"), &format!("user:{name}")))
        .collect();
    write(&shop, &lines);
    let mut program = shop.program();
    program.args(["--store", &shop.url()]).args(swap(&[]));
    program.stdout(Stdio::null()).stderr(Stdio::null());
    let mut swapping = program.spawn().expect("a program");
    let deadline = Instant::now() + Duration::from_secs(30);
    let has_moved = |name: &str| {
        let mut program = shop.program();
        program.args(["--store", &shop.url(), "show", &format!("user:{name}")]);
        run(&mut program).code == 0
    };
    while !has_moved("0000") {
        assert!(Instant::now() < deadline, "nothing moves");
    }
    swapping.kill().expect("a process");
    swapping.wait().expect("an end");

    let rest = shop.json(&swap(&[]));
    let before = rest["without_carts"].as_u64().expect("a count");
    assert!(before >= 1, "{rest}");
    assert_eq!(rest["moved"], json!(GUESTS as u64 - before));
    assert!(owners(&shop).iter().all(|owner| owner.starts_with("user:")));
    assert_eq!(owners(&shop).len(), GUESTS);
}
