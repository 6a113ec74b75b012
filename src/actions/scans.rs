//! Files are scanned after they were kept and before anybody opens them, where a scanner is set up.
//!
//! The verdict belongs to the content: the same file uploaded again needs no second one. Which files wait follows from the
//! database alone, so a restart forgets none, and files that were there before the scanner wait as well. They go to it one
//! at a time, the newest first. A scanner that is away is asked again later; a file that it has no verdict on waits longer
//! and longer, and holds up no other.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;

use super::{Act, RequestContext, Service, lock};
use crate::db::{Conn, scans};
use crate::domain::access::Action;
use crate::domain::record::Digest;
use crate::domain::scan::ScanState;
use crate::error::{Error, Result};
use crate::files::{FileDigest, NoVerdict, Scanner, Verdict};

/// How many files are read from the database at a time.
const BATCH: usize = 64;
/// How often is looked for files that other processes took in.
const LOOK: Duration = Duration::from_secs(30);
/// Seconds that a file without a verdict, or a scanner that is away, waits at first, and at most.
const WAIT: (u64, u64) = (2, 600);

/// The scanner and what is known of its work; shared by all clones of a service.
#[derive(Debug, Default)]
pub struct Scanning {
    scanner: OnceLock<Scanner>,
    came: Notify,
    /// Files that it had no verdict on: how often, and until when ([`crate::clock::Clock::elapsed`]) they wait.
    stuck: Mutex<BTreeMap<Digest, (u32, i64)>>,
}

/// What came of looking at the files that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// How many got a verdict.
    pub scanned: usize,
    /// Whether the scanner answered as long as there was something to ask.
    pub answers: bool,
}

impl Scanning {
    /// Sets the scanner, for good.
    pub fn set(&self, scanner: Scanner) {
        // Set twice, the first stays.
        let _ = self.scanner.set(scanner);
    }

    /// The scanner, if there is one.
    pub fn scanner(&self) -> Option<&Scanner> {
        self.scanner.get()
    }

    /// How a file of this verdict stands.
    fn state(&self, verdict: Option<ScanState>) -> ScanState {
        ScanState::of(verdict, self.scanner().is_some())
    }

    /// Says that a file came that may have to be scanned.
    pub(crate) fn came(&self) {
        self.came.notify_one();
    }

    /// How many files wait because the scanner had no verdict on them.
    pub(crate) fn stuck(&self) -> usize {
        lock(&self.stuck).len()
    }

    /// How some files stand.
    pub(crate) fn states(
        &self,
        conn: &mut Conn,
        digests: impl Iterator<Item = Digest>,
    ) -> Result<BTreeMap<Digest, ScanState>> {
        let digests: Vec<Digest> = digests.collect();
        let known = scans::of(conn, digests.clone())?;
        let state = |digest: Digest| (digest, self.state(known.get(&digest).copied()));
        Ok(digests.into_iter().map(state).collect())
    }

    /// How a file stands.
    pub(crate) fn state_of(&self, conn: &mut Conn, digest: Digest) -> Result<ScanState> {
        Ok(self.state(scans::of(conn, vec![digest])?.remove(&digest)))
    }

    /// Refuses to open a file that was not found clean, whoever asks.
    pub(crate) fn must_open(&self, conn: &mut Conn, digest: Digest) -> Result<()> {
        match self.state_of(conn, digest)? {
            ScanState::Unscanned | ScanState::Clean => Ok(()),
            ScanState::Pending => Err(Error::conflict(
                "file_pending",
                "文件正在等待安全扫描，通过后才能打开；请稍后再试",
                "The file waits to be scanned and can't be opened before it was found clean; try again a little later",
            )
            .after(30)),
            ScanState::Quarantined => Err(Error::conflict(
                "file_quarantined",
                "安全扫描发现该文件有害，已隔离，任何人都不能打开；上传者请删除它并换一份安全的文件",
                "The scanner found the file harmful, and nobody can open it; whoever uploaded it should remove it and upload a safe one",
            )),
        }
    }

    /// Refuses content that was found harmful before.
    pub(crate) fn must_not_be_harmful(&self, conn: &mut Conn, digest: Digest) -> Result<()> {
        if self.state_of(conn, digest)? == ScanState::Quarantined {
            return Err(Error::invalid_field(
                "",
                "file_harmful",
                "安全扫描已发现同一内容有害，不予接收；请换一份安全的文件",
                "The scanner found the same content harmful before, and it is not taken; choose a safe file",
            ));
        }
        Ok(())
    }
}

/// How long something waits that failed so often.
fn wait(failures: u32) -> Duration {
    Duration::from_secs((WAIT.0 << failures.saturating_sub(1).min(16)).min(WAIT.1))
}

