//! `qianglian export-site`: the public pages as files, for a web server that runs nothing, or for none at all.
//!
//! Files are written into the directory that is named, which may be prepared (its owner, a mount, a link to it): the whole
//! site in a folder of its own first, from where each file is moved to its place. What is new comes before what changes,
//! and what is gone goes last, so that every link leads somewhere at every moment, also where the command breaks off.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::failure::{Doing, failed};
use super::scratch::{Scratch, sweep, sync_all};
use super::serve::{must_have_database, open};
use crate::clock::Clock;
use crate::config::{DATABASE, DataOptions};
use crate::db::backup::snapshot;
use crate::domain::record::{Digest, digest_of};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::http::site;

/// The file in which a site says what it consists of.
const MANIFEST: &str = "qianglian-site.json";
/// The value of `format` in it.
const SITE_FORMAT: &str = "qianglian-site/1";
/// What the name of the folder begins with in which a site is made.
const MAKING: &str = ".qianglian-new-";
/// In that folder, the manifest that holds while files are moved.
const MEANWHILE: &str = ".meanwhile";
/// What the name of a copy of the database begins with, in the data directory.
pub(super) const COPY: &str = "export-";

/// Arguments of `export-site`.
#[derive(Args)]
pub(super) struct ExportArguments {
    /// 目录：须不存在、为空，或由本命令生成 / Directory: not there yet, empty, or made by this command
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    #[command(flatten)]
    data: DataOptions,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: String,
    made_at: Timestamp,
    files: BTreeMap<String, Digest>,
}

/// Runs `export-site`.
pub(super) fn run(arguments: &ExportArguments) -> Result<()> {
    actix_web::rt::System::new().block_on(export(arguments))
}

async fn export(arguments: &ExportArguments) -> Result<()> {
    let target = &arguments.directory;
    if target.exists() {
        must_be_ours(target)?;
    }
    let clock = Clock::machine();
    let copied = copied(&arguments.data, &clock)?;
    let service =
        open(copied.as_ref().map_or(&arguments.data, |copied| &copied.options), clock.clone()).await?;
    let files = site(&service).await?;
    put(target, &files, &clock)?;
    super::say(&format!(
        "已写入 {count} 个文件 / {count} files written: {target}",
        count = files.len(),
        target = target.display()
    ))
}

/// A database that is read while it is written to, as it was at one moment; gone with the value.
struct Copied {
    options: DataOptions,
    _scratch: Scratch,
}

/// Copies an SQLite database, so that the service may run meanwhile. PostgreSQL is read as it is.
fn copied(data: &DataOptions, clock: &Clock) -> Result<Option<Copied>> {
    if data.database_url.is_some() {
        return Ok(None);
    }
    must_have_database(data)?;
    let scratch = Scratch::new(data.directory(), COPY, clock)
        .map_err(|error| failed(Doing::Writing, data.directory(), &error))?;
    let options = data.moved_to(scratch.path().to_owned());
    snapshot(&data.address(), &options.data.join(DATABASE))?;
    Ok(Some(Copied { options, _scratch: scratch }))
}

/// Refuses a directory with anything in it that this command has not put there; what there is.
fn must_be_ours(target: &Path) -> Result<Option<Manifest>> {
    let found = files_in(target)?;
    let manifest = fs::read(target.join(MANIFEST)).ok();
    let manifest: Option<Manifest> = manifest.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let known = |path: &str| {
        path == MANIFEST || manifest.as_ref().is_some_and(|manifest| manifest.files.contains_key(path))
    };
    let Some(foreign) = found.iter().find(|path| !known(path)) else { return Ok(manifest) };
    Err(Error::conflict(
        "not_ours",
        format!("目录 {} 中有不是本命令生成的文件：{foreign}。请换一个目录", target.display()),
        format!(
            "{} has a file that this command did not make: {foreign}. Choose another directory",
            target.display()
        ),
    ))
}

/// The files below a directory, by their paths from it, without sites in the making.
fn files_in(directory: &Path) -> Result<Vec<String>> {
    let (mut found, mut waiting) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(folder) = waiting.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| failed(Doing::Reading, &folder, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| failed(Doing::Reading, &folder, &error))?.path();
            let inside = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().into_owned();
            let is_folder = path.is_dir() && !path.is_symlink();
            if !is_folder {
                found.push(inside);
            } else if !inside.starts_with(MAKING) {
                waiting.push(path);
            }
        }
    }
    Ok(found)
}

