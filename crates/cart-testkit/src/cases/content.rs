//! SAVE-6 and SAVE-7: what is stored comes back as it was, and what is too large is refused.

use cart_core::{CartRecord, ErrorKind, Expect, RecordState, SaveRequest, Timestamp, Version};

use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key};

pub(super) const CASES: &[Case] = &[
    case!(parts_come_back_byte_for_byte, [Save6], ["A2", "A11"]),
    case!(order_is_kept, [Save6], ["A11"]),
    case!(null_and_missing_stay_apart, [Save6], ["A10"]),
    case!(any_unicode_comes_back, [Save6], ["H6"]),
    case!(numbers_stay_as_they_were_written, [Save6], ["H7"]),
    case!(unknown_fields_come_back, [Save6], ["H9"]),
    case!(deep_content_comes_back, [Save6], ["H4"]),
    case!(hostile_content_stays_content, [Save6], ["G6", "G7"]),
    case!(large_record_comes_back, [Save6], ["H1"]),
    case!(
        versions_come_back_up_to_their_limits,
        [Save6, Save5],
        ["B13", "B15"]
    ),
    case!(
        versions_at_their_limits_are_compared,
        [Save2, Save5],
        ["B9", "B15"]
    ),
    case!(times_come_back_up_to_their_limits, [Save6], ["A12"]),
    case!(summary_comes_back_up_to_its_limits, [Save6], ["H5"]),
    case!(state_and_mark_come_back, [Save6], [], needs Marks),
    case!(ledger_comes_back, [Save6], []),
    case!(every_write_path_keeps_every_field, [Save6, Exp3], []),
    case!(record_at_the_limit_is_stored, [Save7], ["H2"], needs RecordLimit),
    case!(record_over_the_limit_is_refused, [Save7], ["H2"], needs RecordLimit),
    case!(limit_counts_bytes, [Save7], ["H2"], needs RecordLimit),
];

/// Stores a record and asks for the very same one.
async fn round_trip(subject: &Subject, record: &CartRecord) -> CaseResult {
    let key = key("ann")?;
    subject.save(&key, record, Expect::Any).await?;
    check::live(&subject.load(&key).await?, record)
}

async fn with_metadata(subject: &Subject, metadata: &str) -> CaseResult {
    let mut record = subject.record(1);
    record.parts.metadata = metadata.into();
    round_trip(subject, &record).await
}

async fn parts_come_back_byte_for_byte(subject: &Subject) -> CaseResult {
    let mut record = subject.record(1);
    record.parts.items = " [ {\"id\" : \"b\"},\n\t{\"id\":\"a\"} ]\r\n".into();
    record.parts.conditions = "[{\"name\":\"x\",\"name2\":\"\\u0041\\/\"}]".into();
    record.parts.metadata = "{\"b\":1,\"a\":2,\"\":{}}".into();
    round_trip(subject, &record).await
}

