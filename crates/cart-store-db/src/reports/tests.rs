//! Each report reads the index that is there for it, and no cart.

use std::time::Duration;

use cart_core::{Currency, Instance, OwnerClass, Tenant, Timestamp};

use super::*;
use crate::database::Backend;

/// Each filter by itself, none, and all.
fn filters() -> Vec<ReportFilter> {
    let all = ReportFilter {
        tenant: Tenant::new("north").ok(),
        class: Some(OwnerClass::Guest),
        instance: Some(Instance::default()),
        currency: Currency::parse("USD").ok(),
    };
    let mut filters = vec![ReportFilter::default(), all.clone()];
    for keep in 0..4 {
        let mut one = ReportFilter::default();
        match keep {
            0 => one.tenant.clone_from(&all.tenant),
            1 => one.class.clone_from(&all.class),
            2 => one.instance.clone_from(&all.instance),
            _ => one.currency = all.currency,
        }
        filters.push(one);
    }
    filters
}

/// The statements of every report of figures.
fn figures(backend: &dyn Backend) -> Vec<Query> {
    let period = Timestamp::from_millis(10)..Timestamp::from_millis(20);
    let each = |filter: ReportFilter| {
        [
            counts::query(backend, &filter),
            values::query(backend, &filter),
            conversion::query(backend, &filter, &period),
        ]
    };
    filters().into_iter().flat_map(each).collect()
}

/// The statements of the pages of abandoned carts.
fn pages(backend: &dyn Backend) -> Vec<Query> {
    let each = |filter: ReportFilter| {
        let mut request = AbandonedRequest::new(Duration::from_millis(5), 10);
        request.filter = filter;
        let now = Timestamp::from_millis(30);
        let list = request.list(now);
        let walk = request.walk("plans", &list, now).expect("a walk");
        let (text, values) = walk.query(backend.table(), &backend.dialect().hints, now);
        Query::new(text).with_values(&values)
    };
    filters().into_iter().map(each).collect()
}

/// The statement as a person would write it; a dialect has its own form for `name`s.
#[cfg(feature = "servers")]
fn written_out(query: &Query, name: fn(&str) -> String) -> String {
    use crate::value::Value;

    let literal = |value: &Value<'_>| match value {
        Value::Integer(number) => number.to_string(),
        Value::Name(text) => name(text),
        Value::Text(text) => format!("'{text}'"),
        Value::OptionalInteger(_) | Value::OptionalText(_) => "NULL".to_owned(),
    };
    let values = query.values();
    let values = values.iter().map(literal).chain([String::new()]);
    let pieces = query.text.split('?').zip(values);
    let pieces: Vec<String> = pieces
        .map(|(piece, value)| format!("{piece}{value}"))
        .collect();
    pieces.concat()
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use diesel::connection::SimpleConnection;
    use diesel::sql_types::{BigInt, Text};
    use diesel::{Connection, RunQueryDsl, SqliteConnection};

    use super::*;
    use crate::statement::{Purpose, Statement};
    use crate::{SqliteCartStore, SqliteConfig};

    struct Explain;

    impl Purpose for Explain {
        type Row = (BigInt, BigInt, BigInt, Text);

        const ONE_TEXT: bool = false;
    }

    fn plan(connection: &mut SqliteConnection, query: &Query) -> String {
        let text = format!("EXPLAIN QUERY PLAN {}", query.text);
        let steps: Vec<(i64, i64, i64, String)> =
            Statement::<Explain, _>::new(&text, query.values())
                .load(connection)
                .expect("a plan");
        let steps: Vec<String> = steps.into_iter().map(|step| step.3).collect();
        steps.join("; ")
    }

    /// A thousand carts, so that an index is worth more than the table.
    const CARTS: &str = "WITH RECURSIVE number(n) AS \
        (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1000) \
        INSERT INTO carts SELECT n, '', 'guest', n, 'default', 1, n, 'live', 1, n, n, NULL, 0, \
        'USD', 1, 1, n, n, NULL, NULL, '{}', '[]', '[]', '{}' FROM number; ANALYZE;";

    #[tokio::test]
    async fn reports_of_figures_read_their_index_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("c.db");
        let store = SqliteCartStore::open(SqliteConfig::file(&path)).await;
        let store = store.expect("a store");
        let mut connection =
            SqliteConnection::establish(&path.display().to_string()).expect("a connection");
        for analyzed in [false, true] {
            if analyzed {
                connection.batch_execute(CARTS).expect("carts");
            }
            for query in figures(&store) {
                let plan = plan(&mut connection, &query);
                assert!(
                    plan.contains("USING COVERING INDEX carts_report"),
                    "{}: {plan}",
                    query.text
                );
            }
            for query in pages(&store) {
                let plan = plan(&mut connection, &query);
                assert!(
                    plan.contains("INDEX carts_updated"),
                    "{}: {plan}",
                    query.text
                );
                assert!(!plan.contains("TEMP B-TREE"), "{}: {plan}", query.text);
            }
        }
        let period = figures(&store).remove(2);
        let plan = plan(&mut connection, &period);
        assert!(
            plan.contains("SEARCH carts"),
            "it starts at the period: {plan}"
        );
    }
}

