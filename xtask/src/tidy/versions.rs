//! Where the version of a dependency stands.
//!
//! One place for all: `[workspace.dependencies]`. Our own crates carry a version where they ship, or
//! publishing fails, and none where only tests use them, or two crates that test each other could
//! never be published.

use super::workspace::{TextFile, Workspace};
use super::{Finding, Report};

/// Reports every version that stands elsewhere, and every one that is missing or too much.
pub(super) fn check(workspace: &Workspace) -> Report {
    let manifests = workspace
        .packages
        .iter()
        .filter_map(|package| workspace.file(&package.manifest_path));
    let stated = manifests.flat_map(stated_versions);
    stated.chain(internal(workspace)).collect()
}

/// Our own dependencies: with a version where they ship, without one in tests.
fn internal(workspace: &Workspace) -> impl Iterator<Item = Finding> {
    workspace.packages.iter().flat_map(move |package| {
        package.internal_dependencies().filter_map(move |dependency| {
            let name = &dependency.name;
            let has_version = dependency.req != "*";
            let message = match (dependency.is_dev(), has_version) {
                (true, true) => format!(
                    "{name} is for tests here: state `{name} = {{ path = \"../{name}\" }}`, without a version"
                ),
                (false, false) if package.is_published() => {
                    format!("{name} ships without a version: state `{name}.workspace = true`")
                }
                _ => return None,
            };
            let line = workspace.manifest_line(package, name);
            Some(Finding::new(&package.manifest_path, line, message))
        })
    })
}

/// The versions that a member's manifest states by itself.
fn stated_versions(manifest: &TextFile) -> Vec<Finding> {
    let mut section = "";
    let mut findings = Vec::new();
    for (number, line) in manifest.numbered_lines() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if states_version(section, line) {
            findings.push(Finding::new(
                &manifest.path,
                number,
                "a version of its own: move it to [workspace.dependencies] and state `.workspace = true`",
            ));
        }
    }
    findings
}

/// Whether a line asks for a version: `name = "1"`, `name = { version = "1" }`, or `version = "1"` in
/// a dependency's own table.
fn states_version(section: &str, line: &str) -> bool {
    let compact: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    let names_version = compact.contains("version=\"");
    if section.ends_with("dependencies") {
        names_version
            || compact
                .split_once('=')
                .is_some_and(|(_, value)| value.starts_with('"'))
    } else {
        section.contains("dependencies.") && names_version
    }
}

#[cfg(test)]
mod tests {
    use super::super::workspace::planted::{files, internal, package};
    use super::*;

    fn lines(manifest: &str) -> Vec<usize> {
        let workspace = files(&[("crates/cart-cli/Cargo.toml", manifest)]);
        stated_versions(&workspace.files[0])
            .iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn every_way_to_state_a_version_is_found() {
        let manifest = "[package]\nversion = \"0.1.0\"\n\n[dependencies]\nserde = \"1\"\n\
            clap = { version = \"4\", features = [] }\ntokio.workspace = true\n\n\
            [target.'cfg(unix)'.dependencies.libc]\nversion = \"0.2\"\n\n\
            [dev-dependencies]\ncart-testkit = { path = \"../cart-testkit\" }\n";
        assert_eq!(lines(manifest), [5, 6, 10]);
    }

    #[test]
    fn our_own_crates_have_a_version_where_they_ship_and_none_in_tests() {
        let wrong = [
            internal("cart-core", None, "*"),
            internal("cart-testkit", Some("dev"), "^0.1.0"),
        ];
        let right = [
            internal("cart-core", None, "^0.1.0"),
            internal("cart-testkit", Some("dev"), "*"),
        ];
        let mut workspace = Workspace {
            packages: vec![package("cart-layers", &wrong)],
            ..Workspace::default()
        };
        let messages: Vec<_> = check(&workspace)
            .violations
            .into_iter()
            .map(|finding| finding.message)
            .collect();
        assert!(
            messages[0].contains("ships without a version"),
            "{messages:?}"
        );
        assert!(messages[1].contains("without a version"), "{messages:?}");
        assert_eq!(messages.len(), 2);

        workspace.packages = vec![package("cart-layers", &right)];
        assert!(check(&workspace).violations.is_empty());
    }
}
