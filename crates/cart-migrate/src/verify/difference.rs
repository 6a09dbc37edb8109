//! In what two stores differ about one cart.

use cart_core::{
    CartKey, CartRecord, Error, ErrorKind, Header, Result, Stored, StoredCart, Version,
};
use serde::{Deserialize, Serialize};

use crate::reading::is_moving;

/// In what two stores differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DifferenceKind {
    /// The source's record can't be read.
    CorruptSource,
    /// The target's record can't be read.
    CorruptTarget,
    /// Neither is older, and they are not the same.
    Different,
    /// The records are the same but for the moment at which they expire.
    Expiry,
    /// Only the target has it.
    Extra,
    /// Only the source has it.
    Missing,
    /// The target's is newer.
    Newer,
    /// The target's is older.
    Older,
}

impl DifferenceKind {
    /// The name, as reports carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CorruptSource => "corrupt_source",
            Self::CorruptTarget => "corrupt_target",
            Self::Different => "different",
            Self::Expiry => "expiry",
            Self::Extra => "extra",
            Self::Missing => "missing",
            Self::Newer => "newer",
            Self::Older => "older",
        }
    }
}

/// A cart about which two stores differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Which cart.
    pub key: CartKey,
    /// In what they differ.
    pub kind: DifferenceKind,
    /// Whether they don't any more.
    pub repaired: bool,
}

/// What one of the stores has under a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Side {
    Corrupt,
    Readable(Stored),
}

impl Side {
    /// What a store answered. Only what is wrong with this one record is an answer.
    pub(super) fn of(answer: Result<Stored>) -> Result<Self, Error> {
        match answer {
            Ok(stored) => Ok(Self::Readable(stored)),
            Err(error) => match error.kind() {
                ErrorKind::Corrupt | ErrorKind::NewerFormat => Ok(Self::Corrupt),
                _ => Err(error),
            },
        }
    }

    pub(super) fn version(&self) -> Option<Version> {
        match self {
            Self::Corrupt => None,
            Self::Readable(stored) => stored.version(),
        }
    }

    fn is_moving(&self) -> bool {
        matches!(self, Self::Readable(Stored::Live(record)) if is_moving(record))
    }
}

/// In what `target` differs from `source`, if it does.
pub(super) fn judge(key: &CartKey, source: &Side, target: &Side) -> Option<DifferenceKind> {
    if source.is_moving() || target.is_moving() {
        return None;
    }
    let (source, target) = match (source, target) {
        (Side::Corrupt, _) => return Some(DifferenceKind::CorruptSource),
        (_, Side::Corrupt) => return Some(DifferenceKind::CorruptTarget),
        (Side::Readable(source), Side::Readable(target)) => (source, target),
    };
    let (ours, theirs) = match (source.version(), target.version()) {
        (None, None) => return None,
        (None, Some(_)) => return Some(DifferenceKind::Extra),
        (Some(_), None) => return Some(DifferenceKind::Missing),
        (Some(ours), Some(theirs)) => (ours, theirs),
    };
    if ours.sequence() != theirs.sequence() {
        let is_older = theirs.sequence() < ours.sequence();
        return Some(if is_older {
            DifferenceKind::Older
        } else {
            DifferenceKind::Newer
        });
    }
    match (source, target) {
        (Stored::Tombstone(_), Stored::Tombstone(_)) if ours == theirs => None,
        (Stored::Live(source), Stored::Live(target)) if same(source, target) => None,
        (Stored::Live(source), Stored::Live(target)) if ours == theirs => {
            Some(of_one_version(key, source, target))
        }
        _ => Some(DifferenceKind::Different),
    }
}

/// In what two records of one version differ: somebody has touched one of them.
fn of_one_version(key: &CartKey, source: &CartRecord, target: &CartRecord) -> DifferenceKind {
    let mut renewed = source.clone();
    renewed.header.expires_at = target.header.expires_at;
    if same(&renewed, target) {
        DifferenceKind::Expiry
    } else if !is_json(key, source) {
        DifferenceKind::CorruptSource
    } else if !is_json(key, target) {
        DifferenceKind::CorruptTarget
    } else {
        DifferenceKind::Different
    }
}

