//! Tokens and workers.

use std::time::Duration;

use domain::{Language, Role, Timestamp, UserId, WorkerId};
use store::{Changed, NewPerson, NewToken, PersonFilter, WorkerRecord};

use crate::bench::{Bench, HOUR};

on_both_engines!(
    tokens_are_known_until_they_end,
    a_ticket_stands_for_a_token_once,
    a_session_ends_with_what_its_account_may,
    names_differ_by_more_than_their_case,
    accounts_are_made_together_or_not_at_all,
    accounts_are_searched_and_paged,
    somebody_always_administers,
    all_that_somebody_holds_is_listed_and_ended,
    workers_are_listed_while_they_are_heard_of
);

fn token(user: &UserId, role: Role, expires_at: Option<Timestamp>) -> NewToken {
    NewToken {
        user: user.clone(),
        role,
        label: "laptop".into(),
        expires_at,
    }
}

async fn tokens_are_known_until_they_end(bench: Bench) {
    let store = &bench.store;
    let ann: UserId = "ann".parse().unwrap();
    let long_ago = Timestamp(1);
    let far_away = Timestamp(i64::MAX);
    let good = store
        .create_token(&token(&ann, Role::Setter, None))
        .await
        .unwrap();
    let later = store
        .create_token(&token(&ann, Role::User, Some(far_away)))
        .await
        .unwrap();
    let ended = store
        .create_token(&token(&ann, Role::Admin, Some(long_ago)))
        .await
        .unwrap();
    assert_eq!(
        store.token(&good).await.unwrap(),
        Some((ann.clone(), Role::Setter))
    );
    assert_eq!(
        store.token(&later).await.unwrap(),
        Some((ann.clone(), Role::User))
    );
    assert_eq!(store.token(&ended).await.unwrap(), None);
    assert!(good.starts_with("gvl_") && good != later);
    let other = good.replace(|c: char| c.is_ascii_digit(), "0");
    for wrong in ["", "gvl_", "x", "gvl_\0", &good[..20], &other] {
        assert_eq!(store.token(wrong).await.unwrap(), None, "{wrong:?}");
    }

    let listed = store.tokens(&ann).await.unwrap();
    assert_eq!(
        listed.iter().map(|token| token.role).collect::<Vec<_>>(),
        [Role::User, Role::Setter]
    );
    assert!(store.revoke_token(listed[1].id).await.unwrap());
    assert!(!store.revoke_token(listed[1].id).await.unwrap());
    assert_eq!(store.token(&good).await.unwrap(), None);
    assert_eq!(store.tokens(&ann).await.unwrap(), listed[..1]);
}

async fn a_ticket_stands_for_a_token_once(bench: Bench) {
    let store = &bench.store;
    let ann: UserId = "ann".parse().unwrap();
    let text = store.create_token(&token(&ann, Role::User, None)).await.unwrap();
    let holder = store.holder(&text).await.unwrap().unwrap();
    assert_eq!((&holder.user, holder.role), (&ann, Role::User));
    assert_eq!(store.good_tokens(&[holder.token]).await.unwrap(), [holder.token]);

    let ticket = store.create_ticket(holder.token, HOUR).await.unwrap();
    let other = store.create_ticket(holder.token, HOUR).await.unwrap();
    assert!(ticket.starts_with("gvt_") && ticket != other);
    assert_eq!(store.redeem_ticket(&ticket).await.unwrap(), Some(holder.clone()));
    assert_eq!(store.redeem_ticket(&ticket).await.unwrap(), None, "a second time");
    for wrong in ["", "gvt_", &text, &ticket[..20]] {
        assert_eq!(store.redeem_ticket(wrong).await.unwrap(), None, "{wrong:?}");
    }
    let late = store.create_ticket(holder.token, Duration::ZERO).await.unwrap();
    assert_eq!(store.redeem_ticket(&late).await.unwrap(), None);

    assert!(store.revoke_token(holder.token).await.unwrap());
    assert_eq!(
        store.redeem_ticket(&other).await.unwrap(),
        None,
        "its token has gone"
    );
    assert!(store.good_tokens(&[holder.token]).await.unwrap().is_empty());
}

