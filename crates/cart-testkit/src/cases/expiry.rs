//! EXP: carts whose time is up.

use cart_core::{CartRecord, Expect, SaveRequest, ScanRequest, Select, Stored, Timestamp};
use tokio::task::JoinSet;

use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key};

pub(super) const CASES: &[Case] = &[
    case!(cart_is_there_until_it_expires, [Exp1], ["F1", "F7"]),
    case!(expired_cart_is_in_no_scan, [Exp1, Scan1], ["F1"], needs Scan),
    case!(
        version_of_an_expired_cart_is_rejected,
        [Exp1, Save2],
        ["F4"]
    ),
    case!(expired_cart_can_be_made_again, [Exp1, Save1], ["F5"]),
    case!(
        expired_version_is_not_stored_any_more,
        [Exp1, Save4],
        ["F5"]
    ),
    case!(record_that_has_expired_already_is_absent, [Exp1], ["F6"]),
    case!(older_writes_over_an_expired_cart, [Exp1, Save8], []),
    case!(write_renews_the_expiry_of_the_whole_record, [Exp2], ["F2"]),
    case!(rejected_write_renews_nothing, [Exp2, Save1], ["F3"]),
    case!(cart_without_an_expiry_never_expires, [Exp3], ["F11"]),
    case!(write_without_an_expiry_ends_the_old_one, [Exp3], ["F11"]),
    case!(expiry_at_the_end_of_time_is_kept, [Exp3, Save6], ["F6"]),
    case!(batch_keeps_the_expiry_of_each_entry, [Exp3], []),
    case!(sweep_removes_only_what_has_expired, [Exp1], ["F9"]),
    case!(sweep_keeps_to_its_limit, [Exp1], ["F10"]),
    case!(sweep_spares_what_is_renewed_meanwhile, [Exp1], ["F9"]),
];

fn expiring(subject: &Subject, tag: u64, millis: u64) -> CartRecord {
    let mut record = subject.record(tag);
    record.header.expires_at = Some(subject.after(millis));
    record
}

async fn cart_is_there_until_it_expires(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = expiring(subject, 1, 1_000);
    subject.save(&key, &record, Expect::Absent).await?;
    subject.advance(999);
    check::live(&subject.load(&key).await?, &record)?;
    subject.advance(1);
    check::missing(&subject.load(&key).await?)?;
    subject.advance(3_600_000);
    check::missing(&subject.load(&key).await?)
}

async fn expired_cart_is_in_no_scan(subject: &Subject) -> CaseResult {
    let (brief, lasting) = (key("brief")?, key("lasting")?);
    let mut record = expiring(subject, 1, 1_000);
    record.header.marked = subject.marks();
    subject.save(&brief, &record, Expect::Absent).await?;
    let mut record = subject.record(2);
    record.header.marked = subject.marks();
    subject.save(&lasting, &record, Expect::Absent).await?;
    subject.advance(1_000);
    let selects = [Select::Live, Select::Marked];
    for select in selects.into_iter().take(1 + usize::from(subject.marks())) {
        let mut request = ScanRequest::new(10);
        request.select = select;
        let page = subject.store().scan(&request).await?;
        let [entry] = check::sized(page.entries, "the scanned carts")?;
        check::equal(&entry.key, &lasting, "the scanned cart")?;
    }
    Ok(())
}

async fn version_of_an_expired_cart_is_rejected(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = expiring(subject, 1, 1_000);
    subject.save(&key, &record, Expect::Absent).await?;
    subject.advance(1_000);
    let late = subject.next(&record, 2)?;
    let answer = subject
        .save(&key, &late, Expect::Version(record.header.version))
        .await;
    check::conflict(answer, &Stored::Missing)?;
    check::missing(&subject.load(&key).await?)
}

async fn expired_cart_can_be_made_again(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    subject
        .save(&key, &expiring(subject, 1, 1_000), Expect::Absent)
        .await?;
    subject.advance(1_000);
    let again = subject.create(&key, 2).await?;
    check::live(&subject.load(&key).await?, &again)
}

async fn expired_version_is_not_stored_any_more(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = expiring(subject, 1, 1_000);
    subject.save(&key, &record, Expect::Absent).await?;
    subject.advance(1_000);
    // The same version with a later expiry: nothing of it is stored, so that it is written.
    record.header.expires_at = Some(subject.after(1_000));
    subject.save(&key, &record, Expect::Absent).await?;
    check::live(&subject.load(&key).await?, &record)
}

async fn record_that_has_expired_already_is_absent(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    for expires_at in [
        subject.now(),
        Timestamp::from_millis(0),
        Timestamp::from_millis(i64::MIN),
    ] {
        let mut record = subject.record(1);
        record.header.expires_at = Some(expires_at);
        subject.save(&key, &record, Expect::Any).await?;
        check::missing(&subject.load(&key).await?)?;
    }
    Ok(())
}

async fn older_writes_over_an_expired_cart(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut expired = expiring(subject, 1, 1_000);
    expired.header.version = subject.version(9)?;
    subject.save(&key, &expired, Expect::Absent).await?;
    subject.advance(1_000);
    let copy = subject.record(2);
    subject.save(&key, &copy, Expect::Older).await?;
    check::live(&subject.load(&key).await?, &copy)
}

