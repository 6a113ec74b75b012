//! Versions of the catalogue and of the calendar of working days, for everybody.

use super::super::prelude::*;
use crate::actions::Page as Part;
use crate::actions::data::{self, DatasetView, Kind};
use crate::domain::catalogue::{Advantage, Catalogue, RegionKind};
use crate::domain::working_days::{WorkingCalendar, YearArrangement};
use crate::http::pages::whereabouts::{after_an_act, of_reference_data};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("/catalogues", Action::ReadPublic, catalogues),
        page("/catalogues/{version}", Action::ReadPublic, catalogue),
        page("/working-days", Action::ReadPublic, calendars),
        page("/working-days/{version}", Action::ReadPublic, calendar),
    ]
}

/// Versions on a page.
const VERSIONS: usize = 50;

/// The two kinds of reference data.
fn kinds(asked: &Asked, current: &str) -> Markup {
    let views = [
        ("/catalogues".to_owned(), asked.t("产业链与地区目录", "Catalogue of chains and regions")),
        ("/working-days".to_owned(), asked.t("工作日历", "Working days")),
    ];
    tabs(asked, asked.t("基础数据", "Reference data"), &views, current)
}

/// A list of versions; each has its page below `place`.
pub(super) fn versions(asked: &Asked, place: &str, page: &Part<DatasetView>) -> Markup {
    let table = Table::new(asked.t("各版本，最新的在前；最新的一版现行有效", "Versions, newest first; the newest one holds"), &page.items)
        .head(asked.t("版本", "Version"), |version| html! {
            a href=(asked.link(&format!("{place}/{}", version.version))) { (numbered(asked, version.version)) }
        })
        .text(asked.t("依据", "Why"), |version| &version.reason)
        .column(asked.t("导入时间", "Imported"), |version| asked.time(version.imported_at))
        .column(asked.t("摘要", "Digest"), |version| html! { code { (version.digest.to_string()[..12]) "…" } });
    html! { (table.render()) (List::new(asked, place).pages(page.next_cursor.as_deref())) }
}

pub(super) fn numbered(asked: &Asked, version: i32) -> String {
    if asked.is_chinese() { format!("第{version}版") } else { format!("Version {version}") }
}

async fn list(asked: &Asked, kind: Kind, place: &str, title: &str, lead: &str) -> Result<Shown> {
    let page = data::versions(&asked.service, kind, asked.parameter("cursor"), VERSIONS).await?;
    let content = html! {
        (kinds(asked, place))
        p.lead { (lead) }
        (versions(asked, place, &page))
        p { a href=(asked.link(&format!("{place}/import"))) { (asked.t("导入新版本（管理员、办公室）", "Import a new version (administrators, the office)")) } }
    };
    Ok(Shown::new(title, content).data(format!("/api/v1{place}")))
}

async fn catalogues(asked: Rc<Asked>) -> Result<Shown> {
    let title = asked.t("产业链与地区目录", "Catalogue of chains and regions");
    let lead = asked.t(
        "集群、重点产业链和地区。版本只增不改；进行中的竞赛沿用其设置所写的版本。",
        "Clusters, key chains and regions. Versions are only added; editions under way keep the version that their settings name.",
    );
    list(&asked, Kind::Catalogue, "/catalogues", title, lead).await
}

async fn calendars(asked: Rc<Asked>) -> Result<Shown> {
    let title = asked.t("工作日历", "Working days");
    let lead = asked.t(
        "法定节假日和调休上班日。公示期、补正期等按工作日计算。",
        "Public holidays and make-up days. Notices and corrections are counted in working days.",
    );
    list(&asked, Kind::WorkingDays, "/working-days", title, lead).await
}

fn about(asked: &Asked, version: &DatasetView, source: &str) -> Markup {
    facts(&[
        (asked.t("版本", "Version"), html! { (numbered(asked, version.version)) }),
        (asked.t("依据", "Why"), html! { span.text { (version.reason) } }),
        (asked.t("来源", "Source"), html! { (source) }),
        (asked.t("导入时间", "Imported"), asked.time(version.imported_at)),
        (asked.t("摘要", "Digest"), html! { code { (version.digest) } }),
    ])
}

