//! The titles that a region holds, with their yearly reports.

use chrono::Datelike;

use super::super::prelude::*;
use super::super::whereabouts::{after_an_act, of_report};
use crate::actions::titles::{self, TitleHistoryView};
use crate::domain::announcement::{TitleEventKind, TitleStanding};

/// The titles of the caller's region.
pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let held = titles::list_own(&request.service, &request.context).await?;
    let body = html! {
        (after_an_act(&request, &of_report(&request)))
        p { (request.t(
            "称号有效期内，每年提交一份年度报告；到期前由办公室组织复核。",
            "While a title is valid its holder files a report each year; the office re-checks it before it ends.",
        )) }
        @if held.is_empty() {
            (empty(&html! { p { (request.t("本地区牵头的申报还没有获得称号。", "No application led by your region has won a title yet.")) } }))
        }
        @for one in &held { (title(&request, one)) }
    };
    let shown = Page::new(request.t("称号与年度报告", "Titles and yearly reports"), body);
    let shown = shown.crumb("/desk", request.t("工作台", "Desk")).data("/api/v1/titles");
    Ok(held.iter().fold(shown, |shown, one| shown.data(format!("/api/v1/titles/{}", one.title.id))))
}

fn title(request: &PageRequest, held: &TitleHistoryView) -> Markup {
    let title = &held.title;
    let tone = match title.standing {
        TitleStanding::InForce => Tone::Good,
        TitleStanding::RecheckDue => Tone::Warning,
        TitleStanding::Expired => Tone::Neutral,
        TitleStanding::Revoked => Tone::Bad,
    };
    html! {
        h2 { (title.content.award_name) (request.t("：", ": ")) (title.content.title) " " (tag(title.standing.in_language(request.language), tone)) }
        (facts(&[
            (request.t("产业链", "Chain"), html! { (title.content.chain) }),
            (request.t("地区", "Regions"), html! { (title.content.parties()) }),
            (request.t("有效期", "Valid"), html! { (request.date(title.valid_from)) " – " (request.date(title.valid_until)) }),
            (request.t("申报", "Application"), html! {
                a href=(request.link(&format!("/applications/{}", title.content.application))) { (title.content.title) }
            }),
        ]))
        @if !held.events.is_empty() {
            ol.timeline { @for one in &held.events {
                li.done {
                    span.when { (request.time(one.at)) } " "
                    strong {
                        (one.event.kind.in_language(request.language))
                        @if let Some(year) = one.event.year { (request.aside(&year)) }
                    }
                    @if !one.event.text.is_empty() { p.text { (one.event.text) } }
                }
            } }
        }
        @if matches!(title.standing, TitleStanding::InForce | TitleStanding::RecheckDue) { (report(request, held)) }
    }
}

/// The form for a year that has no report yet.
fn report(request: &PageRequest, held: &TitleHistoryView) -> Markup {
    let filed = |year: i32| {
        let reports = held.events.iter().filter(|one| one.event.kind == TitleEventKind::Report);
        reports.filter_map(|one| one.event.year).any(|known| i32::from(known) == year)
    };
    let years = held.title.valid_from.year()..=request.today().year();
    let years: Vec<(String, String)> =
        years.filter(|year| !filed(*year)).map(|year| (year.to_string(), year.to_string())).collect();
    if years.is_empty() {
        return html! { p.muted { (request.t("到今年为止的年度报告都已提交。", "All reports up to this year are filed.")) } };
    }
    let form = request
        .form(Method::Post, format!("/api/v1/titles/{}/reports", held.title.id))
        .once()
        .done("年度报告已提交。", "The report is filed.");
    html! {
        h3 { (request.t("提交年度报告", "File a yearly report")) }
        (form.render(&html! {
            (form.field(&Field::select("/year:whole", request.t("年度", "Year"), years).short().silent()))
            (form.field(&Field::area("/text", request.t("报告", "Report"), 10)
                .hint(request.t("产业链发展情况、目标完成情况、下一年安排；提交后不能修改。", "How the chain went on, what was reached, what comes next; once filed it can't be changed.")).silent()))
            (form.button("提交年度报告", "File a yearly report"))
        }))
    }
}
