//! What a tally is made of: everything that was signed, and what is still missing.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::AdjustmentEntry;
use crate::actions::inspections::consents;
use crate::actions::rules::Rules;
use crate::actions::{parse, sheets};
use crate::db::applications::{self, Application};
use crate::db::documents::Document;
use crate::db::experts;
use crate::db::{self, Conn};
use crate::domain::application::{ApplicationState, Whole};
use crate::domain::blocker::Blocker;
use crate::domain::catalogue::ChainNumber;
use crate::domain::checks::VetoState;
use crate::domain::closing::TallyApplication;
use crate::domain::draw::SeatState;
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::inspection::{InspectionState, SignedInspection, raised};
use crate::domain::record::DocumentKind;
use crate::domain::sheet::SignedSheet;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// Everything that was signed or decided about the accepted applications of a competition.
struct Signed {
    accepted: Vec<Application>,
    /// Which application and expert there are signed sheets of.
    sheets: HashSet<(ApplicationId, ExpertId)>,
    /// The last version of each document whose content was read, by kind and subject.
    latest: BTreeMap<(DocumentKind, String), Document>,
    increases: Vec<Document>,
    vetoes: BTreeMap<ApplicationId, Vec<(String, VetoState)>>,
    inspections: BTreeMap<ApplicationId, db::inspections::Standing>,
    /// The panel that judges an application.
    panels: BTreeMap<ApplicationId, String>,
    /// Who serves on a panel.
    serving: BTreeMap<String, Vec<ExpertId>>,
    names: BTreeMap<ExpertId, String>,
}

impl Signed {
    /// Reads it, with the contents of documents of these kinds, in a number of statements that does not grow with the
    /// competition.
    fn read(conn: &mut Conn, id: CompetitionId, kinds: &[DocumentKind]) -> Result<Self> {
        let accepted = applications::in_states(conn, id, None, &[ApplicationState::Accepted])?;
        // In order of versions, so the last of a subject is the one that holds.
        let (mut latest, mut increases) = (BTreeMap::new(), Vec::new());
        for document in db::documents::of_kinds(conn, id, kinds)? {
            if document.kind == DocumentKind::Increase {
                increases.push(document);
            } else {
                latest.insert((document.kind, document.subject.clone()), document);
            }
        }
        let mut vetoes: BTreeMap<ApplicationId, Vec<(String, VetoState)>> = BTreeMap::new();
        for (application, item, state) in db::checks::vetoes_of(conn, id, ApplicationState::Accepted)? {
            vetoes.entry(application).or_default().push((item, state));
        }
        let mut serving: BTreeMap<String, Vec<ExpertId>> = BTreeMap::new();
        let seats = experts::seats(conn, id)?.into_iter();
        for seat in seats.filter(|seat| seat.state == SeatState::Serving) {
            serving.entry(seat.unit).or_default().push(seat.expert_id);
        }
        let signed = db::documents::subjects(conn, id, DocumentKind::Sheet)?;
        Ok(Self {
            sheets: signed.iter().filter_map(|subject| sheets::of_subject(subject)).collect(),
            latest,
            increases,
            vetoes,
            inspections: db::inspections::standings(conn, id)?
                .into_iter()
                .map(|row| (row.application_id, row))
                .collect(),
            panels: experts::panel_applications(conn, id)?
                .into_iter()
                .map(|placed| (placed.application_id, placed.unit))
                .collect(),
            serving,
            names: experts::names(conn)?,
            accepted,
        })
    }

    /// What is open before any application is looked at: whether there is none at all.
    fn open_at_first(&self) -> Vec<Blocker> {
        if self.accepted.is_empty() { vec![Blocker::NoApplications] } else { Vec::new() }
    }

    fn document(&self, kind: DocumentKind, subject: String) -> Option<&Document> {
        self.latest.get(&(kind, subject))
    }

    /// The vetoes that block an application; those without a result are noted as open.
    fn vetoes(&self, rules: &Rules, application: &Application, open: &mut Vec<Blocker>) -> Vec<String> {
        let mut standing = Vec::new();
        let checks = self.vetoes.get(&application.id).map_or(&[][..], Vec::as_slice);
        for item in &rules.tally.rubric.vetoes {
            let key = item.key.to_string();
            let found = checks.iter().find(|(item, _)| *item == key);
            match found.map_or(VetoState::NotChecked, |(_, state)| *state) {
                VetoState::Clear => {}
                VetoState::Hit => standing.push(key),
                _ => open.push(Blocker::VetoOpen {
                    application: application.into(),
                    key,
                    item: item.name.clone(),
                }),
            }
        }
        standing
    }

