//! Merging a guest's cart into a user's.

#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use std::collections::BTreeMap;

use cart_core::{
    Adjustment, BuiltInStrategy, Cart, ClaimRequest, ClaimedVersion, Condition, ConditionKind,
    Currency, DomainError, Event, Item, Json, Limits, MergeReport, MergeStrategy, Merged, Money,
    NewItem, Pricing, Target, Timestamp,
};
use proptest::collection::btree_map;
use proptest::prelude::*;

const ALL: [BuiltInStrategy; 4] = [
    BuiltInStrategy::AddQuantities,
    BuiltInStrategy::KeepHighest,
    BuiltInStrategy::KeepUser,
    BuiltInStrategy::ReplaceWithGuest,
];

fn money(minor: i64) -> Money {
    Money::new(minor, Currency::parse("USD").unwrap())
}

fn condition(name: &str, target: Target, value: &str) -> Condition {
    let adjustment = Adjustment::parse(value, Currency::parse("USD").unwrap()).unwrap();
    Condition::new(name, ConditionKind::Fee, target, adjustment).unwrap()
}

fn cart_of(lines: &[(&str, u64)]) -> Cart {
    let mut cart = Cart::new();
    for (id, quantity) in lines {
        cart.add(NewItem::new(*id, *id, money(100)).quantity(*quantity))
            .unwrap();
    }
    cart.take_events();
    cart
}

fn lines(cart: &Cart) -> Vec<(&str, u64)> {
    cart.items()
        .iter()
        .map(|item| (item.id(), item.quantity()))
        .collect()
}

fn merged(strategy: BuiltInStrategy, guest: &Cart, user: &Cart) -> Merged {
    strategy.merge(guest, user, &Limits::default()).unwrap()
}

fn claimed(mut cart: Cart, id: &str) -> Cart {
    let expires_at = Timestamp::from_millis(100);
    let request = ClaimRequest {
        id: id.into(),
        expires_at,
        version: ClaimedVersion::default(),
    };
    cart.claim(request, &Pricing::at(Timestamp::from_millis(0)))
        .unwrap();
    cart
}

#[test]
fn each_strategy_decides_about_shared_lines() {
    let guest = cart_of(&[("new", 1), ("both", 2)]);
    let user = cart_of(&[("own", 4), ("both", 5)]);
    let expected = [
        (
            BuiltInStrategy::AddQuantities,
            vec![("own", 4), ("both", 7), ("new", 1)],
        ),
        (
            BuiltInStrategy::KeepHighest,
            vec![("own", 4), ("both", 5), ("new", 1)],
        ),
        (BuiltInStrategy::KeepUser, vec![("own", 4), ("both", 5)]),
        (
            BuiltInStrategy::ReplaceWithGuest,
            vec![("new", 1), ("both", 2)],
        ),
    ];
    for (strategy, outcome) in expected {
        assert_eq!(
            lines(&merged(strategy, &guest, &user).cart),
            outcome,
            "{strategy:?}"
        );
    }
}

#[test]
fn the_report_names_what_became_of_each_line() {
    let guest = cart_of(&[("new", 1), ("both", 2)]);
    let user = cart_of(&[("own", 4), ("both", 5)]);
    let report = |strategy| {
        let MergeReport {
            merged,
            dropped,
            in_both,
            ..
        } = merged(strategy, &guest, &user).report;
        (merged, dropped, in_both)
    };
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let both = ids(&["both"]);
    let united = (ids(&["new", "both"]), vec![], both.clone());
    assert_eq!(report(BuiltInStrategy::AddQuantities), united);
    let discarded = (vec![], ids(&["new", "both"]), both.clone());
    assert_eq!(report(BuiltInStrategy::KeepUser), discarded);
    let replaced = (ids(&["new", "both"]), ids(&["own", "both"]), both);
    assert_eq!(report(BuiltInStrategy::ReplaceWithGuest), replaced);
}

#[test]
fn the_user_wins_on_a_shared_line_and_loses_nothing() {
    let (mut guest, mut user) = (Cart::new(), Cart::new());
    let theirs = NewItem::new("tea", "Guest tea", money(1)).product("sku", "1");
    let theirs = theirs.attribute("a", Json::parse("1").unwrap());
    let theirs = theirs.condition(condition("wrap", Target::Item, "+9"));
    guest
        .add(theirs.condition(condition("box", Target::Item, "+8")))
        .unwrap();
    let own = NewItem::new("tea", "Tea", money(2)).condition(condition("wrap", Target::Item, "+5"));
    user.add(own).unwrap();

    let cart = merged(BuiltInStrategy::AddQuantities, &guest, &user).cart;
    let line = cart.item("tea").unwrap();
    assert_eq!(
        (line.name(), line.price(), line.attributes().len()),
        ("Tea", money(2), 0)
    );
    let wrap = condition("wrap", Target::Item, "+5");
    let boxed = condition("box", Target::Item, "+8");
    assert_eq!(
        line.conditions().iter().collect::<Vec<_>>(),
        [&wrap, &boxed]
    );
    assert_eq!(line.product().map(|product| product.id.as_str()), Some("1"));
}