async fn order_is_kept(subject: &Subject) -> CaseResult {
    let numbers: Vec<String> = (0..50)
        .rev()
        .map(|n| format!(r#"{{"id":"{n}"}}"#))
        .collect();
    let fields: Vec<String> = (0..50).rev().map(|n| format!(r#""{n}":{n}"#)).collect();
    let mut record = subject.record(1);
    record.parts.items = format!("[{}]", numbers.join(",")).into();
    record.parts.conditions = format!("[{}]", numbers.join(",")).into();
    record.parts.metadata = format!("{{{}}}", fields.join(",")).into();
    round_trip(subject, &record).await
}

async fn null_and_missing_stay_apart(subject: &Subject) -> CaseResult {
    for metadata in [
        "{}",
        r#"{"a":null}"#,
        r#"{"a":""}"#,
        r#"{"a":[]}"#,
        r#"{"a":{}}"#,
        r#"{"":null}"#,
    ] {
        with_metadata(subject, metadata).await?;
    }
    Ok(())
}

async fn any_unicode_comes_back(subject: &Subject) -> CaseResult {
    let texts = [
        "\u{10ffff}",
        "\u{feff}bom",
        "e\u{301} \u{e9}",
        "\u{202e}right to left",
        "\u{200d}\u{200b}",
        "\u{1f6d2}\u{1f3fd}",
        "\u{7f}\u{80}\u{9f}",
        "\u{2028}\u{2029}",
        "\u{fffd}\u{fffe}",
        "漢字 かな",
        r"\u0000",
        r"\ud834\udd1e",
        r"\ud834",
        r"\b\f\n\r\t\\\/",
    ];
    for text in texts {
        let mut record = subject.record(1);
        record.parts.items = format!(r#"[{{"name":"{text}"}}]"#).into();
        record.parts.metadata = format!(r#"{{"{text}":"{text}"}}"#).into();
        round_trip(subject, &record).await?;
    }
    Ok(())
}

async fn numbers_stay_as_they_were_written(subject: &Subject) -> CaseResult {
    let numbers = [
        "0",
        "-0",
        "-0.0",
        "1.10",
        "1.1",
        "1e2",
        "1E+2",
        "100",
        "1e400",
        "0.1",
        "18446744073709551616",
        "9007199254740993",
        "-9223372036854775809",
        "3.14159265358979323846264338327950288",
    ];
    for number in numbers {
        with_metadata(subject, &format!(r#"{{"n":{number}}}"#)).await?;
    }
    Ok(())
}

async fn unknown_fields_come_back(subject: &Subject) -> CaseResult {
    let mut record = subject.record(1);
    record.parts.items =
        r#"[{"id":"a","quantity":1,"of_a_newer_release":{"gift":true},"also":[1,null]}]"#.into();
    record.parts.conditions = r#"[{"name":"x","of_a_newer_release":1.50}]"#.into();
    record.header.ledger = r#"{"of_a_newer_release":["x"]}"#.into();
    round_trip(subject, &record).await
}

async fn deep_content_comes_back(subject: &Subject) -> CaseResult {
    const DEPTH: usize = 64;
    let nested = format!("{}{}", "[".repeat(DEPTH - 1), "]".repeat(DEPTH - 1));
    with_metadata(subject, &format!(r#"{{"a":{nested}}}"#)).await
}

async fn hostile_content_stays_content(subject: &Subject) -> CaseResult {
    let texts = [
        "'; DROP TABLE carts; --",
        "$1",
        "?",
        "%s",
        "{0}",
        "\\r\\n*1\\r\\n$8\\r\\nFLUSHALL",
        ":name",
        "${env:HOME}",
        "<script>",
        r"\u0001\u0002",
    ];
    for text in texts {
        let mut record = subject.record(1);
        record.parts.metadata = format!(r#"{{"text":"{text}"}}"#).into();
        record.header.ledger = format!(r#"{{"text":"{text}"}}"#).into();
        round_trip(subject, &record).await?;
    }
    Ok(())
}

/// A record whose encoded size is exactly `bytes`.
fn sized(subject: &Subject, bytes: usize, filler: &str) -> CartRecord {
    let mut record = subject.record(1);
    record.parts.metadata = r#"{"a":""}"#.into();
    let room = bytes.saturating_sub(record.size());
    let text = filler.repeat(room / filler.len()) + &"x".repeat(room % filler.len());
    record.parts.metadata = format!(r#"{{"a":"{text}"}}"#).into();
    record
}

async fn large_record_comes_back(subject: &Subject) -> CaseResult {
    let limit = subject.store().info().capabilities.record_limit;
    for bytes in [1 << 10, 1 << 16, 1 << 20] {
        if limit.is_none_or(|limit| bytes <= limit) {
            round_trip(subject, &sized(subject, bytes, "x")).await?;
        }
    }
    Ok(())
}

async fn versions_come_back_up_to_their_limits(subject: &Subject) -> CaseResult {
    for sequence in [1, 2, u64::from(u32::MAX) + 1, Version::MAX_SEQUENCE] {
        for write_id in [0, 1, u64::MAX >> 1, 1 << 63, u64::MAX] {
            let mut record = subject.record(1);
            record.header.version = Version::new(sequence, write_id)?;
            round_trip(subject, &record).await?;
        }
    }
    Ok(())
}

async fn versions_at_their_limits_are_compared(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let mut record = subject.record(1);
    record.header.version = Version::new(Version::MAX_SEQUENCE - 1, u64::MAX)?;
    subject.save(&key, &record, Expect::Absent).await?;
    let mut last = subject.next(&record, 2)?;
    for wrong in [0, 1 << 63, u64::MAX >> 1, u64::MAX - 1] {
        let twin = Version::new(Version::MAX_SEQUENCE - 1, wrong)?;
        let answer = subject.save(&key, &last, Expect::Version(twin)).await;
        check::conflict(answer, &cart_core::Stored::Live(record.clone()))?;
    }
    last.header.version = Version::new(Version::MAX_SEQUENCE, 1 << 63)?;
    let expect = Expect::Version(record.header.version);
    subject.save(&key, &last, expect).await?;
    check::live(&subject.load(&key).await?, &last)
}

async fn times_come_back_up_to_their_limits(subject: &Subject) -> CaseResult {
    for millis in [0, -1, 1, i64::MIN, i64::MAX] {
        let mut record = subject.record(1);
        record.header.created_at = Timestamp::from_millis(millis);
        record.header.updated_at = Timestamp::from_millis(millis);
        round_trip(subject, &record).await?;
    }
    Ok(())
}

async fn summary_comes_back_up_to_its_limits(subject: &Subject) -> CaseResult {
    for (amount, units, lines) in [
        (0, 0, 0),
        (-1, 1, 1),
        (i64::MIN, u64::MAX, u32::MAX),
        (i64::MAX, 1 << 63, u32::MAX - 1),
    ] {
        let mut record = subject.record(1);
        let summary = &mut record.header.summary;
        summary.currency = Some(cart_core::Currency::parse("BHD")?);
        summary.lines = lines;
        summary.units = units;
        summary.subtotal = amount;
        summary.total = amount;
        summary.claimed_until = Some(Timestamp::from_millis(amount));
        summary.converted_at = Some(Timestamp::from_millis(amount));
        round_trip(subject, &record).await?;
    }
    Ok(())
}

async fn state_and_mark_come_back(subject: &Subject) -> CaseResult {
    for state in [RecordState::Live, RecordState::Moving, RecordState::Moved] {
        for marked in [false, true] {
            let mut record = subject.record(1);
            record.header.state = state;
            record.header.marked = marked;
            round_trip(subject, &record).await?;
        }
    }
    Ok(())
}

async fn ledger_comes_back(subject: &Subject) -> CaseResult {
    for ledger in [
        "{}",
        r#"{"recent":["00000000000000ff"],"merged":[{"from":"a/b"}]}"#,
    ] {
        let mut record = subject.record(1);
        record.header.ledger = ledger.into();
        round_trip(subject, &record).await?;
    }
    Ok(())
}

async fn every_write_path_keeps_every_field(subject: &Subject) -> CaseResult {
    let mut record = subject.record(1);
    record.header.format = cart_core::FORMAT;
    record.header.created_at = Timestamp::from_millis(-5);
    record.header.updated_at = subject.after(7);
    record.header.expires_at = Some(subject.after(60_000));
    record.header.marked = subject.marks();
    record.header.summary.total = i64::MIN;
    round_trip(subject, &record).await?;

    let (first, second) = (key("batch")?, key("locked")?);
    let batch = [SaveRequest::new(
        first.clone(),
        record.clone(),
        Expect::Absent,
    )];
    for answer in subject.store().save_many(&batch).await? {
        answer?;
    }
    check::live(&subject.load(&first).await?, &record)?;
    if subject.store().info().capabilities.lock {
        let lock = subject.store().lock(&second).await?;
        let request = SaveRequest::new(second.clone(), record.clone(), Expect::Absent);
        lock.save(&request).await?;
        check::live(&subject.load(&second).await?, &record)?;
    }
    Ok(())
}

fn limit(subject: &Subject) -> usize {
    let declared = subject.store().info().capabilities.record_limit;
    declared.unwrap_or_default()
}

async fn record_at_the_limit_is_stored(subject: &Subject) -> CaseResult {
    let record = sized(subject, limit(subject), "x");
    check::equal(&record.size(), &limit(subject), "the record's size")?;
    round_trip(subject, &record).await
}

async fn record_over_the_limit_is_refused(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let over = sized(subject, limit(subject) + 1, "x");
    let answer = subject.save(&key, &over, Expect::Absent).await;
    check::refused(answer, ErrorKind::TooLarge)?;
    check::missing(&subject.load(&key).await?)?;

    let kept = subject.create(&key, 2).await?;
    let answer = subject.save(&key, &over, Expect::Any).await;
    check::refused(answer, ErrorKind::TooLarge)?;
    check::live(&subject.load(&key).await?, &kept)
}

async fn limit_counts_bytes(subject: &Subject) -> CaseResult {
    // Four bytes a character: a limit that counts characters would let this pass.
    let over = sized(subject, limit(subject) + 1, "\u{1f6d2}");
    let answer = subject.save(&key("ann")?, &over, Expect::Absent).await;
    check::refused(answer, ErrorKind::TooLarge)?;
    Ok(())
}
