//! Concluding judgements: verdict, runs and figures, written together and only under the lease.
//!
//! A lease that was lost is an expected answer: another worker has the judgement, and its verdict will count. A lease that
//! has run out and that nobody has taken over is still held.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Conclusion, JudgeMessage, JudgementId, Lease, Score, SubmissionView, Timeline};
use serde::Serialize;
use uuid::Uuid;

use crate::claims::LeaseRecord;
use crate::engine::Engine;
use crate::ids::Ids;
use crate::sql::{fetch_all, query, statements};
use crate::views::ViewRow;
use crate::{Result, Store, StoreError, row, sqlite, text};

const COMMIT: &str = "commit judgements";

/// Judgements that one transaction concludes at most.
const MOST_AT_ONCE: usize = 256;

/// What is kept of what was said for judges of one judgement, in bytes.
const MOST_SAID: usize = 256 << 10;

/// A judgement that ends, in whose company.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    lease: Lease,
    conclusion: Arc<Conclusion>,
}

impl Ending {
    /// About what it weighs, in bytes: mostly its runs.
    pub(crate) fn weight(&self) -> usize {
        let said = self.conclusion.compiler_output.as_ref().map_or(0, String::len);
        self.conclusion.runs.len() * 256 + said
    }
}

/// Writes on behalf of a store.
struct Writer {
    engine: Engine,
}

/// A conclusion, as statements read it.
#[derive(Debug, Serialize)]
struct ConclusionRecord {
    judgement: Uuid,
    worker: Uuid,
    attempt: u32,
    verdict: &'static str,
    blame: Option<&'static str>,
    message: Option<String>,
    compiler_output: Option<String>,
    cpu_us: Option<i64>,
    memory_bytes: Option<i64>,
    cases_done: usize,
    cases_total: u32,
    score: Option<Score>,
    max_score: Option<Score>,
    /// JSON in the JSON: a text to the database.
    groups: Option<String>,
    judge_messages: Option<String>,
    trial_outputs: Option<String>,
    timeline: Option<String>,
    missed: Option<String>,
}

/// A run, as statements read it.
#[derive(Debug, Serialize)]
struct RunRecord {
    judgement: Uuid,
    ordinal: u32,
    test_case: String,
    verdict: &'static str,
    cpu_us: i64,
    wall_us: i64,
    memory_bytes: i64,
    message: Option<String>,
    score: Option<Score>,
}

impl Store {
    /// Writes verdict and runs in one transaction if the lease is still held; returns the submission as it then is, or
    /// `None` where the lease was lost and nothing was written.
    ///
    /// Those that end at the same time are written together.
    ///
    /// May be repeated when its answer was lost on the way: what was committed under this very lease stands, and is
    /// returned once more.
    pub async fn commit(&self, lease: &Lease, conclusion: &Conclusion) -> Result<Option<SubmissionView>> {
        let ending = Ending {
            lease: *lease,
            conclusion: Arc::new(conclusion.clone()),
        };
        self.endings.join(ending).await
    }

    /// The same for several: one transaction, with the same few statements as for one. An answer each, in their order. Of two with
    /// the same judgement, the first counts, and the other is answered with `None`.
    pub async fn commit_many(&self, ended: &[(Lease, &Conclusion)]) -> Result<Vec<Option<SubmissionView>>> {
        let writer = Writer {
            engine: self.engine.clone(),
        };
        writer.conclude(ended).await
    }
}

/// Those that end together.
pub(crate) async fn conclude(engine: &Engine, endings: Vec<Ending>) -> Result<Vec<Option<SubmissionView>>> {
    let ended: Vec<_> = endings
        .iter()
        .map(|ending| (ending.lease, &*ending.conclusion))
        .collect();
    let writer = Writer {
        engine: engine.clone(),
    };
    writer.conclude(&ended).await
}

impl Writer {
    async fn conclude(&self, ended: &[(Lease, &Conclusion)]) -> Result<Vec<Option<SubmissionView>>> {
        let mut views = HashMap::with_capacity(ended.len());
        for chunk in first_of_each(ended).chunks(MOST_AT_ONCE) {
            let mut rows = self.write_conclusions(chunk).await?;
            if rows.len() < chunk.len() {
                rows.extend(self.concluded_before(chunk).await?);
            }
            for row in rows {
                let view = SubmissionView::try_from(row)?;
                views.insert(view.judgement.id, view);
            }
        }
        Ok(ended
            .iter()
            .map(|(lease, _)| views.remove(&lease.judgement))
            .collect())
    }

