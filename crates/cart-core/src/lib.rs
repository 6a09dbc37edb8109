#![doc = include_str!("../README.md")]

mod carts;
mod codec;
mod domain;
mod memory;
mod randomness;
mod storage;
mod time;

pub use carts::{
    CartHandle, CartSnapshot, Carts, CartsBuilder, Edited, Erased, ExpiryPolicy, IdempotencyKey,
    MergedInstance, Notice, Observer, OnExisting, RenewOn, Transfer,
};
pub use codec::StoredCart;
pub use domain::*;
pub use memory::MemoryCartStore;
pub use randomness::{Randomness, SystemRandomness};
pub use storage::*;
pub use time::{Clock, Elapsed, Sleep, SystemClock, Timestamp, timeout};
