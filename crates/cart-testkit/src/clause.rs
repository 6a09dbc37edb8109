//! The clauses of the storage contract.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! clauses {
    ($($variant:ident = $id:literal: $text:literal;)*) => {
        /// A clause of the storage contract.
        ///
        /// What each one asks for in full, and why, is in the
        /// [contract](https://github.com/cart-storage/cart-storage/blob/main/docs/contract.md).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Clause {
            $(#[doc = $text] $variant,)*
        }

        impl Clause {
            /// All clauses, in the order of the contract.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name, as the contract, reports and tests carry it: `SAVE-1`.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }

            /// What the clause asks for, in one sentence.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

clauses! {
    Load1 = "LOAD-1": "After an acknowledged save, every handle that the declared visibility covers loads that record.";
    Load2 = "LOAD-2": "Nothing stored is `Missing`; what can't be read or reached is an error; neither ever looks like an empty cart.";
    Load3 = "LOAD-3": "All parts of a loaded record come from one save, and a load changes nothing but the expiry that it was asked to renew.";
    Save1 = "SAVE-1": "`Absent` over a live cart is a `Conflict`, and nothing changes.";
    Save2 = "SAVE-2": "`Version(v)` over any other version, or over nothing, is a `Conflict`, and nothing changes.";
    Save3 = "SAVE-3": "Of several concurrent saves with one expectation exactly one succeeds.";
    Save4 = "SAVE-4": "A save of the version that is stored already is `Ok` and changes nothing, whatever it expected.";
    Save5 = "SAVE-5": "Versions are compared whole: a cart that was deleted and made again never matches.";
    Save6 = "SAVE-6": "Every field of a record comes back exactly as it was saved.";
    Save7 = "SAVE-7": "A record above the declared limit is `TooLarge` before anything is written.";
    Save8 = "SAVE-8": "`Older` writes over nothing and over a smaller sequence, and otherwise leaves everything as it is, with `Ok`; `Any` always writes.";
    Mark1 = "MARK-1": "A mark is taken off the record of exactly that version, and nothing else of it changes; whoever may mark is declared.";
    Del1 = "DEL-1": "A tombstone over nothing, or over itself, is `Ok`.";
    Del2 = "DEL-2": "A tombstone that expects another version is a `Conflict`, and the cart stays.";
    Del3 = "DEL-3": "Over a tombstone, `load` says `Tombstone`, and the key is in no list and no scan of live carts.";
    Del4 = "DEL-4": "A tombstone is stored whole, with the content that it brings, and a scan of tombstones gives it back.";
    Inst1 = "INST-1": "`instances` gives exactly the live instances of that owner, each once.";
    Ren1 = "REN-1": "After a rename, the source holds its tombstone and the target the given record.";
    Ren2 = "REN-2": "An expectation of a rename that does not hold is a `Conflict`, and both sides stay as they were.";
    Ren3 = "REN-3": "A rename without a live source is `NotFound`, unless the target already holds the new version: then it is `Ok`.";
    Ren4 = "REN-4": "Where rename is declared atomic, nobody sees both carts or neither.";
    Ren5 = "REN-5": "A rename onto itself is `Ok` and changes nothing.";
    Scan1 = "SCAN-1": "A scan sees every cart that it selects and that lives all through it at least once, and no other.";
    Scan2 = "SCAN-2": "A cursor goes on from its text, in another handle and after a restart.";
    Scan3 = "SCAN-3": "A scan without writers sees each cart once, keeps to the page size, and ends.";
    Scan4 = "SCAN-4": "A cursor of another store or another request is `Invalid`.";
    Key1 = "KEY-1": "Distinct keys never meet, whatever is in them.";
    Exp1 = "EXP-1": "At `now >= expires_at` a record is absent everywhere.";
    Exp2 = "EXP-2": "An acknowledged write or renewal sets the expiry of the whole record; a refused one does not.";
    Exp3 = "EXP-3": "No operation drops or invents an expiry.";
    Dur1 = "DUR-1": "An acknowledged write survives what the declared durability says it survives.";
    Cxl1 = "CXL-1": "A future that is dropped at any await leaves the state before or after, and a usable store.";
    Err1 = "ERR-1": "Every error carries its kind, its retry class, the operation and the store.";
    Err2 = "ERR-2": "No error and no `Debug` form tells an identifier, a content or a secret.";
    Err3 = "ERR-3": "A call that was not sent is not applied, a lost reply is an unknown outcome, and the same call again settles it.";
    Cap1 = "CAP-1": "A declared power works; any other answers `Unsupported` and changes nothing.";
    Clone1 = "CLONE-1": "Clones of a handle reach the same carts, from any thread.";
}

impl fmt::Display for Clause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id())
    }
}

impl Serialize for Clause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
