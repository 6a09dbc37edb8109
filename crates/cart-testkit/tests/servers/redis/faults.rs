//! What a Redis server has to live through.

use cart_testkit::servers::{Options, Redis, Server, ServerError};

use super::{start, value};
use crate::acts;

#[tokio::test]
async fn acknowledged_writes_survive_kills() {
    let server = start(Options::new()).await;
    for kill in 1..=3 {
        server.command(&["INCR", "cart"]).await.unwrap();
        server.kill().unwrap();
        server.kill().unwrap();
        let dead = server.command(&["PING"]).await;
        assert!(dead.is_err(), "it answers after its death");
        let url = server.url();
        server.restart().await.unwrap();
        assert_eq!(server.url(), url);
        assert_eq!(value(&server, "cart").await, kill.to_string());
    }
}

#[tokio::test]
async fn client_of_a_stopped_server_waits() {
    let server = start(Options::new()).await;
    server.stop().unwrap();
    let answer = server.command(&["ECHO", "7"]);
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

async fn value_after_power_cut(server: &Redis) -> String {
    server.cut_power().await.unwrap();
    server.restart().await.unwrap();
    value(server, "cart").await
}

#[tokio::test]
async fn power_cut_takes_what_was_not_synced_and_nothing_else() {
    let server = start(Options::new().power_cuts()).await;
    for cut in 1..=3 {
        server.command(&["INCR", "cart"]).await.unwrap();
        assert_eq!(value_after_power_cut(&server).await, cut.to_string());
    }
    // From now on it never syncs by itself.
    let lazy = ["CONFIG", "SET", "appendfsync", "no"];
    server.command(&lazy).await.unwrap();
    server.command(&["INCR", "cart"]).await.unwrap();
    assert_eq!(value(&server, "cart").await, "4");
    assert_eq!(value_after_power_cut(&server).await, "3");
}

#[tokio::test]
async fn power_cut_under_writers_takes_nothing_that_was_acknowledged() {
    let server = start(Options::new().power_cuts()).await;
    acts::keeps_what_it_acknowledged(
        server,
        |server, number| {
            Box::pin(async move { server.command(&["SADD", "cart", &number.to_string()]).await })
        },
        |server| Box::pin(async move { server.command(&["SMEMBERS", "cart"]).await }),
    )
    .await;
}

/// Writes until the disk is full, and says how many were acknowledged and how the last one failed.
async fn fill(server: &Redis) -> (u32, ServerError) {
    server.fill_disk().unwrap();
    let value = "x".repeat(1000);
    for acknowledged in 0..10_000 {
        let write = server.command(&["RPUSH", "cart", &value]).await;
        if let Err(error) = write {
            return (acknowledged, error);
        }
    }
    panic!("the disk is never full");
}

async fn goes_on_with(server: &Redis, acknowledged: u32) {
    server.free_disk().unwrap();
    server.restart().await.unwrap();
    let length = server.command(&["LLEN", "cart"]).await.unwrap();
    assert!(length.parse::<u32>().unwrap() >= acknowledged);
    server.command(&["RPUSH", "cart", "x"]).await.unwrap();
}

#[tokio::test]
async fn full_disk_ends_a_server_that_syncs_always_and_nothing_is_lost() {
    let options = Options::new().durable().disk(8 << 20);
    if !crate::acts::is_root() {
        let error = Redis::start(options).await.unwrap_err();
        assert!(error.to_string().contains("only root"), "{error}");
        return;
    }
    let server = start(options).await;
    let (acknowledged, error) = fill(&server).await;
    assert!(matches!(error, ServerError::Process { .. }), "{error}");
    assert!(
        server
            .log_tail()
            .contains("Can't recover from AOF write error"),
        "{}",
        server.log_tail()
    );
    goes_on_with(&server, acknowledged).await;
}

#[tokio::test]
async fn full_disk_makes_others_refuse_writes_until_it_has_room() {
    let options = Options::new().disk(8 << 20);
    if !crate::acts::is_root() {
        let error = Redis::start(options).await.unwrap_err();
        assert!(error.to_string().contains("only root"), "{error}");
        return;
    }
    let server = start(options).await;
    let (_, error) = fill(&server).await;
    assert!(error.to_string().contains("MISCONF"), "{error}");
    let length = server.command(&["LLEN", "cart"]).await.unwrap();
    assert!(length.parse::<u32>().unwrap() > 0, "it answers reads");
}
