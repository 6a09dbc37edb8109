//! What servers are set to, and what that means for a write that they have acknowledged.

use cart_core::{Durability, ErrorKind};
use fred::types::Value;

use crate::connection::{Call, Servers};
use crate::failure::Failure;

/// What the servers are set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) durability: Durability,
    pub(crate) evictable: bool,
    pub(crate) description: String,
}

impl Servers {
    /// Asks all servers what they are set to: what the weakest promises is what the store does.
    ///
    /// # Errors
    ///
    /// What the first that doesn't answer meets.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub(crate) async fn profile(&self) -> Result<Profile, Failure> {
        let told = allowed(self.call_all(Call::new("INFO")).await)?;
        let question = Call::new("CONFIG").with("GET").with("appendfsync");
        let syncs = allowed(self.call_all(question).await)?;
        let mut syncs = syncs.into_iter().map(setting);
        let told: Vec<_> = told
            .into_iter()
            .map(|told| Told {
                info: told.into_string().unwrap_or_default(),
                sync: syncs.next().flatten(),
            })
            .collect();
        Ok(profile(&told, self.replicas_waited_for()))
    }
}

/// The answers, or none where asking isn't allowed.
fn allowed(answers: Result<Vec<Value>, Failure>) -> Result<Vec<Value>, Failure> {
    match answers {
        Err(failure) if failure.kind() == ErrorKind::Denied => Ok(Vec::new()),
        answers => answers,
    }
}

/// The value in an answer to `CONFIG GET`.
fn setting(answer: Value) -> Option<String> {
    answer.into_array().into_iter().nth(1)?.into_string()
}

/// What one server says of itself.
#[derive(Debug)]
struct Told {
    /// The answer to `INFO`.
    info: String,
    /// `appendfsync`, where it may be asked for.
    sync: Option<String>,
}

impl Told {
    fn get(&self, name: &str) -> Option<&str> {
        let mut lines = self.info.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("?")
    }

    fn durability(&self) -> Durability {
        match (self.get("aof_enabled"), self.sync.as_deref()) {
            (Some("1"), Some("always")) => Durability::PowerLoss,
            // What is acknowledged has been handed to the system.
            (Some("1"), Some("no")) => Durability::ProcessCrash,
            // With `everysec`, the server keeps up to two seconds of writes to itself while the
            // disk is slow.
            _ => Durability::Memory,
        }
    }

    /// Whether carts may be dropped for want of memory; what isn't known isn't ruled out.
    fn may_evict(&self) -> bool {
        self.get("maxmemory") != Some("0") && self.get("maxmemory_policy") != Some("noeviction")
    }

    fn product(&self) -> String {
        let (name, version) = match self.get("valkey_version") {
            Some(version) => ("Valkey", version),
            None => ("Redis", self.text("redis_version")),
        };
        format!("{name} {version}")
    }

    fn sum(servers: &[Self], name: &str) -> u64 {
        let number = |told: &Self| told.get(name)?.parse::<u64>().ok();
        servers.iter().filter_map(number).sum()
    }
}

fn profile(servers: &[Told], waited_for: u8) -> Profile {
    let Some(first) = servers.first() else {
        return Profile {
            durability: Durability::Memory,
            evictable: true,
            description: "a server that may not be asked how it is set: allow INFO".to_owned(),
        };
    };
    let weakest = servers.iter().map(Told::durability).min();
    let durability = match weakest.unwrap_or(Durability::Memory) {
        // A failover may still choose a replica that lacks a write; one that is on no disk would
        // not even come back with the machines.
        Durability::PowerLoss if waited_for > 0 => Durability::Replicated(waited_for),
        durability => durability,
    };
    let sum = |name| Told::sum(servers, name);
    let sync = first.sync.as_deref().unwrap_or("?");
    let description = format!(
        "{product}, {mode}, {role}s={count}, replicas={replicas}, waited for={waited_for}, \
         appendonly={append}, appendfsync={sync}, maxmemory={maxmemory}, \
         maxmemory_policy={policy}, used memory={used} bytes, hits={hits}, misses={misses}, \
         expired={expired}, evicted={evicted}",
        product = first.product(),
        mode = first.text("redis_mode"),
        role = first.text("role"),
        count = servers.len(),
        replicas = sum("connected_slaves"),
        append = if first.get("aof_enabled") == Some("1") {
            "yes"
        } else {
            "no"
        },
        maxmemory = first.text("maxmemory"),
        policy = first.text("maxmemory_policy"),
        used = sum("used_memory"),
        hits = sum("keyspace_hits"),
        misses = sum("keyspace_misses"),
        expired = sum("expired_keys"),
        evicted = sum("evicted_keys"),
    );
    Profile {
        durability,
        evictable: servers.iter().any(Told::may_evict),
        description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(append: &str, sync: Option<&str>, memory: &str, policy: &str) -> Told {
        Told {
            info: format!(
                "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n\r\n\
                 # Memory\r\nused_memory:1000\r\nused_memory_rss:5\r\nmaxmemory:{memory}\r\n\
                 maxmemory_policy:{policy}\r\naof_enabled:{append}\r\nrole:master\r\n\
                 connected_slaves:2\r\nkeyspace_hits:3\r\n"
            ),
            sync: sync.map(str::to_owned),
        }
    }

    fn synced(append: &str, sync: Option<&str>) -> Told {
        told(append, sync, "0", "noeviction")
    }

    #[test]
    fn the_settings_decide_what_a_write_survives() {
        let always = || synced("1", Some("always"));
        let cases = [
            (vec![always()], 0, Durability::PowerLoss),
            (vec![always()], 2, Durability::Replicated(2)),
            (vec![synced("1", Some("no"))], 0, Durability::ProcessCrash),
            (vec![synced("1", Some("no"))], 1, Durability::ProcessCrash),
            (vec![synced("1", Some("everysec"))], 1, Durability::Memory),
            (vec![synced("1", None)], 0, Durability::Memory),
            (vec![synced("0", Some("always"))], 0, Durability::Memory),
            (vec![always(), synced("0", None)], 0, Durability::Memory),
            (vec![], 1, Durability::Memory),
        ];
        for (servers, waited_for, durability) in cases {
            let found = profile(&servers, waited_for).durability;
            assert_eq!(found, durability, "{servers:?}");
        }
    }

    #[test]
    fn carts_may_be_dropped_where_the_memory_ends_and_the_policy_says_so() {
        let cases = [
            (vec![told("1", None, "0", "allkeys-lru")], false),
            (vec![told("1", None, "1000", "noeviction")], false),
            (vec![told("1", None, "1000", "volatile-ttl")], true),
            (
                vec![
                    told("1", None, "0", "noeviction"),
                    told("1", None, "9", "allkeys-lfu"),
                ],
                true,
            ),
            (vec![], true),
        ];
        for (servers, evictable) in cases {
            assert_eq!(profile(&servers, 0).evictable, evictable, "{servers:?}");
        }
    }

    #[test]
    fn the_description_names_the_product_and_its_settings() {
        let servers = [synced("1", Some("always")), synced("1", Some("always"))];
        assert_eq!(
            profile(&servers, 1).description,
            "Redis 7.0.15, standalone, masters=2, replicas=4, waited for=1, appendonly=yes, \
             appendfsync=always, maxmemory=0, maxmemory_policy=noeviction, \
             used memory=2000 bytes, hits=6, misses=0, expired=0, evicted=0"
        );
    }
}
