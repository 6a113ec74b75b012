//! Versions of a competition's tally: who prepared and who confirmed them, and making a further one.

use std::collections::{BTreeMap, BTreeSet};

use super::super::prelude::*;
use super::{api, application_words, competition, of_competition};
use crate::actions::boards::{Board, BoardRow, DecidedBy};
use crate::actions::closing::{self, TallyView};
use crate::actions::names::{self, NamedCompetition};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, ApplicationId};
use crate::domain::scoring::Note;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/tallies", Action::ReadRanking, list)]
}

/// Names of those who prepared and confirmed.
pub(super) async fn people(
    request: &PageRequest,
    tallies: &[TallyView],
) -> Result<BTreeMap<AccountId, String>> {
    let who = tallies.iter().flat_map(|tally| [Some(tally.prepared_by), tally.confirmed_by]);
    let who: BTreeSet<AccountId> = who.flatten().collect();
    names::people(&request.service, &request.context, who).await
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let tallies = closing::list(&request.service, &request.context, id).await?;
    let people = people(&request, &tallies).await?;
    let further = further(&request, &competition, tallies.last()).await?;
    let content = html! {
        p.lead { (request.t(
            "每一版评分汇总都由已签署的评分表、核定值和加分扣分形成，一经形成不再改动；须由填写人以外的人复核后才能用于遴选。",
            "Each version of the tally is made of what is signed and verified, and never changes. It counts for the selection once somebody other than its preparer has confirmed it.",
        )) }
        @if tallies.is_empty() { (not_yet(&request, &competition)) } @else { (table(&request, &competition, &tallies, &people)) }
        (further)
    };
    let title = request.t("汇总与排名", "Tallies and ranking");
    Ok(of_competition(&request, &competition, "/tallies", title, &content).data(api(id, "/tallies")))
}

fn not_yet(request: &PageRequest, competition: &NamedCompetition) -> Markup {
    empty(&html! {
        p { (request.t("评分尚未结束，还没有汇总。", "Scoring is not closed, so there is no tally yet.")) }
        p { a href=(request.link(&format!("/competitions/{}/closing", competition.id))) { (request.t("查看结束评分的前提", "See what blocks closing")) } }
    })
}

fn table(
    request: &PageRequest,
    competition: &NamedCompetition,
    tallies: &[TallyView],
    people: &BTreeMap<AccountId, String>,
) -> Markup {
    let name = |id: AccountId| people.get(&id).cloned().unwrap_or_else(|| id.to_string());
    let latest = tallies.last().map(|tally| tally.number);
    let page = |tally: &TallyView| format!("/competitions/{}/tallies/{}", competition.id, tally.number);
    Table::new(request.t("各版汇总，新的在前", "Versions, newest first"), tallies.iter().rev())
        .head(request.t("版次", "Version"), |tally| html! {
            a href=(request.link(&page(tally))) { (version(request, tally.number)) }
            @if latest == Some(tally.number) { " " (tag(request.t("现行", "holds"), Tone::Active)) }
        })
        .column(request.t("理由", "Reason"), |tally| &tally.reason)
        .column(request.t("填写人", "Prepared by"), |tally| html! { (name(tally.prepared_by)) br; (request.time(tally.prepared_at)) })
        .column(request.t("复核人", "Confirmed by"), |tally| html! {
            @match (tally.confirmed_by, tally.confirmed_at) {
                (Some(by), Some(at)) => { (name(by)) br; (request.time(at)) },
                _ => (tag(request.t("未复核", "not confirmed"), Tone::Warning)),
            }
        })
        .column(request.t("摘要", "Digest"), |tally| super::digest(tally.digest))
        .column(request.t("变化", "Changes"), |tally| html! {
            @if tally.number > 1 { a href=(request.link(&format!("{}/changes", page(tally)))) { (request.t("与上一版对照", "Compared with the version before")) } }
            @else { span.muted { (request.t("首版", "the first")) } }
        })
        .render()
}

/// `第2版`, `Version 2`.
pub(super) fn version(request: &PageRequest, number: i32) -> String {
    if request.is_chinese() { format!("第{number}版") } else { format!("Version {number}") }
}

/// Confirming a tally, for whoever did not prepare it.
pub(super) fn confirmation(
    request: &PageRequest,
    competition: &NamedCompetition,
    tally: &TallyView,
    latest: bool,
) -> Result<Markup> {
    let open = matches!(competition.state, CompetitionState::Selection | CompetitionState::Notice);
    if tally.confirmed_by.is_some() || !latest || !open || request.role() != Some(Role::Office) {
        return Ok(Markup::default());
    }
    if tally.prepared_by == request.caller()?.account {
        return Ok(notice(
            Tone::Warning,
            &html! { p { (request.t(
                "这一版由您填写，须由领导小组办公室的另一人复核。",
                "You prepared this version; another person of the office must confirm it.",
            )) } },
        ));
    }
    let form = request
        .form(Method::Post, api(competition.id, &format!("/tallies/{}/confirmation", tally.number)))
        .once()
        .done("已复核。", "It is confirmed.");
    Ok(html! {
        section.card.screen {
            h2 { (request.t("复核", "Confirm")) }
            p { (request.t(
                "请核对名次、得分和摘要。复核后，领导小组可据此审议；您的姓名和时间将长期留存。",
                "Check places, scores and digest. Once confirmed, the leading group may deliberate on it; your name and the time are kept for good.",
            )) }
            p { (request.t("摘要（SHA-256）：", "Digest (SHA-256): ")) code { (tally.digest) } }
            (form.render(&form.danger("确认无误，复核通过", "I have checked it: confirm")))
        }
    })
}

