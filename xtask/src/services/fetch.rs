//! Fetches servers that the machine's own system doesn't have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo;
use crate::error::{Error, Result};

/// A server that can be fetched.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Fetched {
    /// Oracle's MySQL, from Debian's unstable suite: no other one has it.
    Mysql,
}

const SOURCE: &str = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \
                      http://deb.debian.org/debian sid main\n";
const PACKAGE: &str = "mysql-server-core";

/// Starts the server with the libraries that came with it: those of the machine are older.
const PROGRAM: &str = r#"#!/bin/sh
root=$(dirname "$0")/root/usr
for loader in "$root"/lib*/ld-linux-*.so.*; do break; done
for libraries in "$root"/lib/*-linux-gnu*; do break; done
exec "$loader" --library-path "$libraries" "$root/sbin/mysqld" "$@" --basedir="$root" \
    --lc-messages-dir="$root/share/mysql" --plugin-dir="$root/lib/mysql/plugin"
"#;

/// Fetches it into the folder that cargo builds into, and leaves the system as it is.
pub(super) fn run(server: Fetched) -> Result<()> {
    let Fetched::Mysql = server;
    let servers = cargo::servers()?;
    let (part, target) = (servers.join("mysql.part"), servers.join("mysql"));
    remove(&part)?;
    let apt = Apt::new(&part.join("apt"))?;
    apt.run(&["update"])?;
    apt.run(&[
        "install",
        "--yes",
        "--download-only",
        "--no-install-recommends",
        PACKAGE,
    ])?;
    for package in apt.packages()? {
        let mut unpack = Command::new("dpkg-deb");
        unpack.arg("--extract").arg(package).arg(part.join("root"));
        cargo::output(&mut unpack)?;
    }
    let program = part.join("mysqld");
    fs::write(&program, PROGRAM).map_err(of(&program))?;
    cargo::output(Command::new("chmod").arg("755").arg(&program))?;
    let version = cargo::output(Command::new(&program).args(["--no-defaults", "--version"]))?;
    remove(&part.join("apt"))?;
    // Whoever is interrupted leaves a part behind, and never half a server.
    remove(&target)?;
    fs::rename(&part, &target).map_err(of(&target))?;
    println!("{}", version.trim_end());
    println!(
        "it is in {}, where the tests find it; `cargo xtask conformance --store mysql` runs the suite",
        target.display()
    );
    Ok(())
}

/// Debian's tool for packages, with another list of sources and another memory than the system's.
struct Apt {
    folder: PathBuf,
    settings: Vec<String>,
}

impl Apt {
    fn new(folder: &Path) -> Result<Self> {
        for name in ["lists/partial", "archives/partial"] {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(of(&path))?;
        }
        let (source, status) = (folder.join("sources.list"), folder.join("status"));
        fs::write(&source, SOURCE).map_err(of(&source))?;
        // As if nothing were installed: the libraries have to come along.
        fs::write(&status, "").map_err(of(&status))?;
        let of_folder = [
            ("Dir::Etc::sourcelist", "sources.list"),
            ("Dir::State::lists", "lists"),
            ("Dir::State::status", "status"),
            ("Dir::State::extended_states", "extended_states"),
            ("Dir::Cache::archives", "archives"),
        ];
        let mut settings: Vec<_> = of_folder
            .iter()
            .map(|(name, file)| format!("{name}={}", folder.join(file).display()))
            .collect();
        settings.extend(
            [
                "Dir::Etc::sourceparts=/dev/null",
                "Dir::Etc::preferences=/dev/null",
                "Dir::Etc::preferencesparts=/dev/null",
                "Dir::Cache::pkgcache=",
                "Dir::Cache::srcpkgcache=",
                // Root's other self can't write here.
                "APT::Sandbox::User=",
            ]
            .map(str::to_owned),
        );
        Ok(Self {
            folder: folder.to_owned(),
            settings,
        })
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new("apt-get");
        for setting in &self.settings {
            command.arg("-o").arg(setting);
        }
        command.args(["-qq"]).args(arguments);
        cargo::output(&mut command).map(drop)
    }

    /// The packages that it has fetched.
    fn packages(&self) -> Result<Vec<PathBuf>> {
        let archives = self.folder.join("archives");
        let entries = fs::read_dir(&archives).map_err(of(&archives))?;
        let mut packages: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        packages.retain(|path| path.extension().is_some_and(|extension| extension == "deb"));
        if packages.is_empty() {
            return Err(Error::Unknown(format!("apt-get fetched no {PACKAGE}")));
        }
        Ok(packages)
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(of(folder))?;
    }
    Ok(())
}

fn of(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::File {
        path: path.to_owned(),
        source,
    }
}
