//! What cases ask of an answer.
//!
//! Each check fails the case with the place of its caller, so that the message leads to the line.

use std::fmt::Debug;

use cart_core::{CartRecord, Error, ErrorKind, Stored, Version};

use crate::outcome::{CaseResult, Stop};

/// Asks that `holds`.
#[track_caller]
pub(crate) fn that(holds: bool, what: &str) -> CaseResult {
    if holds {
        Ok(())
    } else {
        Err(Stop::failed(format!("expected that {what}")))
    }
}

/// Asks that two values are the same.
#[track_caller]
pub(crate) fn equal<T: Debug + PartialEq>(actual: &T, expected: &T, what: &str) -> CaseResult {
    if actual == expected {
        return Ok(());
    }
    Err(Stop::failed(format!(
        "{what}: expected {expected:?}, got {actual:?}"
    )))
}

/// Asks for exactly this live record.
#[track_caller]
pub(crate) fn live(actual: &Stored, expected: &CartRecord) -> CaseResult {
    match actual {
        Stored::Live(record) => same_record(record, expected),
        Stored::Missing | Stored::Tombstone(_) => Err(Stop::failed(format!(
            "expected the live cart of {}, got {actual:?}",
            expected.header.version
        ))),
    }
}

/// Asks that nothing is there.
#[track_caller]
pub(crate) fn missing(actual: &Stored) -> CaseResult {
    equal(actual, &Stored::Missing, "what is stored")
}

/// Asks for a tombstone of this version.
#[track_caller]
pub(crate) fn tombstone(actual: &Stored, version: Version) -> CaseResult {
    equal(actual, &Stored::Tombstone(version), "what is stored")
}

/// Asks that two records have the same header and the same parts, byte for byte.
///
/// The records of the suite are no secret, so that the message can show what a `Part` would hide.
#[track_caller]
pub(crate) fn same_record(actual: &CartRecord, expected: &CartRecord) -> CaseResult {
    if actual == expected {
        return Ok(());
    }
    let parts = |record: &CartRecord| {
        [
            ("items", record.parts.items.clone()),
            ("conditions", record.parts.conditions.clone()),
            ("metadata", record.parts.metadata.clone()),
            ("ledger", record.header.ledger.clone()),
        ]
    };
    let mut differences: Vec<String> = parts(actual)
        .iter()
        .zip(parts(expected))
        .filter(|((_, actual), (_, expected))| actual != expected)
        .map(|((name, actual), (_, expected))| {
            let [actual, expected] = [actual, &expected].map(|part| shortened(part.as_str()));
            format!("{name}: expected {expected}, got {actual}")
        })
        .collect();
    if actual.header != expected.header {
        differences.push(format!(
            "header: expected {:?}, got {:?}",
            expected.header, actual.header
        ));
    }
    Err(Stop::failed(format!(
        "the record differs\n  {}",
        differences.join("\n  ")
    )))
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 200;
    let start: String = text.chars().take(LONGEST).collect();
    if start.len() == text.len() {
        format!("{text:?}")
    } else {
        format!("{start:?}… ({} bytes)", text.len())
    }
}

/// Asks for an error of this kind, and gives it.
#[track_caller]
pub(crate) fn refused<T: Debug>(answer: Result<T, Error>, kind: ErrorKind) -> CaseResult<Error> {
    match answer {
        Err(error) if error.kind() == kind => Ok(error),
        Err(error) => Err(Stop::failed(format!(
            "expected the error {}, got {error}",
            kind.as_str()
        ))),
        Ok(value) => Err(Stop::failed(format!(
            "expected the error {}, got Ok({value:?})",
            kind.as_str()
        ))),
    }
}

/// Asks for a conflict with exactly what is stored: its version, and whether it is live.
#[track_caller]
pub(crate) fn conflict<T: Debug>(answer: Result<T, Error>, stored: &Stored) -> CaseResult {
    let error = refused(answer, ErrorKind::Conflict)?;
    let Some(conflict) = error.conflict() else {
        return Err(Stop::failed("expected a conflict with its versions"));
    };
    let actual = (conflict.actual(), conflict.live());
    let expected = (stored.version(), matches!(stored, Stored::Live(_)));
    equal(
        &actual,
        &expected,
        "version and life that the conflict tells",
    )
}

/// Asks for exactly as many values as the caller has names for.
#[track_caller]
pub(crate) fn sized<T, const N: usize>(values: Vec<T>, what: &str) -> CaseResult<[T; N]> {
    let found = values.len();
    values
        .try_into()
        .map_err(|_| Stop::failed(format!("{what}: expected {N}, got {found}")))
}
