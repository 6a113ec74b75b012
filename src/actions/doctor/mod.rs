//! Looks through a database and its files, beside a running service if there is one: every digest, every event, what
//! names what, and what follows from what. Whatever is found is told; nothing that is found ends the walk.

mod events;
mod files;
mod finding;
mod forms;
mod links;
mod records;
mod results;

use std::collections::{BTreeMap, BTreeSet, HashSet};

pub(crate) use self::files::BROKEN_OFF;
pub use self::files::files;
pub use self::finding::{Finding, Record, Topic, Wrong};
pub use self::forms::{meaning, stored_forms};

use crate::db::raw::{self, Row, Table};
use crate::db::{Conn, backup};
use crate::domain::record::{Digest, DocumentKind, digest_of};
use crate::error::{Result, Trouble};

/// How often the database is looked through at most, where it is written to meanwhile.
const WALKS: usize = 3;

/// What a walk came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What is told for information.
    pub notes: Vec<Finding>,
    /// How many were looked at of each kind.
    pub looked: BTreeMap<&'static str, u64>,
    named: Vec<NamedFile>,
}

impl Report {
    fn tell(&mut self, record: Record, wrong: Wrong) {
        let list = if wrong.is_note() { &mut self.notes } else { &mut self.findings };
        list.push(Finding { record, wrong });
    }
}

/// A file that a record names.
#[derive(Clone, Debug)]
struct NamedFile {
    record: Record,
    digest: String,
    size: u64,
    /// Whether it must be there: of removed evidence it may be gone.
    must: bool,
}

/// Looks through the database. Where somebody writes to it meanwhile, pages of different moments may seem to disagree: then
/// it is looked through again, and what stands is what is found each time.
///
/// # Errors
/// If the database can't be reached.
pub fn database(conn: &mut Conn) -> Result<Report> {
    let mut before = backup::ends(conn).ok();
    let mut report = walk(conn)?;
    for _ in 1..WALKS {
        let now = backup::ends(conn).ok();
        if report.findings.is_empty() || now == before {
            break;
        }
        before = now;
        let again = walk(conn)?;
        report.findings.retain(|finding| again.findings.contains(finding));
    }
    Ok(report)
}

fn walk(conn: &mut Conn) -> Result<Report> {
    let mut walk = Walk { conn, report: Report::default(), known: Known::default() };
    walk.records()?;
    walk.events()?;
    walk.links();
    walk.results()?;
    walk.faults()?;
    walk.report.findings.sort();
    walk.report.findings.dedup();
    Ok(walk.report)
}

/// Versions of something: numbers with their digests, as they are stored.
type Versions = Vec<(i64, String)>;

/// Which document: competition, kind, subject.
type Place = (String, String, String);

/// An application, as far as others name it.
#[derive(Debug)]
struct KnownApplication {
    competition: String,
    number: Option<String>,
}

/// What is remembered of the records: keys and digests, never contents.
#[derive(Default)]
struct Known {
    competitions: BTreeMap<String, (i64, i64)>,
    settings: BTreeMap<String, Versions>,
    data: BTreeMap<String, Versions>,
    applications: BTreeMap<String, KnownApplication>,
    experts: BTreeSet<String>,
    /// Evidence with the digests of its files.
    evidence: BTreeMap<String, String>,
    parts: BTreeMap<(String, String), Versions>,
    submissions: BTreeMap<String, Versions>,
    /// Places on recommendation lists, by application.
    recommended: BTreeMap<String, (String, i64)>,
    documents: BTreeMap<Place, Versions>,
    /// What the versions of a signed sheet gave, by competition and subject.
    scores: BTreeMap<(String, String), HashSet<Digest>>,
    sheets: BTreeSet<(String, String)>,
    inspections: BTreeSet<(String, String)>,
    units: BTreeSet<(String, String)>,
    /// Who was drawn or could be called, by competition, panel and expert.
    drawn: BTreeSet<(String, String, String)>,
    /// Digests of confirmed draws, by competition.
    draws: BTreeSet<(String, String)>,
    chains: events::Chains,
    /// What events say that contents are, by chain.
    told: BTreeMap<String, HashSet<String>>,
    /// Competitions whose settings were corrected by an act that recused somebody too: its event tells of that alone.
    recused: BTreeSet<String>,
    /// Documents that events tell of: chain and number of the event, kind and digest.
    kept: Vec<(String, i64, String, String)>,
}

impl Known {
    fn versions(&self, competition: &str, kind: DocumentKind, subject: &str) -> &[(i64, String)] {
        let place = (competition.to_owned(), kind.to_string(), subject.to_owned());
        self.documents.get(&place).map_or(&[], Vec::as_slice)
    }

    fn has(&self, competition: &str, kind: DocumentKind, digest: &str) -> bool {
        self.versions(competition, kind, "").iter().any(|(_, known)| known == digest)
    }
}

struct Walk<'c> {
    conn: &'c mut Conn,
    report: Report,
    known: Known,
}

impl Walk<'_> {
    fn tell(&mut self, record: Record, wrong: Wrong) {
        self.report.tell(record, wrong);
    }

    /// Sees every row of a table. One that can't be read is told; what comes after it in its table can't be read either.
    fn each(&mut self, table: &Table, see: fn(&mut Self, &Row)) -> Result<()> {
        let mut last: Option<Row> = None;
        loop {
            let read = raw::page(self.conn, table, last.as_ref());
            let Some(rows) = self.readable(table, read)? else { return Ok(()) };
            *self.report.looked.entry(table.name).or_default() += rows.len() as u64;
            for row in &rows {
                see(self, row);
            }
            last = rows.into_iter().next_back();
            if last.is_none() {
                return Ok(());
            }
        }
    }

    /// What was read of a table; nothing where it can't be read, which is told.
    fn readable<T>(&mut self, table: &Table, read: Result<T>) -> Result<Option<T>> {
        match read {
            Ok(rows) => Ok(Some(rows)),
            Err(error) if error.trouble == Some(Trouble::Away) => Err(error),
            Err(error) => {
                self.tell(Record::of("table", table.name), Wrong::Unreadable(error.to_string()));
                Ok(None)
            }
        }
    }

    /// Whether content is what its digest was made of; tells where it is not.
    fn sealed(&mut self, record: &Record, content: &str, digest: &str) -> bool {
        let whole = digest_of(content).to_string() == digest;
        if !whole {
            self.tell(record.clone(), Wrong::Altered);
        }
        whole
    }

    /// Tells where content is not of the form that it must be of.
    fn formed<T>(&mut self, record: &Record, read: std::result::Result<T, String>) -> Option<T> {
        read.map_err(|why| self.tell(record.clone(), Wrong::Unreadable(why))).ok()
    }

    fn faults(&mut self) -> Result<()> {
        let table = Table { name: "qianglian.db", key: &[], others: &[] };
        let read = raw::faults(self.conn);
        for (place, told) in self.readable(&table, read)?.unwrap_or_default() {
            self.tell(Record::of("table", place), Wrong::Database(told));
        }
        Ok(())
    }
}
