//! The worker on Postgres and Redis, and what happens to both.

use domain::{State, Verdict};
use e2e::services::{Postgres, Redis};

use crate::support::grader;
use crate::world::{SUM_CODE, World, is_testing};

#[tokio::test]
async fn two_workers_share_what_a_lost_redis_had_queued() {
    let postgres = Postgres::start().unwrap();
    let mut redis = Redis::start().unwrap();
    let mut world = World::fleet(&postgres, &redis).await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(world.submit(SUM_CODE).await.0);
    }
    redis.restart().unwrap();
    let grader = grader(2).await;
    let both = [
        world.work(world.config(), grader.clone()),
        world.work(world.config(), grader),
    ];
    world.settled().await;
    for id in ids {
        let judgement = world.view(id).await.judgement;
        assert_eq!((judgement.verdict, judgement.attempt), (Some(Verdict::Ac), 1));
    }
    for running in both {
        running.stop().await;
    }
}

#[tokio::test]
async fn what_is_stored_while_redis_is_away_is_judged_when_it_is_back() {
    let postgres = Postgres::start().unwrap();
    let mut redis = Redis::start().unwrap();
    let mut world = World::fleet(&postgres, &redis).await;
    let running = world.work(world.config(), grader(1).await);
    let (first, _) = world.submit(SUM_CODE).await;
    assert_eq!(world.done(first).await.judgement.verdict, Some(Verdict::Ac));
    redis.crash().unwrap();
    let (second, entry) = world.store_only("python3", world.package, SUM_CODE).await;
    assert!(world.queue.push(&[entry]).await.is_err());
    assert_eq!(world.view(second).await.judgement.state, State::Queued);
    redis.restart().unwrap();
    world.settled().await;
    let judgement = world.view(second).await.judgement;
    assert_eq!((judgement.verdict, judgement.attempt), (Some(Verdict::Ac), 1));
    running.stop().await;
}

#[tokio::test]
async fn a_verdict_outlives_a_crash_of_the_database() {
    let mut postgres = Postgres::start_private().unwrap();
    let redis = Redis::start().unwrap();
    let mut world = World::fleet(&postgres, &redis).await;
    let running = world.work(world.config(), grader(1).await);
    let (id, _) = world
        .submit("import time; time.sleep(0.1); print(sum(map(int, input().split())))")
        .await;
    world.told(id, is_testing).await;
    postgres.server().unwrap().crash().unwrap();
    postgres.server().unwrap().restart().unwrap();
    world.settled().await;
    let judgement = world.view(id).await.judgement;
    assert_eq!((judgement.verdict, judgement.attempt), (Some(Verdict::Ac), 1));
    running.stop().await;
}
