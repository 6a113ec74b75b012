//! Notices: the names proposed, until when one may object, and the form to do it.

use super::super::parts::notice as banner;
use super::super::prelude::*;
use super::{Naming, objections, open_data, rules};
use crate::actions::data;
use crate::actions::notices::{self, NoticeView};
use crate::domain::ids::CompetitionId;
use crate::domain::notice::{Notice, PublicEntry};
use crate::domain::working_days::WorkingCalendar;
use crate::http::pages::supervision::counted_by;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/notices", Action::ReadPublic, list),
        page("/notices/{competition_id}", Action::ReadPublic, notice),
        page("/notices/{competition_id}/lead", Action::ReadPublic, lead),
    ]
}

/// Where the period of a notice stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Running {
    /// It has not begun.
    Ahead,
    /// One may object now.
    Now,
    Over,
}

pub(super) fn running(request: &PageRequest, notice: &Notice) -> Running {
    match () {
        () if request.service.clock.now() > notice.deadline => Running::Over,
        () if request.today() < notice.from => Running::Ahead,
        () => Running::Now,
    }
}

fn running_tag(request: &PageRequest, notice: &Notice) -> Markup {
    match running(request, notice) {
        // What is said in a file stays said.
        _ if request.still => Markup::default(),
        Running::Ahead => tag(request.t("未开始", "not begun"), Tone::Neutral),
        Running::Now => tag(request.t("公示中", "on notice"), Tone::Active),
        Running::Over => tag(request.t("已结束", "over"), Tone::Neutral),
    }
}

/// How much of the period is left.
fn countdown(request: &PageRequest, calendar: &WorkingCalendar, notice: &Notice) -> Markup {
    if request.still {
        return Markup::default();
    }
    match running(request, notice) {
        Running::Ahead => banner(
            Tone::Neutral,
            &html! { p {
                (request.t("公示期自", "The period begins on ")) (request.date(notice.from)) (request.t("开始。", "."))
            } },
        ),
        Running::Over => banner(
            Tone::Neutral,
            &html! { p {
                (request.t("公示期已于", "The period ended on ")) (request.date(notice.until)) (request.t("结束，不再接收异议。", "; objections are no longer taken."))
            } },
        ),
        Running::Now => banner(
            Tone::Warning,
            &html! { p {
                @if let Ok(left) = calendar.working_days_between(request.today(), notice.until) {
                    strong {
                        @if request.is_chinese() { "公示期还剩" (left) "个工作日（含今天）。" }
                        @else { (count(left, "working day left", "working days left")) ", today included. " }
                    }
                }
                (request.t("异议截止：", "Objections until ")) (request.time(notice.deadline)) (request.t("。", "."))
            } },
        ),
    }
}

fn period(request: &PageRequest, notice: &Notice) -> Markup {
    html! {
        (request.date(notice.from)) " – " (request.date(notice.until))
        (request.either(
            format!("（{}个工作日，首日计入）", notice.days),
            format!(" ({}, first day counted)", count(notice.days, "working day", "working days")),
        ))
    }
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let found = notices::list(&request.service).await?;
    let table = Table::new(request.t("各届现行公示", "The notice that holds of each competition"), found.iter().map(|view| &view.notice))
        .head(request.t("竞赛", "Competition"), |notice| html! {
            a href=(request.link(&format!("/notices/{}", notice.competition))) { (&notice.title) }
        })
        .column(request.t("文号", "Document number"), |notice| &notice.document)
        .column(request.t("公示期", "Period"), |notice| period(&request, notice))
        .number(request.t("项数", "Names"), |notice| notice.entries.len())
        .column(request.t("状态", "State"), |notice| html! {
            @if request.still { "—" } @else { (running_tag(&request, notice)) }
        })
        .empty(request.t("目前没有公示。领导小组审议后，拟入选名单在这里公示，届时可以提出异议。", "Nothing is on notice. After the leading group has deliberated, the names proposed are put on notice here, and one may object."));
    let content = html! {
        (table.render())
    };
    Ok(Page::new(request.t("公示", "Notices"), content)
        .crumb("/", request.t("首页", "Home"))
        .data("/api/v1/notices"))
}

/// The notices of a competition with the one that holds, and the calendar of working days with its version.
struct Read {
    views: Vec<NoticeView>,
    calendar: WorkingCalendar,
    version: i32,
}

async fn read(request: &PageRequest, id: CompetitionId) -> Result<Read> {
    let views = notices::read(&request.service, id).await?;
    let calendar = data::working_days(&request.service, None).await?;
    Ok(Read { views, version: calendar.dataset.version, calendar: calendar.working_days })
}

fn title(request: &PageRequest, notice: &Notice) -> String {
    let list = request.t("拟入选名单公示", " – names proposed, on notice");
    format!("{}{list}", notice.title)
}

