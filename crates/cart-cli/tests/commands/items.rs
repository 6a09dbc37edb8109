//! `show`, `list`, `add`, `update`, `remove`, `clear`.

use serde_json::json;

use crate::support::Shop;

#[test]
fn a_cart_is_shown_with_everything_in_it() {
    let shop = Shop::new();
    let cup = ["--name", "Cup", "--price", "19.99", "--currency", "USD"];
    let more = [
        "--quantity",
        "2",
        "--attribute",
        "size=\"L\"",
        "--attribute",
        "weight=1.50",
    ];
    shop.text(&[&["add", "user:1", "cup"], &cup[..], &more[..]].concat());
    shop.add("user:1", "tea", 1);
    let tenth = [
        "--kind", "discount", "--target", "subtotal", "--value", "-10%",
    ];
    shop.text(&[&["condition", "add", "user:1", "autumn"], &tenth[..]].concat());
    shop.text(&["meta", "set", "user:1", "note", "[1.10, null]"]);

    let mut cart = shop.json(&["show", "user:1"]);

    let cart = cart.as_object_mut().expect("an object");
    let version = cart.remove("version").expect("a version");
    assert!(version.as_str().expect("a text").starts_with("4-"));
    let created_at = cart.remove("created_at").expect("a moment");
    let updated_at = cart.remove("updated_at").expect("a moment");
    assert!(created_at.as_i64() <= updated_at.as_i64() && updated_at.is_i64());
    let expected = json!({
        "tenant": "",
        "owner": "user:1",
        "instance": "default",
        "expires_at": null,
        "currency": "USD",
        "items": [
            {
                "id": "cup", "name": "Cup", "quantity": 2, "unit_price": 1999, "currency": "USD",
                "amount": 3998, "subtotal_without_conditions": 3998,
                "subtotal": 3998, "total": 3998, "savings": 0,
                "attributes": {"size": "L", "weight": 1.50}, "conditions": [], "product": null,
            },
            {
                "id": "tea", "name": "tea", "quantity": 1, "unit_price": 1000, "currency": "USD",
                "amount": 1000, "subtotal_without_conditions": 1000,
                "subtotal": 1000, "total": 1000, "savings": 0,
                "attributes": {}, "conditions": [], "product": null,
            },
        ],
        "conditions": [{
            "name": "autumn", "kind": "discount", "target": "subtotal", "value": "-10%",
            "order": 0, "moved": -500,
        }],
        "skipped_conditions": [],
        "metadata": {"note": [1.10, null]},
        "lines": 2,
        "units": 3,
        "subtotal_without_conditions": 4998,
        "subtotal": 4498,
        "total_without_conditions": 4998,
        "total": 4498,
        "savings": 500,
    });
    assert_eq!(serde_json::Value::Object(cart.clone()), expected);
}

#[test]
fn a_person_sees_tables_and_major_units() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 3);
    let cart = shop.text(&["show", "user:1"]);
    for part in [
        "user:1 / default",
        "tea",
        "10.00 USD",
        "30.00 USD",
        "savings",
    ] {
        assert!(cart.contains(part), "{part} is missing in {cart}");
    }
}

#[test]
fn a_missing_cart_is_not_found() {
    let shop = Shop::new();
    shop.text(&["schema", "apply"]);
    for command in ["show", "clear"] {
        assert_eq!(shop.error(4, &[command, "user:1"])["kind"], "not_found");
    }
}

#[test]
fn adding_a_known_item_adds_the_quantity_and_takes_the_new_price() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    let price = ["--name", "Green tea", "--price", "900", "--currency", "USD"];
    let change = shop.json(&[&["add", "user:1", "tea", "--quantity", "3"], &price[..]].concat());
    assert_eq!(change["item"]["quantity"], 5);
    assert_eq!(change["item"]["name"], "Green tea");
    assert_eq!(
        (&change["lines"], &change["total"]),
        (&json!(1), &json!(4500))
    );
    assert_eq!(change["written"], true);
}

