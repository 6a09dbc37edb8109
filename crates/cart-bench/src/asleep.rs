//! How long a piece of code kept its thread asleep.

use std::time::{Duration, Instant};

/// Runs `work` and tells how long its thread slept meanwhile: waited for a disk, a lock or another
/// thread.
///
/// Time without a processor to run on doesn't count, or a busy machine would look like code that
/// blocks. Only Linux tells the two apart; elsewhere all the time counts.
pub(crate) fn asleep_during<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    // The clock is read last and first: a wait for a processor in between counts as such.
    let (before, start) = (awake(), Instant::now());
    let done = work();
    let took = start.elapsed();
    let awake = awake().saturating_sub(before);
    (done, took.saturating_sub(awake))
}

/// How long this thread has run or waited to run.
#[cfg(target_os = "linux")]
fn awake() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    // The scheduler's own table tells the first only as of the last tick.
    let ran = clock_gettime(ClockId::ThreadCPUTime);
    let ran = Duration::try_from(ran).unwrap_or_default();
    let read = std::fs::read_to_string("/proc/thread-self/schedstat");
    let text = read.unwrap_or_default();
    let waited = text.split_whitespace().nth(1);
    let waited = waited.and_then(|number| number.parse().ok());
    ran + Duration::from_nanos(waited.unwrap_or_default())
}

#[cfg(not(target_os = "linux"))]
fn awake() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn waiting_counts() {
        let (_sender, receiver) = mpsc::channel::<()>();
        let wait = Duration::from_millis(50);
        let (_, asleep) = asleep_during(|| receiver.recv_timeout(wait));
        assert!(asleep > wait / 2, "{asleep:?}");
    }
}
