//! The pages of administrators: users, queue, languages, settings, audit log.

use domain::{Role, UserId};
use reqwest::{Method, StatusCode};

use crate::bench::{Answer, Site, accepted};

const PASSWORD: &str = "correct horse";

/// Somebody with an account, signed in.
async fn signed_in(site: &Site, name: &str, role: Role) -> String {
    let id: UserId = name.parse().unwrap();
    let hash = api::hash_password(name, PASSWORD.to_owned()).await.unwrap();
    assert!(site.store.add_person(&id, role, &hash).await.unwrap());
    sign_in(site, name, PASSWORD).await.cookies()
}

async fn sign_in(site: &Site, name: &str, password: &str) -> Answer {
    site.post_as("", "/sign-in", &[("name", name), ("password", password)])
        .await
}

/// The password that a page shows.
fn secret(page: &Answer) -> String {
    let after = page.text.split("class=\"secret\">").nth(1).unwrap();
    after.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn only_administrators_see_their_pages() {
    let site = Site::closed().await;
    let setter = signed_in(&site, "sue", Role::Setter).await;
    for path in [
        "/admin",
        "/admin/users",
        "/admin/users/sue",
        "/admin/new-users",
        "/admin/settings",
        "/admin/audit",
    ] {
        assert_eq!(
            site.get_as(&setter, path).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
        let anonymous = site.get(path).await;
        assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED, "{path}");
        anonymous.has("Sign in");
    }
    for (path, fields) in [
        ("/admin/users", &[("name", "eve"), ("role", "admin")][..]),
        ("/admin/users/sue/role", &[("role", "admin")]),
        ("/admin/users/sue/disabled", &[("disabled", "yes")]),
        ("/admin/users/sue/password", &[("password", "another horse")]),
        ("/admin/settings", &[("setting", "notice"), ("value", "x")]),
    ] {
        assert_eq!(
            site.post_as(&setter, path, fields).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    site.get_as(&setter, "/problems").await.has_not("/admin/users");
    assert_eq!(site.get("/queue").await.status, StatusCode::UNAUTHORIZED);
    site.get_as(&setter, "/queue")
        .await
        .has("No worker is there")
        .has_not("Being judged");
    site.get("/languages")
        .await
        .has("Python 3")
        .has_not("Not available");
}

#[tokio::test]
async fn a_user_is_created_signs_in_and_is_demoted_and_disabled() {
    let site = Site::closed().await;
    let root = signed_in(&site, "root", Role::Admin).await;
    let fields = [("name", "ann"), ("role", "setter"), ("password", "")];
    let page = site.post_as(&root, "/admin/users", &fields).await;
    assert_eq!(page.header("cache-control"), "no-store");
    let password = secret(&page);
    let ann = sign_in(&site, "ann", &password).await;
    assert_eq!(ann.status, StatusCode::SEE_OTHER);
    let ann = ann.cookies();
    site.get_as(&ann, "/account").await.has("Role: setter");
    let page = site.get_as(&root, "/admin/users?q=AN").await;
    page.has("/admin/users/ann").has_not("/admin/users/root");
    site.get_as(&root, "/admin/users/ann")
        .await
        .has("Sessions")
        .has("End");

    let fields = [("name", "ANN"), ("role", "user"), ("password", "short")];
    let page = site.post_as(&root, "/admin/users", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.has("ANN is taken").has("at least 8");

    let answer = site
        .post_as(&root, "/admin/users/ann/role", &[("role", "user")])
        .await;
    assert_eq!(answer.location(), "/admin/users/ann");
    assert_eq!(
        site.get_as(&ann, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    let page = site.post_as(&root, "/admin/users/ann/password", &[]).await;
    let password = secret(&page);
    let ann = sign_in(&site, "ann", &password).await.cookies();
    site.get_as(&ann, "/account").await.has("Role: user");
    site.post_as(&root, "/admin/users/ann/disabled", &[("disabled", "yes")])
        .await;
    assert_eq!(
        site.get_as(&ann, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        sign_in(&site, "ann", &password).await.status,
        StatusCode::FORBIDDEN
    );
    site.get_as(&root, "/admin/users/ann").await.has("Enable");

    let page = site
        .post_as(&root, "/admin/users/root/disabled", &[("disabled", "yes")])
        .await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.has("last account that may administer");

    let page = site.get_as(&root, "/admin/audit").await;
    for what in [
        "created a user",
        "changed a role",
        "changed a password",
        "disabled a user",
        "was not let in",
        "signed in",
        "127.0.0.1",
    ] {
        page.has(what);
    }
    page.has_not(&password);
    let narrow = site
        .get_as(&root, "/admin/audit?subject=ann&action=user.role")
        .await;
    narrow.has("<span class=\"quiet\">to</span> user");
    narrow.has_not("127.0.0.1:");
}

#[tokio::test]
async fn many_users_are_created_together_or_none() {
    let site = Site::closed().await;
    let root = signed_in(&site, "root", Role::Admin).await;
    let import = async |lines: &str| {
        let body = format!(
            "--xyz\r\ncontent-disposition: form-data; name=\"lines\"\r\n\r\n{lines}\r\n--xyz\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--xyz--\r\n"
        );
        let request = site
            .request(Method::POST, "/admin/new-users")
            .header("cookie", &root)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "multipart/form-data; boundary=xyz")
            .body(body);
        site.send(request).await
    };
    site.get_as(&root, "/admin/new-users").await.has("Create them");
    let page = import("team1\nroot,user\n<script>,x\nteam1,user,short\n").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.has("Line 3: the name must consist of")
        .has("Line 3: the role");
    page.is_harmless();
    let page = import("team1\nroot,user\nTEAM1,user,short\n").await;
    page.has("Line 2: root is taken")
        .has("Line 3: TEAM1 is there twice")
        .has("Line 3: cannot be used")
        .has("TEAM1,user,short");
    let page = import("name,role\nteam1\nteam2,setter,battery staple\nteam3\n").await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    page.has("3 new users")
        .has("download=\"users.csv\"")
        .has("as given");
    assert_eq!(page.header("cache-control"), "no-store");
    let password = page
        .text
        .split("<code>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    assert_eq!(
        sign_in(&site, "team1", password).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        sign_in(&site, "team2", "battery staple").await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(import("\n\n").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn settings_are_seen_on_every_page_and_stay_text() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    let root = signed_in(&site, "root", Role::Admin).await;
    let ann = signed_in(&site, "ann", Role::User).await;
    let hostile = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>";
    for (setting, value) in [
        ("notice", hostile),
        ("site_name", "<b>School</b>"),
        ("submissions", "no"),
    ] {
        let fields = [("setting", setting), ("value", value)];
        let answer = site.post_as(&root, "/admin/settings", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    }
    for path in ["/", "/problems", "/sign-in", "/nowhere", "/languages"] {
        let page = site.get(path).await;
        page.has("&#60;script&#62;alert").has("&#60;b&#62;School");
        page.is_harmless();
    }
    site.get_as(&ann, "/problems/aplusb")
        .await
        .has("Submissions are closed")
        .has_not("textarea");
    site.get_as(&root, "/problems/aplusb").await.has("textarea");
    let parts = [("language", None, "python3"), ("source", None, "print(3)")];
    let answer = site.submit_as(&ann, "aplusb", &parts).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    answer.has("submissions are closed");
    let page = site.get_as(&root, "/admin/settings").await;
    page.has("The operator has said: <strong>yes</strong>")
        .has("by root");
    page.is_harmless();
    for (setting, value) in [
        ("most_waiting", "many"),
        ("site_name", &"x".repeat(61)),
        ("audit_days", "0"),
    ] {
        let fields = [("setting", setting), ("value", value)];
        let answer = site.post_as(&root, "/admin/settings", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{setting}");
        answer.has("must be");
    }
    let fields = [("setting", "notice"), ("value", hostile), ("aim", "default")];
    site.post_as(&root, "/admin/settings", &fields).await;
    site.get_as(&root, "/").await.has_not("alert(1)");
}

#[tokio::test]
async fn what_runs_and_waits_is_shown_and_cancelled() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    let root = signed_in(&site, "root", Role::Admin).await;
    let ann = signed_in(&site, "ann", Role::User).await;
    let path = site.submitted(&ann, "aplusb", "", "print(3)").await;
    let id = path.rsplit('/').next().unwrap();
    site.get_as(&root, "/queue").await.has(&path).has("1 waiting");
    site.get_as(&ann, "/queue").await.has("1 waiting").has_not(&path);
    let bob = signed_in(&site, "bob", Role::User).await;
    let fields = [("submission", id)];
    assert_eq!(
        site.post_as(&bob, "/queue/cancel", &fields).await.status,
        StatusCode::NOT_FOUND
    );
    let answer = site.post_as(&root, "/queue/cancel", &fields).await;
    assert_eq!(answer.location(), "/queue");
    site.get_as(&root, "/queue").await.has_not(&path).has("0 waiting");
    assert_eq!(
        site.post_as(&root, "/queue/cancel", &fields).await.status,
        StatusCode::CONFLICT
    );
    let path = site.submitted(&ann, "aplusb", "", "print(4)").await;
    site.judge(&path, accepted()).await;
    site.get_as(&root, "/admin/users/ann").await.has("2 submissions");
    site.get_as(&root, "/admin/audit?action=submission.cancelled")
        .await
        .has(id);
}

#[tokio::test]
async fn guessed_passwords_are_written_down_and_do_not_fill_the_log() {
    let site = Site::closed().await;
    let root = signed_in(&site, "root", Role::Admin).await;
    let hostile = "<img src=x onerror=alert(1)>";
    let begun = std::time::Instant::now();
    for guess in 0..30 {
        sign_in(&site, &format!("nobody{guess}"), "wrong password").await;
        sign_in(&site, hostile, "wrong password").await;
    }
    for _ in 0..20 {
        sign_in(&site, &"x".repeat(5000), "wrong").await;
    }
    let filter = store::AuditFilter {
        action: Some(domain::Action::SignInFailed),
        ..store::AuditFilter::default()
    };
    let entries = site.store.audit_log(&filter, None, 1000).await.unwrap();
    // Sixty at once, and one more every five seconds.
    let most = 61 + begun.elapsed().as_secs() / 5;
    assert!((30..=most).contains(&(entries.len() as u64)), "{}", entries.len());
    assert!(entries.iter().all(|entry| entry.subject.len() <= 255));
    let page = site.get_as(&root, "/admin/audit").await;
    page.has("onerror");
    page.is_harmless();
}
