//! What a judgement costs does not depend on how many others there are: every statement on its way goes by an index, whatever the
//! planner knew of the tables when it made its plan.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _};

use crate::engine::Engine;
use crate::sql::Statement;
use crate::{Store, StoreConfig, claims, conclusions, submissions, sweep, views};

/// On the way of every judgement, or of every second.
const HOT: [&Statement; 25] = [
    &submissions::INSERT_ALL,
    &submissions::INSERT,
    &submissions::INSERT_FIRST,
    &submissions::FIND_BY_KEY,
    &claims::CLAIM,
    &claims::CLAIM_WORK,
    &claims::WORK,
    &claims::HEARTBEAT,
    &claims::HAND_BACK,
    &claims::RELEASE,
    &claims::CANCEL,
    &conclusions::CONCLUDE_ALL,
    &conclusions::CONCLUDE,
    &conclusions::CONCLUDED,
    &conclusions::INSERT_RUNS,
    &sweep::RETURN_EXPIRED,
    &sweep::GIVE_UP,
    &sweep::WAITING,
    &views::BY_ID,
    &views::LIST,
    &views::LIST_OF_USER,
    &views::LIST_FOR_PROBLEM,
    &views::LIST_OF_CONTESTS,
    &views::OLDEST,
    &views::OUTSTANDING,
];

/// The tables that grow.
const LARGE: [&str; 3] = ["judgements", "submissions", "runs"];

/// Indices that hold no more than what runs, or what has failed and waits: these may be read from end to end.
const SMALL: [&str; 2] = ["judgements_running", "judgements_failed"];

const A_LONG_QUEUE: &str = "SET session_replication_role = replica;
    INSERT INTO submissions (id, user_id, problem_id, package, language_id, band, created_at, files)
        SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), 'user' || n % 5, 'sum', '', 'python3', 1, n, '[]' FROM generate_series(1, 20000) AS n;
    INSERT INTO judgements (id, submission_id, package, band, user_id, language_id, state, created_at, queued_at)
        SELECT id, id, package, band, user_id, language_id, 'queued', created_at, created_at FROM submissions;
    ANALYZE";

async fn open(database_url: String, objects: &tempfile::TempDir) -> Store {
    let config = StoreConfig {
        database_url,
        objects: objects.path().into(),
        max_connections: 1,
    };
    let store = Store::open(&config).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// Where a plan of Postgres reads more than it needs.
fn faults(node: &Value, found: &mut Vec<String>) {
    let text = |name: &str| node[name].as_str().unwrap_or_default();
    let is_large = LARGE.contains(&text("Relation Name"));
    let is_read_whole = match text("Node Type") {
        "Seq Scan" | "Bitmap Heap Scan" => true,
        "Index Scan" | "Index Only Scan" => {
            node["Index Cond"].is_null() && !SMALL.contains(&text("Index Name"))
        }
        _ => false,
    };
    if is_large && is_read_whole {
        found.push(format!(
            "{} {} {}",
            text("Node Type"),
            text("Relation Name"),
            text("Index Name")
        ));
    }
    for below in node["Plans"].as_array().into_iter().flatten() {
        faults(below, found);
    }
}

async fn check_postgres(store: &Store, when: &str) {
    let mut wrong = Vec::new();
    let Engine::Postgres(server) = &store.engine else {
        panic!("not Postgres")
    };
    let mut connection = server.pool.acquire().await.unwrap();
    // What a connection comes to after a few times.
    let generic = "SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(generic).execute(&mut *connection).await.unwrap();
    for (at, statement) in HOT
        .iter()
        .enumerate()
        .filter(|(_, statement)| !statement.postgres.is_empty())
    {
        let prepare = format!("PREPARE hot{at} AS {}", statement.postgres);
        sqlx::raw_sql(AssertSqlSafe(prepare))
            .execute(&mut *connection)
            .await
            .unwrap();
        let binds = vec!["NULL"; statement.parameters].join(", ");
        let binds = if binds.is_empty() {
            binds
        } else {
            format!("({binds})")
        };
        let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE hot{at} {binds}");
        let row = sqlx::raw_sql(AssertSqlSafe(explain))
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        let plan: Value = serde_json::from_str(row.get_unchecked(0)).unwrap();
        let mut found = Vec::new();
        faults(&plan[0]["Plan"], &mut found);
        if !found.is_empty() {
            wrong.push(format!("to {}: {found:?}\n{plan:#}", statement.operation));
        }
    }
    assert!(wrong.is_empty(), "{when}:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn postgres_reads_no_table_from_end_to_end() {
    let (postgres, objects) = (
        e2e::services::Postgres::start().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let store = open(postgres.url(), &objects).await;
    check_postgres(&store, "in an empty database").await;
    store.close().await;
    postgres.sql(A_LONG_QUEUE).unwrap();
    let store = open(postgres.url(), &objects).await;
    check_postgres(&store, "with a long queue").await;
    store.close().await;
}

#[tokio::test]
async fn sqlite_reads_no_table_from_end_to_end() {
    let objects = tempfile::tempdir().unwrap();
    let path = objects.path().join("gavel.db");
    let store = open(format!("sqlite:{}", path.display()), &objects).await;
    let Engine::Sqlite(file) = &store.engine else {
        panic!("not SQLite")
    };
    let mut wrong = Vec::new();
    for statement in HOT.iter().filter(|statement| !statement.sqlite.is_empty()) {
        let explain = format!("EXPLAIN QUERY PLAN {}", statement.sqlite);
        let rows = sqlx::raw_sql(AssertSqlSafe(explain))
            .fetch_all(&file.write)
            .await
            .unwrap();
        for row in rows {
            let step: String = row.get("detail");
            let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
            let is_large =
                scanned.is_some_and(|name| LARGE.contains(&name) || ["j", "s", "w", "n"].contains(&name));
            let is_small = SMALL.iter().any(|index| step.contains(index));
            if is_large && !is_small {
                wrong.push(format!("to {}: {step}", statement.operation));
            }
        }
    }
    store.close().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
