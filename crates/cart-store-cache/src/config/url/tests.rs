use super::*;

fn parsed(url: &str) -> Result<String, String> {
    let config: Result<CacheConfig, Error> = url.parse();
    config
        .map(|config| format!("{config:?}"))
        .map_err(|error| error.to_string())
}

fn here() -> CacheConfig {
    CacheConfig::single("localhost", 6379)
}

#[test]
fn a_url_says_what_the_methods_say() {
    let millis = Duration::from_millis;
    let three = [("10.0.0.1", 7000), ("10.0.0.2", 6379), ("::1", 7000)];
    let cases = [
        ("redis://localhost", here()),
        ("valkey://localhost/", here()),
        (
            "redis://localhost:7000/3",
            CacheConfig::single("localhost", 7000).with_database(3),
        ),
        ("redis://[::1]:7000", CacheConfig::single("::1", 7000)),
        (
            "redis://cart:p%40ss%3A@127.0.0.1",
            CacheConfig::single("127.0.0.1", 6379)
                .with_user("cart")
                .with_password("p@ss:"),
        ),
        ("redis://:secret@localhost", here().with_password("secret")),
        (
            "rediss://cache",
            CacheConfig::single("cache", 6379).with_tls(),
        ),
        (
            "valkeys://cache?tls_ca=/etc/a+b.pem",
            CacheConfig::single("cache", 6379)
                .with_tls()
                .with_root_certificates("/etc/a+b.pem"),
        ),
        (
            "redis://cache?tls=disable",
            CacheConfig::single("cache", 6379).without_tls(),
        ),
        (
            "redis+unix:///run/redis.sock",
            CacheConfig::socket("/run/redis.sock"),
        ),
        (
            "valkey+unix://cart:secret@localhost/run/a%20b?db=2",
            CacheConfig::socket("/run/a b")
                .with_user("cart")
                .with_password("secret")
                .with_database(2),
        ),
        (
            "redis-cluster://10.0.0.1:7000,10.0.0.2,[::1]:7000?tls=disable",
            CacheConfig::cluster(three).without_tls(),
        ),
        (
            "rediss-cluster://a:1",
            CacheConfig::cluster([("a", 1)]).with_tls(),
        ),
        (
            "redis-sentinel://cart:secret@localhost,localhost:7001/shop/2?sentinel_user=watch&sentinel_password=hush",
            CacheConfig::sentinels([("localhost", 26379), ("localhost", 7001)], "shop")
                .with_user("cart")
                .with_password("secret")
                .with_database(2)
                .with_sentinel_user("watch")
                .with_sentinel_password("hush"),
        ),
        (
            "redis://localhost?connect_timeout=100&timeout=200&in_flight=7&prefix=shop",
            here()
                .with_connect_timeout(millis(100))
                .with_timeout(millis(200))
                .with_in_flight(7)
                .with_prefix("shop".parse().expect("a prefix")),
        ),
        (
            "redis://localhost?wait_timeout=50&wait_replicas=2&read_replicas=true&replica=localhost:7001",
            here()
                .with_wait_replicas(2)
                .with_wait_timeout(millis(50))
                .with_read_replicas(true)
                .with_replica("localhost", 7001),
        ),
    ];
    for (url, config) in cases {
        assert_eq!(parsed(url), Ok(format!("{config:?}")), "{url}");
    }
}

#[test]
fn what_a_url_gets_wrong_is_named_and_nothing_secret_is() {
    let cases = [
        ("redis:cart:hunter2@localhost", "must look like"),
        ("http://cart:hunter2@localhost", "must look like"),
        ("rediss+unix://cart:hunter2@/run/redis", "must look like"),
        ("redis://cart:hunter2@", "names no host"),
        ("redis://cart:hunter2@localhost:port", "port is no number"),
        (
            "redis://cart:hunter2@localhost/256",
            "database is no number",
        ),
        (
            "redis://cart:hunter2@localhost/shop",
            "database is no number",
        ),
        ("redis://cart:hunter2%ff@localhost", "not UTF-8"),
        ("redis+unix://cart:hunter2@", "path of the socket"),
        ("redis+unix://cart:hunter2@host/run", "path of the socket"),
        (
            "redis-sentinel://cart:hunter2@localhost",
            "name the primary",
        ),
        ("redis-cluster://cart:hunter2@a,,b", "names no host"),
        (
            "redis-cluster://cart:hunter2@localhost/1",
            "database 0 alone",
        ),
        (
            "redis://cart:hunter2@localhost?colour=red",
            "no option colour; use connect_timeout",
        ),
        (
            "redis://cart:hunter2@localhost?in_flight=0",
            "in_flight has no such value",
        ),
        (
            "redis://cart:hunter2@localhost?timeout=soon",
            "timeout has no such value",
        ),
        (
            "redis://cart:hunter2@localhost?wait_replicas=300",
            "wait_replicas has no such value",
        ),
        ("redis://cart:hunter2@localhost?prefix=a%7Bb", "prefix is"),
        (
            "rediss://cart:hunter2@localhost?tls=disable",
            "tls can be disabled where",
        ),
        ("redis://cart:hunter2@cache", "in the clear: use rediss"),
        (
            "redis://cart:hunter2@localhost?replica=10.0.0.1",
            "in the clear: use rediss",
        ),
        (
            "redis-cluster://cart:hunter2@localhost,10.0.0.1",
            "in the clear: use rediss",
        ),
        (
            "redis-sentinel://a/shop?sentinel_password=hunter2",
            "in the clear: use rediss",
        ),
    ];
    for (url, part) in cases {
        let error = parsed(url).expect_err(url);
        assert!(error.contains(part), "{url}: {error}");
        assert!(!error.contains("hunter2"), "{url}: {error}");
    }
}

#[test]
fn a_configuration_shows_no_password() {
    for url in [
        "redis://cart:hunter2@localhost",
        "redis-sentinel://localhost/shop?sentinel_password=hunter2",
    ] {
        let text = parsed(url).expect("a configuration");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
