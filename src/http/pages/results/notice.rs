//! The public notice: the one that runs, composing a further one, reading it before it is published.

use chrono::NaiveDate;

use super::super::parts::notice as banner;
use super::super::prelude::*;
use super::selections::free_seats;
use super::suspensions;
use super::{api, edition, of_edition, public_list};
use crate::actions::names::NamedCompetition;
use crate::actions::notices::{self, NoticeView, PublishNotice};
use crate::actions::selections;
use crate::domain::competition::CompetitionState;
use crate::domain::notice::{Notice, NoticeDraft};
use crate::error::Kind;

/// How many ways for objections a notice may name: its draft travels in an address, one line a field.
const CHANNELS: usize = 6;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("/competitions/{competition_id}/notice", Action::ReadRanking, notice),
        page("/competitions/{competition_id}/notice/preview", Action::ReadRanking, preview),
        page("/competitions/{competition_id}/notice/print", Action::ReadRanking, print),
    ]
}

/// The notices of an edition, newest first; none where nothing was published.
pub(super) async fn published(asked: &Asked, edition: &NamedCompetition) -> Result<Vec<NoticeView>> {
    match notices::read(&asked.service, edition.id).await {
        Err(error) if error.kind == Kind::NotFound => Ok(Vec::new()),
        found => found,
    }
}

async fn notice(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let published = published(&asked, &edition).await?;
    let suspensions =
        suspensions::table(&asked, &edition, published.first().map(|view| &view.notice)).await?;
    let compose = compose(&asked, &edition, published.first()).await?;
    let content = html! {
        @match published.first() {
            Some(view) => (running(&asked, &edition, view)),
            None => (empty(&html! { p { (asked.t("还没有公示。", "Nothing is on notice yet.")) } })),
        }
        (suspensions)
        (compose)
        @if published.len() > 1 {
            h2 { (asked.t("以前的公示", "Earlier notices")) }
            ul { @for view in published.iter().skip(1) {
                li { (view.notice.document) (asked.t("，", ", ")) (asked.time(view.published_at)) " " (super::digest(view.digest)) }
            } }
        }
    };
    let title = asked.t("公示", "Notice");
    let shown = of_edition(&asked, &edition, "/notice", title, &content).data(api(id, "/suspensions"));
    Ok(if published.is_empty() { shown } else { shown.data(format!("/api/v1/notices/{id}")) })
}

fn running(asked: &Asked, edition: &NamedCompetition, view: &NoticeView) -> Markup {
    let notice = &view.notice;
    let now = asked.service.clock.now();
    let state = if now > notice.deadline {
        tag(asked.t("公示期已满", "ended"), Tone::Neutral)
    } else if now.date() < notice.from {
        tag(asked.t("尚未开始", "not begun"), Tone::Warning)
    } else {
        tag(asked.t("公示中", "running"), Tone::Active)
    };
    html! {
        h2 { (notice.document) " " (state) }
        (facts(&[
            (asked.t("公示期", "Period"), html! {
                (asked.date(notice.from)) "–" (asked.date(notice.until))
                @if asked.is_chinese() { "（" (notice.days) "个工作日，首日计入）" } @else { " (" (notice.days) " working days, first day counted)" }
            }),
            (asked.t("异议截止", "Objections until"), asked.time(notice.deadline)),
            (asked.t("发布", "Published"), asked.time(view.published_at)),
            (asked.t("摘要", "Digest"), html! { code { (view.digest) } }),
        ]))
        @if !view.reason.is_empty() { p { (asked.t("取代前一公示的理由：", "Why it replaces the one before: ")) (view.reason) } }
        (public_list(asked, asked.t("公示名单", "Names on notice"), &notice.entries))
        div.buttons.screen {
            a.button.secondary href=(asked.link(&format!("/competitions/{}/notice/print", edition.id))) { (asked.t("打印公示", "Print the notice")) }
            a.button.secondary href=(asked.link(&format!("/notices/{}", edition.id))) { (asked.t("公众看到的页面", "As the public sees it")) }
            a.button.secondary href=(asked.link(&format!("/competitions/{}/objections", edition.id))) { (asked.t("异议", "Objections")) }
        }
    }
}

