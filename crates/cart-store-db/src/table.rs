//! The table that holds the carts.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use cart_core::{Error, ErrorKind};

/// The name of the table that holds the carts; `carts` unless told otherwise.
///
/// A name starts with an ASCII letter or `_`, holds ASCII letters, digits and `_`, at most 63 in
/// all: what every database takes without surprises, and nothing that could end a quoted name.
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

    const MAX_BYTES: usize = 63;

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
                "table: use at most 63 ASCII letters, digits and underscores, no digit first, \
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
    use super::*;

    #[test]
    fn only_plain_words_are_table_names() {
        for good in ["carts", "_carts", "Shop_Carts_2", &"c".repeat(63)] {
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
            &"c".repeat(64),
        ] {
            let kind = bad.parse::<TableName>().map_err(|error| error.kind());
            assert_eq!(kind, Err(ErrorKind::Invalid), "{bad:?}");
        }
    }
}
