//! Before PostgreSQL.

use cart_testkit::proxy::{Fault, FaultProxy, PostgresWire};
use cart_testkit::servers::{Options, Postgres, Server, SqlServer};
use tokio_postgres::{Client, Config, Error, NoTls, Statement};

const UPDATE: &str = "UPDATE counters SET n = n + 1 WHERE id = $1 RETURNING n";

async fn pair() -> (Postgres, FaultProxy) {
    let server = Postgres::start(Options::new().tcp()).await.unwrap();
    let table = "CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL);
                 ALTER TABLE counters OWNER TO cart;
                 INSERT INTO counters VALUES (1, 0)";
    server.sql(table).await.unwrap();
    let proxy = FaultProxy::to(server.address().unwrap())
        .speaking::<PostgresWire>()
        .start()
        .await
        .unwrap();
    (server, proxy)
}

/// A client with a prepared statement, which the counts don't show.
async fn client(proxy: &FaultProxy) -> (Client, Statement) {
    let (client, connection) = Config::new()
        .host("127.0.0.1")
        .port(proxy.address().port())
        .user("cart")
        .password("cart")
        .dbname("cart")
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let update = client.prepare(UPDATE).await.unwrap();
    proxy.reset_counts();
    (client, update)
}

async fn increment(client: &Client, update: &Statement) -> Result<i32, Error> {
    Ok(client.query_one(update, &[&1]).await?.get(0))
}

async fn count(server: &Postgres) -> i32 {
    let rows = server.sql("SELECT n FROM counters").await.unwrap();
    rows.parse().unwrap()
}

#[tokio::test]
async fn each_wait_for_the_server_is_a_round_trip() {
    let (_server, proxy) = pair().await;
    let (mut client, update) = client(&proxy).await;
    increment(&client, &update).await.unwrap();
    assert_eq!(proxy.round_trips(), 1);

    proxy.reset_counts();
    client.simple_query("SELECT 1; SELECT 2").await.unwrap();
    assert_eq!(proxy.round_trips(), 1);

    proxy.reset_counts();
    let transaction = client.transaction().await.unwrap();
    transaction.query_one(&update, &[&1]).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(proxy.round_trips(), 3);

    proxy.reset_counts();
    // Dropped, it would be closed on the server: a round trip that nobody waits for.
    let _kept = client.prepare("SELECT 3").await.unwrap();
    assert_eq!(proxy.round_trips(), 1);

    proxy.reset_counts();
    let (first, second) = tokio::join!(increment(&client, &update), increment(&client, &update));
    assert_eq!((first.unwrap(), second.unwrap()), (3, 4));
    assert_eq!(proxy.round_trips(), 2);

    proxy.reset_counts();
    assert!(client.simple_query("no statement").await.is_err());
    assert_eq!(proxy.round_trips(), 1);
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn update_whose_reply_is_lost_is_applied_once() {
    let (server, proxy) = pair().await;
    let (watch, _) = client(&proxy).await;
    let lost = proxy.inject(Fault::cut_after_request().on("UPDATE"));
    for round in 1..=25 {
        let (client, update) = client(&proxy).await;
        let error = increment(&client, &update).await.unwrap_err();
        assert!(error.is_closed() || error.code().is_none(), "{error}");
        let seen = watch.simple_query("SELECT n FROM counters").await;
        assert!(seen.is_ok(), "another statement is spared");
        assert_eq!(count(&server).await, round);
    }
    assert_eq!(lost.end(), 25);
}

#[tokio::test]
async fn update_that_is_cut_off_is_not_applied() {
    let (server, proxy) = pair().await;
    let cut = proxy.inject(Fault::cut_before_request().on("UPDATE"));
    let (client, update) = client(&proxy).await;
    increment(&client, &update).await.unwrap_err();
    assert_eq!(count(&server).await, 0);
    assert_eq!(cut.end(), 1);
}

#[tokio::test]
async fn of_pipelined_updates_all_replies_from_the_lost_one_on_are_missing() {
    let (server, proxy) = pair().await;
    let (client, update) = client(&proxy).await;
    let lost = proxy.inject(Fault::cut_inside_reply(3).on("UPDATE").after(2));
    let (first, second, third, fourth) = tokio::join!(
        increment(&client, &update),
        increment(&client, &update),
        increment(&client, &update),
        increment(&client, &update),
    );
    assert_eq!((first.unwrap(), second.unwrap()), (1, 2));
    assert!(third.is_err() && fourth.is_err());
    assert!(count(&server).await >= 3);
    assert_eq!(lost.end(), 1);
}
