//! What only servers of the Redis kind do: replace each other, and sync once a second.

pub(super) mod dead_primary;
pub(super) mod failover;
pub(super) mod suffix;
