//! `data`: a new version of the catalogue or of the calendar of working days, shown before it is imported.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};

use super::failure::{Doing, failed};
use super::serve::{claim, open};
use crate::actions::RequestContext;
use crate::actions::data::{self, CatalogueTable, Import, Kind};
use crate::clock::Clock;
use crate::config::DataOptions;
use crate::domain::catalogue::Catalogue;
use crate::domain::working_days::WorkingCalendar;
use crate::error::{Error, Result};
use crate::files::decoded;
use crate::http::read_value;

/// What a file holds.
#[derive(Clone, Copy, ValueEnum)]
enum Content {
    /// 整个目录，JSON / A whole catalogue, JSON
    Catalogue,
    /// 产业链表，Excel 或 CSV / The table of chains, Excel or CSV
    Chains,
    /// 地区表，Excel 或 CSV / The table of regions, Excel or CSV
    Regions,
    /// 放假安排表，Excel 或 CSV / A table of days off and days made up, Excel or CSV
    Days,
    /// 工作日历，JSON / A calendar of working days, JSON
    WorkingDays,
}

#[derive(Args)]
pub(super) struct ImportArguments {
    /// 文件 / The file
    file: PathBuf,
    /// 内容 / What it holds
    #[arg(long, value_enum)]
    content: Content,
    /// 理由及依据文号 / Why, and from which document
    #[arg(long)]
    reason: String,
    /// 导入；不加此项只显示差异 / Import it; without this only the changes are shown
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// Runs `import`.
pub(super) fn run(arguments: &ImportArguments) -> Result<()> {
    actix_web::rt::System::new().block_on(act(arguments))
}

async fn act(arguments: &ImportArguments) -> Result<()> {
    let options = &arguments.data;
    let _claimed = if options.database_url.is_none() { Some(claim(options.directory())?) } else { None };
    let clock = Clock::machine();
    let service = open(options, clock.clone()).await?;
    let bytes = fs::read(&arguments.file).map_err(|error| failed(Doing::Reading, &arguments.file, &error))?;
    let not_text = || {
        Error::bad_request(
            "not_text",
            "文件不是 UTF-8、GB18030 或 UTF-16 编码的文本",
            "The file is no text in UTF-8, GB18030 or UTF-16",
        )
    };
    // What JSON escapes is text like any other.
    let document = || {
        let text = super::stored("", decoded(&bytes).ok_or_else(not_text)?)?;
        read_value(text.as_bytes()).map(|value| value.to_string())
    };
    // The bytes of a table, of whatever kind it is.
    let table = || Some(STANDARD.encode(&bytes));
    let kind = match arguments.content {
        Content::WorkingDays | Content::Days => Kind::WorkingDays,
        _ => Kind::Catalogue,
    };
    let mut import = Import {
        base_version: data::newest_version(&service, kind).await?,
        reason: super::stored("/reason", arguments.reason.clone())?,
        ..Import::default()
    };
    match arguments.content {
        Content::Catalogue => {
            import.catalogue = Some(Catalogue::read_json(document()?.as_bytes()).map_err(Error::invalid)?);
        }
        Content::Chains => (import.table, import.xlsx) = (Some(CatalogueTable::Chains), table()),
        Content::Regions => (import.table, import.xlsx) = (Some(CatalogueTable::Regions), table()),
        Content::Days => import.xlsx = table(),
        Content::WorkingDays => {
            import.working_days =
                Some(WorkingCalendar::read_json(document()?.as_bytes()).map_err(Error::invalid)?);
        }
    }
    let context = RequestContext::of_operator(&clock);
    let preview = data::preview(&service, &context, kind, import.clone()).await?;
    super::say(&preview.changes_text())?;
    if !arguments.yes {
        super::say("未导入；核对无误后加 --yes / Not imported; add --yes once it is right")?;
        return Ok(());
    }
    let imported = data::import(&service, &context, kind, import).await?;
    super::say(&format!(
        "已导入第{}版 / imported as version {}: {}",
        imported.version, imported.version, imported.digest
    ))?;
    Ok(())
}
