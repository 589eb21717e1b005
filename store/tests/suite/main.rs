//! What the store promises, held against both engines: every test here runs on a real Postgres and on SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy allows them in tests, and does not know the functions that both engines' tests call"
)]

mod bench;

/// Runs async functions that take a `Bench` on both engines, each as a test of its own.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::bench::Bench::new(crate::bench::Kind::Postgres).await).await;
            })+
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::bench::Bench::new(crate::bench::Kind::Sqlite).await).await;
            })+
        }
    };
}

mod administration;
mod claims;
mod counting;
mod life;
mod lists;
mod opening;
mod people;
mod problems;
mod rejudges;
mod scores;
mod submitting;
mod sweeping;
mod texts;
mod timelines;
mod trials;
mod verifications;
mod versions;
