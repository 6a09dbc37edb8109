//! SCAN: lists of carts, page by page.

use std::collections::{BTreeMap, BTreeSet};

use cart_core::{
    CartKey, CartRecord, CartStore, Cursor, Detail, ErrorKind, Expect, Instance, Owner, OwnerClass,
    Parts, SaveRequest, ScanRequest, Select, Tenant,
};
use tokio::task::JoinSet;

use super::keys::HOSTILE;
use crate::case::{Case, case};
use crate::check;
use crate::clock::ManualClock;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key, key_of};

pub(super) const CASES: &[Case] = &[
    case!(scan_of_an_empty_store_ends, [Scan3], ["K1"], needs Scan),
    case!(scan_at_rest_sees_each_cart_once, [Scan3, Scan1], ["K1"], needs Scan),
    case!(page_is_never_larger_than_asked_for, [Scan3], ["K4"], needs Scan),
    case!(scan_keeps_to_its_tenant, [Scan1], ["G12"], needs Scan),
    case!(scan_keeps_to_its_class_of_owner, [Scan1], [], needs Scan),
    case!(scan_keeps_to_its_owner, [Scan1, Key1], [], needs Scan),
    case!(scan_keeps_to_what_was_written_before, [Scan1], [], needs Scan),
    case!(scan_of_tombstones_sees_no_cart, [Scan1, Del3], [], needs Scan),
    case!(scan_of_marked_records_sees_carts_and_tombstones, [Scan1], [], needs Scan, Marks),
    case!(scan_gives_whole_records_or_headers, [Scan1, Save6], [], needs Scan),
    case!(scan_gives_hostile_keys_back, [Scan1, Key1], ["G2", "G9"], needs Scan),
    case!(scan_sees_carts_that_live_all_through_it, [Scan1], ["K2"], needs Scan),
    case!(cursor_goes_on_from_its_text, [Scan2], ["K3"], needs Scan),
    case!(cursor_goes_on_in_another_handle, [Scan2], ["K3"], needs Scan),
    case!(cursor_goes_on_after_a_restart, [Scan2, Dur1], ["K3"], needs Scan, Crash),
    case!(cursor_of_another_request_is_refused, [Scan4], ["G14"], needs Scan),
    case!(cursor_of_another_store_is_refused, [Scan4], ["G14"], needs Scan),
    case!(forged_cursor_is_refused, [Scan4], ["B14"], needs Scan),
];

/// Stores `count` carts, each of an owner of its own.
async fn fill(subject: &Subject, count: u64) -> CaseResult<BTreeMap<CartKey, CartRecord>> {
    let mut carts = BTreeMap::new();
    for tag in 0..count {
        carts.insert(key(&format!("user-{tag}"))?, subject.record(tag));
    }
    let batch: Vec<SaveRequest> = carts
        .iter()
        .map(|(key, record)| SaveRequest::new(key.clone(), record.clone(), Expect::Absent))
        .collect();
    for answer in subject.store().save_many(&batch).await? {
        answer?;
    }
    Ok(carts)
}

/// All keys of a scan; fails when one comes twice, or when there are more pages than records.
async fn scanned(store: &dyn CartStore, mut request: ScanRequest) -> CaseResult<BTreeSet<CartKey>> {
    const PAGES: usize = 2_000;
    let mut keys = BTreeSet::new();
    for _ in 0..PAGES {
        let page = store.scan(&request).await?;
        check::that(
            page.entries.len() <= request.page_size(),
            "a page keeps to its size",
        )?;
        for entry in page.entries {
            check::that(keys.insert(entry.key), "a scan at rest gives no key twice")?;
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(keys),
        }
    }
    check::that(false, "a scan without writers ends")?;
    Ok(keys)
}

fn keys_of(carts: &BTreeMap<CartKey, CartRecord>) -> BTreeSet<CartKey> {
    carts.keys().cloned().collect()
}

async fn scan_of_an_empty_store_ends(subject: &Subject) -> CaseResult {
    let found = scanned(&*subject.store(), ScanRequest::new(10)).await?;
    check::equal(&found, &BTreeSet::new(), "the carts of an empty store")
}

