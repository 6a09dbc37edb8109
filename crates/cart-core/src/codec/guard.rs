//! Ceilings that hold for everything that is read, checked before anything is built.

use crate::storage::Error;

use super::corrupt;

/// The most text that is read at all, in bytes.
pub(crate) const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The deepest nesting that is read.
pub(super) const MAX_DEPTH: usize = 64;
/// The most elements of a part's outermost array.
pub(crate) const MAX_LINES: usize = 100_000;

#[derive(Debug, thiserror::Error)]
enum Beyond {
    #[error("more than {MAX_BYTES} bytes")]
    Bytes,
    #[error("nested deeper than {MAX_DEPTH}")]
    Depth,
    #[error("more than {MAX_LINES} lines")]
    Lines,
}

/// Refuses a whole record that would cost too much to read: its parts stand one level deeper.
pub(super) fn check_record(text: &str) -> Result<(), Error> {
    check_to(text, MAX_DEPTH + 1)
}

/// Refuses text that would cost too much to read: hostile or broken, it is no cart of ours.
pub(super) fn check(text: &str) -> Result<(), Error> {
    check_to(text, MAX_DEPTH)
}

fn check_to(text: &str, max_depth: usize) -> Result<(), Error> {
    if text.len() > MAX_BYTES {
        return Err(corrupt(Beyond::Bytes));
    }
    let mut depth = 0_usize;
    let mut lines = 0_usize;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b'[' | b'{' => {
                depth += 1;
                if depth > max_depth {
                    return Err(corrupt(Beyond::Depth));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => {
                lines += 1;
                if lines >= MAX_LINES {
                    return Err(corrupt(Beyond::Lines));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn skip_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, MAX_DEPTH, MAX_LINES, check};
    use crate::storage::ErrorKind;

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn depth_is_counted_outside_of_strings() {
        check(&nested(MAX_DEPTH)).expect("the deepest that is read");
        check(&format!("[\"{}\\\"[\"]", "[".repeat(MAX_DEPTH))).expect("brackets in a string");
        let error = check(&nested(MAX_DEPTH + 1)).expect_err("too deep");
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn lines_and_bytes_have_a_ceiling() {
        let lines = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        check(&lines(MAX_LINES)).expect("the most lines that are read");
        check(&lines(MAX_LINES + 1)).expect_err("one line more");
        check(&" ".repeat(MAX_BYTES + 1)).expect_err("one byte more");
    }
}
