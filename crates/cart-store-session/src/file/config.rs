//! Which folder, and how it is used.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use cart_core::{Error, ErrorKind, StoreUrl};

/// How to open a [`FileHome`](crate::FileHome).
///
/// As a URL: `file:carts`, `file:///var/lib/shop/carts`. Options follow a `?` and are named like
/// the methods here: `sync=true|false`, `inline_reads=true|false`, `create=true|false`, `key=TEXT`.
///
/// ```
/// use cart_store_session::FileConfig;
///
/// let by_url: FileConfig = "file:carts?sync=false".parse()?;
/// let by_hand = FileConfig::folder("carts").with_sync(false);
/// assert_eq!(by_url, by_hand);
/// # Ok::<(), cart_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileConfig {
    pub(super) folder: PathBuf,
    pub(super) key: String,
    pub(super) sync: bool,
    pub(super) inline_reads: bool,
    pub(super) create: bool,
}

impl FileConfig {
    /// Sessions in `folder`, which is created when it is missing.
    pub fn folder(folder: impl AsRef<Path>) -> Self {
        Self {
            folder: folder.as_ref().to_owned(),
            key: "cart".to_owned(),
            sync: true,
            inline_reads: false,
            create: true,
        }
    }

    /// The same, with the carts under another key of the session; `cart` unless told otherwise.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// The same, waiting for the disk with each write, or not; it does unless told otherwise.
    /// Without, a power cut may take the last writes with it, or what they wrote.
    #[must_use]
    pub fn with_sync(mut self, sync: bool) -> Self {
        self.sync = sync;
        self
    }

    /// The same, reading sessions on the thread that asks, or not; it doesn't unless told
    /// otherwise. That is several times as fast while the system has the files in its memory, and
    /// makes others wait where it has to ask the disk.
    #[must_use]
    pub fn with_inline_reads(mut self, inline: bool) -> Self {
        self.inline_reads = inline;
        self
    }

    /// The same, creating the folder when it is missing, or not; it does unless told otherwise.
    #[must_use]
    pub fn with_create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    fn set(self, name: &str, value: &str) -> Result<Self, Error> {
        let flag = || {
            let flag = value.parse();
            flag.map_err(|_| invalid(format!("file URL: {name} is true or false")))
        };
        match name {
            "create" => Ok(self.with_create(flag()?)),
            "inline_reads" => Ok(self.with_inline_reads(flag()?)),
            "key" => Ok(self.with_key(value)),
            "sync" => Ok(self.with_sync(flag()?)),
            unknown => Err(invalid(format!(
                "file URL: there is no option {unknown}; use create, inline_reads, key or sync"
            ))),
        }
    }
}

impl FromStr for FileConfig {
    type Err = Error;

    /// Reads a `file:` URL.
    fn from_str(url: &str) -> Result<Self, Error> {
        let url = StoreUrl::from(url);
        let (place, options) = url.split_options()?;
        let place = place
            .strip_prefix("file://")
            .or_else(|| place.strip_prefix("file:"))
            .ok_or_else(|| invalid("file URL: it must start with file:".to_owned()))?;
        if place.is_empty() {
            return Err(invalid("file URL: it names no folder".to_owned()));
        }
        options.iter().try_fold(
            Self::folder(StoreUrl::decoded(place)?),
            |config, (name, value)| config.set(name, value),
        )
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_what_the_methods_say() {
        let cases = [
            ("file:carts", FileConfig::folder("carts")),
            ("file://carts", FileConfig::folder("carts")),
            ("file:///srv/a%20b", FileConfig::folder("/srv/a b")),
            (
                "file:carts?sync=false&inline_reads=true&create=false&key=basket",
                FileConfig::folder("carts")
                    .with_sync(false)
                    .with_inline_reads(true)
                    .with_create(false)
                    .with_key("basket"),
            ),
        ];
        for (url, config) in cases {
            assert_eq!(url.parse::<FileConfig>().expect(url), config, "{url}");
        }
    }

    #[test]
    fn what_a_url_gets_wrong_is_named() {
        let cases = [
            ("sqlite:carts", "must start with file:"),
            ("file:", "names no folder"),
            ("file:carts?lock=true", "no option lock"),
            ("file:carts?sync=sometimes", "sync is true or false"),
            ("file:%ff", "not UTF-8"),
        ];
        for (url, part) in cases {
            let error = url.parse::<FileConfig>().expect_err(url).to_string();
            assert!(error.contains(part), "{url}: {error}");
        }
    }
}
