//! Reports agree with a plain count over the same carts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use cart_core::{
    CartKey, CartRecord, Currency, Cursor, ErrorKind, Instance, Money, OwnerClass, RecordState,
    Tenant, Timestamp,
};
use cart_store_db::{AbandonedCart, AbandonedRequest, CartValues, ReportFilter};
use cart_testkit::SeededRandomness;

use crate::shop::{Shop, at, cart, key};

on_each_database!(
    figures_agree_with_a_plain_count,
    abandoned_carts_come_page_by_page_the_oldest_first,
    a_cart_is_abandoned_a_millisecond_after_its_time,
    sums_go_beyond_what_a_cart_can_hold,
    an_empty_shop_has_empty_reports,
    cursors_of_other_reports_are_refused,
);

/// When the figures are asked for.
const NOW: i64 = 10_000;

/// Carts of every kind: several tenants, classes, instances and currencies, empty ones, some in a
/// checkout, sold ones, expired ones and tombstones.
fn carts(number: usize) -> Vec<(CartKey, CartRecord)> {
    let random = SeededRandomness::new(3);
    let millis = |below: usize| i64::try_from(random.below(below)).expect("a small number");
    let of = |options: &[&'static str]| options[random.below(options.len())];
    (0..number)
        .map(|index| {
            let key = key(
                of(&["", "north", "N\u{d6}RD"]),
                of(&["guest", "user", "device"]),
                &format!("{index}%_\0\u{e9}"),
                of(&["default", "wishlist"]),
            );
            let created_at = millis(9_000);
            let updated_at = created_at + millis(1_000);
            let currency = [None, Some("USD"), Some("EUR"), Some("JPY")][random.below(4)];
            let mut record = cart(created_at, updated_at, currency, millis(1_000_000) - 1_000);
            let header = &mut record.header;
            match random.below(8) {
                0 => header.summary.lines = 0,
                1 => header.expires_at = Some(at(millis(20_000))),
                2 => header.state = RecordState::Deleted,
                3 => header.summary.claimed_until = Some(at(millis(20_000))),
                4 | 5 => header.summary.converted_at = Some(at(updated_at + millis(500))),
                6 => header.state = RecordState::Moving,
                _ => {}
            }
            (key, record)
        })
        .collect()
}

/// Every filter of one column, none, and several at once.
fn filters() -> Vec<ReportFilter> {
    let filter = |change: &dyn Fn(&mut ReportFilter)| {
        let mut filter = ReportFilter::default();
        change(&mut filter);
        filter
    };
    let tenant = |name: &str| Tenant::new(name).ok();
    vec![
        ReportFilter::default(),
        filter(&|filter| filter.tenant = tenant("")),
        filter(&|filter| filter.tenant = tenant("N\u{d6}RD")),
        filter(&|filter| filter.class = Some(OwnerClass::Guest)),
        filter(&|filter| filter.instance = Instance::new("wishlist").ok()),
        filter(&|filter| filter.currency = Currency::parse("USD").ok()),
        filter(&|filter| {
            filter.tenant = tenant("north");
            filter.class = Some(OwnerClass::User);
            filter.instance = Instance::new("default").ok();
            filter.currency = Currency::parse("EUR").ok();
        }),
    ]
}

/// The carts that a filter means: neither deleted nor expired.
fn meant<'a>(
    carts: &'a [(CartKey, CartRecord)],
    filter: &'a ReportFilter,
) -> impl Iterator<Item = &'a (CartKey, CartRecord)> {
    carts.iter().filter(move |(key, record)| {
        let owner = key.owner();
        let is = |same: Option<bool>| same.unwrap_or(true);
        !record.is_tombstone()
            && !record.is_expired(at(NOW))
            && is(filter
                .tenant
                .as_ref()
                .map(|tenant| tenant == owner.tenant()))
            && is(filter.class.as_ref().map(|class| class == owner.class()))
            && is(filter.instance.as_ref().map(|name| name == key.instance()))
            && is(filter
                .currency
                .map(|currency| Some(currency) == record.header.summary.currency))
    })
}

fn code(currency: Option<Currency>) -> Option<&'static str> {
    currency.map(Currency::code)
}

