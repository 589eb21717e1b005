//! Events, held to the same behaviour in process and over Redis.

use crate::fixture::{done, for_both_events, hear, hear_resync, update, user};
use bus::Topic;
use domain::{SubmissionId, Verdict};

#[tokio::test]
async fn an_update_reaches_the_listeners_of_its_submission_and_of_its_user_and_no_others() {
    for_both_events(|events| async move {
        let (own, other) = (SubmissionId::new(), SubmissionId::new());
        let mut submission = events.listen(Topic::Submission(own)).await.unwrap();
        let mut ann = events.listen(Topic::User(user("ann"))).await.unwrap();
        let mut bob = events.listen(Topic::User(user("bob"))).await.unwrap();
        let mut again = events.listen(Topic::Submission(own)).await.unwrap();
        let [first, second, third] = [
            update("ann", own, 1),
            done("bob", other, Verdict::Ac),
            done("ann", own, Verdict::Wa),
        ];
        for update in [&first, &second, &third] {
            events.publish(update).await.unwrap();
        }
        for listener in [&mut submission, &mut ann, &mut again] {
            assert_eq!(hear(listener).await, first);
            assert_eq!(hear(listener).await, third);
        }
        assert_eq!(hear(&mut bob).await, second);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_missed_once_listen_has_returned() {
    for_both_events(|events| async move {
        for _ in 0..50 {
            let id = SubmissionId::new();
            let mut listener = events.listen(Topic::Submission(id)).await.unwrap();
            events.publish(&update("ann", id, 1)).await.unwrap();
            assert_eq!(hear(&mut listener).await.submission, id);
        }
    })
    .await;
}

#[tokio::test]
async fn one_listener_hears_several_topics_in_order() {
    for_both_events(|events| async move {
        let ids = [SubmissionId::new(), SubmissionId::new(), SubmissionId::new()];
        let mut listener = events.listener();
        for id in ids {
            listener.add(Topic::Submission(id)).await.unwrap();
        }
        listener.add(Topic::Submission(ids[0])).await.unwrap();
        assert_eq!(listener.topics().len(), 3);
        for step in 1..=9 {
            let id = ids[step as usize % 3];
            events.publish(&update("ann", id, step)).await.unwrap();
        }
        for step in 1..=9 {
            assert_eq!(
                hear(&mut listener).await,
                update("ann", ids[step as usize % 3], step)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn who_has_left_hears_nothing_and_the_others_do() {
    for_both_events(|events| async move {
        let (own, other) = (SubmissionId::new(), SubmissionId::new());
        let mut stays = events.listen(Topic::Submission(own)).await.unwrap();
        let leaves = events.listen(Topic::Submission(own)).await.unwrap();
        let mut turns = events.listen(Topic::Submission(own)).await.unwrap();
        turns.add(Topic::Submission(other)).await.unwrap();
        drop(leaves);
        assert!(turns.remove(&Topic::Submission(own)));
        assert!(!turns.remove(&Topic::Submission(own)));
        events.publish(&update("ann", own, 1)).await.unwrap();
        events.publish(&update("ann", other, 1)).await.unwrap();
        assert_eq!(hear(&mut stays).await.submission, own);
        assert_eq!(hear(&mut turns).await.submission, other);
    })
    .await;
}

#[tokio::test]
async fn a_topic_can_be_left_and_listened_to_again() {
    for_both_events(|events| async move {
        let id = SubmissionId::new();
        for step in 1..=30 {
            let mut listener = events.listen(Topic::Submission(id)).await.unwrap();
            events.publish(&update("ann", id, step)).await.unwrap();
            assert_eq!(hear(&mut listener).await, update("ann", id, step));
        }
    })
    .await;
}

#[tokio::test]
async fn who_does_not_keep_up_is_told_once_and_then_hears_again() {
    for_both_events(|events| async move {
        let (own, other) = (SubmissionId::new(), SubmissionId::new());
        let mut slow = events.listen(Topic::Submission(own)).await.unwrap();
        let mut fast = events.listen(Topic::Submission(own)).await.unwrap();
        slow.add(Topic::Submission(other)).await.unwrap();
        for step in 1..=500 {
            events.publish(&update("ann", own, step)).await.unwrap();
            assert_eq!(hear(&mut fast).await, update("ann", own, step));
        }
        hear_resync(&mut slow).await;
        events.publish(&update("ann", other, 1)).await.unwrap();
        assert_eq!(hear(&mut slow).await.submission, other);
    })
    .await;
}
