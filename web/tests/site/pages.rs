//! What every page is, and what the pages of problems show.

use reqwest::{Method, StatusCode};

use crate::bench::Site;

#[tokio::test]
async fn the_front_page_leads_to_a_first_problem() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let page = site.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    page.has("href=\"/problems/aplusb\"")
        .has("A plus B")
        .has("first steps");
}

#[tokio::test]
async fn every_page_forbids_what_is_not_ours() {
    let site = Site::open().await;
    site.library("aplusb").await;
    for path in [
        "/",
        "/problems",
        "/problems/aplusb",
        "/submissions",
        "/nothing",
        "/problems/nothing",
    ] {
        let page = site.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        page.has_not("<script>")
            .has_not(" style=")
            .has_not("<style")
            .has_not("onclick");
        page.has("class=\"skip\"").has("<html lang=\"en\"");
    }
}

#[tokio::test]
async fn what_is_no_page_is_told_to_people_and_to_programs() {
    let site = Site::open().await;
    let page = site.get("/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let page = site.get("/api/v1/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.header("content-type"), "application/problem+json");
    page.has("/api/v1/openapi.json");
    for path in [
        "/problems/%00",
        "/problems/..%2f..%2fetc",
        "/problems/%ff",
        "/submissions/x",
        "/assets/x/y",
    ] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_problem_is_shown_with_formulas_samples_and_limits() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let page = site.get("/problems/aplusb").await;
    assert_eq!(page.status, StatusCode::OK);
    page.has("<math")
        .has("<h2>Input</h2>")
        .has("Sample 1")
        .has("<gavel-copy><pre")
        .has("2 s")
        .has("256 MiB");
    page.has("<option value=\"python3\"")
        .has("name=\"source\"")
        .has("By The Gavel authors");
    page.has_not("{{remainingsamples}}");
    assert!(page.text.len() < 40 << 10, "{} bytes", page.text.len());
}

#[tokio::test]
async fn a_page_is_compressed_and_its_stylesheet_kept() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let request = site
        .request(Method::GET, "/problems/aplusb")
        .header("accept-encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let page = site.get("/problems/aplusb").await;
    let style = page
        .text
        .split("href=\"")
        .find(|part| part.starts_with("/assets/"))
        .unwrap();
    let style = site.get(style.split('"').next().unwrap()).await;
    assert_eq!(style.status, StatusCode::OK);
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert!(style.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn a_conversation_is_shown_where_programs_talk() {
    let site = Site::open().await;
    site.library("treasurenote").await;
    let page = site.get("/problems/treasurenote").await;
    page.has("Sample conversation 1")
        .has("<pre>ask 3</pre>")
        .has("next run")
        .has("interactive");
}

#[tokio::test]
async fn pictures_and_attachments_come_from_the_package_alone() {
    let site = Site::open().await;
    let files = [
        (
            "statement/problem.en.md",
            "![a map](map.svg) ![far](https://evil.example/x.png)",
        ),
        (
            "statement/map.svg",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        ),
        ("attachments/kit.html", "<script>alert(1)</script>"),
    ];
    site.package_of("pictures", "Pictures", &files).await;
    let page = site.get("/problems/pictures").await;
    page.has("src=\"/problems/pictures/files/map.svg\"")
        .has_not("evil.example")
        .has("kit.html");
    let picture = site.get("/problems/pictures/files/map.svg").await;
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert!(picture.header("content-security-policy").contains("sandbox"));
    let kit = site.get("/problems/pictures/attachments/kit.html").await;
    assert_eq!(kit.header("content-type"), "application/octet-stream");
    assert!(kit.header("content-disposition").starts_with("attachment"));
    for path in [
        "files/kit.html",
        "files/problem.en.md",
        "attachments/map.svg",
        "files/..%2fproblem.yaml",
    ] {
        let answer = site.get(&format!("/problems/pictures/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_statement_is_shown_in_the_language_asked_for() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let page = site.get("/problems/aplusb?lang=xx").await;
    page.has("Two numbers are all");
}

#[tokio::test]
async fn a_statement_in_latex_is_shown_with_what_could_not_be() {
    let site = Site::open().await;
    let files = [
        (
            "statement/problem.en.tex",
            "\\problemname{Map}\nLet $n \\leq 5$. \\fancy{Word}\n\\includegraphics{map.png}",
        ),
        ("statement/map.png", "png"),
        ("data/sample/1.in", "1\n"),
        ("data/sample/1.ans", "2\n"),
    ];
    site.package_of("map", "Map", &files).await;
    let page = site.get("/problems/map").await;
    page.has("<math")
        .has("src=\"/problems/map/files/map.png\"")
        .has("\\fancy")
        .has("Sample 1")
        .is_harmless();
    page.has("Some of this statement could not be shown");
}

#[tokio::test]
async fn a_statement_in_pdf_is_shown_in_a_frame_of_ours() {
    let site = Site::open().await;
    site.package_of("paper", "Paper", &[("statement/problem.en.pdf", "%PDF-1.4")])
        .await;
    site.get("/problems/paper")
        .await
        .has("<iframe class=\"pdf\"")
        .has("statement.pdf?lang=en");
    let file = site.get("/problems/paper/statement.pdf?lang=en").await;
    assert_eq!(file.header("content-type"), "application/pdf");
    assert_eq!(file.header("x-frame-options"), "SAMEORIGIN");
    assert_eq!(file.text, "%PDF-1.4");
    site.library("aplusb").await;
    assert_eq!(
        site.get("/problems/aplusb/statement.pdf").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn hostile_names_and_statements_stay_text() {
    let site = Site::open().await;
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let files = [
        ("statement/problem.en.md", hostile),
        ("data/sample/1.in", hostile),
        ("data/sample/1.ans", "</pre><script>alert(3)</script>"),
    ];
    site.package_of("hostile", hostile, &files).await;
    for path in [
        "/",
        "/problems",
        "/problems/hostile",
        "/problems?q=%3Cscript%3Ealert(4)%3C/script%3E&tag=%22%3E%3Cscript%3E",
    ] {
        let page = site.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        page.is_harmless();
    }
}

#[tokio::test]
async fn looks_are_chosen_and_kept() {
    let site = Site::open().await;
    let answer = site.post_as("", "/theme", &[("theme", "dark")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    site.get_as(&answer.cookies(), "/")
        .await
        .has("data-theme=\"dark\"");
    site.get("/").await.has_not("data-theme");
    for fields in [&[("theme", "pink")][..], &[], &[("theme", "dark"), ("x", "y")]] {
        let answer = site.post_as("", "/theme", fields).await;
        assert!(answer.status.is_client_error(), "{fields:?}: {answer:?}");
    }
}

#[tokio::test]
async fn forms_of_foreign_pages_are_refused() {
    let site = Site::open().await;
    site.library("aplusb").await;
    for path in ["/theme", "/problems/aplusb/submit"] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("x-nothing", "x"),
        ] {
            let answer = site
                .send(site.request(Method::POST, path).header(name, value))
                .await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {name}: {value}");
        }
    }
}
