use cart_core::OwnerClass;
use diesel::RunQueryDsl;
use diesel::sql_types::Text;

use super::*;
use crate::scan::samples::{SCOPE, further_on, requests};
use crate::sqlite::config::SqliteConfig;
use crate::sqlite::connection::{Missing, open};
use crate::sqlite::migrate;
use crate::table::TableName;
use crate::value::Value;

struct Explain;

impl Purpose for Explain {
    type Row = (BigInt, BigInt, BigInt, Text);

    const ONE_TEXT: bool = false;
}

/// How SQLite would answer the statement.
fn plan(connection: &mut SqliteConnection, text: &str, values: Vec<Value<'_>>) -> String {
    let text = format!("EXPLAIN QUERY PLAN {text}");
    let steps: Vec<(i64, i64, i64, String)> = Statement::<Explain, _>::new(&text, values)
        .load(connection)
        .expect("a plan");
    let steps: Vec<String> = steps.into_iter().map(|step| step.3).collect();
    steps.join("; ")
}

fn database() -> (SqliteConnection, Statements) {
    let mut connection = open(&SqliteConfig::memory(), Missing::Create).expect("a database");
    let table = TableName::default();
    migrate::apply(&mut connection, &table).expect("a schema");
    (connection, Statements::new(table))
}

#[test]
fn no_list_sorts_or_reads_the_table_without_an_index() {
    let (mut connection, statements) = database();
    for request in requests() {
        let walk = Walk::new(SCOPE, &request).expect("a cursor of this store");
        let (text, values) = walk.query(&statements.table, &HINTS, Timestamp::from_millis(9));
        let plan = plan(&mut connection, &text, values);
        assert!(plan.contains("USING INDEX"), "{request:?}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{request:?}: {plan}");
    }
}

#[test]
fn a_page_further_on_starts_at_its_place_in_the_index() {
    let (mut connection, statements) = database();
    let mut request = ScanRequest::new(10);
    request.class = Some(OwnerClass::Guest);
    request.updated_before = Some(Timestamp::from_millis(5));
    let request = further_on(request);
    let walk = Walk::new(SCOPE, &request).expect("a cursor of this store");
    let (text, values) = walk.query(&statements.table, &HINTS, Timestamp::from_millis(9));
    let plan = plan(&mut connection, &text, values);
    assert!(
        plan.contains("class=? AND updated_at>? AND updated_at<?"),
        "{plan}"
    );
}

#[test]
fn the_records_of_one_owner_are_searched_by_their_key() {
    let (mut connection, statements) = database();
    for request in requests() {
        if request.owner.is_none() || request.tenant.is_some() || request.class.is_some() {
            continue;
        }
        let walk = Walk::new(SCOPE, &request).expect("a cursor of this store");
        let (text, values) = walk.query(&statements.table, &HINTS, Timestamp::from_millis(9));
        let plan = plan(&mut connection, &text, values);
        assert!(
            plan.contains("(tenant=? AND class=? AND identifier=?"),
            "{request:?}: {plan}"
        );
    }
}

#[test]
fn the_hot_statements_search_an_index() {
    let (mut connection, statements) = database();
    let [text, number] = [Value::Text("x"), Value::Integer(1)];
    let cases = [
        (&statements.load, vec![text; 4], "carts_key"),
        (&statements.head, vec![text; 4], "carts_key"),
        (
            &statements.instances,
            vec![text, text, text, number],
            "carts_key",
        ),
        (
            &statements.renew,
            vec![number, text, text, text, text],
            "carts_key",
        ),
        (&statements.sweep, vec![number, number], "carts_expires"),
    ];
    for (statement, values, index) in cases {
        let plan = plan(&mut connection, statement, values);
        assert!(plan.contains(index), "{statement}: {plan}");
        assert!(!plan.contains("SCAN"), "{statement}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_named_by_its_id() {
    let (mut connection, statements) = database();
    for (id, state) in [(7, "live"), (8, "asleep")] {
        let row = format!(
            "INSERT INTO carts (id, tenant, class, identifier, instance, version, write_id, state, format,
                created_at, updated_at, marked, lines, units, subtotal, total, ledger, items, conditions,
                metadata)
            VALUES ({id}, '', 'user', '{id}', 'default', 1, 1, '{state}', 1, 0, 0, 0, 0, 0, 0, 0, '{{}}',
                '[]', '[]', '{{}}')"
        );
        diesel::sql_query(row)
            .execute(&mut connection)
            .expect("a row");
    }
    let request = ScanRequest::new(10);
    let at = Timestamp::from_millis(9);
    let answer = page(&mut connection, &statements, SCOPE, &request, at);
    let Err(Failure::Refused(error)) = answer else {
        panic!("a row without a state became a cart");
    };
    assert_eq!(error.kind(), cart_core::ErrorKind::Corrupt);
    assert!(error.to_string().contains("id is 8"), "{error}");
    let cause = std::error::Error::source(&error).expect("a cause");
    assert!(cause.to_string().contains("state"), "{cause}");
}
