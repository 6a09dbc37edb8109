//! MARK: what another store still has to hear of.

use cart_core::{
    CartKey, CartRecord, ErrorKind, Expect, LoadRequest, RecordState, ScanRequest, Select,
};

use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key, load};

pub(super) const CASES: &[Case] = &[
    case!(unmark_takes_off_the_mark_and_nothing_else, [Mark1], [], needs Marks),
    case!(unmark_takes_the_mark_off_a_tombstone, [Mark1], [], needs Marks, Scan),
    case!(unmark_leaves_another_version_as_it_is, [Mark1], [], needs Marks),
    case!(unmark_leaves_a_renewed_expiry, [Mark1, Exp2, Exp3], [], needs Marks),
    case!(unmark_of_nothing_makes_nothing, [Mark1], [], needs Marks),
    case!(marks_are_declared_or_unsupported, [Mark1, Cap1], []),
];

/// Stores a marked record.
async fn marked(subject: &Subject, key: &CartKey) -> CaseResult<CartRecord> {
    let mut record = subject.record(1);
    record.header.marked = true;
    subject.save(key, &record, Expect::Absent).await?;
    Ok(record)
}

async fn unmark_takes_off_the_mark_and_nothing_else(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = marked(subject, &key).await?;
    let version = record.header.version;
    record.header.marked = false;
    for _ in 0..2 {
        subject.store().unmark(&key, version).await?;
        check::live(&subject.load(&key).await?, &record)?;
    }
    // Whoever has loaded the cart before can write it.
    let next = subject.overwrite(&key, &record, 2).await?;
    check::live(&subject.load(&key).await?, &next)
}

async fn unmark_takes_the_mark_off_a_tombstone(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let mut tombstone = subject.tombstone(&record)?;
    tombstone.header.marked = true;
    let expect = Expect::Version(record.header.version);
    subject.save(&key, &tombstone, expect).await?;
    let version = tombstone.header.version;
    subject.store().unmark(&key, version).await?;
    check::tombstone(&subject.load(&key).await?, version)?;
    let mut request = ScanRequest::new(10);
    request.select = Select::Marked;
    let page = subject.store().scan(&request).await?;
    check::equal(&page.entries.len(), &0, "the marked records")?;
    request.select = Select::Tombstones;
    let page = subject.store().scan(&request).await?;
    let [entry] = check::sized(page.entries, "the tombstones")?;
    tombstone.header.marked = false;
    check::same_record(&entry.record, &tombstone)
}

async fn unmark_leaves_another_version_as_it_is(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = marked(subject, &key).await?;
    let mut second = subject.next(&first, 2)?;
    second.header.marked = true;
    let expect = Expect::Version(first.header.version);
    subject.save(&key, &second, expect).await?;
    subject.store().unmark(&key, first.header.version).await?;
    check::live(&subject.load(&key).await?, &second)
}

async fn unmark_leaves_a_renewed_expiry(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.marked = true;
    record.header.expires_at = Some(subject.after(60_000));
    subject.save(&key, &record, Expect::Absent).await?;
    let mut renewal = LoadRequest::new(key.clone());
    renewal.renew = Some(subject.after(90_000));
    subject.store().load(&renewal).await?;
    subject.store().unmark(&key, record.header.version).await?;
    record.header.marked = false;
    record.header.expires_at = renewal.renew;
    check::live(&subject.load(&key).await?, &record)
}

async fn unmark_of_nothing_makes_nothing(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    subject.store().unmark(&key, subject.version(1)?).await?;
    check::missing(&subject.load(&key).await?)
}

async fn marks_are_declared_or_unsupported(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    if subject.marks() {
        let record = marked(subject, &key).await?;
        return check::live(&load(&*subject.store(), &key).await?, &record);
    }
    let mut claimed = subject.record(1);
    claimed.header.marked = true;
    let mut moved = subject.record(2);
    moved.header.state = RecordState::Moved;
    for record in [claimed, moved] {
        let answer = subject.save(&key, &record, Expect::Absent).await;
        check::refused(answer, ErrorKind::Unsupported)?;
        check::missing(&subject.load(&key).await?)?;
    }
    let answer = subject.store().unmark(&key, subject.version(1)?).await;
    check::refused(answer, ErrorKind::Unsupported)?;
    let mut request = ScanRequest::new(10);
    request.select = Select::Marked;
    check::refused(subject.store().scan(&request).await, ErrorKind::Unsupported)?;
    Ok(())
}
