//! A connection, and the statements that it has prepared.

use std::collections::HashMap;
use std::sync::Arc;

use cart_core::{Error, ErrorKind, RetryClass};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Params, Row, Statement};
use tokio::time::Instant;

use super::classify::classify;
use super::connect::{SURE, USABLE};
use crate::row::{Cells, FromCells, corrupt};
use crate::server::{Cause, Connection, Failure};
use crate::value::Value;

/// A connection for one call at a time.
pub(crate) struct MysqlConnection {
    open: Conn,
    /// By their texts.
    prepared: HashMap<Box<str>, Statement>,
    setup: Arc<str>,
    used_at: Instant,
}

impl MysqlConnection {
    pub(super) fn new(open: Conn, setup: Arc<str>) -> Self {
        Self {
            open,
            prepared: HashMap::new(),
            setup,
            used_at: Instant::now(),
        }
    }

    /// Tells the server how statements are meant on this connection.
    pub(super) async fn set_up(&mut self) -> Result<(), Failure> {
        let setup = Arc::clone(&self.setup);
        self.batch(&setup).await
    }

    /// Waits for one of the server's own locks, whose name is an expression. It lasts as long as
    /// the connection.
    pub(super) async fn hold(&mut self, name: &str) -> Result<(), Failure> {
        let wait = format!("SELECT GET_LOCK({name}, 600)");
        let held = self.open.query_first(wait).await;
        let held: Option<Option<i64>> = held.map_err(|error| classify(&error))?;
        if held.flatten() == Some(1) {
            return Ok(());
        }
        let message = "somebody else has been changing the schema for ten minutes: try again later";
        let error = Error::new(ErrorKind::Busy, message);
        Err(error.with_retry_class(RetryClass::NotApplied).into())
    }

    /// Lets go of such a lock.
    pub(super) async fn release(&mut self, name: &str) -> Result<(), Failure> {
        self.batch(&format!("DO RELEASE_LOCK({name})")).await
    }

    /// The statement of this text, prepared when it is asked for first.
    async fn prepared(&mut self, text: &str) -> Result<Statement, Failure> {
        if let Some(statement) = self.prepared.get(text) {
            return Ok(statement.clone());
        }
        let prepared = self.open.prep(text).await;
        // Nothing of it has been run.
        let statement = prepared.map_err(|error| classify(&error).without_effect())?;
        self.prepared.insert(text.into(), statement.clone());
        Ok(statement)
    }
}

impl Connection for MysqlConnection {
    fn is_closed(&self) -> bool {
        self.used_at.elapsed() >= USABLE
    }

    async fn is_alive(&mut self) -> bool {
        if self.used_at.elapsed() < SURE {
            return true;
        }
        let is_alive = self.open.ping().await.is_ok();
        self.used_at = Instant::now();
        is_alive
    }

    async fn execute(&mut self, text: &str, values: &[Value<'_>]) -> Result<u64, Failure> {
        let statement = self.prepared(text).await?;
        let done = self.open.exec_drop(&statement, parameters(values)).await;
        done.map_err(|error| classify(&error))?;
        self.used_at = Instant::now();
        Ok(self.open.affected_rows())
    }

    async fn execute_all(
        &mut self,
        statements: &[(&str, Vec<Value<'_>>)],
    ) -> Result<Vec<u64>, Failure> {
        let mut rows = Vec::with_capacity(statements.len());
        for (text, values) in statements {
            rows.push(match self.execute(text, values).await {
                Err(failure) if failure.cause == Cause::Duplicate => 0,
                done => done?,
            });
        }
        Ok(rows)
    }

    async fn rows<R: FromCells>(
        &mut self,
        text: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<R>, Failure> {
        let statement = self.prepared(text).await?;
        let found = self.open.exec(&statement, parameters(values)).await;
        let found: Vec<Row> = found.map_err(|error| classify(&error))?;
        self.used_at = Instant::now();
        let rows: Result<Vec<R>, Error> = found
            .into_iter()
            .map(|row| R::from_cells(&mut RowCells { row, next: 0 }))
            .collect();
        Ok(rows?)
    }

    async fn batch(&mut self, sql: &str) -> Result<(), Failure> {
        self.open
            .query_drop(sql)
            .await
            .map_err(|error| classify(&error))?;
        self.used_at = Instant::now();
        Ok(())
    }
}

fn parameters(values: &[Value<'_>]) -> Params {
    if values.is_empty() {
        return Params::Empty;
    }
    let parameter = |value: &Value<'_>| match value {
        Value::Integer(number) => mysql_async::Value::Int(*number),
        Value::Name(text) | Value::Text(text) => mysql_async::Value::Bytes((*text).into()),
        Value::OptionalInteger(number) => (*number).into(),
        Value::OptionalText(text) => (*text).into(),
    };
    Params::Positional(values.iter().map(parameter).collect())
}

/// The cells of a row in their order.
struct RowCells {
    row: Row,
    next: usize,
}

impl RowCells {
    fn cell(&mut self) -> mysql_async::Value {
        let index = self.next;
        self.next += 1;
        // A row that is too short has nothing where something should be.
        self.row.take(index).unwrap_or(mysql_async::Value::NULL)
    }
}

impl Cells for RowCells {
    fn integer(&mut self) -> Result<i64, Error> {
        self.optional_integer()?.ok_or_else(|| corrupt("number"))
    }

    fn name(&mut self) -> Result<Arc<str>, Error> {
        self.text()
    }

    fn optional_integer(&mut self) -> Result<Option<i64>, Error> {
        match self.cell() {
            mysql_async::Value::NULL => Ok(None),
            mysql_async::Value::Int(number) => Ok(Some(number)),
            mysql_async::Value::UInt(number) => i64::try_from(number)
                .map(Some)
                .map_err(|_| corrupt("number")),
            _ => Err(corrupt("number")),
        }
    }

    fn optional_text(&mut self) -> Result<Option<Arc<str>>, Error> {
        match self.cell() {
            mysql_async::Value::NULL => Ok(None),
            mysql_async::Value::Bytes(bytes) => String::from_utf8(bytes)
                .map(|text| Some(text.into()))
                .map_err(|source| corrupt("text").with_source(source.utf8_error())),
            _ => Err(corrupt("text")),
        }
    }

    fn text(&mut self) -> Result<Arc<str>, Error> {
        self.optional_text()?.ok_or_else(|| corrupt("text"))
    }
}
