use cart_core::{Instance, Owner, OwnerClass, Tenant};
use diesel::RunQueryDsl;
use diesel::sql_types::Text;

use super::*;
use crate::sqlite::config::SqliteConfig;
use crate::sqlite::connection::{Missing, open};
use crate::sqlite::migrate;
use crate::table::TableName;

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

/// Every way to ask, each at its start and further on.
fn requests() -> Vec<ScanRequest> {
    let mut requests = Vec::new();
    for select in [Select::Live, Select::Marked, Select::Tombstones] {
        for tenant in [None, Some(Tenant::new("north").expect("a tenant"))] {
            for class in [None, Some(OwnerClass::Guest)] {
                for updated_before in [None, Some(Timestamp::from_millis(5))] {
                    let mut request = ScanRequest::new(10);
                    request.select = select;
                    request.tenant.clone_from(&tenant);
                    request.class.clone_from(&class);
                    request.updated_before = updated_before;
                    requests.push(request);
                }
            }
        }
    }
    requests
}

#[test]
fn no_list_sorts_or_reads_the_table_without_an_index() {
    let (mut connection, statements) = database();
    for request in requests() {
        let order = Order::of(&request);
        let position = match order {
            Order::Key => {
                let owner = Owner::guest("7").expect("an owner");
                Position::Key(CartKey::new(owner, Instance::default()))
            }
            Order::Time => Position::time("guest/3/7").expect("a position"),
        };
        for position in [None, Some(&position)] {
            let now = Timestamp::from_millis(9);
            let (text, values) = query(&statements, &request, order, position, now);
            let plan = plan(&mut connection, &text, values);
            assert!(plan.contains("USING INDEX"), "{request:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{request:?}: {plan}");
        }
    }
}

#[test]
fn a_page_further_on_starts_at_its_place_in_the_index() {
    let (mut connection, statements) = database();
    let now = Timestamp::from_millis(9);
    let mut request = ScanRequest::new(10);
    request.class = Some(OwnerClass::Guest);
    request.updated_before = Some(Timestamp::from_millis(5));
    let position = Position::time("guest/3/7").expect("a position");
    let (text, values) = query(&statements, &request, Order::Time, Some(&position), now);
    let plan = plan(&mut connection, &text, values);
    assert!(
        plan.contains("class=? AND updated_at>? AND updated_at<?"),
        "{plan}"
    );
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
