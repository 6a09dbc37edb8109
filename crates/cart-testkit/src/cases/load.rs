//! LOAD and CLONE: what a load gives.

use std::sync::Arc;

use cart_core::{Expect, LoadRequest, Stored};
use tokio::task::JoinSet;

use crate::case::{Case, case};
use crate::check;
use crate::harness::Damage;
use crate::outcome::{CaseResult, Stop};
use crate::subject::{Subject, key, load};

pub(super) const CASES: &[Case] = &[
    case!(load_of_nothing_is_missing, [Load2], ["A1"]),
    case!(saved_record_is_loaded, [Load1, Save6], ["A2", "B1"]),
    case!(empty_cart_is_not_missing, [Load2, Save6], ["A3"]),
    case!(overwrite_replaces_every_part, [Load1, Exp3], ["A4"]),
    case!(second_handle_sees_an_acknowledged_save, [Load1], ["A14"]),
    case!(
        second_handle_sees_an_acknowledged_delete,
        [Load1, Del3],
        ["A7"]
    ),
    case!(load_changes_nothing, [Load3, Exp3], []),
    case!(load_is_at_least_the_version_asked_for, [Load1], []),
    case!(
        renewal_moves_the_expiry_and_nothing_else,
        [Load3, Exp2],
        ["F2"]
    ),
    case!(renewal_revives_nothing, [Load3, Exp1], ["F2"]),
    case!(renewal_takes_no_time_away, [Load3, Exp2], ["F2"]),
    case!(damaged_record_is_never_missing_or_empty, [Load2], ["H10"]),
    case!(
        damaged_record_is_not_overwritten,
        [Load2, Save1, Save2],
        ["H10"]
    ),
    case!(record_of_a_newer_format_is_kept, [Load2, Save6], ["H9"]),
    case!(stopped_backend_is_unavailable, [Load2, Err3], ["J1"], needs Remote),
    case!(clones_reach_the_same_carts, [Clone1], []),
    case!(other_threads_reach_the_same_carts, [Clone1], ["C11"]),
];

async fn load_of_nothing_is_missing(subject: &Subject) -> CaseResult {
    check::missing(&subject.load(&key("nobody")?).await?)
}

async fn saved_record_is_loaded(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    check::live(&subject.load(&key).await?, &record)
}

async fn empty_cart_is_not_missing(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let empty = cart_core::CartRecord::new(subject.version(1)?, subject.now());
    subject.save(&key, &empty, Expect::Absent).await?;
    check::live(&subject.load(&key).await?, &empty)
}

async fn overwrite_replaces_every_part(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut first = subject.record(1);
    first.header.marked = subject.marks();
    first.header.summary.lines = 7;
    first.header.expires_at = Some(subject.after(1_000));
    subject.save(&key, &first, Expect::Absent).await?;
    let second = subject.overwrite(&key, &first, 2).await?;
    check::live(&subject.load(&key).await?, &second)
}

async fn second_handle_sees_an_acknowledged_save(subject: &Subject) -> CaseResult {
    let other = subject.second_handle().await?;
    let key = key("ann")?;
    let mut record = subject.create(&key, 0).await?;
    for tag in 1..20 {
        check::live(&load(&*other, &key).await?, &record)?;
        record = subject.overwrite(&key, &record, tag).await?;
    }
    Ok(())
}

async fn second_handle_sees_an_acknowledged_delete(subject: &Subject) -> CaseResult {
    let other = subject.second_handle().await?;
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    check::live(&load(&*other, &key).await?, &record)?;
    let tombstone = subject.delete(&key, &record).await?;
    check::tombstone(&load(&*other, &key).await?, tombstone.header.version)
}

async fn load_changes_nothing(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.expires_at = Some(subject.after(1_000));
    subject.save(&key, &record, Expect::Absent).await?;
    for _ in 0..3 {
        check::live(&subject.load(&key).await?, &record)?;
    }
    Ok(())
}

async fn load_is_at_least_the_version_asked_for(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = subject.create(&key, 1).await?;
    let second = subject.overwrite(&key, &first, 2).await?;
    let mut request = LoadRequest::new(key);
    request.at_least = Some(second.header.version);
    check::live(&subject.store().load(&request).await?, &second)
}

async fn renewal_moves_the_expiry_and_nothing_else(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.expires_at = Some(subject.after(1_000));
    subject.save(&key, &record, Expect::Absent).await?;

    record.header.expires_at = Some(subject.after(5_000));
    let mut request = LoadRequest::new(key.clone());
    request.renew = record.header.expires_at;
    check::live(&subject.store().load(&request).await?, &record)?;
    check::live(&subject.load(&key).await?, &record)?;

    subject.advance(4_999);
    check::live(&subject.load(&key).await?, &record)
}

