//! CAP: what a store declares, it has; what it doesn't declare, it refuses.

use cart_core::{
    Durability, ErrorKind, Expect, FORMAT, RenameSupport, Requirement, SaveRequest, ScanRequest,
    ScanSupport, Stored,
};

use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key, load};

pub(super) const CASES: &[Case] = &[
    case!(declaration_stays_the_same, [Cap1], []),
    case!(declared_powers_meet_the_same_requirements, [Cap1], []),
    case!(ping_tells_the_declared_durability, [Cap1, Dur1], []),
    case!(rename_is_declared_or_unsupported, [Cap1], ["E16"]),
    case!(scan_is_declared_or_unsupported, [Cap1], []),
    case!(lock_is_declared_or_unsupported, [Cap1], []),
    case!(lock_gives_what_is_stored, [Cap1, Load3], [], needs Lock),
    case!(lock_keeps_other_holders_out, [Cap1], [], needs Lock),
    case!(lock_ends_with_its_save, [Cap1], [], needs Lock),
    case!(save_under_a_lock_goes_by_the_version, [Cap1, Save2], [], needs Lock),
    case!(edits_under_a_lock_never_conflict, [Cap1, Save3], ["C7"], needs Lock),
    case!(acknowledged_writes_survive_a_restart, [Dur1], [], needs Crash),
    case!(every_byte_is_back_after_a_restart, [Save6, Dur1], [], needs Crash),
    case!(deletions_and_renames_survive_a_restart, [Dur1, Del3, Ren1, Inst1], [], needs Crash, Rename),
];

async fn declaration_stays_the_same(subject: &Subject) -> CaseResult {
    let before = subject.store().info();
    check::that(!before.name.is_empty(), "the store has a name")?;
    subject.create(&key("ann")?, 1).await?;
    subject.store().ping().await?;
    check::equal(&subject.store().info(), &before, "what the store declares")
}

async fn declared_powers_meet_the_same_requirements(subject: &Subject) -> CaseResult {
    let info = subject.store().info();
    let declared = &info.capabilities;
    let mut met = vec![
        Requirement::CompareAndSet(declared.compare_and_set),
        Requirement::Durability(declared.durability),
        Requirement::Rename(declared.rename),
        Requirement::Scan(declared.scan),
        Requirement::Visibility(declared.visibility),
    ];
    if declared.lock {
        met.push(Requirement::Lock);
    }
    if declared.marks {
        met.push(Requirement::Marks);
    }
    if !declared.evictable {
        met.push(Requirement::NotEvictable);
    }
    info.require(&met)?;
    let beyond = Requirement::Durability(Durability::Replicated(u8::MAX));
    check::refused(info.require(&[beyond]), ErrorKind::Unsupported)?;
    Ok(())
}

async fn ping_tells_the_declared_durability(subject: &Subject) -> CaseResult {
    let health = subject.store().ping().await?;
    let declared = subject.store().info().capabilities.durability;
    check::equal(&health.durability, &declared, "the durability")?;
    check::that(
        !health.description.is_empty(),
        "the backend says what it is",
    )
}

async fn rename_is_declared_or_unsupported(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    let answer = subject.store().rename(&rename).await;
    if subject.store().info().capabilities.rename == RenameSupport::None {
        check::refused(answer, ErrorKind::Unsupported)?;
        check::live(&subject.load(&from).await?, &source)?;
        check::missing(&subject.load(&to).await?)
    } else {
        answer?;
        check::live(&subject.load(&to).await?, &rename.record)
    }
}

async fn scan_is_declared_or_unsupported(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    subject.create(&key, 1).await?;
    let answer = subject.store().scan(&ScanRequest::new(10)).await;
    if subject.store().info().capabilities.scan == ScanSupport::None {
        check::refused(answer, ErrorKind::Unsupported)?;
        return Ok(());
    }
    let [entry] = check::sized(answer?.entries, "the scanned carts")?;
    check::equal(&entry.key, &key, "the scanned cart")
}

async fn lock_is_declared_or_unsupported(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let answer = subject.store().lock(&key).await;
    if subject.store().info().capabilities.lock {
        check::live(answer?.stored(), &record)?;
    } else {
        check::refused(answer, ErrorKind::Unsupported)?;
    }
    check::live(&subject.load(&key).await?, &record)
}

async fn lock_gives_what_is_stored(subject: &Subject) -> CaseResult {
    let store = subject.store();
    let [nobody, ann, bob] = [key("nobody")?, key("ann")?, key("bob")?];
    check::missing(store.lock(&nobody).await?.stored())?;
    let record = subject.create(&ann, 1).await?;
    check::live(store.lock(&ann).await?.stored(), &record)?;
    let record = subject.create(&bob, 2).await?;
    let tombstone = subject.delete(&bob, &record).await?;
    check::tombstone(store.lock(&bob).await?.stored(), tombstone.header.version)
}

