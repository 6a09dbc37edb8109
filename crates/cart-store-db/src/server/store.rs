//! The store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartRecord, CartStore, Clock, Error, ErrorKind, Health, Instance,
    LoadRequest, Operation, Owner, Rename, Result, SaveRequest, ScanPage, ScanRequest, StoreInfo,
    Stored, Timestamp, Version,
};

use super::config::ServerConfig;
use super::connection::{Connection, row};
use super::deadline::Deadline;
use super::driver::{Profile, Server};
use super::failure::{Cause, Failure};
use super::lock::{ServerLock, lock};
use super::open::{capabilities, prepare};
use super::pool::Pool;
use super::readers::Readers;
use super::statements::Statements;
use super::{read, rename, save, sweep};
use crate::row::NumberRow;
use crate::scan::Walk;

/// Keeps carts in a database on a server: [`PostgresCartStore`](crate::PostgresCartStore) is one.
///
/// A load, a save and a deletion are one statement and one round trip each. Loads share a few
/// connections; every other call has one for itself, which is used again only when the call has
/// come to its end. A future that is dropped takes its connection with it, and the server undoes
/// what is open on it.
///
/// Clones are handles to the same connections. They belong to the runtime in which they were
/// opened.
pub struct ServerCartStore<S: Server> {
    pub(super) shared: Arc<Shared<S>>,
}

/// What the handles of one store share.
pub(super) struct Shared<S: Server> {
    info: StoreInfo,
    record_limit: usize,
    /// What cursors are bound to: the store and its table.
    scope: String,
    statements: Statements,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    pub(super) pool: Arc<Pool<S>>,
    readers: Readers<S>,
    replica: Option<Readers<S>>,
}

/// How many rows a sweep removes at once, so that other writes wait for milliseconds only.
const SWEEP_BATCH: usize = 500;

/// The name that the store's errors, metrics and reports carry.
pub(super) fn name<S: Server>() -> Arc<str> {
    S::NAME.into()
}

impl<S: Server> ServerCartStore<S> {
    /// Opens the database that `config` describes, and creates or updates its schema unless that
    /// is switched off.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Unavailable`]: the server can't be reached, or doesn't answer in time;
    /// - [`ErrorKind::Denied`]: it knows no such user, password or database;
    /// - [`ErrorKind::Unprepared`]: another program's table, a schema of a newer release, or none
    ///   where none may be created;
    /// - [`ErrorKind::ReadOnly`]: the schema is missing and can't be written;
    /// - [`ErrorKind::Busy`], [`ErrorKind::Full`]: as they say;
    /// - [`ErrorKind::Invalid`]: a setting that makes no sense.
    ///
    /// # Cancel safety
    ///
    /// The schema is complete or untouched; nothing stays open.
    pub async fn open(config: ServerConfig<S>) -> Result<Self> {
        let failed = |failure: Failure| {
            let error = failure.into_error();
            error.during(Operation::Open).in_store(&name::<S>())
        };
        Self::start(&config).await.map_err(failed)
    }

    async fn start(config: &ServerConfig<S>) -> Result<Self, Failure> {
        let settings = &config.settings;
        let statements = S::statements(&settings.table);
        let pool = Pool::<S>::new(settings)?;
        let mut pooled = pool.take(Deadline::after(settings.timeout)).await?;
        let done = prepare::<S>(&mut pooled.connection, &statements, settings).await;
        let profile = pooled.end(done)?;
        let replica = match config.replica() {
            Some(replica) => Some(Readers::new(&Pool::new(&replica)?, replica.readers)),
            None => None,
        };
        let shared = Shared {
            info: StoreInfo {
                name: name::<S>(),
                capabilities: capabilities(&profile),
            },
            record_limit: profile.record_limit,
            scope: format!("{}/{}", S::NAME, settings.table),
            statements,
            clock: Arc::clone(&settings.clock),
            timeout: settings.timeout,
            readers: Readers::new(&pool, settings.readers),
            pool,
            replica,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    pub(super) fn statements(&self) -> &Statements {
        &self.shared.statements
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Until when a call that begins now may take.
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.shared.timeout)
    }

    pub(super) fn failed(&self, operation: Operation) -> impl Fn(Failure) -> Error + use<'_, S> {
        move |failure| {
            let error = failure.into_error();
            error.during(operation).in_store(&self.shared.info.name)
        }
    }

    /// Refuses what is larger than the store takes.
    pub(super) fn check_size(&self, record: &CartRecord) -> Result<(), Failure> {
        let limit = self.shared.record_limit;
        if record.size() <= limit {
            return Ok(());
        }
        let message = format!(
            "the cart is larger than {} KiB: remove items or metadata",
            limit / 1024
        );
        Err(Error::new(ErrorKind::TooLarge, message).into())
    }

    /// What `readers` find under a key. A connection that turns out to have ended is replaced, and
    /// the question asked once more.
    async fn read(
        &self,
        readers: &Readers<S>,
        key: &CartKey,
        deadline: Deadline,
    ) -> Result<Stored, Failure> {
        let text = &self.statements().load;
        let mut is_second = false;
        loop {
            let mut reading = readers.take(deadline).await?;
            let done = deadline.bound(read::record(reading.connection(), text, key));
            let done = done.await;
            match reading.end(done).await {
                Err(failure) if failure.cause == Cause::Lost && !is_second => is_second = true,
                done => return Ok(Stored::of(done?, self.now())),
            }
        }
    }

