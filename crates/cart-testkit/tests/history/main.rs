//! The checker of histories, checked.

mod judges;
mod mutants;
mod recorder;
mod rules;
mod simulation;
