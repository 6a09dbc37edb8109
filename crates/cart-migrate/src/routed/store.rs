//! The calls of a store.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    Capabilities, CartKey, CartLock, CartStore, Cursor, Health, Instance, LoadRequest, Operation,
    Owner, Rename, RenameSupport, Result, SaveRequest, ScanPage, ScanRequest, ScanSupport,
    StoreInfo, Stored, Version,
};

use super::{RoutedStore, Rule, check_same};
use crate::both::{check_size, weaker};

impl RoutedStore {
    /// What all stores can do.
    fn capabilities(&self) -> Capabilities {
        let all = self.stores().map(|store| store.info().capabilities);
        let mut all: Capabilities = all
            .reduce(|one, other| weaker(&one, &other))
            .unwrap_or_else(Capabilities::none);
        let splits_owners = |rule: &Rule| !matches!(rule, Rule::Instances(_));
        let mut rules = self.shared.rules.iter().map(|(rule, _)| rule);
        if rules.any(splits_owners) {
            all.rename = RenameSupport::None;
        }
        all
    }

    async fn page(&self, request: &ScanRequest) -> Result<ScanPage> {
        if self.capabilities().scan == ScanSupport::None {
            return Err(cart_core::Error::unsupported(Operation::Scan));
        }
        let mut rest = request.clone();
        let mut whole = self.next_page(&rest).await?;
        while let Some(next) = whole.next.take() {
            let room = request.page_size() - whole.entries.len();
            if room == 0 {
                whole.next = Some(next);
                break;
            }
            rest.limit = room;
            rest.cursor = Some(next);
            let page = self.next_page(&rest).await?;
            whole.entries.extend(page.entries);
            whole.next = page.next;
        }
        Ok(whole)
    }

    /// A page of one store, without what the rules put into another one.
    async fn next_page(&self, request: &ScanRequest) -> Result<ScanPage> {
        let (place, cursor) = match &request.cursor {
            None => (0, None),
            Some(cursor) => parsed(cursor.position(Self::NAME, request)?)?,
        };
        let last = self.shared.rules.len();
        if place > last {
            return Err(Cursor::refused());
        }
        let mut inner = request.clone();
        inner.cursor = cursor;
        let page = self.store_at(place).scan(&inner).await?;
        let next = match page.next {
            Some(cursor) => Some(format!("{place}/{cursor}")),
            None => (place < last).then(|| format!("{}/", place + 1)),
        };
        let entries = page.entries.into_iter();
        Ok(ScanPage {
            entries: entries
                .filter(|entry| self.place_of(&entry.key) == place)
                .collect(),
            next: next.map(|position| Cursor::new(Self::NAME, request, position)),
        })
    }

    async fn instances_of(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let mut all = Vec::new();
        for (place, store) in self.stores().enumerate() {
            let found = store.instances(owner).await?;
            all.extend(found.into_iter().filter(|instance| {
                self.place_of(&CartKey::new(owner.clone(), instance.clone())) == place
            }));
        }
        Ok(all)
    }

    async fn save_each(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let failed = self.failed(Operation::SaveMany);
        let mut answers: Vec<Option<Result<()>>> = batch.iter().map(|_| None).collect();
        for (place, store) in self.stores().enumerate() {
            let of_store: Vec<usize> = (0..batch.len())
                .filter(|at| self.place_of(&batch[*at].key) == place)
                .collect();
            if of_store.is_empty() {
                continue;
            }
            let requests: Vec<SaveRequest> = of_store.iter().map(|at| batch[*at].clone()).collect();
            match store.save_many(&requests).await {
                Ok(saved) => {
                    for (at, answer) in of_store.into_iter().zip(saved) {
                        answers[at] = Some(answer.map_err(&failed));
                    }
                }
                // Nothing can be said of any of these; the others are known.
                Err(error) if of_store.len() < batch.len() => {
                    for at in of_store {
                        let told = cart_core::Error::new(error.kind(), error.to_string());
                        answers[at] = Some(Err(failed(told.with_retry_class(error.retry_class()))));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

fn parsed(position: &[u8]) -> Result<(usize, Option<Cursor>)> {
    let text = str::from_utf8(position).map_err(|_| Cursor::refused())?;
    let (place, cursor) = text.split_once('/').ok_or_else(Cursor::refused)?;
    let place = place.parse().map_err(|_| Cursor::refused())?;
    let cursor = match cursor {
        "" => None,
        cursor => Some(cursor.parse()?),
    };
    Ok((place, cursor))
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartStore for RoutedStore {
    fn info(&self) -> StoreInfo {
        StoreInfo {
            name: Arc::clone(&self.shared.name),
            capabilities: self.capabilities(),
        }
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let loaded = self.store_of(&request.key).load(request).await;
        loaded.map_err(self.failed(Operation::Load))
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let saved = async {
            check_size(&request.record, &self.capabilities())?;
            self.store_of(&request.key).save(request).await
        };
        saved.await.map_err(self.failed(Operation::Save))
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let saved = self.save_each(batch).await;
        saved.map_err(self.failed(Operation::SaveMany))
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let renamed = async {
            if self.capabilities().rename == RenameSupport::None {
                return Err(cart_core::Error::unsupported(Operation::Rename));
            }
            check_same(self.place_of(&rename.from), self.place_of(&rename.to))?;
            self.store_of(&rename.from).rename(rename).await
        };
        renamed.await.map_err(self.failed(Operation::Rename))
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let locked = self.store_of(key).lock(key).await;
        let lock = locked.map_err(self.failed(Operation::Lock))?;
        let store = self.clone();
        Ok(Box::new(RoutedLock { store, lock }))
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let found = self.instances_of(owner).await;
        found.map_err(self.failed(Operation::Instances))
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let page = self.page(request).await;
        page.map_err(self.failed(Operation::Scan))
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let mut swept = 0;
        for store in self.stores() {
            let more = store.sweep(limit - swept).await;
            swept += more.map_err(self.failed(Operation::Sweep))?;
            if swept >= limit {
                break;
            }
        }
        Ok(swept)
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let unmarked = self.store_of(key).unmark(key, version).await;
        unmarked.map_err(self.failed(Operation::Unmark))
    }

    async fn ping(&self) -> Result<Health> {
        let mut descriptions = Vec::new();
        let mut durability = self.capabilities().durability;
        for store in self.stores() {
            let health = store.ping().await.map_err(self.failed(Operation::Ping))?;
            durability = durability.min(health.durability);
            descriptions.push(health.description.clone());
        }
        Ok(Health::new(durability, descriptions.join("; ")))
    }
}

/// A lock of one of the stores.
#[derive(Debug)]
struct RoutedLock {
    store: RoutedStore,
    lock: Box<dyn CartLock>,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CartLock for RoutedLock {
    fn stored(&self) -> &Stored {
        self.lock.stored()
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        let Self { store, lock } = *self;
        let saved = async {
            check_size(&request.record, &store.capabilities())?;
            lock.save(request).await
        };
        saved.await.map_err(store.failed(Operation::Lock))
    }
}
