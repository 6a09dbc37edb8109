//! Statements that a connection prepares once.
//!
//! diesel prepares the statements of its own `update`, upsert and `sql_query` again on each call,
//! which costs a write twice its time. A fragment of our own with a static query id is prepared
//! once and kept.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Nullable, Text};
use diesel::{QueryResult, RunQueryDsl};

use crate::value::Value;

/// What a statement is for. A connection finds the prepared statement by this type, so a
/// connection serves one table only.
pub(crate) trait Purpose: 'static {
    /// The SQL types of a row of the answer.
    type Row;

    /// Whether the text is always the same on one connection; otherwise it is found by its text.
    const ONE_TEXT: bool = true;
}

/// A statement, and the values for its placeholders in their order.
///
/// The text writes every placeholder as `?`; the backend puts its own in place of it.
pub(crate) struct Statement<'a, P, V> {
    text: &'a str,
    values: V,
    purpose: PhantomData<P>,
}

impl<'a, P: Purpose, V: AsRef<[Value<'a>]>> Statement<'a, P, V> {
    pub(crate) fn new(text: &'a str, values: V) -> Self {
        Self {
            text,
            values,
            purpose: PhantomData,
        }
    }
}

impl<P: Purpose, V> Query for Statement<'_, P, V> {
    type SqlType = P::Row;
}

impl<P: Purpose, V> QueryId for Statement<'_, P, V> {
    type QueryId = P;

    const HAS_STATIC_QUERY_ID: bool = P::ONE_TEXT;
}

impl<P, V, C> RunQueryDsl<C> for Statement<'_, P, V> {}

impl<'a, P, V, B> QueryFragment<B> for Statement<'a, P, V>
where
    V: AsRef<[Value<'a>]>,
    B: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
    i64: ToSql<BigInt, B>,
    str: ToSql<Text, B>,
    Option<i64>: ToSql<Nullable<BigInt>, B>,
    Option<&'a str>: ToSql<Nullable<Text>, B>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
        let mut pieces = self.text.split('?');
        out.push_sql(pieces.next().unwrap_or_default());
        for (piece, value) in pieces.zip(self.values.as_ref()) {
            match value {
                Value::Integer(number) => out.push_bind_param::<BigInt, _>(number)?,
                Value::OptionalInteger(number) => {
                    out.push_bind_param::<Nullable<BigInt>, _>(number)?;
                }
                Value::OptionalText(text) => out.push_bind_param::<Nullable<Text>, _>(text)?,
                Value::Name(text) | Value::Text(text) => out.push_bind_param::<Text, _>(*text)?,
            }
            out.push_sql(piece);
        }
        Ok(())
    }
}
