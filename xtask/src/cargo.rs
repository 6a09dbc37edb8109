//! Runs cargo, and the programs that it builds.
//!
//! Whatever has to run is built with [`SELECTION`], as the tests are: a package built by itself gets
//! other features of its dependencies, so cargo would compile them a second time.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

use crate::error::{Error, Result};

/// The one selection of packages and features that every step builds.
pub(crate) const SELECTION: [&str; 2] = ["--workspace", "--all-features"];

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    // Asked for when it runs: what was compiled in is wrong once somebody moves the folder.
    let xtask = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    xtask.parent().unwrap_or(&xtask).to_path_buf()
}

/// The cargo that runs this tool, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The folder that it builds into.
pub(crate) fn target() -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }

    let metadata = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Metadata = serde_json::from_str(&metadata).map_err(|source| Error::Json {
        from: "cargo metadata".into(),
        source,
    })?;
    Ok(metadata.target_directory)
}

/// Where the testkit keeps what its servers are made of.
pub(crate) fn servers() -> Result<PathBuf> {
    Ok(target()?.join("cart-servers-cache"))
}

/// Shows a command, runs it in sight, and fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|source| start(command, source))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Failed {
            command: shown(command),
            status,
        })
    }
}

/// Builds a program of `cart-bench` in release mode and runs it.
pub(crate) fn run_released(program: &str, arguments: &[OsString]) -> Result<()> {
    let mut command = cargo();
    command
        .args(["run", "--release", "--quiet", "--package", "cart-bench"])
        .args(["--bin", program, "--"])
        .args(arguments)
        // A relative `--json FILE` is meant from where the person stands.
        .current_dir(".");
    run(&mut command)
}

/// Runs a command and returns what it printed; its complaints go to the terminal.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = capture(command.stderr(Stdio::inherit()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Error::Failed {
            command: shown(command),
            status: output.status,
        })
    }
}

/// Runs a command and returns what it printed and how it ended.
pub(crate) fn capture(command: &mut Command) -> Result<Output> {
    command.output().map_err(|source| start(command, source))
}

/// Builds an example of any crate, and returns what it prints.
pub(crate) fn example(name: &str) -> Result<String> {
    example_of::<&str>(name, &[])
}

/// The same for an example that takes arguments.
pub(crate) fn example_of<A: AsRef<OsStr>>(name: &str, arguments: &[A]) -> Result<String> {
    let built = build(
        cargo()
            .arg("build")
            .args(SELECTION)
            .args(["--example", name]),
    )?;
    let program = built
        .iter()
        .find(|program| program.name == name)
        .ok_or_else(|| {
            Error::Unknown(format!(
                "no crate of this workspace has an example `{name}`"
            ))
        })?;
    output(program.command().args(arguments))
}

/// Builds with cargo, and returns the programs that were asked for.
pub(crate) fn build(command: &mut Command) -> Result<Vec<Program>> {
    let messages = output(command.arg("--message-format=json-render-diagnostics"))?;
    Ok(messages.lines().filter_map(program).collect())
}

/// A program that cargo has built.
#[derive(Debug, PartialEq)]
pub(crate) struct Program {
    /// The name of its target: `conformance`, `cases`.
    pub(crate) name: String,
    /// The folder of its crate.
    pub(crate) crate_folder: PathBuf,
    /// The program itself.
    pub(crate) path: PathBuf,
}

impl Program {
    /// The name of its crate, which its folder bears too.
    pub(crate) fn crate_name(&self) -> String {
        self.crate_folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// A command that runs it as cargo would: in its crate's folder.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .current_dir(&self.crate_folder)
            .env("CARGO_MANIFEST_DIR", &self.crate_folder);
        command
    }
}

/// The program that one of cargo's JSON messages announces, if it does.
fn program(message: &str) -> Option<Program> {
    #[derive(Deserialize)]
    struct Artifact {
        target: Target,
        manifest_path: PathBuf,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
    }

    let artifact: Artifact = serde_json::from_str(message).ok()?;
    Some(Program {
        name: artifact.target.name,
        crate_folder: artifact.manifest_path.parent()?.to_path_buf(),
        path: artifact.executable?,
    })
}

fn start(command: &Command, source: std::io::Error) -> Error {
    Error::Start {
        command: shown(command),
        source,
    }
}

/// A command as somebody would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    [program]
        .into_iter()
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_that_name_an_executable_are_programs() {
        let built = r#"{"reason":"compiler-artifact","manifest_path":"/w/crates/cart-core/Cargo.toml",
            "target":{"name":"conformance","kind":["test"]},"executable":"/t/conformance-1"}"#;
        let library = built.replace("\"/t/conformance-1\"", "null");
        let program = program(built).unwrap();
        assert_eq!(program.name, "conformance");
        assert_eq!(program.crate_name(), "cart-core");
        assert_eq!(
            program.command().get_current_dir(),
            Some(Path::new("/w/crates/cart-core"))
        );
        assert_eq!(super::program(&library), None);
        assert_eq!(
            super::program(r#"{"reason":"build-finished","success":true}"#),
            None
        );
    }

    #[test]
    fn a_command_is_shown_as_it_is_typed() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["fmt", "--all"]);
        assert_eq!(shown(&command), "cargo fmt --all");
    }

    #[test]
    fn a_failing_command_is_an_error_that_names_it() {
        let error = run(cargo().arg("no-such-subcommand")).unwrap_err();
        assert!(
            error.to_string().contains("no-such-subcommand` failed"),
            "{error}"
        );
    }
}
