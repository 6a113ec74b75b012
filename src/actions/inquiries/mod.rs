//! Veto checks by letter (函询): one letter asks a department about some items of many applications, one reply answers it.

mod answering;
mod asking;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::answering::{AnswerInquiry, begin_upload, finish_upload, record_results};
pub use self::asking::{AskDepartment, ask};
use super::rules::{Cache, Rules, visible_competition};
use super::scans::Scanning;
use super::titles::{self, TitleView};
use super::{Act, RequestContext, Service, parse};
use crate::db::applications::{self, Application};
use crate::db::checks::{self, VetoCheck};
use crate::db::competitions::Competition;
use crate::db::inquiries::{self, Inquiry};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::announcement::TitleStanding;
use crate::domain::application::ApplicationState;
use crate::domain::checks::{VetoState, checks_vetoes};
use crate::domain::ids::{ApplicationId, CompetitionId, EvidenceId};
use crate::domain::scan::ScanState;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// What a letter asks of an application, as it was when it was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asked {
    application_id: ApplicationId,
    number: String,
    title: String,
    /// Its regions, lead first, and its promotion body.
    parties: Vec<String>,
    firms: Vec<InquiredFirm>,
    /// The items that it asks about.
    items: Vec<String>,
}

/// A firm that a letter names.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InquiredFirm {
    pub name: String,
    pub credit_code: String,
}

/// A letter among those of a competition.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InquiryEntry {
    /// Which letter of the competition, from 1.
    pub number: i32,
    pub department: String,
    /// Its document number (文号), empty until there is one.
    pub document_number: String,
    pub dated: NaiveDate,
    pub items: Vec<InquiryItem>,
    /// How many applications it names.
    pub application_count: usize,
    /// How many of its questions have no answer yet.
    pub open_count: usize,
    pub asked_at: Timestamp,
    /// When results were last recorded.
    pub answered_at: Option<Timestamp>,
}

/// A veto item that a letter asks about.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InquiryItem {
    pub item: String,
    pub title: String,
}

/// A letter with what it asks, and how it was answered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InquiryView {
    pub competition_id: CompetitionId,
    /// Which letter of the competition, from 1.
    pub number: i32,
    pub department: String,
    /// Its document number (文号), empty until there is one.
    pub document_number: String,
    pub dated: NaiveDate,
    pub items: Vec<InquiryItem>,
    /// In the order of their numbers.
    pub applications: Vec<InquiredApplication>,
    /// The reply, once it was uploaded.
    pub reply_file: Option<InquiryReply>,
    /// What the reply is.
    pub note: String,
    pub asked_at: Timestamp,
    /// When results were last recorded.
    pub answered_at: Option<Timestamp>,
    /// Sent as `If-Match` with results.
    pub revision: i64,
}

/// What a letter asks of an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InquiredApplication {
    pub application_id: ApplicationId,
    pub application_number: String,
    pub title: String,
    /// Its regions, lead first, and its promotion body, as they were when it was asked.
    pub parties: Vec<String>,
    pub firms: Vec<InquiredFirm>,
    /// The items that it asks about, with where they stand.
    pub items: Vec<InquiredItem>,
    /// Titles that this server knows of its lead region: revoked ones, and those of the same chain.
    pub known: Vec<TitleView>,
}

/// Where an item stands that a letter asks about.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InquiredItem {
    pub item: String,
    pub state: VetoState,
    /// What was asked or replied.
    pub note: String,
    /// Whether its answer can be recorded now.
    pub is_open: bool,
}

/// The reply to a letter.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InquiryReply {
    pub name: String,
    /// It among the evidence of one of the applications.
    pub evidence_id: EvidenceId,
    pub scan: ScanState,
}

/// What letters of a competition look at: its applications that are checked now, and their veto items.
struct Standing {
    applications: BTreeMap<ApplicationId, Application>,
    vetoes: BTreeMap<(ApplicationId, String), VetoCheck>,
}