async fn scan_at_rest_sees_each_cart_once(subject: &Subject) -> CaseResult {
    let carts = fill(subject, 120).await?;
    for limit in [1, 7, 119, 120, 121, 1_000] {
        let found = scanned(&*subject.store(), ScanRequest::new(limit)).await?;
        check::equal(&found, &keys_of(&carts), "the scanned carts")?;
    }
    Ok(())
}

async fn page_is_never_larger_than_asked_for(subject: &Subject) -> CaseResult {
    fill(subject, 1_100).await?;
    let mut request = ScanRequest::new(1);
    for limit in [0, 1, 10, 5_000] {
        request.limit = limit;
        let page = subject.store().scan(&request).await?;
        check::that(
            page.entries.len() <= limit.clamp(1, ScanRequest::MAX_LIMIT),
            "a page keeps to its size",
        )?;
        check::that(page.next.is_some(), "there is more")?;
    }
    Ok(())
}

async fn scan_keeps_to_its_tenant(subject: &Subject) -> CaseResult {
    let tenants = ["", "north", "North", "nort", "north ", "n%", "*", ":"];
    let mut keys = Vec::new();
    for tenant in tenants {
        let owner = Owner::user("ann")?.in_tenant(Tenant::new(tenant)?);
        let key = CartKey::new(owner, Instance::default());
        subject.create(&key, 1).await?;
        keys.push(key);
    }
    for key in keys {
        let mut request = ScanRequest::new(3);
        request.tenant = Some(key.owner().tenant().clone());
        let found = scanned(&*subject.store(), request).await?;
        check::equal(&found, &BTreeSet::from([key]), "the carts of one tenant")?;
    }
    Ok(())
}

async fn scan_keeps_to_its_class_of_owner(subject: &Subject) -> CaseResult {
    let owners = [
        Owner::user("42")?,
        Owner::guest("42")?,
        Owner::custom("device", "42")?,
    ];
    for owner in &owners {
        subject
            .create(&CartKey::new(owner.clone(), Instance::default()), 1)
            .await?;
    }
    for owner in owners {
        let mut request = ScanRequest::new(10);
        request.class = Some(owner.class().clone());
        let found = scanned(&*subject.store(), request).await?;
        let expected = BTreeSet::from([CartKey::new(owner, Instance::default())]);
        check::equal(&found, &expected, "the carts of one class")?;
    }
    let mut request = ScanRequest::new(10);
    request.class = Some(OwnerClass::new("unheard-of")?);
    let found = scanned(&*subject.store(), request).await?;
    check::equal(&found, &BTreeSet::new(), "the carts of no class")
}

async fn scan_keeps_to_its_owner(subject: &Subject) -> CaseResult {
    let owners = [
        Owner::user("1")?,
        Owner::user("10")?,
        Owner::user("%")?,
        Owner::guest("1")?,
        Owner::user("1")?.in_tenant(Tenant::new("north")?),
    ];
    for owner in &owners {
        for instance in ["default", "gone", "wishlist"] {
            let key = CartKey::new(owner.clone(), Instance::new(instance)?);
            let record = subject.create(&key, 1).await?;
            if instance == "gone" {
                subject.delete(&key, &record).await?;
            }
        }
    }
    for owner in owners {
        let keys = |instances: &[&str]| -> CaseResult<BTreeSet<CartKey>> {
            let key = |name: &&str| Ok(CartKey::new(owner.clone(), Instance::new(*name)?));
            instances.iter().map(key).collect()
        };
        let mut request = ScanRequest::new(10);
        request.owner = Some(owner.clone());
        let found = scanned(&*subject.store(), request.clone()).await?;
        check::equal(
            &found,
            &keys(&["default", "wishlist"])?,
            "the owner's carts",
        )?;
        request.updated_before = Some(subject.after(1));
        let found = scanned(&*subject.store(), request.clone()).await?;
        check::equal(
            &found,
            &keys(&["default", "wishlist"])?,
            "the owner's old carts",
        )?;
        request.updated_before = None;
        request.select = Select::Tombstones;
        let found = scanned(&*subject.store(), request).await?;
        check::equal(&found, &keys(&["gone"])?, "the owner's tombstones")?;
    }
    Ok(())
}