/// Writes the site into its directory, and takes away what a former one had beside it.
fn put(target: &Path, files: &BTreeMap<String, Bytes>, clock: &Clock) -> Result<()> {
    let target = made(target)?;
    let writing = |error: io::Error| failed(Doing::Writing, &target, &error);
    let _alone = alone(&target)?;
    let former = must_be_ours(&target)?.map_or_else(BTreeMap::new, |manifest| manifest.files);
    let scratch = Scratch::new(&target, MAKING, clock).map_err(writing)?;
    let digests: BTreeMap<_, _> =
        files.iter().map(|(path, bytes)| (path.clone(), digest_of(bytes))).collect();
    let moves = Moves {
        from: scratch.path(),
        to: &target,
        old: former.keys().collect(),
        new: files.keys().collect(),
    };
    let steps = moves.steps();
    let meanwhile = former.into_iter().chain(digests.clone()).collect();
    for (name, files) in [(MEANWHILE, meanwhile), (MANIFEST, digests)] {
        let manifest = Manifest { format: SITE_FORMAT.to_owned(), made_at: clock.now(), files };
        let text =
            serde_json::to_vec_pretty(&manifest).map_err(|error| Error::internal(error.to_string()))?;
        write(&scratch.path().join(name), &text)?;
    }
    for (path, bytes) in files {
        write(&scratch.path().join(path), bytes)?;
    }
    sync_all(scratch.path()).map_err(writing)?;
    steps.iter().try_for_each(Step::take).and_then(|()| sync_all(&target)).map_err(writing)?;
    sweep_beside(&target);
    Ok(())
}

/// The directory itself, made if it is not there yet. What a link leads to is the directory.
fn made(target: &Path) -> Result<PathBuf> {
    let place = match fs::read_link(target) {
        Ok(leads_to) if !target.exists() => target.parent().unwrap_or(Path::new("")).join(leads_to),
        _ => target.to_owned(),
    };
    open_folder(&place).map_err(|error| failed(Doing::Making, target, &error))?;
    Ok(place)
}

/// A folder that a web server can read, whatever the umask says; one that is there is left as it is.
fn open_folder(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    path.parent().map_or(Ok(()), open_folder)?;
    fs::create_dir(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
}

/// Keeps other exports out of the directory, where its file system knows locks.
fn alone(target: &Path) -> Result<File> {
    let folder = File::open(target).map_err(|error| failed(Doing::Opening, target, &error))?;
    match folder.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::conflict(
            "locked",
            format!("另一个 export-site 正在写入 {}", target.display()),
            format!("Another export-site is writing to {}", target.display()),
        )),
        _ => Ok(folder),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let done = path.parent().map_or(Ok(()), open_folder).and_then(|()| {
        let mut file = File::create(path)?;
        file.set_permissions(Permissions::from_mode(0o644))?;
        file.write_all(bytes)
    });
    done.map_err(|error| failed(Doing::Writing, path, &error))
}

/// What an earlier version of this command left where it was interrupted: it made sites beside their directory.
fn sweep_beside(target: &Path) {
    if let (Some(parent), Some(name)) = (target.parent(), target.file_name()) {
        for what in ["new", "old"] {
            sweep(parent, &format!(".{}.{what}-", name.to_string_lossy()));
        }
    }
}

/// From a former site to the new one.
struct Moves<'a> {
    from: &'a Path,
    to: &'a Path,
    old: BTreeSet<&'a String>,
    new: BTreeSet<&'a String>,
}

/// One change of the directory, which happens whole or not at all.
enum Step {
    Move { from: PathBuf, to: PathBuf },
    Remove { path: PathBuf, below: PathBuf },
}

impl Moves<'_> {
    /// The manifest of both first, so that whatever is there is always known as ours, and the new one's last. Files that are
    /// new come before those that change, pages after what they link to, and home pages last, as readers begin there.
    fn steps(&self) -> Vec<Step> {
        let gone: Vec<&String> = self.old.difference(&self.new).copied().collect();
        let (in_the_way, left): (Vec<_>, Vec<_>) =
            gone.into_iter().partition(|path| self.is_in_the_way(path));
        let mut coming: Vec<&String> = self.new.iter().copied().collect();
        coming.sort_by_key(|path| {
            let page = Path::new(path).extension().is_some_and(|end| end == "html");
            (self.old.contains(path), page, ["en/index.html", "index.html"].contains(&path.as_str()), *path)
        });
        let first = self.step(MEANWHILE, MANIFEST);
        let steps = std::iter::once(first).chain(in_the_way.into_iter().map(|path| self.remove(path)));
        let steps = steps.chain(coming.into_iter().map(|path| self.step(path, path)));
        steps
            .chain(left.into_iter().map(|path| self.remove(path)))
            .chain([self.step(MANIFEST, MANIFEST)])
            .collect()
    }

    /// Whether a file of the former site is a folder of the new one, or the other way round.
    fn is_in_the_way(&self, path: &str) -> bool {
        let below =
            |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
        self.new.iter().any(|new| below(new, path) || below(path, new))
    }

    fn step(&self, from: &str, to: &str) -> Step {
        Step::Move { from: self.from.join(from), to: self.to.join(to) }
    }

    fn remove(&self, path: &str) -> Step {
        Step::Remove { path: self.to.join(path), below: self.to.to_owned() }
    }
}

