//! Redis.

mod client;
mod cluster;
mod faults;
mod replica;
mod sentinel;

use cart_testkit::servers::{Certificate, Options, Redis, Server, ServerError};

use self::client::Client;

async fn start(options: Options) -> Redis {
    Redis::start(options).await.unwrap()
}

/// The value of a key, or an empty text.
async fn value(server: &Redis, key: &str) -> String {
    server.command(&["GET", key]).await.unwrap()
}

#[tokio::test]
async fn nothing_is_left_behind() {
    crate::acts::leaves_nothing_behind(start(Options::new()).await);
}

#[tokio::test]
async fn setting_goes_over_the_defaults() {
    for (options, sync) in [
        (Options::new(), "no"),
        (Options::new().durable(), "always"),
        (
            Options::new().setting("appendfsync", "everysec"),
            "everysec",
        ),
    ] {
        let server = start(options).await;
        let setting = server.command(&["CONFIG", "GET", "appendfsync"]).await;
        assert_eq!(setting.unwrap(), format!("appendfsync\n{sync}"));
    }
}

#[tokio::test]
async fn setting_that_does_not_exist_is_an_error_with_the_log() {
    let error = Redis::start(Options::new().setting("no-such-setting", "1")).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ServerError::Died { .. }));
    assert!(error.to_string().contains("no-such-setting"), "{error}");
}

#[tokio::test]
async fn command_shows_replies_as_lines_and_refusals_as_errors() {
    let server = start(Options::new()).await;
    let set = server.command(&["SET", "cart", "a b"]).await.unwrap();
    assert_eq!(set, "OK");
    let bytes = server.command(&[&b"STRLEN"[..], b"cart"]).await.unwrap();
    assert_eq!(bytes, "3");
    let both = server.command(&["MGET", "cart", "none"]).await.unwrap();
    assert_eq!(both, "a b\n");
    let refused = server.command(&["INCR", "cart"]).await.unwrap_err();
    assert!(
        matches!(&refused, ServerError::Refused { complaint, .. } if complaint.starts_with("ERR ")),
        "{refused}"
    );
}

#[tokio::test]
async fn both_urls_lead_to_the_server_and_the_password_counts() {
    let server = start(Options::new().tcp()).await;
    for url in [server.url(), server.tcp_url().unwrap()] {
        let client = Client::connect(&url).await.unwrap();
        let user = client.run(&["ACL", "WHOAMI"]).await;
        // The account may not even ask for its name, and is told so by it.
        let refused = user.unwrap_err().to_string();
        assert!(refused.contains("NOPERM"), "{refused}");
        client.run(&["SET", "cart", &url]).await.unwrap();
        assert_eq!(value(&server, "cart").await, url);
        let wrong = url.replace(":cart@", ":wrong@");
        let refused = Client::connect(&wrong).await.unwrap_err().to_string();
        assert!(refused.contains("WRONGPASS"), "{refused}");
    }
}

/// What an application needs, and what it could do harm with.
#[tokio::test]
async fn account_of_applications_may_use_its_keys_and_nothing_else() {
    let server = start(Options::new()).await;
    let client = Client::connect(&server.url()).await.unwrap();
    let script = "return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])";
    for allowed in [
        &["EVAL", script, "1", "cart:{1}:x", "value", "60000"][..],
        &["SCRIPT", "LOAD", script],
        &["ZADD", "cart-2:index", "1", "member"],
        &["SCAN", "0"],
        &["UNLINK", "cart:{1}:x"],
        &["INFO", "persistence"],
        &["CONFIG", "GET", "appendfsync"],
        &["CLIENT", "ID"],
        &["SELECT", "0"],
        &["ROLE"],
        &["WAIT", "0", "1"],
        &["MULTI"],
        &["DISCARD"],
    ] {
        let outcome = client.run(allowed).await;
        assert!(outcome.is_ok(), "{allowed:?}: {outcome:?}");
    }
    for forbidden in [
        &["SET", "another", "value"][..],
        &["EVAL", script, "1", "another", "value", "60000"],
        &["KEYS", "*"],
        &["FLUSHALL"],
        &["FLUSHDB"],
        &["CONFIG", "SET", "appendfsync", "no"],
        &["CONFIG", "REWRITE"],
        &["SCRIPT", "FLUSH"],
        &["FUNCTION", "FLUSH"],
        &["DEBUG", "SLEEP", "0"],
        &["SHUTDOWN"],
        &["REPLICAOF", "NO", "ONE"],
        &["CLUSTER", "RESET"],
        &["ACL", "LIST"],
        &["CLIENT", "KILL", "TYPE", "normal"],
        &["MONITOR"],
    ] {
        let refused = client.run(forbidden).await.unwrap_err().to_string();
        assert!(refused.contains("NOPERM"), "{forbidden:?}: {refused}");
    }
}

#[tokio::test]
async fn only_its_own_authority_vouches_for_it() {
    let server = start(Options::new().tls()).await;
    let another = start(Options::new().tls()).await;
    let url = server.tcp_url().unwrap();
    let client = Client::trusting(&url, server.authority().unwrap()).await;
    client.unwrap().run(&["SET", "cart", "1"]).await.unwrap();
    assert_eq!(value(&server, "cart").await, "1");
    let refused = Client::trusting(&url, another.authority().unwrap()).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("UnknownIssuer"), "{refused}");
}

#[tokio::test]
async fn bad_certificates_are_bad() {
    for (certificate, complaint) in [
        (Certificate::Expired, "Expired"),
        (Certificate::AnotherHost, "NotValidForName"),
    ] {
        let server = start(Options::new().tls_with(certificate)).await;
        let url = server.tcp_url().unwrap();
        let refused = Client::trusting(&url, server.authority().unwrap()).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(complaint), "{refused}");
    }
}
