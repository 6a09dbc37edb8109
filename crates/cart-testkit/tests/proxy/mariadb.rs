//! Before MariaDB.

use cart_testkit::proxy::{Fault, FaultProxy, MysqlWire};
use cart_testkit::servers::{MariaDb, Options, Server, SqlServer};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, OptsBuilder, Statement};

const UPDATE: &str = "UPDATE counters SET n = n + 1 WHERE id = ?";

async fn pair() -> (MariaDb, FaultProxy) {
    let server = MariaDb::start(Options::new().tcp()).await.unwrap();
    let table = "CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL);
                 INSERT INTO counters VALUES (1, 0)";
    server.sql(table).await.unwrap();
    let proxy = FaultProxy::to(server.address().unwrap())
        .speaking::<MysqlWire>()
        .start()
        .await
        .unwrap();
    (server, proxy)
}

/// A client with a prepared statement, which the counts don't show.
async fn client(proxy: &FaultProxy) -> (Conn, Statement) {
    let options = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(proxy.address().port())
        .user(Some("cart"))
        .pass(Some("cart"))
        .db_name(Some("cart"))
        .prefer_socket(false);
    let mut client = Conn::new(options).await.unwrap();
    let update = client.prep(UPDATE).await.unwrap();
    proxy.reset_counts();
    (client, update)
}

async fn increment(client: &mut Conn, update: &Statement) -> Result<(), Error> {
    client.exec_drop(update, (1,)).await
}

async fn count(server: &MariaDb) -> i32 {
    let rows = server.sql("SELECT n FROM counters").await.unwrap();
    rows.parse().unwrap()
}

#[tokio::test]
async fn each_command_with_an_answer_is_a_round_trip() {
    let (_server, proxy) = pair().await;
    let (mut client, update) = client(&proxy).await;
    increment(&mut client, &update).await.unwrap();
    assert_eq!(proxy.round_trips(), 1);

    // More packets than there are sequence ids.
    proxy.reset_counts();
    let rows: Vec<u32> = client.query("SELECT seq FROM seq_1_to_1000").await.unwrap();
    assert_eq!((rows.len(), proxy.round_trips()), (1_000, 1));

    proxy.reset_counts();
    client.close(update).await.unwrap();
    client.ping().await.unwrap();
    assert_eq!(proxy.round_trips(), 1);

    proxy.reset_counts();
    assert!(client.query_drop("no statement").await.is_err());
    assert_eq!(proxy.round_trips(), 1);
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn update_whose_reply_is_lost_is_applied_once() {
    let (server, proxy) = pair().await;
    let (mut watch, _) = client(&proxy).await;
    let lost = proxy.inject(Fault::cut_after_request().on("UPDATE"));
    for round in 1..=25 {
        let (mut client, update) = client(&proxy).await;
        let error = increment(&mut client, &update).await.unwrap_err();
        assert!(matches!(error, Error::Io(_)), "{error}");
        watch.query_drop("SELECT n FROM counters").await.unwrap();
        assert_eq!(count(&server).await, round);
    }
    assert_eq!(lost.end(), 25);
}

#[tokio::test]
async fn update_that_is_cut_off_is_not_applied() {
    let (server, proxy) = pair().await;
    let cut = proxy.inject(Fault::cut_before_request().on("UPDATE"));
    let (mut client, update) = client(&proxy).await;
    increment(&mut client, &update).await.unwrap_err();
    assert_eq!(count(&server).await, 0);
    assert_eq!(cut.end(), 1);
}
