//! Accounts, sessions, tokens: who is let in, and what is shown to whom.

use domain::Role;
use reqwest::{Method, StatusCode};

use crate::bench::{Answer, Site, accepted};

const PASSWORD: &str = "correct horse";

async fn register(site: &Site, name: &str) -> Answer {
    let fields = [
        ("name", name),
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("next", "/problems"),
    ];
    site.post_as("", "/register", &fields).await
}

async fn sign_in(site: &Site, name: &str, password: &str) -> Answer {
    site.post_as("", "/sign-in", &[("name", name), ("password", password)])
        .await
}

#[tokio::test]
async fn somebody_registers_submits_and_signs_out() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    let answer = register(&site, "Ann").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    assert_eq!(answer.location(), "/problems");
    let cookie = answer.header("set-cookie");
    for part in ["gavel=gvs_", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let ann = answer.cookies();
    site.get_as(&ann, "/problems").await.has("Sign out").has("Ann");
    let path = site.submitted(&ann, "aplusb", "", "print(3)").await;
    site.judge(&path, accepted()).await;
    site.get_as(&ann, &path)
        .await
        .has("accepted")
        .has("<span class=\"name\">Ann</span>");
    assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND);
    let bob = register(&site, "bob").await.cookies();
    assert_eq!(site.get_as(&bob, &path).await.status, StatusCode::NOT_FOUND);
    site.get_as(&bob, "/submissions").await.has("Nothing here yet");
    let answer = site.post_as(&ann, "/sign-out", &[]).await;
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    // The cookie is worth nothing now, whoever has kept it.
    assert_eq!(site.get_as(&ann, &path).await.status, StatusCode::NOT_FOUND);
    let answer = sign_in(&site, "ANN", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    site.get_as(&answer.cookies(), &path).await.has("accepted");
}

#[tokio::test]
async fn names_are_taken_once_in_whatever_case() {
    let site = Site::closed().await;
    site.token("operator", Role::Admin).await;
    assert_eq!(register(&site, "ann").await.status, StatusCode::SEE_OTHER);
    for name in ["ann", "ANN", "operator", "anonymous"] {
        let answer = register(&site, name).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        answer.has("is taken");
    }
    for (name, password, again, expected) in [
        ("a b", PASSWORD, PASSWORD, "must consist of"),
        ("bob", "short", "short", "at least 8"),
        ("bob", PASSWORD, "other horse", "not the same"),
        ("<script>alert(1)</script>", PASSWORD, PASSWORD, "must consist of"),
    ] {
        let fields = [("name", name), ("password", password), ("again", again)];
        let answer = site.post_as("", "/register", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        answer.has(expected).is_harmless();
    }
}

#[tokio::test]
async fn guessing_passwords_becomes_slow() {
    let site = Site::closed().await;
    register(&site, "ann").await;
    for _ in 0..4 {
        let answer = sign_in(&site, "ann", "wrong password").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        answer.has("Name or password is wrong");
    }
    let answer = sign_in(&site, "ann", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    answer.has("Try again in");
    // Nobody is told whether there is somebody of a name.
    sign_in(&site, "nobody", "wrong password")
        .await
        .has("Name or password is wrong");
    sign_in(&site, "no body", "wrong password")
        .await
        .has("Name or password is wrong");
}

#[tokio::test]
async fn a_session_is_no_help_to_foreign_pages_and_is_good_for_the_interface() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    let ann = register(&site, "ann").await.cookies();
    let me = site.get_as(&ann, "/api/v1/me").await;
    me.has("\"ann\"");
    let body = r#"{"problem": "aplusb", "language": "python3", "source": "print(3)"}"#;
    for (site_of, expected) in [
        ("same-origin", StatusCode::ACCEPTED),
        ("cross-site", StatusCode::UNAUTHORIZED),
        ("same-site", StatusCode::UNAUTHORIZED),
    ] {
        let request = site
            .request(Method::POST, "/api/v1/submissions")
            .header("cookie", &ann)
            .header("sec-fetch-site", site_of)
            .header("content-type", "application/json")
            .body(body);
        assert_eq!(site.send(request).await.status, expected, "{site_of}");
    }
    let text = ann.strip_prefix("gavel=").unwrap();
    let bearer = site.request(Method::GET, "/api/v1/me").bearer_auth(text);
    assert_eq!(site.send(bearer).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let site = Site::closed().await;
    let first = register(&site, "ann").await.cookies();
    let second = sign_in(&site, "ann", PASSWORD).await.cookies();
    let change = |old: &'static str, new: &'static str| [("old", old), ("password", new), ("again", new)];
    let answer = site
        .post_as(&first, "/account/password", &change("wrong", "battery staple"))
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.has("The old password is wrong");
    let answer = site
        .post_as(&first, "/account/password", &change(PASSWORD, "battery staple"))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    assert_eq!(
        site.get_as(&answer.cookies(), "/account").await.status,
        StatusCode::OK
    );
    for old in [&first, &second] {
        assert_eq!(
            site.get_as(old, "/account").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    assert_eq!(
        sign_in(&site, "ann", PASSWORD).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        sign_in(&site, "ann", "battery staple").await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_token_is_shown_once_listed_and_revoked() {
    let site = Site::closed().await;
    let ann = register(&site, "ann").await.cookies();
    let fields = [("label", "<b>laptop</b>"), ("role", "user"), ("days", "30")];
    let page = site.post_as(&ann, "/account/tokens", &fields).await;
    assert_eq!(page.header("cache-control"), "no-store");
    page.is_harmless();
    let token = page.text.split("gvl_").nth(1).unwrap().split('<').next().unwrap();
    let token = format!("gvl_{token}");
    let me = || site.request(Method::GET, "/api/v1/me").bearer_auth(&token);
    site.send(me()).await.has("\"ann\"");
    let page = site.get_as(&ann, "/account").await;
    page.has_not(&token)
        .has("&#60;b&#62;laptop")
        .has_not("a session of the pages");
    let list = site
        .send(site.request(Method::GET, "/api/v1/tokens").bearer_auth(&token))
        .await;
    list.has("laptop").has_not("gvl_");
    let revoke = page
        .text
        .split("action=\"")
        .find(|part| part.contains("/revoke"))
        .unwrap();
    let revoke = revoke.split('"').next().unwrap().to_owned();
    let bob = register(&site, "bob").await.cookies();
    assert_eq!(
        site.post_as(&bob, &revoke, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        site.post_as(&ann, &revoke, &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(site.send(me()).await.status, StatusCode::UNAUTHORIZED);
    for (role, days) in [
        ("admin", ""),
        ("setter", ""),
        ("nothing", ""),
        ("user", "0"),
        ("user", "x"),
    ] {
        let fields = [("label", "x"), ("role", role), ("days", days)];
        let answer = site.post_as(&ann, "/account/tokens", &fields).await;
        assert!(answer.status.is_client_error(), "{role} {days}: {answer:?}");
    }
}

#[tokio::test]
async fn a_token_signs_in_where_there_is_no_password() {
    let site = Site::open().await;
    let token = site.token("admin", Role::Admin).await;
    let answer = sign_in(&site, "", &token).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    site.get_as(&answer.cookies(), "/account")
        .await
        .has("Role: admin")
        .has_not("Old password");
    assert_eq!(
        sign_in(&site, "", "gvl_wrong").await.status,
        StatusCode::FORBIDDEN
    );
}
