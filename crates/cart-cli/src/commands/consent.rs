//! Whether somebody has agreed that carts go.

use std::io::{self, IsTerminal, Write};

use crate::failure::Failure;

/// Whether somebody has agreed, or can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Somebody sits at a terminal.
    Ask,
    /// It was given on the command line.
    Given,
}

impl Consent {
    /// The consent that was `given`, or the way to it. A schedule is never asked: nobody would
    /// answer, and `advice` says what to do instead.
    pub(super) fn new(given: bool, advice: &'static str) -> Result<Self, Failure> {
        if given {
            return Ok(Self::Given);
        }
        if io::stdin().is_terminal() && io::stderr().is_terminal() {
            return Ok(Self::Ask);
        }
        Err(Failure::Invalid(advice))
    }
}

/// Asks once; everything but a yes is a no, which `refused` tells.
pub(super) fn ask(question: &str, refused: &'static str) -> Result<(), Failure> {
    let mut stderr = io::stderr();
    write!(stderr, "{question} [y/N] ")
        .and_then(|()| stderr.flush())
        .map_err(Failure::Output)?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|source| Failure::File {
            path: "standard input".into(),
            source,
        })?;
    if is_yes(&answer) {
        Ok(())
    } else {
        Err(Failure::Invalid(refused))
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim(), "y" | "Y" | "yes" | "Yes" | "YES")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_a_yes_is_a_no() {
        assert!(["y\n", "Y", " yes \r\n"].into_iter().all(is_yes));
        assert!(
            !["", "\n", "n", "no", "yep", "ja", "1"]
                .into_iter()
                .any(is_yes)
        );
    }
}
