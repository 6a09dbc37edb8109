//! The contract as applications meet it: through `Carts`.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{
    BuiltInStrategy, Carts, Clock, Currency, Error, ErrorKind, Expect, ExpiryPolicy, Instance,
    ItemUpdate, Json, Money, NewItem, OnExisting, Owner, QuantityChange, RenewOn, Sleep,
    SystemClock, Timestamp, Transfer,
};
use tokio::task::JoinSet;

use crate::case::{Case, case};
use crate::check;
use crate::clock::ManualClock;
use crate::faults::{Fault, FaultStore};
use crate::harness::Damage;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key};

pub(super) const CASES: &[Case] = &[
    case!(edits_at_the_same_time_add_up, [Save3, Load1, Load3], ["C1", "C7"], needs CompareAndSet),
    case!(edits_through_two_handles_add_up, [Save3, Load1, Load3], ["C12"], needs CompareAndSet),
    case!(edits_with_lost_replies_add_up, [Err3, Save4], ["C6", "I8", "J3"], needs CompareAndSet),
    case!(
        stale_snapshot_is_rejected_with_the_current_cart,
        [Save2],
        ["B4"]
    ),
    case!(cart_comes_back_line_by_line, [Save6], ["A10", "H7"]),
    case!(
        forgetting_tells_whether_there_was_a_cart,
        [Del1, Del3],
        ["A6", "D2"]
    ),
    case!(
        forgetting_an_owner_forgets_all_instances,
        [Del3, Inst1],
        ["D3"]
    ),
    case!(damaged_cart_is_corrupt_and_stays, [Load2], ["H10"]),
    case!(cart_of_a_newer_format_is_refused_and_stays, [Load2], ["H9"]),
    case!(
        read_cart_lives_on_where_reading_renews_it,
        [Exp2, Load3],
        ["F2"]
    ),
    case!(transferred_cart_belongs_to_its_new_owner, [Ren1], ["E1", "E2"], needs Rename),
    case!(transfer_onto_an_existing_cart_is_refused, [Ren2], ["E2"], needs Rename),
    case!(transfer_of_nothing_changes_nothing, [Ren3, Ren5], ["E3", "E4"], needs Rename),
    case!(carts_merge_once, [Ren3, Ren1, Save3, Inst1], ["E13"], needs Rename, CompareAndSet),
];

/// Tells the time of the case, and waits by the clock of the machine: edits that meet each other
/// back off for a moment, which nobody would end by hand.
#[derive(Debug)]
struct ImpatientClock(Arc<ManualClock>);

impl Clock for ImpatientClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        SystemClock.sleep(duration)
    }
}

pub(super) fn carts(subject: &Subject, store: impl cart_core::CartStore) -> Carts {
    builder(subject, store).build()
}

pub(super) fn builder(
    subject: &Subject,
    store: impl cart_core::CartStore,
) -> cart_core::CartsBuilder {
    Carts::builder(store)
        .clock(Arc::new(ImpatientClock(Arc::clone(subject.clock()))))
        .randomness(Arc::clone(subject.randomness()) as Arc<dyn cart_core::Randomness>)
        // Far beyond what a loaded machine needs: a case must not fail for want of time.
        .edit_deadline(Duration::from_secs(20))
}

pub(super) fn nails() -> CaseResult<NewItem> {
    let price = Money::parse("4.99", Currency::parse("USD")?)?;
    Ok(NewItem::new("nails", "Ten nails", price))
}

