//! SAVE-1, SAVE-2, SAVE-4, SAVE-5: what a save asks of what is stored.

use cart_core::{Error, Expect, SaveRequest, Stored};

use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key};

pub(super) const CASES: &[Case] = &[
    case!(creation_over_nothing_succeeds, [Save1], ["B1"]),
    case!(creation_over_a_live_cart_is_rejected, [Save1], ["B2", "B6"]),
    case!(creation_over_a_tombstone_succeeds, [Save1, Del3], []),
    case!(
        late_creation_does_not_undo_a_deletion,
        [Save1, Del3],
        ["B7", "J3"]
    ),
    case!(current_version_is_accepted, [Save2], ["B3"]),
    case!(stale_version_is_rejected, [Save2], ["B4"]),
    case!(version_of_nothing_is_rejected, [Save2], ["B5"]),
    case!(version_of_a_deleted_cart_is_rejected, [Save2, Del3], ["B5"]),
    case!(version_of_a_tombstone_is_accepted, [Save2], []),
    case!(
        rejected_save_changes_nothing,
        [Save2, Save1, Exp2],
        ["B6", "F3"]
    ),
    case!(conflict_names_the_version_that_is_stored, [Save2], ["B4"]),
    case!(
        same_content_is_written_under_its_new_version,
        [Save2],
        ["B11"]
    ),
    case!(same_save_again_is_ok, [Save4], ["J3"]),
    case!(same_save_again_is_ok_whatever_it_expects, [Save4], ["J3"]),
    case!(same_tombstone_again_is_ok, [Save4, Del1], ["J3"]),
    case!(stored_version_is_never_written_again, [Save4], []),
    case!(
        overtaken_save_is_rejected_when_made_again,
        [Save4, Save2],
        ["J3"]
    ),
    case!(sequence_alone_does_not_match, [Save5], ["B9"]),
    case!(write_id_alone_does_not_match, [Save5], ["B9"]),
    case!(version_of_an_earlier_life_never_matches, [Save5], ["B8"]),
    case!(entries_of_a_batch_stand_alone, [Save1, Save2, Save4], []),
    case!(batch_of_nothing_is_ok, [Save2], []),
    case!(large_batch_is_answered_in_order, [Save1, Save2], []),
];

async fn creation_over_nothing_succeeds(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.record(1);
    subject.save(&key, &record, Expect::Absent).await?;
    check::live(&subject.load(&key).await?, &record)
}

async fn creation_over_a_live_cart_is_rejected(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let answer = subject.save(&key, &subject.record(2), Expect::Absent).await;
    check::conflict(answer, &Stored::Live(record.clone()))?;
    check::live(&subject.load(&key).await?, &record)
}

async fn creation_over_a_tombstone_succeeds(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let tombstone = subject.delete(&key, &record).await?;
    let again = subject.next(&tombstone, 2)?;
    subject.save(&key, &again, Expect::Absent).await?;
    check::live(&subject.load(&key).await?, &again)
}

async fn late_creation_does_not_undo_a_deletion(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = subject.record(1);
    subject.save(&key, &first, Expect::Absent).await?;
    let tombstone = subject.delete(&key, &first).await?;
    // The creation whose reply was lost, made again, and another one that is just as late.
    let mut level = subject.record(2);
    level.header.version = subject.version(tombstone.header.version.sequence())?;
    for late in [&first, &level] {
        let answer = subject.save(&key, late, Expect::Absent).await;
        check::conflict(answer, &Stored::Tombstone(tombstone.header.version))?;
        check::tombstone(&subject.load(&key).await?, tombstone.header.version)?;
    }
    Ok(())
}

async fn current_version_is_accepted(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.create(&key, 0).await?;
    for tag in 1..10 {
        record = subject.overwrite(&key, &record, tag).await?;
    }
    check::live(&subject.load(&key).await?, &record)
}

