//! What becomes of carts that nobody wants any more: clean-up, restore, erasure, through `Carts`.

use std::time::Duration;

use cart_core::{
    CartHandle, Carts, Cleanup, ErrorKind, Instance, Operation, Owner, OwnerClass, Retention,
    ScanRequest, Select, Stored,
};
use tokio::task::JoinSet;

use super::carts::{builder, carts, nails};
use crate::case::{Case, case};
use crate::check;
use crate::faults::{Fault, FaultStore, Gate};
use crate::outcome::CaseResult;
use crate::subject::Subject;

pub(super) const CASES: &[Case] = &[
    case!(clean_up_takes_what_is_strictly_older, [Scan1, Del3], [], needs Scan),
    case!(clean_up_goes_on_in_another_handle, [Scan2, Del3], [], needs Scan),
    case!(cart_touched_during_a_clean_up_survives, [Save2, Del2], [], needs Scan, CompareAndSet),
    case!(deleted_cart_is_restored_as_it_was, [Del4, Save6], [], needs Scan),
    case!(erased_owner_leaves_no_tombstone, [Scan1, Exp1, Del3], [], needs Scan),
];

const DAY: Duration = Retention::of_days(1);
const DAY_MILLIS: u64 = 24 * 60 * 60 * 1_000;

async fn fill(carts: &Carts, owner: Owner) -> CaseResult<CartHandle> {
    let cart = carts.cart(owner, Instance::DEFAULT)?;
    cart.add(nails()?).await?;
    Ok(cart)
}

async fn is_there(cart: &CartHandle) -> CaseResult<bool> {
    Ok(cart.load().await?.exists())
}

async fn clean_up_takes_what_is_strictly_older(subject: &Subject) -> CaseResult {
    let carts = carts(subject, subject.store());
    let older = fill(&carts, Owner::user("older")?).await?;
    let guest = fill(&carts, Owner::guest("older")?).await?;
    let paying = fill(&carts, Owner::user("paying")?).await?;
    paying.claim("order", DAY * 30).await?;
    subject.advance(1);
    let exactly = fill(&carts, Owner::user("exactly")?).await?;
    subject.advance(7 * DAY_MILLIS);
    let retention = Retention::days(7).for_class(OwnerClass::Guest, DAY * 8);
    let cleanup = Cleanup::new(retention).batch_size(1);
    let foretold = carts
        .clear_abandoned(&cleanup.clone().dry_run(true))
        .await?;
    check::that(is_there(&older).await?, "a dry run deletes nothing")?;
    let done = carts.clear_abandoned(&cleanup).await?;
    check::equal(&done, &foretold, "what a dry run foretold")?;
    let counts = (done.deleted, done.retained, done.claimed, done.touched);
    check::equal(&counts, &(1, 1, 1, 0), "what became of the carts")?;
    check::that(!is_there(&older).await?, "what is older is gone")?;
    for cart in [guest, paying, exactly] {
        check::that(is_there(&cart).await?, "what is not is left")?;
    }
    Ok(())
}

async fn clean_up_goes_on_in_another_handle(subject: &Subject) -> CaseResult {
    const CARTS: u64 = 25;
    let shop = carts(subject, subject.store());
    for number in 0..CARTS {
        fill(&shop, Owner::user(format!("user-{number}"))?).await?;
    }
    subject.advance(8 * DAY_MILLIS);
    let cleanup = Cleanup::new(Retention::days(7)).batch_size(10);
    let mut run = shop.begin_clean_up(cleanup.clone());
    run.next_batch().await?;
    let checkpoint = run.checkpoint().to_string().parse()?;
    let other = carts(subject, subject.second_handle().await?);
    let mut run = other.resume_clean_up(cleanup, &checkpoint)?;
    while run.next_batch().await?.is_some() {}
    check::equal(&run.counts().deleted, &CARTS, "the deleted carts")?;
    let left = other.store().scan(&ScanRequest::new(10)).await?;
    check::equal(&left.entries.len(), &0, "the carts that are left")
}

/// Shoppers come back to every other cart between the look at it and its deletion.
async fn cart_touched_during_a_clean_up_survives(subject: &Subject) -> CaseResult {
    const CARTS: usize = 10;
    let shop = carts(subject, subject.store());
    let mut handles = Vec::new();
    for number in 0..CARTS {
        handles.push(fill(&shop, Owner::user(format!("user-{number}"))?).await?);
    }
    subject.advance(8 * DAY_MILLIS);
    let gate = Gate::new();
    let way = FaultStore::lenient(subject.store());
    way.plan([Fault::halt_at(&gate).on([Operation::SaveMany])]);
    let cleaner = carts(subject, way);
    let cleanup = Cleanup::new(Retention::days(7)).batch_size(CARTS);
    let mut cleaning = JoinSet::new();
    cleaning.spawn(async move { cleaner.begin_clean_up(cleanup).next_batch().await });
    gate.arrived(1).await;
    for cart in handles.iter().step_by(2) {
        cart.add(nails()?).await?;
    }
    gate.open();
    while let Some(ended) = cleaning.join_next().await {
        let counts = ended??.unwrap_or_default();
        let counts = (counts.touched, counts.deleted);
        check::equal(&counts, &(5, 5), "what became of the carts")?;
    }
    for (number, cart) in handles.iter().enumerate() {
        let units = cart.load().await?.summary().units;
        let left = if number % 2 == 0 { 2 } else { 0 };
        check::equal(&units, &left, "what is in the cart")?;
    }
    Ok(())
}

async fn deleted_cart_is_restored_as_it_was(subject: &Subject) -> CaseResult {
    let shop = builder(subject, subject.store())
        .keep_deleted(DAY * 30)
        .build();
    let cart = fill(&shop, Owner::user("ann")?).await?;
    cart.claim("order", DAY * 40).await?;
    let before = cart.load().await?;
    cart.forget().await?;
    subject.advance(29 * DAY_MILLIS);
    let other = carts(subject, subject.second_handle().await?);
    let elsewhere = other.cart_of(cart.key().clone());
    elsewhere.restore().await?;
    check::refused(elsewhere.restore().await, ErrorKind::Conflict)?;
    let after = cart.load().await?;
    check::equal(after.cart()?, before.cart()?, "the restored cart")?;
    let (Stored::Live(before), Stored::Live(after)) = (before.stored(), after.stored()) else {
        return check::that(false, "the cart is live before and after");
    };
    check::equal(&after.parts, &before.parts, "the restored parts")?;
    check::equal(
        &after.header.version.sequence(),
        &(before.header.version.sequence() + 2),
        "the sequence",
    )
}

async fn erased_owner_leaves_no_tombstone(subject: &Subject) -> CaseResult {
    let shop = builder(subject, subject.store())
        .keep_deleted(DAY * 30)
        .build();
    let (ann, bob) = (Owner::user("ann")?, Owner::user("bob")?);
    for owner in [&ann, &bob] {
        fill(&shop, owner.clone()).await?.forget().await?;
    }
    let erased = shop.erase(&ann).await?;
    check::equal(&erased.tombstones, &1, "the erased tombstones")?;
    let mut request = ScanRequest::new(10);
    request.select = Select::Tombstones;
    let left = shop.store().scan(&request).await?;
    let [entry] = check::sized(left.entries, "the tombstones that are left")?;
    check::equal(entry.key.owner(), &bob, "whose tombstone it is")?;
    check::that(entry.record.has_content(), "others keep what was deleted")?;
    let restored = shop.cart(ann, Instance::DEFAULT)?.restore().await;
    check::refused(restored, ErrorKind::NotFound)?;
    Ok(())
}
