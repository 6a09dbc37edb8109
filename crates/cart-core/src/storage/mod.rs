//! The storage contract: what a store is given, what it answers, and the trait between them.

mod capability;
mod conflict;
mod cursor;
mod error;
mod key;
mod owner;
mod record;
mod request;
mod store;
mod version;

pub use capability::{
    Capabilities, Durability, Expiry, RenameSupport, Requirement, ScanSupport, Scope, StoreInfo,
    Unmet, Visibility,
};
pub use conflict::{Conflict, Suggestion};
pub use cursor::Cursor;
pub use error::{Error, ErrorKind, Operation, Result, RetryClass};
pub use key::{CartKey, Instance};
pub use owner::{Fingerprint, InvalidKey, KeyPart, Owner, OwnerClass, Tenant};
pub use record::{CartRecord, FORMAT, Header, Part, Parts, RecordState};
pub use request::{
    Detail, Expect, Health, LoadRequest, Rename, SaveRequest, ScanEntry, ScanPage, ScanRequest,
    Select, Stored, Verdict,
};
pub use store::{CartLock, CartStore};
pub use version::{InvalidVersion, Version};