async fn figures_agree_with_a_plain_count(shop: Shop) {
    let carts = carts(400);
    shop.put(&carts).await;
    shop.advance(u64::try_from(NOW).expect("a moment"));
    let reports = shop.database.reports();
    for filter in filters() {
        let mut expected = BTreeMap::<_, (u64, u64, u64)>::new();
        for (key, record) in meant(&carts, &filter) {
            let summary = &record.header.summary;
            let class = key.owner().class().as_str();
            let counts = expected.entry((class, code(summary.currency))).or_default();
            counts.0 += 1;
            counts.1 += u64::from(summary.lines == 0);
            counts.2 += u64::from(summary.converted_at.is_some());
        }
        let counts = reports.counts(&filter).await.expect("counts");
        assert!(!counts.is_empty(), "{filter:?}");
        let counts: BTreeMap<_, _> = counts
            .iter()
            .map(|row| {
                let figures = (row.carts, row.empty, row.converted);
                ((row.class.as_str(), code(row.currency)), figures)
            })
            .collect();
        assert_eq!(counts, expected, "{filter:?}");

        let values = reports.values(&filter).await.expect("values");
        assert_eq!(by_currency(&values), totals(&carts, &filter), "{filter:?}");

        for period in [0..NOW, 2_000..6_000, 5_000..5_001] {
            let figures = reports
                .conversion(&filter, at(period.start)..at(period.end))
                .await
                .expect("figures");
            let figures: BTreeMap<_, _> = figures
                .iter()
                .map(|row| (code(row.currency), (row.created, row.converted, row.sold)))
                .collect();
            assert_eq!(figures, conversion(&carts, &filter, &period), "{filter:?}");
        }
    }
}

type Totals = BTreeMap<&'static str, (u64, i128, i64, i64)>;

fn by_currency(values: &[CartValues]) -> Totals {
    let each = values.iter().map(|row| {
        let (smallest, largest) = (row.smallest.amount(), row.largest.amount());
        (row.currency.code(), (row.carts, row.sum, smallest, largest))
    });
    each.collect()
}

fn totals(carts: &[(CartKey, CartRecord)], filter: &ReportFilter) -> Totals {
    let mut totals = Totals::new();
    for (_, record) in meant(carts, filter) {
        let summary = &record.header.summary;
        let (Some(currency), 1..) = (summary.currency, summary.lines) else {
            continue;
        };
        let row = totals
            .entry(currency.code())
            .or_insert((0, 0, i64::MAX, i64::MIN));
        row.0 += 1;
        row.1 += i128::from(summary.total);
        row.2 = row.2.min(summary.total);
        row.3 = row.3.max(summary.total);
    }
    totals
}

fn conversion(
    carts: &[(CartKey, CartRecord)],
    filter: &ReportFilter,
    period: &Range<i64>,
) -> BTreeMap<Option<&'static str>, (u64, u64, u64)> {
    let within = |moment: Timestamp| at(period.start) <= moment && moment < at(period.end);
    let mut figures = BTreeMap::<_, (u64, u64, u64)>::new();
    for (_, record) in meant(carts, filter) {
        let summary = &record.header.summary;
        let created = within(record.header.created_at);
        let sold = summary.converted_at.is_some_and(within);
        if created || sold {
            let row = figures.entry(code(summary.currency)).or_default();
            row.0 += u64::from(created);
            row.1 += u64::from(created && sold);
            row.2 += u64::from(sold);
        }
    }
    figures
}

async fn pages(shop: &Shop, mut request: AbandonedRequest) -> Vec<AbandonedCart> {
    let mut carts = Vec::new();
    loop {
        let page = shop.database.reports().abandoned(&request).await;
        let page = page.expect("a page");
        assert!(page.carts.len() <= request.limit);
        carts.extend(page.carts);
        match page.next {
            // A cursor is text for whoever carries it to the next request.
            Some(next) => request.cursor = next.to_string().parse::<Cursor>().ok(),
            None => return carts,
        }
    }
}