async fn renewal_takes_no_time_away(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.expires_at = Some(subject.after(5_000));
    subject.save(&key, &record, Expect::Absent).await?;

    let mut request = LoadRequest::new(key.clone());
    request.renew = Some(subject.after(1_000));
    check::live(&subject.store().load(&request).await?, &record)?;
    subject.advance(4_999);
    check::live(&subject.load(&key).await?, &record)
}

async fn renewal_revives_nothing(subject: &Subject) -> CaseResult {
    let (expired, deleted) = (key("expired")?, key("deleted")?);
    let mut record = subject.record(1);
    record.header.expires_at = Some(subject.after(1_000));
    subject.save(&expired, &record, Expect::Absent).await?;
    let record = subject.create(&deleted, 2).await?;
    let tombstone = subject.delete(&deleted, &record).await?;

    subject.advance(1_000);
    for key in [&expired, &deleted] {
        let mut request = LoadRequest::new(key.clone());
        request.renew = Some(subject.after(5_000));
        subject.store().load(&request).await?;
    }
    check::missing(&subject.load(&expired).await?)?;
    check::tombstone(&subject.load(&deleted).await?, tombstone.header.version)
}

async fn damaged_record_is_never_missing_or_empty(subject: &Subject) -> CaseResult {
    for damage in Damage::ALL {
        let key = key(damage.name())?;
        let record = subject.create(&key, 1).await?;
        subject.damage(&key, damage).await?;
        match subject.load(&key).await {
            // The store can't tell; whoever decodes the record will.
            Ok(Stored::Live(loaded)) => check::that(
                damaged(&loaded, &record),
                "a damaged part comes back damaged",
            )?,
            Ok(Stored::Missing | Stored::Tombstone(_)) => {
                return Err(Stop::failed(format!(
                    "{damage:?}: the cart seems to be gone"
                )));
            }
            answer @ Err(_) => {
                check::refused(answer, cart_core::ErrorKind::Corrupt)?;
            }
        }
    }
    Ok(())
}

/// Whether a part differs from what was saved, and is no JSON any more.
fn damaged(loaded: &cart_core::CartRecord, saved: &cart_core::CartRecord) -> bool {
    let parts = |record: &cart_core::CartRecord| {
        let parts = record.parts.clone();
        [
            parts.items,
            parts.conditions,
            parts.metadata,
            record.header.ledger.clone(),
        ]
    };
    parts(loaded)
        .iter()
        .zip(parts(saved))
        .any(|(loaded, saved)| {
            *loaded != saved && serde_json::from_str::<serde_json::Value>(loaded.as_str()).is_err()
        })
}

async fn damaged_record_is_not_overwritten(subject: &Subject) -> CaseResult {
    for damage in Damage::ALL {
        let key = key(damage.name())?;
        subject.create(&key, 1).await?;
        subject.damage(&key, damage).await?;
        let before = format!("{:?}", subject.load(&key).await);
        let stale = subject.version(9)?;
        for expect in [Expect::Absent, Expect::Version(stale)] {
            let answer = subject.save(&key, &subject.record(2), expect).await;
            check::that(answer.is_err(), "a conditional write fails")?;
        }
        let after = format!("{:?}", subject.load(&key).await);
        check::equal(&after, &before, "what a load says of the damaged record")?;
    }
    Ok(())
}

async fn record_of_a_newer_format_is_kept(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.format = cart_core::FORMAT + 1;
    record.parts.items = r#"{"lines":[],"kind":"of a newer release"}"#.into();
    subject.save(&key, &record, Expect::Absent).await?;
    check::live(&subject.load(&key).await?, &record)
}

async fn stopped_backend_is_unavailable(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let next = subject.next(&record, 2)?;
    subject.stop().await?;
    let answer = subject.load(&key).await;
    check::refused(answer, cart_core::ErrorKind::Unavailable)?;
    let answer = subject
        .save(&key, &next, Expect::Version(record.header.version))
        .await;
    let error = check::refused(answer, cart_core::ErrorKind::Unavailable)?;
    check::that(
        error.retry_class() != cart_core::RetryClass::Permanent,
        "an outage passes",
    )
}

async fn clones_reach_the_same_carts(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let clone = Arc::clone(&subject.store());
    check::live(&load(&*clone, &key).await?, &record)?;
    drop(clone);
    check::live(&subject.load(&key).await?, &record)
}

async fn other_threads_reach_the_same_carts(subject: &Subject) -> CaseResult {
    const TASKS: u64 = 200;
    let mut tasks = JoinSet::new();
    for tag in 0..TASKS {
        let store = subject.store();
        let key = key(&format!("user-{tag}"))?;
        let request = cart_core::SaveRequest::new(key.clone(), subject.record(tag), Expect::Absent);
        tasks.spawn(async move {
            store.save(&request).await?;
            Ok::<_, cart_core::Error>((key, request.record))
        });
    }
    while let Some(saved) = tasks.join_next().await {
        let (key, record) = saved??;
        check::live(&subject.load(&key).await?, &record)?;
    }
    Ok(())
}
