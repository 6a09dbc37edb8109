//! Futures that are polled by hand.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A future that is polled by hand, and may be dropped between any two polls.
pub(crate) struct ByHand<'a, T>(Pin<Box<dyn Future<Output = T> + Send + 'a>>);

impl<'a, T> ByHand<'a, T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self(Box::pin(future))
    }

    pub(crate) fn poll(&mut self) -> Option<T> {
        let mut context = Context::from_waker(Waker::noop());
        match self.0.as_mut().poll(&mut context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// Polls at most so often, and drops the future then.
    pub(crate) fn at_most(mut self, polls: usize) -> Option<T> {
        (0..polls).find_map(|_| self.poll())
    }
}
