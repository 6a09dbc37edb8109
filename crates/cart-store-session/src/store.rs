//! The store over any home.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Clock, Error, ErrorKind, Expiry, Health, Instance, LoadRequest,
    Operation, Owner, Rename, RenameSupport, Result, SaveRequest, ScanPage, ScanRequest,
    ScanSupport, StoreInfo, Stored, SystemClock, Version,
};

use crate::home::SessionHome;
use crate::{judge, list};

/// How many sessions a sweep reads at once.
const SWEPT_AT_ONCE: usize = 100;

/// Keeps carts in sessions: each owner is one session, which holds all of the owner's carts.
///
/// What is safe depends on the [home](SessionHome): [`CartStore::info`] says it.
///
/// ```
/// use cart_core::{CartStore, Carts, Currency, Money, NewItem, Owner, SystemRandomness};
/// use cart_store_session::{MemoryHome, SessionCartStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// let store = SessionCartStore::new(MemoryHome::new());
/// assert_eq!(&*store.info().name, "session-memory");
/// let visitor = Owner::new_guest(&SystemRandomness)?;
/// let cart = Carts::new(store).cart(visitor, "default")?;
/// let price = Money::parse("4.99", Currency::parse("USD")?)?;
/// cart.add(NewItem::new("tea", "Green tea", price)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SessionCartStore<H> {
    home: H,
    info: StoreInfo,
    clock: Arc<dyn Clock>,
}

impl<H: SessionHome> SessionCartStore<H> {
    /// A store in `home`.
    pub fn new(home: H) -> Self {
        Self {
            info: home.info(),
            home,
            clock: Arc::new(SystemClock),
        }
    }

    /// The same store, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where the sessions are.
    pub fn home(&self) -> &H {
        &self.home
    }

    async fn load_it(&self, request: &LoadRequest) -> Result<Stored> {
        let owner = request.key.owner();
        let Some(until) = request.renew else {
            let carts = self.home.read(owner).await?;
            let record = carts.record(request.key.instance()).cloned();
            return Ok(Stored::of(record, self.clock.now()));
        };
        let (key, clock) = (request.key.clone(), Arc::clone(&self.clock));
        self.home
            .change(vec![owner.clone()], move |sessions| {
                Ok(judge::renew(sessions, &key, until, clock.now()))
            })
            .await
    }

    async fn save_it(&self, request: &SaveRequest) -> Result<()> {
        self.check_size(request.record.size())?;
        let owners = vec![request.key.owner().clone()];
        let (request, clock) = (request.clone(), Arc::clone(&self.clock));
        self.home
            .change(owners, move |sessions| {
                judge::save(sessions, &request, clock.now())
            })
            .await
    }

    async fn rename_it(&self, rename: &Rename) -> Result<()> {
        if self.info.capabilities.rename == RenameSupport::None {
            return Err(Error::unsupported(Operation::Rename));
        }
        self.check_size(rename.record.size())?;
        self.check_size(rename.tombstone.size())?;
        let mut owners = vec![rename.from.owner().clone(), rename.to.owner().clone()];
        owners.dedup();
        let (rename, clock) = (rename.clone(), Arc::clone(&self.clock));
        self.home
            .change(owners, move |sessions| {
                judge::rename(sessions, &rename, clock.now())
            })
            .await
    }

    async fn sweep_them(&self, limit: usize) -> Result<usize> {
        if self.info.capabilities.expiry == Expiry::Native {
            return Ok(0);
        }
        let mut removed = 0;
        let mut place: Option<Vec<u8>> = None;
        while removed < limit {
            let sessions = self.home.list(place.as_deref(), SWEPT_AT_ONCE).await?;
            let is_last = sessions.len() < SWEPT_AT_ONCE;
            for session in sessions {
                let now = self.clock.now();
                let mut records = session.carts.iter();
                if removed < limit && records.any(|(_, record)| record.is_expired(now)) {
                    removed += self.sweep_one(session.owner, limit - removed).await?;
                }
                place = Some(session.place);
            }
            if is_last {
                break;
            }
        }
        Ok(removed)
    }

    async fn sweep_one(&self, owner: Owner, limit: usize) -> Result<usize> {
        let clock = Arc::clone(&self.clock);
        self.home
            .change(vec![owner.clone()], move |sessions| {
                Ok(sessions.remove_expired(&owner, clock.now(), limit))
            })
            .await
    }

    fn check_size(&self, size: usize) -> Result<()> {
        match self.info.capabilities.record_limit {
            Some(limit) if size > limit => Err(Error::new(
                ErrorKind::TooLarge,
                format!("the record has {size} bytes and may have {limit}: split the cart"),
            )),
            Some(_) | None => Ok(()),
        }
    }

    fn failed(&self, operation: Operation) -> impl Fn(Error) -> Error + use<'_, H> {
        move |error| error.during(operation).in_store(&self.info.name)
    }
}

#[async_trait]
impl<H: SessionHome> CartStore for SessionCartStore<H> {
    fn info(&self) -> StoreInfo {
        self.info.clone()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let loaded = self.load_it(request).await;
        loaded.map_err(self.failed(Operation::Load))
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let saved = self.save_it(request).await;
        saved.map_err(self.failed(Operation::Save))
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let mut answers = Vec::with_capacity(batch.len());
        for request in batch {
            let saved = self.save_it(request).await;
            answers.push(saved.map_err(self.failed(Operation::SaveMany)));
        }
        Ok(answers)
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let renamed = self.rename_it(rename).await;
        renamed.map_err(self.failed(Operation::Rename))
    }

    async fn lock(&self, _key: &CartKey) -> Result<Box<dyn CartLock>> {
        Err(self.failed(Operation::Lock)(Error::unsupported(
            Operation::Lock,
        )))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let carts = self.home.read(owner).await;
        let carts = carts.map_err(self.failed(Operation::Instances))?;
        let now = self.clock.now();
        let live = carts
            .iter()
            .filter(|(_, record)| !record.is_expired(now) && !record.is_tombstone());
        Ok(live.map(|(instance, _)| instance.clone()).collect())
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let failed = self.failed(Operation::Scan);
        if self.info.capabilities.scan == ScanSupport::None {
            return Err(failed(Error::unsupported(Operation::Scan)));
        }
        let page = list::page(&self.home, &self.info.name, &*self.clock, request).await;
        page.map_err(failed)
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let swept = self.sweep_them(limit).await;
        swept.map_err(self.failed(Operation::Sweep))
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let owners = vec![key.owner().clone()];
        let (key, clock) = (key.clone(), Arc::clone(&self.clock));
        let unmarked = self.home.change(owners, move |sessions| {
            judge::unmark(sessions, &key, version, clock.now());
            Ok(())
        });
        unmarked.await.map_err(self.failed(Operation::Unmark))
    }

    async fn ping(&self) -> Result<Health> {
        let answer = self.home.ping().await;
        answer.map_err(self.failed(Operation::Ping))
    }
}
