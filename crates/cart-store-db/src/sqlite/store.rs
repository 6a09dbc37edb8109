//! The store.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartRecord, CartStore, Clock, Error, ErrorKind, Health, Instance,
    LoadRequest, Operation, Owner, Rename, Result, SaveRequest, ScanPage, ScanRequest, StoreInfo,
    Stored, Timestamp, Version,
};
use diesel::SqliteConnection;

use super::config::SqliteConfig;
use super::end::End;
use super::job::{Failure, Order, Queue, Queued, on_thread};
use super::lock::Candidate;
use super::opened::Opened;
use super::reader::{Extent, Readers};
use super::statements::Statements;
use super::{read, scan, write, writer};

/// Keeps carts in an SQLite database.
///
/// One thread writes and answers when the disk has the write; writes that wait at the same time
/// share one trip to the disk. Reads wait for no writer: single carts are looked up on the caller's
/// thread, which takes microseconds, and a few other threads read what takes longer. No call waits
/// for a lock or a write on the thread that it is made from, and any runtime will do. Several
/// processes can use one file.
///
/// Clones are handles to the same threads, which end with the last handle;
/// [`SqliteCartStore::close`] waits for that.
///
/// ```
/// use cart_core::{CartStore, Durability};
/// use cart_store_db::{SqliteCartStore, SqliteConfig};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// # let folder = tempfile::tempdir().expect("a folder");
/// # let path = folder.path().join("carts.db");
/// let store = SqliteCartStore::open(SqliteConfig::file(path)).await?;
/// assert_eq!(store.info().capabilities.durability, Durability::PowerLoss);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteCartStore {
    shared: Arc<Shared>,
}

/// What the handles of one store share.
#[derive(Debug)]
struct Shared {
    info: StoreInfo,
    /// What cursors are bound to: the store and its table.
    scope: String,
    statements: Arc<Statements>,
    clock: Arc<dyn Clock>,
    /// None for a database in memory: it has one connection, the writer's.
    readers: Option<Readers>,
    // The last to end: whoever closes the last connection looks after the write-ahead log.
    writer: Queue,
    end: End,
}

/// How many rows a sweep removes at once, so that other writes wait for milliseconds only.
const SWEEP_BATCH: usize = 500;

/// The name that the store's errors, metrics and reports carry.
pub(super) fn name() -> Arc<str> {
    "sqlite".into()
}

impl SqliteCartStore {
    /// The largest record that the store takes, in bytes: 16 MiB.
    pub const RECORD_LIMIT: usize = 16 * 1024 * 1024;

    /// Opens the database that `config` describes, and creates or updates its schema unless that
    /// is switched off.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Unprepared`]: not a database, another program's table, a schema of a newer
    ///   release, or none where none may be created;
    /// - [`ErrorKind::Unavailable`]: the file can't be opened or read;
    /// - [`ErrorKind::ReadOnly`]: the schema is missing and can't be written;
    /// - [`ErrorKind::Busy`]: another process kept it locked for longer than the configured time;
    /// - [`ErrorKind::Full`], [`ErrorKind::Corrupt`]: as they say.
    ///
    /// # Cancel safety
    ///
    /// The schema is complete or untouched; nothing stays open.
    pub async fn open(config: SqliteConfig) -> Result<Self> {
        let to_open = config.clone();
        let opened = on_thread(move || Opened::open(&to_open)).await;
        opened
            .and_then(|opened| Self::start(opened, &config))
            .map_err(|error| error.during(Operation::Open).in_store(&name()))
    }

    /// Ends this handle, and waits until the store is closed: its last handle is gone, what was
    /// begun is done, and the files are closed. When no other process uses the database, its
    /// write-ahead log is gone then, too, and the one file is all there is.
    ///
    /// A handle that is merely dropped closes the store as well, only that nobody knows when.
    ///
    /// # Cancel safety
    ///
    /// The store is closed all the same.
    pub async fn close(self) {
        let end = self.end();
        drop(self);
        end.reached().await;
    }

    /// When the store has come to its end.
    pub(super) fn end(&self) -> End {
        self.shared.end.clone()
    }

