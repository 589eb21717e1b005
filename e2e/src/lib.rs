//! The end-to-end harness: real services and the real binary, started and stopped by the tests themselves.
//!
//! - [`services`]: a private Postgres and a private Redis under a temporary directory. `store` and `bus` use them too.

pub mod services;
