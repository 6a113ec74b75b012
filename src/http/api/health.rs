//! How the service fares.

use crate::actions::health;
use crate::error::Result;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    Reply::json(&health::read(&request.service, &request.visit).await?)
}
