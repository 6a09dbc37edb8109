//! A second judge that knows nothing of versions: it searches for an order.

use std::collections::{BTreeMap, HashSet};

use cart_core::Version;

use super::event::{Action, Answer, Content, Event, Found};

/// What is stored: nothing, or a version and its content.
type State = Option<(Version, Content)>;

/// Whether some order of the operations explains every answer.
///
/// It tries the orders that the clock allows, one by one, and remembers where it has been (the
/// search of Wing and Gong). That takes exponential time where much is concurrent: it is meant for
/// histories of at most 1,000 events, to confirm what [`check`](super::check) says.
pub fn is_linearizable(history: &[Event]) -> bool {
    let mut by_key: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in history {
        by_key.entry(&event.key).or_default().push(event);
    }
    by_key.into_values().all(|events| search(&events))
}

/// One node of the search: what has happened, and what is stored then.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node {
    happened: Vec<u64>,
    state: State,
}

impl Node {
    fn has(&self, index: usize) -> bool {
        self.happened[index / 64] >> (index % 64) & 1 == 1
    }

    fn after(&self, index: usize, state: State) -> Self {
        let mut happened = self.happened.clone();
        happened[index / 64] |= 1 << (index % 64);
        Self { happened, state }
    }
}

fn search(events: &[&Event]) -> bool {
    let start = Node {
        happened: vec![0; events.len().div_ceil(64)],
        state: None,
    };
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        let waiting = || (0..events.len()).filter(|index| !node.has(*index));
        // Whatever ended first has to happen before anything that began later.
        let Some(deadline) = waiting().map(|index| deadline(events[index])).min() else {
            return true;
        };
        if deadline == u64::MAX {
            return true;
        }
        for index in waiting().filter(|index| events[*index].called <= deadline) {
            let again = (0..events.len())
                .any(|other| node.has(other) && writes_same(events[other], events[index]));
            let after =
                step(events[index], node.state, again).map(|state| node.after(index, state));
            if let Some(after) = after
                && seen.insert(after.clone())
            {
                open.push(after);
            }
        }
    }
    false
}

/// When an operation has happened at the latest. One of unknown outcome needn't ever.
fn deadline(event: &Event) -> u64 {
    match event.action {
        Action::Save {
            answer: Answer::Unknown,
            ..
        } => u64::MAX,
        Action::Load { .. } | Action::Save { .. } => event.returned,
    }
}

/// Whether both are saves of one record, of which the first stored it.
fn writes_same(happened: &Event, event: &Event) -> bool {
    match (happened.action, event.action) {
        (
            Action::Save {
                write: first,
                answer: Answer::Acknowledged | Answer::Unknown,
            },
            Action::Save { write, .. },
        ) => first.version == write.version,
        _ => false,
    }
}

/// What is stored after the operation; `None` when it can't have been answered like that.
///
/// A record is stored once: made again, its save finds it there (`again`) or has come too late.
fn step(event: &Event, state: State, again: bool) -> Option<State> {
    let stored = state.map(|(version, _)| version);
    let live = state.is_some_and(|(_, content)| content.is_live());
    match event.action {
        Action::Load { found } => {
            let found = match found {
                Found::Missing => None,
                Found::Stored { version, content } => Some((version, content)),
            };
            (found == state).then_some(state)
        }
        Action::Save { write, answer } => {
            let there = stored == Some(write.version);
            let holds = match write.expected {
                Some(expected) => stored == Some(expected),
                None => !live,
            };
            let written = Some((write.version, write.content));
            match answer {
                Answer::Acknowledged if there => (state == written).then_some(state),
                Answer::Acknowledged => (holds && !again).then_some(written),
                Answer::Conflict { actual, live: was } => {
                    let told = actual == stored && was == live;
                    (told && !there && !holds).then_some(state)
                }
                Answer::Failed => Some(state),
                Answer::Unknown => (holds && !there && !again).then_some(written),
            }
        }
    }
}
