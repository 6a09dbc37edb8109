//! Sessions in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
use cart_store_session::{FileConfig, FileHome, SessionCartStore};
use cart_testkit::{Damage, Fixture, Harness, HarnessError};
use tempfile::TempDir;

pub(crate) struct File;

struct FileFixture {
    folder: TempDir,
    sessions: Mutex<PathBuf>,
    clock: Arc<dyn Clock>,
    store: SessionCartStore<FileHome>,
}

async fn open(
    folder: &Path,
    clock: &Arc<dyn Clock>,
) -> Result<SessionCartStore<FileHome>, HarnessError> {
    // What a disk keeps is the task of other proofs; a kill needs no disk.
    let config = FileConfig::folder(folder).with_sync(false);
    let store = SessionCartStore::new(FileHome::open(config).await?);
    Ok(store.with_clock(Arc::clone(clock)))
}

#[async_trait]
impl Harness for File {
    fn name(&self) -> &'static str {
        "session-file"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let folder = tempfile::tempdir()?;
        let sessions = folder.path().join("sessions");
        Ok(Box::new(FileFixture {
            store: open(&sessions, &clock).await?,
            sessions: Mutex::new(sessions),
            folder,
            clock,
        }))
    }
}

impl FileFixture {
    fn sessions(&self) -> PathBuf {
        let sessions = self.sessions.lock();
        sessions.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Fixture for FileFixture {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(Arc::new(open(&self.sessions(), &self.clock).await?))
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        let owner = CartKey::new(key.owner().clone(), cart_core::Instance::default()).encode();
        let owner = format!("\"owner\":\"{owner}\"");
        for file in files(&self.sessions())? {
            let text = fs::read_to_string(&file)?;
            if text.contains(&owner) {
                fs::write(&file, damage.apply(&text))?;
            }
        }
        Ok(())
    }

    /// Goes on with what `kill -9` would leave now: the files as they are.
    async fn restart(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        let left = self.sessions();
        let sessions = self.folder.path().join("after-a-crash");
        for file in files(&left)? {
            let copy = sessions.join(file.strip_prefix(&left)?);
            if let Some(folder) = copy.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::copy(&file, copy)?;
        }
        *self.sessions.lock().unwrap_or_else(PoisonError::into_inner) = sessions;
        self.second_handle().await
    }
}

/// All files of all stripes.
fn files(sessions: &Path) -> Result<Vec<PathBuf>, HarnessError> {
    let mut files = Vec::new();
    for stripe in fs::read_dir(sessions)? {
        for file in fs::read_dir(stripe?.path())? {
            files.push(file?.path());
        }
    }
    Ok(files)
}
