//! Conditions: their grammar, their order, and the amounts that they leave.

#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use cart_core::{
    Adjustment, Cart, Condition, ConditionKind, Conditions, Currency, DomainError, Json, JsonMap,
    Money, NewItem, Pricing, Rounding, Target, Timestamp, Totals,
};

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn money(minor: i64) -> Money {
    Money::new(minor, usd())
}

fn condition(name: &str, target: Target, value: &str) -> Condition {
    let adjustment = Adjustment::parse(value, usd()).unwrap();
    Condition::new(name, ConditionKind::Charge, target, adjustment).unwrap()
}

fn cart_of(prices: &[i64]) -> Cart {
    let mut cart = Cart::new();
    for (index, price) in prices.iter().enumerate() {
        cart.add(NewItem::new(format!("item-{index}"), "Item", money(*price)))
            .unwrap();
    }
    cart
}

fn totals(cart: &Cart) -> Totals {
    cart.totals(&Pricing::at(Timestamp::from_millis(0)))
        .unwrap()
}

fn percent(text: &str) -> Adjustment {
    Adjustment::Percent(text.parse().unwrap())
}

#[test]
fn steps_are_floored_at_zero_one_by_one() {
    let mut cart = cart_of(&[5000]);
    cart.apply(condition("off", Target::Subtotal, "-100.00"))
        .unwrap();
    cart.apply(condition("fee", Target::Subtotal, "+10.00"))
        .unwrap();
    let totals = totals(&cart);
    assert_eq!(totals.total, 1000);
    let moved: Vec<_> = totals.breakdown.iter().map(|moved| moved.moved).collect();
    assert_eq!(moved, [-5000, 1000]);
}

#[test]
fn order_decides_before_insertion_does() {
    let mut cart = cart_of(&[1000]);
    cart.apply(condition("late", Target::Subtotal, "+500").with_order(1))
        .unwrap();
    cart.apply(condition("first", Target::Subtotal, "+10%"))
        .unwrap();
    cart.apply(condition("second", Target::Subtotal, "*2"))
        .unwrap();
    cart.apply(condition("early", Target::Subtotal, "-100").with_order(-1))
        .unwrap();
    let totals = totals(&cart);
    let names: Vec<_> = totals
        .breakdown
        .iter()
        .map(|moved| moved.name.as_str())
        .collect();
    assert_eq!(names, ["early", "first", "second", "late"]);
    assert_eq!(totals.total, 2480);
}

#[test]
fn replacing_a_condition_keeps_its_place() {
    let mut cart = cart_of(&[1000]);
    cart.apply(condition("a", Target::Subtotal, "+10%"))
        .unwrap();
    cart.apply(condition("b", Target::Subtotal, "+100"))
        .unwrap();
    let replaced = cart.apply(condition("a", Target::Subtotal, "*2")).unwrap();
    assert_eq!(replaced, [condition("a", Target::Subtotal, "+10%")]);
    assert_eq!(totals(&cart).total, 2100);
}

#[test]
fn a_unit_price_is_not_rounded_before_it_is_multiplied() {
    let mut cart = Cart::new();
    let third = condition("third", Target::Item, "/3");
    cart.add(
        NewItem::new("a", "A", money(100))
            .quantity(3)
            .condition(third),
    )
    .unwrap();
    let totals = totals(&cart);
    assert_eq!((totals.subtotal, totals.lines[0].amount), (100, 100));
    assert_eq!(totals.lines[0].exact, None);
}

#[test]
fn nothing_is_rounded_between_two_conditions_of_one_target() {
    let mut cart = cart_of(&[100]);
    cart.apply(condition("third", Target::Subtotal, "/3"))
        .unwrap();
    cart.apply(condition("thrice", Target::Subtotal, "*3"))
        .unwrap();
    assert_eq!(totals(&cart).total, 100);
}

#[test]
fn the_subtotal_is_rounded_before_conditions_on_the_total() {
    let mut cart = cart_of(&[100]);
    cart.apply(condition("third", Target::Subtotal, "/3"))
        .unwrap();
    cart.apply(condition("thrice", Target::Total, "*3"))
        .unwrap();
    let totals = totals(&cart);
    assert_eq!((totals.subtotal, totals.total), (33, 99));
}

