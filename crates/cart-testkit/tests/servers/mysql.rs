//! MySQL, where it is: few systems have it.

use cart_testkit::servers::{MariaDb, Options, Server, ServerError, SqlServer};

use crate::acts;

/// The server, or nothing where there is no MySQL.
async fn start(options: Options) -> Option<MariaDb> {
    match MariaDb::start(options.mysql()).await {
        Ok(server) => Some(server),
        Err(error @ ServerError::Missing { .. }) => {
            let text = error.to_string();
            assert!(text.contains("CART_TESTKIT_MYSQL"), "{text}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn acknowledged_rows_survive_kills() {
    if let Some(server) = start(Options::new()).await {
        assert_eq!(server.name(), "mysql");
        let version = server.sql("SELECT VERSION()").await.unwrap();
        assert!(!version.contains("MariaDB"), "{version}");
        acts::survives_kills(&server).await;
    }
}

#[tokio::test]
async fn client_of_a_stopped_server_waits() {
    if let Some(server) = start(Options::new()).await {
        acts::stops_and_resumes(&server).await;
    }
}

#[tokio::test]
async fn nothing_is_left_behind() {
    if let Some(server) = start(Options::new()).await {
        acts::leaves_nothing_behind(server);
    }
}

#[tokio::test]
async fn applications_come_over_tls_too() {
    if let Some(server) = start(Options::new().tls()).await {
        assert!(server.tcp_url().unwrap().starts_with("mysql://cart:cart@"));
        assert!(server.authority().unwrap().is_file());
        let offered = "SELECT @@ssl_ca";
        let authority = server.authority().unwrap().display().to_string();
        assert_eq!(server.sql(offered).await.unwrap(), authority);
    }
}

#[tokio::test]
async fn what_it_can_not_do_is_said() {
    if !MariaDb::has_mysql() {
        return;
    }
    for options in [Options::new().replicated(), Options::new().power_cuts()] {
        let refused = MariaDb::start(options.mysql()).await.unwrap_err();
        assert!(matches!(refused, ServerError::Lacking(_)), "{refused}");
    }
}
