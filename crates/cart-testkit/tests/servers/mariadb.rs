//! MariaDB.

use std::path::Path;
use std::process::Command;

use cart_testkit::servers::{Certificate, MariaDb, Options, Server, ServerError, SqlServer};

use crate::acts;

async fn start(options: Options) -> MariaDb {
    MariaDb::start(options).await.unwrap()
}

/// Runs a statement over TCP, as the account that owns the database.
fn over_tcp(server: &dyn Server, arguments: &[&str], statement: &str) -> Result<String, String> {
    let port = server.address().unwrap().port();
    let output = Command::new("mariadb")
        .args([
            "--no-defaults",
            "-BN",
            "-h",
            "127.0.0.1",
            "-u",
            "cart",
            "cart",
        ])
        .args(["-P", &port.to_string(), "-e", statement])
        .args(arguments)
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
    let commit = "SELECT @@innodb_flush_log_at_trx_commit";
    let server = start(Options::new()).await;
    assert_eq!(server.sql(commit).await.unwrap(), "2");
    let durable = start(Options::new().durable()).await;
    assert_eq!(durable.sql(commit).await.unwrap(), "1");
    let set = start(Options::new().setting("innodb-flush-log-at-trx-commit", "0")).await;
    assert_eq!(set.sql(commit).await.unwrap(), "0");
}

#[tokio::test]
async fn setting_that_does_not_exist_is_an_error_with_the_log() {
    let error = MariaDb::start(Options::new().setting("no-such-setting", "1")).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ServerError::Died { .. }));
    assert!(error.to_string().contains("no-such-setting"), "{error}");
}

#[tokio::test]
async fn tcp_asks_for_the_password() {
    let server = start(Options::new().tcp()).await;
    assert_eq!(over_tcp(&server, &["-pcart"], "SELECT 1").unwrap(), "1");
    let wrong = over_tcp(&server, &["-pwrong"], "SELECT 1").unwrap_err();
    assert!(wrong.contains("Access denied"), "{wrong}");
}

#[tokio::test]
async fn account_of_applications_owns_its_databases_and_nothing_else() {
    let server = start(Options::new().tcp()).await;
    let database = server.create_database().await.unwrap();
    assert_ne!(server.create_database().await.unwrap(), database);
    let table = format!("CREATE TABLE {database}.t (n int)");
    over_tcp(&server, &["-pcart"], &table).unwrap();
    let refused = over_tcp(&server, &["-pcart"], "CREATE USER another").unwrap_err();
    assert!(refused.contains("Access denied"), "{refused}");
}

/// Asks for the version of TLS, over a connection whose certificate was checked.
fn over_tls(server: &MariaDb, authority: &Path) -> Result<String, String> {
    let authority = format!("--ssl-ca={}", authority.display());
    let arguments = ["-pcart", "--ssl-verify-server-cert", &authority];
    over_tcp(server, &arguments, "SHOW STATUS LIKE 'Ssl_version'")
}

#[tokio::test]
async fn only_its_own_authority_vouches_for_it() {
    let server = start(Options::new().tls()).await;
    let another = start(Options::new().tls()).await;
    let version = over_tls(&server, server.authority().unwrap()).unwrap();
    assert!(version.contains("TLSv1."), "{version}");
    let refused = over_tls(&server, another.authority().unwrap()).unwrap_err();
    assert!(refused.contains("in certificate chain"), "{refused}");
}

#[tokio::test]
async fn bad_certificates_are_bad() {
    for certificate in [Certificate::Expired, Certificate::AnotherHost] {
        let server = start(Options::new().tls_with(certificate)).await;
        let refused = over_tls(&server, server.authority().unwrap()).unwrap_err();
        assert!(refused.contains("certificate"), "{refused}");
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
    let refused = over_tcp(&replica, &["-pcart"], "DELETE FROM t").unwrap_err();
    assert!(refused.contains("--read-only"), "{refused}");
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
    replica.pause_replay().await.unwrap();
    primary.sql("INSERT INTO t VALUES (2)").await.unwrap();
    assert_eq!(acts::count(&replica).await.unwrap(), 1);
    replica.resume_replay().await.unwrap();
    replica.catch_up(&primary).await.unwrap();
    assert_eq!(acts::count(&replica).await.unwrap(), 2);
}

#[tokio::test]
async fn power_cut_takes_what_was_not_synced_and_nothing_else() {
    let server = start(Options::new().power_cuts()).await;
    server.sql("CREATE TABLE t (n int)").await.unwrap();
    for cut in 1..=3 {
        server
            .sql("INSERT INTO t VALUES (1), (2), (3)")
            .await
            .unwrap();
        assert_eq!(acts::rows_after_power_cut(&server).await, cut * 3);
    }
    let lazy = Options::new()
        .power_cuts()
        .setting("innodb-flush-log-at-trx-commit", "0")
        // Nor does it sync a second later by itself.
        .setting("innodb-flush-log-at-timeout", "2700");
    let lazy = start(lazy).await;
    lazy.sql("CREATE TABLE t (n int)").await.unwrap();
    // What defines a table is synced in any case, and what was written before goes with it.
    lazy.sql("CREATE TABLE u (n int); INSERT INTO t VALUES (1)")
        .await
        .unwrap();
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
        let error = MariaDb::start(options).await.unwrap_err();
        assert!(error.to_string().contains("only root"), "{error}");
        return;
    }
    let write = "INSERT INTO t SELECT repeat('x', 1000) FROM seq_1_to_2000";
    acts::survives_a_full_disk(&start(options).await, write).await;
}
