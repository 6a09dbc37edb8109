//! TLS.

use cart_core::{ErrorKind, RetryClass};
use cart_store_db::TlsMode;
use cart_testkit::servers::{Certificate, Options, Server as _};

use super::site::{Config, Server, assert_encrypted, require_encryption};
use super::support::{assert_error, create, key, open, parsed, refusal, server_on_tcp};

async fn showing(certificate: Certificate) -> (Server, Config) {
    let server = Server::start(Options::new().tls_with(certificate))
        .await
        .expect("a server");
    require_encryption(&server).await;
    let config = parsed(&server.tcp_url().expect("a URL"));
    (server, config)
}

#[tokio::test]
async fn a_server_that_somebody_trusted_vouches_for_is_spoken_to_in_private() {
    let (server, config) = showing(Certificate::Valid).await;
    let authority = server.authority().expect("an authority");
    let config = config
        .with_tls(TlsMode::VerifyFull)
        .with_root_certificates(authority);
    let store = open(config).await;
    create(&store, &key("ann")).await;
    assert_encrypted(&server).await;
}

#[tokio::test]
async fn a_server_that_nobody_trusted_vouches_for_is_refused() {
    let (_server, config) = showing(Certificate::Valid).await;
    let (stranger, _) = showing(Certificate::Valid).await;
    let authority = stranger.authority().expect("an authority");
    let config = config
        .with_tls(TlsMode::VerifyFull)
        .with_root_certificates(authority);
    let error = refusal(config).await;
    assert_error(&error, ErrorKind::Unavailable, RetryClass::Permanent);
}

#[tokio::test]
async fn a_certificate_for_another_host_or_time_is_refused_unless_nobody_looks() {
    for certificate in [Certificate::AnotherHost, Certificate::Expired] {
        let (server, config) = showing(certificate).await;
        let config = config.with_root_certificates(server.authority().expect("an authority"));
        let error = refusal(config.clone().with_tls(TlsMode::VerifyFull)).await;
        assert_error(&error, ErrorKind::Unavailable, RetryClass::Permanent);
        let _store = open(config.with_tls(TlsMode::Require)).await;
        assert_encrypted(&server).await;
    }
}

#[tokio::test]
async fn a_server_without_encryption_is_refused_where_it_must_be() {
    let server = server_on_tcp().await;
    let config = parsed(&server.tcp_url().expect("a URL"));
    let error = refusal(config.clone().with_tls(TlsMode::Require)).await;
    assert_error(&error, ErrorKind::Unavailable, RetryClass::Permanent);
    let _store = open(config).await;
}

#[tokio::test]
async fn certificates_that_are_none_are_said_to_be_so() {
    let config = Config::new("db.example.com", "cart", "shop");
    let error = refusal(config.with_root_certificates("/nowhere/roots.pem")).await;
    assert_error(&error, ErrorKind::Invalid, RetryClass::Permanent);
}
