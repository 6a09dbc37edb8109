//! PostgreSQL.

use std::path::Path;
use std::process::Command;

use cart_testkit::servers::{Certificate, Options, Postgres, Server, ServerError, SqlServer};

use crate::acts;

async fn start(options: Options) -> Postgres {
    Postgres::start(options).await.unwrap()
}

/// Runs `psql` on a URL, with a certificate to trust if there is one.
fn psql(url: &str, statement: &str) -> Result<String, String> {
    let output = Command::new("psql")
        .args(["-X", "-A", "-t", "-c", statement, url])
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

#[tokio::test]
async fn acknowledged_rows_survive_kills() {
    acts::survives_kills(&start(Options::new()).await).await;
}

#[tokio::test]
async fn client_of_a_stopped_server_waits() {
    acts::stops_and_resumes(&start(Options::new()).await).await;
}

#[tokio::test]
async fn nothing_is_left_behind() {
    acts::leaves_nothing_behind(start(Options::new()).await);
}

#[tokio::test]
async fn setting_goes_over_the_defaults() {
    let server = start(Options::new().setting("shared_buffers", "24MB")).await;
    assert_eq!(server.sql("SHOW shared_buffers").await.unwrap(), "24MB");
    assert_eq!(server.sql("SHOW fsync").await.unwrap(), "off");
    let durable = start(Options::new().durable()).await;
    assert_eq!(durable.sql("SHOW fsync").await.unwrap(), "on");
    assert_eq!(durable.sql("SHOW synchronous_commit").await.unwrap(), "on");
}

#[tokio::test]
async fn setting_that_does_not_exist_is_an_error_with_the_log() {
    let error = Postgres::start(Options::new().setting("no_such_setting", "1")).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ServerError::Died { .. }));
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[tokio::test]
async fn tcp_asks_for_the_password_and_the_socket_does_not() {
    let server = start(Options::new().tcp()).await;
    for url in [server.url(), server.tcp_url().unwrap()] {
        assert_eq!(psql(&url, "SELECT current_user").unwrap(), "cart");
    }
    let wrong = server.tcp_url().unwrap().replace(":cart@", ":wrong@");
    let wrong = psql(&wrong, "SELECT 1").unwrap_err();
    assert!(wrong.contains("password authentication failed"), "{wrong}");
}

#[tokio::test]
async fn account_of_applications_owns_its_databases_and_nothing_else() {
    let server = start(Options::new()).await;
    let [one, two] = [
        server.create_database().await.unwrap(),
        server.create_database().await.unwrap(),
    ];
    assert_ne!(one, two);
    for database in [&one, &two] {
        let url = server.url_of(database);
        psql(&url, "CREATE SCHEMA s CREATE TABLE t (n int)").unwrap();
    }
    let refused = psql(&server.url(), "CREATE ROLE another").unwrap_err();
    assert!(refused.contains("permission denied"), "{refused}");
}

