//! Dropping a future before its end.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::asleep::asleep_during;

/// When a future is dropped: after so many polls and so much time, whichever is later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) polls: usize,
    pub(super) time: Duration,
}

impl Cut {
    /// Polls a future again and again, unless it is ready before, and drops it. Gives whether it
    /// was dropped unfinished, and the longest sleep of the thread in a poll or the drop.
    pub(super) async fn off<T>(self, future: impl Future<Output = T>) -> (bool, Duration) {
        let mut longest = Duration::ZERO;
        let mut future = Box::pin(future);
        let (mut left, start) = (self.polls, Instant::now());
        let finished = poll_fn(|context| {
            let (polled, asleep) = asleep_during(|| future.as_mut().poll(context).is_ready());
            longest = longest.max(asleep);
            left = left.saturating_sub(1);
            if polled || (left == 0 && start.elapsed() >= self.time) {
                return Poll::Ready(polled);
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        let finished = pin!(finished).await;
        let ((), asleep) = asleep_during(|| drop(future));
        (!finished, longest.max(asleep))
    }
}
