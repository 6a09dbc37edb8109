//! Carts in the sessions that tower-sessions keeps in Redis.

#[allow(
    dead_code,
    reason = "the other homes are tested in a test of their own"
)]
#[path = "conformance/mod.rs"]
mod homes;

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{Clock, Randomness, SystemRandomness};
use cart_testkit::servers::{Options, Redis, Server, ServerError};
use cart_testkit::{Fixture, Harness, HarnessError};
use fred::prelude::{Builder, Client, ClientLike, Config, ServerConfig};
use tokio::sync::OnceCell;
use tower_sessions_redis_store::RedisStore;

use homes::tower::TowerFixture;

cart_testkit::main!(InRedis::default());

/// One private server for all cases, each with ids of its own.
#[derive(Default)]
struct InRedis {
    server: OnceCell<Redis>,
}

#[async_trait]
impl Harness for InRedis {
    fn name(&self) -> &'static str {
        "tower-sessions-redis"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let server = self.server.get_or_try_init(start_server).await?;
        let config = Config {
            server: ServerConfig::Unix {
                path: server.socket().to_owned(),
            },
            username: Some(ACCOUNT.to_owned()),
            password: Some(ACCOUNT.to_owned()),
            ..Config::default()
        };
        let client: Client = Builder::from_config(config).build()?;
        client.init().await?;
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&SystemRandomness.next().to_le_bytes());
        let sessions = RedisStore::new(client);
        Ok(Box::new(TowerFixture::new(sessions, &secret, &clock)))
    }
}

/// The server's account for carts.
const ACCOUNT: &str = "cart";

/// Starts the server. The keys of sessions are their bare ids, which the account may not use yet.
async fn start_server() -> Result<Redis, ServerError> {
    let server = Redis::start(Options::new()).await?;
    let allow = ["ACL", "SETUSER", ACCOUNT, "allkeys"];
    server.command(&allow).await?;
    Ok(server)
}
