//! Steps one after the other, with the time that each took.

use std::time::{Duration, Instant};

use crate::error::Result;

/// Steps that have run; the first failure ends the run.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    finished: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Runs a step, and says afterwards how long it took.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        println!("\n== {name}");
        let start = Instant::now();
        let result = step();
        let took = start.elapsed();
        let outcome = if result.is_ok() { "done" } else { "FAILED" };
        println!("== {name}: {outcome} in {}", seconds(took));
        self.finished.push((name, took));
        result
    }

    /// One line: every step with its time.
    pub(crate) fn summary(&self) -> String {
        let total = self.finished.iter().map(|(_, took)| *took).sum();
        let steps = self
            .finished
            .iter()
            .map(|(name, took)| format!("{name} {}", seconds(*took)))
            .collect::<Vec<_>>()
            .join(", ");
        format!("all green in {}: {steps}", seconds(total))
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f32())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn the_summary_lists_the_steps_in_order_with_their_sum() {
        let steps = Steps {
            finished: vec![
                ("format", Duration::from_millis(500)),
                ("clippy", Duration::from_secs(3)),
            ],
        };
        assert_eq!(
            steps.summary(),
            "all green in 3.5 s: format 0.5 s, clippy 3.0 s"
        );
    }

    #[test]
    fn a_failing_step_hands_its_error_on() {
        let mut steps = Steps::default();
        let result = steps.run("tidy", || {
            Err(Error::DoesNotHold("2 rules are broken".into()))
        });
        assert_eq!(result.unwrap_err().to_string(), "2 rules are broken");
    }
}
