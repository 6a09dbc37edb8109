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
    let mut seen = HashSet::new();
    let mut open = vec![start];
    while let Some(mut node) = open.pop() {
        loop {
            let waiting = (0..events.len()).filter(|index| !node.has(*index));
            let waiting: Vec<usize> = waiting.collect();
            // Whatever ended first has to happen before anything that began later.
            let deadline = waiting.iter().map(|index| deadline(events[*index])).min();
            let Some(deadline) = deadline.filter(|deadline| *deadline < u64::MAX) else {
                return true;
            };
            let begun = waiting
                .into_iter()
                .filter(|index| events[*index].called <= deadline);
            let possible = begun.filter_map(|index| {
                let event = events[index];
                let state = step(event, node.state, is_again(events, &node, event))?;
                Some((index, state))
            });
            let possible: Vec<(usize, State)> = possible.collect();
            // What changes nothing and can happen now may as well happen now.
            if let Some((index, state)) = possible.iter().find(|(_, state)| *state == node.state) {
                node = node.after(*index, *state);
                continue;
            }
            if seen.insert(node.clone()) {
                let next = possible.into_iter().rev();
                open.extend(next.map(|(index, state)| node.after(index, state)));
            }
            break;
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

/// Whether the event saves a record that an earlier save has stored.
fn is_again(events: &[&Event], node: &Node, event: &Event) -> bool {
    let Action::Save { write, .. } = event.action else {
        return false;
    };
    let stored_it = |other: &Event| match other.action {
        Action::Save {
            write: first,
            answer: Answer::Acknowledged | Answer::Unknown,
        } => first.version == write.version,
        Action::Save { .. } | Action::Load { .. } => false,
    };
    (0..events.len()).any(|index| stored_it(events[index]) && node.has(index))
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
                    let refusable = !holds || write.is_behind(stored);
                    (told && !there && refusable).then_some(state)
                }
                Answer::Failed => Some(state),
                Answer::Unknown => (holds && !there && !again).then_some(written),
            }
        }
    }
}
