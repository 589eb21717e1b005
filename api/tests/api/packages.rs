//! Uploading problem packages.

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::{Role, SubmissionView};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt as _;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::app::{Answer, Call, PACKAGE_BYTES, TestApp};

const PROBLEMS: &str = "/api/v1/problems";
pub(crate) const ZIP: &str = "application/zip";

/// A zip of entries.
fn zip_of<'a>(entries: impl IntoIterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A sample package's files, by their path below it.
fn sample() -> Vec<(String, Vec<u8>)> {
    fn walk(root: &Path, directory: &Path, files: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/library/aplusb");
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    assert!(files.len() > 5, "{files:?}");
    files
}

/// A sample package below `top` (with its slash), with some files replaced or added, and some left out (`None`).
pub(crate) fn package(top: &str, changes: &[(&str, Option<&str>)]) -> Vec<u8> {
    let mut files = sample();
    for (name, content) in changes {
        files.retain(|(known, _)| known != name);
        if let Some(content) = content {
            files.push(((*name).to_owned(), content.as_bytes().to_vec()));
        }
    }
    zip_of(
        files
            .iter()
            .map(|(name, content)| (format!("{top}{name}"), content.as_slice())),
    )
}

/// A form with one file.
pub(crate) fn form(field: &str, file_name: &str, content: &[u8]) -> (&'static str, Vec<u8>) {
    let mut body = format!(
        "--b0undary\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{file_name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--b0undary--\r\n");
    ("multipart/form-data; boundary=b0undary", body)
}

/// Sends an upload; nothing of it may be left on the disk.
async fn upload(app: &TestApp, call: Call<'_>) -> Answer {
    let answer = call.send().await;
    assert_eq!(app.scratch(), Vec::<std::path::PathBuf>::new(), "{answer:?}");
    answer
}

#[tokio::test]
async fn a_package_becomes_a_problem() {
    let app = TestApp::closed().await;
    let token = app.token("sue", Role::Setter).await;
    let call = app
        .post(&format!("{PROBLEMS}?id=sum"))
        .token(&token)
        .body(ZIP, package("aplusb/", &[]));
    let answer = upload(&app, call).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/api/v1/problems/sum"));
    let mut body = answer.json();
    assert_eq!(body["id"], "sum");
    assert_eq!(body["owner"], "sue");
    assert_eq!(body["warnings"], json!([]));
    body.as_object_mut().unwrap().remove("warnings");
    let record: domain::ProblemRecord = serde_json::from_value(body.clone()).unwrap();
    assert!(record.test_cases > 0);

    let read = app.get("/api/v1/problems/sum").send().await;
    assert_eq!(read.json(), body);
    let list = app.get(&format!("{PROBLEMS}?limit=1&cursor=aplusb")).send().await;
    assert_eq!(list.json(), json!({"items": [body], "next_cursor": null}));
    let list = app.get(&format!("{PROBLEMS}?limit=1")).send().await;
    assert_eq!(list.json()["next_cursor"], "aplusb");
    assert_eq!(
        list.header("link"),
        Some("</api/v1/problems?limit=1&cursor=aplusb>; rel=\"next\"")
    );

    let path = app.dir.path().join("stored.zip");
    let mut file = tokio::fs::File::create(&path).await.unwrap();
    assert!(app.store.fetch_package(&record.package, &mut file).await.unwrap());
    let into = tempfile::tempdir().unwrap();
    let caps = problems::Caps {
        entries: 1000,
        file_bytes: 1 << 20,
        total_bytes: 1 << 20,
    };
    let stored = std::fs::File::open(&path).unwrap();
    let stored = problems::Package::unzip(stored, into.path(), &caps).unwrap();
    assert_eq!(
        stored.hash().unwrap(),
        record.package,
        "what is stored is what its name says"
    );
}

#[tokio::test]
async fn a_package_names_its_problem() {
    let app = TestApp::closed().await;
    let token = app.token("root", Role::Admin).await;
    let bare = package("", &[]);
    let (media, in_form) = form("package", "myproblem.zip", &bare);
    let (_, unnamed) = form("package", "", &bare);
    for (path, media, body, expected) in [
        ("", ZIP, package("sum1/", &[]), Ok("sum1")),
        (
            "",
            media,
            form("package", "x.zip", &package("sum2/", &[])).1,
            Ok("sum2"),
        ),
        ("", media, in_form, Ok("myproblem")),
        ("?id=a.b", ZIP, bare.clone(), Ok("a.b")),
        ("", ZIP, bare, Err("does not name the problem")),
        ("", media, unnamed, Err("does not name the problem")),
        (
            "",
            ZIP,
            package(&format!("{}/", "x".repeat(37)), &[]),
            Err("is not an id"),
        ),
    ] {
        let call = app
            .post(&format!("{PROBLEMS}{path}"))
            .token(&token)
            .body(media, body);
        let answer = upload(&app, call).await;
        match expected {
            Ok(id) => {
                assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
                assert_eq!(answer.json()["id"], id);
            }
            Err(fragment) => {
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
                assert_eq!(answer.pointers(), ["?id"]);
                assert!(
                    answer.json()["detail"].as_str().unwrap().contains(fragment),
                    "{answer:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn owners_replace_and_others_do_not() {
    let app = TestApp::closed().await;
    let (sue, tom) = (
        app.token("sue", Role::Setter).await,
        app.token("tom", Role::Setter).await,
    );
    let (ann, root) = (
        app.token("ann", Role::User).await,
        app.token("root", Role::Admin).await,
    );
    let zip = package("sum/", &[]);
    let changed = package(
        "sum/",
        &[
            ("data/secret/99-new.in", Some("1 2\n")),
            ("data/secret/99-new.ans", Some("3\n")),
        ],
    );
    let other = |zip: &Vec<u8>| zip.clone();
    let path = format!("{PROBLEMS}/sum");
    for (token, status) in [(None, 401), (Some(&ann), 403)] {
        for call in [app.post(PROBLEMS), app.put(&path)] {
            let call = match token {
                Some(token) => call.token(token),
                None => call,
            };
            let answer = upload(&app, call.body(ZIP, other(&zip))).await;
            assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        }
    }
    assert!(!app.has_problem("sum").await);

    let created = upload(&app, app.put(&path).token(&sue).body(ZIP, other(&zip))).await;
    assert_eq!(created.status, StatusCode::CREATED, "{created:?}");
    for call in [app.post(PROBLEMS), app.post(&format!("{PROBLEMS}?id=sum"))] {
        let again = upload(&app, call.token(&sue).body(ZIP, other(&zip))).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{again:?}");
        assert!(again.json()["detail"].as_str().unwrap().contains("PUT"));
    }
    let refused = upload(&app, app.put(&path).token(&tom).body(ZIP, other(&changed))).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    assert_eq!(
        app.get(&path).send().await.json()["package"],
        created.json()["package"]
    );
    for token in [&sue, &root] {
        let replaced = upload(&app, app.put(&path).token(token).body(ZIP, other(&changed))).await;
        assert_eq!(replaced.status, StatusCode::OK, "{replaced:?}");
        assert_eq!(replaced.json()["owner"], "sue");
        assert_ne!(replaced.json()["package"], created.json()["package"]);
    }

    let body = json!({"problem": "sum", "language": "c", "source": "int main(){}"});
    let sent = app
        .post("/api/v1/submissions")
        .token(&ann)
        .json(&body)
        .send()
        .await;
    let view: SubmissionView = serde_json::from_value(sent.json()).unwrap();
    assert_eq!(view.problem.as_str(), "sum");
}

#[tokio::test]
async fn wrong_packages_are_refused_with_all_that_is_wrong() {
    let app = TestApp::closed().await;
    let token = app.token("root", Role::Admin).await;
    let yaml = "problem_format_version: 2025-09\nname: \"a\\0b\"\nuuid: 7692f806-cf27-4413-8ac6-becb7933ffb2\n\
                license: cc0\ncredits: x\nlimits:\n  memory: -1\n  time_limit: abc\ncolour: red\n";
    let nul = "problem_format_version: 2025-09\nname: \"a\\0b\"\nuuid: 7692f806-cf27-4413-8ac6-becb7933ffb2\n\
               license: cc0\ncredits: x\nlimits:\n  memory: 256\n  time_limit: 1\n";
    let bomb = vec![0; usize::try_from(PACKAGE_BYTES).unwrap() * 9];
    let rows: [(&str, Vec<u8>, &[&str]); 9] = [
        ("no zip", b"hello".to_vec(), &["package"]),
        ("nothing", Vec::new(), &["package"]),
        ("half a zip", package("a/", &[])[..500].to_vec(), &["package"]),
        (
            "no problem.yaml",
            package("a/", &[("problem.yaml", None)]),
            &["problem.yaml"],
        ),
        (
            "wrong limits",
            package("a/", &[("problem.yaml", Some(yaml))]),
            &["limits.memory", "limits.time_limit"],
        ),
        (
            "a NUL in the name",
            package("a/", &[("problem.yaml", Some(nul))]),
            &["name"],
        ),
        (
            "climbs out",
            zip_of([("../../evil".to_owned(), &b"x"[..])]),
            &["evil"],
        ),
        (
            "an absolute path",
            zip_of([("/etc/evil".to_owned(), &b"x"[..])]),
            &["evil"],
        ),
        (
            "inflates",
            zip_of([("a/data/secret/1.in".to_owned(), bomb.as_slice())]),
            &[""],
        ),
    ];
    for (what, body, fragments) in rows {
        for call in [
            app.post(&format!("{PROBLEMS}?id=bad")),
            app.put(&format!("{PROBLEMS}/bad")),
        ] {
            let answer = upload(&app, call.token(&token).body(ZIP, body.clone())).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{what}: {answer:?}"
            );
            let pointers = answer.pointers();
            for fragment in fragments {
                let is_named = pointers.iter().any(|pointer| pointer.contains(fragment));
                assert!(is_named, "{what}: {fragment:?} is not in {answer:?}");
            }
        }
    }
    assert!(!app.has_problem("bad").await);
}

#[tokio::test]
async fn uploads_that_cannot_be_read_are_refused() {
    let app = TestApp::closed().await;
    let token = app.token("root", Role::Admin).await;
    let path = format!("{PROBLEMS}?id=bad");
    let large = vec![7; usize::try_from(PACKAGE_BYTES).unwrap() + 1];
    let (media, wrong_field) = form("file", "a.zip", b"x");
    let (_, large_form) = form("package", "a.zip", &large);
    let mut huge_form = large_form.clone();
    huge_form.extend(vec![b'x'; 100 << 10]);
    let (_, mut two) = form("package", "a.zip", b"x");
    two.truncate(two.len() - "--\r\n".len());
    two.extend_from_slice(
        b"\r\nContent-Disposition: form-data; name=\"package\"\r\n\r\nx\r\n--b0undary--\r\n",
    );
    for (media, body, status, fragment) in [
        ("", b"x".to_vec(), 415, "has no Content-Type"),
        ("application/json", b"{}".to_vec(), 415, "application/zip"),
        (ZIP, large, 413, "larger than the limit of 262144 bytes"),
        (media, large_form, 413, "larger than the limit of 262144 bytes"),
        (media, huge_form, 413, "larger than the limit"),
        (media, wrong_field, 422, "/file: is not expected"),
        (media, two, 422, "/package: is not expected"),
        (media, b"--b0undary--\r\n".to_vec(), 422, "/package: is missing"),
        (media, b"rubbish".to_vec(), 400, "the form cannot be read"),
        (
            "multipart/form-data",
            b"x".to_vec(),
            400,
            "the form cannot be read",
        ),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let answer = upload(&app, app.post(&path).token(&token).body(media, body)).await;
        assert_eq!(answer.status.as_u16(), status, "{media} {shown}: {answer:?}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains(fragment),
            "{media} {shown}: {fragment:?} is not in {detail:?}"
        );
    }
    let call = app
        .post(&path)
        .token(&token)
        .header("content-length", "99999999")
        .body(ZIP, Vec::new());
    assert_eq!(upload(&app, call).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let call = app
        .post(&format!("{PROBLEMS}?id=a%00&x=1"))
        .token(&token)
        .body(ZIP, Vec::new());
    assert_eq!(upload(&app, call).await.pointers(), ["?id", "?x"]);
    assert_eq!(
        app.get(&format!("{PROBLEMS}/bad")).send().await.json()["errors"],
        Value::Null
    );
}

#[tokio::test]
async fn an_upload_whose_client_leaves_is_cleared_away() {
    let app = TestApp::closed().await;
    let token = app.token("root", Role::Admin).await;
    let first = stream::iter([Ok::<_, std::io::Error>("PK".to_owned())]);
    let request = Request::post(format!("{PROBLEMS}?id=x"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", ZIP)
        .body(Body::from_stream(first.chain(stream::pending())))
        .unwrap();
    let mut upload = Box::pin(app.router.clone().oneshot(request));
    let begun = async {
        while app.scratch().is_empty() {
            assert!(
                timeout(Duration::from_millis(10), &mut upload).await.is_err(),
                "it waits for the rest"
            );
        }
    };
    timeout(Duration::from_secs(10), begun)
        .await
        .expect("it begins to write");
    drop(upload);
    let cleared = async {
        while !app.scratch().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), cleared)
        .await
        .expect("nothing is left");
}
