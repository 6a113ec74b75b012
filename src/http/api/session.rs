//! Sessions and one's own account.

use crate::actions::{accounts, login, messages, platform as platforms, second_factor as factor};
use crate::error::Result;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn set_up(request: Request) -> Result<Reply> {
    let account = login::set_up(&request.service, &request.context, request.checked()?).await?;
    Reply::json(&account)
}

pub(in crate::http) async fn log_in(request: Request) -> Result<Reply> {
    let client = request.user_agent.clone();
    Reply::json(&login::log_in(&request.service, &request.context, request.checked()?, client).await?)
}

pub(in crate::http) async fn log_in_further(request: Request) -> Result<Reply> {
    let client = request.user_agent.clone();
    Reply::json(&login::log_in_further(&request.service, &request.context, request.checked()?, client).await?)
}

pub(in crate::http) async fn prove_again(request: Request) -> Result<Reply> {
    login::prove_again(&request.service, &request.context, request.checked()?).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn second_factor(request: Request) -> Result<Reply> {
    Reply::json(&factor::read(&request.service, &request.context).await?)
}

pub(in crate::http) async fn begin_totp(request: Request) -> Result<Reply> {
    Reply::json(&factor::begin(&request.service, &request.context).await?)
}

pub(in crate::http) async fn confirm_totp(request: Request) -> Result<Reply> {
    Reply::json(&factor::confirm(&request.service, &request.context, request.checked()?).await?)
}

pub(in crate::http) async fn remove_app(request: Request) -> Result<Reply> {
    factor::remove_app(&request.service, &request.context).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn add_passkey(request: Request) -> Result<Reply> {
    let added = factor::add_passkey(&request.service, &request.context, request.checked()?).await?;
    Ok(Reply::json(&added)?.created("/api/v1/me/second-factor".to_owned()))
}

pub(in crate::http) async fn remove_passkey(request: Request) -> Result<Reply> {
    factor::remove_passkey(&request.service, &request.context, request.id("passkey_id")?).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn renew_recovery_codes(request: Request) -> Result<Reply> {
    Reply::json(&factor::renew_codes(&request.service, &request.context).await?)
}

pub(in crate::http) async fn remove_second_factor(request: Request) -> Result<Reply> {
    factor::remove(&request.service, &request.context).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn refresh(request: Request) -> Result<Reply> {
    let client = request.user_agent.clone();
    Reply::json(&login::refresh(&request.service, &request.context, request.checked()?, client).await?)
}

pub(in crate::http) async fn accept_link(request: Request) -> Result<Reply> {
    Reply::json(&login::accept_link(&request.service, &request.context, request.checked()?).await?)
}

pub(in crate::http) async fn log_out(request: Request) -> Result<Reply> {
    login::log_out(&request.service, &request.context).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn log_out_everywhere(request: Request) -> Result<Reply> {
    login::log_out_everywhere(&request.service, &request.context).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn me(request: Request) -> Result<Reply> {
    let account = accounts::read_self(&request.service, &request.context).await?;
    Ok(Reply::json(&account)?.revision(account.revision))
}

pub(in crate::http) async fn change_contact(request: Request) -> Result<Reply> {
    let (revision, change) = (request.revision(), request.json()?);
    let account = accounts::change_contact(&request.service, &request.context, revision, change).await?;
    Ok(Reply::json(&account)?.revision(account.revision))
}

pub(in crate::http) async fn change_password(request: Request) -> Result<Reply> {
    login::change_password(&request.service, &request.context, request.checked()?).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn sessions(request: Request) -> Result<Reply> {
    Reply::list(&login::sessions(&request.service, &request.context).await?)
}

pub(in crate::http) async fn end_session(request: Request) -> Result<Reply> {
    login::end_session(&request.service, &request.context, request.id("session_id")?).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn messages(request: Request) -> Result<Reply> {
    Reply::list(&messages::unread(&request.service, &request.context).await?)
}

pub(in crate::http) async fn acknowledge(request: Request) -> Result<Reply> {
    messages::acknowledge(&request.service, &request.context, request.json()?).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn platform(request: Request) -> Result<Reply> {
    Reply::json(&platforms::standing(&request.service, &request.context).await?)
}

pub(in crate::http) async fn link_platform(request: Request) -> Result<Reply> {
    Reply::json(&platforms::link(&request.service, &request.context, request.checked()?).await?)
}

pub(in crate::http) async fn unlink_platform(request: Request) -> Result<Reply> {
    platforms::unlink(&request.service, &request.context).await?;
    Ok(Reply::Done)
}
