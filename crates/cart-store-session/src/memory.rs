//! Sessions in the memory of this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use cart_core::{
    Capabilities, CartKey, Cursor, Durability, Expiry, Health, Instance, Owner, RenameSupport,
    Result, ScanSupport, Scope, StoreInfo, Visibility,
};

use crate::home::{Listed, SessionHome};
use crate::sessions::{SessionCarts, Sessions};

/// Keeps sessions in memory: for tests, and for shops whose carts may go with the process.
///
/// Every change is one step under one lock. Clones are handles to the same sessions.
#[derive(Clone, Debug, Default)]
pub struct MemoryHome {
    sessions: Arc<Mutex<BTreeMap<Owner, SessionCarts>>>,
}

impl MemoryHome {
    /// A home without sessions.
    pub fn new() -> Self {
        Self::default()
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<Owner, SessionCarts>> {
        // A change that panics has not written yet, and a map is whole after every step.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SessionHome for MemoryHome {
    fn info(&self) -> StoreInfo {
        let mut capabilities = Capabilities::none();
        capabilities.compare_and_set = Scope::Process;
        capabilities.durability = Durability::Memory;
        capabilities.expiry = Expiry::ReadFilter;
        capabilities.marks = true;
        capabilities.rename = RenameSupport::Atomic;
        capabilities.scan = ScanSupport::Full;
        capabilities.visibility = Visibility::Process;
        StoreInfo {
            name: "session-memory".into(),
            capabilities,
        }
    }

    async fn read(&self, owner: &Owner) -> Result<SessionCarts> {
        Ok(self.sessions().get(owner).cloned().unwrap_or_default())
    }

    async fn change<T, F>(&self, owners: Vec<Owner>, decide: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Sessions) -> Result<T> + Send + 'static,
    {
        let mut all = self.sessions();
        let read = owners.into_iter().map(|owner| {
            let carts = all.get(&owner).cloned().unwrap_or_default();
            (owner, carts)
        });
        let mut sessions = Sessions::new(read.collect::<Vec<_>>());
        let answer = decide(&mut sessions)?;
        for (owner, carts) in sessions.into_changed() {
            if carts.is_empty() {
                all.remove(&owner);
            } else {
                all.insert(owner, carts);
            }
        }
        Ok(answer)
    }

    async fn list(&self, place: Option<&[u8]>, limit: usize) -> Result<Vec<Listed>> {
        let all = self.sessions();
        let from = place.map(owner_at).transpose()?;
        let listed = |(owner, carts): (&Owner, &SessionCarts)| Listed {
            place: place_of(owner).into_bytes(),
            owner: owner.clone(),
            carts: carts.clone(),
        };
        Ok(match from {
            Some(from) => all.range(from..).take(limit).map(listed).collect(),
            None => all.iter().take(limit).map(listed).collect(),
        })
    }

    async fn ping(&self) -> Result<Health> {
        Ok(Health::new(
            Durability::Memory,
            "sessions in the memory of this process",
        ))
    }
}

/// A text for an owner: that of one of its keys.
fn place_of(owner: &Owner) -> String {
    CartKey::new(owner.clone(), Instance::default()).encode()
}

fn owner_at(place: &[u8]) -> Result<Owner> {
    let key = str::from_utf8(place)
        .ok()
        .and_then(|text| CartKey::decode(text).ok());
    key.map(|key| key.owner().clone())
        .ok_or_else(Cursor::refused)
}
