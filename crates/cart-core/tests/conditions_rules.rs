//! Rules and groups: when a condition counts.

#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use std::sync::Arc;

use cart_core::{
    Adjustment, Cart, Condition, ConditionKind, Currency, CustomRule, DomainError, Json, JsonMap,
    Money, NewItem, Pricing, QuantityChange, Rule, RuleBook, RuleFacts, SkipReason, Target,
    Timestamp, Totals,
};

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn money(minor: i64) -> Money {
    Money::new(minor, usd())
}

fn condition(name: &str, target: Target, value: &str) -> Condition {
    let adjustment = Adjustment::parse(value, usd()).unwrap();
    Condition::new(name, ConditionKind::Discount, target, adjustment).unwrap()
}

/// Three units of tea for 10.00 each, with an attribute.
fn tea() -> Cart {
    let mut cart = Cart::new();
    let tea = NewItem::new("tea", "Tea", money(1000)).quantity(3);
    cart.add(tea.attribute("origin", Json::parse(r#""Assam""#).unwrap()))
        .unwrap();
    cart
}

fn totals_at(cart: &Cart, millis: i64) -> Totals {
    cart.totals(&Pricing::at(Timestamp::from_millis(millis)))
        .unwrap()
}

/// Whether a discount with this rule counts for three units of tea at time 0.
fn counts(rule: Rule) -> bool {
    let mut cart = tea();
    cart.apply(
        condition("x", Target::Subtotal, "-100")
            .with_rule(rule)
            .unwrap(),
    )
    .unwrap();
    let totals = totals_at(&cart, 0);
    let counted = totals.total == 2900;
    assert_eq!(
        counted,
        totals.skipped.is_empty(),
        "a condition counts or is reported"
    );
    counted
}

fn attribute(item: Option<&str>, key: &str, value: &str) -> Rule {
    Rule::AttributeEquals {
        item: item.map(str::to_owned),
        key: key.to_owned(),
        value: Json::parse(value).unwrap(),
    }
}

fn window(from: Option<i64>, until: Option<i64>) -> Rule {
    let at = |millis: Option<i64>| millis.map(Timestamp::from_millis);
    Rule::DateWindow {
        from: at(from),
        until: at(until),
    }
}

#[test]
fn each_rule_holds_at_its_boundary_and_not_beyond() {
    let expected = [
        (Rule::SubtotalAtLeast(money(3000)), true),
        (Rule::SubtotalAtLeast(money(3001)), false),
        (Rule::SubtotalAtMost(money(3000)), true),
        (Rule::SubtotalAtMost(money(2999)), false),
        (Rule::QuantityAtLeast(3), true),
        (Rule::QuantityAtLeast(4), false),
        (Rule::LinesAtLeast(1), true),
        (Rule::LinesAtLeast(2), false),
        (Rule::HasItem("tea".into()), true),
        (Rule::HasItem("Tea".into()), false),
        (attribute(None, "origin", r#""Assam""#), true),
        (attribute(Some("tea"), "origin", r#" "Assam" "#), true),
        (attribute(Some("milk"), "origin", r#""Assam""#), false),
        (attribute(None, "origin", "1"), false),
        (attribute(None, "colour", "null"), false),
        (window(None, None), true),
        (window(Some(0), Some(1)), true),
        (window(Some(1), None), false),
        (window(None, Some(0)), false),
        (Rule::All(vec![]), true),
        (Rule::Any(vec![]), false),
        (Rule::Not(Box::new(Rule::LinesAtLeast(2))), true),
        (
            Rule::All(vec![Rule::LinesAtLeast(1), Rule::LinesAtLeast(2)]),
            false,
        ),
        (
            Rule::Any(vec![Rule::LinesAtLeast(1), Rule::LinesAtLeast(2)]),
            true,
        ),
    ];
    for (rule, holds) in expected {
        assert_eq!(counts(rule.clone()), holds, "{rule:?}");
    }
}

#[test]
fn a_discount_does_not_outlive_its_rule() {
    let mut cart = tea();
    let rule = Rule::QuantityAtLeast(3);
    cart.apply(
        condition("x", Target::Subtotal, "-100")
            .with_rule(rule)
            .unwrap(),
    )
    .unwrap();
    assert_eq!(totals_at(&cart, 0).total, 2900);
    let one_less = cart_core::ItemUpdate::new().quantity(QuantityChange::By(-1));
    cart.update("tea", one_less).unwrap();
    assert_eq!(totals_at(&cart, 0).total, 2000);
    assert_eq!(cart.conditions().len(), 1);
}

#[test]
fn a_rule_about_the_subtotal_sees_it_after_line_and_before_cart_conditions() {
    let mut cart = tea();
    cart.apply_to_item("tea", condition("half", Target::Item, "/2"))
        .unwrap();
    cart.apply(condition("fee", Target::Subtotal, "+5000").with_order(-1))
        .unwrap();
    for (name, target) in [
        ("on-subtotal", Target::Subtotal),
        ("on-total", Target::Total),
    ] {
        let rule = Rule::All(vec![
            Rule::SubtotalAtLeast(money(1500)),
            Rule::SubtotalAtMost(money(1500)),
        ]);
        cart.apply(condition(name, target, "-1").with_rule(rule).unwrap())
            .unwrap();
    }
    assert!(totals_at(&cart, 0).skipped.is_empty());
}

#[test]
fn a_rule_on_a_line_sees_the_subtotal_before_any_condition() {
    let mut cart = tea();
    let rule = Rule::SubtotalAtLeast(money(3000));
    let half = condition("half", Target::Item, "/2")
        .with_rule(rule)
        .unwrap();
    cart.apply_to_item("tea", half).unwrap();
    assert_eq!(totals_at(&cart, 0).total, 1500);
}

#[test]
fn a_date_window_opens_and_closes_by_itself() {
    let mut cart = tea();
    let sale = condition("sale", Target::Subtotal, "-10%");
    cart.apply(sale.with_rule(window(Some(10), Some(20))).unwrap())
        .unwrap();
    let at = [(9, 3000), (10, 2700), (19, 2700), (20, 3000)];
    for (millis, total) in at {
        assert_eq!(totals_at(&cart, millis).total, total, "at {millis}");
    }
}

#[test]
fn of_a_group_only_the_best_for_the_shopper_counts() {
    let mut cart = tea();
    for (name, value) in [("five", "-5%"), ("twenty", "-20%"), ("ten", "-10%")] {
        cart.apply(
            condition(name, Target::Subtotal, value)
                .in_group("tier")
                .unwrap(),
        )
        .unwrap();
    }
    let totals = totals_at(&cart, 0);
    assert_eq!(totals.total, 2400);
    let skipped: Vec<_> = totals
        .skipped
        .iter()
        .map(|skipped| (skipped.name.as_str(), skipped.reason))
        .collect();
    let better = SkipReason::BetterInGroup;
    assert_eq!(skipped, [("five", better), ("ten", better)]);
}

#[test]
fn of_equal_members_of_a_group_the_first_counts() {
    let mut cart = tea();
    for (name, value) in [("percent", "-10%"), ("amount", "-300")] {
        cart.apply(
            condition(name, Target::Subtotal, value)
                .in_group("tier")
                .unwrap(),
        )
        .unwrap();
    }
    let totals = totals_at(&cart, 0);
    assert_eq!(
        (totals.total, totals.breakdown[0].name.as_str()),
        (2700, "percent")
    );
}

#[test]
fn a_member_whose_rule_fails_leaves_its_group_to_the_others() {
    let mut cart = tea();
    let best = condition("best", Target::Subtotal, "-90%").with_rule(Rule::QuantityAtLeast(9));
    cart.apply(best.unwrap().in_group("tier").unwrap()).unwrap();
    cart.apply(
        condition("base", Target::Subtotal, "-10%")
            .in_group("tier")
            .unwrap(),
    )
    .unwrap();
    assert_eq!(totals_at(&cart, 0).total, 2700);
}

#[test]
fn conditions_without_a_group_stack() {
    let mut cart = tea();
    for name in ["a", "b"] {
        cart.apply(condition(name, Target::Subtotal, "-10%"))
            .unwrap();
    }
    assert_eq!(totals_at(&cart, 0).total, 2430);
}

#[derive(Debug)]
struct Weekday;

impl CustomRule for Weekday {
    fn holds(&self, arguments: &JsonMap, facts: &RuleFacts<'_>) -> bool {
        let day = arguments
            .get("day")
            .and_then(|day| day.deserialize::<i64>().ok());
        day == Some(facts.now().as_millis() / 86_400_000 % 7)
    }
}

fn weekday(day: &str) -> Rule {
    let mut arguments = JsonMap::new();
    arguments.insert("day", Json::parse(day).unwrap());
    Rule::Custom {
        name: "weekday".into(),
        arguments,
    }
}

#[test]
fn a_custom_rule_is_asked_with_its_arguments() {
    let mut cart = tea();
    let condition = condition("x", Target::Subtotal, "-100").with_rule(weekday("2"));
    cart.apply(condition.unwrap()).unwrap();
    let book = RuleBook::new().with("weekday", Arc::new(Weekday));
    let total = |day: i64| {
        let now = Timestamp::from_millis(day * 86_400_000);
        cart.totals(&Pricing::at(now).with_rules(book.clone()))
            .unwrap()
            .total
    };
    assert_eq!((total(2), total(3)), (2900, 3000));
}

#[test]
fn a_condition_with_a_rule_that_nobody_registered_never_counts_and_is_reported() {
    let mut cart = tea();
    for (name, rule) in [
        ("x", weekday("0")),
        ("y", Rule::Not(Box::new(weekday("0")))),
    ] {
        let condition = condition(name, Target::Subtotal, "-100").with_rule(rule);
        cart.apply(condition.unwrap()).unwrap();
    }
    let totals = totals_at(&cart, 0);
    assert_eq!(
        (totals.total, totals.unknown_rules),
        (3000, vec!["weekday".to_owned()])
    );
}

#[test]
fn rules_that_are_nested_too_deeply_are_refused() {
    let nested =
        |depth: usize| (1..depth).fold(Rule::LinesAtLeast(1), |rule, _| Rule::Not(Box::new(rule)));
    let with = |depth| condition("x", Target::Total, "1%").with_rule(nested(depth));
    assert!(with(16).is_ok());
    assert_eq!(with(17), Err(DomainError::RuleTooDeep { allowed: 16 }));
}

#[test]
fn a_rule_in_another_currency_is_refused() {
    let euro = Money::new(1, Currency::parse("EUR").unwrap());
    let mut cart = tea();
    let rule = Rule::Not(Box::new(Rule::SubtotalAtLeast(euro)));
    let condition = condition("x", Target::Total, "1%").with_rule(rule).unwrap();
    assert!(matches!(
        cart.apply(condition),
        Err(DomainError::CurrencyMismatch { .. })
    ));
}

#[test]
fn rules_read_back_as_they_were_written() {
    let rule = Rule::All(vec![
        attribute(None, "weight", "1.10"),
        window(Some(1), None),
        Rule::Any(vec![Rule::SubtotalAtMost(money(5)), weekday("1")]),
    ]);
    let text = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<Rule>(&text).unwrap(), rule);
    assert!(
        text.contains(r#"{"attribute_equals":{"key":"weight","value":1.10}}"#),
        "{text}"
    );
}
