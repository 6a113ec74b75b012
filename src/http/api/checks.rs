//! The office's checks.

use crate::actions::checks;
use crate::actions::imports::ImportTable;
use crate::error::Result;
use crate::http::request::{Reply, Request};
use crate::http::tables;

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    Reply::json(&checks::read(&request.service, &request.context, request.id("application_id")?).await?)
}

pub(in crate::http) async fn check_formally(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let view =
        checks::check_formally(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/applications/{id}/checks")))
}

pub(in crate::http) async fn take_back(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let view = checks::take_back(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/applications/{id}/checks")))
}

pub(in crate::http) async fn put_veto(request: Request) -> Result<Reply> {
    let (id, item, revision) = (request.id("application_id")?, request.id("item")?, request.revision());
    let view =
        checks::put_veto(&request.service, &request.context, id, item, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn drafts(request: Request) -> Result<Reply> {
    Reply::list(&checks::drafts(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn save_drafts(request: Request) -> Result<Reply> {
    let (id, drafts) = (request.id("competition_id")?, request.json()?);
    Reply::json(&checks::save(&request.service, &request.context, id, drafts).await?)
}

pub(in crate::http) async fn import_drafts(request: Request) -> Result<Reply> {
    let (id, import): (_, ImportTable) = (request.id("competition_id")?, request.json()?);
    let sent = import.table();
    let act = async |context| checks::import(&request.service, &context, id, import).await;
    tables::imported(&request, sent, act).await
}

pub(in crate::http) async fn lots(request: Request) -> Result<Reply> {
    Reply::list(&checks::lots(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn issue(request: Request) -> Result<Reply> {
    let (id, asked) = (request.id("competition_id")?, request.json()?);
    let view = checks::issue(&request.service, &request.context, id, asked).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/competitions/{id}/checks/lots/{}", view.number)))
}

pub(in crate::http) async fn lot(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Reply::json(&checks::lot(&request.service, &request.context, id, number).await?)
}
