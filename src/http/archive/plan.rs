//! What goes into an archive, in order, before any of it is made.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::actions::archives::{ArchivedApplication, Contents, Standing};
use crate::actions::issued;
use crate::actions::objections::{self, Filter};
use crate::actions::{RequestContext, Service};
use crate::domain::access::{Action, Relation};
use crate::domain::archive::ArchiveClass;
use crate::domain::ids::{CompetitionId, EvidenceId, ObjectionFileId};
use crate::domain::record::DocumentKind;
use crate::error::Result;
use crate::http::endpoints::Endpoint;
use crate::http::printed::{self, Printed};

/// Where what an item says comes from.
pub(super) enum Source {
    /// What an endpoint answers, as a PDF.
    Printed {
        path: &'static str,
        printed: &'static Printed,
        names: BTreeMap<String, String>,
    },
    /// The same as JSON.
    Answered {
        path: &'static str,
        names: BTreeMap<String, String>,
    },
    Evidence(EvidenceId, u64),
    ObjectionFile(ObjectionFileId, u64),
    /// A kept document, by its place among those of the contents.
    Kept(usize),
    Applications,
    Trail,
}

/// An item of an archive, before it is made.
pub(super) struct Planned {
    pub(super) class: ArchiveClass,
    pub(super) title: String,
    pub(super) responsible: String,
    pub(super) date: String,
    /// Where it will lie.
    pub(super) path: String,
    pub(super) source: Source,
}

impl Planned {
    pub(super) fn uploaded_bytes(&self) -> u64 {
        match self.source {
            Source::Evidence(_, size) | Source::ObjectionFile(_, size) => size,
            _ => 0,
        }
    }
}

/// Who is responsible for a form about an application.
#[derive(Clone, Copy)]
enum By {
    Office,
    Lead,
    Panel,
    Team,
}

/// Forms about an application that was submitted.
const OF_ALL: [(&str, &Printed, By); 4] = [
    ("/api/v1/applications/{application_id}", &printed::APPLICATION, By::Lead),
    ("/api/v1/applications/{application_id}/checks", &printed::CORRECTION, By::Office),
    ("/api/v1/applications/{application_id}/checks", &printed::REJECTION, By::Office),
    ("/api/v1/applications/{application_id}/checks", &printed::INQUIRY, By::Office),
];
/// Further ones about one that was accepted.
const OF_ACCEPTED: [(&str, &Printed, By); 4] = [
    ("/api/v1/applications/{application_id}/inspection", &printed::INSPECTION, By::Office),
    ("/api/v1/applications/{application_id}/inspection", &printed::INSPECTED, By::Team),
    ("/api/v1/applications/{application_id}/sheets", &printed::SHEETS, By::Panel),
    ("/api/v1/applications/{application_id}/result", &printed::RESULT, By::Office),
];
const RECEIPT: &str = "/api/v1/applications/{application_id}/submissions/{number}";
/// Documents of the competition that there is one of, by class.
const OF_COMPETITION: [(&str, &Printed, ArchiveClass); 6] = [
    ("/api/v1/competitions/{competition_id}", &printed::CALL, ArchiveClass::Result),
    ("/api/v1/competitions/{competition_id}/draws", &printed::DRAW, ArchiveClass::Review),
    ("/api/v1/competitions/{competition_id}/panels", &printed::INVITATIONS, ArchiveClass::Review),
    ("/api/v1/competitions/{competition_id}/selections", &printed::MINUTES, ArchiveClass::Result),
    ("/api/v1/competitions/{competition_id}/notices", &printed::NOTICE, ArchiveClass::Result),
    ("/api/v1/competitions/{competition_id}/announcement", &printed::ANNOUNCEMENT, ArchiveClass::Result),
];
const RANKING: &str = "/api/v1/competitions/{competition_id}/tallies/{number}/ranking";
const RECOMMENDATION: &str = "/api/v1/competitions/{competition_id}/recommendations/{city_code}";
const DRAW_RECORD: &str = "/api/v1/competitions/{competition_id}/draws/{number}/record";
const OBJECTION: &str = "/api/v1/objections/{objection_id}";
const TITLE: &str = "/api/v1/titles/{title_id}";
const ISSUED: &str = "/api/v1/competitions/{competition_id}/issued-documents/{digest}";

/// The endpoint at a path that is read.
pub(super) fn at<'a>(endpoints: &'a [Endpoint], path: &str) -> Option<&'a Endpoint> {
    endpoints.iter().find(|endpoint| endpoint.method.as_str() == "GET" && endpoint.path == path)
}

/// The plan in the making.
struct Plan<'a> {
    service: &'a Service,
    context: &'a Arc<RequestContext>,
    id: CompetitionId,
    contents: &'a Contents,
    items: Vec<Planned>,
}

/// All that goes into an archive for whoever asks.
///
/// # Errors
/// If the database fails.
pub(super) async fn plan(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    contents: &Contents,
) -> Result<Vec<Planned>> {
    let mut plan = Plan { service, context, id, contents, items: Vec::new() };
    plan.competition();
    for (application, region) in contents.applications.iter().zip(&contents.regions) {
        plan.application(application, region);
    }
    plan.objections().await?;
    plan.issued().await?;
    plan.records();
    Ok(plan.items)
}

