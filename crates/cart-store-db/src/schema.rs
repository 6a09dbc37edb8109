//! Which schema a database has, and how it gets another; the same for every backend.

use cart_core::{Error, ErrorKind};

use crate::table::TableName;

/// One step of the schema: plain SQL, forward and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The version of the schema after this step; the first is 1.
    pub version: u32,
    /// What the step is about.
    pub name: &'static str,
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
}

impl Migration {
    /// The SQL that takes this step. It records the step too: running it by hand is the same as
    /// letting the store do it.
    pub fn up(&self, table: &TableName) -> String {
        for_table(self.up, table)
    }

    /// The SQL that takes this step back.
    pub fn down(&self, table: &TableName) -> String {
        for_table(self.down, table)
    }
}

/// The steps of a backend's schema, in their order, from the files in its folder under
/// `migrations`: every backend takes the same steps, each in its own words.
macro_rules! migrations {
    ($backend:literal) => {
        $crate::schema::migrations!($backend; 1 "0001" "carts", 2 "0002" "reports", 3 "0003" "history")
    };
    ($backend:literal; $($version:literal $number:literal $name:literal),+) => {
        [$($crate::schema::Migration {
            version: $version,
            name: $name,
            up: $crate::schema::migrations!(@file $backend $number $name "up"),
            down: $crate::schema::migrations!(@file $backend $number $name "down"),
        }),+]
    };
    (@file $backend:literal $number:literal $name:literal $direction:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/migrations/", $backend, "/", $number, "_", $name, "/", $direction, ".sql"
        ))
    };
}
pub(crate) use migrations;

/// The files are written for the default name, so that a person can run them as they are.
pub(crate) fn for_table(sql: &str, table: &TableName) -> String {
    sql.replace(
        &format!("\"{}", TableName::DEFAULT),
        &format!("\"{}", table.as_str()),
    )
}

/// Which schema a database has, beside the one that this release works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaStatus {
    /// The version that the database has; 0 without any.
    pub version: u32,
    /// The version that this release works with.
    pub latest: u32,
}

impl SchemaStatus {
    /// Whether the database is ready for this release.
    pub const fn is_current(self) -> bool {
        self.version == self.latest
    }

    /// Checks that the database is not ahead of this release.
    pub(crate) fn not_newer(self) -> Result<(), Error> {
        if self.version <= self.latest {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Unprepared,
            format!(
                "the database has schema {} and this release knows {} at most: \
                 update the application",
                self.version, self.latest
            ),
        ))
    }

    /// Checks that the database is ready for this release.
    pub(crate) fn ready(self) -> Result<(), Error> {
        self.not_newer()?;
        if self.is_current() {
            return Ok(());
        }
        let found = match self.version {
            0 => "no carts table".to_owned(),
            version => format!("schema {version} and this release needs {}", self.latest),
        };
        Err(Error::new(
            ErrorKind::Unprepared,
            format!("the database has {found}: run `cart schema apply`"),
        ))
    }
}
