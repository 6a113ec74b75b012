//! Documents that the office issues.

use crate::actions::issued::{self, IssueDocument, Wanted};
use crate::error::{Error, Result};
use crate::http::printed;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn draft(request: Request) -> Result<Reply> {
    let asked = |name: &str| request.query.get(name).map_or("", String::as_str);
    let draft = printed::draft(&request.service, &request.context, asked("address"), asked("key")).await?;
    if draft.view.competition_id != request.id("competition_id")? {
        return Err(Error::not_found());
    }
    Reply::json(&draft.view)
}

pub(in crate::http) async fn issue(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let issue: IssueDocument = request.json()?;
    let view = printed::issue(&request.service, &request.context, id, issue).await?;
    let address = format!("/api/v1/competitions/{id}/issued-documents/{}", view.entry.digest);
    Ok(Reply::json(&view)?.created(address))
}

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let wanted = Wanted { application: request.parameter("application_id")?, after: request.cursor()? };
    Reply::page(&issued::list(&request.service, &request.context, id, wanted, request.limit()?).await?)
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    let (id, digest) = (request.id("competition_id")?, request.id("digest")?);
    Reply::json(&issued::read(&request.service, &request.context, id, digest).await?)
}
