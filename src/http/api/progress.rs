//! Progress, reminders and letters.

use crate::actions::{letters, progress};
use crate::error::Result;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    Reply::json(&progress::read(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn remind(request: Request) -> Result<Reply> {
    Reply::json(&progress::remind(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn letters(request: Request) -> Result<Reply> {
    let (id, before, limit) = (request.id("competition_id")?, request.cursor()?, request.limit()?);
    Reply::page(&letters::list(&request.service, &request.context, id, before, limit).await?)
}

pub(in crate::http) async fn resend(request: Request) -> Result<Reply> {
    Reply::json(&letters::resend(&request.service, &request.context, request.id("letter_id")?).await?)
}
