//! The cases, a module for each part of the contract.

mod load;

use crate::case::Case;

const MODULES: &[&[Case]] = &[load::CASES];

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    MODULES.iter().copied().flatten()
}
