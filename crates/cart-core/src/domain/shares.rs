//! Showing exact amounts in whole minor units that add up.

use super::error::DomainError;
use super::exact::Exact;
use super::money::overflow;

/// Whole amounts for `parts` that add up to `whole`, which is their sum rounded either way: each
/// is rounded down, and the units that are then missing go to the largest fractions, the first of
/// equal ones first.
pub(super) fn shares(parts: &[Exact], whole: i64) -> Result<Vec<i64>, DomainError> {
    let floors = parts
        .iter()
        .map(Exact::floor)
        .collect::<Result<Vec<_>, _>>()?;
    let mut shares: Vec<i128> = floors.iter().map(|(floor, _)| *floor).collect();
    let given = shares
        .iter()
        .try_fold(0_i128, |sum, share| sum.checked_add(*share));
    let missing = given.and_then(|given| i128::from(whole).checked_sub(given));
    let missing = missing.and_then(|missing| usize::try_from(missing).ok());

    let mut by_fraction: Vec<usize> = (0..parts.len()).collect();
    by_fraction.sort_by(|left, right| floors[*right].1.cmp(&floors[*left].1));
    for index in by_fraction
        .into_iter()
        .take(missing.ok_or_else(|| overflow("amount"))?)
    {
        shares[index] += 1;
    }
    shares
        .into_iter()
        .map(|share| i64::try_from(share).map_err(|_| overflow("amount")))
        .collect()
}
