//! What must not be left when everything has been judged, and when everything has ended.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::arena::{Part, Services};
use crate::services::pause;

/// How long something may take to go by itself.
const PATIENCE: Duration = Duration::from_mins(1);

/// The keys of what waits in Redis. Clocks and the turns of users stay when nothing waits any more.
pub(super) const LANES: &str = "*:queue:lane:*";

/// Waits until there is none left; fails, and says what, where they do not go.
pub(super) fn until_none(what: &str, look: impl Fn() -> Result<Vec<String>>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = look()?;
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("{what} are left: {left:?}");
        }
        pause();
    }
}

/// Fails unless every connection of clients, who have all gone, is closed at the servers, too.
pub(super) fn assert_no_connections(parts: &[Part]) -> Result<()> {
    for part in parts {
        if let Some(port) = part.port() {
            until_none(&format!("connections to {}", part.name), || connections_to(port))?;
        }
    }
    Ok(())
}

/// The ends at a port of the loopback interface that somebody still holds.
fn connections_to(port: u16) -> Result<Vec<String>> {
    const LISTENING: &str = "0A";
    const OVER: &str = "06";
    let table = std::fs::read_to_string("/proc/net/tcp").context("cannot read the table of connections")?;
    let wanted = format!(":{port:04X}");
    let held = table.lines().skip(1).filter(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, state) = (fields.next(), fields.nth(1));
        local.is_some_and(|local| local.ends_with(&wanted))
            && state.is_some_and(|state| state != LISTENING && state != OVER)
    });
    Ok(held.map(|line| line.trim().to_owned()).collect())
}

/// Fails unless nobody is connected to the services of a fleet that has ended, and its queue is empty.
pub(super) fn assert_services_empty(services: &Services) -> Result<()> {
    let backends =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until_none("sessions of the database", || {
        let rows = services.postgres.sql(backends)?;
        Ok(rows.lines().map(str::to_owned).collect())
    })?;
    let mut redis = redis::Client::open(services.redis.url())?.get_connection()?;
    until_none_in("clients of Redis", || {
        let clients: String = redis::cmd("CLIENT").arg("LIST").query(&mut redis)?;
        let others = clients.lines().filter(|line| line.contains("lib-name=gavel"));
        Ok(others.map(str::to_owned).collect())
    })?;
    let keys: Vec<String> = redis::cmd("KEYS").arg(LANES).query(&mut redis)?;
    ensure!(keys.is_empty(), "the queue is not empty: {keys:?}");
    Ok(())
}

fn until_none_in(what: &str, look: impl FnMut() -> Result<Vec<String>>) -> Result<()> {
    let look = std::cell::RefCell::new(look);
    until_none(what, || (look.borrow_mut())())
}

/// Everything below a directory that is no directory itself.
pub(super) fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found
}
