//! What follows from what: each tally from signed sheets, each ranking from its tally, and selections, notices,
//! announcements and titles from rankings.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::Value;

use super::Walk;
use super::finding::{Record, Topic, Wrong};
use super::records::document_record;
use crate::actions::ranked::rank_document;
use crate::db::raw::{self, Row, Table};
use crate::domain::announcement::{Announcement, TitleContent, TitleEvent, TitleEventKind, TitleState};
use crate::domain::closing::{Placing, slot};
use crate::domain::ids::{ApplicationId, ExpertId};
use crate::domain::notice::{Notice, PublicEntry};
use crate::domain::record::{DocumentKind, canonical, digest_of, parse};
use crate::domain::selection::{Selection, SelectionEntry, SelectionResult, as_ranked};
use crate::error::Result;

const DOCUMENT: Table = Table {
    name: "document",
    key: &["competition_id", "kind", "subject", "number"],
    others: &["content", "digest"],
};
const SECRET: Table = Table { name: "edition_secret", key: &["competition_id"], others: &["secret"] };
const TITLE: Table = Table {
    name: "title",
    key: &["id"],
    others: &[
        "competition_id",
        "application_id",
        "state",
        "content",
        "valid_from",
        "valid_until",
        "revision",
    ],
};

const RANKING: Topic = ("名次、得分或者结果", "places, scores or results");
const NAMES: Topic = ("名单", "the names");
const VALIDITY: Topic = ("有效期", "validity");
const EVENTS: Topic = ("其经过", "what happened to it");

/// A document that is whole.
struct Kept {
    subject: String,
    number: i64,
    digest: String,
    content: String,
}

/// What is known of a competition's results.
#[derive(Default)]
struct Results {
    /// How applications stand, by the tally's number.
    placings: BTreeMap<i64, (String, Vec<Placing>)>,
    selections: BTreeMap<String, Selection>,
    notices: BTreeMap<String, Notice>,
    announcements: Vec<(i64, Announcement)>,
    titles: BTreeMap<String, Vec<TitleEvent>>,
}

