//! Lists of carts, page by page: each page goes on behind the last row of the one before, along an
//! index.

use cart_core::{CartKey, Cursor, Detail, ScanPage, ScanRequest, Select, Timestamp};
use diesel::sql_types::BigInt;
use diesel::{RunQueryDsl, SqliteConnection};

use super::job::Failure;
use super::statements::{IS_LIVE, IS_NOT_EXPIRED, Statements, listed};
use crate::row::{EntryRow, HEADER, HeaderSql, KEY, KeySql, PARTS, PartsSql, key_values};
use crate::statement::{Purpose, Statement, Value};

/// The order in which a scan walks.
///
/// A list of what was left alone for long follows the time within each class, so that it reads no
/// cart that was used since. Every other list follows the keys, which never change: a cart that is
/// written meanwhile can't slip past it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Key,
    Time,
}

/// The row behind which a page starts.
#[derive(Debug)]
enum Position {
    Key(CartKey),
    Time {
        class: String,
        updated_at: i64,
        id: i64,
    },
}

struct Scan;

impl Purpose for Scan {
    type Row = (BigInt, KeySql, HeaderSql, PartsSql);

    const ONE_TEXT: bool = false;
}

/// One page of the list that `request` asks for; `scope` is the store that its cursor belongs to.
pub(super) fn page(
    connection: &mut SqliteConnection,
    statements: &Statements,
    scope: &str,
    request: &ScanRequest,
    now: Timestamp,
) -> Result<ScanPage, Failure> {
    let order = Order::of(request);
    let position = match &request.cursor {
        Some(cursor) => Some(order.position(cursor.position(scope, request)?)?),
        None => None,
    };
    let (text, values) = query(statements, request, order, position.as_ref(), now);
    let rows: Vec<EntryRow> = Statement::<Scan, _>::new(&text, values).load(connection)?;
    let is_full = rows.len() == request.page_size();
    let last_id = rows.last().map(|row| row.id);
    let entries: Result<Vec<_>, _> = rows.into_iter().map(EntryRow::entry).collect();
    let entries = entries?;
    let last = entries.last().zip(last_id).filter(|_| is_full);
    let next = last.map(|(entry, id)| {
        let position = match order {
            Order::Key => entry.key.encode(),
            Order::Time => {
                let class = entry.key.owner().class().as_str();
                let updated_at = entry.record.header.updated_at;
                format!("{class}/{updated_at}/{id}")
            }
        };
        Cursor::new(scope, request, position)
    });
    Ok(ScanPage { entries, next })
}

impl Order {
    fn of(request: &ScanRequest) -> Self {
        match (request.select, request.updated_before) {
            (Select::Live, Some(_)) => Self::Time,
            // There are few others: their own index, by key, is short.
            _ => Self::Key,
        }
    }

    /// The index to walk. It is named in the statement: left to itself, SQLite would rather read
    /// a whole class by another index and sort it for each page.
    fn index(self, select: Select) -> &'static str {
        match (self, select) {
            (Self::Time, _) => "updated",
            (Self::Key, Select::Marked) => "marked",
            (Self::Key, Select::Tombstones) => "deleted",
            (Self::Key, _) => "key",
        }
    }

    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Key => &KEY,
            Self::Time => &["class", "updated_at", "id"],
        }
    }

    fn position(self, text: &[u8]) -> Result<Position, cart_core::Error> {
        let text = str::from_utf8(text).map_err(|_| Cursor::refused())?;
        let position = match self {
            Self::Key => CartKey::decode(text).ok().map(Position::Key),
            Self::Time => Position::time(text),
        };
        position.ok_or_else(Cursor::refused)
    }
}

impl Position {
    fn time(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        Some(Self::Time {
            class: parts.next()?.to_owned(),
            updated_at: parts.next()?.parse().ok()?,
            id: parts.next()?.parse().ok()?,
        })
    }

    /// The values of the order's columns.
    fn values(&self) -> Vec<Value<'_>> {
        match self {
            Self::Key(key) => key_values(key).to_vec(),
            Self::Time {
                class,
                updated_at,
                id,
            } => vec![
                Value::Text(class),
                Value::Integer(*updated_at),
                Value::Integer(*id),
            ],
        }
    }
}

/// The statement for a page, and its values.
fn query<'a>(
    statements: &Statements,
    request: &'a ScanRequest,
    order: Order,
    position: Option<&'a Position>,
    now: Timestamp,
) -> (String, Vec<Value<'a>>) {
    let tenant = request
        .tenant
        .as_ref()
        .map(|tenant| ("tenant", tenant.as_str()));
    let class = request
        .class
        .as_ref()
        .map(|class| ("class", class.as_str()));
    let fixed: Vec<(&str, &str)> = tenant.into_iter().chain(class).collect();
    // Columns at the head of the order that have one value leave the order to those behind them.
    let is_fixed = |column: &&&str| fixed.iter().any(|(name, _)| name == *column);
    let skipped = order.columns().iter().take_while(is_fixed).count();
    let (head, columns) = order.columns().split_at(skipped);

    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Value<'a>> = Vec::new();
    for (column, value) in &fixed {
        // The plus keeps SQLite from taking a mere filter into account for the order, which makes
        // it sort what the index has sorted.
        let plus = if head.contains(column) { "" } else { "+" };
        conditions.push(format!("{plus}\"{column}\" = ?"));
        values.push(Value::Text(value));
    }
    if let Some(position) = position {
        let marks = vec!["?"; columns.len()].join(", ");
        conditions.push(format!("({}) > ({marks})", listed(columns)));
        values.extend(position.values().into_iter().skip(skipped));
    }
    conditions.extend(match request.select {
        Select::Live => Some(IS_LIVE.to_owned()),
        Select::Marked => Some("\"marked\" = 1".to_owned()),
        Select::Tombstones => Some("\"state\" = 'deleted'".to_owned()),
        _ => None,
    });
    if let Some(before) = request.updated_before {
        conditions.push("\"updated_at\" < ?".to_owned());
        values.push(Value::Integer(before.as_millis()));
    }
    conditions.push(IS_NOT_EXPIRED.to_owned());
    values.push(Value::Integer(now.as_millis()));
    let limit = i64::try_from(request.page_size()).unwrap_or(i64::MAX);
    values.push(Value::Integer(limit));

    let parts = match request.detail {
        Detail::Headers => "'[]', '[]', '{}'".to_owned(),
        _ => listed(&PARTS),
    };
    let table = &statements.table;
    let index = order.index(request.select);
    let text = format!(
        "SELECT \"id\", {}, {}, {parts} FROM \"{table}\" INDEXED BY \"{table}_{index}\" \
         WHERE {} ORDER BY {} LIMIT ?",
        listed(&KEY),
        listed(&HEADER),
        conditions.join(" AND "),
        listed(columns)
    );
    (text, values)
}

#[cfg(test)]
mod tests;
