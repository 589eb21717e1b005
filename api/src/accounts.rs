//! Accounts, for administrators: asked by the endpoints, and by the pages through the [`Desk`](crate::Desk).

use std::collections::HashSet;

use domain::{Action, FieldError, Principal, Refusal, RefusalKind, Role, UserId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use store::{Changed, NewPerson, PersonFilter, PersonRecord, TokenRecord};
use uuid::Uuid;

use crate::app::App;
use crate::asker::lacks_right;
use crate::failure::{Failure, Result};
use crate::{audit, password};

/// Accounts that are made together at most.
pub(crate) const MOST_TOGETHER: usize = 1000;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Their name.
    pub name: UserId,
    /// What they may do.
    pub role: Role,
    /// Their password; one is made where it is missing.
    pub password: Option<String>,
}

/// An account that was made.
#[derive(Debug, Clone)]
pub struct MadeAccount {
    /// Their name.
    pub name: UserId,
    /// What they may do.
    pub role: Role,
    /// The password, where it was made here: told this once.
    pub password: Option<String>,
}

/// All there is to know of somebody.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// Their name.
    pub name: UserId,
    /// Their account; `None` for who only has tokens, or has submitted.
    pub account: Option<PersonRecord>,
    /// How many submissions they have made.
    pub submissions: u64,
    /// Their tokens that are good, the newest first.
    pub tokens: Vec<TokenRecord>,
    /// Their sessions that have not ended, the newest first.
    pub sessions: Vec<TokenRecord>,
}

/// Accounts by name, after `after`.
pub(crate) async fn list(
    app: &App,
    principal: &Principal,
    filter: &PersonFilter,
    after: Option<&UserId>,
    limit: u32,
) -> Result<Vec<PersonRecord>> {
    check(principal)?;
    Ok(app.store.people(filter, after, limit).await?)
}

/// All there is to know of somebody who has an account, tokens or submissions.
pub(crate) async fn get(app: &App, principal: &Principal, name: &UserId) -> Result<PersonView> {
    check(principal)?;
    let view = PersonView {
        name: name.clone(),
        account: app.store.person(name).await?,
        submissions: app.store.count_submissions(name).await?,
        tokens: app.store.tokens(name).await?,
        sessions: app.store.sessions(name).await?,
    };
    let is_known = view.account.is_some() || view.submissions > 0 || !view.tokens.is_empty();
    if is_known || !view.sessions.is_empty() {
        return Ok(view);
    }
    Err(Failure::not_found("user", name))
}

/// Makes accounts, all or none. What is wrong is told by its place among them: `/3/name`.
pub(crate) async fn create(
    app: &App,
    principal: &Principal,
    wanted: Vec<NewAccount>,
) -> Result<Vec<MadeAccount>> {
    check(principal)?;
    if wanted.len() > MOST_TOGETHER {
        let detail = format!("at most {MOST_TOGETHER} accounts are made together");
        return Err(Refusal::field("", detail).into());
    }
    let mut errors = wrong(&wanted);
    let names: Vec<UserId> = wanted.iter().map(|account| account.name.clone()).collect();
    let taken = app.store.taken_names(&names).await?;
    errors.extend(taken_errors(&names, &taken));
    if !errors.is_empty() {
        errors.sort_by_key(place_of);
        return Err(Refusal::invalid(errors).into());
    }
    let hashed = stream::iter(wanted).map(hashed).buffered(password::AT_ONCE);
    let accounts: Vec<(MadeAccount, NewPerson)> = hashed.try_collect().await?;
    let (made, people): (Vec<_>, Vec<_>) = accounts.into_iter().unzip();
    let taken = app.store.add_people(&people).await?;
    if !taken.is_empty() {
        return Err(Refusal::invalid(taken_errors(&names, &taken)).into());
    }
    for account in &made {
        let details = json!({"role": account.role, "together": made.len()});
        audit::note(app, principal, Action::UserCreated, &account.name, details).await;
    }
    Ok(made)
}

/// The account with its password, made where none is given, and with that one's hash.
async fn hashed(account: NewAccount) -> Result<(MadeAccount, NewPerson)> {
    let NewAccount { name, role, password } = account;
    let (text, told) = given_or_made(password);
    let person = NewPerson {
        password: hash(&name, text).await?,
        id: name.clone(),
        role,
    };
    let made = MadeAccount {
        name,
        role,
        password: told,
    };
    Ok((made, person))
}

