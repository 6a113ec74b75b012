//! Versions of the catalogue and of the calendar of working days, for everybody.

use chrono::{Datelike, NaiveDate};

use super::super::prelude::*;
use crate::actions::Page as Part;
use crate::actions::data::{self, DatasetView, Kind};
use crate::domain::catalogue::{Advantage, Catalogue, RegionKind};
use crate::domain::working_days::{WorkingCalendar, YearArrangement};
use crate::http::pages::whereabouts::{after_an_act, of_reference_data};

pub(super) fn pages() -> Vec<PageRoute> {
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
fn kinds(request: &PageRequest, current: &str) -> Markup {
    let views = [
        ("/catalogues".to_owned(), request.t("产业链与地区目录", "Catalogue of chains and regions")),
        ("/working-days".to_owned(), request.t("工作日历", "Working days")),
    ];
    tabs(request, request.t("基础数据", "Reference data"), &views, current)
}

/// A list of versions; each has its page below `place`.
pub(super) fn versions(request: &PageRequest, place: &str, page: &Part<DatasetView>) -> Markup {
    let table = Table::new(request.t("各版本，最新的在前；最新的一版现行有效", "Versions, newest first; the newest one holds"), &page.items)
        .head(request.t("版本", "Version"), |version| html! {
            a href=(request.link(&format!("{place}/{}", version.version))) { (numbered(request, version.version)) }
        })
        .text(request.t("依据", "Basis"), |version| &version.reason)
        .column(request.t("导入时间", "Imported"), |version| request.time(version.imported_at))
        .column(request.t("摘要", "Digest"), |version| html! { code { (version.digest.to_string()[..12]) "…" } });
    html! { (table.render()) (List::new(request, place).pages(page.next_cursor.as_deref())) }
}

pub(super) fn numbered(request: &PageRequest, version: i32) -> String {
    if request.is_chinese() { format!("第{version}版") } else { format!("Version {version}") }
}

async fn list(request: &PageRequest, kind: Kind, place: &str, title: &str, lead: &str) -> Result<Page> {
    let page = data::versions(&request.service, kind, request.parameter("cursor"), VERSIONS).await?;
    let content = html! {
        (kinds(request, place))
        p.lead { (lead) }
        (versions(request, place, &page))
        p { a href=(request.link(&format!("{place}/import"))) { (request.t("导入新版本（管理员、办公室）", "Import a new version (administrators, the office)")) } }
    };
    Ok(Page::new(title, content).data(format!("/api/v1{place}")))
}

async fn catalogues(request: Rc<PageRequest>) -> Result<Page> {
    let title = request.t("产业链与地区目录", "Catalogue of chains and regions");
    let lead = request.t(
        "集群、重点产业链和地区。版本只增不改；进行中的竞赛沿用其设置所写的版本。",
        "Clusters, key chains and regions. Versions are only added; competitions under way keep the version that their settings name.",
    );
    list(&request, Kind::Catalogue, "/catalogues", title, lead).await
}

async fn calendars(request: Rc<PageRequest>) -> Result<Page> {
    let title = request.t("工作日历", "Working days");
    let lead = request.t(
        "法定节假日和调休上班日，依据国务院办公厅每年的节假日安排通知，各年文号见各版本。公示期、补正期等按工作日计算。",
        "Public holidays and make-up days, by the yearly notices of the State Council's general office, whose document numbers each version has. Notices and corrections are counted in working days.",
    );
    list(&request, Kind::WorkingDays, "/working-days", title, lead).await
}

fn about(request: &PageRequest, version: &DatasetView, source: &str) -> Markup {
    facts(&[
        (request.t("版本", "Version"), html! { (numbered(request, version.version)) }),
        (request.t("依据", "Basis"), html! { span.text { (version.reason) } }),
        (request.t("来源", "Source"), html! { (source) }),
        (request.t("导入时间", "Imported"), request.time(version.imported_at)),
        (request.t("摘要", "Digest"), html! { code { (version.digest) } }),
    ])
}

async fn catalogue(request: Rc<PageRequest>) -> Result<Page> {
    let view = data::catalogue(&request.service, Some(request.id("version")?)).await?;
    let number = view.dataset.version;
    let content = html! {
        (after_an_act(&request, &of_reference_data(&request)))
        (about(&request, &view.dataset, &view.catalogue.source_note))
        h2 { (request.t("集群与产业链", "Clusters and chains")) }
        (chains(&request, &view.catalogue))
        h2 { (request.t("地区", "Regions")) }
        (regions(&request, &view.catalogue))
    };
    let title = format!(
        "{} {}",
        request.t("产业链与地区目录", "Catalogue of chains and regions"),
        numbered(&request, number)
    );
    Ok(Page::new(title, content)
        .crumb("/catalogues", request.t("产业链与地区目录", "Catalogue of chains and regions"))
        .data(format!("/api/v1/catalogues/{number}")))
}

fn chains(request: &PageRequest, catalogue: &Catalogue) -> Markup {
    let (yes, no) = (request.t("是", "Yes"), request.t("否", "No"));
    let advantage = |advantage| match advantage {
        Advantage::Yes => yes,
        Advantage::No => no,
        Advantage::Unknown => request.t("未知", "Unknown"),
    };
    Table::new(request.t("重点产业链", "Key chains"), catalogue.chains())
        .column(request.t("集群", "Cluster"), |(cluster, _)| html! { (cluster.no) " " (cluster.name) })
        .number(request.t("序号", "No."), |(_, chain)| chain.no.to_string())
        .head(request.t("产业链", "Chain"), |(_, chain)| &chain.name)
        .column(request.t("卓越提升", "Excellence target"), |(_, chain)| {
            if chain.excellence_target { yes } else { no }
        })
        .column(request.t("优势产业链", "Advantage chain"), |(_, chain)| {
            html! {
                (advantage(chain.advantage))
                @if let Some(note) = &chain.source_note { br; span.muted { (note) } }
            }
        })
        .render()
}

fn regions(request: &PageRequest, catalogue: &Catalogue) -> Markup {
    let cities = catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
    Table::new(request.t("设区市及其县（市、区）和开发区", "Cities with their counties and zones"), cities)
        .head(request.t("设区市", "City"), |city| html! { (city.name) " " (city.code) })
        .column(request.t("县（市、区）、开发区", "Counties and zones"), |city| {
            html! {
                @for region in catalogue.regions.iter().filter(|region| region.parent == city.code) {
                    (region.name) " " span.muted { (region.code) } " "
                }
            }
        })
        .render()
}

async fn calendar(request: Rc<PageRequest>) -> Result<Page> {
    let view = data::working_days(&request.service, Some(request.id("version")?)).await?;
    let number = view.dataset.version;
    let content = html! {
        (after_an_act(&request, &of_reference_data(&request)))
        (about(&request, &view.dataset, &view.working_days.source_note))
        (years(&request, &view.working_days))
    };
    let title = format!("{} {}", request.t("工作日历", "Working days"), numbered(&request, number));
    Ok(Page::new(title, content)
        .crumb("/working-days", request.t("工作日历", "Working days"))
        .data(format!("/api/v1/working-days/{number}")))
}

/// Under which official notices days are counted between two days.
pub(in crate::http::pages) fn counted_by(
    request: &PageRequest,
    calendar: &WorkingCalendar,
    (first, last): (NaiveDate, NaiveDate),
) -> Markup {
    let years = first.year()..=last.year();
    let named: Vec<String> = calendar
        .years
        .iter()
        .filter(|year| years.contains(&year.year))
        .filter_map(|year| {
            let document = year.document.as_deref()?;
            Some(request.either(format!("{}年：{document}", year.year), format!("{}: {document}", year.year)))
        })
        .collect();
    html! {
        (request.t("工作日按国务院办公厅节假日安排通知计算", "Working days are counted by the notices of the State Council on public holidays"))
        @if !named.is_empty() {
            (request.t("（", " (")) (named.join(request.t("；", "; "))) (request.t("）", ")"))
        }
        (request.t("。", "."))
    }
}

fn years(request: &PageRequest, calendar: &WorkingCalendar) -> Markup {
    let dates = |year: &YearArrangement, holidays: bool| {
        let days = if holidays { &year.holidays } else { &year.make_up_days };
        html! {
            @if days.is_empty() { (request.t("无", "None")) }
            @for (index, day) in days.iter().enumerate() { @if index > 0 { (request.t("、", ", ")) } (request.date(*day)) }
        }
    };
    html! {
        @for year in &calendar.years {
            h2 { (year.year) }
            (facts(&[
                (request.t("文号", "Document number"), html! { (year.document.as_deref().unwrap_or(request.t("未注明", "Not stated"))) }),
                (request.t("放假", "Days off"), dates(year, true)),
                (request.t("调休上班", "Worked weekends"), dates(year, false)),
            ]))
        }
    }
}
