use cart_core::{
    CartKey, CartRecord, Currency, ErrorKind, RecordState, Stored, Timestamp, Version,
};
use proptest::prelude::*;

use super::{Attempt, Flag, Head, Lifetime, Renaming, Step, Unflagged};
use super::{encode, moment, purged_before, read, version_text};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn text(record: &CartRecord) -> String {
    String::from_utf8(encode(record).unwrap()).unwrap()
}

fn cart(sequence: u64, content: &str) -> CartRecord {
    let mut record = CartRecord::new(Version::new(sequence, 0xff).unwrap(), NOW);
    record.parts.items = format!("[\"{content}\"]").into();
    record
}

fn unflagged(record: &CartRecord) -> Unflagged {
    Unflagged::read(text(record).as_bytes()).unwrap()
}

fn key(text: &str) -> CartKey {
    CartKey::decode(text).unwrap()
}

#[test]
fn a_head_is_what_the_scripts_expect() {
    let mut record = cart(7, "nails");
    assert_eq!(
        &text(&record)[..Head::LENGTH],
        "1-L0000000000000000007-00000000000000ff99999999999999999999\n"
    );
    record.header.state = RecordState::Deleted;
    record.header.expires_at = Some(Timestamp::from_millis(-1));
    assert_eq!(
        &text(&record)[..Head::LENGTH],
        "1-D0000000000000000007-00000000000000ff09223372036854775807\n"
    );
    assert_eq!(
        version_text(record.header.version),
        text(&record).as_bytes()[3..39]
    );
}

#[test]
fn moments_are_ordered_as_their_digits_are() {
    let millis = [i64::MIN, -1, 0, 1, 1_700_000_000_000, i64::MAX];
    let digits = millis.map(|millis| moment(Timestamp::from_millis(millis)));
    assert!(digits.is_sorted());
    assert!(
        digits
            .iter()
            .all(|digits| digits.len() == 20 && digits[..] < b"9"[..])
    );
}

#[test]
fn a_value_is_kept_a_little_longer_than_its_record() {
    let lifetime = |millis| {
        let at = NOW.as_millis() + millis;
        let lifetime = Lifetime::until(Some(Timestamp::from_millis(at)), NOW);
        String::from_utf8(lifetime.milliseconds.to_vec()).unwrap()
    };
    assert_eq!(lifetime(1_000), "61000");
    assert_eq!(lifetime(-1_000), "60000");
    assert_eq!(lifetime(i64::MAX / 2), "");
    assert_eq!(Lifetime::until(None, NOW).milliseconds, "");
    assert_eq!(Lifetime::until(None, NOW).score, "+inf");
    assert_eq!(Lifetime::until(Some(Timestamp::MAX), NOW).score, "+inf");
    assert_eq!(Lifetime::until(Some(NOW), NOW).score, "1700000000000");
    assert_eq!(purged_before(NOW), "1699999940000");
}

#[test]
fn a_value_of_a_newer_layout_is_told_from_a_damaged_one() {
    let text = text(&cart(1, "nails"));
    let kind = |text: &str| read(text).unwrap_err().kind();
    assert_eq!(kind(&format!("2{}", &text[1..])), ErrorKind::NewerFormat);
    assert_eq!(kind(&format!("x{}", &text[1..])), ErrorKind::Corrupt);
    assert_eq!(kind(&format!("0{}", &text[1..])), ErrorKind::Corrupt);
    assert_eq!(kind(""), ErrorKind::Corrupt);
}

#[test]
fn no_part_of_a_value_is_a_value() {
    let text = text(&cart(1, "nägel"));
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let error = read(&text[..end]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "cut at {end}");
    }
    assert!(read(&format!("{text}x")).is_err());
}

#[test]
fn a_source_on_its_way_shows_the_cart_and_keeps_what_is_to_come() {
    let [old, new] = [cart(1, "old"), cart(2, "new")];
    let tombstone = old.tombstone(Version::new(2, 9).unwrap(), NOW, None);
    let renaming = Renaming {
        attempt: Attempt(3),
        shown: unflagged(&old),
        step: Step::Outgoing {
            to: key("/user/b/default"),
            expected: unflagged(&cart(5, "there")).beginning(),
            tombstone: unflagged(&tombstone),
            record: unflagged(&new),
        },
    };
    let whole = renaming.encode().unwrap();
    let text = str::from_utf8(&whole).unwrap();
    assert_eq!(Renaming::read(text).unwrap(), renaming);
    assert!(whole.starts_with(&renaming.beginning().unwrap()));
    let held = read(text).unwrap();
    assert_eq!(held.head.flag, Flag::Outgoing);
    assert_eq!(held.stored(NOW), Stored::Live(old));
}