#[cfg(all(feature = "postgres", target_os = "linux"))]
mod postgres {
    use cart_testkit::servers::{Options, Postgres, Server as _, SqlServer as _};

    use super::*;
    use crate::PostgresCartStore;

    /// So many carts of a size as shops have them that the planner has something to choose.
    const CARTS: &str = "INSERT INTO carts (tenant, class, identifier, instance, version, \
        write_id, state, format, created_at, updated_at, marked, currency, lines, units, \
        subtotal, total, ledger, items, conditions, metadata) \
        SELECT (array['', 'north'])[1 + n % 2]::bytea, (array['guest', 'user', 'device'])[1 + n % 3], n::text::bytea, 'default', 1, \
        n, 'live', 1, n, n, 0, 'USD', 1, 1, n, n, '{}', repeat(md5(n::text), 40), '[]', '{}' \
        FROM generate_series(1, 20000) AS n";

    #[tokio::test]
    async fn postgres_reads_the_indexes_of_the_reports() {
        let server = Postgres::start(Options::new()).await.expect("a server");
        let config = server.url().parse().expect("a URL");
        let store = PostgresCartStore::open(config).await.expect("a store");
        server.sql(CARTS).await.expect("carts");
        server.sql("VACUUM ANALYZE carts").await.expect("figures");
        for query in figures(&store) {
            let plan = format!(
                "EXPLAIN {}",
                written_out(&query, |name| format!("'{name}'::bytea"))
            );
            let plan = server.sql(&plan).await.expect("a plan");
            assert!(
                plan.contains("Index Only Scan using carts_report"),
                "{}: {plan}",
                query.text
            );
        }
        for query in pages(&store) {
            let plan = format!(
                "EXPLAIN {}",
                written_out(&query, |name| format!("'{name}'::bytea"))
            );
            let plan = server.sql(&plan).await.expect("a plan");
            assert!(
                plan.contains("Index Scan using carts_updated"),
                "{}: {plan}",
                query.text
            );
            assert!(!plan.contains("Sort"), "{}: {plan}", query.text);
        }
    }
}

#[cfg(all(feature = "mysql", target_os = "linux"))]
mod mariadb {
    use cart_testkit::servers::{MariaDb, Options, Server as _, SqlServer as _};

    use super::*;
    use crate::MysqlCartStore;

    /// As many as PostgreSQL has to choose from.
    const CARTS: &str = "INSERT INTO carts (tenant, class, identifier, instance, version, \
        write_id, state, format, created_at, updated_at, marked, currency, `lines`, units, \
        subtotal, total, ledger, items, conditions, metadata) \
        SELECT IF(seq % 2, 'north', ''), ELT(1 + seq % 3, 'guest', 'user', 'device'), seq, \
        'default', 1, seq, 'live', 1, seq, seq, 0, 'USD', 1, 1, seq, seq, '{}', \
        repeat(md5(seq), 40), '[]', '{}' FROM seq_1_to_20000; ANALYZE TABLE carts";

    #[tokio::test]
    async fn mariadb_reads_the_indexes_of_the_reports() {
        let server = MariaDb::start(Options::new()).await.expect("a server");
        let config = server.url().parse().expect("a URL");
        let store = MysqlCartStore::open(config).await.expect("a store");
        server.sql(CARTS).await.expect("carts");
        let explain = |query: &Query| {
            let query = written_out(query, |name| format!("'{name}'"));
            format!("SET sql_mode = ANSI_QUOTES; EXPLAIN FORMAT=JSON {query}")
        };
        for query in figures(&store) {
            let plan = server.sql(&explain(&query)).await.expect("a plan");
            let text = &query.text;
            assert!(plan.contains("carts_report"), "{text}: {plan}");
            assert!(plan.contains("\"using_index\": true"), "{text}: {plan}");
        }
        for query in pages(&store) {
            let plan = server.sql(&explain(&query)).await.expect("a plan");
            let text = &query.text;
            assert!(plan.contains("carts_updated"), "{text}: {plan}");
            assert!(!plan.contains("filesort"), "{text}: {plan}");
        }
    }
}
