//! The reply to a letter: one scan for all of its applications, and what it found of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Asked, InquiryView, Standing, enter, view};
use crate::actions::evidence::{MOST_BYTES, VETO_REPLY, quota_used_up, space_left};
use crate::actions::rules::visible_competition;
use crate::actions::{RequestContext, Service, answers, parse};
use crate::db::checks::{self, VetoCheck};
use crate::db::evidence::{self, Evidence};
use crate::db::inquiries::{self, Inquiry};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::checks::{InquiryOutcome, VetoState};
use crate::domain::ids::{ApplicationId, CompetitionId, EvidenceId};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::Digest;
use crate::domain::text::check_text;
use crate::error::{Error, Result, must_be_current, must_be_valid};
use crate::files::{FileDigest, Incoming, StoredFile, clean_name};

/// What a reply says.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AnswerInquiry {
    /// What the reply is: body, document number, date.
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub note: String,
    /// Of what it does not say that there is nothing. All else that the letter asks about is clear.
    #[serde(default)]
    pub exceptions: Vec<InquiryException>,
}

/// An item of an application of which a reply does not say that there is nothing.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct InquiryException {
    pub application_id: ApplicationId,
    pub item: String,
    pub outcome: InquiryOutcome,
    /// What was found; obligatory for a hit.
    #[serde(default)]
    #[schemars(length(max = lengths::REASON))]
    pub note: String,
}

fn find(conn: &mut Conn, id: CompetitionId, number: i32) -> Result<(Inquiry, Vec<Asked>)> {
    let row = inquiries::by_number(conn, id, number)?.ok_or_else(Error::not_found)?;
    let asked = parse(&row.asked)?;
    Ok((row, asked))
}

/// The applications of a letter that wait for its answer.
fn waiting(standing: &Standing, asked: &[Asked]) -> Result<Vec<ApplicationId>> {
    let open = asked.iter().filter(|one| {
        let mut items = one.items.iter();
        items.any(|item| standing.is_open(one.application_id, item))
    });
    let open: Vec<ApplicationId> = open.map(|one| one.application_id).collect();
    if open.is_empty() {
        return Err(Error::conflict(
            "nothing_open",
            "本函所询事项均已有结论，或现在不能核查",
            "All that this letter asks about has its result, or can't be checked now",
        ));
    }
    Ok(open)
}

/// Refuses a file that one of the applications has no room for.
fn must_have_space(conn: &mut Conn, ids: &[ApplicationId], quota: u64, size: u64) -> Result<()> {
    for id in ids {
        let space = space_left(conn, *id, quota, true)?;
        if size > space {
            return Err(quota_used_up(space));
        }
    }
    Ok(())
}

