//! `keys`: a new signing key beside a running service; other keys for a database whose own are lost.

use clap::{Args, Subcommand};

use super::serve::{CONNECTIONS, claim};
use crate::actions::keys;
use crate::clock::Clock;
use crate::config::DataOptions;
use crate::db::Db;
use crate::error::Result;
use crate::keys::rotate;

#[derive(Args)]
pub(super) struct KeysArguments {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// 增加一把签名密钥，服务可同时运行；旧的在其签发的登录到期前仍可验证 / Add a signing key (the service may run); older ones
    /// verify until what they signed has ended
    Rotate(DataOptions),
    /// 原密钥丢失时：让数据库认现有（或新建）的密钥；所有登录失效 / Where the keys are lost: take those that are there, or new
    /// ones; all logins end
    Accept(DataOptions),
}

/// Runs `keys`.
pub(super) fn run(arguments: &KeysArguments) -> Result<()> {
    actix_web::rt::System::new().block_on(act(&arguments.command))
}

async fn act(command: &KeysCommand) -> Result<()> {
    let clock = Clock::machine();
    match command {
        KeysCommand::Rotate(data) => {
            let id = rotate(&data.key_source(), clock.now())?;
            super::say(&format!("新的签名密钥 / new signing key: {id}"))?;
        }
        KeysCommand::Accept(data) => {
            let _claimed = if data.database_url.is_none() { Some(claim(data.directory())?) } else { None };
            let db = Db::open(&data.address(), usize::from(CONNECTIONS))?;
            keys::accept(&db, &clock, data.key_source()).await?;
            super::say("数据库已认此密钥 / the database goes with these keys now")?;
        }
    }
    Ok(())
}
