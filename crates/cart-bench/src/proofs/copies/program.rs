//! The command `cart`, in a process of its own.

use serde::de::DeserializeOwned;

use crate::proof::Refuted;
use crate::worker;

/// What a command has answered.
#[derive(Debug)]
pub(super) struct Answered<T> {
    pub(super) answer: T,
    /// The most memory that the process held, in KiB.
    pub(super) peak: u64,
}

/// Runs a command. Its answer counts, also where its exit code says that something is wrong.
pub(super) fn cart<T: DeserializeOwned>(words: &[&str]) -> Result<Answered<T>, Refuted> {
    let mut command = worker::command("cart")?;
    let output = command
        .args(["--", "cart", "--json"])
        .args(words)
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let answer = serde_json::from_slice(&output.stdout);
    let answer = answer.map_err(|_| format!("cart failed: {told}"))?;
    let peak = told.lines().find_map(|line| line.parse().ok());
    Ok(Answered {
        answer,
        peak: peak.ok_or("the kernel doesn't tell")?,
    })
}
