//! The store of the guide keeps the contract, as far as it says it does.

#[path = "../examples/store_in_a_file/store.rs"]
#[expect(unreachable_pub, reason = "it is public in a crate of its own")]
mod store;

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartStore, Clock};
use cart_testkit::{Fixture, Harness, HarnessError};
use store::FileStore;
use tempfile::TempDir;

struct InAFile;

struct Opened {
    folder: TempDir,
    clock: Arc<dyn Clock>,
    store: FileStore,
}

#[async_trait]
impl Harness for InAFile {
    fn name(&self) -> &'static str {
        "file"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let folder = tempfile::tempdir()?;
        let store = FileStore::open(&folder.path().join("carts"), Arc::clone(&clock))?;
        Ok(Box::new(Opened {
            folder,
            clock,
            store,
        }))
    }
}

#[async_trait]
impl Fixture for Opened {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(self.store())
    }

    /// What `kill -9` leaves is the file.
    async fn restart(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        let path = self.folder.path().join("carts");
        Ok(Arc::new(FileStore::open(&path, Arc::clone(&self.clock))?))
    }
}

cart_testkit::main!(InAFile);
