//! Each rule, broken on purpose, is named and shown by the events that matter.

use cart_core::Version;
use cart_testkit::history::{
    Action, Answer, Content, Digest, Event, Found, Rule, Violation, Write, check, read_json_lines,
    write_json_lines,
};

fn version(sequence: u64) -> Version {
    Version::new(sequence, sequence + 0xa0).unwrap()
}

/// The cart that the write of `version` stores.
fn cart(version: Version) -> Content {
    Content::Live(Digest(version.write_id()))
}

fn event(client: u32, (called, returned): (u64, u64), action: Action) -> Event {
    Event {
        client,
        key: "/user/1/default".to_owned(),
        called,
        returned,
        action,
    }
}

fn save(client: u32, when: (u64, u64), write: Write, answer: Answer) -> Event {
    event(client, when, Action::Save { write, answer })
}

fn create(version: Version) -> Write {
    Write {
        version,
        content: cart(version),
        expected: None,
    }
}

fn replace(expected: Version, version: Version) -> Write {
    Write {
        version,
        content: cart(version),
        expected: Some(expected),
    }
}

fn delete(expected: Version, version: Version) -> Write {
    Write {
        version,
        content: Content::Tombstone,
        expected: Some(expected),
    }
}

fn load(client: u32, when: (u64, u64), version: Version) -> Event {
    let content = cart(version);
    let found = Found::Stored { version, content };
    event(client, when, Action::Load { found })
}

fn violation(history: &[Event]) -> Violation {
    check(history).unwrap_err()
}

#[test]
fn two_writes_of_one_version_are_named() {
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        save(1, (3, 4), delete(version(9), version(1)), Answer::Failed),
    ];
    assert_eq!(violation(&history).rule, Rule::OneWriter);
}

#[test]
fn two_successors_of_one_version_are_a_lost_update() {
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        save(
            0,
            (3, 6),
            replace(version(1), version(2)),
            Answer::Acknowledged,
        ),
        save(
            1,
            (4, 7),
            replace(version(1), version(3)),
            Answer::Acknowledged,
        ),
        load(2, (8, 9), version(3)),
    ];
    let violation = violation(&history);
    assert_eq!(violation.rule, Rule::OneSuccessor);
    assert_eq!(violation.window, history[1..3]);
}

#[test]
fn a_version_that_nobody_wrote_is_a_phantom() {
    let history = [load(0, (1, 2), version(4))];
    assert_eq!(violation(&history).rule, Rule::NothingFromNowhere);
}

#[test]
fn a_failed_write_that_is_read_is_a_phantom() {
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Failed),
        load(1, (3, 4), version(1)),
    ];
    let violation = violation(&history);
    assert_eq!(violation.rule, Rule::NothingFromNowhere);
    assert_eq!(violation.window, history);
}

#[test]
fn other_content_than_was_written_is_torn() {
    let found = Found::Stored {
        version: version(1),
        content: Content::Live(Digest(0)),
    };
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        event(1, (3, 4), Action::Load { found }),
    ];
    assert_eq!(violation(&history).rule, Rule::ReadsWhatWasWritten);
}

#[test]
fn a_conflict_with_the_expected_version_is_false() {
    let conflict = Answer::Conflict {
        actual: Some(version(1)),
        live: true,
    };
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        save(1, (3, 4), replace(version(1), version(2)), conflict),
    ];
    let violation = violation(&history);
    assert_eq!(violation.rule, Rule::RefusesWithReason);
    assert_eq!(violation.window, history[1..]);
}

#[test]
fn a_conflict_with_the_own_version_is_false() {
    let conflict = Answer::Conflict {
        actual: Some(version(1)),
        live: true,
    };
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Unknown),
        save(0, (3, 4), create(version(1)), conflict),
    ];
    assert_eq!(violation(&history).rule, Rule::RefusesWithReason);
}

#[test]
fn creating_over_a_cart_is_found() {
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        save(1, (3, 4), create(version(2)), Answer::Acknowledged),
    ];
    assert_eq!(violation(&history).rule, Rule::CreatesOnlyWhatIsAbsent);
}

#[test]
fn a_delete_of_unknown_outcome_explains_a_second_creation() {
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        save(0, (3, 4), delete(version(1), version(2)), Answer::Unknown),
        save(1, (5, 6), create(version(3)), Answer::Acknowledged),
    ];
    assert_eq!(check(&history).map(|summary| summary.writes), Ok(3));
}

#[test]
fn a_delete_that_came_after_the_second_creation_does_not_explain_it() {
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        save(1, (3, 4), create(version(3)), Answer::Acknowledged),
        save(0, (5, 6), delete(version(1), version(2)), Answer::Unknown),
    ];
    assert_eq!(violation(&history).rule, Rule::RespectsRealTime);
}

#[test]
fn writes_that_depend_on_each_other_are_a_circle() {
    let history = [
        save(
            0,
            (1, 4),
            replace(version(2), version(1)),
            Answer::Acknowledged,
        ),
        save(
            1,
            (2, 3),
            replace(version(1), version(2)),
            Answer::Acknowledged,
        ),
    ];
    assert_eq!(violation(&history).rule, Rule::NoCircle);
}

#[test]
fn an_old_version_after_a_newer_one_was_complete_is_stale() {
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        save(
            0,
            (3, 4),
            replace(version(1), version(2)),
            Answer::Acknowledged,
        ),
        load(1, (5, 6), version(1)),
    ];
    let violation = violation(&history);
    assert_eq!(violation.rule, Rule::RespectsRealTime);
    assert_eq!(violation.window, history);
}

#[test]
fn operations_that_touch_at_one_moment_are_concurrent() {
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        save(
            0,
            (3, 5),
            replace(version(1), version(2)),
            Answer::Acknowledged,
        ),
        load(1, (5, 6), version(1)),
    ];
    assert_eq!(check(&history).map(|summary| summary.operations), Ok(3));
}

#[test]
fn a_violation_is_shown_with_the_events_that_matter() {
    let history = [
        save(0, (1, 2), create(version(1)), Answer::Acknowledged),
        save(
            0,
            (3, 4),
            replace(version(1), version(2)),
            Answer::Acknowledged,
        ),
        load(1, (5, 6), version(1)),
    ];
    assert_eq!(
        violation(&history).to_string(),
        "cart /user/1/default: broken rule: an operation sees everything that was complete when \
         it began, and nothing that began after it had ended\n  \
         1..2 ns, client 0: save of 1-00000000000000a1, a cart (digest 00000000000000a1), over no \
         live cart: acknowledged\n  \
         3..4 ns, client 0: save of 2-00000000000000a2, a cart (digest 00000000000000a2), over \
         1-00000000000000a1: acknowledged\n  \
         5..6 ns, client 1: load found 1-00000000000000a1, a cart (digest 00000000000000a1)"
    );
}

#[test]
fn a_history_survives_as_json_lines() {
    let history = crate::simulation::history(7, 200, 10);
    let mut text = Vec::new();
    write_json_lines(&history, &mut text).unwrap();
    assert_eq!(read_json_lines(&text[..]).unwrap(), history);
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count(), history.len());
}

#[test]
fn a_line_that_is_no_event_is_refused() {
    let error = read_json_lines(&b"{\"client\":1}\n"[..]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}
