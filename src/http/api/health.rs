//! The service's health.

use crate::actions::health::AboutView;
use crate::actions::{health, jumps};
use crate::error::Result;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn about(_: Request) -> Result<Reply> {
    Reply::json(&AboutView::now())
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    Reply::json(&health::read(&request.service, &request.context).await?)
}

pub(in crate::http) async fn clock(request: Request) -> Result<Reply> {
    Reply::json(&jumps::read(&request.service, &request.context).await?)
}

pub(in crate::http) async fn confirm_clock(request: Request) -> Result<Reply> {
    let id = request.id("jump_id")?;
    Reply::json(&jumps::confirm(&request.service, &request.context, id, request.json()?).await?)
}
