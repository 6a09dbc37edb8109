//! What the tests need of the machine besides the toolchain: database servers, a browser.

mod debian;
mod optional;

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::error::Result;

pub(crate) use optional::{Optional, notices};

/// A server or another program that tests start, and how it gets onto a machine.
#[derive(Debug)]
pub(crate) struct Prerequisite {
    /// How its maker calls it.
    pub(crate) name: &'static str,
    /// How the names of the tests that need it begin, or of their modules: a regular expression.
    prefix: &'static str,
    programs: &'static [&'static str],
    packages: &'static [(&'static str, &'static str)],
}

/// How packages are installed, by the program that does it; the first one is Debian's.
const INSTALLERS: [(&str, &str); 3] = [
    (debian::INSTALLER, debian::INSTALL),
    ("dnf", "dnf install"),
    ("pacman", "pacman -S"),
];

static PREREQUISITES: [Prerequisite; 6] = [
    Prerequisite {
        name: "PostgreSQL",
        prefix: "postgres",
        programs: &[
            "postgres",
            "initdb",
            "pg_basebackup",
            "psql",
            "setpriv",
            "cc",
        ],
        packages: &[
            (debian::INSTALLER, "postgresql util-linux gcc libc6-dev"),
            ("dnf", "postgresql-server postgresql util-linux gcc"),
            ("pacman", "postgresql util-linux gcc"),
        ],
    },
    Prerequisite {
        name: "MariaDB",
        prefix: "(mariadb|mysql)",
        programs: &["mariadbd", "mariadb-install-db", "mariadb", "setpriv", "cc"],
        packages: &[
            (
                debian::INSTALLER,
                "mariadb-server-core mariadb-client-core util-linux gcc libc6-dev",
            ),
            ("dnf", "mariadb-server mariadb util-linux gcc"),
            ("pacman", "mariadb util-linux gcc"),
        ],
    },
    Prerequisite {
        name: "Redis",
        prefix: "redis",
        programs: &["redis-server", "setpriv", "cc"],
        packages: &[
            (debian::INSTALLER, "redis-server util-linux gcc libc6-dev"),
            ("dnf", "redis util-linux gcc"),
            ("pacman", "redis util-linux gcc"),
        ],
    },
    Prerequisite {
        name: "Memcached",
        prefix: "memcached",
        programs: &["memcached", "setpriv"],
        packages: &[
            (debian::INSTALLER, "memcached util-linux"),
            ("dnf", "memcached util-linux"),
            ("pacman", "memcached util-linux"),
        ],
    },
    Prerequisite {
        name: "curl",
        prefix: "curl",
        programs: &["curl"],
        packages: &[
            (debian::INSTALLER, "curl"),
            ("dnf", "curl"),
            ("pacman", "curl"),
        ],
    },
    Prerequisite {
        name: "Chromium with its driver",
        prefix: "browser",
        programs: &["chromedriver", "setpriv"],
        packages: &[
            // The products' pictures are letters of that font.
            (
                debian::INSTALLER,
                "chromium chromium-driver fonts-noto-color-emoji util-linux",
            ),
            (
                "dnf",
                "chromium chromedriver google-noto-color-emoji-fonts util-linux",
            ),
            ("pacman", "chromium noto-fonts-emoji util-linux"),
        ],
    },
];

/// Something that isn't on this machine.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) prerequisite: &'static Prerequisite,
    /// The programs that weren't found.
    programs: Vec<&'static str>,
}

impl Missing {
    /// What is missing, and what to do about it.
    pub(crate) fn remedy(&self) -> String {
        format!(
            "{} is missing here ({}); {}",
            self.prerequisite.name,
            self.programs.join(", "),
            self.prerequisite.remedy(installer())
        )
    }
}

impl Prerequisite {
    /// The tests that need it, as a filter of nextest's: unit tests need no server.
    pub(crate) fn tests(&self) -> String {
        let prefix = self.prefix;
        format!("(kind(test) & test(/(^|::){prefix}/))")
    }

    fn remedy(&self, installer: Option<(&str, &str)>) -> String {
        if !cfg!(target_os = "linux") {
            return "private servers run on Linux only: run the tests there, or in a container"
                .into();
        }
        let packages = |(program, command): (&str, &str)| {
            let (_, packages) = self.packages.iter().find(|(of, _)| *of == program)?;
            Some(format!("install it with `sudo {command} {packages}`"))
        };
        installer
            .and_then(packages)
            .unwrap_or_else(|| "install it, and put its programs on the PATH".into())
    }

    fn missing_in(&'static self, folders: &[PathBuf]) -> Option<Missing> {
        let programs: Vec<_> = self
            .programs
            .iter()
            .copied()
            .filter(|program| !folders.iter().any(|folder| folder.join(program).is_file()))
            .collect();
        (!programs.is_empty() || !cfg!(target_os = "linux")).then_some(Missing {
            prerequisite: self,
            programs,
        })
    }
}

/// Installs what is missing where that can be done without a question, as root on Debian, and
/// returns what is missing then.
///
/// # Errors
///
/// When the system can't be put back into the state in which it was.
pub(crate) fn provide() -> Result<Vec<Missing>> {
    let missing = missing();
    if missing.is_empty() || !debian::can_install() {
        return Ok(missing);
    }
    let packages: Vec<_> = missing
        .iter()
        .flat_map(|missing| missing.prerequisite.packages)
        .filter(|(installer, _)| *installer == debian::INSTALLER)
        .flat_map(|(_, packages)| packages.split(' '))
        .collect();
    debian::install(&packages)?;
    Ok(self::missing())
}

fn missing() -> Vec<Missing> {
    let folders = folders();
    PREREQUISITES
        .iter()
        .filter_map(|prerequisite| prerequisite.missing_in(&folders))
        .collect()
}

/// Where programs are looked for: on the `PATH`, where servers usually are, and where Debian keeps
/// each version of PostgreSQL. The testkit looks there too.
fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = env::split_paths(&path).collect();
    folders.extend(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    folders.extend(versions.flatten().map(|entry| entry.path().join("bin")));
    folders
}

fn installer() -> Option<(&'static str, &'static str)> {
    let folders = folders();
    INSTALLERS
        .into_iter()
        .find(|(program, _)| folders.iter().any(|folder| folder.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_any_folder_is_missing() {
        let missing = PREREQUISITES[0].missing_in(&[]).unwrap();
        assert_eq!(missing.programs, PREREQUISITES[0].programs);
        assert!(
            missing
                .remedy()
                .starts_with("PostgreSQL is missing here (postgres, initdb, "),
            "{}",
            missing.remedy()
        );
    }

    #[test]
    fn remedy_is_a_command_for_this_system() {
        for installer in INSTALLERS {
            for prerequisite in &PREREQUISITES {
                let remedy = prerequisite.remedy(Some(installer));
                assert!(
                    !cfg!(target_os = "linux") || remedy.contains(installer.1),
                    "{remedy}"
                );
            }
        }
        assert!(!PREREQUISITES[0].remedy(None).contains("sudo"));
    }

    #[test]
    fn tests_say_by_their_names_which_server_they_need() {
        assert_eq!(
            PREREQUISITES[1].tests(),
            "(kind(test) & test(/(^|::)(mariadb|mysql)/))"
        );
    }
}
