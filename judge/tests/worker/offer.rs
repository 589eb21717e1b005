//! What a worker offers: what passes its self-tests, and what the operator's directory says meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{Language, LanguageId, Verdict};
use judge::{Grader, Languages, WorkerConfig};
use tokio::time::timeout;

use crate::support::slot_config;
use crate::world::{PATIENCE, SUM_CODE, World};

fn ids(names: &[&str]) -> Vec<LanguageId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// A language that is Python, whose self-test prints this.
fn snake(said: &str) -> String {
    format!(
        "name = 'Snake'\nextensions = ['snake']\nmain = 'main.snake'\n\
         tools = [{{ program = 'python3', version = ['--version'] }}]\nrun.command = ['python3', '{{source}}']\n\
         self-test.hello = 'print(\"{said}\")'\n"
    )
}

async fn grader(own: &Path) -> Grader {
    let languages = Languages::with_directory(own).unwrap();
    Grader::start_in(Arc::new(languages), 2, slot_config())
        .await
        .unwrap()
}

/// Waits until the only worker announces the language so.
async fn announced(world: &World, id: &str, is_so: impl Fn(&Language) -> bool) -> Language {
    let search = async {
        loop {
            let workers = world.store.workers(Duration::from_mins(1)).await.unwrap();
            let mut languages = workers.iter().flat_map(|worker| &worker.languages);
            if let Some(found) = languages.find(|language| language.id.as_str() == id && is_so(language)) {
                return found.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, search).await.unwrap()
}

fn has_failed(language: &Language) -> bool {
    language.unavailable.is_some()
}

fn has_passed(language: &Language) -> bool {
    !language.is_untried && language.unavailable.is_none()
}

#[tokio::test]
async fn only_what_passes_is_offered_and_changes_are_noticed() {
    let mut world = World::embedded().await;
    let own = world.path("languages");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("snake.toml"), snake("Hello")).unwrap();
    let config = WorkerConfig {
        only_languages: Some(ids(&["python3", "snake", "adder"])),
        self_tests: true,
        own_languages: Some(own.clone()),
        ..world.config()
    };
    let running = world.work(config.clone(), grader(&own).await);
    // What is submitted before anything has passed waits, and is judged.
    let (id, _) = world.submit(SUM_CODE).await;
    assert_eq!(world.done(id).await.judgement.verdict, Some(Verdict::Ac));
    let python = announced(&world, "python3", has_passed).await;
    assert!(python.version.unwrap().starts_with("Python 3"));
    assert_eq!(python.guide, None, "everybody knows it");
    let snake_told = announced(&world, "snake", has_failed).await;
    let reason = snake_told.unavailable.unwrap();
    assert!(
        reason.starts_with("its self-test hello fails: the program prints"),
        "{reason}"
    );
    assert!(snake_told.guide.is_some());

    // A table that is wrong changes nothing; one that is right is taken without a restart.
    std::fs::write(own.join("adder.toml"), "name = 3").unwrap();
    std::fs::write(own.join("snake.toml"), snake("Hello, World!")).unwrap();
    std::fs::write(
        own.join("adder.toml"),
        snake("Hello, World!").replace("nake", "dder"),
    )
    .unwrap();
    announced(&world, "snake", has_passed).await;
    announced(&world, "adder", has_passed).await;
    running.stop().await;

    // What has passed is known at the next start.
    let kept = std::fs::read_to_string(world.path("cache").join("self-tests.toml")).unwrap();
    assert!(kept.contains("[python3]") && kept.contains("[adder]"), "{kept}");
    let running = world.work(config, grader(&own).await);
    let first = announced(&world, "python3", |_| true).await;
    assert!(has_passed(&first), "{first:?}");
    running.stop().await;
}
