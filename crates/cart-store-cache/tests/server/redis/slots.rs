//! One server that has all slots of a cluster, behind a proxy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cart_core::{CartKey, CartRecord, CartStore, Clock, Expect, Rename, SaveRequest, Timestamp};
use cart_store_cache::{CacheCartStore, CacheConfig};
use cart_testkit::ManualClock;
use cart_testkit::proxy::{FaultProxy, RespWire};
use cart_testkit::servers::{Options, Redis, RedisCluster, Server as _};

use super::support::{open, parsed, record_after};

/// Longer than anything takes here.
const LIMIT: Duration = Duration::from_secs(30);

/// One server that has all slots of a cluster, and the proxy to which it sends its clients. What the
/// proxy holds back, it holds back until `clock` says so.
pub(crate) struct Slots {
    cluster: RedisCluster,
    pub(crate) proxy: FaultProxy,
    pub(crate) clock: Arc<ManualClock>,
}

impl Slots {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::new()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let cluster = RedisCluster::start_single(options).await;
        let cluster = cluster.expect("a cluster");
        let server = &cluster.nodes()[0];
        let clock = Arc::new(ManualClock::new());
        let behind: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let proxy = FaultProxy::to(server.address().expect("an address"))
            .speaking::<RespWire>()
            .with_clock(behind);
        let proxy = proxy.start().await.expect("a proxy");
        let port = proxy.address().port().to_string();
        let announce = ["CONFIG", "SET", "cluster-announce-port", &port];
        server.command(&announce).await.expect("a setting");
        let slots = Self {
            cluster,
            proxy,
            clock,
        };
        slots
            .until(&["CLUSTER", "SLOTS"], |told| told.contains(&port))
            .await;
        slots
    }

    pub(crate) fn server(&self) -> &Redis {
        &self.cluster.nodes()[0]
    }

    pub(crate) fn config(&self) -> CacheConfig {
        parsed(&format!(
            "redis-cluster://cart:cart@{}",
            self.proxy.address()
        ))
    }

    pub(crate) async fn store(&self) -> CacheCartStore {
        // Whatever hangs here is to hang until somebody lets it go.
        open(self.config().with_timeout(LIMIT)).await
    }

    /// Waits until the server's answer is as it should be.
    pub(crate) async fn until(&self, question: &[&str], is_so: impl Fn(&str) -> bool) {
        let start = Instant::now();
        loop {
            let answer = self.server().command(question).await.expect("an answer");
            if is_so(&answer) {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{question:?}: {answer}");
            tokio::task::yield_now().await;
        }
    }

    /// How many scripts the server has run.
    pub(crate) async fn scripts_run(&self) -> u64 {
        let told = self.server().command(&["INFO", "commandstats"]).await;
        scripts_in(&told.expect("its counts"))
    }

    /// Waits until the server has run so many scripts.
    pub(crate) async fn until_scripts_run(&self, count: u64) {
        self.until(&["INFO", "commandstats"], |told| scripts_in(told) >= count)
            .await;
    }
}

fn scripts_in(told: &str) -> u64 {
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    line.and_then(|line| line.split(',').next()?.parse().ok())
        .unwrap_or(0)
}

/// A rename of what `cart` is at `from` to `to`, where nothing may be.
pub(crate) fn rename(from: &CartKey, cart: &CartRecord, to: &CartKey) -> Rename {
    let version = cart.header.version;
    let left = record_after(version.sequence()).header.version;
    Rename {
        from: from.clone(),
        expect_from: version,
        tombstone: cart.tombstone(left, Timestamp::from_millis(2), None),
        to: to.clone(),
        expect_to: Expect::Absent,
        record: record_after(version.sequence() + 1),
    }
}

/// Renames once with nothing in the way, so that the server knows the scripts.
pub(crate) async fn warm_up(store: &CacheCartStore) {
    let [from, to] = ["warm", "up"].map(super::support::key);
    let cart = super::support::create(store, &from).await;
    let rename = rename(&from, &cart, &to);
    store.rename(&rename).await.expect("a rename");
    let save = SaveRequest::new(to, record_after(9), Expect::Any);
    store.save(&save).await.expect("an update");
}
