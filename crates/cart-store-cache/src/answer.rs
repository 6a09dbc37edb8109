//! What servers answer, as what it should be.

use cart_core::{Error, ErrorKind};
use fred::bytes_utils::Str;
use fred::types::Value;

use crate::value::corrupt;

/// The text of a value; nothing where there is none.
///
/// # Errors
///
/// `Corrupt` for what is no text.
pub(crate) fn text(answer: Value) -> Result<Option<Str>, Error> {
    match answer {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bytes(_) => Err(corrupt()),
        _ => Err(unexpected()),
    }
}

/// The answers of several questions.
///
/// # Errors
///
/// `Unexpected` for what is no list.
pub(crate) fn list(answer: Value) -> Result<Vec<Value>, Error> {
    match answer {
        Value::Array(answers) => Ok(answers),
        _ => Err(unexpected()),
    }
}

/// The members of an index.
///
/// # Errors
///
/// `Unexpected` for anything else.
pub(crate) fn members(answer: Value) -> Result<Vec<String>, Error> {
    let member = |member: Value| match member {
        Value::String(text) => Ok(text.to_string()),
        _ => Err(unexpected()),
    };
    list(answer)?.into_iter().map(member).collect()
}

/// The error for an answer that nothing here asked for.
pub(crate) fn unexpected() -> Error {
    Error::new(
        ErrorKind::Unexpected,
        "the server answered what it should not: report this as a mistake of the store",
    )
}