/// Begins the upload of a reply.
///
/// # Errors
/// If the caller is not the office, there is no such letter, or nothing waits for its answer.
pub async fn begin_upload(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
    announced: Option<u64>,
) -> Result<Incoming> {
    let cache = service.cache.clone();
    service
        .read(context, Action::CheckVeto, format!("inquiry/{id}/{number}"), move |conn, context| {
            context.may(Action::CheckVeto, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let (_, asked) = find(conn, id, number)?;
            let open = waiting(&Standing::read(conn, &competition)?, &asked)?;
            must_have_space(conn, &open, rules.settings.evidence_quota, announced.unwrap_or(1))
        })
        .await?;
    Ok(service.files.receive_announced(MOST_BYTES, announced).await?)
}

/// Ends the upload of a reply: each application whose answer waits has it among what the office filed.
///
/// # Errors
/// If the bytes are not those announced, the file is of no type that is taken, or there is no room for it.
pub async fn finish_upload(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
    name: &str,
    (digest, incoming): (Option<FileDigest>, Incoming),
) -> Result<InquiryView> {
    let name = clean_name(name);
    let received = incoming.finish(digest).await?;
    let context = &answers::for_file(context, received.digest());
    if let Some(view) = answers::earlier(service, context).await? {
        return Ok(view);
    }
    let stored: StoredFile = service.files.keep(received, &name).await?;
    let (cache, scanning, clock) =
        (service.cache.clone(), Arc::clone(&service.scanning), service.clock.clone());
    let view = service
        .write(context, Action::CheckVeto, move |conn, act| {
            let (competition, rules) = enter(conn, act, &cache, id)?;
            act.on("inquiry", format!("{id}/{number}"));
            let (mut row, asked) = find(conn, id, number)?;
            let open = waiting(&Standing::read(conn, &competition)?, &asked)?;
            must_have_space(conn, &open, rules.settings.evidence_quota, stored.size)?;
            let digest = Digest(*stored.digest.as_bytes());
            scanning.must_not_be_harmful(conn, digest)?;
            for application_id in open {
                let filed = Evidence {
                    id: EvidenceId(clock.new_id()),
                    application_id,
                    digest,
                    size: i64::try_from(stored.size).map_err(|_| Error::internal("an impossible size"))?,
                    media_type: stored.media_type.mime().to_owned(),
                    name: name.clone(),
                    kind: VETO_REPLY.to_owned(),
                    office_only: true,
                    uploaded_by: act.account()?,
                    uploaded_at: act.now,
                    removed_at: None,
                };
                evidence::insert(conn, &filed)?;
            }
            row.reply_digest = Some(digest);
            row.reply_name = Some(name.clone());
            row.revision += 1;
            inquiries::update(conn, &row)?;
            act.changed(None, Some(digest));
            act.detail("name", &name);
            view(conn, &scanning, (&rules, &competition), row, act.now.date())
        })
        .await?;
    service.scanning.came();
    Ok(view)
}

/// Records what a reply says: all is clear that waits for the letter's answer, but for what is named.
///
/// # Errors
/// If the caller is not the office, no reply was uploaded, the letter has changed meanwhile, or something is named that it
/// does not ask about.
pub async fn record_results(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
    revision: i64,
    answer: AnswerInquiry,
) -> Result<InquiryView> {
    let (cache, scanning) = (service.cache.clone(), Arc::clone(&service.scanning));
    service
        .write(context, Action::CheckVeto, move |conn, act| {
            let (competition, rules) = enter(conn, act, &cache, id)?;
            act.on("inquiry", format!("{id}/{number}"));
            let (mut row, asked) = find(conn, id, number)?;
            must_be_current(row.revision, revision)?;
            let standing = Standing::read(conn, &competition)?;
            let ids = waiting(&standing, &asked)?;
            let documents = documents(conn, &row, &ids)?;
            let named = exceptions(&standing, &asked, &answer)?;
            let (mut clear, mut hits, mut left) = (0_u32, Vec::new(), 0_u32);
            for one in &asked {
                for item in &one.items {
                    let at = (one.application_id, item.as_str());
                    let Some(before) = standing.veto(at.0, at.1).filter(|_| standing.is_open(at.0, at.1))
                    else {
                        continue;
                    };
                    let (state, note) = match named.get(&at) {
                        Some(found) if found.outcome == InquiryOutcome::Unanswered => {
                            left += 1;
                            continue;
                        }
                        Some(found) => {
                            hits.push((one, item, &found.note));
                            (VetoState::Hit, format!("{}（{}）", found.note, answer.note))
                        }
                        None => {
                            clear += 1;
                            (VetoState::Clear, answer.note.clone())
                        }
                    };
                    let document = documents.get(&at.0).copied().ok_or_else(no_reply)?;
                    let changed = VetoCheck {
                        state,
                        note,
                        document: Some(document),
                        revision: before.revision + 1,
                        changed_by: act.account()?,
                        changed_at: act.now,
                        ..before.clone()
                    };
                    checks::put_veto(conn, &changed)?;
                }
            }
            for (one, item, note) in &hits {
                let veto = rules.tally.rubric.vetoes.iter().find(|veto| veto.key.to_string() == **item);
                let veto = veto.map_or(item.as_str(), |veto| &veto.name);
                act.follows(FieldProblem::new(
                    "",
                    "hit",
                    format!("{}“{}”存在“{veto}”，不能入选：{note}", one.number, one.title),
                    format!("{} “{}” has “{veto}” and can't be selected: {note}", one.number, one.title),
                ));
            }
            row.note.clone_from(&answer.note);
            row.answered_by = Some(act.account()?);
            row.answered_at = Some(act.now);
            row.revision += 1;
            inquiries::update(conn, &row)?;
            act.detail("clear", &clear);
            act.detail("unanswered", &left);
            let hits: Vec<String> =
                hits.iter().map(|(one, item, _)| format!("{}/{item}", one.application_id)).collect();
            act.detail("hits", &hits);
            view(conn, &scanning, (&rules, &competition), row, act.now.date())
        })
        .await
}

fn no_reply() -> Error {
    Error::conflict("no_reply", "请先上传复函", "Upload the reply first")
}

/// The reply among the evidence of each application.
fn documents(
    conn: &mut Conn,
    row: &Inquiry,
    ids: &[ApplicationId],
) -> Result<BTreeMap<ApplicationId, EvidenceId>> {
    let digest = row.reply_digest.ok_or_else(no_reply)?;
    if !db::scans::harmful(conn, vec![digest])?.is_empty() {
        return Err(no_reply());
    }
    Ok(evidence::filed(conn, ids, digest)?.into_iter().collect())
}

/// What is named of what waits for its answer.
fn exceptions<'a>(
    standing: &Standing,
    asked: &[Asked],
    answer: &'a AnswerInquiry,
) -> Result<BTreeMap<(ApplicationId, &'a str), &'a InquiryException>> {
    let mut problems = Vec::new();
    check_text(&mut problems, "/note", &answer.note, 1, lengths::REMARK);
    let mut named = BTreeMap::new();
    for (index, found) in answer.exceptions.iter().enumerate() {
        let (id, item) = (found.application_id, found.item.as_str());
        let mut of = asked.iter().filter(|one| one.application_id == id);
        let asks = of.any(|one| one.items.iter().any(|asked| asked == item));
        if !asks || !standing.is_open(id, item) || named.insert((id, item), found).is_some() {
            problems.push(FieldProblem::new(
                format!("/exceptions/{index}/item"),
                "not_asked",
                "本函没有就该申报询问这一项，或已有结论，或重复",
                "The letter does not ask this of the application, it has its result, or it is named twice",
            ));
        }
        let least = usize::from(found.outcome == InquiryOutcome::Hit);
        check_text(&mut problems, &format!("/exceptions/{index}/note"), &found.note, least, lengths::REASON);
    }
    must_be_valid(problems)?;
    Ok(named)
}
