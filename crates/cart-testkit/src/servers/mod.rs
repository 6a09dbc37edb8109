//! Private servers for tests: real ones, each in a temporary folder, gone with the test.
//!
//! A server is started from the programs on the machine, listens on a socket in its folder, and is
//! ready in a tenth of a second or two, since its data is a copy of a template. It ends when its
//! handle is dropped, and when the test's process dies, however it dies. What can happen to a server
//! can be done to it: it is killed, stopped, restarted, its disk gets full, its power is cut.
//!
//! ```no_run
//! use cart_testkit::servers::{Options, Postgres, Server};
//!
//! # async fn example() -> cart_testkit::servers::Result<()> {
//! let postgres = Postgres::start(Options::new().durable()).await?;
//! println!("{}", postgres.url());
//! postgres.kill()?;
//! postgres.restart().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A program that is missing is a [`ServerError::Missing`], which names the command that installs
//! it. Linux only.

mod account;
mod certificates;
mod disk;
mod error;
mod folder;
mod instance;
mod lock;
mod mariadb;
mod memcached;
mod options;
mod port;
mod postgres;
mod power;
mod process;
mod program;
mod redis;
mod replica;
mod server;
mod site;
mod template;
mod wait;

pub use certificates::Certificate;
pub use error::{Result, ServerError};
pub use instance::Instance;
pub use mariadb::{MariaDb, MariaDbReplica};
pub use memcached::Memcached;
pub use options::Options;
pub use postgres::{Postgres, PostgresReplica};
pub use power::PowerCut;
pub use redis::{Redis, RedisCluster, RedisReplica, RedisSentinel};
pub use replica::Replica;
pub use server::{Server, SqlServer};
