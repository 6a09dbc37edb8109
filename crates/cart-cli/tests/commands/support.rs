//! A shop in a folder of its own, and the program run on it.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// An SQLite file that goes away with the test.
pub(crate) struct Shop {
    folder: TempDir,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// A path in the shop's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite://{}", self.path("carts.db").display())
    }

    /// The program, which sees nothing of the environment that the tests run in.
    pub(crate) fn program(&self) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cart"));
        program.env_clear().current_dir(self.folder.path());
        program
    }

    /// Runs the program on the shop's store.
    pub(crate) fn run(&self, words: &[&str]) -> Run {
        let mut program = self.program();
        program.args(["--store", &self.url()]).args(words);
        run(&mut program)
    }

    /// Runs the program, which must do what it is asked, and gives what it prints.
    pub(crate) fn text(&self, words: &[&str]) -> String {
        self.run(words).done()
    }

    /// Runs the program with `--json`, which must do what it is asked, and gives what it prints.
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let printed = self.run(&[&["--json"], words].concat()).done();
        serde_json::from_str(&printed).expect("one JSON value")
    }

    /// Runs the program with `--json`, which must fail with this exit code, and gives the error.
    pub(crate) fn error(&self, code: i32, words: &[&str]) -> Value {
        let run = self.run(&[&["--json"], words].concat());
        assert_eq!(run.code, code, "{words:?}: {run:?}");
        let document: Value = serde_json::from_str(&run.stderr).expect("one JSON value");
        document["error"].clone()
    }

    /// Adds so many units of an item that costs 10.00 USD.
    pub(crate) fn add(&self, owner: &str, item: &str, quantity: u64) {
        let quantity = quantity.to_string();
        let price = ["--name", item, "--price", "10.00", "--currency", "USD"];
        let words = [&["add", owner, item, "--quantity", &quantity], &price[..]].concat();
        self.text(&words);
    }

    /// How many units of each item a cart holds.
    pub(crate) fn quantities(&self, owner: &str) -> Vec<(String, u64)> {
        let cart = self.json(&["show", owner]);
        let items = cart["items"].as_array().expect("items");
        let line = |item: &Value| {
            let id = item["id"].as_str().expect("an id").to_owned();
            (id, item["quantity"].as_u64().expect("a quantity"))
        };
        items.iter().map(line).collect()
    }
}

impl Run {
    /// The output of a run that must have done what it was asked.
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        assert_eq!(self.stderr, "");
        self.stdout
    }
}

pub(crate) fn run(program: &mut Command) -> Run {
    let output = program.stdin(Stdio::null()).output().expect("a program");
    Run::from(output)
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code"),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }
}
