//! The database, opened and ready for a store.

use cart_core::{
    Capabilities, Durability, Expiry, RenameSupport, Result, ScanSupport, Scope, Visibility,
};
use diesel::SqliteConnection;

use super::classify::{Phase, classify};
use super::config::{Location, SqliteConfig};
use super::connection::{Missing, Settings, open};
use super::migrate;
use super::store::SqliteCartStore;

/// The connections to a database that is ready for use.
pub(super) struct Opened {
    pub(super) writer: SqliteConnection,
    pub(super) readers: Vec<SqliteConnection>,
    durability: Durability,
}

impl Opened {
    pub(super) fn open(config: &SqliteConfig) -> Result<Self> {
        let missing = if config.create_schema {
            Missing::Create
        } else {
            Missing::Refuse
        };
        if missing == Missing::Refuse || config.read_only {
            migrate::check_presence(config)?;
        }
        let mut writer = open(config, missing)?;
        // Looking takes no lock, so that opening waits for no writer when there is nothing to do.
        let mut schema = migrate::status(&mut writer, &config.table)?;
        if schema.version < schema.latest && config.create_schema && !config.read_only {
            schema = migrate::apply(&mut writer, &config.table)?;
        }
        schema.ready()?;
        let settings = Settings::ask(&mut writer);
        let settings = settings.map_err(|error| classify(&error, Phase::Statement))?;
        let readers = match config.location {
            Location::File(_) => config.readers,
            Location::Memory => 0,
        };
        let readers: Result<Vec<_>> = (0..readers)
            .map(|_| open(config, Missing::Refuse))
            .collect();
        Ok(Self {
            writer,
            readers: readers?,
            durability: settings.durability(),
        })
    }

    /// What a store over these connections can do.
    pub(super) fn capabilities(&self) -> Capabilities {
        let is_in_memory = self.readers.is_empty();
        let (scope, visibility) = if is_in_memory {
            (Scope::Process, Visibility::Process)
        } else {
            (Scope::Shared, Visibility::Shared)
        };
        let mut capabilities = Capabilities::none();
        capabilities.compare_and_set = scope;
        capabilities.durability = self.durability;
        capabilities.expiry = Expiry::ReadFilter;
        // The one connection of a database in memory is also the one that reads.
        capabilities.lock = !is_in_memory;
        capabilities.marks = true;
        capabilities.rename = RenameSupport::Atomic;
        capabilities.record_limit = Some(SqliteCartStore::RECORD_LIMIT);
        capabilities.scan = ScanSupport::Filtered;
        capabilities.visibility = visibility;
        capabilities
    }
}
