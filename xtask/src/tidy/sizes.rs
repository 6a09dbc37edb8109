//! How long a source file may be: what is longer is about more than one thing.

use super::workspace::{TextFile, Workspace};
use super::{Finding, Report};

/// Lines of source from which a file should be split.
const SOURCE_NOTICE: usize = 400;
/// Lines of source from which it must be.
const SOURCE_LIMIT: usize = 480;
/// Lines of a test, benchmark or example from which it must be split.
const TEST_LIMIT: usize = 600;

/// Lines from which the first example that people read is more than a screen.
const QUICKSTART_LIMIT: usize = 79;

/// Lines that are not blank, above which the store of the guide is more than an afternoon.
const GUIDE_LIMIT: usize = 200;

/// Reports Rust files that are too long.
pub(super) fn check(workspace: &Workspace) -> Report {
    let mut report = Report::default();
    for file in workspace.files_of("rs") {
        let lines = lines(file);
        let limit = limit(file);
        let finding = |what: &str| {
            Finding::new(
                &file.path,
                lines,
                format!("{lines} lines, {what}; split it by what it is about"),
            )
        };
        if lines > limit {
            report
                .violations
                .push(finding(&format!("more than {limit}")));
        } else if is_source(file) && lines > SOURCE_NOTICE {
            report.notices.push(finding(&format!("nearly {limit}")));
        }
    }
    report
}

/// How many lines a file has; blank ones of the guide's store aside.
fn lines(file: &TextFile) -> usize {
    let lines = file.text.lines();
    if is_of_guide(file) {
        lines.filter(|line| !line.trim().is_empty()).count()
    } else {
        lines.count()
    }
}

fn is_of_guide(file: &TextFile) -> bool {
    file.path.ends_with("examples/store_in_a_file/store.rs")
}

fn limit(file: &TextFile) -> usize {
    if file.path.ends_with("examples/quickstart.rs") {
        QUICKSTART_LIMIT
    } else if is_of_guide(file) {
        GUIDE_LIMIT
    } else if is_source(file) {
        SOURCE_LIMIT
    } else {
        TEST_LIMIT
    }
}

/// Whether a file is shipped, as opposed to run by developers only.
fn is_source(file: &TextFile) -> bool {
    file.path.components().any(|part| part.as_os_str() == "src")
        && file.path.file_name().is_some_and(|name| name != "tests.rs")
}

#[cfg(test)]
mod tests {
    use super::super::workspace::planted::files;
    use super::*;

    #[test]
    fn long_files_are_noticed_and_longer_ones_refused() {
        let text = |lines| "// a line\n".repeat(lines);
        let workspace = files(&[
            ("crates/a/src/fits.rs", &text(400)),
            ("crates/a/src/long.rs", &text(401)),
            ("crates/a/src/longer.rs", &text(481)),
            ("crates/a/src/long/tests.rs", &text(600)),
            ("crates/a/tests/longer.rs", &text(601)),
            ("crates/a/examples/quickstart.rs", &text(80)),
            ("crates/a/examples/store_in_a_file/store.rs", &text(201)),
        ]);
        let report = check(&workspace);
        let paths = |findings: &[Finding]| -> Vec<_> {
            findings
                .iter()
                .map(|finding| finding.path.display().to_string())
                .collect()
        };
        assert_eq!(paths(&report.notices), ["crates/a/src/long.rs"]);
        assert_eq!(
            paths(&report.violations),
            [
                "crates/a/src/longer.rs",
                "crates/a/tests/longer.rs",
                "crates/a/examples/quickstart.rs",
                "crates/a/examples/store_in_a_file/store.rs"
            ]
        );
    }
}
