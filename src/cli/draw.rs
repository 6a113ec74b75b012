//! `qianglian draw --replay FILE`: draws again from the record of a draw. No database and no network are needed.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Doing, failed};
use crate::domain::draw::{DrawRecord, Replay, replay};
use crate::domain::strict::{self, Misread};
use crate::error::{Error, Result};

/// Arguments of `draw`.
#[derive(Args)]
pub(super) struct DrawArguments {
    /// 抽取记录（JSON），来自 /api/v1/competitions/…/draws/…/record / The record of a draw
    #[arg(long, value_name = "FILE", required = true)]
    replay: PathBuf,
}

/// Runs `draw`.
pub(super) fn run(arguments: &DrawArguments) -> Result<()> {
    let path = arguments.replay.display();
    let bytes = std::fs::read(&arguments.replay)
        .map_err(|error| failed(Doing::Reading, &arguments.replay, &error))?;
    let read = strict::from_json::<DrawRecord>(&bytes);
    let record = read.map_err(|misread| {
        let why = match misread {
            Misread::Wrong(_, error) => error.to_string(),
            Misread::Unknown(pointers) => pointers.join(" "),
        };
        Error::invalid_field(
            "",
            "not_a_record",
            format!("{path} 不是抽取记录：{why}"),
            format!("{path} is no record of a draw: {why}"),
        )
    })?;
    let wrong = |code, zh: &str, en: &str| Err(Error::conflict(code, zh, en));
    match replay(&record) {
        Replay::Same => {
            super::say(&format!(
                "一致 / the same: 摘要 digest {}，种子 seed {}",
                record.digest, record.result.seed
            ))?;
            for panel in &record.result.panels {
                let serving: Vec<String> = panel.serving.iter().map(ToString::to_string).collect();
                super::say(&format!("{}: {}", panel.key, serving.join(" ")))?;
            }
            Ok(())
        }
        Replay::BasisChanged => wrong(
            "basis_changed",
            "不一致：冻结的候选名单或规则与记录的摘要不符",
            "Not the same: candidates or rule are not those whose digest was recorded",
        ),
        Replay::CommitmentBroken => wrong(
            "commitment_broken",
            "不一致：秘密与事先公布的承诺不符",
            "Not the same: the secret is not the one that was committed to",
        ),
        Replay::AnotherResult => wrong(
            "another_result",
            "不一致：重新抽取得到另一结果",
            "Not the same: drawing again gives another result",
        ),
    }
}
