//! From a URL or a configuration to the store.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartStore, Error, ErrorKind, OpenRequest, Result, StoreFactory};

use super::config::FileConfig;
use super::home::FileHome;
use crate::SessionCartStore;

/// Opens `file:` URLs for a [`StoreRegistry`](cart_core::StoreRegistry), and the `session` section
/// of a configuration in a folder that the program chooses.
///
/// ```
/// use std::sync::Arc;
///
/// use cart_core::{Configuration, StoreRegistry};
/// use cart_store_session::{FileConfig, FileFactory};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// # let folder = tempfile::tempdir().expect("a folder");
/// # let path = folder.path().join("carts");
/// let sessions = FileFactory::new().with_sessions_in(FileConfig::folder(path));
/// let registry = StoreRegistry::new().with("session", Arc::new(sessions));
/// let store = registry.open_configured(&Configuration::default()).await?;
/// assert_eq!(&*store.info().name, "session-file");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct FileFactory {
    sessions: Option<FileConfig>,
}

impl FileFactory {
    /// A factory for `file:` URLs.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, which opens `session:`, too: so. The key comes from the section.
    #[must_use]
    pub fn with_sessions_in(mut self, config: FileConfig) -> Self {
        self.sessions = Some(config);
        self
    }
}

#[async_trait]
impl StoreFactory for FileFactory {
    async fn open(&self, request: &OpenRequest) -> Result<Arc<dyn CartStore>> {
        let mut config = match &self.sessions {
            Some(config) if request.url.scheme() == "session" => config.clone(),
            Some(_) | None => request.url.as_str().parse()?,
        };
        for (key, value) in request.section.as_object().into_iter().flatten() {
            match (key.as_str(), value.as_str()) {
                ("key", Some(key)) => config = config.with_key(key),
                // Others act upon it.
                ("url", _) => {}
                (key, _) => {
                    return Err(Error::new(
                        ErrorKind::Invalid,
                        format!("file: the setting `{key}` is unknown, or is no text"),
                    ));
                }
            }
        }
        let store = SessionCartStore::new(FileHome::open(config).await?);
        Ok(Arc::new(store.with_clock(Arc::clone(&request.clock))))
    }
}
