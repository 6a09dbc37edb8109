//! A row of the table, and the cart that it is: the columns in their one order, what is written
//! into them and how they are read; the same for every backend.

use std::fmt;
use std::sync::Arc;

use cart_core::{
    CartKey, CartRecord, Currency, Error, ErrorKind, Header, Instance, Owner, OwnerClass, Part,
    Parts, RecordState, ScanEntry, Stored, Summary, Tenant, Timestamp, Version,
};

use crate::value::Value;

#[cfg(feature = "servers")]
mod cells;

#[cfg(feature = "servers")]
pub(crate) use cells::{Cells, FromCells, NameRow, NumberRow};

/// The columns that tell carts apart.
pub(crate) const KEY: [&str; 4] = ["tenant", "class", "identifier", "instance"];

/// The columns that hold a record's header.
pub(crate) const HEADER: [&str; 16] = [
    "version",
    "write_id",
    "state",
    "format",
    "created_at",
    "updated_at",
    "expires_at",
    "marked",
    "currency",
    "lines",
    "units",
    "subtotal",
    "total",
    "claimed_until",
    "converted_at",
    "ledger",
];

/// The columns that hold a record's parts.
pub(crate) const PARTS: [&str; 3] = ["items", "conditions", "metadata"];

/// The values of [`KEY`].
pub(crate) fn key_values(key: &CartKey) -> [Value<'_>; 4] {
    let [tenant, class, identifier] = owner_values(key.owner());
    [
        tenant,
        class,
        identifier,
        Value::Name(key.instance().as_str()),
    ]
}

/// The values of the columns in [`KEY`] that name the owner.
pub(crate) fn owner_values(owner: &Owner) -> [Value<'_>; 3] {
    [
        Value::Name(owner.tenant().as_str()),
        Value::Text(owner.class().as_str()),
        Value::Name(owner.identifier()),
    ]
}

/// The values of the columns in [`HEADER`] that are the version.
pub(crate) fn version_values(version: Version) -> [Value<'static>; 2] {
    // A sequence is at most `i64::MAX`; the other unsigned numbers keep their 64 bits.
    [
        Value::Integer(version.sequence().cast_signed()),
        Value::Integer(version.write_id().cast_signed()),
    ]
}

/// The values of [`HEADER`].
pub(crate) fn header_values(header: &Header) -> [Value<'_>; 16] {
    let Header {
        version,
        state,
        format,
        created_at,
        updated_at,
        expires_at,
        marked,
        summary,
        ledger,
    } = header;
    let Summary {
        currency,
        lines,
        units,
        subtotal,
        total,
        claimed_until,
        converted_at,
    } = summary;
    let [sequence, write_id] = version_values(*version);
    [
        sequence,
        write_id,
        Value::Text(state.as_str()),
        Value::Integer(i64::from(*format)),
        Value::Integer(created_at.as_millis()),
        Value::Integer(updated_at.as_millis()),
        Value::OptionalInteger(expires_at.map(Timestamp::as_millis)),
        Value::Integer(i64::from(*marked)),
        Value::OptionalText(currency.as_ref().map(|currency| currency.code())),
        Value::Integer(i64::from(*lines)),
        Value::Integer(units.cast_signed()),
        Value::Integer(*subtotal),
        Value::Integer(*total),
        Value::OptionalInteger(claimed_until.map(Timestamp::as_millis)),
        Value::OptionalInteger(converted_at.map(Timestamp::as_millis)),
        Value::Text(ledger.as_str()),
    ]
}

/// The values of [`PARTS`].
pub(crate) fn part_values(parts: &Parts) -> [Value<'_>; 3] {
    [&parts.items, &parts.conditions, &parts.metadata].map(|part| Value::Text(part.as_str()))
}

/// Text exactly as it is stored; each backend refuses to read what is not UTF-8.
#[cfg_attr(feature = "sqlite", derive(diesel::deserialize::FromSqlRow))]
pub(crate) struct ExactText(pub(crate) Arc<str>);

impl fmt::Debug for ExactText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ExactText({} bytes)", self.0.len())
    }
}

/// What the rules for writing need to know of a row.
#[derive(Debug)]
#[cfg_attr(feature = "sqlite", derive(diesel::Queryable))]
pub(crate) struct HeadRow {
    version: i64,
    write_id: i64,
    state: ExactText,
    expires_at: Option<i64>,
}

/// The columns of [`HeadRow`].
pub(crate) const HEAD: [&str; 4] = ["version", "write_id", "state", "expires_at"];

