//! The SQL types of the columns, in their one order.

use diesel::sql_types::{BigInt, Nullable, Text};

pub(super) type KeySql = (Text, Text, Text, Text);
pub(super) type HeaderSql = (
    BigInt,
    BigInt,
    Text,
    BigInt,
    BigInt,
    BigInt,
    Nullable<BigInt>,
    BigInt,
    Nullable<Text>,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Text,
);
pub(super) type PartsSql = (Text, Text, Text);
pub(super) type HeadSql = (BigInt, BigInt, Text, Nullable<BigInt>);
