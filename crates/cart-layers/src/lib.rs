#![doc = include_str!("../README.md")]

mod call;
mod layered;
mod layers;
mod metrics;
mod retry;
mod timeout;
mod trace;

pub use call::{Answer, Call, Content, Subject};
pub use layered::{Layer, Layered, Reply};
pub use layers::Layers;
pub use metrics::{METRICS, Metric, MetricKind, Metrics};
pub use retry::{Retry, RetryPolicy};
pub use timeout::Timeout;
pub use trace::Trace;