impl HeadRow {
    /// What is stored at `now`, as far as the rules for writing look.
    pub(crate) fn stored(&self, now: Timestamp) -> Result<Stored, Error> {
        let mut record = CartRecord::new(version(self.version, self.write_id)?, now);
        record.header.state = state(&self.state)?;
        record.header.expires_at = self.expires_at.map(Timestamp::from_millis);
        Ok(Stored::of(Some(record), now))
    }
}

#[derive(Debug)]
#[cfg_attr(feature = "sqlite", derive(diesel::Queryable))]
pub(crate) struct KeyRow {
    tenant: ExactText,
    class: ExactText,
    identifier: ExactText,
    instance: ExactText,
}

impl KeyRow {
    pub(crate) fn key(self) -> Result<CartKey, Error> {
        let owner = OwnerClass::new(&self.class.0)
            .and_then(|class| Owner::new(class, self.identifier.0))
            .and_then(|owner| Ok(owner.in_tenant(Tenant::new(self.tenant.0)?)))
            .and_then(|owner| Ok(CartKey::new(owner, Instance::new(self.instance.0)?)));
        owner.map_err(|source| corrupt("key").with_source(source))
    }
}

#[derive(Debug)]
#[cfg_attr(feature = "sqlite", derive(diesel::Queryable))]
pub(crate) struct HeaderRow {
    version: i64,
    write_id: i64,
    state: ExactText,
    format: i64,
    created_at: i64,
    updated_at: i64,
    expires_at: Option<i64>,
    marked: i64,
    currency: Option<ExactText>,
    lines: i64,
    units: i64,
    subtotal: i64,
    total: i64,
    claimed_until: Option<i64>,
    converted_at: Option<i64>,
    ledger: ExactText,
}

impl HeaderRow {
    fn header(self) -> Result<Header, Error> {
        let currency = self
            .currency
            .map(|code| Currency::parse(&code.0).map_err(|_| corrupt("currency")));
        Ok(Header {
            version: version(self.version, self.write_id)?,
            state: state(&self.state)?,
            format: u32::try_from(self.format).map_err(|_| corrupt("format"))?,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            expires_at: self.expires_at.map(Timestamp::from_millis),
            marked: self.marked != 0,
            summary: Summary {
                currency: currency.transpose()?,
                lines: u32::try_from(self.lines).map_err(|_| corrupt("lines"))?,
                units: self.units.cast_unsigned(),
                subtotal: self.subtotal,
                total: self.total,
                claimed_until: self.claimed_until.map(Timestamp::from_millis),
                converted_at: self.converted_at.map(Timestamp::from_millis),
            },
            ledger: Part::from(self.ledger.0),
        })
    }
}

#[derive(Debug)]
#[cfg_attr(feature = "sqlite", derive(diesel::Queryable))]
pub(crate) struct PartsRow {
    items: ExactText,
    conditions: ExactText,
    metadata: ExactText,
}

impl PartsRow {
    fn parts(self) -> Parts {
        Parts {
            items: Part::from(self.items.0),
            conditions: Part::from(self.conditions.0),
            metadata: Part::from(self.metadata.0),
        }
    }
}

/// A record without its key.
#[derive(Debug)]
#[cfg_attr(feature = "sqlite", derive(diesel::Queryable))]
pub(crate) struct RecordRow {
    header: HeaderRow,
    parts: PartsRow,
}

impl RecordRow {
    pub(crate) fn record(self) -> Result<CartRecord, Error> {
        Ok(CartRecord {
            header: self.header.header()?,
            parts: self.parts.parts(),
        })
    }
}

/// A record with its key, and the row's number.
#[derive(Debug)]
#[cfg_attr(feature = "sqlite", derive(diesel::Queryable))]
pub(crate) struct EntryRow {
    pub(crate) id: i64,
    key: KeyRow,
    header: HeaderRow,
    parts: PartsRow,
}

impl EntryRow {
    pub(crate) fn entry(self) -> Result<ScanEntry, Error> {
        Ok(ScanEntry {
            key: self.key.key()?,
            record: CartRecord {
                header: self.header.header()?,
                parts: self.parts.parts(),
            },
        })
    }
}

fn version(sequence: i64, write_id: i64) -> Result<Version, Error> {
    let sequence = u64::try_from(sequence).map_err(|_| corrupt("version"))?;
    Version::new(sequence, write_id.cast_unsigned())
        .map_err(|source| corrupt("version").with_source(source))
}

fn state(name: &ExactText) -> Result<RecordState, Error> {
    RecordState::from_name(&name.0).ok_or_else(|| corrupt("state"))
}

pub(crate) fn corrupt(column: &'static str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "a row's {column} can't be read; the row was left as it is: restore it from a backup"
        ),
    )
}
