//! `gavel user`: accounts for the pages, made by whoever can reach the database.

use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

use domain::{Action, Role, UserId};
use store::Store;

use crate::failure::{Doing, Failure};
use crate::{arguments, audit, terminal};

/// What is read of a password at most, in bytes; a longer one is refused anyway.
const LONGEST: u64 = 4096;

/// Makes an account.
pub(crate) async fn add(arguments: arguments::UserAdd) -> Result<ExitCode, Failure> {
    let role = match arguments.role {
        arguments::Role::User => Role::User,
        arguments::Role::Setter => Role::Setter,
        arguments::Role::Admin => Role::Admin,
    };
    let (hash, generated) = password(&arguments.name).await?;
    let store = open(&arguments.database, &arguments.data).await?;
    let added = store.add_person(&arguments.name, role, &hash).await;
    if let Ok(true) = added {
        audit::note(&store, Action::UserCreated, &arguments.name, role).await;
    }
    store.close().await;
    if !added.doing("make the account")? {
        return Err(Failure::new(format!(
            "there is an account {} already; `gavel user password {}` gives it another password",
            arguments.name, arguments.name
        )));
    }
    tell(generated);
    Ok(ExitCode::SUCCESS)
}

/// Gives an account another password, and ends its sessions.
pub(crate) async fn set_password(arguments: arguments::UserPassword) -> Result<ExitCode, Failure> {
    let (hash, generated) = password(&arguments.name).await?;
    let store = open(&arguments.database, &arguments.data).await?;
    let changed = store.set_password(&arguments.name, &hash).await;
    if let Ok(true) = changed {
        audit::note(&store, Action::PasswordChanged, &arguments.name, None).await;
    }
    store.close().await;
    if !changed.doing("change the password")? {
        return Err(Failure::new(format!("there is no account {}", arguments.name)));
    }
    tell(generated);
    Ok(ExitCode::SUCCESS)
}

/// Gives a user another weight; processes that run learn of it within seconds.
pub(crate) async fn set_weight(arguments: arguments::UserWeight) -> Result<ExitCode, Failure> {
    let store = open(&arguments.database, &arguments.data).await?;
    let set = store.set_weight(&arguments.name, arguments.weight).await;
    store.close().await;
    set.doing("set the weight")?;
    Ok(ExitCode::SUCCESS)
}

async fn open(database: &arguments::Database, data: &arguments::Data) -> Result<Store, Failure> {
    let store = Store::open(&database.store_or_embedded(data)?)
        .await
        .doing("open the store")?;
    store.migrate().await.doing("bring the database up to date")?;
    Ok(store)
}

/// The hash of the password on standard input; of a new one, where that is a terminal, with its text.
async fn password(name: &UserId) -> Result<(String, Option<String>), Failure> {
    let (text, generated) = if std::io::stdin().is_terminal() {
        let text = uuid::Uuid::new_v4().simple().to_string();
        (text.clone(), Some(text))
    } else {
        let mut text = String::new();
        let read = std::io::stdin().take(LONGEST).read_to_string(&mut text);
        read.doing("read the password from standard input")?;
        (text.trim_end_matches(['\r', '\n']).to_owned(), None)
    };
    let hash = api::hash_password(name.as_str(), text)
        .await
        .map_err(Failure::new)?;
    Ok((hash, generated))
}

/// A password that was read is not printed.
fn tell(generated: Option<String>) {
    if let Some(text) = generated {
        terminal::line(&text);
    }
}
