//! Carts in Redis, which all go at once.

use cart_testkit::servers::{Options, Redis, Server as _};
use serde_json::Value;

use crate::support::{Run, Shop, run};

fn on(shop: &Shop, url: &str, words: &[&str]) -> Run {
    let mut program = shop.program();
    run(program.args(["--json", "--store", url]).args(words))
}

fn json(run: Run) -> Value {
    serde_json::from_str(&run.done()).expect("one JSON value")
}

fn add(shop: &Shop, url: &str, tenant: &str) {
    let item = ["add", "user:1", "tea", "--name", "Tea", "--price", "1.00"];
    let words = [&["--tenant", tenant], &item[..], &["--currency", "USD"]].concat();
    on(shop, url, &words).done();
}

fn listed(shop: &Shop, url: &str) -> usize {
    on(shop, url, &["list"]).done().lines().count()
}

#[tokio::test]
async fn flush_removes_all_carts_of_its_prefix_once_somebody_has_agreed() {
    let server = Redis::start(Options::new()).await.expect("a server");
    let shop = Shop::new();
    let (url, other) = (server.url(), format!("{}?prefix=cart-other", server.url()));
    for tenant in ["", "shop-a"] {
        add(&shop, &url, tenant);
    }
    add(&shop, &other, "");

    for (words, advice) in [
        (&["flush"][..], "--yes"),
        (&["flush", "--yes", "--tenant", "shop-a"], "--tenant"),
    ] {
        let refused = on(&shop, &url, words);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains(advice), "{refused:?}");
    }
    assert_eq!(listed(&shop, &url), 2);

    let flushed = json(on(&shop, &url, &["flush", "--yes"]));
    assert_eq!(flushed["removed"], 2);
    assert_eq!((listed(&shop, &url), listed(&shop, &other)), (0, 1));
    assert_eq!(json(on(&shop, &url, &["flush", "--yes"]))["removed"], 0);

    // Configured by the environment, with the prefix of the section.
    let mut program = shop.program();
    program
        .env("CART_STORAGE", "cache")
        .env("CART_CACHE_STORE", "carts")
        .env("CART_STORES_CARTS", &url)
        .env("CART_CACHE_PREFIX", "cart-other");
    let flushed = run(program.args(["flush", "--yes"])).done();
    assert_eq!(flushed, "removed: 1\n");
    assert_eq!(listed(&shop, &other), 0);
}
