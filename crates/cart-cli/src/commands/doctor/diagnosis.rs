//! What the doctor found.

use std::fmt;
use std::future::Future;
use std::time::Instant;

use cart_core::{Capabilities, ErrorKind, Result};
use serde::Serialize;

use crate::view::{plain, table};

/// What the doctor found.
#[derive(Debug, Default, Serialize)]
pub(super) struct Diagnosis {
    healthy: bool,
    checks: Vec<Check>,
    warnings: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<Powers>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    outcome: Outcome,
    detail: String,
    microseconds: u128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Failed,
    Passed,
    /// The store does not have what would be looked at.
    Skipped,
}

/// What the store declares that it can do, in the words of the library.
#[derive(Debug, Serialize)]
struct Powers {
    compare_and_set: String,
    durability: String,
    evictable: bool,
    expiry: String,
    lock: bool,
    record_limit: Option<usize>,
    rename: String,
    scan: String,
    visibility: String,
}

impl Diagnosis {
    /// Looks at one thing, notes what came of it, and hands that on.
    pub(super) async fn check<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = Result<T>>,
        describe: impl FnOnce(&T) -> String,
    ) -> Result<T> {
        let began = Instant::now();
        let result = work.await;
        let microseconds = began.elapsed().as_micros();
        let (outcome, detail) = match &result {
            Ok(value) => (Outcome::Passed, describe(value)),
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                (Outcome::Skipped, error.to_string())
            }
            Err(error) => (Outcome::Failed, error.to_string()),
        };
        self.checks.push(Check {
            name,
            outcome,
            detail,
            microseconds,
        });
        self.healthy = self
            .checks
            .iter()
            .all(|check| check.outcome != Outcome::Failed);
        result
    }

    /// Notes what the store declares.
    pub(super) fn note_powers(&mut self, capabilities: &Capabilities) {
        self.capabilities = Some(Powers {
            compare_and_set: format!("{:?}", capabilities.compare_and_set),
            durability: format!("{:?}", capabilities.durability),
            evictable: capabilities.evictable,
            expiry: format!("{:?}", capabilities.expiry),
            lock: capabilities.lock,
            record_limit: capabilities.record_limit,
            rename: format!("{:?}", capabilities.rename),
            scan: format!("{:?}", capabilities.scan),
            visibility: format!("{:?}", capabilities.visibility),
        });
    }

    /// Notes what is no failure, and may lose carts all the same.
    pub(super) fn warn(&mut self, warnings: Vec<&'static str>) {
        self.warnings = warnings;
    }

    /// Whether no check failed.
    pub(super) fn is_healthy(&self) -> bool {
        self.healthy
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut checks = table(["check", "outcome", "milliseconds", "detail"], &[2]);
        for check in &self.checks {
            checks.add_row([
                check.name.to_owned(),
                format!("{:?}", check.outcome).to_lowercase(),
                format!(
                    "{}.{:03}",
                    check.microseconds / 1_000,
                    check.microseconds % 1_000
                ),
                plain(&check.detail).into_owned(),
            ]);
        }
        writeln!(formatter, "{checks}")?;
        for warning in &self.warnings {
            writeln!(formatter, "\nwarning: {warning}")?;
        }
        let Some(powers) = &self.capabilities else {
            return Ok(());
        };
        let mut capabilities = table(["capability", "declared"], &[]);
        let limit = powers
            .record_limit
            .map_or("none".to_owned(), |bytes| format!("{bytes} bytes"));
        for (name, value) in [
            ("compare and set", &powers.compare_and_set),
            ("durability", &powers.durability),
            ("evictable", &powers.evictable.to_string()),
            ("expiry", &powers.expiry),
            ("lock", &powers.lock.to_string()),
            ("record limit", &limit),
            ("rename", &powers.rename),
            ("scan", &powers.scan),
            ("visibility", &powers.visibility),
        ] {
            capabilities.add_row([name, value]);
        }
        writeln!(formatter, "\n{capabilities}")
    }
}
