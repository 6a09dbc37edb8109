//! ERR: what an error tells, and what it keeps to itself.

use std::error::Error as StdError;

use cart_core::{
    CartKey, CartRecord, CartStore, Cursor, Error, ErrorKind, Expect, Instance, Operation, Owner,
    RetryClass, SaveRequest, ScanRequest, Tenant,
};

use crate::case::{Case, case};
use crate::check;
use crate::faults::{Fault, FaultStore};
use crate::outcome::{CaseResult, Stop};
use crate::subject::{Subject, key, load};

pub(super) const CASES: &[Case] = &[
    case!(conflict_tells_operation_and_store, [Err1, Save1], ["J12"]),
    case!(
        errors_of_a_batch_tell_operation_and_store,
        [Err1, Save1],
        ["J12"]
    ),
    case!(errors_of_a_rename_tell_operation_and_store, [Err1, Ren2, Ren3], ["J12"], needs Rename),
    case!(errors_of_a_scan_tell_operation_and_store, [Err1, Scan4], ["J12"], needs Scan),
    case!(errors_under_a_lock_tell_operation_and_store, [Err1], ["J12"], needs Lock),
    case!(conflict_is_permanent, [Err1, Save1, Save2], ["J12"]),
    case!(
        conflict_tells_no_identifier_and_no_content,
        [Err2, Save1],
        ["J13"]
    ),
    case!(error_of_a_rename_tells_no_identifier_and_no_content, [Err2, Ren3], ["J13"], needs Rename),
    case!(error_of_a_scan_tells_no_identifier_and_no_content, [Err2, Scan4], ["J13"], needs Scan),
    case!(
        debug_forms_tell_no_identifier_and_no_content,
        [Err2],
        ["J13"]
    ),
    case!(
        lost_reply_of_a_save_is_settled_by_the_same_save,
        [Err3, Save4],
        ["J2", "J3"]
    ),
    case!(
        lost_reply_of_a_deletion_is_settled_by_the_same_save,
        [Err3, Save4],
        ["J2", "J3"]
    ),
    case!(
        lost_reply_of_a_batch_is_settled_by_the_same_batch,
        [Err3, Save4],
        ["J2", "J3"]
    ),
    case!(lost_reply_of_a_rename_is_settled_by_the_same_rename, [Err3, Ren1, Ren3], ["J2", "E13"], needs Rename),
    case!(lost_replies_double_nothing, [Err3, Save3, Save4], ["C6", "J3"], needs CompareAndSet),
];

/// Asks that the error tells what was being done and where.
#[track_caller]
fn tells(subject: &Subject, error: &Error, operation: Operation) -> CaseResult {
    check::equal(&error.operation(), &Some(operation), "the operation")?;
    let name = subject.store().info().name;
    check::equal(&error.store(), &Some(&*name), "the store")
}

async fn conflict_tells_operation_and_store(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    subject.create(&key, 1).await?;
    let answer = subject.save(&key, &subject.record(2), Expect::Absent).await;
    tells(
        subject,
        &check::refused(answer, ErrorKind::Conflict)?,
        Operation::Save,
    )
}

async fn errors_of_a_batch_tell_operation_and_store(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    subject.create(&key, 1).await?;
    let batch = [SaveRequest::new(key, subject.record(2), Expect::Absent)];
    let answers = subject.store().save_many(&batch).await?;
    let [answer] = check::sized(answers, "one answer for each entry")?;
    tells(
        subject,
        &check::refused(answer, ErrorKind::Conflict)?,
        Operation::SaveMany,
    )
}

async fn errors_of_a_rename_tell_operation_and_store(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let rename = subject.renaming(&from, &subject.record(1), &to)?;
    let error = check::refused(subject.store().rename(&rename).await, ErrorKind::NotFound)?;
    tells(subject, &error, Operation::Rename)?;
    check::equal(
        &error.retry_class(),
        &RetryClass::Permanent,
        "the retry class",
    )?;

    let source = subject.create(&from, 1).await?;
    subject.create(&to, 2).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    let error = check::refused(subject.store().rename(&rename).await, ErrorKind::Conflict)?;
    tells(subject, &error, Operation::Rename)
}

