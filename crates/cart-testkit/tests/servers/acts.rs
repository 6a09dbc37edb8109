//! What servers have to live through.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cart_testkit::servers::{Result, Server, ServerError, SqlServer};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub(crate) async fn count(server: &dyn SqlServer) -> Result<u32> {
    Ok(server.sql("SELECT count(*) FROM t").await?.parse().unwrap())
}

pub(crate) async fn survives_kills(server: &dyn SqlServer) {
    server.sql("CREATE TABLE t (n int)").await.unwrap();
    for kill in 0..3 {
        server.sql("INSERT INTO t VALUES (1)").await.unwrap();
        server.kill().unwrap();
        server.kill().unwrap();
        assert!(
            server.sql("SELECT 1").await.is_err(),
            "it answers after its death"
        );
        let url = server.url();
        server.restart().await.unwrap();
        assert_eq!(server.url(), url);
        assert_eq!(count(server).await.unwrap(), kill + 1);
    }
}

/// A client of a stopped server waits, and gets its answer once the server goes on.
pub(crate) async fn stops_and_resumes(server: &dyn SqlServer) {
    server.stop().unwrap();
    let answer = server.sql("SELECT 7");
    tokio::pin!(answer);
    // The future is polled, and so the client started, before the server goes on.
    tokio::select! {
        biased;
        early = &mut answer => panic!("a stopped server answered {early:?}"),
        () = tokio::task::yield_now() => {}
    }
    server.resume().unwrap();
    assert_eq!(answer.await.unwrap(), "7");
    server.kill().unwrap();
    assert!(matches!(server.stop(), Err(ServerError::Lacking(_))));
}

/// What is in the table after a power cut.
pub(crate) async fn rows_after_power_cut(server: &dyn SqlServer) -> u32 {
    server.cut_power().await.unwrap();
    server.restart().await.unwrap();
    count(server).await.unwrap()
}

/// What a server answers to one command.
type Answer = Pin<Box<dyn Future<Output = Result<String>> + Send>>;

/// Cuts the power while several clients write rows, and looks for each whose write was acknowledged.
pub(crate) async fn keeps_rows(server: impl SqlServer + 'static) {
    server.sql("CREATE TABLE t (n int)").await.unwrap();
    keeps_what_it_acknowledged(
        server,
        |server, number| {
            let write = format!("INSERT INTO t VALUES ({number})");
            Box::pin(async move { server.sql(&write).await })
        },
        |server| Box::pin(async move { server.sql("SELECT n FROM t").await }),
    )
    .await;
}

/// Cuts the power while several clients `write` numbers, and looks for each whose write was
/// acknowledged in what `read` gives, a line for each.
pub(crate) async fn keeps_what_it_acknowledged<S: Server + 'static>(
    server: S,
    write: fn(Arc<S>, u32) -> Answer,
    read: fn(Arc<S>) -> Answer,
) {
    let server = Arc::new(server);
    let numbers = Arc::new(AtomicU32::new(0));
    let mut acknowledged = HashSet::new();
    for _ in 0..3 {
        let (acknowledge, mut acknowledgements) = mpsc::unbounded_channel();
        let mut writers = JoinSet::new();
        for _ in 0..4 {
            let (server, numbers) = (Arc::clone(&server), Arc::clone(&numbers));
            let acknowledge = acknowledge.clone();
            writers.spawn(async move {
                loop {
                    let number = numbers.fetch_add(1, Ordering::Relaxed);
                    if write(Arc::clone(&server), number).await.is_err() {
                        break;
                    }
                    acknowledge.send(number).unwrap();
                }
            });
        }
        drop(acknowledge);
        for _ in 0..100 {
            acknowledged.insert(acknowledgements.recv().await.unwrap());
        }
        server.cut_power().await.unwrap();
        while let Some(number) = acknowledgements.recv().await {
            acknowledged.insert(number);
        }
        writers.join_all().await;
        server.restart().await.unwrap();
        let kept = read(Arc::clone(&server)).await.unwrap();
        let kept: HashSet<u32> = kept.lines().map(|line| line.parse().unwrap()).collect();
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        assert!(lost.is_empty(), "{} writes are lost: {lost:?}", lost.len());
    }
}

/// Writes until the disk is full, and again once it has room.
pub(crate) async fn survives_a_full_disk(server: &dyn SqlServer, write: &str) {
    server.sql("CREATE TABLE t (n text)").await.unwrap();
    server.fill_disk().unwrap();
    let mut acknowledged = 0;
    let complaint = loop {
        assert!(acknowledged < 10_000, "the disk is never full");
        match server.sql(write).await {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(complaint, ServerError::Refused { .. }),
        "{complaint}"
    );
    server.free_disk().unwrap();
    server.restart().await.unwrap();
    assert!(count(server).await.unwrap() >= acknowledged);
    server.sql(write).await.unwrap();
}

/// The folder of a server is gone, and so are its processes, once its handle is.
pub(crate) fn leaves_nothing_behind(server: impl Server) {
    let folder = server.socket().parent().unwrap().to_owned();
    assert!(is_used(&folder), "nobody runs in {}", folder.display());
    drop(server);
    assert!(!folder.exists());
    assert!(
        !is_used(&folder),
        "somebody still runs in {}",
        folder.display()
    );
}

/// Whether a process names the folder on its command line.
pub(crate) fn is_used(folder: &Path) -> bool {
    let folder = folder.to_str().unwrap().as_bytes();
    let names_it = |line: &Vec<u8>| line.windows(folder.len()).any(|part| part == folder);
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .any(|line| names_it(&line))
}

/// Whether this process may do what only root may.
pub(crate) fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output().unwrap();
    user.stdout == b"0\n"
}
