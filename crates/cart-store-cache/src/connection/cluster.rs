//! What the members of a cluster tell of it.

use std::sync::Arc;
use std::time::Duration;

use fred::types::Value;

use super::call::Call;
use super::deadline::Deadline;
use super::roster::Shard;
use super::server::{Escort, Server};
use crate::address::Host;
use crate::failure::Failure;

/// How long one member has to answer, before the next is asked.
const PATIENCE: Duration = Duration::from_millis(500);

/// Asks `members` in their order who has which slots, until one answers.
///
/// # Errors
///
/// What the last one that was asked met.
pub(super) async fn look(
    members: &[Arc<Server>],
    deadline: Deadline,
) -> Result<Vec<Shard>, Failure> {
    let call = Call::new("CLUSTER").with("SLOTS");
    let mut failed = Failure::never_sent();
    for member in members {
        let deadline = deadline.at_most(PATIENCE);
        let answer = match member.opened(deadline).await {
            Ok(()) => member.ask(&call, Escort::default(), None, deadline).await,
            Err(failure) => Err(failure),
        };
        match answer.map(|answer| shards(answer, member.host.as_ref())) {
            Ok(Some(shards)) if !shards.is_empty() => return Ok(shards),
            Ok(_) => failed = Failure::missing().without_effect(),
            Err(failure) => failed = failure,
        }
    }
    Err(failed)
}

/// The answer to `CLUSTER SLOTS`: for each range, its first and last slot, the primary and the
/// replicas. A server that doesn't know its own name leaves it out: it is the one that was `asked`.
fn shards(answer: Value, asked: Option<&Host>) -> Option<Vec<Shard>> {
    let ranges = answer.into_array();
    let shard = |range: Value| {
        let mut parts = range.into_array().into_iter();
        let mut slot = || u16::try_from(parts.next()?.as_u64()?).ok();
        let slots = slot()?..=slot()?;
        let mut hosts = parts.map(|member| host(member, asked));
        Some(Shard {
            primary: hosts.next()??,
            replicas: hosts.flatten().collect(),
            slots,
        })
    };
    ranges.into_iter().map(shard).collect()
}

fn host(member: Value, asked: Option<&Host>) -> Option<Host> {
    let mut parts = member.into_array().into_iter();
    let name = parts.next()?.into_string().filter(|name| !name.is_empty());
    let port = u16::try_from(parts.next()?.as_u64()?).ok()?;
    match name {
        Some(name) => Some(Host::new(&name, port)),
        None => asked.map(|asked| Host::new(&asked.name, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: Value, port: i64) -> Value {
        Value::Array(vec![name, port.into(), "1b2c".into(), Value::Array(vec![])])
    }

    #[test]
    fn ranges_and_their_servers_are_read() {
        let answer = Value::Array(vec![
            Value::Array(vec![
                0.into(),
                5460.into(),
                member("10.0.0.1".into(), 7000),
                member("10.0.0.4".into(), 7003),
            ]),
            Value::Array(vec![5461.into(), 5461.into(), member(Value::Null, 7001)]),
        ]);
        let asked = Host::new("cache", 7001);
        let expected = vec![
            Shard {
                primary: Host::new("10.0.0.1", 7000),
                replicas: vec![Host::new("10.0.0.4", 7003)],
                slots: 0..=5460,
            },
            Shard {
                primary: asked.clone(),
                replicas: vec![],
                slots: 5461..=5461,
            },
        ];
        assert_eq!(shards(answer, Some(&asked)), Some(expected));
    }

    #[test]
    fn what_makes_no_sense_is_no_roster() {
        for answer in [
            Value::Array(vec!["OK".into()]),
            Value::Array(vec![Value::Array(vec![0.into(), 99_999.into()])]),
            Value::Array(vec![Value::Array(vec![0.into(), 1.into()])]),
            Value::Array(vec![Value::Array(vec![
                0.into(),
                1.into(),
                member(Value::Null, 1),
            ])]),
        ] {
            assert_eq!(shards(answer.clone(), None), None, "{answer:?}");
        }
    }
}
