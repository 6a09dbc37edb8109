//! Which store, and how it is set up: `--store`, the environment, the command line as such.

use serde_json::{Value, json};

use crate::support::{Shop, run};

#[test]
fn the_store_may_come_from_the_environment() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let mut program = shop.program();
    let listed = run(program
        .env("CART_STORAGE", shop.url())
        .args(["list", "--json"]));
    assert_eq!(listed.done().lines().count(), 1);
}

#[test]
fn the_environment_may_configure_a_database() {
    let shop = Shop::new();
    let add = [
        "add",
        "user:1",
        "tea",
        "--name",
        "Tea",
        "--price",
        "1",
        "--currency",
        "USD",
    ];
    let configured = |words: &[&str]| {
        let mut program = shop.program();
        program
            .env("CART_STORAGE", "database")
            .env("CART_CONNECTIONS_DEFAULT", shop.url())
            .env("CART_DATABASE_TABLE", "shop_carts")
            .env("CART_LIMITS_LINES", "1");
        run(program.args(words))
    };
    configured(&add).done();
    // Another table of the same file, which nobody has made.
    shop.error(5, &["show", "user:1"]);
    assert!(
        configured(&["schema", "sql"])
            .done()
            .contains("\"shop_carts\"")
    );
    let mut second = add;
    second[2] = "cup";
    let refused = configured(&second);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("limit"), "{refused:?}");
}

#[test]
fn prices_without_currency_take_the_one_of_the_configuration() {
    let shop = Shop::new();
    let add = ["add", "user:1", "tea", "--name", "Tea", "--price", "500"];
    let error = shop.error(2, &add);
    assert!(
        error["message"]
            .as_str()
            .expect("a text")
            .contains("--currency"),
        "{error}"
    );
    let mut program = shop.program();
    program.env("CART_MONEY_DEFAULT_CURRENCY", "JPY");
    run(program.args(["--store", &shop.url()]).args(add)).done();
    assert_eq!(shop.json(&["show", "user:1"])["currency"], "JPY");
}

#[test]
fn a_quantity_that_a_limit_cuts_is_reported_by_the_merge() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    shop.add("guest:t", "tea", 5);
    let mut program = shop.program();
    program.env("CART_LIMITS_UNITS_PER_LINE", "6");
    program.args([
        "--json",
        "--store",
        &shop.url(),
        "merge",
        "guest:t",
        "user:1",
    ]);
    let merged: Value = serde_json::from_str(&run(&mut program).done()).expect("JSON");
    let clamped = json!([{"item_id": "tea", "wanted": 7, "kept": 6}]);
    assert_eq!(merged["carts"][0]["report"]["clamped"], clamped);
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 6)]);
}

#[test]
fn a_setting_that_makes_no_sense_is_named_by_its_key() {
    let shop = Shop::new();
    let mut program = shop.program();
    program
        .env("CART_CACHE_TTL", "0")
        .args(["--store", &shop.url(), "list"]);
    let refused = run(&mut program);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("cache.ttl"), "{refused:?}");
}

#[test]
fn without_a_store_the_program_says_how_to_name_one() {
    let shop = Shop::new();
    let refused = run(shop.program().arg("list"));
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--store"), "{refused:?}");
}

#[test]
fn a_command_line_that_means_nothing_is_invalid_input() {
    let shop = Shop::new();
    for words in [
        &["show"][..],
        &["shwo", "user:1"],
        &["list", "--color"],
        &[],
    ] {
        let refused = shop.run(words);
        assert_eq!((refused.code, &*refused.stdout), (2, ""), "{words:?}");
        assert!(refused.stderr.contains("Usage"), "{refused:?}");
    }
    let error = shop.error(2, &["shwo", "user:1"]);
    assert_eq!(
        (&error["kind"], &error["retry_class"]),
        (&"invalid".into(), &"permanent".into())
    );
    let message = error["message"].as_str().expect("a text");
    assert!(
        message.contains("shwo") && !message.contains("Usage"),
        "{message}"
    );
}

#[test]
fn help_and_version_are_no_errors() {
    let shop = Shop::new();
    assert!(run(shop.program().arg("--help")).done().contains("doctor"));
    assert!(
        run(shop.program().arg("--version"))
            .done()
            .starts_with("cart ")
    );
    assert!(
        shop.text(&["condition", "add", "--help"])
            .contains("--target")
    );
}

#[test]
fn a_mistyped_path_makes_no_database() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let missing = format!("sqlite://{}", shop.path("crats.db").display());
    for words in [
        &["list"][..],
        &["show", "user:1"],
        &["export"],
        &["forget", "user:1"],
        &["clear-abandoned", "--yes"],
        &["meta", "get", "user:1", "note"],
    ] {
        let mut program = shop.program();
        let refused = run(program.args(["--store", &missing]).args(words));
        assert_eq!(refused.code, 5, "{words:?}: {refused:?}");
        assert!(
            refused.stderr.contains("there is no database file"),
            "{refused:?}"
        );
    }
    assert!(!shop.path("crats.db").exists());
}

#[test]
fn limits_beyond_what_can_be_read_are_refused() {
    let shop = Shop::new();
    for (name, limit) in [
        ("CART_LIMITS_LINES", "100001"),
        ("CART_LIMITS_ENCODED_BYTES", "16777217"),
    ] {
        let mut program = shop.program();
        let refused = run(program
            .env(name, limit)
            .args(["--store", &shop.url(), "list"]));
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("can't be read"), "{refused:?}");
    }
}

#[test]
fn session_files_are_a_store_and_are_made_by_writing_alone() {
    let shop = Shop::new();
    let store = format!("file:{}", shop.path("sessions").display());
    let on_files = |words: &[&str]| run(shop.program().args(["--store", &store]).args(words));
    let refused = on_files(&["list"]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(!shop.path("sessions").exists());

    let price = ["--name", "Tea", "--price", "1", "--currency", "USD"];
    on_files(&[&["add", "user:1", "tea"], &price[..]].concat()).done();
    assert!(on_files(&["list"]).done().contains("user:1"));
}
