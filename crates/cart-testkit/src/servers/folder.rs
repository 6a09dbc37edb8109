//! Temporary folders that go, even after a process that was killed.

use std::env;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;
use tempfile::TempDir;

use super::error::{Result, ServerError};
use super::{account, lock};

/// As many bytes as several servers take, with what is written to them.
const ROOM: u64 = 2 << 30;

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
    pub(super) fn new(medium: Medium) -> Result<Self> {
        let folder = medium.folder();
        let_through(&folder)?;
        Self::within(&folder.join("run"))
    }

    fn within(parent: &Path) -> Result<Self> {
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

/// What a folder is kept on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    Disk,
    /// Memory if there is plenty, else a disk. Hundreds of files are soon made there, and soon removed.
    Memory,
}

impl Medium {
    /// Where this user's servers have their folders.
    fn folder(self) -> PathBuf {
        let memory = Path::new("/dev/shm");
        let parent = match self {
            Self::Memory if has_room(memory) => memory.to_owned(),
            Self::Disk | Self::Memory => env::temp_dir(),
        };
        let user = rustix::process::geteuid().as_raw();
        parent.join(format!("cart-servers-{user}"))
    }
}

/// Whether several servers have room there.
fn has_room(folder: &Path) -> bool {
    statvfs(folder).is_ok_and(|room| room.f_bavail.saturating_mul(room.f_frsize) > ROOM)
}

/// A folder for what this user's servers share, which their account can read.
pub(super) fn shared(name: &str) -> Result<PathBuf> {
    let parent = Medium::Disk.folder();
    let folder = parent.join(name);
    let_through(&parent)?;
    let_through(&folder)?;
    Ok(folder)
}

/// Makes a folder if it isn't there, and lets the servers' account into it, which may not list it.
fn let_through(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(ServerError::file(folder))?;
    fs::set_permissions(folder, Permissions::from_mode(0o711)).map_err(ServerError::file(folder))
}

/// Removes the folders of processes that were killed.
fn remove_unused(parent: &Path) -> Result<()> {
    let entries = fs::read_dir(parent).map_err(ServerError::file(parent))?;
    for folder in entries.flatten().map(|entry| entry.path()) {
        // Its owner takes no lock to remove it, so that it may be gone since it was listed.
        if folder.is_dir()
            && let Ok(Some(_unused)) = lock::claim(&mark(&folder))
        {
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
    fn folder_that_its_owner_removes_meanwhile_is_in_nobodys_way() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        Folder::within(parent.path()).unwrap();
                    }
                });
            }
        });
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
