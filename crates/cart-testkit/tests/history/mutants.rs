//! Histories spoilt in one place, as a broken store would.

use cart_core::Version;
use cart_testkit::history::{Action, Answer, Content, Digest, Event, Found, Write};

use crate::simulation::Random;

/// What is done to a history. `None` when it has no place for it.
pub(crate) type Mutate = fn(&mut Random, Vec<Event>) -> Option<Vec<Event>>;

pub(crate) const ALL: &[(&str, Mutate)] = &[
    ("stale read", stale_read),
    ("lost update", lost_update),
    ("false conflict", false_conflict),
    ("resurrection", resurrection),
    ("phantom", phantom),
    ("vanished cart", vanished_cart),
    ("torn record", torn_record),
    ("denied write", denied_write),
    ("forgotten write", forgotten_write),
    ("shifted in time", shifted_in_time),
];

fn places(history: &[Event], wanted: impl Fn(&Action) -> bool) -> Vec<usize> {
    (0..history.len())
        .filter(|index| wanted(&history[*index].action))
        .collect()
}

fn written(history: &[Event]) -> Vec<Write> {
    let save = |event: &Event| match event.action {
        Action::Save { write, .. } => Some(write),
        Action::Load { .. } => None,
    };
    history.iter().filter_map(save).collect()
}

fn finds(version: Version, content: Content) -> Action {
    Action::Load {
        found: Found::Stored { version, content },
    }
}

fn is_load(action: &Action) -> bool {
    matches!(action, Action::Load { .. })
}

fn answered(action: &Action, wanted: impl Fn(Answer) -> bool) -> bool {
    matches!(action, Action::Save { answer, .. } if wanted(*answer))
}

fn answer_with(action: &mut Action, new: Answer) {
    if let Action::Save { answer, .. } = action {
        *answer = new;
    }
}

fn stale_read(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let index = random.pick(&places(&history, is_load))?;
    let write = random.pick(&written(&history))?;
    history[index].action = finds(write.version, write.content);
    Some(history)
}

fn lost_update(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let is_conflict =
        |action: &Action| answered(action, |answer| matches!(answer, Answer::Conflict { .. }));
    let index = random.pick(&places(&history, is_conflict))?;
    answer_with(&mut history[index].action, Answer::Acknowledged);
    Some(history)
}

fn false_conflict(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let is_success = |action: &Action| answered(action, |answer| answer == Answer::Acknowledged);
    let index = random.pick(&places(&history, is_success))?;
    let stored = random.pick(&written(&history));
    let answer = Answer::Conflict {
        actual: stored.map(|write| write.version),
        live: stored.is_some_and(|write| write.content.is_live()),
    };
    answer_with(&mut history[index].action, answer);
    Some(history)
}

fn resurrection(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let is_tombstone = |action: &Action| {
        matches!(
            action,
            Action::Load {
                found: Found::Stored {
                    content: Content::Tombstone,
                    ..
                }
            }
        )
    };
    let index = random.pick(&places(&history, is_tombstone))?;
    let mut carts = written(&history);
    carts.retain(|write| write.content.is_live());
    let write = random.pick(&carts)?;
    history[index].action = finds(write.version, write.content);
    Some(history)
}

fn phantom(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let index = random.pick(&places(&history, is_load))?;
    let version = Version::first(random.next());
    history[index].action = finds(version, Content::Live(Digest(random.next())));
    Some(history)
}

fn vanished_cart(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let index = random.pick(&places(&history, is_load))?;
    history[index].action = Action::Load {
        found: Found::Missing,
    };
    Some(history)
}

fn torn_record(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let index = random.pick(&places(&history, is_load))?;
    if let Action::Load {
        found: Found::Stored { content, .. },
    } = &mut history[index].action
    {
        *content = Content::Live(Digest(random.next()));
    }
    Some(history)
}

fn denied_write(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let is_possible = |action: &Action| {
        answered(action, |answer| {
            matches!(answer, Answer::Acknowledged | Answer::Unknown)
        })
    };
    let index = random.pick(&places(&history, is_possible))?;
    answer_with(&mut history[index].action, Answer::Failed);
    Some(history)
}

fn forgotten_write(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let index = random.pick(&places(&history, |action| !is_load(action)))?;
    history.remove(index);
    Some(history)
}

fn shifted_in_time(random: &mut Random, mut history: Vec<Event>) -> Option<Vec<Event>> {
    let index = random.below(history.len());
    let end = history.iter().map(|event| event.returned).max()?;
    let event = &mut history[index];
    let length = event.returned - event.called;
    event.called = random.next() % (end + 1);
    event.returned = event.called + length;
    Some(history)
}