async fn lock_keeps_other_holders_out(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = subject.create(&key, 1).await?;
    let store = subject.store();
    let lock = store.lock(&key).await?;
    let (about_to_wait, waits) = tokio::sync::oneshot::channel();
    let waiting = tokio::spawn({
        let (store, key) = (subject.store(), key.clone());
        async move {
            // Nobody listens any more only when the case has failed.
            let _ = about_to_wait.send(());
            store.lock(&key).await
        }
    });
    waits.await?;
    // Readers go on meanwhile, long enough for a lock that lets everybody in. Who writes may have
    // to wait, whatever the cart.
    for _ in 0..200 {
        check::live(&subject.load(&key).await?, &first)?;
        tokio::task::yield_now().await;
    }
    check::that(!waiting.is_finished(), "the second holder waits")?;

    let second = subject.next(&first, 2)?;
    let expect = Expect::Version(first.header.version);
    lock.save(&SaveRequest::new(key, second.clone(), expect))
        .await?;
    // The second holder sees what the first one wrote.
    check::live(waiting.await??.stored(), &second)
}

async fn lock_ends_with_its_save(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut current = subject.create(&key, 0).await?;
    let store = subject.store();
    for tag in 1..10 {
        let lock = store.lock(&key).await?;
        check::live(lock.stored(), &current)?;
        let next = subject.next(&current, tag)?;
        let expect = Expect::Version(current.header.version);
        lock.save(&SaveRequest::new(key.clone(), next.clone(), expect))
            .await?;
        current = next;
    }
    check::live(&subject.load(&key).await?, &current)
}

async fn save_under_a_lock_goes_by_the_version(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let lock = subject.store().lock(&key).await?;
    let wrong = Expect::Version(subject.version(1)?);
    let request = SaveRequest::new(key.clone(), subject.next(&record, 2)?, wrong);
    check::conflict(lock.save(&request).await, &Stored::Live(record.clone()))?;
    check::live(&subject.load(&key).await?, &record)?;
    // A save that failed ends the lock all the same.
    drop(subject.store().lock(&key).await?);
    Ok(())
}

async fn edits_under_a_lock_never_conflict(subject: &Subject) -> CaseResult {
    const WRITERS: u64 = 6;
    const EDITS: u64 = 10;
    let key = key("ann")?;
    subject.create(&key, 0).await?;
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (store, key) = (subject.store(), key.clone());
        tasks.spawn(async move {
            for edit in 0..EDITS {
                let lock = store.lock(&key).await?;
                let Stored::Live(current) = lock.stored().clone() else {
                    return CaseResult::Err(crate::outcome::Stop::failed("the cart is gone"));
                };
                // Long enough for another holder to get in, if the lock lets it.
                tokio::task::yield_now().await;
                let mut next = current.clone();
                next.header.version = current.header.version.next(writer * EDITS + edit)?;
                let expect = Expect::Version(current.header.version);
                lock.save(&SaveRequest::new(key.clone(), next, expect))
                    .await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let version = subject.load(&key).await?.version();
    let sequence = version.map(cart_core::Version::sequence);
    check::equal(
        &sequence,
        &Some(1 + WRITERS * EDITS),
        "how many writes there were",
    )
}

async fn acknowledged_writes_survive_a_restart(subject: &Subject) -> CaseResult {
    let mut saved = Vec::new();
    for tag in 0..20 {
        let key = key(&format!("user-{tag}"))?;
        let first = subject.create(&key, tag).await?;
        saved.push((subject.overwrite(&key, &first, tag + 100).await?, key));
    }
    let store = subject.restart().await?;
    for (record, key) in &saved {
        check::live(&load(&*store, key).await?, record)?;
        let next = subject.next(record, 7)?;
        let expect = Expect::Version(record.header.version);
        store
            .save(&SaveRequest::new(key.clone(), next, expect))
            .await?;
    }
    Ok(())
}

async fn every_byte_is_back_after_a_restart(subject: &Subject) -> CaseResult {
    let [spaced, newer] = [key("ann")?, key("bob")?];
    let mut with_blanks = subject.record(1);
    with_blanks.parts.items = " [ ]\r\n".into();
    with_blanks.parts.metadata = "\t{ \"weight\" : 1.50 } ".into();
    with_blanks.header.ledger = " { } ".into();
    let mut of_newer_release = subject.record(2);
    of_newer_release.header.format = FORMAT + 1;
    of_newer_release.parts.items = "[\"as nobody writes it yet\"]".into();
    let saved = [(spaced, with_blanks), (newer, of_newer_release)];
    for (key, record) in &saved {
        subject.save(key, record, Expect::Absent).await?;
    }
    let store = subject.restart().await?;
    for (key, record) in &saved {
        check::live(&load(&*store, key).await?, record)?;
    }
    Ok(())
}

async fn deletions_and_renames_survive_a_restart(subject: &Subject) -> CaseResult {
    let [gone, from, to] = [key("gone")?, key("guest")?, key("user")?];
    let record = subject.create(&gone, 1).await?;
    let tombstone = subject.delete(&gone, &record).await?;
    let source = subject.create(&from, 2).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    subject.store().rename(&rename).await?;

    let store = subject.restart().await?;
    check::tombstone(&load(&*store, &gone).await?, tombstone.header.version)?;
    check::tombstone(
        &load(&*store, &from).await?,
        rename.tombstone.header.version,
    )?;
    check::live(&load(&*store, &to).await?, &rename.record)?;
    let instances = store.instances(to.owner()).await?;
    check::equal(&instances, &vec![to.instance().clone()], "the instances")
}
