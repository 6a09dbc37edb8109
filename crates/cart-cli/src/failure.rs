//! Why a command failed, for people and for programs.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use cart_core::{Conflict, DomainError, Error, ErrorKind, InvalidKey, RetryClass};
use serde::Serialize;

use crate::exit::Exit;
use crate::progress::Progress;
use crate::view::plain;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line can't be parsed.
    #[error("{0}")]
    CommandLine(#[source] clap::Error),
    /// Two stores don't hold the same carts; the report says in what they differ.
    #[error("{0}: see the report")]
    Differs(&'static str),
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Lines of a file mean nothing.
    #[error("nothing was changed, for lines of the file can't be used: {count}")]
    Flaws {
        /// The first of them.
        flaws: Vec<Flaw>,
        /// How many there are.
        count: usize,
    },
    /// The command line or its input means nothing.
    #[error("{0}")]
    Invalid(&'static str),
    /// Other carts are where some should go; the report says which.
    #[error("{0}: see the report")]
    InTheWay(&'static str),
    /// A line of an import can't be used.
    #[error(
        "line {number}: {source}; {imported} carts were imported before, and importing them again is \
         harmless"
    )]
    Line {
        /// Which line, counted from 1.
        number: u64,
        /// How many carts were imported.
        imported: u64,
        /// Why.
        source: Error,
    },
    /// What the command is about is not there.
    #[error("{0}")]
    NotFound(&'static str),
    /// The result can't be written.
    #[error("the result can't be written: {0}")]
    Output(#[source] io::Error),
    /// The store, or the library, refused.
    #[error(transparent)]
    Store(#[from] Error),
    /// A check of the doctor failed.
    #[error("the store is not healthy: see the checks that failed")]
    Unhealthy,
}

/// What is wrong with a line of a file.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub(crate) struct Flaw {
    /// Which line, counted from 1.
    pub(crate) line: u64,
    /// What is wrong, without what stands there.
    pub(crate) why: String,
}

/// The form that `--json` gives.
#[derive(Serialize)]
struct Document<'a> {
    error: Details<'a>,
}

#[derive(Serialize)]
struct Details<'a> {
    kind: &'static str,
    retry_class: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<&'a Conflict>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
}

impl Failure {
    /// What is wrong with a line of an import.
    pub(crate) fn line(number: u64, progress: &Progress, source: Error) -> Self {
        let imported = progress.carts();
        Self::Line {
            number,
            imported,
            source,
        }
    }

    /// Whether the reader of the output has simply gone away, as `head` does.
    pub(crate) fn is_reader_gone(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// How the program ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Line { source, .. } => match Exit::after(source) {
                // What names no operation never reached the store: the line itself is no cart.
                Exit::Unavailable if source.operation().is_none() => Exit::Invalid,
                exit => exit,
            },
            Self::Store(error) => Exit::after(error),
            Self::CommandLine(_) | Self::File { .. } | Self::Flaws { .. } | Self::Invalid(_) => {
                Exit::Invalid
            }
            Self::Differs(_) => Exit::Differs,
            Self::InTheWay(_) => Exit::Conflict,
            Self::NotFound(_) => Exit::NotFound,
            Self::Output(_) | Self::Unhealthy => Exit::Unavailable,
        }
    }

    /// The text for a person: what failed, then why.
    pub(crate) fn text(&self) -> String {
        if let Self::CommandLine(error) = self {
            return error.to_string();
        }
        let mut text = format!("error: {}", plain(&self.to_string()));
        for cause in self.causes() {
            // Writing to a string can't fail.
            let _ = write!(text, "\n  because: {}", plain(&cause));
        }
        text
    }

    /// The JSON for a program.
    pub(crate) fn json(&self) -> String {
        let error = self.error();
        let kind = match (error, self.exit()) {
            (Some(error), _) => error.kind(),
            (None, Exit::NotFound) => ErrorKind::NotFound,
            (None, Exit::Conflict | Exit::Differs) => ErrorKind::Conflict,
            (None, Exit::Unavailable) => ErrorKind::Unavailable,
            (None, _) => ErrorKind::Invalid,
        };
        let document = Document {
            error: Details {
                kind: kind.as_str(),
                retry_class: error
                    .map_or(RetryClass::Permanent, Error::retry_class)
                    .as_str(),
                message: self.message(),
                operation: error
                    .and_then(Error::operation)
                    .map(cart_core::Operation::as_str),
                store: error.and_then(Error::store),
                conflict: error.and_then(Error::conflict),
                causes: self.causes(),
            },
        };
        serde_json::to_string(&document).unwrap_or_else(|_| self.to_string())
    }

    /// What is wrong, without what a terminal is told besides.
    fn message(&self) -> String {
        let text = self.to_string();
        match self {
            Self::CommandLine(_) => {
                let first = text.split("\n\n").next().unwrap_or_default();
                first.trim_start_matches("error: ").to_owned()
            }
            _ => text,
        }
    }

    fn error(&self) -> Option<&Error> {
        match self {
            Self::Line { source, .. } | Self::Store(source) => Some(source),
            _ => None,
        }
    }

    /// The lines that can't be used, or the causes behind the library's error that its own text
    /// doesn't repeat.
    fn causes(&self) -> Vec<String> {
        if let Self::Flaws { flaws, .. } = self {
            return flaws.iter().map(ToString::to_string).collect();
        }
        let Some(error) = self.error() else {
            return Vec::new();
        };
        let told = error.to_string();
        std::iter::successors(error.source(), |cause| (*cause).source())
            .map(ToString::to_string)
            .filter(|cause| !told.ends_with(cause.as_str()))
            .collect()
    }
}

impl From<DomainError> for Failure {
    fn from(error: DomainError) -> Self {
        Self::Store(error.into())
    }
}

impl From<InvalidKey> for Failure {
    fn from(error: InvalidKey) -> Self {
        Self::Store(error.into())
    }
}
