//! `gavel token`, and the admin token of the embedded judge.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use domain::{Action, Role, UserId};
use store::{NewToken, Store};

use crate::failure::{Doing, Failure};
use crate::{arguments, audit, terminal};

/// Makes a token in the database and prints it: its text is nowhere else.
pub(crate) async fn create(arguments: arguments::Token) -> Result<ExitCode, Failure> {
    let store = Store::open(&arguments.database.store_or_embedded(&arguments.data)?)
        .await
        .doing("open the store")?;
    store.migrate().await.doing("bring the database up to date")?;
    let role = match arguments.role {
        arguments::Role::User => Role::User,
        arguments::Role::Setter => Role::Setter,
        arguments::Role::Admin => Role::Admin,
    };
    let token = NewToken {
        user: arguments.user,
        role,
        label: arguments.label,
        expires_at: None,
    };
    let text = store.create_token(&token).await.doing("make the token");
    if text.is_ok() {
        audit::note(&store, Action::TokenMade, &token.user, role).await;
    }
    store.close().await;
    terminal::line(&text?);
    Ok(ExitCode::SUCCESS)
}

/// The admin token of the embedded judge: kept in a file that only its owner can read, made at the first start.
pub(crate) async fn admin(store: &Store, data: &Path) -> Result<String, Failure> {
    let path = data.join("admin-token");
    if let Ok(text) = std::fs::read_to_string(&path) {
        let text = text.trim();
        if let Some((_, Role::Admin)) = store.token(text).await.doing("look up the admin token")? {
            return Ok(text.to_owned());
        }
    }
    let user: UserId = "admin".parse().doing("name the admin")?;
    let label = "admin of the embedded judge".to_owned();
    let token = NewToken {
        user,
        role: Role::Admin,
        label,
        expires_at: None,
    };
    let text = store.create_token(&token).await.doing("make the admin token")?;
    write_private(&path, &text).doing(format!("keep the admin token in {}", path.display()))?;
    Ok(text)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{text}")
}