impl Standing {
    fn read(conn: &mut Conn, competition: &Competition) -> Result<Self> {
        let states =
            [ApplicationState::Recommended, ApplicationState::Correction, ApplicationState::Accepted];
        let found = applications::in_states(conn, competition.id, None, &states)?;
        let found =
            found.into_iter().filter(|application| checks_vetoes(competition.state, application.state));
        let applications: BTreeMap<_, _> = found.map(|application| (application.id, application)).collect();
        let rows = checks::vetoes_in(conn, competition.id)?;
        let vetoes = rows.into_iter().map(|row| ((row.application_id, row.item.clone()), row)).collect();
        Ok(Self { applications, vetoes })
    }

    fn veto(&self, id: ApplicationId, item: &str) -> Option<&VetoCheck> {
        self.vetoes.get(&(id, item.to_owned()))
    }

    fn state(&self, id: ApplicationId, item: &str) -> VetoState {
        self.veto(id, item).map_or(VetoState::NotChecked, |row| row.state)
    }

    /// Whether a letter's question waits for its answer.
    fn is_open(&self, id: ApplicationId, item: &str) -> bool {
        self.applications.contains_key(&id) && self.state(id, item) == VetoState::Asked
    }
}

fn dated(row: &Inquiry) -> Result<NaiveDate> {
    row.dated.parse().map_err(|_| Error::internal("a stored date is none"))
}

/// The items that a letter asks about, in the rubric's order.
fn items_of(rules: &Rules, asked: &[Asked]) -> Vec<InquiryItem> {
    let vetoes = rules.tally.rubric.vetoes.iter();
    let items = vetoes.map(|veto| InquiryItem { item: veto.key.to_string(), title: veto.name.clone() });
    items.filter(|item| asked.iter().any(|one| one.items.contains(&item.item))).collect()
}

/// The letters of a competition, oldest first.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<InquiryEntry>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadChecks, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadChecks, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let standing = Standing::read(conn, &competition)?;
            let entry = |row: Inquiry| {
                let asked: Vec<Asked> = parse(&row.asked)?;
                let open = asked.iter().map(|one| {
                    let open = one.items.iter().filter(|item| standing.is_open(one.application_id, item));
                    open.count()
                });
                Ok(InquiryEntry {
                    number: row.number,
                    dated: dated(&row)?,
                    items: items_of(&rules, &asked),
                    application_count: asked.len(),
                    open_count: open.sum(),
                    department: row.department,
                    document_number: row.document_number,
                    asked_at: row.asked_at,
                    answered_at: row.answered_at,
                })
            };
            inquiries::of_competition(conn, id)?.into_iter().map(entry).collect()
        })
        .await
}

/// A letter of a competition.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<InquiryView> {
    let (cache, scanning) = (service.cache.clone(), Arc::clone(&service.scanning));
    let today = service.clock.now().date();
    service
        .read(context, Action::ReadChecks, format!("inquiry/{id}/{number}"), move |conn, context| {
            context.may(Action::ReadChecks, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let row = inquiries::by_number(conn, id, number)?.ok_or_else(Error::not_found)?;
            view(conn, &scanning, (&rules, &competition), row, today)
        })
        .await
}

/// A letter's reply, once it was uploaded, as it lies among the evidence of one of its applications.
fn reply_of(
    conn: &mut Conn,
    scanning: &Scanning,
    row: &Inquiry,
    asked: &[Asked],
) -> Result<Option<InquiryReply>> {
    let (Some(digest), Some(name)) = (row.reply_digest, &row.reply_name) else { return Ok(None) };
    let ids: Vec<ApplicationId> = asked.iter().map(|one| one.application_id).collect();
    let Some((_, evidence_id)) = db::evidence::filed(conn, &ids, digest)?.pop() else { return Ok(None) };
    Ok(Some(InquiryReply { name: name.clone(), evidence_id, scan: scanning.state_of(conn, digest)? }))
}

