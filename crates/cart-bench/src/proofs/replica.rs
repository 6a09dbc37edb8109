//! Reads that name a version, while the replica is behind.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cart_core::{
    CartKey, CartRecord, CartStore, Expect, Instance, LoadRequest, Owner, Randomness, SaveRequest,
    Timestamp, Version,
};
use cart_testkit::SeededRandomness;
use cart_testkit::proxy::{FaultProxy, MysqlWire, PostgresWire, RespWire};
use cart_testkit::servers::{
    MariaDb, MariaDbReplica, Options, Postgres, PostgresReplica, Redis, RedisReplica, Server,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::task::JoinSet;

use crate::arguments::Arguments;
use crate::backend::{Backend, open, with_option};
use crate::proof::{Figures, Proven, Refuted, ensure};

const READS: u64 = 100_000;
/// Of the reads, so many follow while the replica catches up and so many when it has.
const READS_AFTERWARDS: u64 = 10_000;
const READERS: u64 = 8;
const WRITERS: usize = 4;
const KEYS: usize = 64;

pub(super) fn prove(backend: Backend, arguments: &Arguments, figures: &mut Figures) -> Proven {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let servers = Servers::start(backend).await?;
        let primary = front(servers.primary()).await?;
        let replica = front(servers.replica()).await?;
        let option = match backend {
            // The replica has the primary's user, and no more than an address of its own.
            Backend::Redis => replica.proxy.address().to_string(),
            _ => utf8_percent_encode(&replica.url, NON_ALPHANUMERIC).to_string(),
        };
        let store = open(&with_option(&primary.url, "replica", &option)).await?;
        let traffic = Arc::new(Traffic::new(store)?);
        traffic.create_all().await?;
        servers.catch_up().await?;

        servers.pause().await?;
        traffic.freeze();
        let reads = arguments.scale.of(READS);
        traffic.run(reads).await?;
        let behind = traffic.take();
        figures.set("reads with a token", behind.reads);
        figures.set("older than their token", behind.older);
        figures.set("writes meanwhile", behind.writes);
        figures.set("answered by the paused replica", behind.by_replica);
        figures.set("where the replica was too old", behind.too_old);

        let afterwards = arguments.scale.of(READS_AFTERWARDS);
        servers.resume().await?;
        traffic.run(afterwards).await?;
        let catching_up = traffic.take();
        figures.set("reads while it caught up", catching_up.reads);

        servers.catch_up().await?;
        let before = [&primary, &replica].map(|door| door.proxy.round_trips());
        traffic.read_quietly(afterwards).await?;
        let quiet = traffic.take();
        let [by_primary, by_replica] = [&primary, &replica].map(|door| door.proxy.round_trips());
        figures.set("reads when it had", quiet.reads);
        figures.set("of those, answered by the primary", by_primary - before[0]);
        figures.set("of those, answered by the replica", by_replica - before[1]);
        figures.set_faults(behind.too_old);

        let older = behind.older + catching_up.older + quiet.older;
        ensure(older == 0, || {
            format!("{older} reads were older than their token")
        })?;
        ensure(behind.by_replica > 0, || {
            "the replica never answered though it could".to_owned()
        })?;
        ensure(by_primary == before[0], || {
            "the primary was asked what the replica knew".to_owned()
        })
    })
}

/// A primary and its replica.
enum Servers {
    Postgres(Postgres, PostgresReplica),
    MariaDb(MariaDb, MariaDbReplica),
    Redis(Redis, RedisReplica),
}

impl Servers {
    async fn start(backend: Backend) -> Result<Self, Refuted> {
        let options = Options::new().replicated().tcp();
        Ok(match backend {
            Backend::Postgres => {
                let primary = Postgres::start(options).await?;
                let replica = primary.replica().await?;
                Self::Postgres(primary, replica)
            }
            Backend::MariaDb => {
                let primary = MariaDb::start(options).await?;
                let replica = primary.replica().await?;
                Self::MariaDb(primary, replica)
            }
            Backend::Redis => {
                let primary = Redis::start(options).await?;
                let replica = primary.replica().await?;
                Self::Redis(primary, replica)
            }
            Backend::RedisCluster | Backend::SessionFile | Backend::Sqlite => {
                return Err("this proof is about servers with a replica each".into());
            }
        })
    }

