//! The machine that was measured on.

use serde::Serialize;

/// What a reader needs to know to compare figures.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    /// The model of its processors, where the system tells.
    pub(super) processor: String,
    pub(super) processors: usize,
    pub(super) system: &'static str,
    pub(super) release: &'static str,
}

impl Machine {
    pub(super) fn look() -> Self {
        let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = told
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Self {
            processor: model.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            system: std::env::consts::OS,
            release: env!("CARGO_PKG_VERSION"),
        }
    }
}