async fn stale_version_is_rejected(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = subject.create(&key, 1).await?;
    let second = subject.overwrite(&key, &first, 2).await?;
    let stale = subject.next(&first, 3)?;
    let answer = subject
        .save(&key, &stale, Expect::Version(first.header.version))
        .await;
    check::conflict(answer, &Stored::Live(second.clone()))?;
    check::live(&subject.load(&key).await?, &second)
}

async fn version_of_nothing_is_rejected(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let never_stored = subject.record(1);
    let next = subject.next(&never_stored, 2)?;
    let expect = Expect::Version(never_stored.header.version);
    let answer = subject.save(&key, &next, expect).await;
    check::conflict(answer, &Stored::Missing)?;
    check::missing(&subject.load(&key).await?)
}

async fn version_of_a_deleted_cart_is_rejected(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let tombstone = subject.delete(&key, &record).await?;
    let late = subject.next(&record, 2)?;
    let answer = subject
        .save(&key, &late, Expect::Version(record.header.version))
        .await;
    check::conflict(answer, &Stored::Tombstone(tombstone.header.version))?;
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)
}

async fn version_of_a_tombstone_is_accepted(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let tombstone = subject.delete(&key, &record).await?;
    let again = subject.overwrite(&key, &tombstone, 2).await?;
    check::live(&subject.load(&key).await?, &again)
}

async fn rejected_save_changes_nothing(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.expires_at = Some(subject.after(1_000));
    subject.save(&key, &record, Expect::Absent).await?;
    subject.advance(10);
    let mut late = subject.next(&record, 2)?;
    late.header.expires_at = Some(subject.after(9_000));
    let wrong = Expect::Version(subject.version(9)?);
    for expect in [wrong, Expect::Absent] {
        let answer = subject.save(&key, &late, expect).await;
        check::conflict(answer, &Stored::Live(record.clone()))?;
    }
    check::live(&subject.load(&key).await?, &record)?;
    subject.advance(990);
    check::missing(&subject.load(&key).await?)
}

async fn conflict_names_the_version_that_is_stored(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.create(&key, 0).await?;
    let wrong = Expect::Version(record.header.version);
    for tag in 1..5 {
        record = subject.overwrite(&key, &record, tag).await?;
        let answer = subject.save(&key, &subject.record(9), wrong).await;
        check::conflict(answer, &Stored::Live(record.clone()))?;
    }
    Ok(())
}

async fn same_content_is_written_under_its_new_version(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = subject.create(&key, 1).await?;
    let mut second = first.clone();
    second.header.version = first.header.version.next(0)?;
    let expect = Expect::Version(first.header.version);
    subject.save(&key, &second, expect).await?;
    check::live(&subject.load(&key).await?, &second)
}

async fn same_save_again_is_ok(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = subject.create(&key, 1).await?;
    subject.save(&key, &first, Expect::Absent).await?;
    let second = subject.overwrite(&key, &first, 2).await?;
    let expect = Expect::Version(first.header.version);
    subject.save(&key, &second, expect).await?;
    check::live(&subject.load(&key).await?, &second)
}

async fn same_save_again_is_ok_whatever_it_expects(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let never_stored = Expect::Version(subject.version(7)?);
    for expect in [Expect::Absent, Expect::Any, Expect::Older, never_stored] {
        subject.save(&key, &record, expect).await?;
        check::live(&subject.load(&key).await?, &record)?;
    }
    Ok(())
}

async fn same_tombstone_again_is_ok(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let tombstone = subject.delete(&key, &record).await?;
    let expect = Expect::Version(record.header.version);
    subject.save(&key, &tombstone, expect).await?;
    check::tombstone(&subject.load(&key).await?, tombstone.header.version)
}

async fn stored_version_is_never_written_again(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let mut other = record.clone();
    other.parts = subject.record(2).parts;
    let own = Expect::Version(record.header.version);
    for expect in [Expect::Absent, Expect::Any, Expect::Older, own] {
        subject.save(&key, &other, expect).await?;
        check::live(&subject.load(&key).await?, &record)?;
    }
    Ok(())
}

