//! The command line.

mod archive;
mod backup;
mod data;
mod demo;
mod doctor;
mod draw;
mod explanation;
mod export;
mod failure;
mod keys;
mod migrate;
mod read_archive;
mod restore;
mod scratch;
mod serve;
mod stop;
mod table;
mod tally;
mod user;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use self::failure::{cannot_print, explained};
use crate::config::{DataOptions, DemoOptions, Environment, ServeOptions, language_asked};
use crate::db::BROKEN;
use crate::domain::text;
use crate::domain::values::Language;
use crate::error::{Error, Kind, Result, Trouble};
use crate::http::openapi;

/// 强链：区域卓越产业链竞赛服务 / Qianglian: runs a regional excellent-chain competition
#[derive(Parser)]
#[command(name = "qianglian", version)]
struct Arguments {
    /// 提示文字的语言 / Language of what is told
    #[arg(long, value_enum, global = true, env = "QIANGLIAN_LANG", default_value_t)]
    lang: LanguageArgument,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 由评分文件算出得分、名次与奖项 / Work out scores, places and awards from a tally file
    Tally(tally::TallyArguments),
    /// 由抽取记录重新抽取专家，核对结果 / Draw again from the record of a draw, and compare
    Draw(draw::DrawArguments),
    /// 演示：走完一届竞赛，另三届分别处于公示、评分和申报，然后启动服务 / A demonstration: one competition walked to its end, three more
    /// under way; then served
    Demo(DemoOptions),
    /// 启动服务 / Serve
    Serve(Box<ServeOptions>),
    /// 管理账号（服务运行与否均可）/ Keep accounts (whether the service runs or not)
    User(user::UserArguments),
    /// 更换签名密钥，或让数据库认另一份密钥 / Signing keys
    Keys(keys::KeysArguments),
    /// 导入产业链目录或工作日历的新版本，先显示差异 / Import reference data; the changes are shown first
    Import(data::ImportArguments),
    /// 将公开网页导出为静态文件，服务可同时运行 / Write the public pages as static files (the service may run meanwhile)
    ExportSite(export::ExportArguments),
    /// 生成已归档的一届的归档包（含审计记录），服务可同时运行 / Write the archive of a competition that the office has archived, with the
    /// audit trail (the service may run meanwhile)
    Archive(Box<archive::ArchiveArguments>),
    /// 核对归档包，在本机浏览器中查阅；不需要数据库 / Check an archive and read it in a browser on this machine, without a database
    ReadArchive(read_archive::ReadArchiveArguments),
    /// 备份数据，服务可同时运行；或检查备份 / Back the data up (the service may run meanwhile), or check a backup
    Backup(backup::BackupArguments),
    /// 由备份恢复数据 / Restore the data from a backup
    Restore(restore::RestoreArguments),
    /// 检查数据库和文件是否完好、前后一致，服务可同时运行 / Look whether database and files are whole and agree (the service may run
    /// meanwhile)
    Doctor(doctor::DoctorArguments),
    /// 更新数据库结构 / Bring the database's tables up to date
    Migrate(DataOptions),
    /// 打印接口说明（OpenAPI 3.1）/ Print the API's description (OpenAPI 3.1)
    Openapi,
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

impl Command {
    /// Whether it reads nothing but what it is given: slips in the environment do not touch it.
    fn stands_alone(&self) -> bool {
        matches!(self, Self::Tally(_) | Self::Draw(_) | Self::ReadArchive(_) | Self::Openapi)
    }
}

/// Runs the command that the process was started with. Exit status: 0 done; 1 a file could not be read or written;
/// 2 the arguments or the file are not valid; 70 the database's file is broken. Those of `doctor` are its own.
pub fn run() -> ExitCode {
    let environment = Environment::read(&Arguments::command());
    let matches = environment.applied_to(Arguments::command()).try_get_matches();
    let arguments = match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(told) if told.use_stderr() => match environment.must_be_right() {
            // What the options lack may be what the environment gives wrongly.
            Err(slips) => return finish(language_asked(), Err(slips)),
            Ok(()) => told.exit(),
        },
        Err(help) => return finish(language_asked(), print(help.render().to_string().as_bytes())),
    };
    let language = arguments.lang.into();
    if !arguments.command.stands_alone()
        && let Err(slips) = environment.must_be_right()
    {
        return finish(language, Err(slips));
    }
    let notes = environment.notes();
    if !matches!(arguments.command, Command::Serve(_)) && !arguments.command.stands_alone() {
        for note in notes {
            // Where nobody hears it, the command goes on.
            let _ = writeln!(io::stderr(), "{}", note.in_language(language));
        }
    }
    let done = match arguments.command {
        Command::Tally(arguments) => return tally::run(&arguments, language),
        Command::Draw(arguments) => draw::run(&arguments),
        Command::Doctor(arguments) => return doctor::run(&arguments, language),
        Command::Demo(options) => demo::run(&options),
        Command::Serve(options) => serve::run(&options, notes),
        Command::User(arguments) => user::run(&arguments),
        Command::ReadArchive(arguments) => read_archive::run(&arguments, language),
        Command::Keys(arguments) => keys::run(&arguments),
        Command::Import(arguments) => data::run(&arguments),
        Command::ExportSite(arguments) => export::run(&arguments),
        Command::Archive(arguments) => archive::run(&arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Restore(arguments) => restore::run(&arguments),
        Command::Migrate(options) => migrate::run(&options),
        Command::Openapi => say(&format!("{:#}", openapi())),
    };
    finish(language, done)
}

/// A text of an argument or a file as it is stored.
fn stored(pointer: &str, text: String) -> Result<String> {
    text::stored(pointer, text).map_err(|problem| Error::invalid(vec![problem]))
}

fn say(text: &str) -> Result<()> {
    print(format!("{text}\n").as_bytes())
}

/// Prints bytes. A reader that has seen enough, such as `head`, is no failure.
fn print(bytes: &[u8]) -> Result<()> {
    match io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(cannot_print(&error)),
        _ => Ok(()),
    }
}

/// Ends a command: tells on standard error what went wrong.
fn finish(language: Language, outcome: Result<()>) -> ExitCode {
    let Err(error) = outcome.map_err(explained) else { return ExitCode::SUCCESS };
    // Where not even standard error can be written, the exit status is all that is left to tell.
    let _ = writeln!(std::io::stderr(), "{}", error.text(language));
    if error.trouble == Some(Trouble::Broken) {
        return u8::try_from(BROKEN).map_or(ExitCode::FAILURE, ExitCode::from);
    }
    if matches!(error.kind, Kind::Internal | Kind::Busy | Kind::InsufficientStorage) {
        ExitCode::from(1)
    } else {
        ExitCode::from(2)
    }
}
