//! Locks on carts: a transaction that holds the row.

use async_trait::async_trait;
use cart_core::{CartKey, CartLock, Clock, Operation, Result, SaveRequest, Stored};

use super::connection::Connection;
use super::driver::Server;
use super::failure::Failure;
use super::pool::Pooled;
use super::read;
use super::save::save;
use super::statements::Statements;
use super::store::ServerCartStore;
use super::transaction;
use crate::value::Value;

/// A locked cart. Dropped, it closes its connection, and the server lets the next one in.
#[derive(Debug)]
pub(super) struct ServerLock<S: Server> {
    pub(super) store: ServerCartStore<S>,
    pub(super) pooled: Pooled<S>,
    pub(super) stored: Stored,
}

/// Begins a transaction that holds the row of `key`, or keeps the place where it would be.
pub(super) async fn lock<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    key: &CartKey,
    clock: &dyn Clock,
) -> Result<Stored, Failure> {
    transaction::begin(connection).await?;
    let held = hold(connection, statements, key, clock).await;
    match held.map_err(Failure::without_effect) {
        Ok(stored) => Ok(stored),
        failed => transaction::end(connection, failed).await,
    }
}

async fn hold<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    key: &CartKey,
    clock: &dyn Clock,
) -> Result<Stored, Failure> {
    let locked = &statements.load_locked;
    if let Some(record) = read::record(connection, locked, key).await? {
        return Ok(Stored::of(Some(record), clock.now()));
    }
    // A row that isn't there can't be locked: whoever wants to create it waits for this instead.
    let number = Value::Integer(number_of(&key.encode()));
    connection.execute(&statements.lock_key, &[number]).await?;
    let record = read::record(connection, locked, key).await?;
    Ok(Stored::of(record, clock.now()))
}

/// The number that stands for a text where numbers alone can be locked. Two texts of one number
/// only wait for each other.
pub(crate) fn number_of(text: &str) -> i64 {
    // FNV-1a, 64 bits.
    let number = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    number.cast_signed()
}

#[async_trait]
impl<S: Server> CartLock for ServerLock<S> {
    fn stored(&self) -> &Stored {
        &self.stored
    }

    async fn save(self: Box<Self>, request: &SaveRequest) -> Result<()> {
        let Self {
            store, mut pooled, ..
        } = *self;
        let done = match store.check_size(&request.record) {
            Ok(()) => {
                let deadline = store.deadline();
                let connection = &mut pooled.connection;
                let ended = async {
                    let (statements, now) = (store.statements(), store.now());
                    let saved = save(connection, statements, request, now).await;
                    transaction::end(connection, saved).await
                };
                deadline.bound(ended).await
            }
            // The transaction is open still: the connection goes with it.
            Err(failure) => Err(failure.on_a_lost_connection()),
        };
        let done = pooled.end(done);
        done.map_err(store.failed(Operation::Lock))
    }
}
