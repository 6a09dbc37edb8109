//! How MySQL is asked for reports and history.

use crate::database::Dialect;
use crate::scan::{Hints, behind_each};

/// Left to itself, the server would rather read a whole class by another index and sort it for each
/// page. A mere filter on a column in the middle of the order makes it sort, too: seen as bytes, the
/// column is no longer taken for a constant.
pub(super) const HINTS: Hints = Hints {
    index: |table, index| format!(" FORCE INDEX (\"{table}_{index}\")"),
    filter: "BINARY ",
    behind: behind_each,
};

pub(super) const DIALECT: Dialect = Dialect {
    hints: HINTS,
    // Sums of `bigint` are decimals, as large as they need to be.
    exact_sum: |column| format!("CAST(COALESCE(sum({column}), 0) AS CHAR)"),
    delete_some: |table, condition, column| {
        format!("DELETE FROM \"{table}\" WHERE {condition} ORDER BY \"{column}\" LIMIT ?")
    },
    count_triggers: |table| {
        format!(
            "SELECT '', NULL, count(*), 0, 0, 0, 0, '' FROM information_schema.triggers \
             WHERE trigger_schema = DATABASE() AND trigger_name = '{table}_audit_update'"
        )
    },
    audit_on: include_str!("../../migrations/mysql/audit/on.sql"),
    audit_off: include_str!("../../migrations/mysql/audit/off.sql"),
};

/// The name, as an expression, of one of the server's own locks: it has up to 64 characters, and is
/// the same in all databases of the server.
pub(super) fn lock_of(purpose: &str) -> String {
    format!("CONCAT('cart ', SHA2(CONCAT(DATABASE(), ' {purpose}'), 224))")
}
