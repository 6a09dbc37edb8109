//! Shoppers who add, delete, merge and rename, and remember what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cart_core::{
    BuiltInStrategy, CartHandle, Carts, Currency, Instance, Money, NewItem, OnExisting, Owner,
    Randomness, Transfer,
};
use cart_testkit::SeededRandomness;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::LINES;
use crate::proof::{Figures, Proven, Refuted, ensure};

const WRITERS: u64 = 8;
/// How long shoppers may need for some hundred edits, also when a server is away.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often out of a hundred a shopper comes back to a cart that was used before.
const COMES_BACK: usize = 40;

/// Eight shoppers, and as many who look at the cart that each of them is about.
#[derive(Debug)]
pub(super) struct Shoppers {
    writers: JoinSet<Result<Told, Refuted>>,
    lookers: JoinSet<Result<u64, Refuted>>,
    is_over: Arc<AtomicBool>,
    edits: watch::Sender<u64>,
}

/// What shoppers were told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The items of each cart that somebody has touched, by its owner; none for one that is gone.
    pub(super) carts: BTreeMap<String, Option<BTreeSet<String>>>,
    adds: u64,
    deletions: u64,
    merges: u64,
    renames: u64,
    looks: u64,
    errors: Vec<String>,
}

/// Whether a cart is one of those that the shop had before, which are owned by shoppers.
pub(super) fn is_original(owner: &str) -> bool {
    owner.starts_with("user:shopper-")
}

impl Shoppers {
    /// Starts them in a shop with so many carts, of which each has its own.
    pub(super) fn start(carts: &Carts, count: u64) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let edits = watch::Sender::new(0);
        let (mut writers, mut lookers) = (JoinSet::new(), JoinSet::new());
        for number in 0..WRITERS {
            let about = watch::Sender::new(String::new());
            lookers.spawn(look(carts.clone(), about.subscribe()));
            let shopper = Shopper {
                number,
                count,
                carts: carts.clone(),
                randomness: SeededRandomness::new(number),
                about,
                used: Vec::new(),
                serial: 0,
                told: Told::default(),
            };
            writers.spawn(shopper.shop(Arc::clone(&is_over), edits.clone()));
        }
        Self {
            writers,
            lookers,
            is_over,
            edits,
        }
    }

    /// Waits until so many more edits are acknowledged.
    pub(super) async fn go_on(&self, more: u64) -> Proven {
        let goal = *self.edits.borrow() + more;
        let mut edits = self.edits.subscribe();
        let reached = edits.wait_for(|edits| *edits >= goal);
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        reached.map_err(|_| "the shoppers don't get on")??;
        Ok(())
    }

    /// Lets everybody end what they are about.
    pub(super) async fn end(mut self) -> Result<Told, Refuted> {
        self.is_over.store(true, Ordering::SeqCst);
        let mut all = Told::default();
        while let Some(ended) = self.writers.join_next().await {
            all.add(ended??);
        }
        while let Some(ended) = self.lookers.join_next().await {
            all.looks += ended??;
        }
        Ok(all)
    }
}

/// Looks at the cart that a shopper is about, as another tab does, until the shopper has gone.
async fn look(carts: Carts, mut about: watch::Receiver<String>) -> Result<u64, Refuted> {
    let mut looks = 0;
    while about.changed().await.is_ok() {
        let owner = about.borrow_and_update().clone();
        cart(&carts, &owner)?.load().await?;
        looks += 1;
    }
    Ok(looks)
}

fn cart(carts: &Carts, owner: &str) -> Result<CartHandle, Refuted> {
    Ok(carts.cart(owner.parse()?, Instance::DEFAULT)?)
}

struct Shopper {
    number: u64,
    count: u64,
    carts: Carts,
    randomness: SeededRandomness,
    /// Whose cart it is about now.
    about: watch::Sender<String>,
    /// The owners whose carts it has touched.
    used: Vec<String>,
    serial: u64,
    told: Told,
}

impl Shopper {
    async fn shop(
        mut self,
        is_over: Arc<AtomicBool>,
        edits: watch::Sender<u64>,
    ) -> Result<Told, Refuted> {
        while !is_over.load(Ordering::SeqCst) {
            let owner = self.choose();
            self.about.send_replace(owner.clone());
            self.serial += 1;
            let edited = match self.randomness.below(100) {
                0..60 => self.add(&owner).await,
                60..75 => self.delete(&owner).await,
                75..88 => self.merge(&owner).await,
                _ => self.rename(&owner).await,
            };
            match edited {
                Ok(()) => edits.send_modify(|edits| *edits += 1),
                Err(error) => self.told.errors.push(error.to_string()),
            }
        }
        Ok(self.told)
    }

