//! The account that servers run as.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use super::error::{Result, ServerError};
use super::program::Program;

const SETPRIV: Program = Program {
    name: "setpriv",
    install: "apt-get install -y --no-install-recommends util-linux",
};

/// The number of the account `nobody`, and of its group, on Debian.
const NOBODY: u32 = 65_534;

/// Whether this process may do what only root may.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A command that runs `program` without root's rights, and that the kernel ends with the thread
/// that started it.
///
/// Servers refuse to be root, and none may outlive a test that was killed. `setpriv` sees to both
/// without unsafe code; it drops the rights first, because that would clear the wish to be ended.
pub(super) fn command(program: &Path) -> Result<Command> {
    let mut command = Command::new(SETPRIV.find()?);
    if is_root() {
        let nobody = NOBODY.to_string();
        command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    // Wherever the tests run, the account might not be let in.
    command.current_dir("/");
    Ok(command)
}

/// Hands a file or folder to the account.
pub(super) fn hand_over(path: &Path) -> Result<()> {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).map_err(ServerError::file(path))?;
    }
    Ok(())
}

/// Lets nobody but the owner read a file.
pub(super) fn keep_private(path: &Path) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(ServerError::file(path))
}

/// Copies a folder with everything in it, and hands the copy to the account.
///
/// What is neither a file nor a folder (a socket) is left out.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to).map_err(ServerError::file(to))?;
    for entry in fs::read_dir(from).map_err(ServerError::file(from))? {
        let entry = entry.map_err(ServerError::file(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(ServerError::file(&source))?;
        if kind.is_dir() {
            copy_folder(&source, &target)?;
        } else if kind.is_file() {
            fs::copy(&source, &target).map_err(ServerError::file(&source))?;
            hand_over(&target)?;
        }
    }
    let permissions = fs::metadata(from)
        .map_err(ServerError::file(from))?
        .permissions();
    fs::set_permissions(to, permissions).map_err(ServerError::file(to))?;
    hand_over(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_holds_the_same_files_with_the_same_rights() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("inner")).unwrap();
        fs::write(from.join("inner/file"), "text").unwrap();
        fs::set_permissions(from.join("inner"), PermissionsExt::from_mode(0o700)).unwrap();
        copy_folder(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("inner/file")).unwrap(), "text");
        let mode = fs::metadata(to.join("inner")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
