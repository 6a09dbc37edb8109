//! Locks between processes.

use std::fs::{File, OpenOptions};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::error::{Result, ServerError};

/// Waits for the lock on a file, which is made when it isn't there; the lock goes with the handle,
/// and with the process, however it ends.
pub(super) fn wait_for(path: &Path) -> Result<File> {
    let file = open(path)?;
    flock(&file, FlockOperation::LockExclusive)
        .map_err(|error| ServerError::file(path)(error.into()))?;
    Ok(file)
}

/// Takes the lock if nobody has it.
pub(super) fn claim(path: &Path) -> Result<Option<File>> {
    let file = open(path)?;
    let claimed = flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
    Ok(claimed.then_some(file))
}

fn open(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(ServerError::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_is_free_again_once_its_handle_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = claim(&path).unwrap();
        assert!(held.is_some());
        assert!(claim(&path).unwrap().is_none());
        drop(held);
        assert!(claim(&path).unwrap().is_some());
    }
}
