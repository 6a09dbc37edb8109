//! The shop that the README shows is the one that answered.

#![expect(
    clippy::expect_used,
    reason = "a test ends where something fails that must not"
)]

mod built;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::built::example;

/// Lines that a reader takes in at once.
const A_GLANCE: usize = 25;

#[test]
fn curl_is_answered_as_the_readme_says_by_the_shop_that_it_shows() {
    let output = Command::new(example("shop_transcript"))
        .output()
        .expect("the example runs");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("text");
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    assert!(
        readme.contains(printed.trim()),
        "the README differs; run `cargo xtask tidy --bless` when this is right:\n{printed}"
    );

    let (_, code) = printed.split_once("```rust,no_run\n").expect("the code");
    let (code, session) = code.split_once("\n```").expect("its end");
    assert!(code.lines().count() <= A_GLANCE, "{code}");
    let answers: Vec<&str> = session.split("\n$ ").skip(1).collect();
    let told = [
        "\"1-…\"",
        "\n200\n200",
        r#""id":"milk","name":"milk","price":{"amount":499,"currency":"USD"},"quantity":2"#,
        "\n412",
        "\n200\n200",
        r#""id":"rice","name":"rice","price":{"amount":499,"currency":"USD"},"quantity":1"#,
    ];
    assert_eq!(answers.len(), told.len());
    for (answer, told) in answers.iter().zip(told) {
        assert!(answer.contains(told), "{told}: {answer}");
    }
}
