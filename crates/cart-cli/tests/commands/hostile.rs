//! Identifiers and texts that are meant to harm.

use crate::support::Shop;

/// Identifiers that careless keys, patterns, statements or terminals would confuse.
const IDENTIFIERS: [&str; 18] = [
    "user-1",
    "User-1",
    "user-1 ",
    " user-1",
    "user-10",
    "user:1",
    "user/1",
    "user%3A1",
    "user%",
    "*",
    "{user}",
    "..",
    "'; DROP TABLE carts; --",
    "\"quoted\"",
    "line\nbreak",
    "caf\u{e9}",
    "cafe\u{301}",
    "\u{1f6d2}",
];

#[test]
fn hostile_identifiers_never_meet() {
    let shop = Shop::new();
    for (number, identifier) in (1..).zip(IDENTIFIERS) {
        shop.add(&format!("user:{identifier}"), "tea", number);
        shop.add(&format!("guest:{identifier}"), "tea", 100 + number);
    }
    for (number, identifier) in (1..).zip(IDENTIFIERS) {
        let owner = format!("user:{identifier}");
        assert_eq!(shop.json(&["show", &owner])["owner"], owner);
        assert_eq!(shop.quantities(&owner), [("tea".to_owned(), number)]);
        let guest = format!("guest:{identifier}");
        assert_eq!(shop.quantities(&guest), [("tea".to_owned(), 100 + number)]);
    }
    let listed = shop.text(&["list", "--json"]);
    assert_eq!(listed.lines().count(), 2 * IDENTIFIERS.len());
}

#[test]
fn hostile_instances_never_meet() {
    let shop = Shop::new();
    let price = ["--name", "Tea", "--price", "1", "--currency", "USD"];
    for instance in ["a", "A", "a ", "a:b", "a/b", "*"] {
        let words = ["add", "user:1", instance, "--instance", instance];
        shop.text(&[&words[..], &price[..]].concat());
    }
    for instance in ["a", "A", "a ", "a:b", "a/b", "*"] {
        let cart = shop.json(&["show", "user:1", "--instance", instance]);
        assert_eq!(cart["items"][0]["id"], instance);
        assert_eq!(cart["lines"], 1);
    }
}

#[test]
fn owners_that_are_none_are_refused() {
    let shop = Shop::new();
    let long = format!("user:{}", "x".repeat(256));
    for owner in ["", "42", "user:", ":42", "User:42", "us er:42", &long] {
        assert_eq!(
            shop.error(2, &["show", owner])["kind"],
            "invalid",
            "{owner}"
        );
    }
    shop.error(2, &["show", "user:1", "--instance", ""]);
    shop.error(2, &["show", "user:1", "--tenant", &"x".repeat(65)]);
}

#[test]
fn no_text_moves_the_cursor_of_a_terminal() {
    let shop = Shop::new();
    let owner = "user:\u{1b}[2J";
    let evil = "\u{1b}]0;title\u{7}";
    let price = ["--price", "1", "--currency", "USD", "--name", evil];
    let words = [&["add", owner, evil], &price[..]].concat();
    let shown = [
        shop.text(&words),
        shop.text(&["show", owner]),
        shop.text(&["list"]),
        shop.text(&["forget", owner]),
    ];
    let refused = shop.run(&[
        "add",
        "user:1",
        "tea",
        "--name=Tea",
        "--currency=USD",
        "--price",
        evil,
    ]);
    for text in shown.iter().chain([&refused.stderr]) {
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
    }
}

#[test]
fn no_error_repeats_the_password_of_the_store() {
    let shop = Shop::new();
    // A store that nobody knows, and servers that nobody can reach.
    for (url, code, told) in [
        ("mongodb://shop:hunter2@localhost/0", 2, "sqlite"),
        ("redis://shop:hunter2@localhost:1/0", 5, "reached"),
        ("postgres://shop:hunter2@localhost:1/shop", 5, "reached"),
    ] {
        let mut program = shop.program();
        let run = crate::support::run(program.args(["--store", url, "list"]));
        assert_eq!(run.code, code, "{}", run.stderr);
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
}