/// Many tasks add one to the same line, task after task through the next of `shops`.
async fn add_up(shops: &[Carts]) -> CaseResult {
    const TASKS: usize = 6;
    const EDITS: usize = 8;
    let owner = Owner::user("ann")?;
    let cart = shops[0].cart(owner.clone(), Instance::DEFAULT)?;
    cart.add(nails()?).await?;
    let mut tasks = JoinSet::new();
    for shop in shops.iter().cycle().take(TASKS) {
        let cart = shop.cart(owner.clone(), Instance::DEFAULT)?;
        tasks.spawn(async move {
            for _ in 0..EDITS {
                let one_more = ItemUpdate::new().quantity(QuantityChange::By(1));
                cart.update("nails", one_more).await?;
            }
            Ok::<_, Error>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let snapshot = cart.load().await?;
    let quantity = snapshot
        .items()?
        .get("nails")
        .map(cart_core::Item::quantity);
    let expected = u64::try_from(1 + TASKS * EDITS)?;
    check::equal(&quantity, &Some(expected), "the sum of all edits")
}

async fn edits_at_the_same_time_add_up(subject: &Subject) -> CaseResult {
    add_up(&[carts(subject, FaultStore::lenient(subject.store()))]).await
}

async fn edits_through_two_handles_add_up(subject: &Subject) -> CaseResult {
    let other = subject.second_handle().await?;
    let shops = [subject.store(), other].map(|store| carts(subject, FaultStore::lenient(store)));
    add_up(&shops).await
}

async fn edits_with_lost_replies_add_up(subject: &Subject) -> CaseResult {
    const EDITS: u64 = 20;
    let store = FaultStore::lenient(subject.store());
    let cart = carts(subject, store.clone()).cart(Owner::user("ann")?, Instance::DEFAULT)?;
    cart.add(nails()?).await?;
    for _ in 0..EDITS {
        store.plan([Fault::lose_reply()]);
        let one_more = ItemUpdate::new().quantity(QuantityChange::By(1));
        cart.update("nails", one_more).await?;
    }
    let snapshot = cart.load().await?;
    let quantity = snapshot
        .items()?
        .get("nails")
        .map(cart_core::Item::quantity);
    check::equal(&quantity, &Some(1 + EDITS), "the sum of all edits")
}

async fn stale_snapshot_is_rejected_with_the_current_cart(subject: &Subject) -> CaseResult {
    let cart = carts(subject, subject.store()).cart(Owner::user("ann")?, Instance::DEFAULT)?;
    cart.add(nails()?).await?;
    let mut stale = cart.load().await?;
    let current = cart.add(nails()?).await?.snapshot;
    let more = nails()?;
    stale.edit(|cart| cart.add(more))?;
    let error = check::refused(stale.save().await, ErrorKind::Conflict)?;
    let attached = error
        .conflict()
        .and_then(|conflict| conflict.current())
        .map(|record| record.header.version);
    check::equal(&attached, &current.version(), "the attached cart")
}

async fn cart_comes_back_line_by_line(subject: &Subject) -> CaseResult {
    let cart = carts(subject, subject.store()).cart(Owner::user("ann")?, "wish list")?;
    let attributes = [
        ("size", "1.10"),
        ("count", "1e400"),
        ("none", "null"),
        ("text", "\"\\u0000\""),
    ];
    let mut items = Vec::new();
    for id in ["b", "a", "0", "\u{1f6d2}"] {
        let price = Money::parse("4.99", Currency::parse("USD")?)?;
        let mut item = NewItem::new(id, "Ten nails", price);
        for (key, value) in attributes {
            item = item.attribute(key, Json::parse(value)?);
        }
        items.push(item);
    }
    let written = cart.add_all(items).await?.snapshot;
    let read = cart.load().await?;
    check::equal(read.items()?, written.items()?, "the lines")?;
    check::equal(&read.summary(), &written.summary(), "the summary")?;
    check::equal(&read.version(), &written.version(), "the version")
}

async fn forgetting_tells_whether_there_was_a_cart(subject: &Subject) -> CaseResult {
    let carts = carts(subject, subject.store());
    let cart = carts.cart(Owner::user("ann")?, Instance::DEFAULT)?;
    let other = carts.cart(Owner::user("ann")?, "wishlist")?;
    check::equal(&cart.forget().await?, &false, "whether there was a cart")?;
    cart.add(nails()?).await?;
    other.add(nails()?).await?;
    check::equal(&cart.forget().await?, &true, "whether there was a cart")?;
    check::equal(&cart.forget().await?, &false, "whether there was a cart")?;
    check::equal(
        &cart.load().await?.exists(),
        &false,
        "whether there is one now",
    )?;
    check::equal(
        &other.load().await?.exists(),
        &true,
        "whether the other one is there",
    )
}

async fn forgetting_an_owner_forgets_all_instances(subject: &Subject) -> CaseResult {
    let carts = carts(subject, subject.store());
    let owners = [Owner::user("user-1")?, Owner::user("user-10")?];
    for owner in &owners {
        for instance in [Instance::DEFAULT, "wishlist", "a:b"] {
            carts.cart(owner.clone(), instance)?.add(nails()?).await?;
        }
    }
    let forgotten = carts.forget_identifier(&owners[0]).await?;
    check::equal(&forgotten, &3, "how many carts were forgotten")?;
    check::equal(
        &carts.instances(&owners[0]).await?.len(),
        &0,
        "the owner's instances",
    )?;
    check::equal(
        &carts.instances(&owners[1]).await?.len(),
        &3,
        "the other owner's instances",
    )
}

async fn damaged_cart_is_corrupt_and_stays(subject: &Subject) -> CaseResult {
    let carts = carts(subject, subject.store());
    for damage in Damage::ALL {
        let key = key(damage.name())?;
        let cart = carts.cart_of(key.clone());
        cart.add(nails()?).await?;
        subject.damage(&key, damage).await?;
        let before = format!("{:?}", subject.load(&key).await);
        let read = match cart.load().await {
            Ok(snapshot) => snapshot.cart().cloned(),
            Err(error) => Err(error),
        };
        check::refused(read, ErrorKind::Corrupt)?;
        let edited = cart.add(nails()?).await;
        check::refused(edited.map(drop), ErrorKind::Corrupt)?;
        let after = format!("{:?}", subject.load(&key).await);
        check::equal(&after, &before, "what a load says of the damaged record")?;
    }
    Ok(())
}

async fn cart_of_a_newer_format_is_refused_and_stays(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.format = cart_core::FORMAT + 1;
    record.parts.items = r#"{"of":"a newer release"}"#.into();
    subject.save(&key, &record, Expect::Absent).await?;
    let cart = carts(subject, subject.store()).cart_of(key.clone());
    let edited = cart.add(nails()?).await;
    check::refused(edited.map(drop), ErrorKind::NewerFormat)?;
    check::live(&subject.load(&key).await?, &record)
}

async fn read_cart_lives_on_where_reading_renews_it(subject: &Subject) -> CaseResult {
    const MINUTE: u64 = 60_000;
    let policy = ExpiryPolicy::after(Duration::from_millis(MINUTE), RenewOn::ReadAndWrite);
    let carts = builder(subject, subject.store()).expiry(policy).build();
    let cart = carts.cart(Owner::user("ann")?, Instance::DEFAULT)?;
    let written = cart.add(nails()?).await?.snapshot;
    for _ in 0..3 {
        subject.advance(MINUTE - 1);
        let read = cart.load().await?;
        check::equal(&read.version(), &written.version(), "the version")?;
    }
    subject.advance(MINUTE);
    check::equal(
        &cart.load().await?.exists(),
        &false,
        "whether the cart is there",
    )
}

async fn transferred_cart_belongs_to_its_new_owner(subject: &Subject) -> CaseResult {
    let carts = carts(subject, subject.store());
    let (guest, user) = (Owner::guest("42")?, Owner::user("42")?);
    let before = carts.cart(guest.clone(), Instance::DEFAULT)?;
    let before = before.add(nails()?).await?.snapshot;
    let default = Instance::default();
    let outcome = carts
        .transfer(&guest, &user, &default, &OnExisting::Refuse)
        .await?;
    check::equal(&outcome, &Transfer::Moved, "the outcome")?;
    let after = carts.cart(user, Instance::DEFAULT)?.load().await?;
    check::equal(after.items()?, before.items()?, "the lines")?;
    check::that(
        after.version() > before.version(),
        "the version moves forward",
    )?;
    check::equal(
        &carts.instances(&guest).await?.len(),
        &0,
        "the guest's carts",
    )
}

async fn transfer_onto_an_existing_cart_is_refused(subject: &Subject) -> CaseResult {
    let carts = carts(subject, subject.store());
    let (guest, user) = (Owner::guest("42")?, Owner::user("42")?);
    let default = Instance::default();
    let mut versions = Vec::new();
    for owner in [&guest, &user] {
        let cart = carts.cart(owner.clone(), Instance::DEFAULT)?;
        versions.push(cart.add(nails()?).await?.snapshot.version());
    }
    let answer = carts
        .transfer(&guest, &user, &default, &OnExisting::Refuse)
        .await;
    check::refused(answer, ErrorKind::Conflict)?;
    for (owner, version) in [&guest, &user].into_iter().zip(versions) {
        let cart = carts.cart(owner.clone(), Instance::DEFAULT)?;
        check::equal(&cart.load().await?.version(), &version, "the version")?;
    }
    let answer = carts
        .transfer(&guest, &user, &default, &OnExisting::Replace)
        .await?;
    check::equal(&answer, &Transfer::Replaced, "the outcome")
}

async fn transfer_of_nothing_changes_nothing(subject: &Subject) -> CaseResult {
    let carts = carts(subject, subject.store());
    let (guest, user) = (Owner::guest("42")?, Owner::user("42")?);
    let default = Instance::default();
    let cart = carts.cart(user.clone(), Instance::DEFAULT)?;
    let version = cart.add(nails()?).await?.snapshot.version();
    for (from, expected) in [(&guest, Transfer::Absent), (&user, Transfer::SameOwner)] {
        let outcome = carts
            .transfer(from, &user, &default, &OnExisting::Replace)
            .await?;
        check::equal(&outcome, &expected, "the outcome")?;
        check::equal(&cart.load().await?.version(), &version, "the version")?;
    }
    Ok(())
}

async fn carts_merge_once(subject: &Subject) -> CaseResult {
    const LOGINS: usize = 4;
    let carts = carts(subject, subject.store());
    let (guest, user) = (Owner::guest("42")?, Owner::user("42")?);
    for owner in [&guest, &user] {
        carts
            .cart(owner.clone(), Instance::DEFAULT)?
            .add(nails()?)
            .await?;
    }
    let mut logins = JoinSet::new();
    for _ in 0..LOGINS {
        let (carts, guest, user) = (carts.clone(), guest.clone(), user.clone());
        logins.spawn(async move {
            let strategy = Arc::new(BuiltInStrategy::AddQuantities);
            carts.merge(&guest, &user, strategy).await?.all_done()
        });
    }
    while let Some(ended) = logins.join_next().await {
        ended??;
    }
    let snapshot = carts.cart(user, Instance::DEFAULT)?.load().await?;
    let quantity = snapshot
        .items()?
        .get("nails")
        .map(cart_core::Item::quantity);
    check::equal(&quantity, &Some(2), "the merged quantity")?;
    let left = subject.store().instances(&guest).await?;
    check::equal(&left.len(), &0, "the guest's carts")
}
