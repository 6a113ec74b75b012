//! Notices: the names proposed, until when one may object, and the form to do it.

use super::super::parts::notice as banner;
use super::super::prelude::*;
use super::{Naming, objections, rules};
use crate::actions::data;
use crate::actions::notices::{self, NoticeView};
use crate::domain::ids::CompetitionId;
use crate::domain::notice::{Notice, PublicEntry};
use crate::domain::working_days::WorkingCalendar;

pub(super) fn pages() -> Vec<Page> {
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
    /// It is over.
    Over,
}

pub(super) fn running(asked: &Asked, notice: &Notice) -> Running {
    match () {
        () if asked.service.clock.now() > notice.deadline => Running::Over,
        () if asked.today() < notice.from => Running::Ahead,
        () => Running::Now,
    }
}

fn running_tag(asked: &Asked, notice: &Notice) -> Markup {
    match running(asked, notice) {
        // What is said in a file stays said.
        _ if asked.still => Markup::default(),
        Running::Ahead => tag(asked.t("未开始", "not begun"), Tone::Neutral),
        Running::Now => tag(asked.t("公示中", "running"), Tone::Active),
        Running::Over => tag(asked.t("已结束", "over"), Tone::Neutral),
    }
}

/// How much of the period is left.
fn countdown(asked: &Asked, calendar: &WorkingCalendar, notice: &Notice) -> Markup {
    if asked.still {
        return Markup::default();
    }
    match running(asked, notice) {
        Running::Ahead => banner(
            Tone::Neutral,
            &html! { p {
                (asked.t("公示期自", "The period begins on ")) (asked.date(notice.from)) (asked.t("开始。", "."))
            } },
        ),
        Running::Over => banner(
            Tone::Neutral,
            &html! { p {
                (asked.t("公示期已于", "The period ended on ")) (asked.date(notice.until)) (asked.t("结束，不再接收异议。", "; objections are no longer taken."))
            } },
        ),
        Running::Now => banner(
            Tone::Warning,
            &html! { p {
                @if let Ok(left) = calendar.working_days_between(asked.today(), notice.until) {
                    strong {
                        @if asked.is_chinese() { "公示期还剩" (left) "个工作日（含今天）。" }
                        @else if left == 1 { "1 working day left, today included. " }
                        @else { (left) " working days left, today included. " }
                    }
                }
                (asked.t("异议截止：", "One may object until ")) (asked.time(notice.deadline)) (asked.t("。", "."))
            } },
        ),
    }
}

fn period(asked: &Asked, notice: &Notice) -> Markup {
    html! {
        (asked.date(notice.from)) " – " (asked.date(notice.until))
        (asked.t("（", " (")) (notice.days) (asked.t("个工作日，首日计入）", " working days, the first one counted)"))
    }
}

async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let found = notices::list(&asked.service).await?;
    let table = Table::new(asked.t("各届现行公示", "The notice that holds of each edition"), found.iter().map(|view| &view.notice))
        .head(asked.t("竞赛", "Edition"), |notice| html! {
            a href=(asked.link(&format!("/notices/{}", notice.competition))) { (&notice.title) }
        })
        .column(asked.t("文号", "Document"), |notice| &notice.document)
        .column(asked.t("公示期", "Period"), |notice| period(&asked, notice))
        .number(asked.t("项数", "Names"), |notice| notice.entries.len())
        .column(asked.t("状态", "State"), |notice| html! {
            @if asked.still { "—" } @else { (running_tag(&asked, notice)) }
        })
        .empty(asked.t("目前没有公示。领导小组审议后，拟入选名单在这里公示，届时可以提出异议。", "Nothing is on notice. After the leading group has deliberated, the names proposed are put on notice here, and one may object."));
    let content = html! {
        (table.render())
    };
    Ok(Shown::new(asked.t("公示", "Notices"), content)
        .crumb("/", asked.t("首页", "Home"))
        .data("/api/v1/notices"))
}

/// The notices of an edition with the one that holds, and the calendar of working days with its version.
struct Read {
    views: Vec<NoticeView>,
    calendar: WorkingCalendar,
    version: i32,
}

async fn read(asked: &Asked, id: CompetitionId) -> Result<Read> {
    let views = notices::read(&asked.service, id).await?;
    let calendar = data::working_days(&asked.service, None).await?;
    Ok(Read { views, version: calendar.version.version, calendar: calendar.working_days })
}

fn title(asked: &Asked, notice: &Notice) -> String {
    let list = asked.t("拟入选名单公示", " – names proposed, on notice");
    format!("{}{list}", notice.title)
}

