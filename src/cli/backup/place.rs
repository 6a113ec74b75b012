//! Where a backup is kept: a directory, a tar file, or a bucket.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::manifest::{damaged, is_known};
use super::{MAKING, sync_all};
use crate::cli::failure::{Doing, failed};
use crate::cli::scratch::Scratch;
use crate::clock::Clock;
use crate::config::S3Options;
use crate::error::{Error, Result};
use crate::files::Objects;

/// Where a backup is, or is to be.
pub(crate) enum Place {
    Directory(PathBuf),
    /// One file.
    Tar(PathBuf),
    Bucket(Objects),
}

/// What takes in the files of a backup that is being made.
pub(super) enum Writer {
    Directory(PathBuf),
    Tar(Box<tar::Builder<File>>),
    Bucket(Objects),
}

impl Place {
    /// Reads `s3://bucket/prefix`, `….tar`, or the path of a directory.
    pub(crate) fn read(text: &str, s3: &S3Options) -> Result<Self> {
        if let Some(rest) = text.strip_prefix("s3://") {
            let told = rest.split_once('/');
            let told = told.and_then(|(bucket, prefix)| Some((s3.settings(bucket, PathBuf::new())?, prefix)));
            let Some((settings, prefix)) = told else {
                return Err(Error::bad_request(
                    "s3",
                    "请写明 s3://桶/前缀，并设置 --s3-endpoint、--s3-access-key-id、--s3-secret-access-key",
                    "Write s3://bucket/prefix, and set --s3-endpoint, --s3-access-key-id, --s3-secret-access-key",
                ));
            };
            return Ok(Self::Bucket(Objects::new(&settings, prefix)?));
        }
        let path = PathBuf::from(text);
        let is_tar = path.extension().is_some_and(|extension| extension == "tar");
        Ok(if is_tar { Self::Tar(path) } else { Self::Directory(path) })
    }

    /// Whether its address and keys need not be those of a store of evidence.
    pub(crate) fn is_bucket(&self) -> bool {
        matches!(self, Self::Bucket(_))
    }

    /// Refuses a place where something is.
    pub(super) async fn must_be_new(&self) -> Result<()> {
        let found = match self {
            Self::Directory(path) | Self::Tar(path) => {
                (path.exists() || path.is_symlink()).then(|| path.display().to_string())
            }
            Self::Bucket(objects) => objects.names().await?.into_iter().next(),
        };
        let Some(found) = found else { return Ok(()) };
        Err(Error::conflict(
            "target_exists",
            format!("目标已存在：{found}。备份从不覆盖已有内容，请换一个名称"),
            format!("{found} is there already; a backup never replaces anything, choose another name"),
        ))
    }

    /// A folder to make it in: beside it, or in the data directory if it is not on this machine.
    pub(super) fn scratch(&self, data: &Path, clock: &Clock) -> Result<Scratch> {
        let (parent, prefix) = match self {
            Self::Directory(path) | Self::Tar(path) => {
                let name = path.file_name().ok_or_else(|| {
                    Error::bad_request("directory", "请指明目录名", "Name the directory by its own name")
                })?;
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                (parent.unwrap_or(Path::new(".")), format!(".{}.new-", name.to_string_lossy()))
            }
            Self::Bucket(_) => (data, MAKING.to_owned()),
        };
        Scratch::new(parent, &prefix, clock).map_err(|error| failed(Doing::Writing, parent, &error))
    }

    /// Begins to write it.
    pub(super) fn writer(self, scratch: &Path) -> Result<(Writer, Option<PathBuf>)> {
        let whole = scratch.join("whole");
        Ok(match self {
            Self::Directory(path) => {
                fs::create_dir(&whole).map_err(|error| failed(Doing::Making, &whole, &error))?;
                (Writer::Directory(whole), Some(path))
            }
            Self::Tar(path) => {
                let file = File::create(&whole).map_err(|error| failed(Doing::Making, &whole, &error))?;
                (Writer::Tar(Box::new(tar::Builder::new(file))), Some(path))
            }
            Self::Bucket(objects) => (Writer::Bucket(objects), None),
        })
    }

