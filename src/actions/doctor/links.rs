//! Records beside each other: versions without gaps, documents with what they are about, events with what they tell of.

use super::finding::{Record, Wrong};
use super::records::document_record;
use super::{Versions, Walk};
use crate::domain::record::DocumentKind;

/// Kinds of which each version is the last thing that its act keeps, so that its event tells the version's digest. The
/// others are kept by acts that go on to keep or change something else.
const TOLD: [DocumentKind; 13] = [
    DocumentKind::Declaration,
    DocumentKind::Sheet,
    DocumentKind::Increase,
    DocumentKind::Comment,
    DocumentKind::Adjustments,
    DocumentKind::Tally,
    DocumentKind::TallyCheck,
    DocumentKind::Selection,
    DocumentKind::Notice,
    DocumentKind::Suspension,
    DocumentKind::Announcement,
    DocumentKind::Inspection,
    DocumentKind::Issued,
];

impl Walk<'_> {
    pub(super) fn links(&mut self) {
        self.competitions();
        self.histories();
        self.documents();
        self.told_of();
    }

    /// Each competition has the settings that hold in it.
    fn competitions(&mut self) {
        for (id, (version, called)) in self.known.competitions.clone() {
            let known = self.known.settings.get(&id).cloned().unwrap_or_default();
            for named in [version, called].into_iter().filter(|named| *named != 0) {
                if !known.iter().any(|(number, _)| *number == named) {
                    self.tell(Record::of("competition", &id), Wrong::Names(format!("settings/{named}")));
                }
            }
            let last = known.last().map_or(0, |(number, _)| *number);
            if last > version {
                let wrong = Wrong::Disagrees(format!("settings/{last}"), ("现行版本", "which version holds"));
                self.tell(Record::of("competition", &id), wrong);
            }
        }
    }

    /// Versions are numbered from 1 without gaps, and events tell of them.
    fn histories(&mut self) {
        for (competition, versions) in self.known.settings.clone() {
            self.no_gaps(&versions, |number| Record::in_competition(&competition, "settings", number));
            if !self.known.recused.contains(&competition) {
                self.are_told(&competition, &versions, |number| {
                    Record::in_competition(&competition, "settings", number)
                });
            }
        }
        for ((application, part), versions) in self.known.parts.clone() {
            self.no_gaps(&versions, |number| Record::of("part", format!("{application}/{part}/{number}")));
        }
        for (application, versions) in self.known.submissions.clone() {
            let record = |number| Record::of("submission", format!("{application}/{number}"));
            self.no_gaps(&versions, record);
            if let Some(known) = self.known.applications.get(&application) {
                let competition = known.competition.clone();
                self.are_told(&competition, &versions, record);
            }
        }
        let submitted = self.known.applications.iter().filter(|(_, known)| known.number.is_some());
        let without: Vec<String> = submitted
            .filter(|(id, _)| !self.known.submissions.contains_key(*id))
            .map(|(id, _)| id.clone())
            .collect();
        for id in without {
            self.tell(
                Record::of("submission", format!("{id}/1")),
                Wrong::Missing(format!("application/{id}")),
            );
        }
    }

    fn no_gaps(&mut self, versions: &Versions, record: impl Fn(i64) -> Record) {
        let mut next = 1;
        for (number, _) in versions {
            for missing in next..*number {
                self.tell(record(missing), Wrong::Missing(record(*number).to_string()));
            }
            next = number + 1;
        }
    }

    fn are_told(&mut self, chain: &str, versions: &Versions, record: impl Fn(i64) -> Record) {
        let told = self.known.told.get(chain);
        let untold = versions.iter().filter(|(_, digest)| !told.is_some_and(|told| told.contains(digest)));
        let untold: Vec<i64> = untold.map(|(number, _)| *number).collect();
        for number in untold {
            self.tell(record(number), Wrong::Unrecorded);
        }
    }

    fn documents(&mut self) {
        for ((competition, kind, subject), versions) in self.known.documents.clone() {
            let record = |number| document_record(&competition, &kind, &subject, number);
            self.no_gaps(&versions, record);
            let Ok(known) = kind.parse::<DocumentKind>() else { continue };
            if TOLD.contains(&known) {
                self.are_told(&competition, &versions, record);
            }
            let last = versions.last().map_or(0, |(number, _)| *number);
            if let Some(missing) = self.missing(known, &competition, &subject) {
                self.tell(record(last), Wrong::Orphan(missing));
            }
        }
    }

    /// What the documents of a kind about a subject belong to and what is not there.
    fn missing(&self, kind: DocumentKind, competition: &str, subject: &str) -> Option<String> {
        let known = &self.known;
        let place = (competition.to_owned(), subject.to_owned());
        let application = subject.split('/').next().unwrap_or_default();
        let of_application =
            known.applications.get(application).is_some_and(|known| known.competition == competition);
        let (there, name) = match kind {
            DocumentKind::Sheet => (known.sheets.contains(&place), "sheet_row"),
            DocumentKind::Inspection => (known.inspections.contains(&place), "inspection_row"),
            DocumentKind::Increase
            | DocumentKind::PartnerConsent
            | DocumentKind::Comment
            | DocumentKind::Adjustments
            | DocumentKind::Suspension
            | DocumentKind::Title => (of_application, "application"),
            DocumentKind::Declaration => (known.experts.contains(subject), "expert"),
            DocumentKind::PanelChange => (known.units.contains(&place), "seat"),
            DocumentKind::Ruling | DocumentKind::TallyCheck => {
                let tallies = known.versions(competition, DocumentKind::Tally, "");
                (tallies.iter().any(|(number, _)| number.to_string() == subject), "tally")
            }
            DocumentKind::Issued if !application.is_empty() => (of_application, "application"),
            DocumentKind::Tally
            | DocumentKind::Issued
            | DocumentKind::Selection
            | DocumentKind::Notice
            | DocumentKind::Announcement
            | DocumentKind::Reopening => (known.competitions.contains_key(competition), "competition"),
        };
        (!there).then(|| format!("{name}/{subject}"))
    }

    /// What events say was kept is there.
    fn told_of(&mut self) {
        let there: std::collections::HashSet<(String, String, String)> = self
            .known
            .documents
            .iter()
            .flat_map(|((competition, kind, _), versions)| {
                versions.iter().map(|(_, digest)| (competition.clone(), kind.clone(), digest.clone()))
            })
            .collect();
        for (chain, seq, kind, digest) in std::mem::take(&mut self.known.kept) {
            let told = kind.parse::<DocumentKind>().is_ok_and(|kind| TOLD.contains(&kind));
            if told && !there.contains(&(chain.clone(), kind.clone(), digest.clone())) {
                let record = Record::of("event", format!("{chain}/{seq}"));
                self.tell(record, Wrong::Names(format!("{kind} {digest}")));
            }
        }
    }
}
