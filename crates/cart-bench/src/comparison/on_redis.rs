//! What is written by hand on Redis.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cart_core::{Clock, SystemClock};
use cart_testkit::servers::Redis;
use fred::clients::Client;
use fred::interfaces::{ClientLike, KeysInterface};
use fred::types::{ClusterHash, CustomCommand, Expiration, Value};

use super::contention::MOST;
use super::hand_written::Document;
use super::subject::{Contender, Subject};
use crate::clients;
use crate::proof::{Proven, Refuted};

/// For how long a document is kept, and a lock at most.
const MONTH: i64 = 30 * 24 * 3600;
const LOCK_MILLIS: &str = "10000";

/// Gives up a lock that is one's own.
const UNLOCK: &str = "\
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";

/// How the document is read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Without a thought for others.
    Blob,
    /// Under a lock that is a key of its own.
    Lock,
    /// By a transaction that is dropped when somebody else was faster.
    Watch,
}

const MANNERS: [(&str, Manner); 3] = [
    ("JSON, read and written", Manner::Blob),
    ("JSON, a lock in Redis", Manner::Lock),
    ("JSON, WATCH and MULTI", Manner::Watch),
];

/// One writer, who has a connection.
struct Writer {
    client: Client,
    manner: Manner,
    key: String,
    lock: String,
    token: String,
}

/// A contender for each manner.
pub(super) async fn contenders(server: &Redis) -> Result<Vec<Contender>, Refuted> {
    // The keys are none of the store's, and transactions none of its commands.
    let allow = ["ACL", "SETUSER", "cart", "allkeys", "+@all"];
    server.command(&allow).await?;
    let mut contenders = Vec::new();
    for (name, manner) in MANNERS {
        let mut subjects: Vec<Arc<dyn Subject>> = Vec::new();
        for writer in 0..MOST {
            let writer = Writer::connect(server, manner, writer).await?;
            subjects.push(Arc::new(writer));
        }
        contenders.push(Contender { name, subjects });
    }
    Ok(contenders)
}

impl Writer {
    async fn connect(server: &Redis, manner: Manner, writer: usize) -> Result<Self, Refuted> {
        Ok(Self {
            client: clients::redis(server).await?,
            manner,
            key: format!("document:{manner:?}"),
            lock: format!("document:{manner:?}:lock"),
            token: writer.to_string(),
        })
    }

    async fn load(&self) -> Result<Document, Refuted> {
        let text: String = self.client.get(&self.key).await?;
        Document::read(&text)
    }

    async fn save(&self, document: &Document) -> Proven {
        let (text, expiry) = (document.text()?, Some(Expiration::EX(MONTH)));
        let _: () = self
            .client
            .set(&self.key, text, expiry, None, false)
            .await?;
        Ok(())
    }

    async fn change(&self) -> Proven {
        let mut document = self.load().await?;
        document.add_unit();
        self.save(&document).await
    }

    async fn command(&self, name: &'static str, arguments: &[&str]) -> Result<Value, Refuted> {
        let command = CustomCommand::new_static(name, ClusterHash::FirstKey, false);
        let arguments = arguments.iter().copied().map(Value::from).collect();
        Ok(self.client.custom(command, arguments).await?)
    }

    async fn change_under_lock(&self) -> Result<u64, Refuted> {
        let mut tries = 1;
        let take = [&*self.lock, &self.token, "NX", "PX", LOCK_MILLIS];
        while self.command("SET", &take).await?.is_null() {
            tries += 1;
            SystemClock.sleep(Duration::from_millis(1)).await;
        }
        self.change().await?;
        let unlock = [UNLOCK, "1", &*self.lock, &self.token];
        self.command("EVAL", &unlock).await?;
        Ok(tries)
    }

    async fn change_unless_overtaken(&self) -> Result<u64, Refuted> {
        let mut tries = 1;
        loop {
            self.command("WATCH", &[&self.key]).await?;
            let mut document = self.load().await?;
            document.add_unit();
            let text = document.text()?;
            self.command("MULTI", &[]).await?;
            let expiry = MONTH.to_string();
            self.command("SET", &[&self.key, &text, "EX", &expiry])
                .await?;
            if !self.command("EXEC", &[]).await?.is_null() {
                return Ok(tries);
            }
            tries += 1;
        }
    }
}

#[async_trait]
impl Subject for Writer {
    async fn create(&self) -> Proven {
        self.save(&Document::new()).await
    }

    async fn add_unit(&self) -> Result<u64, Refuted> {
        match self.manner {
            Manner::Blob => self.change().await.map(|()| 1),
            Manner::Lock => self.change_under_lock().await,
            Manner::Watch => self.change_unless_overtaken().await,
        }
    }

    async fn units(&self) -> Result<u64, Refuted> {
        Ok(self.load().await?.units())
    }
}
