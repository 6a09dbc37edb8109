//! A shop's carts on their way through all stores, by the command alone: the runbook of
//! `docs/migration.md` as it stands there, and a copy from each kind of store to each other.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use cart_testkit::servers::{Options, Postgres, Redis, Server as _};
use serde_json::Value;

use crate::support::{Run, Shop, run};

/// As many baskets as the data set Groceries has, which `CART_TEST_BASKETS` may name.
const BASKETS: u32 = 9_835;
const CARTS: usize = 10_000;
const RUNBOOK: &str = include_str!("../../../../docs/migration.md");

/// A shell in the shop's folder, to which `cart` is this program.
fn shell(shop: &Shop, [from, to]: [&str; 2], script: &str) -> Run {
    let programs = Path::new(env!("CARGO_BIN_EXE_cart")).parent();
    let programs = programs.expect("a folder").display();
    let mut shell = Command::new("sh");
    shell
        .args(["-euc", script])
        .current_dir(shop.path("."))
        .env_clear()
        .env("PATH", format!("{programs}:/usr/bin:/bin"))
        .envs([("FROM", from), ("TO", to)]);
    Run::from(shell.stdin(Stdio::null()).output().expect("a shell"))
}

/// The commands of each step of the runbook, in their order.
fn steps() -> Vec<(&'static str, String)> {
    let steps = RUNBOOK.split("## Step by step").nth(1).expect("steps");
    let steps = steps.split("\n## ").next().expect("an end");
    let numbered = steps.split("\n\n").filter(|part| {
        let number = part.split(". **").next().unwrap_or_default();
        number.len() == 1 && number.chars().all(|one| one.is_ascii_digit())
    });
    let titles: Vec<_> = numbered
        .map(|part| part.split("**").nth(1).expect("a title"))
        .collect();
    let mut found = Vec::new();
    for (index, title) in titles.iter().enumerate() {
        let begin = steps.find(&format!("**{title}**")).expect("the step");
        let rest = titles.get(index + 1);
        let end = rest.and_then(|next| steps.find(&format!("**{next}**")));
        let step = &steps[begin..end.unwrap_or(steps.len())];
        let mut script = String::new();
        for block in step.split("```sh\n").skip(1) {
            let block = block.split("```").next().expect("an end");
            script.extend(block.lines().map(|line| format!("{}\n", line.trim())));
        }
        found.push((*title, script));
    }
    found
}

/// Follows the runbook. Shoppers are `busy` before the writers are stopped. Gives what FROM held in
/// the end.
fn follow(shop: &Shop, ends: [&str; 2], busy: impl Fn()) -> String {
    let mut held = None;
    let mut done = Vec::new();
    for (title, script) in steps() {
        let step = shell(shop, ends, &script);
        match title {
            "Compare, beside shoppers." => {
                assert!([0, 6].contains(&step.code), "{title} {step:?}");
                busy();
            }
            "Stop the writers of FROM" => held = Some(export(shop, ends[0])),
            _ => assert_eq!(step.code, 0, "{title} {step:?}"),
        }
        if title.starts_with("Copy, beside") {
            assert!(step.stdout.starts_with("copied "), "{step:?}");
            assert!(!shop.path("place.json").exists());
            busy();
        }
        done.push(title);
    }
    assert_eq!(done.len(), 6, "{done:?}");
    held.expect("a step at which the writers are stopped")
}

fn on(shop: &Shop, store: &str, words: &[&str]) -> String {
    let mut program = shop.program();
    run(program.args(["--store", store]).args(words)).done()
}

fn export(shop: &Shop, store: &str) -> String {
    on(shop, store, &["export", "--tombstones"])
}

/// Baskets of the shape of the data set Groceries, or those that the environment names.
fn baskets(shop: &Shop) {
    let text = match env::var_os("CART_TEST_BASKETS") {
        Some(path) => fs::read_to_string(path).expect("the baskets"),
        None => (0..BASKETS).fold(String::new(), |mut text, basket| {
            let size = 1 + basket.wrapping_mul(2_654_435_761) % 8;
            let product = |item| (basket * 31 + item * item * 7) % 169;
            let names: Vec<_> = (0..size)
                .map(|item| format!("product {}", product(item)))
                .collect();
            writeln!(text, "{}", names.join(",")).expect("a string");
            text
        }),
    };
    fs::write(shop.path("baskets.csv"), text).expect("a file");
}

#[tokio::test]
async fn postgres_redis_and_sqlite_pass_all_carts_on_as_the_runbook_says() {
    let redis = Redis::start(Options::new()).await.expect("a server");
    let postgres = Postgres::start(Options::new()).await.expect("a server");
    let shop = Shop::new();
    baskets(&shop);
    shop.text(&["import", "--baskets", "baskets.csv"]);
    let shoppers = || {
        shop.add("user:basket-00001", "tea", 1);
        shop.add("user:newcomer", "tea", 1);
        shop.text(&["clear", "user:basket-00002"]);
        shop.text(&["forget", "user:newcomer"]);
    };
    let last = format!("sqlite://{}", shop.path("last.db").display());
    let first = follow(&shop, [&shop.url(), &redis.url()], shoppers);
    assert_eq!(first.lines().count(), BASKETS as usize + 1);
    follow(&shop, [&redis.url(), &postgres.url()], || {});
    follow(&shop, [&postgres.url(), &last], || {});
    assert!(
        export(&shop, &last) == first,
        "the last export is not the first"
    );
}

/// Carts of all shapes, as `import` reads them.
fn records(shop: &Shop) {
    let price = ["--name", "Tea", "--price", "4.99", "--currency", "USD"];
    shop.text(&[&["add", "user:model", "tea", "--quantity", "3"], &price[..]].concat());
    let model: Value = serde_json::from_str(&shop.text(&["export"])).expect("a cart");
    let mut lines = String::new();
    for number in 0..CARTS {
        let mut cart = model.clone();
        let kind = ["guest", "user", "company"][number % 3];
        cart["owner"] = format!("{kind}:{number:05} \u{1f6d2}:").into();
        cart["tenant"] = ["", "north"][number % 2].into();
        writeln!(lines, "{cart}").expect("a string");
    }
    fs::write(shop.path("records.jsonl"), lines).expect("a file");
}

#[tokio::test]
async fn redis_postgres_and_session_files_pass_all_carts_to_each_other() {
    let redis = Redis::start(Options::new()).await.expect("a server");
    let postgres = Postgres::start(Options::new()).await.expect("a server");
    let shop = Shop::new();
    records(&shop);
    // Power cuts are no matter here.
    let file = |name: &str| format!("file:{name}?sync=false");
    let cache = |name: &str| format!("{}?prefix=cart-{name}", redis.url());
    let table = |name: &str| format!("{}?table=carts_{name}", postgres.url());
    // A round trip along all six ways.
    let stores = [
        file("a"),
        cache("b"),
        table("c"),
        cache("d"),
        file("e"),
        table("f"),
        file("g"),
    ];
    on(&shop, &stores[0], &["import", "records.jsonl"]);
    let first = export(&shop, &stores[0]);
    assert_eq!(first.lines().count(), CARTS);
    for pair in stores.windows(2) {
        let script = "cart copy \"$FROM\" \"$TO\" && cart verify \"$FROM\" \"$TO\"";
        shell(&shop, [&pair[0], &pair[1]], script).done();
    }
    assert!(
        export(&shop, &stores[6]) == first,
        "the last export is not the first"
    );
}
