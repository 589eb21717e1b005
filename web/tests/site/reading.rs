//! Reading submissions again: sources, timelines, comparisons, lists; and what a page weighs.

use domain::{Compiled, Conclusion, Role, Run, Timeline, Verdict};
use reqwest::{Method, StatusCode};

use crate::bench::{Answer, Site, accepted};

const HOSTILE: &str = "</code></pre><script>alert(1)</script><img src=x onerror=alert(2)>";

/// What a page with formulas may weigh on a first visit without its editor, compressed, in bytes.
const PAGE_BYTES: usize = 40 << 10;

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn run(ordinal: u32, case: &str, verdict: Verdict) -> Run {
    Run {
        ordinal,
        case: case.to_owned(),
        verdict,
        score: None,
        cpu_us: 1000 * u64::from(ordinal),
        wall_us: 2000,
        memory_bytes: 1 << 20,
        message: None,
    }
}

fn ended(verdict: Verdict, runs: Vec<Run>) -> Conclusion {
    Conclusion {
        cases_total: u32::try_from(runs.len()).unwrap(),
        runs,
        ..Conclusion::of(verdict)
    }
}

#[tokio::test]
async fn a_source_is_coloured_and_its_lines_have_addresses() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let source = format!("# {HOSTILE}\nif True:\n\tprint('{HOSTILE}')\n");
    let path = site.submitted("", "aplusb", "ann", &source).await;
    let conclusion = Conclusion {
        compiler_output: Some(format!("  File \"main.py\", line 3\n{HOSTILE}")),
        ..Conclusion::of(Verdict::Ce)
    };
    site.judge(&path, conclusion).await;
    let page = site.get(&path).await;
    page.is_harmless();
    page.has("<a href=\"#L3\">  File &#34;main.py&#34;, line 3</a>")
        .has("id=\"L3\"><a href=\"#L3\"")
        .has("<span class=\"k\">if</span> <span class=\"k\">True</span>:")
        .has("<span class=\"c\"># &#60;/code&#62;");
    // What nobody reads is shown, and costs no more than its text.
    let long = format!("print(1) # {}", "x".repeat(10_000));
    let path = site.submitted("", "aplusb", "ann", &long).await;
    site.get(&path).await.has(&long).has_not("class=\"line\"");
}

#[tokio::test]
async fn a_timeline_is_told_in_words_and_its_story_to_those_who_may_know() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    let ann = site.token("ann", Role::User).await;
    let body = r#"{"problem": "aplusb", "language": "python3", "source": "print(3)"}"#;
    let request = site
        .request(Method::POST, "/api/v1/submissions")
        .bearer_auth(&ann);
    let sent = site
        .send(request.header("content-type", "application/json").body(body))
        .await;
    let sent: serde_json::Value = serde_json::from_str(&sent.text).unwrap();
    let path = format!("/submissions/{}", sent["id"].as_str().unwrap());
    let judgement = sent["judgement"]["id"].as_str().unwrap().parse().unwrap();
    let lease = std::time::Duration::from_mins(1);
    let work = site
        .store
        .claim(&[judgement], domain::WorkerId::new(), lease)
        .await
        .unwrap();
    let reason = format!("no room {HOSTILE}");
    assert!(site.store.hand_back(&work[0].lease, &reason).await.unwrap());
    let timeline = Timeline {
        started_us: Some(40),
        compiled: Some(Compiled {
            took_us: 612_000,
            was_cached: true,
        }),
        testing_us: Some(613_000),
        first_case_us: Some(640_000),
        cases_us: vec![640_000, 700_000],
        last_case_us: Some(700_000),
        graded_us: Some(700_001),
    };
    let runs = vec![run(1, "sample/1", Verdict::Ac), run(2, "secret/1", Verdict::Ac)];
    site.judge(
        &path,
        Conclusion {
            timeline,
            ..ended(Verdict::Ac, runs)
        },
    )
    .await;
    let get = async |user: &str, role| -> Answer {
        let token = site.token(user, role).await;
        site.send(site.request(Method::GET, &path).bearer_auth(token))
            .await
    };
    let page = get("ann", Role::User).await;
    page.has("Waited in the queue")
        .has("taken from the cache</td><td class=\"num\">612.0 ms")
        .has("First test case</td><td class=\"num\">27.0 ms")
        .has("<li>27.0 ms</li><li>87.0 ms</li>")
        .has("1 attempt failed")
        .has_not("no room");
    page.is_harmless();
    let page = get("setter", Role::Setter).await;
    page.has("attempt 1: no room &#60;/code&#62;");
    page.is_harmless();
}

