//! CXL: calls that are dropped before they answer.

use std::future::Future;

use cart_core::{
    CartKey, CartRecord, CartStore, ErrorKind, Expect, LoadRequest, SaveRequest, ScanRequest,
    Stored,
};
use tokio::task::JoinSet;

use crate::case::{Case, case};
use crate::check;
use crate::outcome::{CaseResult, Stop};
use crate::polls::{answered_within, dropped_after};
use crate::subject::{Subject, key, load};

pub(super) const CASES: &[Case] = &[
    case!(dropped_creation_is_whole_or_nothing, [Cxl1], ["I1"]),
    case!(dropped_save_is_whole_or_nothing, [Cxl1], ["I1"]),
    case!(dropped_deletion_is_whole_or_nothing, [Cxl1], ["I1"]),
    case!(dropped_batch_holds_whole_records, [Cxl1], ["I1"]),
    case!(dropped_rename_is_whole_or_nothing, [Cxl1, Ren1, Ren4], ["I1"], needs AtomicRename),
    case!(dropped_reads_leave_the_store_usable, [Cxl1], ["I1", "I3"]),
    case!(dropped_lock_lets_go, [Cxl1], ["I1", "I3"], needs Lock),
    case!(dropped_save_can_be_made_again, [Cxl1, Save4], ["I8"]),
    case!(aborted_tasks_leave_the_store_usable, [Cxl1], ["I2"]),
    case!(runtime_that_ends_leaves_the_store_usable, [Cxl1], ["I7"]),
    case!(calls_work_on_a_runtime_of_one_thread, [Cxl1, Save4], ["I5"]),
];

/// More polls than any call needs: a call that is still pending then hangs.
const MOST_POLLS: usize = 1_000;

/// The end of a case that makes a call again and again, dropped after 0, 1, 2, … polls, until it
/// answers in time.
fn never_answered() -> CaseResult {
    Err(Stop::failed("the call never answers"))
}

