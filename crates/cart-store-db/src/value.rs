//! What is written into a statement.

use std::fmt;

/// What stands for a `?`.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Integer(i64),
    /// Part of a key: any text, NUL included, which compares as bytes.
    Name(&'a str),
    OptionalInteger(Option<i64>),
    OptionalText(Option<&'a str>),
    Text(&'a str),
}

impl fmt::Debug for Value<'_> {
    /// Values may name persons: none is shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("?")
    }
}
