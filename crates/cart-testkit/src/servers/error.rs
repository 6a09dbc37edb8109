//! Why a server, or a fault, isn't to be had.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// The result of what is done to a server.
pub type Result<T> = std::result::Result<T, ServerError>;

/// Why a server, or a fault, isn't to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A program ran and failed.
    #[error("`{program}` failed ({status}):\n{output}")]
    Command {
        /// Its name.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What it complained about.
        output: String,
    },
    /// A server ended by itself.
    #[error("{server} ended by itself ({status}); the end of its log:\n{log}")]
    Died {
        /// Its name.
        server: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it wrote.
        log: String,
    },
    /// A file can't be read, written or made.
    #[error("{}: {source}", path.display())]
    File {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program isn't on this machine.
    #[error("`{program}` is missing; install it with `{install}`")]
    Missing {
        /// Its name.
        program: &'static str,
        /// The command that installs it on Debian.
        install: &'static str,
    },
    /// A server doesn't answer.
    #[error("{server} gave no answer for {waited:?}; the end of its log:\n{log}")]
    Silent {
        /// Its name.
        server: &'static str,
        /// How long it was waited for.
        waited: Duration,
        /// The last lines that it wrote.
        log: String,
    },
    /// A server refused a statement, or a command.
    #[error("{server} refused: {complaint}")]
    Refused {
        /// Its name.
        server: &'static str,
        /// What it said.
        complaint: String,
    },
    /// A program can't be started, or a process not be reached.
    #[error("`{program}`: {source}")]
    Process {
        /// The program's name.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// Something was asked for that this server, or this machine, can't do.
    #[error("{0}")]
    Lacking(&'static str),
}

impl ServerError {
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn process(program: &str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Process {
            program: program.to_owned(),
            source,
        }
    }
}
