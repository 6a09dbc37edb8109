//! INST: the carts of one owner.

use std::collections::BTreeSet;

use cart_core::{CartKey, Expect, Instance, Owner, Tenant};

use super::keys::HOSTILE;
use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key_of};

pub(super) const CASES: &[Case] = &[
    case!(owner_without_carts_has_no_instances, [Inst1], ["D1"]),
    case!(each_live_instance_is_listed_once, [Inst1], ["D1"]),
    case!(expired_instance_is_not_listed, [Inst1, Exp1], ["D5", "F1"]),
    case!(instance_that_is_made_again_is_listed_again, [Inst1], ["D5"]),
    case!(
        similar_owners_have_their_own_instances,
        [Inst1, Key1],
        ["G4", "G8"]
    ),
    case!(patterns_in_an_owner_list_nobody_else, [Inst1, Key1], ["G4"]),
    case!(
        hostile_instances_are_listed_as_they_are,
        [Inst1, Key1],
        ["D7"]
    ),
    case!(many_instances_are_listed, [Inst1], ["D6"]),
    case!(instances_do_not_touch_each_other, [Inst1], ["A8"]),
];

/// The instances of an owner; fails when one is listed twice.
async fn instances(subject: &Subject, owner: &Owner) -> CaseResult<BTreeSet<String>> {
    let listed = subject.store().instances(owner).await?;
    let names: BTreeSet<String> = listed
        .iter()
        .map(|instance| instance.as_str().to_owned())
        .collect();
    check::equal(&names.len(), &listed.len(), "instances listed once")?;
    Ok(names)
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

async fn owner_without_carts_has_no_instances(subject: &Subject) -> CaseResult {
    subject.create(&key_of("ann", "default")?, 1).await?;
    let found = instances(subject, &Owner::user("bob")?).await?;
    check::equal(&found, &names([]), "the instances of nobody")
}

async fn each_live_instance_is_listed_once(subject: &Subject) -> CaseResult {
    for (tag, instance) in (1..).zip(["default", "wishlist", "later"]) {
        let key = key_of("ann", instance)?;
        let record = subject.create(&key, tag).await?;
        subject.overwrite(&key, &record, tag + 10).await?;
    }
    let found = instances(subject, &Owner::user("ann")?).await?;
    check::equal(
        &found,
        &names(["default", "wishlist", "later"]),
        "the instances",
    )
}

async fn expired_instance_is_not_listed(subject: &Subject) -> CaseResult {
    let mut record = subject.record(1);
    record.header.expires_at = Some(subject.after(1_000));
    let key = key_of("ann", "brief")?;
    subject.save(&key, &record, Expect::Absent).await?;
    subject.create(&key_of("ann", "lasting")?, 2).await?;
    subject.advance(999);
    let before = instances(subject, key.owner()).await?;
    check::equal(&before, &names(["brief", "lasting"]), "before the expiry")?;
    subject.advance(1);
    let after = instances(subject, key.owner()).await?;
    check::equal(&after, &names(["lasting"]), "after the expiry")
}

async fn instance_that_is_made_again_is_listed_again(subject: &Subject) -> CaseResult {
    let key = key_of("ann", "default")?;
    let record = subject.create(&key, 1).await?;
    let tombstone = subject.delete(&key, &record).await?;
    check::equal(
        &instances(subject, key.owner()).await?,
        &names([]),
        "deleted",
    )?;
    subject.overwrite(&key, &tombstone, 2).await?;
    let found = instances(subject, key.owner()).await?;
    check::equal(&found, &names(["default"]), "made again")
}

async fn similar_owners_have_their_own_instances(subject: &Subject) -> CaseResult {
    let mut owners = Vec::new();
    for name in [
        "user-1", "user-10", "user-", "User-1", "user-1 ", " user-1", "user_1",
    ] {
        owners.push(Owner::user(name)?);
    }
    owners.push(Owner::guest("user-1")?);
    owners.push(Owner::custom("shop", "user-1")?);
    owners.push(Owner::user("user-1")?.in_tenant(Tenant::new("north")?));
    for (tag, owner) in (0_u64..).zip(&owners) {
        let key = CartKey::new(owner.clone(), Instance::new(format!("of-{tag}"))?);
        subject.create(&key, tag).await?;
    }
    for (tag, owner) in owners.iter().enumerate() {
        let found = instances(subject, owner).await?;
        check::equal(
            &found,
            &names([&format!("of-{tag}")]),
            "the instances of one owner",
        )?;
    }
    Ok(())
}

async fn patterns_in_an_owner_list_nobody_else(subject: &Subject) -> CaseResult {
    for name in ["ann", "bob", "a"] {
        subject.create(&key_of(name, "default")?, 1).await?;
    }
    for pattern in [
        "*", "%", "_", "?", "[a-z]", "a*", "a%", "ann*", ".*", "[ab]nn",
    ] {
        let found = instances(subject, &Owner::user(pattern)?).await?;
        check::equal(&found, &names([]), "the instances of a pattern")?;
    }
    Ok(())
}

async fn hostile_instances_are_listed_as_they_are(subject: &Subject) -> CaseResult {
    let mut expected = BTreeSet::new();
    for (tag, name) in (0..).zip(HOSTILE) {
        subject.create(&key_of("ann", name)?, tag).await?;
        expected.insert((*name).to_owned());
    }
    let found = instances(subject, &Owner::user("ann")?).await?;
    check::equal(&found, &expected, "the instances")
}

async fn many_instances_are_listed(subject: &Subject) -> CaseResult {
    const COUNT: u64 = 250;
    let mut batch = Vec::new();
    for tag in 0..COUNT {
        let key = key_of("ann", &format!("list-{tag}"))?;
        batch.push(cart_core::SaveRequest::new(
            key,
            subject.record(tag),
            Expect::Absent,
        ));
    }
    for answer in subject.store().save_many(&batch).await? {
        answer?;
    }
    let found = instances(subject, &Owner::user("ann")?).await?;
    check::equal(&found.len(), &batch.len(), "how many instances are listed")
}

async fn instances_do_not_touch_each_other(subject: &Subject) -> CaseResult {
    let (cart, list) = (key_of("ann", "default")?, key_of("ann", "wishlist")?);
    let first = subject.create(&cart, 1).await?;
    let other = subject.create(&list, 2).await?;
    let second = subject.overwrite(&cart, &first, 3).await?;
    check::live(&subject.load(&list).await?, &other)?;
    check::live(&subject.load(&cart).await?, &second)
}
