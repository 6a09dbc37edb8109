//! Edits of a cart: what they change, what they refuse, what they report.

#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use cart_core::{
    Adjustment, Cart, Condition, ConditionKind, Currency, DomainError, Event, Item, ItemUpdate,
    Json, JsonMap, Money, NewItem, QuantityChange, Target,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn money(minor: i64) -> Money {
    Money::new(minor, Currency::parse("USD").unwrap())
}

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::parse("EUR").unwrap())
}

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn map(entries: &[(&str, &str)]) -> JsonMap {
    entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json(value)))
        .collect()
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

fn ids(cart: &Cart) -> Vec<&str> {
    cart.items().iter().map(Item::id).collect()
}

fn change(text: &str) -> ItemUpdate {
    ItemUpdate::new().quantity(text.parse().unwrap())
}

#[test]
fn an_unknown_item_comes_last_and_a_known_one_keeps_its_place() {
    let mut cart = cart_of(&["b", "a"]);
    cart.add(NewItem::new("c", "c", money(100))).unwrap();
    cart.add(NewItem::new("b", "b", money(100)).quantity(4))
        .unwrap();
    assert_eq!(ids(&cart), ["b", "a", "c"]);
    assert_eq!(cart.item("b").unwrap().quantity(), 5);
    assert_eq!((cart.quantity(), cart.len()), (7, 3));
}

#[test]
fn adding_a_known_item_takes_over_all_but_its_conditions() {
    let mut cart = Cart::new();
    let on_line = condition("wrap", Target::Item, "+50");
    let tea = NewItem::new("tea", "Tea", money(100)).attribute("old", json("1"));
    cart.add(tea.condition(on_line.clone())).unwrap();

    let renamed = NewItem::new("tea", "Green tea", money(120)).attribute("new", json("2"));
    let line = cart.add(renamed).unwrap();
    assert_eq!((line.name(), line.price()), ("Green tea", money(120)));
    assert_eq!(line.attributes(), &map(&[("new", "2")]));
    assert_eq!(line.conditions().get("wrap"), Some(&on_line));

    let other = condition("box", Target::Item, "+70");
    let line = cart
        .add(NewItem::new("tea", "Tea", money(100)).condition(other))
        .unwrap();
    let names: Vec<_> = line.conditions().iter().map(Condition::name).collect();
    assert_eq!(names, ["box"]);
}

#[test]
fn an_item_that_breaks_a_rule_changes_nothing() {
    let mut cart = cart_of(&["a"]);
    let before = cart.clone();
    let refused = [
        NewItem::new("", "A", money(1)),
        NewItem::new("b", "", money(1)),
        NewItem::new("b", "B", money(-1)),
        NewItem::new("b", "B", money(1)).quantity(0),
        NewItem::new("b", "B", money(1)).quantity(u64::MAX),
        NewItem::new("b", "B", euros(1)),
        NewItem::new("b", "B", money(1)).condition(condition("x", Target::Total, "1%")),
        NewItem::new("a", "A", money(1)).quantity(i64::MAX.unsigned_abs()),
    ];
    for item in refused {
        assert!(cart.add(item.clone()).is_err(), "{item:?}");
    }
    assert_eq!(cart, before);
    assert_eq!(cart.take_events(), []);
}

#[test]
fn zero_is_a_valid_id_and_a_valid_name() {
    let mut cart = Cart::new();
    assert_eq!(
        cart.add(NewItem::new("0", "0", money(0))).unwrap().id(),
        "0"
    );
}

#[test]
fn a_batch_is_added_whole_or_not_at_all() {
    let mut cart = cart_of(&["a"]);
    let before = cart.clone();
    let batch = vec![
        NewItem::new("b", "B", money(1)),
        NewItem::new("c", "C", euros(1)),
    ];
    assert!(matches!(
        cart.add_all(batch),
        Err(DomainError::CurrencyMismatch { .. })
    ));
    assert_eq!(cart, before);
    let batch = vec![
        NewItem::new("b", "B", money(1)),
        NewItem::new("b", "B", money(1)),
    ];
    assert_eq!(cart.add_all(batch).unwrap()[1].quantity(), 2);
}

#[test]
fn the_first_item_of_a_batch_decides_the_currency_of_an_empty_cart() {
    let mut cart = Cart::new();
    let batch = vec![
        NewItem::new("a", "A", euros(1)),
        NewItem::new("b", "B", money(1)),
    ];
    assert!(matches!(
        cart.add_all(batch),
        Err(DomainError::CurrencyMismatch { .. })
    ));
    assert_eq!(cart.currency(), None);
}

