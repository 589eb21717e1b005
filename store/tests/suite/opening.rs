//! Opening and migrating: what goes wrong is said in a sentence, and soon.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use store::{Store, StoreConfig, StoreError};

use crate::bench::{Bench, Kind};

fn config(database_url: &str, objects: &std::path::Path) -> StoreConfig {
    StoreConfig {
        database_url: database_url.into(),
        objects: objects.into(),
        max_connections: 2,
    }
}

async fn check(database_url: &str, is_unavailable: bool, expected: &[&str]) {
    let objects = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let error = Store::open(&config(database_url, objects.path()))
        .await
        .unwrap_err();
    assert!(
        started.elapsed() < Duration::from_secs(6),
        "{database_url} took {:?}",
        started.elapsed()
    );
    assert_eq!(
        matches!(error, StoreError::Unavailable(_)),
        is_unavailable,
        "{error:?}"
    );
    let sentence = error.to_string();
    for part in expected {
        assert!(sentence.contains(part), "{database_url}: {sentence}");
    }
    assert!(!sentence.contains("s3cret"), "{sentence}");
    assert!(!sentence.contains('\n'), "{sentence}");
}

#[tokio::test]
async fn a_wrong_address_is_said() {
    check("", false, &["postgres:// or sqlite:"]).await;
    check(
        "mysql://u:s3cret@h/d",
        false,
        &["postgres:// or sqlite:", "\"mysql\""],
    )
    .await;
    check("postgres://u:s3cret@h:port/d", false, &["database URL", "port"]).await;
    check("sqlite:", false, &["path of a file"]).await;
    check("sqlite::memory:", false, &["path of a file"]).await;
    check("sqlite:a.db?mode=ro", false, &["path of a file"]).await;
}

#[tokio::test]
async fn a_server_that_is_away_is_said_with_its_host() {
    let port = e2e::services::free_port().unwrap();
    let url = format!("postgres://u:s3cret@127.0.0.1:{port}/judge");
    check(
        &url,
        true,
        &[&format!("127.0.0.1:{port}"), "database judge", "refused"],
    )
    .await;
    check(
        "postgres://u:s3cret@no-such-host.invalid/judge",
        true,
        &["no-such-host.invalid:5432"],
    )
    .await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    // Accepts connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    check(
        &format!("postgres://u:s3cret@{address}/judge"),
        true,
        &[&address, "within 4 s"],
    )
    .await;
}

#[tokio::test]
async fn a_server_that_refuses_is_quoted() {
    let postgres = e2e::services::Postgres::start().unwrap();
    let url = postgres.url();
    let (_, parameters) = url.split_once('?').unwrap();
    let missing = format!("postgres://gavel:s3cret@localhost/missing?{parameters}");
    check(&missing, false, &["database \"missing\" does not exist"]).await;
    let stranger = format!("postgres://stranger:s3cret@localhost/postgres?{parameters}");
    check(&stranger, false, &["\"stranger\""]).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_a_database_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text");
    std::fs::write(&text, "not a database, however long it may be; ".repeat(100)).unwrap();
    check(
        &format!("sqlite:{}", text.display()),
        false,
        &["text", "not a SQLite database"],
    )
    .await;
    check(
        &format!("sqlite:{}", directory.path().display()),
        false,
        &["cannot be opened"],
    )
    .await;
    check(
        "sqlite:/proc/none/gavel.db",
        false,
        &["/proc/none", "cannot be made"],
    )
    .await;
    check(
        &format!("sqlite:{}/below/gavel.db", text.display()),
        false,
        &["below", "cannot be made"],
    )
    .await;
}

#[tokio::test]
async fn an_object_store_that_cannot_be_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let url = format!("sqlite:{}", directory.path().join("deep/er/gavel.db").display());
    let error = Store::open(&config(&url, &file)).await.unwrap_err().to_string();
    assert!(
        error.contains("object store") && error.contains("file"),
        "{error}"
    );
    Store::open(&config(&url, &directory.path().join("new/objects")))
        .await
        .unwrap()
        .close()
        .await;
}

async fn check_migrations(kind: Kind) {
    let bench = Bench::empty(kind).await;
    let mut stores = vec![bench.store.clone()];
    for _ in 0..4 {
        stores.push(Store::open(&bench.config).await.unwrap());
    }
    let pending = bench.store.pending_migrations().await.unwrap();
    assert!(pending > 0);
    for done in join_all(stores.iter().map(Store::migrate)).await {
        done.unwrap();
    }
    for store in &stores {
        assert_eq!(store.pending_migrations().await.unwrap(), 0);
        store.migrate().await.unwrap();
    }
    bench.queued().await;
}

async fn check_strange_schemas(kind: Kind) {
    let bench = Bench::new(kind).await;
    bench
        .sql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', TRUE, '', 0)",
        )
        .await;
    for error in [
        bench.store.pending_migrations().await.unwrap_err(),
        bench.store.migrate().await.unwrap_err(),
    ] {
        let sentence = error.to_string();
        assert!(
            sentence.contains("9999") && sentence.contains("newer than this program"),
            "{sentence}"
        );
    }
    bench
        .sql("DELETE FROM _sqlx_migrations WHERE version = 9999")
        .await;
    bench
        .sql("UPDATE _sqlx_migrations SET checksum = '' WHERE version = 1")
        .await;
    let sentence = bench.store.migrate().await.unwrap_err().to_string();
    assert!(sentence.contains("another build"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_migrate_at_once_on_postgres() {
    check_migrations(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_migrate_at_once_on_sqlite() {
    check_migrations(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_schema_that_is_not_ours_is_said_on_postgres() {
    check_strange_schemas(Kind::Postgres).await;
}

#[tokio::test]
async fn a_schema_that_is_not_ours_is_said_on_sqlite() {
    check_strange_schemas(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_closed_store_leaves_one_file_and_everything_in_it() {
    let bench = Bench::new(Kind::Sqlite).await;
    let (id, _) = bench.queued().await;
    bench.store.close().await;
    assert!(matches!(
        bench.store.ping().await,
        Err(StoreError::Unavailable(_))
    ));
    let mut names: Vec<_> = std::fs::read_dir(bench.directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["gavel.db", "objects"]);
    let again = Store::open(&bench.config).await.unwrap();
    assert!(again.submission(id).await.unwrap().is_some());
    again.close().await;
}

#[tokio::test]
async fn a_server_that_goes_away_and_comes_back_is_noticed() {
    let bench = Bench::new(Kind::Postgres).await;
    let (id, _) = bench.queued().await;
    bench
        .sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gavel'")
        .await;
    // The connections that were cut are found out by whoever uses them; then there are new ones.
    let mut answers = 0;
    for _ in 0..20 {
        match bench.store.submission(id).await {
            Ok(view) => {
                assert!(view.is_some());
                answers += 1;
            }
            Err(StoreError::Unavailable(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert!(answers > 5, "{answers} of 20 answered");
    assert!(bench.store.ping().await.is_ok());
}
