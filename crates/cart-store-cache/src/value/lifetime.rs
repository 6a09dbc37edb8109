//! How long the server keeps a value.

use bytes::Bytes;
use cart_core::Timestamp;

/// How much longer than its record a value is kept, so that a clock that is late still finds what
/// its own time says is there.
const SLACK: i64 = 60_000;
/// What is to be kept for longer is kept without a limit; reads leave it out in time all the same.
const LONGEST: i64 = 100 * 365 * 24 * 60 * 60 * 1_000;
/// Up to here the server's numbers are whole.
const EXACT: i64 = 1 << 53;

/// How long a value is kept, in the words of the scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// In milliseconds from now; empty for a value that stays.
    pub(crate) milliseconds: Bytes,
    /// The place in the index: the moment of expiry.
    pub(crate) score: Bytes,
}

impl Lifetime {
    /// The lifetime of what expires at `expires_at`, counted from `now`.
    ///
    /// The server is told how long, never until when: it may tell another time.
    pub(crate) fn until(expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        let Some(expires_at) = expires_at else {
            return Self {
                milliseconds: Bytes::new(),
                score: Bytes::from_static(b"+inf"),
            };
        };
        let remaining = expires_at.as_millis().saturating_sub(now.as_millis());
        let milliseconds = if remaining < LONGEST {
            (remaining.max(0) + SLACK).to_string().into()
        } else {
            Bytes::new()
        };
        let score = match expires_at.as_millis() {
            millis if millis > EXACT => Bytes::from_static(b"+inf"),
            millis => millis.max(-EXACT).to_string().into(),
        };
        Self {
            milliseconds,
            score,
        }
    }
}

/// Up to which place in the index nothing is left at `now`.
pub(crate) fn purged_before(now: Timestamp) -> Bytes {
    let before = now.as_millis().saturating_sub(SLACK);
    before.clamp(-EXACT, EXACT).to_string().into()
}
