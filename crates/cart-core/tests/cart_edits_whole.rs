//! Whole carts: replaced parts, events, limits, and what is read and written.

#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use cart_core::{
    Adjustment, Cart, Condition, ConditionKind, Conditions, Currency, DomainError, Event,
    ItemUpdate, Items, Json, JsonMap, Limits, Measure, Money, NewItem, Pricing, Target, Timestamp,
};

fn money(minor: i64) -> Money {
    Money::new(minor, Currency::parse("USD").unwrap())
}

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::parse("EUR").unwrap())
}

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn condition(name: &str, target: Target, value: &str) -> Condition {
    let adjustment = Adjustment::parse(value, Currency::parse("USD").unwrap()).unwrap();
    Condition::new(name, ConditionKind::Fee, target, adjustment).unwrap()
}

fn cart_of(ids: &[&str]) -> Cart {
    let mut cart = Cart::new();
    cart.add_all(
        ids.iter()
            .map(|id| NewItem::new(*id, *id, money(100)))
            .collect(),
    )
    .unwrap();
    cart.take_events();
    cart
}

fn change(text: &str) -> ItemUpdate {
    ItemUpdate::new().quantity(text.parse().unwrap())
}

#[test]
fn putting_both_parts_may_change_the_currency() {
    let mut cart = cart_of(&["a", "b"]);
    cart.apply(condition("fee", Target::Total, "+1")).unwrap();
    let mut items = Items::new();
    items.add(NewItem::new("b", "b", euros(1))).unwrap();
    let refused = cart.put_items(items.clone());
    assert!(matches!(refused, Err(DomainError::CurrencyMismatch { .. })));
    cart.put_both(items.clone(), Conditions::new()).unwrap();
    assert_eq!((cart.items(), cart.conditions().len()), (&items, 0));
}

#[test]
fn putting_items_reports_each_line_that_changed() {
    let mut cart = cart_of(&["gone", "same", "other"]);
    let mut items = Items::new();
    items.add(NewItem::new("same", "same", money(100))).unwrap();
    items
        .add(NewItem::new("other", "other", money(100)).quantity(2))
        .unwrap();
    items.add(NewItem::new("new", "new", money(100))).unwrap();
    cart.put_items(items).unwrap();
    let events = cart.take_events();
    let seen: Vec<_> = events
        .iter()
        .map(|event| match event {
            Event::ItemRemoved { item } => ("removed", item.id()),
            Event::ItemUpdated { after, .. } => ("updated", after.id()),
            Event::ItemAdded { item } => ("added", item.id()),
            _ => ("something else", ""),
        })
        .collect();
    assert_eq!(
        seen,
        [("removed", "gone"), ("updated", "other"), ("added", "new")]
    );
}

#[test]
fn events_are_written_with_what_changed() {
    let mut cart = Cart::new();
    cart.set_metadata("weight", json("1.10"));
    cart.add(NewItem::new("a", "A", money(5)).attribute("n", json("-0")))
        .unwrap();
    let events = serde_json::to_string(&cart.take_events()).unwrap();
    let expected = r#"[{"event":"metadata_set","key":"weight","value":1.10},{"event":"item_added","item":{"id":"a","name":"A","price":{"amount":5,"currency":"USD"},"quantity":1,"attributes":{"n":-0}}}]"#;
    assert_eq!(events, expected);
}

#[test]
fn events_do_not_make_carts_differ_but_order_does() {
    let cart = cart_of(&["a", "b"]);
    let mut noted = cart.clone();
    noted.add(NewItem::new("c", "c", money(1))).unwrap();
    noted.remove("c");
    assert_eq!(noted, cart);
    assert_ne!(cart_of(&["b", "a"]), cart);
}

#[test]
fn a_cart_of_parts_that_do_not_fit_together_is_refused() {
    let mut items = Items::new();
    items.add(NewItem::new("a", "A", euros(1))).unwrap();
    let fee = [condition("fee", Target::Total, "+1")]
        .into_iter()
        .collect();
    let refused = Cart::from_parts(items, fee, JsonMap::new(), Vec::new());
    assert!(matches!(refused, Err(DomainError::CurrencyMismatch { .. })));
    let on_line = [condition("fee", Target::Item, "+1%")]
        .into_iter()
        .collect();
    let refused = Cart::from_parts(Items::new(), on_line, JsonMap::new(), Vec::new());
    assert!(matches!(refused, Err(DomainError::ConditionTarget { .. })));
}

