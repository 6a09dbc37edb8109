use std::thread;

use cart_core::{Error, ErrorKind};
use diesel::Connection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::*;
use crate::sqlite::end::End;

fn start(config: &SqliteConfig, connections: usize) -> (Readers, End) {
    let connections = (0..connections)
        .map(|_| SqliteConnection::establish(":memory:").expect("a database"))
        .collect();
    let (end, alive) = End::new();
    let readers = Readers::start(connections, config, &alive).expect("readers");
    (readers, end)
}

/// The name of the thread that does the work.
#[expect(clippy::unnecessary_wraps, reason = "work can fail")]
fn place(_connection: &mut SqliteConnection) -> Result<Option<String>, Failure> {
    Ok(thread::current().name().map(str::to_owned))
}

fn busy() -> Failure {
    let message = Box::new("database is locked".to_owned());
    DieselError::DatabaseError(DatabaseErrorKind::Unknown, message).into()
}

const READER: &str = "cart-sqlite-reader";

#[tokio::test]
async fn short_reads_stay_where_they_are_and_long_ones_go_to_a_thread() {
    let here = thread::current().name().map(str::to_owned);
    let (readers, _end) = start(&SqliteConfig::memory(), 1);
    let short = readers.run(Extent::Short, place).await;
    assert_eq!(short.expect("an answer"), here);
    let long = readers.run(Extent::Long, place).await;
    assert_eq!(long.expect("an answer").as_deref(), Some(READER));

    let (readers, _end) = start(&SqliteConfig::memory().with_inline_reads(false), 1);
    let short = readers.run(Extent::Short, place).await;
    assert_eq!(short.expect("an answer").as_deref(), Some(READER));
}

#[tokio::test]
async fn what_is_in_the_way_is_waited_for_on_a_thread() {
    let (readers, _end) = start(&SqliteConfig::memory(), 1);
    let mut tries = 0;
    let work = move |connection: &mut SqliteConnection| {
        tries += 1;
        if tries < 4 {
            return Err(busy());
        }
        place(connection)
    };
    let answer = readers.run(Extent::Short, work).await;
    assert_eq!(answer.expect("an answer").as_deref(), Some(READER));

    let impatient = SqliteConfig::memory().with_busy_timeout(Duration::ZERO);
    let (readers, _end) = start(&impatient, 1);
    let work = |_: &mut SqliteConnection| -> Result<(), Failure> { Err(busy()) };
    let error = readers.run(Extent::Short, work).await.expect_err("busy");
    assert_eq!(error.kind(), ErrorKind::Busy);
}

#[tokio::test]
async fn connections_come_back_whatever_happens() {
    let (readers, _end) = start(&SqliteConfig::memory(), 2);
    for extent in [Extent::Short, Extent::Long] {
        for _ in 0..10 {
            let refused = |_: &mut SqliteConnection| -> Result<(), Failure> {
                Err(Error::new(ErrorKind::Corrupt, "refused").into())
            };
            readers.run(extent, refused).await.expect_err("refused");
            // Dropped before its answer.
            let mut read = Box::pin(readers.run(extent, place));
            let _polled = poll_once(&mut read).await;
        }
    }
    let reads = [(); 5].map(|()| readers.run(Extent::Long, place));
    for read in reads {
        read.await.expect("a connection");
    }
}

/// Polls a future once.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context))
    })
    .await
}

#[tokio::test]
async fn the_threads_end_when_what_was_begun_is_done() {
    let (readers, end) = start(&SqliteConfig::memory(), 2);
    let (began, begins) = oneshot::channel();
    let (go_on, goes_on) = mpsc::channel::<()>();
    let mut began = Some(began);
    let work = move |_: &mut SqliteConnection| {
        let _watched = began.take().map(|began| began.send(()));
        Ok(goes_on.recv().is_ok())
    };
    let mut read = Box::pin(readers.run(Extent::Long, work));
    assert!(poll_once(&mut read).await.is_pending());
    begins.await.expect("it begins");
    drop(read);
    drop(readers);
    let mut reached = Box::pin(end.reached());
    assert!(poll_once(&mut reached).await.is_pending());
    go_on.send(()).expect("it waits");
    reached.await;
}