#[test]
fn a_target_without_a_cart_shows_none_while_one_is_to_come() {
    let renaming = Renaming {
        attempt: Attempt(u64::MAX),
        shown: Unflagged::NONE,
        step: Step::Incoming {
            from: key("/user/a/default"),
            record: unflagged(&cart(2, "new")),
        },
    };
    let whole = renaming.encode().unwrap();
    let text = str::from_utf8(&whole).unwrap();
    assert_eq!(Renaming::read(text).unwrap(), renaming);
    let held = read(text).unwrap();
    assert_eq!(held.head.flag, Flag::Incoming);
    assert_eq!(held.stored(NOW), Stored::Missing);
}

#[test]
fn a_value_with_a_flag_outlives_all_that_it_holds() {
    let mut old = cart(1, "old");
    let mut new = cart(2, "new");
    let mut renaming = Renaming {
        attempt: Attempt(1),
        shown: Unflagged::NONE,
        step: Step::Committed {
            to: key("/user/b/default"),
        },
    };
    assert_eq!(renaming.expires_at(), None);
    let later = Timestamp::from_millis(NOW.as_millis() + 1);
    old.header.expires_at = Some(NOW);
    new.header.expires_at = Some(later);
    let mut with = |old: Unflagged, new: &CartRecord| {
        renaming.shown = old;
        renaming.step = Step::Incoming {
            from: key("/user/a/default"),
            record: unflagged(new),
        };
        renaming.expires_at()
    };
    assert_eq!(with(unflagged(&old), &new), Some(later));
    assert_eq!(with(unflagged(&new), &old), Some(later));
    assert_eq!(with(Unflagged::NONE, &old), Some(NOW));
    assert_eq!(with(unflagged(&cart(1, "for ever")), &old), None);
}

fn any_record() -> impl Strategy<Value = CartRecord> {
    let times = (any::<i64>(), any::<i64>(), any::<Option<i64>>());
    let state = prop::sample::select(vec![
        RecordState::Deleted,
        RecordState::Live,
        RecordState::Moved,
        RecordState::Moving,
    ]);
    let version = (1..=Version::MAX_SEQUENCE, any::<u64>());
    let numbers = (any::<u32>(), any::<u32>(), any::<u64>(), any::<i64>());
    let texts = (
        any::<String>(),
        any::<String>(),
        any::<String>(),
        any::<String>(),
    );
    let flags = (any::<bool>(), any::<bool>());
    (times, state, version, numbers, texts, flags).prop_map(
        |(times, state, version, numbers, texts, flags)| {
            let version = Version::new(version.0, version.1).unwrap();
            let mut record = CartRecord::new(version, Timestamp::from_millis(times.0));
            let header = &mut record.header;
            header.updated_at = Timestamp::from_millis(times.1);
            header.expires_at = times.2.map(Timestamp::from_millis);
            header.state = state;
            header.format = numbers.0;
            header.marked = flags.0;
            header.summary.currency = flags.1.then(|| Currency::parse("USD").unwrap());
            header.summary.lines = numbers.1;
            header.summary.units = numbers.2;
            header.summary.total = numbers.3;
            header.summary.converted_at = header.expires_at;
            header.ledger = texts.3.into();
            record.parts.items = texts.0.into();
            record.parts.conditions = texts.1.into();
            record.parts.metadata = texts.2.into();
            record
        },
    )
}

proptest! {
    #[test]
    fn every_record_comes_back_exactly(record in any_record()) {
        let text = text(&record);
        let held = read(&text).unwrap();
        prop_assert_eq!(held.head.content.map(|content| content.version), Some(record.header.version));
        prop_assert_eq!(held.record.as_ref(), Some(&record));
        let unflagged = Unflagged::read(text.as_bytes()).unwrap();
        prop_assert_eq!(unflagged.beginning(), &text.as_bytes()[..Head::LENGTH]);
    }

    #[test]
    fn damage_is_an_error_or_another_record_and_never_a_panic(
        record in any_record(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&record).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(text) = str::from_utf8(&bytes) {
            let _ = read(text);
            let _ = Renaming::read(text);
        }
        prop_assert!(!bytes.is_empty());
    }

    #[test]
    fn no_text_makes_reading_panic(text in any::<String>()) {
        prop_assert!(read(&text).is_err());
        prop_assert!(Renaming::read(&text).is_err());
    }
}