impl Walk<'_> {
    pub(super) fn results(&mut self) -> Result<()> {
        for competition in self.known.competitions.clone().into_keys() {
            let mut results = Results::default();
            self.tallies(&competition, &mut results)?;
            self.selections(&competition, &mut results)?;
            self.notices(&competition, &mut results)?;
            self.announcements(&competition, &mut results)?;
            self.titles(&competition, results)?;
        }
        Ok(())
    }

    /// The documents of a kind, of a competition, that are what their digests were made of; the others have been told.
    fn of_kind(&mut self, competition: &str, kind: DocumentKind) -> Result<Vec<Kept>> {
        self.whole(&[("competition_id", competition), ("kind", kind.as_str())])
    }

    fn whole(&mut self, columns: &[(&str, &str)]) -> Result<Vec<Kept>> {
        let read = raw::those(self.conn, &DOCUMENT, columns);
        let rows = self.readable(&DOCUMENT, read)?.unwrap_or_default();
        let kept = rows.into_iter().map(|row| Kept {
            subject: row.text(2).to_owned(),
            number: row.number(3),
            content: row.text(4).to_owned(),
            digest: row.text(5).to_owned(),
        });
        Ok(kept.filter(|kept| digest_of(&kept.content).to_string() == kept.digest).collect())
    }

    fn tallies(&mut self, competition: &str, results: &mut Results) -> Result<()> {
        let numbers: Vec<String> = self
            .known
            .versions(competition, DocumentKind::Tally, "")
            .iter()
            .map(|(number, _)| number.to_string())
            .collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let signed = self.signed(competition)?;
        // One at a time: each is as large as all sheets of its competition.
        for number in numbers {
            let kind = DocumentKind::Tally.as_str();
            let columns =
                [("competition_id", competition), ("kind", kind), ("subject", ""), ("number", &number)];
            for kept in self.whole(&columns)? {
                let record = document_record(competition, kind, "", kept.number);
                self.follows_from(&signed, &record, &kept.content);
                if let Ok(ranked) = rank_document(&kept.content) {
                    results.placings.insert(kept.number, (kept.digest, ranked.placings));
                }
            }
        }
        for check in self.of_kind(competition, DocumentKind::TallyCheck)? {
            let tally = parse::<Value>(&check.content).unwrap_or_default();
            let tallies = self.known.versions(competition, DocumentKind::Tally, "");
            let named = tallies.iter().any(|(number, digest)| {
                number.to_string() == check.subject && tally["tally"] == digest.as_str()
            });
            if !named {
                let record = document_record(competition, "tally_check", &check.subject, check.number);
                self.tell(record, Wrong::Names(format!("tally/{}", check.subject)));
            }
        }
        Ok(())
    }

    /// What was signed, by application and key of the expert: digests of scores. Nothing where the competition has no secret,
    /// which is told.
    fn signed(&mut self, competition: &str) -> Result<BTreeMap<(String, String), BTreeSet<String>>> {
        let read = raw::those(self.conn, &SECRET, &[("competition_id", competition)]);
        let rows = self.readable(&SECRET, read)?.unwrap_or_default();
        let Some(secret) = rows.first().map(|row| row.text(1).to_owned()) else {
            self.tell(Record::of("edition_secret", competition), Wrong::Missing("tally".to_owned()));
            return Ok(BTreeMap::new());
        };
        let mut signed = BTreeMap::new();
        for ((of, subject), scores) in &self.known.scores {
            let Some((application, expert)) = subject.split_once('/').filter(|_| of == competition) else {
                continue;
            };
            let ids = (application.parse::<ApplicationId>(), expert.parse::<ExpertId>());
            let (Ok(id), Ok(expert)) = ids else { continue };
            let key = (application.to_owned(), slot(&secret, id, expert));
            signed.insert(key, scores.iter().map(ToString::to_string).collect());
        }
        Ok(signed)
    }

    /// Each sheet of a tally is one that was signed.
    fn follows_from(
        &mut self,
        signed: &BTreeMap<(String, String), BTreeSet<String>>,
        record: &Record,
        content: &str,
    ) {
        let Ok(tally) = parse::<Value>(content) else { return };
        for sheet in tally["sheets"].as_array().into_iter().flatten().filter(|_| !signed.is_empty()) {
            let of = |member: &str| sheet[member].as_str().unwrap_or_default().to_owned();
            let key = (of("application"), of("expert"));
            let scores = digest_of(canonical(&sheet["scores"])).to_string();
            if !signed.get(&key).is_some_and(|known| known.contains(&scores)) {
                self.tell(record.clone(), Wrong::Names(format!("sheet/{}/{}", key.0, key.1)));
            }
        }
    }

    fn selections(&mut self, competition: &str, results: &mut Results) -> Result<()> {
        for kept in self.of_kind(competition, DocumentKind::Selection)? {
            let Ok(selection) = parse::<Selection>(&kept.content) else { continue };
            let record = document_record(competition, "selection", "", kept.number);
            let number = i64::from(selection.tally);
            let named = (number, selection.tally_digest.to_string());
            if !self.known.versions(competition, DocumentKind::Tally, "").contains(&named) {
                self.tell(record.clone(), Wrong::Names(format!("tally/{number} {}", named.1)));
            }
            if let Some((_, placings)) = results.placings.get(&number)
                && !adopts(&selection.entries, placings)
            {
                self.tell(record, Wrong::Disagrees(format!("tally/{number}"), RANKING));
            }
            results.selections.insert(kept.digest, selection);
        }
        Ok(())
    }

    fn notices(&mut self, competition: &str, results: &mut Results) -> Result<()> {
        for kept in self.of_kind(competition, DocumentKind::Notice)? {
            let Ok(notice) = parse::<Notice>(&kept.content) else { continue };
            let record = document_record(competition, "notice", "", kept.number);
            let selection = notice.selection.to_string();
            if !self.known.has(competition, DocumentKind::Selection, &selection) {
                self.tell(record.clone(), Wrong::Names(format!("selection {selection}")));
            }
            for draw in notice.draws.iter().map(ToString::to_string) {
                if !self.known.draws.contains(&(competition.to_owned(), draw.clone())) {
                    self.tell(record.clone(), Wrong::Names(format!("draw {draw}")));
                }
            }
            if let Some(selection) = results.selections.get(&selection) {
                let chosen = |entry: &&SelectionEntry| entry.result == SelectionResult::Proposed;
                let proposed: Vec<_> = selection.entries.iter().filter(chosen).collect();
                let same = proposed.len() == notice.entries.len()
                    && proposed.iter().zip(&notice.entries).all(|(chosen, entry)| is_of(entry, chosen));
                if !same {
                    self.tell(record, Wrong::Disagrees(format!("selection/{}", selection.number), NAMES));
                }
            }
            results.notices.insert(kept.digest, notice);
        }
        Ok(())
    }

    fn announcements(&mut self, competition: &str, results: &mut Results) -> Result<()> {
        for kept in self.of_kind(competition, DocumentKind::Announcement)? {
            let Ok(announcement) = parse::<Announcement>(&kept.content) else { continue };
            let record = document_record(competition, "announcement", "", kept.number);
            self.names_what_it_follows(competition, &record, &announcement);
            if let Some(notice) = results.notices.get(&announcement.notice.to_string()) {
                let on_notice =
                    |winner: &PublicEntry| notice.entries.iter().any(|entry| is_same(winner, entry));
                let all = announcement.winners.len() + announcement.held_back as usize;
                if !announcement.winners.iter().all(on_notice) || all != notice.entries.len() {
                    let wrong = Wrong::Disagrees(format!("notice/{}", notice.number), NAMES);
                    self.tell(record.clone(), wrong);
                }
            }
            let tally = announcement.tally.to_string();
            let ranked = results.placings.iter().find(|(_, (digest, _))| *digest == tally);
            if let (Some((number, (_, placings))), Some(told)) = (ranked, &announcement.ranking) {
                let ranked =
                    placings.iter().filter_map(|at| Some((&at.track, at.place?, at.score.as_ref()?)));
                if !ranked.eq(told.iter().map(|entry| (&entry.track, entry.place, &entry.score))) {
                    self.tell(record, Wrong::Disagrees(format!("tally/{number}"), RANKING));
                }
            }
            results.announcements.push((kept.number, announcement));
        }
        Ok(())
    }

    fn names_what_it_follows(&mut self, competition: &str, record: &Record, announcement: &Announcement) {
        let named = [
            (DocumentKind::Tally, announcement.tally.to_string()),
            (DocumentKind::Notice, announcement.notice.to_string()),
        ];
        for (kind, digest) in named {
            if !self.known.has(competition, kind, &digest) {
                self.tell(record.clone(), Wrong::Names(format!("{kind} {digest}")));
            }
        }
        let before = i64::from(announcement.number) - 1;
        let versions = self.known.versions(competition, DocumentKind::Announcement, "");
        let before = versions.iter().find(|(number, _)| *number == before).map(|(_, digest)| digest.clone());
        if before != announcement.previous.map(|digest| digest.to_string()) {
            self.tell(record.clone(), Wrong::Names("announcement (previous)".to_owned()));
        }
    }

    fn titles(&mut self, competition: &str, mut results: Results) -> Result<()> {
        for kept in self.of_kind(competition, DocumentKind::Title)? {
            if let Ok(event) = parse(&kept.content) {
                results.titles.entry(kept.subject).or_default().push(event);
            }
        }
        let read = raw::those(self.conn, &TITLE, &[("competition_id", competition)]);
        let rows = self.readable(&TITLE, read)?.unwrap_or_default();
        *self.report.looked.entry(TITLE.name).or_default() += rows.len() as u64;
        for row in &rows {
            self.title(&results, row);
        }
        let held: BTreeSet<&str> = rows.iter().map(|row| row.text(2)).collect();
        if let Some((number, last)) = results.announcements.last() {
            let winners = last.winners.iter().map(|winner| winner.application.to_string());
            for winner in winners.filter(|winner| !held.contains(winner.as_str())) {
                let record = Record::in_competition(competition, "title", winner);
                self.tell(record, Wrong::Missing(format!("announcement/{number}")));
            }
        }
        for subject in results.titles.keys().filter(|subject| !held.contains(subject.as_str())) {
            let record = Record::in_competition(competition, "title", subject);
            self.tell(record.clone(), Wrong::Missing(format!("document {record}")));
        }
        Ok(())
    }

    fn title(&mut self, results: &Results, row: &Row) {
        let application = row.text(2);
        let record = Record::in_competition(row.text(1), "title", application);
        let Some(content) = self.formed(&record, parse::<TitleContent>(row.text(4))) else { return };
        let names = |announcement: &Announcement| {
            let named = |winner: &PublicEntry| {
                winner.application == content.application
                    && winner.award_name == content.award_name
                    && winner.title == content.title
                    && winner.application.to_string() == application
            };
            announcement.winners.iter().any(named)
        };
        let Some((number, first)) = results.announcements.iter().find(|(_, told)| names(told)) else {
            self.tell(record, Wrong::Names("announcement".to_owned()));
            return;
        };
        let no_events = Vec::new();
        let events = results.titles.get(application).unwrap_or(&no_events);
        let (from, until) = first.validity_of(content.application);
        let until = events.last().map_or(until, |event| event.valid_until);
        let told = |day: NaiveDate| day.to_string();
        if (told(from).as_str(), told(until).as_str()) != (row.text(5), row.text(6)) {
            self.tell(record.clone(), Wrong::Disagrees(format!("announcement/{number}"), VALIDITY));
        }
        let state = events.iter().rev().find_map(|event| match event.kind {
            TitleEventKind::Revoked => Some(TitleState::Revoked),
            TitleEventKind::Restored => Some(TitleState::InForce),
            TitleEventKind::Report | TitleEventKind::Renewed => None,
        });
        let state = state.unwrap_or(TitleState::InForce);
        if state.as_str() != row.text(3) || usize::try_from(row.number(7)) != Ok(events.len() + 1) {
            self.tell(record, Wrong::Disagrees("document title".to_owned(), EVENTS));
        }
    }
}

