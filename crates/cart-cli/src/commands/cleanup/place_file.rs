//! The file that tells how far a clean-up has come.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use cart_core::CleanupCheckpoint;

use crate::failure::Failure;

/// A file with a checkpoint: whole at any time, and gone when the work is done.
#[derive(Debug)]
pub(super) struct PlaceFile(PathBuf);

impl PlaceFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The checkpoint in it, if there is a file.
    pub(super) fn read(&self) -> Result<Option<CleanupCheckpoint>, Failure> {
        match fs::read_to_string(&self.0) {
            Ok(text) => Ok(Some(text.parse()?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Puts a checkpoint in place of the one before, in one step.
    pub(super) fn write(&self, checkpoint: &CleanupCheckpoint) -> Result<(), Failure> {
        let mut beside = self.0.clone().into_os_string();
        beside.push(".new");
        fs::write(&beside, format!("{checkpoint}\n"))
            .and_then(|()| fs::rename(&beside, &self.0))
            .map_err(|error| self.failed(error))
    }

    pub(super) fn remove(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failed(error)),
            _ => Ok(()),
        }
    }

    fn failed(&self, source: io::Error) -> Failure {
        Failure::File {
            path: self.0.clone(),
            source,
        }
    }
}
