//! Accounts, for administrators: list, read, make, change.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::{IntoResponse, Response};
use domain::{FieldError, Refusal, Role, UserId};
use serde_json::Value;
use store::{PersonFilter, PersonRecord};
use uuid::Uuid;

use super::path::Id;
use super::user_bodies::{
    AccountBody, AccountChange, AccountRequest, AccountsRequest, MadeAccountBody, MadeAccountsBody,
    PasswordBody, PasswordRequest, PersonBody,
};
use crate::accounts::{self, NewAccount};
use crate::app::App;
use crate::asker::Known;
use crate::body::JsonBody;
use crate::failure::{Failure, Result, shorten};
use crate::fields::{Fields, kind_of};
use crate::openapi::{BodyRefusals, Refusals};
use crate::page::{self, Page};
use crate::params::{NoParams, Params};

const PATH: &str = "/api/v1/users";

/// Characters of a search at most.
const MAX_SEARCH: usize = 100;

/// Passwords are told once: nobody keeps the answer.
const NO_STORE: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

/// Lists accounts by name. For administrators.
#[utoipa::path(
    get, path = "/api/v1/users", operation_id = "listUsers", tag = "administration",
    params(
        ("search" = Option<String>, Query, description = "Only with this in the name"),
        ("role" = Option<String>, Query, description = "Only with this role: user, setter or admin"),
        ("disabled" = Option<bool>, Query, description = "Only those that may not sign in, or only those that may"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 50 if not given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of them", body = Page<AccountBody>,
            headers(("Link" = String, description = "The next page, as rel=\"next\", if there is one"))),
        Refusals
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    Known(principal): Known,
    mut params: Params,
) -> Result<Response> {
    let limit = page::limit(&mut params);
    let cursor = params.take("cursor", |text| {
        text.parse::<UserId>()
            .map_err(|_| "is not the next_cursor of a page")
    });
    let filter = PersonFilter {
        search: params.take("search", search),
        role: params.take("role", role),
        is_disabled: params.take("disabled", |text| {
            text.parse::<bool>().map_err(|_| "must be true or false")
        }),
    };
    params.finish()?;
    let filters = [
        ("search", filter.search.clone()),
        ("role", filter.role.map(|role| role.id().to_owned())),
        (
            "disabled",
            filter.is_disabled.map(|disabled| disabled.to_string()),
        ),
    ];
    let people = accounts::list(&app, &principal, &filter, cursor.as_ref(), limit + 1).await?;
    Ok(page::answer(
        people,
        limit,
        PATH,
        &filters,
        |person: &PersonRecord| person.id.clone(),
        AccountBody::from,
    ))
}

/// Reads all there is to know of somebody who has an account, tokens or submissions. For administrators.
#[utoipa::path(
    get, path = "/api/v1/users/{name}", operation_id = "getUser", tag = "administration",
    params(("name" = String, Path, description = "The user's name")),
    responses((status = 200, description = "The user", body = PersonBody), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Known(principal): Known,
    Id(name): Id<UserId>,
    _: NoParams,
) -> Result<Json<PersonBody>> {
    Ok(Json(accounts::get(&app, &principal, &name).await?.into()))
}

/// Makes an account. For administrators.
///
/// Where no password is given, one is made and told this once.
#[utoipa::path(
    post, path = "/api/v1/users", operation_id = "createUser", tag = "administration",
    request_body = AccountRequest,
    responses((status = 201, description = "The account", body = MadeAccountBody), Refusals, BodyRefusals)
)]
pub(super) async fn create(
    State(app): State<App>,
    Known(principal): Known,
    _: NoParams,
    body: JsonBody,
) -> Result<Response> {
    let mut fields = body.fields;
    let account = read(&mut fields);
    let errors = fields.finish();
    let Some(account) = account.filter(|_| errors.is_empty()) else {
        return Err(Refusal::invalid(errors).into());
    };
    let mut made = accounts::create(&app, &principal, vec![account])
        .await
        .map_err(|failure| under(failure, |pointer| pointer.replacen("/0", "", 1)))?;
    let made = made.pop().map(MadeAccountBody::from);
    Ok((StatusCode::CREATED, NO_STORE, Json(made)).into_response())
}

/// Makes many accounts, all or none. For administrators.
///
/// Where something is wrong, everything that is wrong is told and nothing is made.
#[utoipa::path(
    post, path = "/api/v1/user-imports", operation_id = "createUsers", tag = "administration",
    request_body = AccountsRequest,
    responses((status = 201, description = "The accounts, in the order given", body = MadeAccountsBody),
        Refusals, BodyRefusals)
)]
pub(super) async fn create_many(
    State(app): State<App>,
    Known(principal): Known,
    _: NoParams,
    body: JsonBody,
) -> Result<Response> {
    let mut fields = body.fields;
    let listed = match fields.value("users") {
        Some(Value::Array(listed)) => listed,
        Some(other) => {
            fields.refuse("users", format!("must be an array, not {}", kind_of(&other)));
            Vec::new()
        }
        None => {
            fields.refuse("users", "is missing");
            Vec::new()
        }
    };
    let wanted = read_many(&mut fields, listed);
    let errors = fields.finish();
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors).into());
    }
    let made = accounts::create(&app, &principal, wanted)
        .await
        .map_err(|failure| under(failure, |pointer| format!("/users{pointer}")))?;
    let users = made.into_iter().map(Into::into).collect();
    Ok((StatusCode::CREATED, NO_STORE, Json(MadeAccountsBody { users })).into_response())
}

