//! Lets what comes at the same time go together: one statement and one commit for many.
//!
//! Nothing waits for company. What comes while a round is under way goes with the next, so that rounds are small where there is
//! little to do, and large where there is much. A round that fails for what one of its members is falls apart: each is
//! tried alone, so that a bad row spoils nobody else's.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::{Result, StoreError};

/// Members that wait for the next round; who comes later waits to be let in.
const WAITING: usize = 4096;

/// Members of one round at most.
const MOST: usize = 256;

/// The weight of a round, from which on nobody else is let in.
const HEAVY: usize = 4 << 20;

/// A door to the rounds. Cheap to clone; the rounds end with the last clone.
#[derive(Debug)]
pub(crate) struct Group<I, O> {
    door: mpsc::Sender<Member<I, O>>,
}

#[derive(Debug)]
struct Member<I, O> {
    item: I,
    answer: oneshot::Sender<Result<O>>,
}

impl<I, O> Clone for Group<I, O> {
    fn clone(&self) -> Self {
        Self {
            door: self.door.clone(),
        }
    }
}

impl<I: Clone + Send + Sync + 'static, O: Send + 'static> Group<I, O> {
    /// Begins. `run` answers each member of a round, in their order; `at_once` rounds may be under way; `weigh` gives a member's
    /// weight, in bytes or the like.
    pub(crate) fn start<F, R>(at_once: usize, weigh: fn(&I) -> usize, run: F) -> Self
    where
        F: Fn(Vec<I>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<O>>> + Send,
    {
        let (door, mut waiting) = mpsc::channel::<Member<I, O>>(WAITING);
        let (rounds, run, slots) = (
            TaskTracker::new(),
            Arc::new(run),
            Arc::new(Semaphore::new(at_once)),
        );
        TaskTracker::new().spawn(async move {
            loop {
                let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                    return;
                };
                let Some(first) = waiting.recv().await else { return };
                let mut weight = weigh(&first.item);
                let mut round = vec![first];
                while round.len() < MOST && weight < HEAVY {
                    let Ok(next) = waiting.try_recv() else { break };
                    weight += weigh(&next.item);
                    round.push(next);
                }
                let run = Arc::clone(&run);
                rounds.spawn(async move {
                    go(round, &*run).await;
                    drop(slot);
                });
            }
        });
        Self { door }
    }

    /// Goes with the next round.
    pub(crate) async fn join(&self, item: I) -> Result<O> {
        let (answer, heard) = oneshot::channel();
        let is_open = self.door.send(Member { item, answer }).await.is_ok();
        match heard.await {
            Ok(answer) if is_open => answer,
            _ => Err(StoreError::Unavailable("the store is being closed".to_owned())),
        }
    }
}

async fn go<I: Clone, O, R: Future<Output = Result<Vec<O>>>>(
    round: Vec<Member<I, O>>,
    run: &impl Fn(Vec<I>) -> R,
) {
    let items = round.iter().map(|member| member.item.clone()).collect();
    match run(items).await {
        Ok(answers) => {
            for (member, answer) in round.into_iter().zip(answers) {
                // Who has left hears nothing.
                drop(member.answer.send(Ok(answer)));
            }
        }
        Err(StoreError::Failed { .. }) if round.len() > 1 => {
            for member in round {
                let alone = run(vec![member.item]).await;
                let answer = alone.and_then(|answers| answers.into_iter().next().ok_or_else(unanswered));
                drop(member.answer.send(answer));
            }
        }
        Err(error) => {
            for member in round {
                drop(member.answer.send(Err(error.again())));
            }
        }
    }
}

fn unanswered() -> StoreError {
    StoreError::failed("answer a member of a group", "there is no answer")
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn those_who_come_together_go_together_and_get_their_own_answers() {
        let (sizes, mut seen) = mpsc::unbounded_channel();
        let group = Group::start(
            1,
            |_| 1,
            move |items: Vec<u32>| {
                let sizes = sizes.clone();
                async move {
                    sizes.send(items.len()).unwrap();
                    tokio::task::yield_now().await;
                    Ok(items.into_iter().map(|item| item * 2).collect())
                }
            },
        );
        let answers = join_all((0..1000).map(|number| group.join(number))).await;
        for (number, answer) in (0..).zip(answers) {
            assert_eq!(answer.unwrap(), number * 2);
        }
        drop(group);
        let mut rounds = Vec::new();
        while let Some(size) = seen.recv().await {
            rounds.push(size);
        }
        assert_eq!(rounds.iter().sum::<usize>(), 1000);
        assert!(rounds.len() < 100, "{rounds:?}");
        assert!(rounds.iter().all(|size| *size <= MOST), "{rounds:?}");
    }

    #[tokio::test]
    async fn one_that_is_bad_spoils_nobody_elses() {
        let group = Group::start(
            2,
            |_| HEAVY / 8,
            |items: Vec<u32>| async move {
                if items.contains(&7) {
                    return Err(StoreError::failed("double", "seven"));
                }
                Ok(items)
            },
        );
        let answers = join_all((0..20).map(|number| group.join(number))).await;
        for (number, answer) in (0..).zip(answers) {
            assert_eq!(answer.is_err(), number == 7, "{number}: {answer:?}");
        }
    }

    #[tokio::test]
    async fn an_outage_is_everybodys() {
        let group = Group::start(
            1,
            |_| 1,
            |_: Vec<u32>| async { Err::<Vec<u32>, _>(StoreError::Unavailable("away".to_owned())) },
        );
        for answer in join_all((0..5).map(|number| group.join(number))).await {
            assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        }
    }
}
