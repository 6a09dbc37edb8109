//! Every home keeps the contract, as far as it says it can.

#[path = "conformance/mod.rs"]
mod homes;

use std::process::ExitCode;
use std::sync::Arc;

use cart_testkit::Harness;

fn main() -> ExitCode {
    let harnesses: &[Arc<dyn Harness>] = &[
        Arc::new(homes::memory::Memory),
        #[cfg(feature = "file")]
        Arc::new(homes::file::File),
        #[cfg(feature = "cookie")]
        Arc::new(homes::cookie::Cookie),
        #[cfg(feature = "tower-sessions")]
        Arc::new(homes::tower::InMemory),
    ];
    cart_testkit::conclude(harnesses.to_vec())
}