#[test]
fn quantities_change_relatively_or_absolutely() {
    let mut cart = cart_of(&["a"]);
    for (text, quantity) in [("+2", 3), ("-1", 2), ("=5", 5), ("+0", 5)] {
        let line = cart.update("a", change(text)).unwrap().unwrap();
        assert_eq!(line.quantity(), quantity, "{text}");
    }
}

#[test]
fn a_quantity_without_its_sign_is_refused() {
    for text in [
        "", "5", "+", "=", "++2", "= 5", "+2.0", "=-1", "2+", "+ 2", "٢", "=+5",
    ] {
        let refusal = text.parse::<QuantityChange>().unwrap_err();
        assert!(
            matches!(refusal, DomainError::InvalidQuantity { .. }),
            "{text}"
        );
    }
    let overflow = Err(DomainError::Overflow { what: "quantity" });
    assert_eq!("+9223372036854775808".parse::<QuantityChange>(), overflow);
    assert_eq!(
        "-9223372036854775808".parse(),
        Ok(QuantityChange::By(i64::MIN))
    );
}

#[test]
fn a_quantity_of_zero_or_less_removes_the_line() {
    for text in ["-1", "-9", "=0", "-9223372036854775808"] {
        let mut cart = cart_of(&["a", "b"]);
        let removed = cart.update("a", change(text)).unwrap().unwrap();
        assert_eq!((removed.id(), removed.quantity()), ("a", 1), "{text}");
        assert_eq!(ids(&cart), ["b"]);
        assert_eq!(cart.take_events(), [Event::ItemRemoved { item: removed }]);
    }
}

#[test]
fn an_update_of_an_unknown_item_is_none_and_changes_nothing() {
    let mut cart = cart_of(&["a"]);
    assert_eq!(cart.update("b", change("=5")), Ok(None));
    assert_eq!(cart.take_events(), []);
}

#[test]
fn attributes_merge_and_null_removes_unless_all_are_replaced() {
    let mut cart = cart_of(&["a"]);
    let first = map(&[("x", "1"), ("y", "2"), ("z", "3")]);
    cart.update("a", ItemUpdate::new().merge_attributes(first))
        .unwrap();
    let second = ItemUpdate::new()
        .attribute("y", json("null"))
        .attribute("x", json("9"));
    let line = cart.update("a", second).unwrap().unwrap();
    assert_eq!(line.attributes(), &map(&[("x", "9"), ("z", "3")]));
    let replaced = ItemUpdate::new().replace_attributes(map(&[("w", "0"), ("v", "null")]));
    let line = cart.update("a", replaced).unwrap().unwrap();
    assert_eq!(line.attributes(), &map(&[("w", "0")]));
}

#[test]
fn an_update_that_is_refused_changes_nothing() {
    let mut cart = cart_of(&["a", "b"]);
    let before = cart.clone();
    let refused = [
        ItemUpdate::new().name(""),
        ItemUpdate::new().price(money(-1)),
        ItemUpdate::new().price(euros(1)),
        ItemUpdate::new().quantity(QuantityChange::By(i64::MAX)),
        ItemUpdate::new().quantity(QuantityChange::To(u64::MAX)),
        ItemUpdate::new().quantity(QuantityChange::To(i64::MAX.unsigned_abs())),
    ];
    for update in refused {
        assert!(cart.update("a", update.clone()).is_err(), "{update:?}");
    }
    assert_eq!(cart, before);
}

#[test]
fn removing_returns_the_item_or_none_and_keeps_the_order() {
    let mut cart = cart_of(&["a", "b", "c"]);
    assert_eq!(cart.remove("b").unwrap().id(), "b");
    assert_eq!(cart.remove("b"), None);
    assert_eq!(ids(&cart), ["a", "c"]);
    assert_eq!(cart.quantity(), 2);
}

#[test]
fn clearing_empties_items_conditions_and_metadata() {
    let mut cart = cart_of(&["a"]);
    cart.apply(condition("fee", Target::Total, "+1")).unwrap();
    cart.set_metadata("note", json("1"));
    assert!(!cart.is_empty());
    cart.take_events();
    cart.clear();
    cart.clear();
    assert!(cart.is_empty());
    assert_eq!(cart.take_events(), [Event::CartCleared]);
}

#[test]
fn a_cart_with_metadata_alone_is_not_empty() {
    let mut cart = Cart::new();
    cart.set_metadata("note", json("1"));
    assert!(!cart.is_empty());
    cart.set_metadata("note", json("null"));
    assert!(cart.is_empty());
}

#[test]
fn metadata_keeps_order_and_null_removes() {
    let mut cart = Cart::new();
    cart.replace_metadata(map(&[("b", "1"), ("a", "2"), ("none", "null")]));
    cart.merge_metadata(map(&[("c", "3"), ("b", "1.0"), ("a", "null")]));
    assert_eq!(cart.metadata(), &map(&[("b", "1.0"), ("c", "3")]));
    cart.take_events();
    cart.clear_metadata();
    cart.clear_metadata();
    assert_eq!(cart.take_events(), [Event::MetadataCleared]);
}