async fn scan_keeps_to_what_was_written_before(subject: &Subject) -> CaseResult {
    let (early, late) = (key("early")?, key("late")?);
    subject.create(&early, 1).await?;
    subject.advance(10);
    subject.create(&late, 2).await?;
    let mut request = ScanRequest::new(10);
    for (before, expected) in [
        (subject.now(), vec![&early]),
        (subject.after(1), vec![&early, &late]),
        (ManualClock::START, vec![]),
    ] {
        request.updated_before = Some(before);
        let found = scanned(&*subject.store(), request.clone()).await?;
        let expected: BTreeSet<CartKey> = expected.into_iter().cloned().collect();
        check::equal(&found, &expected, "the carts that were written before")?;
    }
    Ok(())
}

async fn scan_of_tombstones_sees_no_cart(subject: &Subject) -> CaseResult {
    let (gone, left) = (key("gone")?, key("left")?);
    let record = subject.create(&gone, 1).await?;
    subject.create(&left, 2).await?;
    let tombstone = subject.delete(&gone, &record).await?;
    let mut request = ScanRequest::new(10);
    request.select = Select::Tombstones;
    let page = subject.store().scan(&request).await?;
    let [entry] = check::sized(page.entries, "the tombstones")?;
    check::equal(&entry.key, &gone, "the deleted key")?;
    check::same_record(&entry.record, &tombstone)
}

async fn scan_of_marked_records_sees_carts_and_tombstones(subject: &Subject) -> CaseResult {
    let [cart, deleted, plain] = [key("cart")?, key("deleted")?, key("plain")?];
    let mut marked = subject.record(1);
    marked.header.marked = true;
    subject.save(&cart, &marked, Expect::Absent).await?;
    let record = subject.create(&deleted, 2).await?;
    let mut tombstone = subject.tombstone(&record)?;
    tombstone.header.marked = true;
    let expect = Expect::Version(record.header.version);
    subject.save(&deleted, &tombstone, expect).await?;
    subject.create(&plain, 3).await?;
    let mut request = ScanRequest::new(1);
    request.select = Select::Marked;
    let found = scanned(&*subject.store(), request).await?;
    check::equal(
        &found,
        &BTreeSet::from([cart, deleted]),
        "the marked records",
    )
}

async fn scan_gives_whole_records_or_headers(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let mut request = ScanRequest::new(10);
    let page = subject.store().scan(&request).await?;
    let [whole] = check::sized(page.entries, "the scanned carts")?;
    check::same_record(&whole.record, &record)?;
    request.detail = Detail::Headers;
    let page = subject.store().scan(&request).await?;
    let [header] = check::sized(page.entries, "the scanned carts")?;
    let expected = CartRecord {
        header: record.header,
        parts: Parts::empty(),
    };
    check::same_record(&header.record, &expected)
}

async fn scan_gives_hostile_keys_back(subject: &Subject) -> CaseResult {
    let mut expected = BTreeSet::new();
    for (tag, name) in (0..).zip(HOSTILE) {
        for key in [key(name)?, key_of("ann", name)?] {
            subject.create(&key, tag).await?;
            expected.insert(key);
        }
    }
    let found = scanned(&*subject.store(), ScanRequest::new(9)).await?;
    check::equal(&found, &expected, "the scanned keys")
}

