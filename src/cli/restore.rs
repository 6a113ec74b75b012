//! `restore`: puts a backup in the place of the data, and says what is lost with them; or does what follows where PostgreSQL
//! was recovered by its own programs.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::backup::{Found, Keep, Place, must_be_sqlite, name_of, read};
use super::failure::{Doing, failed};
use super::scratch::{Scratch, sync_all};
use super::serve::{claim, open, open_store};
use crate::actions::RequestContext;
use crate::actions::restore::{ASIDE, EndedView, Restored, Source, record};
use crate::clock::Clock;
use crate::config::{DATABASE, DataOptions, S3Options};
use crate::db::backup::{Lost, examine, lost, settle};
use crate::db::{Address, Conn, is_up_to_date};
use crate::domain::record::canonical_value;
use crate::domain::time::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::files::FileDigest;

/// What the name of a folder begins with in which a backup is unpacked, in the data directory.
pub(super) const MAKING: &str = "restore-";

/// Seconds that the clocks of the database and of the service may be apart.
const LEEWAY: i64 = 5;

/// Arguments of `restore`.
#[derive(Args)]
pub(super) struct RestoreArguments {
    /// 备份：目录、.tar 文件，或 `s3://桶/前缀` / The backup: a directory, a .tar file, or `s3://bucket/prefix`
    #[arg(long, value_name = "BACKUP", required_unless_present = "recovered_to")]
    from: Option<String>,
    /// PostgreSQL 已恢复到这一时刻：核对库和佐证材料，结束登录和链接，并记入审计 / PostgreSQL was recovered to this time: looks at
    /// the database and the evidence, ends sessions and links, and records it
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with_all = ["from", "replace"])]
    recovered_to: Option<Timestamp>,
    /// 替换已有数据（旧库另存）/ Replace the data that are there (their database is kept aside)
    #[arg(long)]
    replace: bool,
    /// 确认放弃备份之后的全部记录 / Give up everything that came after the backup
    #[arg(long, requires = "replace")]
    lose_what_came_after: bool,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    s3: S3Options,
}

fn time(text: &str) -> std::result::Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "应如 / write it like 2026-11-29T10:00:00+08:00")
}

/// Runs `restore`.
pub(super) fn run(arguments: &RestoreArguments) -> Result<()> {
    actix_web::rt::System::new().block_on(restore(arguments))
}

async fn restore(arguments: &RestoreArguments) -> Result<()> {
    match (&arguments.from, arguments.recovered_to) {
        (Some(from), _) => restore_from(from, arguments).await,
        (None, Some(time)) => recovered(time, arguments).await,
        (None, None) => Ok(()),
    }
}

/// After PostgreSQL was recovered by its own programs: what follows a restore.
async fn recovered(time: Timestamp, arguments: &RestoreArguments) -> Result<()> {
    let data = &arguments.data;
    if data.database_url.is_none() {
        return Err(Error::bad_request(
            "not_postgresql",
            "--recovered-to 用于 PostgreSQL（--database-url）；SQLite 请用 --from",
            "--recovered-to is for PostgreSQL (--database-url); use --from for SQLite",
        ));
    }
    arguments.s3.must_name_a_bucket()?;
    let clock = Clock::machine();
    let contents = Conn::open(&data.address()).and_then(|mut conn| examine(&mut conn))?;
    let last = contents.chains.iter().map(|end| end.at).max();
    if let Some(last) = last.filter(|last| *last > time.plus_seconds(LEEWAY)) {
        return Err(Error::conflict(
            "not_recovered",
            format!("库中有晚于 {time} 的记录（{last}），并未恢复到这一时刻，未作任何改动"),
            format!(
                "The database has events after {time} (of {last}): it was not recovered to then, and nothing was done"
            ),
        ));
    }
    let store = open_store(&arguments.s3, data.directory())?;
    let mut missing = Vec::new();
    for digest in &contents.needed {
        if store.open(&FileDigest::from(digest.0)).await.is_err() {
            missing.push(digest);
        }
    }
    let restored = Restored {
        source: Source::Recovery,
        made_at: time,
        lost: serde_json::Value::Null,
        kept_aside: None,
        missing_files: missing.len(),
    };
    let service = open(data, clock.clone()).await?;
    let ended = record(&service, &RequestContext::of_operator(&clock), restored).await?;
    super::say(&format!(
        "库已恢复到 / the database was recovered to {time}: {} 条记录 / events, {} 个文件 / files",
        contents.events.len(),
        contents.needed.len()
    ))?;
    tell_ended(&ended)?;
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ");
    let (zh, en) = (
        "以下佐证材料不在存储中，其余已恢复",
        "These files of evidence are not in the store; the rest is recovered",
    );
    Err(Error { inside: Some(names), ..Error::new(Kind::Internal, "files_lost", zh, en) })
}

