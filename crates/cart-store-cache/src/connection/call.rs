//! What a server is asked.

use bytes::Bytes;
use fred::types::Value;

/// One command and its arguments.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) command: &'static str,
    pub(crate) arguments: Vec<Value>,
}

impl Call {
    /// The command of this name, without arguments yet.
    pub(crate) fn new(command: &'static str) -> Self {
        Self {
            command,
            arguments: Vec::new(),
        }
    }

    /// The same, with one more argument.
    #[must_use]
    pub(crate) fn with(mut self, argument: impl Into<Bytes>) -> Self {
        self.arguments.push(Value::Bytes(argument.into()));
        self
    }
}

/// A script: its text, and the name by which the server knows it once it has been loaded.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) text: &'static str,
    pub(crate) sha: String,
}
