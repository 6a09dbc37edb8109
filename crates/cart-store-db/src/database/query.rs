//! A statement that travels to a connection.

use std::fmt;

use cart_core::Timestamp;

use crate::value::Value;

/// The text of a statement with its values, in the order of its `?`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) text: String,
    values: Vec<Bound>,
}

/// A value that a statement carries with it.
#[derive(Clone)]
enum Bound {
    Integer(i64),
    Name(String),
    OptionalInteger(Option<i64>),
    OptionalText(Option<String>),
    Text(String),
}

impl fmt::Debug for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(formatter)
    }
}

impl Query {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    /// The same, with values that were made for its text.
    pub(crate) fn with_values(mut self, values: &[Value<'_>]) -> Self {
        self.values.extend(values.iter().map(Bound::of));
        self
    }

    /// Writes on.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Writes on, with the values that the text has room for.
    pub(crate) fn push_with(&mut self, text: &str, values: &[Value<'_>]) -> &mut Self {
        self.values.extend(values.iter().map(Bound::of));
        self.push(text)
    }

    /// The values.
    pub(crate) fn values(&self) -> Vec<Value<'_>> {
        self.values.iter().map(Bound::value).collect()
    }
}

/// The value of a moment.
pub(crate) fn moment(at: Timestamp) -> Value<'static> {
    Value::Integer(at.as_millis())
}

impl Bound {
    fn of(value: &Value<'_>) -> Self {
        match *value {
            Value::Integer(number) => Self::Integer(number),
            Value::Name(name) => Self::Name(name.to_owned()),
            Value::OptionalInteger(number) => Self::OptionalInteger(number),
            Value::OptionalText(text) => Self::OptionalText(text.map(str::to_owned)),
            Value::Text(text) => Self::Text(text.to_owned()),
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Integer(number) => Value::Integer(*number),
            Self::Name(name) => Value::Name(name),
            Self::OptionalInteger(number) => Value::OptionalInteger(*number),
            Self::OptionalText(text) => Value::OptionalText(text.as_deref()),
            Self::Text(text) => Value::Text(text),
        }
    }
}
