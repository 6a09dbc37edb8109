//! Lists of carts, page by page: each page goes on behind the last row of the one before, along an
//! index; the same walk in every dialect.

use cart_core::{
    CartKey, Cursor, Detail, Error, ScanEntry, ScanPage, ScanRequest, Select, Timestamp,
};

use crate::row::{EntryRow, HEADER, KEY, PARTS, key_values, owner_values};
use crate::sql::{IS_LIVE, IS_NOT_EXPIRED, listed};
use crate::table::TableName;
use crate::value::Value;

/// How a dialect is brought to walk an index.
pub(crate) struct Hints {
    /// What stands behind the table's name to make the server take this index of the table.
    pub(crate) index: fn(&TableName, &str) -> String,
    /// What stands before a column to keep a mere filter out of the choice of an index.
    pub(crate) filter: &'static str,
    /// That the row of these columns stands behind another one.
    pub(crate) behind: fn(&[&str]) -> Behind,
}

/// The condition that a row stands behind another one.
pub(crate) struct Behind {
    text: String,
    /// For each `?`, which column of the other row it stands for.
    takes: Vec<usize>,
}

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

/// One page of a list, still to be read.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    /// The store that cursors belong to.
    scope: &'a str,
    request: &'a ScanRequest,
    order: Order,
    position: Option<Position>,
    /// What rows have to be besides, with the value of the condition's `?`.
    filters: Vec<(&'static str, Option<Value<'a>>)>,
}

impl<'a> Walk<'a> {
    /// The page that `request` asks for.
    ///
    /// # Errors
    ///
    /// `Invalid` for a cursor that this store didn't make for such a request.
    pub(crate) fn new(scope: &'a str, request: &'a ScanRequest) -> Result<Self, Error> {
        let order = Order::of(request);
        let position = match &request.cursor {
            Some(cursor) => Some(order.position(cursor.position(scope, request)?)?),
            None => None,
        };
        Ok(Self {
            scope,
            request,
            order,
            position,
            filters: Vec::new(),
        })
    }

    /// The same walk, past the rows for which `condition` doesn't hold; it may have one `?`.
    pub(crate) fn only(mut self, condition: &'static str, value: Option<Value<'a>>) -> Self {
        self.filters.push((condition, value));
        self
    }

    /// The statement that reads the page from `table` as it is at `now`, and its values.
    pub(crate) fn query(
        &self,
        table: &TableName,
        hints: &Hints,
        now: Timestamp,
    ) -> (String, Vec<Value<'_>>) {
        let Self { request, order, .. } = self;
        let tenant = request.tenant.as_ref();
        let tenant = tenant.map(|tenant| ("tenant", Value::Name(tenant.as_str())));
        let class = request.class.as_ref();
        let class = class.map(|class| ("class", Value::Text(class.as_str())));
        let owner = request.owner.as_ref();
        let owner = owner.map(|owner| KEY.into_iter().zip(owner_values(owner)));
        let fixed = tenant.into_iter().chain(class);
        let fixed: Vec<(&str, Value<'_>)> = fixed.chain(owner.into_iter().flatten()).collect();
        // Columns at the head of the order that have one value leave the order to those behind
        // them.
        let is_fixed = |column: &&&str| fixed.iter().any(|(name, _)| name == *column);
        let skipped = order.columns().iter().take_while(is_fixed).count();
        let (head, columns) = order.columns().split_at(skipped);

        let mut conditions: Vec<String> = Vec::new();
        let mut values: Vec<Value<'_>> = Vec::new();
        for (column, value) in &fixed {
            let filter = if head.contains(column) {
                ""
            } else {
                hints.filter
            };
            conditions.push(format!("{filter}\"{column}\" = ?"));
            values.push(*value);
        }
        if let Some(position) = &self.position {
            let behind = (hints.behind)(columns);
            conditions.push(behind.text);
            let of_position = position.values();
            let taken = behind
                .takes
                .iter()
                .map(|index| of_position[skipped + index]);
            values.extend(taken);
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
        for (condition, value) in &self.filters {
            conditions.push(format!("{}{condition}", hints.filter));
            values.extend(*value);
        }
        conditions.push(IS_NOT_EXPIRED.to_owned());
        values.push(Value::Integer(now.as_millis()));
        let limit = i64::try_from(request.page_size()).unwrap_or(i64::MAX);
        values.push(Value::Integer(limit));

        let parts = match request.detail {
            Detail::Headers => "'[]', '[]', '{}'".to_owned(),
            _ => listed(&PARTS),
        };
        let index = (hints.index)(table, order.index(request.select));
        let text = format!(
            "SELECT \"id\", {}, {}, {parts} FROM \"{table}\"{index} WHERE {} ORDER BY {} LIMIT ?",
            listed(&KEY),
            listed(&HEADER),
            conditions.join(" AND "),
            listed(columns)
        );
        (text, values)
    }

    /// The page that these rows are.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a row that can't be read.
    pub(crate) fn page(&self, rows: Vec<EntryRow>) -> Result<ScanPage, Error> {
        let is_full = rows.len() == self.request.page_size();
        let last_id = rows.last().map(|row| row.id);
        let entries: Result<Vec<_>, _> = rows.into_iter().map(entry).collect();
        let entries = entries?;
        let last = entries.last().zip(last_id).filter(|_| is_full);
        let next = last.map(|(entry, id)| {
            let position = match self.order {
                Order::Key => entry.key.encode(),
                Order::Time => {
                    let class = entry.key.owner().class().as_str();
                    let updated_at = entry.record.header.updated_at;
                    format!("{class}/{updated_at}/{id}")
                }
            };
            Cursor::new(self.scope, self.request, position)
        });
        Ok(ScanPage { entries, next })
    }
}

/// The cart of a row. Where there is none, the error names the row: a list ends there until somebody
/// has looked at it.
fn entry(row: EntryRow) -> Result<ScanEntry, Error> {
    let id = row.id;
    row.entry().map_err(|error| {
        let message = format!("the row whose id is {id} can't be read");
        Error::new(error.kind(), message).with_source(error)
    })
}

impl Order {
    fn of(request: &ScanRequest) -> Self {
        match (request.select, request.updated_before, &request.owner) {
            (Select::Live, Some(_), None) => Self::Time,
            // There are few others, and few carts of one owner: an index by key is short.
            _ => Self::Key,
        }
    }

    /// The index to walk.
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

    fn position(self, text: &[u8]) -> Result<Position, Error> {
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

/// In one comparison of rows.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) fn behind_row(columns: &[&str]) -> Behind {
    let marks = vec!["?"; columns.len()].join(", ");
    Behind {
        text: format!("({}) > ({marks})", listed(columns)),
        takes: (0..columns.len()).collect(),
    }
}

/// Column by column, for servers that find no range of an index in a comparison of rows.
#[cfg(feature = "mysql")]
pub(crate) fn behind_each(columns: &[&str]) -> Behind {
    let mut ranges = Vec::with_capacity(columns.len());
    let mut takes = Vec::new();
    for (last, column) in columns.iter().enumerate() {
        let equal = columns[..last].iter();
        let mut range: Vec<String> = equal.map(|column| format!("\"{column}\" = ?")).collect();
        range.push(format!("\"{column}\" > ?"));
        ranges.push(format!("({})", range.join(" AND ")));
        takes.extend(0..=last);
    }
    Behind {
        text: format!("({})", ranges.join(" OR ")),
        takes,
    }
}

#[cfg(test)]
pub(crate) mod samples;
