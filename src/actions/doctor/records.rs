//! Every record by itself: its digest, its form, and what it says of its own place.

use serde_json::Value;

use super::finding::{Record, Wrong};
use super::{KnownApplication, NamedFile, Walk, forms};
use crate::actions::rules::stored_tally;
use crate::db::raw::{Row, Table};
use crate::domain::application::Whole;
use crate::domain::catalogue::Catalogue;
use crate::domain::competition::Settings;
use crate::domain::draw::{DrawBasis, DrawRecord, DrawResult, DrawState, Replay, commitment, replay};
use crate::domain::record::{DocumentKind, canonical, digest_of, parse};
use crate::domain::sheet::SignedSheet;
use crate::domain::working_days::WorkingCalendar;
use crate::error::Result;

const COMPETITION: Table =
    Table { name: "competition", key: &["id"], others: &["version", "called_version"] };
const SETTINGS: Table =
    Table { name: "competition_version", key: &["competition_id", "number"], others: &["content", "digest"] };
const DATASET: Table = Table { name: "dataset", key: &["kind", "version"], others: &["content", "digest"] };
const APPLICATION: Table = Table { name: "application", key: &["id"], others: &["competition_id", "number"] };
const EXPERT: Table = Table { name: "expert", key: &["id"], others: &["content"] };
const EVIDENCE: Table = Table { name: "evidence", key: &["id"], others: &["digest", "size", "removed_at"] };
const OBJECTION_FILE: Table = Table { name: "objection_file", key: &["id"], others: &["digest", "size"] };
const PART_VERSION: Table = Table {
    name: "application_part_version",
    key: &["application_id", "part", "revision"],
    others: &["content", "digest"],
};
const PART: Table =
    Table { name: "application_part", key: &["application_id", "part"], others: &["revision", "content"] };
const SUBMISSION: Table =
    Table { name: "submission", key: &["application_id", "number"], others: &["content", "digest"] };
const RECOMMENDATION: Table =
    Table { name: "recommendation", key: &["application_id"], others: &["competition_id", "city", "place"] };
const LIST: Table =
    Table { name: "recommendation_list", key: &["competition_id", "city"], others: &["content", "digest"] };
const DRAW: Table = Table {
    name: "draw",
    key: &["competition_id", "number"],
    others: &["state", "content", "digest", "secret", "public_seed", "result"],
};
const SEAT: Table = Table { name: "panel_seat", key: &["competition_id", "unit", "expert_id"], others: &[] };
const DOCUMENT: Table = Table {
    name: "document",
    key: &["competition_id", "kind", "subject", "number"],
    others: &["content", "digest"],
};
const SHEET: Table = Table {
    name: "sheet",
    key: &["application_id", "expert_id"],
    others: &["competition_id", "version", "digest", "content"],
};
const INSPECTION: Table = Table {
    name: "inspection",
    key: &["application_id"],
    others: &["competition_id", "version", "plan", "record", "signatures"],
};

/// What else holds JSON that no digest goes with.
const FORMED: [Table; 4] = [
    Table { name: "rectification", key: &["id"], others: &["content"] },
    Table { name: "objection", key: &["id"], others: &["content", "steps"] },
    Table { name: "recheck_request", key: &["id"], others: &["content"] },
    Table { name: "formal_check", key: &["application_id", "round"], others: &["items"] },
];

/// The record of a version of a document.
pub(super) fn document_record(competition: &str, kind: &str, subject: &str, number: i64) -> Record {
    let name = if subject.is_empty() { String::new() } else { format!("{subject}/") };
    Record::in_competition(competition, kind, format!("{name}{number}"))
}

