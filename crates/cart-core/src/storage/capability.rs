//! What a store can do, and what an application needs.

use std::fmt;
use std::sync::Arc;

use super::error::{Error, ErrorKind, Operation};

/// A store's name and powers; asking costs nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreInfo {
    /// The name that errors, metrics and reports carry: `sqlite`, `memory`, …
    pub name: Arc<str>,
    /// What the store can do.
    pub capabilities: Capabilities,
}

/// What a store can do. The suite holds it to every word: a declared power works, and one that
/// isn't declared answers [`ErrorKind::Unsupported`].
///
/// ```
/// use cart_core::{Capabilities, RenameSupport, Scope};
///
/// let mut capabilities = Capabilities::none();
/// capabilities.compare_and_set = Scope::Shared;
/// capabilities.rename = RenameSupport::Atomic;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a power that a store has or lacks, by itself"
)]
pub struct Capabilities {
    /// Among whom a version is compared and set in one step.
    pub compare_and_set: Scope,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// Whether the backend may drop a cart before it expires.
    pub evictable: bool,
    /// Who makes expired records vanish.
    pub expiry: Expiry,
    /// Whether an edit can hold the cart's own lock.
    pub lock: bool,
    /// Whether callers may mark records, and say that a cart is moving or has moved. A store that
    /// mirrors another does so itself, and for nobody else.
    pub marks: bool,
    /// Whether the backend is a program of its own, which can be away while the store is here.
    pub remote: bool,
    /// How a cart is given to another owner.
    pub rename: RenameSupport,
    /// The largest record that the store takes, in bytes as [`CartRecord::size`] counts them.
    ///
    /// [`CartRecord::size`]: crate::CartRecord::size
    pub record_limit: Option<usize>,
    /// Whether all carts can be listed, and how.
    pub scan: ScanSupport,
    /// Who sees an acknowledged write.
    pub visibility: Visibility,
}

impl Capabilities {
    /// No power at all: the start for whoever describes a store.
    pub const fn none() -> Self {
        Self {
            compare_and_set: Scope::None,
            durability: Durability::Memory,
            evictable: false,
            expiry: Expiry::ReadFilter,
            lock: false,
            marks: false,
            remote: false,
            rename: RenameSupport::None,
            record_limit: None,
            scan: ScanSupport::None,
            visibility: Visibility::Process,
        }
    }

    /// Which of `requirements` are not met.
    pub fn unmet(&self, requirements: &[Requirement]) -> Vec<Unmet> {
        let unmet = |requirement: &Requirement| {
            let (met, offered) = match requirement {
                Requirement::CompareAndSet(scope) => (
                    self.compare_and_set >= *scope,
                    format!("{:?}", self.compare_and_set),
                ),
                Requirement::Durability(level) => {
                    (self.durability >= *level, format!("{:?}", self.durability))
                }
                Requirement::Lock => (self.lock, self.lock.to_string()),
                Requirement::Marks => (self.marks, self.marks.to_string()),
                Requirement::NotEvictable => (!self.evictable, "evictable".to_owned()),
                Requirement::Rename(support) => {
                    (self.rename >= *support, format!("{:?}", self.rename))
                }
                Requirement::Scan(support) => (self.scan >= *support, format!("{:?}", self.scan)),
                Requirement::Visibility(visibility) => (
                    self.visibility >= *visibility,
                    format!("{:?}", self.visibility),
                ),
            };
            (!met).then_some(Unmet {
                requirement: *requirement,
                offered,
            })
        };
        requirements.iter().filter_map(unmet).collect()
    }
}

impl StoreInfo {
    /// Checks that the store meets `requirements`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`], listing each requirement that is not met beside what is
    /// offered.
    pub fn require(&self, requirements: &[Requirement]) -> Result<(), Error> {
        let unmet = self.capabilities.unmet(requirements);
        if unmet.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = unmet.iter().map(Unmet::to_string).collect();
        let message = format!(
            "the application needs more than this store offers: {}",
            lines.join("; ")
        );
        Err(Error::new(ErrorKind::Unsupported, message)
            .during(Operation::Open)
            .in_store(&self.name))
    }
}

/// Something that an application can't do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Requirement {
    /// Compare-and-set at least among these.
    CompareAndSet(Scope),
    /// At least this durability.
    Durability(Durability),
    /// Locks.
    Lock,
    /// Marks.
    Marks,
    /// No eviction.
    NotEvictable,
    /// At least this way of renaming.
    Rename(RenameSupport),
    /// At least this way of listing.
    Scan(ScanSupport),
    /// At least this visibility.
    Visibility(Visibility),
}

/// A requirement that a store does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// What is needed.
    pub requirement: Requirement,
    /// What the store offers instead.
    pub offered: String,
}

impl fmt::Display for Unmet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "needed {:?}, offered {}",
            self.requirement, self.offered
        )
    }
}

/// Among whom something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// Among nobody.
    None,
    /// Among the handles of one process.
    Process,
    /// Among all processes that use the backend.
    Shared,
}

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// Nothing: it is gone with the process that holds it.
    Memory,
    /// The end of any process, `kill -9` included.
    ProcessCrash,
    /// A power cut.
    PowerLoss,
    /// The loss of this many machines.
    Replicated(u8),
}

/// Who makes expired records vanish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Expiry {
    /// Reads leave them out; a sweep removes them.
    ReadFilter,
    /// The backend removes them by itself.
    Native,
}

/// How a cart is given to another owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RenameSupport {
    /// Not at all.
    None,
    /// In steps that any client can finish after a crash.
    Stepwise,
    /// In one step.
    Atomic,
}

/// Whether all carts can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ScanSupport {
    /// They can't.
    None,
    /// They can; the backend reads everything and leaves out what is not asked for.
    Full,
    /// They can; the backend reads no more than what is asked for.
    Filtered,
}

/// Who sees an acknowledged write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Visibility {
    /// The handles of one process.
    Process,
    /// Every process that uses the backend.
    Shared,
}
