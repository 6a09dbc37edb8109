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

#[cfg(test)]
mod tests {
    use num_rational::BigRational;

    use super::shares;
    use crate::domain::error::DomainError;
    use crate::domain::exact::Exact;
    use crate::domain::money::Rounding;

    fn parts(fractions: &[(i64, i64)]) -> Vec<Exact> {
        fractions
            .iter()
            .map(|(top, bottom)| {
                Exact::from(*top)
                    .scaled(&BigRational::new(1.into(), (*bottom).into()))
                    .unwrap()
            })
            .collect()
    }

    #[test]
    fn missing_units_go_to_the_largest_fractions_first() {
        let thirds = parts(&[(1, 3), (5, 3), (-1, 4), (5, 4)]);
        assert_eq!(shares(&thirds, 3), Ok(vec![0, 2, 0, 1]));
    }

    #[test]
    fn of_equal_fractions_the_first_gets_the_unit() {
        assert_eq!(shares(&parts(&[(1, 2), (1, 2)]), 1), Ok(vec![1, 0]));
    }

    #[test]
    fn nothing_is_shared_among_none() {
        assert_eq!(shares(&[], 0), Ok(vec![]));
    }

    #[test]
    fn an_amount_beyond_64_bits_is_an_overflow() {
        let sum = Exact::from(i64::MAX).plus(&Exact::from(1)).unwrap();
        let overflow = DomainError::Overflow { what: "amount" };
        assert_eq!(sum.rounded(Rounding::Floor), Err(overflow.clone()));
        assert_eq!(shares(&[sum], i64::MAX), Err(overflow));
    }
}
