//! Text that is read as it is stored.

use diesel::deserialize::{self, FromSql};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};

use crate::row::ExactText;

impl FromSql<Text, Sqlite> for ExactText {
    /// diesel would put `U+FFFD` in place of what is not UTF-8; here it is an error.
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = str::from_utf8(value.read_blob())?;
        Ok(Self(text.into()))
    }
}
