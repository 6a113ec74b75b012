//! Experts, draws and panels.

use crate::actions::experts::{self, ImportExperts, Wanted};
use crate::actions::{draws, panels};
use crate::error::Result;
use crate::http::request::{Reply, Request};
use crate::http::tables;

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let wanted = Wanted {
        text: request.query.get("text").cloned().unwrap_or_default(),
        field: request.parameter("field")?,
        city: request.parameter("city_code")?,
        available: request.parameter("available")?,
        incomplete: request.parameter("incomplete")?.unwrap_or(false),
        after: request.cursor()?,
    };
    Reply::page(&experts::list(&request.service, &request.context, wanted, request.limit()?).await?)
}

pub(in crate::http) async fn create(request: Request) -> Result<Reply> {
    let view = experts::create(&request.service, &request.context, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision).created(format!("/api/v1/experts/{}", view.id)))
}

pub(in crate::http) async fn import(request: Request) -> Result<Reply> {
    let import: ImportExperts = request.json()?;
    let sent = import.table();
    let act = async |context| experts::import(&request.service, &context, import).await;
    tables::imported(&request, sent, act).await
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    let view = experts::read(&request.service, &request.context, request.id("expert_id")?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn change(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("expert_id")?, request.revision());
    let view = experts::change(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn conflicts(request: Request) -> Result<Reply> {
    Reply::list(&panels::conflicts(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn draws(request: Request) -> Result<Reply> {
    Reply::list(&draws::list(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn freeze(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let view = draws::freeze(&request.service, &request.context, id, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/competitions/{id}/draws")))
}

pub(in crate::http) async fn enter_seed(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Reply::json(&draws::enter_seed(&request.service, &request.context, id, number, request.json()?).await?)
}

pub(in crate::http) async fn witness(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Reply::json(&draws::witness(&request.service, &request.context, id, number, request.json()?).await?)
}

pub(in crate::http) async fn give_up(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Reply::json(&draws::give_up(&request.service, &request.context, id, number, request.json()?).await?)
}

pub(in crate::http) async fn record(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Reply::json(&draws::record(&request.service, &request.context, id, number).await?)
}

pub(in crate::http) async fn panels(request: Request) -> Result<Reply> {
    Reply::list(&panels::list(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn recuse(request: Request) -> Result<Reply> {
    let (id, panel, expert) = (request.id("competition_id")?, request.id("panel")?, request.id("expert_id")?);
    let (service, context) = (&request.service, &request.context);
    Reply::json(&panels::recuse_by_office(service, context, id, panel, expert, request.json()?).await?)
}

pub(in crate::http) async fn own_panel(request: Request) -> Result<Reply> {
    Reply::json(&panels::read_own(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn declare(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let view = panels::declare(&request.service, &request.context, id, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/competitions/{id}/panels/mine")))
}
