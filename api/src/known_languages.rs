//! Which languages there are, and which of them can be used now.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Language, LanguageId};
use store::WorkerRecord;
use tokio::time::Instant;

use crate::app::App;
use crate::failure::Result;

/// A worker that was not heard of for longer is gone.
pub(crate) const WORKER_LIFE: Duration = Duration::from_secs(30);

/// What is known of the languages is read again when a submission is looked at and it is older than this.
const RECENT: Duration = Duration::from_secs(1);

/// Up to this age it is good enough meanwhile; nobody waits for what is read again beside.
const GOOD_ENOUGH: Duration = Duration::from_secs(3);

/// What is known of the languages.
#[derive(Debug)]
pub(crate) struct Known {
    read_at: Instant,
    languages: Arc<Vec<Language>>,
    /// Whether somebody is reading it again.
    is_being_read: bool,
}

/// The languages of all live workers, else those that are known without one.
pub(crate) async fn languages(app: &App) -> Result<Vec<Language>> {
    let workers = app.store.workers(WORKER_LIFE).await?;
    Ok(union(&app.config.languages, &workers))
}

/// The same, as it was moments ago.
pub(crate) async fn recent(app: &App) -> Result<Arc<Vec<Language>>> {
    // Whoever finds it too old reads it again, and the others wait for that.
    let mut kept = app.languages.lock().await;
    match &mut *kept {
        Some(known) if known.read_at.elapsed() < GOOD_ENOUGH => {
            if known.read_at.elapsed() >= RECENT && !known.is_being_read {
                known.is_being_read = true;
                app.tasks.spawn(read_again(app.clone()));
            }
            Ok(Arc::clone(&known.languages))
        }
        _ => {
            let known = Known::read(app).await?;
            let languages = Arc::clone(&known.languages);
            *kept = Some(known);
            Ok(languages)
        }
    }
}

/// Where that fails, whoever finds it too old is told why.
async fn read_again(app: App) {
    let read = Known::read(&app).await;
    let mut kept = app.languages.lock().await;
    match (read, &mut *kept) {
        (Ok(known), _) => *kept = Some(known),
        (Err(_), Some(known)) => known.is_being_read = false,
        (Err(_), None) => {}
    }
}

impl Known {
    async fn read(app: &App) -> Result<Self> {
        // The time before it is asked for: it is no younger than that.
        let read_at = Instant::now();
        Ok(Self {
            languages: Arc::new(languages(app).await?),
            read_at,
            is_being_read: false,
        })
    }
}

/// A language can be used if one live worker offers it. Without any, submissions wait for one: all that are known
/// count as usable.
fn union(known: &[Language], workers: &[WorkerRecord]) -> Vec<Language> {
    if workers.is_empty() {
        return known.to_vec();
    }
    let mut languages: BTreeMap<&LanguageId, Language> = BTreeMap::new();
    for language in workers.iter().flat_map(|worker| &worker.languages) {
        languages
            .entry(&language.id)
            .and_modify(|best| {
                if rank(language) < rank(best) {
                    *best = language.clone();
                }
            })
            .or_insert_with(|| language.clone());
    }
    for language in known {
        let found = languages.entry(&language.id).or_insert_with(|| Language {
            unavailable: Some("no worker offers it".to_owned()),
            version: None,
            ..language.clone()
        });
        // Workers do not repeat what everybody knows.
        if found.guide.is_none() {
            found.guide.clone_from(&language.guide);
        }
    }
    languages.into_values().collect()
}

/// A language that has been tried out before one that has not, and that before one that is not there.
fn rank(language: &Language) -> (bool, bool) {
    (language.unavailable.is_some(), language.is_untried)
}

#[cfg(test)]
mod tests {
    use domain::{Timestamp, WorkerId};

    use super::*;

    fn language(id: &str, unavailable: Option<&str>) -> Language {
        Language {
            id: id.parse().unwrap(),
            name: id.to_uppercase(),
            aliases: Vec::new(),
            extensions: vec![id.to_owned()],
            version: unavailable.is_none().then(|| "1".to_owned()),
            unavailable: unavailable.map(str::to_owned),
            is_untried: false,
            guide: None,
        }
    }

    fn worker(languages: Vec<Language>) -> WorkerRecord {
        WorkerRecord {
            id: WorkerId::new(),
            name: "w".into(),
            slots: 1,
            languages,
            bands: domain::Band::ALL.to_vec(),
            tags: vec![domain::WorkerTag::default()],
            service_us: None,
            seen_at: Timestamp(0),
        }
    }

    fn check(workers: &[WorkerRecord], expected: &[(&str, Option<&str>)]) {
        let found = union(&[language("c", None), language("py", None)], workers);
        let found: Vec<_> = found
            .iter()
            .map(|language| (language.id.as_str(), language.unavailable.as_deref()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn one_worker_that_offers_a_language_is_enough() {
        check(&[], &[("c", None), ("py", None)]);
        check(
            &[worker(vec![language("c", Some("no gcc"))])],
            &[("c", Some("no gcc")), ("py", Some("no worker offers it"))],
        );
        check(
            &[
                worker(vec![language("c", Some("no gcc")), language("x", None)]),
                worker(vec![language("c", None), language("py", None)]),
                worker(vec![language("py", Some("no python"))]),
            ],
            &[("c", None), ("py", None), ("x", None)],
        );
    }
}
