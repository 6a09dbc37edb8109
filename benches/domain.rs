//! The domain and the codec: adding, totals, encoding and decoding, by the number of lines.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails has nothing to measure"
)]

use std::hint::black_box;

use cart_bench::carts::{cart_of, item, record_of};
use cart_core::{Carts, MemoryCartStore, Pricing, StoredCart, Timestamp};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const LINES: [usize; 4] = [1, 10, 100, 1_000];

fn domain(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("domain");
    let pricing = Pricing::at(Timestamp::from_millis(0));
    for lines in LINES {
        let cart = cart_of(lines);
        group.bench_function(BenchmarkId::new("add", lines), |bencher| {
            bencher.iter_batched_ref(
                || cart.clone(),
                |cart| black_box(cart.add(item(lines))),
                criterion::BatchSize::SmallInput,
            );
        });
        group.bench_function(BenchmarkId::new("totals", lines), |bencher| {
            bencher.iter(|| black_box(cart.totals(&pricing)));
        });
    }
    group.finish();
}

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec");
    let carts = Carts::new(MemoryCartStore::new());
    for lines in LINES {
        let stored = record_of(lines);
        let json = stored.to_json().expect("a record of ours");
        group.bench_function(BenchmarkId::new("record to JSON", lines), |bencher| {
            bencher.iter(|| black_box(stored.to_json()));
        });
        group.bench_function(BenchmarkId::new("record from JSON", lines), |bencher| {
            bencher.iter(|| black_box(StoredCart::from_json(&json)));
        });
        let snapshot = cart_bench::carts::load_once(&carts, &stored);
        group.bench_function(BenchmarkId::new("decode", lines), |bencher| {
            bencher.iter_batched(
                || snapshot.clone(),
                |snapshot| black_box(snapshot.cart().map(cart_core::Cart::len)),
                criterion::BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, domain, codec);
criterion_main!(benches);
