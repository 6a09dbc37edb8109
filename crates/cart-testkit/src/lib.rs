#![doc = include_str!("../README.md")]

pub mod broken;
mod case;
mod cases;
mod check;
mod clause;
mod clock;
mod execute;
pub mod faults;
mod harness;
pub mod history;
mod injection;
mod memory;
mod outcome;
mod page;
mod polls;
#[cfg(all(feature = "proxy", unix))]
pub mod proxy;
mod randomness;
pub mod records;
mod report;
mod runner;
#[cfg(all(feature = "servers", target_os = "linux"))]
pub mod servers;
mod simulated;
mod subject;
mod wrapped;

pub use case::Case;
pub use cases::all as cases;
pub use clause::Clause;
pub use clock::ManualClock;
pub use faults::FaultStore;
pub use harness::{Damage, Fixture, Harness, HarnessError};
pub use injection::Injection;
pub use memory::MemoryHarness;
pub use randomness::SeededRandomness;
pub use report::{CaseReport, Outcome, Report, Skip, StoreReport};
pub use runner::{conclude, run};
pub use simulated::SimulatedHarness;
pub use wrapped::Wrapped;