#[test]
fn what_lines_come_to_adds_up_with_the_first_line_first() {
    let mut cart = Cart::new();
    for id in ["a", "b", "c"] {
        let third = condition("third", Target::Item, "/3");
        cart.add(NewItem::new(id, "Item", money(100)).condition(third))
            .unwrap();
    }
    let totals = totals(&cart);
    let lines: Vec<_> = totals.lines.iter().map(|line| line.amount).collect();
    assert_eq!((totals.subtotal, lines), (100, vec![34, 33, 33]));
    assert_eq!(totals.lines[1].exact.as_deref(), Some("100/3"));
    let moved: Vec<_> = totals.breakdown.iter().map(|moved| moved.moved).collect();
    assert_eq!(moved, [-66, -67, -67]);
}

#[test]
fn halves_are_rounded_as_asked() {
    let cases = [
        (Rounding::HalfAwayFromZero, 3, 5),
        (Rounding::HalfEven, 2, 4),
        (Rounding::Floor, 2, 4),
        (Rounding::Ceiling, 3, 5),
    ];
    for (rounding, of_five, of_nine) in cases {
        let half_of = |price| {
            let mut cart = cart_of(&[price]);
            cart.apply(condition("half", Target::Subtotal, "/2"))
                .unwrap();
            let pricing = Pricing::at(Timestamp::from_millis(0)).with_rounding(rounding);
            cart.totals(&pricing).unwrap().total
        };
        assert_eq!((half_of(5), half_of(9)), (of_five, of_nine), "{rounding:?}");
    }
    assert_eq!(Rounding::default(), Rounding::HalfAwayFromZero);
}

#[test]
fn savings_are_never_below_zero() {
    let mut cart = cart_of(&[1000]);
    cart.apply(Condition::tax("vat", "20%", usd()).unwrap())
        .unwrap();
    assert_eq!((totals(&cart).total, totals(&cart).savings), (1200, 0));
    cart.apply(
        Condition::discount("half", "50%", usd())
            .unwrap()
            .with_order(-1),
    )
    .unwrap();
    assert_eq!((totals(&cart).total, totals(&cart).savings), (600, 400));
}

#[test]
fn a_target_must_apply_where_the_condition_is_put() {
    let mut cart = cart_of(&[1000]);
    let before = cart.clone();
    let refused = cart.apply(condition("x", Target::Item, "10%"));
    assert!(matches!(refused, Err(DomainError::ConditionTarget { .. })));
    for target in [Target::Subtotal, Target::Total] {
        let refused = cart.apply_to_item("item-0", condition("x", target, "10%"));
        assert!(
            matches!(refused, Err(DomainError::ConditionTarget { .. })),
            "{target}"
        );
    }
    let both = [condition("x", Target::Item, "10%")]
        .into_iter()
        .collect::<Conditions>();
    assert!(matches!(
        cart.put_conditions(both),
        Err(DomainError::ConditionTarget { .. })
    ));
    assert_eq!(cart, before);
}

#[test]
fn the_short_forms_choose_kind_and_target() {
    let made = [
        (
            Condition::discount("a", "5", usd()),
            ConditionKind::Discount,
            Target::Subtotal,
        ),
        (
            Condition::tax("b", "5%", usd()),
            ConditionKind::Tax,
            Target::Subtotal,
        ),
        (
            Condition::fee("c", "5", usd()),
            ConditionKind::Fee,
            Target::Total,
        ),
        (
            Condition::shipping("d", "express", "5", usd()),
            ConditionKind::Shipping,
            Target::Total,
        ),
    ];
    for (condition, kind, target) in made {
        let condition = condition.unwrap();
        assert_eq!((condition.kind(), condition.target()), (&kind, target));
    }
}