async fn workers_are_listed_while_they_are_heard_of(bench: Bench) {
    let store = &bench.store;
    let language = Language {
        id: "cpp".parse().unwrap(),
        name: "C++".into(),
        aliases: vec!["c++".into()],
        extensions: vec!["cpp".into()],
        version: Some("g++ 12.2.0".into()),
        unavailable: None,
        is_untried: false,
        guide: None,
    };
    let mut worker = WorkerRecord {
        id: WorkerId::new(),
        name: "host:1".into(),
        slots: 2,
        languages: vec![language],
        bands: domain::Band::ALL.to_vec(),
        tags: vec![domain::WorkerTag::default()],
        service_us: Some(1500),
        // A worker's own clock counts for nothing.
        seen_at: Timestamp(i64::MAX),
    };
    store.announce_worker(&worker).await.unwrap();
    worker.slots = 3;
    store.announce_worker(&worker).await.unwrap();
    let listed = store.workers(HOUR).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].seen_at < worker.seen_at);
    worker.seen_at = listed[0].seen_at;
    assert_eq!(listed, [worker.clone()]);

    bench
        .sql("UPDATE workers SET seen_at = seen_at - 7200000000")
        .await;
    assert!(store.workers(HOUR).await.unwrap().is_empty());
    assert_eq!(store.workers(3 * HOUR).await.unwrap().len(), 1);
    assert_eq!(store.workers(Duration::MAX).await.unwrap().len(), 1);
    bench.sql("UPDATE workers SET languages = '[{\"new\": 1}]'").await;
    assert!(
        store.workers(Duration::MAX).await.unwrap().is_empty(),
        "what cannot be read is left out"
    );
    store.retire_worker(worker.id).await.unwrap();
    store.retire_worker(worker.id).await.unwrap();
    assert!(store.workers(Duration::MAX).await.unwrap().is_empty());
}

async fn a_session_ends_with_what_its_account_may(bench: Bench) {
    let store = &bench.store;
    let ann: UserId = "ann".parse().unwrap();
    assert!(store.add_person(&ann, Role::Setter, "hash").await.unwrap());
    let begin = async || store.begin_session(&ann, Role::Setter, HOUR).await.unwrap();
    let is_good = async |text: &str| store.session(text).await.unwrap().is_some();
    let first = begin().await;
    let holder = store.session(&first).await.unwrap().unwrap();
    assert_eq!((&holder.user, holder.role), (&ann, Role::Setter));
    // A session is no token of the interface, and is not listed among them.
    assert_eq!(store.holder(&first).await.unwrap(), None);
    assert!(store.tokens(&ann).await.unwrap().is_empty());
    let ended = store
        .begin_session(&ann, Role::Setter, Duration::ZERO)
        .await
        .unwrap();
    assert!(!is_good(&ended).await && is_good(&first).await);

    assert!(store.set_password(&ann, "other").await.unwrap());
    assert!(!is_good(&first).await);
    assert_eq!(store.credentials(&ann).await.unwrap().unwrap().password, "other");

    let second = begin().await;
    let setter = store
        .create_token(&token(&ann, Role::Setter, None))
        .await
        .unwrap();
    let user = store.create_token(&token(&ann, Role::User, None)).await.unwrap();
    assert_eq!(store.set_role(&ann, Role::User).await.unwrap(), Changed::Done);
    assert_eq!(store.set_role(&ann, Role::User).await.unwrap(), Changed::Same);
    assert!(!is_good(&second).await);
    assert_eq!(store.token(&setter).await.unwrap(), None);
    assert_eq!(store.token(&user).await.unwrap(), Some((ann.clone(), Role::User)));

    let third = begin().await;
    assert_eq!(store.set_disabled(&ann, true).await.unwrap(), Changed::Done);
    assert_eq!(store.set_disabled(&ann, true).await.unwrap(), Changed::Same);
    assert!(!is_good(&third).await);
    assert_eq!(store.token(&user).await.unwrap(), None);
    assert!(store.credentials(&ann).await.unwrap().is_none());
    assert_eq!(store.set_disabled(&ann, false).await.unwrap(), Changed::Done);
    assert!(store.credentials(&ann).await.unwrap().is_some());

    let nobody: UserId = "nobody".parse().unwrap();
    assert_eq!(
        store.set_role(&nobody, Role::Admin).await.unwrap(),
        Changed::Missing
    );
    assert!(!store.set_password(&nobody, "hash").await.unwrap());
    assert_eq!(store.session("gvs_nonsense").await.unwrap(), None);
}