    /// Those that were concluded under these very leases, now or earlier.
    async fn concluded_before(&self, ended: &[(Lease, &Conclusion)]) -> Result<Vec<ViewRow>> {
        let leases = to_json(ended.iter().map(|(lease, _)| LeaseRecord::from(lease)))?;
        fetch_all!(self, write, CONCLUDED_BEFORE, leases.as_str())
    }

    async fn write_conclusions(&self, ended: &[(Lease, &Conclusion)]) -> Result<Vec<ViewRow>> {
        let records = ended.iter().map(|(lease, conclusion)| record(lease, conclusion));
        let conclusions = to_json(records.collect::<Result<Vec<_>>>()?.into_iter())?;
        match &self.engine {
            Engine::Postgres(server) => {
                let runs = to_json(runs_of(ended, |_| true))?;
                let commit = query!(postgres, query_as, CONCLUDE_ALL, conclusions, runs);
                self.engine.answer(COMMIT, server.fetch_all(commit)).await
            }
            Engine::Sqlite(file) => {
                let commit = async {
                    let mut transaction = file.write.begin_with(sqlite::BEGIN).await?;
                    let held: Vec<(Uuid,)> = query!(sqlite, query_as, CONCLUDE, conclusions)
                        .fetch_all(&mut *transaction)
                        .await?;
                    if held.is_empty() {
                        return Ok(Vec::new());
                    }
                    let runs = to_json(runs_of(ended, |id| held.contains(&(id.0,))))
                        .map_err(|error| sqlx::Error::Encode(error.into()))?;
                    query!(sqlite, query, INSERT_RUNS, runs)
                        .execute(&mut *transaction)
                        .await?;
                    let held = Ids(held.into_iter().map(|(id,)| id).collect());
                    let views = query!(sqlite, query_as, CONCLUDED, held)
                        .fetch_all(&mut *transaction)
                        .await?;
                    transaction.commit().await?;
                    Ok(views)
                };
                self.engine.answer(COMMIT, commit).await
            }
        }
    }
}

/// A judgement ends once: of several conclusions of one, the first.
fn first_of_each<'c>(ended: &[(Lease, &'c Conclusion)]) -> Vec<(Lease, &'c Conclusion)> {
    let mut seen = std::collections::HashSet::new();
    ended
        .iter()
        .filter(|(lease, _)| seen.insert(lease.judgement))
        .copied()
        .collect()
}

fn record(lease: &Lease, conclusion: &Conclusion) -> Result<ConclusionRecord> {
    let runs = &conclusion.runs;
    let clean = |text: &String| text::clean(text).into_owned();
    Ok(ConclusionRecord {
        judgement: lease.judgement.0,
        worker: lease.worker.0,
        attempt: lease.attempt,
        verdict: conclusion.verdict.id(),
        blame: conclusion.blame.map(domain::Blame::id),
        message: conclusion.message.as_ref().map(clean),
        compiler_output: conclusion.compiler_output.as_ref().map(clean),
        cpu_us: runs.iter().map(|run| row::stored(run.cpu_us)).max(),
        memory_bytes: runs.iter().map(|run| row::stored(run.memory_bytes)).max(),
        cases_done: runs.len(),
        cases_total: conclusion.cases_total,
        score: conclusion.score,
        max_score: conclusion.max_score,
        groups: document(&conclusion.groups)?,
        judge_messages: document(as_many_as_fit(&conclusion.judge_messages))?,
        trial_outputs: document(&conclusion.trial_outputs)?,
        timeline: timeline(&conclusion.timeline)?,
        missed: conclusion.missed.as_ref().map(clean),
    })
}

/// The first messages that are small enough together.
fn as_many_as_fit(messages: &[JudgeMessage]) -> &[JudgeMessage] {
    let mut bytes = 0;
    let fit = messages.iter().take_while(|message| {
        bytes += message.case.len() + message.validator.len() + message.text.len();
        bytes <= MOST_SAID
    });
    &messages[..fit.count()]
}