#[test]
fn shipping_carries_its_method_and_replaces_other_shipping() {
    let mut cart = cart_of(&[1000]);
    let standard = Condition::shipping("standard", "post", "4.90", usd()).unwrap();
    cart.apply(standard.clone()).unwrap();
    cart.apply(condition("vat", Target::Total, "+10")).unwrap();
    let express = Condition::shipping("express", "courier", "9.90", usd()).unwrap();
    assert_eq!(cart.apply(express).unwrap(), [standard]);

    let names: Vec<_> = cart.conditions().iter().map(Condition::name).collect();
    assert_eq!(names, ["express", "vat"]);
    let method = cart
        .conditions()
        .get("express")
        .unwrap()
        .attributes()
        .get("method");
    assert_eq!(method, Some(&Json::parse(r#""courier""#).unwrap()));
    assert_eq!(totals(&cart).total, 2000);
}

#[test]
fn shipping_in_a_group_is_offered_beside_other_shipping() {
    let mut cart = cart_of(&[1000]);
    for (name, value) in [("standard", "4.90"), ("free", "0")] {
        let shipping = Condition::shipping(name, "post", value, usd()).unwrap();
        let replaced = cart.apply(shipping.in_group("delivery").unwrap()).unwrap();
        assert_eq!(replaced, []);
    }
    assert_eq!((cart.conditions().len(), totals(&cart).total), (2, 1000));
}

#[test]
fn a_custom_kind_called_like_a_known_one_is_the_known_one() {
    let kind = ConditionKind::Custom("tax".into());
    let condition = Condition::new("x", kind, Target::Total, percent("1")).unwrap();
    assert_eq!(condition.kind(), &ConditionKind::Tax);
}

#[test]
fn names_must_not_be_empty_and_zero_is_a_name() {
    let named = |name: &str| Condition::new(name, ConditionKind::Fee, Target::Total, percent("1"));
    assert!(matches!(named(""), Err(DomainError::InvalidName { .. })));
    assert_eq!(named("0").unwrap().name(), "0");
}

#[test]
fn a_chain_of_fractions_without_end_is_refused_not_computed() {
    let mut cart = cart_of(&[1000]);
    for index in 0..400 {
        let seventh = condition(&format!("c{index}"), Target::Subtotal, "*0.123456789");
        cart.apply(seventh).unwrap();
    }
    let refusal = cart
        .totals(&Pricing::at(Timestamp::from_millis(0)))
        .unwrap_err();
    assert_eq!(refusal, DomainError::Overflow { what: "fraction" });
}

#[test]
fn a_condition_of_a_newer_release_keeps_what_this_one_does_not_know() {
    let text = r#"{"name":"x","kind":"loyalty","target":"total","adjustment":{"percent":"-10"},"order":3,"group":"g","attributes":{"z":1.10,"a":null},"rules":[{"has_item":"tea"},{"not":{"quantity_at_least":3}}],"stacking":{"b":1e400,"a":[ ]},"later":"\ud800"}"#;
    let condition: Condition = serde_json::from_str(text).unwrap();
    let written = serde_json::to_string(&condition).unwrap();
    assert_eq!(written, text.replace("[ ]", "[]"));
}

#[test]
fn a_field_that_comes_twice_is_refused() {
    let twice =
        r#"{"name":"x","name":"x","kind":"fee","target":"total","adjustment":{"percent":"1"}}"#;
    assert!(serde_json::from_str::<Condition>(twice).is_err());
    let unknown =
        r#"{"name":"x","kind":"fee","target":"total","adjustment":{"percent":"1"},"n":1,"n":1}"#;
    assert!(serde_json::from_str::<Condition>(unknown).is_err());
    let one = r#"{"name":"x","kind":"fee","target":"total","adjustment":{"percent":"1"}}"#;
    assert!(serde_json::from_str::<Conditions>(&format!("[{one},{one}]")).is_err());
}

#[test]
fn attributes_hold_no_nulls() {
    let mut attributes = JsonMap::new();
    attributes.insert("gone", Json::parse("null").unwrap());
    attributes.insert("kept", Json::parse("1").unwrap());
    let condition = condition("x", Target::Total, "1%").with_attributes(attributes);
    assert_eq!(
        condition
            .attributes()
            .iter()
            .map(|(key, _)| key)
            .collect::<Vec<_>>(),
        ["kept"]
    );
}
