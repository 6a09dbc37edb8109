//! The calls of a store, as faults see them.

use cart_core::{CartKey, LoadRequest, Operation, Owner, Rename, SaveRequest, ScanRequest};

/// A call of a store that may meet a fault.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Call<'a> {
    /// The instances of an owner.
    Instances(&'a Owner),
    /// What is stored under a key.
    Load(&'a LoadRequest),
    /// The lock of a cart.
    Lock(&'a CartKey),
    /// A save under the lock that was taken.
    LockedSave(&'a SaveRequest),
    /// Whether the backend is there.
    Ping,
    /// A cart gets another key.
    Rename(&'a Rename),
    /// A save.
    Save(&'a SaveRequest),
    /// Several saves.
    SaveMany(&'a [SaveRequest]),
    /// A page of a list.
    Scan(&'a ScanRequest),
    /// Expired records go for good.
    Sweep,
    /// A mark is taken off.
    Unmark(&'a CartKey),
}

impl Call<'_> {
    /// The operation that errors name.
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Instances(_) => Operation::Instances,
            Self::Load(_) => Operation::Load,
            Self::Lock(_) | Self::LockedSave(_) => Operation::Lock,
            Self::Ping => Operation::Ping,
            Self::Rename(_) => Operation::Rename,
            Self::Save(_) => Operation::Save,
            Self::SaveMany(_) => Operation::SaveMany,
            Self::Scan(_) => Operation::Scan,
            Self::Sweep => Operation::Sweep,
            Self::Unmark(_) => Operation::Unmark,
        }
    }

    /// Whether it stores records: a save, a batch of them, a save under a lock, or a rename.
    pub const fn is_write(&self) -> bool {
        matches!(
            self,
            Self::Save(_) | Self::SaveMany(_) | Self::LockedSave(_) | Self::Rename(_)
        )
    }
}