impl Walk<'_> {
    /// Sees every record. Those that others name come first.
    pub(super) fn records(&mut self) -> Result<()> {
        self.each(&DATASET, Self::dataset)?;
        self.each(&SETTINGS, Self::settings)?;
        self.each(&COMPETITION, Self::competition)?;
        self.each(&APPLICATION, Self::application)?;
        self.each(&EXPERT, Self::expert)?;
        self.each(&EVIDENCE, Self::evidence)?;
        self.each(&OBJECTION_FILE, Self::objection_file)?;
        self.each(&PART_VERSION, Self::part_version)?;
        self.each(&PART, Self::part)?;
        self.each(&SUBMISSION, Self::submission)?;
        self.each(&RECOMMENDATION, Self::recommendation)?;
        self.each(&LIST, Self::list)?;
        self.each(&DRAW, Self::draw)?;
        self.each(&SEAT, Self::seat)?;
        self.each(&DOCUMENT, Self::document)?;
        self.each(&SHEET, Self::sheet)?;
        self.each(&INSPECTION, Self::inspection)?;
        for (table, see) in FORMED.iter().zip([
            Self::rectification as fn(&mut Self, &Row),
            Self::objection,
            Self::recheck,
            Self::formal_check,
        ]) {
            self.each(table, see)?;
        }
        Ok(())
    }

    fn dataset(&mut self, row: &Row) {
        let (kind, content) = (row.text(0), row.text(2));
        let record = Record::of(kind, row.text(1));
        let known = (row.number(1), row.text(3).to_owned());
        self.known.data.entry(kind.to_owned()).or_default().push(known);
        if self.sealed(&record, content, row.text(3)) {
            let read = match kind {
                "catalogue" => forms::is::<Catalogue>(content),
                "working_days" => forms::is::<WorkingCalendar>(content),
                _ => forms::is::<Value>(content),
            };
            self.formed(&record, read);
        }
    }

    fn settings(&mut self, row: &Row) {
        let record = Record::in_competition(row.text(0), "settings", row.text(1));
        let known = (row.number(1), row.text(3).to_owned());
        self.known.settings.entry(row.text(0).to_owned()).or_default().push(known);
        if !self.sealed(&record, row.text(2), row.text(3)) {
            return;
        }
        let Some(settings) = self.formed(&record, parse::<Settings>(row.text(2))) else { return };
        if stored_tally(&settings).is_err() {
            self.tell(record.clone(), Wrong::Unreadable("rubric".to_owned()));
        }
        for (kind, version) in [("catalogue", settings.catalogue), ("working_days", settings.working_days)] {
            let data = self.known.data.get(kind);
            if !data.is_some_and(|known| known.iter().any(|(number, _)| *number == i64::from(version))) {
                self.tell(record.clone(), Wrong::Names(format!("{kind}/{version}")));
            }
        }
    }

    fn competition(&mut self, row: &Row) {
        let id = row.text(0);
        let versions = (row.number(1), row.get(2).map_or(0, |_| row.number(2)));
        self.known.competitions.insert(id.to_owned(), versions);
    }

    fn application(&mut self, row: &Row) {
        let known = KnownApplication {
            competition: row.text(1).to_owned(),
            number: row.get(2).map(ToOwned::to_owned),
        };
        self.known.applications.insert(row.text(0).to_owned(), known);
    }

    fn expert(&mut self, row: &Row) {
        self.known.experts.insert(row.text(0).to_owned());
        self.formed(&Record::of("expert", row.text(0)), forms::is::<Value>(row.text(1)));
    }

    fn evidence(&mut self, row: &Row) {
        let (id, digest) = (row.text(0), row.text(1));
        self.known.evidence.insert(id.to_owned(), digest.to_owned());
        self.named(Record::of("evidence", id), digest, row.number(2), row.get(3).is_none());
    }

    fn objection_file(&mut self, row: &Row) {
        let record = Record::of("objection_file", row.text(0));
        self.named(record, row.text(1), row.number(2), true);
    }

    fn named(&mut self, record: Record, digest: &str, size: i64, must: bool) {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        self.report.named.push(NamedFile { record, digest: digest.to_owned(), size, must });
    }

    fn part_version(&mut self, row: &Row) {
        let record = Record::of("part", format!("{}/{}/{}", row.text(0), row.text(1), row.text(2)));
        let place = (row.text(0).to_owned(), row.text(1).to_owned());
        self.known.parts.entry(place).or_default().push((row.number(2), row.text(4).to_owned()));
        if self.sealed(&record, row.text(3), row.text(4)) {
            self.formed(&record, forms::is::<Value>(row.text(3)));
        }
    }

    fn part(&mut self, row: &Row) {
        let (application, part, revision) = (row.text(0), row.text(1), row.number(2));
        let record = Record::of("application_part", format!("{application}/{part}"));
        let kept = Record::of("part", format!("{application}/{part}/{revision}"));
        let versions = self.known.parts.get(&(application.to_owned(), part.to_owned()));
        match versions.and_then(|known| known.last()).filter(|(last, _)| *last == revision) {
            None => self.tell(record, Wrong::Names(kept.to_string())),
            Some((_, digest)) if digest_of(row.text(3)).to_string() != *digest => {
                self.tell(record, Wrong::Disagrees(kept.to_string(), ("内容", "its content")));
            }
            Some(_) => {}
        }
    }

    fn submission(&mut self, row: &Row) {
        let (application, content) = (row.text(0), row.text(2));
        let record = Record::of("submission", format!("{application}/{}", row.text(1)));
        let known = (row.number(1), row.text(3).to_owned());
        self.known.submissions.entry(application.to_owned()).or_default().push(known);
        if !self.sealed(&record, content, row.text(3)) {
            return;
        }
        let Some(whole) = self.formed(&record, parse::<Whole>(content)) else { return };
        if whole.application.to_string() != application {
            self.tell(record.clone(), Wrong::Disagrees("application".to_owned(), forms::COLUMNS));
        }
        for evidence in whole.evidence {
            let known = self.known.evidence.get(&evidence.id.to_string());
            if known != Some(&evidence.digest.to_string()) {
                self.tell(record.clone(), Wrong::Names(format!("evidence/{}", evidence.id)));
            }
        }
    }

    fn recommendation(&mut self, row: &Row) {
        let place = (format!("{}/{}", row.text(1), row.text(2)), row.number(3));
        self.known.recommended.insert(row.text(0).to_owned(), place);
    }

    fn list(&mut self, row: &Row) {
        let (Some(content), Some(digest)) = (row.get(2), row.get(3)) else {
            if row.get(2).is_some() != row.get(3).is_some() {
                self.tell(Record::in_competition(row.text(0), "list", row.text(1)), Wrong::Altered);
            }
            return;
        };
        let record = Record::in_competition(row.text(0), "list", row.text(1));
        if !self.sealed(&record, content, digest) {
            return;
        }
        let Some(list) = self.formed(&record, parse::<Value>(content)) else { return };
        let entries = list["entries"].as_array().cloned().unwrap_or_default();
        for entry in &entries {
            self.listed(&record, row, entry);
        }
        let own = format!("{}/{}", row.text(0), row.text(1));
        let placed = self.known.recommended.values().filter(|(list, _)| *list == own).count();
        if placed != entries.len() {
            let wrong = Wrong::Disagrees("recommendation".to_owned(), ("件数", "how many stand on it"));
            self.tell(record, wrong);
        }
    }

    /// An entry of a sealed list: the submission that it is of, and its place.
    fn listed(&mut self, record: &Record, row: &Row, entry: &Value) {
        let number = entry["number"].as_str();
        let mut known = self.known.applications.iter();
        let found =
            known.find(|(_, known)| known.competition == row.text(0) && known.number.as_deref() == number);
        let Some((id, _)) = found else {
            let number = number.unwrap_or_default().to_owned();
            self.tell(record.clone(), Wrong::Names(format!("application {number}")));
            return;
        };
        let submitted = self.known.submissions.get(id).is_some_and(|versions| {
            let named = (entry["submission"].as_i64(), entry["digest"].as_str());
            versions.iter().any(|(number, digest)| (Some(*number), Some(digest.as_str())) == named)
        });
        let place = self.known.recommended.get(id).map(|(_, place)| *place);
        let id = id.clone();
        if !submitted {
            self.tell(record.clone(), Wrong::Names(format!("submission/{id}/{}", entry["submission"])));
        }
        if place != entry["place"].as_i64() {
            let wrong = Wrong::Disagrees(format!("recommendation/{id}"), ("名次", "its place"));
            self.tell(record.clone(), wrong);
        }
    }

    fn draw(&mut self, row: &Row) {
        let record = Record::in_competition(row.text(0), "draw", row.text(1));
        if !self.sealed(&record, row.text(3), row.text(4)) {
            return;
        }
        let Some(basis) = self.formed(&record, parse::<DrawBasis>(row.text(3))) else { return };
        if commitment(row.text(5)) != basis.commitment {
            self.tell(record, Wrong::Disagrees("secret".to_owned(), ("承诺", "what was committed to")));
            return;
        }
        let (Some(public_seed), Some(result)) = (row.get(6), row.get(7)) else { return };
        let Some(result) = self.formed(&record, parse::<DrawResult>(result)) else { return };
        if row.text(2) == DrawState::Confirmed.as_str() {
            self.known.draws.insert((row.text(0).to_owned(), row.text(4).to_owned()));
            for panel in &result.panels {
                let of = |expert: &crate::domain::ids::ExpertId| {
                    (row.text(0).to_owned(), panel.key.clone(), expert.to_string())
                };
                self.known.drawn.extend(panel.order.iter().map(of));
            }
        }
        let again = DrawRecord {
            digest: digest_of(row.text(3)),
            basis,
            secret: row.text(5).to_owned(),
            public_seed: public_seed.to_owned(),
            result,
        };
        if replay(&again) != Replay::Same {
            self.tell(
                record,
                Wrong::Disagrees("result".to_owned(), ("重新抽取", "what drawing again gives")),
            );
        }
    }

    fn seat(&mut self, row: &Row) {
        let place = (row.text(0).to_owned(), row.text(1).to_owned(), row.text(2).to_owned());
        self.known.units.insert((place.0.clone(), place.1.clone()));
        if !self.known.drawn.contains(&place) {
            let record = Record::in_competition(&place.0, "seat", format!("{}/{}", place.1, place.2));
            self.tell(record, Wrong::Orphan("draw".to_owned()));
        }
    }

    fn document(&mut self, row: &Row) {
        let (competition, kind, subject, number) = (row.text(0), row.text(1), row.text(2), row.number(3));
        let (content, digest) = (row.text(4), row.text(5));
        let record = document_record(competition, kind, subject, number);
        let place = (competition.to_owned(), kind.to_owned(), subject.to_owned());
        self.known.documents.entry(place).or_default().push((number, digest.to_owned()));
        let unknown = || "kind".to_owned();
        let kind = self.formed(&record, kind.parse::<DocumentKind>().map_err(|_| unknown()));
        let Some(kind) = kind.filter(|_| self.sealed(&record, content, digest)) else { return };
        let Some(value) = self.formed(&record, forms::read(kind, content)) else { return };
        self.agrees_with_its_place(&record, kind, (competition, subject, number), &value);
        match kind {
            DocumentKind::Sheet => self.sheet_document(&record, competition, subject, content),
            DocumentKind::Inspection => self.photographs(&record, &value),
            _ => {}
        }
    }

    /// What a document says of its competition, its number and what it is about is what its row says.
    fn agrees_with_its_place(
        &mut self,
        record: &Record,
        kind: DocumentKind,
        (competition, subject, number): (&str, &str, i64),
        value: &Value,
    ) {
        let of = |member: &str| value[member].as_str().unwrap_or_default();
        let named = value["competition"].as_str().or_else(|| value["competition"]["id"].as_str());
        let about = match kind {
            DocumentKind::Sheet => Some(format!("{}/{}", of("application"), of("expert"))),
            DocumentKind::Inspection => Some(of("application").to_owned()),
            DocumentKind::Declaration => Some(of("expert").to_owned()),
            DocumentKind::PanelChange => Some(of("panel").to_owned()),
            DocumentKind::Ruling => Some(value["tally"].to_string()),
            _ => None,
        };
        let right = named.is_none_or(|named| named == competition)
            && value["number"].as_i64().is_none_or(|told| told == number)
            && about.is_none_or(|about| about == subject);
        if !right {
            self.tell(record.clone(), Wrong::Disagrees("document".to_owned(), forms::COLUMNS));
        }
    }

    fn sheet_document(&mut self, record: &Record, competition: &str, subject: &str, content: &str) {
        let Ok(signed) = parse::<SignedSheet>(content) else { return };
        let version = i64::from(signed.settings_version);
        let settings = self.known.settings.get(competition);
        if !settings.is_some_and(|known| known.iter().any(|(number, _)| *number == version)) {
            self.tell(record.clone(), Wrong::Names(format!("settings/{version}")));
        }
        let marks = signed.content.marks.into_iter();
        let scores: std::collections::BTreeMap<String, String> =
            marks.filter_map(|mark| Some((mark.indicator, mark.score?))).collect();
        let place = (competition.to_owned(), subject.to_owned());
        self.known.scores.entry(place).or_default().insert(digest_of(canonical(&scores)));
    }

    fn photographs(&mut self, record: &Record, signed: &Value) {
        let items = signed["record"]["items"].as_array().into_iter().flatten();
        let photos = items.flat_map(|item| item["photos"].as_array().into_iter().flatten());
        for photo in photos.filter_map(Value::as_str) {
            if !self.known.evidence.contains_key(photo) {
                self.tell(record.clone(), Wrong::Names(format!("evidence/{photo}")));
            }
        }
    }

    fn sheet(&mut self, row: &Row) {
        let (subject, competition) = (format!("{}/{}", row.text(0), row.text(1)), row.text(2));
        self.known.sheets.insert((competition.to_owned(), subject.clone()));
        let record = Record::in_competition(competition, "sheet_row", &subject);
        self.formed(&record, forms::is::<Value>(row.text(5)));
        let digest = row.get(4);
        self.stands_at(&record, DocumentKind::Sheet, (competition, &subject, row.number(3)), digest);
    }

    fn inspection(&mut self, row: &Row) {
        let (subject, competition) = (row.text(0), row.text(1));
        self.known.inspections.insert((competition.to_owned(), subject.to_owned()));
        let record = Record::in_competition(competition, "inspection_row", subject);
        for place in 3..=5 {
            self.formed(&record, forms::is::<Value>(row.text(place)));
        }
        self.stands_at(&record, DocumentKind::Inspection, (competition, subject, row.number(2)), None);
    }

    /// A row names the last version of its document.
    fn stands_at(
        &mut self,
        record: &Record,
        kind: DocumentKind,
        (competition, subject, version): (&str, &str, i64),
        digest: Option<&str>,
    ) {
        let (last, kept) = match self.known.versions(competition, kind, subject).last() {
            Some((number, digest)) => (*number, Some(digest.clone())),
            None => (0, None),
        };
        let document = document_record(competition, kind.as_str(), subject, version.max(last)).to_string();
        if last < version {
            self.tell(record.clone(), Wrong::Names(document));
        } else if last > version {
            self.tell(record.clone(), Wrong::Disagrees(document, ("签署的版本", "which version is signed")));
        } else if kind == DocumentKind::Sheet && digest != kept.as_deref() {
            self.tell(record.clone(), Wrong::Disagrees(document, ("摘要", "its digest")));
        }
    }

    fn rectification(&mut self, row: &Row) {
        self.formed(&Record::of("rectification", row.text(0)), forms::is::<Value>(row.text(1)));
    }

    fn objection(&mut self, row: &Row) {
        let record = Record::of("objection", row.text(0));
        self.formed(&record, forms::is::<Value>(row.text(1)));
        self.formed(&record, forms::is::<Value>(row.text(2)));
    }

    fn recheck(&mut self, row: &Row) {
        self.formed(&Record::of("recheck_request", row.text(0)), forms::is::<Value>(row.text(1)));
    }

    fn formal_check(&mut self, row: &Row) {
        let record = Record::of("formal_check", format!("{}/{}", row.text(0), row.text(1)));
        self.formed(&record, forms::is::<Value>(row.text(2)));
    }
}
