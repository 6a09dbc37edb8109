//! Parts of documents that a program of ours writes, so that they can't drift from the code.
//!
//! Such a part stands between `<!-- generated: NAME -->` and `<!-- end -->`; the example of that name
//! prints it.

use std::fs;

use super::workspace::{TextFile, Workspace};
use super::{Finding, Report};
use crate::cargo;
use crate::error::{Error, Result};

const OPENING: &str = "<!-- generated: ";
const CLOSING: &str = "<!-- end -->";

/// Reports parts that differ from what their example prints.
pub(super) fn check(workspace: &Workspace) -> Result<Report> {
    let mut report = Report::default();
    for file in workspace.files_of("md") {
        for block in blocks(&file.text) {
            if !workspace.has_example(block.name) {
                report
                    .violations
                    .push(block.finding(file, "no crate has an example of this name"));
            } else if block.body.trim() != cargo::example(block.name)?.trim() {
                report
                    .violations
                    .push(block.finding(file, "out of date; run `cargo xtask tidy --bless`"));
            }
        }
    }
    Ok(report)
}

/// Rewrites the parts whose example there is.
pub(super) fn bless(workspace: &Workspace) -> Result<()> {
    for file in workspace.files_of("md") {
        let text = rewritten(&file.text, |name| {
            workspace
                .has_example(name)
                .then(|| cargo::example(name))
                .transpose()
        })?;
        if text != file.text {
            let path = cargo::root().join(&file.path);
            fs::write(&path, text).map_err(|source| Error::File { path, source })?;
            println!("rewrote {}", file.path.display());
        }
    }
    Ok(())
}

/// A generated part of a document.
#[derive(Debug, PartialEq)]
struct Block<'a> {
    name: &'a str,
    body: &'a str,
    start: usize,
    line: usize,
}

impl Block<'_> {
    fn finding(&self, file: &TextFile, problem: &str) -> Finding {
        Finding::new(
            &file.path,
            self.line,
            format!("generated `{}`: {problem}", self.name),
        )
    }
}

/// The generated parts of a text, in order. Only a line of its own opens or closes one.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize, usize)> = None;
    let mut offset = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let content = line.trim_end();
        if let Some(name) = content
            .strip_prefix(OPENING)
            .and_then(|rest| rest.strip_suffix(" -->"))
        {
            open = Some((name, offset + line.len(), number));
        } else if content == CLOSING
            && let Some((name, start, line)) = open.take()
        {
            blocks.push(Block {
                name,
                body: &text[start..offset],
                start,
                line,
            });
        }
        offset += line.len();
    }
    blocks
}

/// A text with each part replaced by what `print` returns for its name, where it returns something.
fn rewritten(text: &str, print: impl Fn(&str) -> Result<Option<String>>) -> Result<String> {
    let mut result = text.to_owned();
    // From the last to the first, so that the offsets before stay true.
    for block in blocks(text).iter().rev() {
        if let Some(body) = print(block.name)? {
            let range = block.start..block.start + block.body.len();
            result.replace_range(range, &format!("\n{}\n\n", body.trim()));
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::super::workspace::planted::files;
    use super::*;

    const DOCUMENT: &str = "# Metrics\n<!-- generated: metrics_table -->\nold\n<!-- end -->\nafter\n\
        <!-- generated: other -->\n<!-- end -->\n";

    #[test]
    fn only_the_parts_between_the_marks_are_rewritten() {
        let blessed = rewritten(DOCUMENT, |name| {
            Ok((name == "metrics_table").then(|| "| name |\n".to_owned()))
        })
        .unwrap();
        assert_eq!(
            blessed,
            "# Metrics\n<!-- generated: metrics_table -->\n\n| name |\n\n<!-- end -->\nafter\n\
             <!-- generated: other -->\n<!-- end -->\n"
        );
        assert_eq!(blocks(&blessed)[0].body.trim(), "| name |");
    }

    #[test]
    fn a_part_without_its_example_is_found_at_its_line() {
        let found = check(&files(&[("docs/operations.md", DOCUMENT)]))
            .unwrap()
            .violations;
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].line, 2);
        assert!(
            found[1]
                .message
                .starts_with("generated `other`: no crate has an example")
        );
    }

    #[test]
    fn marks_inside_a_line_are_text() {
        assert_eq!(
            blocks("write `<!-- generated: NAME -->` and `<!-- end -->`\n"),
            []
        );
    }
}