impl Step {
    fn take(&self) -> io::Result<()> {
        match self {
            Self::Move { from, to } => {
                to.parent().map_or(Ok(()), open_folder)?;
                fs::rename(from, to)
            }
            Self::Remove { path, below } => {
                let gone =
                    [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory, io::ErrorKind::IsADirectory];
                fs::remove_file(path).or_else(|error| {
                    // An export that broke off may have been here already.
                    if gone.contains(&error.kind()) { Ok(()) } else { Err(error) }
                })?;
                let folders = path.ancestors().skip(1).take_while(|folder| *folder != below.as_path());
                // One that has other files stays, and so do those above it.
                folders.map(fs::remove_dir).take_while(std::result::Result::is_ok).for_each(drop);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages that say which files they link to.
    fn site(pages: &[(&str, &str)]) -> BTreeMap<String, Bytes> {
        pages.iter().map(|(path, links)| ((*path).to_owned(), Bytes::from((*links).to_owned()))).collect()
    }

    fn found(target: &Path) -> BTreeMap<String, String> {
        let read = |path: String| (path.clone(), fs::read_to_string(target.join(path)).unwrap());
        files_in(target).unwrap().into_iter().map(read).collect()
    }

    #[test]
    fn a_site_that_breaks_off_anywhere_has_no_link_to_nowhere_and_is_mended_by_the_next() {
        let old = site(&[
            ("index.html", "a/index.html x"),
            ("a/index.html", "data/1.json"),
            ("data/1.json", ""),
            ("x", ""),
        ]);
        let new = site(&[
            ("index.html", "a/index.html b/c/index.html data/2.json x/y.html"),
            ("a/index.html", "data/2.json"),
            ("b/c/index.html", "data/2.json a/index.html"),
            ("data/2.json", "changed"),
            ("x/y.html", "index.html"),
        ]);
        let clock = Clock::machine();
        let mut steps_taken = 0;
        for from in [&old, &BTreeMap::new()] {
            for stop in 0.. {
                let place = tempfile::tempdir().unwrap();
                let target = place.path().join("site");
                open_folder(&target).unwrap();
                if !from.is_empty() {
                    put(&target, from, &clock).unwrap();
                }
                // As `put` does it, until it is killed.
                let left = target.join(format!("{MAKING}{}", clock.new_id()));
                let moves =
                    Moves { from: &left, to: &target, old: from.keys().collect(), new: new.keys().collect() };
                let both: BTreeMap<_, _> =
                    from.iter().chain(&new).map(|(path, bytes)| (path.clone(), digest_of(bytes))).collect();
                let manifest = Manifest { format: SITE_FORMAT.to_owned(), made_at: clock.now(), files: both };
                for name in [MEANWHILE, MANIFEST] {
                    write(&left.join(name), &serde_json::to_vec(&manifest).unwrap()).unwrap();
                }
                for (path, bytes) in &new {
                    write(&left.join(path), bytes).unwrap();
                }
                let steps = moves.steps();
                steps.iter().take(stop).for_each(|step| step.take().unwrap());
                let there = found(&target);
                // Whoever begins at home finds all that is linked to; `x` had to go, as it is a folder now.
                let mut waiting: Vec<&str> =
                    there.contains_key("index.html").then_some("index.html").into_iter().collect();
                let mut seen = BTreeSet::new();
                while let Some(path) = waiting.pop() {
                    assert!(
                        path == "x" || there.contains_key(path),
                        "after {stop} steps {path} is linked to"
                    );
                    if seen.insert(path) && Path::new(path).extension().is_some_and(|end| end == "html") {
                        waiting.extend(there[path].split_whitespace());
                    }
                }
                put(&target, &new, &clock).unwrap();
                let mut whole = found(&target);
                assert!(whole.remove(MANIFEST).is_some());
                assert_eq!(
                    whole,
                    new.iter()
                        .map(|(path, bytes)| (path.clone(), String::from_utf8(bytes.to_vec()).unwrap()))
                        .collect()
                );
                assert!(!left.exists() && !target.join("x").is_file());
                steps_taken = stop;
                if stop > steps.len() {
                    break;
                }
            }
        }
        assert!(steps_taken > 6);
    }
}