async fn write_renews_the_expiry_of_the_whole_record(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = expiring(subject, 0, 1_000);
    subject.save(&key, &record, Expect::Absent).await?;
    for tag in 1..5 {
        subject.advance(900);
        let mut next = subject.next(&record, tag)?;
        next.header.expires_at = Some(subject.after(1_000));
        let expect = Expect::Version(record.header.version);
        subject.save(&key, &next, expect).await?;
        record = next;
    }
    subject.advance(999);
    check::live(&subject.load(&key).await?, &record)?;
    subject.advance(1);
    check::missing(&subject.load(&key).await?)
}

async fn rejected_write_renews_nothing(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = expiring(subject, 1, 1_000);
    subject.save(&key, &record, Expect::Absent).await?;
    let late = expiring(subject, 2, 9_000);
    let answer = subject.save(&key, &late, Expect::Absent).await;
    check::conflict(answer, &Stored::Live(record))?;
    subject.advance(1_000);
    check::missing(&subject.load(&key).await?)
}

async fn cart_without_an_expiry_never_expires(subject: &Subject) -> CaseResult {
    const TWO_HUNDRED_YEARS: u64 = 200 * 365 * 24 * 3_600 * 1_000;
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    subject.advance(TWO_HUNDRED_YEARS);
    check::live(&subject.load(&key).await?, &record)
}

async fn write_without_an_expiry_ends_the_old_one(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = expiring(subject, 1, 1_000);
    subject.save(&key, &first, Expect::Absent).await?;
    let second = subject.overwrite(&key, &first, 2).await?;
    subject.advance(5_000);
    check::live(&subject.load(&key).await?, &second)
}

async fn expiry_at_the_end_of_time_is_kept(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.expires_at = Some(Timestamp::MAX);
    subject.save(&key, &record, Expect::Absent).await?;
    check::live(&subject.load(&key).await?, &record)
}

async fn batch_keeps_the_expiry_of_each_entry(subject: &Subject) -> CaseResult {
    let (brief, lasting) = (key("brief")?, key("lasting")?);
    let kept = expiring(subject, 2, 2_000);
    let batch = [
        SaveRequest::new(brief.clone(), expiring(subject, 1, 1_000), Expect::Absent),
        SaveRequest::new(lasting.clone(), kept.clone(), Expect::Absent),
    ];
    for answer in subject.store().save_many(&batch).await? {
        answer?;
    }
    subject.advance(1_000);
    check::missing(&subject.load(&brief).await?)?;
    check::live(&subject.load(&lasting).await?, &kept)?;
    subject.advance(1_000);
    check::missing(&subject.load(&lasting).await?)
}

async fn sweep_removes_only_what_has_expired(subject: &Subject) -> CaseResult {
    let [brief, later, lasting, deleted] = [
        key("brief")?,
        key("later")?,
        key("lasting")?,
        key("deleted")?,
    ];
    subject
        .save(&brief, &expiring(subject, 1, 1_000), Expect::Absent)
        .await?;
    let due_later = expiring(subject, 2, 1_001);
    subject.save(&later, &due_later, Expect::Absent).await?;
    let kept = subject.create(&lasting, 3).await?;
    let record = subject.create(&deleted, 4).await?;
    let tombstone = subject.delete(&deleted, &record).await?;

    subject.advance(1_000);
    subject.store().sweep(100).await?;
    check::missing(&subject.load(&brief).await?)?;
    check::live(&subject.load(&later).await?, &due_later)?;
    check::live(&subject.load(&lasting).await?, &kept)?;
    check::tombstone(&subject.load(&deleted).await?, tombstone.header.version)
}

async fn sweep_keeps_to_its_limit(subject: &Subject) -> CaseResult {
    for tag in 0..10 {
        let record = expiring(subject, tag, 1_000);
        subject
            .save(&key(&format!("user-{tag}"))?, &record, Expect::Absent)
            .await?;
    }
    let store = subject.store();
    check::equal(&store.sweep(100).await?, &0, "what was swept too early")?;
    subject.advance(1_000);
    let first = store.sweep(4).await?;
    check::that(first <= 4, "a sweep keeps to its limit")?;
    let mut swept = first;
    if first == 4 {
        let second = store.sweep(4).await?;
        check::equal(&second, &4, "what the second sweep removed")?;
        let third = store.sweep(4).await?;
        check::equal(&third, &2, "what the third sweep removed")?;
        swept += second + third;
    }
    // Where the backend does it by itself, there is nothing to count.
    let native = store.info().capabilities.expiry == cart_core::Expiry::Native;
    check::that(
        swept == 10 || (native && swept == 0),
        "everything expired is swept",
    )?;
    check::equal(&store.sweep(4).await?, &0, "what the last sweep removed")
}

async fn sweep_spares_what_is_renewed_meanwhile(subject: &Subject) -> CaseResult {
    const ROUNDS: u64 = 40;
    for round in 0..ROUNDS {
        let key = key(&format!("user-{round}"))?;
        subject
            .save(&key, &expiring(subject, 1, 1_000), Expect::Absent)
            .await?;
        subject.advance(1_000);
        let again = expiring(subject, 2, 60_000);
        let (sweeper, writer) = (subject.store(), subject.store());
        let request = SaveRequest::new(key.clone(), again.clone(), Expect::Absent);
        let mut race = JoinSet::new();
        race.spawn(async move { sweeper.sweep(10).await.map(drop) });
        race.spawn(async move { writer.save(&request).await });
        while let Some(ended) = race.join_next().await {
            ended??;
        }
        check::live(&subject.load(&key).await?, &again)?;
    }
    Ok(())
}