    /// Gives each file of a backup to `take`, with its name. Refuses all that is no file of a backup.
    pub(super) async fn each(
        &self,
        scratch: &Path,
        mut take: impl FnMut(&str, &mut dyn Read) -> Result<()>,
    ) -> Result<()> {
        match self {
            Self::Directory(path) => each_in_directory(path, &mut take),
            Self::Tar(path) => each_in_tar(path, &mut take),
            Self::Bucket(objects) => {
                let spool = scratch.join("object");
                for name in objects.names().await? {
                    must_be_known(&name)?;
                    objects.get(&name, &spool).await?;
                    let mut file =
                        File::open(&spool).map_err(|error| failed(Doing::Reading, &spool, &error))?;
                    take(&name, &mut file)?;
                    fs::remove_file(&spool).map_err(|error| failed(Doing::Removing, &spool, &error))?;
                }
                Ok(())
            }
        }
    }
}

type Take<'a> = &'a mut dyn FnMut(&str, &mut dyn Read) -> Result<()>;

fn must_be_known(name: &str) -> Result<()> {
    if is_known(name) {
        return Ok(());
    }
    Err(damaged(&format!("有不属于备份的内容：{name:?}"), &format!("{name:?} is no part of a backup")))
}

fn each_in_directory(directory: &Path, take: Take<'_>) -> Result<()> {
    let mut waiting = vec![directory.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| failed(Doing::Reading, &folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| failed(Doing::Reading, &folder, &error))?;
            let (path, kind) = (entry.path(), entry.file_type());
            let kind = kind.map_err(|error| failed(Doing::Reading, &path, &error))?;
            if kind.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().into_owned();
            must_be_known(if kind.is_file() { &name } else { "→" })?;
            let mut file = File::open(&path).map_err(|error| failed(Doing::Reading, &path, &error))?;
            take(&name, &mut file)?;
        }
    }
    Ok(())
}

fn each_in_tar(path: &Path, take: Take<'_>) -> Result<()> {
    let unreadable = |error: &std::io::Error| {
        let mut error_told = damaged("tar 文件无法读取", "the tar file can't be read");
        error_told.inside = Some(error.to_string());
        error_told
    };
    let file = File::open(path).map_err(|error| failed(Doing::Reading, path, &error))?;
    let mut archive = tar::Archive::new(file);
    for entry in archive.entries().map_err(|error| unreadable(&error))? {
        let mut entry = entry.map_err(|error| unreadable(&error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let is_file = entry.header().entry_type() == tar::EntryType::Regular;
        must_be_known(if is_file { &name } else { "→" })?;
        take(&name, &mut entry)?;
    }
    Ok(())
}

impl Writer {
    /// Takes a file in; it is moved or copied away from `path`.
    pub(super) async fn add(&mut self, name: &str, path: &Path, seconds: i64) -> Result<()> {
        let done = match self {
            Self::Directory(whole) => {
                let to = whole.join(name);
                to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::rename(path, to))
            }
            Self::Tar(archive) => append(archive, name, path, seconds),
            Self::Bucket(objects) => return Ok(objects.put(name, path).await?),
        };
        done.map_err(|error| failed(Doing::Writing, path, &error))
    }

    /// Has all of it kept for good, and then in its place.
    pub(super) fn finish(self, scratch: &Path, target: Option<&Path>) -> Result<()> {
        if let Self::Tar(mut archive) = self {
            archive.finish().map_err(|error| failed(Doing::Writing, scratch, &error))?;
        }
        let Some(target) = target else { return Ok(()) };
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        let done = sync_all(scratch)
            .and_then(|()| fs::rename(scratch.join("whole"), target))
            .and_then(|()| sync_all(parent.unwrap_or(Path::new("."))));
        done.map_err(|error| failed(Doing::Replacing, target, &error))
    }
}

fn append(archive: &mut tar::Builder<File>, name: &str, path: &Path, seconds: i64) -> std::io::Result<()> {
    let file = File::open(path)?;
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(file.metadata()?.len());
    header.set_mode(0o600);
    header.set_mtime(seconds.unsigned_abs());
    archive.append_data(&mut header, name, file)?;
    fs::remove_file(path)
}