    fn primary(&self) -> &dyn Server {
        match self {
            Self::Redis(primary, _) => primary,
            Self::Postgres(primary, _) => primary,
            Self::MariaDb(primary, _) => primary,
        }
    }

    fn replica(&self) -> &dyn Server {
        match self {
            Self::Redis(_, replica) => replica,
            Self::Postgres(_, replica) => replica,
            Self::MariaDb(_, replica) => replica,
        }
    }

    async fn pause(&self) -> Proven {
        match self {
            Self::Postgres(_, replica) => Ok(replica.pause_replay().await?),
            Self::MariaDb(_, replica) => Ok(replica.pause_replay().await?),
            Self::Redis(_, replica) => Ok(replica.pause_replay().await?),
        }
    }

    async fn resume(&self) -> Proven {
        match self {
            Self::Postgres(_, replica) => Ok(replica.resume_replay().await?),
            Self::MariaDb(_, replica) => Ok(replica.resume_replay().await?),
            Self::Redis(_, replica) => Ok(replica.resume_replay().await?),
        }
    }

    async fn catch_up(&self) -> Proven {
        match self {
            Self::Postgres(primary, replica) => Ok(replica.catch_up(primary).await?),
            Self::MariaDb(primary, replica) => Ok(replica.catch_up(primary).await?),
            Self::Redis(primary, replica) => Ok(replica.catch_up(primary).await?),
        }
    }
}

/// A proxy that counts what goes to a server, and the URL by which it goes.
struct Front {
    proxy: FaultProxy,
    url: String,
}

async fn front(server: &dyn Server) -> Result<Front, Refuted> {
    let address = server.address()?;
    let proxy = FaultProxy::to(address);
    let proxy = match server.name() {
        "postgres" => proxy.speaking::<PostgresWire>(),
        "redis" => proxy.speaking::<RespWire>(),
        _ => proxy.speaking::<MysqlWire>(),
    };
    let proxy = proxy.start().await?;
    let url = server.tcp_url()?;
    let url = url.replace(&address.to_string(), &proxy.address().to_string());
    Ok(Front { proxy, url })
}

/// Readers and writers of a few carts.
struct Traffic {
    store: Arc<dyn CartStore>,
    keys: Vec<CartKey>,
    /// The acknowledged versions of each cart, in their order.
    written: Vec<Mutex<Vec<Version>>>,
    /// The versions that the paused replica has.
    frozen: Mutex<Vec<Version>>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    reads: AtomicU64,
    older: AtomicU64,
    writes: AtomicU64,
    by_replica: AtomicU64,
    too_old: AtomicU64,
}

/// The counts of one part of the proof.
#[derive(Clone, Copy, Debug)]
struct Counted {
    reads: u64,
    older: u64,
    writes: u64,
    by_replica: u64,
    too_old: u64,
}

impl Traffic {
    fn new(store: Arc<dyn CartStore>) -> Result<Self, Refuted> {
        let keys = (0..KEYS).map(|key| {
            let owner = Owner::user(key.to_string())?;
            Ok(CartKey::new(owner, Instance::default()))
        });
        Ok(Self {
            store,
            keys: keys.collect::<Result<_, Refuted>>()?,
            written: (0..KEYS).map(|_| Mutex::default()).collect(),
            frozen: Mutex::default(),
            counts: Counts::default(),
        })
    }

    async fn create_all(&self) -> Result<(), Refuted> {
        let randomness = SeededRandomness::new(1);
        for key in 0..KEYS {
            self.write(key, &randomness).await?;
        }
        Ok(())
    }

    /// Notes what a replica has that stops now.
    fn freeze(&self) {
        let last = |key| self.written(key).last().copied();
        let mut frozen = self.frozen.lock().unwrap_or_else(PoisonError::into_inner);
        *frozen = (0..KEYS).filter_map(last).collect();
    }

