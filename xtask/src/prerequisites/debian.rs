//! Installs packages on Debian, and on what descends from it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo;
use crate::error::{Error, Result};

/// The program that installs packages.
pub(super) const INSTALLER: &str = "apt-get";
/// How it is told to install some.
pub(super) const INSTALL: &str = "apt-get install -y --no-install-recommends";

/// Where a system says whether its packages may start services.
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// The answer: they may not.
const FORBID: &str = "#!/bin/sh\nexit 101\n";

/// Whether packages can be installed without asking anybody.
pub(super) fn can_install() -> bool {
    Path::new("/etc/debian_version").exists() && is_root()
}

fn is_root() -> bool {
    let output = cargo::capture(Command::new("id").arg("-u"));
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Installs packages, and keeps the services in them from starting. That some can't be installed is
/// said and no error: their programs are still missing then.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    println!("installing {}", packages.join(" "));
    let policy = Policy::forbid(Path::new(POLICY))?;
    let installed = apt(&["update"]).and_then(|()| {
        let arguments = INSTALL.split(' ').skip(1).chain(packages.iter().copied());
        apt(&arguments.collect::<Vec<_>>())
    });
    policy.withdraw()?;
    if let Err(error) = installed {
        println!("not everything could be installed: {error}");
    }
    Ok(())
}

fn apt(arguments: &[&str]) -> Result<()> {
    cargo::run(
        Command::new(INSTALLER)
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

/// The rule that no service is started, unless the system has a rule already.
struct Policy(Option<PathBuf>);

impl Policy {
    fn forbid(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        match file {
            Ok(mut file) => {
                let written = file.write_all(FORBID.as_bytes());
                written.map_err(|source| Error::File {
                    path: path.to_owned(),
                    source,
                })?;
                cargo::run(Command::new("chmod").arg("755").arg(path))?;
                Ok(Self(Some(path.to_owned())))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Self(None)),
            Err(source) => Err(Error::File {
                path: path.to_owned(),
                source,
            }),
        }
    }

    fn withdraw(self) -> Result<()> {
        let Some(path) = self.0 else {
            return Ok(());
        };
        fs::remove_file(&path).map_err(|source| Error::File { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_of_the_system_stays_and_ours_goes() {
        let path = std::env::temp_dir().join(format!("policy-rc.d-{}", std::process::id()));
        let policy = Policy::forbid(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), FORBID);
        let second = Policy::forbid(&path).unwrap();
        second.withdraw().unwrap();
        assert!(path.exists());
        policy.withdraw().unwrap();
        assert!(!path.exists());
    }
}
