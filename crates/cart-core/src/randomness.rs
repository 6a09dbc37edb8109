//! Where random numbers come from.

use std::fmt;

/// Gives random numbers: write ids, guest tokens, jitter.
///
/// Handed in like the [`Clock`](crate::Clock), so that tests can repeat a run.
pub trait Randomness: fmt::Debug + Send + Sync + 'static {
    /// The next 64 random bits.
    fn next(&self) -> u64;
}

/// The random numbers of the operating system, fit for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn next(&self) -> u64 {
        #[expect(
            clippy::expect_used,
            reason = "a system that gives no random numbers can't run a shop safely: every token would be guessable"
        )]
        getrandom::u64().expect("the operating system gives random numbers")
    }
}