    /// Writes while so many reads are made.
    async fn run(self: &Arc<Self>, reads: u64) -> Result<(), Refuted> {
        let over = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (traffic, over) = (Arc::clone(self), Arc::clone(&over));
            writers.spawn(async move {
                let randomness = SeededRandomness::new(100 + writer as u64);
                while !over.load(Ordering::SeqCst) {
                    // Each cart has one writer, so that none meets a conflict.
                    let key = WRITERS * randomness.below(KEYS / WRITERS) + writer;
                    traffic.write(key, &randomness).await?;
                }
                Ok::<_, Refuted>(())
            });
        }
        let read = self.read_quietly(reads).await;
        over.store(true, Ordering::SeqCst);
        while let Some(ended) = writers.join_next().await {
            ended??;
        }
        read
    }

    async fn read_quietly(self: &Arc<Self>, reads: u64) -> Result<(), Refuted> {
        let mut readers = JoinSet::new();
        for reader in 0..READERS {
            let traffic = Arc::clone(self);
            readers.spawn(async move {
                let randomness = SeededRandomness::new(1_000 + reader);
                let mut seen = vec![None; KEYS];
                for _ in 0..reads.div_ceil(READERS) {
                    let key = randomness.below(KEYS);
                    seen[key] = Some(traffic.read(key, seen[key], &randomness).await?);
                }
                Ok::<_, Refuted>(())
            });
        }
        while let Some(ended) = readers.join_next().await {
            ended??;
        }
        Ok(())
    }

    async fn write(&self, key: usize, randomness: &SeededRandomness) -> Result<(), Refuted> {
        let write_id = randomness.next();
        let last = self.written(key).last().copied();
        let (version, expect) = match last {
            None => (Version::first(write_id), Expect::Absent),
            Some(last) => (last.next(write_id)?, Expect::Version(last)),
        };
        let record = CartRecord::new(version, Timestamp::from_millis(0));
        let request = SaveRequest::new(self.keys[key].clone(), record, expect);
        self.store.save(&request).await?;
        self.written(key).push(version);
        self.counts.writes.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// Reads a cart that must not be older than some version that its reader has seen or somebody
    /// else has written.
    async fn read(
        &self,
        key: usize,
        seen: Option<Version>,
        randomness: &SeededRandomness,
    ) -> Result<Version, Refuted> {
        let (token, latest) = {
            let written = self.written(key);
            let latest = written[written.len() - 1];
            let token = match (randomness.below(3), seen) {
                (0, Some(seen)) => seen,
                // Versions that the replica has, too.
                (1, _) => written[0],
                _ => latest,
            };
            (token, latest)
        };
        let mut request = LoadRequest::new(self.keys[key].clone());
        request.at_least = Some(token);
        let stored = self.store.load(&request).await?;
        let found = stored.version().ok_or("a cart is gone")?;
        let is_older = found.sequence() < token.sequence();
        let frozen = self.frozen(key);
        let counts = &self.counts;
        let count = |number: &AtomicU64, is_so: bool| {
            number.fetch_add(u64::from(is_so), Ordering::SeqCst);
        };
        count(&counts.reads, true);
        count(&counts.older, is_older);
        // The primary had more by then.
        count(&counts.by_replica, frozen == Some(found) && found != latest);
        let too_old = frozen.is_some_and(|frozen| frozen.sequence() < token.sequence());
        count(&counts.too_old, too_old);
        Ok(found)
    }

    fn written(&self, key: usize) -> MutexGuard<'_, Vec<Version>> {
        self.written[key]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn frozen(&self, key: usize) -> Option<Version> {
        let frozen = self.frozen.lock().unwrap_or_else(PoisonError::into_inner);
        frozen.get(key).copied()
    }

    /// What was counted so far; counts anew.
    fn take(&self) -> Counted {
        let Counts {
            reads,
            older,
            writes,
            by_replica,
            too_old,
        } = &self.counts;
        let take = |number: &AtomicU64| number.swap(0, Ordering::SeqCst);
        Counted {
            reads: take(reads),
            older: take(older),
            writes: take(writes),
            by_replica: take(by_replica),
            too_old: take(too_old),
        }
    }
}
