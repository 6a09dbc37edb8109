//! How far long work has come, for whoever waits for it.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on the standard error, with the rate and the time left; nothing when that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    carts: u64,
}

impl Progress {
    /// Work of which `total` units have to be done, if that is known.
    pub(crate) fn new(total: Option<u64>) -> Self {
        let template = if total.is_some() {
            "{wide_bar} {percent}% {msg}, {eta} left"
        } else {
            "{spinner} {msg}"
        };
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        // A template that is wrong is found by the tests; the bar goes on without.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self {
            bar,
            began: Instant::now(),
            carts: 0,
        }
    }

    /// Whether anybody sees it.
    pub(crate) fn is_visible(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// So many more carts are done, which brings the work to `position` units.
    pub(crate) fn advance(&mut self, carts: u64, position: u64) {
        self.carts += carts;
        self.bar.set_position(position);
        let rate = self.rate();
        self.bar
            .set_message(format!("{} carts, {rate}/s", self.carts));
    }

    /// The carts that are done.
    pub(crate) fn carts(&self) -> u64 {
        self.carts
    }

    /// The time since the work began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Carts per second.
    pub(crate) fn rate(&self) -> u64 {
        let milliseconds = self.elapsed().as_millis().max(1);
        let rate = u128::from(self.carts) * 1_000 / milliseconds;
        u64::try_from(rate).unwrap_or(u64::MAX)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
