//! The memory store keeps the whole contract: it is the reference of the suite.

use cart_testkit::MemoryHarness;

cart_testkit::main!(MemoryHarness::new());
