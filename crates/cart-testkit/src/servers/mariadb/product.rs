//! MariaDB, and MySQL in its place: what to run, and how their data is made.

use std::env;
use std::path::PathBuf;

use super::super::error::{Result, ServerError};
use super::super::options::{Options, Syncing};
use super::super::program::Program;
use super::super::template::{self, Template};

/// The accounts are no administrators, who might write to a replica.
macro_rules! accounts {
    () => {
        "\
cat > first.sql <<'END'
FLUSH PRIVILEGES;
CREATE DATABASE cart;
CREATE USER cart@localhost IDENTIFIED BY 'cart', cart@'%' IDENTIFIED BY 'cart';
GRANT ALL ON `cart%`.* TO cart@localhost, cart@'%';
CREATE USER replica@'%' IDENTIFIED BY 'replica';
GRANT REPLICATION SLAVE ON *.* TO replica@'%';
END
"
    };
}

const MARIADBD: Program = Program {
    name: "mariadbd",
    install: "apt-get install -y --no-install-recommends mariadb-server-core mariadb-client-core",
};
const INSTALL_DB: Program = Program {
    name: "mariadb-install-db",
    ..MARIADBD
};
const MARIADB_TEMPLATE: &str = concat!(
    accounts!(),
    "\"$1\" --no-defaults --datadir=./data --auth-root-authentication-method=normal \\
    --extra-file=first.sql --skip-test-db --innodb-log-file-size=4M
"
);

/// Few systems have it: MariaDB has taken its place.
const MYSQLD: Program = Program {
    name: "mysqld",
    install: "cargo xtask services fetch mysql, or name its program in CART_TESTKIT_MYSQL",
};
const MYSQL_TEMPLATE: &str = concat!(
    accounts!(),
    "\"$1\" --no-defaults --datadir=\"$PWD/data\" --initialize-insecure --init-file=\"$PWD/first.sql\" \\
    --tmpdir=\"$PWD\" --innodb-redo-log-capacity=8M >log 2>&1 || { cat log; exit 1; }
"
);
/// Says where MySQL's program is.
const MYSQL_VARIABLE: &str = "CART_TESTKIT_MYSQL";

/// What is started, and the script that makes its data, with the programs that this needs.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    script: &'static str,
    installer: PathBuf,
}

impl Product {
    pub(super) fn find(options: &Options) -> Result<Self> {
        if !options.mysql {
            return Ok(Self {
                name: "mariadb",
                program: MARIADBD.find()?,
                script: MARIADB_TEMPLATE,
                installer: INSTALL_DB.find()?,
            });
        }
        if options.replicated || options.syncing == Syncing::Watched {
            return Err(ServerError::Lacking(
                "MySQL's private servers have neither replicas nor power cuts: start MariaDB",
            ));
        }
        let program = mysql()?;
        Ok(Self {
            name: "mysql",
            script: MYSQL_TEMPLATE,
            installer: program.clone(),
            program,
        })
    }

    /// Puts fresh data at a path.
    pub(super) fn fill(&self, data: &std::path::Path) -> Result<()> {
        let template = Template {
            server: self.name,
            script: self.script,
            programs: &[&self.installer, &self.program],
        };
        template.copy_to(data)
    }
}

/// Where MySQL is: where it was said to be, where the project's own tool puts it, or on the `PATH`.
pub(super) fn mysql() -> Result<PathBuf> {
    let named = env::var_os(MYSQL_VARIABLE).map(PathBuf::from);
    let fetched = template::cache()?.join("mysql").join(MYSQLD.name);
    let places = named.into_iter().chain([fetched]);
    if let Some(path) = places.into_iter().find(|path| path.is_file()) {
        return Ok(path);
    }
    // MariaDB has the old name of its program lead to the new one.
    let path = MYSQLD.find()?;
    let target = path.canonicalize().map_err(ServerError::file(&path))?;
    if target.ends_with(MARIADBD.name) {
        return Err(MYSQLD.missing());
    }
    Ok(path)
}
