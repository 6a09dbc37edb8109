//! REN: carts that get another key.

use cart_core::{CartRecord, ErrorKind, Expect, Instance, Owner, Stored, Tenant};

use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::records;
use crate::subject::{Subject, key, key_of};

pub(super) const CASES: &[Case] = &[
    case!(renamed_cart_is_under_its_new_key, [Ren1], ["E1", "E5", "B16"], needs Rename),
    case!(rename_stores_the_record_that_it_is_given, [Ren1, Save6], ["E2"], needs Rename),
    case!(rename_leaves_other_instances_alone, [Ren1], ["A8"], needs Rename),
    case!(rename_crosses_tenants_and_kinds, [Ren1, Key1], [], needs Rename),
    case!(rename_over_a_tombstone_succeeds, [Ren1], ["E1"], needs Rename),
    case!(renamed_carts_move_between_lists, [Ren1, Inst1], ["E5"], needs Rename),
    case!(writer_of_the_old_key_is_rejected, [Ren1, Save2], ["E7"], needs Rename),
    case!(writer_of_the_replaced_cart_is_rejected, [Ren1, Save2], ["E8"], needs Rename),
    case!(rename_onto_a_live_cart_is_rejected, [Ren2], ["E2"], needs Rename),
    case!(rename_replaces_the_version_that_it_names, [Ren2, Ren1], ["E2"], needs Rename),
    case!(rename_that_expects_another_target_is_rejected, [Ren2], ["E8"], needs Rename),
    case!(rename_that_expects_another_source_is_rejected, [Ren2], ["E7"], needs Rename),
    case!(rename_of_nothing_is_not_found, [Ren3], ["E4"], needs Rename),
    case!(rename_of_a_deleted_cart_is_not_found, [Ren3], ["E4"], needs Rename),
    case!(rename_of_an_expired_cart_is_not_found, [Ren3, Exp1], ["F1"], needs Rename),
    case!(rename_that_finds_no_source_leaves_the_target, [Ren3], ["E4"], needs Rename),
    case!(same_rename_again_is_ok, [Ren3, Ren1], ["E13", "J3"], needs Rename),
    case!(rename_onto_itself_changes_nothing, [Ren5], ["E3"], needs Rename),
    case!(rename_there_and_back_keeps_the_cart, [Ren1], ["E6"], needs Rename),
    case!(rename_keeps_the_expiry_that_it_is_given, [Exp3, Ren1], ["E15"], needs Rename),
];

async fn renamed_cart_is_under_its_new_key(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    subject.store().rename(&rename).await?;
    check::live(&subject.load(&to).await?, &rename.record)?;
    check::tombstone(&subject.load(&from).await?, rename.tombstone.header.version)
}

async fn rename_stores_the_record_that_it_is_given(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let target = subject.create(&to, 2).await?;
    // What core made of both.
    let merged = subject.next(&target, 12)?;
    let mut rename = subject.renaming(&from, &source, &to)?;
    rename.expect_to = Expect::Version(target.header.version);
    rename.record = merged.clone();
    subject.store().rename(&rename).await?;
    check::live(&subject.load(&to).await?, &merged)?;
    check::tombstone(&subject.load(&from).await?, rename.tombstone.header.version)
}

async fn rename_leaves_other_instances_alone(subject: &Subject) -> CaseResult {
    let from = key_of("guest", "default")?;
    let source = subject.create(&from, 1).await?;
    let mut kept = Vec::new();
    for (tag, (name, instance)) in (2..).zip([("guest", "wishlist"), ("user", "wishlist")]) {
        let key = key_of(name, instance)?;
        kept.push((subject.create(&key, tag).await?, key));
    }
    let rename = subject.renaming(&from, &source, &key_of("user", "default")?)?;
    subject.store().rename(&rename).await?;
    for (record, key) in &kept {
        check::live(&subject.load(key).await?, record)?;
    }
    Ok(())
}

async fn rename_crosses_tenants_and_kinds(subject: &Subject) -> CaseResult {
    let from = cart_core::CartKey::new(Owner::guest("42")?, Instance::default());
    let owner = Owner::user("42")?.in_tenant(Tenant::new("north")?);
    let to = cart_core::CartKey::new(owner, Instance::new("moved")?);
    let source = subject.create(&from, 1).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    subject.store().rename(&rename).await?;
    check::live(&subject.load(&to).await?, &rename.record)?;
    check::tombstone(&subject.load(&from).await?, rename.tombstone.header.version)
}

