//! The kinds of database that are built in.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{Result, StoreFactory, StoreUrl};
use cart_store_db::{
    Mysql, MysqlFactory, Postgres, PostgresFactory, SchemaStatus, Server, ServerConfig,
    ServerSchema, SqliteConfig, SqliteSchema,
};

use crate::store::Place;

/// A kind of database.
pub(crate) struct Database {
    /// How its URLs begin.
    pub(crate) schemes: &'static [&'static str],
    /// What opens its stores at a place.
    pub(crate) factory: fn(&Place) -> Arc<dyn StoreFactory>,
    /// Its schema at a URL, for the table of this name or the URL's own.
    pub(crate) schema: OpenSchema,
}

type OpenSchema = fn(&StoreUrl, Option<&str>) -> Result<Box<dyn Schema>>;

/// All of them.
pub(crate) const DATABASES: [Database; 3] = [
    Database {
        schemes: &["sqlite"],
        factory: |place| Arc::new(place.sqlite.clone()),
        schema: |url, table| {
            let mut config: SqliteConfig = url.as_str().parse()?;
            if let Some(table) = table {
                config = config.with_table(table.parse()?);
            }
            Ok(Box::new(SqliteSchema::new(config)))
        },
    },
    Database {
        schemes: &["postgres", "postgresql"],
        factory: |_| Arc::new(PostgresFactory::new()),
        schema: on_server::<Postgres>,
    },
    Database {
        schemes: &["mysql", "mariadb"],
        factory: |_| Arc::new(MysqlFactory::new()),
        schema: on_server::<Mysql>,
    },
];

fn on_server<S: Server>(url: &StoreUrl, table: Option<&str>) -> Result<Box<dyn Schema>> {
    let mut config: ServerConfig<S> = url.as_str().parse()?;
    if let Some(table) = table {
        config = config.with_table(table.parse()?);
    }
    Ok(Box::new(ServerSchema::new(config)))
}

/// The schema of any database.
#[async_trait]
pub(crate) trait Schema: Send + Sync {
    async fn apply(&self) -> Result<SchemaStatus>;

    async fn revert(&self) -> Result<SchemaStatus>;

    fn sql(&self) -> String;

    async fn status(&self) -> Result<SchemaStatus>;
}

#[async_trait]
impl Schema for SqliteSchema {
    async fn apply(&self) -> Result<SchemaStatus> {
        self.apply().await
    }

    async fn revert(&self) -> Result<SchemaStatus> {
        self.revert().await
    }

    fn sql(&self) -> String {
        self.sql()
    }

    async fn status(&self) -> Result<SchemaStatus> {
        self.status().await
    }
}

#[async_trait]
impl<S: Server> Schema for ServerSchema<S> {
    async fn apply(&self) -> Result<SchemaStatus> {
        self.apply().await
    }

    async fn revert(&self) -> Result<SchemaStatus> {
        self.revert().await
    }

    fn sql(&self) -> String {
        self.sql()
    }

    async fn status(&self) -> Result<SchemaStatus> {
        self.status().await
    }
}
