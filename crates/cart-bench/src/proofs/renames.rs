//! Carts are merged across each other, from two sides at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cart_core::{
    BuiltInStrategy, CartHandle, CartSnapshot, Carts, Currency, Instance, Money, NewItem,
    OnExisting, Owner, Transfer,
};
use tokio::task::JoinSet;

use crate::arguments::Arguments;
use crate::backend::{Backend, PATIENCE, Site, open, with_option};
use crate::proof::{Figures, Proven, Refuted, ensure};

const RENAMES: u64 = 10_000;
/// Of each side of a pair: carts grow, so there is another pair then.
const EACH: u64 = 50;
const PAIRS_AT_ONCE: u64 = 8;

/// What happened to all pairs.
#[derive(Debug, Default)]
struct Tally {
    merged: AtomicU64,
    moved: AtomicU64,
    absent: AtomicU64,
    looks: AtomicU64,
    tokens: AtomicU64,
    misplaced: AtomicU64,
    errors: Mutex<Vec<String>>,
}

pub(super) fn prove(backend: Backend, arguments: &Arguments, figures: &mut Figures) -> Proven {
    let pairs = arguments.scale.of(RENAMES).div_ceil(2 * EACH);
    let runtime = tokio::runtime::Runtime::new()?;
    let tally = Arc::new(Tally::default());
    runtime.block_on(async {
        let site = Site::start(backend).await?;
        // Each side has a handle of its own, as another process would: within one, edits queue up.
        let url = patient(backend, &site.url());
        let sides = [carts(&url).await?, carts(&url).await?];
        let mut lanes = JoinSet::new();
        for lane in 0..PAIRS_AT_ONCE {
            let (sides, tally) = (sides.clone(), Arc::clone(&tally));
            lanes.spawn(async move {
                let mut number = lane;
                while number < pairs {
                    Pair::new(number, &sides, &tally)?.cross().await?;
                    number += PAIRS_AT_ONCE;
                }
                Ok::<_, Refuted>(())
            });
        }
        while let Some(ended) = lanes.join_next().await {
            ended??;
        }
        site.check().await
    })?;
    let count = |number: &AtomicU64| number.load(Ordering::SeqCst);
    let errors = tally.errors.lock().unwrap_or_else(PoisonError::into_inner);
    figures.set("carts merged into another", count(&tally.merged));
    figures.set("carts given another owner", count(&tally.moved));
    figures.set("transfers that came too late", count(&tally.absent));
    figures.set("items", count(&tally.tokens));
    figures.set("looks at both carts at one moment", count(&tally.looks));
    figures.set("items in both carts, or in none", count(&tally.misplaced));
    figures.set("errors surfaced", errors.len());
    ensure(errors.is_empty(), || {
        format!("a transfer failed: {}", errors[0])
    })?;
    ensure(count(&tally.misplaced) == 0, || {
        "an item was in both carts, in none, or there twice".to_owned()
    })?;
    ensure(count(&tally.merged) > 0 && count(&tally.looks) > 0, || {
        "no two transfers met".to_owned()
    })
}

/// Carts whose edits and transfers go on until they are made, however many others are in their way.
pub(super) async fn carts(url: &str) -> Result<Carts, Refuted> {
    let builder = Carts::builder(open(url).await?);
    Ok(builder.edit_deadline(PATIENCE).build())
}

/// The URL of a store that waits so long for others that no slow disk is taken for a deadlock.
pub(super) fn patient(backend: Backend, url: &str) -> String {
    match backend {
        Backend::SessionFile => url.to_owned(),
        Backend::Sqlite => with_option(url, "busy_timeout", "20000"),
        #[cfg(target_os = "linux")]
        Backend::MariaDb | Backend::Postgres => {
            let url = with_option(url, "lock_timeout", "20000");
            with_option(&url, "timeout", "30000")
        }
        #[cfg(target_os = "linux")]
        Backend::Redis | Backend::RedisCluster => with_option(url, "timeout", "20000"),
    }
}

/// Two carts. From either side, items are put into one and all of it is merged into the other.
struct Pair {
    number: u64,
    sides: [Carts; 2],
    owners: [Owner; 2],
    tally: Arc<Tally>,
    /// The items whose addition was acknowledged.
    tokens: Arc<Mutex<Vec<String>>>,
    /// How many sides are at work.
    open: Arc<AtomicUsize>,
}

