//! Inspections, and what is put right after them.

use crate::actions::imports::ImportTable;
use crate::actions::inspections::{self, InspectionView};
use crate::domain::access::Action;
use crate::error::Result;
use crate::http::request::{Reply, Request};
use crate::http::tables;

fn reply(view: &InspectionView) -> Result<Reply> {
    Ok(Reply::json(view)?.revision(view.revision))
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    reply(&inspections::read(&request.service, &request.context, request.id("application_id")?).await?)
}

pub(in crate::http) async fn put_plan(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let plan = request.json()?;
    reply(&inspections::put_plan(&request.service, &request.context, id, revision, plan).await?)
}

pub(in crate::http) async fn plan_of_all(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    Reply::list(&inspections::plan_of_all(&request.service, &request.context, id).await?)
}

pub(in crate::http) async fn put_plans(request: Request) -> Result<Reply> {
    let (id, plans) = (request.id("competition_id")?, request.json()?);
    Reply::json(&inspections::put_plans(&request.service, &request.context, id, plans).await?)
}

pub(in crate::http) async fn import_plans(request: Request) -> Result<Reply> {
    let (id, import): (_, ImportTable) = (request.id("competition_id")?, request.json()?);
    let sent = import.table();
    let act = async |context| inspections::import_plans(&request.service, &context, id, import).await;
    tables::imported(&request, sent, act).await
}

pub(in crate::http) async fn put_record(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let record = request.json()?;
    reply(&inspections::put_record(&request.service, &request.context, id, revision, record).await?)
}

pub(in crate::http) async fn sign(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    reply(&inspections::sign(&request.service, &request.context, id, revision).await?)
}

pub(in crate::http) async fn decide(request: Request) -> Result<Reply> {
    answer(request, Action::AnswerInspection).await
}

pub(in crate::http) async fn state_refusal(request: Request) -> Result<Reply> {
    answer(request, Action::RecordInspection).await
}

async fn answer(request: Request, action: Action) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let (service, context) = (&request.service, &request.context);
    reply(&inspections::decide(service, context, id, revision, action, request.json()?).await?)
}

pub(in crate::http) async fn reopen(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    reply(&inspections::reopen(&request.service, &request.context, id, revision, request.json()?).await?)
}

pub(in crate::http) async fn consent(request: Request) -> Result<Reply> {
    let (id, indicator) = (request.id("application_id")?, request.id("indicator")?);
    reply(&inspections::consent(&request.service, &request.context, id, indicator, request.json()?).await?)
}

pub(in crate::http) async fn comment(request: Request) -> Result<Reply> {
    let id = request.id("application_id")?;
    reply(&inspections::comment(&request.service, &request.context, id, request.json()?).await?)
}

pub(in crate::http) async fn order_rectification(request: Request) -> Result<Reply> {
    let id = request.id("application_id")?;
    let view =
        inspections::order_rectification(&request.service, &request.context, id, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision).created(format!("/api/v1/applications/{id}/inspection")))
}

pub(in crate::http) async fn answer_rectification(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("rectification_id")?, request.revision());
    let (service, context) = (&request.service, &request.context);
    let view = inspections::answer_rectification(service, context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn recheck_rectification(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("rectification_id")?, request.revision());
    let (service, context) = (&request.service, &request.context);
    let view = inspections::recheck_rectification(service, context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}
