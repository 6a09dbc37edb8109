//! A lock for each session, within this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tower_sessions_core::session::Id;

/// The locks that somebody holds or waits for.
#[derive(Debug, Default)]
pub(super) struct Locks(Mutex<BTreeMap<i128, Arc<AsyncMutex<()>>>>);

impl Locks {
    /// Waits for the locks of these sessions, always in the same order.
    pub(super) async fn lock(
        &self,
        sessions: impl Iterator<Item = Id>,
    ) -> Vec<OwnedMutexGuard<()>> {
        let mut sessions: Vec<i128> = sessions.map(|Id(id)| id).collect();
        sessions.sort_unstable();
        sessions.dedup();
        let mut held = Vec::with_capacity(sessions.len());
        for id in sessions {
            let lock = {
                let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                // What nobody holds or waits for is only in the map.
                locks.retain(|_, lock| Arc::strong_count(lock) > 1);
                Arc::clone(locks.entry(id).or_default())
            };
            held.push(lock.lock_owned().await);
        }
        held
    }
}