impl Pair {
    fn new(number: u64, sides: &[Carts; 2], tally: &Arc<Tally>) -> Result<Self, Refuted> {
        Ok(Self {
            number,
            sides: sides.clone(),
            owners: [
                Owner::user(format!("{number}-left"))?,
                Owner::user(format!("{number}-right"))?,
            ],
            tally: Arc::clone(tally),
            tokens: Arc::default(),
            open: Arc::new(AtomicUsize::new(2)),
        })
    }

    async fn cross(self) -> Result<(), Refuted> {
        let pair = Arc::new(self);
        let mut tasks = JoinSet::new();
        for side in [0, 1] {
            tasks.spawn(Arc::clone(&pair).push(side));
            tasks.spawn(Arc::clone(&pair).watch(side));
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        pair.look(0).await?;
        let tokens = pair.known().len();
        pair.tally.tokens.fetch_add(tokens as u64, Ordering::SeqCst);
        Ok(())
    }

    /// Puts an item into this side's cart and gives the cart to the other side, again and again.
    async fn push(self: Arc<Self>, side: usize) -> Result<(), Refuted> {
        let _open = Open(Arc::clone(&self.open));
        let price = Money::parse("1.00", Currency::parse("USD")?)?;
        let merge = OnExisting::Merge(Arc::new(BuiltInStrategy::AddQuantities));
        let (own, other) = (&self.owners[side], &self.owners[1 - side]);
        let carts = &self.sides[side];
        let cart = carts.cart(own.clone(), "default")?;
        let (mut given, mut number) = (0, 0);
        // The other side may have taken all that there was; not every time.
        while given < EACH && number < 20 * EACH {
            let token = format!("{}-{side}-{number}", self.number);
            number += 1;
            match cart.add(NewItem::new(&*token, "Cup", price)).await {
                Ok(_) => self.tokens().push(token),
                Err(error) => self.failed(error.to_string()),
            }
            let counted = match carts
                .transfer(own, other, &Instance::default(), &merge)
                .await
            {
                Ok(Transfer::Merged(_)) => &self.tally.merged,
                Ok(Transfer::Absent | Transfer::AlreadyMerged) => {
                    self.tally.absent.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                Ok(_) => &self.tally.moved,
                Err(error) => {
                    self.failed(error.to_string());
                    break;
                }
            };
            counted.fetch_add(1, Ordering::SeqCst);
            given += 1;
        }
        Ok(())
    }

    /// Looks at both carts while they change hands.
    async fn watch(self: Arc<Self>, side: usize) -> Result<(), Refuted> {
        while self.open.load(Ordering::SeqCst) > 0 {
            self.look(side).await?;
        }
        Ok(())
    }

    /// Reads one cart, the other one, and the first again. When the first is the same by then, it was
    /// so when the other one was read, and each item must be in exactly one of them.
    async fn look(&self, side: usize) -> Result<(), Refuted> {
        let known = self.known();
        let cart = |side: usize| -> Result<CartHandle, Refuted> {
            Ok(self.sides[side].cart(self.owners[side].clone(), "default")?)
        };
        let (one, two) = (cart(side)?, cart(1 - side)?);
        let (first, second, again) = (one.load().await?, two.load().await?, one.load().await?);
        if first.stored().version() != again.stored().version() {
            return Ok(());
        }
        self.tally.looks.fetch_add(1, Ordering::SeqCst);
        let mut places = BTreeMap::new();
        count_items(&first, &mut places)?;
        count_items(&second, &mut places)?;
        let in_two = places.values().filter(|count| **count > 1).count();
        let in_none = known.iter().filter(|token| !places.contains_key(*token));
        let misplaced = in_two + in_none.count();
        self.tally
            .misplaced
            .fetch_add(misplaced as u64, Ordering::SeqCst);
        Ok(())
    }

    fn failed(&self, error: String) {
        let errors = &self.tally.errors;
        errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(error);
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> Vec<String> {
        self.tokens().clone()
    }
}

/// Adds up how often each item is there.
fn count_items(snapshot: &CartSnapshot, places: &mut BTreeMap<String, u64>) -> Result<(), Refuted> {
    for item in snapshot.items()?.iter() {
        *places.entry(item.id().to_owned()).or_default() += item.quantity();
    }
    Ok(())
}

/// A side at work, also one that ends with an error.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
