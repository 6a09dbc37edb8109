use super::*;

/// A code of each row, and what it means.
const ROWS: &[(u16, ErrorKind, RetryClass, Cause)] = &[
    (1213, Busy, NotApplied, Collision),
    (1021, Full, Permanent, Refused),
    (1114, Full, Permanent, Refused),
    (1194, Corrupt, Permanent, Refused),
    (1040, Busy, NotApplied, Lost),
    (1203, Busy, NotApplied, Lost),
    (1041, Busy, NotApplied, Refused),
    (1044, Denied, Permanent, Refused),
    (1045, Denied, Permanent, Refused),
    (1049, Unprepared, Permanent, Refused),
    (1047, Unavailable, NotApplied, Refused),
    (1053, Unavailable, OutcomeUnknown, Lost),
    (1054, Unprepared, Permanent, Refused),
    (1062, Busy, NotApplied, Duplicate),
    (1130, Denied, Permanent, Refused),
    (1142, Denied, Permanent, Refused),
    (1146, Unprepared, Permanent, Refused),
    (1153, TooLarge, Permanent, Lost),
    (1158, Unavailable, OutcomeUnknown, Lost),
    (1161, Unavailable, OutcomeUnknown, Lost),
    (1927, Unavailable, OutcomeUnknown, Lost),
    (2006, Unavailable, OutcomeUnknown, Lost),
    (2013, Unavailable, OutcomeUnknown, Lost),
    (1180, Unavailable, OutcomeUnknown, Lost),
    (1412, Busy, NotApplied, Refused),
    (1193, Unprepared, Permanent, Refused),
    (1205, Busy, NotApplied, Refused),
    (1243, Unavailable, NotApplied, Lost),
    (1406, Unexpected, Permanent, Refused),
    (1290, ReadOnly, Permanent, Refused),
    (1792, ReadOnly, Permanent, Refused),
    (1836, ReadOnly, Permanent, Refused),
    (1317, Busy, NotApplied, Refused),
    (1969, Busy, NotApplied, Refused),
    (3024, Busy, NotApplied, Refused),
    (1461, Busy, NotApplied, Refused),
    (1665, Unprepared, Permanent, Refused),
    (1030, Unavailable, NotApplied, Refused),
    (1815, Unexpected, Permanent, Refused),
    (1026, Unavailable, OutcomeUnknown, Refused),
    (1064, Unexpected, Permanent, Refused),
];

fn said(code: u16, message: &str) -> mysql_async::Error {
    mysql_async::Error::Server(ServerError {
        code,
        message: message.to_owned(),
        state: "HY000".to_owned(),
    })
}

#[test]
fn each_row_means_what_it_says() {
    for (code, kind, retry_class, cause) in ROWS {
        let failure = classify(&said(*code, "it failed"));
        assert_eq!(failure.cause, *cause, "{code}");
        let error = failure.into_error();
        assert_eq!(
            (error.kind(), error.retry_class()),
            (*kind, *retry_class),
            "{code}"
        );
    }
}

#[test]
fn each_row_is_tested_and_no_number_stands_in_two() {
    let mut seen = Vec::new();
    for meaning in &MEANINGS {
        let is_tested = |code: &u16| ROWS.iter().any(|(tested, ..)| tested == code);
        let is_last = meaning.code.is_empty();
        assert!(
            is_last || meaning.code.iter().any(is_tested),
            "{}",
            meaning.advice
        );
        for code in meaning.code {
            assert!(!seen.contains(code), "{code}");
            seen.push(*code);
        }
    }
}

#[test]
fn a_full_disk_is_full_whatever_noticed_it() {
    for (code, message) in [
        (
            1030,
            "Got error 28 \"No space left on device\" from storage engine InnoDB",
        ),
        (
            1026,
            "Error writing file 'binlog' (errno: 28 \"No space left on device\")",
        ),
    ] {
        let error = classify(&said(code, message)).into_error();
        assert_eq!(
            (error.kind(), error.retry_class()),
            (Full, Permanent),
            "{code}"
        );
    }
}

#[test]
fn what_the_server_quotes_is_left_out() {
    let error = classify(&said(
        1062,
        "Duplicate entry 'alice's-user' for key 'carts_key'",
    ));
    let error = error.into_error();
    let source = error.source().expect("a source").to_string();
    assert_eq!(source, "1062: Duplicate entry '…'");
    assert_eq!(unquoted("Sort aborted"), "Sort aborted");
    assert_eq!(unquoted("Can't say"), "Can't say");
}

#[test]
fn a_broken_connection_leaves_the_outcome_open() {
    let broken = || io::Error::from(io::ErrorKind::ConnectionReset);
    let failure = classify(&broken().into());
    assert_eq!(failure.cause, Lost);
    let error = failure.into_error();
    assert_eq!(
        (error.kind(), error.retry_class()),
        (Unavailable, OutcomeUnknown)
    );

    let failure = classify_connecting(&broken().into());
    assert_eq!(failure.cause, Lost);
    let error = failure.into_error();
    assert_eq!(
        (error.kind(), error.retry_class()),
        (Unavailable, NotApplied)
    );
}

#[test]
fn a_connection_that_cannot_be_encrypted_stays_so() {
    let wrong = rustls::Error::General("no".into());
    let by_system = io::Error::new(io::ErrorKind::InvalidData, wrong);
    for error in [
        mysql_async::Error::from(DriverError::NoClientSslFlagFromServer),
        by_system.into(),
    ] {
        let error = classify_connecting(&error).into_error();
        assert_eq!(
            (error.kind(), error.retry_class()),
            (Unavailable, Permanent)
        );
    }
}

#[test]
fn what_came_over_the_wire_is_in_no_message() {
    let payload = b"secret".to_vec();
    let error = classify(&DriverError::UnexpectedPacket { payload }.into()).into_error();
    let source = error.source().expect("a source").to_string();
    assert_eq!(source, "the client failed");
}
