//! `qianglian doctor`: looks through a database and its files, and tells what is wrong with which record.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::serve::{must_have_database, open_store};
use crate::actions::doctor::{self, Report};
use crate::clock::Clock;
use crate::config::{DataOptions, S3Options};
use crate::db::{Conn, is_up_to_date};
use crate::domain::values::Language;
use crate::error::{Error, Result};

/// Arguments of `doctor`.
#[derive(Args)]
pub(super) struct DoctorArguments {
    /// 不读取文件内容，只核对文件是否存在、大小是否相符 / Don't read what is in files, only compare which are there and their sizes
    #[arg(long)]
    no_files: bool,
    /// 以 JSON 打印，供程序读取 / Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    s3: S3Options,
}

/// Runs `doctor`. Exit status: 0 nothing is wrong; 1 something is; 2 it could not look.
pub(super) fn run(arguments: &DoctorArguments, language: Language) -> ExitCode {
    let looked = actix_web::rt::System::new().block_on(look(arguments));
    match looked.and_then(|report| tell(&report, arguments.json).map(|()| report)) {
        Ok(report) if report.findings.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            super::finish(language, Err(error));
            ExitCode::from(2)
        }
    }
}

async fn look(arguments: &DoctorArguments) -> Result<Report> {
    let data = &arguments.data;
    arguments.s3.must_name_a_bucket()?;
    if data.database_url.is_none() {
        must_have_database(data)?;
    }
    // Nothing is claimed and nothing is changed, so that a service may run.
    let mut conn = Conn::open(&data.address())?;
    if !is_up_to_date(&mut conn)? {
        return Err(Error::conflict(
            "database_older",
            "数据库结构须先更新：请运行 qianglian migrate",
            "The tables have to be brought up to date first: run `qianglian migrate`",
        ));
    }
    let mut report = doctor::database(&mut conn)?;
    let store = open_store(&arguments.s3, data.directory())?;
    doctor::files(&store, &mut report, Clock::machine().now(), !arguments.no_files).await?;
    Ok(report)
}

fn tell(report: &Report, as_json: bool) -> Result<()> {
    if as_json {
        let told = json!({
            "format": "qianglian-doctor/1",
            "findings": report.findings,
            "notes": report.notes,
            "looked": report.looked,
        });
        return super::say(&told.to_string());
    }
    for finding in &report.findings {
        super::say(&finding.to_string())?;
    }
    for note in &report.notes {
        super::say(&format!("说明 / note: {note}"))?;
    }
    let looked: Vec<String> = report.looked.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    super::say(&format!("已检查 / looked at: {}", looked.join(", ")))?;
    super::say(&match report.findings.len() {
        0 => "没有发现问题 / nothing is wrong".to_owned(),
        found => format!("发现{found}处问题 / {found} findings"),
    })
}