#[test]
fn a_quantity_changes_by_or_to_a_number() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    for (quantity, left) in [("+2", 4), ("-1", 3), ("=7", 7)] {
        let change = shop.json(&["update", "user:1", "tea", "--quantity", quantity]);
        assert_eq!(change["item"]["quantity"], left, "{quantity}");
    }
    shop.error(2, &["update", "user:1", "tea", "--quantity", "7"]);
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 7)]);
}

#[test]
fn a_line_without_a_unit_left_is_removed() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    shop.add("user:1", "cup", 1);
    let change = shop.json(&["update", "user:1", "tea", "--quantity", "-2"]);
    assert_eq!(change["item"], json!(null));
    assert_eq!(shop.quantities("user:1"), [("cup".to_owned(), 1)]);
}

#[test]
fn an_item_is_removed_and_shown_as_it_was() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    let change = shop.json(&["remove", "user:1", "tea"]);
    assert_eq!(change["item"]["quantity"], 2);
    assert_eq!(change["lines"], 0);
    assert_eq!(shop.quantities("user:1"), []);
}

#[test]
fn an_unknown_item_is_not_found() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    shop.error(4, &["update", "user:1", "cup", "--quantity", "+1"]);
    shop.error(4, &["remove", "user:1", "cup"]);
    shop.error(4, &["remove", "user:2", "tea"]);
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 2)]);
}

#[test]
fn a_price_that_is_none_is_refused() {
    let shop = Shop::new();
    for price in ["", "abc", "99,99", "1.234,56", "49.99 USD", "1.999", "-1"] {
        let price = format!("--price={price}");
        let words = [
            "add",
            "user:1",
            "tea",
            "--name",
            "Tea",
            &price,
            "--currency",
            "USD",
        ];
        assert_eq!(shop.error(2, &words)["kind"], "domain", "{price}");
    }
    shop.error(
        2,
        &["add", "user:1", "tea", "--name", "Tea", "--currency", "USD"],
    );
    shop.error(4, &["show", "user:1"]);
}

#[test]
fn another_currency_is_refused() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let price = ["--name", "Cup", "--price", "5", "--currency"];
    shop.error(
        2,
        &[&["add", "user:1", "cup"], &price[..], &["EUR"]].concat(),
    );
    shop.error(
        2,
        &[&["add", "user:1", "cup"], &price[..], &["dollars"]].concat(),
    );
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 1)]);
}

#[test]
fn a_cleared_cart_goes_on_to_exist() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    shop.text(&["meta", "set", "user:1", "note", "1"]);
    shop.text(&["clear", "user:1"]);
    let cart = shop.json(&["show", "user:1"]);
    assert_eq!(
        (&cart["items"], &cart["metadata"]),
        (&json!([]), &json!({}))
    );
    assert!(
        cart["version"]
            .as_str()
            .expect("a version")
            .starts_with("3-")
    );
}

#[test]
fn all_carts_are_listed_in_a_few_numbers() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 3);
    shop.add("guest:t", "cup", 1);
    let lines = shop.run(&["list", "--json"]).done();
    let mut carts: Vec<(String, u64, i64)> = lines
        .lines()
        .map(|line| {
            let cart: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert!(cart["version"].is_string() && cart["updated_at"].is_i64());
            let owner = cart["owner"].as_str().expect("an owner").to_owned();
            let (units, total) = (cart["units"].as_u64(), cart["total"].as_i64());
            (owner, units.expect("units"), total.expect("a total"))
        })
        .collect();
    carts.sort();
    assert_eq!(
        carts,
        [
            ("guest:t".to_owned(), 1, 1000),
            ("user:1".to_owned(), 3, 3000)
        ]
    );
    let table = shop.text(&["list"]);
    assert!(
        table.contains("guest:t") && table.contains("30.00 USD"),
        "{table}"
    );
    assert!(table.ends_with("carts: 2\n"), "{table}");
}
