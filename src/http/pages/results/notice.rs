//! The public notice: the one that runs, composing a further one, reading it before it is published.

use chrono::NaiveDate;

use super::super::parts::notice as banner;
use super::super::prelude::*;
use super::selections::free_seats;
use super::suspensions;
use super::{api, competition, of_competition, public_list};
use crate::actions::names::NamedCompetition;
use crate::actions::notices::{self, NoticeView, PublishNotice};
use crate::actions::selections;
use crate::domain::competition::CompetitionState;
use crate::domain::notice::{Notice, NoticeDraft};
use crate::error::Kind;

/// How many ways for objections a notice may name: its draft travels in an address, one line a field.
const CHANNELS: usize = 6;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/competitions/{competition_id}/notice", Action::ReadRanking, notice),
        page("/competitions/{competition_id}/notice/preview", Action::ReadRanking, preview),
        page("/competitions/{competition_id}/notice/print", Action::ReadRanking, print),
    ]
}

/// The notices of a competition, newest first; none where nothing was published.
pub(super) async fn published(
    request: &PageRequest,
    competition: &NamedCompetition,
) -> Result<Vec<NoticeView>> {
    match notices::read(&request.service, competition.id).await {
        Err(error) if error.kind == Kind::NotFound => Ok(Vec::new()),
        found => found,
    }
}

async fn notice(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let published = published(&request, &competition).await?;
    let suspensions =
        suspensions::table(&request, &competition, published.first().map(|view| &view.notice)).await?;
    let compose = compose(&request, &competition, published.first()).await?;
    let content = html! {
        @match published.first() {
            Some(view) => (running(&request, &competition, view)),
            None => (empty(&html! { p { (request.t("还没有公示。", "Nothing is on notice yet.")) } })),
        }
        (suspensions)
        (compose)
        @if published.len() > 1 {
            h2 { (request.t("以前的公示", "Earlier notices")) }
            ul { @for view in published.iter().skip(1) {
                li { (view.notice.document) (request.t("，", ", ")) (request.time(view.published_at)) " " (super::digest(view.digest)) }
            } }
        }
    };
    let title = request.t("公示", "Notice");
    let shown =
        of_competition(&request, &competition, "/notice", title, &content).data(api(id, "/suspensions"));
    Ok(if published.is_empty() { shown } else { shown.data(format!("/api/v1/competitions/{id}/notices")) })
}

fn running(request: &PageRequest, competition: &NamedCompetition, view: &NoticeView) -> Markup {
    let notice = &view.notice;
    let now = request.service.clock.now();
    let state = if now > notice.deadline {
        tag(request.t("公示期已满", "ended"), Tone::Neutral)
    } else if now.date() < notice.from {
        tag(request.t("尚未开始", "not begun"), Tone::Warning)
    } else {
        tag(request.t("公示中", "on notice"), Tone::Active)
    };
    html! {
        h2 { (notice.document) " " (state) }
        (facts(&[
            (request.t("公示期", "Period"), html! {
                (request.date(notice.from)) "–" (request.date(notice.until))
                @if request.is_chinese() { "（" (notice.days) "个工作日，首日计入）" } @else { " (" (count(notice.days, "working day", "working days")) ", first day counted)" }
            }),
            (request.t("异议截止", "Objections until"), request.time(notice.deadline)),
            (request.t("发布", "Published"), request.time(view.published_at)),
            (request.t("摘要", "Digest"), html! { code { (view.digest) } }),
        ]))
        @if !view.reason.is_empty() { p { (request.t("取代前一公示的理由：", "Why it replaces the one before: ")) (view.reason) } }
        (public_list(request, request.t("公示名单", "Names on notice"), &notice.entries))
        div.buttons.screen {
            a.button.secondary href=(request.link(&format!("/competitions/{}/notice/print", competition.id))) { (request.t("打印公示", "Print the notice")) }
            a.button.secondary href=(request.link(&format!("/notices/{}", competition.id))) { (request.t("公众看到的页面", "As the public sees it")) }
            a.button.secondary href=(request.link(&format!("/competitions/{}/objections", competition.id))) { (request.t("异议", "Objections")) }
        }
    }
}

