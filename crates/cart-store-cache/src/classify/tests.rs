use std::error::Error as _;

use super::*;

/// A text for each beginning, as servers send it, and what it means.
const ROWS: &[(&str, ErrorKind, RetryClass, Cause)] = &[
    (
        "LOADING Redis is loading the dataset in memory",
        Unavailable,
        NotApplied,
        Unready,
    ),
    (
        "READONLY You can't write against a read only replica.",
        ReadOnly,
        NotApplied,
        Deposed,
    ),
    (
        "OOM command not allowed when used memory > 'maxmemory'.",
        Full,
        Permanent,
        Refused,
    ),
    (
        "MISCONF Errors writing to the AOF file: No space left on device",
        Full,
        Permanent,
        Refused,
    ),
    (
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
        Unavailable,
        NotApplied,
        Refused,
    ),
    (
        "NOSCRIPT No matching script. Please use EVAL.",
        Unavailable,
        NotApplied,
        Forgotten,
    ),
    (
        "CLUSTERDOWN The cluster is down",
        Unavailable,
        OutcomeUnknown,
        Unready,
    ),
    (
        "TRYAGAIN Multiple keys request during rehashing of slot",
        Unavailable,
        NotApplied,
        Unready,
    ),
    ("MOVED", Unavailable, NotApplied, Unready),
    ("ASK 7", Unavailable, NotApplied, Unready),
    (
        "CROSSSLOT Keys in request don't hash to the same slot",
        Unexpected,
        Permanent,
        Refused,
    ),
    (
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        Unavailable,
        NotApplied,
        Unready,
    ),
    (
        "NOREPLICAS Not enough good replicas to write.",
        Unavailable,
        NotApplied,
        Unready,
    ),
    (
        "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
        Unavailable,
        OutcomeUnknown,
        Deposed,
    ),
    (
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        Busy,
        NotApplied,
        Refused,
    ),
    (
        "NOPERM this user has no permissions to run the 'evalsha' command",
        Denied,
        Permanent,
        Refused,
    ),
    (
        "NOAUTH Authentication required.",
        Denied,
        Permanent,
        Refused,
    ),
    (
        "WRONGPASS invalid username-password pair or user is disabled.",
        Denied,
        Permanent,
        Refused,
    ),
    ("ERR invalid password", Denied, Permanent, Refused),
    (
        "ERR AUTH <password> called without any password configured for the default user.",
        Denied,
        Permanent,
        Refused,
    ),
    (
        "ERR Client sent AUTH, but no password is set",
        Denied,
        Permanent,
        Refused,
    ),
    (
        "DENIED Redis is running in protected mode because protected mode is enabled",
        Denied,
        Permanent,
        Refused,
    ),
    (
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        Corrupt,
        Permanent,
        Refused,
    ),
    ("ERR max number of clients reached", Busy, NotApplied, Lost),
    (
        "ERR DB index is out of range",
        Unprepared,
        Permanent,
        Refused,
    ),
    ("ERR invalid DB index", Unprepared, Permanent, Refused),
    (
        "ERR SELECT is not allowed in cluster mode",
        Invalid,
        Permanent,
        Refused,
    ),
    (
        "ERR This instance has cluster support disabled",
        Invalid,
        Permanent,
        Refused,
    ),
    (
        "ERR unknown command 'EVALSHA'",
        Unprepared,
        Permanent,
        Refused,
    ),
    (
        "ERR Unknown subcommand or wrong number of arguments for 'shards'.",
        Unprepared,
        Permanent,
        Refused,
    ),
    (
        "ERR unknown subcommand 'shards'. Try CLUSTER HELP.",
        Unprepared,
        Permanent,
        Refused,
    ),
    (
        "ERR No such master with that name",
        Unprepared,
        Permanent,
        Refused,
    ),
    (
        "IDONTKNOW No info about this master",
        Unprepared,
        Permanent,
        Refused,
    ),
    (
        "ERR Protocol error: unbalanced quotes in request",
        Unexpected,
        OutcomeUnknown,
        Lost,
    ),
    (
        "EXECABORT Transaction discarded because of previous errors.",
        Unexpected,
        Permanent,
        Refused,
    ),
    (
        "ERR Error running script (call to f_a): @user_script:1: no",
        Unexpected,
        Permanent,
        Refused,
    ),
    ("ERR user_script:1: no", Unexpected, Permanent, Refused),
    (
        "NOTREADY Cluster is not ready",
        Unavailable,
        NotApplied,
        Unready,
    ),
    (
        "INPROG Failover already in progress",
        Unavailable,
        NotApplied,
        Unready,
    ),
    (
        "NOMASTERLINK Can't SYNC while not connected with my master",
        Unavailable,
        NotApplied,
        Unready,
    ),
    (
        "ERR value is not an integer or out of range",
        Unexpected,
        Permanent,
        Refused,
    ),
];

