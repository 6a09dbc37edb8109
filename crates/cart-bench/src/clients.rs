//! Clients by themselves, without a store around them.

use cart_testkit::servers::{Redis, Server};
use fred::clients::Client as RedisClient;
use fred::interfaces::ClientLike;
use fred::types::config::{Config, ServerConfig};
use tokio_postgres::NoTls;

/// A connection to a private Redis, by its socket.
///
/// # Errors
///
/// What connecting meets.
pub async fn redis(server: &Redis) -> Result<RedisClient, fred::error::Error> {
    let config = Config {
        server: ServerConfig::new_unix_socket(server.socket()),
        username: Some("cart".to_owned()),
        password: Some("cart".to_owned()),
        ..Config::default()
    };
    let client = RedisClient::new(config, None, None, None);
    client.init().await?;
    Ok(client)
}

/// A connection to PostgreSQL; what reads and writes it is a task of the runtime.
///
/// # Errors
///
/// What connecting meets.
pub async fn postgres(url: &str) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