async fn notice(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("competition_id")?;
    let read = read(&request, id).await?;
    let latest = read.views.first().ok_or_else(Error::not_found)?;
    let notice = &latest.notice;
    let naming = Naming::of(&request, id).await?;
    let content = html! {
        (countdown(&request, &read.calendar, notice))
        (facts(&[
            (request.t("文号", "Document number"), html! { (&notice.document) }),
            (request.t("发布单位", "Issued by"), html! { (&notice.issuer) (request.t("，", ", ")) (request.time(latest.published_at)) }),
            (request.t("公示期", "Period"), html! {
                (period(&request, notice))
                br; span.muted { (counted_by(&request, &read.calendar, (notice.from, notice.until))) }
            }),
            (request.t("反映渠道", "Where to object"), channels(notice)),
        ]))
        @if !latest.reason.is_empty() {
            (banner(Tone::Warning, &html! { p {
                strong { (request.t("重新公示：", "Further notice: ")) } (&latest.reason)
            } }))
        }
        (names(&request, &notice.entries, &naming))
        (rules::equal_totals(&request, id, &naming.settings, ranked(&notice.entries))?)
        (open_data::licence(&request, &notice.licence))
        section.paper {
            h2 { (request.t("公示原文", "The notice in full")) }
            p.text lang="zh-CN" { (notice.text) }
            (print_button(&request))
        }
        (objections::section(&request, notice))
        (record(&request, id, &read.views))
    };
    Ok(Page::new(title(&request, notice), content)
        .crumb("/", request.t("首页", "Home"))
        .crumb("/notices", request.t("公示", "Notices"))
        .document(&printed::NOTICE, format!("/api/v1/competitions/{id}/notices"))
        .data(format!("/api/v1/competitions/{id}/notices"))
        .data("/api/v1/working-days")
        .data(format!("/api/v1/working-days/{}", read.version)))
}

/// Where objections go besides the form.
pub(super) fn channels(notice: &Notice) -> Markup {
    html! { ul { @for channel in &notice.channels { li { (channel) } } } }
}

/// The names of a list that the public reads.
pub(super) fn names(request: &PageRequest, entries: &[PublicEntry], naming: &Naming) -> Markup {
    let tracks = entries.iter().any(|entry| entry.track != entries[0].track);
    let places = entries.iter().any(|entry| entry.place.is_some());
    let caption =
        request.either(format!("名单（{}项）", entries.len()), format!("The list: {}", entries.len()));
    Table::new(caption, entries.iter().enumerate())
        .number(request.t("序号", "No."), |(index, _)| index + 1)
        .head(request.t("名称", "Name"), |(_, entry)| &entry.title)
        .column(request.t("称号", "Title"), |(_, entry)| &entry.award_name)
        .column(request.t("产业链", "Chain"), |(_, entry)| &entry.chain)
        .column(request.t("地区", "Regions"), |(_, entry)| entry.parties())
        .when(tracks, |table| {
            table.column(request.t("组别", "Track"), |(_, entry)| naming.track(&entry.track).to_owned())
        })
        .when(places, |table| {
            table
                .number(
                    request.t("名次", "Place"),
                    |(_, entry)| html! { @if let Some(place) = entry.place { (place) } },
                )
                .number(
                    request.t("得分", "Score"),
                    |(_, entry)| html! { @if let Some(score) = &entry.score { (score) } },
                )
        })
        .render()
}

/// Track, total and place of those of a list that says them.
pub(super) fn ranked(entries: &[PublicEntry]) -> impl Iterator<Item = (&str, &str, u64)> {
    entries.iter().filter_map(|entry| Some((entry.track.as_str(), entry.score.as_deref()?, entry.place?)))
}

/// By what the notice can be told again, and those before it.
fn record(request: &PageRequest, id: CompetitionId, views: &[NoticeView]) -> Markup {
    let Some((latest, earlier)) = views.split_first() else { return Markup::default() };
    html! {
        h2 { (request.t("存证", "On record")) }
        p { (request.t("本公示的摘要（SHA-256）：", "Digest of this notice (SHA-256): ")) code { (latest.digest) } }
        @if !latest.notice.draws.is_empty() {
            p { (request.t("抽取前冻结的候选名单与规则的摘要：", "Digests of the candidates and rules that were frozen before the panels were drawn:")) }
            ul { @for digest in &latest.notice.draws { li { code { (digest) } } } }
        }
        @if !earlier.is_empty() {
            details {
                summary { (request.t("以前的公示", "Earlier notices")) }
                ul {
                    @for view in earlier {
                        li {
                            (&view.notice.document) (request.t("，", ", ")) (period(request, &view.notice))
                            @let names = view.notice.entries.len();
                            (request.either(format!("，{names}项；摘要 "), format!(", {}; digest ", count(names, "name", "names")))) code { (view.digest) }
                        }
                    }
                }
                p.muted { (request.t("全文见页尾的数据。", "In full among the data below.")) }
            }
        }
        p { a href=(request.link(&format!("/editions/{id}"))) { (request.t("本届规则与指标", "Rules and rubric of this competition")) } }
    }
}

async fn lead(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("competition_id")?;
    let read = read(&request, id).await?;
    let notice = &read.views.first().ok_or_else(Error::not_found)?.notice;
    let content = html! {
        (countdown(&request, &read.calendar, notice))
        (objections::anonymous(&request, notice))
    };
    Ok(Page::new(request.t("匿名反映线索", "An anonymous lead"), content)
        .crumb("/notices", request.t("公示", "Notices"))
        .crumb(format!("/notices/{id}"), notice.title.as_str())
        .data(format!("/api/v1/competitions/{id}/notices")))
}
