//! SAVE-3, and everything that must hold while many tasks are at work.

use std::sync::Arc;

use cart_core::{CartKey, CartRecord, CartStore, Error, ErrorKind, Expect, SaveRequest, Stored};
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;

use crate::case::{Case, case};
use crate::check;
use crate::outcome::{CaseResult, Stop};
use crate::records;
use crate::subject::{Subject, key, load};

pub(super) const CASES: &[Case] = &[
    case!(one_of_many_creations_wins, [Save3, Save1], ["C2", "C8"], needs CompareAndSet),
    case!(one_of_many_saves_wins, [Save3], ["C2"], needs CompareAndSet),
    case!(one_winner_among_two_handles, [Save3, Load1], ["C12"], needs CompareAndSet),
    case!(one_of_save_and_deletion_wins, [Save3, Save2, Del2], ["C3"], needs CompareAndSet),
    case!(no_increment_is_lost, [Save3, Load1, Load3], ["C1", "C7"], needs CompareAndSet),
    case!(copies_in_any_order_end_at_the_newest, [Save8], ["C3"], needs CompareAndSet),
    case!(readers_see_no_torn_record, [Load3], ["A9", "C10"]),
    case!(readers_never_see_the_past, [Load1], ["C4"], needs CompareAndSet),
    case!(
        distinct_carts_do_not_disturb_each_other,
        [Save2],
        ["C5", "C11"]
    ),
    case!(list_agrees_with_what_is_stored_after_a_race, [Inst1, Save2, Save3, Del2], ["D4"], needs CompareAndSet),
];

const WRITERS: u64 = 8;
const ROUNDS: u64 = 30;

/// Sends all requests at the same moment, each from a task of its own, and sorts the answers:
/// who succeeded, and how many were told of a conflict. Any other error fails the case.
async fn race(
    handles: &[Arc<dyn CartStore>],
    requests: Vec<SaveRequest>,
) -> CaseResult<(Vec<CartRecord>, usize)> {
    let start = Arc::new(Barrier::new(requests.len()));
    let mut tasks = JoinSet::new();
    for (store, request) in handles.iter().cycle().zip(requests) {
        let (store, start) = (Arc::clone(store), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            let answer = store.save(&request).await;
            (request.record, answer)
        });
    }
    let (mut winners, mut conflicts) = (Vec::new(), 0);
    while let Some(ended) = tasks.join_next().await {
        match ended? {
            (record, Ok(())) => winners.push(record),
            (_, Err(error)) if error.kind() == ErrorKind::Conflict => conflicts += 1,
            (_, Err(error)) => return Err(error.into()),
        }
    }
    Ok((winners, conflicts))
}

/// Fails unless exactly one write won, and is what is stored.
async fn one_winner(
    subject: &Subject,
    handles: &[Arc<dyn CartStore>],
    requests: Vec<SaveRequest>,
) -> CaseResult<CartRecord> {
    let key = requests[0].key.clone();
    let losers = requests.len() - 1;
    let (winners, conflicts) = race(handles, requests).await?;
    let [winner] = check::sized(winners, "saves that succeeded")?;
    check::equal(&conflicts, &losers, "saves that were rejected")?;
    let stored = subject.load(&key).await?;
    if winner.is_tombstone() {
        check::tombstone(&stored, winner.header.version)?;
    } else {
        check::live(&stored, &winner)?;
    }
    Ok(winner)
}

async fn one_of_many_creations_wins(subject: &Subject) -> CaseResult {
    for round in 0..ROUNDS {
        let key = key(&format!("user-{round}"))?;
        let requests = (0..WRITERS)
            .map(|tag| SaveRequest::new(key.clone(), subject.record(tag), Expect::Absent))
            .collect();
        one_winner(subject, &[subject.store()], requests).await?;
    }
    Ok(())
}

