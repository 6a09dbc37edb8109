//! Each row of the table by a code of its own; `tests/server` meets the real ones.

use super::*;

#[test]
fn every_code_has_its_meaning() {
    let cases = [
        ("08006", Unavailable, OutcomeUnknown, Lost),
        ("0A000", Unavailable, NotApplied, Lost),
        ("22021", Unexpected, Permanent, Refused),
        ("23505", Busy, NotApplied, Duplicate),
        ("23514", Unexpected, Permanent, Refused),
        ("25006", ReadOnly, Permanent, Refused),
        ("25P03", Unavailable, NotApplied, Lost),
        ("26000", Unavailable, NotApplied, Lost),
        ("28P01", Denied, Permanent, Refused),
        ("3D000", Unprepared, Permanent, Refused),
        ("3F000", Unprepared, Permanent, Refused),
        ("40001", Busy, NotApplied, Collision),
        ("40003", Unavailable, OutcomeUnknown, Lost),
        ("40P01", Busy, NotApplied, Collision),
        ("42501", Denied, Permanent, Refused),
        ("42601", Unexpected, Permanent, Refused),
        ("42703", Unprepared, Permanent, Refused),
        ("42P01", Unprepared, Permanent, Refused),
        ("53100", Full, Permanent, Refused),
        ("53200", Busy, NotApplied, Refused),
        ("53300", Busy, NotApplied, Lost),
        ("54000", TooLarge, Permanent, Refused),
        ("55006", Busy, NotApplied, Refused),
        ("55P03", Busy, NotApplied, Refused),
        ("57014", Busy, NotApplied, Refused),
        ("57P01", Unavailable, OutcomeUnknown, Lost),
        ("57P03", Unavailable, NotApplied, Lost),
        ("57P04", Unprepared, Permanent, Lost),
        ("58030", Unavailable, NotApplied, Refused),
        ("XX001", Corrupt, Permanent, Refused),
        ("XX002", Corrupt, Permanent, Refused),
        ("P0001", Unexpected, Permanent, Refused),
    ];
    let mut met = Vec::new();
    for (code, kind, retry_class, cause) in cases {
        let known = meaning_of(code);
        let told = (known.kind, known.retry_class, known.cause);
        assert_eq!(told, (kind, retry_class, cause), "{code}");
        met.push(known.code);
    }
    for row in &MEANINGS {
        assert!(
            met.contains(&row.code),
            "nothing meets the row {:?}",
            row.code
        );
    }
}
