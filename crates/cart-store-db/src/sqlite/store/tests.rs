use cart_core::{Expect, Version};
use diesel::connection::SimpleConnection;

use super::*;

fn new_cart(identifier: &str, size: usize) -> SaveRequest {
    let mut record = CartRecord::new(Version::first(7), Timestamp::from_millis(1));
    record.parts.items = format!("[\"{}\"]", "x".repeat(size)).into();
    let owner = Owner::user(identifier).expect("an owner");
    let key = CartKey::new(owner, Instance::default());
    SaveRequest::new(key, record, Expect::Absent)
}

/// A store whose disk is full as soon as it holds more than a megabyte.
fn small_disk(config: &SqliteConfig) -> SqliteCartStore {
    let mut opened = Opened::open(config).expect("a database");
    opened
        .writer
        .batch_execute("PRAGMA max_page_count = 256")
        .expect("a limit");
    SqliteCartStore::start(opened, config).expect("a store")
}

#[tokio::test]
async fn a_full_disk_refuses_the_large_cart_and_takes_its_neighbours() {
    let folder = tempfile::tempdir().expect("a folder");
    for config in [
        SqliteConfig::file(folder.path().join("c.db")),
        SqliteConfig::memory(),
    ] {
        let store = small_disk(&config);
        let batch = [
            new_cart("first", 10),
            new_cart("large", 2_000_000),
            new_cart("last", 10),
        ];
        let answers = store.save_many(&batch).await.expect("answers");
        let kinds = answers
            .iter()
            .map(|answer| answer.as_ref().err().map(Error::kind));
        assert_eq!(
            kinds.collect::<Vec<_>>(),
            [None, Some(ErrorKind::Full), None]
        );
        let mut stored = Vec::new();
        for request in batch {
            let loaded = store.load(&LoadRequest::new(request.key)).await;
            stored.push(loaded.expect("an answer").into_live() == Some(request.record));
        }
        assert_eq!(stored, [true, false, true]);
    }
}

#[tokio::test]
async fn a_full_disk_renames_wholly_or_not_at_all() {
    let store = small_disk(&SqliteConfig::memory());
    let source = new_cart("from", 10);
    store.save(&source).await.expect("a save");
    let large = new_cart("to", 2_000_000);
    let version = Version::new(2, 8).expect("a version");
    let mut record = large.record;
    record.header.version = Version::new(2, 9).expect("a version");
    let rename = Rename {
        from: source.key.clone(),
        expect_from: source.record.header.version,
        tombstone: source
            .record
            .tombstone(version, Timestamp::from_millis(2), None),
        to: large.key.clone(),
        expect_to: Expect::Absent,
        record,
    };
    let error = store.rename(&rename).await.expect_err("no room");
    assert_eq!(error.kind(), ErrorKind::Full);
    let from = store
        .load(&LoadRequest::new(source.key))
        .await
        .expect("an answer");
    assert_eq!(from, Stored::Live(source.record));
    let to = store
        .load(&LoadRequest::new(large.key))
        .await
        .expect("an answer");
    assert_eq!(to, Stored::Missing);
}
