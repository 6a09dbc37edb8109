//! The forms that a record takes on its way: at home, moving, moved.
//!
//! A move to the new store changes no version that a client sees; one back is a write of its own, so
//! that no record of the old store ever comes again as it was. While a cart is moving, and after it has
//! moved, its record in the store that it leaves carries another write id, made from the true one.
//! So whoever wants to write there by a version that they have seen meets a conflict, whatever they
//! know of the migration.

use cart_core::{CartRecord, RecordState, Result, Stored, Timestamp, Version};

const MOVING: u64 = 0x9e37_79b9_7f4a_7c15;
const MOVED: u64 = u64::MAX;
const RETURNED: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// What one store says about a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It is at home, deleted, or not there.
    Home(Stored),
    /// It is on its way to the other store.
    Moving(CartRecord),
    /// It is at home in the other store.
    Moved(CartRecord),
}

impl Found {
    pub(super) fn of(stored: Stored) -> Self {
        match stored {
            Stored::Live(record) => match record.header.state {
                RecordState::Moving => Self::Moving(record),
                RecordState::Moved => Self::Moved(record),
                _ => Self::Home(Stored::Live(record)),
            },
            absent => Self::Home(absent),
        }
    }
}

/// The form of a record whose cart is moving away.
pub(super) fn moving(home: &CartRecord) -> CartRecord {
    let mut record = home.clone();
    record.header.version = relabelled(home.header.version, MOVING);
    record.header.state = RecordState::Moving;
    record.header.marked = false;
    record
}

/// The form of a record whose cart is at home in the other store. It says so until the migration
/// is over, however short the cart's own life is.
pub(super) fn moved(home: &CartRecord) -> CartRecord {
    let mut record = home.clone();
    record.header.version = relabelled(home.header.version, MOVED);
    record.header.state = RecordState::Moved;
    record.header.expires_at = Some(Timestamp::MAX);
    record.header.marked = false;
    record
}

/// A cart that is moving, as it is at home.
pub(super) fn at_home(moving: &CartRecord) -> CartRecord {
    let mut record = moving.clone();
    record.header.version = relabelled(moving.header.version, MOVING);
    record.header.state = RecordState::Live;
    record.header.marked = false;
    record
}

/// A cart that is on its way back, as it is in the old store.
pub(super) fn returned(moving: &CartRecord) -> Result<CartRecord> {
    let mut record = at_home(moving);
    let last = record.header.version;
    record.header.version = last.next(last.write_id() ^ RETURNED)?;
    Ok(record)
}

/// The version that a record in the form of [`moved`] stands for, and the other way round.
pub(super) fn moved_version(version: Version) -> Version {
    relabelled(version, MOVED)
}

/// What bars the new store's place of a cart that is on its way back and is not there, where the old
/// store's way mark has this version.
pub(super) fn barred_version(way_mark: Version) -> Version {
    relabelled(way_mark, MOVING)
}

/// A record as callers see it: what is owed to the other store is none of their business.
pub(super) fn unmarked(mut record: CartRecord) -> CartRecord {
    record.header.marked = false;
    record
}

/// The same for whatever is stored.
pub(super) fn shown(stored: Stored) -> Stored {
    match stored {
        Stored::Live(record) => Stored::Live(unmarked(record)),
        absent => absent,
    }
}

fn relabelled(version: Version, mask: u64) -> Version {
    // The sequence is that of a version already.
    Version::new(version.sequence(), version.write_id() ^ mask).unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> CartRecord {
        let version = Version::new(7, 42).expect("a version");
        let mut record = CartRecord::new(version, Timestamp::from_millis(1));
        record.header.expires_at = Some(Timestamp::from_millis(9));
        record
    }

    #[test]
    fn no_form_has_the_version_of_another_and_each_gives_it_back() {
        let home = record();
        let forms = [home.clone(), moving(&home), moved(&home)];
        let versions = forms.clone().map(|record| record.header.version);
        assert!(versions.iter().all(|version| version.sequence() == 7));
        assert_ne!(versions[0], versions[1]);
        assert_ne!(versions[0], versions[2]);
        assert_ne!(versions[1], versions[2]);
        assert_eq!(at_home(&forms[1]), home);
        assert_eq!(moved_version(versions[2]), versions[0]);
    }

    #[test]
    fn what_has_moved_says_so_for_as_long_as_it_is_there() {
        assert_eq!(moved(&record()).header.expires_at, Some(Timestamp::MAX));
        assert_eq!(
            moving(&record()).header.expires_at,
            record().header.expires_at
        );
    }
}