async fn restore_from(from: &str, arguments: &RestoreArguments) -> Result<()> {
    must_be_sqlite(&arguments.data)?;
    let clock = Clock::machine();
    let directory = arguments.data.directory();
    let place = Place::read(from, &arguments.s3)?;
    if !place.is_bucket() {
        arguments.s3.must_name_a_bucket()?;
    }
    let _claimed = claim(directory)?;
    let scratch =
        Scratch::new(directory, MAKING, &clock).map_err(|error| failed(Doing::Writing, directory, &error))?;
    let found = read(&place, scratch.path(), Keep::All).await?;
    let replaced = Replaced::look(directory, &found)?;
    replaced.must_be_given_up(arguments)?;
    let aside = replaced.there.then(|| format!("{ASIDE}{}.db", clock.new_id()));
    let restored = Restored {
        source: Source::Backup(found.seal()),
        made_at: found.made_at(),
        lost: canonical_value(&replaced.lost),
        kept_aside: aside.clone(),
        missing_files: found.files_lost().len(),
    };
    let ended = settled(&arguments.data, scratch.path(), &clock, restored).await?;
    let store = open_store(&arguments.s3, directory)?;
    for digest in found.evidence() {
        let path = scratch.path().join(name_of(digest));
        store.put_back(FileDigest::from(digest.0), &path).await?;
    }
    exchange(&scratch.path().join(DATABASE), directory, aside.as_deref())?;
    tell(&found, &replaced, &ended, aside.map(|name| directory.join(name)).as_deref())?;
    found.must_have_all_files()
}

/// What is there already.
struct Replaced {
    there: bool,
    /// Whether it could be read.
    readable: bool,
    lost: Vec<Lost>,
}

impl Replaced {
    fn look(directory: &Path, found: &Found) -> Result<Self> {
        let path = directory.join(DATABASE);
        let size = fs::metadata(&path).map_err(|error| failed(Doing::Reading, &path, &error))?.len();
        if size == 0 {
            return Ok(Self { there: false, readable: true, lost: Vec::new() });
        }
        let address = Address::Sqlite(path.to_string_lossy().into_owned());
        let mut conn = Conn::open(&address);
        // What a newer program has written is not this one's to replace; what can't be read is asked about below.
        if let Ok(Err(newer)) = conn.as_mut().map(is_up_to_date)
            && newer.kind == Kind::Conflict
        {
            return Err(newer);
        }
        let lost = conn.and_then(|mut conn| lost(&mut conn, found.events()));
        let readable = lost.is_ok();
        Ok(Self { there: true, readable, lost: lost.unwrap_or_default() })
    }

