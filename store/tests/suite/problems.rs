//! Problems and their packages.

use std::io::Write as _;
use std::path::PathBuf;

use domain::{Band, Limits, PackageHash, ProblemRecord, ProblemType, Timestamp};
use futures_util::future::join_all;
use store::SeenBy;
use tokio::fs::File;

use crate::bench::Bench;

on_both_engines!(
    a_package_comes_back_byte_for_byte,
    a_new_package_replaces_and_the_old_one_stays,
    two_zips_of_one_package_do_not_spoil_each_other,
    what_the_object_store_lost_or_spoiled_is_said,
    problems_are_paged_by_id,
    a_hidden_problem_is_listed_to_its_owner_alone,
);

pub(crate) fn record(id: &str, package: u8) -> ProblemRecord {
    ProblemRecord {
        id: id.parse().unwrap(),
        name: format!("Größte Summe {package}"),
        types: vec![ProblemType::PassFail],
        limits: Limits::default(),
        code_bytes: 128 << 10,
        languages: Some(vec!["cpp".parse().unwrap()]),
        test_cases: 12,
        max_score: None,
        keywords: Vec::new(),
        package: PackageHash([package; 32]),
        owner: "ann".parse().unwrap(),
        is_hidden: false,
        band: domain::Band::Interactive,
        tag: domain::WorkerTag::default(),
        created_at: Timestamp(i64::from(package)),
        updated_at: Timestamp(i64::from(package)),
    }
}

pub(crate) fn zip(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    // Left at its end, as an upload leaves it.
    file.write_all(content).unwrap();
    File::from_std(file)
}

