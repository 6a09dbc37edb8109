//! Why a command of this tool didn't do its work.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// The result of a command of this tool.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a command of this tool didn't do its work, in words for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A proof or a rule doesn't hold.
    #[error("{0}")]
    DoesNotHold(String),
    /// A program ran and failed.
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: ExitStatus },
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// A program of ours printed or wrote something else than promised.
    #[error("{from} isn't the JSON that it promises: {source}")]
    Json {
        from: String,
        source: serde_json::Error,
    },
    /// A program that has to be installed first.
    #[error("{program} is missing; install it with `{install}`")]
    Missing {
        program: &'static str,
        install: &'static str,
    },
    /// A program couldn't be started.
    #[error("`{command}` can't be started: {source}")]
    Start { command: String, source: io::Error },
    /// Something was asked for that isn't there.
    #[error("{0}")]
    Unknown(String),
}
