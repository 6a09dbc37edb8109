//! Every home keeps the contract, as far as it says it can.

mod conformance {
    pub(super) mod memory;
}

use conformance::memory::Memory;

cart_testkit::main!(Memory);
