//! A connection, and the statements that it has prepared.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use cart_core::Error;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::classify::classify;
use crate::row::{Cells, FromCells, corrupt};
use crate::server::{Connection, Failure};
use crate::value::Value;

/// A handle to a connection; several can be used at the same time, outside of transactions.
#[derive(Clone)]
pub(crate) struct PostgresConnection(Arc<Open>);

struct Open {
    client: Client,
    /// By their texts, as the store writes them.
    prepared: Mutex<HashMap<Box<str>, Statement>>,
}

/// What stands for the placeholders, as the client takes it.
type Parameters<'a> = Vec<&'a (dyn ToSql + Sync)>;

impl PostgresConnection {
    pub(super) fn new(client: Client) -> Self {
        Self(Arc::new(Open {
            client,
            prepared: Mutex::new(HashMap::new()),
        }))
    }

    /// The statement of this text, prepared when it is asked for first.
    async fn prepared(&self, text: &str) -> Result<Statement, Failure> {
        let known = || {
            self.0
                .prepared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(statement) = known().get(text) {
            return Ok(statement.clone());
        }
        let prepared = self.0.client.prepare(&numbered(text)).await;
        // Nothing of it has been run.
        let statement = prepared.map_err(|error| classify(&error).without_effect())?;
        known().insert(text.into(), statement.clone());
        Ok(statement)
    }
}

impl Connection for PostgresConnection {
    fn is_closed(&self) -> bool {
        self.0.client.is_closed()
    }

    async fn is_alive(&mut self) -> bool {
        // Somebody reads at any time, and so has read the end.
        !self.is_closed()
    }

    async fn execute(&mut self, text: &str, values: &[Value<'_>]) -> Result<u64, Failure> {
        let statement = self.prepared(text).await?;
        let names = names(values);
        let parameters = parameters(values, &names);
        let done = self.0.client.execute(&statement, &parameters).await;
        done.map_err(|error| classify(&error))
    }

    async fn execute_all(
        &mut self,
        statements: &[(&str, Vec<Value<'_>>)],
    ) -> Result<Vec<u64>, Failure> {
        let mut calls = Vec::with_capacity(statements.len());
        for (text, values) in statements {
            let statement = self.prepared(text).await?;
            let client = &self.0.client;
            calls.push(Box::pin(async move {
                let names = names(values);
                let parameters = parameters(values, &names);
                client.execute(&statement, &parameters).await
            }));
        }
        let mut rows = Vec::with_capacity(calls.len());
        for done in all(calls).await {
            rows.push(done.map_err(|error| classify(&error))?);
        }
        Ok(rows)
    }

    async fn rows<R: FromCells>(
        &mut self,
        text: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<R>, Failure> {
        let statement = self.prepared(text).await?;
        let names = names(values);
        let parameters = parameters(values, &names);
        let found = self.0.client.query(&statement, &parameters).await;
        let rows: Result<Vec<R>, Error> = found
            .map_err(|error| classify(&error))?
            .iter()
            .map(|row| R::from_cells(&mut RowCells { row, next: 0 }))
            .collect();
        Ok(rows?)
    }

    async fn batch(&mut self, sql: &str) -> Result<(), Failure> {
        self.0
            .client
            .batch_execute(sql)
            .await
            .map_err(|error| classify(&error))
    }
}

/// The text with PostgreSQL's placeholders: `$1`, `$2`, … in place of each `?`.
fn numbered(text: &str) -> String {
    let mut pieces = text.split('?');
    let mut numbered = pieces.next().unwrap_or_default().to_owned();
    for (index, piece) in pieces.enumerate() {
        // Writing to a text can't fail.
        let _written = write!(numbered, "${}{piece}", index + 1);
    }
    numbered
}

/// The bytes of those values that are stored as bytes, in the places of these.
fn names<'a>(values: &[Value<'a>]) -> Vec<&'a [u8]> {
    let name = |value: &Value<'a>| match value {
        Value::Name(name) => name.as_bytes(),
        _ => &[],
    };
    values.iter().map(name).collect()
}

fn parameters<'a>(values: &'a [Value<'a>], names: &'a [&'a [u8]]) -> Parameters<'a> {
    let parameter = |(value, name): (&'a Value<'a>, &'a &'a [u8])| -> &'a (dyn ToSql + Sync) {
        match value {
            Value::Integer(number) => number,
            Value::Name(_) => name,
            Value::OptionalInteger(number) => number,
            Value::OptionalText(text) => text,
            Value::Text(text) => text,
        }
    };
    values.iter().zip(names).map(parameter).collect()
}

/// Waits for all of `calls`, which are begun in their order.
async fn all<F: Future>(mut calls: Vec<Pin<Box<F>>>) -> Vec<F::Output> {
    let mut answers: Vec<Option<F::Output>> = calls.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut is_ready = true;
        for (call, answer) in calls.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                match call.as_mut().poll(context) {
                    Poll::Ready(done) => *answer = Some(done),
                    Poll::Pending => is_ready = false,
                }
            }
        }
        if is_ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// The cells of a row in their order.
struct RowCells<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> RowCells<'a> {
    fn cell<T: tokio_postgres::types::FromSql<'a>>(&mut self) -> Result<T, Error> {
        let index = self.next;
        self.next += 1;
        let cell = self.row.try_get(index);
        cell.map_err(|source| corrupt("value").with_source(source.to_string()))
    }
}

impl Cells for RowCells<'_> {
    fn integer(&mut self) -> Result<i64, Error> {
        self.cell()
    }

    fn name(&mut self) -> Result<Arc<str>, Error> {
        let name = str::from_utf8(self.cell()?);
        name.map(Arc::from)
            .map_err(|source| corrupt("key").with_source(source))
    }

    fn optional_integer(&mut self) -> Result<Option<i64>, Error> {
        self.cell()
    }

    fn optional_text(&mut self) -> Result<Option<Arc<str>>, Error> {
        Ok(self.cell::<Option<&str>>()?.map(Arc::from))
    }

    fn text(&mut self) -> Result<Arc<str>, Error> {
        Ok(self.cell::<&str>()?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_from_one() {
        assert_eq!(numbered("SELECT 1"), "SELECT 1");
        assert_eq!(numbered("a = ? AND b > ?"), "a = $1 AND b > $2");
    }
}
