//! Whether the order of the writes agrees with the clock.

use std::collections::HashMap;

use cart_core::Version;

use super::chains::Chain;
use super::event::{Action, Answer, Event, Found};
use super::violation::{Rule, Violation};
use super::writers::{Writer, Writers};

/// Something that happened at one moment between `called` and `returned`.
#[derive(Clone, Copy, Debug)]
struct Step<'a> {
    called: u64,
    returned: u64,
    /// The version that was stored then; none before the first write.
    at: Option<Version>,
    kind: Kind,
    event: &'a Event,
}

/// A version is written first and seen afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Written,
    Seen,
}

/// The place of a step in the only order that the versions allow; equal ranks may go either way.
type Rank = (usize, Kind);

/// Checks that no operation comes, in the order of the versions, before another that was complete
/// when it began.
///
/// This is all there is to check: a total preorder and the order of disjoint intervals have a
/// common extension exactly if no pair contradicts itself.
pub(super) fn judge(
    events: &[&Event],
    writers: &Writers<'_>,
    chains: Vec<Chain>,
) -> Result<(), Violation> {
    let steps = steps(events, writers);
    let order = order(chains, &steps);
    let rank = |step: &Step<'_>| -> Rank {
        let place = step
            .at
            .map_or(Some(0), |version| order.get(&version).copied());
        (place.unwrap_or(usize::MAX), step.kind)
    };
    let mut by_call: Vec<(Rank, &Step<'_>)> = steps.iter().map(|step| (rank(step), step)).collect();
    let mut by_return = by_call.clone();
    by_call.sort_unstable_by_key(|(_, step)| step.called);
    by_return.sort_unstable_by_key(|(_, step)| step.returned);

    let mut complete = by_return.into_iter().peekable();
    let mut newest: Option<(Rank, &Step<'_>)> = None;
    for (rank, step) in by_call {
        while let Some(ended) = complete.next_if(|(_, ended)| ended.returned < step.called) {
            if newest.is_none_or(|(newest, _)| newest < ended.0) {
                newest = Some(ended);
            }
        }
        if let Some((newest, seen)) = newest
            && rank < newest
        {
            return Err(contradiction(writers, seen, step));
        }
    }
    Ok(())
}

fn steps<'a>(events: &[&'a Event], writers: &Writers<'a>) -> Vec<Step<'a>> {
    let written = writers.applied().map(|writer| Step {
        called: writer.begin().called,
        returned: writer.end(),
        at: Some(writer.write.version),
        kind: Kind::Written,
        event: writer.begin(),
    });
    let seen = events.iter().copied().filter_map(|event| {
        let at = match event.action {
            Action::Load {
                found: Found::Missing,
            } => None,
            Action::Load {
                found: Found::Stored { version, .. },
            } => Some(version),
            Action::Save { write, answer } => match answer {
                Answer::Acknowledged => Some(write.version),
                Answer::Conflict { actual, .. } => actual,
                Answer::Failed | Answer::Unknown => return None,
            },
        };
        Some(Step {
            called: event.called,
            returned: event.returned,
            at,
            kind: Kind::Seen,
            event,
        })
    });
    written.chain(seen).collect()
}

/// The place of every version, from 1.
///
/// A chain must come before another if one of its steps ended before one of the other's began.
/// Sorting by whichever is first, the earliest end or the latest beginning (which goes before an
/// end at the same moment), satisfies every pair that can be satisfied: two chains that each must
/// come first have no order, and the sweep finds them. A chain that ends with a cart has to be the
/// last.
fn order(mut chains: Vec<Chain>, steps: &[Step<'_>]) -> HashMap<Version, usize> {
    if chains.len() > 1 {
        let bounds = bounds(&chains, steps);
        chains.sort_by_cached_key(|chain| {
            let bound = bounds.get(&chain.first());
            let place = bound.map(|(end, begin)| (*end.min(begin), end < begin));
            (chain.live, place)
        });
    }
    let versions = chains.iter().flat_map(|chain| &chain.versions).copied();
    versions.zip(1..).collect()
}

/// The earliest end and the latest beginning of the steps of each chain, by its first version.
fn bounds(chains: &[Chain], steps: &[Step<'_>]) -> HashMap<Version, (u64, u64)> {
    let chain_of: HashMap<Version, Version> = chains
        .iter()
        .flat_map(|chain| {
            chain
                .versions
                .iter()
                .map(|version| (*version, chain.first()))
        })
        .collect();
    let mut bounds = HashMap::new();
    for step in steps {
        let Some(chain) = step.at.and_then(|version| chain_of.get(&version)) else {
            continue;
        };
        let (end, begin) = bounds.entry(*chain).or_insert((u64::MAX, 0));
        *end = step.returned.min(*end);
        *begin = step.called.max(*begin);
    }
    bounds
}

/// The two steps, and the writes of what they saw.
fn contradiction(writers: &Writers<'_>, seen: &Step<'_>, step: &Step<'_>) -> Violation {
    let saves = [seen.at, step.at]
        .into_iter()
        .flatten()
        .filter_map(|version| writers.get(version))
        .map(Writer::begin);
    Violation::new(
        Rule::RespectsRealTime,
        saves.chain([seen.event, step.event]),
    )
}
