//! Between a cart and the encoded parts of its record.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ledger::Ledger;
use super::{Unreadable, corrupt, guard};
use crate::domain::{Cart, Conditions, DomainError, Items, Json, JsonMap};
use crate::storage::{CartRecord, Error, ErrorKind, FORMAT, Header, Part, Parts};

/// The names of the ledger's fields.
const WRITES: &str = "writes";
const KEYED: &str = "keyed";
const MERGES: &str = "merges";
const CLAIMS: &str = "claims";
const HAND_OVER: &str = "hand_over";

/// Reads a whole cart.
pub(crate) fn decode_cart(record: &CartRecord) -> Result<Cart, Error> {
    Cart::from_parts(
        decode_items(record)?,
        decode_conditions(record)?,
        decode_metadata(record)?,
        decode_ledger(&record.header)?.claims,
    )
    .map_err(corrupt)
}

pub(crate) fn decode_items(record: &CartRecord) -> Result<Items, Error> {
    decode(&record.header, "the items", &record.parts.items)
}

pub(crate) fn decode_conditions(record: &CartRecord) -> Result<Conditions, Error> {
    decode(&record.header, "the conditions", &record.parts.conditions)
}

pub(crate) fn decode_metadata(record: &CartRecord) -> Result<JsonMap, Error> {
    decode(&record.header, "the metadata", &record.parts.metadata)
}

pub(crate) fn decode_ledger(header: &Header) -> Result<Ledger, Error> {
    let mut unknown: JsonMap = decode(header, "the ledger", &header.ledger)?;
    Ok(Ledger {
        writes: take(&mut unknown, WRITES)?,
        keyed: take(&mut unknown, KEYED)?,
        merges: take(&mut unknown, MERGES)?,
        claims: take(&mut unknown, CLAIMS)?,
        hand_over: take(&mut unknown, HAND_OVER)?,
        unknown,
    })
}

fn decode<T: DeserializeOwned>(
    header: &Header,
    name: &'static str,
    part: &Part,
) -> Result<T, Error> {
    if header.format > FORMAT {
        return Err(Error::new(
            ErrorKind::NewerFormat,
            "the cart was written by a newer release: update this program",
        ));
    }
    guard::check(part.as_str())?;
    serde_json::from_str(part.as_str()).map_err(|error| corrupt(Unreadable::new(name, &error)))
}

fn take<T: DeserializeOwned + Default>(map: &mut JsonMap, field: &'static str) -> Result<T, Error> {
    let Some(value) = map.remove(field) else {
        return Ok(T::default());
    };
    serde_json::from_str(value.as_str()).map_err(|error| corrupt(Unreadable::new(field, &error)))
}

/// Writes a cart's parts.
pub(crate) fn encode_parts(cart: &Cart) -> Result<Parts, DomainError> {
    Ok(Parts {
        items: encode(cart.items())?,
        conditions: encode(cart.conditions())?,
        metadata: encode(cart.metadata())?,
    })
}

/// Writes a ledger.
pub(crate) fn encode_ledger(ledger: &Ledger) -> Result<Part, DomainError> {
    let Ledger {
        writes,
        keyed,
        merges,
        claims,
        hand_over,
        unknown,
    } = ledger;
    let mut fields = JsonMap::new();
    put(&mut fields, WRITES, writes)?;
    put(&mut fields, KEYED, keyed)?;
    put(&mut fields, MERGES, merges)?;
    put(&mut fields, CLAIMS, claims)?;
    if let Some(hand_over) = hand_over {
        fields.insert(HAND_OVER, Json::from_serialize(hand_over)?);
    }
    for (field, value) in unknown.iter() {
        fields.insert(field, value.clone());
    }
    encode(&fields)
}

fn put<T: Serialize>(
    fields: &mut JsonMap,
    field: &'static str,
    list: &[T],
) -> Result<(), DomainError> {
    if !list.is_empty() {
        fields.insert(field, Json::from_serialize(list)?);
    }
    Ok(())
}

fn encode(value: &impl Serialize) -> Result<Part, DomainError> {
    Ok(Json::from_serialize(value)?.as_str().into())
}
