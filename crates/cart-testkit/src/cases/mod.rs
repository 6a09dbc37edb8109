//! The cases, a module for each part of the contract.

mod cancellation;
mod capabilities;
mod carts;
mod concurrency;
mod content;
mod delete;
mod errors;
mod expiry;
mod history;
mod instances;
mod keys;
mod lifecycle;
mod load;
mod marks;
mod mirror;
mod model;
mod rename;
mod rename_races;
mod save;
mod scan;

use crate::case::Case;

const MODULES: &[&[Case]] = &[
    load::CASES,
    save::CASES,
    mirror::CASES,
    marks::CASES,
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
    carts::CASES,
    lifecycle::CASES,
    history::CASES,
    model::CASES,
];

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    MODULES.iter().copied().flatten()
}
