//! Pieces of the statements on the carts table, the same in every dialect.

/// What makes a row a cart.
pub(crate) const IS_LIVE: &str = "\"state\" <> 'deleted'";

/// What makes a row exist; it takes the present time.
pub(crate) const IS_NOT_EXPIRED: &str = "(\"expires_at\" IS NULL OR \"expires_at\" > ?)";

/// The names of columns, quoted, between commas.
pub(crate) fn listed<'a>(columns: impl IntoIterator<Item = &'a &'a str>) -> String {
    let quoted: Vec<String> = columns
        .into_iter()
        .map(|column| format!("\"{column}\""))
        .collect();
    quoted.join(", ")
}

/// That each of the columns has a given value.
pub(crate) fn conditions(columns: &[&str]) -> String {
    let equal: Vec<String> = columns
        .iter()
        .map(|column| format!("\"{column}\" = ?"))
        .collect();
    equal.join(" AND ")
}
