//! `qianglian export-site`: the public pages as files, for a web server that runs nothing, or for none at all.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::failed;
use super::serve::{must_have_database, open};
use crate::clock::Clock;
use crate::config::{DATABASE, DataOptions};
use crate::db::snapshot;
use crate::domain::record::{Digest, digest_of};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::http::site;

/// The file in which a site says what it consists of.
const MANIFEST: &str = "qianglian-site.json";
/// The value of `format` in it.
const SITE_FORMAT: &str = "qianglian-site/1";

/// Arguments of `export-site`.
#[derive(Args)]
pub(super) struct ExportArguments {
    /// 目录：须不存在、为空，或由本命令生成 / Directory: not there yet, empty, or made by this command
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    #[command(flatten)]
    data: DataOptions,
}

/// What a site consists of.
#[derive(Serialize, Deserialize)]
struct Manifest {
    format: String,
    made_at: Timestamp,
    files: BTreeMap<String, Digest>,
}

/// Runs `export-site`.
pub(super) fn run(arguments: &ExportArguments) -> ExitCode {
    super::finish(actix_web::rt::System::new().block_on(export(arguments)))
}

async fn export(arguments: &ExportArguments) -> Result<()> {
    let target = &arguments.directory;
    must_be_ours(target)?;
    let clock = Clock::machine();
    let copied = copied(&arguments.data, &clock)?;
    let service =
        open(copied.as_ref().map_or(&arguments.data, |copied| &copied.options), clock.clone()).await?;
    let files = site(&service).await?;
    let manifest = Manifest {
        format: SITE_FORMAT.to_owned(),
        made_at: clock.now(),
        files: files.iter().map(|(path, bytes)| (path.clone(), digest_of(bytes))).collect(),
    };
    put(target, &files, &manifest, &clock)?;
    super::say(&format!(
        "已写入 {count} 个文件 / {count} files written: {target}",
        count = files.len(),
        target = target.display()
    ));
    Ok(())
}

/// A database that is read while it is written to, as it was at one moment; gone with the value.
struct Copied {
    options: DataOptions,
}

impl Drop for Copied {
    fn drop(&mut self) {
        // What can't be removed is told by the next attempt to use the place.
        let _ = fs::remove_dir_all(&self.options.data);
    }
}

/// Copies an SQLite database, so that the service may run meanwhile. PostgreSQL is read as it is.
fn copied(data: &DataOptions, clock: &Clock) -> Result<Option<Copied>> {
    if data.database_url.is_some() {
        return Ok(None);
    }
    must_have_database(data)?;
    let place = data.directory().join(format!("export-{}", clock.new_id()));
    DirBuilder::new().mode(0o700).create(&place).map_err(|error| failed("can't make", &place, &error))?;
    let copied = Copied { options: data.moved_to(place) };
    snapshot(&data.address(), &copied.options.data.join(DATABASE))?;
    Ok(Some(copied))
}

/// Refuses a directory with anything in it that this command has not put there.
fn must_be_ours(target: &Path) -> Result<()> {
    if !target.exists() {
        return Ok(());
    }
    let found = files_in(target)?;
    if found.is_empty() {
        return Ok(());
    }
    let manifest = fs::read(target.join(MANIFEST)).ok();
    let manifest: Option<Manifest> = manifest.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let known = |path: &str| {
        path == MANIFEST || manifest.as_ref().is_some_and(|manifest| manifest.files.contains_key(path))
    };
    let Some(foreign) = found.iter().find(|path| !known(path)) else { return Ok(()) };
    Err(Error::conflict(
        "not_ours",
        format!("目录 {} 中有不是本命令生成的文件：{foreign}。请换一个目录", target.display()),
        format!(
            "{} has a file that this command did not make: {foreign}. Choose another directory",
            target.display()
        ),
    ))
}

/// The files below a directory, by their paths from it.
fn files_in(directory: &Path) -> Result<Vec<String>> {
    let (mut found, mut waiting) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(folder) = waiting.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| failed("can't read", &folder, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| failed("can't read", &folder, &error))?.path();
            if path.is_dir() && !path.is_symlink() {
                waiting.push(path);
            } else {
                let inside = path.strip_prefix(directory).unwrap_or(&path);
                found.push(inside.to_string_lossy().into_owned());
            }
        }
    }
    Ok(found)
}

/// Writes all files beside the target, then puts them in its place: whoever looks finds the old site or the new one.
fn put(target: &Path, files: &BTreeMap<String, Bytes>, manifest: &Manifest, clock: &Clock) -> Result<()> {
    let name = target.file_name().ok_or_else(|| {
        Error::bad_request("directory", "请指明目录名", "Name the directory by its own name")
    })?;
    let beside =
        |what: &str| target.with_file_name(format!(".{}.{what}-{}", name.to_string_lossy(), clock.new_id()));
    let (new, old) = (beside("new"), beside("old"));
    let outcome = write(&new, files, manifest).and_then(|()| exchange(&new, &old, target));
    if outcome.is_err() {
        let _ = fs::remove_dir_all(&new);
    }
    outcome
}

fn write(new: &Path, files: &BTreeMap<String, Bytes>, manifest: &Manifest) -> Result<()> {
    let manifest = serde_json::to_vec_pretty(manifest).map_err(|error| Error::internal(error.to_string()))?;
    let all = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_ref()));
    for (path, bytes) in all.chain([(MANIFEST, manifest.as_slice())]) {
        let path = new.join(path);
        let done = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let mut file = File::create(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        });
        done.map_err(|error| failed("can't write", &path, &error))?;
    }
    Ok(())
}

fn exchange(new: &Path, old: &Path, target: &Path) -> Result<()> {
    let there = target.exists();
    if there {
        fs::rename(target, old).map_err(|error| failed("can't replace", target, &error))?;
    }
    if let Err(error) = fs::rename(new, target) {
        if there {
            let _ = fs::rename(old, target);
        }
        return Err(failed("can't make", target, &error));
    }
    if there {
        fs::remove_dir_all(old)
            .map_err(|error| failed("the new site is there, but can't remove", old, &error))?;
    }
    Ok(())
}
