//! Asking a department.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Asked, InquiredFirm, InquiryView, Standing, enter, view};
use crate::actions::conflicts::WithParties;
use crate::actions::rules::Rules;
use crate::actions::{RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::applications;
use crate::db::checks::{self, VetoCheck};
use crate::db::inquiries::{self, Inquiry};
use crate::domain::access::Action;
use crate::domain::checks::VetoState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::lengths;
use crate::domain::notice::chinese_date;
use crate::domain::problem::FieldProblem;
use crate::domain::record::canonical;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Result, must_be_valid};

/// What a department is asked.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AskDepartment {
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub department: String,
    /// The letter's document number (文号), if it has one already.
    #[serde(default)]
    #[schemars(length(max = lengths::TITLE))]
    pub document_number: String,
    /// The letter's date.
    pub dated: NaiveDate,
    /// The veto items that it is asked about.
    pub item_keys: Vec<String>,
    /// The applications that it is asked about; absent: all that have one of the items not checked.
    #[serde(default)]
    pub application_ids: Option<Vec<ApplicationId>>,
}

/// Asks a department about veto items of applications: whatever of these nobody has looked at. They are asked from then on.
///
/// # Errors
/// If the caller is not the office, there is no such item, or of an application nothing is to be asked.
pub async fn ask(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    ask: AskDepartment,
) -> Result<InquiryView> {
    let (cache, scanning) = (service.cache.clone(), Arc::clone(&service.scanning));
    service
        .write(context, Action::CheckVeto, move |conn, act| {
            let (competition, rules) = enter(conn, act, &cache, id)?;
            let standing = Standing::read(conn, &competition)?;
            let pairs = pairs(&rules, &standing, &ask)?;
            let number = inquiries::of_competition(conn, id)?.last().map_or(1, |row| row.number + 1);
            act.on("inquiry", format!("{id}/{number}"));
            let note = [&*ask.department, &*ask.document_number, &*chinese_date(ask.dated)];
            let note: Vec<&str> = note.into_iter().filter(|part| !part.is_empty()).collect();
            let note = format!("函询{}", note.join("，"));
            let by = act.account()?;
            for (application, items) in &pairs {
                for item in items {
                    checks::put_veto(conn, &asked(&standing, *application, item, &note, (by, act.now)))?;
                }
            }
            let row = Inquiry {
                competition_id: id,
                number,
                department: ask.department.clone(),
                document_number: ask.document_number.clone(),
                dated: ask.dated.to_string(),
                asked: canonical(&named(conn, &rules, &standing, pairs)?),
                asked_by: by,
                asked_at: act.now,
                revision: 1,
                reply_digest: None,
                reply_name: None,
                note: String::new(),
                answered_by: None,
                answered_at: None,
            };
            inquiries::insert(conn, &row)?;
            act.detail("department", &row.department);
            act.detail("document_number", &row.document_number);
            act.detail("items", &ask.item_keys);
            view(conn, &scanning, (&rules, &competition), row, act.now.date())
        })
        .await
}

fn asked(
    standing: &Standing,
    id: ApplicationId,
    item: &str,
    note: &str,
    (by, now): (AccountId, Timestamp),
) -> VetoCheck {
    VetoCheck {
        application_id: id,
        item: item.to_owned(),
        state: VetoState::Asked,
        note: note.to_owned(),
        document: None,
        revision: standing.veto(id, item).map_or(0, |row| row.revision) + 1,
        changed_by: by,
        changed_at: now,
    }
}

/// Which items are asked of which application.
fn pairs(
    rules: &Rules,
    standing: &Standing,
    ask: &AskDepartment,
) -> Result<BTreeMap<ApplicationId, Vec<String>>> {
    let mut problems = Vec::new();
    check_text(&mut problems, "/department", &ask.department, 1, lengths::TITLE);
    check_text(&mut problems, "/document_number", &ask.document_number, 0, lengths::TITLE);
    let mut tell = |pointer: String, code, zh: &str, en: &str| {
        problems.push(FieldProblem::new(pointer, code, zh, en));
    };
    if ask.item_keys.is_empty() {
        tell(
            "/item_keys".into(),
            "required",
            "请选择函询的否决项",
            "Choose the items that it is asked about",
        );
    }
    for (index, item) in ask.item_keys.iter().enumerate() {
        if !rules.tally.rubric.vetoes.iter().any(|veto| veto.key.to_string() == *item) {
            tell(format!("/item_keys/{index}"), "unknown_item", "没有这一否决项", "There is no such item");
        }
    }
    let vetoes = rules.tally.rubric.vetoes.iter().map(|veto| veto.key.to_string());
    let items: Vec<String> = vetoes.filter(|key| ask.item_keys.contains(key)).collect();
    let unchecked = |id: ApplicationId| -> Vec<String> {
        let open = items.iter().filter(|item| standing.state(id, item) == VetoState::NotChecked);
        open.cloned().collect()
    };
    let mut pairs = BTreeMap::new();
    match &ask.application_ids {
        None => pairs.extend(standing.applications.keys().map(|id| (*id, unchecked(*id)))),
        Some(ids) => {
            for (index, id) in ids.iter().enumerate() {
                let items = if standing.applications.contains_key(id) { unchecked(*id) } else { Vec::new() };
                if items.is_empty() {
                    tell(
                        format!("/application_ids/{index}"),
                        "nothing_to_ask",
                        "该申报现不需核查，或所选各项均已函询",
                        "It is not up for veto checks, or all of these items were asked about",
                    );
                }
                pairs.insert(*id, items);
            }
        }
    }
    pairs.retain(|_, items| !items.is_empty());
    if pairs.is_empty() && problems.is_empty() {
        problems.push(FieldProblem::new(
            "/application_ids",
            "nothing_to_ask",
            "没有需要函询的申报，或尚未选择",
            "No application is to be asked about, or none was chosen",
        ));
    }
    must_be_valid(problems)?;
    Ok(pairs)
}

/// What the letter says of its applications, in the order of their numbers.
fn named(
    conn: &mut Conn,
    rules: &Rules,
    standing: &Standing,
    mut pairs: BTreeMap<ApplicationId, Vec<String>>,
) -> Result<Vec<Asked>> {
    let ids: Vec<ApplicationId> = pairs.keys().copied().collect();
    let mut asked = Vec::with_capacity(ids.len());
    for submission in applications::last_submitted(conn, &ids)? {
        let id = submission.application_id;
        let found: WithParties = parse(&submission.content)?;
        let regions = found.members.iter().map(|member| rules.catalogue.region_name_or_code(&member.region));
        let body = found.profile.promotion_body.clone();
        let application = standing.applications.get(&id);
        asked.push(Asked {
            application_id: id,
            number: application.and_then(|application| application.number.clone()).unwrap_or_default(),
            parties: regions.chain([body].into_iter().filter(|body| !body.is_empty())).collect(),
            title: found.profile.title,
            firms: found
                .firms
                .into_iter()
                .map(|firm| InquiredFirm { name: firm.name, credit_code: firm.credit_code })
                .collect(),
            items: pairs.remove(&id).unwrap_or_default(),
        });
    }
    asked.sort_by(|left, right| {
        (&left.number, left.application_id).cmp(&(&right.number, right.application_id))
    });
    Ok(asked)
}
