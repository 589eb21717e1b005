//! The pages of setters.

use std::io::{Cursor, Read as _, Seek as _, Write as _};

use domain::{Conclusion, Role, SubmissionId, Verdict};
use reqwest::header::COOKIE;
use reqwest::{Method, StatusCode};

use crate::bench::{Answer, Site, accepted};

/// The cookies of somebody who is signed in.
async fn signed_in(site: &Site, user: &str, role: Role) -> String {
    let token = site.token(user, role).await;
    let answer = site.post_as("", "/sign-in", &[("password", &token)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    answer.cookies()
}

/// A package as a zip, with these files besides.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let usual = [
        (
            "problem.yaml",
            "problem_format_version: 2025-09\nname: Sums <b>\nuuid: 7692f806-cf27-4413-8ac6-becb7933ffb2\n\
             license: cc0\ncredits: Ann\nlimits: {time_limit: 1}\n",
        ),
        ("statement/problem.en.md", "Add.\n"),
        ("data/secret/1.in", "1\n"),
        ("data/secret/1.ans", "1\n"),
        ("submissions/accepted/a.py", "print(input())\n"),
        ("input_validators/v.py", "exit(42)\n"),
    ];
    for (path, content) in usual.iter().chain(files) {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let package = problems::Package::open(directory.path()).unwrap();
    let mut zip = Cursor::new(Vec::new());
    package.zip(&mut zip).unwrap();
    zip.rewind().unwrap();
    let mut bytes = Vec::new();
    zip.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Sends a form with a package.
async fn upload(site: &Site, cookies: &str, path: &str, fields: &[(&str, &str)], package: &[u8]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        write!(
            body,
            "--xyz\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .unwrap();
    }
    body.extend_from_slice(
        b"--xyz\r\ncontent-disposition: form-data; name=\"package\"; filename=\"sums.zip\"\r\n\r\n",
    );
    body.extend_from_slice(package);
    body.extend_from_slice(b"\r\n--xyz--\r\n");
    let request = site
        .request(Method::POST, path)
        .header(COOKIE, cookies)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "multipart/form-data; boundary=xyz")
        .body(body);
    site.send(request).await
}

#[tokio::test]
async fn only_setters_have_a_place_for_setters() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    let user = signed_in(&site, "ann", Role::User).await;
    let tom = signed_in(&site, "tom", Role::Setter).await;
    for (cookies, status) in [
        ("", StatusCode::UNAUTHORIZED),
        (user.as_str(), StatusCode::FORBIDDEN),
    ] {
        for path in ["/setter", "/setter/upload", "/setter/problems/aplusb"] {
            let page = site.get_as(cookies, path).await;
            assert_eq!(page.status, status, "{path}: {page:?}");
        }
    }
    site.get_as(&user, "/").await.has_not("/setter");
    site.get_as(&tom, "/")
        .await
        .has("href=\"/setter\"")
        .has("My problems");
    site.get_as(&tom, "/setter")
        .await
        .has("Nothing here yet")
        .has_not("aplusb");
    let page = site.get_as(&tom, "/setter/problems/aplusb").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let paths = [
        "publish",
        "hide",
        "versions/1/restore",
        "versions/1/verify",
        "rejudge",
    ];
    for path in paths {
        let answer = site
            .post_as(&tom, &format!("/setter/problems/aplusb/{path}"), &[])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {answer:?}");
    }
    let page = site
        .get_as(&tom, "/setter/problems/aplusb/versions/1/package")
        .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let root = signed_in(&site, "root", Role::Admin).await;
    site.get_as(&root, "/setter")
        .await
        .has("All problems")
        .has("A plus B");
    site.get_as(&root, "/problems/aplusb")
        .await
        .has("href=\"/setter/problems/aplusb\"");
    site.get_as(&root, "/setter/problems/aplusb").await.is_harmless();
}

