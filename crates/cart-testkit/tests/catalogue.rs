//! The list of cases is sound.

use std::collections::BTreeSet;

use cart_testkit::{Clause, cases};

#[test]
fn every_clause_has_a_case() {
    let proven: BTreeSet<Clause> = cases().flat_map(|case| case.clauses).copied().collect();
    assert_eq!(proven, Clause::ALL.iter().copied().collect());
}

#[test]
fn every_case_cites_a_clause() {
    let silent: Vec<_> = cases().filter(|case| case.clauses.is_empty()).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn names_are_unique() {
    let names: BTreeSet<&str> = cases().map(|case| case.name).collect();
    assert_eq!(names.len(), cases().count());
}

#[test]
fn checks_are_numbers_of_the_published_list() {
    // The list has the groups A to L, with so many checks each.
    const GROUPS: [(char, u8); 12] = [
        ('A', 14),
        ('B', 16),
        ('C', 12),
        ('D', 7),
        ('E', 16),
        ('F', 11),
        ('G', 15),
        ('H', 10),
        ('I', 8),
        ('J', 13),
        ('K', 5),
        ('L', 4),
    ];
    let known = |check: &str| {
        GROUPS.iter().any(|(group, count)| {
            check
                .strip_prefix(*group)
                .and_then(|number| number.parse::<u8>().ok())
                .is_some_and(|number| (1..=*count).contains(&number))
        })
    };
    for case in cases() {
        assert!(case.checks.iter().all(|check| known(check)), "{case:?}");
    }
}
