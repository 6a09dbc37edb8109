//! Futures that are dropped after so many polls.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Polls `future` at most `polls` times and drops it then: its answer, if it came in time.
pub(crate) async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let (answer, _) = answered_within(polls, future).await?;
    Some(answer)
}

/// As [`dropped_after`], with the number of polls that the answer took.
pub(crate) async fn answered_within<F: Future>(
    polls: usize,
    future: F,
) -> Option<(F::Output, usize)> {
    let limited = LimitedPolls {
        future: Box::pin(future),
        left: polls,
    };
    let (answer, left) = limited.await?;
    Some((answer, polls - left))
}

struct LimitedPolls<F> {
    future: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for LimitedPolls<F> {
    /// The answer, and how many polls were left.
    type Output = Option<(F::Output, usize)>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(left) = self.left.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.left = left;
        match self.future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some((output, left))),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    async fn three_polls() -> u8 {
        yield_now().await;
        yield_now().await;
        7
    }

    #[tokio::test]
    async fn future_ends_when_its_polls_are_used_up() {
        assert_eq!(dropped_after(0, three_polls()).await, None);
        assert_eq!(dropped_after(2, three_polls()).await, None);
        assert_eq!(dropped_after(3, three_polls()).await, Some(7));
        assert_eq!(answered_within(5, three_polls()).await, Some((7, 3)));
    }
}
