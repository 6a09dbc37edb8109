//! What a server is asked.

use bytes::Bytes;
use fred::types::Value;
use fred::util::sha1_hash;

/// One command and its arguments. It changes nothing, unless told otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) command: &'static str,
    pub(crate) arguments: Vec<Value>,
    pub(crate) changes: bool,
}

impl Call {
    /// The command of this name, without arguments yet.
    pub(crate) fn new(command: &'static str) -> Self {
        Self {
            command,
            arguments: Vec::new(),
            changes: false,
        }
    }

    /// The same, with a number as one more argument.
    #[must_use]
    pub(crate) fn with_number(mut self, argument: i64) -> Self {
        self.arguments.push(Value::Integer(argument));
        self
    }

    /// How many bytes its arguments have.
    pub(super) fn size(&self) -> usize {
        self.arguments.iter().map(size).sum()
    }

    /// The same, with one more argument.
    #[must_use]
    pub(crate) fn with(mut self, argument: impl Into<Bytes>) -> Self {
        self.arguments.push(Value::Bytes(argument.into()));
        self
    }
}

/// How many bytes a value has, without what the protocol adds. Numbers count for nothing.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(size).sum(),
        Value::Bytes(bytes) => bytes.len(),
        Value::String(text) => text.len(),
        _ => 0,
    }
}

/// A script: its text, and the name by which the server knows it once it has been loaded.
#[derive(Debug)]
pub(crate) struct Script {
    text: &'static str,
    sha: Bytes,
}

impl Script {
    /// The command that brings the text along.
    pub(super) const WITH_TEXT: &'static str = "EVAL";

    /// The script of this text.
    pub(crate) fn new(text: &'static str) -> Self {
        Self {
            text,
            sha: sha1_hash(text).into(),
        }
    }

    /// The call by name: a server that doesn't know the script says so, and does nothing.
    pub(super) fn by_name(&self, keys: Vec<Bytes>, arguments: Vec<Bytes>) -> Call {
        let count = keys.len();
        let mut all = Vec::with_capacity(2 + count + arguments.len());
        all.push(Value::Bytes(self.sha.clone()));
        all.push(Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)));
        all.extend(keys.into_iter().chain(arguments).map(Value::Bytes));
        Call {
            command: "EVALSHA",
            arguments: all,
            changes: true,
        }
    }

    /// Turns a call by name into one that brings the text along, by which the server knows the
    /// script from then on.
    pub(super) fn bring_text(&self, call: &mut Call) {
        call.command = Self::WITH_TEXT;
        if let Some(name) = call.arguments.first_mut() {
            *name = Value::from_static_str(self.text);
        }
    }
}