    /// Refuses to replace anything, and to go back behind what was acknowledged, unless each is said.
    fn must_be_given_up(&self, arguments: &RestoreArguments) -> Result<()> {
        let place = arguments.data.directory().display();
        if self.there && !arguments.replace {
            return Err(Error::conflict(
                "not_empty",
                format!("{place} 中已有数据；要替换它们，请加 --replace"),
                format!("{place} has data; to replace them add --replace"),
            ));
        }
        if arguments.lose_what_came_after || (self.lost.is_empty() && self.readable) {
            return Ok(());
        }
        if !self.readable {
            return Err(Error::conflict(
                "would_lose",
                "现有数据库无法读取，不知道会失去什么；确认后请加 --lose-what-came-after",
                "The database that is there can't be read, so what would be lost is not known; \
                 to go on add --lose-what-came-after",
            ));
        }
        Err(Error::conflict(
            "would_lose",
            format!("恢复会失去备份之后已确认的内容；确认放弃请加 --lose-what-came-after：\n{}", self.text()),
            format!(
                "What was acknowledged after the backup would be lost; to give it up add \
                 --lose-what-came-after:\n{}",
                self.text()
            ),
        ))
    }

    /// What is lost, a competition a line.
    fn text(&self) -> String {
        let lines = self.lost.iter().map(|lost| {
            let title = match (&lost.title, lost.chain.as_str()) {
                (Some(title), _) => title,
                (None, "service") => "账号和基础数据 / accounts and reference data",
                (None, other) => other,
            };
            format!("  {title}: {} 条记录，最后 / events, the last {}", lost.events, lost.last_at)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Brings the restored database up to date, ends what was open in it, records the restore in it, and puts all of it
/// into one file.
async fn settled(data: &DataOptions, scratch: &Path, clock: &Clock, restored: Restored) -> Result<EndedView> {
    // The keys are those of the place; a backup has none.
    let options = data.moved_to(scratch.to_owned());
    let service = open(&options, clock.clone()).await?;
    let ended = record(&service, &RequestContext::of_operator(clock), restored).await?;
    drop(service);
    settle(&scratch.join(DATABASE))?;
    Ok(ended)
}

/// Puts the new database in the place of the old one, which stays under another name. A stop at any moment leaves the
/// one or the other, whole.
fn exchange(new: &Path, directory: &Path, aside: Option<&str>) -> Result<()> {
    let old = directory.join(DATABASE);
    if let Some(aside) = aside {
        // What can't be settled can't be read either: its log is kept beside it.
        let settled = settle(&old).is_ok();
        let kept = keep(&old, &directory.join(aside), settled);
        kept.map_err(|error| failed(Doing::Replacing, &old, &error))?;
    }
    let done = sync_all(directory).and_then(|()| fs::rename(new, &old)).and_then(|()| sync_all(directory));
    done.map_err(|error| failed(Doing::Replacing, &old, &error))
}

fn keep(old: &Path, aside: &Path, settled: bool) -> io::Result<()> {
    if fs::hard_link(old, aside).is_err() {
        fs::copy(old, aside)?;
        File::open(aside)?.sync_all()?;
    }
    for ending in ["-wal", "-shm"] {
        let with = |path: &Path| PathBuf::from(format!("{}{ending}", path.display()));
        let log = with(old);
        if log.exists() {
            // A log of another database must never be found beside the new one.
            if settled { fs::remove_file(log)? } else { fs::rename(log, with(aside))? }
        }
    }
    Ok(())
}

fn tell(found: &Found, replaced: &Replaced, ended: &EndedView, aside: Option<&Path>) -> Result<()> {
    super::say(&format!("已恢复 / restored\n{}", found.summary()))?;
    tell_ended(ended)?;
    if !replaced.lost.is_empty() {
        super::say(&format!("失去的内容 / what is lost:\n{}", replaced.text()))?;
    }
    if let Some(aside) = aside {
        super::say(&format!("原数据库保存于 / the old database is kept as {}", aside.display()))?;
    }
    Ok(())
}

fn tell_ended(ended: &EndedView) -> Result<()> {
    super::say(&format!(
        "已结束登录{0}个、一次性链接{1}个，撤销外部系统令牌{3}个；{2}封待发信件改为待人工决定 / ended: {0} sessions, {1} one-time links, \
         {3} tokens of external systems; {2} letters that waited are for a person to decide",
        ended.sessions, ended.links, ended.letters, ended.machines
    ))
}