/// Rounds of saves that all expect the same version, through any of `handles`.
async fn rounds_of_saves(subject: &Subject, handles: &[Arc<dyn CartStore>]) -> CaseResult {
    let key = key("ann")?;
    let mut current = subject.create(&key, 0).await?;
    for _ in 0..ROUNDS {
        let expect = Expect::Version(current.header.version);
        let requests: CaseResult<Vec<SaveRequest>> = (0..WRITERS)
            .map(|tag| {
                Ok(SaveRequest::new(
                    key.clone(),
                    subject.next(&current, tag)?,
                    expect,
                ))
            })
            .collect();
        current = one_winner(subject, handles, requests?).await?;
    }
    Ok(())
}

async fn one_of_many_saves_wins(subject: &Subject) -> CaseResult {
    rounds_of_saves(subject, &[subject.store()]).await
}

async fn one_winner_among_two_handles(subject: &Subject) -> CaseResult {
    let other = subject.second_handle().await?;
    rounds_of_saves(subject, &[subject.store(), other]).await
}

/// A save and a deletion of the same version, in turns the one or the other first.
fn save_and_deletion(
    subject: &Subject,
    key: &CartKey,
    current: &CartRecord,
    round: u64,
) -> CaseResult<Vec<SaveRequest>> {
    let expect = Expect::Version(current.header.version);
    let mut requests = [subject.next(current, 1)?, subject.tombstone(current)?]
        .map(|record| SaveRequest::new(key.clone(), record, expect));
    if round % 2 == 1 {
        requests.reverse();
    }
    Ok(requests.into())
}

async fn one_of_save_and_deletion_wins(subject: &Subject) -> CaseResult {
    for round in 0..ROUNDS {
        let key = key(&format!("user-{round}"))?;
        let current = subject.create(&key, 0).await?;
        let requests = save_and_deletion(subject, &key, &current, round)?;
        one_winner(subject, &[subject.store()], requests).await?;
    }
    Ok(())
}

