//! What `cart-core` draws in: no runtime, no database, no web.

use std::collections::BTreeSet;

use super::workspace::Workspace;
use super::{Finding, Report, fits};
use crate::cargo;
use crate::error::Result;

const CORE: &str = "cart-core";

/// Crates that the core must do without; `*` ends a pattern.
const FOREIGN: [&str; 24] = [
    "actix*",
    "async-global-executor",
    "async-io",
    "async-std",
    "aws-*",
    "axum*",
    "diesel*",
    "fred",
    "h2",
    "http",
    "hyper*",
    "libsqlite3-sys",
    "mio",
    "mysql*",
    "postgres*",
    "redis*",
    "reqwest",
    "rusqlite",
    "smol",
    "sqlx*",
    "tokio*",
    "tower*",
    "tungstenite",
    "warp",
];

/// Reports foreign crates among those that the core draws in, and counts all of them.
pub(super) fn check(workspace: &Workspace) -> Result<Report> {
    let Some(core) = workspace
        .packages
        .iter()
        .find(|package| package.name == CORE)
    else {
        return Ok(Report::default());
    };
    let tree = cargo::output(cargo::cargo().args([
        "tree",
        "--package",
        CORE,
        "--all-features",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]))?;
    let crates = crates(&tree);
    let violations = crates
        .iter()
        .filter(|name| FOREIGN.iter().any(|foreign| fits(foreign, name)))
        .map(|name| {
            Finding::new(
                &core.manifest_path,
                workspace.manifest_line(core, name),
                format!(
                    "{CORE} draws in {name}, and must hold no runtime, database or web crate; \
                     `cargo tree --package {CORE} --edges normal --invert {name}` says through what"
                ),
            )
        })
        .collect();
    let remark = Some(format!("{CORE} draws in {} crates", crates.len()));
    Ok(Report {
        violations,
        remark,
        ..Report::default()
    })
}

/// The names in the output of `cargo tree`, the core's own left out.
fn crates(tree: &str) -> BTreeSet<&str> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != CORE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_counts_once() {
        let tree = "cart-core v0.1.0 (/w/crates/cart-core)\nserde v1.0.219\nserde v1.0.219 (*)\nitoa v1.0.15\n";
        assert_eq!(
            crates(tree).into_iter().collect::<Vec<_>>(),
            ["itoa", "serde"]
        );
    }

    #[test]
    fn runtimes_and_databases_are_foreign_and_plain_crates_are_not() {
        let foreign = |name: &str| FOREIGN.iter().any(|foreign| fits(foreign, name));
        for name in [
            "tokio",
            "tokio-util",
            "diesel",
            "hyper-util",
            "tower-service",
            "libsqlite3-sys",
        ] {
            assert!(foreign(name), "{name}");
        }
        for name in [
            "serde",
            "async-lock",
            "async-trait",
            "futures-timer",
            "indexmap",
        ] {
            assert!(!foreign(name), "{name}");
        }
    }
}