pub(crate) async fn fetched(bench: &Bench, package: u8) -> Result<Option<Vec<u8>>, String> {
    let path = bench.directory.path().join("fetched");
    let mut file = File::create(&path).await.unwrap();
    match bench
        .store
        .fetch_package(&PackageHash([package; 32]), &mut file)
        .await
    {
        Ok(true) => Ok(Some(std::fs::read(path).unwrap())),
        Ok(false) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn objects(bench: &Bench) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![bench.config.objects.clone()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found
}

async fn a_package_comes_back_byte_for_byte(bench: Bench) {
    // More than one part, and not a whole number of them.
    let large: Vec<u8> = (0..20_000_001_u32).map(|i| (i % 251) as u8).collect();
    for (package, content) in [(1, &b""[..]), (2, b"zip"), (3, &large)] {
        let stored = bench
            .store
            .put_problem(&record("sum", package), zip(content))
            .await
            .unwrap();
        assert_eq!(stored.package, PackageHash([package; 32]));
        assert!(
            fetched(&bench, package).await.unwrap().unwrap() == content,
            "package {package} differs"
        );
    }
    assert_eq!(fetched(&bench, 9).await, Ok(None));
    assert_eq!(
        objects(&bench).len(),
        3,
        "nothing but objects: {:?}",
        objects(&bench)
    );
}

async fn a_new_package_replaces_and_the_old_one_stays(bench: Bench) {
    let store = &bench.store;
    let first = record("sum", 1);
    assert_eq!(store.put_problem(&first, zip(b"one")).await.unwrap(), first);
    let mut second = record("sum", 2);
    second.owner = "bob".parse().unwrap();
    second.languages = None;
    let expected = ProblemRecord {
        owner: first.owner.clone(),
        created_at: first.created_at,
        ..second.clone()
    };
    assert_eq!(store.put_problem(&second, zip(b"two")).await.unwrap(), expected);
    assert_eq!(store.problem(&first.id).await.unwrap(), Some(expected));
    assert_eq!(store.problem(&"none".parse().unwrap()).await.unwrap(), None);
    // Judgements that run keep what they run with.
    assert_eq!(fetched(&bench, 1).await, Ok(Some(b"one".to_vec())));
}

async fn two_zips_of_one_package_do_not_spoil_each_other(bench: Bench) {
    let zips: [&[u8]; 4] = [b"packed", b"packed tightly", b"packed", b"packed in haste"];
    let puts = zips.map(|content| {
        let store = &bench.store;
        async move { store.put_problem(&record("sum", 1), zip(content)).await.unwrap() }
    });
    join_all(puts).await;
    let found = fetched(&bench, 1).await.unwrap().unwrap();
    assert!(zips.contains(&&*found), "{found:?}");
}

async fn what_the_object_store_lost_or_spoiled_is_said(bench: Bench) {
    bench
        .store
        .put_problem(&record("sum", 1), zip(b"content"))
        .await
        .unwrap();
    let object = objects(&bench).remove(0);
    for (spoiled, expected) in [
        (&b"cont"[..], "4 bytes of 7"),
        (b"content and more", "16 bytes of 7"),
        (b"CONTENT", "other bytes"),
    ] {
        std::fs::write(&object, spoiled).unwrap();
        let error = fetched(&bench, 1).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    std::fs::remove_file(&object).unwrap();
    let error = fetched(&bench, 1).await.unwrap_err();
    assert!(
        error.contains("0101") && error.contains("object store"),
        "{error}"
    );
    // Uploading it again mends it.
    bench
        .store
        .put_problem(&record("sum", 1), zip(b"content"))
        .await
        .unwrap();
    assert_eq!(fetched(&bench, 1).await, Ok(Some(b"content".to_vec())));
}

async fn problems_are_paged_by_id(bench: Bench) {
    // By bytes, in any locale.
    let ids = ["A", "B", "Zoo", "a", "a.b", "a_b", "b", "z-9"];
    for (number, id) in ids.iter().rev().enumerate() {
        let record = record(id, u8::try_from(number).unwrap());
        bench.store.put_problem(&record, zip(b"zip")).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = bench
            .store
            .problems(SeenBy::Anybody, None, after.as_ref(), 3)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        seen.extend(page.iter().map(|problem| problem.id.to_string()));
    }
    assert_eq!(seen, ids);
}

async fn a_hidden_problem_is_listed_to_its_owner_alone(bench: Bench) {
    let (ann, bob) = ("ann".parse().unwrap(), "bob".parse().unwrap());
    for (number, id) in (1_u8..).zip(["a", "b", "c"]) {
        let record = record(id, number);
        bench.store.put_problem(&record, zip(b"zip")).await.unwrap();
    }
    let mut other = record("d", 4);
    other.owner = bob;
    bench.store.put_problem(&other, zip(b"zip")).await.unwrap();
    let id = "b".parse().unwrap();
    let hidden = bench.store.set_hidden(&id, true).await.unwrap().unwrap();
    assert!(hidden.is_hidden);
    assert_eq!(bench.store.problem(&id).await.unwrap(), Some(hidden));
    let missing = "none".parse().unwrap();
    assert_eq!(bench.store.set_hidden(&missing, true).await.unwrap(), None);
    for (seen_by, owner, expected) in [
        (SeenBy::Anybody, None, "acd"),
        (SeenBy::User(&other.owner), None, "acd"),
        (SeenBy::User(&ann), None, "abcd"),
        (SeenBy::Everything, None, "abcd"),
        (SeenBy::User(&other.owner), Some(&ann), "ac"),
        (SeenBy::User(&ann), Some(&ann), "abc"),
        (SeenBy::Everything, Some(&other.owner), "d"),
    ] {
        let found = bench.store.problems(seen_by, owner, None, 10).await.unwrap();
        let ids: String = found.iter().map(|problem| problem.id.as_str()).collect();
        assert_eq!(ids, expected, "{seen_by:?} {owner:?}");
    }
    // A new package leaves it hidden.
    let replaced = bench
        .store
        .put_problem(&record("b", 9), zip(b"new"))
        .await
        .unwrap();
    assert!(replaced.is_hidden);
    // So it does with where it is judged.
    let tag = "quiet".parse().unwrap();
    let routed = bench.store.route_problem(&id, Band::Contest, &tag).await.unwrap();
    assert_eq!(bench.store.problem(&id).await.unwrap(), routed);
    let replaced = bench
        .store
        .put_problem(&record("b", 10), zip(b"newer"))
        .await
        .unwrap();
    assert_eq!((replaced.band, replaced.tag), (Band::Contest, tag.clone()));
    let missing_too = bench.store.route_problem(&missing, Band::Contest, &tag).await;
    assert_eq!(missing_too.unwrap(), None);
    let shown = bench.store.set_hidden(&id, false).await.unwrap().unwrap();
    assert!(!shown.is_hidden);
}
