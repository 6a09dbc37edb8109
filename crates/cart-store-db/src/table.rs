//! The table that holds the carts.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use cart_core::{Error, ErrorKind};

/// The name of the table that holds the carts; `carts` unless told otherwise.
///
/// A name starts with an ASCII letter or `_`, holds ASCII letters, digits and `_`, at most 46 in
/// all: what every database takes without surprises, with room for the endings by which the other
/// tables, indexes and triggers are named, and nothing that could end a quoted name.
///
/// ```
/// use cart_store_db::TableName;
///
/// let table: TableName = "shop_carts".parse()?;
/// assert_eq!(table.as_str(), "shop_carts");
/// assert!("carts; DROP TABLE users".parse::<TableName>().is_err());
/// # Ok::<(), cart_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableName(Arc<str>);

impl TableName {
    /// The name that is used unless another is given.
    pub const DEFAULT: &'static str = "carts";

    /// With the longest ending, `_history_replaced`, a name has the 63 bytes that PostgreSQL keeps;
    /// MySQL takes 64.
    const MAX_BYTES: usize = 46;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TableName {
    fn default() -> Self {
        Self(Self::DEFAULT.into())
    }
}

impl FromStr for TableName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let reserved = name
            .get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"));
        if name.is_empty()
            || name.len() > Self::MAX_BYTES
            || !name.bytes().all(word)
            || name.starts_with(|first: char| first.is_ascii_digit())
            || reserved
        {
            return Err(Error::new(
                ErrorKind::Invalid,
                "table: use at most 46 ASCII letters, digits and underscores, no digit first, \
                 and no name that starts with sqlite_",
            ));
        }
        Ok(Self(name.into()))
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// What names in the files of a folder add to that of the table.
    fn endings(folder: &Path, into: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                endings(&path, into);
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let names = text
                .split('"')
                .filter(|name| name.parse::<TableName>().is_ok());
            let endings = names.filter_map(|name| name.strip_prefix(TableName::DEFAULT));
            into.extend(endings.map(str::to_owned));
        }
    }

    #[test]
    fn every_name_made_of_the_longest_one_is_kept_whole() {
        let mut all = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        endings(&folder, &mut all);
        let longest = all.iter().max_by_key(|ending| ending.len()).unwrap();
        assert_eq!(longest, "_history_replaced");
        assert_eq!(TableName::MAX_BYTES + longest.len(), 63);
    }

    #[test]
    fn only_plain_words_are_table_names() {
        for good in ["carts", "_carts", "Shop_Carts_2", &"c".repeat(46)] {
            assert_eq!(
                good.parse::<TableName>().map(|name| name.to_string()).ok(),
                Some(good.to_owned())
            );
        }
        for bad in [
            "",
            "1carts",
            "shop.carts",
            "carts\"",
            "carts ",
            "kärbe",
            "SQLite_carts",
            &"c".repeat(47),
        ] {
            let kind = bad.parse::<TableName>().map_err(|error| error.kind());
            assert_eq!(kind, Err(ErrorKind::Invalid), "{bad:?}");
        }
    }
}