/// Changes an account's role, or disables or enables it. For administrators.
///
/// What it holds beyond its new role ends at once. The last account that administers stays one.
#[utoipa::path(
    patch, path = "/api/v1/users/{name}", operation_id = "changeUser", tag = "administration",
    params(("name" = String, Path, description = "The user's name")),
    request_body = AccountChange,
    responses((status = 200, description = "The user", body = PersonBody), Refusals, BodyRefusals)
)]
pub(super) async fn change(
    State(app): State<App>,
    Known(principal): Known,
    Id(name): Id<UserId>,
    _: NoParams,
    body: JsonBody,
) -> Result<Json<PersonBody>> {
    let mut fields = body.fields;
    let role = fields.text("role").and_then(|text| read_role(&mut fields, &text));
    let disabled = match fields.value("disabled") {
        None => None,
        Some(Value::Bool(disabled)) => Some(disabled),
        Some(other) => {
            fields.refuse(
                "disabled",
                format!("must be true or false, not {}", kind_of(&other)),
            );
            None
        }
    };
    let errors = fields.finish();
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors).into());
    }
    if let Some(role) = role {
        accounts::set_role(&app, &principal, &name, role).await?;
    }
    if let Some(disabled) = disabled {
        accounts::set_disabled(&app, &principal, &name, disabled).await?;
    }
    Ok(Json(accounts::get(&app, &principal, &name).await?.into()))
}

/// Gives an account another password, which ends its sessions. For administrators.
///
/// Where none is given, one is made and told this once.
#[utoipa::path(
    put, path = "/api/v1/users/{name}/password", operation_id = "setPassword", tag = "administration",
    params(("name" = String, Path, description = "The user's name")),
    request_body = PasswordRequest,
    responses((status = 200, description = "It is changed", body = PasswordBody), Refusals, BodyRefusals)
)]
pub(super) async fn set_password(
    State(app): State<App>,
    Known(principal): Known,
    Id(name): Id<UserId>,
    _: NoParams,
    body: JsonBody,
) -> Result<impl IntoResponse> {
    let mut fields = body.fields;
    let text = fields.text("password");
    let errors = fields.finish();
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors).into());
    }
    let password = accounts::set_password(&app, &principal, &name, text).await?;
    Ok((NO_STORE, Json(PasswordBody { password })))
}

/// Ends a token or a session of somebody. For administrators.
#[utoipa::path(
    delete, path = "/api/v1/users/{name}/tokens/{id}", operation_id = "revokeTokenOf", tag = "administration",
    params(
        ("name" = String, Path, description = "The user's name"),
        ("id" = String, Path, description = "The token's or session's id"),
    ),
    responses((status = 204, description = "It is revoked"), Refusals)
)]
pub(super) async fn revoke(
    State(app): State<App>,
    Known(principal): Known,
    Path((name, id)): Path<(String, String)>,
    _: NoParams,
) -> Result<StatusCode> {
    let (Ok(name), Ok(id)) = (name.parse::<UserId>(), id.parse::<Uuid>()) else {
        return Err(Failure::not_found("token", id));
    };
    accounts::revoke(&app, &principal, &name, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(fields: &mut Fields) -> Option<NewAccount> {
    let name = fields.required("name");
    let name = fields.parsed("name", name);
    let role = match fields.text("role") {
        Some(text) => read_role(fields, &text),
        None => Some(Role::User),
    };
    let password = fields.text("password");
    Some(NewAccount {
        name: name?,
        role: role?,
        password,
    })
}

fn read_many(fields: &mut Fields, listed: Vec<Value>) -> Vec<NewAccount> {
    let mut wanted = Vec::new();
    for (at, value) in listed.into_iter().enumerate() {
        let Value::Object(map) = value else {
            fields.refuse(
                "users",
                format!("entry {at} must be an object, not {}", kind_of(&value)),
            );
            continue;
        };
        let mut inner = Fields::at(format!("/users/{at}"), map);
        wanted.extend(read(&mut inner));
        fields.adopt(inner);
    }
    wanted
}

fn read_role(fields: &mut Fields, text: &str) -> Option<Role> {
    role(text).map_err(|error| fields.refuse("role", error)).ok()
}

fn role(text: &str) -> std::result::Result<Role, String> {
    Role::from_id(text).ok_or_else(|| {
        let roles = Role::WITH_TOKEN.map(Role::id).join(", ");
        format!("must be one of {roles}, not {:?}", shorten(text))
    })
}

fn search(text: &str) -> std::result::Result<String, &'static str> {
    let is_fine = text.chars().count() <= MAX_SEARCH && !text.contains(char::is_control);
    is_fine
        .then(|| text.to_owned())
        .ok_or("must have at most 100 characters, and no control characters")
}

/// Moves what is wrong to where the request has it.
fn under(failure: Failure, place: impl Fn(&str) -> String) -> Failure {
    if failure.refusal.errors.is_empty() {
        return failure;
    }
    let errors = failure.refusal.errors.into_iter();
    let errors = errors.map(|FieldError { pointer, detail }| FieldError {
        pointer: place(&pointer),
        detail,
    });
    Refusal::invalid(errors.collect()).into()
}