    /// Starts the threads over `opened`.
    fn start(opened: Opened, config: &SqliteConfig) -> Result<Self> {
        let capabilities = opened.capabilities();
        let (end, alive) = End::new();
        let readers = if opened.readers.is_empty() {
            None
        } else {
            Some(Readers::start(opened.readers, config, &alive)?)
        };
        let writer = writer::start(opened.writer, config, alive)?;
        let shared = Shared {
            info: StoreInfo {
                name: name(),
                capabilities,
            },
            scope: format!("{}/{}", name(), config.table),
            statements: Arc::new(Statements::new(config.table.clone())),
            clock: Arc::clone(&config.clock),
            readers,
            writer,
            end,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Has the writer do `work`, with the statements and the time at which it is done.
    async fn write<T, W>(&self, operation: Operation, mut work: W) -> Result<T>
    where
        W: FnMut(&mut SqliteConnection, &Statements, Timestamp) -> Result<T, Failure>
            + Send
            + 'static,
        T: Send + 'static,
    {
        let statements = Arc::clone(&self.shared.statements);
        let clock = Arc::clone(&self.shared.clock);
        let work =
            move |connection: &mut SqliteConnection| work(connection, &statements, clock.now());
        let done = self.shared.writer.run(work).await;
        done.map_err(self.failed(operation))
    }

    /// Has `work` done by a connection that reads, with the statements and the time.
    async fn read<T, W>(&self, operation: Operation, extent: Extent, mut work: W) -> Result<T>
    where
        W: FnMut(&mut SqliteConnection, &Statements, Timestamp) -> Result<T, Failure>
            + Send
            + 'static,
        T: Send + 'static,
    {
        let Some(readers) = &self.shared.readers else {
            return self.write(operation, work).await;
        };
        let statements = Arc::clone(&self.shared.statements);
        let clock = Arc::clone(&self.shared.clock);
        let work =
            move |connection: &mut SqliteConnection| work(connection, &statements, clock.now());
        let done = readers.run(extent, work).await;
        done.map_err(self.failed(operation))
    }

    async fn queue_save(&self, request: SaveRequest) -> Result<Queued<()>> {
        self.shared.writer.queue(self.save_work(request)).await
    }

    /// A save, to be done by the writer.
    pub(super) fn save_work(&self, request: SaveRequest) -> write::Save {
        write::Save {
            statements: Arc::clone(&self.shared.statements),
            clock: Arc::clone(&self.shared.clock),
            request,
        }
    }

    /// The statements, and the time.
    pub(super) fn statements_now(&self) -> (&Statements, Timestamp) {
        (&self.shared.statements, self.shared.clock.now())
    }

    /// What is done with an error of `operation`.
    pub(super) fn failed(&self, operation: Operation) -> impl Fn(Error) -> Error + use<'_> {
        move |error| error.during(operation).in_store(&self.shared.info.name)
    }
}

/// Refuses what is larger than the store takes.
pub(super) fn check_size(record: &CartRecord) -> Result<()> {
    if record.size() <= SqliteCartStore::RECORD_LIMIT {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TooLarge,
        "the cart is larger than 16 MiB: remove items or metadata",
    ))
}

#[async_trait]
impl CartStore for SqliteCartStore {
    fn info(&self) -> StoreInfo {
        self.shared.info.clone()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let key = request.key.clone();
        match request.renew {
            None => {
                let work = move |connection: &mut _, statements: &_, now| {
                    read::load(connection, statements, &key, now)
                };
                self.read(Operation::Load, Extent::Short, work).await
            }
            Some(expires_at) => {
                let work = move |connection: &mut _, statements: &_, now| {
                    write::renew(connection, statements, &key, expires_at, now)
                };
                self.write(Operation::Load, work).await
            }
        }
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let save = async {
            check_size(&request.record)?;
            self.queue_save(request.clone()).await?.answer().await
        };
        save.await.map_err(self.failed(Operation::Save))
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let failed = self.failed(Operation::SaveMany);
        // All are queued before the first answer is waited for: the writer takes them in groups.
        let mut queued = Vec::with_capacity(batch.len());
        for request in batch {
            queued.push(match check_size(&request.record) {
                Ok(()) => self.queue_save(request.clone()).await,
                Err(error) => Err(error),
            });
        }
        let mut answers = Vec::with_capacity(batch.len());
        for save in queued {
            let answer = match save {
                Ok(save) => save.answer().await,
                Err(error) => Err(error),
            };
            answers.push(answer.map_err(&failed));
        }
        Ok(answers)
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let sizes = check_size(&rename.record).and_then(|()| check_size(&rename.tombstone));
        sizes.map_err(self.failed(Operation::Rename))?;
        let rename = rename.clone();
        self.write(Operation::Rename, move |connection, statements, now| {
            write::rename(connection, statements, &rename, now)
        })
        .await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let lock = async {
            if !self.shared.info.capabilities.lock {
                return Err(Error::unsupported(Operation::Lock));
            }
            let (candidate, answer) = Candidate::new(self.clone(), key.clone());
            let order = Order::Lock(Box::new(candidate));
            self.shared.writer.send(order).await?;
            answer.answer().await
        };
        lock.await.map_err(self.failed(Operation::Lock))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let owner = owner.clone();
        self.read(
            Operation::Instances,
            Extent::Short,
            move |connection, statements, now| read::instances(connection, statements, &owner, now),
        )
        .await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let request = request.clone();
        let scope = self.shared.scope.clone();
        self.read(
            Operation::Scan,
            Extent::Long,
            move |connection, statements, now| {
                scan::page(connection, statements, &scope, &request, now)
            },
        )
        .await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let mut removed = 0;
        // Other writes get their turn between two batches, and what was removed stays removed.
        while removed < limit {
            let batch = (limit - removed).min(SWEEP_BATCH);
            let work = move |connection: &mut _, statements: &_, now| {
                Ok(write::sweep(connection, statements, batch, now)?)
            };
            let swept = self.write(Operation::Sweep, work).await?;
            removed += swept;
            if swept < batch {
                break;
            }
        }
        Ok(removed)
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let key = key.clone();
        self.write(Operation::Unmark, move |connection, statements, _now| {
            Ok(write::unmark(connection, statements, &key, version)?)
        })
        .await
    }

    async fn ping(&self) -> Result<Health> {
        self.read(
            Operation::Ping,
            Extent::Long,
            |connection, statements, _now| read::ping(connection, statements),
        )
        .await
    }
}

mod database;
#[cfg(test)]
mod tests;
