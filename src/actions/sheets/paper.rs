//! Sheets that were written on paper, entered by two people.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::signing::{Signing, sign_version};
use super::views::{EnterPaper, PaperSeat, PaperView};
use super::{must_be_scoring, no_longer_open, serving_seat};
use crate::actions::applications::{enter, find};
use crate::actions::rules::Rules;
use crate::actions::{Act, RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::competitions::Competition;
use crate::db::experts::{self, Expert};
use crate::db::sheets::{self, Sheet};
use crate::domain::access::Action;
use crate::domain::draw::SeatState;
use crate::domain::ids::{ApplicationId, ExpertId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::canonical;
use crate::domain::sheet::{PaperEntry, SheetContent, SheetState, check_sheet, paper_differences};
use crate::error::{Error, Result, must_be_valid};

/// Enters a sheet that an expert signed on paper. The first entry waits for a second person's; when both say the same
/// the sheet is signed.
///
/// # Errors
/// If the caller is not the office, the expert does not serve on the panel, the competition is not at its scoring, the sheet
/// is signed already, the same person enters twice, the entries differ (where is listed), or the sheet is not complete.
pub async fn enter_paper(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    expert: ExpertId,
    paper: EnterPaper,
) -> Result<PaperView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::EnterPaperSheet, move |conn, act| {
            let (_, _, competition, rules) = enter(conn, act, &cache, id, Action::EnterPaperSheet)?;
            act.detail("expert", &expert);
            must_be_scoring(&competition)?;
            let seat = serving_seat(conn, competition.id, id, expert)?;
            if seat.declared_at.is_none()
                && experts::by_id(conn, expert)?.is_some_and(|e| e.account_id.is_some())
            {
                return Err(Error::conflict(
                    "declare_first",
                    "该专家尚未签署回避声明",
                    "The expert has not signed the declaration of conflicts",
                ));
            }
            let wrong = check_sheet(&paper.content, &rules.tally.rubric, &rules.settings.review, true);
            must_be_valid(wrong.into_iter().map(|problem| problem.under("/content")).collect())?;
            let account = act.account()?;
            let before = sheets::by_id(conn, id, expert)?;
            match before {
                Some(sheet) if sheet.state == SheetState::Signed => Err(no_longer_open()),
                Some(sheet) if sheet.state == SheetState::Paper => {
                    second_entry(conn, act, (&competition, &rules), &sheet, &paper.content)
                }
                Some(sheet) if sheet.content != canonical(&SheetContent::default()) => Err(Error::conflict(
                    "draft_exists",
                    "该专家已在线填写草稿，不能以纸质评分表代替",
                    "The expert has begun a sheet online; it can't be replaced by one on paper",
                )),
                other => {
                    let row = Sheet {
                        application_id: id,
                        expert_id: expert,
                        competition_id: competition.id,
                        state: SheetState::Paper,
                        content: canonical(&paper.content),
                        version: 0,
                        digest: None,
                        revision: other.map_or(1, |sheet| sheet.revision + 1),
                        changed_by: account,
                        changed_at: act.now,
                    };
                    sheets::put(conn, &row)?;
                    Ok(PaperView {
                        application_id: id,
                        expert_id: expert,
                        state: SheetState::Paper,
                        entered_by: account,
                    })
                }
            }
        })
        .await
}

