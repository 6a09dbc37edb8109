//! The cases, a module for each part of the contract.

mod cancellation;
mod capabilities;
mod concurrency;
mod content;
mod delete;
mod errors;
mod expiry;
mod instances;
mod keys;
mod load;
mod mirror;
mod rename;
mod rename_races;
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
    rename_races::CASES,
    scan::CASES,
    keys::CASES,
    content::CASES,
    expiry::CASES,
    concurrency::CASES,
    cancellation::CASES,
    errors::CASES,
    capabilities::CASES,
];

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    MODULES.iter().copied().flatten()
}