async fn names_differ_by_more_than_their_case(bench: Bench) {
    let store = &bench.store;
    let [ann, other, bob]: [UserId; 3] = ["Ann", "aNN", "bob"].map(|id| id.parse().unwrap());
    assert!(store.add_person(&ann, Role::User, "hash").await.unwrap());
    assert!(!store.add_person(&other, Role::Admin, "hash").await.unwrap());
    assert_eq!(store.credentials(&other).await.unwrap().unwrap().id, ann);
    assert!(!store.is_name_used(&bob).await.unwrap() && !store.has_tokens(&bob).await.unwrap());
    store.create_token(&token(&bob, Role::User, None)).await.unwrap();
    assert!(store.is_name_used(&bob).await.unwrap() && store.has_tokens(&bob).await.unwrap());
    let names: Vec<_> = store.people(&PersonFilter::default(), None, 10).await.unwrap();
    assert_eq!(names.len(), 1);
    assert_eq!(store.person(&ann).await.unwrap().as_ref(), names.first());
    let after = store.people(&PersonFilter::default(), Some(&ann), 10).await;
    assert!(after.unwrap().is_empty());
}

fn person(id: &str, role: Role) -> NewPerson {
    NewPerson {
        id: id.parse().unwrap(),
        role,
        password: format!("hash of {id}"),
    }
}

async fn accounts_are_made_together_or_not_at_all(bench: Bench) {
    let store = &bench.store;
    let first = [person("team1", Role::User), person("Jury", Role::Setter)];
    assert!(store.add_people(&first).await.unwrap().is_empty());
    let jury: UserId = "jury".parse().unwrap();
    let kept = store.credentials(&jury).await.unwrap().unwrap();
    assert_eq!((kept.role, &*kept.password), (Role::Setter, "hash of Jury"));
    let second = [person("team2", Role::User), person("JURY", Role::Admin)];
    let taken = store.add_people(&second).await.unwrap();
    assert_eq!(taken, [second[1].id.clone()]);
    assert!(store.person(&second[0].id).await.unwrap().is_none());
    assert!(store.add_people(&[]).await.unwrap().is_empty());
}

async fn accounts_are_searched_and_paged(bench: Bench) {
    let store = &bench.store;
    let people = [
        person("ann", Role::User),
        person("Bob", Role::Admin),
        person("team_1", Role::User),
        person("teamx1", Role::Setter),
    ];
    store.add_people(&people).await.unwrap();
    let names = async |filter: &PersonFilter, after: Option<&str>, limit| -> Vec<String> {
        let after = after.map(|after| after.parse().unwrap());
        let found = store.people(filter, after.as_ref(), limit).await.unwrap();
        found.into_iter().map(|person| person.id.to_string()).collect()
    };
    let all = PersonFilter::default();
    assert_eq!(names(&all, None, 10).await, ["ann", "Bob", "team_1", "teamx1"]);
    assert_eq!(names(&all, None, 2).await, ["ann", "Bob"]);
    assert_eq!(names(&all, Some("Bob"), 2).await, ["team_1", "teamx1"]);
    let of = |search: &str| PersonFilter {
        search: Some(search.to_owned()),
        ..PersonFilter::default()
    };
    for (search, expected) in [
        ("TEAM", &["team_1", "teamx1"][..]),
        ("m_1", &["team_1"]),
        ("%", &[]),
        ("!", &[]),
        ("\0", &[]),
        ("ob", &["Bob"]),
    ] {
        assert_eq!(names(&of(search), None, 10).await, expected, "{search:?}");
    }
    let admins = PersonFilter {
        role: Some(Role::Admin),
        ..PersonFilter::default()
    };
    assert_eq!(names(&admins, None, 10).await, ["Bob"]);
    let ann: UserId = "ann".parse().unwrap();
    store.set_disabled(&ann, true).await.unwrap();
    for (is_disabled, expected) in [(true, &["ann"][..]), (false, &["Bob", "team_1", "teamx1"])] {
        let filter = PersonFilter {
            is_disabled: Some(is_disabled),
            ..PersonFilter::default()
        };
        assert_eq!(names(&filter, None, 10).await, expected);
    }
    assert_eq!(store.count_submissions(&ann).await.unwrap(), 0);
    bench.queued().await;
    assert_eq!(store.count_submissions(&ann).await.unwrap(), 1);
}

