//! Where results go: one form for people, one for programs.

use std::fmt::Display;
use std::io::{self, BufWriter, Stdout, Write};

use serde::Serialize;

use crate::failure::Failure;

/// The form of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON: one value, or one value a line.
    Json,
    /// Sentences and tables.
    Text,
}

/// The standard output.
#[derive(Debug)]
pub(crate) struct Output {
    form: Form,
    writer: BufWriter<Stdout>,
}

impl Output {
    pub(crate) fn new(form: Form) -> Self {
        Self {
            form,
            writer: BufWriter::new(io::stdout()),
        }
    }

    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// Writes the one answer of a command.
    pub(crate) fn answer<T: Serialize + Display>(&mut self, answer: &T) -> Result<(), Failure> {
        match self.form {
            Form::Json => self.json(answer)?,
            Form::Text => match answer.to_string().trim_end() {
                "" => {}
                text => self.line(text)?,
            },
        }
        self.flush()
    }

    /// Writes a value as a line of JSON.
    pub(crate) fn json<T: Serialize>(&mut self, value: &T) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.writer, value)
            .map_err(|error| Failure::Output(error.into()))?;
        self.line("")
    }

    /// Writes a line of text.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.writer, "{line}").map_err(Failure::Output)
    }

    /// Hands what was written to the reader: a buffer that is dropped tells nobody that it failed.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(Failure::Output)
    }
}
