//! The order of one cart's writes.
//!
//! A save that expects a version follows exactly that version. So the writes form chains, and each
//! chain begins with a save that expected no live cart. Usually there is one: only where a deleted
//! cart was made again without a word on its tombstone is there another, and then time decides.

use std::collections::HashMap;

use cart_core::Version;

use super::event::Event;
use super::violation::{Rule, Violation};
use super::writers::{Writer, Writers};

/// Writes of which each expected the one before; never empty.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) versions: Vec<Version>,
    /// Whether the last write left a cart behind: then no other chain can follow.
    pub(super) live: bool,
}

impl Chain {
    pub(super) fn first(&self) -> Version {
        self.versions[0]
    }

    pub(super) fn last(&self) -> Version {
        self.versions[self.versions.len() - 1]
    }
}

/// Links the applied writes.
///
/// Where a chain ends with a cart although others may follow, and a delete of unknown outcome
/// explains that, the delete is taken to have happened.
pub(super) fn link(writers: &mut Writers<'_>) -> Result<Vec<Chain>, Violation> {
    let followers = followers(writers)?;
    let mut chains: Vec<Chain> = writers
        .applied()
        .filter(|writer| writer.write.expected.is_none())
        .map(|writer| {
            let first = writer.write.version;
            let next = |version: &Version| followers.get(version).copied();
            chain(writers, std::iter::successors(Some(first), next).collect())
        })
        .collect();
    no_circle(writers, &chains)?;
    if chains.len() > 1 {
        let unseen = unseen_followers(writers);
        for chain in chains.iter_mut().filter(|chain| chain.live) {
            if let Some(deletion) = deletion(writers, &unseen, chain.last()) {
                for version in &deletion {
                    writers.assume(*version);
                }
                chain.versions.extend(deletion);
                chain.live = false;
            }
        }
        one_live(writers, &chains)?;
    }
    Ok(chains)
}

fn chain(writers: &Writers<'_>, versions: Vec<Version>) -> Chain {
    let last = versions.last().and_then(|last| writers.get(*last));
    Chain {
        live: last.is_some_and(|writer| writer.write.content.is_live()),
        versions,
    }
}

fn followers(writers: &Writers<'_>) -> Result<HashMap<Version, Version>, Violation> {
    let mut followers = HashMap::new();
    for writer in writers.applied() {
        let Some(expected) = writer.write.expected else {
            continue;
        };
        if let Some(other) = followers.insert(expected, writer.write.version) {
            let window = [Some(writer), writers.get(other)];
            let window = window.into_iter().flatten().map(Writer::begin);
            return Err(Violation::new(Rule::OneSuccessor, window));
        }
    }
    Ok(followers)
}

/// Every applied write is part of a chain, or its chain would have no beginning.
fn no_circle(writers: &Writers<'_>, chains: &[Chain]) -> Result<(), Violation> {
    let linked: usize = chains.iter().map(|chain| chain.versions.len()).sum();
    if linked == writers.applied().count() {
        return Ok(());
    }
    let linked: std::collections::HashSet<Version> = chains
        .iter()
        .flat_map(|chain| chain.versions.iter().copied())
        .collect();
    let unlinked: Vec<&Event> = writers
        .applied()
        .filter(|writer| !linked.contains(&writer.write.version))
        .map(Writer::begin)
        .collect();
    Err(Violation::new(Rule::NoCircle, unlinked))
}

fn unseen_followers(writers: &Writers<'_>) -> HashMap<Version, Vec<Version>> {
    let mut followers: HashMap<Version, Vec<Version>> = HashMap::new();
    for writer in writers.unseen() {
        if let Some(expected) = writer.write.expected {
            followers
                .entry(expected)
                .or_default()
                .push(writer.write.version);
        }
    }
    followers
}

/// The unseen writes that lead from the cart `from` to a tombstone, and can have done so earliest.
fn deletion(
    writers: &Writers<'_>,
    unseen: &HashMap<Version, Vec<Version>>,
    from: Version,
) -> Option<Vec<Version>> {
    let mut earliest: Option<(u64, Vec<Version>)> = None;
    let mut paths = vec![(0, from, Vec::new())];
    while let Some((began, version, path)) = paths.pop() {
        for follower in unseen.get(&version).into_iter().flatten() {
            let Some(writer) = writers.get(*follower) else {
                continue;
            };
            let began = began.max(writer.begin().called);
            let path: Vec<Version> = path.iter().copied().chain([*follower]).collect();
            if writer.write.content.is_live() {
                paths.push((began, *follower, path));
            } else if earliest.as_ref().is_none_or(|(other, _)| began < *other) {
                earliest = Some((began, path));
            }
        }
    }
    earliest.map(|(_, path)| path)
}

fn one_live(writers: &Writers<'_>, chains: &[Chain]) -> Result<(), Violation> {
    let mut live = chains.iter().filter(|chain| chain.live);
    let (Some(one), Some(other)) = (live.next(), live.next()) else {
        return Ok(());
    };
    let window = [one.last(), other.first(), other.last()];
    let window = window
        .into_iter()
        .filter_map(|version| writers.get(version))
        .map(Writer::begin);
    Err(Violation::new(Rule::CreatesOnlyWhatIsAbsent, window))
}
