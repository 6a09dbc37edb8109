//! Nothing that says of itself that it isn't finished.

use super::workspace::Workspace;
use super::{Finding, Report};

/// What unfinished work is marked with. Each is put together from halves, so that this file, and the
/// others that are searched with it, may hold the list.
const MARKS: [(&str, &str); 5] = [
    (concat!("#[", "ignore"), "make the test run, or remove it"),
    (
        concat!("to", "do!("),
        "write it, or leave out what needs it",
    ),
    (
        concat!("unimpl", "emented!("),
        "write it, or leave out what needs it",
    ),
    (concat!("TO", "DO"), "do it now, or open an issue"),
    (concat!("FIX", "ME"), "mend it now, or open an issue"),
];

/// Reports every mark.
pub(super) fn check(workspace: &Workspace) -> Report {
    workspace
        .files
        .iter()
        .flat_map(|file| file.numbered_lines().map(move |line| (file, line)))
        .filter_map(|(file, (number, line))| {
            let (mark, remedy) = MARKS.iter().find(|(mark, _)| line.contains(mark))?;
            Some(Finding::new(
                &file.path,
                number,
                format!("`{mark}`: {remedy}"),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::workspace::planted::files;
    use super::*;

    #[test]
    fn every_mark_is_found_at_its_line() {
        for (mark, remedy) in MARKS {
            let workspace = files(&[("crates/a/src/lib.rs", &format!("//! Fine.\n{mark}\n"))]);
            let found = check(&workspace).violations;
            assert_eq!(
                found,
                [Finding::new(
                    "crates/a/src/lib.rs",
                    2,
                    format!("`{mark}`: {remedy}")
                )]
            );
        }
    }

    #[test]
    fn finished_code_holds_no_mark() {
        let workspace = files(&[(
            "crates/a/src/lib.rs",
            "/// Ignores the case of a currency.\nfn list() {}\n",
        )]);
        assert!(check(&workspace).violations.is_empty());
    }
}
