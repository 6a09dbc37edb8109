//! `cargo xtask tidy`: the rules that no compiler checks, one module each.

mod arrows;
mod clauses;
mod core_tree;
mod floats;
mod generated;
mod packages;
mod sizes;
mod unfinished;
mod versions;
mod workspace;

use std::fmt;
use std::path::PathBuf;

use self::workspace::Workspace;
use crate::error::{Error, Result};

/// How to check.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Rewrite the generated blocks of documents that are out of date.
    #[arg(long)]
    bless: bool,
}

/// A rule: reads the workspace and reports where it is broken.
type Rule = fn(&Workspace) -> Result<Report>;

const RULES: [(&str, Rule); 9] = [
    ("arrows", |workspace| Ok(arrows::check(workspace))),
    ("clauses", clauses::check),
    ("core tree", core_tree::check),
    ("floats", |workspace| Ok(floats::check(workspace))),
    ("generated", generated::check),
    ("packages", |workspace| Ok(packages::check(workspace))),
    ("sizes", |workspace| Ok(sizes::check(workspace))),
    ("unfinished", |workspace| Ok(unfinished::check(workspace))),
    ("versions", |workspace| Ok(versions::check(workspace))),
];

/// Checks every rule, and fails when one is broken.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.bless {
        generated::bless(&Workspace::read()?)?;
    }
    let workspace = Workspace::read()?;
    let mut broken = 0;
    for (name, rule) in RULES {
        let report = rule(&workspace)?;
        print!("{name}: {report}");
        broken += report.violations.len();
    }
    if broken == 0 {
        Ok(())
    } else {
        Err(Error::DoesNotHold(format!("tidy: {broken} violations")))
    }
}

/// What a rule found.
#[derive(Debug, Default)]
struct Report {
    /// Where the rule is broken.
    violations: Vec<Finding>,
    /// What is still allowed, but not for long.
    notices: Vec<Finding>,
    /// A figure worth showing also when the rule holds.
    remark: Option<String>,
}

impl FromIterator<Finding> for Report {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        Self {
            violations: findings.into_iter().collect(),
            ..Self::default()
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.violations.is_empty() {
            "holds"
        } else {
            "BROKEN"
        })?;
        if let Some(remark) = &self.remark {
            write!(formatter, ", {remark}")?;
        }
        writeln!(formatter)?;
        for notice in &self.notices {
            writeln!(formatter, "  notice: {notice}")?;
        }
        for violation in &self.violations {
            writeln!(formatter, "  {violation}")?;
        }
        Ok(())
    }
}

/// A place, what is wrong there and what to do about it.
#[derive(Debug, PartialEq)]
struct Finding {
    path: PathBuf,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: impl Into<PathBuf>, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}: {}",
            self.path.display(),
            self.line,
            self.message
        )
    }
}

/// Whether a name is the pattern, or starts with what stands before its final `*`.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_lists_every_place_and_a_kept_one_its_remark() {
        let kept = Report {
            remark: Some("35 crates".into()),
            ..Report::default()
        };
        assert_eq!(kept.to_string(), "holds, 35 crates\n");
        let broken: Report = [
            Finding::new("a.rs", 1, "one"),
            Finding::new("b.rs", 2, "two"),
        ]
        .into_iter()
        .collect();
        assert_eq!(broken.to_string(), "BROKEN\n  a.rs:1: one\n  b.rs:2: two\n");
    }

    #[test]
    fn a_finding_reads_like_a_compiler_message() {
        let finding = Finding::new("docs/contract.md", 12, "SAVE-1 has no case; add one");
        assert_eq!(
            finding.to_string(),
            "docs/contract.md:12: SAVE-1 has no case; add one"
        );
    }
}
