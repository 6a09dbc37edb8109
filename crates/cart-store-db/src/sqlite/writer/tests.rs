use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cart_core::{Error, ErrorKind};
use diesel::connection::InstrumentationEvent;
use diesel::sql_types::Integer;
use diesel::{Connection, RunQueryDsl};

use super::*;

fn writer(commits: &Arc<AtomicUsize>) -> Writer {
    let mut connection = SqliteConnection::establish(":memory:").expect("a database");
    connection
        .batch_execute("CREATE TABLE t (n INTEGER CHECK (n < 100))")
        .expect("a table");
    let commits = Arc::clone(commits);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::FinishQuery {
            query, error: None, ..
        } = event
            && query.to_string() == "COMMIT"
        {
            commits.fetch_add(1, Ordering::Relaxed);
        }
    });
    Writer {
        connection,
        busy_timeout: Duration::ZERO,
        lock_timeout: Duration::ZERO,
    }
}

/// Serves what is queued, on a thread as in life, and returns when it is done.
fn serve(writer: Writer, orders: Orders) {
    let serving = std::thread::spawn(move || writer.serve(orders));
    serving.join().expect("no panic");
}

fn insert(
    number: i32,
) -> impl FnMut(&mut SqliteConnection) -> Result<(), Failure> + Send + 'static {
    move |connection| {
        let insert = diesel::sql_query("INSERT INTO t VALUES (?)");
        insert.bind::<Integer, _>(number).execute(connection)?;
        Ok(())
    }
}

fn count(connection: &mut SqliteConnection) -> Result<i64, Failure> {
    let count = diesel::dsl::sql::<diesel::sql_types::BigInt>("SELECT count(*) FROM t");
    Ok(count.get_result(connection)?)
}

#[tokio::test]
async fn what_waits_together_is_committed_together() {
    let commits = Arc::default();
    let writer = writer(&commits);
    let (queue, orders) = Queue::new();
    let mut answers = Vec::new();
    for _ in 0..=GROUP {
        answers.push(queue.queue(insert(1)).await.expect("a place in the queue"));
    }
    let counted = queue.queue(count).await.expect("a place in the queue");
    drop(queue);
    // Everything waits already when the writer starts: two groups.
    serve(writer, orders);
    for answer in answers {
        answer.answer().await.expect("a write");
    }
    assert_eq!(counted.answer().await.expect("a count"), 65);
    assert_eq!(commits.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_write_that_fails_harms_no_neighbour() {
    let writer = writer(&Arc::default());
    let (queue, orders) = Queue::new();
    let good = queue.queue(insert(1)).await.expect("a place");
    let bad = queue.queue(insert(100)).await.expect("a place");
    let refused = queue
        .queue(|_: &mut SqliteConnection| -> Result<(), Failure> {
            Err(Error::new(ErrorKind::Conflict, "refused by a rule").into())
        })
        .await
        .expect("a place");
    let also_good = queue.queue(insert(2)).await.expect("a place");
    let counted = queue.queue(count).await.expect("a place");
    drop(queue);
    serve(writer, orders);
    good.answer().await.expect("the first write");
    let error = bad.answer().await.expect_err("the check fails");
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    let error = refused.answer().await.expect_err("the rule refuses");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    also_good.answer().await.expect("the last write");
    assert_eq!(counted.answer().await.expect("a count"), 2);
}

#[tokio::test]
async fn a_write_that_nobody_waits_for_any_more_is_left_out_whole() {
    let writer = writer(&Arc::default());
    let (queue, orders) = Queue::new();
    drop(queue.queue(insert(1)).await.expect("a place"));
    let counted = queue.queue(count).await.expect("a place");
    drop(queue);
    serve(writer, orders);
    assert_eq!(counted.answer().await.expect("a count"), 0);
}

#[tokio::test]
async fn a_queue_without_a_thread_says_so() {
    let (queue, orders) = Queue::new();
    drop(orders);
    let error = queue.run(count).await.expect_err("no thread");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.retry_class(), RetryClass::NotApplied);
}
