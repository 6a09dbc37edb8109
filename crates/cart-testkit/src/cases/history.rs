//! Whole histories: what many clients were told must fit one order of events.

use std::sync::Arc;

use cart_core::{CartKey, CartStore, Error, ErrorKind, Expect, Randomness, SaveRequest, Version};
use tokio::task::JoinSet;

use crate::case::{Case, case};
use crate::check;
use crate::clock::ManualClock;
use crate::history::{Recorder, check as judge};
use crate::outcome::CaseResult;
use crate::randomness::SeededRandomness;
use crate::records;
use crate::subject::{Subject, key, load};

pub(super) const CASES: &[Case] = &[
    case!(history_of_one_cart_is_linearizable, [Load1, Load3, Save1, Save2, Save3, Del2], ["C4"], needs CompareAndSet),
    case!(history_of_many_carts_is_linearizable, [Load1, Load3, Save1, Save2, Save3, Del2], ["C5"], needs CompareAndSet),
    case!(history_through_two_handles_is_linearizable, [Load1, Load3, Save1, Save2, Save3, Del2], ["C4", "C12"], needs CompareAndSet),
];

/// What one client does: loads, saves, deletions and creations of random carts, each write upon
/// what the client saw last, stale or not.
async fn client(
    store: Arc<dyn CartStore>,
    keys: Vec<CartKey>,
    randomness: Arc<SeededRandomness>,
) -> Result<(), Error> {
    const STEPS: usize = 200;
    let mut seen: Vec<Option<Version>> = vec![None; keys.len()];
    for _ in 0..STEPS {
        // Clients take turns even on a store that never waits.
        tokio::task::yield_now().await;
        let which = randomness.below(keys.len());
        let key = &keys[which];
        if randomness.below(3) == 0 {
            seen[which] = load(&*store, key).await?.version();
            continue;
        }
        if randomness.below(8) == 0 {
            // A client that has just started, and knows of no cart.
            seen[which] = None;
        }
        let write_id = randomness.next();
        let (version, expect) = match seen[which] {
            Some(version) => (version.next(write_id)?, Expect::Version(version)),
            None => (Version::first(write_id), Expect::Absent),
        };
        let mut record = records::tagged(version, ManualClock::START, write_id);
        if seen[which].is_some() && randomness.below(5) == 0 {
            record = record.tombstone(version, ManualClock::START, None);
        }
        match store
            .save(&SaveRequest::new(key.clone(), record, expect))
            .await
        {
            Ok(()) => seen[which] = Some(version),
            Err(error) if error.kind() == ErrorKind::Conflict => {
                seen[which] = error.conflict().and_then(cart_core::Conflict::actual);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Lets clients loose on `carts` carts through `handles`, and judges what they were told.
async fn linearizable(
    subject: &Subject,
    handles: &[Arc<dyn CartStore>],
    carts: usize,
) -> CaseResult {
    const CLIENTS: usize = 6;
    let keys: Result<Vec<CartKey>, _> = (0..carts)
        .map(|cart| key(&format!("user-{cart}")))
        .collect();
    let keys = keys?;
    let recorder = Recorder::new();
    let mut clients = JoinSet::new();
    for handle in handles.iter().cycle().take(CLIENTS) {
        let watched: Arc<dyn CartStore> = Arc::new(recorder.watch(Arc::clone(handle)));
        clients.spawn(client(
            watched,
            keys.clone(),
            Arc::clone(subject.randomness()),
        ));
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    let summary = judge(&recorder.history())?;
    check::that(summary.writes > 0, "the clients wrote")
}

async fn history_of_one_cart_is_linearizable(subject: &Subject) -> CaseResult {
    linearizable(subject, &[subject.store()], 1).await
}

async fn history_of_many_carts_is_linearizable(subject: &Subject) -> CaseResult {
    linearizable(subject, &[subject.store()], 8).await
}

async fn history_through_two_handles_is_linearizable(subject: &Subject) -> CaseResult {
    let other = subject.second_handle().await?;
    linearizable(subject, &[subject.store(), other], 4).await
}