async fn errors_of_a_scan_tell_operation_and_store(subject: &Subject) -> CaseResult {
    let mut request = ScanRequest::new(1);
    request.cursor = Some(Cursor::new("another store", &request, *b"x"));
    let error = check::refused(subject.store().scan(&request).await, ErrorKind::Invalid)?;
    tells(subject, &error, Operation::Scan)?;
    check::equal(
        &error.retry_class(),
        &RetryClass::Permanent,
        "the retry class",
    )
}

async fn errors_under_a_lock_tell_operation_and_store(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    subject.create(&key, 1).await?;
    let lock = subject.store().lock(&key).await?;
    let request = SaveRequest::new(key, subject.record(2), Expect::Absent);
    let error = check::refused(lock.save(&request).await, ErrorKind::Conflict)?;
    tells(subject, &error, Operation::Lock)
}

async fn conflict_is_permanent(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    subject.create(&key, 1).await?;
    let wrong = Expect::Version(subject.version(5)?);
    for expect in [Expect::Absent, wrong] {
        let answer = subject.save(&key, &subject.record(2), expect).await;
        let error = check::refused(answer, ErrorKind::Conflict)?;
        check::equal(
            &error.retry_class(),
            &RetryClass::Permanent,
            "the retry class",
        )?;
    }
    Ok(())
}

/// What no log may hold.
const CANARY: &str = "canary-0f3a";

