//! `backup`: a copy of the data while the service goes on, and whether such a copy is whole.

mod manifest;
mod place;
mod read;

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::TryStreamExt;

use self::manifest::{Entry, MANIFEST, Manifest, damaged};
use super::failure::{Doing, failed};
use super::scratch::{Scratch, sync_all};
use super::serve::{must_have_database, open_store};
use crate::clock::Clock;
use crate::config::{DATABASE, DataOptions, S3Options, temporary_directory};
use crate::db::backup::snapshot;
use crate::db::backup::{Contents, examine};
use crate::db::{Address, Conn};
use crate::domain::record::Digest;
use crate::error::{Error, Result};
use crate::files::{FileDigest, FileStore, FilesError, hashed, is_damage};

pub(super) use self::manifest::name_of;
pub(super) use self::place::Place;
pub(super) use self::read::{Found, Keep, read};

/// What the name of a folder begins with in which a backup for a bucket is made, in the data directory.
pub(super) const MAKING: &str = "backup-";

/// Arguments of `backup`.
#[derive(Args)]
pub(super) struct BackupArguments {
    /// 备份到：目录、.tar 文件，或 `s3://桶/前缀`；须尚不存在 / Where to: a directory, a .tar file, or `s3://bucket/prefix`, not
    /// there yet
    #[arg(long, value_name = "TO", required_unless_present = "check")]
    to: Option<String>,
    /// 只检查一份备份是否完好 / Only check whether a backup is whole
    #[arg(long, value_name = "BACKUP", conflicts_with = "to")]
    check: Option<String>,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    s3: S3Options,
}

/// Runs `backup`.
pub(super) fn run(arguments: &BackupArguments) -> Result<()> {
    actix_web::rt::System::new().block_on(async {
        match (&arguments.check, &arguments.to) {
            (Some(from), _) => check(from, &arguments.s3).await,
            (None, Some(to)) => make(to, &arguments.data, &arguments.s3).await,
            (None, None) => Ok(()),
        }
    })
}

async fn check(from: &str, s3: &S3Options) -> Result<()> {
    let clock = Clock::machine();
    let directory = temporary_directory();
    let scratch = Scratch::new(&directory, "qianglian-check-", &clock)
        .map_err(|error| failed(Doing::Writing, &directory, &error))?;
    let found = read(&Place::read(from, s3)?, scratch.path(), Keep::Database).await?;
    super::say(&format!("备份完好 / the backup is whole: {from}\n{}", found.summary()))?;
    Ok(())
}

async fn make(to: &str, data: &DataOptions, s3: &S3Options) -> Result<()> {
    let clock = Clock::machine();
    let place = Place::read(to, s3)?;
    place.must_be_new().await?;
    must_be_sqlite(data)?;
    if !place.is_bucket() {
        s3.must_name_a_bucket()?;
    }
    must_have_database(data)?;
    let made_at = clock.now();
    let scratch = place.scratch(data.directory(), &clock)?;
    let database = scratch.path().join(DATABASE);
    let contents = take(data, &database)?;
    let store = open_store(s3, data.directory())?;
    let mut manifest = Manifest::new(made_at, contents.migration.clone(), contents.chains.clone());
    let (mut writer, target) = place.writer(scratch.path())?;
    let seconds = made_at.seconds();
    manifest.files.insert(DATABASE.to_owned(), entry_of(&database)?);
    writer.add(DATABASE, &database, seconds).await?;
    // The database first: files are never changed, so what it names is there as long as it names it.
    for (digest, must_be_there) in contents.files() {
        let spool = scratch.path().join("file");
        match copy(&store, digest, &spool).await? {
            Copied::Whole(entry) => {
                manifest.files.insert(name_of(digest), entry);
                writer.add(&name_of(digest), &spool, seconds).await?;
            }
            Copied::Missing if must_be_there => manifest.missing.push(digest),
            Copied::Missing => {}
            Copied::Damaged => manifest.damaged.push(digest),
        }
    }
    let (bytes, seal) = manifest.seal();
    let spool = scratch.path().join("manifest");
    write(&spool, &bytes)?;
    writer.add(MANIFEST, &spool, seconds).await?;
    writer.finish(scratch.path(), target.as_deref())?;
    let found = Found { manifest, seal, contents };
    super::say(&format!("已备份 / backed up: {to}\n{}", found.summary()))?;
    found.must_have_all_files()
}

/// PostgreSQL has programs of its own for this.
pub(super) fn must_be_sqlite(data: &DataOptions) -> Result<()> {
    if data.database_url.is_none() {
        return Ok(());
    }
    Err(Error::bad_request(
        "not_sqlite",
        "PostgreSQL 的备份与恢复请用 pg_dump 或归档，见 docs/operations.md",
        "Back PostgreSQL up and restore it by pg_dump or archiving, see docs/operations.md",
    ))
}

/// Copies the database as it is at one moment, and looks at the copy.
fn take(data: &DataOptions, into: &Path) -> Result<Contents> {
    snapshot(&data.address(), into)?;
    let owner_only = fs::Permissions::from_mode(0o600);
    fs::set_permissions(into, owner_only).map_err(|error| failed(Doing::Writing, into, &error))?;
    contents_of(into)
}

/// What the copy of an SQLite database holds.
fn contents_of(path: &Path) -> Result<Contents> {
    let mut conn = Conn::open(&Address::Sqlite(path.to_string_lossy().into_owned()))
        .map_err(|error| damaged("数据库无法打开", &format!("its database can't be opened: {error}")))?;
    examine(&mut conn)
}

/// What came of copying a file of evidence.
enum Copied {
    Whole(Entry),
    Missing,
    Damaged,
}

async fn copy(store: &FileStore, digest: Digest, into: &Path) -> Result<Copied> {
    let mut stream = match store.open(&FileDigest::from(digest.0)).await {
        Ok(file) => file.stream,
        Err(FilesError::NotFound) => return Ok(Copied::Missing),
        Err(FilesError::Damaged(_)) => return Ok(Copied::Damaged),
        Err(error) => return Err(error.into()),
    };
    let broken = |error: io::Error| failed(Doing::Writing, into, &error);
    let mut file = File::create(into).map_err(broken)?;
    loop {
        match stream.try_next().await {
            Ok(Some(piece)) => file.write_all(&piece).map_err(broken)?,
            Ok(None) => break,
            Err(error) if is_damage(&error) => return Ok(Copied::Damaged),
            Err(error) => return Err(broken(error)),
        }
    }
    drop(file);
    let entry = entry_of(into)?;
    Ok(if entry.sha256 == digest { Copied::Whole(entry) } else { Copied::Damaged })
}

fn entry_of(path: &Path) -> Result<Entry> {
    let read = File::open(path).and_then(|mut file| hashed(&mut file, &mut io::sink()));
    let (digest, size) = read.map_err(|error| failed(Doing::Reading, path, &error))?;
    Ok(Entry { size, sha256: Digest(*digest.as_bytes()) })
}

fn write(path: &PathBuf, bytes: &[u8]) -> Result<()> {
    let written = File::create(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| failed(Doing::Writing, path, &error))
}
