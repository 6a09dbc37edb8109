//! What is wrong at the moment, with a proxy or a store, and how often that has shown.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// A fault or a state of the link that lasts until this is dropped.
///
/// A test that means to show how a fault is borne shows nothing when the fault never came.
/// Therefore dropping this panics if it never did.
#[must_use = "the fault ends when this is dropped"]
pub struct Injection {
    what: String,
    firings: Firings,
    may_never_come: bool,
    end: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
}

impl Injection {
    /// Puts `what` on the list until the injection is dropped, and does `afterwards` then.
    pub(crate) fn new<T: Active + Send + 'static>(
        list: &Arc<Actives<T>>,
        active: T,
        afterwards: impl Fn() -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let what = format!("{active:?}");
        let firings = active.firings().clone();
        list.change(|ones| ones.push(active));
        let (list, ended) = (Arc::clone(list), firings.clone());
        Self {
            what,
            firings,
            may_never_come: false,
            end: Box::new(move || {
                list.change(|ones| ones.retain(|one| !one.firings().same_as(&ended)));
                afterwards()
            }),
        }
    }

    /// How often it has come so far.
    pub fn fired(&self) -> u64 {
        self.firings.count()
    }

    /// Waits until it has come so often.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and has no other effect.
    pub async fn reached(&self, times: u64) {
        let mut firings = self.firings.0.subscribe();
        // The sender lives as long as `self`, which the future borrows: there is no other end.
        let _ = firings.wait_for(|fired| *fired >= times).await;
    }

    /// Ends it, and returns how often it had come by then.
    ///
    /// # Panics
    ///
    /// If it never came.
    pub fn end(self) -> u64 {
        self.fired()
    }

    /// Ends it, and returns how often it had come by then, where it may well never come.
    pub fn withdraw(mut self) -> u64 {
        self.may_never_come = true;
        self.fired()
    }
}

impl Drop for Injection {
    fn drop(&mut self) {
        let ended = (self.end)();
        if std::thread::panicking() {
            return;
        }
        assert!(ended.is_ok(), "it can't be undone: {ended:?}");
        assert!(
            self.may_never_come || self.fired() > 0,
            "it never happened, so the test shows nothing: {}",
            self.what
        );
    }
}

impl fmt::Debug for Injection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Injection")
            .field("what", &self.what)
            .field("fired", &self.fired())
            .finish_non_exhaustive()
    }
}

/// How often something has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Firings(Arc<watch::Sender<u64>>);

impl Firings {
    pub(crate) fn count(&self) -> u64 {
        *self.0.borrow()
    }

    pub(crate) fn fire(&self) {
        self.0.send_modify(|fired| *fired += 1);
    }

    fn same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Something that is about to come. It doesn't count if it doesn't after all.
#[derive(Debug)]
pub(crate) struct Claim<T> {
    pub(crate) what: T,
    claimed: Option<Arc<AtomicU64>>,
    firings: Firings,
}

impl<T> Claim<T> {
    /// Counts `what` among those that have come or are about to.
    pub(crate) fn new(what: T, claimed: &Arc<AtomicU64>, firings: &Firings) -> Self {
        claimed.fetch_add(1, Ordering::SeqCst);
        Self {
            what,
            claimed: Some(Arc::clone(claimed)),
            firings: firings.clone(),
        }
    }

    /// Notes that it has come.
    pub(crate) fn fire(mut self) {
        self.claimed = None;
        self.firings.fire();
    }
}

impl<T> Drop for Claim<T> {
    fn drop(&mut self) {
        if let Some(claimed) = &self.claimed {
            claimed.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Something that lasts as long as its injection.
pub(crate) trait Active: fmt::Debug {
    fn firings(&self) -> &Firings;
}

/// What is active at the moment, oldest first.
#[derive(Debug)]
pub(crate) struct Actives<T> {
    ones: Mutex<Vec<T>>,
    changed: watch::Sender<()>,
}

impl<T> Actives<T> {
    pub(crate) fn ones(&self) -> MutexGuard<'_, Vec<T>> {
        // Each change is one push, one removal or one count.
        self.ones.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of every change from now on.
    #[cfg(all(feature = "proxy", unix))]
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn change(&self, change: impl FnOnce(&mut Vec<T>)) {
        change(&mut self.ones());
        self.changed.send_replace(());
    }
}

impl<T> Default for Actives<T> {
    fn default() -> Self {
        Self {
            ones: Mutex::default(),
            changed: watch::Sender::new(()),
        }
    }
}
