//! A part of the folder, with a lock of its own: files are replaced in it one at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use cart_core::Result;
use fs4::fs_std::FileExt;

use super::classify::{Phase, classify};

/// The lock, which stays when it is let go.
const LOCK: &str = ".lock";
/// A file that is being written. Only who holds the lock writes it, so that one that a crash left
/// is written over by the next.
const NEW: &str = ".new";

/// One of the 256 folders in which the files are.
#[derive(Debug)]
pub(super) struct Stripe<'a> {
    root: &'a Path,
    number: u8,
    folder: PathBuf,
    sync: bool,
}

/// A stripe whose lock is held, among all processes, until this is dropped.
#[derive(Debug)]
pub(super) struct Held<'a> {
    stripe: Stripe<'a>,
    _lock: File,
}

impl<'a> Stripe<'a> {
    pub(super) fn new(root: &'a Path, number: u8, sync: bool) -> Self {
        Self {
            root,
            number,
            folder: root.join(format!("{number:02x}")),
            sync,
        }
    }

    pub(super) fn number(&self) -> u8 {
        self.number
    }

    /// What is in a file now: all of it, as one write left it.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        optional(fs::read(self.folder.join(name)))
    }

    /// The names of all files, in no order.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        let Some(entries) = optional(fs::read_dir(&self.folder))? else {
            return Ok(Vec::new());
        };
        entries
            .filter_map(|entry| match entry {
                Ok(entry) => Some(Ok(entry.file_name().into_string().ok()?)),
                Err(failure) => Some(Err(classify(failure, Phase::Prepare))),
            })
            .collect()
    }

    /// Waits for the lock, and creates the folder for it.
    pub(super) fn lock(self) -> Result<Held<'a>> {
        let lock = self.lock_file();
        Ok(Held {
            _lock: lock.map_err(|failure| classify(failure, Phase::Prepare))?,
            stripe: self,
        })
    }

    fn lock_file(&self) -> io::Result<File> {
        let path = self.folder.join(LOCK);
        let opened = private().open(&path);
        let lock = match opened {
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => {
                match private_folder().create(&self.folder) {
                    Err(failure) if failure.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(failure);
                    }
                    Ok(()) | Err(_) => {}
                }
                if self.sync {
                    sync_folder(self.root)?;
                }
                private().open(&path)?
            }
            opened => opened?,
        };
        loop {
            match lock.lock_exclusive() {
                Err(failure) if failure.kind() == io::ErrorKind::Interrupted => {}
                locked => return locked.map(|()| lock),
            }
        }
    }
}

impl<'a> Held<'a> {
    pub(super) fn stripe(&self) -> &Stripe<'a> {
        &self.stripe
    }

    /// Puts `text` in place of what is in a file, in one step that a power cut doesn't undo.
    pub(super) fn replace(&self, name: &str, text: &str) -> Result<()> {
        let Stripe { folder, sync, .. } = &self.stripe;
        let new = folder.join(NEW);
        let replaced = write(&new, text, *sync).and_then(|()| fs::rename(&new, folder.join(name)));
        replaced.map_err(|failure| classify(failure, Phase::Prepare))?;
        self.sync()
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        match optional(fs::remove_file(self.stripe.folder.join(name)))? {
            Some(()) => self.sync(),
            None => Ok(()),
        }
    }

    /// Waits until the disk knows which files there are.
    fn sync(&self) -> Result<()> {
        if !self.stripe.sync {
            return Ok(());
        }
        sync_folder(&self.stripe.folder).map_err(|failure| classify(failure, Phase::Replace))
    }
}

/// Creates the folder of all stripes.
pub(super) fn create(root: &Path, sync: bool) -> Result<()> {
    let created = private_folder().recursive(true).create(root);
    let parent = root.parent().filter(|parent| parent.is_dir());
    let synced = created.and_then(|()| match parent {
        Some(parent) if sync => sync_folder(parent),
        _ => Ok(()),
    });
    synced.map_err(|failure| classify(failure, Phase::Prepare))
}

fn write(path: &Path, text: &str, sync: bool) -> io::Result<()> {
    let mut file = private().truncate(true).open(path)?;
    file.write_all(text.as_bytes())?;
    if sync { file.sync_all() } else { Ok(()) }
}

/// A directory's entries reach the disk when the directory itself is synced, where that can be.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// How files are opened for writing. Nobody else reads them: who knows a token owns the cart.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn private_folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn optional<T>(result: io::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(failure) => Err(classify(failure, Phase::Prepare)),
    }
}
