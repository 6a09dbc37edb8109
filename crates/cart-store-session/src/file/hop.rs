//! The way of work that waits for the disk: to another thread, once.

use cart_core::{Error, ErrorKind, Result, RetryClass};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Does the work on a thread that may wait, and gives its answer. Without a tokio runtime the work
/// is done in place.
///
/// # Cancel safety
///
/// Work that has begun is done to its end; other work is not begun any more.
pub(super) async fn off_the_runtime<T, W>(work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T> + Send + 'static,
{
    let Ok(runtime) = Handle::try_current() else {
        return work();
    };
    let mut task = Abandoned(runtime.spawn_blocking(work));
    match (&mut task.0).await {
        Ok(answer) => answer,
        Err(end) if end.is_cancelled() => Err(Error::new(
            ErrorKind::Unavailable,
            "the runtime has ended before the work began: make the call under another one",
        )
        .with_retry_class(RetryClass::NotApplied)),
        Err(_) => Err(Error::new(
            ErrorKind::Unexpected,
            "the work on a session ended in a panic: please report it",
        )
        .with_retry_class(RetryClass::OutcomeUnknown)),
    }
}

/// A task that is not begun any more once nobody waits for it.
struct Abandoned<T>(JoinHandle<T>);

impl<T> Drop for Abandoned<T> {
    fn drop(&mut self) {
        // What has begun or ended takes no notice.
        self.0.abort();
    }
}
