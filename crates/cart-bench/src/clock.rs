//! One clock for all processes.

#[cfg(target_os = "linux")]
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The machine's monotonic clock, in nanoseconds.
pub(crate) fn monotonic() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let nanoseconds = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec);
    u64::try_from(nanoseconds).unwrap_or(u64::MAX)
}

/// Lets time pass for a server, which has a clock of its own.
#[cfg(target_os = "linux")]
#[expect(
    clippy::disallowed_methods,
    reason = "when a server syncs, no clock of ours decides"
)]
pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}
