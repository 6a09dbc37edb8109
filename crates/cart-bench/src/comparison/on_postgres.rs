//! What is written by hand on PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use cart_testkit::servers::SqlServer;
use tokio_postgres::{Client, Statement};

use super::contention::MOST;
use super::hand_written::Document;
use super::subject::{Contender, Subject};
use crate::clients;
use crate::proof::{Proven, Refuted};

/// How the document is read before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Without a thought for others.
    Blob,
    /// Under the row's lock.
    ForUpdate,
}

const MANNERS: [(&str, Manner); 2] = [
    ("JSON, read and written", Manner::Blob),
    ("JSON, SELECT … FOR UPDATE", Manner::ForUpdate),
];

/// One writer, who has a connection.
struct Writer {
    client: Client,
    manner: Manner,
    id: i64,
    load: Statement,
    save: Statement,
}

/// A contender for each manner.
pub(super) async fn contenders(server: &dyn SqlServer) -> Result<Vec<Contender>, Refuted> {
    let table = "CREATE TABLE documents (id bigint PRIMARY KEY, document text NOT NULL)";
    let client = clients::postgres(&server.url()).await?;
    client.batch_execute(table).await?;
    let mut contenders = Vec::new();
    for (id, (name, manner)) in (0..).zip(MANNERS) {
        let mut subjects: Vec<Arc<dyn Subject>> = Vec::new();
        for _ in 0..MOST {
            let writer = Writer::connect(&server.url(), manner, id).await?;
            subjects.push(Arc::new(writer));
        }
        contenders.push(Contender { name, subjects });
    }
    Ok(contenders)
}

impl Writer {
    async fn connect(url: &str, manner: Manner, id: i64) -> Result<Self, Refuted> {
        let client = clients::postgres(url).await?;
        let load = match manner {
            Manner::Blob => "SELECT document FROM documents WHERE id = $1",
            Manner::ForUpdate => "SELECT document FROM documents WHERE id = $1 FOR UPDATE",
        };
        let save = "UPDATE documents SET document = $2 WHERE id = $1";
        Ok(Self {
            load: client.prepare(load).await?,
            save: client.prepare(save).await?,
            client,
            manner,
            id,
        })
    }

    async fn load(&self) -> Result<Document, Refuted> {
        let row = self.client.query_one(&self.load, &[&self.id]).await?;
        Document::read(row.try_get(0)?)
    }

    async fn change(&self) -> Proven {
        let mut document = self.load().await?;
        document.add_unit();
        let text = document.text()?;
        self.client.execute(&self.save, &[&self.id, &text]).await?;
        Ok(())
    }
}

#[async_trait]
impl Subject for Writer {
    async fn create(&self) -> Proven {
        let statement = "INSERT INTO documents VALUES ($1, $2)
            ON CONFLICT (id) DO UPDATE SET document = excluded.document";
        let text = Document::new().text()?;
        self.client.execute(statement, &[&self.id, &text]).await?;
        Ok(())
    }

    async fn add_unit(&self) -> Result<u64, Refuted> {
        match self.manner {
            Manner::Blob => self.change().await?,
            Manner::ForUpdate => {
                self.client.batch_execute("BEGIN").await?;
                self.change().await?;
                self.client.batch_execute("COMMIT").await?;
            }
        }
        Ok(1)
    }

    async fn units(&self) -> Result<u64, Refuted> {
        Ok(self.load().await?.units())
    }
}
