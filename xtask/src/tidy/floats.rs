//! Money is never a float, so the core has none at all.

use super::workspace::Workspace;
use super::{Finding, Report};

/// The core's sources.
const PLACE: &str = "crates/cart-core/src";

/// Reports every mention of a float type in the core.
pub(super) fn check(workspace: &Workspace) -> Report {
    workspace
        .files_of("rs")
        .filter(|file| file.path.starts_with(PLACE))
        .flat_map(|file| file.numbered_lines().map(move |line| (file, line)))
        .filter(|(_, (_, line))| ["f32", "f64"].iter().any(|float| line.contains(float)))
        .map(|(file, (number, _))| {
            Finding::new(
                &file.path,
                number,
                "a float in the core; use integers or exact fractions",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::workspace::planted::files;
    use super::*;

    #[test]
    fn floats_are_found_in_the_core_and_allowed_elsewhere() {
        let text = "fn rate() -> f64 {\n    0.19\n}\n";
        let workspace = files(&[
            ("crates/cart-core/src/money.rs", text),
            ("crates/cart-bench/src/lib.rs", text),
        ]);
        let found = check(&workspace).violations;
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].path.to_str(),
            Some("crates/cart-core/src/money.rs")
        );
        assert_eq!(found[0].line, 1);
    }
}