/// Whether two records are the same, whatever their stores still owe to mirrors.
pub(super) fn same(one: &CartRecord, other: &CartRecord) -> bool {
    let unmarked = |header: &Header| Header {
        marked: false,
        ..header.clone()
    };
    one.parts == other.parts && unmarked(&one.header) == unmarked(&other.header)
}

fn is_json(key: &CartKey, record: &CartRecord) -> bool {
    let stored = StoredCart {
        key: key.clone(),
        record: record.clone(),
    };
    let text = stored.to_json();
    text.is_ok_and(|text| StoredCart::from_json(&text).is_ok())
}

#[cfg(test)]
mod tests {
    use cart_core::{Instance, Owner, RecordState, Timestamp};
    use cart_testkit::records;

    use super::*;

    fn record(sequence: u64, write_id: u64) -> CartRecord {
        let version = Version::new(sequence, write_id).expect("a version");
        records::tagged(version, Timestamp::from_millis(0), 7)
    }

    fn kind(source: Stored, target: Stored) -> Option<DifferenceKind> {
        let key = CartKey::new(Owner::user("1").expect("an owner"), Instance::default());
        judge(&key, &Side::Readable(source), &Side::Readable(target))
    }

    #[test]
    fn every_pair_of_sides_has_its_difference() {
        use DifferenceKind::{Different, Extra, Missing, Newer, Older};
        use Stored::{Live, Tombstone};
        let (first, second) = (record(1, 1), record(2, 2));
        let gone =
            |sequence, write_id| Tombstone(Version::new(sequence, write_id).expect("a version"));
        for (source, target, expected) in [
            (Stored::Missing, Stored::Missing, None),
            (Live(first.clone()), Live(first.clone()), None),
            (gone(1, 1), gone(1, 1), None),
            (Live(first.clone()), Stored::Missing, Some(Missing)),
            (gone(1, 1), Stored::Missing, Some(Missing)),
            (Stored::Missing, Live(first.clone()), Some(Extra)),
            (Live(second.clone()), Live(first.clone()), Some(Older)),
            (gone(2, 2), Live(first.clone()), Some(Older)),
            (Live(first.clone()), Live(second.clone()), Some(Newer)),
            (Live(first.clone()), gone(2, 2), Some(Newer)),
            (Live(first.clone()), Live(record(1, 9)), Some(Different)),
            (Live(first.clone()), gone(1, 9), Some(Different)),
            (gone(1, 1), gone(1, 9), Some(Different)),
        ] {
            let told = format!("{source:?} {target:?}");
            assert_eq!(kind(source, target), expected, "{told}");
        }
    }

    #[test]
    fn what_differs_without_another_version_is_found() {
        let source = record(1, 1);
        let changed = |change: fn(&mut CartRecord)| {
            let mut target = record(1, 1);
            change(&mut target);
            kind(Stored::Live(source.clone()), Stored::Live(target))
        };
        assert_eq!(
            changed(|target| target.header.expires_at = Some(Timestamp::from_millis(1))),
            Some(DifferenceKind::Expiry)
        );
        for change in [
            |target: &mut CartRecord| target.header.updated_at = Timestamp::from_millis(1),
            |target: &mut CartRecord| target.header.summary.units = 4,
            |target: &mut CartRecord| target.parts.metadata = "{ }".into(),
            |target: &mut CartRecord| target.header.ledger = "{}".into(),
        ] {
            assert_eq!(changed(change), Some(DifferenceKind::Different));
        }
        assert_eq!(
            changed(|target| target.parts.items = "[{".into()),
            Some(DifferenceKind::CorruptTarget)
        );
        assert_eq!(changed(|target| target.header.marked = true), None);
        assert_eq!(
            changed(|target| target.header.state = RecordState::Moved),
            None
        );
    }

    #[test]
    fn only_what_concerns_the_record_is_a_side() {
        let answer = |kind| Side::of(Err(Error::new(kind, "for a test")));
        assert_eq!(answer(ErrorKind::Corrupt).ok(), Some(Side::Corrupt));
        assert_eq!(answer(ErrorKind::NewerFormat).ok(), Some(Side::Corrupt));
        assert!(answer(ErrorKind::Unavailable).is_err());
    }
}
