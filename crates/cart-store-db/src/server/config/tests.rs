use super::*;
use crate::postgres::PostgresConfig;

fn parsed(url: &str) -> Result<String, String> {
    let config: Result<PostgresConfig, Error> = url.parse();
    config
        .map(|config| format!("{config:?}"))
        .map_err(|error| error.to_string())
}

fn shop(host: &str) -> PostgresConfig {
    PostgresConfig::new(host, "cart", "shop")
}

#[test]
fn a_url_says_what_the_methods_say() {
    let cases = [
        ("postgres://cart@db/shop", shop("db")),
        ("postgresql://cart@db:5433/shop", shop("db").with_port(5433)),
        (
            "postgres://cart:p%40ss%3A@db/shop",
            shop("db").with_password("p@ss:"),
        ),
        ("postgres://cart@[::1]/shop", shop("::1")),
        (
            "postgres://cart@[::1]:6000/shop",
            shop("::1").with_port(6000),
        ),
        (
            "postgres://cart@%2Frun%2Fpostgresql/shop",
            shop("/run/postgresql"),
        ),
        (
            "postgres://cart@/shop?host=/run/postgresql",
            shop("/run/postgresql"),
        ),
        (
            "postgres://cart@db/shop?table=baskets&pool=3&readers=2&create_schema=false",
            shop("db")
                .with_table("baskets".parse().expect("a name"))
                .with_pool(3)
                .with_readers(2)
                .with_create_schema(false),
        ),
        (
            "postgres://cart@db/shop?connect_timeout=100&timeout=200&lock_timeout=50",
            shop("db")
                .with_connect_timeout(Duration::from_millis(100))
                .with_timeout(Duration::from_millis(200))
                .with_lock_timeout(Duration::from_millis(50)),
        ),
        (
            "postgres://cart@db/shop?sslmode=require&sslrootcert=/etc/a+b.pem",
            shop("db")
                .with_tls(TlsMode::Require)
                .with_root_certificates("/etc/a+b.pem"),
        ),
        (
            "postgres://cart@db/shop?replica=postgres%3A%2F%2Freader@standby%2Fshop",
            shop("db").with_replica(PostgresConfig::new("standby", "reader", "shop")),
        ),
        (
            "postgres://cart@db/shop?replica=postgres://cart@standby/shop%3Fsslmode=require",
            shop("db").with_replica(shop("standby").with_tls(TlsMode::Require)),
        ),
    ];
    for (url, config) in cases {
        assert_eq!(parsed(url), Ok(format!("{config:?}")), "{url}");
    }
}

#[test]
fn what_a_url_gets_wrong_is_named_and_nothing_secret_is() {
    let cases = [
        (
            "mysql://cart:hunter2@db/shop",
            "must start with postgres://",
        ),
        ("postgres:cart:hunter2@db/shop", "must look like"),
        ("postgres://cart:hunter2@db", "names no database"),
        ("postgres://:hunter2@db/shop", "names no user"),
        ("postgres://cart:hunter2@/shop", "names no host"),
        ("postgres://cart:hunter2@db:port/shop", "port is no number"),
        (
            "postgres://cart:hunter2@db/shop?colour=red",
            "no option colour; use connect_timeout",
        ),
        (
            "postgres://cart:hunter2@db/shop?pool=0",
            "pool has no such value",
        ),
        (
            "postgres://cart:hunter2@db/shop?timeout=soon",
            "timeout has no such value",
        ),
        (
            "postgres://cart:hunter2@db/shop?sslmode=prefer",
            "sslmode has no such value",
        ),
        ("postgres://cart:hunter2@db/shop?table=a%22b", "table: use"),
        ("postgres://cart:hunter2%ff@db/shop", "not UTF-8"),
        (
            "postgres://cart@db/shop?replica=postgres://cart:hunter2@standby",
            "names no database",
        ),
        (
            "postgres://cart@db/shop?replica=postgres://cart:hunter2@standby/shop%3Fpool=2",
            "replica's own URL can't set pool",
        ),
        (
            "postgres://cart@db/shop?replica=postgres://cart@standby/shop%3Freplica=third",
            "replica's own URL can't set replica",
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
    let text = parsed("postgres://cart:hunter2@db/shop").expect("a configuration");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn only_what_stays_on_this_machine_is_in_the_clear_unless_told_otherwise() {
    let cases = [
        ("localhost", TlsMode::Disable),
        ("127.0.0.1", TlsMode::Disable),
        ("::1", TlsMode::Disable),
        ("/run/postgresql", TlsMode::Disable),
        ("db.example.com", TlsMode::VerifyFull),
        ("10.0.0.7", TlsMode::VerifyFull),
        ("localhost.example.com", TlsMode::VerifyFull),
    ];
    for (host, mode) in cases {
        assert_eq!(shop(host).settings.tls_mode(), mode, "{host}");
    }
    let told = shop("db.example.com").with_tls(TlsMode::Disable);
    assert_eq!(told.settings.tls_mode(), TlsMode::Disable);
}
