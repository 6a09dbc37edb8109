//! Waiting for what doesn't announce itself.

use std::thread;
use std::time::{Duration, Instant};

use super::error::Result;

/// How long to do nothing between two looks.
const GLANCE: Duration = Duration::from_millis(1);

/// Looks until it is so, and says whether it was before `limit` had passed. It blocks.
pub(super) fn until(limit: Duration, mut is_so: impl FnMut() -> Result<bool>) -> Result<bool> {
    let start = Instant::now();
    while !is_so()? {
        if start.elapsed() > limit {
            return Ok(false);
        }
        thread::park_timeout(GLANCE);
    }
    Ok(true)
}