/// Whether a selection says of every application what the ranking says, but for what it departs from.
fn adopts(entries: &[SelectionEntry], placings: &[Placing]) -> bool {
    let adopts = |(entry, placing): (&SelectionEntry, &Placing)| {
        let ranked = as_ranked(placing);
        let stands = (&entry.application, &entry.track, entry.place, &entry.score);
        let becomes = (entry.result, &entry.award) == (ranked.result, &ranked.award);
        stands == (&ranked.application, &ranked.track, ranked.place, &ranked.score)
            && (entry.departure.is_some() || becomes)
    };
    entries.len() == placings.len() && entries.iter().zip(placings).all(adopts)
}

/// Whether a name on notice is what a selection proposed; places and scores are not always disclosed.
fn is_of(entry: &PublicEntry, chosen: &SelectionEntry) -> bool {
    entry.application == chosen.application
        && Some(&entry.award) == chosen.award.as_ref()
        && entry.track == chosen.track
        && (entry.place.is_none() || entry.place == chosen.place)
        && (entry.score.is_none() || entry.score == chosen.score)
}

/// Whether a winner is a name that was on notice.
fn is_same(winner: &PublicEntry, entry: &PublicEntry) -> bool {
    let of = |entry: &PublicEntry| {
        (entry.application, entry.award.clone(), entry.track.clone(), entry.place, entry.score.clone())
    };
    of(winner) == of(entry)
}
