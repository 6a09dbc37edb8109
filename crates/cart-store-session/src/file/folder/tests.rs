//! What crashes leave, and who comes next.

use std::fs;
use std::path::Path;

use cart_core::{CartKey, CartRecord, Expect, Instance, Rename, Stored, Timestamp, Version};
use tempfile::TempDir;

use super::*;
use crate::judge;

const NOW: Timestamp = Timestamp::from_millis(5);

fn folder(root: &Path) -> Folder {
    Folder::open(&FileConfig::folder(root)).expect("a folder")
}

fn key(owner: &str) -> CartKey {
    CartKey::new(Owner::user(owner).expect("an owner"), Instance::default())
}

fn version(sequence: u64) -> Version {
    Version::new(sequence, 7).expect("a version")
}

fn rename(from: &CartKey, to: &CartKey) -> Rename {
    let cart = CartRecord::new(version(1), NOW);
    Rename {
        from: from.clone(),
        expect_from: version(1),
        tombstone: cart.tombstone(version(2), NOW, None),
        to: to.clone(),
        expect_to: Expect::Absent,
        record: CartRecord::new(version(2), NOW),
    }
}

fn save(folder: &Folder, key: &CartKey, sequence: u64) {
    let saved = folder.change(&[key.owner().clone()], |sessions| {
        sessions.put(key, CartRecord::new(version(sequence), NOW), NOW);
        Ok(())
    });
    saved.expect("a saved cart");
}

fn carry_out(folder: &Folder, rename: &Rename) {
    let owners = [rename.from.owner().clone(), rename.to.owner().clone()];
    let renamed = folder.change(&owners, |sessions| judge::rename(sessions, rename, NOW));
    renamed.expect("a rename");
}

fn stored(folder: &Folder, key: &CartKey) -> Stored {
    let document = folder.read(key.owner()).expect("a session");
    Stored::of(document.carts.record(key.instance()).cloned(), NOW)
}

fn copy(from: &Path, to: &Path) {
    for stripe in fs::read_dir(from).expect("the folder") {
        let stripe = stripe.expect("a stripe").path();
        let into = to.join(stripe.file_name().expect("a name"));
        fs::create_dir_all(&into).expect("a stripe");
        for file in fs::read_dir(stripe).expect("the stripe") {
            let file = file.expect("a file");
            fs::copy(file.path(), into.join(file.file_name())).expect("a copy");
        }
    }
}

/// Two keys in two stripes, the first one's before the second one's, or after it.
fn keys(is_ascending: bool) -> (CartKey, CartKey) {
    let stripe = |key: &CartKey| FileName::of(key.owner()).stripe();
    let from = key("from");
    let to = (0..10_000)
        .map(|number| key(&format!("to-{number}")))
        .find(|to| stripe(to) != stripe(&from) && (stripe(to) > stripe(&from)) == is_ascending);
    (from, to.expect("a key"))
}

/// The folder after a crash in a rename, when so many of its steps were done.
fn after_a_crash(rename: &Rename, steps: usize) -> TempDir {
    let place = tempfile::tempdir().expect("a folder");
    let (before, after) = (place.path().join("before"), place.path().join("after"));
    save(&folder(&before), &rename.from, 1);
    copy(&before, &after);
    carry_out(&folder(&after), rename);

    let names = [&rename.to, &rename.from].map(|key| FileName::of(key.owner()));
    let mut stripes = names.clone().map(|name| name.stripe());
    stripes.sort_unstable();
    let path = |root: &Path, name: &FileName| {
        let stripe = root.join(format!("{:02x}", name.stripe()));
        stripe.join(name.in_stripe())
    };
    let replacement = |name: &FileName| Replacement {
        stripe: name.stripe(),
        name: name.in_stripe().to_owned(),
        text: Some(fs::read_to_string(path(&after, name)).expect("the session")),
    };
    let journal = Journal {
        stripes,
        files: names.iter().map(replacement).collect(),
    };
    let note = Journal {
        stripes,
        files: Vec::new(),
    };
    let text = |journal: &Journal| serde_json::to_string(journal).expect("a text");
    let [first, second] = stripes.map(|number| before.join(format!("{number:02x}")));
    for stripe in [&first, &second] {
        fs::create_dir_all(stripe).expect("a stripe");
    }
    let to_do: [&dyn Fn() -> std::io::Result<()>; 5] = [
        &|| fs::write(second.join(JOURNAL), text(&note)),
        &|| fs::write(first.join(JOURNAL), text(&journal)),
        &|| fs::copy(path(&after, &names[0]), path(&before, &names[0])).map(drop),
        &|| fs::copy(path(&after, &names[1]), path(&before, &names[1])).map(drop),
        &|| fs::remove_file(first.join(JOURNAL)),
    ];
    for step in &to_do[..steps] {
        step().expect("a step");
    }
    place
}

