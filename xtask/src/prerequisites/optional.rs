//! Servers that the tests can do without.

use std::env;
use std::path::{Path, PathBuf};

use super::folders;
use crate::cargo;

/// A server that few systems have: its tests run where it is, and elsewhere it is said that they
/// don't. The testkit looks for it in the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Optional {
    Mysql,
    Valkey,
}

impl Optional {
    const ALL: [Self; 2] = [Self::Mysql, Self::Valkey];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mysql => "MySQL",
            Self::Valkey => "Valkey",
        }
    }

    /// What gets it onto a machine.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::Mysql => "`cargo xtask services fetch mysql` fetches it",
            Self::Valkey => "docs/private-servers.md has the command that installs it",
        }
    }

    pub(crate) fn is_here(self) -> bool {
        let (variable, program) = match self {
            Self::Mysql => ("CART_TESTKIT_MYSQL", "mysqld"),
            Self::Valkey => ("CART_TESTKIT_VALKEY", "valkey-server"),
        };
        let named = env::var_os(variable).map(PathBuf::from);
        let fetched = match self {
            Self::Mysql => fetched_mysql(),
            Self::Valkey => None,
        };
        let mut places = named.into_iter().chain(fetched);
        places.any(|path| path.is_file())
            || folders().iter().any(|folder| is_at(&folder.join(program)))
    }
}

/// Where `cargo xtask services fetch mysql` puts it.
fn fetched_mysql() -> Option<PathBuf> {
    let servers = cargo::servers().ok()?;
    Some(servers.join("mysql").join("mysqld"))
}

/// MariaDB has the program's old name lead to its own one.
fn is_at(path: &Path) -> bool {
    let target = path.canonicalize().unwrap_or_default();
    path.is_file() && !target.ends_with("mariadbd")
}

/// What is to be known of the servers that aren't here, a line for each.
pub(crate) fn notices() -> impl Iterator<Item = String> {
    let missing = Optional::ALL.into_iter().filter(|server| !server.is_here());
    missing.map(|server| {
        format!(
            "{} isn't here: the tests that need it have only checked that they say so ({})",
            server.name(),
            server.remedy()
        )
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn mariadb_under_the_name_of_mysql_is_no_mysql() {
        let folder = env::temp_dir().join(format!("optional-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (own, link) = (folder.join("mariadbd"), folder.join("mysqld"));
        fs::write(&own, "").unwrap();
        symlink(&own, &link).unwrap();
        assert!(!is_at(&link));
        fs::remove_file(&link).unwrap();
        assert!(!is_at(&link));
        fs::write(&link, "").unwrap();
        assert!(is_at(&link));
        fs::remove_dir_all(&folder).unwrap();
    }
}