/// Adds one to the tag of the stored cart, again and again until the save succeeds.
async fn increment(store: &dyn CartStore, key: &CartKey, write_id: u64) -> CaseResult {
    const TRIES: usize = 1_000;
    for _ in 0..TRIES {
        let Stored::Live(current) = load(store, key).await? else {
            return Err(Stop::failed("the cart is gone"));
        };
        let tag = records::tag_of(&current).ok_or_else(|| Stop::failed("the record is torn"))?;
        // Others come in between even on a store that never waits.
        tokio::task::yield_now().await;
        let version = current.header.version.next(write_id)?;
        let record = records::tagged(version, current.header.updated_at, tag + 1);
        let expect = Expect::Version(current.header.version);
        let answer = store
            .save(&SaveRequest::new(key.clone(), record, expect))
            .await;
        match answer {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Conflict => tokio::task::yield_now().await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(Stop::failed("a writer starves"))
}

async fn no_increment_is_lost(subject: &Subject) -> CaseResult {
    const INCREMENTS: u64 = 25;
    let key = key("ann")?;
    subject.create(&key, 0).await?;
    let mut tasks = JoinSet::new();
    for _ in 0..WRITERS {
        let (store, key) = (subject.store(), key.clone());
        let randomness = Arc::clone(subject.randomness());
        tasks.spawn(async move {
            for _ in 0..INCREMENTS {
                increment(&*store, &key, cart_core::Randomness::next(&*randomness)).await?;
            }
            CaseResult::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let record = subject.load(&key).await?.into_live();
    let counted = record.as_ref().and_then(records::tag_of);
    check::equal(
        &counted,
        &Some(WRITERS * INCREMENTS),
        "the sum of all increments",
    )
}

async fn copies_in_any_order_end_at_the_newest(subject: &Subject) -> CaseResult {
    for round in 0..ROUNDS {
        let key = key(&format!("user-{round}"))?;
        let mut versions = vec![subject.record(0)];
        for tag in 1..WRITERS {
            let next = subject.next(&versions[versions.len() - 1], tag)?;
            versions.push(next);
        }
        let newest = versions[versions.len() - 1].clone();
        let requests: Vec<SaveRequest> = versions
            .into_iter()
            .map(|record| SaveRequest::new(key.clone(), record, Expect::Older))
            .collect();
        let copies = requests.len();
        let (written, _) = race(&[subject.store()], requests).await?;
        check::equal(&written.len(), &copies, "copies that were answered with Ok")?;
        check::live(&subject.load(&key).await?, &newest)?;
    }
    Ok(())
}

/// Reads `key` until the writer is done, and gives every record to `judge`.
async fn reader(
    store: Arc<dyn CartStore>,
    key: CartKey,
    done: watch::Receiver<bool>,
    mut judge: impl FnMut(&CartRecord) -> CaseResult + Send + 'static,
) -> CaseResult {
    while !*done.borrow() {
        if let Stored::Live(record) = load(&*store, &key).await? {
            judge(&record)?;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Overwrites one cart again and again while readers hold every record that they see to `judge`.
async fn read_while_writing<J>(subject: &Subject, judge: impl Fn() -> J) -> CaseResult
where
    J: FnMut(&CartRecord) -> CaseResult + Send + 'static,
{
    const WRITES: u64 = 150;
    const READERS: usize = 3;
    let key = key("ann")?;
    let mut record = subject.create(&key, 0).await?;
    let (finish, done) = watch::channel(false);
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        readers.spawn(reader(subject.store(), key.clone(), done.clone(), judge()));
    }
    for tag in 1..=WRITES {
        record = subject.overwrite(&key, &record, tag).await?;
        tokio::task::yield_now().await;
    }
    finish.send_replace(true);
    while let Some(ended) = readers.join_next().await {
        ended??;
    }
    Ok(())
}

async fn readers_see_no_torn_record(subject: &Subject) -> CaseResult {
    read_while_writing(subject, || {
        |record: &CartRecord| {
            let tag = records::tag_of(record);
            check::that(tag.is_some(), "all parts come from one write")?;
            let sequence = record.header.version.sequence();
            check::equal(&tag, &Some(sequence - 1), "the content of this version")
        }
    })
    .await
}

async fn readers_never_see_the_past(subject: &Subject) -> CaseResult {
    read_while_writing(subject, || {
        let mut newest = 0;
        move |record: &CartRecord| {
            let sequence = record.header.version.sequence();
            check::that(sequence >= newest, "a reader never goes back")?;
            newest = sequence;
            Ok(())
        }
    })
    .await
}

async fn distinct_carts_do_not_disturb_each_other(subject: &Subject) -> CaseResult {
    const WRITES: u64 = 10;
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS * 4 {
        let key = key(&format!("user-{writer}"))?;
        let mut requests = vec![SaveRequest::new(key, subject.record(0), Expect::Absent)];
        for tag in 1..WRITES {
            let previous = &requests[requests.len() - 1];
            let next = subject.next(&previous.record, tag)?;
            let expect = Expect::Version(previous.record.header.version);
            requests.push(SaveRequest::new(previous.key.clone(), next, expect));
        }
        let store = subject.store();
        tasks.spawn(async move {
            for request in &requests {
                store.save(request).await?;
            }
            Ok::<_, Error>(requests.pop())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        if let Some(last) = ended?? {
            check::live(&subject.load(&last.key).await?, &last.record)?;
        }
    }
    Ok(())
}

async fn list_agrees_with_what_is_stored_after_a_race(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut current = subject.create(&key, 0).await?;
    for round in 0..ROUNDS {
        let requests = save_and_deletion(subject, &key, &current, round)?;
        current = one_winner(subject, &[subject.store()], requests).await?;
        let listed = subject.store().instances(key.owner()).await?;
        let expected = usize::from(!current.is_tombstone());
        check::equal(&listed.len(), &expected, "how many instances are listed")?;
    }
    Ok(())
}
