//! REN-4 and SAVE-3: renames that meet each other, writers and readers.

use std::sync::Arc;

use cart_core::{CartKey, CartStore, Error, ErrorKind, Expect, Rename, SaveRequest, Stored};
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;

use crate::case::{Case, case};
use crate::check;
use crate::outcome::{CaseResult, Stop};
use crate::records;
use crate::subject::{Subject, key, load};

pub(super) const CASES: &[Case] = &[
    case!(one_of_two_renames_of_a_cart_wins, [Ren1, Ren3, Save3], ["E9"], needs Rename, CompareAndSet),
    case!(one_of_two_renames_to_a_key_wins, [Ren2, Ren1, Save3], ["E9"], needs Rename, CompareAndSet),
    case!(opposite_renames_lose_nothing, [Ren2, Ren1, Save3], ["C9"], needs Rename, CompareAndSet),
    case!(chained_renames_lose_nothing, [Ren1, Ren2, Save3], ["E10"], needs Rename, CompareAndSet),
    case!(save_beside_a_rename_is_never_lost, [Ren1, Save2, Save3], ["E11"], needs Rename, CompareAndSet),
    case!(nobody_sees_both_carts_or_neither, [Ren4], ["A9"], needs AtomicRename),
];

const ROUNDS: u64 = 30;

/// Sends all renames at the same moment, and tells which ones succeeded. A rename that comes too
/// late meets a conflict or finds no source; any other error fails the case.
async fn race(store: &Arc<dyn CartStore>, renames: Vec<Rename>) -> CaseResult<Vec<Rename>> {
    let start = Arc::new(Barrier::new(renames.len()));
    let mut tasks = JoinSet::new();
    for rename in renames {
        let (store, start) = (Arc::clone(store), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            let answer = store.rename(&rename).await;
            (rename, answer)
        });
    }
    let mut done = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        match ended? {
            (rename, Ok(())) => done.push(rename),
            (_, Err(error))
                if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => {}
            (_, Err(error)) => return Err(error.into()),
        }
    }
    Ok(done)
}

/// The tags of the live carts under `keys`, in order of their size.
async fn tags(subject: &Subject, keys: &[&CartKey]) -> CaseResult<Vec<u64>> {
    let mut tags = Vec::new();
    for key in keys {
        if let Stored::Live(record) = subject.load(key).await? {
            tags.push(records::tag_of(&record).ok_or_else(|| Stop::failed("the record is torn"))?);
        }
    }
    tags.sort_unstable();
    Ok(tags)
}

async fn one_of_two_renames_of_a_cart_wins(subject: &Subject) -> CaseResult {
    for round in 0..ROUNDS {
        let [from, left, right] =
            ["from", "left", "right"].map(|name| key(&format!("{name}-{round}")));
        let (from, left, right) = (from?, left?, right?);
        let source = subject.create(&from, round).await?;
        let renames = vec![
            subject.renaming(&from, &source, &left)?,
            subject.renaming(&from, &source, &right)?,
        ];
        let [done] = check::sized(
            race(&subject.store(), renames).await?,
            "renames that succeeded",
        )?;
        check::live(&subject.load(&done.to).await?, &done.record)?;
        let found = tags(subject, &[&from, &left, &right]).await?;
        check::equal(&found, &vec![round], "the cart, once")?;
    }
    Ok(())
}

async fn one_of_two_renames_to_a_key_wins(subject: &Subject) -> CaseResult {
    for round in 0..ROUNDS {
        let [left, right, to] = ["left", "right", "to"].map(|name| key(&format!("{name}-{round}")));
        let (left, right, to) = (left?, right?, to?);
        let first = subject.create(&left, 1).await?;
        let second = subject.create(&right, 2).await?;
        let renames = vec![
            subject.renaming(&left, &first, &to)?,
            subject.renaming(&right, &second, &to)?,
        ];
        let [done] = check::sized(
            race(&subject.store(), renames).await?,
            "renames that succeeded",
        )?;
        check::live(&subject.load(&to).await?, &done.record)?;
        let found = tags(subject, &[&left, &right, &to]).await?;
        check::equal(&found, &vec![1, 2], "both carts, once each")?;
    }
    Ok(())
}

async fn opposite_renames_lose_nothing(subject: &Subject) -> CaseResult {
    for round in 0..ROUNDS {
        let (left, right) = (
            key(&format!("left-{round}"))?,
            key(&format!("right-{round}"))?,
        );
        let first = subject.create(&left, 1).await?;
        let second = subject.create(&right, 2).await?;
        // Each replaces the cart on the other side, whose version it names: one of the two comes
        // too late.
        let mut there = subject.renaming(&left, &first, &right)?;
        there.expect_to = Expect::Version(second.header.version);
        let mut back = subject.renaming(&right, &second, &left)?;
        back.expect_to = Expect::Version(first.header.version);
        let done = race(&subject.store(), vec![there, back]).await?;
        let [done] = check::sized(done, "renames that succeeded")?;
        check::live(&subject.load(&done.to).await?, &done.record)?;
        check::tombstone(
            &subject.load(&done.from).await?,
            done.tombstone.header.version,
        )?;
    }
    Ok(())
}

