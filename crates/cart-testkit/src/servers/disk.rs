//! A disk that is soon full.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::account;
use super::error::{Result, ServerError};
use super::process::Process;
use super::program::Program;

const NSENTER: Program = Program {
    name: "nsenter",
    install: "apt-get install -y --no-install-recommends util-linux",
};
const UNSHARE: Program = Program {
    name: "unshare",
    install: "apt-get install -y --no-install-recommends util-linux",
};

/// How long mounting may take.
const MOUNT_LIMIT: Duration = Duration::from_secs(10);

/// A small file system in memory that only its holder, and who enters, can see.
///
/// A mount outlives the process that made it. This one is in a namespace of its own, which goes with
/// the holder, which goes with this process, however that ends.
#[derive(Debug)]
pub(super) struct SmallDisk {
    path: PathBuf,
    holder: Process,
    bytes: u64,
}

impl SmallDisk {
    /// Mounts a disk of so many bytes at a path, which is made.
    pub(super) fn mount(path: &Path, bytes: u64) -> Result<Self> {
        if !account::is_root() {
            return Err(ServerError::Lacking(
                "a disk that is soon full has to be mounted, which only root can do: run the tests as root",
            ));
        }
        fs::create_dir(path).map_err(ServerError::file(path))?;
        let mounted = path.with_extension("mounted");
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(UNSHARE.find()?)
            .args(["--mount", "--propagation", "private", "--", "sh", "-c"])
            .arg(r#"mount -t tmpfs -o "size=$1" cart-disk "$2" && : > "$3" && exec sleep infinity"#)
            .args(["sh", &bytes.to_string()])
            .args([path, &mounted])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let failed = ServerError::process("mount");
        let mut holder = Process::start(command).map_err(&failed)?;
        holder
            .wait_until(|| mounted.exists(), MOUNT_LIMIT)
            .map_err(|_| failed(io::Error::other("the small disk can't be mounted")))?;
        let disk = Self {
            path: path.to_owned(),
            holder,
            bytes,
        };
        account::hand_over(&disk.path_from_here())?;
        Ok(disk)
    }

    /// Where it is for who has entered.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is for everybody else.
    pub(super) fn path_from_here(&self) -> PathBuf {
        let mut path = OsString::from(format!("/proc/{}/root", self.holder.id()));
        path.push(&self.path);
        path.into()
    }

    /// The command, run where the disk can be seen.
    pub(super) fn enter(&self, command: &Command) -> Result<Command> {
        let mut entering = Command::new(NSENTER.find()?);
        entering
            .arg(format!("--mount=/proc/{}/ns/mnt", self.holder.id()))
            .arg("--")
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir("/");
        Ok(entering)
    }

    /// Leaves no byte of it free.
    pub(super) fn fill(&self) -> Result<()> {
        let ballast = self.ballast();
        let mut file = File::create(&ballast).map_err(ServerError::file(&ballast))?;
        // In pages: the rest of the last one would stay free.
        let page = [0; 4096];
        for _ in 0..=self.bytes / 4096 {
            match file.write_all(&page) {
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(()),
                written => written.map_err(ServerError::file(&ballast))?,
            }
        }
        Err(ServerError::Lacking("the disk is larger than it was made"))
    }

    /// Frees what [`SmallDisk::fill`] has taken.
    pub(super) fn free(&self) -> Result<()> {
        let ballast = self.ballast();
        match fs::remove_file(&ballast) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(ServerError::file(&ballast)(error))
            }
            _ => Ok(()),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.path_from_here().join("ballast")
    }
}
