#![doc = include_str!("../README.md")]

mod both;
mod bringing;
mod copy;
mod dual;
mod pace;
mod reading;
mod routed;
mod selection;
mod verify;

pub use copy::{CopyBatch, CopyCheckpoint, CopyCounts, CopyPlan, CopyRun, Refusal};
pub use dual::{
    Direction, DrainBatch, DrainPlan, DrainRun, DualWriteStore, MirrorCounts, MoveBatch, MovePlan,
    MoveRun, Owed, Phase, PhaseState, Phases, Preconditions, RetireRun,
};
pub use pace::Pace;
pub use routed::{RoutedStore, Rule};
pub use selection::Selection;
pub use verify::{
    Difference, DifferenceKind, SampleReport, VerifyBatch, VerifyPlan, VerifyReport, VerifyRun,
    VerifyStep,
};
