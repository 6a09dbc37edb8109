//! The Rust in the workspace's documents, compiled and run as tests. They stand here since a crate
//! that is published can't reach beyond its folder.

#[doc = include_str!("../../../README.md")]
mod readme {}

#[doc = include_str!("../../../docs/cleanup.md")]
mod cleanup {}

#[doc = include_str!("../../../docs/concepts.md")]
mod concepts {}

#[doc = include_str!("../../../docs/first-five-minutes.md")]
mod first_five_minutes {}

#[doc = include_str!("../../../docs/format.md")]
mod format {}

#[doc = include_str!("../../../docs/operations.md")]
mod operations {}

#[doc = include_str!("../../../docs/queries.md")]
mod queries {}

#[cfg(target_os = "linux")]
#[doc = include_str!("../../../docs/private-servers.md")]
mod private_servers {}

#[doc = include_str!("../../../docs/writing-a-store.md")]
mod writing_a_store {}