fn view(
    conn: &mut Conn,
    scanning: &Scanning,
    (rules, competition): (&Rules, &Competition),
    row: Inquiry,
    today: NaiveDate,
) -> Result<InquiryView> {
    let asked: Vec<Asked> = parse(&row.asked)?;
    let reply_file = reply_of(conn, scanning, &row, &asked)?;
    let standing = Standing::read(conn, competition)?;
    let titles = db::titles::all(conn)?;
    let titles = titles.iter().map(|title| titles::view(title, today)).collect::<Result<Vec<_>>>()?;
    let items = items_of(rules, &asked);
    let application = |one: Asked| InquiredApplication {
        items: one
            .items
            .into_iter()
            .map(|item| InquiredItem {
                state: standing.state(one.application_id, &item),
                note: standing
                    .veto(one.application_id, &item)
                    .map_or_else(String::new, |row| row.note.clone()),
                is_open: standing.is_open(one.application_id, &item),
                item,
            })
            .collect(),
        known: known(standing.applications.get(&one.application_id), &titles),
        application_id: one.application_id,
        application_number: one.number,
        title: one.title,
        parties: one.parties,
        firms: one.firms,
    };
    Ok(InquiryView {
        competition_id: row.competition_id,
        number: row.number,
        dated: dated(&row)?,
        items,
        applications: asked.into_iter().map(application).collect(),
        reply_file,
        department: row.department,
        document_number: row.document_number,
        note: row.note,
        asked_at: row.asked_at,
        answered_at: row.answered_at,
        revision: row.revision,
    })
}

/// What this server itself knows that a veto item may be about.
fn known(application: Option<&Application>, titles: &[TitleView]) -> Vec<TitleView> {
    let Some(application) = application else { return Vec::new() };
    let is_led = |title: &&TitleView| {
        let lead = title.content.members.first();
        lead.is_some_and(|lead| lead.code == application.lead_region)
    };
    let matters = |title: &&TitleView| {
        let same = title.content.chain_number.is_some_and(|chain| i32::from(chain.0) == application.chain);
        title.standing == TitleStanding::Revoked || same
    };
    titles.iter().filter(is_led).filter(matters).cloned().collect()
}

/// Enters the competition of a letter, for an act.
fn enter(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    id: CompetitionId,
) -> Result<(Competition, Arc<Rules>)> {
    act.context.may(Action::CheckVeto, Relation::General)?;
    act.enter(conn, id)?;
    visible_competition(conn, cache, act.context, id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::AccountId;

    #[test]
    fn revoked_titles_of_the_region_and_those_of_the_chain_are_known() {
        let id = ApplicationId(Uuid::nil());
        let now: Timestamp = "2026-04-28T10:00:00+08:00".parse().unwrap();
        let application = Application {
            id,
            competition_id: CompetitionId(Uuid::nil()),
            number: None,
            chain: 7,
            lead_region: "320600".parse().unwrap(),
            city: "320600".parse().unwrap(),
            state: ApplicationState::Accepted,
            revision: 1,
            created_by: AccountId(Uuid::nil()),
            created_at: now,
            changed_at: now,
        };
        let title = |region: &str, chain: u16, standing: &str| -> TitleView {
            serde_json::from_value(json!({
                "id": Uuid::nil(), "competition_id": Uuid::nil(), "standing": standing, "revision": 1,
                "valid_from": "2024-01-01", "valid_until": "2026-12-31",
                "content": {
                    "award_name": "卓越产业链", "application": id, "title": "甲", "chain": "乙", "chain_number": chain,
                    "regions": [], "members": [{ "code": region, "name": "某市", "role": "core" }],
                },
            }))
            .unwrap()
        };
        let told = |titles: &[TitleView]| known(Some(&application), titles).len();
        assert_eq!(told(&[title("320600", 3, "revoked"), title("320600", 7, "in_force")]), 2);
        assert_eq!(told(&[title("320600", 3, "in_force"), title("320500", 7, "revoked")]), 0);
    }
}
