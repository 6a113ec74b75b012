//! What a backup takes of the database, how a copy is examined, and what a restored one must forget.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use serde::{Deserialize, Serialize};

use super::fitness::Setting;
use super::migrations::{SQLITE_MIGRATIONS, is_up_to_date};
use super::schema::{
    audit_event, audit_head, competition_version, evidence, letter, objection_file, one_time_link,
    refresh_token, session,
};
use super::{Address, Conn, machines};
use crate::domain::letter::LetterState;
use crate::domain::record::{Digest, Event, digest_of, parse};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// Events that are read at a time.
const EVENTS: i64 = 5_000;

/// The end of a chain of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Queryable)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChainEnd {
    pub(crate) chain: String,
    /// Number of its last event.
    pub(crate) seq: i64,
    /// Digest of its last event.
    pub(crate) digest: Digest,
    /// Time of its last event.
    pub(crate) at: Timestamp,
}

/// What a database holds, as far as backups are concerned.
#[derive(Debug)]
pub(crate) struct Contents {
    /// Its newest migration.
    pub(crate) migration: String,
    /// The ends of its chains, in their order.
    pub(crate) chains: Vec<ChainEnd>,
    /// Files that it names and that must be there.
    pub(crate) needed: BTreeSet<Digest>,
    /// Files of evidence that was removed: kept as long as they are there.
    pub(crate) removed: BTreeSet<Digest>,
    pub(crate) events: HashSet<Digest>,
}

impl Contents {
    /// The files to be copied, each with whether it must be there.
    pub(crate) fn files(&self) -> impl Iterator<Item = (Digest, bool)> {
        let needed = self.needed.iter().map(|digest| (*digest, true));
        needed.chain(self.removed.iter().map(|digest| (*digest, false)))
    }
}

/// What of a database would be lost, by chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Lost {
    pub(crate) chain: String,
    /// What people call the competition.
    pub(crate) title: Option<String>,
    /// How many of its events.
    pub(crate) events: i64,
    /// When the last of them was.
    pub(crate) last_at: Timestamp,
}

/// The newest migration that this program knows.
pub(crate) fn newest_migration() -> String {
    let all = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE_MIGRATIONS).unwrap_or_default();
    all.iter().map(|migration| migration.name().version().to_string()).max().unwrap_or_default()
}

/// The newest migration of a database.
pub(crate) fn migration(conn: &mut Conn) -> Result<String> {
    let newest = "SELECT version AS value FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 1";
    let row: Option<Setting> = sql_query(newest).get_result(conn).optional()?;
    Ok(row.map_or_else(String::new, |row| row.value))
}

/// Copies an SQLite database, as it is at one moment, into a file that is not there yet. It may be written to meanwhile.
pub(crate) fn snapshot(address: &Address, into: &Path) -> Result<()> {
    let mut conn = Conn::open(address)?;
    is_up_to_date(&mut conn)?;
    let Conn::Sqlite(mut conn) = conn else {
        return Err(Error::internal("only an SQLite database is copied"));
    };
    sql_query("VACUUM INTO ?").bind::<Text, _>(into.to_string_lossy()).execute(&mut conn)?;
    Ok(())
}

/// Reads a database wholly: refuses one whose chains are not whole, or that SQLite finds damaged.
pub(crate) fn examine(conn: &mut Conn) -> Result<Contents> {
    if let Conn::Sqlite(_) = conn {
        must_be_sound(conn)?;
    }
    let mut events = HashSet::new();
    let chains = ends(conn)?;
    for end in &chains {
        whole_chain(conn, end, &mut events)?;
    }
    let (needed, removed) = named_files(conn)?;
    Ok(Contents { migration: migration(conn)?, chains, needed, removed, events })
}

pub(crate) fn ends(conn: &mut Conn) -> Result<Vec<ChainEnd>> {
    Ok(audit_head::table
        .order(audit_head::chain.asc())
        .select((audit_head::chain, audit_head::seq, audit_head::digest, audit_head::at))
        .load(conn)?)
}

fn must_be_sound(conn: &mut Conn) -> Result<()> {
    let rows: Vec<Setting> =
        sql_query("SELECT integrity_check AS value FROM pragma_integrity_check").load(conn)?;
    match rows.iter().find(|row| row.value != "ok") {
        Some(row) => Err(damaged(&row.value)),
        None => Ok(()),
    }
}

/// What is told of a database that can't be trusted.
fn damaged(what: &str) -> Error {
    let mut error =
        Error::conflict("backup_damaged", "备份中的数据库已损坏", "The database of the backup is damaged");
    error.inside = Some(what.to_owned());
    error
}

/// Follows a chain from its first event to its end.
fn whole_chain(conn: &mut Conn, end: &ChainEnd, events: &mut HashSet<Digest>) -> Result<()> {
    let mut walk = Walk::default();
    loop {
        let rows: Vec<(i64, Digest, String)> = audit_event::table
            .filter(audit_event::chain.eq(&end.chain))
            .filter(audit_event::seq.gt(walk.seq))
            .order(audit_event::seq.asc())
            .limit(EVENTS)
            .select((audit_event::seq, audit_event::digest, audit_event::body))
            .load(conn)?;
        if rows.is_empty() {
            break;
        }
        for (seq, digest, body) in rows {
            walk.step(seq, digest, &body).map_err(|what| damaged(&format!("chain {}: {what}", end.chain)))?;
            events.insert(digest);
        }
    }
    walk.must_end_at(end).map_err(|what| damaged(&what))
}

