//! The worker on SQLite, with the queue and the events in process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bus::Scope;
use domain::{Band, Blame, Conclusion, PackageHash, Phase, State, Update, Verdict, WorkerTag};
use judge::{Languages, Nothing, WorkerConfig};

use crate::support::{grader, grader_with};
use crate::world::{PATIENCE, SLEEP, SUM_CODE, World, is_testing};

#[tokio::test]
async fn a_submission_gets_its_verdict_and_everybody_is_told_in_order() {
    let mut world = World::embedded().await;
    let running = world.work(world.config(), grader(1).await);
    let (id, judgement) = world.submit(SUM_CODE).await;
    let told = world.told(id, |update| update.state == State::Done).await;
    assert!(told.is_sorted_by(|a, b| a.seq < b.seq), "{told:?}");
    // The claim itself is told apart only where what follows takes a moment.
    assert_eq!(told[0].state, State::Running);
    let steps: Vec<_> = told
        .iter()
        .filter(|update| update.phase.is_some() || update.state.is_final())
        .map(|update| (update.state, update.phase, update.progress.cases_done))
        .collect();
    let expected = [
        (State::Running, Some(Phase::Testing), 0),
        (State::Running, Some(Phase::Testing), 1),
        (State::Running, Some(Phase::Testing), 2),
        (State::Done, None, 3),
    ];
    assert_eq!(steps, expected);
    let last = told.last().unwrap();
    assert_eq!(last.judgement, judgement);
    assert_eq!(last.verdict, Some(Verdict::Ac));
    assert_eq!(Update::from(&world.view(id).await), *last);
    let runs = world.store.runs(judgement).await.unwrap();
    assert_eq!(runs.len(), 3);
    assert!(
        runs.iter()
            .all(|run| run.verdict == Verdict::Ac && run.cpu_us > 0)
    );

    let workers = world.store.workers(PATIENCE).await.unwrap();
    assert_eq!(workers.len(), 1);
    assert!(
        workers[0]
            .languages
            .iter()
            .any(|language| language.id.as_str() == "python3")
    );
    running.stop().await;
    assert!(
        world.store.workers(PATIENCE).await.unwrap().is_empty(),
        "a worker that stopped is forgotten"
    );
}

#[tokio::test]
async fn where_nothing_is_judged_a_source_can_wish_for_a_verdict() {
    let mut world = World::embedded().await;
    let nothing = Nothing::new(Arc::new(Languages::builtin()));
    let running = world.work(world.config(), judge::Examiner::Nothing(nothing));
    let wishes = [
        (SUM_CODE, Verdict::Ac),
        ("# judge-nothing: WA", Verdict::Wa),
        ("// judge-nothing: TLE 1", Verdict::Tle),
    ];
    for (code, verdict) in wishes {
        let (id, _) = world.submit(code).await;
        assert_eq!(world.done(id).await.judgement.verdict, Some(verdict), "{code}");
    }
    running.stop().await;
}

#[tokio::test]
async fn what_the_queue_lost_is_judged_all_the_same() {
    let mut world = World::embedded().await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(world.store_only("python3", world.package, SUM_CODE).await.0);
    }
    let running = world.work(world.config(), grader(2).await);
    // Told in any order: counted.
    let mut done = 0;
    while done < 20 {
        done += usize::from(world.next().await.state == State::Done);
    }
    // And while the worker is there.
    let (late, _) = world.store_only("python3", world.package, "print(1)").await;
    assert_eq!(world.done(late).await.judgement.verdict, Some(Verdict::Wa));
    for id in ids {
        let judgement = world.view(id).await.judgement;
        assert_eq!((judgement.verdict, judgement.attempt), (Some(Verdict::Ac), 1));
    }
    running.stop().await;
    let outstanding = world.store.outstanding().await.unwrap();
    assert_eq!((outstanding.queued, outstanding.running), (0, 0));
}

#[tokio::test]
async fn a_judgement_whose_lease_was_lost_is_given_up_and_not_committed() {
    let mut world = World::embedded().await;
    let config = WorkerConfig {
        slots: 1,
        lease: Duration::from_millis(600),
        ..world.config()
    };
    let running = world.work(config, grader(1).await);
    let (id, judgement) = world.submit(SLEEP).await;
    world.told(id, is_testing).await;
    world.store.cancel(judgement).await.unwrap().unwrap();
    // The only slot is busy with it until the next heartbeat, and is stopped then.
    let (next, _) = world.submit(SUM_CODE).await;
    assert_eq!(world.done(next).await.judgement.verdict, Some(Verdict::Ac));
    let judgement = world.view(id).await.judgement;
    assert_eq!((judgement.state, judgement.verdict), (State::Cancelled, None));
    running.stop().await;
}

