//! How MariaDB answers each statement: along an index.

use cart_core::{Error, OwnerClass, ScanRequest, Select, Timestamp};
use cart_testkit::servers::{MariaDb, Options, Server as _, SqlServer};

use super::{Mysql, MysqlConfig, MysqlConnection, MysqlSchema};
use crate::row::{Cells, FromCells};
use crate::scan::Walk;
use crate::scan::samples::{SCOPE, further_on, requests};
use crate::server::{Connection, Driver, Statements};
use crate::table::TableName;
use crate::value::Value;

/// Carts enough that reading them all would cost more than an index, few of them deleted, marked or
/// about to expire.
const CARTS: &str = "INSERT INTO carts (tenant, class, identifier, instance, version, write_id, \
         state, format, created_at, updated_at, expires_at, marked, `lines`, units, subtotal, \
         total, ledger, items, conditions, metadata) \
     SELECT IF(seq % 3 = 0, 'north', ''), IF(seq % 2 = 0, 'guest', 'user'), seq, 'default', 1, \
         seq, IF(seq % 50 = 0, 'deleted', 'live'), 1, seq, seq, IF(seq % 20 = 0, seq, NULL), \
         seq % 50 = 1, 1, 1, 1, 1, '{}', '[]', '[]', '{}' \
     FROM seq_1_to_20000; ANALYZE TABLE carts";

/// A plan, in JSON.
struct Plan(String);

impl FromCells for Plan {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        Ok(Self(cells.text()?.to_string()))
    }
}

/// A database full of carts.
struct Full {
    _server: MariaDb,
    connection: MysqlConnection,
    statements: Statements,
}

impl Full {
    async fn new() -> Self {
        let server = MariaDb::start(Options::new()).await.expect("a server");
        let config: MysqlConfig = server.url().parse().expect("a URL");
        let schema = MysqlSchema::new(config.clone());
        schema.apply().await.expect("a schema");
        server.sql(CARTS).await.expect("carts");
        let connector = Mysql::connector(config.settings()).expect("a connector");
        let connection = Mysql::connect(&connector).await.expect("a connection");
        Self {
            _server: server,
            connection,
            statements: Mysql::statements(&TableName::default()),
        }
    }

    /// How the server answers a statement with these values.
    async fn plan(&mut self, text: &str, values: &[Value<'_>]) -> String {
        let explain = format!("EXPLAIN FORMAT=JSON {text}");
        let plans: Vec<Plan> = self
            .connection
            .rows(&explain, values)
            .await
            .expect("a plan");
        plans.into_iter().map(|plan| plan.0).collect()
    }
}

#[tokio::test]
async fn no_list_of_carts_sorts_and_none_reads_the_table_without_an_index() {
    let mut full = Full::new().await;
    for request in requests() {
        let walk = Walk::new(SCOPE, &request).expect("a cursor of this store");
        let table = TableName::default();
        let (text, values) = walk.query(&table, &Mysql::HINTS, Timestamp::from_millis(9_999));
        let plan = full.plan(&text, &values).await;
        // Behind a cart of another owner there is none of this one: nothing is read.
        if plan.contains("Impossible WHERE") {
            continue;
        }
        assert!(plan.contains("\"key\": \"carts_"), "{request:?}: {plan}");
        assert!(
            !plan.contains("\"access_type\": \"ALL\""),
            "{request:?}: {plan}"
        );
        // Of the few others it may take all by their own index, and sort them.
        if request.select == Select::Live {
            assert!(!plan.contains("filesort"), "{request:?}: {plan}");
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
    let (text, values) = walk.query(&table, &Mysql::HINTS, Timestamp::from_millis(9_999));
    let plan = full.plan(&text, &values).await;
    assert!(plan.contains("\"access_type\": \"range\""), "{plan}");
    let parts = "\"used_key_parts\": [\"class\", \"updated_at\", \"id\"]";
    assert!(plan.contains(parts), "{plan}");
}

#[tokio::test]
async fn the_hot_statements_search_an_index() {
    let mut full = Full::new().await;
    let number = Value::Integer(1);
    // A cart that is there: of another the plan only says that it isn't.
    let owner = [Value::Name(""), Value::Text("user"), Value::Name("1")];
    let key = [&owner[..], &[Value::Name("default")]].concat();
    let of_owner = [&owner[..], &[number]].concat();
    let renewal = [&[number], &key[..], &[number]].concat();
    let statements = &full.statements;
    let searches = [
        (statements.load.clone(), key.clone(), "carts_key"),
        (statements.load_locked.clone(), key.clone(), "carts_key"),
        (statements.head.clone(), key.clone(), "carts_key"),
        (statements.head_locked.clone(), key, "carts_key"),
        (statements.instances.clone(), of_owner, "carts_key"),
        (statements.renew.clone(), renewal, "carts_key"),
        (statements.lock_key.clone(), vec![number], "PRIMARY"),
        (
            statements.sweep.clone(),
            vec![number, number],
            "carts_expires",
        ),
    ];
    for (text, values, index) in searches {
        let plan = full.plan(&text, &values).await;
        assert!(
            plan.contains(&format!("\"key\": \"{index}\"")),
            "{text}: {plan}"
        );
        assert!(!plan.contains("\"access_type\": \"ALL\""), "{text}: {plan}");
    }
}
