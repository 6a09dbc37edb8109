//! Futures of a store, dropped in the middle.

mod cut;
mod stillness;
mod victim;

use std::sync::Arc;
use std::time::Duration;

use cart_core::CartStore;

use self::stillness::{Lock, come_to_rest, lock};
use self::victim::Victim;
use crate::arguments::Arguments;
use crate::backend::{Backend, Site, open, with_option};
use crate::proof::{Figures, Proven, Refuted, ensure};

const DROPS: u64 = 2_000;
/// A thread of a runtime that sleeps this long in a poll or a drop is blocked.
const BLOCKED: Duration = Duration::from_millis(10);
/// One half of a batch meets a locked cart, which no write gets past.
const BATCH: u64 = 20;
/// The connections of a store on a server, or the calls that it may have under way: few, so that one
/// which is lost is missed.
const POOL: usize = 4;

#[derive(Debug, Default)]
struct Count {
    dropped: u64,
    while_locked: u64,
    applied: u64,
    half_done: u64,
    asleep: Duration,
}

pub(super) fn prove(backend: Backend, arguments: &Arguments, figures: &mut Figures) -> Proven {
    let site = tokio::runtime::Runtime::new()?.block_on(Site::start(backend))?;
    let url = match backend {
        Backend::SessionFile | Backend::Sqlite => site.url(),
        #[cfg(target_os = "linux")]
        Backend::MariaDb | Backend::Postgres => {
            let pool = with_option(&site.url(), "pool", &POOL.to_string());
            with_option(&pool, "readers", "2")
        }
        #[cfg(target_os = "linux")]
        Backend::Redis | Backend::RedisCluster => {
            with_option(&site.url(), "in_flight", &POOL.to_string())
        }
    };
    let mut count = Count::default();
    let mut flavours = [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ];
    for flavour in &mut flavours {
        let goal = count.dropped + arguments.scale.of(DROPS).div_ceil(2);
        let runtime = flavour.enable_all().build()?;
        runtime.block_on(async {
            let (store, other) = (open(&url).await?, open(&url).await?);
            let mut victim = Victim::new(Arc::clone(&store), count.dropped)?;
            while count.dropped < goal {
                batch(&mut victim, &site, &*other, &mut count).await?;
            }
            // Every connection is there and clean, or these would wait for ever.
            victim.use_every_connection(2 * POOL).await
        })?;
    }
    figures.set("flavours of runtime", flavours.len());
    figures.set("dropped while the cart was locked", count.while_locked);
    figures.set("writes that happened all the same", count.applied);
    figures.set("half done", count.half_done);
    figures.set("longest sleep of a thread in µs", count.asleep.as_micros());
    figures.set_faults(count.dropped);
    ensure(count.half_done == 0, || {
        "what is stored is neither the cart before nor one that was sent".to_owned()
    })?;
    ensure(count.asleep < BLOCKED, || {
        format!("a runtime's thread was blocked for {:?}", count.asleep)
    })?;
    tokio::runtime::Runtime::new()?.block_on(site.check())
}

/// Some drops, half of them while the cart is locked; then everything must be as it should.
async fn batch(
    victim: &mut Victim,
    site: &Site,
    other: &dyn CartStore,
    count: &mut Count,
) -> Result<(), Refuted> {
    for locked in [false, true] {
        let held: Option<Lock<'_>> = if locked {
            Some(lock(site, other, victim.key()).await?)
        } else {
            None
        };
        for _ in 0..BATCH / 2 {
            let (dropped, asleep) = victim.drop_one().await?;
            count.dropped += u64::from(dropped);
            count.while_locked += u64::from(dropped && locked);
            count.asleep = count.asleep.max(asleep);
        }
        drop(held);
        come_to_rest(site, victim).await?;
        let found = victim.examine().await?;
        count.applied += u64::from(found.applied);
        count.half_done += u64::from(found.half_done);
    }
    Ok(())
}