#[tokio::test]
async fn an_administrator_routes_a_problem() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    let root = signed_in(&site, "root", Role::Admin).await;
    let (page, path) = ("/setter/problems/aplusb", "/setter/problems/aplusb/routing");
    site.get_as(&root, page)
        .await
        .has("name=\"tag\" value=\"general\"")
        .has("No worker takes such now");
    let answer = site
        .post_as(&root, path, &[("band", "urgent"), ("tag", "a <b>")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
    answer
        .has("must be contest or interactive")
        .has("must consist of")
        .has("value=\"a &#60;b&#62;\"")
        .is_harmless();
    let answer = site
        .post_as(&root, path, &[("band", "contest"), ("tag", " quiet ")])
        .await;
    assert_eq!(answer.location(), page);
    site.get_as(&root, page)
        .await
        .has("value=\"contest\" selected")
        .has("name=\"tag\" value=\"quiet\"");
    // It is no setter's to decide.
    let sue = signed_in(&site, "sue", Role::Setter).await;
    let answer = site
        .post_as(&sue, path, &[("band", "contest"), ("tag", "quiet")])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_package_is_shown_with_the_form() {
    let site = Site::closed().await;
    let sue = signed_in(&site, "sue", Role::Setter).await;
    let form = site.get_as(&sue, "/setter/upload").await;
    form.has("name=\"hidden\" value=\"true\" checked")
        .has("type=\"file\"");
    let fields = [("id", "a b"), ("message", "<script>x</script>\"")];
    let page = upload(&site, &sue, "/setter/upload", &fields, b"no zip").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.has("value=\"a b\"")
        .has("2 things are wrong")
        .has_not("<script>x")
        .has_not(" checked");
    page.is_harmless();
    let fields = [("id", "sums"), ("message", ""), ("hidden", "true")];
    let taken = upload(&site, &sue, "/setter/upload", &fields, &zip(&[])).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{taken:?}");
    let again = upload(&site, &sue, "/setter/upload", &fields, &zip(&[])).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    again.has("there is a problem of this id already");
    let foreign = site
        .request(Method::POST, "/setter/upload")
        .header(COOKIE, &sue)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(site.send(foreign).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_package_is_uploaded_verified_and_published() {
    let site = Site::closed().await;
    let sue = signed_in(&site, "sue", Role::Setter).await;
    let ann = signed_in(&site, "ann", Role::User).await;
    let fields = [("id", "sums"), ("message", "first"), ("hidden", "true")];
    let answer = upload(&site, &sue, "/setter/upload", &fields, &zip(&[])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    let verification = answer.location().to_owned();
    let page = site.get_as(&sue, &verification).await;
    page.has("Being judged")
        .has("accepted/a.py")
        .has("Test data")
        .has("http-equiv=\"refresh\"");
    page.is_harmless();
    let listened = page.text.split("data-listen=\"").nth(1).unwrap();
    let ids: Vec<&str> = listened.split('"').next().unwrap().split(' ').collect();
    assert_eq!(ids.len(), 2, "{page:?}");
    site.judge(ids[0], accepted()).await;
    let missed = Conclusion {
        missed: Some("no case has <b>AC</b>".to_owned()),
        ..Conclusion::of(Verdict::Wa)
    };
    site.judge(ids[1], missed).await;
    let page = site.get_as(&sue, &verification).await;
    page.has("1 not as the package expects")
        .has("data-final")
        .has("no case has")
        .has_not("<b>AC")
        .has_not("http-equiv=\"refresh\"");

    only_its_setter_sees_it(&site, &sue, &ann).await;
    assert_eq!(
        site.get_as(&ann, &verification).await.status,
        StatusCode::FORBIDDEN
    );

    let answer = site.post_as(&sue, "/setter/problems/sums/publish", &[]).await;
    assert_eq!(answer.location(), "/setter/problems/sums");
    site.get_as(&ann, "/problems/sums").await.has("Add.");
    versions_are_kept(&site, &sue).await;
    site.post_as(&sue, "/setter/problems/sums/hide", &[]).await;
    assert_eq!(
        site.get_as(&ann, "/problems/sums").await.status,
        StatusCode::NOT_FOUND
    );
}

async fn only_its_setter_sees_it(site: &Site, sue: &str, ann: &str) {
    for path in [
        "/problems/sums",
        "/problems/sums/statement.pdf",
        "/problems/sums/attachments/x",
        "/problems/sums/files/x",
    ] {
        assert_eq!(
            site.get_as(ann, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    site.get_as(ann, "/problems").await.has_not("sums");
    site.get_as(ann, "/").await.has_not("sums");
    let sent = site
        .submit_as(
            ann,
            "sums",
            &[("language", None, "python3"), ("source", None, "x")],
        )
        .await;
    assert_eq!(sent.status, StatusCode::NOT_FOUND);
    site.get_as(sue, "/problems").await.has("sums").has("hidden");
    site.get_as(sue, "/problems/sums").await.has("hidden").has("Add.");
}

async fn versions_are_kept(site: &Site, sue: &str) {
    let path = "/setter/problems/sums/upload";
    let second = zip(&[("attachments/more.txt", "more")]);
    let answer = upload(site, sue, path, &[("message", "more")], &second).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    let page = site.get_as(sue, "/setter/problems/sums").await;
    page.has("version 2")
        .has("everybody sees it")
        .has("first")
        .has("more");
    page.is_harmless();
    let package = site.get_as(sue, "/setter/problems/sums/versions/1/package").await;
    assert_eq!(
        package.header("content-disposition"),
        "attachment; filename=\"sums-1.zip\""
    );
    assert!(package.header("content-security-policy").contains("sandbox"));
    let answer = site
        .post_as(sue, "/setter/problems/sums/versions/1/restore", &[])
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let answer = site
        .post_as(sue, "/setter/problems/sums/versions/2/verify", &[])
        .await;
    assert!(
        answer
            .location()
            .starts_with("/setter/problems/sums/verifications/")
    );
}

/// Judges what a rejudge has to judge.
async fn rejudge(site: &Site, verdict: Verdict) {
    let waiting = site
        .store
        .waiting(store::WaitingKey::START, std::time::Duration::ZERO, 10)
        .await
        .unwrap();
    for waiting in waiting.readable {
        let lease = std::time::Duration::from_mins(1);
        let work = site
            .store
            .claim(&[waiting.judgement], domain::WorkerId::new(), lease)
            .await
            .unwrap();
        site.store
            .commit(&work[0].lease, &Conclusion::of(verdict))
            .await
            .unwrap()
            .unwrap();
    }
}

#[tokio::test]
async fn a_rejudge_is_looked_at_and_then_counts() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let root = signed_in(&site, "root", Role::Admin).await;
    let sent = site.submitted("", "aplusb", "ann", "print(3)").await;
    site.judge(&sent, Conclusion::of(Verdict::Wa)).await;
    let id: SubmissionId = sent.rsplit('/').next().unwrap().parse().unwrap();
    let form = "/setter/problems/aplusb/rejudge";
    let fields = [
        ("verdict", "XX"),
        ("user", "<b>"),
        ("since", "soon"),
        ("submission", "1"),
    ];
    let page = site.post_as(&root, form, &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.has("<code>verdict</code>")
        .has("<code>user</code>")
        .has("<code>since</code>")
        .has("<code>submission</code>")
        .has_not("value=\"<b>");
    page.is_harmless();
    let page = site.post_as(&root, form, &[("verdict", "AC")]).await;
    page.has("there is no such submission");
    let started = site
        .post_as(&root, form, &[("verdict", "WA"), ("since", "2020-01-31")])
        .await;
    assert_eq!(started.status, StatusCode::SEE_OTHER, "{started:?}");
    let path = started.location().to_owned();
    let page = site.get_as(&root, &path).await;
    page.has("0 of 1 judged")
        .has("2020-01-31")
        .has("http-equiv=\"refresh\"")
        .has_not("/apply\"");
    let busy = site.post_as(&root, form, &[]).await;
    assert_eq!(busy.status, StatusCode::UNPROCESSABLE_ENTITY);
    busy.has("is not decided yet");
    let early = site.post_as(&root, &format!("{path}/apply"), &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    rejudge(&site, Verdict::Ac).await;
    let page = site.get_as(&root, &path).await;
    page.has("Would change 1 verdict")
        .has(&id.to_string())
        .has("/apply\"")
        .has_not("http-equiv=\"refresh\"");
    page.is_harmless();
    site.get(&sent).await.has("wrong answer");
    let applied = site.post_as(&root, &format!("{path}/apply"), &[]).await;
    assert_eq!(applied.location(), path);
    site.get_as(&root, &path).await.has("Applied: 1 verdict changed");
    site.get(&sent).await.has("accepted");

    let started = site
        .post_as(&root, form, &[("submission", &id.to_string())])
        .await;
    let path = started.location().to_owned();
    site.post_as(&root, &format!("{path}/discard"), &[]).await;
    site.get_as(&root, &path)
        .await
        .has("Discarded")
        .has("keep their verdicts");
    site.get(&sent).await.has("accepted");
    site.get_as(&root, "/setter/problems/aplusb")
        .await
        .has("discarded");
}