async fn scan_sees_carts_that_live_all_through_it(subject: &Subject) -> CaseResult {
    const WRITERS: u64 = 4;
    let lasting = fill(subject, 60).await?;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = subject.store();
        let mut requests = Vec::new();
        for tag in 0..40 {
            // Beside the lasting carts, before, between and behind them.
            let key = key(&format!("user-{tag}-{writer}"))?;
            let record = subject.record(tag);
            let gone = subject.tombstone(&record)?;
            let expect = Expect::Version(record.header.version);
            requests.push(SaveRequest::new(key.clone(), record, Expect::Absent));
            requests.push(SaveRequest::new(key, gone, expect));
        }
        writers.spawn(async move {
            for request in requests {
                store.save(&request).await?;
            }
            Ok::<_, cart_core::Error>(())
        });
    }
    let mut seen = BTreeSet::new();
    let mut request = ScanRequest::new(5);
    loop {
        let page = subject.store().scan(&request).await?;
        seen.extend(page.entries.into_iter().map(|entry| entry.key));
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
        tokio::task::yield_now().await;
    }
    while let Some(ended) = writers.join_next().await {
        ended??;
    }
    let missed = keys_of(&lasting).difference(&seen).count();
    check::equal(&missed, &0, "lasting carts that the scan missed")
}

/// The first page of a scan that has more, and what it leaves for the next pages.
async fn first_page(subject: &Subject) -> CaseResult<(Cursor, BTreeSet<CartKey>)> {
    let mut left = keys_of(&fill(subject, 20).await?);
    let page = subject.store().scan(&ScanRequest::new(7)).await?;
    for entry in &page.entries {
        left.remove(&entry.key);
    }
    match page.next {
        Some(next) => Ok((next, left)),
        None => Err(crate::outcome::Stop::failed(
            "the first page is the last one",
        )),
    }
}

async fn rest(store: &dyn CartStore, cursor: Cursor) -> CaseResult<BTreeSet<CartKey>> {
    let mut request = ScanRequest::new(7);
    request.cursor = Some(cursor);
    scanned(store, request).await
}

async fn cursor_goes_on_from_its_text(subject: &Subject) -> CaseResult {
    let (cursor, left) = first_page(subject).await?;
    let read_back: Cursor = cursor.to_string().parse()?;
    let found = rest(&*subject.store(), read_back).await?;
    check::equal(&found, &left, "the rest of the scan")
}

async fn cursor_goes_on_in_another_handle(subject: &Subject) -> CaseResult {
    let other = subject.second_handle().await?;
    let (cursor, left) = first_page(subject).await?;
    check::equal(&rest(&*other, cursor).await?, &left, "the rest of the scan")
}

async fn cursor_goes_on_after_a_restart(subject: &Subject) -> CaseResult {
    let (cursor, left) = first_page(subject).await?;
    let store = subject.restart().await?;
    check::equal(&rest(&*store, cursor).await?, &left, "the rest of the scan")
}

async fn cursor_of_another_request_is_refused(subject: &Subject) -> CaseResult {
    let (cursor, _) = first_page(subject).await?;
    let plain = ScanRequest::new(7);
    let mut others = vec![plain; 5];
    others[0].tenant = Some(Tenant::new("north")?);
    others[1].class = Some(OwnerClass::Guest);
    others[2].select = Select::Tombstones;
    others[3].updated_before = Some(subject.now());
    others[4].owner = Some(Owner::user("user-1")?);
    for mut other in others {
        other.cursor = Some(cursor.clone());
        check::refused(subject.store().scan(&other).await, ErrorKind::Invalid)?;
    }
    Ok(())
}

async fn cursor_of_another_store_is_refused(subject: &Subject) -> CaseResult {
    fill(subject, 3).await?;
    let mut request = ScanRequest::new(1);
    request.cursor = Some(Cursor::new("another store", &request, *b"user-1"));
    check::refused(subject.store().scan(&request).await, ErrorKind::Invalid)?;
    Ok(())
}

async fn forged_cursor_is_refused(subject: &Subject) -> CaseResult {
    fill(subject, 3).await?;
    let name = subject.store().info().name;
    let mut request = ScanRequest::new(1);
    for position in [&b""[..], b"\xff\xfe", b"' OR 1=1 --", &[0; 3]] {
        request.cursor = Some(Cursor::new(&name, &request, position));
        check::refused(subject.store().scan(&request).await, ErrorKind::Invalid)?;
    }
    Ok(())
}
