//! Checkout: what a claim holds, what settling takes, what is left.

#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use cart_core::{
    AbortOutcome, Cart, Claim, ClaimRequest, ClaimState, ClaimedVersion, Condition, Currency,
    DomainError, ItemUpdate, Json, Money, NewItem, Pricing, QuantityChange, SettleOutcome,
    Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn money(minor: i64) -> Money {
    Money::new(minor, Currency::parse("USD").unwrap())
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
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

/// A claim from `now` until 100.
fn claim(cart: &mut Cart, id: &str, now: i64) -> Result<Claim, DomainError> {
    let version = ClaimedVersion("7-1".into());
    let request = ClaimRequest {
        id: id.into(),
        expires_at: at(100),
        version,
    };
    cart.claim(request, &Pricing::at(at(now)))
}

#[test]
fn a_claim_is_a_snapshot_of_the_cart() {
    let mut cart = cart_of(&[("a", 2), ("b", 1)]);
    cart.apply(Condition::discount("half", "50%", money(0).currency()).unwrap())
        .unwrap();
    let claim = claim(&mut cart, "order-1", 10).unwrap();
    let lines: Vec<_> = claim
        .lines()
        .iter()
        .map(|line| (line.item_id.as_str(), line.quantity, line.unit_price))
        .collect();
    assert_eq!(lines, [("a", 2, money(100)), ("b", 1, money(100))]);
    assert_eq!(
        (claim.total(), claim.state()),
        (money(150), ClaimState::Open)
    );
    assert_eq!((claim.taken_at(), claim.expires_at()), (at(10), at(100)));
    assert_eq!(claim.version(), &ClaimedVersion("7-1".into()));
    assert_eq!(cart.claims(), [claim]);
    assert_eq!(cart.claimed_until(), Some(at(100)));
}

#[test]
fn a_cart_that_was_sold_out_counts_in_the_currency_of_the_sale() {
    let mut cart = cart_of(&[("a", 2)]);
    claim(&mut cart, "order-1", 10).unwrap();
    let _settled = cart.settle("order-1", at(20)).unwrap();
    let summary = cart.summary(&Pricing::at(at(30))).unwrap();
    assert_eq!((summary.lines, summary.total), (0, 0));
    assert_eq!(summary.converted_at, Some(at(20)));
    assert_eq!(summary.currency, Some(money(0).currency()));
}

#[test]
fn of_two_claims_one_wins_and_the_same_one_may_be_repeated() {
    let mut cart = cart_of(&[("a", 2)]);
    let first = claim(&mut cart, "one", 0).unwrap();
    assert_eq!(claim(&mut cart, "one", 50), Ok(first));
    let conflict = DomainError::ClaimConflict {
        open: "one".into(),
        expires_at: at(100),
    };
    assert_eq!(claim(&mut cart, "two", 50), Err(conflict));
    assert_eq!(cart.claims().len(), 1);
}

#[test]
fn settling_takes_exactly_what_was_claimed() {
    let mut cart = cart_of(&[("less", 3), ("more", 3), ("gone", 3), ("same", 3)]);
    claim(&mut cart, "order", 0).unwrap();
    cart.update("less", ItemUpdate::new().quantity(QuantityChange::To(1)))
        .unwrap();
    cart.add(NewItem::new("more", "more", money(100)).quantity(2))
        .unwrap();
    cart.remove("gone");
    cart.add(NewItem::new("new", "new", money(100))).unwrap();
    let outcome = cart.settle("order", at(50)).unwrap();
    assert!(matches!(outcome, SettleOutcome::Settled(_)));
    assert_eq!(lines(&cart), [("more", 2), ("new", 1)]);
    assert_eq!(
        (cart.claimed_until(), cart.converted_at()),
        (None, Some(at(50)))
    );
}

#[test]
fn conditions_and_metadata_stay_when_a_claim_is_settled() {
    let mut cart = cart_of(&[("a", 1)]);
    cart.apply(Condition::fee("fee", "1", money(0).currency()).unwrap())
        .unwrap();
    cart.set_metadata("note", Json::parse("1").unwrap());
    claim(&mut cart, "order", 0).unwrap();
    let outcome = cart.settle("order", at(1)).unwrap();
    assert!(matches!(outcome, SettleOutcome::Settled(_)));
    assert_eq!(
        (cart.len(), cart.conditions().len(), cart.metadata().len()),
        (0, 1, 1)
    );
}

#[test]
fn settling_again_changes_nothing_even_after_the_expiry() {
    let mut cart = cart_of(&[("a", 1)]);
    claim(&mut cart, "order", 0).unwrap();
    let SettleOutcome::Settled(settled) = cart.settle("order", at(1)).unwrap() else {
        panic!("the first call settles")
    };
    cart.add(NewItem::new("a", "a", money(100))).unwrap();
    let before = cart.clone();
    assert_eq!(
        cart.settle("order", at(999)),
        Ok(SettleOutcome::AlreadySettled(settled))
    );
    assert_eq!(cart, before);
}

#[test]
fn aborting_keeps_the_items_and_makes_room_for_another_claim() {
    let mut cart = cart_of(&[("a", 1)]);
    claim(&mut cart, "one", 0).unwrap();
    assert!(matches!(
        cart.abort("one", at(1)),
        Ok(AbortOutcome::Aborted(_))
    ));
    assert!(matches!(
        cart.abort("one", at(2)),
        Ok(AbortOutcome::AlreadyAborted(_))
    ));
    assert_eq!((lines(&cart), cart.claimed_until()), (vec![("a", 1)], None));
    assert!(claim(&mut cart, "two", 3).is_ok());
    let refused = cart.settle("one", at(4));
    assert!(matches!(refused, Err(DomainError::ClaimNotOpen { .. })));
    assert!(matches!(
        claim(&mut cart, "one", 4),
        Err(DomainError::ClaimNotOpen { .. })
    ));
}

#[test]
fn what_was_settled_is_not_aborted() {
    let mut cart = cart_of(&[("a", 1)]);
    claim(&mut cart, "one", 0).unwrap();
    let outcome = cart.settle("one", at(1)).unwrap();
    assert!(matches!(outcome, SettleOutcome::Settled(_)));
    assert!(matches!(
        cart.abort("one", at(2)),
        Err(DomainError::ClaimNotOpen { .. })
    ));
}

#[test]
fn an_expired_claim_takes_nothing_and_makes_room() {
    let mut cart = cart_of(&[("a", 1)]);
    claim(&mut cart, "one", 0).unwrap();
    let expired = DomainError::ClaimExpired {
        claim: "one".into(),
        expired_at: at(100),
    };
    assert_eq!(cart.settle("one", at(100)), Err(expired.clone()));
    assert_eq!(claim(&mut cart, "one", 100), Err(expired));
    assert_eq!(lines(&cart), [("a", 1)]);
    let request = ClaimRequest {
        id: "two".into(),
        expires_at: at(200),
        version: ClaimedVersion::default(),
    };
    assert!(cart.claim(request, &Pricing::at(at(100))).is_ok());
    assert!(matches!(
        cart.abort("one", at(101)),
        Ok(AbortOutcome::Aborted(_))
    ));
}

#[test]
fn a_claim_needs_items_an_id_and_time() {
    let mut cart = Cart::new();
    assert_eq!(claim(&mut cart, "one", 0), Err(DomainError::NothingToClaim));
    let mut cart = cart_of(&[("a", 1)]);
    assert!(matches!(
        claim(&mut cart, "", 0),
        Err(DomainError::InvalidName { .. })
    ));
    assert!(matches!(
        claim(&mut cart, "one", 100),
        Err(DomainError::ClaimExpired { .. })
    ));
    assert_eq!(cart.claims(), []);
}

#[test]
fn an_unknown_claim_is_an_error() {
    let mut cart = cart_of(&[("a", 1)]);
    let unknown = DomainError::UnknownClaim { claim: "x".into() };
    assert_eq!(cart.settle("x", at(0)), Err(unknown.clone()));
    assert_eq!(cart.abort("x", at(0)), Err(unknown));
}

#[test]
fn the_last_eight_closed_claims_are_remembered() {
    let mut cart = cart_of(&[("a", 1)]);
    for number in 0..12 {
        claim(&mut cart, &format!("c{number}"), number).unwrap();
        assert!(cart.abort(&format!("c{number}"), at(number)).is_ok());
    }
    claim(&mut cart, "open", 50).unwrap();
    let ids: Vec<_> = cart.claims().iter().map(Claim::id).collect();
    assert_eq!(
        ids,
        ["c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "open"]
    );
}

#[test]
fn clearing_the_cart_keeps_its_claims() {
    let mut cart = cart_of(&[("a", 1)]);
    claim(&mut cart, "order", 0).unwrap();
    cart.clear();
    assert_eq!(cart.claims().len(), 1);
    assert!(matches!(
        cart.settle("order", at(1)),
        Ok(SettleOutcome::Settled(_))
    ));
}

#[test]
fn a_claim_of_a_newer_release_keeps_what_this_one_does_not_know() {
    let mut cart = cart_of(&[("a", 1)]);
    let claim = claim(&mut cart, "order", 0).unwrap();
    let text = serde_json::to_string(&claim).unwrap();
    assert_eq!(serde_json::from_str::<Claim>(&text).unwrap(), claim);
    let newer = text.replace(r#""state":"open""#, r#""state":"open","coupon":1.10"#);
    let read: Claim = serde_json::from_str(&newer).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), newer);
    assert!(newer.contains("coupon"));
}

proptest! {
    #[test]
    fn whatever_is_added_after_a_claim_is_still_there_after_it_is_settled(
        claimed in vec(("[a-d]", 1_u64..50), 1..6),
        added in vec(("[a-f]", 1_u64..50), 0..8),
    ) {
        let add = |cart: &mut Cart, lines: &[(String, u64)]| {
            for (id, quantity) in lines {
                cart.add(NewItem::new(id, id, money(1)).quantity(*quantity)).unwrap();
            }
        };
        let mut cart = Cart::new();
        add(&mut cart, &claimed);
        claim(&mut cart, "order", 0).unwrap();
        add(&mut cart, &added);
        let outcome = cart.settle("order", at(1)).unwrap();
        prop_assert!(matches!(outcome, SettleOutcome::Settled(_)));
        for id in ["a", "b", "c", "d", "e", "f"] {
            let left = cart.item(id).map_or(0, cart_core::Item::quantity);
            let expected: u64 = added.iter().filter(|line| line.0 == id).map(|line| line.1).sum();
            prop_assert_eq!(left, expected, "{}", id);
        }
    }
}
