//! Temporary folders that go, even after a process that was killed.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::{Result, ServerError};
use super::{account, lock};

/// A folder of a server: removed when it is dropped, or else, when its process was killed, by the
/// next one that needs a folder.
#[derive(Debug)]
pub(super) struct Folder {
    folder: TempDir,
    /// Tells others that the folder is in use.
    _in_use: File,
}

impl Folder {
    /// An empty folder that the servers' account owns.
    ///
    /// Its path is short, since the path of a socket may have 107 bytes only.
    pub(super) fn new() -> Result<Self> {
        let user = rustix::process::geteuid().as_raw();
        let parent = std::env::temp_dir().join(format!("cart-servers-{user}"));
        Self::within(&parent)
    }

    fn within(parent: &Path) -> Result<Self> {
        fs::create_dir_all(parent).map_err(ServerError::file(parent))?;
        let_through(parent)?;
        // Who asks the kernel for the path of a file gets this one.
        let parent = &parent.canonicalize().map_err(ServerError::file(parent))?;
        // A folder isn't in use until it is marked so: nobody may look in between.
        let _nobody_else = lock::wait_for(&parent.join("lock"))?;
        remove_unused(parent)?;
        let folder = TempDir::with_prefix_in("", parent).map_err(ServerError::file(parent))?;
        let in_use = lock::wait_for(&mark(folder.path()))?;
        let_through(folder.path())?;
        account::hand_over(folder.path())?;
        Ok(Self {
            folder,
            _in_use: in_use,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Lets the servers' account into a folder, which it may not list.
fn let_through(folder: &Path) -> Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o711)).map_err(ServerError::file(folder))
}

/// Removes the folders of processes that were killed.
fn remove_unused(parent: &Path) -> Result<()> {
    let entries = fs::read_dir(parent).map_err(ServerError::file(parent))?;
    for folder in entries.flatten().map(|entry| entry.path()) {
        if folder.is_dir() && lock::claim(&mark(&folder))?.is_some() {
            // A server that is just ending may still write to it: then the next one removes it.
            let _ = fs::remove_dir_all(&folder);
        }
    }
    Ok(())
}

/// The file whose lock says that a folder is in use.
fn mark(folder: &Path) -> PathBuf {
    folder.join("in-use")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_of_a_killed_process_is_removed_and_one_in_use_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let left_behind = parent.path().join("left-behind");
        fs::create_dir(&left_behind).unwrap();
        fs::write(mark(&left_behind), "").unwrap();
        let first = Folder::within(parent.path()).unwrap();
        let second = Folder::within(parent.path()).unwrap();
        assert!(!left_behind.exists());
        assert!(first.path().exists() && second.path().exists());
    }

    #[test]
    fn folder_goes_with_its_handle() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::within(parent.path()).unwrap();
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }
}
