//! Where the servers' programs are, and how they are run.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{Result, ServerError};

/// A program that has to be on the machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Program {
    pub(super) name: &'static str,
    /// The command that installs it on Debian.
    pub(super) install: &'static str,
}

impl Program {
    /// Where it is: on the `PATH`, or where Debian keeps servers, newest version first.
    pub(super) fn find(self) -> Result<PathBuf> {
        self.find_in(candidates())
    }

    fn find_in(self, folders: impl IntoIterator<Item = PathBuf>) -> Result<PathBuf> {
        folders
            .into_iter()
            .map(|folder| folder.join(self.name))
            .find(|path| path.is_file())
            .map(|path| self.behind_links(path))
            .ok_or(self.missing())
    }

    /// That it isn't there.
    pub(super) fn missing(self) -> ServerError {
        ServerError::Missing {
            program: self.name,
            install: self.install,
        }
    }

    /// A link on the `PATH` leads to the folder in which its companions of the same version are. Where
    /// it leads to another name, it is by its own that the program knows what it is to do.
    fn behind_links(self, path: PathBuf) -> PathBuf {
        match path.canonicalize() {
            Ok(target) if target.ends_with(self.name) => target,
            _ => path,
        }
    }
}

/// The program of that name which came with another one, and so is of the same version.
pub(super) fn companion(of: &Path, program: Program) -> Result<PathBuf> {
    let beside = of.with_file_name(program.name);
    if beside.is_file() {
        Ok(beside)
    } else {
        program.find()
    }
}

fn candidates() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = env::split_paths(&path).collect();
    folders.extend(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.extend(postgres_folders());
    folders
}

/// Debian keeps every version of PostgreSQL in a folder of its own, none of them on the `PATH`.
fn postgres_folders() -> Vec<PathBuf> {
    let version = |folder: &PathBuf| -> u32 {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        name.parse().unwrap_or_default()
    };
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    folders.iter().map(|folder| folder.join("bin")).collect()
}

/// Runs a program to its end, and returns what it printed.
pub(super) fn run(command: &mut Command) -> Result<String> {
    let name = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(ServerError::process(&name))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(ServerError::Command {
        program: name,
        status: output.status,
        output: String::from_utf8_lossy(&said).trim_end().to_owned(),
    })
}

/// The program's name, and no argument: one of them may be a secret.
pub(super) fn shown(command: &Command) -> String {
    Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const PROGRAM: Program = Program {
        name: "no-such-server",
        install: "apt-get install no-such-server",
    };

    #[test]
    fn missing_program_is_named_with_the_command_that_installs_it() {
        let error = PROGRAM.find().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`no-such-server` is missing; install it with `apt-get install no-such-server`"
        );
    }

    #[test]
    fn first_folder_that_holds_the_program_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["old", "new"] {
            fs::create_dir(folder.path().join(version)).unwrap();
            fs::write(folder.path().join(version).join(PROGRAM.name), version).unwrap();
        }
        let folders = ["none", "new", "old"].map(|name| folder.path().join(name));
        let found = PROGRAM.find_in(folders).unwrap();
        assert_eq!(fs::read_to_string(found).unwrap(), "new");
    }

    #[test]
    fn link_is_followed_as_long_as_the_name_stays() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| folder.path().canonicalize().unwrap().join(name);
        for name in ["version", "path", "other"] {
            fs::create_dir(of(name)).unwrap();
        }
        let program = of("version").join(PROGRAM.name);
        fs::write(&program, "").unwrap();
        symlink(&program, of("path").join(PROGRAM.name)).unwrap();
        assert_eq!(PROGRAM.find_in([of("path")]).unwrap(), program);
        fs::write(of("version/many-programs"), "").unwrap();
        let link = of("other").join(PROGRAM.name);
        symlink(of("version/many-programs"), &link).unwrap();
        assert_eq!(PROGRAM.find_in([of("other")]).unwrap(), link);
    }

    #[test]
    fn failing_command_shows_its_complaint_but_no_argument() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo because; exit 3", "secret"]);
        let text = run(&mut command).unwrap_err().to_string();
        assert_eq!(text, "`sh` failed (exit status: 3):\nbecause");
    }
}