#[test]
fn conditions_and_metadata_are_united_even_without_items() {
    let (mut guest, mut user) = (Cart::new(), Cart::new());
    for (cart, value) in [(&mut guest, "+1"), (&mut user, "+2")] {
        cart.apply(condition("both", Target::Total, value)).unwrap();
        cart.set_metadata("both", Json::parse(value.trim_start_matches('+')).unwrap());
    }
    guest
        .apply(condition("theirs", Target::Total, "+3"))
        .unwrap();
    guest.set_metadata("theirs", Json::parse("3").unwrap());
    user.apply(condition("own", Target::Total, "+4")).unwrap();
    user.set_metadata("own", Json::parse("4").unwrap());

    let cart = merged(BuiltInStrategy::AddQuantities, &guest, &user).cart;
    let texts: Vec<_> = cart
        .conditions()
        .iter()
        .map(|it| (it.name(), it.adjustment().to_string()))
        .collect();
    let texts: Vec<_> = texts
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    assert_eq!(texts, [("both", "+2"), ("own", "+4"), ("theirs", "+3")]);
    let metadata: Vec<_> = cart
        .metadata()
        .iter()
        .map(|(key, it)| (key, it.as_str()))
        .collect();
    assert_eq!(metadata, [("both", "2"), ("own", "4"), ("theirs", "3")]);
}

#[test]
fn the_guests_shipping_does_not_come_beside_the_users() {
    let usd = Currency::parse("USD").unwrap();
    let (mut guest, mut user) = (Cart::new(), Cart::new());
    guest
        .apply(Condition::shipping("express", "courier", "9", usd).unwrap())
        .unwrap();
    user.apply(Condition::shipping("standard", "post", "4", usd).unwrap())
        .unwrap();
    let cart = merged(BuiltInStrategy::AddQuantities, &guest, &user).cart;
    assert_eq!(cart.conditions(), user.conditions());
}

#[test]
fn a_quantity_over_the_limit_is_clamped_and_reported() {
    let mut limits = Limits::default();
    limits.units_per_line = 10;
    let guest = cart_of(&[("a", 8), ("b", 12)]);
    let user = cart_of(&[("a", 5)]);
    let Merged { cart, report } = BuiltInStrategy::AddQuantities
        .merge(&guest, &user, &limits)
        .unwrap();
    assert_eq!(lines(&cart), [("a", 10), ("b", 10)]);
    let clamped: Vec<_> = report
        .clamped
        .iter()
        .map(|it| (it.item_id.as_str(), it.wanted, it.kept))
        .collect();
    assert_eq!(clamped, [("a", 13, 10), ("b", 12, 10)]);

    let replaced = BuiltInStrategy::ReplaceWithGuest
        .merge(&guest, &user, &limits)
        .unwrap();
    assert_eq!(lines(&replaced.cart), [("a", 8), ("b", 10)]);
}

#[test]
fn quantities_that_overflow_are_refused_even_though_they_would_be_clamped() {
    let most = cart_of(&[("a", i64::MAX.unsigned_abs())]);
    let one = cart_of(&[("a", 1)]);
    let mut user = one.clone();
    let refused = user.merge_guest(&most, &BuiltInStrategy::AddQuantities, &Limits::default());
    assert_eq!(refused, Err(DomainError::Overflow { what: "quantity" }));
    assert_eq!(user, one);
}

#[test]
fn carts_in_two_currencies_are_not_united() {
    let mut guest = Cart::new();
    guest
        .add(NewItem::new(
            "a",
            "A",
            Money::new(1, Currency::parse("EUR").unwrap()),
        ))
        .unwrap();
    let user = cart_of(&[("b", 1)]);
    for strategy in [BuiltInStrategy::AddQuantities, BuiltInStrategy::KeepHighest] {
        let refused = strategy.merge(&guest, &user, &Limits::default());
        assert!(
            matches!(refused, Err(DomainError::CurrencyMismatch { .. })),
            "{strategy:?}"
        );
    }
    assert_eq!(merged(BuiltInStrategy::KeepUser, &guest, &user).cart, user);
    assert_eq!(
        merged(BuiltInStrategy::ReplaceWithGuest, &guest, &user).cart,
        guest
    );
}

