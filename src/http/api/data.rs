//! Reference data.

use crate::actions::data::{self, Import, Kind};
use crate::domain::catalogue::{Region, RegionCode, RegionKind};
use crate::error::Result;
use crate::http::request::{Reply, Request};
use crate::http::tables;

pub(in crate::http) async fn chains(request: Request) -> Result<Reply> {
    Reply::json(&data::catalogue(&request.service, None).await?)
}

pub(in crate::http) async fn regions(request: Request) -> Result<Reply> {
    let kind: Option<RegionKind> = request.parameter("kind")?;
    let parent: Option<RegionCode> = request.parameter("parent")?;
    let newest = data::catalogue(&request.service, None).await?;
    let wanted = |region: &Region| {
        kind.is_none_or(|kind| region.kind == kind)
            && parent.as_ref().is_none_or(|parent| region.parent == *parent)
    };
    let regions: Vec<Region> = newest.catalogue.regions.into_iter().filter(wanted).collect();
    Reply::list(&regions)
}

pub(in crate::http) async fn catalogues(request: Request) -> Result<Reply> {
    Reply::page(
        &data::versions(&request.service, Kind::Catalogue, request.cursor()?, request.limit()?).await?,
    )
}

pub(in crate::http) async fn catalogue(request: Request) -> Result<Reply> {
    Reply::json(&data::catalogue(&request.service, Some(request.id("version")?)).await?)
}

pub(in crate::http) async fn calendars(request: Request) -> Result<Reply> {
    Reply::page(
        &data::versions(&request.service, Kind::WorkingDays, request.cursor()?, request.limit()?).await?,
    )
}

pub(in crate::http) async fn calendar(request: Request) -> Result<Reply> {
    Reply::json(&data::working_days(&request.service, Some(request.id("version")?)).await?)
}

async fn preview(request: Request, kind: Kind) -> Result<Reply> {
    let import: Import = request.json()?;
    let sent = import.table();
    let act = async |context| data::preview(&request.service, &context, kind, import).await;
    tables::imported(&request, sent, act).await
}

async fn import(request: Request, kind: Kind, list: &str) -> Result<Reply> {
    let imported = data::import(&request.service, &request.context, kind, request.json()?).await?;
    Ok(Reply::json(&imported)?.created(format!("{list}/{}", imported.version)))
}

pub(in crate::http) async fn preview_catalogue(request: Request) -> Result<Reply> {
    preview(request, Kind::Catalogue).await
}

pub(in crate::http) async fn preview_calendar(request: Request) -> Result<Reply> {
    preview(request, Kind::WorkingDays).await
}

pub(in crate::http) async fn import_catalogue(request: Request) -> Result<Reply> {
    import(request, Kind::Catalogue, "/api/v1/catalogues").await
}

pub(in crate::http) async fn import_calendar(request: Request) -> Result<Reply> {
    import(request, Kind::WorkingDays, "/api/v1/working-days").await
}
