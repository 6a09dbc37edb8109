//! DEL: tombstones.

use cart_core::{Expect, RecordState, ScanRequest, Select, Stored};

use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key, key_of};

pub(super) const CASES: &[Case] = &[
    case!(deleting_nothing_is_ok, [Del1], ["A6"]),
    case!(deleting_twice_is_ok, [Del1], ["A6"]),
    case!(
        deletion_that_expects_another_version_is_rejected,
        [Del2],
        ["B12"]
    ),
    case!(
        deletion_of_a_version_that_was_never_stored_is_rejected,
        [Del2, Save2],
        ["B12"]
    ),
    case!(
        deletion_over_a_live_cart_without_its_version_is_rejected,
        [Del2],
        ["B12"]
    ),
    case!(deleted_cart_loads_as_its_tombstone, [Del3], ["A5"]),
    case!(deleted_cart_is_in_no_list, [Del3, Inst1], ["D1"]),
    case!(deleted_cart_is_in_no_scan_of_live_carts, [Del3, Scan1], [], needs Scan),
    case!(
        late_writer_does_not_revive_a_deleted_cart,
        [Del3, Save2],
        ["B5"]
    ),
    case!(sequence_goes_on_after_a_deletion, [Del3, Save2], ["B7"]),
    case!(
        deleting_one_instance_leaves_the_others,
        [Del3],
        ["A8", "D2"]
    ),
    case!(tombstone_is_gone_when_its_time_is_up, [Del3, Exp1], []),
    case!(tombstone_keeps_the_content_that_it_brings, [Del4, Save6], [], needs Scan),
];

async fn deleting_nothing_is_ok(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let tombstone = subject.tombstone(&subject.record(1))?;
    subject.save(&key, &tombstone, Expect::Absent).await?;
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)
}

async fn deleting_twice_is_ok(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let first = subject.delete(&key, &record).await?;
    let second = subject.tombstone(&first)?;
    subject.save(&key, &second, Expect::Absent).await?;
    check::tombstone(&subject.load(&key).await?, second.header.version)
}

async fn deletion_that_expects_another_version_is_rejected(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = subject.create(&key, 1).await?;
    let second = subject.overwrite(&key, &first, 2).await?;
    let tombstone = subject.tombstone(&first)?;
    let answer = subject
        .save(&key, &tombstone, Expect::Version(first.header.version))
        .await;
    check::conflict(answer, &Stored::Live(second.clone()))?;
    check::live(&subject.load(&key).await?, &second)
}

async fn deletion_of_a_version_that_was_never_stored_is_rejected(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.record(1);
    let tombstone = subject.tombstone(&record)?;
    let answer = subject
        .save(&key, &tombstone, Expect::Version(record.header.version))
        .await;
    check::conflict(answer, &Stored::Missing)?;
    check::missing(&subject.load(&key).await?)
}

async fn deletion_over_a_live_cart_without_its_version_is_rejected(
    subject: &Subject,
) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let tombstone = subject.tombstone(&record)?;
    let answer = subject.save(&key, &tombstone, Expect::Absent).await;
    check::conflict(answer, &Stored::Live(record.clone()))?;
    check::live(&subject.load(&key).await?, &record)
}

async fn deleted_cart_loads_as_its_tombstone(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let tombstone = subject.delete(&key, &record).await?;
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)
}

async fn deleted_cart_is_in_no_list(subject: &Subject) -> CaseResult {
    let (gone, left) = (key_of("ann", "gone")?, key_of("ann", "left")?);
    let record = subject.create(&gone, 1).await?;
    subject.create(&left, 2).await?;
    subject.delete(&gone, &record).await?;
    let instances = subject.store().instances(gone.owner()).await?;
    check::equal(&instances, &vec![left.instance().clone()], "the instances")
}

async fn deleted_cart_is_in_no_scan_of_live_carts(subject: &Subject) -> CaseResult {
    let (gone, left) = (key("gone")?, key("left")?);
    let record = subject.create(&gone, 1).await?;
    subject.create(&left, 2).await?;
    subject.delete(&gone, &record).await?;
    let page = subject.store().scan(&ScanRequest::new(10)).await?;
    let keys: Vec<_> = page.entries.into_iter().map(|entry| entry.key).collect();
    check::equal(&keys, &vec![left], "the scanned carts")
}

async fn late_writer_does_not_revive_a_deleted_cart(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = subject.create(&key, 1).await?;
    let second = subject.overwrite(&key, &first, 2).await?;
    let tombstone = subject.delete(&key, &second).await?;
    for known in [&first, &second] {
        let late = subject.next(known, 3)?;
        let answer = subject
            .save(&key, &late, Expect::Version(known.header.version))
            .await;
        check::conflict(answer, &Stored::Tombstone(tombstone.header.version))?;
    }
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)
}

async fn sequence_goes_on_after_a_deletion(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.create(&key, 1).await?;
    for tag in 2..6 {
        let tombstone = subject.delete(&key, &record).await?;
        record = subject.overwrite(&key, &tombstone, tag).await?;
    }
    check::equal(&record.header.version.sequence(), &9, "the sequence")?;
    check::live(&subject.load(&key).await?, &record)
}

async fn deleting_one_instance_leaves_the_others(subject: &Subject) -> CaseResult {
    let (gone, left) = (key_of("ann", "default")?, key_of("ann", "wishlist")?);
    let record = subject.create(&gone, 1).await?;
    let other = subject.create(&left, 2).await?;
    subject.delete(&gone, &record).await?;
    check::live(&subject.load(&left).await?, &other)
}

async fn tombstone_is_gone_when_its_time_is_up(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let mut tombstone = subject.tombstone(&record)?;
    tombstone.header.expires_at = Some(subject.after(1_000));
    let expect = Expect::Version(record.header.version);
    subject.save(&key, &tombstone, expect).await?;
    subject.advance(999);
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)?;
    subject.advance(1);
    check::missing(&subject.load(&key).await?)
}

async fn tombstone_keeps_the_content_that_it_brings(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.summary.units = 7;
    subject.save(&key, &record, Expect::Absent).await?;
    let mut tombstone = subject.next(&record, 1)?;
    tombstone.header.state = RecordState::Deleted;
    tombstone.header.summary = record.header.summary;
    let expect = Expect::Version(record.header.version);
    subject.save(&key, &tombstone, expect).await?;
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)?;
    let mut request = ScanRequest::new(10);
    request.select = Select::Tombstones;
    request.owner = Some(key.owner().clone());
    let bare = subject.tombstone(&tombstone)?;
    for expected in [&tombstone, &bare] {
        if expected == &bare {
            subject.save(&key, &bare, Expect::Any).await?;
        }
        let page = subject.store().scan(&request).await?;
        let [entry] = check::sized(page.entries, "the tombstones of one owner")?;
        check::equal(&entry.key, &key, "the deleted key")?;
        check::same_record(&entry.record, expected)?;
    }
    Ok(())
}
