//! `condition add`, `condition remove`.

use serde_json::json;

use crate::support::Shop;

fn add<'a>(name: &'a str, kind: &'a str, target: &'a str, value: &'a str) -> Vec<&'a str> {
    let mut words = vec!["condition", "add", "user:1", name];
    words.extend(["--kind", kind, "--target", target, "--value", value]);
    words
}

#[test]
fn each_kind_of_value_is_understood() {
    for (value, total) in [
        ("-10%", 9000),
        ("10%", 11_000),
        ("500", 10_500),
        ("-500", 9500),
        ("5.00", 10_500),
        ("+5.00", 10_500),
        ("*0.9", 9000),
        ("/4", 2500),
    ] {
        let shop = Shop::new();
        shop.add("user:1", "tea", 10);
        let change = shop.json(&add("extra", "seasonal", "subtotal", value));
        assert_eq!(change["condition"]["kind"], "seasonal");
        assert_eq!(change["total"], total, "{value}");
    }
}

#[test]
fn a_value_that_means_nothing_is_refused() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 10);
    for value in [
        "--5", "+-5", "*10%", "%10", "abc", "1,000", "1e3", "5 %", "*-2", "/0", "",
    ] {
        let value = format!("--value={value}");
        let words = [&add("extra", "fee", "total", "0")[..8], &[&*value]].concat();
        assert_eq!(shop.error(2, &words)["kind"], "domain", "{value}");
    }
    assert_eq!(shop.json(&["show", "user:1"])["conditions"], json!([]));
}

#[test]
fn a_discount_needs_no_minus() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 10);
    assert_eq!(
        shop.json(&add("autumn", "discount", "subtotal", "10%"))["total"],
        9000
    );
    shop.error(2, &add("autumn", "discount", "subtotal", "+10%"));
}

#[test]
fn conditions_apply_in_their_order() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 10);
    shop.text(
        &[
            &add("half", "charge", "subtotal", "/2")[..],
            &["--order", "2"],
        ]
        .concat(),
    );
    shop.text(
        &[
            &add("less", "charge", "subtotal", "-50.00")[..],
            &["--order", "-1"],
        ]
        .concat(),
    );
    // (100 - 50) / 2, and not 100 / 2 - 50.
    assert_eq!(shop.json(&["show", "user:1"])["total"], 2500);
}

#[test]
fn a_condition_on_a_line_is_added_and_removed() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    let on_tea = ["--item", "tea"];
    shop.text(&[&add("gift", "charge", "item", "1.50")[..], &on_tea].concat());
    let cart = shop.json(&["show", "user:1"]);
    assert_eq!(cart["items"][0]["conditions"][0]["moved"], 300);
    assert_eq!(cart["items"][0]["amount"], 2300);
    assert_eq!(cart["subtotal_without_conditions"], 2000);

    shop.error(4, &["condition", "remove", "user:1", "gift"]);
    shop.text(&["condition", "remove", "user:1", "gift", "--item", "tea"]);
    assert_eq!(shop.json(&["show", "user:1"])["total"], 2000);
}

#[test]
fn a_target_must_fit_the_place() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    shop.error(2, &add("gift", "charge", "item", "1.50"));
    shop.error(
        2,
        &[
            &add("gift", "charge", "total", "1.50")[..],
            &["--item", "tea"],
        ]
        .concat(),
    );
    shop.error(2, &add("gift", "charge", "everything", "1.50"));
    shop.error(
        4,
        &[
            &add("gift", "charge", "item", "1.50")[..],
            &["--item", "cup"],
        ]
        .concat(),
    );
}

#[test]
fn a_condition_is_removed_by_its_name() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    shop.text(&add("vat", "tax", "total", "20%"));
    let change = shop.json(&["condition", "remove", "user:1", "vat"]);
    assert_eq!(
        (&change["condition"]["name"], &change["total"]),
        (&json!("vat"), &json!(1000))
    );
    shop.error(4, &["condition", "remove", "user:1", "vat"]);
}

#[test]
fn an_amount_on_a_cart_without_currency_needs_one() {
    let shop = Shop::new();
    shop.text(&add("vat", "tax", "total", "20%"));
    let error = shop.error(2, &add("box", "fee", "total", "5.00"));
    assert!(
        error["message"]
            .as_str()
            .expect("a text")
            .contains("--currency"),
        "{error}"
    );
    let yen = [
        &add("box", "fee", "total", "500")[..],
        &["--currency", "JPY"],
    ]
    .concat();
    assert_eq!(shop.json(&yen)["currency"], "JPY");
    // Now the cart has one.
    shop.text(&add("bag", "fee", "total", "10"));
}
