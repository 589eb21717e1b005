//! The only Redis: [`Queue`] (who works on what next) and [`Events`] (who is told what), each also in process.
//!
//! Both are hints. The store's row is the truth: what is lost here is found again by the sweeper (queue) or by reading
//! the row again (events), so nothing in this crate is ever worth waiting for without a bound.
//!
//! - [`Redis`]: one shared connection that replaces itself, and dedicated ones for who needs their own.
//! - [`Queue`]: bands, and in each of them users by turns (`queue::fairness`). A lane for each band and language, so that a worker
//!   takes only what it can do. In Redis sorted sets and scripts, in process the same in a mutex.
//! - [`Events`]: a table of listeners for each process (`events::hub`), with a bounded buffer for each listener. Over
//!   Redis, one pub/sub connection serves every listener of the process (`events::subscriber`).
//!
//! What it does not do: read the store, decide who may listen, or keep anything on disk.

mod error;
mod events;
mod queue;
mod redis;

pub use error::{BusError, Result};
pub use events::{Event, Events, Heard, Listener, Topic};
pub use queue::{Entry, Lane, Queue, Scope};
pub use redis::Redis;