    /// One of its owners: those whose number leaves its own when divided, and whoever got carts.
    fn choose(&mut self) -> String {
        if !self.used.is_empty() && self.randomness.below(100) < COMES_BACK {
            return self.used[self.randomness.below(self.used.len())].clone();
        }
        let any = self.randomness.next() % (self.count / WRITERS);
        let owner = format!("user:shopper-{}", any * WRITERS + self.number);
        self.used.push(owner.clone());
        owner
    }

    fn item(&self) -> Result<NewItem, Refuted> {
        let price = Money::parse("1.00", Currency::parse("USD")?)?;
        Ok(NewItem::new(self.item_id(), "Cup", price))
    }

    fn item_id(&self) -> String {
        format!("{}-{}", self.number, self.serial)
    }

    /// What the cart of an owner holds, as far as it knows.
    fn known(&mut self, owner: &str) -> &mut Option<BTreeSet<String>> {
        let cart = self.told.carts.entry(owner.to_owned());
        cart.or_insert_with(|| {
            is_original(owner).then(|| (0..LINES).map(|line| format!("sku-{line}")).collect())
        })
    }

    async fn add(&mut self, owner: &str) -> Proven {
        cart(&self.carts, owner)?.add(self.item()?).await?;
        let id = self.item_id();
        self.known(owner).get_or_insert_default().insert(id);
        self.told.adds += 1;
        Ok(())
    }

    async fn delete(&mut self, owner: &str) -> Proven {
        cart(&self.carts, owner)?.forget().await?;
        *self.known(owner) = None;
        self.told.deletions += 1;
        Ok(())
    }

    /// A guest comes with a new item, and turns out to be the owner.
    async fn merge(&mut self, owner: &str) -> Proven {
        let guest = format!("guest:visitor-{}", self.item_id());
        self.add(&guest).await?;
        let user: Owner = owner.parse()?;
        let strategy = Arc::new(BuiltInStrategy::AddQuantities);
        let merged = self.carts.merge(&guest.parse()?, &user, strategy).await?;
        let merged = merged.all_done()?;
        ensure(merged.len() == 1, || {
            "a guest had no cart to merge".to_owned()
        })?;
        let items = self.known(&guest).take().unwrap_or_default();
        self.known(owner).get_or_insert_default().extend(items);
        self.told.merges += 1;
        Ok(())
    }

    async fn rename(&mut self, owner: &str) -> Proven {
        let new = format!("user:renamed-{}", self.item_id());
        let transfer = self
            .carts
            .transfer(
                &owner.parse()?,
                &new.parse()?,
                &Instance::default(),
                &OnExisting::Refuse,
            )
            .await?;
        let given = self.known(owner).take();
        let expected = match given {
            Some(_) => Transfer::Moved,
            None => Transfer::Absent,
        };
        *self.known(&new) = given;
        self.used.push(new);
        self.told.renames += 1;
        ensure(transfer == expected, || {
            format!("a cart that was {expected:?} is told to be {transfer:?}")
        })
    }
}

impl Told {
    fn add(&mut self, other: Self) {
        self.carts.extend(other.carts);
        self.adds += other.adds;
        self.deletions += other.deletions;
        self.merges += other.merges;
        self.renames += other.renames;
        self.looks += other.looks;
        self.errors.extend(other.errors);
    }

    pub(super) fn edits(&self) -> u64 {
        self.adds + self.deletions + self.merges + self.renames
    }

    pub(super) fn show(&self, figures: &mut Figures) {
        figures.set("items added", self.adds);
        figures.set("carts deleted", self.deletions);
        figures.set("guests merged", self.merges);
        figures.set("carts renamed", self.renames);
        figures.set("looks", self.looks);
        figures.set("errors surfaced", self.errors.len());
    }

    pub(super) fn ensure_no_error(&self) -> Proven {
        ensure(self.errors.is_empty(), || {
            format!("a shopper met an error: {}", self.errors[0])
        })
    }
}