/// A password, and what is told of it: only one that was made here.
fn given_or_made(password: Option<String>) -> (String, Option<String>) {
    if let Some(text) = password {
        return (text, None);
    }
    let text = password::generate();
    (text.clone(), Some(text))
}

/// The hash of a password that has been checked.
async fn hash(name: &UserId, text: String) -> Result<String> {
    password::hash(name.as_str(), text)
        .await
        .map_err(|error| Failure::internal("hashing a password", &error))
}

fn wrong(wanted: &[NewAccount]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut names = HashSet::new();
    for (at, account) in wanted.iter().enumerate() {
        if !names.insert(account.name.as_str().to_ascii_lowercase()) {
            errors.push(FieldError {
                pointer: format!("/{at}/name"),
                detail: format!("{} is there twice", account.name),
            });
        }
        if let Some(text) = &account.password
            && let Err(error) = password::check(account.name.as_str(), text)
        {
            errors.push(FieldError {
                pointer: format!("/{at}/password"),
                detail: format!("cannot be used: {error}"),
            });
        }
    }
    errors
}

fn taken_errors(names: &[UserId], taken: &[UserId]) -> Vec<FieldError> {
    let taken: HashSet<&UserId> = taken.iter().collect();
    let places = names.iter().enumerate().filter(|(_, name)| taken.contains(name));
    places
        .map(|(at, name)| FieldError {
            pointer: format!("/{at}/name"),
            detail: format!("{name} is taken: there is an account of that name, letter case aside"),
        })
        .collect()
}

fn place_of(error: &FieldError) -> usize {
    let place = error.pointer.split('/').nth(1);
    place.and_then(|place| place.parse().ok()).unwrap_or(0)
}

/// Gives an account another role; what it holds beyond that ends.
pub(crate) async fn set_role(app: &App, principal: &Principal, name: &UserId, role: Role) -> Result<()> {
    check(principal)?;
    let was = app.store.person(name).await?.map(|person| person.role);
    let details = json!({"from": was, "to": role});
    let changed = app.store.set_role(name, role).await?;
    finish(app, principal, name, changed, Action::RoleChanged, details).await
}

/// Disables an account, which ends all that it holds, or enables it again.
pub(crate) async fn set_disabled(
    app: &App,
    principal: &Principal,
    name: &UserId,
    disabled: bool,
) -> Result<()> {
    check(principal)?;
    let changed = app.store.set_disabled(name, disabled).await?;
    let action = if disabled {
        Action::UserDisabled
    } else {
        Action::UserEnabled
    };
    finish(app, principal, name, changed, action, json!({})).await
}

async fn finish(
    app: &App,
    principal: &Principal,
    name: &UserId,
    changed: Changed,
    action: Action,
    details: serde_json::Value,
) -> Result<()> {
    match changed {
        Changed::Done => audit::note(app, principal, action, name, details).await,
        Changed::Same => {}
        Changed::Missing => return Err(Failure::not_found("account", name)),
        Changed::LastAdmin => {
            return Err(Failure::new(
                RefusalKind::Conflict,
                format!(
                    "{name} is the last account that may administer: make another one an administrator first"
                ),
            ));
        }
    }
    Ok(())
}

/// Gives an account another password, which ends its sessions. The password, where it was made here.
pub(crate) async fn set_password(
    app: &App,
    principal: &Principal,
    name: &UserId,
    text: Option<String>,
) -> Result<Option<String>> {
    check(principal)?;
    let (text, told) = given_or_made(text);
    if let Err(error) = password::check(name.as_str(), &text) {
        return Err(Refusal::field("/password", format!("cannot be used: {error}")).into());
    }
    let hash = hash(name, text).await?;
    if !app.store.set_password(name, &hash).await? {
        return Err(Failure::not_found("account", name));
    }
    audit::note(app, principal, Action::PasswordChanged, name, json!({})).await;
    Ok(told)
}

/// Ends a token or a session of somebody.
pub(crate) async fn revoke(app: &App, principal: &Principal, name: &UserId, id: Uuid) -> Result<()> {
    check(principal)?;
    if !app.store.revoke_any_of(name, id).await? {
        return Err(Failure::not_found("token", id));
    }
    audit::note(app, principal, Action::TokenRevoked, name, json!({"token": id})).await;
    Ok(())
}

fn check(principal: &Principal) -> Result<()> {
    if principal.may_administer() {
        return Ok(());
    }
    Err(lacks_right(
        principal,
        "only administrators see and change accounts",
    ))
}