async fn abandoned_carts_come_page_by_page_the_oldest_first(shop: Shop) {
    let carts = carts(400);
    shop.put(&carts).await;
    shop.advance(u64::try_from(NOW).expect("a moment"));
    let idle = Duration::from_secs(4);
    for filter in filters() {
        let mut request = AbandonedRequest::new(idle, 7);
        request.filter = filter.clone();
        let found = pages(&shop, request).await;
        let expected: BTreeSet<&CartKey> = meant(&carts, &filter)
            .filter(|(_, record)| {
                let header = &record.header;
                let in_checkout = header.summary.claimed_until > Some(at(NOW));
                header.updated_at < at(NOW - 4_000) && header.summary.lines > 0 && !in_checkout
            })
            .map(|(key, _)| key)
            .collect();
        assert_eq!(found.len(), expected.len(), "each once: {filter:?}");
        assert_eq!(
            found.iter().map(|cart| &cart.key).collect::<BTreeSet<_>>(),
            expected
        );
        let order = found
            .iter()
            .map(|cart| (cart.key.owner().class().as_str(), cart.updated_at));
        assert!(order.is_sorted(), "{filter:?}");
        for cart in &found {
            let (_, record) = carts
                .iter()
                .find(|(key, _)| *key == cart.key)
                .expect("a cart");
            let header = &record.header;
            assert_eq!(
                (
                    cart.version,
                    cart.created_at,
                    cart.updated_at,
                    cart.expires_at
                ),
                (
                    header.version,
                    header.created_at,
                    header.updated_at,
                    header.expires_at
                )
            );
            assert_eq!(
                (cart.currency, cart.lines, cart.units, cart.total),
                (
                    header.summary.currency,
                    header.summary.lines,
                    header.summary.units,
                    header.summary.total
                )
            );
        }
    }
}

async fn a_cart_is_abandoned_a_millisecond_after_its_time(shop: Shop) {
    let key = key("", "user", "1", "default");
    shop.put(&[(key, cart(0, 0, Some("USD"), 5))]).await;
    let request = AbandonedRequest::new(Duration::from_secs(1), 10);
    shop.advance(1_000);
    assert_eq!(pages(&shop, request.clone()).await, []);
    shop.advance(1);
    assert_eq!(pages(&shop, request).await.len(), 1);
}

async fn sums_go_beyond_what_a_cart_can_hold(shop: Shop) {
    let usd = Currency::parse("USD").expect("a currency");
    for (round, total) in [(1, i64::MAX), (2, i64::MIN + 1)] {
        let carts: Vec<_> = (0..5)
            .map(|index| {
                let key = key("", "user", &index.to_string(), "default");
                (key, cart(0, round * 10 + index, Some("USD"), total))
            })
            .collect();
        shop.put(&carts).await;
        let reports = shop.database.reports();
        let values = reports.values(&ReportFilter::default()).await;
        let row = values.expect("values").remove(0);
        assert_eq!(row.sum, 5 * i128::from(total));
        assert_eq!(row.average(), Money::new(total, usd));
    }
}

async fn an_empty_shop_has_empty_reports(shop: Shop) {
    let reports = shop.database.reports();
    let filter = ReportFilter::default();
    assert_eq!(reports.counts(&filter).await.expect("counts"), []);
    assert_eq!(reports.values(&filter).await.expect("values"), []);
    let period = at(0)..at(1);
    assert_eq!(
        reports.conversion(&filter, period).await.expect("figures"),
        []
    );
    assert_eq!(
        pages(&shop, AbandonedRequest::new(Duration::ZERO, 1)).await,
        []
    );
}

async fn cursors_of_other_reports_are_refused(shop: Shop) {
    let carts: Vec<_> = (0..3)
        .map(|index| {
            let key = key("", "user", &index.to_string(), "default");
            (key, cart(0, index, Some("USD"), 1))
        })
        .collect();
    shop.put(&carts).await;
    shop.advance(100);
    let mut request = AbandonedRequest::new(Duration::ZERO, 1);
    let reports = shop.database.reports();
    let page = reports.abandoned(&request).await.expect("a page");
    request.cursor = page.next;
    reports.abandoned(&request).await.expect("the next page");
    request.filter.instance = Instance::new("wishlist").ok();
    let refused = reports.abandoned(&request).await;
    let refused = refused.expect_err("a cursor of another list");
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert_eq!(refused.store(), Some(&*shop.store.info().name));
}
