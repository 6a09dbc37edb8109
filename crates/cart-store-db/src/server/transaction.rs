//! Transactions, for the few calls that need one.

use std::time::Duration;

use cart_core::{Randomness, SystemRandomness};

use super::connection::Connection;
use super::failure::{Cause, Failure};

pub(super) async fn begin<C: Connection>(connection: &mut C) -> Result<(), Failure> {
    let begun = connection.batch("BEGIN").await;
    begun.map_err(Failure::without_effect)
}

/// Ends a transaction by what became of the work in it: all of it stays, or nothing.
pub(super) async fn end<C: Connection, T>(
    connection: &mut C,
    done: Result<T, Failure>,
) -> Result<T, Failure> {
    // Nothing is stored before the commit, so that its outcome alone can be unknown.
    let failure = match done.map_err(Failure::without_effect) {
        Ok(done) => return commit(connection).await.map(|()| done),
        Err(failure) => failure,
    };
    if failure.cause == Cause::Lost {
        return Err(failure);
    }
    match connection.batch("ROLLBACK").await {
        Ok(()) => Err(failure),
        Err(_) => Err(failure.on_a_lost_connection()),
    }
}

async fn commit<C: Connection>(connection: &mut C) -> Result<(), Failure> {
    match connection.batch("COMMIT").await {
        Err(failure) if failure.cause != Cause::Lost => {
            // The server has refused to commit: there is no transaction any more, or an end to it.
            let _already_ended = connection.batch("ROLLBACK").await;
            Err(failure)
        }
        done => done,
    }
}

/// Waits for a moment before the `attempt`-th try after a collision, so that those who collided
/// don't meet again.
pub(super) async fn pause(attempt: usize) {
    let most = 1_u64 << attempt.min(6);
    let millis = SystemRandomness.next() % (most + 1);
    #[expect(
        clippy::disallowed_methods,
        reason = "it waits for other transactions on the server, which know no clock of ours"
    )]
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
