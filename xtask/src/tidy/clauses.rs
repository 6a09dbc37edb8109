//! The contract and the suite name the same clauses, and each clause has a case.

use super::workspace::{TextFile, Workspace};
use super::{Finding, Report};
use crate::catalogue::Catalogue;
use crate::error::Result;

const CONTRACT: &str = "docs/contract.md";

/// Reports clauses without a case, and cases that cite no clause of the contract.
pub(super) fn check(workspace: &Workspace) -> Result<Report> {
    let catalogue = if workspace.has_example("cases") {
        Catalogue::load()?
    } else {
        Catalogue::default()
    };
    let report = compare(workspace, &catalogue);
    let remark = Some(format!(
        "{} cases for {} clauses",
        catalogue.cases.len(),
        catalogue.clauses.len()
    ));
    Ok(Report { remark, ..report })
}

fn compare(workspace: &Workspace, catalogue: &Catalogue) -> Report {
    let written = workspace.file(CONTRACT).map(headings).unwrap_or_default();
    let unproven = written
        .iter()
        .filter(|(_, clause)| catalogue.cases_of(clause).is_empty())
        .map(|(line, clause)| {
            Finding::new(
                CONTRACT,
                *line,
                format!("no case cites {clause}; add one to cart-testkit"),
            )
        });
    let known = catalogue.clauses.iter().map(|clause| &clause.id);
    let unwritten = known
        .filter(|id| !written.iter().any(|(_, clause)| clause == *id))
        .map(|id| {
            let (path, line) = place_of(workspace, id);
            Finding::new(
                path,
                line,
                format!("{id} isn't in {CONTRACT}; write it there, or remove it"),
            )
        });
    let citing_none = catalogue
        .cases
        .iter()
        .filter(|case| case.clauses.is_empty())
        .map(|case| {
            let (path, line) = place_of(workspace, &case.name);
            Finding::new(
                path,
                line,
                format!("{} cites no clause; name the one that it proves", case.name),
            )
        });
    unproven.chain(unwritten).chain(citing_none).collect()
}

/// The clauses that the contract has a heading for, with the heading's line.
fn headings(contract: &TextFile) -> Vec<(usize, String)> {
    contract
        .numbered_lines()
        .filter_map(|(number, line)| {
            let heading = line.strip_prefix('#')?.trim_start_matches('#');
            let word = heading.split_whitespace().next()?;
            let id = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            is_clause(id).then(|| (number, id.to_owned()))
        })
        .collect()
}

/// Whether a word looks like `SAVE-1`.
fn is_clause(word: &str) -> bool {
    word.split_once('-').is_some_and(|(group, number)| {
        !group.is_empty()
            && group.chars().all(|c| c.is_ascii_uppercase())
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

/// Where the testkit's source names something.
fn place_of(workspace: &Workspace, name: &str) -> (std::path::PathBuf, usize) {
    workspace
        .files_of("rs")
        .filter(|file| file.path.starts_with("crates/cart-testkit/src"))
        .find_map(|file| {
            let line = file
                .numbered_lines()
                .find(|(_, line)| line.contains(name))?
                .0;
            Some((file.path.clone(), line))
        })
        .unwrap_or_else(|| ("crates/cart-testkit/Cargo.toml".into(), 1))
}

#[cfg(test)]
mod tests {
    use super::super::workspace::planted::files;
    use super::*;

    const SUITE: &str = r#"{"cases":[
        {"case":"first_save_wins","clauses":["SAVE-1"]},
        {"case":"clones_share_data","clauses":["CLONE-9"]},
        {"case":"drifts_along","clauses":[]}],
        "clauses":[{"clause":"SAVE-1"},{"clause":"CLONE-9"}]}"#;

    #[test]
    fn both_directions_are_reported_where_they_can_be_mended() {
        let workspace = files(&[
            (CONTRACT, "# Contract\n\n### SAVE-1: create\n\n### KEY-1\n"),
            (
                "crates/cart-testkit/src/clause.rs",
                "Save1 = \"SAVE-1\";\nClone9 = \"CLONE-9\";\n",
            ),
        ]);
        let catalogue = serde_json::from_str(SUITE).unwrap();
        let found: Vec<_> = compare(&workspace, &catalogue)
            .violations
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("docs/contract.md:5: no case cites KEY-1"));
        assert!(found[1].starts_with("crates/cart-testkit/src/clause.rs:2: CLONE-9 isn't in"));
        assert!(found[2].contains("drifts_along cites no clause"));
    }

    #[test]
    fn headings_without_an_id_are_no_clauses() {
        let workspace = files(&[(
            CONTRACT,
            "# The contract\n## Load\n### `LOAD-1` exact\nSAVE-1\n#### KEY-1:\n",
        )]);
        let clauses = headings(&workspace.files[0]);
        assert_eq!(clauses, [(3, "LOAD-1".to_owned()), (5, "KEY-1".to_owned())]);
    }
}
