#![doc = include_str!("../README.md")]

mod bringing;
mod copy;
mod pace;
mod reading;
mod selection;
mod verify;

pub use copy::{CopyBatch, CopyCheckpoint, CopyCounts, CopyPlan, CopyRun, Refusal};
pub use pace::Pace;
pub use selection::Selection;
pub use verify::{
    Difference, DifferenceKind, SampleReport, VerifyBatch, VerifyPlan, VerifyReport, VerifyRun,
    VerifyStep,
};
