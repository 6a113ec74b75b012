//! `qianglian read-archive`: an archive is checked and read in a browser on this machine, with no database.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use clap::Args;

use super::failure::{Doing, cannot_listen, failed};
use crate::domain::values::Language;
use crate::error::{Error, Result};
use crate::http::{OpenArchive, serve_archive};

/// Arguments of `read-archive`.
#[derive(Args)]
pub(super) struct ReadArchiveArguments {
    /// 归档包 / The archive
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    /// 在本机的哪个地址上打开 / The address of this machine to serve it at
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// 只核对，不打开 / Check it, and no more
    #[arg(long)]
    check: bool,
}

/// Runs `read-archive`.
pub(super) fn run(arguments: &ReadArchiveArguments, language: Language) -> Result<()> {
    let listen = arguments.listen;
    if !listen.ip().is_loopback() {
        return Err(Error::invalid_field(
            "/listen",
            "not_this_machine",
            "归档包无须登录即可查阅，只能在本机地址（127.0.0.1 或 ::1）上打开",
            "An archive is read without signing in, so it is served at an address of this machine alone (127.0.0.1 or ::1)",
        ));
    }
    let archive = OpenArchive::open(&arguments.archive, language)?;
    let (title, count) = archive.title();
    super::say(&format!(
        "{title}：共{count}件，完整 / {count} items, whole\nSHA256SUMS 的摘要 / digest of SHA256SUMS: {}",
        archive.sums
    ))?;
    if arguments.check {
        return Ok(());
    }
    let listener = TcpListener::bind(listen).map_err(|error| cannot_listen(listen, "--listen", &error))?;
    let bound = listener.local_addr().map_err(|error| cannot_listen(listen, "--listen", &error))?;
    super::say(&format!("请在浏览器打开 / open in a browser: http://{bound}/（Ctrl+C 结束 / ends it）"))?;
    let served = actix_web::rt::System::new().block_on(serve_archive(archive, listener));
    served.map_err(|error| failed(Doing::Reading, &arguments.archive, &error))
}