/// Asks whether the connection is encrypted, over one whose certificate was checked.
fn over_tls(server: &Postgres, authority: &Path) -> Result<String, String> {
    let url = server.tcp_url().unwrap();
    let authority = authority.display();
    let url = format!("{url}?sslmode=verify-full&sslrootcert={authority}");
    psql(
        &url,
        "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    )
}

#[tokio::test]
async fn only_its_own_authority_vouches_for_it() {
    let server = start(Options::new().tls()).await;
    let another = start(Options::new().tls()).await;
    assert_eq!(over_tls(&server, server.authority().unwrap()).unwrap(), "t");
    let refused = over_tls(&server, another.authority().unwrap()).unwrap_err();
    assert!(refused.contains("certificate verify failed"), "{refused}");
}

#[tokio::test]
async fn bad_certificates_are_bad() {
    for (certificate, complaint) in [
        (Certificate::Expired, "certificate verify failed"),
        (Certificate::AnotherHost, "does not match host name"),
    ] {
        let server = start(Options::new().tls_with(certificate)).await;
        let refused = over_tls(&server, server.authority().unwrap()).unwrap_err();
        assert!(refused.contains(complaint), "{refused}");
    }
}

#[tokio::test]
async fn replica_shows_what_its_primary_wrote_and_refuses_writes() {
    let primary = start(Options::new().replicated()).await;
    let replica = primary.replica().await.unwrap();
    primary
        .sql("CREATE TABLE t AS SELECT 1 AS n")
        .await
        .unwrap();
    replica.catch_up(&primary).await.unwrap();
    assert_eq!(acts::count(&replica).await.unwrap(), 1);
    let refused = replica.sql("DELETE FROM t").await.unwrap_err().to_string();
    assert!(refused.contains("read-only transaction"), "{refused}");
}

#[tokio::test]
async fn replica_follows_its_primary_through_a_restart() {
    let primary = start(Options::new().replicated()).await;
    let replica = primary.replica().await.unwrap();
    primary.restart().await.unwrap();
    primary
        .sql("CREATE TABLE t AS SELECT 1 AS n")
        .await
        .unwrap();
    replica.catch_up(&primary).await.unwrap();
    assert_eq!(acts::count(&replica).await.unwrap(), 1);
}

#[tokio::test]
async fn paused_replica_stays_behind_until_it_is_resumed() {
    let primary = start(Options::new().replicated()).await;
    primary
        .sql("CREATE TABLE t AS SELECT 1 AS n")
        .await
        .unwrap();
    let replica = primary.replica().await.unwrap();
    replica.catch_up(&primary).await.unwrap();
    replica.pause_replay().await.unwrap();
    primary.sql("INSERT INTO t VALUES (2)").await.unwrap();
    assert_eq!(acts::count(&replica).await.unwrap(), 1);
    replica.resume_replay().await.unwrap();
    replica.catch_up(&primary).await.unwrap();
    assert_eq!(acts::count(&replica).await.unwrap(), 2);
}

#[tokio::test]
async fn server_that_is_not_replicated_says_how_to_have_replicas() {
    let error = start(Options::new()).await.replica().await.unwrap_err();
    assert!(error.to_string().contains("Options::replicated"), "{error}");
}

#[tokio::test]
async fn power_cut_takes_what_was_not_synced_and_nothing_else() {
    let server = start(Options::new().power_cuts()).await;
    server
        .sql("CREATE TABLE t (n int); CHECKPOINT")
        .await
        .unwrap();
    for cut in 1..=3 {
        server
            .sql("INSERT INTO t SELECT generate_series(1, 100)")
            .await
            .unwrap();
        assert_eq!(acts::rows_after_power_cut(&server).await, cut * 100);
    }
    let lazy = start(
        Options::new()
            .power_cuts()
            .setting("synchronous_commit", "off")
            // Nor does it sync a little later by itself.
            .setting("wal_writer_delay", "10s")
            .setting("wal_writer_flush_after", "0"),
    )
    .await;
    lazy.sql("CREATE TABLE t (n int)").await.unwrap();
    lazy.sql("CHECKPOINT").await.unwrap();
    lazy.sql("INSERT INTO t VALUES (1)").await.unwrap();
    assert_eq!(acts::count(&lazy).await.unwrap(), 1);
    assert_eq!(acts::rows_after_power_cut(&lazy).await, 0);
}

#[tokio::test]
async fn power_cut_under_writers_takes_nothing_that_was_acknowledged() {
    acts::keeps_rows(start(Options::new().power_cuts()).await).await;
}

#[tokio::test]
async fn full_disk_is_an_error_that_passes() {
    let options = Options::new().durable().disk(96 << 20);
    if !acts::is_root() {
        let error = Postgres::start(options).await.unwrap_err();
        assert!(error.to_string().contains("only root"), "{error}");
        return;
    }
    let write = "INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 2000)";
    acts::survives_a_full_disk(&start(options).await, write).await;
}
