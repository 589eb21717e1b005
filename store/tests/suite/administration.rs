//! The audit log, settings, and what is in work.

use std::time::Duration;

use domain::{Action, Band, Choices, Setting, State, UserId};
use serde_json::json;
use store::{AuditFilter, NewAuditEntry};
use uuid::Uuid;

use crate::bench::{Bench, HOUR};

on_both_engines!(
    what_was_done_is_found_by_who_what_and_to_what,
    entries_are_never_changed_and_in_the_end_forgotten,
    settings_are_kept_until_they_are_taken_back,
    what_runs_and_waits_is_listed,
);

fn entry(user: Option<&str>, action: Action, subject: &str) -> NewAuditEntry {
    NewAuditEntry {
        user: user.map(|user| user.parse().unwrap()),
        token: user.map(|_| Uuid::now_v7()),
        address: Some("192.0.2.1".into()),
        request: Some("request-1".into()),
        action,
        subject: subject.to_owned(),
        details: json!({"role": "admin"}),
    }
}

async fn what_was_done_is_found_by_who_what_and_to_what(bench: Bench) {
    let store = &bench.store;
    for (user, action, subject) in [
        (Some("ann"), Action::SignedIn, "ann"),
        (None, Action::SignInFailed, "bob"),
        (Some("ann"), Action::RoleChanged, "bob"),
        (Some("bob"), Action::SignedIn, "bob"),
        (Some("ann"), Action::SettingsChanged, "nul \0 and <b>"),
    ] {
        store.note(&entry(user, action, subject)).await.unwrap();
    }
    let found = async |user: Option<&str>, action, subject: Option<&str>| -> Vec<(String, String)> {
        let filter = AuditFilter {
            user: user.map(|user| user.parse().unwrap()),
            action,
            subject: subject.map(str::to_owned),
        };
        let entries = store.audit_log(&filter, None, 100).await.unwrap();
        let entries = entries.into_iter().map(|entry| (entry.action, entry.subject));
        entries.collect()
    };
    let pair = |action: Action, subject: &str| (action.id().to_owned(), subject.to_owned());
    let settings = pair(Action::SettingsChanged, "nul \u{fffd} and <b>");
    let (role, failed) = (
        pair(Action::RoleChanged, "bob"),
        pair(Action::SignInFailed, "bob"),
    );
    let (ann, bob) = (pair(Action::SignedIn, "ann"), pair(Action::SignedIn, "bob"));
    let all = [
        settings.clone(),
        bob.clone(),
        role.clone(),
        failed.clone(),
        ann.clone(),
    ];
    assert_eq!(found(None, None, None).await, all);
    assert_eq!(
        found(Some("ann"), None, None).await,
        [settings, role.clone(), ann.clone()]
    );
    assert_eq!(
        found(None, Some(Action::SignedIn), None).await,
        [bob.clone(), ann.clone()]
    );
    assert_eq!(found(None, None, Some("bob")).await, [bob.clone(), role, failed]);
    assert_eq!(found(Some("ann"), Some(Action::SignedIn), None).await, [ann]);
    assert_eq!(
        found(Some("bob"), Some(Action::SignedIn), Some("bob")).await,
        [bob]
    );

    let filter = AuditFilter::default();
    let page = store.audit_log(&filter, None, 2).await.unwrap();
    let rest = store.audit_log(&filter, Some(page[1].id), 10).await.unwrap();
    assert_eq!((page.len(), rest.len()), (2, 3));
    assert_eq!(rest[1].user, None);
    let last = &rest[2];
    assert_eq!(last.address.as_deref(), Some("192.0.2.1"));
    assert_eq!(last.request.as_deref(), Some("request-1"));
    assert_eq!(last.details, json!({"role": "admin"}));
    assert!(last.token.is_some());
}

async fn entries_are_never_changed_and_in_the_end_forgotten(bench: Bench) {
    let store = &bench.store;
    store
        .note(&entry(Some("ann"), Action::SignedIn, "ann"))
        .await
        .unwrap();
    assert!(
        bench
            .try_sql("UPDATE audit SET subject = 'nobody'")
            .await
            .is_err(),
        "written over"
    );
    assert_eq!(store.forget_audit(HOUR).await.unwrap(), 0);
    assert_eq!(store.forget_audit(Duration::ZERO).await.unwrap(), 1);
    let filter = AuditFilter::default();
    assert!(store.audit_log(&filter, None, 10).await.unwrap().is_empty());
}

async fn settings_are_kept_until_they_are_taken_back(bench: Bench) {
    let store = &bench.store;
    assert!(store.settings().await.unwrap().is_empty());
    let ann: UserId = "ann".parse().unwrap();
    let choices = Choices {
        notice: Some("The contest \"begins\" at <b>noon</b>.\nGood luck!".into()),
        registration: Some(false),
        most_waiting: Some(7),
        ..Choices::default()
    };
    let changed = [Setting::Notice, Setting::Registration];
    store.set_settings(&choices, &changed, Some(&ann)).await.unwrap();
    let stored = store.settings().await.unwrap();
    let found: Vec<_> = stored
        .iter()
        .map(|stored| (stored.setting, Some(stored.value.clone())))
        .collect();
    let expected = changed.map(|setting| (setting, choices.value(setting)));
    assert_eq!(found, expected);
    assert_eq!(stored[0].changed_by, Some(ann));

    let other = Choices {
        registration: Some(true),
        ..Choices::default()
    };
    store.set_settings(&other, &changed, None).await.unwrap();
    let stored = store.settings().await.unwrap();
    assert_eq!(stored.len(), 1, "what is not chosen is taken back");
    assert_eq!(
        (stored[0].setting, &stored[0].value),
        (Setting::Registration, &json!(true))
    );
    assert_eq!(stored[0].changed_by, None);
    bench
        .sql("INSERT INTO settings (name, value, changed_at) VALUES ('of_the_future', '1', 1), ('audit_days', '-1', 1)")
        .await;
    assert_eq!(
        store.settings().await.unwrap(),
        stored,
        "what cannot be read is left out"
    );
}

async fn what_runs_and_waits_is_listed(bench: Bench) {
    let store = &bench.store;
    let (_, waiting) = bench.queued().await;
    let (_, lease) = bench.running(HOUR).await;
    let (runs, waits) = store.in_work(10).await.unwrap();
    assert_eq!((runs.len(), waits.len()), (1, 1));
    assert_eq!(runs[0].view.judgement.id, lease.judgement);
    assert_eq!(runs[0].view.judgement.state, State::Running);
    assert!(runs[0].worker.is_some() && runs[0].view.judgement.started_at.is_some());
    assert_eq!((waits[0].view.judgement.id, waits[0].worker), (waiting, None));
    assert_eq!(waits[0].band, Band::Interactive);
    assert_eq!(store.in_work(0).await.unwrap(), (Vec::new(), Vec::new()));
}