/// Composing a notice: its fields go into the address of the preview.
async fn compose(
    request: &PageRequest,
    competition: &NamedCompetition,
    before: Option<&NoticeView>,
) -> Result<Markup> {
    let open = matches!(
        competition.state,
        CompetitionState::Selection | CompetitionState::Notice | CompetitionState::Announced
    );
    if !open || request.role() != Some(Role::Office) {
        return Ok(Markup::default());
    }
    let names = match notices::proposed(&request.service, &request.context, competition.id).await {
        Ok(names) => names,
        Err(error) if error.kind == Kind::Conflict => return Ok(not_yet(request, competition, &error)),
        Err(error) => return Err(error),
    };
    let deliberations = selections::list(&request.service, &request.context, competition.id).await?;
    Ok(html! {
        section.screen {
            h2 {
                (if before.is_some() { request.t("重新公示", "A further notice") } else { request.t("拟定公示", "Compose the notice") })
            }
            p { (request.t(
                "填写后先预览全文、名单和起止日期，确认后才发布。",
                "Next you read the whole text with the list and the period; it is published only after that.",
            )) }
            @if let Some(latest) = deliberations.last() { (free_seats(request, competition, latest)) }
            details { summary { (request.t("拟公示的名单", "The names to be put on notice")) (request.aside(&names.len())) }
                (public_list(request, request.t("拟公示的名单", "The names to be put on notice"), &names)) }
            (draft_form(request, competition, before))
        }
    })
}

fn not_yet(request: &PageRequest, competition: &NamedCompetition, error: &Error) -> Markup {
    banner(
        Tone::Warning,
        &html! { p {
            (request.localized(&error.message)) " "
            a href=(request.link(&format!("/competitions/{}/selections", competition.id))) { (request.t("去审议", "To the deliberation")) }
        } },
    )
}

/// What is asked of a notice, with what was entered before, or what the notice before said.
fn draft_form(request: &PageRequest, competition: &NamedCompetition, before: Option<&NoticeView>) -> Markup {
    let form = request.form(Method::Post, api(competition.id, "/notices"));
    let old = before.map(|view| &view.notice);
    let entered = |name: &str, otherwise: String| request.query.get(name).cloned().unwrap_or(otherwise);
    let days = competition.rules.settings.review.notice_days;
    let days_hint = if request.is_chinese() {
        format!("首日计入，本届至少{days}个工作日。")
    } else {
        format!("First day counted; at least {days} in this competition.")
    };
    let usual = &competition.rules.settings.letterhead.channels;
    let channel = |row: usize| {
        let stored = old.map_or(usual, |old| &old.channels).get(row).cloned().unwrap_or_default();
        let name = format!("channel{row}");
        let value = entered(&name, stored);
        let label = format!("{} {}", request.t("反映渠道", "Where to object"), row + 1);
        let field = Field::text(name, label).value(value);
        if row == 0 { field.required() } else { field }
    };
    html! {
        form.form method="get" action=(request.link(&format!("/competitions/{}/notice/preview", competition.id))) {
            (form.field(&Field::text("document", request.t("文号", "Document number")).value(entered("document", String::new())).required().medium()))
            (form.field(&Field::date("from", request.t("起始日", "First day")).value(entered("from", request.today().to_string())).required()))
            (form.field(&Field::number("days", request.t("工作日数", "Working days")).value(entered("days", days.to_string())).hint(days_hint).required().short()))
            fieldset.group {
                legend { (request.t("反映渠道", "Where to object")) }
                p.hint { (request.t(
                    "每格一条：受理单位、地址、电话，以及监督电话。",
                    "One a field: office, address, telephone, and the supervisors' telephone.",
                )) }
                @for row in 0..CHANNELS { (form.field(&channel(row))) }
            }
            (form.field(&Field::text("issuer", request.t("发布单位", "Issued by")).value(entered("issuer", old.map_or_else(|| competition.rules.settings.organizer.clone(), |old| old.issuer.clone()))).required().medium()))
            @if before.is_some() {
                (form.field(&Field::text("reason", request.t("取代前一公示的理由", "Why it replaces the one before")).value(entered("reason", String::new())).required()))
            }
            div.buttons { button type="submit" { (request.t("预览公示", "Preview of the notice")) } }
        }
    }
}

/// What the address says of a notice to be published.
fn draft(request: &PageRequest) -> PublishNotice {
    let text = |name: &str| request.query.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let channels = (0..CHANNELS).map(|row| text(&format!("channel{row}")));
    PublishNotice {
        notice: NoticeDraft {
            document: text("document"),
            // What is no date lies in the past, and what is no number is too few days: the preview says so.
            from: request.parameter("from").unwrap_or(NaiveDate::MIN),
            days: request.parameter("days").unwrap_or_default(),
            channels: channels.filter(|channel| !channel.is_empty()).collect(),
            issuer: text("issuer"),
        },
        reason: text("reason"),
    }
}

