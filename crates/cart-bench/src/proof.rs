//! What a proof is, and how it ended.

use std::error::Error;
use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::arguments::Arguments;

/// Why a claim does not hold, or could not be examined.
pub(crate) type Refuted = Box<dyn Error + Send + Sync>;

/// The end of a proof.
pub(crate) type Proven = Result<(), Refuted>;

/// A claim, and how to examine it.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) name: &'static str,
    pub(crate) claim: &'static str,
    pub(crate) run: fn(&Arguments, &mut Figures) -> Proven,
}

/// A step of a proof: refutes the claim unless `holds`.
pub(crate) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Proven {
    if holds {
        Ok(())
    } else {
        Err(otherwise().into())
    }
}

/// What was counted and measured, in the order in which it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    listed: Vec<(&'static str, u64)>,
    faults: Option<u64>,
}

impl Figures {
    /// Lists a figure.
    pub(crate) fn set(&mut self, name: &'static str, value: impl TryInto<u64>) {
        self.listed
            .push((name, value.try_into().unwrap_or(u64::MAX)));
    }

    /// Lists a figure without what is behind its point.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "times and shares, far from the largest number"
    )]
    pub(crate) fn set_rounded(&mut self, name: &'static str, value: f64) {
        self.set(name, value.round() as u64);
    }

    /// Lists how many faults were injected and really happened. A proof that says 0 has shown
    /// nothing, and fails.
    pub(crate) fn set_faults(&mut self, fired: u64) {
        self.faults = Some(fired);
    }

    /// The faults, for a proof that injects any.
    pub(crate) fn faults(&self) -> Option<u64> {
        self.faults
    }

    /// The other figures.
    pub(crate) fn listed(&self) -> &[(&'static str, u64)] {
        &self.listed
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.listed {
            map.serialize_entry(name, value)?;
        }
        if let Some(faults) = self.faults {
            map.serialize_entry("faults", &faults)?;
        }
        map.end()
    }
}

/// How a proof ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) proof: &'static Proof,
    pub(crate) figures: Figures,
    pub(crate) took: Duration,
    proven: Proven,
}

impl Outcome {
    pub(crate) fn new(
        proof: &'static Proof,
        figures: Figures,
        took: Duration,
        proven: Proven,
    ) -> Self {
        let proven = match figures.faults {
            Some(0) => proven.and(Err("no fault fired, so nothing is shown".into())),
            Some(_) | None => proven,
        };
        Self {
            proof,
            figures,
            took,
            proven,
        }
    }

    /// Whether the claim held.
    pub(crate) fn held(&self) -> bool {
        self.proven.is_ok()
    }

    /// The result in words.
    pub(crate) fn verdict(&self) -> String {
        match &self.proven {
            Ok(()) => "holds".to_owned(),
            Err(why) => format!("DOES NOT HOLD: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PROOF: Proof = Proof {
        name: "p",
        claim: "c",
        run: |_, _| Ok(()),
    };

    fn outcome(faults: Option<u64>) -> Outcome {
        let figures = Figures {
            faults,
            ..Figures::default()
        };
        Outcome::new(&PROOF, figures, Duration::ZERO, Ok(()))
    }

    #[test]
    fn a_proof_whose_fault_never_fired_fails() {
        assert!(!outcome(Some(0)).held());
        assert!(outcome(Some(1)).held());
        assert!(outcome(None).held());
    }
}
