//! Text that is read as it is stored.

use diesel::deserialize::{self, FromSql};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};

use crate::row::ExactText;

impl FromSql<Text, Sqlite> for ExactText {
    /// diesel puts `U+FFFD` in place of what is not UTF-8; here it is an error.
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = value.read_text();
        if !text.contains(char::REPLACEMENT_CHARACTER) {
            return Ok(Self(text.into()));
        }
        // It may stand there by right. Looking at the bytes costs a copy of them.
        let text = str::from_utf8(value.read_blob())?;
        Ok(Self(text.into()))
    }
}