#[test]
fn items_of_a_newer_release_keep_what_this_one_does_not_know() {
    let text = r#"[{"id":"a","name":"A","price":{"amount":5,"currency":"USD"},"quantity":1,"attributes":{"z":18446744073709551616,"a":"\u0000"},"gift":{"n":1e400},"later":null}]"#;
    let items: Items = serde_json::from_str(text).unwrap();
    let mut cart = Cart::from_parts(items, Conditions::new(), JsonMap::new(), Vec::new()).unwrap();
    assert_eq!(serde_json::to_string(cart.items()).unwrap(), text);
    cart.update("a", change("=2")).unwrap();
    cart.add(NewItem::new("a", "B", money(5))).unwrap();
    let written = serde_json::to_string(cart.items()).unwrap();
    assert!(
        written.ends_with(r#""gift":{"n":1e400},"later":null}]"#),
        "{written}"
    );
}

#[test]
fn items_that_break_a_rule_are_not_read() {
    let item = |fields: &str| format!(r#"[{{"id":"a","name":"A",{fields}}}]"#);
    let price = r#""price":{"amount":5,"currency":"USD"}"#;
    let refused = [
        item(r#""quantity":1"#),
        item(price),
        item(&format!(r#"{price},"quantity":0"#)),
        item(&format!(r#"{price},"quantity":1.5"#)),
        item(&format!(r#"{price},"quantity":9223372036854775808"#)),
        item(&format!(r#"{price},"quantity":1,"quantity":1"#)),
        item(&format!(
            r#"{price},"quantity":1,"attributes":{{"k":1,"k":2}}"#
        )),
        item(r#""price":{"amount":-5,"currency":"USD"},"quantity":1"#),
        "[1]".to_owned(),
    ];
    for text in refused {
        assert!(serde_json::from_str::<Items>(&text).is_err(), "{text}");
    }
    let good = item(&format!(r#"{price},"quantity":1"#));
    assert!(serde_json::from_str::<Items>(&good).is_ok());
    let twice = good.replace(['[', ']'], "");
    assert!(serde_json::from_str::<Items>(&format!("[{twice},{twice}]")).is_err());
}

#[test]
fn a_write_over_a_limit_is_refused_unless_it_is_no_larger_than_what_is_stored() {
    let mut limits = Limits::default();
    limits.lines = 2;
    let measure = |ids: &[&str]| Measure::of(&cart_of(ids), 0);
    let (two, three, four) = (
        measure(&["a", "b"]),
        measure(&["a", "b", "c"]),
        measure(&["a", "b", "c", "d"]),
    );
    assert_eq!(limits.check(None, &two), Ok(()));
    let refused = limits.check(Some(&two), &three);
    assert!(matches!(
        refused,
        Err(DomainError::LimitExceeded {
            allowed: 2,
            given: 3,
            ..
        })
    ));
    assert_eq!(limits.check(Some(&four), &three), Ok(()));
    assert_eq!(limits.check(Some(&three), &three), Ok(()));
}

#[test]
fn every_limit_has_its_default_and_is_checked() {
    let limits = Limits::default();
    let check = |cart: &Cart, bytes| limits.check(None, &Measure::of(cart, bytes));
    let named = |name: String| {
        let mut cart = Cart::new();
        cart.add(NewItem::new("a", name, money(1))).unwrap();
        cart
    };
    let of_quantity = |quantity| {
        let mut cart = Cart::new();
        cart.add(NewItem::new("a", "A", money(1)).quantity(quantity))
            .unwrap();
        cart
    };
    let of_lines = |lines: usize| {
        let mut cart = Cart::new();
        let item = |line| NewItem::new(format!("i{line}"), "A", money(1));
        cart.add_all((0..lines).map(item).collect()).unwrap();
        cart
    };
    let long_condition = {
        let mut cart = Cart::new();
        cart.apply(condition(&"x".repeat(256), Target::Total, "1%"))
            .unwrap();
        cart
    };
    assert_eq!(check(&named("ä".repeat(255)), 1 << 20), Ok(()));
    assert!(check(&named("ä".repeat(256)), 0).is_err());
    assert!(check(&long_condition, 0).is_err());
    assert!(check(&Cart::new(), (1 << 20) + 1).is_err());
    assert_eq!(check(&of_quantity(10_000), 0), Ok(()));
    assert!(check(&of_quantity(10_001), 0).is_err());
    assert_eq!(check(&of_lines(1_000), 0), Ok(()));
    assert!(check(&of_lines(1_001), 0).is_err());
}

#[test]
fn a_thousand_lines_have_totals() {
    let mut cart = Cart::new();
    let item = |line| {
        let third = condition("third", Target::Item, "/3");
        NewItem::new(format!("i{line}"), "A", money(100)).condition(third)
    };
    cart.add_all((0..1_000).map(item).collect()).unwrap();
    let pricing = Pricing::at(Timestamp::from_millis(0));
    let summary = cart.summary(&pricing).unwrap();
    assert_eq!(
        (summary.lines, summary.units, summary.subtotal),
        (1_000, 1_000, 33_333)
    );
    let lines = cart.totals(&pricing).unwrap().lines;
    assert_eq!(lines.iter().map(|line| line.amount).sum::<i64>(), 33_333);
    assert_eq!((lines[332].amount, lines[333].amount), (34, 33));
}