async fn chained_renames_lose_nothing(subject: &Subject) -> CaseResult {
    for round in 0..ROUNDS {
        let [first, second, third] =
            ["first", "second", "third"].map(|name| key(&format!("{name}-{round}")));
        let (first, second, third) = (first?, second?, third?);
        let one = subject.create(&first, 1).await?;
        let two = subject.create(&second, 2).await?;
        let mut renames = vec![
            subject.renaming(&first, &one, &second)?,
            subject.renaming(&second, &two, &third)?,
        ];
        if round % 2 == 1 {
            renames.reverse();
        }
        race(&subject.store(), renames).await?;
        let found = tags(subject, &[&first, &second, &third]).await?;
        check::equal(&found, &vec![1, 2], "both carts, once each")?;
    }
    Ok(())
}

async fn save_beside_a_rename_is_never_lost(subject: &Subject) -> CaseResult {
    for round in 0..ROUNDS {
        let (from, to) = (key(&format!("from-{round}"))?, key(&format!("to-{round}"))?);
        let source = subject.create(&from, 1).await?;
        let rename = subject.renaming(&from, &source, &to)?;
        let expect = Expect::Version(source.header.version);
        let request = SaveRequest::new(from.clone(), subject.next(&source, 2)?, expect);
        let (saved, renamed) = save_and_rename(subject, request, rename, round % 3).await?;
        let left = if renamed.is_ok() { 1 } else { 2 };
        match (saved, renamed) {
            (Ok(()), answer @ Err(_)) | (answer @ Err(_), Ok(())) => {
                check::refused(answer, ErrorKind::Conflict)?;
            }
            _ => return Err(Stop::failed("exactly one of the two must succeed")),
        }
        let found = tags(subject, &[&from, &to]).await?;
        check::equal(&found, &vec![left], "the cart, once")?;
    }
    Ok(())
}

/// Makes both calls: the save first, the rename first, or both at the same moment.
async fn save_and_rename(
    subject: &Subject,
    request: SaveRequest,
    rename: Rename,
    order: u64,
) -> CaseResult<(Result<(), Error>, Result<(), Error>)> {
    let store = subject.store();
    match order {
        0 => {
            let saved = store.save(&request).await;
            Ok((saved, store.rename(&rename).await))
        }
        1 => {
            let renamed = store.rename(&rename).await;
            Ok((store.save(&request).await, renamed))
        }
        _ => {
            let start = Arc::new(Barrier::new(2));
            let (saver, gate) = (subject.store(), Arc::clone(&start));
            let saving = tokio::spawn(async move {
                gate.wait().await;
                saver.save(&request).await
            });
            start.wait().await;
            let renamed = store.rename(&rename).await;
            Ok((saving.await?, renamed))
        }
    }
}

/// Watches two keys between which one cart goes to and fro. Versions tell in which life the cart
/// was seen, so that two loads, one after the other, are enough to tell that it was in both places
/// or in none at one moment.
async fn watch_both(
    store: Arc<dyn CartStore>,
    here: CartKey,
    there: CartKey,
    done: watch::Receiver<bool>,
) -> CaseResult {
    while !*done.borrow() {
        let sequence = |stored: &Stored| match stored {
            Stored::Live(record) => Some(record.header.version.sequence()),
            Stored::Missing | Stored::Tombstone(_) => None,
        };
        let before = load(&*store, &here).await?;
        let other = load(&*store, &there).await?;
        let after = load(&*store, &here).await?;
        // The first key did not change between its two loads: the load between them saw the same
        // moment.
        if before == after {
            let (one, two) = (sequence(&before), sequence(&other));
            check::that(one.is_none() || two.is_none(), "nobody sees both carts")?;
            check::that(one.is_some() || two.is_some(), "nobody sees neither cart")?;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn nobody_sees_both_carts_or_neither(subject: &Subject) -> CaseResult {
    const RENAMES: u64 = 100;
    let (here, there) = (key("here")?, key("there")?);
    let mut cart = subject.create(&here, 1).await?;
    let (finish, done) = watch::channel(false);
    let mut readers = JoinSet::new();
    for (one, two) in [(&here, &there), (&there, &here), (&here, &there)] {
        let (one, two) = (one.clone(), two.clone());
        readers.spawn(watch_both(subject.store(), one, two, done.clone()));
    }
    let (mut from, mut to) = (&here, &there);
    for _ in 0..RENAMES {
        let rename = subject.renaming(from, &cart, to)?;
        subject.store().rename(&rename).await?;
        cart = rename.record;
        std::mem::swap(&mut from, &mut to);
        tokio::task::yield_now().await;
    }
    finish.send_replace(true);
    while let Some(ended) = readers.join_next().await {
        ended??;
    }
    Ok(())
}