/// Has all files scanned that wait for it, or until the scanner is away.
///
/// # Errors
/// If the database does not answer.
pub async fn scan_waiting(service: &Service) -> Result<Pass> {
    let mut pass = Pass { scanned: 0, answers: true };
    let Some(scanner) = service.scanning.scanner() else { return Ok(pass) };
    loop {
        let batch = next(service).await?;
        if batch.is_empty() {
            return Ok(pass);
        }
        for digest in batch {
            match judge(service, scanner, digest).await {
                Ok(verdict) => {
                    store(service, digest, verdict).await?;
                    lock(&service.scanning.stuck).remove(&digest);
                    pass.scanned += 1;
                }
                Err(NoVerdict::Away(error)) if scanner.version().await.is_err() => {
                    tracing::error!(%error, "the scanner is away; files wait for it");
                    return Ok(Pass { answers: false, ..pass });
                }
                Err(error) => {
                    tracing::error!(%digest, %error, "the scanner has no verdict on a file; it will be asked again");
                    let mut stuck = lock(&service.scanning.stuck);
                    let (failures, until) = stuck.entry(digest).or_default();
                    *failures = failures.saturating_add(1);
                    let wait = i64::try_from(wait(*failures).as_micros()).unwrap_or(i64::MAX);
                    *until = service.clock.elapsed().saturating_add(wait);
                }
            }
        }
    }
}

/// Files to be scanned now.
async fn next(service: &Service) -> Result<BTreeSet<Digest>> {
    let now = service.clock.elapsed();
    let resting: BTreeSet<Digest> = {
        let stuck = lock(&service.scanning.stuck);
        stuck.iter().filter(|(_, (_, until))| *until > now).map(|(digest, _)| *digest).collect()
    };
    // A resting file may be named often, so that more rows than files are passed over.
    let mut most = BATCH;
    loop {
        let rows = i64::try_from(most).unwrap_or(i64::MAX);
        let found = service.db.read("scan.next", move |conn| scans::unscanned(conn, rows)).await?;
        let all = found.len() < most;
        let due: BTreeSet<Digest> = found.into_iter().filter(|digest| !resting.contains(digest)).collect();
        if all || !due.is_empty() {
            return Ok(due);
        }
        most *= 2;
    }
}

async fn judge(
    service: &Service,
    scanner: &Scanner,
    digest: Digest,
) -> std::result::Result<Verdict, NoVerdict> {
    let opened = service.files.open(&FileDigest::from(digest.0)).await;
    scanner.scan(opened.map_err(|error| NoVerdict::Unreadable(io::Error::other(error)))?).await
}

/// Stores a verdict. What was found harmful is an event wherever the file is named, which alarms the supervisors.
async fn store(service: &Service, digest: Digest, verdict: Verdict) -> Result<()> {
    let (state, found) = match verdict {
        Verdict::Clean => (ScanState::Clean, String::new()),
        Verdict::Harmful(found) => {
            tracing::error!(%digest, found, "the scanner found a harmful file; it is quarantined");
            (ScanState::Quarantined, found)
        }
    };
    let (now, context) = (service.clock.now(), RequestContext::nobody(&service.clock));
    service
        .db
        .write("scan.store", move |conn| {
            if !scans::store(conn, digest, state, &found, now)? || state == ScanState::Clean {
                return Ok(());
            }
            for named in scans::named(conn, digest)? {
                let place = Mutex::new((None, None));
                let mut act = Act::new(now, &context, &place);
                act.enter(conn, named.competition)?;
                act.object = named.object;
                act.changed(None, Some(digest));
                act.detail("found", &found);
                act.detail("name", &named.name);
                act.detail("application", &named.application);
                act.append(conn, Action::QuarantineFile)?;
            }
            Ok(())
        })
        .await
}

/// Goes on scanning for as long as the service runs.
pub async fn keep_scanning(service: Service) {
    let mut failures = 0;
    loop {
        let answered = match scan_waiting(&service).await {
            Ok(pass) => pass.answers,
            Err(error) => {
                tracing::error!(%error, "files can't be scanned");
                false
            }
        };
        failures = if answered { 0 } else { u32::saturating_add(failures, 1) };
        if answered {
            // Told or not, it is time to look again.
            let _ = tokio::time::timeout(LOOK, service.scanning.came.notified()).await;
        } else {
            tokio::time::sleep(wait(failures).min(LOOK)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_again_and_again_waits_longer_and_longer_up_to_ten_minutes() {
        let waits: Vec<u64> = [1, 2, 3, 9, 10, u32::MAX].into_iter().map(|n| wait(n).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 512, 600, 600]);
    }
}