async fn overtaken_save_is_rejected_when_made_again(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let first = subject.create(&key, 1).await?;
    let second = subject.overwrite(&key, &first, 2).await?;
    let third = subject.overwrite(&key, &second, 3).await?;
    let answer = subject
        .save(&key, &second, Expect::Version(first.header.version))
        .await;
    check::conflict(answer, &Stored::Live(third.clone()))?;
    check::live(&subject.load(&key).await?, &third)
}

async fn sequence_alone_does_not_match(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let twin = subject.version(record.header.version.sequence())?;
    let next = subject.next(&record, 2)?;
    let answer = subject.save(&key, &next, Expect::Version(twin)).await;
    check::conflict(answer, &Stored::Live(record.clone()))?;
    check::live(&subject.load(&key).await?, &record)
}

async fn write_id_alone_does_not_match(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let twin = record
        .header
        .version
        .next(record.header.version.write_id())?;
    let next = subject.next(&record, 2)?;
    let answer = subject.save(&key, &next, Expect::Version(twin)).await;
    check::conflict(answer, &Stored::Live(record.clone()))?;
    check::live(&subject.load(&key).await?, &record)
}

async fn version_of_an_earlier_life_never_matches(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut earlier = Vec::new();
    for life in 0..20 {
        // A life that begins anew, as after a purge: the sequence starts again at 1.
        let record = subject.record(life);
        subject.save(&key, &record, Expect::Any).await?;
        for version in &earlier {
            let late = subject.next(&record, 99)?;
            let answer = subject.save(&key, &late, Expect::Version(*version)).await;
            check::conflict(answer, &Stored::Live(record.clone()))?;
        }
        earlier.push(record.header.version);
        subject.delete(&key, &record).await?;
    }
    Ok(())
}

async fn entries_of_a_batch_stand_alone(subject: &Subject) -> CaseResult {
    let [ann, bob, eve] = [key("ann")?, key("bob")?, key("eve")?];
    let stored = subject.create(&bob, 1).await?;
    let kept = subject.create(&eve, 2).await?;
    let (new, rejected, next) = (
        subject.record(3),
        subject.record(4),
        subject.next(&kept, 5)?,
    );
    let answers = subject
        .store()
        .save_many(&[
            SaveRequest::new(ann.clone(), new.clone(), Expect::Absent),
            SaveRequest::new(bob.clone(), rejected, Expect::Absent),
            SaveRequest::new(bob.clone(), stored.clone(), Expect::Absent),
            SaveRequest::new(
                eve.clone(),
                next.clone(),
                Expect::Version(kept.header.version),
            ),
        ])
        .await?;
    let [first, second, third, fourth]: [Result<(), Error>; 4] =
        check::sized(answers, "one answer for each entry")?;
    first?;
    check::conflict(second, &Stored::Live(stored.clone()))?;
    third?;
    fourth?;
    check::live(&subject.load(&ann).await?, &new)?;
    check::live(&subject.load(&bob).await?, &stored)?;
    check::live(&subject.load(&eve).await?, &next)
}

async fn batch_of_nothing_is_ok(subject: &Subject) -> CaseResult {
    let answers = subject.store().save_many(&[]).await?;
    check::that(answers.is_empty(), "there is no answer without an entry")
}

async fn large_batch_is_answered_in_order(subject: &Subject) -> CaseResult {
    const ENTRIES: u64 = 300;
    let mut batch = Vec::new();
    for tag in 0..ENTRIES {
        let key = key(&format!("user-{tag}"))?;
        let expect = match tag % 3 {
            0 => Expect::Version(subject.version(1)?),
            _ => Expect::Absent,
        };
        batch.push(SaveRequest::new(key, subject.record(tag), expect));
    }
    let answers = subject.store().save_many(&batch).await?;
    check::equal(&answers.len(), &batch.len(), "how many answers there are")?;
    for (request, answer) in batch.iter().zip(answers) {
        let stored = subject.load(&request.key).await?;
        if request.expect == Expect::Absent {
            answer?;
            check::live(&stored, &request.record)?;
        } else {
            check::conflict(answer, &Stored::Missing)?;
            check::missing(&stored)?;
        }
    }
    Ok(())
}