#[tokio::test]
async fn of_two_workers_that_judge_the_same_only_the_one_with_the_lease_commits() {
    let mut world = World::embedded().await;
    let running = world.work(world.config(), grader(1).await);
    let (id, judgement) = world
        .submit("import time; time.sleep(1); print(sum(map(int, input().split())))")
        .await;
    world.told(id, is_testing).await;
    // Another worker takes it over in the middle, as after an expired lease, and is done first.
    let worker = world.store.workers(PATIENCE).await.unwrap()[0].id;
    let lease = domain::Lease {
        judgement,
        worker,
        attempt: 1,
    };
    assert_eq!(world.store.release(&[lease]).await.unwrap(), [lease]);
    let other = domain::WorkerId::new();
    let work = world.store.claim(&[judgement], other, PATIENCE).await.unwrap();
    let conclusion = Conclusion {
        runs: Vec::new(),
        cases_total: 3,
        ..Conclusion::of(Verdict::Wa)
    };
    assert!(
        world
            .store
            .commit(&work[0].lease, &conclusion)
            .await
            .unwrap()
            .is_some()
    );
    running.stop().await;
    let view = world.view(id).await;
    assert_eq!(
        (view.judgement.verdict, view.judgement.attempt),
        (Some(Verdict::Wa), 2)
    );
    assert!(world.store.runs(judgement).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_worker_that_stops_finishes_what_it_can_and_hands_back_the_rest() {
    let mut world = World::embedded().await;
    let running = world.work(world.config(), grader(1).await);
    let (id, _) = world
        .submit("import time; time.sleep(0.3); print(sum(map(int, input().split())))")
        .await;
    world.told(id, is_testing).await;
    running.stop().await;
    assert_eq!(
        world.view(id).await.judgement.verdict,
        Some(Verdict::Ac),
        "within the grace period"
    );

    let config = WorkerConfig {
        grace: Duration::from_millis(100),
        metrics: metrics::WorkerMetrics::default(),
        ..world.config()
    };
    let running = world.work(config, grader(1).await);
    let (id, judgement) = world.submit(SLEEP).await;
    world.told(id, is_testing).await;
    running.stop().await;
    let told = world.told(id, |update| update.state == State::Queued).await;
    assert!(told.is_sorted_by(|a, b| a.seq < b.seq), "{told:?}");
    assert_eq!(world.view(id).await.judgement.state, State::Queued);
    assert_eq!(
        world.queue.pop(&python(), 9, Duration::ZERO).await.unwrap(),
        [judgement],
        "another worker can take it at once"
    );
}

#[tokio::test]
async fn a_fault_of_the_system_is_tried_again_and_then_a_judging_error() {
    let mut world = World::embedded().await;
    let running = world.work(world.config(), grader(1).await);
    let nowhere = PackageHash([9; 32]);
    let (id, entry) = world.store_only("python3", nowhere, SUM_CODE).await;
    world.queue.push(&[entry]).await.unwrap();
    let told = world.told(id, |update| update.state == State::Done).await;
    assert!(
        told.iter().any(|update| update.state == State::Queued),
        "{told:?}"
    );
    let judgement = world.view(id).await.judgement;
    assert_eq!(
        (judgement.verdict, judgement.blame),
        (Some(Verdict::Je), Some(Blame::System))
    );
    assert_eq!(judgement.attempt, 2);
    let message = judgement.message.unwrap();
    assert!(message.contains("failed at it 2 times"), "{message}");
    assert!(message.contains(&nowhere.to_string()), "{message}");
    running.stop().await;
}

fn python() -> Scope {
    Scope::new(
        Band::ALL,
        ["python3".parse().unwrap()],
        [domain::WorkerTag::default()],
    )
}

fn no_python() -> Languages {
    let missing = "tools = [{ program = 'no-such-python', version = [] }]\n\
                   run = { command = ['no-such-python'] }\ncompile = { command = ['no-such-python'] }";
    Languages::with_files(&[("python3.toml", missing)]).unwrap()
}

#[tokio::test]
async fn a_worker_that_lacks_the_language_leaves_it_to_one_that_has_it() {
    let mut world = World::embedded().await;
    let able = world.work(world.config(), grader(1).await);
    let (id, _) = world.submit(SUM_CODE).await;
    world.done(id).await;
    let unable = world.work(world.config(), grader_with(no_python(), 1).await);
    let mut ids = Vec::new();
    for n in 0..10 {
        ids.push(world.submit(&format!("{SUM_CODE} # {n}")).await.0);
    }
    world.settled().await;
    for id in ids {
        assert_eq!(world.view(id).await.judgement.verdict, Some(Verdict::Ac));
    }
    able.stop().await;
    unable.stop().await;
}

#[tokio::test]
async fn what_nobody_can_judge_waits_for_one_who_can() {
    let mut world = World::embedded().await;
    let unable = world.work(world.config(), grader_with(no_python(), 1).await);
    let (python, _) = world.submit(SUM_CODE).await;
    let main = "int main(void) { return 0; }";
    let (c, entry) = world.store_only("c", world.package, main).await;
    world.queue.push(&[entry]).await.unwrap();
    world.done(c).await;
    assert_eq!(world.view(python).await.judgement.attempt, 0, "nobody tried");

    // Bound to another language or band, it is not tried either.
    let bound = WorkerConfig {
        bands: vec![Band::Bulk],
        ..world.config()
    };
    let bound = world.work(bound, grader(1).await);
    let able = WorkerConfig {
        only_languages: Some(vec!["python3".parse().unwrap()]),
        bands: vec![Band::Interactive],
        ..world.config()
    };
    let able = world.work(able, grader(1).await);
    let view = world.done(python).await;
    assert_eq!(view.judgement.verdict, Some(Verdict::Ac));
    let mut workers = world.store.workers(PATIENCE).await.unwrap();
    workers.sort_by_key(|worker| worker.languages.len());
    assert_eq!(workers[0].languages.len(), 1);
    assert_eq!(workers[0].bands, [Band::Interactive]);
    for running in [unable, bound, able] {
        running.stop().await;
    }
}

#[tokio::test]
async fn who_serves_a_tag_judges_what_asks_for_it_and_nothing_else() {
    let mut world = World::embedded().await;
    let quiet: WorkerTag = "quiet".parse().unwrap();
    let general = world.work(world.config(), grader(1).await);
    // The sweeper of a worker that must not judge it puts it into the queue.
    let (tagged, _) = world
        .store_for(quiet.clone(), "python3", world.package, SUM_CODE)
        .await;
    let (usual, _) = world.submit(SUM_CODE).await;
    assert_eq!(world.done(usual).await.judgement.verdict, Some(Verdict::Ac));
    let (later, _) = world.submit(SUM_CODE).await;
    world.done(later).await;
    assert_eq!(world.view(tagged).await.judgement.attempt, 0, "nobody tried");
    general.stop().await;

    let config = WorkerConfig {
        tags: vec![quiet.clone()],
        ..world.config()
    };
    let bound = world.work(config, grader(1).await);
    let (left, _) = world.submit(SUM_CODE).await;
    assert_eq!(world.done(tagged).await.judgement.verdict, Some(Verdict::Ac));
    assert_eq!(world.view(left).await.judgement.attempt, 0, "nobody tried");
    let workers = world.store.workers(PATIENCE).await.unwrap();
    assert!(workers.iter().any(|worker| worker.tags == [quiet.clone()]));
    bound.stop().await;
    assert_eq!(world.queue.depth().await.unwrap(), [0, 1, 0]);
}

#[tokio::test]
async fn packages_are_cached_checked_and_bounded() {
    let mut world = World::embedded().await;
    let other = world.put("other", "{time_limit: 3}").await;
    let grader = grader(1).await;
    let in_cache = |hash: PackageHash| world.path("cache/0").join(hash.to_string());
    let (first_dir, other_dir) = (in_cache(world.package), in_cache(other));

    let running = world.work(world.config(), grader.clone());
    let (id, _) = world.submit(SUM_CODE).await;
    assert_eq!(world.done(id).await.judgement.verdict, Some(Verdict::Ac));
    running.stop().await;
    assert!(first_dir.join("problem.yaml").exists());

    // Found again by the next process, and fetched again where it is not what it should be.
    std::fs::write(first_dir.join("data/secret/1.ans"), "wrong").unwrap();
    std::fs::create_dir(world.path("cache/0/loading-left")).unwrap();
    let running = world.work(world.config(), grader.clone());
    let (id, _) = world.submit(SUM_CODE).await;
    assert_eq!(world.done(id).await.judgement.verdict, Some(Verdict::Ac));
    running.stop().await;
    assert_eq!(
        entries(&world.path("cache/0")),
        ["lock".to_owned(), world.package.to_string()].into()
    );

    // Room for none: the one that is not in use goes.
    let config = WorkerConfig {
        cache_bytes: 1,
        ..world.config()
    };
    let running = world.work(config, grader.clone());
    let (id, entry) = world.store_only("python3", other, SUM_CODE).await;
    world.queue.push(&[entry]).await.unwrap();
    assert_eq!(world.done(id).await.judgement.verdict, Some(Verdict::Ac));
    assert!(!first_dir.exists() && other_dir.exists());
    running.stop().await;

    // A package that the store does not have is a fault of the system.
    let running = world.work(world.config(), grader);
    let (id, entry) = world.store_only("python3", PackageHash([7; 32]), SUM_CODE).await;
    world.queue.push(&[entry]).await.unwrap();
    let judgement = world.done(id).await.judgement;
    assert_eq!(
        (judgement.verdict, judgement.blame),
        (Some(Verdict::Je), Some(Blame::System))
    );
    running.stop().await;
}

fn entries(directory: &Path) -> std::collections::BTreeSet<String> {
    let names = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

#[tokio::test]
async fn two_processes_share_a_cache_directory() {
    let world = World::embedded().await;
    let grader = grader(1).await;
    // Two workers of one process stand for them: a lock belongs to an open file, not to a process.
    let both = [
        world.work(world.config(), grader.clone()),
        world.work(world.config(), grader),
    ];
    for running in both {
        running.stop().await;
    }
    assert_eq!(
        entries(&world.path("cache")),
        ["0".to_owned(), "1".to_owned()].into()
    );
}
