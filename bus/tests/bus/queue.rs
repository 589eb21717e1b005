//! The queue, held to the same behaviour in process and in Redis.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::fixture::{PATIENCE, entry, for_both_queues};
use bus::Queue;
use domain::{Band, JudgementId};

const AT_ONCE: Duration = Duration::ZERO;

async fn pop(queue: &Queue, max: usize) -> Vec<JudgementId> {
    queue.pop(max, AT_ONCE).await.unwrap()
}

#[tokio::test]
async fn the_urgent_come_first_and_then_the_oldest() {
    for_both_queues(|queue| async move {
        let bulk = [entry(Band::Bulk, -5_000_000), entry(Band::Bulk, 0)];
        let waiting = [entry(Band::Interactive, 1), entry(Band::Interactive, 2)];
        let contest = [entry(Band::Contest, 8), entry(Band::Contest, 9)];
        queue.push(&[bulk[1], waiting[1], contest[1]]).await.unwrap();
        queue.push(&[contest[0], waiting[0], bulk[0]]).await.unwrap();
        let expected: Vec<_> = [contest, waiting, bulk]
            .concat()
            .iter()
            .map(|entry| entry.judgement)
            .collect();
        assert_eq!(queue.depth().await.unwrap(), [2, 2, 2]);
        for (at, judgement) in expected.iter().enumerate() {
            assert_eq!(queue.position(*judgement).await.unwrap(), Some(at as u64));
        }
        assert_eq!(pop(&queue, 1).await, expected[..1]);
        assert_eq!(pop(&queue, 3).await, expected[1..4]);
        assert_eq!(pop(&queue, 100).await, expected[4..]);
        assert_eq!(queue.depth().await.unwrap(), [0, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn equally_old_entries_come_in_the_order_of_their_ids() {
    for_both_queues(|queue| async move {
        let entries: Vec<_> = (0..50).map(|_| entry(Band::Interactive, 0)).collect();
        let reversed: Vec<_> = entries.iter().rev().copied().collect();
        queue.push(&reversed).await.unwrap();
        let expected: Vec<_> = entries.iter().map(|entry| entry.judgement).collect();
        assert_eq!(pop(&queue, 50).await, expected);
    })
    .await;
}

#[tokio::test]
async fn what_is_in_it_already_stays_where_it_is() {
    for_both_queues(|queue| async move {
        let first = entry(Band::Interactive, 1);
        let second = entry(Band::Interactive, 2);
        queue.push(&[first, second]).await.unwrap();
        let mut again = first;
        again.band = Band::Bulk;
        queue.push(&[again, again]).await.unwrap();
        assert_eq!(queue.depth().await.unwrap(), [0, 2, 0]);
        assert_eq!(pop(&queue, 9).await, [first.judgement, second.judgement]);
        queue.push(&[again]).await.unwrap();
        assert_eq!(queue.depth().await.unwrap(), [0, 0, 1]);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_no_error() {
    for_both_queues(|queue| async move {
        let nobody = JudgementId::new();
        queue.push(&[]).await.unwrap();
        assert_eq!(queue.position(nobody).await.unwrap(), None);
        assert!(!queue.remove(nobody).await.unwrap());
        assert_eq!(pop(&queue, 1).await, []);
        assert_eq!(queue.pop(0, PATIENCE).await.unwrap(), []);
        let begin = Instant::now();
        assert_eq!(queue.pop(1, Duration::from_millis(60)).await.unwrap(), []);
        assert!(begin.elapsed() >= Duration::from_millis(50));
        queue.ping().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_removed_is_not_popped() {
    for_both_queues(|queue| async move {
        let entries = [entry(Band::Bulk, 1), entry(Band::Bulk, 2), entry(Band::Bulk, 3)];
        queue.push(&entries).await.unwrap();
        assert!(queue.remove(entries[1].judgement).await.unwrap());
        assert!(!queue.remove(entries[1].judgement).await.unwrap());
        assert_eq!(queue.position(entries[2].judgement).await.unwrap(), Some(1));
        assert_eq!(pop(&queue, 9).await, [entries[0].judgement, entries[2].judgement]);
    })
    .await;
}

#[tokio::test]
async fn a_push_wakes_who_waits() {
    for_both_queues(|queue| async move {
        for at in 0..20 {
            let entry = entry(Band::Interactive, at);
            let (popped, ()) = tokio::join!(queue.pop(4, PATIENCE), async {
                tokio::task::yield_now().await;
                queue.push(&[entry]).await.unwrap();
            });
            assert_eq!(popped.unwrap(), [entry.judgement]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_pop_that_is_given_up_takes_nothing() {
    for_both_queues(|queue| async move {
        for at in 0..20 {
            let entry = entry(Band::Interactive, at);
            // Given up at various moments: before it has begun, while it blocks, and just when it has been served.
            tokio::select! {
                biased;
                popped = queue.pop(1, PATIENCE) => panic!("popped {popped:?} from an empty queue"),
                () = async {
                    for _ in 0..at { tokio::task::yield_now().await; }
                    if at % 2 == 0 { queue.ping().await.unwrap(); }
                } => {}
            }
            queue.push(&[entry]).await.unwrap();
            assert_eq!(
                queue.pop(1, PATIENCE).await.unwrap(),
                [entry.judgement],
                "round {at}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn many_who_pop_get_everything_once() {
    for_both_queues(|queue| async move {
        let entries: Vec<_> = (0..300).map(|at| entry(Band::Interactive, at)).collect();
        let work = || async {
            let mut got = Vec::new();
            while got.last() != Some(&None) {
                let popped = queue.pop(3, Duration::from_millis(200)).await.unwrap();
                let is_end = popped.is_empty();
                got.extend(popped.into_iter().map(Some));
                if is_end {
                    got.push(None);
                }
            }
            got.into_iter().flatten().collect::<Vec<_>>()
        };
        let (a, b, c, ()) = tokio::join!(work(), work(), work(), async {
            for entries in entries.chunks(7) {
                queue.push(entries).await.unwrap();
            }
        });
        let got = [a, b, c].concat();
        let distinct: HashSet<_> = got.iter().copied().collect();
        assert_eq!((got.len(), distinct.len()), (300, 300));
    })
    .await;
}

#[tokio::test]
async fn more_entries_than_one_command_takes() {
    for_both_queues(|queue| async move {
        let entries: Vec<_> = (0..2500).map(|at| entry(Band::Bulk, at)).collect();
        queue.push(&entries).await.unwrap();
        assert_eq!(queue.depth().await.unwrap(), [0, 0, 2500]);
        assert_eq!(pop(&queue, 5000).await.len(), 2500);
    })
    .await;
}