async fn catalogue(asked: Rc<Asked>) -> Result<Shown> {
    let view = data::catalogue(&asked.service, Some(asked.id("version")?)).await?;
    let number = view.version.version;
    let content = html! {
        (after_an_act(&asked, &of_reference_data(&asked)))
        (about(&asked, &view.version, &view.catalogue.source_note))
        h2 { (asked.t("集群与产业链", "Clusters and chains")) }
        (chains(&asked, &view.catalogue))
        h2 { (asked.t("地区", "Regions")) }
        (regions(&asked, &view.catalogue))
    };
    let title = format!("{} {}", asked.t("产业链与地区目录", "Catalogue"), numbered(&asked, number));
    Ok(Shown::new(title, content)
        .crumb("/catalogues", asked.t("产业链与地区目录", "Catalogue"))
        .data(format!("/api/v1/catalogues/{number}")))
}

fn chains(asked: &Asked, catalogue: &Catalogue) -> Markup {
    let (yes, no) = (asked.t("是", "Yes"), asked.t("否", "No"));
    let advantage = |advantage| match advantage {
        Advantage::Yes => yes,
        Advantage::No => no,
        Advantage::Unknown => asked.t("未知", "Not known"),
    };
    Table::new(asked.t("重点产业链", "Key chains"), catalogue.chains())
        .column(asked.t("集群", "Cluster"), |(cluster, _)| html! { (cluster.no) " " (cluster.name) })
        .number(asked.t("序号", "No."), |(_, chain)| chain.no.to_string())
        .head(asked.t("产业链", "Chain"), |(_, chain)| &chain.name)
        .column(asked.t("卓越提升", "To be raised to excellence"), |(_, chain)| {
            if chain.excellence_target { yes } else { no }
        })
        .column(asked.t("优势产业链", "Advantage chain"), |(_, chain)| {
            html! {
                (advantage(chain.advantage))
                @if let Some(note) = &chain.source_note { br; span.muted { (note) } }
            }
        })
        .render()
}

fn regions(asked: &Asked, catalogue: &Catalogue) -> Markup {
    let cities = catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
    Table::new(asked.t("设区市及其县（市、区）和开发区", "Cities with their counties and zones"), cities)
        .head(asked.t("设区市", "City"), |city| html! { (city.name) " " (city.code) })
        .column(asked.t("县（市、区）、开发区", "Counties and zones"), |city| {
            html! {
                @for region in catalogue.regions.iter().filter(|region| region.parent == city.code) {
                    (region.name) " " span.muted { (region.code) } " "
                }
            }
        })
        .render()
}

async fn calendar(asked: Rc<Asked>) -> Result<Shown> {
    let view = data::working_days(&asked.service, Some(asked.id("version")?)).await?;
    let number = view.version.version;
    let content = html! {
        (after_an_act(&asked, &of_reference_data(&asked)))
        (about(&asked, &view.version, &view.working_days.source_note))
        (years(&asked, &view.working_days))
    };
    let title = format!("{} {}", asked.t("工作日历", "Working days"), numbered(&asked, number));
    Ok(Shown::new(title, content)
        .crumb("/working-days", asked.t("工作日历", "Working days"))
        .data(format!("/api/v1/working-days/{number}")))
}

fn years(asked: &Asked, calendar: &WorkingCalendar) -> Markup {
    let dates = |year: &YearArrangement, holidays: bool| {
        let days = if holidays { &year.holidays } else { &year.make_up_days };
        html! {
            @if days.is_empty() { (asked.t("无", "None")) }
            @for (index, day) in days.iter().enumerate() { @if index > 0 { (asked.t("、", ", ")) } (asked.date(*day)) }
        }
    };
    html! {
        @for year in &calendar.years {
            h2 { (year.year) }
            (facts(&[
                (asked.t("文号", "Document"), html! { (year.document.as_deref().unwrap_or(asked.t("未注明", "Not stated"))) }),
                (asked.t("放假", "Days off"), dates(year, true)),
                (asked.t("调休上班", "Worked weekends"), dates(year, false)),
            ]))
        }
    }
}
