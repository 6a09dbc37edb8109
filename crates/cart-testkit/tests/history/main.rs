//! The checker of histories, checked.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod judges;
mod mutants;
mod recorder;
mod rules;
mod simulation;
mod stalled;