/// Composing a notice: its fields go into the address of the preview.
async fn compose(asked: &Asked, edition: &NamedCompetition, before: Option<&NoticeView>) -> Result<Markup> {
    let open = matches!(
        edition.state,
        CompetitionState::Selection | CompetitionState::Notice | CompetitionState::Announced
    );
    if !open || asked.role() != Some(Role::Office) {
        return Ok(Markup::default());
    }
    let names = match notices::proposed(&asked.service, &asked.visit, edition.id).await {
        Ok(names) => names,
        Err(error) if error.kind == Kind::Conflict => return Ok(not_yet(asked, edition, &error)),
        Err(error) => return Err(error),
    };
    let deliberations = selections::list(&asked.service, &asked.visit, edition.id).await?;
    Ok(html! {
        section.screen {
            h2 {
                (if before.is_some() { asked.t("重新公示", "A further notice") } else { asked.t("拟定公示", "Compose the notice") })
            }
            p { (asked.t(
                "填写后先预览全文、名单和起止日期，确认后才发布。",
                "Next you read the whole text with the list and the period; it is published only after that.",
            )) }
            @if let Some(latest) = deliberations.last() { (free_seats(asked, edition, latest)) }
            details { summary { (asked.t("拟公示的名单", "The names to be put on notice")) (asked.aside(&names.len())) }
                (public_list(asked, asked.t("拟公示的名单", "The names to be put on notice"), &names)) }
            (draft_form(asked, edition, before))
        }
    })
}

fn not_yet(asked: &Asked, edition: &NamedCompetition, error: &Error) -> Markup {
    banner(
        Tone::Warning,
        &html! { p {
            (asked.told(&error.message)) " "
            a href=(asked.link(&format!("/competitions/{}/selections", edition.id))) { (asked.t("去审议", "To the deliberation")) }
        } },
    )
}

/// What is asked of a notice, with what was entered before, or what the notice before said.
fn draft_form(asked: &Asked, edition: &NamedCompetition, before: Option<&NoticeView>) -> Markup {
    let form = asked.form(Method::Post, api(edition.id, "/notices"));
    let old = before.map(|view| &view.notice);
    let entered = |name: &str, otherwise: String| asked.query.get(name).cloned().unwrap_or(otherwise);
    let days = edition.rules.settings.review.notice_days;
    let days_hint = if asked.is_chinese() {
        format!("首日计入，本届至少{days}个工作日。")
    } else {
        format!("First day counted; at least {days} in this edition.")
    };
    let channel = |row: usize| {
        let stored = old.and_then(|old| old.channels.get(row)).cloned().unwrap_or_default();
        let name = format!("channel{row}");
        let value = entered(&name, stored);
        let label = format!("{} {}", asked.t("反映渠道", "Where objections go"), row + 1);
        let field = Field::text(name, label).value(value);
        if row == 0 { field.required() } else { field }
    };
    html! {
        form.form method="get" action=(asked.link(&format!("/competitions/{}/notice/preview", edition.id))) {
            (form.field(&Field::text("document", asked.t("文号", "Document number")).value(entered("document", String::new())).required().medium()))
            (form.field(&Field::date("from", asked.t("起始日", "First day")).value(entered("from", asked.today().to_string())).required()))
            (form.field(&Field::number("days", asked.t("工作日数", "Working days")).value(entered("days", days.to_string())).hint(days_hint).required().short()))
            fieldset.group {
                legend { (asked.t("反映渠道", "Where objections go")) }
                p.hint { (asked.t(
                    "每格一条：受理单位、地址、电话，以及监督电话。",
                    "One a field: office, address, telephone, and the supervisors' telephone.",
                )) }
                @for row in 0..CHANNELS { (form.field(&channel(row))) }
            }
            (form.field(&Field::text("issuer", asked.t("发布单位", "Issuer")).value(entered("issuer", old.map_or_else(|| edition.rules.settings.organizer.clone(), |old| old.issuer.clone()))).required().medium()))
            @if before.is_some() {
                (form.field(&Field::text("reason", asked.t("取代前一公示的理由", "Why it replaces the one before")).value(entered("reason", String::new())).required()))
            }
            div.buttons { button type="submit" { (asked.t("预览公示", "Preview")) } }
        }
    }
}

