//! The end of a store's threads, and who waits for it.

use std::sync::Arc;

use tokio::sync::watch;

/// What each thread of a store holds as long as it runs, its connections closed before.
#[derive(Clone, Debug)]
pub(super) struct Alive(watch::Receiver<()>);

/// The moment at which all threads have ended and every connection is closed.
#[derive(Clone, Debug)]
pub(super) struct End(Arc<watch::Sender<()>>);

impl End {
    /// An end that comes when the last clone of the other is dropped.
    pub(super) fn new() -> (Self, Alive) {
        let (sender, receiver) = watch::channel(());
        (Self(Arc::new(sender)), Alive(receiver))
    }

    /// Waits for it.
    ///
    /// # Cancel safety
    ///
    /// It comes all the same.
    pub(super) async fn reached(&self) {
        self.0.closed().await;
    }

    /// Whether it has come.
    pub(super) fn is_reached(&self) -> bool {
        self.0.is_closed()
    }
}

impl Alive {
    /// The thread is done.
    pub(super) fn end(self) {
        drop(self.0);
    }
}
