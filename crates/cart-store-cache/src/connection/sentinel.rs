//! What sentinels tell of the servers that they watch over.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fred::types::Value;

use super::call::Call;
use super::deadline::Deadline;
use super::roster::Shard;
use super::server::{Escort, Server};
use crate::address::Host;
use crate::failure::Failure;
use crate::key::Slot;

/// How long one sentinel has to answer, before the next is asked.
const PATIENCE: Duration = Duration::from_millis(500);

/// Asks `sentinels` in their order which server is the primary of this `name`, until one answers.
///
/// # Errors
///
/// What the last one that was asked met.
pub(super) async fn look(
    sentinels: &[Arc<Server>],
    name: &str,
    with_replicas: bool,
    deadline: Deadline,
) -> Result<Shard, Failure> {
    let mut failed = Failure::never_sent();
    for sentinel in sentinels {
        let deadline = deadline.at_most(PATIENCE);
        match ask(sentinel, name, with_replicas, deadline).await {
            Ok(Some(shard)) => return Ok(shard),
            Ok(None) => failed = Failure::no_primary(),
            Err(failure) => failed = failure,
        }
    }
    Err(failed)
}

async fn ask(
    sentinel: &Server,
    name: &str,
    with_replicas: bool,
    deadline: Deadline,
) -> Result<Option<Shard>, Failure> {
    sentinel.opened(deadline).await?;
    let question = |what: &'static str| Call::new("SENTINEL").with(what).with(name.to_owned());
    let call = question("get-master-addr-by-name");
    let answer = sentinel
        .ask(&call, Escort::default(), None, deadline)
        .await?;
    let Some(primary) = primary(answer) else {
        return Ok(None);
    };
    let mut replicas = Vec::new();
    if with_replicas {
        let call = question("replicas");
        let answer = sentinel
            .ask(&call, Escort::default(), None, deadline)
            .await?;
        replicas.extend(answer.into_array().into_iter().filter_map(replica));
    }
    Ok(Some(Shard {
        primary,
        replicas,
        slots: 0..=Slot::COUNT - 1,
    }))
}

/// The answer to `SENTINEL get-master-addr-by-name`: host and port, or nothing.
fn primary(answer: Value) -> Option<Host> {
    let mut parts = answer.into_array().into_iter();
    let name = parts.next()?.into_string()?;
    let port = parts.next()?.into_string()?;
    Some(Host::new(&name, port.parse().ok()?))
}

/// One of the answers to `SENTINEL replicas`, names and values in turn: a replica that is there.
fn replica(answer: Value) -> Option<Host> {
    let parts = answer.into_array();
    let fields: HashMap<_, _> = parts
        .chunks_exact(2)
        .filter_map(|pair| Some((pair[0].as_string()?, pair[1].as_string()?)))
        .collect();
    let is_away = fields
        .get("flags")
        .is_none_or(|flags| flags.contains("down"));
    if is_away {
        return None;
    }
    Some(Host::new(
        fields.get("ip")?,
        fields.get("port")?.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_is_a_host_and_a_port() {
        let answer = Value::Array(vec!["10.0.0.1".into(), "7000".into()]);
        assert_eq!(primary(answer), Some(Host::new("10.0.0.1", 7000)));
        for answer in [Value::Null, Value::Array(vec![]), "OK".into()] {
            assert_eq!(primary(answer), None);
        }
    }

    #[test]
    fn replicas_that_are_down_are_left_out() {
        let told = |flags: &str| {
            let parts = [
                "name", "a", "ip", "10.0.0.2", "port", "7001", "flags", flags,
            ];
            Value::Array(parts.into_iter().map(Value::from).collect())
        };
        assert_eq!(replica(told("slave")), Some(Host::new("10.0.0.2", 7001)));
        assert_eq!(replica(told("s_down,slave,disconnected")), None);
        assert_eq!(replica(Value::Null), None);
    }
}