fn said(text: &str) -> FredError {
    let kind = match text.split(' ').next() {
        Some("NOAUTH" | "WRONGPASS") => FredKind::Auth,
        Some("ASK" | "CLUSTERDOWN" | "MOVED") => FredKind::Cluster,
        Some("WRONGTYPE") => FredKind::InvalidArgument,
        _ => FredKind::Unknown,
    };
    FredError::new(kind, text.to_owned())
}

fn classes(failure: &Failure) -> (ErrorKind, RetryClass, Cause) {
    (failure.kind(), failure.retry_class(), failure.cause.clone())
}

#[test]
fn each_row_means_what_it_says() {
    for (text, kind, retry_class, cause) in ROWS {
        let expected = (*kind, *retry_class, cause.clone());
        assert_eq!(classes(&classify(&said(text))), expected, "{text}");
    }
}

#[test]
fn each_row_is_tested_and_none_hides_another() {
    for (row, meaning) in MEANINGS.iter().enumerate() {
        for beginning in meaning.beginnings {
            let of_row = |(text, ..): &&(&str, ErrorKind, RetryClass, Cause)| {
                let fits = |known: &Meaning| {
                    let mut beginnings = known.beginnings.iter();
                    beginnings.any(|beginning| text.starts_with(beginning))
                };
                MEANINGS.iter().position(fits) == Some(row) && text.starts_with(beginning)
            };
            assert!(ROWS.iter().any(|tested| of_row(&tested)), "{beginning}");
        }
    }
}

#[test]
fn a_redirection_says_where_to() {
    let cases = [
        (
            "MOVED 3999 127.0.0.1:6381",
            Cause::Moved(Host::new("127.0.0.1", 6381)),
        ),
        ("MOVED 3999 ::1:6381", Cause::Moved(Host::new("::1", 6381))),
        ("MOVED 3999 :6381", Cause::Moved(Host::new("", 6381))),
        (
            "ASK 1 cache-2.example.com:7000",
            Cause::Asked(Host::new("cache-2.example.com", 7000)),
        ),
        ("MOVED 3999 127.0.0.1", Unready),
        ("MOVED 3999 127.0.0.1:port", Unready),
    ];
    for (text, cause) in cases {
        assert_eq!(classify(&said(text)).cause, cause, "{text}");
    }
}

#[test]
fn what_the_client_says_of_itself_tells_whether_the_call_went_out() {
    let cases = [
        (FredKind::Timeout, "Request timed out.", OutcomeUnknown),
        (FredKind::Canceled, "Canceled.", NotApplied),
        (FredKind::IO, "Connection closed.", OutcomeUnknown),
        (
            FredKind::IO,
            "Os { code: 104, kind: ConnectionReset }",
            OutcomeUnknown,
        ),
        (FredKind::Unknown, "channel closed", OutcomeUnknown),
        (FredKind::Unknown, "Client is not initialized.", NotApplied),
        (
            FredKind::Unknown,
            "Failed to send command to router.",
            NotApplied,
        ),
        (FredKind::Protocol, "no frame", OutcomeUnknown),
    ];
    for (kind, text, retry_class) in cases {
        let failure = classify(&FredError::new(kind, text));
        assert_eq!(
            classes(&failure),
            (Unavailable, retry_class, Lost),
            "{text}"
        );
    }
}

#[test]
fn while_connecting_nothing_is_applied() {
    let cases = [
        (
            FredKind::IO,
            "Os { code: 111, kind: ConnectionRefused }",
            NotApplied,
        ),
        (FredKind::Timeout, "Request timed out.", NotApplied),
        (
            FredKind::IO,
            "Custom { kind: InvalidData, error: InvalidCertificate(UnknownIssuer) }",
            Permanent,
        ),
        (FredKind::Tls, "InvalidDnsNameError", Permanent),
    ];
    for (kind, text, retry_class) in cases {
        let failure = classify_connecting(&FredError::new(kind, text));
        assert_eq!(
            classes(&failure),
            (Unavailable, retry_class, Lost),
            "{text}"
        );
    }
    let refused = classify_connecting(&said("WRONGPASS invalid username-password pair"));
    assert_eq!(classes(&refused), (Denied, Permanent, Refused));
}

#[test]
fn what_the_server_quotes_is_left_out() {
    let text = "ERR unknown command 'EVALSHA', with args beginning with: 'cart:{alice}' ";
    let error = classify(&said(text)).into_error();
    let source = error.source().expect("a source").to_string();
    assert_eq!(source, "ERR unknown command 'EVALSHA'");
}