    /// The verified values of an application; what keeps them from holding is noted as open.
    fn values(
        &self,
        rules: &Rules,
        application: &Application,
        now: Timestamp,
        open: &mut Vec<Blocker>,
    ) -> Result<Map<String, Value>> {
        let id = application.id;
        let row = self.inspections.get(&id).filter(|row| row.state == InspectionState::Final);
        let document = self.document(DocumentKind::Inspection, id.to_string());
        let (Some(row), Some(document)) = (row, document) else {
            open.push(Blocker::NotVerified(application.into()));
            return Ok(Map::new());
        };
        let signed: SignedInspection = parse(&document.content)?;
        let above = raised(&signed.record, &signed.claimed, &rules.tally.rubric, chain_of(application));
        for (indicator, consent) in consents(above, id, row.version, &self.increases)? {
            if consent.is_none() {
                let mut indicators = rules.tally.rubric.indicators();
                let found = indicators.find(|(_, known)| known.key.as_str() == indicator);
                let name = found.map_or_else(|| indicator.clone(), |(_, known)| known.name.clone());
                let application = application.into();
                open.push(Blocker::IncreaseWithoutConsent { application, key: indicator, indicator: name });
            }
        }
        if let Some(until) = row.comment_until.filter(|until| now <= *until) {
            open.push(Blocker::CommentsOpen { application: application.into(), until });
        }
        let verified = signed.record.items.into_iter().filter(|item| !item.value.is_null());
        Ok(verified.map(|item| (item.indicator, item.value)).collect())
    }

    /// Who serves on an application's panel.
    fn serving(&self, application: ApplicationId) -> impl Iterator<Item = ExpertId> {
        let serving = self.panels.get(&application).and_then(|panel| self.serving.get(panel));
        serving.into_iter().flatten().copied()
    }

    /// Notes the sheets that those who serve on an application's panel have not signed.
    fn missing_sheets(&self, application: &Application, open: &mut Vec<Blocker>) {
        let id = application.id;
        for expert in self.serving(id) {
            if self.sheets.contains(&(id, expert)) {
                continue;
            }
            let name = self.names.get(&expert).cloned().unwrap_or_default();
            open.push(Blocker::SheetMissing { application: application.into(), expert, name });
        }
    }

    /// The signed sheets of those who serve on an application's panel.
    fn scored(&self, application: ApplicationId) -> Result<Vec<Scored>> {
        let signed = self.serving(application).filter_map(|expert| {
            Some((expert, self.document(DocumentKind::Sheet, sheets::subject(application, expert))?))
        });
        signed
            .map(|(expert, document)| {
                let signed: SignedSheet = parse(&document.content)?;
                let marks = signed.content.marks.into_iter();
                let scores = marks.filter_map(|mark| Some((mark.indicator, mark.score?))).collect();
                Ok(Scored { application, expert, scores })
            })
            .collect()
    }
}

/// What an expert gives an application, by indicator.
pub(super) struct Scored {
    pub(super) application: ApplicationId,
    pub(super) expert: ExpertId,
    pub(super) scores: BTreeMap<String, String>,
}

/// What a tally is made of, as it stands, and what is still missing.
pub(super) struct Gathered {
    pub(super) open: Vec<Blocker>,
    pub(super) applications: Vec<TallyApplication>,
    pub(super) sheets: Vec<Scored>,
}

/// Gathers what was signed in a competition.
pub(super) fn gather(conn: &mut Conn, id: CompetitionId, rules: &Rules, now: Timestamp) -> Result<Gathered> {
    let kinds =
        [DocumentKind::Sheet, DocumentKind::Inspection, DocumentKind::Increase, DocumentKind::Adjustments];
    let signed = Signed::read(conn, id, &kinds)?;
    let ids: Vec<ApplicationId> = signed.accepted.iter().map(|application| application.id).collect();
    let mut wholes: BTreeMap<ApplicationId, Whole> = BTreeMap::new();
    for submission in applications::last_submitted(conn, &ids)? {
        wholes.insert(submission.application_id, parse(&submission.content)?);
    }
    let mut gathered =
        Gathered { open: signed.open_at_first(), applications: Vec::new(), sheets: Vec::new() };
    let open = &mut gathered.open;
    for application in &signed.accepted {
        let whole = wholes.remove(&application.id);
        let whole = whole.ok_or_else(|| Error::internal("an accepted application has no submission"))?;
        let chain = chain_of(application);
        let adjustments = match signed.document(DocumentKind::Adjustments, application.id.to_string()) {
            Some(document) => parse::<Vec<AdjustmentEntry>>(&document.content)?,
            None => Vec::new(),
        };
        gathered.applications.push(TallyApplication {
            id: application.id,
            title: whole.profile.title,
            city: application.city.to_string(),
            track: rules.settings.track_of(&rules.catalogue, chain),
            chain: chain.to_string(),
            vetoes: signed.vetoes(rules, application, open),
            measured: signed.values(rules, application, now, open)?,
            adjustments: adjustments.into_iter().map(|entry| (entry.key, entry.value)).collect(),
        });
        signed.missing_sheets(application, open);
        gathered.sheets.extend(signed.scored(application.id)?);
    }
    Ok(gathered)
}

fn chain_of(application: &Application) -> ChainNumber {
    ChainNumber(u16::try_from(application.chain).unwrap_or(0))
}

pub(crate) fn blockers(
    conn: &mut Conn,
    id: CompetitionId,
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<Blocker>> {
    let signed = Signed::read(conn, id, &[DocumentKind::Inspection, DocumentKind::Increase])?;
    let mut open = signed.open_at_first();
    for application in &signed.accepted {
        signed.vetoes(rules, application, &mut open);
        signed.values(rules, application, now, &mut open)?;
        signed.missing_sheets(application, &mut open);
    }
    Ok(open)
}