async fn notice(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("competition_id")?;
    let read = read(&asked, id).await?;
    let latest = read.views.first().ok_or_else(Error::not_found)?;
    let notice = &latest.notice;
    let naming = Naming::of(&asked, id).await?;
    let content = html! {
        (countdown(&asked, &read.calendar, notice))
        (facts(&[
            (asked.t("文号", "Document"), html! { (&notice.document) }),
            (asked.t("发布", "Issued by"), html! { (&notice.issuer) (asked.t("，", ", ")) (asked.time(latest.published_at)) }),
            (asked.t("公示期", "Period"), period(&asked, notice)),
            (asked.t("反映渠道", "Where to object"), channels(notice)),
        ]))
        @if !latest.reason.is_empty() {
            (banner(Tone::Warning, &html! { p {
                strong { (asked.t("重新公示：", "On notice again: ")) } (&latest.reason)
            } }))
        }
        (names(&asked, &notice.entries, &naming))
        (rules::equal_totals(&asked, id, &naming.settings, ranked(&notice.entries))?)
        section.paper {
            h2 { (asked.t("公示原文", "The notice in full")) }
            p.text lang="zh-CN" { (notice.text) }
            (print_button(&asked))
        }
        (objections::section(&asked, notice))
        (record(&asked, id, &read.views))
    };
    Ok(Shown::new(title(&asked, notice), content)
        .crumb("/", asked.t("首页", "Home"))
        .crumb("/notices", asked.t("公示", "Notices"))
        .data(format!("/api/v1/notices/{id}"))
        .data("/api/v1/working-days")
        .data(format!("/api/v1/working-days/{}", read.version)))
}

/// Where objections go besides the form.
pub(super) fn channels(notice: &Notice) -> Markup {
    html! { ul { @for channel in &notice.channels { li { (channel) } } } }
}

/// The names of a list that the public reads.
pub(super) fn names(asked: &Asked, entries: &[PublicEntry], naming: &Naming) -> Markup {
    let tracks = entries.iter().any(|entry| entry.track != entries[0].track);
    let places = entries.iter().any(|entry| entry.place.is_some());
    let caption =
        asked.either(format!("名单（{}项）", entries.len()), format!("The list: {}", entries.len()));
    Table::new(caption, entries.iter().enumerate())
        .number(asked.t("序号", "No."), |(index, _)| index + 1)
        .head(asked.t("名称", "Name"), |(_, entry)| &entry.title)
        .column(asked.t("称号", "Title"), |(_, entry)| &entry.award_name)
        .column(asked.t("产业链", "Chain"), |(_, entry)| &entry.chain)
        .column(asked.t("地区", "Regions"), |(_, entry)| entry.parties())
        .when(tracks, |table| {
            table.column(asked.t("组别", "Track"), |(_, entry)| naming.track(&entry.track).to_owned())
        })
        .when(places, |table| {
            table
                .number(
                    asked.t("名次", "Place"),
                    |(_, entry)| html! { @if let Some(place) = entry.place { (place) } },
                )
                .number(
                    asked.t("得分", "Score"),
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
fn record(asked: &Asked, id: CompetitionId, views: &[NoticeView]) -> Markup {
    let Some((latest, earlier)) = views.split_first() else { return Markup::default() };
    html! {
        h2 { (asked.t("存证", "On record")) }
        p { (asked.t("本公示的摘要（SHA-256）：", "Digest of this notice (SHA-256): ")) code { (latest.digest) } }
        @if !latest.notice.draws.is_empty() {
            p { (asked.t("抽取前冻结的候选名单与规则的摘要：", "Digests of the candidates and rules that were frozen before the panels were drawn:")) }
            ul { @for digest in &latest.notice.draws { li { code { (digest) } } } }
        }
        @if !earlier.is_empty() {
            details {
                summary { (asked.t("以前的公示", "Earlier notices")) }
                ul {
                    @for view in earlier {
                        li {
                            (&view.notice.document) (asked.t("，", ", ")) (period(asked, &view.notice))
                            (asked.t("，", ", ")) (view.notice.entries.len()) (asked.t("项；摘要 ", " names; digest ")) code { (view.digest) }
                        }
                    }
                }
                p.muted { (asked.t("全文见页尾的数据。", "In full among the data below.")) }
            }
        }
        p { a href=(asked.link(&format!("/editions/{id}"))) { (asked.t("本届规则与指标", "Rules and rubric of this edition")) } }
    }
}

async fn lead(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("competition_id")?;
    let read = read(&asked, id).await?;
    let notice = &read.views.first().ok_or_else(Error::not_found)?.notice;
    let content = html! {
        (countdown(&asked, &read.calendar, notice))
        (objections::anonymous(&asked, notice))
    };
    Ok(Shown::new(asked.t("匿名反映线索", "An anonymous lead"), content)
        .crumb("/notices", asked.t("公示", "Notices"))
        .crumb(format!("/notices/{id}"), notice.title.as_str())
        .data(format!("/api/v1/notices/{id}")))
}
