//! A store over two keeps the whole contract in each phase, also while carts keep moving; so does one
//! that gives half of the owners to another store.

#[path = "harness/mod.rs"]
mod harness;

use cart_migrate::Phase;
use cart_testkit::MemoryHarness;
use harness::{Dual, Routed, Sqlite};

fn memory(name: &'static str, phase: Phase) -> Dual<MemoryHarness, MemoryHarness> {
    Dual::new(name, phase, MemoryHarness::new(), MemoryHarness::new())
}

fn sqlite(name: &'static str, phase: Phase) -> Dual<Sqlite, Sqlite> {
    Dual::new(name, phase, Sqlite, Sqlite)
}

cart_testkit::main!(
    memory("dual-off", Phase::Off),
    memory("dual-mirror", Phase::Mirror),
    memory("dual-verify", Phase::Verify),
    memory("dual-moving", Phase::Moving),
    memory("dual-reverse", Phase::Reverse),
    memory("dual-complete", Phase::Complete),
    memory("dual-restless", Phase::Moving).restless(),
    Routed::new("routed"),
    sqlite("dual-sqlite-mirror", Phase::Mirror),
    sqlite("dual-sqlite-reverse", Phase::Reverse),
);
