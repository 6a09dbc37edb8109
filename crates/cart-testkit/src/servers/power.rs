//! Power cuts: what was not synced is taken away.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::{Result, ServerError};
use super::program::{self, Program};
use super::{account, folder, lock};

/// Only a library in the database's own process sees what it syncs, and such a library has to speak C.
const SOURCE: &str = include_str!("power_cut.c");

const COMPILER: Program = Program {
    name: "cc",
    install: "apt-get install -y --no-install-recommends gcc libc6-dev",
};

/// Keeps what a database has synced, and restores exactly that.
///
/// The private servers have one when they are started with
/// [`Options::power_cuts`](super::Options::power_cuts). It works on an embedded database as well,
/// provided that a process of its own uses it, which can be killed.
#[derive(Debug)]
pub struct PowerCut {
    /// The database's folder, as its process sees it.
    live: PathBuf,
    /// The same files, each as of its last sync.
    durable: PathBuf,
    library: PathBuf,
}

impl PowerCut {
    /// Prepares power cuts for a database in a folder: all that is there now counts as synced.
    ///
    /// The folder's neighbour with the ending `.durable` is taken for the copies.
    ///
    /// # Errors
    ///
    /// [`ServerError::Missing`] without a C compiler, and [`ServerError::File`].
    pub fn over(folder: &Path) -> Result<Self> {
        let live = folder.canonicalize().map_err(ServerError::file(folder))?;
        let durable = beside(&live, "durable");
        account::copy_folder(&live, &durable)?;
        Self::prepare(&live, &durable)
    }

    /// Prepares power cuts for a database whose synced files are in place.
    pub(super) fn prepare(live: &Path, durable: &Path) -> Result<Self> {
        Ok(Self {
            live: live.to_owned(),
            durable: durable.to_owned(),
            library: compiled()?,
        })
    }

    /// Has a command, and all that it starts, tell what it syncs.
    pub fn watch(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("CART_POWER_CUT_LIVE", &self.live)
            .env("CART_POWER_CUT_DURABLE", &self.durable);
    }

    /// Takes away what wasn't synced. All processes of the database must be dead.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lacking`] when no process has told what it syncs, and [`ServerError::File`].
    pub fn cut(&self) -> Result<()> {
        self.restore(&self.live)
    }

    /// Takes it away from the folder at `live`, which is where this process sees it.
    pub(super) fn restore(&self, live: &Path) -> Result<()> {
        if !beside(&self.durable, "watched").exists() {
            return Err(ServerError::Lacking(
                "no process has told what it syncs: start it by a command that `PowerCut::watch` has seen",
            ));
        }
        match fs::remove_dir_all(live) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(ServerError::file(live)(error));
            }
            _ => {}
        }
        account::copy_folder(&self.durable, live)
    }
}

/// The path with another ending added to it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// The library, compiled once for each version of its source.
fn compiled() -> Result<PathBuf> {
    // Servers aren't let into the cache, which may be in somebody's home.
    let folder = folder::shared("power-cut")?;
    let mut key = DefaultHasher::new();
    SOURCE.hash(&mut key);
    let library = folder.join(format!("{:016x}.so", key.finish()));
    let _nobody_else = lock::wait_for(&folder.join("lock"))?;
    if !library.exists() {
        let (source, part) = (folder.join("source.c"), beside(&library, "part"));
        fs::write(&source, SOURCE).map_err(ServerError::file(&source))?;
        let mut compiler = Command::new(COMPILER.find()?);
        compiler.args([
            "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o",
        ]);
        program::run(compiler.args([&part, &source]).arg("-ldl"))?;
        fs::rename(&part, &library).map_err(ServerError::file(&library))?;
    }
    Ok(library)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_synced_is_gone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("old"), "old").unwrap();
        let power = PowerCut::over(&folder).unwrap();
        let script = "echo kept > kept; sync kept; echo more >> kept; echo > lost; mv old renamed";
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", script]).current_dir(&folder);
        power.watch(&mut shell);
        program::run(&mut shell).unwrap();
        power.cut().unwrap();
        assert_eq!(fs::read_to_string(folder.join("kept")).unwrap(), "kept\n");
        assert!(!folder.join("lost").exists());
        assert_eq!(fs::read_to_string(folder.join("renamed")).unwrap(), "old");
        assert!(!folder.join("old").exists());
    }

    #[test]
    fn cut_of_what_nobody_watched_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        fs::create_dir(&folder).unwrap();
        let refused = PowerCut::over(&folder).unwrap().cut().unwrap_err();
        assert!(matches!(refused, ServerError::Lacking(_)), "{refused}");
        assert!(folder.exists());
    }
}
