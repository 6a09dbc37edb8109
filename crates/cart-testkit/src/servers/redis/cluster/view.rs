//! How a node sees its cluster.

use std::ops::RangeInclusive;

/// A node in another one's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) port: u16,
    /// The node that it follows, if it is a replica.
    pub(super) primary: Option<String>,
    pub(super) is_lost: bool,
    pub(super) is_linked: bool,
    /// Whose claim to a slot is the later one.
    pub(super) epoch: u64,
    slots: Vec<RangeInclusive<u16>>,
}

impl Node {
    /// Whether it says that it serves a slot.
    pub(super) fn serves(&self, slot: u16) -> bool {
        self.primary.is_none() && self.slots.iter().any(|range| range.contains(&slot))
    }

    /// How many slots it serves.
    pub(super) fn slots(&self) -> usize {
        self.slots.iter().map(ExactSizeIterator::len).sum()
    }
}

/// Reads the answer to `CLUSTER NODES`: a line for each node.
pub(super) fn nodes(text: &str) -> Vec<Node> {
    text.lines().filter_map(node).collect()
}

/// `ID ADDRESS:PORT@BUS,NAME FLAGS PRIMARY PINGED PONGED EPOCH LINK SLOT…`.
fn node(line: &str) -> Option<Node> {
    let mut words = line.split(' ');
    let id = words.next()?.to_owned();
    let (address, _) = words.next()?.split_once('@')?;
    let (_, port) = address.rsplit_once(':')?;
    let flags: Vec<_> = words.next()?.split(',').collect();
    let primary = words.next()?;
    let epoch = words.nth(2)?.parse().ok()?;
    let is_linked = words.next()? == "connected";
    Some(Node {
        id,
        port: port.parse().ok()?,
        primary: (primary != "-").then(|| primary.to_owned()),
        is_lost: ["fail", "fail?", "handshake", "noaddr"]
            .iter()
            .any(|lost| flags.contains(lost)),
        is_linked,
        epoch,
        slots: words.filter_map(range).collect(),
    })
}

/// `FIRST-LAST`, or one number. Slots that are on their way have brackets, and a line of their owner.
fn range(word: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
a1 127.0.0.1:7000@7100 myself,master - 0 1426238317239 4 connected 0-99 107 [93-<-b2] [77->-b2]
b2 127.0.0.1:7001@7101,name slave,fail a1 1426238316232 1426238317741 3 disconnected
c3 :0@0 master,noaddr - 0 0 0 disconnected
";

    #[test]
    fn slots_are_those_that_a_node_owns() {
        let nodes = nodes(TEXT);
        assert_eq!(nodes[0].slots(), 101);
        assert!(nodes[0].serves(0) && nodes[0].serves(99) && nodes[0].serves(107));
        assert!(!nodes[0].serves(100));
    }

    #[test]
    fn roles_and_failures_are_read() {
        let nodes = nodes(TEXT);
        assert_eq!(nodes.len(), 3);
        assert_eq!((nodes[0].port, nodes[1].port), (7000, 7001));
        assert_eq!(nodes[1].primary.as_deref(), Some("a1"));
        assert!(!nodes[0].is_lost && nodes[1].is_lost && nodes[2].is_lost);
        assert!(nodes[0].is_linked && !nodes[1].is_linked);
        assert_eq!((nodes[0].epoch, nodes[1].epoch), (4, 3));
    }
}
