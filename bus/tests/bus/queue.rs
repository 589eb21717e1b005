//! The queue, held to the same behaviour in process and in Redis.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::fixture::{PATIENCE, entry, entry_of, everything, for_both_queues};
use bus::{Entry, Queue, Scope};
use domain::{Band, JudgementId, WorkerTag};

const AT_ONCE: Duration = Duration::ZERO;

async fn pop(queue: &Queue, max: usize) -> Vec<JudgementId> {
    queue.pop(&everything(), max, AT_ONCE).await.unwrap()
}

fn ids(entries: &[Entry]) -> Vec<JudgementId> {
    entries.iter().map(|entry| entry.judgement).collect()
}

fn many(user: &str, count: usize) -> Vec<Entry> {
    (0..count)
        .map(|_| entry_of(user, Band::Interactive, "python3"))
        .collect()
}

#[tokio::test]
async fn the_urgent_come_first_and_then_the_first_to_come() {
    for_both_queues(|queue| async move {
        let bulk = [entry(Band::Bulk), entry(Band::Bulk)];
        let waiting = [entry(Band::Interactive), entry(Band::Interactive)];
        let contest = [entry(Band::Contest), entry(Band::Contest)];
        let mixed = [&bulk[0], &waiting[0], &contest[0], &bulk[1]].map(Clone::clone);
        assert_eq!(queue.push(&mixed).await.unwrap(), 4);
        assert_eq!(
            queue
                .push(&[waiting[1].clone(), contest[1].clone()])
                .await
                .unwrap(),
            2
        );
        let expected = ids(&[contest, waiting, bulk].concat());
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
async fn a_single_one_comes_before_the_next_of_a_thousand() {
    for_both_queues(|queue| async move {
        let flood = many("flood", 1000);
        queue.push(&flood).await.unwrap();
        assert_eq!(
            pop(&queue, 4).await,
            ids(&flood[..4]),
            "four slots are busy with it"
        );
        let single = many("single", 1);
        queue.push(&single).await.unwrap();
        assert_eq!(queue.position(single[0].judgement).await.unwrap(), Some(0));
        // More of the flood do not push it back.
        queue.push(&many("flood", 1000)).await.unwrap();
        assert_eq!(pop(&queue, 2).await, [single[0].judgement, flood[4].judgement]);
    })
    .await;
}

#[tokio::test]
async fn users_with_many_take_turns() {
    for_both_queues(|queue| async move {
        let (ann, bob, cid) = (many("ann", 40), many("bob", 40), many("cid", 40));
        queue.push(&ann).await.unwrap();
        assert_eq!(pop(&queue, 10).await, ids(&ann[..10]));
        queue.push(&bob).await.unwrap();
        queue.push(&cid).await.unwrap();
        let next: HashSet<_> = pop(&queue, 30).await.into_iter().collect();
        for (name, theirs) in [("ann", &ann[10..]), ("bob", &bob[..]), ("cid", &cid[..])] {
            let served = theirs
                .iter()
                .filter(|entry| next.contains(&entry.judgement))
                .count();
            assert!(
                (9..=11).contains(&served),
                "{name} was served {served} times of 30"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn who_was_served_before_neither_owes_nor_has_saved_anything() {
    for_both_queues(|queue| async move {
        queue.push(&many("ann", 100)).await.unwrap();
        assert_eq!(pop(&queue, 100).await.len(), 100);
        let (bob, ann) = (many("bob", 3), many("ann", 3));
        queue.push(&bob).await.unwrap();
        queue.push(&ann).await.unwrap();
        let order = pop(&queue, 6).await;
        let places = |entries: &[Entry]| -> Vec<usize> {
            let place = |entry: &Entry| order.iter().position(|id| *id == entry.judgement).unwrap();
            entries.iter().map(place).collect()
        };
        assert_eq!((places(&bob), places(&ann)), (vec![0, 2, 4], vec![1, 3, 5]));
    })
    .await;
}

#[tokio::test]
async fn those_who_come_are_served_in_the_order_of_their_coming() {
    for_both_queues(|queue| async move {
        let languages = ["python3", "c", "c", "python3"];
        let entries: Vec<_> = (0..60)
            .map(|at| entry_of(&format!("user{at}"), Band::Interactive, languages[at % 4]))
            .collect();
        for entries in entries.chunks(7) {
            queue.push(entries).await.unwrap();
        }
        assert_eq!(pop(&queue, 60).await, ids(&entries));
    })
    .await;
}

#[tokio::test]
async fn newcomers_without_end_do_not_pass_by_for_ever() {
    for_both_queues(|queue| async move {
        let patient = many("patient", 3);
        queue.push(&patient).await.unwrap();
        assert_eq!(pop(&queue, 1).await, [patient[0].judgement]);
        let mut passed = 0;
        loop {
            queue.push(&many(&format!("newcomer{passed}"), 1)).await.unwrap();
            if pop(&queue, 1).await == [patient[1].judgement] {
                break;
            }
            passed += 1;
            assert!(passed < 5, "passed by {passed} times");
        }
    })
    .await;
}

#[tokio::test]
async fn a_worker_takes_only_what_it_can_do() {
    for_both_queues(|queue| async move {
        let entries = [
            entry_of("ann", Band::Contest, "c"),
            entry_of("bob", Band::Interactive, "python3"),
            entry_of("cid", Band::Bulk, "python3"),
        ];
        queue.push(&entries).await.unwrap();
        let scope = |bands: &[Band], language: &str| {
            Scope::new(
                bands.iter().copied(),
                [language.parse().unwrap()],
                [WorkerTag::default()],
            )
        };
        let take = async |scope: Scope| queue.pop(&scope, 9, AT_ONCE).await.unwrap();
        assert_eq!(take(scope(&[Band::Contest], "python3")).await, []);
        assert_eq!(take(scope(&[Band::Interactive, Band::Bulk], "c")).await, []);
        assert_eq!(take(Scope::new(Band::ALL, [], [WorkerTag::default()])).await, []);
        assert_eq!(
            take(scope(&[Band::Bulk], "python3")).await,
            [entries[2].judgement]
        );
        assert_eq!(take(scope(&Band::ALL, "c")).await, [entries[0].judgement]);
        assert_eq!(take(everything()).await, [entries[1].judgement]);
    })
    .await;
}

#[tokio::test]
async fn a_worker_takes_only_what_asks_for_its_tags() {
    for_both_queues(|queue| async move {
        let tagged = |user: &str, tag: &str| {
            let mut entry = entry_of(user, Band::Interactive, "c");
            entry.lane.tag = tag.parse().unwrap();
            entry
        };
        let scope = |tags: &[&str]| {
            let tags = tags.iter().map(|tag| tag.parse().unwrap());
            Scope::new(Band::ALL, ["c".parse().unwrap()], tags)
        };
        let entries = [
            tagged("ann", "quiet"),
            tagged("bob", "general"),
            tagged("cid", "large"),
        ];
        queue.push(&entries).await.unwrap();
        let take = async |tags: &[&str]| queue.pop(&scope(tags), 9, AT_ONCE).await.unwrap();
        assert_eq!(take(&[]).await, []);
        assert_eq!(take(&["larg", "quiet2"]).await, []);
        assert_eq!(take(&["quiet"]).await, [entries[0].judgement]);
        let behind = tagged("dan", "large");
        queue.push(std::slice::from_ref(&behind)).await.unwrap();
        let place = async |entry: &Entry| queue.position(entry.judgement).await.unwrap();
        assert_eq!(place(&entries[2]).await, Some(0), "others wait for other workers");
        assert_eq!(place(&behind).await, Some(1));
        assert!(queue.remove(behind.judgement).await.unwrap());
        assert_eq!(
            take(&["large", "general"]).await,
            [entries[1].judgement, entries[2].judgement]
        );

        // Who waits is woken by the like alone.
        let (quiet, general) = (scope(&["quiet"]), scope(&["general"]));
        let (of_quiet, of_general, pushed) = tokio::join!(
            queue.pop(&quiet, 2, PATIENCE),
            queue.pop(&general, 2, PATIENCE),
            async {
                tokio::task::yield_now().await;
                queue
                    .push(&[tagged("ann", "general"), tagged("bob", "quiet")])
                    .await
            }
        );
        assert_eq!(pushed.unwrap(), 2);
        assert_eq!((of_quiet.unwrap().len(), of_general.unwrap().len()), (1, 1));
        assert_eq!(queue.depth().await.unwrap(), [0, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn who_waits_is_woken_only_by_what_it_can_do() {
    for_both_queues(|queue| async move {
        let (c, python) = (
            Scope::new(Band::ALL, ["c".parse().unwrap()], [WorkerTag::default()]),
            Scope::new([Band::Bulk], ["python3".parse().unwrap()], [WorkerTag::default()]),
        );
        let entries = [
            entry_of("ann", Band::Contest, "python3"),
            entry_of("ann", Band::Bulk, "python3"),
            entry_of("ann", Band::Interactive, "c"),
        ];
        let (of_c, of_python, pushed) = tokio::join!(
            queue.pop(&c, 2, PATIENCE),
            queue.pop(&python, 2, PATIENCE),
            async {
                tokio::task::yield_now().await;
                queue.push(&entries).await
            }
        );
        assert_eq!(pushed.unwrap(), 3);
        assert_eq!(of_c.unwrap(), [entries[2].judgement]);
        assert_eq!(of_python.unwrap(), [entries[1].judgement]);
        assert_eq!(pop(&queue, 9).await, [entries[0].judgement]);
        assert_eq!(queue.depth().await.unwrap(), [0, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn what_is_in_it_already_stays_where_it_is() {
    for_both_queues(|queue| async move {
        let (ann, bob) = (many("ann", 3), many("bob", 1));
        queue.push(&ann).await.unwrap();
        queue.push(&bob).await.unwrap();
        let twice = [ann.clone(), ann.clone()].concat();
        assert_eq!(queue.push(&twice).await.unwrap(), 0);
        assert_eq!(queue.depth().await.unwrap(), [0, 4, 0]);
        let expected = [&ann[0], &bob[0], &ann[1], &ann[2]].map(|entry| entry.judgement);
        assert_eq!(pop(&queue, 9).await, expected);
        assert_eq!(queue.push(&ann[..1]).await.unwrap(), 1);
        assert_eq!(queue.depth().await.unwrap(), [0, 1, 0]);
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
        assert_eq!(queue.pop(&everything(), 0, PATIENCE).await.unwrap(), []);
        let begin = Instant::now();
        assert_eq!(
            queue
                .pop(&everything(), 1, Duration::from_millis(60))
                .await
                .unwrap(),
            []
        );
        assert!(begin.elapsed() >= Duration::from_millis(50));
        queue.ping().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_removed_is_not_popped() {
    for_both_queues(|queue| async move {
        let entries = [entry(Band::Bulk), entry(Band::Bulk), entry(Band::Bulk)];
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
        for _ in 0..20 {
            let entry = entry(Band::Interactive);
            let scope = everything();
            let (popped, ()) = tokio::join!(queue.pop(&scope, 4, PATIENCE), async {
                tokio::task::yield_now().await;
                queue.push(std::slice::from_ref(&entry)).await.unwrap();
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
            let (entry, scope) = (entry(Band::Interactive), everything());
            // Given up at various moments: before it has begun, while it blocks, and just when it has been served.
            tokio::select! {
                biased;
                popped = queue.pop(&scope, 1, PATIENCE) => panic!("popped {popped:?} from an empty queue"),
                () = async {
                    for _ in 0..at { tokio::task::yield_now().await; }
                    if at % 2 == 0 { queue.ping().await.unwrap(); }
                } => {}
            }
            queue.push(std::slice::from_ref(&entry)).await.unwrap();
            assert_eq!(
                queue.pop(&scope, 1, PATIENCE).await.unwrap(),
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
        let entries: Vec<_> = (0..300).map(|_| entry(Band::Interactive)).collect();
        let work = || async {
            let mut got = Vec::new();
            while got.last() != Some(&None) {
                let popped = queue
                    .pop(&everything(), 3, Duration::from_millis(200))
                    .await
                    .unwrap();
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
        let entries: Vec<_> = (0..2500).map(|_| entry(Band::Bulk)).collect();
        queue.push(&entries).await.unwrap();
        assert_eq!(queue.depth().await.unwrap(), [0, 0, 2500]);
        let mut popped = Vec::new();
        while popped.len() < 2500 {
            popped.extend(pop(&queue, 5000).await);
        }
        assert_eq!(popped, ids(&entries));
    })
    .await;
}

#[tokio::test]
async fn who_weighs_three_has_three_turns_where_another_has_one() {
    for_both_queues(|queue| async move {
        queue.set_weights([("ann".parse().unwrap(), 3)].into());
        let (ann, bob) = (many("ann", 40), many("bob", 40));
        queue.push(&bob).await.unwrap();
        queue.push(&ann).await.unwrap();
        let served: HashSet<_> = pop(&queue, 40).await.into_iter().collect();
        let of = |entries: &[Entry]| ids(entries).iter().filter(|id| served.contains(id)).count();
        let (of_ann, of_bob) = (of(&ann), of(&bob));
        assert_eq!(of_ann + of_bob, 40);
        assert!(
            (29..=31).contains(&of_ann),
            "{of_ann} of ann's, {of_bob} of bob's"
        );
        // Who comes with a single one still waits for none of her many.
        let single = many("cid", 1);
        queue.push(&single).await.unwrap();
        assert!(queue.position(single[0].judgement).await.unwrap().unwrap() < 3);
    })
    .await;
}