#[test]
fn the_merge_is_reported_as_one_event() {
    let guest = cart_of(&[("a", 1)]);
    let mut user = cart_of(&[("a", 1)]);
    let report = user
        .merge_guest(&guest, &BuiltInStrategy::AddQuantities, &Limits::default())
        .unwrap();
    assert_eq!(user.take_events(), [Event::CartMerged { report }]);
}

#[test]
fn claims_of_both_carts_stay() {
    let guest = claimed(cart_of(&[("a", 2)]), "of-guest");
    let user = claimed(cart_of(&[("a", 3)]), "of-user");
    for strategy in ALL {
        let cart = merged(strategy, &guest, &user).cart;
        let mut ids: Vec<_> = cart.claims().iter().map(cart_core::Claim::id).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["of-guest", "of-user"], "{strategy:?}");
    }
}

#[test]
fn a_claim_on_discarded_items_takes_nothing_from_the_cart_that_stays() {
    let guest = claimed(cart_of(&[("a", 2)]), "of-guest");
    let user = cart_of(&[("a", 3)]);
    let mut cart = merged(BuiltInStrategy::KeepUser, &guest, &user).cart;
    let outcome = cart.settle("of-guest", Timestamp::from_millis(1)).unwrap();
    assert!(matches!(outcome, cart_core::SettleOutcome::Settled(_)));
    assert_eq!(lines(&cart), [("a", 3)]);
}

#[test]
fn strategies_are_known_by_name() {
    for strategy in ALL {
        assert_eq!(strategy.name().parse(), Ok(strategy));
        let json = serde_json::to_string(&strategy).unwrap();
        assert_eq!(json, format!("\"{}\"", strategy.name()));
    }
    assert_eq!(BuiltInStrategy::default(), BuiltInStrategy::AddQuantities);
    let refused = "add".parse::<BuiltInStrategy>();
    assert_eq!(
        refused,
        Err(DomainError::UnknownStrategy { name: "add".into() })
    );
}

fn quantities() -> impl Strategy<Value = BTreeMap<String, u64>> {
    btree_map("[a-f]", 1_u64..5_000, 0..6)
}

fn cart_from(quantities: &BTreeMap<String, u64>) -> Cart {
    let lines: Vec<_> = quantities
        .iter()
        .map(|(id, quantity)| (id.as_str(), *quantity))
        .collect();
    cart_of(&lines)
}

proptest! {
    #[test]
    fn uniting_loses_and_doubles_no_unit(guest in quantities(), user in quantities()) {
        let (guest_cart, user_cart) = (cart_from(&guest), cart_from(&user));
        let added = merged(BuiltInStrategy::AddQuantities, &guest_cart, &user_cart);
        prop_assert_eq!(added.cart.quantity(), guest_cart.quantity() + user_cart.quantity());
        let highest = merged(BuiltInStrategy::KeepHighest, &guest_cart, &user_cart);
        for item in highest.cart.items().iter() {
            let of = |map: &BTreeMap<String, u64>| map.get(item.id()).copied().unwrap_or(0);
            prop_assert_eq!(item.quantity(), of(&guest).max(of(&user)));
        }
        for merged in [added, highest] {
            let ids: Vec<_> = merged.cart.items().iter().map(Item::id).collect();
            let own = user.keys();
            let new = guest.keys().filter(|id| !user.contains_key(*id));
            prop_assert_eq!(ids, own.chain(new).map(String::as_str).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_empty_guest_changes_nothing_and_an_empty_user_gets_all(lines in quantities()) {
        let (cart, nothing) = (cart_from(&lines), Cart::new());
        for strategy in [BuiltInStrategy::AddQuantities, BuiltInStrategy::KeepHighest] {
            prop_assert_eq!(&merged(strategy, &nothing, &cart).cart, &cart);
            prop_assert_eq!(&merged(strategy, &cart, &nothing).cart, &cart);
        }
    }

    #[test]
    fn keeping_the_highest_may_be_repeated(guest in quantities(), user in quantities()) {
        let (guest, user) = (cart_from(&guest), cart_from(&user));
        let once = merged(BuiltInStrategy::KeepHighest, &guest, &user).cart;
        let twice = merged(BuiltInStrategy::KeepHighest, &guest, &once).cart;
        prop_assert_eq!(once, twice);
    }
}
