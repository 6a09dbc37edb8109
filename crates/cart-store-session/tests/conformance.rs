//! Every home keeps the contract, as far as it says it can.

mod conformance {
    #[cfg(feature = "file")]
    pub(super) mod file;
    pub(super) mod memory;
}

use std::process::ExitCode;
use std::sync::Arc;

use cart_testkit::Harness;
use conformance::memory::Memory;

fn main() -> ExitCode {
    let mut harnesses: Vec<Arc<dyn Harness>> = vec![Arc::new(Memory)];
    #[cfg(feature = "file")]
    harnesses.push(Arc::new(conformance::file::File));
    cart_testkit::conclude(harnesses)
}
