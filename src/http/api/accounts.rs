//! Accounts.

use crate::actions::account_imports::ImportAccounts;
use crate::actions::accounts::AccountFilter;
use crate::actions::{account_imports, accounts, links};
use crate::domain::access::{Action, Relation};
use crate::error::Result;
use crate::http::request::{Reply, Request};
use crate::http::tables;

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let (after, limit) = (request.cursor()?, request.limit()?);
    let filter = AccountFilter {
        role: request.parameter("role")?,
        region: request.parameter("region_code")?,
        text: request.parameter("text")?,
        state: request.parameter("state")?,
    };
    Reply::page(&accounts::list(&request.service, &request.context, after, limit, filter).await?)
}

pub(in crate::http) async fn invite(request: Request) -> Result<Reply> {
    let invitation = accounts::invite(&request.service, &request.context, request.json()?).await?;
    Ok(Reply::json(&invitation)?.created(format!("/api/v1/accounts/{}", invitation.account.id)))
}

pub(in crate::http) async fn import(request: Request) -> Result<Reply> {
    let import: ImportAccounts = request.json()?;
    let sent = import.table();
    let act = async |context| account_imports::import(&request.service, &context, import).await;
    tables::imported(&request, sent, act).await
}

pub(in crate::http) async fn invite_again(request: Request) -> Result<Reply> {
    Reply::json(&accounts::invite_again(&request.service, &request.context, request.json()?).await?)
}

pub(in crate::http) async fn forgotten(request: Request) -> Result<Reply> {
    request.context.may(Action::ReadAccounts, Relation::General)?;
    Reply::json(&accounts::forgotten(&request.service).await?)
}

pub(in crate::http) async fn allow_forgotten(request: Request) -> Result<Reply> {
    Reply::json(&accounts::allow_forgotten(&request.service, &request.context, request.json()?).await?)
}

pub(in crate::http) async fn forget(request: Request) -> Result<Reply> {
    accounts::forget(&request.service, &request.context, request.json()?).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    let account = accounts::read(&request.service, &request.context, request.id("account_id")?).await?;
    Ok(Reply::json(&account)?.revision(account.revision))
}

pub(in crate::http) async fn change(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("account_id")?, request.revision());
    let account = accounts::change(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&account)?.revision(account.revision))
}

pub(in crate::http) async fn reset_second_factor(request: Request) -> Result<Reply> {
    let id = request.id("account_id")?;
    Reply::json(&accounts::reset_second_factor(&request.service, &request.context, id).await?)
}

pub(in crate::http) async fn reset(request: Request) -> Result<Reply> {
    Reply::json(&accounts::reset(&request.service, &request.context, request.id("account_id")?).await?)
}

pub(in crate::http) async fn confirm_link(request: Request) -> Result<Reply> {
    let id = request.id("account_id")?;
    let account = links::confirm(&request.service, &request.context, id).await?;
    Ok(Reply::json(&account)?.revision(account.revision))
}

pub(in crate::http) async fn confirm_links(request: Request) -> Result<Reply> {
    Reply::json(&links::confirm_several(&request.service, &request.context, request.json()?).await?)
}

pub(in crate::http) async fn refuse_link(request: Request) -> Result<Reply> {
    let id = request.id("account_id")?;
    Reply::json(&links::refuse(&request.service, &request.context, id, request.json()?).await?)
}

pub(in crate::http) async fn link(request: Request) -> Result<Reply> {
    Reply::json(&links::newest(&request.service, &request.context, request.id("account_id")?).await?)
}

pub(in crate::http) async fn links(request: Request) -> Result<Reply> {
    let (after, limit) = (request.cursor()?, request.limit()?);
    Reply::page(&links::waiting(&request.service, &request.context, after, limit).await?)
}
