//! What the store adds to Redis: load and save of a ten-line cart, beside `fred` moving the same bytes
//! through the same structs, on a private server behind a socket.
//!
//! The floor has one connection for all tasks, as the store has, and no limits, retries or times. It
//! loads with `GET`, and saves with the smallest script that compares 16 bytes, sets with expiry and
//! keeps an index. Beside that, a cart in a session of `tower-sessions`.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails has nothing to measure"
)]

#[path = "redis/sessions.rs"]
mod sessions;

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use cart_bench::carts::{key, record_of};
use cart_bench::clients;
use cart_bench::floor::Floor;
use cart_bench::pairs::{Claim, Pairs};
use cart_bench::sides::{MANY, Sides, fill};
use cart_bench::typed::Typed;
use cart_core::{CartKey, CartRecord, Clock, Summary, SystemClock, Timestamp, Version};
use cart_store_cache::{CacheCartStore, CacheConfig};
use cart_testkit::servers::{Options, Redis, Server};
use fred::clients::Client;
use fred::interfaces::{ClientLike, KeysInterface};
use fred::types::{ClusterHash, CustomCommand, Value};
use fred::util::sha1_hash;
use serde::{Deserialize, Serialize};

/// How long carts are kept, in milliseconds.
const MONTH: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Writes a value over the one that begins with the 16 bytes that were expected.
const SAVE: &str = "\
if redis.call('GETRANGE', KEYS[1], 0, 15) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[5])
return 1";

/// How long the 16 bytes are.
const ID: usize = 16;

/// The client by itself.
struct Raw {
    client: Client,
    save: Bytes,
}

/// What stands behind the 16 bytes, before the texts: their lengths are the last.
#[derive(Serialize, Deserialize)]
struct Line {
    format: u32,
    version: Version,
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Option<Timestamp>,
    marked: bool,
    summary: Summary,
    lengths: [usize; 4],
}

impl Raw {
    async fn connect(server: &Redis) -> Result<Self, fred::error::Error> {
        let raw = Self {
            client: clients::redis(server).await?,
            save: sha1_hash(SAVE).into(),
        };
        // It does nothing here, and is known from then on.
        let nothing = [SAVE, "1", "cart:{floor}", "no such value"].map(Value::from);
        let _: Value = raw.custom("EVAL", nothing.to_vec()).await;
        Ok(raw)
    }

    async fn custom(&self, command: &'static str, arguments: Vec<Value>) -> Value {
        let command = CustomCommand::new_static(command, ClusterHash::FirstKey, false);
        let answer = self.client.custom(command, arguments).await;
        answer.expect("an answer")
    }

    async fn write(&self, key: &CartKey, expected: Vec<u8>, value: Vec<u8>) -> bool {
        let expires_at = in_a_month();
        let [key, member] = [value_key(key), value_key(key)].map(Value::Bytes);
        let arguments = vec![
            Value::Bytes(self.save.clone()),
            Value::Integer(2),
            key,
            Value::Bytes(Bytes::from_static(b"cart:index:{floor}")),
            Value::Bytes(expected.into()),
            Value::Bytes(value.into()),
            Value::Integer(MONTH),
            Value::Integer(expires_at.as_millis()),
            member,
        ];
        self.custom("EVALSHA", arguments).await.as_i64() == Some(1)
    }
}

impl Floor for Raw {
    async fn load(&self, key: &CartKey) -> (Typed, Version) {
        let answer: Value = self.client.get(value_key(key)).await.expect("an answer");
        let answer = answer.into_bytes_str().expect("a text");
        let (line, mut texts) = answer[ID..].split_once('\n').expect("a line");
        let line: Line = serde_json::from_str(line).expect("JSON");
        let parts = [0, 1, 2].map(|part| {
            let (part, behind) = texts.split_at(line.lengths[part]);
            texts = behind;
            part
        });
        let version = line.version;
        std::hint::black_box(line);
        (Typed::decode(parts), version)
    }

    async fn save(
        &self,
        key: &CartKey,
        record: &CartRecord,
        parts: &[String; 3],
        expected: Version,
    ) -> bool {
        self.write(key, id(expected), encode(record, parts)).await
    }

    async fn insert(&self, key: &CartKey, record: &CartRecord, parts: &[String; 3]) -> bool {
        self.write(key, Vec::new(), encode(record, parts)).await
    }
}

/// The 16 bytes that tell one write from another.
fn id(version: Version) -> Vec<u8> {
    let low = version.write_id() & 0xffff_ffff;
    format!("{:08x}{low:08x}", version.sequence()).into_bytes()
}

fn encode(record: &CartRecord, [items, conditions, metadata]: &[String; 3]) -> Vec<u8> {
    let header = &record.header;
    let texts = [items, conditions, metadata, header.ledger.as_str()];
    let line = Line {
        format: header.format,
        version: header.version,
        created_at: header.created_at,
        updated_at: header.updated_at,
        expires_at: header.expires_at,
        marked: header.marked,
        summary: header.summary,
        lengths: texts.map(str::len),
    };
    let mut value = id(header.version);
    serde_json::to_writer(&mut value, &line).expect("JSON");
    value.push(b'\n');
    for text in texts {
        value.extend_from_slice(text.as_bytes());
    }
    value
}

fn value_key(key: &CartKey) -> Bytes {
    format!("cart:floor:{}", key.encode()).into()
}

fn in_a_month() -> Timestamp {
    Timestamp::from_millis(SystemClock.now().as_millis() + MONTH)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut pairs = Pairs::from_command_line();
    let runtime = tokio::runtime::Runtime::new()?;
    let server = runtime.block_on(Redis::start(Options::new()))?;
    let config: CacheConfig = server.url().parse()?;
    // The keys of sessions are their bare ids, and their commands others.
    let allow = ["ACL", "SETUSER", "cart", "allkeys", "+@all"];
    runtime.block_on(server.command(&allow))?;
    let store = runtime.block_on(CacheCartStore::open(config))?;
    fill(&runtime, &store);
    let raw = Arc::new(runtime.block_on(Raw::connect(&server))?);
    let record = record_of(10).record;
    let parts = Typed::of(&record.parts).encode();
    for task in 0..MANY {
        let filled = runtime.block_on(raw.insert(&key(task), &record, &parts));
        assert!(filled, "a cart to begin with");
    }
    let client = raw.client.clone();
    let floors = vec![raw; MANY];
    let sides = Sides::new(&runtime, store.clone(), floors).expiring(in_a_month());
    for (tasks, claim) in [(1, Claim::Cost(1.05)), (MANY, Claim::Throughput(0.95))] {
        sides.loads(&mut pairs, tasks, claim);
    }
    for (tasks, claim) in [(1, Claim::Cost(1.10)), (MANY, Claim::Throughput(0.95))] {
        sides.saves(&mut pairs, "appendfsync=no", tasks, claim);
    }
    sessions::measure(&runtime, &mut pairs, &store, client);
    pairs.finish()
}
