//! What is written into a statement.

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
