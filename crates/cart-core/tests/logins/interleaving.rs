//! Logins, repeats, crashes and other tabs in any order.

use std::collections::HashMap;

use cart_core::{ItemUpdate, Owner, QuantityChange, Result, RetryClass};
use cart_testkit::SeededRandomness;
use cart_testkit::faults::Fault;

use crate::by_hand::ByHand;
use crate::{Shop, ann, bob, guest, item};

const IDS: [&str; 3] = ["a", "b", "c"];

/// What one of them does.
enum Done {
    Added(&'static str, Result<bool>),
    LoggedIn,
}

/// The units of an item, wherever they are.
async fn everywhere(shop: &Shop, id: &str) -> u64 {
    let bobs = shop.users().cart(bob(), "default").expect("an instance");
    let (guest, ann) = shop.units(id).await;
    guest + ann + crate::quantity(&bobs, id).await
}

async fn add(shop: &Shop, owner: Owner, id: &'static str) -> Done {
    let carts = if owner == guest() {
        shop.guests()
    } else {
        shop.users()
    };
    let cart = carts.cart(owner, "default").expect("an instance");
    Done::Added(
        id,
        cart.add(item(id)).await.map(|edited| edited.is_written()),
    )
}

/// Runs eight logins and six edits against each other, some of the logins to another account, drops
/// some of them and loses some replies. Afterwards each unit that was added is there once.
async fn run(seed: u64) {
    let shop = Shop::new();
    let random = SeededRandomness::new(seed);
    let mut added: HashMap<&str, u64> = HashMap::new();
    let mut unknown: HashMap<&str, u64> = HashMap::new();
    for id in &IDS[..2] {
        let cart = shop.guest_cart();
        cart.add(item(id).quantity(2)).await.expect("an edit");
        *added.entry(id).or_default() += 2;
    }
    let faults = || match random.below(12) {
        0 => Fault::lose_reply(),
        1 => Fault::lose_request(),
        2 => Fault::unreachable(),
        _ => Fault::none(),
    };
    shop.guests.plan((0..20).map(|_| faults()));
    shop.users.plan((0..20).map(|_| faults()));
    // A login may crash; the edits don't, for nobody could tell then how much there should be.
    let mut running: Vec<(bool, ByHand<'_, Done>)> = Vec::new();
    for _ in 0..8 {
        let user = if random.below(4) == 0 { bob() } else { ann() };
        let shop = &shop;
        let login = async move {
            let strategy = cart_core::BuiltInStrategy::AddQuantities;
            // A login that fails is made again later.
            drop(shop.login_as(&user, strategy).await);
            Done::LoggedIn
        };
        running.push((true, ByHand::new(login)));
    }
    for edit in 0..6 {
        let owner = if edit % 3 == 0 { ann() } else { guest() };
        let id = IDS[random.below(IDS.len())];
        running.push((false, ByHand::new(add(&shop, owner, id))));
    }
    while !running.is_empty() {
        let next = random.below(running.len());
        if running[next].0 && random.below(40) == 0 {
            drop(running.swap_remove(next));
            continue;
        }
        let Some(done) = running[next].1.poll() else {
            continue;
        };
        drop(running.swap_remove(next));
        if let Done::Added(id, answer) = done {
            match answer {
                Ok(is_written) => *added.entry(id).or_default() += u64::from(is_written),
                // Its reply was lost, and the cart went before anybody could look.
                Err(error) if error.retry_class() == RetryClass::OutcomeUnknown => {
                    *unknown.entry(id).or_default() += 1;
                }
                Err(error) => assert_eq!(
                    error.retry_class(),
                    RetryClass::NotApplied,
                    "seed {seed}: {error:?}"
                ),
            }
        }
    }
    shop.guests.heal();
    shop.users.heal();
    let last = shop.login().await.expect("the guest's carts are found");
    assert!(last.failed.is_empty(), "seed {seed}: {last:?}");
    for id in IDS {
        let lowest = added.get(id).copied().unwrap_or_default();
        let highest = lowest + unknown.get(id).copied().unwrap_or_default();
        let found = everywhere(&shop, id).await;
        assert!(
            (lowest..=highest).contains(&found),
            "{found} of {id}, seed {seed}"
        );
    }
    assert!(
        !shop.guest_cart().load().await.expect("it loads").exists(),
        "seed {seed}"
    );
}

#[tokio::test]
async fn every_unit_arrives_once_in_any_order_of_things() {
    for seed in 0..400 {
        run(seed).await;
    }
}

/// The guest takes something out while a login is under way: it is gone, or it was the user's already.
#[tokio::test]
async fn what_a_guest_removes_meanwhile_is_gone_or_was_given_before() {
    for seed in 0..300 {
        let shop = Shop::new();
        let random = SeededRandomness::new(seed);
        let cart = shop.guest_cart();
        cart.add(item("a").quantity(3)).await.expect("an edit");
        let edit = async {
            let fewer = ItemUpdate::new().quantity(QuantityChange::By(-2));
            let removed = shop.guest_cart().update("a", fewer).await.expect("an edit");
            let more = shop.guest_cart().add(item("a")).await;
            more.expect("an edit");
            removed.is_written()
        };
        let mut edit = ByHand::new(edit);
        let mut login = Some(ByHand::new(shop.login()));
        let removed = loop {
            if random.below(2) == 0
                && let Some(running) = &mut login
            {
                if running.poll().is_some() || random.below(12) == 0 {
                    login = None;
                }
            } else if let Some(removed) = edit.poll() {
                break removed;
            }
        };
        drop((edit, login));
        shop.login().await.expect("the guest's carts are found");
        let (guest, user) = shop.units("a").await;
        let allowed = if removed { 2..=4 } else { 4..=4 };
        assert!(guest == 0 && allowed.contains(&user), "{user}, seed {seed}");
    }
}
