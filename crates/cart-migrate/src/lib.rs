#![doc = include_str!("../README.md")]

mod copy;
mod pace;
mod reading;
mod selection;

pub use copy::{CopyBatch, CopyCheckpoint, CopyCounts, CopyPlan, CopyRun, Refusal};
pub use pace::Pace;
pub use selection::Selection;
