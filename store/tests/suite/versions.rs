//! Versions of problems: every upload stays, and one is current.

use domain::{FieldError, PackageHash, ProblemId, Timestamp};
use futures_util::future::join_all;
use store::Upload;

use crate::bench::Bench;
use crate::problems::{fetched, record, zip};

on_both_engines!(
    every_upload_is_a_version_and_one_is_current,
    versions_are_numbered_one_after_the_other,
);

fn upload(by: &str, message: &str) -> Upload {
    Upload {
        by: by.parse().unwrap(),
        message: message.to_owned(),
        warnings: vec![FieldError {
            pointer: "problem.yaml:3 name".to_owned(),
            detail: "is odd".to_owned(),
        }],
        is_hidden: None,
    }
}

async fn numbers(bench: &Bench, id: &ProblemId) -> Vec<(u32, u8, bool)> {
    let versions = bench.store.versions(id, None, 100).await.unwrap();
    let told = versions
        .iter()
        .map(|version| (version.number, version.package.0[0], version.is_current));
    told.collect()
}

async fn every_upload_is_a_version_and_one_is_current(bench: Bench) {
    let store = &bench.store;
    let id: ProblemId = "sum".parse().unwrap();
    let hidden = Upload {
        is_hidden: Some(true),
        ..upload("ann", "first\0")
    };
    let first = store
        .put_version(&record("sum", 1), zip(b"one"), &hidden)
        .await
        .unwrap();
    assert!(first.is_hidden);
    store
        .put_version(&record("sum", 2), zip(b"two"), &upload("bob", "second"))
        .await
        .unwrap();
    // The same again is nothing new.
    store
        .put_version(&record("sum", 2), zip(b"two"), &upload("bob", "again"))
        .await
        .unwrap();
    assert_eq!(numbers(&bench, &id).await, [(2, 2, true), (1, 1, false)]);
    let newest = store.version(&id, None).await.unwrap().unwrap();
    assert_eq!((newest.number, newest.message.as_str()), (2, "second"));
    assert_eq!((newest.by.as_str(), newest.size), ("bob", 3));
    assert_eq!(newest.warnings, upload("bob", "").warnings);
    let old = store.version(&id, Some(1)).await.unwrap().unwrap();
    assert_eq!((old.message.as_str(), old.is_current), ("first\u{fffd}", false));
    assert_eq!(store.version(&id, Some(3)).await.unwrap(), None);
    assert_eq!(store.versions(&id, Some(2), 10).await.unwrap(), [old]);

    let restored = store
        .restore_version(&id, 1, Timestamp(77))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (restored.package, restored.updated_at),
        (first.package, Timestamp(77))
    );
    assert_eq!((&restored.name, restored.is_hidden), (&first.name, true));
    assert_eq!(store.problem(&id).await.unwrap(), Some(restored));
    assert_eq!(numbers(&bench, &id).await, [(2, 2, false), (1, 1, true)]);
    assert_eq!(store.restore_version(&id, 9, Timestamp(78)).await.unwrap(), None);
    // What was once current, uploaded again, is a version again.
    store
        .put_version(&record("sum", 2), zip(b"two"), &upload("bob", "back"))
        .await
        .unwrap();
    assert_eq!(
        numbers(&bench, &id).await,
        [(3, 2, true), (2, 2, false), (1, 1, false)]
    );
    assert_eq!(fetched(&bench, 1).await, Ok(Some(b"one".to_vec())));
}

async fn versions_are_numbered_one_after_the_other(bench: Bench) {
    let puts = (1..=8_u8).map(|package| {
        let store = &bench.store;
        async move {
            let upload = upload("ann", &format!("package {package}"));
            store
                .put_version(&record("sum", package), zip(&[package]), &upload)
                .await
                .unwrap()
        }
    });
    join_all(puts).await;
    let id: ProblemId = "sum".parse().unwrap();
    let found = numbers(&bench, &id).await;
    let order: Vec<u32> = found.iter().map(|(number, ..)| *number).collect();
    assert_eq!(order, [8, 7, 6, 5, 4, 3, 2, 1]);
    let current: Vec<_> = found.iter().filter(|(.., is_current)| *is_current).collect();
    assert_eq!(current.len(), 1);
    let problem = bench.store.problem(&id).await.unwrap().unwrap();
    assert_eq!(problem.package, PackageHash([current[0].1; 32]));
}
