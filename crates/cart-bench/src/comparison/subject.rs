//! What is compared: ways to add a unit to a line of a cart.

use std::sync::Arc;

use async_trait::async_trait;

use crate::proof::{Proven, Refuted};

/// How many lines a cart has.
pub(super) const LINES: usize = 10;

/// A way to keep one cart, in the hands of one writer.
#[async_trait]
pub(super) trait Subject: Send + Sync {
    /// Stores the cart as it is to begin with: ten lines.
    async fn create(&self) -> Proven;

    /// Adds a unit to the first line, and tells how many tries that took.
    async fn add_unit(&self) -> Result<u64, Refuted>;

    /// How many units the first line has.
    async fn units(&self) -> Result<u64, Refuted>;
}

/// A way to keep carts, with a subject for each writer.
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) subjects: Vec<Arc<dyn Subject>>,
}
