//! Reports and history on a server.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{Result, Timestamp};

use super::ServerCartStore;
use crate::database::{Backend, Database, Dialect, Query};
use crate::history::PastRow;
use crate::reports::FigureRow;
use crate::row::{EntryRow, FromCells};
use crate::server::connection::Connection;
use crate::server::driver::Server;
use crate::server::failure::Failure;
use crate::table::TableName;

impl<S: Server> ServerCartStore<S> {
    /// The database of this store: reports and history.
    pub fn database(&self) -> Database {
        Database::new(Arc::new(self.clone()))
    }

    async fn ask<R: FromCells>(&self, query: Query) -> Result<Vec<R>, Failure> {
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let values = query.values();
        let rows = pooled.connection.rows(&query.text, &values);
        let rows = deadline.bound(rows).await;
        pooled.end(rows)
    }

    async fn try_change(&self, query: Query) -> Result<u64, Failure> {
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let values = query.values();
        let changed = pooled.connection.execute(&query.text, &values);
        let changed = deadline.bound(changed).await;
        pooled.end(changed)
    }

    async fn try_run(&self, sql: &str) -> Result<(), Failure> {
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let done = deadline.bound(pooled.connection.batch(sql)).await;
        pooled.end(done)
    }
}

#[async_trait]
impl<S: Server> Backend for ServerCartStore<S> {
    fn name(&self) -> Arc<str> {
        Arc::clone(&self.shared.info.name)
    }

    fn scope(&self) -> &str {
        &self.shared.scope
    }

    fn table(&self) -> &TableName {
        &self.statements().table
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn dialect(&self) -> &'static Dialect {
        S::DIALECT
    }

    async fn carts(&self, query: Query) -> Result<Vec<EntryRow>> {
        self.ask(query).await.map_err(Failure::into_error)
    }

    async fn figures(&self, query: Query) -> Result<Vec<FigureRow>> {
        self.ask(query).await.map_err(Failure::into_error)
    }

    async fn versions(&self, query: Query) -> Result<Vec<PastRow>> {
        self.ask(query).await.map_err(Failure::into_error)
    }

    async fn change(&self, query: Query) -> Result<usize> {
        let changed = self.try_change(query).await.map_err(Failure::into_error)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    async fn run(&self, sql: String) -> Result<()> {
        self.try_run(&sql).await.map_err(Failure::into_error)
    }
}