/// The step that decides: the journal's.
const DECIDED: usize = 2;
const STEPS: usize = 5;

#[test]
fn a_crash_in_a_rename_leaves_the_cart_under_exactly_one_key_whoever_looks_first() {
    for is_ascending in [true, false] {
        let (from, to) = keys(is_ascending);
        let rename = rename(&from, &to);
        for steps in 0..=STEPS {
            for looks_at_target_first in [true, false] {
                let place = after_a_crash(&rename, steps);
                let folder = folder(&place.path().join("before"));
                let mut looked_at = [&from, &to];
                if looks_at_target_first {
                    looked_at.reverse();
                }
                let found = looked_at.map(|key| stored(&folder, key).into_live().is_some());
                let expected = looked_at.map(|key| {
                    *key == if steps < DECIDED {
                        from.clone()
                    } else {
                        to.clone()
                    }
                });
                assert_eq!(found, expected, "after {steps} steps");
            }
        }
    }
}

#[test]
fn a_write_after_a_crash_in_a_rename_finishes_it_first_and_is_not_undone() {
    for is_ascending in [true, false] {
        let (from, to) = keys(is_ascending);
        let rename = rename(&from, &to);
        for steps in 0..=STEPS {
            let place = after_a_crash(&rename, steps);
            let folder = folder(&place.path().join("before"));
            save(&folder, &to, 9);
            assert_eq!(stored(&folder, &to).version(), Some(version(9)));
            let left = if steps < DECIDED { 1 } else { 2 };
            assert_eq!(stored(&folder, &from).version(), Some(version(left)));
            // Looking at the other side has not brought the journal back.
            assert_eq!(stored(&folder, &to).version(), Some(version(9)));
        }
    }
}

#[test]
fn nothing_of_a_rename_is_left_beside_the_sessions() {
    let (from, to) = keys(true);
    let place = after_a_crash(&rename(&from, &to), 3);
    let root = place.path().join("before");
    let folder = folder(&root);
    stored(&folder, &from);
    for key in [&from, &to] {
        let stripe = root.join(format!("{:02x}", FileName::of(key.owner()).stripe()));
        assert!(!stripe.join(JOURNAL).exists());
    }
}

#[test]
fn a_file_that_a_crash_left_half_written_is_no_session_and_is_written_over() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = folder(place.path());
    let key = key("ann");
    save(&folder, &key, 1);
    let stripe = format!("{:02x}", FileName::of(key.owner()).stripe());
    let half = place.path().join(stripe).join(".new");
    fs::write(&half, "{\"owner\":").expect("half a file");
    assert_eq!(stored(&folder, &key).version(), Some(version(1)));
    assert_eq!(folder.list(None, 10).expect("a list").len(), 1);
    save(&folder, &key, 2);
    assert!(!half.exists());
}

#[test]
fn a_session_without_carts_has_no_file() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = folder(place.path());
    let key = key("ann");
    let owner = key.owner().clone();
    let record = CartRecord::new(version(1), NOW).tombstone(version(2), NOW, Some(NOW));
    let put = folder.change(std::slice::from_ref(&owner), |sessions| {
        sessions.put(&key, record, NOW);
        Ok(())
    });
    put.expect("a tombstone");
    assert_eq!(folder.list(None, 10).expect("a list").len(), 1);
    let removed = folder.change(std::slice::from_ref(&owner), |sessions| {
        Ok(sessions.remove_expired(&owner, NOW, 10))
    });
    assert_eq!(removed.expect("a sweep"), 1);
    assert_eq!(folder.list(None, 10).expect("a list").len(), 0);
}

#[test]
fn what_is_no_folder_is_unprepared() {
    let place = tempfile::tempdir().expect("a folder");
    let missing = FileConfig::folder(place.path().join("missing")).with_create(false);
    let error = Folder::open(&missing).expect_err("no folder");
    assert_eq!(error.kind(), ErrorKind::Unprepared);
    assert!(!place.path().join("missing").exists());

    fs::write(place.path().join("file"), "").expect("a file");
    let error = Folder::open(&FileConfig::folder(place.path().join("file"))).expect_err("a file");
    assert!(!error.to_string().contains("file/"), "{error}");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_sessions() {
    use std::os::unix::fs::PermissionsExt;

    let place = tempfile::tempdir().expect("a folder");
    let root = place.path().join("sessions");
    let key = key("ann");
    save(&folder(&root), &key, 1);
    let name = FileName::of(key.owner());
    let stripe = root.join(format!("{:02x}", name.stripe()));
    let mode = |path: &Path| fs::metadata(path).expect("the file").permissions().mode() & 0o777;
    assert_eq!(mode(&root), 0o700);
    assert_eq!(mode(&stripe), 0o700);
    assert_eq!(mode(&stripe.join(name.in_stripe())), 0o600);
}
