//! Applications.

use crate::actions::applications::consents;
use crate::actions::applications::{self, ApplicationView, Wanted};
use crate::actions::imports::ImportTable;
use crate::domain::application::Part;
use crate::error::Result;
use crate::http::request::{Reply, Request};
use crate::http::tables;

fn reply(view: &ApplicationView) -> Result<Reply> {
    Ok(Reply::json(view)?.revision(view.revision))
}

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let wanted = Wanted {
        competition: request.parameter("competition_id")?,
        city: request.parameter("city_code")?,
        chain: request.parameter("chain_number")?,
        state: request.parameter("state")?,
        changed_since: request.moment("changed_since")?,
        before: request.cursor()?,
    };
    Reply::page(&applications::list(&request.service, &request.context, wanted, request.limit()?).await?)
}

pub(in crate::http) async fn create(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let view = applications::create(&request.service, &request.context, id, request.json()?).await?;
    Ok(reply(&view)?.created(format!("/api/v1/applications/{}", view.id)))
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    reply(&applications::read(&request.service, &request.context, request.id("application_id")?).await?)
}

pub(in crate::http) async fn put_part(request: Request) -> Result<Reply> {
    let (id, part): (_, Part) = (request.id("application_id")?, request.id("part")?);
    let content = request.part_content(&part)?;
    let view =
        applications::put_part(&request.service, &request.context, id, part, request.revision(), content)
            .await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn import_part(request: Request) -> Result<Reply> {
    let (id, part): (_, Part) = (request.id("application_id")?, request.id("part")?);
    let import: ImportTable = request.json()?;
    let sent = import.table();
    let act = async |context| applications::import_part(&request.service, &context, id, part, import).await;
    tables::imported(&request, sent, act).await
}

pub(in crate::http) async fn part_history(request: Request) -> Result<Reply> {
    let (id, part): (_, Part) = (request.id("application_id")?, request.id("part")?);
    let (after, limit) = (request.cursor()?.unwrap_or(0), request.limit()?);
    Reply::page(
        &applications::part_history(&request.service, &request.context, id, part, after, limit).await?,
    )
}

pub(in crate::http) async fn put_members(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    reply(
        &applications::put_members(&request.service, &request.context, id, revision, request.json()?).await?,
    )
}

pub(in crate::http) async fn decide_consent(request: Request) -> Result<Reply> {
    let id = request.id("application_id")?;
    Reply::json(&consents::decide(&request.service, &request.context, id, request.json()?).await?)
}

pub(in crate::http) async fn consents(request: Request) -> Result<Reply> {
    Reply::json(&consents::read(&request.service, &request.context, request.id("application_id")?).await?)
}

pub(in crate::http) async fn completeness(request: Request) -> Result<Reply> {
    Reply::json(
        &applications::completeness(&request.service, &request.context, request.id("application_id")?)
            .await?,
    )
}

pub(in crate::http) async fn self_score(request: Request) -> Result<Reply> {
    Reply::json(
        &applications::self_score(&request.service, &request.context, request.id("application_id")?).await?,
    )
}

pub(in crate::http) async fn submit(request: Request) -> Result<Reply> {
    let id = request.id("application_id")?;
    let receipt = applications::submit(&request.service, &request.context, id, request.revision()).await?;
    let at = format!("/api/v1/applications/{id}/submissions/{}", receipt.submission);
    Ok(Reply::json(&receipt)?.created(at))
}

pub(in crate::http) async fn submissions(request: Request) -> Result<Reply> {
    Reply::list(
        &applications::submissions(&request.service, &request.context, request.id("application_id")?).await?,
    )
}

pub(in crate::http) async fn submission(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("application_id")?, request.id("number")?);
    Reply::json(&applications::submission(&request.service, &request.context, id, number).await?)
}

pub(in crate::http) async fn withdraw(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    reply(&applications::withdraw(&request.service, &request.context, id, revision, request.json()?).await?)
}
