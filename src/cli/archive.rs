//! `qianglian archive`: the archive of a competition that the office has archived, with its audit trail, as a file.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use futures_util::StreamExt;

use super::failure::{Doing, failed};
use super::scratch::Scratch;
use super::serve::{claim_or_join, must_have_database, open_stored};
use crate::actions::RequestContext;
use crate::clock::Clock;
use crate::config::{DataOptions, S3Options};
use crate::domain::ids::CompetitionId;
use crate::error::{Error, Result};
use crate::files::Fonts;
use crate::http::archive_of;

/// What the name of the folder begins with in which an archive is made.
const MAKING: &str = ".qianglian-archive-";

/// Arguments of `archive`.
#[derive(Args)]
pub(super) struct ArchiveArguments {
    /// 竞赛的标识，见其网页地址 / The competition's identifier, as the addresses of its pages have it
    #[arg(value_name = "EDITION")]
    competition: CompetitionId,
    /// 写入的文件，须尚不存在 / The file to write, not there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// 另有字体的目录，同 serve / Directory with fonts, as `serve` takes it
    #[arg(long, env = "QIANGLIAN_FONTS", value_name = "DIR")]
    fonts: Option<PathBuf>,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    s3: S3Options,
}

/// Runs `archive`.
pub(super) fn run(arguments: &ArchiveArguments) -> Result<()> {
    actix_web::rt::System::new().block_on(archive(arguments))
}

async fn archive(arguments: &ArchiveArguments) -> Result<()> {
    let (out, data) = (&arguments.out, &arguments.data);
    if out.exists() {
        return Err(Error::conflict(
            "already_there",
            format!("文件 {} 已存在，请换一个", out.display()),
            format!("{} is there already; choose another file", out.display()),
        ));
    }
    arguments.s3.must_name_a_bucket()?;
    if data.database_url.is_none() {
        must_have_database(data)?;
    }
    let _claimed = claim_or_join(data)?;
    let clock = Clock::machine();
    let mut service = open_stored(data, &arguments.s3, clock.clone()).await?;
    service.fonts = Arc::new(Fonts::new(arguments.fonts.clone()));
    let context = RequestContext::of_operator_reading(&clock);
    let (_, mut pieces) = archive_of(&service, &context, arguments.competition).await?;
    let folder = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let writing = |error| failed(Doing::Writing, out, &error);
    let scratch = Scratch::new(folder, MAKING, &clock).map_err(writing)?;
    let making = scratch.path().join("archive.zip");
    let mut file = File::create_new(&making).map_err(writing)?;
    while let Some(piece) = pieces.next().await {
        file.write_all(&piece?).map_err(writing)?;
    }
    file.sync_all().map_err(writing)?;
    fs::rename(&making, out).map_err(writing)?;
    super::say(&format!("已写入归档包 / archive written: {}", out.display()))
}
