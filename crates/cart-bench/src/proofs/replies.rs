//! Replies get lost on their way, again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cart_core::{CartStore, Carts, Error, ErrorKind, Operation, Result, RetryClass};
use cart_layers::{Answer, Call, Layer, Layers, Reply, RetryPolicy};
use cart_testkit::SeededRandomness;
use cart_testkit::proxy::{Fault, FaultProxy, MysqlWire, PostgresWire, RespWire};
use cart_testkit::servers::Options;

use super::kills::list;
use crate::arguments::Arguments;
use crate::backend::{Backend, Site, open};
use crate::proof::{Figures, Proven, Refuted, ensure};
use crate::writers::{Findings, Writers, examine};

const LOST: u64 = 1_000;
/// One write in so many loses its reply.
const ONE_IN: u64 = 3;
const TASKS: usize = 4;
/// After so many lost replies there are new carts.
const ROUND: u64 = 50;

/// What happened to the writers of a run.
struct Ended {
    fired: u64,
    findings: Findings,
    conflicts: u64,
    errors: Vec<String>,
}

pub(super) fn prove(backend: Backend, arguments: &Arguments, figures: &mut Figures) -> Proven {
    let lost = arguments.scale.of(LOST);
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(async {
        let site = Site::serve(backend, Options::new().tcp()).await?;
        let ended = match backend {
            Backend::SessionFile | Backend::Sqlite => lose_at_the_store(&site, lost).await?,
            Backend::MariaDb | Backend::Postgres | Backend::Redis | Backend::RedisCluster => {
                lose_at_the_proxy(&site, lost).await?
            }
        };
        site.check().await?;
        Ok::<_, Refuted>(ended)
    })?;
    list(&ended.findings, figures);
    figures.set("false conflicts", ended.conflicts);
    figures.set("errors surfaced", ended.errors.len());
    figures.set_faults(ended.fired);
    ensure(ended.errors.is_empty(), || {
        format!("an edit failed: {}", ended.errors[0])
    })?;
    ensure(ended.conflicts == 0, || {
        format!("{} writes met themselves as a conflict", ended.conflicts)
    })?;
    // After the tries the outcome of each edit is known.
    ended.findings.ensure_all_there(0)
}

/// A proxy cuts connections between the server's reply and the client.
async fn lose_at_the_proxy(site: &Site, lost: u64) -> std::result::Result<Ended, Refuted> {
    let server = site.server().ok_or("a file has no server")?;
    let address = server.address()?;
    let proxy = FaultProxy::to(address);
    let (proxy, write) = match server.name() {
        "postgres" => (proxy.speaking::<PostgresWire>(), "UPDATE"),
        "redis" => (proxy.speaking::<RespWire>(), "EVALSHA"),
        _ => (proxy.speaking::<MysqlWire>(), "UPDATE"),
    };
    let proxy = proxy.start().await?;
    let url = server.tcp_url()?;
    let url = url.replace(&address.to_string(), &proxy.address().to_string());
    let store = open(&url).await?;
    let fault = Fault::cut_after_request().on(write).one_in(ONE_IN, 7);
    let crowd = Crowd::on(&store);
    let injection = proxy.inject(fault);
    for reached in steps(lost) {
        injection.reached(reached).await;
        crowd.next_round();
    }
    // What is looked at now is what there is.
    let fired = injection.end();
    crowd.end(fired).await
}

/// SQLite's answers have no way to go, so what an application's own layer loses has to do.
async fn lose_at_the_store(site: &Site, lost: u64) -> std::result::Result<Ended, Refuted> {
    let losses = Losses(Arc::new(LostReplies {
        randomness: SeededRandomness::new(7),
        lost: AtomicU64::new(0),
    }));
    let store = open(&site.url()).await?;
    let store: Arc<dyn CartStore> = Arc::new(Layers::new(store).layer(losses.clone()).into_store());
    let crowd = Crowd::on(&store);
    for reached in steps(lost) {
        while losses.0.lost.load(Ordering::SeqCst) < reached {
            crowd.one_more().await?;
        }
        crowd.next_round();
    }
    crowd.end(losses.0.lost.load(Ordering::SeqCst)).await
}

/// How many replies are lost at the end of each round.
fn steps(lost: u64) -> impl Iterator<Item = u64> {
    (1..=lost.div_ceil(ROUND)).map(move |round| (round * ROUND).min(lost))
}

/// Writers of which each has a cart for itself, so that every conflict is a false one: some go by
/// what [`Carts`] does about a lost reply, the others have a layer that tries again.
struct Crowd {
    conflicts: Conflicts,
    groups: [(Carts, Writers); 2],
}

impl Crowd {
    fn on(store: &Arc<dyn CartStore>) -> Self {
        let conflicts = Conflicts::default();
        let counted = Layers::new(Arc::clone(store)).layer(conflicts.clone());
        let retried = counted.clone().retry(RetryPolicy::default());
        let carts = [
            Carts::new(counted.into_store()),
            Carts::new(retried.into_store()),
        ];
        let mut first = 0;
        let groups = carts.map(|carts| {
            let writers = Writers::with_witness(carts.clone(), TASKS, TASKS, first, |_| Ok(()));
            // Far beyond the rounds of the first group.
            first += 1_000_000;
            (carts, writers)
        });
        Self { conflicts, groups }
    }

    fn next_round(&self) {
        self.groups
            .iter()
            .for_each(|(_, writers)| writers.next_round());
    }

    /// Waits for one more write.
    async fn one_more(&self) -> Proven {
        let (_, writers) = &self.groups[0];
        writers.reached(writers.count() + 1).await
    }

    async fn end(self, fired: u64) -> std::result::Result<Ended, Refuted> {
        let mut ended = Ended {
            fired,
            findings: Findings::default(),
            conflicts: 0,
            errors: Vec::new(),
        };
        for (carts, writers) in self.groups {
            let log = writers.end().await?;
            ended.findings += examine(&carts, &log.acknowledged).await?;
            ended.errors.extend(log.errors);
        }
        ended.conflicts = self.conflicts.0.load(Ordering::SeqCst);
        Ok(ended)
    }
}

/// Counts the conflicts that a store answers.
#[derive(Clone, Debug, Default)]
struct Conflicts(Arc<AtomicU64>);

impl Layer for Conflicts {
    async fn around<T: Answer>(&self, _: Call<'_>, reply: Reply<'_, T>) -> Result<T> {
        let answer = reply.await;
        if let Err(error) = &answer {
            let is_conflict = error.kind() == ErrorKind::Conflict;
            self.0.fetch_add(u64::from(is_conflict), Ordering::SeqCst);
        }
        answer
    }
}

/// Loses the answers of some saves that were applied.
#[derive(Clone, Debug)]
struct Losses(Arc<LostReplies>);

#[derive(Debug)]
struct LostReplies {
    randomness: SeededRandomness,
    lost: AtomicU64,
}

impl Layer for Losses {
    async fn around<T: Answer>(&self, call: Call<'_>, reply: Reply<'_, T>) -> Result<T> {
        let answer = reply.await?;
        let is_save = call.operation == Operation::Save;
        let one_in = usize::try_from(ONE_IN).unwrap_or(usize::MAX);
        if is_save && self.0.randomness.below(one_in) == 0 {
            self.0.lost.fetch_add(1, Ordering::SeqCst);
            let error = Error::new(ErrorKind::Unavailable, "the reply was lost");
            return Err(error.with_retry_class(RetryClass::OutcomeUnknown));
        }
        Ok(answer)
    }
}
