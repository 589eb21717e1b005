//! The brake on guessing passwords: by account and by address, in bounded memory.
//!
//! Each failure doubles how long the next try has to wait, from a second to a quarter of an hour; so nobody is locked out
//! for good by somebody else's guessing, and an address that guesses many names waits, too.

use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use moka::sync::Cache;

/// Accounts and addresses remembered at most.
const REMEMBERED: u64 = 20_000;

/// Failures that cost nothing: people mistype.
const FREE: u32 = 4;

/// The same of an address, behind which a whole school may sit.
const FREE_OF_ADDRESS: u32 = 40;

/// The longest wait.
const LONGEST: Duration = Duration::from_mins(15);

/// Counts failures. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Brake {
    failures: Cache<Subject, Failures>,
}

/// Whose failures are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    Account(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Brake {
    pub(crate) fn new() -> Self {
        let failures = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_idle(LONGEST * 2)
            .build();
        Self { failures }
    }

    /// How long somebody has to wait before the next try; `None` where it may be now.
    pub(crate) fn wait(&self, account: &str, address: Option<IpAddr>, now: Instant) -> Option<Duration> {
        subjects(account, address)
            .filter_map(|(subject, free)| {
                let failures = self.failures.get(&subject)?;
                let doublings = failures.count.checked_sub(free)?.min(10);
                let wait = Duration::from_secs(1 << doublings).min(LONGEST);
                wait.checked_sub(now.saturating_duration_since(failures.last))
                    .filter(|left| !left.is_zero())
            })
            .max()
    }

    /// Counts a failure.
    pub(crate) fn failed(&self, account: &str, address: Option<IpAddr>, now: Instant) {
        for (subject, _) in subjects(account, address) {
            let before = self.failures.get(&subject).map_or(0, |failures| failures.count);
            let count = before.saturating_add(1);
            self.failures.insert(subject, Failures { count, last: now });
        }
    }

    /// Forgets the failures of an account whose password was right.
    pub(crate) fn succeeded(&self, account: &str) {
        self.failures
            .invalidate(&Subject::Account(account.to_ascii_lowercase()));
    }
}

fn subjects(account: &str, address: Option<IpAddr>) -> impl Iterator<Item = (Subject, u32)> {
    let account = (Subject::Account(account.to_ascii_lowercase()), FREE);
    let address = address.map(|address| (Subject::Address(network(address)), FREE_OF_ADDRESS));
    std::iter::once(account).chain(address)
}

/// Who has one address of the newer kind has 2⁶⁴ of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_becomes_slow_and_is_forgiven() {
        let (brake, now) = (Brake::new(), Instant::now());
        let (here, there): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for _ in 0..FREE {
            assert_eq!(brake.wait("ann", Some(here), now), None);
            brake.failed("ann", Some(here), now);
        }
        assert_eq!(brake.wait("Ann", Some(there), now), Some(Duration::from_secs(1)));
        brake.failed("ANN", Some(there), now);
        assert_eq!(brake.wait("ann", None, now), Some(Duration::from_secs(2)));
        assert_eq!(brake.wait("ann", None, now + Duration::from_secs(2)), None);
        assert_eq!(brake.wait("bob", Some(here), now), None);
        brake.succeeded("ann");
        assert_eq!(brake.wait("ann", Some(here), now), None);
    }

    #[test]
    fn an_address_that_guesses_many_names_waits_and_never_for_long() {
        let (brake, now) = (Brake::new(), Instant::now());
        let address = |last: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]));
        for guess in 0..1000 {
            brake.failed(&format!("user{guess}"), address(guess), now);
        }
        assert_eq!(brake.wait("eve", address(9), now), Some(LONGEST));
        assert_eq!(brake.wait("eve", None, now), None);
    }
}
