//! Which database file, and how it is used.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use cart_core::{Clock, Error, ErrorKind, StoreUrl, SystemClock};

use crate::table::TableName;

/// How to open a [`SqliteCartStore`](crate::SqliteCartStore).
///
/// As a URL: `sqlite://carts.db`, `sqlite:///var/lib/shop/carts.db`, `sqlite::memory:`. Options
/// follow a `?` and are named like the methods here: `synchronous=full|normal|off`,
/// `busy_timeout=MILLISECONDS`, `lock_timeout=MILLISECONDS`, `readers=N`,
/// `inline_reads=true|false`, `table=NAME`, `create_schema=true|false`, `read_only=true|false`.
///
/// ```
/// use cart_store_db::{SqliteConfig, Synchronous};
///
/// let by_url: SqliteConfig = "sqlite://carts.db?synchronous=normal".parse()?;
/// let by_hand = SqliteConfig::file("carts.db").with_synchronous(Synchronous::Normal);
/// assert_eq!(format!("{by_url:?}"), format!("{by_hand:?}"));
/// # Ok::<(), cart_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteConfig {
    pub(super) location: Location,
    pub(super) synchronous: Synchronous,
    pub(super) busy_timeout: Duration,
    pub(super) lock_timeout: Duration,
    pub(super) readers: usize,
    pub(super) inline_reads: bool,
    pub(super) table: TableName,
    pub(super) create_schema: bool,
    pub(super) read_only: bool,
    pub(super) clock: Arc<dyn Clock>,
}

#[derive(Clone, Debug)]
pub(super) enum Location {
    File(PathBuf),
    Memory,
}

/// How much an acknowledged write survives: SQLite's `PRAGMA synchronous`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Synchronous {
    /// A power cut: each group of writes waits for the disk.
    #[default]
    Full,
    /// The end of the process. After a power cut the last writes may be missing; the file is
    /// whole.
    Normal,
    /// The end of the process. After a power cut the file may be destroyed.
    Off,
}

impl Synchronous {
    const ALL: [Self; 3] = [Self::Full, Self::Normal, Self::Off];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Normal => "normal",
            Self::Off => "off",
        }
    }
}

impl SqliteConfig {
    /// The database in the file `path`, which is created when it is missing.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::at(Location::File(path.as_ref().to_owned()))
    }

    /// A database in memory, gone with the last handle of the store.
    pub fn memory() -> Self {
        Self::at(Location::Memory)
    }

    fn at(location: Location) -> Self {
        Self {
            location,
            synchronous: Synchronous::default(),
            busy_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
            readers: 4,
            inline_reads: true,
            table: TableName::default(),
            create_schema: true,
            read_only: false,
            clock: Arc::new(SystemClock),
        }
    }

    /// The same, with writes that survive so much; [`Synchronous::Full`] unless told otherwise.
    #[must_use]
    pub fn with_synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// The same, waiting so long for other processes that write to the file; 5 seconds unless
    /// told otherwise.
    #[must_use]
    pub fn with_busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// The same, letting a cart's lock be held for so long before it is taken back; 2 seconds
    /// unless told otherwise. A lock keeps every other writer waiting, so this should be shorter
    /// than their patience, `busy_timeout`.
    #[must_use]
    pub fn with_lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// The same, with so many connections that read, and as many threads for what takes long, at
    /// least one; 4 unless told otherwise. A database in memory has one connection and one thread
    /// for everything.
    #[must_use]
    pub fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// The same, looking up single carts on the thread that asks, or not; it does unless told
    /// otherwise.
    ///
    /// A look into a warm cache takes a few microseconds, less than the way to another thread. A
    /// page that is not in the system's cache is read from the disk on that thread, though: where
    /// the file is much larger than the memory and the disk is slow, switch it off.
    #[must_use]
    pub fn with_inline_reads(mut self, inline: bool) -> Self {
        self.inline_reads = inline;
        self
    }

    /// The same, in another table; `carts` unless told otherwise.
    #[must_use]
    pub fn with_table(mut self, table: TableName) -> Self {
        self.table = table;
        self
    }

    /// The same, creating or updating the schema when the store is opened, or not; it does unless
    /// told otherwise. When not, a database without the schema is an error that names the command
    /// which creates it.
    #[must_use]
    pub fn with_create_schema(mut self, create: bool) -> Self {
        self.create_schema = create;
        self
    }

    /// The same, for reading alone: nothing is created and every write is refused.
    #[must_use]
    pub fn with_read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// The same, telling the time by `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn set(self, name: &str, value: &str) -> Result<Self, Error> {
        let refused = || invalid(format!("sqlite URL: {name} has no such value"));
        let flag = || value.parse().map_err(|_| refused());
        let millis = || {
            let millis = value.parse().map_err(|_| refused());
            millis.map(Duration::from_millis)
        };
        match name {
            "busy_timeout" => Ok(self.with_busy_timeout(millis()?)),
            "create_schema" => Ok(self.with_create_schema(flag()?)),
            "inline_reads" => Ok(self.with_inline_reads(flag()?)),
            "lock_timeout" => Ok(self.with_lock_timeout(millis()?)),
            "read_only" => Ok(self.with_read_only(flag()?)),
            "readers" => match value.parse() {
                Ok(readers) if readers > 0 => Ok(self.with_readers(readers)),
                _ => Err(refused()),
            },
            "synchronous" => {
                let mut levels = Synchronous::ALL.into_iter();
                let level = levels.find(|level| level.as_str() == value);
                Ok(self.with_synchronous(level.ok_or_else(refused)?))
            }
            "table" => Ok(self.with_table(value.parse()?)),
            unknown => Err(invalid(format!(
                "sqlite URL: there is no option {unknown}; use busy_timeout, create_schema, \
                 inline_reads, lock_timeout, read_only, readers, synchronous or table"
            ))),
        }
    }
}

