//! SAVE-8: writes of copies, mirrors and repair tools.

use cart_core::{CartKey, CartRecord, Expect};

use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key};

pub(super) const CASES: &[Case] = &[
    case!(older_writes_over_nothing, [Save8], []),
    case!(older_writes_over_a_smaller_sequence, [Save8], []),
    case!(older_never_goes_backwards, [Save8], []),
    case!(
        older_leaves_another_write_of_the_same_sequence,
        [Save8, Save5],
        []
    ),
    case!(older_carries_deletions, [Save8, Del3], []),
    case!(older_never_revives_a_deleted_cart, [Save8, Del3], []),
    case!(
        older_keeps_the_version_that_it_was_given,
        [Save8, Save6, Exp3],
        []
    ),
    case!(any_writes_over_whatever_is_there, [Save8], ["B10"]),
];

/// Stores the record of this sequence without a condition.
async fn place(subject: &Subject, key: &CartKey, sequence: u64) -> CaseResult<CartRecord> {
    let record = of_sequence(subject, sequence)?;
    subject.save(key, &record, Expect::Any).await?;
    Ok(record)
}

fn of_sequence(subject: &Subject, sequence: u64) -> CaseResult<CartRecord> {
    let mut record = subject.record(sequence);
    record.header.version = subject.version(sequence)?;
    Ok(record)
}

async fn older_writes_over_nothing(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = of_sequence(subject, 7)?;
    subject.save(&key, &record, Expect::Older).await?;
    check::live(&subject.load(&key).await?, &record)
}

async fn older_writes_over_a_smaller_sequence(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    place(subject, &key, 7).await?;
    let newer = of_sequence(subject, 9)?;
    subject.save(&key, &newer, Expect::Older).await?;
    check::live(&subject.load(&key).await?, &newer)
}

async fn older_never_goes_backwards(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let newest = place(subject, &key, 7).await?;
    for sequence in [1, 6] {
        let late = of_sequence(subject, sequence)?;
        subject.save(&key, &late, Expect::Older).await?;
        check::live(&subject.load(&key).await?, &newest)?;
    }
    Ok(())
}

async fn older_leaves_another_write_of_the_same_sequence(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let stored = place(subject, &key, 7).await?;
    // Larger and smaller write ids alike: the write id has no order.
    for write_id in [0, u64::MAX] {
        let mut twin = of_sequence(subject, 7)?;
        twin.header.version = cart_core::Version::new(7, write_id)?;
        subject.save(&key, &twin, Expect::Older).await?;
        check::live(&subject.load(&key).await?, &stored)?;
    }
    Ok(())
}

async fn older_carries_deletions(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = place(subject, &key, 7).await?;
    let tombstone = subject.tombstone(&record)?;
    subject.save(&key, &tombstone, Expect::Older).await?;
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)
}

async fn older_never_revives_a_deleted_cart(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = place(subject, &key, 7).await?;
    let tombstone = subject.delete(&key, &record).await?;
    subject.save(&key, &record, Expect::Older).await?;
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)
}

async fn older_keeps_the_version_that_it_was_given(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = of_sequence(subject, 41)?;
    record.header.marked = subject.marks();
    record.header.expires_at = Some(subject.after(5_000));
    subject.save(&key, &record, Expect::Older).await?;
    check::live(&subject.load(&key).await?, &record)
}

async fn any_writes_over_whatever_is_there(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = place(subject, &key, 7).await?;
    let smaller = place(subject, &key, 2).await?;
    check::live(&subject.load(&key).await?, &smaller)?;
    let tombstone = subject.tombstone(&first)?;
    subject.save(&key, &tombstone, Expect::Any).await?;
    let revived = place(subject, &key, 3).await?;
    check::live(&subject.load(&key).await?, &revived)
}
