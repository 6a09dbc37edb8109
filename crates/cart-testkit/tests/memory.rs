//! The memory store is the suite's reference: no case fails on it.

cart_testkit::main!(cart_testkit::MemoryHarness::new());
