//! How PostgreSQL answers each statement: along an index, whether it knows the values or not.

use std::fmt::Write as _;

use cart_core::{Error, OwnerClass, ScanRequest, Select, Timestamp};
use cart_testkit::servers::{Options, Server as _, SqlServer};

use super::{Postgres, PostgresConfig, PostgresConnection, PostgresSchema};
use crate::row::{Cells, FromCells};
use crate::scan::Walk;
use crate::scan::samples::{SCOPE, further_on, requests};
use crate::server::{Connection, Driver, Statements};
use crate::table::TableName;
use crate::value::Value;

/// Carts enough that reading them all would cost more than an index, few of them deleted, marked or
/// about to expire.
const CARTS: &str = "INSERT INTO carts (tenant, class, identifier, instance, version, write_id, \
         state, format, created_at, updated_at, expires_at, marked, lines, units, subtotal, total, \
         ledger, items, conditions, metadata) \
     SELECT CASE n % 3 WHEN 0 THEN 'north' ELSE '' END::bytea, \
         CASE n % 2 WHEN 0 THEN 'guest' ELSE 'user' END, n::text::bytea, 'default', 1, n, \
         CASE n % 50 WHEN 0 THEN 'deleted' ELSE 'live' END, 1, n, n, \
         CASE n % 20 WHEN 0 THEN n END, (n % 50 = 1)::int, 1, 1, 1, 1, '{}', '[]', '[]', '{}' \
     FROM generate_series(1, 20000) AS n; ANALYZE carts";

struct Line(String);

impl FromCells for Line {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self(cells.text()?.to_string()))
    }
}

/// A database full of carts.
struct Full {
    _server: cart_testkit::servers::Postgres,
    connection: PostgresConnection,
    statements: Statements,
    plans: usize,
}

impl Full {
    async fn new() -> Self {
        let server = cart_testkit::servers::Postgres::start(Options::new())
            .await
            .expect("a server");
        let config: PostgresConfig = server.url().parse().expect("a URL");
        let schema = PostgresSchema::new(config.clone());
        schema.apply().await.expect("a schema");
        server.sql(CARTS).await.expect("carts");
        let connector = Postgres::connector(config.settings()).expect("a connector");
        let connection = Postgres::connect(&connector).await.expect("a connection");
        Self {
            _server: server,
            connection,
            statements: Postgres::statements(&TableName::default()),
            plans: 0,
        }
    }

    /// How the server answers a statement, knowing the values and not.
    async fn plans(&mut self, text: &str, values: &[Value<'_>]) -> [String; 2] {
        let mut pieces = text.split('?');
        let mut numbered = pieces.next().unwrap_or_default().to_owned();
        for (index, piece) in pieces.enumerate() {
            write!(numbered, "${}{piece}", index + 1).expect("a text");
        }
        let values: Vec<String> = values.iter().map(literal).collect();
        let values = values.join(", ");
        let mut plans = [String::new(), String::new()];
        for (mode, plan) in ["custom", "generic"].into_iter().zip(&mut plans) {
            self.plans += 1;
            let name = format!("plan_{}", self.plans);
            let prepare =
                format!("SET plan_cache_mode = force_{mode}_plan; PREPARE {name} AS {numbered}");
            self.connection.batch(&prepare).await.expect("a statement");
            let explain = format!("EXPLAIN EXECUTE {name} ({values})");
            let lines: Vec<Line> = self.connection.rows(&explain, &[]).await.expect("a plan");
            let lines: Vec<String> = lines.into_iter().map(|line| line.0).collect();
            *plan = lines.join("\n");
        }
        plans
    }
}

fn literal(value: &Value<'_>) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Name(text) | Value::Text(text) => format!("'{text}'"),
        Value::OptionalInteger(_) | Value::OptionalText(_) => "NULL".to_owned(),
    }
}

#[tokio::test]
async fn no_list_of_carts_sorts_and_none_reads_the_table_without_an_index() {
    let mut full = Full::new().await;
    for request in requests() {
        let walk = Walk::new(SCOPE, &request).expect("a cursor of this store");
        let table = TableName::default();
        let (text, values) = walk.query(&table, &Postgres::HINTS, Timestamp::from_millis(9_999));
        for plan in full.plans(&text, &values).await {
            assert!(plan.contains("Index"), "{request:?}: {plan}");
            assert!(!plan.contains("Seq Scan"), "{request:?}: {plan}");
            // Of the few others it may take all by their own index, and sort them.
            if request.select == Select::Live {
                assert!(!plan.contains("Sort"), "{request:?}: {plan}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_further_on_starts_at_its_place_in_the_index() {
    let mut full = Full::new().await;
    let mut request = ScanRequest::new(10);
    request.class = Some(OwnerClass::Guest);
    request.updated_before = Some(Timestamp::from_millis(5_000));
    let request = further_on(request);
    let walk = Walk::new(SCOPE, &request).expect("a cursor of this store");
    let table = TableName::default();
    let (text, values) = walk.query(&table, &Postgres::HINTS, Timestamp::from_millis(9_999));
    for plan in full.plans(&text, &values).await {
        let condition = plan.lines().find(|line| line.contains("Index Cond"));
        let condition = condition.expect("a condition on the index");
        assert!(condition.contains("ROW(updated_at, id) > ROW("), "{plan}");
        assert!(condition.contains("updated_at < "), "{plan}");
    }
}

#[tokio::test]
async fn the_hot_statements_search_an_index() {
    let mut full = Full::new().await;
    let (name, text, number) = (Value::Name("x"), Value::Text("x"), Value::Integer(1));
    let key = vec![name, text, name, name];
    let of_owner = vec![name, text, name, number];
    let renewal = [&[number], &key[..], &[number]].concat();
    let texts = |statements: &Statements| {
        [
            statements.load.clone(),
            statements.load_locked.clone(),
            statements.head.clone(),
            statements.head_locked.clone(),
            statements.instances.clone(),
            statements.renew.clone(),
            statements.sweep.clone(),
        ]
    };
    let values = [
        (key.clone(), "carts_key"),
        (key.clone(), "carts_key"),
        (key.clone(), "carts_key"),
        (key, "carts_key"),
        (of_owner, "carts_key"),
        (renewal, "carts_key"),
        (vec![number, number], "carts_expires"),
    ];
    for (text, (values, index)) in texts(&full.statements).iter().zip(values) {
        for plan in full.plans(text, &values).await {
            assert!(plan.contains(&format!("using {index}")), "{text}: {plan}");
            assert!(!plan.contains("Seq Scan"), "{text}: {plan}");
        }
    }
}