async fn somebody_always_administers(bench: Bench) {
    let store = &bench.store;
    let [ann, bob]: [UserId; 2] = ["ann", "bob"].map(|id| id.parse().unwrap());
    let people = [person("ann", Role::Admin), person("bob", Role::Admin)];
    store.add_people(&people).await.unwrap();
    // Each takes the right from the other at the same time: one of them keeps it.
    let (one, other) = tokio::join!(store.set_role(&ann, Role::User), store.set_disabled(&bob, true));
    let mut both = [one.unwrap(), other.unwrap()];
    both.sort_by_key(|changed| *changed == Changed::LastAdmin);
    assert_eq!(both, [Changed::Done, Changed::LastAdmin]);
    store.set_disabled(&bob, false).await.unwrap();
    store.set_role(&bob, Role::Admin).await.unwrap();
    store.set_role(&ann, Role::User).await.unwrap();
    assert_eq!(
        store.set_role(&bob, Role::Setter).await.unwrap(),
        Changed::LastAdmin
    );
    assert_eq!(store.set_disabled(&bob, true).await.unwrap(), Changed::LastAdmin);
    // A disabled administrator is none.
    store.set_role(&ann, Role::Admin).await.unwrap();
    store.set_disabled(&ann, true).await.unwrap();
    assert_eq!(
        store.set_role(&bob, Role::User).await.unwrap(),
        Changed::LastAdmin
    );
    assert_eq!(store.set_role(&ann, Role::User).await.unwrap(), Changed::Done);
}

async fn all_that_somebody_holds_is_listed_and_ended(bench: Bench) {
    let store = &bench.store;
    let ann: UserId = "ann".parse().unwrap();
    store.add_people(&[person("ann", Role::User)]).await.unwrap();
    assert_eq!(store.person(&ann).await.unwrap().unwrap().signed_in_at, None);
    let session = store.begin_session(&ann, Role::User, HOUR).await.unwrap();
    let token_text = store.create_token(&token(&ann, Role::User, None)).await.unwrap();
    assert!(store.person(&ann).await.unwrap().unwrap().signed_in_at.is_some());
    let (tokens, sessions) = (
        store.tokens(&ann).await.unwrap(),
        store.sessions(&ann).await.unwrap(),
    );
    assert_eq!((tokens.len(), sessions.len()), (1, 1));
    let bob: UserId = "bob".parse().unwrap();
    assert!(!store.revoke_any_of(&bob, tokens[0].id).await.unwrap());
    for id in [tokens[0].id, sessions[0].id] {
        assert!(store.revoke_any_of(&ann, id).await.unwrap());
        assert!(!store.revoke_any_of(&ann, id).await.unwrap());
    }
    assert_eq!(store.token(&token_text).await.unwrap(), None);
    assert_eq!(store.session(&session).await.unwrap(), None);
    assert!(store.sessions(&ann).await.unwrap().is_empty());
}
