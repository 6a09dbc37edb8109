//! How long a piece of code kept its thread asleep.

use std::time::{Duration, Instant};

/// Runs `work` and tells how long its thread slept meanwhile: waited for a disk, a lock or another
/// thread.
///
/// Time without a processor to run on doesn't count, or a busy machine would look like code that
/// blocks. Only Linux tells the two apart; elsewhere all the time counts.
pub(crate) fn asleep_during<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let (start, before) = (Instant::now(), awake());
    let done = work();
    let awake = awake().saturating_sub(before);
    (done, start.elapsed().saturating_sub(awake))
}

/// How long this thread has run or waited to run.
fn awake() -> Duration {
    let read = std::fs::read_to_string("/proc/thread-self/schedstat");
    let text = read.unwrap_or_default();
    let nanoseconds = text.split_whitespace().take(2);
    let sum = nanoseconds
        .filter_map(|number| number.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(sum)
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
