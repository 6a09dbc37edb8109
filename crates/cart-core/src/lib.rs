#![doc = include_str!("../README.md")]

mod carts;
mod codec;
mod configuration;
mod domain;
mod memory;
mod randomness;
mod registry;
mod storage;
mod time;

pub use carts::{
    CartHandle, CartSnapshot, Carts, CartsBuilder, Cleanup, CleanupCheckpoint, CleanupCounts,
    CleanupRun, Edited, Erased, ExpiryPolicy, FailedInstance, IdempotencyKey, Lease,
    MergedInstance, Notice, Observer, OnExisting, Precondition, RenewOn, Retention, Transfer,
    Transfers,
};
pub use codec::StoredCart;
pub use configuration::{
    CacheSection, Configuration, ConfigurationError, DatabaseSection, DeletionSection,
    MigrationSection, MoneySection, SessionSection, StoreUrl,
};
pub use domain::*;
pub use memory::MemoryCartStore;
pub use randomness::{Randomness, SystemRandomness};
pub use registry::{OpenRequest, StoreFactory, StoreRegistry};
pub use storage::*;
pub use time::{Clock, Elapsed, Sleep, SystemClock, Timestamp, timeout};