/// Signs a sheet on paper if its second entry says the same as the first.
fn second_entry(
    conn: &mut Conn,
    act: &mut Act<'_>,
    (competition, rules): (&Competition, &Rules),
    sheet: &Sheet,
    content: &SheetContent,
) -> Result<PaperView> {
    let (account, entered_by) = (act.account()?, sheet.changed_by);
    if entered_by == account {
        return Err(Error::conflict(
            "second_person_required",
            "须由另一人复核录入",
            "A second person must enter it again",
        ));
    }
    let first: SheetContent = parse(&sheet.content)?;
    let different = paper_differences(&first, content, &rules.tally.rubric);
    if !different.is_empty() {
        return Err(Error::conflict(
            "entries_differ",
            "两次录入不一致，未保存；请对照纸质评分表",
            "The two entries differ and nothing was saved; compare them with the paper",
        )
        .with(different));
    }
    let signing = Signing {
        expert: sheet.expert_id,
        correction: None,
        paper: Some(PaperEntry { entered_by, confirmed_by: account }),
        reason: "",
    };
    sign_version(conn, act, (competition, rules), sheet, content.clone(), signing)?;
    Ok(PaperView {
        application_id: sheet.application_id,
        expert_id: sheet.expert_id,
        state: SheetState::Signed,
        entered_by,
    })
}

/// The experts of an application's panel, with whether their sheets are entered from paper.
///
/// # Errors
/// If the caller is not the office, or there is no such application.
pub async fn paper_seats(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<Vec<PaperSeat>> {
    service
        .read(context, Action::EnterPaperSheet, format!("application/{id}"), move |conn, context| {
            let (application, _) = find(conn, context, id, Action::EnterPaperSheet)?;
            let caller = context.caller()?.account;
            let placed = experts::panel_applications(conn, application.competition_id)?.into_iter();
            let mut units = placed.filter(|entry| entry.application_id == id).map(|entry| entry.unit);
            let Some(unit) = units.next() else { return Ok(Vec::new()) };
            let pool: BTreeMap<ExpertId, Expert> =
                experts::all(conn)?.into_iter().map(|expert| (expert.id, expert)).collect();
            let sheets: BTreeMap<ExpertId, Sheet> =
                sheets::of_application(conn, id)?.into_iter().map(|sheet| (sheet.expert_id, sheet)).collect();
            let seats = experts::seats(conn, application.competition_id)?.into_iter();
            let serving = seats.filter(|seat| seat.unit == unit && seat.state == SeatState::Serving);
            Ok(serving
                .filter_map(|seat| {
                    let expert = pool.get(&seat.expert_id)?;
                    let sheet = sheets.get(&seat.expert_id);
                    Some(PaperSeat {
                        expert_id: expert.id,
                        name: expert.name.clone(),
                        declared: seat.declared_at.is_some() || expert.account_id.is_none(),
                        // A draft is the expert's own business.
                        state: sheet.map(|sheet| sheet.state).filter(|state| *state != SheetState::Draft),
                        entered_by_caller: sheet.is_some_and(|sheet| {
                            sheet.state == SheetState::Paper && sheet.changed_by == caller
                        }),
                    })
                })
                .collect())
        })
        .await
}

/// Discards the first entry of a paper sheet, so that it can be entered anew.
///
/// # Errors
/// If the caller is not the office, or no first entry waits for its second.
pub async fn discard_paper(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    expert: ExpertId,
) -> Result<()> {
    let cache = service.cache.clone();
    service
        .write(context, Action::EnterPaperSheet, move |conn, act| {
            let (_, _, competition, _) = enter(conn, act, &cache, id, Action::EnterPaperSheet)?;
            act.detail("expert", &expert);
            act.detail("discarded", &true);
            must_be_scoring(&competition)?;
            let sheet = sheets::by_id(conn, id, expert)?.filter(|sheet| sheet.state == SheetState::Paper);
            let sheet = sheet.ok_or_else(Error::not_found)?;
            let name = experts::by_id(conn, expert)?.map_or_else(String::new, |expert| expert.name);
            act.follows(FieldProblem::new(
                "",
                "discarded",
                format!("{name}纸质评分表的第一次录入作废，须由两人重新录入"),
                format!("The first entry of {name}'s paper sheet is discarded; two people enter it anew"),
            ));
            let row = Sheet {
                state: SheetState::Draft,
                content: canonical(&SheetContent::default()),
                revision: sheet.revision + 1,
                changed_by: act.account()?,
                changed_at: act.now,
                ..sheet
            };
            sheets::put(conn, &row)
        })
        .await
}