/// A walk along a chain of events.
#[derive(Debug)]
pub(crate) struct Walk {
    /// Number of the last event.
    pub(crate) seq: i64,
    pub(crate) digest: Digest,
}

impl Default for Walk {
    fn default() -> Self {
        Self { seq: 0, digest: Digest::ZERO }
    }
}

impl Walk {
    /// Goes to the next event.
    pub(crate) fn step(&mut self, seq: i64, digest: Digest, body: &str) -> std::result::Result<(), String> {
        let event: Event = parse(body)?;
        if seq != self.seq + 1 || event.seq != seq || event.prev != self.digest || digest_of(body) != digest {
            return Err(format!("event {seq} does not follow event {}", self.seq));
        }
        *self = Self { seq, digest };
        Ok(())
    }

    fn must_end_at(&self, end: &ChainEnd) -> std::result::Result<(), String> {
        if (self.seq, self.digest) == (end.seq, end.digest) {
            return Ok(());
        }
        Err(format!("chain {} ends at event {}, not {}", end.chain, self.seq, end.seq))
    }
}

/// The files that rows name: those that must be there, and those of removed evidence alone.
fn named_files(conn: &mut Conn) -> Result<(BTreeSet<Digest>, BTreeSet<Digest>)> {
    let rows: Vec<(Digest, Option<Timestamp>)> =
        evidence::table.select((evidence::digest, evidence::removed_at)).load(conn)?;
    let of_objections: Vec<Digest> = objection_file::table.select(objection_file::digest).load(conn)?;
    let mut needed: BTreeSet<Digest> = of_objections.into_iter().collect();
    needed.extend(rows.iter().filter(|(_, removed)| removed.is_none()).map(|(digest, _)| *digest));
    let removed = rows.into_iter().map(|(digest, _)| digest).filter(|digest| !needed.contains(digest));
    let removed = removed.collect();
    Ok((needed, removed))
}

/// What of this database a backup does not have.
pub(crate) fn lost(conn: &mut Conn, kept: &HashSet<Digest>) -> Result<Vec<Lost>> {
    let mut by_chain: BTreeMap<String, (i64, Timestamp)> = BTreeMap::new();
    for ChainEnd { chain, .. } in ends(conn)? {
        let rows: Vec<(Digest, Timestamp)> = audit_event::table
            .filter(audit_event::chain.eq(&chain))
            .order(audit_event::seq.asc())
            .select((audit_event::digest, audit_event::at))
            .load(conn)?;
        for (_, at) in rows.into_iter().filter(|(digest, _)| !kept.contains(digest)) {
            let (events, last) = by_chain.entry(chain.clone()).or_insert((0, at));
            (*events, *last) = (*events + 1, at);
        }
    }
    let named = by_chain.into_iter().map(|(chain, (events, last_at))| {
        let title = title(conn, &chain)?;
        Ok(Lost { chain, title, events, last_at })
    });
    named.collect()
}

fn title(conn: &mut Conn, chain: &str) -> Result<Option<String>> {
    let content: Option<String> = competition_version::table
        .filter(competition_version::competition_id.eq(chain))
        .order(competition_version::number.desc())
        .select(competition_version::content)
        .first(conn)
        .optional()?;
    let settings: Option<serde_json::Value> = content.and_then(|content| serde_json::from_str(&content).ok());
    Ok(settings.and_then(|settings| settings["title"].as_str().map(str::to_owned)))
}

/// What was ended in a restored database.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Ended {
    pub(crate) sessions: usize,
    pub(crate) refresh_tokens: usize,
    /// One-time links.
    pub(crate) links: usize,
    /// Tokens of external systems.
    pub(crate) machines: usize,
    /// Letters that may have been sent since: a person decides about them.
    pub(crate) letters: usize,
}

/// Ends what was open when the backup was made: who holds a token or a link may have lost it since, and a letter that
/// waited then may have been sent.
pub(crate) fn end_what_was_open(conn: &mut Conn, now: Timestamp) -> Result<Ended> {
    let sessions = diesel::update(session::table.filter(session::ended_at.is_null()))
        .set((session::ended_at.eq(now), session::ended_because.eq("restored")))
        .execute(conn)?;
    let refresh_tokens = diesel::update(refresh_token::table.filter(refresh_token::used_at.is_null()))
        .set(refresh_token::used_at.eq(now))
        .execute(conn)?;
    let links = diesel::update(one_time_link::table.filter(one_time_link::used_at.is_null()))
        .set(one_time_link::used_at.eq(now))
        .execute(conn)?;
    let open = letter::table.filter(letter::state.eq_any([LetterState::Queued, LetterState::Sending]));
    let letters = diesel::update(open)
        .set((letter::state.eq(LetterState::Unsure), letter::claimed_until.eq(None::<Timestamp>)))
        .execute(conn)?;
    let machines = machines::revoke_all(conn, "restored", now)?;
    Ok(Ended { sessions, refresh_tokens, links, machines, letters })
}

/// Puts all of an SQLite database into its one file, so that it can be moved without its log.
pub(crate) fn settle(path: &Path) -> Result<()> {
    #[derive(QueryableByName)]
    struct Busy {
        #[diesel(sql_type = BigInt)]
        busy: i64,
    }
    let mut conn = Conn::open(&Address::Sqlite(path.to_string_lossy().into_owned()))?;
    let row: Busy = sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(&mut conn)?;
    if row.busy != 0 {
        return Err(Error::busy(1));
    }
    Ok(())
}
