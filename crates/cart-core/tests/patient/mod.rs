//! A clock that is moved by hand, and on which nobody waits.

use std::time::Duration;

use cart_core::{Clock, Sleep, Timestamp};
use cart_testkit::ManualClock;

#[derive(Debug)]
pub(crate) struct Patient(pub(crate) ManualClock);

impl Patient {
    pub(crate) fn new() -> Self {
        Self(ManualClock::new())
    }
}

impl Clock for Patient {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, _duration: Duration) -> Sleep<'_> {
        Box::pin(tokio::task::yield_now())
    }
}
