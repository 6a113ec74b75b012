//! The command line.

mod explanation;
mod table;
mod tally;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::domain::values::Language;

/// 强链：区域卓越产业链竞赛服务 / Qianglian: runs a regional excellent-chain competition
#[derive(Parser)]
#[command(name = "qianglian", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 由评分文件算出得分、名次与奖项 / Work out scores, places and awards from a tally file
    Tally(tally::TallyArguments),
}

/// The language of texts for people.
#[derive(Clone, Copy, Default, ValueEnum)]
enum LanguageArgument {
    /// 中文 / Chinese
    #[default]
    Zh,
    /// 英文 / English
    En,
}

impl From<LanguageArgument> for Language {
    fn from(argument: LanguageArgument) -> Self {
        match argument {
            LanguageArgument::Zh => Self::Chinese,
            LanguageArgument::En => Self::English,
        }
    }
}

/// Runs the command that the process was started with. Exit status: 0 done; 1 a file could not be read or written;
/// 2 the arguments or the file are not valid.
pub fn run() -> ExitCode {
    match Arguments::parse().command {
        Command::Tally(arguments) => tally::run(&arguments),
    }
}