#[test]
fn replacing_metadata_reports_what_changed() {
    let mut cart = Cart::new();
    cart.replace_metadata(map(&[("a", "1"), ("b", "2")]));
    cart.take_events();
    cart.replace_metadata(map(&[("b", "2"), ("c", "3")]));
    let removed = Event::MetadataRemoved { key: "a".into() };
    let set = Event::MetadataSet {
        key: "c".into(),
        value: json("3"),
    };
    assert_eq!(cart.take_events(), [removed, set]);
}

#[test]
fn conditions_hold_the_currency_of_a_cart_without_items() {
    let mut cart = Cart::new();
    cart.apply(condition("percent", Target::Total, "1%"))
        .unwrap();
    assert_eq!(cart.currency(), None);
    cart.apply(condition("fee", Target::Total, "+1")).unwrap();
    assert_eq!(cart.currency(), Currency::parse("USD").ok());
    let refused = cart.add(NewItem::new("a", "A", euros(1)));
    assert!(matches!(refused, Err(DomainError::CurrencyMismatch { .. })));
}

#[test]
fn line_conditions_are_put_and_taken_by_name() {
    let mut cart = cart_of(&["a"]);
    let wrap = condition("wrap", Target::Item, "+50");
    assert_eq!(cart.apply_to_item("a", wrap.clone()), Ok(None));
    assert_eq!(
        cart.apply_to_item("a", wrap.clone()),
        Ok(Some(wrap.clone()))
    );
    let unknown = cart.apply_to_item("b", wrap.clone());
    assert_eq!(
        unknown,
        Err(DomainError::UnknownItem {
            item_id: "b".into()
        })
    );
    assert_eq!(cart.remove_item_condition("a", "wrap"), Some(wrap.clone()));
    assert_eq!(cart.remove_item_condition("a", "wrap"), None);
    let (item_id, condition) = ("a".to_owned(), wrap);
    let added = Event::ItemConditionAdded {
        item_id: item_id.clone(),
        condition: condition.clone(),
    };
    assert_eq!(
        cart.take_events(),
        [added, Event::ItemConditionRemoved { item_id, condition }]
    );
}

#[test]
fn cart_conditions_are_reported_once_each() {
    let mut cart = Cart::new();
    let fee = condition("fee", Target::Total, "+1");
    cart.apply(fee.clone()).unwrap();
    cart.apply(fee.clone()).unwrap();
    assert_eq!(cart.remove_condition("fee"), Some(fee.clone()));
    assert_eq!(cart.remove_condition("fee"), None);
    let added = Event::ConditionAdded {
        condition: fee.clone(),
    };
    assert_eq!(
        cart.take_events(),
        [added, Event::ConditionRemoved { condition: fee }]
    );
}

proptest! {
    #[test]
    fn counts_are_those_of_the_lines_after_any_edits(
        edits in vec((0_u8..4, "[a-d]", -3_i64..6), 0..40),
    ) {
        let mut cart = Cart::new();
        let mut model: Vec<(String, i64)> = Vec::new();
        for (edit, id, number) in edits {
            let known = model.iter().position(|(known, _)| *known == id);
            let after = match edit {
                0 if number > 0 => {
                    cart.add(NewItem::new(&*id, "A", money(1)).quantity(number.unsigned_abs()))
                        .unwrap();
                    Some(known.map_or(0, |at| model[at].1) + number)
                }
                1 => {
                    cart.update(&id, ItemUpdate::new().quantity(QuantityChange::By(number)))
                        .unwrap();
                    known.map(|at| model[at].1 + number)
                }
                2 if number >= 0 => {
                    let to = QuantityChange::To(number.unsigned_abs());
                    cart.update(&id, ItemUpdate::new().quantity(to)).unwrap();
                    known.map(|_| number)
                }
                _ => {
                    cart.remove(&id);
                    known.map(|_| 0)
                }
            };
            match (known, after) {
                (Some(at), Some(after)) => model[at].1 = after,
                (None, Some(after)) => model.push((id, after)),
                _ => {}
            }
            model.retain(|(_, quantity)| *quantity > 0);
        }
        let lines: Vec<_> = cart
            .items()
            .iter()
            .map(|item| (item.id().to_owned(), i64::try_from(item.quantity()).unwrap()))
            .collect();
        prop_assert_eq!(cart.quantity(), model.iter().map(|line| line.1.unsigned_abs()).sum::<u64>());
        prop_assert_eq!(lines, model);
    }
}
