//! Submitting by form, and what the pages of submissions show to whom.

use domain::{Conclusion, GroupResult, JudgeMessage, Role, Run, Score, Verdict};
use reqwest::StatusCode;

use crate::bench::{Site, accepted};

const HOSTILE: &str = "</code></pre><script>alert(1)</script><img src=x onerror=alert(2)>";

#[tokio::test]
async fn a_visitor_of_an_open_judge_gets_to_a_first_verdict() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let parts = [
        ("language", None, "python3"),
        ("name", None, "ann"),
        ("source", None, "a, b = map(int, input().split())\r\nprint(a + b)"),
        ("file", Some(""), ""),
    ];
    let sent = site.submit_as("", "aplusb", &parts).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
    let path = sent.location().to_owned();
    let page = site.get(&path).await;
    page.has("waiting to be judged")
        .has("<noscript><meta http-equiv=\"refresh\"")
        .has("<span class=\"line\" id=\"L2\"><a href=\"#L2\"")
        .has("<span class=\"t\">print</span>(a + b)\n</span>");
    site.judge(&path, accepted()).await;
    let page = site.get(&path).await;
    page.has("accepted").has("✓").has_not("http-equiv=\"refresh\"");
    // The name and the language are remembered.
    let cookies = sent.cookies();
    let problem = site.get_as(&cookies, "/problems/aplusb").await;
    problem
        .has("value=\"ann\"")
        .has("value=\"python3\" data-endings=\"py\" selected")
        .has("solved")
        .has(&path);
    site.get_as(&cookies, "/problems?status=solved")
        .await
        .has("A plus B");
    site.get_as(&cookies, "/")
        .await
        .has("Hello, <span class=\"name\">ann</span>");
    site.get_as(&cookies, "/submissions").await.has(&path);
}

#[tokio::test]
async fn a_file_tells_its_language_by_its_ending() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let parts = [
        ("language", None, ""),
        ("source", None, ""),
        ("file", Some("C:\\x\\add.cpp"), "int main() {}"),
    ];
    let sent = site.submit_as("", "aplusb", &parts).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
    site.get(sent.location())
        .await
        .has("cpp")
        .has("add.cpp")
        .has("<span class=\"t\">int</span> main() {}");
    let file = site.get(&format!("{}/add.cpp", sent.location())).await;
    assert_eq!(file.text, "int main() {}");
    assert_eq!(file.header("content-type"), "text/plain; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment"));
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_told_beside_what_was_sent() {
    let site = Site::open().await;
    site.library("aplusb").await;
    for (parts, expected) in [
        (
            &[("language", None, ""), ("source", None, "print(1)")][..],
            "Choose the language",
        ),
        (
            &[("language", None, "cobol"), ("source", None, "print(1)")],
            "there is no language",
        ),
        (
            &[("language", None, "python3"), ("source", None, " ")],
            "the source is empty",
        ),
        (
            &[
                ("language", None, "python3"),
                ("source", None, "print(1)"),
                ("name", None, "a b"),
            ],
            "Your name",
        ),
        (
            &[
                ("language", None, "python3"),
                ("file", Some("a b.py"), "print(1)"),
            ],
            "a file name has",
        ),
    ] {
        let answer = site.submit_as("", "aplusb", parts).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
        answer.has(expected).has("role=\"alert\"").has(parts[1].2.trim());
    }
    let large = "x".repeat(65 << 10);
    let answer = site.submit_as("", "aplusb", &[("source", None, &large)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let answer = site
        .post_as("", "/problems/aplusb/submit", &[("source", "x")])
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nobody_submits_without_a_name_where_names_are_asked_for() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    site.get("/problems/aplusb")
        .await
        .has("Sign in to submit")
        .has_not("name=\"source\"");
    let answer = site
        .submit_as(
            "",
            "aplusb",
            &[("language", None, "python3"), ("source", None, "x")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(site.get("/submissions").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn whatever_a_program_says_stays_text() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let path = site.submitted("", "aplusb", "ann", HOSTILE).await;
    site.get(&path).await.has_not("<script>").has_not("<img");
    let run = Run {
        ordinal: 1,
        case: "sample/1".to_owned(),
        verdict: Verdict::Wa,
        score: None,
        cpu_us: 1500,
        wall_us: 2000,
        memory_bytes: 3 << 20,
        message: Some(HOSTILE.to_owned()),
    };
    let said = |case: &str, validator: &str, text: &str| JudgeMessage {
        case: case.to_owned(),
        validator: validator.to_owned(),
        text: text.to_owned(),
    };
    let conclusion = Conclusion {
        message: Some(HOSTILE.to_owned()),
        compiler_output: Some(HOSTILE.to_owned()),
        groups: vec![GroupResult {
            name: format!("secret/{HOSTILE}"),
            verdict: Some(Verdict::Wa),
            score: Score::new(30.0),
            max_score: Score::new(60.0),
        }],
        score: Score::new(30.0),
        max_score: Score::new(100.0),
        runs: vec![run],
        cases_total: 4,
        judge_messages: vec![
            said("sample/1", "comparator", &format!("line 1: {HOSTILE}")),
            said("secret/1", "comparator", "the secret is a riddle"),
            said("sample/1", "check.py", "the jury knows 43"),
        ],
        ..Conclusion::of(Verdict::Wa)
    };
    site.judge(&path, conclusion).await;
    let page = site.get(&path).await;
    page.has_not("<script>")
        .has_not("<img")
        .has("line 1: &#60;/code&#62;")
        .has("30 of 100")
        .has("Sample 1");
    page.has_not("riddle")
        .has_not("the jury")
        .has("3 more cases")
        .has("1.5 ms")
        .has("wrong answer");
}

#[tokio::test]
async fn submissions_of_others_do_not_exist() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    let ann = site.token("ann", Role::User).await;
    let body = r#"{"problem": "aplusb", "language": "python3", "source": "print(3)"}"#;
    let request = site
        .request(reqwest::Method::POST, "/api/v1/submissions")
        .bearer_auth(&ann);
    let sent = site
        .send(request.header("content-type", "application/json").body(body))
        .await;
    let id = serde_json::from_str::<serde_json::Value>(&sent.text).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        format!("/submissions/{id}"),
        format!("/submissions/{id}/main.py"),
        format!("/problems/aplusb?from={id}"),
    ] {
        let own = site
            .send(site.request(reqwest::Method::GET, &path).bearer_auth(&ann))
            .await;
        assert_eq!(own.status, StatusCode::OK, "{path}");
        let bob = site.token("bob", Role::User).await;
        let others = site
            .send(site.request(reqwest::Method::GET, &path).bearer_auth(&bob))
            .await;
        assert_eq!(others.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
