//! Edits of one cart within one process queue up, so that they don't meet as conflicts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_lock::{Mutex as AsyncMutex, MutexGuardArc};

use crate::storage::CartKey;

/// One fair queue for each cart that is being edited.
#[derive(Debug, Default)]
pub(super) struct EditQueue {
    turns: Mutex<HashMap<CartKey, Arc<AsyncMutex<()>>>>,
}

/// The right to edit a cart; others of this process wait until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    queue: &'a EditQueue,
    key: &'a CartKey,
    held: Option<MutexGuardArc<()>>,
    mutex: Arc<AsyncMutex<()>>,
}

impl EditQueue {
    /// Waits for a turn at `key`. Dropping the future gives up the place in the queue.
    pub(super) async fn enter<'a>(&'a self, key: &'a CartKey) -> Turn<'a> {
        let mutex = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(key.clone()).or_default())
        };
        // Built before the wait, so that a dropped wait is tidied up too.
        let mut entered = Turn {
            queue: self,
            key,
            held: None,
            mutex,
        };
        entered.held = Some(entered.mutex.lock_arc().await);
        entered
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut turns = self
            .queue
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.held = None;
        // The map's and this one: nobody else waits, and nobody can join while the map is locked.
        if Arc::strong_count(&self.mutex) == 2 {
            turns.remove(self.key);
        }
    }
}