async fn preview(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let published = published(&request, &competition).await?;
    let (draft, office) = (draft(&request), request.role() == Some(Role::Office));
    let deliberations = selections::list(&request.service, &request.context, id).await?;
    let content = match notices::preview(&request.service, &request.context, id, draft.clone()).await {
        Ok(notice) => html! {
            p.lead.screen { (request.t("这是将要发布的全文，尚未发布。", "This is the whole text. It is not published yet.")) }
            @if let Some(latest) = deliberations.last() { div.screen { (free_seats(&request, &competition, latest)) } }
            (paper(&notice))
            @if office { (confirm(&request, &competition, &notice, &draft)) }
            details.screen { summary { (request.t("返回修改", "Go back and change it")) } (draft_form(&request, &competition, published.first())) }
        },
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => html! {
            div.errors role="alert" tabindex="-1" {
                h2 { (request.localized(&error.message)) }
                ul { @for problem in &error.problems { li { (field_words(&request, &problem.pointer)) (request.localized(&problem.message)) } } }
            }
            (draft_form(&request, &competition, published.first()))
        },
        Err(error) => return Err(error),
    };
    Ok(of_competition(
        &request,
        &competition,
        "/notice",
        request.t("预览公示", "Preview of the notice"),
        &content,
    )
    .crumb(format!("/competitions/{id}/notice"), request.t("公示", "Notice")))
}

fn field_words(request: &PageRequest, pointer: &str) -> &'static str {
    let (zh, en) = match pointer {
        "/notice/document" => ("文号：", "Document number: "),
        "/notice/from" => ("起始日：", "First day: "),
        "/notice/days" => ("工作日数：", "Working days: "),
        "/notice/issuer" => ("发布单位：", "Issuer: "),
        "/reason" => ("理由：", "Reason: "),
        channel if channel.starts_with("/notice/channels") => ("反映渠道：", "Where to object: "),
        _ => ("", ""),
    };
    if request.is_chinese() { zh } else { en }
}

/// A notice as it hangs on the wall.
fn paper(notice: &Notice) -> Markup {
    html! { article.paper lang="zh-CN" { div.text { (notice.text) } } }
}

/// Publishing what was just read.
fn confirm(
    request: &PageRequest,
    competition: &NamedCompetition,
    notice: &Notice,
    draft: &PublishNotice,
) -> Markup {
    let form = request
        .form(Method::Post, api(competition.id, "/notices"))
        .once()
        .next(format!("/competitions/{}/notice", competition.id))
        .done("公示已发布。", "The notice is published.");
    html! {
        section.card.screen {
            h2 { (request.t("发布公示", "Publish the notice")) }
            ul {
                @if request.is_chinese() {
                    li { (notice.entries.len()) "个名称立即在公众页面公开，公示期" (request.date(notice.from)) "至" (request.date(notice.until)) "（" (notice.days) "个工作日）。" }
                    li { "公众可提出异议直至" (request.time(notice.deadline)) "；申报单位可查看自己的结果并申请复核。" }
                    li { "发布后不能修改，只能以说明理由的新公示取代，公示期重新计算。" }
                } @else {
                    li { (count(notice.entries.len(), "name becomes", "names become")) " public at once, on notice from " (request.date(notice.from)) " to " (request.date(notice.until)) " (" (count(notice.days, "working day", "working days")) ")." }
                    li { "Anybody may object until " (request.time(notice.deadline)) "; applicants see their results and may ask for a re-check." }
                    li { "It can't be changed, only replaced by a further notice with a reason, and then its period begins anew." }
                }
            }
            (form.render(&hidden(&form, notice, draft)))
        }
    }
}

fn hidden(form: &Form<'_>, notice: &Notice, draft: &PublishNotice) -> Markup {
    html! {
        input type="hidden" name="/notice/document" value=(draft.notice.document);
        input type="hidden" name="/notice/from" value=(draft.notice.from);
        input type="hidden" name="/notice/days:whole" value=(draft.notice.days);
        input type="hidden" name="/notice/channels:lines" value=(draft.notice.channels.join("\n"));
        input type="hidden" name="/notice/issuer" value=(draft.notice.issuer);
        input type="hidden" name="/reason" value=(draft.reason);
        @if notice.number > 1 { (form.danger("发布，取代前一公示", "Publish it in place of the one before")) }
        @else { (form.danger("发布公示", "Publish the notice")) }
    }
}

async fn print(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let published = published(&request, &competition).await?;
    let view = published.first().ok_or_else(Error::not_found)?;
    let content = html! {
        (paper(&view.notice))
        div.buttons.screen { (print_button(&request)) }
    };
    Ok(of_competition(&request, &competition, "/notice", view.notice.document.clone(), &content)
        .crumb(format!("/competitions/{id}/notice"), request.t("公示", "Notice"))
        .data(format!("/api/v1/competitions/{id}/notices")))
}
