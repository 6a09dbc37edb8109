//! TLS.

use cart_core::{ErrorKind, RetryClass};
use cart_store_cache::CacheConfig;
use cart_testkit::servers::{Certificate, Options, Redis, Server as _};

use super::support::{assert_error, create, key, open, parsed, refusal};

async fn showing(certificate: Certificate) -> (Redis, CacheConfig) {
    let options = Options::new().tls_with(certificate);
    let server = Redis::start(options).await.expect("a server");
    let config = parsed(&server.tcp_url().expect("a URL"));
    (server, config)
}

#[tokio::test]
async fn a_server_that_somebody_trusted_vouches_for_is_spoken_to_in_private() {
    let (server, config) = showing(Certificate::Valid).await;
    let authority = server.authority().expect("an authority");
    let store = open(config.with_root_certificates(authority)).await;
    create(&store, &key("ann")).await;
}

#[tokio::test]
async fn a_certificate_for_another_host_or_time_or_by_a_stranger_is_refused() {
    let (stranger, _) = showing(Certificate::Valid).await;
    for certificate in [
        Certificate::AnotherHost,
        Certificate::Expired,
        Certificate::Valid,
    ] {
        let (server, config) = showing(certificate).await;
        let vouching = match certificate {
            Certificate::Valid => &stranger,
            _ => &server,
        };
        let authority = vouching.authority().expect("an authority");
        let error = refusal(config.with_root_certificates(authority)).await;
        assert_error(&error, ErrorKind::Unavailable, RetryClass::Permanent);
    }
}

#[tokio::test]
async fn certificates_that_are_none_are_said_to_be_so() {
    let config = CacheConfig::single("cache.example.com", 6379).with_tls();
    let error = refusal(config.with_root_certificates("/nowhere/roots.pem")).await;
    assert_error(&error, ErrorKind::Invalid, RetryClass::Permanent);
}
