//! How many calls are under way at a time.

use cart_core::{Error, ErrorKind, RetryClass};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::deadline::Deadline;
use crate::failure::Failure;

/// Lets so many calls out to a server at a time; others wait in turn. What waits holds next to nothing, while
/// what is sent to a server that hangs would fill the memory.
#[derive(Debug)]
pub(super) struct Limit {
    places: Semaphore,
    size: usize,
}

impl Limit {
    pub(super) fn new(size: usize) -> Self {
        let size = size.min(Semaphore::MAX_PERMITS);
        Self {
            places: Semaphore::new(size),
            size,
        }
    }

    /// A place for one call.
    ///
    /// # Errors
    ///
    /// `Busy` when there was none until the deadline.
    pub(super) async fn enter(&self, deadline: Deadline) -> Result<SemaphorePermit<'_>, Failure> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        if let Some(Ok(place)) = deadline.wait(self.places.acquire()).await {
            return Ok(place);
        }
        let message = format!(
            "all {} calls that may be under way were, until the time was up: is the server slow? \
             Or raise `in_flight`",
            self.size
        );
        let error = Error::new(ErrorKind::Busy, message);
        Err(error.with_retry_class(RetryClass::NotApplied).into())
    }
}
