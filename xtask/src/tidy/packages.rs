//! What each crate brings along, so that it can be published and found.

use super::workspace::{Package, Workspace};
use super::{Finding, Report};

/// Reports crates without a README, a changelog, a description or a licence.
pub(super) fn check(workspace: &Workspace) -> Report {
    let crates = workspace
        .packages
        .iter()
        .filter(|package| package.manifest_path.starts_with("crates"));
    crates
        .flat_map(|package| {
            missing(workspace, package).map(|what| {
                Finding::new(
                    &package.manifest_path,
                    1,
                    format!("{} has no {what}; add it", package.name),
                )
            })
        })
        .collect()
}

fn missing(workspace: &Workspace, package: &Package) -> impl Iterator<Item = &'static str> {
    let beside = |name| {
        workspace
            .file(package.manifest_path.with_file_name(name))
            .is_some()
    };
    [
        ("README.md", beside("README.md")),
        ("CHANGELOG.md", beside("CHANGELOG.md")),
        ("`description`", package.description.is_some()),
        ("`license`", package.license.is_some()),
    ]
    .into_iter()
    .filter_map(|(what, present)| (!present).then_some(what))
}

#[cfg(test)]
mod tests {
    use super::super::workspace::planted::{files, package};
    use super::*;

    #[test]
    fn what_a_crate_lacks_is_named() {
        let mut workspace = files(&[
            ("crates/cart-core/README.md", "# cart-core"),
            ("crates/cart-core/CHANGELOG.md", "# Changelog"),
            ("crates/cart-cli/README.md", "# cart-cli"),
        ]);
        let mut cli = package("cart-cli", &[]);
        cli.license = None;
        workspace.packages = vec![package("cart-core", &[]), cli];
        let found: Vec<_> = check(&workspace)
            .violations
            .into_iter()
            .map(|finding| finding.message)
            .collect();
        assert_eq!(
            found,
            [
                "cart-cli has no CHANGELOG.md; add it",
                "cart-cli has no `license`; add it"
            ]
        );
    }
}