fn timeline(timeline: &Timeline) -> Result<Option<String>> {
    if timeline.is_unknown() {
        return Ok(None);
    }
    let text = serde_json::to_string(timeline).map_err(|error| StoreError::failed(COMMIT, error))?;
    Ok(Some(text))
}

/// A list as a text of JSON, in which a NUL is an escape; nothing for an empty one.
fn document<T: Serialize>(list: &[T]) -> Result<Option<String>> {
    if list.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(list).map_err(|error| StoreError::failed(COMMIT, error))?;
    Ok(Some(text))
}

fn runs_of(
    ended: &[(Lease, &Conclusion)],
    is_wanted: impl Fn(&JudgementId) -> bool,
) -> impl Iterator<Item = RunRecord> {
    ended
        .iter()
        .filter(move |(lease, _)| is_wanted(&lease.judgement))
        .flat_map(|(lease, conclusion)| {
            conclusion.runs.iter().map(|run| RunRecord {
                judgement: lease.judgement.0,
                ordinal: run.ordinal,
                test_case: text::clean(&run.case).into_owned(),
                verdict: run.verdict.id(),
                cpu_us: row::stored(run.cpu_us),
                wall_us: row::stored(run.wall_us),
                memory_bytes: row::stored(run.memory_bytes),
                message: run.message.as_ref().map(|text| text::clean(text).into_owned()),
                score: run.score,
            })
        })
}

fn to_json(records: impl Iterator<Item = impl Serialize>) -> Result<String> {
    let records: Vec<_> = records.collect();
    serde_json::to_string(&records).map_err(|error| StoreError::failed(COMMIT, error))
}

statements! {
    /// Conclusions, runs. One statement is one round trip and one commit. Rows are locked in order, so that it and a
    /// heartbeat cannot wait for each other; what is not locked under its lease is not written.
    CONCLUDE_ALL(2) = "commit judgements" postgres [
        "WITH held AS MATERIALIZED (" held_leases "), "
        "j AS (UPDATE judgements SET " conclusion_columns " FROM " conclusions
        " WHERE judgements.id = i.judgement AND judgements.id " in_held " RETURNING judgements.*), "
        "r AS (INSERT INTO runs (judgement_id, ordinal, test_case, verdict, cpu_us, wall_us, memory_bytes, message, score) \
         SELECT r.* FROM json_to_recordset(CAST($2 AS json)) AS r(judgement uuid, ordinal bigint, test_case text, \
         verdict text, cpu_us bigint, wall_us bigint, memory_bytes bigint, message text, \
         score double precision) \
         WHERE r.judgement IN (SELECT id FROM held)) "
        "SELECT " view_columns " FROM j JOIN submissions s ON s.id = j.submission_id \
         WHERE s.id = ANY(ARRAY(SELECT submission_id FROM j))"
    ];
    /// Leases.
    CONCLUDED_BEFORE(1) = "read submissions" [
        "SELECT " view_columns " FROM judgements j JOIN " leases " ON j.id = i.judgement \
         JOIN submissions s ON s.id = j.submission_id \
         WHERE j.state = 'done' AND j.worker_id = i.worker AND j.attempt = i.attempt"
    ];
    /// Conclusions.
    CONCLUDE(1) = "commit judgements" sqlite [
        "UPDATE judgements SET " conclusion_columns " FROM " conclusions
        " WHERE judgements.id = i.judgement AND state = 'running' AND worker_id = i.worker AND attempt = i.held \
         RETURNING id"
    ];
    /// Runs.
    INSERT_RUNS(1) = "write runs" sqlite [
        "INSERT INTO runs (judgement_id, ordinal, test_case, verdict, cpu_us, wall_us, memory_bytes, message, score) \
         SELECT unhex(value ->> 'judgement', '-'), value ->> 'ordinal', value ->> 'test_case', value ->> 'verdict', \
         value ->> 'cpu_us', value ->> 'wall_us', value ->> 'memory_bytes', value ->> 'message', \
         value ->> 'score' FROM json_each($1)"
    ];
    /// Judgements.
    CONCLUDED(1) = "read submissions" sqlite [
        "SELECT " view_columns " FROM judgements j JOIN submissions s ON s.id = j.submission_id WHERE j.id " in_ids
    ];
}