async fn rename_over_a_tombstone_succeeds(subject: &Subject) -> CaseResult {
    for named in [false, true] {
        let (from, to) = (
            key(&format!("guest-{named}"))?,
            key(&format!("user-{named}"))?,
        );
        let source = subject.create(&from, 1).await?;
        let earlier = subject.create(&to, 2).await?;
        let tombstone = subject.delete(&to, &earlier).await?;
        let mut rename = subject.renaming(&from, &source, &to)?;
        rename.record = subject.next(&tombstone, 3)?;
        if named {
            rename.expect_to = Expect::Version(tombstone.header.version);
        }
        subject.store().rename(&rename).await?;
        check::live(&subject.load(&to).await?, &rename.record)?;
    }
    Ok(())
}

async fn renamed_carts_move_between_lists(subject: &Subject) -> CaseResult {
    let (from, to) = (key_of("guest", "list")?, key_of("user", "list")?);
    let source = subject.create(&from, 1).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    subject.store().rename(&rename).await?;
    let left = subject.store().instances(from.owner()).await?;
    check::equal(&left, &Vec::new(), "the source's instances")?;
    let arrived = subject.store().instances(to.owner()).await?;
    check::equal(
        &arrived,
        &vec![to.instance().clone()],
        "the target's instances",
    )
}

async fn writer_of_the_old_key_is_rejected(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    subject.store().rename(&rename).await?;
    let late = subject.next(&source, 2)?;
    let answer = subject
        .save(&from, &late, Expect::Version(source.header.version))
        .await;
    let tombstone = rename.tombstone.header.version;
    check::conflict(answer, &Stored::Tombstone(tombstone))?;
    check::tombstone(&subject.load(&from).await?, tombstone)
}

async fn writer_of_the_replaced_cart_is_rejected(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let target = subject.create(&to, 2).await?;
    let mut rename = subject.renaming(&from, &source, &to)?;
    rename.expect_to = Expect::Version(target.header.version);
    subject.store().rename(&rename).await?;
    let late = subject.next(&target, 3)?;
    let answer = subject
        .save(&to, &late, Expect::Version(target.header.version))
        .await;
    check::conflict(answer, &Stored::Live(rename.record.clone()))?;
    check::live(&subject.load(&to).await?, &rename.record)
}

async fn rename_onto_a_live_cart_is_rejected(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let target = subject.create(&to, 2).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    let answer = subject.store().rename(&rename).await;
    check::conflict(answer, &Stored::Live(target.clone()))?;
    check::live(&subject.load(&from).await?, &source)?;
    check::live(&subject.load(&to).await?, &target)
}

async fn rename_replaces_the_version_that_it_names(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let target = subject.create(&to, 2).await?;
    let mut rename = subject.renaming(&from, &source, &to)?;
    rename.expect_to = Expect::Version(target.header.version);
    subject.store().rename(&rename).await?;
    check::live(&subject.load(&to).await?, &rename.record)
}

async fn rename_that_expects_another_target_is_rejected(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let mut rename = subject.renaming(&from, &source, &to)?;
    rename.expect_to = Expect::Version(subject.version(1)?);
    let answer = subject.store().rename(&rename).await;
    check::conflict(answer, &Stored::Missing)?;

    let first = subject.create(&to, 2).await?;
    rename.expect_to = Expect::Version(first.header.version);
    let second = subject.overwrite(&to, &first, 3).await?;
    let answer = subject.store().rename(&rename).await;
    check::conflict(answer, &Stored::Live(second.clone()))?;
    check::live(&subject.load(&from).await?, &source)?;
    check::live(&subject.load(&to).await?, &second)
}

async fn rename_that_expects_another_source_is_rejected(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let first = subject.create(&from, 1).await?;
    let second = subject.overwrite(&from, &first, 2).await?;
    let rename = subject.renaming(&from, &first, &to)?;
    let answer = subject.store().rename(&rename).await;
    check::conflict(answer, &Stored::Live(second.clone()))?;
    check::live(&subject.load(&from).await?, &second)?;
    check::missing(&subject.load(&to).await?)
}