/// Making a further version, with rulings among equals.
async fn further(
    request: &PageRequest,
    competition: &NamedCompetition,
    latest: Option<&TallyView>,
) -> Result<Markup> {
    let open = matches!(competition.state, CompetitionState::Selection | CompetitionState::Notice);
    let (Some(latest), true, Some(Role::Office)) = (latest, open, request.role()) else {
        return Ok(Markup::default());
    };
    let ranked =
        closing::board(&request.service, &request.context, competition.id, Some(latest.number)).await?;
    let equals = equals(ranked.board());
    let waiting = ranked.board().rows().filter(|row| row.note == Some(Note::NeedsRuling)).count();
    let form = request
        .form(Method::Post, api(competition.id, "/tallies"))
        .once()
        .next(format!("/competitions/{}/tallies/{{number}}/changes", competition.id))
        .done(
            "新一版汇总已形成，须由另一人复核。",
            "The further version is made; another person must confirm it.",
        );
    let ruled = ruled(ranked.board());
    let content = html! {
        (form.field(&Field::text("/reason", request.t("理由", "Reason")).hint(request.t("更正了什么，或对并列作出裁定。", "What was corrected, or that equals are ruled upon.")).required()))
        @if !equals.is_empty() {
            fieldset.group {
                legend { (request.t("对并列申报的裁定", "Ruling among equals")) }
                p.hint { (request.t(
                    "按裁定的先后逐行选择。新一版只采用此处的裁定，已作的裁定须保留在此；无须裁定的留空。",
                    "Choose in the order that was ruled. The new version follows what stands here alone, so keep earlier rulings; leave the rest empty.",
                )) }
                @for row in 0..equals.len() {
                    (form.field(&ruling_field(request, competition, &equals, row, ruled.get(row).copied())))
                }
            }
            (form.field(&Field::area("/minutes", request.t("裁定纪要", "Minutes of the ruling"), 4)
                .hint(request.t("作出裁定时必须填写。", "Obligatory with a ruling.")).silent()))
        }
        (form.danger("形成新一版汇总", "Make a further tally"))
    };
    Ok(html! {
        section.screen {
            h2 { (request.t("形成新一版汇总", "Make a further tally")) }
            @if waiting > 0 {
                (notice(Tone::Warning, &html! { p {
                    @if request.is_chinese() { "有" (waiting) "件申报并列，须作出裁定后才能审议。" }
                    @else { (count(waiting, "application is equal to others and waits", "applications are equal and wait")) " for a ruling before the leading group can deliberate." }
                } }))
            }
            p { (request.t(
                "评分表更正、考察重开、加分扣分变更后，或需对并列作出裁定时，形成新一版；原版保留，名次变化逐件列出，并须重新复核。",
                "After a sheet was corrected, an inspection reopened or adjustments changed, or to rule among equals. Earlier versions stay, changed places are listed, and it must be confirmed anew.",
            )) }
            (form.render(&content))
        }
    })
}

/// Applications among which a ruling may be given: those that share a place, and those ruled upon before.
fn equals(board: &Board) -> Vec<&BoardRow> {
    let mut equals: Vec<&BoardRow> = Vec::new();
    for group in &board.groups {
        for (index, row) in group.rows.iter().enumerate() {
            let shares = |row: Option<&BoardRow>| {
                let decided = row.and_then(|row| row.decided.as_ref());
                decided.is_some_and(|decided| matches!(decided.by, DecidedBy::Nothing | DecidedBy::Ruling))
            };
            if shares(Some(row)) || shares(group.rows.get(index + 1)) || row.ruled.is_some() {
                equals.push(row);
            }
        }
    }
    equals
}

/// The applications that were ruled upon, in the order of the ruling.
fn ruled(board: &Board) -> Vec<ApplicationId> {
    let mut ruled: Vec<(usize, ApplicationId)> =
        board.rows().filter_map(|row| Some((row.ruled?, row.application))).collect();
    ruled.sort_unstable();
    ruled.into_iter().map(|(_, application)| application).collect()
}

fn ruling_field(
    request: &PageRequest,
    competition: &NamedCompetition,
    equals: &[&BoardRow],
    row: usize,
    ruled: Option<ApplicationId>,
) -> Field {
    let none = (String::new(), request.t("（不作裁定）", "(none)").to_owned());
    let choices = equals
        .iter()
        .map(|row| (row.application.to_string(), application_words(competition, row.application)));
    let label = request.either(format!("裁定第{}位", row + 1), format!("Ruled number {}", row + 1));
    Field::select(format!("/rulings/{row}"), label, std::iter::once(none).chain(choices))
        .value(ruled.map(|id| id.to_string()).unwrap_or_default())
        .silent()
}