impl FromStr for SqliteConfig {
    type Err = Error;

    /// Reads a `sqlite:` URL.
    fn from_str(url: &str) -> Result<Self, Error> {
        let url = StoreUrl::from(url);
        let (place, options) = url.split_options()?;
        let place = place
            .strip_prefix("sqlite://")
            .or_else(|| place.strip_prefix("sqlite:"))
            .ok_or_else(|| invalid("sqlite URL: it must start with sqlite:".to_owned()))?;
        let config = match place {
            "" => return Err(invalid("sqlite URL: it names no file".to_owned())),
            ":memory:" => Self::memory(),
            file => Self::file(StoreUrl::decoded(file)?),
        };
        options
            .iter()
            .try_fold(config, |config, (name, value)| config.set(name, value))
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<String, String> {
        let config: Result<SqliteConfig, Error> = url.parse();
        config
            .map(|config| format!("{config:?}"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_url_says_what_the_methods_say() {
        let cases = [
            ("sqlite://carts.db", SqliteConfig::file("carts.db")),
            ("sqlite:carts.db", SqliteConfig::file("carts.db")),
            ("sqlite:///srv/a%20b.db", SqliteConfig::file("/srv/a b.db")),
            ("sqlite::memory:", SqliteConfig::memory()),
            (
                "sqlite://:memory:?readers=2",
                SqliteConfig::memory().with_readers(2),
            ),
            (
                "sqlite://c.db?synchronous=off&busy_timeout=250&create_schema=false&read_only=true\
                 &inline_reads=false&lock_timeout=100",
                SqliteConfig::file("c.db")
                    .with_synchronous(Synchronous::Off)
                    .with_busy_timeout(Duration::from_millis(250))
                    .with_create_schema(false)
                    .with_read_only(true)
                    .with_inline_reads(false)
                    .with_lock_timeout(Duration::from_millis(100)),
            ),
        ];
        for (url, config) in cases {
            assert_eq!(parsed(url), Ok(format!("{config:?}")), "{url}");
        }
    }

    #[test]
    fn what_a_url_gets_wrong_is_named() {
        let cases = [
            ("mysql://carts", "must start with sqlite:"),
            ("sqlite://", "names no file"),
            ("sqlite://c.db?journal=off", "no option journal"),
            (
                "sqlite://c.db?synchronous=sometimes",
                "synchronous has no such value",
            ),
            ("sqlite://c.db?readers=0", "readers has no such value"),
            (
                "sqlite://c.db?busy_timeout=soon",
                "busy_timeout has no such value",
            ),
            ("sqlite://c.db?read_only", "read_only has no such value"),
            ("sqlite://c.db?table=a%22b", "table: use"),
            ("sqlite://%ff.db", "not UTF-8"),
        ];
        for (url, part) in cases {
            let error = parsed(url).expect_err(url);
            assert!(error.contains(part), "{url}: {error}");
        }
    }
}
