//! What a command reads: a file, or the standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// An opened file, or the standard input.
pub(crate) struct Source {
    pub(crate) reader: Box<dyn Read + Send>,
    pub(crate) path: PathBuf,
    /// In bytes, if it is a file.
    pub(crate) size: Option<u64>,
}

impl Source {
    /// Opens a file; `-` and nothing are the standard input.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Ok(Self {
                reader: Box::new(io::stdin()),
                path: "standard input".into(),
                size: None,
            });
        };
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = opened.map_err(|source| Failure::File {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            reader: Box::new(file),
            path: path.to_owned(),
            size: metadata.is_file().then_some(metadata.len()),
        })
    }

    /// All of it.
    pub(crate) fn read(mut self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        match self.reader.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(source) => Err(Failure::File {
                path: self.path,
                source,
            }),
        }
    }
}