    async fn try_load(&self, request: &LoadRequest) -> Result<Stored, Failure> {
        let deadline = self.deadline();
        let key = &request.key;
        if let Some(expires_at) = request.renew {
            let mut pooled = self.shared.pool.take(deadline).await?;
            let renewed = read::renew(
                &mut pooled.connection,
                self.statements(),
                key,
                expires_at,
                self.now(),
            );
            let renewed = deadline.bound(renewed).await;
            return pooled.end(renewed);
        }
        if let (Some(replica), Some(at_least)) = (&self.shared.replica, request.at_least) {
            let stored = self.read(replica, key, deadline).await;
            // A replica that is behind, or away, costs time and nothing else.
            if let Ok(stored) = stored
                && stored
                    .version()
                    .is_some_and(|version| version.sequence() >= at_least.sequence())
            {
                return Ok(stored);
            }
        }
        self.read(&self.shared.readers, key, self.deadline()).await
    }

    async fn try_save(&self, request: &SaveRequest) -> Result<(), Failure> {
        self.check_size(&request.record)?;
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let saved = save::save(
            &mut pooled.connection,
            self.statements(),
            request,
            self.now(),
        );
        let saved = deadline.bound(saved).await;
        pooled.end(saved)
    }

    async fn try_rename(&self, renaming: &Rename) -> Result<(), Failure> {
        self.check_size(&renaming.record)?;
        self.check_size(&renaming.tombstone)?;
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let renamed = rename::rename(
            &mut pooled.connection,
            self.statements(),
            renaming,
            self.now(),
        );
        let renamed = deadline.bound(renamed).await;
        pooled.end(renamed)
    }

    async fn try_lock(&self, key: &CartKey) -> Result<ServerLock<S>, Failure> {
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let clock = &*self.shared.clock;
        let locked = lock(&mut pooled.connection, self.statements(), key, clock);
        match deadline.bound(locked).await {
            Ok(stored) => Ok(ServerLock {
                store: self.clone(),
                pooled,
                stored,
            }),
            Err(failure) => Err(pooled.fail(failure)),
        }
    }

    async fn try_scan(&self, request: &ScanRequest) -> Result<ScanPage, Failure> {
        let statements = self.statements();
        let walk = Walk::new(&self.shared.scope, request)?;
        let (text, values) = walk.query(&statements.table, &S::HINTS, self.now());
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let rows = deadline.bound(pooled.connection.rows(&text, &values)).await;
        Ok(walk.page(pooled.end(rows)?)?)
    }

    async fn try_instances(&self, owner: &Owner) -> Result<Vec<Instance>, Failure> {
        let deadline = self.deadline();
        let mut reading = self.shared.readers.take(deadline).await?;
        let found = read::instances(reading.connection(), self.statements(), owner, self.now());
        let found = deadline.bound(found).await;
        reading.end(found).await
    }

    async fn try_sweep(&self, limit: usize) -> Result<usize, Failure> {
        let mut removed = 0;
        // Other writes get their turn between two batches, and what was removed stays removed.
        while removed < limit {
            let batch = (limit - removed).min(SWEEP_BATCH);
            let deadline = self.deadline();
            let mut pooled = self.shared.pool.take(deadline).await?;
            let connection = &mut pooled.connection;
            let swept = sweep::sweep(connection, self.statements(), batch, self.now());
            let swept = deadline.bound(swept).await;
            let swept = pooled.end(swept)?;
            removed += swept;
            if swept < batch {
                break;
            }
        }
        Ok(removed)
    }

    async fn try_unmark(&self, key: &CartKey, version: Version) -> Result<(), Failure> {
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let unmarked = save::unmark(&mut pooled.connection, self.statements(), key, version);
        let unmarked = deadline.bound(unmarked).await;
        pooled.end(unmarked)
    }

    async fn try_ping(&self) -> Result<Health, Failure> {
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let answer = deadline.bound(ask::<S>(&mut pooled.connection, self.statements()));
        let answer = answer.await;
        let profile = pooled.end(answer)?;
        Ok(Health::new(profile.durability, profile.description))
    }
}

/// Whether the table is there, and how the server is set.
async fn ask<S: Server>(
    connection: &mut S::Connection,
    statements: &Statements,
) -> Result<Profile, Failure> {
    let _rows: Option<NumberRow> = row(connection, &statements.check, &[]).await?;
    S::profile(connection).await
}

#[async_trait]
impl<S: Server> CartStore for ServerCartStore<S> {
    fn info(&self) -> StoreInfo {
        self.shared.info.clone()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let loaded = self.try_load(request).await;
        loaded.map_err(self.failed(Operation::Load))
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let saved = self.try_save(request).await;
        saved.map_err(self.failed(Operation::Save))
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let saved = self.try_save_many(batch).await;
        saved.map_err(self.failed(Operation::SaveMany))
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let renamed = self.try_rename(rename).await;
        renamed.map_err(self.failed(Operation::Rename))
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let locked = self.try_lock(key).await;
        let lock = locked.map_err(self.failed(Operation::Lock))?;
        Ok(Box::new(lock))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let found = self.try_instances(owner).await;
        found.map_err(self.failed(Operation::Instances))
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let page = self.try_scan(request).await;
        page.map_err(self.failed(Operation::Scan))
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let swept = self.try_sweep(limit).await;
        swept.map_err(self.failed(Operation::Sweep))
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let unmarked = self.try_unmark(key, version).await;
        unmarked.map_err(self.failed(Operation::Unmark))
    }

    async fn ping(&self) -> Result<Health> {
        let health = self.try_ping().await;
        health.map_err(self.failed(Operation::Ping))
    }
}

impl<S: Server> Clone for ServerCartStore<S> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S: Server> fmt::Debug for ServerCartStore<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServerCartStore")
            .field("info", &self.shared.info)
            .finish_non_exhaustive()
    }
}

mod database;
