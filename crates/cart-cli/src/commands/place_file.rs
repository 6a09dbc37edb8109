//! The file that tells how far long work has come.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use cart_core::Error;

use crate::failure::Failure;

/// A file with a checkpoint: whole at any time, and gone when the work is done.
#[derive(Debug)]
pub(super) struct PlaceFile<T> {
    path: PathBuf,
    checkpoint: PhantomData<T>,
}

impl<T: Display + FromStr<Err = Error>> PlaceFile<T> {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            checkpoint: PhantomData,
        }
    }

    /// The checkpoint in it, if there is a file.
    pub(super) fn read(&self) -> Result<Option<T>, Failure> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text.parse()?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Puts a checkpoint in place of the one before, in one step.
    pub(super) fn write(&self, checkpoint: &T) -> Result<(), Failure> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let written = write_whole(Path::new(&beside), &format!("{checkpoint}\n"));
        written
            .and_then(|()| fs::rename(&beside, &self.path))
            .map_err(|error| self.failed(error))
    }

    pub(super) fn remove(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failed(error)),
            _ => Ok(()),
        }
    }

    fn failed(&self, source: io::Error) -> Failure {
        Failure::File {
            path: self.path.clone(),
            source,
        }
    }
}

/// Writes a file that is on the disk before it gets its name: a power cut leaves no empty one.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_data()
}
