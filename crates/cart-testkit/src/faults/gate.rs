//! Where calls wait until somebody lets them go on.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate at which calls wait, and which a test opens. Clones are the same gate.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<watch::Sender<State>>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    is_open: bool,
    arrived: u64,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody go on, those who come later too.
    pub fn open(&self) {
        self.0.send_modify(|state| state.is_open = true);
    }

    /// Waits until so many calls have come to the gate.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and has no other effect.
    pub async fn arrived(&self, calls: u64) {
        self.wait_for(|state| state.arrived >= calls).await;
    }

    /// Comes to the gate, and waits for it to open.
    pub(super) async fn pass(&self) {
        self.0.send_modify(|state| state.arrived += 1);
        self.wait_for(|state| state.is_open).await;
    }

    async fn wait_for(&self, holds: impl FnMut(&State) -> bool) {
        // The sender lives as long as `self`, which the future borrows: there is no other end.
        let _ = self.0.subscribe().wait_for(holds).await;
    }
}
