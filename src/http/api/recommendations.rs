//! City review and recommendation.

use crate::actions::{duplicates, recommendations};
use crate::error::Result;
use crate::http::request::{Reply, Request};

fn reply(view: &recommendations::RecommendationView) -> Result<Reply> {
    Ok(Reply::json(view)?.revision(view.revision))
}

pub(in crate::http) async fn send_back(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    recommendations::send_back(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::Done)
}

pub(in crate::http) async fn duplicates(request: Request) -> Result<Reply> {
    Reply::json(&duplicates::read(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn overview(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    Reply::json(&recommendations::overview(&request.service, &request.context, id).await?)
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    let (id, city) = (request.id("competition_id")?, request.id("city_code")?);
    reply(&recommendations::read(&request.service, &request.context, id, city).await?)
}

pub(in crate::http) async fn put(request: Request) -> Result<Reply> {
    let (id, city, revision) = (request.id("competition_id")?, request.id("city_code")?, request.revision());
    reply(
        &recommendations::put(&request.service, &request.context, id, city, revision, request.json()?)
            .await?,
    )
}

pub(in crate::http) async fn seal(request: Request) -> Result<Reply> {
    let (id, city, revision) = (request.id("competition_id")?, request.id("city_code")?, request.revision());
    reply(&recommendations::seal(&request.service, &request.context, id, city, revision).await?)
}
