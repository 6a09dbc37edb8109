//! How PostgreSQL is asked for reports and history.

use crate::database::Dialect;
use crate::scan::{Hints, behind_row};

pub(super) const HINTS: Hints = Hints {
    index: |_, _| String::new(),
    filter: "",
    behind: behind_row,
};

pub(super) const DIALECT: Dialect = Dialect {
    hints: HINTS,
    // Sums of `bigint` are `numeric`, as large as they need to be.
    exact_sum: |column| format!("coalesce(sum({column}), 0)::text"),
    delete_some: |table, condition, column| {
        format!(
            "DELETE FROM \"{table}\" WHERE \"id\" = ANY (ARRAY(SELECT \"id\" FROM \"{table}\" \
             WHERE {condition} ORDER BY \"{column}\" LIMIT ? FOR UPDATE SKIP LOCKED))"
        )
    },
    count_triggers: |table| {
        format!(
            "SELECT '', NULL::text, count(*), 0::bigint, 0::bigint, 0::bigint, 0::bigint, '' \
             FROM pg_trigger WHERE tgrelid = to_regclass('\"{table}\"') \
             AND tgname = '{table}_audit_update'"
        )
    },
    audit_on: include_str!("../../migrations/postgres/audit/on.sql"),
    audit_off: include_str!("../../migrations/postgres/audit/off.sql"),
};