async fn rename_of_nothing_is_not_found(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let rename = subject.renaming(&from, &subject.record(1), &to)?;
    let answer = subject.store().rename(&rename).await;
    check::refused(answer, ErrorKind::NotFound)?;
    check::missing(&subject.load(&from).await?)?;
    check::missing(&subject.load(&to).await?)
}

async fn rename_of_a_deleted_cart_is_not_found(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let tombstone = subject.delete(&from, &source).await?;
    for known in [&source, &tombstone] {
        let rename = subject.renaming(&from, known, &to)?;
        let answer = subject.store().rename(&rename).await;
        check::refused(answer, ErrorKind::NotFound)?;
    }
    check::tombstone(&subject.load(&from).await?, tombstone.header.version)?;
    check::missing(&subject.load(&to).await?)
}

async fn rename_of_an_expired_cart_is_not_found(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let mut source = subject.record(1);
    source.header.expires_at = Some(subject.after(1_000));
    subject.save(&from, &source, Expect::Absent).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    subject.advance(1_000);
    let answer = subject.store().rename(&rename).await;
    check::refused(answer, ErrorKind::NotFound)?;
    check::missing(&subject.load(&to).await?)
}

async fn rename_that_finds_no_source_leaves_the_target(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let target = subject.create(&to, 1).await?;
    let mut rename = subject.renaming(&from, &subject.record(2), &to)?;
    for expect in [
        Expect::Version(target.header.version),
        Expect::Absent,
        Expect::Any,
    ] {
        rename.expect_to = expect;
        let answer = subject.store().rename(&rename).await;
        check::refused(answer, ErrorKind::NotFound)?;
        check::live(&subject.load(&to).await?, &target)?;
    }
    Ok(())
}

async fn same_rename_again_is_ok(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let rename = subject.renaming(&from, &source, &to)?;
    for _ in 0..3 {
        subject.store().rename(&rename).await?;
        check::live(&subject.load(&to).await?, &rename.record)?;
        check::tombstone(&subject.load(&from).await?, rename.tombstone.header.version)?;
    }
    Ok(())
}

async fn rename_onto_itself_changes_nothing(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let mut rename = subject.renaming(&key, &record, &key)?;
    for expect in [
        Expect::Absent,
        Expect::Any,
        Expect::Version(record.header.version),
    ] {
        rename.expect_to = expect;
        subject.store().rename(&rename).await?;
        check::live(&subject.load(&key).await?, &record)?;
    }
    Ok(())
}

async fn rename_there_and_back_keeps_the_cart(subject: &Subject) -> CaseResult {
    let (here, there) = (key("here")?, key("there")?);
    let mut cart = subject.create(&here, 7).await?;
    let mut left: Option<CartRecord> = None;
    let (mut from, mut to) = (&here, &there);
    for _ in 0..6 {
        let mut rename = subject.renaming(from, &cart, to)?;
        if let Some(tombstone) = &left {
            rename.expect_to = Expect::Version(tombstone.header.version);
        }
        subject.store().rename(&rename).await?;
        check::live(&subject.load(to).await?, &rename.record)?;
        cart = rename.record;
        left = Some(rename.tombstone);
        std::mem::swap(&mut from, &mut to);
    }
    check::equal(&records::tag_of(&cart), &Some(7), "the content")
}

async fn rename_keeps_the_expiry_that_it_is_given(subject: &Subject) -> CaseResult {
    let (from, to) = (key("guest")?, key("user")?);
    let source = subject.create(&from, 1).await?;
    let mut rename = subject.renaming(&from, &source, &to)?;
    rename.record.header.expires_at = Some(subject.after(2_000));
    rename.tombstone.header.expires_at = Some(subject.after(1_000));
    subject.store().rename(&rename).await?;
    check::live(&subject.load(&to).await?, &rename.record)?;
    subject.advance(1_000);
    check::missing(&subject.load(&from).await?)?;
    check::live(&subject.load(&to).await?, &rename.record)?;
    subject.advance(1_000);
    check::missing(&subject.load(&to).await?)
}
