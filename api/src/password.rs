//! Passwords: hashed with Argon2id, a few at a time, away from the threads that serve.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Passwords hashed at once: each takes 19 MiB and some hundredths of a second of a core.
pub(crate) const AT_ONCE: usize = 2;

/// Characters of a password at least. NIST SP 800-63B asks for eight.
const SHORTEST: usize = 8;

/// Bytes of a password at most: what is hashed is bounded, as all that comes from outside.
const LONGEST: usize = 512;

static PERMITS: Semaphore = Semaphore::const_new(AT_ONCE);

/// What is compared with where there is nobody of a name, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// Why a password cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Too easy to guess.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// Longer than is read.
    #[error("a password has at most {LONGEST} bytes")]
    Long,
    /// Like the name.
    #[error("a password is not the name")]
    Name,
    /// A fault of ours.
    #[error("the password cannot be hashed: {0}")]
    Failed(String),
}

/// Characters of a password that is made: those that nobody takes for each other, 32 of them.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Groups of four such characters: 60 random bits together.
const GROUPS: usize = 3;

/// A password that nobody guesses, and that can be read from paper: `k7wm-3xqa-u9fd`.
pub(crate) fn generate() -> String {
    let random: [[u8; 4]; GROUPS] = rand::random();
    let group = |bytes: [u8; 4]| -> String {
        let characters = bytes.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
        characters.iter().collect()
    };
    random.map(group).join("-")
}

/// Whether a new password of `name` can be used.
pub(crate) fn check(name: &str, password: &str) -> Result<(), BadPassword> {
    if password.chars().count() < SHORTEST {
        return Err(BadPassword::Short);
    }
    if password.len() > LONGEST {
        return Err(BadPassword::Long);
    }
    if password.eq_ignore_ascii_case(name) {
        return Err(BadPassword::Name);
    }
    Ok(())
}

/// Checks a new password of `name` and hashes it, in the form of the Password Hashing Competition.
pub async fn hash(name: &str, password: String) -> Result<String, BadPassword> {
    check(name, &password)?;
    let failed = |error: &dyn std::fmt::Display| BadPassword::Failed(error.to_string());
    let _permit = PERMITS.acquire().await.map_err(|error| failed(&error))?;
    tokio::task::spawn_blocking(move || hash_now(&password))
        .await
        .map_err(|error| failed(&error))?
}

/// Whether a password is the one of a hash. Without a hash it is not, and finding out takes as long.
pub async fn is_right(hash: Option<String>, password: String) -> bool {
    if password.len() > LONGEST {
        return false;
    }
    let Ok(_permit) = PERMITS.acquire().await else {
        return false;
    };
    let verified = tokio::task::spawn_blocking(move || {
        let is_somebody = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let is_equal = PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
        is_somebody && is_equal
    });
    verified.await.unwrap_or(false)
}

fn hash_now(password: &str) -> Result<String, BadPassword> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| BadPassword::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let first = hash("ann", "correct horse".to_owned()).await.unwrap();
        let second = hash("ann", "correct horse".to_owned()).await.unwrap();
        assert!(
            first.starts_with("$argon2id$") && first != second,
            "{first} {second}"
        );
        assert!(is_right(Some(first.clone()), "correct horse".to_owned()).await);
        assert!(!is_right(Some(first), "correct horsf".to_owned()).await);
        assert!(!is_right(None, "nobody has this password".to_owned()).await);
        assert!(!is_right(Some("garbage".to_owned()), "garbage".to_owned()).await);
    }

    #[test]
    fn made_passwords_can_be_used_and_differ() {
        let (one, other) = (generate(), generate());
        assert_ne!(one, other);
        assert_eq!((one.len(), check("ann", &one)), (14, Ok(())), "{one}");
        let is_fine = |c: char| c == '-' || c.is_ascii_lowercase() || c.is_ascii_digit();
        assert!(one.chars().all(is_fine), "{one}");
    }

    #[tokio::test]
    async fn passwords_that_anybody_guesses_are_refused() {
        for (password, expected) in [
            ("short", BadPassword::Short),
            ("Annabella", BadPassword::Name),
            (&"x".repeat(LONGEST + 1), BadPassword::Long),
        ] {
            assert_eq!(hash("annabella", password.to_owned()).await, Err(expected));
        }
    }
}
