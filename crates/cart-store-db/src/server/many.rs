//! Many records at once, for copies.

use cart_core::{Error, Operation, Result, SaveRequest, Timestamp, Verdict};

use super::connection::Connection;
use super::driver::Server;
use super::failure::{Cause, Failure};
use super::save::{ATTEMPTS, judge, save};
use super::statements::{Statements, Writing};
use super::store::ServerCartStore;
use super::transaction;

/// How many records share a transaction.
const BATCH: usize = 200;

impl<S: Server> ServerCartStore<S> {
    /// Stores the records of `batch`, each on its own, a part of them at a time.
    pub(super) async fn try_save_many(
        &self,
        batch: &[SaveRequest],
    ) -> Result<Vec<Result<()>>, Failure> {
        let failed = self.failed(Operation::SaveMany);
        let mut answers: Vec<Option<Result<()>>> = batch.iter().map(|_| None).collect();
        let mut fitting = Vec::with_capacity(batch.len());
        for (index, request) in batch.iter().enumerate() {
            match self.check_size(&request.record) {
                Ok(()) => fitting.push(index),
                Err(failure) => answers[index] = Some(Err(failed(failure))),
            }
        }
        // In the order of the keys, so that two copies wait in a queue and not for each other.
        fitting.sort_by(|a, b| batch[*a].key.cmp(&batch[*b].key));
        for indexes in fitting.chunks(BATCH) {
            let requests: Vec<&SaveRequest> = indexes.iter().map(|index| &batch[*index]).collect();
            match self.try_save_batch(&requests).await {
                Ok(saved) => {
                    for (index, answer) in indexes.iter().zip(saved) {
                        answers[*index] = Some(answer.map_err(|error| failed(error.into())));
                    }
                }
                // Something can be said of those before.
                Err(failure) => {
                    for index in indexes {
                        answers[*index] = Some(Err(failed(failure.repeated().into())));
                    }
                }
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    async fn try_save_batch(&self, batch: &[&SaveRequest]) -> Result<Vec<Result<()>>, Failure> {
        let deadline = self.deadline();
        let mut pooled = self.shared.pool.take(deadline).await?;
        let saved = save_batch(&mut pooled.connection, self.statements(), batch, self.now());
        let saved = deadline.bound(saved).await;
        pooled.end(saved)
    }
}

/// Stores the records of `batch`, each on its own, and tells the answer for each.
///
/// # Errors
///
/// What concerns all of them alike.
async fn save_batch<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    batch: &[&SaveRequest],
    now: Timestamp,
) -> Result<Vec<Result<(), Error>>, Failure> {
    let first = together(connection, statements, batch, now).await;
    let written = match first {
        Ok(written) => written,
        Err(failure) if failure.cause == Cause::Lost => return Err(failure),
        // One of them spoils it for the others: each on its own then.
        Err(_) => vec![None; batch.len()],
    };
    let mut answers = Vec::with_capacity(batch.len());
    for (request, written) in batch.iter().zip(written) {
        let done = match written {
            Some(true) => Ok(()),
            Some(false) => settle(connection, statements, request, now).await,
            None => save(connection, statements, request, now).await,
        };
        match done {
            Err(failure) if failure.cause == Cause::Lost => return Err(failure),
            done => answers.push(done.map_err(Failure::into_error)),
        }
    }
    Ok(answers)
}

/// Answers for a record whose write found its expectation not to hold.
async fn settle<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    request: &SaveRequest,
    now: Timestamp,
) -> Result<(), Failure> {
    let was_all = statements.writes(request.expect).len() == 1;
    if was_all && judge(connection, statements, request, now).await? == Verdict::Keep {
        return Ok(());
    }
    save(connection, statements, request, now).await
}

/// Makes the first write for each record, all in one transaction, and tells for each whether it
/// wrote; nothing where there was none to make.
async fn together<C: Connection>(
    connection: &mut C,
    statements: &Statements,
    batch: &[&SaveRequest],
    now: Timestamp,
) -> Result<Vec<Option<bool>>, Failure> {
    let mut writes = Vec::with_capacity(batch.len());
    let mut of = Vec::with_capacity(batch.len());
    for (index, request) in batch.iter().enumerate() {
        let writing = Writing::of(request, now);
        if let Some(write) = statements.writes(request.expect).first()
            && !writing.is_expected()
        {
            writes.push((&*write.text, write.values(&writing)));
            of.push(index);
        }
    }
    let mut attempt = 0;
    let rows = loop {
        transaction::begin(connection).await?;
        let done = connection.execute_all(&writes).await;
        match transaction::end(connection, done).await {
            Err(failure) if failure.cause == Cause::Collision && attempt < ATTEMPTS => {
                transaction::pause(attempt).await;
                attempt += 1;
            }
            done => break done?,
        }
    };
    let mut written = vec![None; batch.len()];
    for (index, rows) in of.into_iter().zip(rows) {
        written[index] = Some(rows > 0);
    }
    Ok(written)
}
