//! The home over a folder.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    Capabilities, Durability, Expiry, Health, Operation, Owner, RenameSupport, Result, ScanSupport,
    Scope, StoreInfo, Visibility,
};

use super::config::FileConfig;
use super::folder::Folder;
use super::hop::off_the_runtime;
use super::name::FileName;
use crate::home::{Listed, SessionHome};
use crate::sessions::{SessionCarts, Sessions};

/// Keeps sessions in the files of a folder: for one machine, without a server.
///
/// A session is a file, which is replaced whole, under a lock that holds among all processes; who
/// reads waits for nobody. A rename between two sessions is one step, too, also when the process
/// is killed in the middle: who comes next finishes it before anything else.
///
/// ```
/// use cart_core::{CartStore, Durability};
/// use cart_store_session::{FileConfig, FileHome, SessionCartStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// # let folder = tempfile::tempdir().expect("a folder");
/// # let path = folder.path().join("carts");
/// let store = SessionCartStore::new(FileHome::open(FileConfig::folder(path)).await?);
/// assert_eq!(store.info().capabilities.durability, Durability::PowerLoss);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FileHome {
    folder: Arc<Folder>,
    durability: Durability,
    inline_reads: bool,
}

impl FileHome {
    /// The largest record that a session takes, in bytes: 16 MiB.
    pub const RECORD_LIMIT: usize = 16 * 1024 * 1024;

    /// Opens the folder that `config` describes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unprepared`](cart_core::ErrorKind::Unprepared) where there is no folder, and
    /// none is to be created; [`ErrorKind::Denied`](cart_core::ErrorKind::Denied),
    /// [`ErrorKind::ReadOnly`](cart_core::ErrorKind::ReadOnly) and
    /// [`ErrorKind::Full`](cart_core::ErrorKind::Full) where it can't be.
    ///
    /// # Cancel safety
    ///
    /// The folder is there or not; nothing stays open.
    pub async fn open(config: FileConfig) -> Result<Self> {
        let (sync, inline_reads) = (config.sync, config.inline_reads);
        let folder = off_the_runtime(move || Folder::open(&config)).await;
        let folder = folder.map_err(|error| {
            error
                .during(Operation::Open)
                .in_store(&"session-file".into())
        })?;
        Ok(Self {
            folder: Arc::new(folder),
            // Where directories can't be synced, a power cut may undo a replacement.
            durability: if sync && cfg!(unix) {
                Durability::PowerLoss
            } else {
                Durability::ProcessCrash
            },
            inline_reads,
        })
    }
}

#[async_trait]
impl SessionHome for FileHome {
    fn info(&self) -> StoreInfo {
        let mut capabilities = Capabilities::none();
        capabilities.compare_and_set = Scope::Shared;
        capabilities.durability = self.durability;
        capabilities.expiry = Expiry::ReadFilter;
        capabilities.record_limit = Some(Self::RECORD_LIMIT);
        capabilities.marks = true;
        capabilities.rename = RenameSupport::Atomic;
        capabilities.scan = ScanSupport::Full;
        capabilities.visibility = Visibility::Shared;
        StoreInfo {
            name: "session-file".into(),
            capabilities,
        }
    }

    async fn read(&self, owner: &Owner) -> Result<SessionCarts> {
        if self.inline_reads {
            return Ok(self.folder.read(owner)?.carts);
        }
        let (folder, owner) = (Arc::clone(&self.folder), owner.clone());
        off_the_runtime(move || Ok(folder.read(&owner)?.carts)).await
    }

    async fn change<T, F>(&self, owners: Vec<Owner>, decide: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Sessions) -> Result<T> + Send + 'static,
    {
        let folder = Arc::clone(&self.folder);
        off_the_runtime(move || folder.change(&owners, decide)).await
    }

    async fn list(&self, place: Option<&[u8]>, limit: usize) -> Result<Vec<Listed>> {
        let from = place.map(FileName::from_digits).transpose()?;
        let folder = Arc::clone(&self.folder);
        off_the_runtime(move || folder.list(from.as_ref(), limit)).await
    }

    async fn ping(&self) -> Result<Health> {
        let folder = Arc::clone(&self.folder);
        off_the_runtime(move || folder.check()).await?;
        Ok(Health::new(self.durability, "sessions in a folder"))
    }
}
