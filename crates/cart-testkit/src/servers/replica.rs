//! Servers that follow another one.

use std::time::Duration;

use async_trait::async_trait;

use super::error::{Result, ServerError};
use super::instance::Instance;
use super::server::{Server, SqlServer};

/// How long a replica may take to catch up.
pub(super) const CATCH_UP_LIMIT: Duration = Duration::from_secs(60);

/// A private server of the kind `S` that follows another one, and takes reads only.
#[derive(Debug)]
pub struct Replica<S>(pub(super) S);

impl<S: Server> Server for Replica<S> {
    fn instance(&self) -> &Instance {
        self.0.instance()
    }

    fn url(&self) -> String {
        self.0.url()
    }

    fn tcp_url(&self) -> Result<String> {
        self.0.tcp_url()
    }
}

#[async_trait]
impl<S: SqlServer> SqlServer for Replica<S> {
    fn url_of(&self, database: &str) -> String {
        self.0.url_of(database)
    }

    fn tcp_url_of(&self, database: &str) -> Result<String> {
        self.0.tcp_url_of(database)
    }

    async fn sql(&self, statements: &str) -> Result<String> {
        self.0.sql(statements).await
    }

    async fn create_database(&self) -> Result<String> {
        Err(ServerError::Lacking(
            "a replica takes no writes: create the database on its primary",
        ))
    }
}
