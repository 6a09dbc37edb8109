#![doc = include_str!("../README.md")]

mod domain;
mod memory;
mod randomness;
mod storage;
mod time;

pub use domain::*;
pub use memory::MemoryCartStore;
pub use randomness::{Randomness, SystemRandomness};
pub use storage::*;
pub use time::{Clock, Sleep, SystemClock, Timestamp};