impl Plan<'_> {
    fn names(&self, more: &[(&str, String)]) -> BTreeMap<String, String> {
        let own = [("competition_id", self.id.to_string())];
        own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn push(
        &mut self,
        class: ArchiveClass,
        (title, responsible): (String, &str),
        path: String,
        source: Source,
    ) {
        let (responsible, date) = (responsible.to_owned(), String::new());
        self.items.push(Planned { class, title, responsible, date, path, source });
    }

    fn competition(&mut self) {
        let contents = self.contents;
        let office = contents.organizer.as_str();
        for (path, printed, class) in OF_COMPETITION {
            let source = Source::Printed { path, printed, names: self.names(&[]) };
            self.push(
                class,
                (printed.name.0.to_owned(), office),
                format!("competition/{}.pdf", printed.key),
                source,
            );
        }
        for (city, name) in &contents.cities {
            let names = self.names(&[("city_code", city.to_string())]);
            let source = Source::Printed { path: RECOMMENDATION, printed: &printed::RECOMMENDATION, names };
            let path = format!("competition/recommendation-{city}.pdf");
            self.push(ArchiveClass::Review, (format!("{name}推荐函和推荐汇总表"), name), path, source);
        }
        let tallies: Vec<i32> = self.versions(DocumentKind::Tally).collect();
        for number in tallies {
            let names = self.names(&[("number", number.to_string())]);
            let source = Source::Printed { path: RANKING, printed: &printed::RANKING, names };
            let path = format!("competition/ranking-{number}.pdf");
            self.push(ArchiveClass::Result, (format!("排序表（汇总第{number}版）"), office), path, source);
        }
        for number in &contents.draws {
            let source =
                Source::Answered { path: DRAW_RECORD, names: self.names(&[("number", number.to_string())]) };
            let path = format!("records/draw-{number}.json");
            self.push(
                ArchiveClass::Review,
                (format!("专家抽取记录（第{number}次，可重放）"), office),
                path,
                source,
            );
        }
        for (title, name) in &contents.titles {
            for printed in [&printed::AWARD, &printed::CERTIFICATE] {
                let names = self.names(&[("title_id", title.to_string())]);
                let source = Source::Printed { path: TITLE, printed, names };
                let path = format!("competition/{}-{title}.pdf", printed.key);
                self.push(ArchiveClass::Result, (format!("{name} {}", printed.name.0), office), path, source);
            }
        }
    }

    fn versions(&self, kind: DocumentKind) -> impl Iterator<Item = i32> {
        self.contents.documents.iter().filter(move |kept| kept.kind == kind).map(|kept| kept.number)
    }

    fn application(&mut self, application: &ArchivedApplication, region: &str) {
        let class =
            if application.standing == Standing::Won { ArchiveClass::Review } else { ArchiveClass::Filing };
        let (folder, number) = (format!("applications/{}", application.number), &application.number);
        let office = self.contents.organizer.as_str();
        let accepted = (application.standing != Standing::Other).then_some(OF_ACCEPTED);
        let forms = OF_ALL.into_iter().map(|form| (class, form));
        let further = accepted.into_iter().flatten().map(|form| (ArchiveClass::Review, form));
        for (class, (path, printed, by)) in forms.chain(further) {
            let names = self.names(&[("application_id", application.id.to_string())]);
            let responsible = match by {
                By::Office => office,
                By::Lead => region,
                By::Panel => "评审组",
                By::Team => "考察组",
            };
            let title = format!("{number} {}", printed.name.0);
            let source = Source::Printed { path, printed, names };
            self.push(class, (title, responsible), format!("{folder}/{}.pdf", printed.key), source);
        }
        for submission in &application.submissions {
            let names = [("application_id", application.id.to_string()), ("number", submission.to_string())];
            let source =
                Source::Printed { path: RECEIPT, printed: &printed::RECEIPT, names: self.names(&names) };
            let title = format!("{number} {}（第{submission}次）", printed::RECEIPT.name.0);
            self.push(class, (title, office), format!("{folder}/receipt-{submission}.pdf"), source);
        }
        for (index, file) in application.evidence.iter().enumerate() {
            self.items.push(Planned {
                class,
                title: format!("{number} 佐证材料：{}", file.name),
                responsible: if file.is_office { office } else { region }.to_owned(),
                date: file.uploaded_at.date().to_string(),
                path: format!("{folder}/evidence/{:04}{}", index + 1, ending(&file.name)),
                source: Source::Evidence(file.id, file.size),
            });
        }
    }

    async fn objections(&mut self) -> Result<()> {
        let forms = [&printed::OBJECTION_ACCEPTED, &printed::OBJECTION_REFUSED, &printed::OBJECTION_ANSWERED];
        let (office, mut after) = (self.contents.organizer.as_str(), None);
        loop {
            let page =
                objections::list(self.service, self.context, self.id, Filter::default(), after, 100).await?;
            for objection in page.items {
                let folder = format!("objections/{}", objection.number);
                for printed in forms.iter().filter(|_| objection.objector.is_some()) {
                    let names = self.names(&[("objection_id", objection.id.to_string())]);
                    let title = format!("{} {}", objection.number, printed.name.0);
                    let source = Source::Printed { path: OBJECTION, printed, names };
                    self.push(
                        ArchiveClass::Filing,
                        (title, office),
                        format!("{folder}/{}.pdf", printed.key),
                        source,
                    );
                }
                for (index, file) in objection.files.into_iter().enumerate() {
                    let path = format!("{folder}/{:04}{}", index + 1, ending(&file.name));
                    let size = u64::try_from(file.size).unwrap_or_default();
                    self.items.push(Planned {
                        class: ArchiveClass::Filing,
                        title: format!("{} 异议材料：{}", objection.number, file.name),
                        responsible: objection
                            .objector
                            .as_ref()
                            .map(|who| who.name.clone())
                            .unwrap_or_default(),
                        date: objection.received_at.date().to_string(),
                        path,
                        source: Source::ObjectionFile(file.id, size),
                    });
                }
            }
            after = match page.next_cursor.map(|cursor| cursor.parse()) {
                Some(Ok(next)) => Some(next),
                _ => return Ok(()),
            };
        }
    }

    /// Each document that the office issued, as it was issued.
    async fn issued(&mut self) -> Result<()> {
        let office = self.contents.organizer.as_str();
        let mut wanted = issued::Wanted::default();
        loop {
            let page = issued::list(self.service, self.context, self.id, wanted.clone(), 100).await?;
            for entry in page.items {
                let names = self.names(&[("digest", entry.digest.to_string())]);
                let is_of_result = entry.application_id.is_none()
                    || [printed::AWARD, printed::CERTIFICATE].iter().any(|one| one.name.0 == entry.form);
                let replaced = if entry.replaced { "，已被替代" } else { "" };
                self.items.push(Planned {
                    class: if is_of_result { ArchiveClass::Result } else { ArchiveClass::Review },
                    title: format!("签发的文书：{}（第{}版{replaced}）", entry.title, entry.version),
                    responsible: office.to_owned(),
                    date: entry.issued_at.date().to_string(),
                    path: format!("issued/{}.pdf", entry.digest.short()),
                    source: Source::Printed { path: ISSUED, printed: &printed::ISSUED, names },
                });
            }
            wanted.after = match page.next_cursor.map(|cursor| cursor.parse()) {
                Some(Ok(next)) => Some(next),
                _ => return Ok(()),
            };
        }
    }

    /// What was signed, frozen and published, byte by byte; the applications; the trail.
    fn records(&mut self) {
        let contents = self.contents;
        let office = contents.organizer.as_str();
        for (index, kept) in contents.documents.iter().enumerate() {
            let subject = kept.subject.replace('/', "_");
            let subject = if subject.is_empty() { subject } else { format!("{subject}-") };
            let class = match kept.kind {
                DocumentKind::Tally
                | DocumentKind::TallyCheck
                | DocumentKind::Ruling
                | DocumentKind::Selection
                | DocumentKind::Notice
                | DocumentKind::Announcement
                | DocumentKind::Title => ArchiveClass::Result,
                _ => ArchiveClass::Review,
            };
            self.items.push(Planned {
                class,
                title: format!("存档数据：{} {subject}{}", kept.kind, kept.number),
                responsible: office.to_owned(),
                date: kept.signed_at.date().to_string(),
                path: format!("records/{}/{subject}{}.json", kept.kind, kept.number),
                source: Source::Kept(index),
            });
        }
        let path = "records/applications.ndjson".to_owned();
        self.push(ArchiveClass::Review, ("申报全文数据".to_owned(), office), path, Source::Applications);
        if self.context.may(Action::ReadAudit, Relation::General).is_ok() {
            let path = "records/trail.ndjson".to_owned();
            self.push(ArchiveClass::Review, ("审计记录".to_owned(), office), path, Source::Trail);
        }
    }
}

/// The ending of a file's name, if it is a plain one.
fn ending(name: &str) -> String {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let plain = (1..=5).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { format!(".{ending}") } else { String::new() }
}

/// The day and the document number that an answer tells of what is printed of it; empty where it tells none.
pub(super) fn dated(answer: &Value) -> (String, String) {
    let text = |pointers: &[&str]| {
        let mut told = pointers.iter().filter_map(|pointer| answer.pointer(pointer)?.as_str());
        told.next().unwrap_or_default().to_owned()
    };
    let decided = answer.pointer("/decisions").and_then(Value::as_array).into_iter().flatten();
    let submitted = decided.rev().find(|decision| decision["kind"] == "submitted");
    let submitted = submitted.and_then(|decision| decision["at"].as_str()).unwrap_or_default();
    let day = text(&[
        "/date",
        "/items/0/notice/from",
        "/items/0/selection/meeting/date",
        "/sealed_at",
        "/submitted_at",
        "/tally/prepared_at",
        "/title/valid_from",
    ]);
    let day = if day.is_empty() { submitted.to_owned() } else { day };
    let number = text(&["/document", "/items/0/notice/document", "/document_number"]);
    (day.chars().take(10).collect(), number)
}
