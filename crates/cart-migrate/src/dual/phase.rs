//! The phases of a migration, and where they are kept.

use cart_core::{
    CartKey, CartRecord, CartStore, Error, ErrorKind, Expect, Instance, LoadRequest, Owner, Result,
    SaveRequest, Stored, Timestamp, Version,
};
use serde::{Deserialize, Serialize};

/// How far a migration has come. Each phase can be gone back from, but the last.
///
/// | phase | new carts begin | other carts | mirrored |
/// |---|---|---|---|
/// | `off` | in the old store | stay | nothing |
/// | `mirror` | in the old store | stay | to the new store |
/// | `verify` | in the old store | stay; reads are compared | to the new store |
/// | `moving` | in the old store | are moved one by one | to the store that a cart is not at home in |
/// | `reverse` | in the new store | move with their next write | to the old store |
/// | `complete` | in the new store | are all there | nothing |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Only the old store is used.
    Off,
    /// The new store follows.
    Mirror,
    /// The new store follows, and reads are compared.
    Verify,
    /// Carts move to the new store.
    Moving,
    /// All carts are in the new store, and the old one follows.
    Reverse,
    /// Only the new store is used. There is no way back.
    Complete,
}

impl Phase {
    /// All phases, in their order.
    pub const ALL: [Self; 6] = [
        Self::Off,
        Self::Mirror,
        Self::Verify,
        Self::Moving,
        Self::Reverse,
        Self::Complete,
    ];

    /// The name, as the command line and reports carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Mirror => "mirror",
            Self::Verify => "verify",
            Self::Moving => "moving",
            Self::Reverse => "reverse",
            Self::Complete => "complete",
        }
    }

    /// The phase of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == name)
    }

    /// Whether one follows the other directly, whichever of them is first.
    pub fn is_next_to(self, other: Self) -> bool {
        self.number().abs_diff(other.number()) == 1
    }

    pub(super) const fn mirrors(self) -> bool {
        !matches!(self, Self::Off | Self::Complete)
    }

    /// Whether carts are at home in the old store, but for those that are still to come back.
    pub(super) const fn is_before_moving(self) -> bool {
        matches!(self, Self::Off | Self::Mirror | Self::Verify)
    }

    const fn number(self) -> u64 {
        self as u64
    }
}

/// The phase of a migration, and how often it has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PhaseState {
    /// The phase.
    pub phase: Phase,
    /// How many changes there were.
    pub epoch: u64,
}

/// The class of owners that migrations keep their notes under.
pub(super) const CLASS: &str = "migration";

impl PhaseState {
    /// Before anybody has set a phase.
    const FIRST: Self = Self {
        phase: Phase::Off,
        epoch: 0,
    };

    /// Reads the phase from the old store of a migration.
    ///
    /// # Errors
    ///
    /// What the store answers; [`ErrorKind::NewerFormat`] for a phase that this release doesn't
    /// know.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn read(old: &dyn CartStore) -> Result<Self> {
        match old.load(&LoadRequest::new(key()?)).await? {
            Stored::Missing => Ok(Self::FIRST),
            Stored::Tombstone(version) => Self::of(version),
            Stored::Live(_) => Err(Error::new(
                ErrorKind::Conflict,
                "there is a cart where the phase would be: give it another owner",
            )),
        }
    }

    fn of(version: Version) -> Result<Self> {
        let mut phases = Phase::ALL.into_iter();
        let phase = phases.find(|phase| phase.number() == version.write_id());
        let phase = phase.ok_or_else(|| {
            Error::new(
                ErrorKind::NewerFormat,
                "the migration is in a phase of a newer release: update this program",
            )
        })?;
        Ok(Self {
            phase,
            epoch: version.sequence(),
        })
    }

    /// What is written to go from this state to `phase`. It is a tombstone, so that no list of carts
    /// holds it, and its version says it all, so that one load gives it.
    pub(super) fn change(self, phase: Phase, at: Timestamp) -> Result<SaveRequest> {
        let version = Version::new(self.epoch + 1, phase.number())?;
        let note = CartRecord::new(version, at).tombstone(version, at, None);
        let expect = match self.epoch {
            0 => Expect::Absent,
            _ => Expect::Version(Version::new(self.epoch, self.phase.number())?),
        };
        Ok(SaveRequest::new(key()?, note, expect))
    }
}

pub(super) fn key() -> Result<CartKey> {
    Ok(CartKey::new(
        Owner::custom(CLASS, "phase")?,
        Instance::default(),
    ))
}