/// A key and a record of which every free text holds the canary.
fn secretive(subject: &Subject) -> CaseResult<(CartKey, CartRecord)> {
    let owner = Owner::user(format!("{CANARY}@example.org"))?.in_tenant(Tenant::new(CANARY)?);
    let mut record = subject.record(1);
    record.parts.items = format!(r#"[{{"id":"{CANARY}"}}]"#).into();
    record.parts.conditions = format!(r#"[{{"name":"{CANARY}"}}]"#).into();
    record.parts.metadata = format!(r#"{{"{CANARY}":1}}"#).into();
    record.header.ledger = format!(r#"{{"{CANARY}":1}}"#).into();
    Ok((CartKey::new(owner, Instance::default()), record))
}

#[track_caller]
fn silent(text: &str) -> CaseResult {
    check::that(
        !text.contains(CANARY),
        "nothing tells an identifier or a content",
    )
}

/// Asks that neither the error nor what caused it gives the canary away.
#[track_caller]
fn keeps_silent(error: &Error) -> CaseResult {
    silent(&format!("{error} {error:?} {error:#?}"))?;
    let mut source = error.source();
    while let Some(cause) = source {
        silent(&format!("{cause} {cause:?}"))?;
        source = cause.source();
    }
    Ok(())
}

async fn conflict_tells_no_identifier_and_no_content(subject: &Subject) -> CaseResult {
    let (key, record) = secretive(subject)?;
    subject.save(&key, &record, Expect::Absent).await?;
    let mut other = record.clone();
    other.header.version = subject.version(1)?;
    let answer = subject.save(&key, &other, Expect::Absent).await;
    keeps_silent(&check::refused(answer, ErrorKind::Conflict)?)
}

async fn error_of_a_rename_tells_no_identifier_and_no_content(subject: &Subject) -> CaseResult {
    let (key, record) = secretive(subject)?;
    let nowhere = CartKey::new(key.owner().clone(), Instance::new(CANARY)?);
    let rename = subject.renaming(&nowhere, &record, &key)?;
    let answer = subject.store().rename(&rename).await;
    keeps_silent(&check::refused(answer, ErrorKind::NotFound)?)
}

async fn error_of_a_scan_tells_no_identifier_and_no_content(subject: &Subject) -> CaseResult {
    let (key, record) = secretive(subject)?;
    subject.save(&key, &record, Expect::Absent).await?;
    let mut request = ScanRequest::new(1);
    request.cursor = Some(Cursor::new("another store", &request, CANARY));
    let answer = subject.store().scan(&request).await;
    keeps_silent(&check::refused(answer, ErrorKind::Invalid)?)
}

async fn debug_forms_tell_no_identifier_and_no_content(subject: &Subject) -> CaseResult {
    let (key, record) = secretive(subject)?;
    subject.save(&key, &record, Expect::Absent).await?;
    subject.load(&key).await?;
    let store = subject.store();
    silent(&format!("{store:?}"))?;
    if store.info().capabilities.lock {
        let lock = store.lock(&key).await?;
        silent(&format!("{lock:?}"))?;
    }
    Ok(())
}

/// Asks that an answer was lost on its way.
#[track_caller]
fn lost<T: std::fmt::Debug>(answer: Result<T, Error>) -> CaseResult {
    let error = check::refused(answer, ErrorKind::Unavailable)?;
    check::equal(
        &error.retry_class(),
        &RetryClass::OutcomeUnknown,
        "the retry class",
    )
}

async fn lost_reply_of_a_save_is_settled_by_the_same_save(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let store = FaultStore::lenient(subject.store());
    let first = SaveRequest::new(key.clone(), subject.record(1), Expect::Absent);
    let expect = Expect::Version(first.record.header.version);
    let second = SaveRequest::new(key.clone(), subject.next(&first.record, 2)?, expect);
    for request in [&first, &second] {
        store.plan([Fault::lose_reply()]);
        lost(store.save(request).await)?;
        store.save(request).await?;
        check::live(&subject.load(&key).await?, &request.record)?;
    }
    Ok(())
}

async fn lost_reply_of_a_deletion_is_settled_by_the_same_save(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let tombstone = subject.tombstone(&record)?;
    let expect = Expect::Version(record.header.version);
    let request = SaveRequest::new(key.clone(), tombstone.clone(), expect);
    let store = FaultStore::lenient(subject.store());
    store.plan([Fault::lose_reply()]);
    lost(store.save(&request).await)?;
    store.save(&request).await?;
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)
}

async fn lost_reply_of_a_batch_is_settled_by_the_same_batch(subject: &Subject) -> CaseResult {
    let mut batch = Vec::new();
    for tag in 0..5 {
        let key = key(&format!("user-{tag}"))?;
        batch.push(SaveRequest::new(key, subject.record(tag), Expect::Absent));
    }
    let store = FaultStore::lenient(subject.store());
    store.plan([Fault::lose_reply()]);
    lost(store.save_many(&batch).await)?;
    for answer in store.save_many(&batch).await? {
        answer?;
    }
    for request in &batch {
        check::live(&subject.load(&request.key).await?, &request.record)?;
    }
    Ok(())
}

async fn lost_reply_of_a_rename_is_settled_by_the_same_rename(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    let store = FaultStore::lenient(subject.store());
    store.plan([Fault::lose_reply()]);
    lost(store.rename(&rename).await)?;
    store.rename(&rename).await?;
    check::live(&subject.load(&to).await?, &rename.record)?;
    check::tombstone(&subject.load(&from).await?, rename.tombstone.header.version)
}

async fn lost_replies_double_nothing(subject: &Subject) -> CaseResult {
    const WRITES: u64 = 40;
    let key = key("ann")?;
    let store = FaultStore::lenient(subject.store());
    let mut current = subject.create(&key, 0).await?;
    for tag in 1..=WRITES {
        let expect = Expect::Version(current.header.version);
        let request = SaveRequest::new(key.clone(), subject.next(&current, tag)?, expect);
        if subject.randomness().below(2) == 0 {
            store.plan([Fault::lose_reply()]);
        }
        while let Err(error) = store.save(&request).await {
            if error.retry_class() != RetryClass::OutcomeUnknown {
                return Err(Stop::from(error));
            }
        }
        current = request.record;
    }
    let stored = load(&store, &key).await?;
    check::live(&stored, &current)?;
    check::equal(
        &current.header.version.sequence(),
        &(WRITES + 1),
        "how many writes there were",
    )
}