#[tokio::test]
async fn two_submissions_are_compared() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let first = site
        .submitted("", "aplusb", "ann", &format!("a = 1\n# {HOSTILE}\n"))
        .await;
    site.judge(
        &first,
        ended(
            Verdict::Wa,
            vec![run(1, "sample/1", Verdict::Ac), run(2, "secret/1", Verdict::Wa)],
        ),
    )
    .await;
    let second = site
        .submitted("", "aplusb", "ann", &format!("a = 2\n# {HOSTILE}\n"))
        .await;
    let runs = vec![
        run(1, "sample/1", Verdict::Ac),
        run(2, "secret/1", Verdict::Ac),
        run(3, "secret/2", Verdict::Ac),
    ];
    site.judge(&second, ended(Verdict::Ac, runs)).await;
    // The order in which they are chosen does not matter.
    for (one, other) in [(&first, &second), (&second, &first)] {
        let page = site
            .get(&format!("/compare?id={}&id={}", id_of(one), id_of(other)))
            .await;
        assert_eq!(page.status, StatusCode::OK);
        page.has("<td class=\"sign\">−</td><td><code>a = 1</code>")
            .has("<td class=\"sign\">+</td><td><code>a = 2</code>")
            .has("2 <span class=\"tag\">changed</span>")
            .has("not run");
        page.has_not("1 <span class=\"tag\">changed</span>").is_harmless();
    }
    site.get(&second).await.has(&format!(
        "/compare?id={}&amp;id={}",
        id_of(&first),
        id_of(&second)
    ));
    let list = site.get("/submissions").await;
    list.has("<form action=\"/compare\">")
        .has(&format!("name=\"id\" value=\"{}\"", id_of(&first)));
    for (query, status) in [
        (String::new(), StatusCode::UNPROCESSABLE_ENTITY),
        (format!("?id={}", id_of(&first)), StatusCode::UNPROCESSABLE_ENTITY),
        (
            format!("?id={0}&id={0}&id={0}", id_of(&first)),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (format!("?id={}&id=x", id_of(&first)), StatusCode::NOT_FOUND),
        (
            format!("?id={}&id={}", id_of(&first), domain::SubmissionId::new()),
            StatusCode::NOT_FOUND,
        ),
        (format!("?id={0}&id={0}", id_of(&first)), StatusCode::OK),
    ] {
        let page = site.get(&format!("/compare{query}")).await;
        assert_eq!(page.status, status, "{query}");
    }
}

#[tokio::test]
async fn only_ones_own_are_compared() {
    let site = Site::closed().await;
    site.library("aplusb").await;
    let mut ids = Vec::new();
    for user in ["ann", "bob"] {
        let token = site.token(user, Role::User).await;
        let body = r#"{"problem": "aplusb", "language": "python3", "source": "print(3)"}"#;
        let request = site
            .request(Method::POST, "/api/v1/submissions")
            .bearer_auth(token);
        let sent = site
            .send(request.header("content-type", "application/json").body(body))
            .await;
        let sent: serde_json::Value = serde_json::from_str(&sent.text).unwrap();
        ids.push(sent["id"].as_str().unwrap().to_owned());
    }
    let path = format!("/compare?id={}&id={}", ids[0], ids[1]);
    for (user, role, status) in [
        ("ann", Role::User, StatusCode::NOT_FOUND),
        ("other", Role::Setter, StatusCode::NOT_FOUND),
        ("setter", Role::Setter, StatusCode::OK),
        ("root", Role::Admin, StatusCode::OK),
    ] {
        let token = site.token(user, role).await;
        let page = site
            .send(site.request(Method::GET, &path).bearer_auth(token))
            .await;
        assert_eq!(page.status, status, "{user} {role:?}");
    }
    assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn lists_are_narrowed_by_state_and_to_ones_own() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let done = site.submitted("", "aplusb", "ann", "print(1)").await;
    site.judge(&done, accepted()).await;
    let waiting = site.submitted("", "aplusb", "bob", "print(2)").await;
    let ann = "gavel_name=ann";
    for (query, has_done, has_waiting) in [
        ("", true, true),
        ("?state=done", true, false),
        ("?state=queued", false, true),
        ("?mine=yes", true, false),
        ("?mine=yes&state=queued", false, false),
        (
            "?verdict=AC&language=python3&problem=aplusb&user=ann",
            true,
            false,
        ),
    ] {
        let page = site.get_as(ann, &format!("/submissions{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert_eq!(page.text.contains(&done), has_done, "{query}");
        assert_eq!(page.text.contains(&waiting), has_waiting, "{query}");
    }
    site.get_as(ann, "/submissions?state=queued&mine=yes")
        .await
        .has("Nothing like that");
    for query in ["?state=nonsense", "?verdict=nonsense", "?user=a+b", "?before=x"] {
        let page = site.get(&format!("/submissions{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}

/// The bytes that a path takes on the wire.
async fn weight(site: &Site, path: &str) -> usize {
    let request = site.request(Method::GET, path).header("accept-encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    if path.starts_with("/assets/") {
        let kept = response.headers()["cache-control"].to_str().unwrap();
        assert!(kept.contains("immutable"), "{path}: {kept}");
    }
    response.bytes().await.unwrap().len()
}

#[tokio::test]
async fn a_first_visit_to_a_problem_with_formulas_is_light() {
    let site = Site::open().await;
    site.library("aplusb").await;
    let page = site.get("/problems/aplusb").await;
    page.has("<math");
    let asset = |name: &str| {
        let found = page
            .text
            .split('"')
            .find(|part| part.starts_with("/assets/") && part.ends_with(name));
        found.unwrap().to_owned()
    };
    let style = asset("style.css");
    let font = style.replace("style.css", "stix-two-math.woff2");
    assert!(
        site.get(&style)
            .await
            .text
            .contains("url(\"stix-two-math.woff2\")")
    );
    let mut all = 0;
    let mut told = Vec::new();
    for path in [
        "/problems/aplusb",
        &style,
        &asset("main.js"),
        &font,
        "/favicon.ico",
    ] {
        let bytes = weight(&site, path).await;
        told.push(format!("{path}: {bytes}"));
        all += bytes;
    }
    assert!(all < PAGE_BYTES, "{all} bytes: {told:?}");
}