/// What the address says of a notice to be published.
fn draft(asked: &Asked) -> PublishNotice {
    let text = |name: &str| asked.query.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let channels = (0..CHANNELS).map(|row| text(&format!("channel{row}")));
    PublishNotice {
        notice: NoticeDraft {
            document: text("document"),
            // What is no date lies in the past, and what is no number is too few days: the preview says so.
            from: asked.parameter("from").unwrap_or(NaiveDate::MIN),
            days: asked.parameter("days").unwrap_or_default(),
            channels: channels.filter(|channel| !channel.is_empty()).collect(),
            issuer: text("issuer"),
        },
        reason: text("reason"),
    }
}

async fn preview(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let published = published(&asked, &edition).await?;
    let (draft, office) = (draft(&asked), asked.role() == Some(Role::Office));
    let deliberations = selections::list(&asked.service, &asked.visit, id).await?;
    let content = match notices::preview(&asked.service, &asked.visit, id, draft.clone()).await {
        Ok(notice) => html! {
            p.lead.screen { (asked.t("这是将要发布的全文，尚未发布。", "This is the whole text. It is not published yet.")) }
            @if let Some(latest) = deliberations.last() { div.screen { (free_seats(&asked, &edition, latest)) } }
            (paper(&notice))
            @if office { (confirm(&asked, &edition, &notice, &draft)) }
            details.screen { summary { (asked.t("返回修改", "Change it")) } (draft_form(&asked, &edition, published.first())) }
        },
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => html! {
            div.errors role="alert" tabindex="-1" {
                h2 { (asked.told(&error.message)) }
                ul { @for problem in &error.problems { li { (field_words(&asked, &problem.pointer)) (asked.told(&problem.message)) } } }
            }
            (draft_form(&asked, &edition, published.first()))
        },
        Err(error) => return Err(error),
    };
    Ok(of_edition(&asked, &edition, "/notice", asked.t("预览公示", "Preview of the notice"), &content)
        .crumb(format!("/competitions/{id}/notice"), asked.t("公示", "Notice")))
}

fn field_words(asked: &Asked, pointer: &str) -> &'static str {
    let (zh, en) = match pointer {
        "/notice/document" => ("文号：", "Document number: "),
        "/notice/from" => ("起始日：", "First day: "),
        "/notice/days" => ("工作日数：", "Working days: "),
        "/notice/issuer" => ("发布单位：", "Issuer: "),
        "/reason" => ("理由：", "Reason: "),
        channel if channel.starts_with("/notice/channels") => ("反映渠道：", "Where objections go: "),
        _ => ("", ""),
    };
    if asked.is_chinese() { zh } else { en }
}

/// A notice as it hangs on the wall.
fn paper(notice: &Notice) -> Markup {
    html! { article.paper lang="zh-CN" { div.text { (notice.text) } } }
}

/// Publishing what was just read.
fn confirm(asked: &Asked, edition: &NamedCompetition, notice: &Notice, draft: &PublishNotice) -> Markup {
    let form = asked
        .form(Method::Post, api(edition.id, "/notices"))
        .once()
        .next(format!("/competitions/{}/notice", edition.id))
        .done("公示已发布。", "The notice is published.");
    html! {
        section.card.screen {
            h2 { (asked.t("发布公示", "Publish the notice")) }
            ul {
                @if asked.is_chinese() {
                    li { (notice.entries.len()) "个名称立即在公众页面公开，公示期" (asked.date(notice.from)) "至" (asked.date(notice.until)) "（" (notice.days) "个工作日）。" }
                    li { "公众可提出异议直至" (asked.time(notice.deadline)) "；申报单位可查看自己的结果并申请复核。" }
                    li { "发布后不能修改，只能以说明理由的新公示取代，公示期重新计算。" }
                } @else {
                    li { (notice.entries.len()) " names become public at once, on notice from " (asked.date(notice.from)) " to " (asked.date(notice.until)) " (" (notice.days) " working days)." }
                    li { "Anybody may object until " (asked.time(notice.deadline)) "; applicants see their results and may ask for a re-check." }
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

async fn print(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let published = published(&asked, &edition).await?;
    let view = published.first().ok_or_else(Error::not_found)?;
    let content = html! {
        (paper(&view.notice))
        div.buttons.screen { (print_button(&asked)) }
    };
    Ok(of_edition(&asked, &edition, "/notice", view.notice.document.clone(), &content)
        .crumb(format!("/competitions/{id}/notice"), asked.t("公示", "Notice"))
        .data(format!("/api/v1/notices/{id}")))
}
