//! The queries of the documentation give what they say, on carts that are known.

use std::time::Duration;

use cart_core::{CartKey, CartRecord, Clock, SystemClock};

use crate::shop::{Shop, cart, key};

on_each_database!(documented_queries_give_what_they_say);

/// The queries of a section of the page, in their order, without the semicolon.
fn documented(section: &str) -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/queries.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let sections = page.split("\n### ");
    let mut ours = sections.filter(|text| text.lines().next() == Some(section));
    let ours = ours.next().expect("a section").to_owned();
    let blocks = ours
        .split("```")
        .filter_map(|block| block.strip_prefix("sql\n"));
    let query = |block: &str| block.trim_end().trim_end_matches(';').to_owned();
    blocks.map(query).collect()
}

/// A cart that was made and written so many hours ago, by the clock that the database has.
fn known(
    owner: (&str, &str),
    hours: (u64, u64),
    (currency, total): (&str, i64),
    items: &[(&str, u64)],
) -> (CartKey, CartRecord) {
    let ago = |hours: u64| {
        SystemClock
            .now()
            .saturating_sub(Duration::from_secs(hours * 3_600))
    };
    let mut record = cart(0, 0, Some(currency), total);
    record.header.created_at = ago(hours.0);
    record.header.updated_at = ago(hours.1);
    record.header.summary.lines = u32::try_from(items.len()).expect("a few");
    let items: Vec<String> = items
        .iter()
        .map(|(id, quantity)| {
            format!(
                r#"{{"id":"{id}","name":"A \"good\" one","price":{{"amount":1,"currency":"{currency}"}},"quantity":{quantity}}}"#
            )
        })
        .collect();
    record.parts.items = format!("[{}]", items.join(",")).into();
    (key("", owner.0, owner.1, "default"), record)
}

/// Carts of each kind that a query has to tell apart.
fn carts() -> Vec<(CartKey, CartRecord)> {
    let days = |days: u64| days * 24;
    let mut carts = vec![
        known(
            ("user", "1"),
            (days(20), days(10)),
            ("USD", 1_000),
            &[("tea", 2), ("cup", 1)],
        ),
        known(("guest", "2"), (days(1), 1), ("USD", 2_000), &[("tea", 5)]),
        known(
            ("user", "3"),
            (days(50), days(40)),
            ("EUR", 500),
            &[("cup", 1)],
        ),
        known(("user", "4"), (days(3), days(2)), ("USD", 0), &[]),
        known(("user", "5"), (days(9), days(9)), ("USD", 7), &[("tea", 9)]),
        known(("user", "6"), (days(9), days(9)), ("USD", 7), &[("tea", 9)]),
    ];
    let now = SystemClock.now();
    carts[3].1.header.summary.converted_at = Some(now);
    // The clock of a database may have whole seconds only.
    carts[4].1.header.expires_at = Some(now.saturating_sub(Duration::from_secs(2)));
    carts[5].1.header.state = cart_core::RecordState::Deleted;
    carts
}

async fn documented_queries_give_what_they_say(shop: Shop) {
    shop.put(&carts()).await;
    let expected = [
        (
            "owner, name, currency, total",
            "user:3|default|EUR|500\nuser:1|default|USD|1000",
        ),
        ("currency, carts, average", "EUR|1|500\nUSD|2|1500"),
        ("product, carts, units", "cup|2|2\ntea|2|7"),
        ("owner, name", "guest:2|default\nuser:1|default"),
        ("currency, created, converted", "USD|3|1"),
    ];
    let queries = documented(shop.section);
    assert_eq!(queries.len(), expected.len());
    for (query, (columns, rows)) in queries.into_iter().zip(expected) {
        // MariaDB keeps the order of an inner query only where that has a limit.
        let limit = if query.contains(" LIMIT ") {
            ""
        } else {
            " LIMIT 1000"
        };
        let text =
            format!("SELECT concat_ws('|', {columns}) AS found FROM ({query}{limit}\n) AS answer");
        assert_eq!(shop.sql(text).await.trim_end(), rows, "{query}");
    }
}