/// Writes a cart over whatever is there, until that succeeds: a dropped write may still be on its
/// way, once.
async fn still_usable(subject: &Subject, key: &CartKey) -> CaseResult<CartRecord> {
    const TRIES: usize = 100;
    for _ in 0..TRIES {
        let mut record = subject.record(99);
        let expect = match subject.load(key).await?.version() {
            Some(version) => {
                record.header.version =
                    version.next(cart_core::Randomness::next(&**subject.randomness()))?;
                Expect::Version(version)
            }
            None => Expect::Absent,
        };
        match subject.save(key, &record, expect).await {
            Ok(()) => {
                check::live(&subject.load(key).await?, &record)?;
                return Ok(record);
            }
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Stop::failed("the cart can't be written any more"))
}

/// Asks that a call which did not answer left the state before it or the state after it, and a
/// call which did, the state after it.
async fn before_or_after(
    subject: &Subject,
    key: &CartKey,
    answered: bool,
    before: &Stored,
    after: &CartRecord,
) -> CaseResult {
    let after = Stored::of(Some(after.clone()), subject.now());
    let stored = subject.load(key).await?;
    check::that(
        stored == after || (!answered && stored == *before),
        "what is stored is the state before or after",
    )
}

/// A kind of write.
#[derive(Clone, Copy)]
enum Write {
    Creation,
    Deletion,
    Save,
}

/// Stores what the write needs; gives that, and the write.
async fn prepare(
    subject: &Subject,
    write: Write,
    key: CartKey,
) -> CaseResult<(Stored, SaveRequest)> {
    if let Write::Creation = write {
        let request = SaveRequest::new(key, subject.record(1), Expect::Absent);
        return Ok((Stored::Missing, request));
    }
    let first = subject.create(&key, 1).await?;
    let second = match write {
        Write::Deletion => subject.tombstone(&first)?,
        Write::Creation | Write::Save => subject.next(&first, 2)?,
    };
    let expect = Expect::Version(first.header.version);
    Ok((Stored::Live(first), SaveRequest::new(key, second, expect)))
}

/// Drops a write at every poll, each time of a cart of its own.
async fn drop_writes(subject: &Subject, write: Write) -> CaseResult {
    for polls in 0..MOST_POLLS {
        let key = key(&format!("user-{polls}"))?;
        let (before, request) = prepare(subject, write, key).await?;
        let answer = dropped_after(polls, subject.store().save(&request)).await;
        let answer = answer.transpose()?;
        before_or_after(
            subject,
            &request.key,
            answer.is_some(),
            &before,
            &request.record,
        )
        .await?;
        still_usable(subject, &request.key).await?;
        if answer.is_some() {
            return Ok(());
        }
    }
    never_answered()
}

async fn dropped_creation_is_whole_or_nothing(subject: &Subject) -> CaseResult {
    drop_writes(subject, Write::Creation).await
}

async fn dropped_save_is_whole_or_nothing(subject: &Subject) -> CaseResult {
    drop_writes(subject, Write::Save).await
}

async fn dropped_deletion_is_whole_or_nothing(subject: &Subject) -> CaseResult {
    drop_writes(subject, Write::Deletion).await
}

async fn dropped_batch_holds_whole_records(subject: &Subject) -> CaseResult {
    for polls in 0..MOST_POLLS {
        let mut batch = Vec::new();
        for tag in 0..5 {
            let key = key(&format!("user-{polls}-{tag}"))?;
            batch.push(SaveRequest::new(key, subject.record(tag), Expect::Absent));
        }
        let answer = dropped_after(polls, subject.store().save_many(&batch)).await;
        let answer = answer.transpose()?;
        for SaveRequest { key, record, .. } in &batch {
            before_or_after(subject, key, answer.is_some(), &Stored::Missing, record).await?;
            still_usable(subject, key).await?;
        }
        if answer.is_some() {
            return Ok(());
        }
    }
    never_answered()
}

async fn dropped_rename_is_whole_or_nothing(subject: &Subject) -> CaseResult {
    for polls in 0..MOST_POLLS {
        let (from, to) = (key(&format!("from-{polls}"))?, key(&format!("to-{polls}"))?);
        let source = subject.create(&from, 1).await?;
        let rename = subject.renaming(&from, &source, &to)?;
        let answer = dropped_after(polls, subject.store().rename(&rename)).await;
        let answer = answer.transpose()?;
        // The same rename again tells that both sides were in step: it finds the source, or it
        // finds itself done.
        subject.store().rename(&rename).await?;
        check::live(&subject.load(&to).await?, &rename.record)?;
        check::tombstone(&subject.load(&from).await?, rename.tombstone.header.version)?;
        still_usable(subject, &from).await?;
        still_usable(subject, &to).await?;
        if answer.is_some() {
            return Ok(());
        }
    }
    never_answered()
}

/// Makes a call again and again, each time dropped after more polls, until it answers: each time the
/// `unharmed` cart is there still.
///
/// A call that takes many polls goes round and round in the middle, so there only some are tried, others
/// in each run: a walk through a large store would take the square of its time. Where it begins and
/// where it ends, each is.
async fn drop_at_each_poll<T, F: Future<Output = cart_core::Result<T>>>(
    subject: &Subject,
    (key, unharmed): (&CartKey, &CartRecord),
    call: impl Fn() -> F,
) -> CaseResult {
    const FIRST: usize = 40;
    const LAST: usize = 10;
    let mut polls = 0;
    let taken = loop {
        let answer = answered_within(polls, call()).await;
        check::live(&subject.load(key).await?, unharmed)?;
        if let Some((answer, taken)) = answer {
            answer?;
            break taken;
        }
        polls += 1;
        if polls > FIRST {
            polls += subject.randomness().below(polls / 4);
        }
        if polls > MOST_POLLS {
            return never_answered();
        }
    };
    for polls in taken.saturating_sub(LAST).max(FIRST)..taken {
        dropped_after(polls, call()).await.transpose()?;
        check::live(&subject.load(key).await?, unharmed)?;
    }
    Ok(())
}

async fn dropped_reads_leave_the_store_usable(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let store = subject.store();
    let (load, scan) = (LoadRequest::new(key.clone()), ScanRequest::new(10));
    let cart = (&key, &record);
    drop_at_each_poll(subject, cart, || store.load(&load)).await?;
    drop_at_each_poll(subject, cart, || store.instances(key.owner())).await?;
    drop_at_each_poll(subject, cart, || store.sweep(10)).await?;
    drop_at_each_poll(subject, cart, || store.ping()).await?;
    if store.info().capabilities.scan >= cart_core::ScanSupport::Full {
        drop_at_each_poll(subject, cart, || store.scan(&scan)).await?;
    }
    still_usable(subject, &key).await.map(drop)
}

async fn dropped_lock_lets_go(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut current = subject.create(&key, 0).await?;
    let store = subject.store();
    for polls in 0..MOST_POLLS {
        // A lock that is dropped before it is held, and one that is dropped while it is.
        let held = dropped_after(polls, store.lock(&key)).await;
        let held = held.transpose()?.is_some();
        let lock = store.lock(&key).await?;
        check::live(lock.stored(), &current)?;
        let next = subject.next(&current, 1)?;
        let expect = Expect::Version(current.header.version);
        lock.save(&SaveRequest::new(key.clone(), next.clone(), expect))
            .await?;
        current = next;
        if held {
            return Ok(());
        }
    }
    never_answered()
}

async fn dropped_save_can_be_made_again(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut current = subject.create(&key, 0).await?;
    for round in 0..30 {
        let next = subject.next(&current, round)?;
        let expect = Expect::Version(current.header.version);
        let request = SaveRequest::new(key.clone(), next.clone(), expect);
        let polls = usize::from(round % 2 == 0);
        drop(dropped_after(polls, subject.store().save(&request)).await);
        // Whether the first call was made or not: the second one is `Ok`, and there is one write.
        subject.store().save(&request).await?;
        check::live(&subject.load(&key).await?, &next)?;
        current = next;
    }
    Ok(())
}

async fn aborted_tasks_leave_the_store_usable(subject: &Subject) -> CaseResult {
    const TASKS: u64 = 60;
    let mut keys = Vec::new();
    let mut tasks = JoinSet::new();
    for tag in 0..TASKS {
        let key = key(&format!("user-{tag}"))?;
        let request = SaveRequest::new(key.clone(), subject.record(tag), Expect::Absent);
        let store = subject.store();
        tasks.spawn(async move { drop(store.save(&request).await) });
        keys.push(key);
        if subject.randomness().below(3) == 0 {
            tokio::task::yield_now().await;
        }
    }
    tasks.shutdown().await;
    for key in &keys {
        still_usable(subject, key).await?;
    }
    Ok(())
}

/// Runs `call` to its end on a runtime of one thread, which ends with it.
fn on_one_thread<F>(call: F) -> CaseResult<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(call))
}

async fn runtime_that_ends_leaves_the_store_usable(subject: &Subject) -> CaseResult {
    for round in 0..5 {
        let key = key(&format!("user-{round}"))?;
        let request = SaveRequest::new(key.clone(), subject.record(round), Expect::Absent);
        let store = subject.store();
        // The runtime ends while the call is on its way.
        let ended = tokio::task::spawn_blocking(move || {
            on_one_thread(async move { drop(dropped_after(1, store.save(&request)).await) })
        });
        ended.await??;
        still_usable(subject, &key).await?;
    }
    Ok(())
}

async fn calls_work_on_a_runtime_of_one_thread(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let request = SaveRequest::new(key.clone(), subject.record(1), Expect::Absent);
    let store = subject.store();
    let stored = tokio::task::spawn_blocking(move || {
        on_one_thread(async move {
            for polls in 0..3 {
                drop(dropped_after(polls, store.save(&request)).await);
            }
            store.save(&request).await?;
            let stored = load(&*store, &request.key).await?;
            Ok::<_, cart_core::Error>((stored, request.record))
        })
    });
    let (stored, record) = stored.await???;
    check::live(&stored, &record)?;
    check::live(&subject.load(&key).await?, &record)
}
