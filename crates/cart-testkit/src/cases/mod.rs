//! The cases, a module for each part of the contract.

mod delete;
mod expiry;
mod instances;
mod keys;
mod load;
mod mirror;
mod rename;
mod save;
mod scan;

use crate::case::Case;

const MODULES: &[&[Case]] = &[
    load::CASES,
    save::CASES,
    mirror::CASES,
    delete::CASES,
    instances::CASES,
    rename::CASES,
    scan::CASES,
    keys::CASES,
    expiry::CASES,
];

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    MODULES.iter().copied().flatten()
}
