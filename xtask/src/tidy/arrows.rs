//! Which of our crates may use which: a new arrow is a decision, so it is taken here.

use super::workspace::Workspace;
use super::{Finding, Report, fits};

/// What each crate may use in what it ships; `*` ends a pattern. A crate without a row may use none.
/// Only tests may use the testkit besides, so dev-dependencies aren't looked at.
const ARROWS: [(&str, &[&str]); 8] = [
    ("cart-axum", &["cart-core"]),
    ("cart-layers", &["cart-core"]),
    ("cart-migrate", &["cart-core"]),
    ("cart-store-*", &["cart-core"]),
    ("cart-testkit", &["cart-core"]),
    (
        "cart-cli",
        &["cart-core", "cart-layers", "cart-migrate", "cart-store-*"],
    ),
    // Not published; it proves what the others claim, the operator's tool included.
    (
        "cart-bench",
        &[
            "cart-cli",
            "cart-core",
            "cart-layers",
            "cart-store-*",
            "cart-testkit",
        ],
    ),
    ("cart-core", &[]),
];

/// Reports every arrow that no row allows.
pub(super) fn check(workspace: &Workspace) -> Report {
    let mut report = Report::default();
    for package in &workspace.packages {
        let allowed = ARROWS
            .iter()
            .find(|(from, _)| fits(from, &package.name))
            .map_or(&[][..], |(_, to)| to);
        for dependency in package
            .internal_dependencies()
            .filter(|dependency| !dependency.is_dev())
        {
            if !allowed.iter().any(|to| fits(to, &dependency.name)) {
                report.violations.push(Finding::new(
                    &package.manifest_path,
                    workspace.manifest_line(package, &dependency.name),
                    format!(
                        "{} may not use {}; move what it needs to a crate that both may use, or \
                         argue the new arrow in docs/adr and add it to xtask/src/tidy/arrows.rs",
                        package.name, dependency.name,
                    ),
                ));
            }
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::super::workspace::planted::{files, internal, package};
    use super::*;

    #[test]
    fn a_store_that_uses_another_store_is_found_at_its_line() {
        let manifest =
            "[dependencies]\ncart-core.workspace = true\ncart-store-db.workspace = true\n";
        let mut workspace = files(&[("crates/cart-store-cache/Cargo.toml", manifest)]);
        workspace.packages = vec![package(
            "cart-store-cache",
            &[
                internal("cart-core", None, "^0.1.0"),
                internal("cart-store-db", None, "^0.1.0"),
            ],
        )];
        let found = check(&workspace).violations;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 3);
        assert!(
            found[0]
                .message
                .starts_with("cart-store-cache may not use cart-store-db")
        );
    }

    #[test]
    fn core_uses_none_of_our_crates_except_in_tests() {
        let testkit = internal("cart-testkit", Some("dev"), "*");
        let mut workspace = Workspace {
            packages: vec![package("cart-core", &[testkit])],
            ..Workspace::default()
        };
        assert!(check(&workspace).violations.is_empty());

        let layers = internal("cart-layers", None, "^0.1.0");
        workspace.packages = vec![package("cart-core", &[layers])];
        assert_eq!(check(&workspace).violations.len(), 1);
    }

    #[test]
    fn a_crate_without_a_row_may_use_none() {
        let core = internal("cart-core", None, "^0.1.0");
        let workspace = Workspace {
            packages: vec![package("cart-new", &[core])],
            ..Workspace::default()
        };
        assert_eq!(check(&workspace).violations.len(), 1);
    }
}
