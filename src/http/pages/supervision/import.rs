//! Importing reference data: a new version is shown as what it changes, then imported with its reason.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::super::prelude::*;
use super::data::{numbered, versions};
use crate::actions::data::{self, Import, Kind, PreviewView};
use crate::domain::catalogue::{Catalogue, CatalogueChanges, Change, RegionKind};
use crate::domain::difference::Difference;
use crate::domain::working_days::{WorkingCalendar, YearArrangement};
use crate::http::pages::fields::{Fields, document, sent};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/catalogues/import", Action::ImportData, catalogue),
        page("/working-days/import", Action::ImportData, working_days),
    ]
}

pub(super) fn reveals() -> Vec<Reveal> {
    vec![
        Reveal { method: Method::Post, path: "/api/v1/catalogues/preview", show: catalogue_changes },
        Reveal { method: Method::Post, path: "/api/v1/working-days/preview", show: calendar_changes },
    ]
}

/// Versions that are listed beside the form.
const LISTED: usize = 5;
/// Lines for the days off of a year.
const DATES: u8 = 8;

/// The two kinds of reference data, and the ways to give each.
fn ways(request: &PageRequest, current: &str) -> Markup {
    let views = [
        ("/catalogues/import".to_owned(), request.t("产业链表", "Table of chains")),
        ("/catalogues/import?content=zone".to_owned(), request.t("增加开发区", "Add a zone")),
        ("/catalogues/import?content=regions".to_owned(), request.t("地区表", "Table of regions")),
        (
            "/catalogues/import?content=whole".to_owned(),
            request.t("整份目录（JSON）", "Whole catalogue (JSON)"),
        ),
        ("/working-days/import".to_owned(), request.t("工作日历", "Working days")),
        (
            "/working-days/import?content=whole".to_owned(),
            request.t("工作日历（JSON）", "Working days (JSON)"),
        ),
    ];
    tabs(request, request.t("导入内容", "What to import"), &views, current)
}

fn preview_form<'a>(request: &'a PageRequest, place: &str, base: i32) -> Form<'a> {
    request
        .form(Method::Post, format!("/api/v1{place}/preview"))
        .hidden("/base_version:whole", base.to_string())
        // Which the preview does not look at; the import asks for it.
        .hidden("/reason", "-")
}

fn import_form(request: &PageRequest, kind: Kind) -> Form<'_> {
    let form = match kind {
        Kind::Catalogue => request.form(Method::Post, "/api/v1/catalogues").next("/catalogues/{version}"),
        Kind::WorkingDays => {
            request.form(Method::Post, "/api/v1/working-days").next("/working-days/{version}")
        }
    };
    form.once().done("已导入为新版本。", "Imported as a new version.")
}

/// What the fields of a form give.
fn given(fields: &Fields) -> Value {
    let base = sent(fields, "_base").and_then(|text| serde_json::from_str(text).ok());
    document(fields, base).value
}

/// The one content that the fields of a form give: the name of its field and the field's text.
fn content_of(fields: &Fields) -> Option<(&'static str, String)> {
    let given = given(fields);
    let names = [
        ("catalogue", "/catalogue:json"),
        ("chains_csv", "/chains_csv"),
        ("regions_csv", "/regions_csv"),
        ("zone", "/zone:json"),
        ("working_days", "/working_days:json"),
    ];
    names.into_iter().find_map(|(member, name)| {
        let text = match given.get(member)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some((name, text))
    })
}

/// The second step: why, and the button that imports what was looked at.
fn confirmation(request: &PageRequest, kind: Kind, fields: &Fields) -> Markup {
    let base = sent(fields, "/base_version:whole").unwrap_or_default();
    let mut form = import_form(request, kind).hidden("/base_version:whole", base);
    if let Some((name, text)) = content_of(fields) {
        form = form.hidden(name, text);
    }
    html! {
        (notice(Tone::Warning, &html! { p { (request.t(
            "导入后成为现行版本，不能撤销；进行中的竞赛沿用其设置所写的版本。",
            "Once imported it holds and can't be taken back; competitions under way keep the version that their settings name.",
        )) } }))
        (form.render(&html! {
            (form.field(&Field::area("/reason", request.t("依据", "Basis"), 2)
                .hint(request.t("依据的文件及文号，如“国办发明电〔2026〕X号”", "The document that it follows, with its number")).required()))
            (form.danger("导入为新版本", "Import as a new version"))
        }))
    }
}

/// The second step again, where it was begun and failed: what would change, if that can still be told, and the form.
async fn begun(request: &PageRequest, kind: Kind) -> Result<Option<Markup>> {
    let Some(fields) = import_form(request, kind).carried().map(|carried| carried.fields.clone()) else {
        return Ok(None);
    };
    let mut list = Markup::default();
    if let Ok(import) = serde_json::from_value::<Import>(given(&fields))
        && let Ok(preview) = data::preview(&request.service, &request.context, kind, import).await
    {
        list = listed(request, kind, &fields, &preview)?;
    }
    Ok(Some(html! { (list) (confirmation(request, kind, &fields)) }))
}

async fn shown(request: &PageRequest, kind: Kind, place: &str, current: &str, form: Markup) -> Result<Page> {
    let known = data::versions(&request.service, kind, None, LISTED).await?;
    let begun = begun(request, kind).await?;
    let content = html! {
        (ways(request, current))
        (begun.unwrap_or(form))
        h2 { (request.t("已有版本", "Versions")) }
        (versions(request, place, &known))
    };
    let mut shown = Page::new(request.t("导入基础数据", "Import reference data"), content)
        .crumb(
            place,
            match kind {
                Kind::Catalogue => request.t("产业链与地区目录", "Catalogue of chains and regions"),
                Kind::WorkingDays => request.t("工作日历", "Working days"),
            },
        )
        .data(format!("/api/v1{place}"));
    if let Some(newest) = known.items.first() {
        shown = shown.data(format!("/api/v1{place}/{}", newest.version));
    }
    Ok(shown)
}

/// A field for the text of a table or document, and one for the same as a file, which stands behind it as the last of a
/// name is what counts.
fn text_or_file(request: &PageRequest, form: &Form, name: &str, text: &str, accept: &str) -> Markup {
    html! {
        (form.field(&Field::area(name, request.t("内容", "Content"), 16).value(text).silent()))
        (form.field(&Field::file(name, request.t("或选择文件", "Or a file"), accept)
            .hint(request.t("文本文件，可由 Excel、WPS 存成；选择文件后，上面的内容不用", "A file of text, as Excel and WPS save it; with a file the text above is not used"))))
        div.buttons { button type="submit" { (request.t("查看将发生的变化", "Show what would change")) } }
    }
}

async fn catalogue(request: Rc<PageRequest>) -> Result<Page> {
    let newest = data::catalogue(&request.service, None).await?;
    let form = preview_form(&request, "/catalogues", newest.dataset.version).files();
    let (current, lead, fields) = match request.parameter::<String>("content").as_deref() {
        Some("regions") => (
            "/catalogues/import?content=regions",
            request.t("列：代码、名称、类别（设区市、县（市、区）、开发区）、上级代码。整表替换。", "Columns: code, name, kind (city, county, zone), parent. The table is replaced as a whole."),
            text_or_file(&request, &form, "/regions_csv", &newest.catalogue.regions_csv(), ".csv,text/csv"),
        ),
        Some("zone") => (
            "/catalogues/import?content=zone",
            request.t("目录只收录了部分开发区。在此逐个添加国家级、省级开发区；之后在竞赛设置中改用新版目录，该开发区即可申报。", "The catalogue has some of the zones only. Add a national or provincial one here; once a competition uses the new version, the zone can apply."),
            zone(&request, &form, &newest.catalogue),
        ),
        Some("whole") => (
            "/catalogues/import?content=whole",
            request.t("整份目录：来源、集群与产业链、地区。", "The whole catalogue: source, clusters with chains, regions."),
            text_or_file(&request, &form, "/catalogue:json", &pretty(&newest.catalogue), ".json,application/json"),
        ),
        _ => (
            "/catalogues/import",
            request.t("列：集群序号、集群名称、产业链序号、产业链名称、是否卓越提升（是/否）、是否优势产业链（是/否/未知）、来源。整表替换；可在表格软件中修改后存为 CSV。", "Columns: cluster number and name, chain number and name, to be raised to excellence (yes/no), advantage chain (yes/no/unknown), source. The table is replaced as a whole; edit it in a spreadsheet and save as CSV."),
            text_or_file(&request, &form, "/chains_csv", &newest.catalogue.chains_csv(), ".csv,text/csv"),
        ),
    };
    let first = html! {
        p.lead { (based(&request, newest.dataset.version)) }
        p { (lead) }
        (form.render(&fields))
    };
    shown(&request, Kind::Catalogue, "/catalogues", current, first).await
}

/// The fields of a zone that the catalogue lacks.
fn zone(request: &PageRequest, form: &Form, catalogue: &Catalogue) -> Markup {
    let cities = catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
    let cities = cities.map(|city| (city.code.to_string(), format!("{}（{}）", city.name, city.code)));
    let none = (String::new(), request.t("请选择", "Choose").to_owned());
    html! {
        input type="hidden" name="/zone/kind:key" value=(RegionKind::Zone);
        (form.field(&Field::text("/zone/name", request.t("开发区名称", "Name of the zone"))
            .hint(request.t("批准文件上的全称，如“苏州工业园区”", "In full, as it was approved")).required()))
        (form.field(&Field::text("/zone/code", request.t("地区代码", "Region code"))
            .hint(request.t("六位数字，不与目录中的代码重复；没有统一代码的由办公室自编", "Six digits that the catalogue does not have yet; the office makes one where there is none")).required().short()))
        (form.field(&Field::select("/zone/parent", request.t("设区市", "City"), std::iter::once(none).chain(cities)).required()))
        div.buttons { button type="submit" { (request.t("查看将发生的变化", "Show what would change")) } }
    }
}

fn based(request: &PageRequest, version: i32) -> String {
    let version = numbered(request, version);
    if request.is_chinese() {
        format!("在现行的{version}上修改。先查看变化，再写明依据导入。")
    } else {
        format!("{version} holds. Change it below and look at what would change; then say why, and import.")
    }
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

async fn working_days(request: Rc<PageRequest>) -> Result<Page> {
    let newest = data::working_days(&request.service, None).await?;
    let form = preview_form(&request, "/working-days", newest.dataset.version);
    let whole = request.parameter::<String>("content").as_deref() == Some("whole");
    let (current, form) = if whole {
        let form = form.files();
        let text = pretty(&newest.working_days);
        let fields = text_or_file(&request, &form, "/working_days:json", &text, ".json,application/json");
        ("/working-days/import?content=whole", form.render(&fields))
    } else {
        let form = form.base(&serde_json::json!({ "working_days": newest.working_days }));
        ("/working-days/import", form.render(&years(&request, &form, &newest.working_days)))
    };
    let first = html! { p.lead { (based(&request, newest.dataset.version)) } (form) };
    shown(&request, Kind::WorkingDays, "/working-days", current, first).await
}

/// A calendar year by year: first a year to be added, then those that are known, newest first.
fn years(request: &PageRequest, form: &Form, calendar: &WorkingCalendar) -> Markup {
    let add = request.t("增加一年（不增加则留空）", "Add a year (leave it empty to add none)");
    let known = calendar.years.iter().enumerate().rev();
    html! {
        (year(request, form, calendar.years.len(), None, add))
        // What is wrong must be in sight.
        details open[form.carried().is_some()] {
            summary { (request.t("修改已有的年份和来源", "Change years that are known, and the source")) }
            (form.field(&Field::text("/working_days/source_note", request.t("来源", "Source")).value(&calendar.source_note).required()))
            @for (index, known) in known { (year(request, form, index, Some(known), &known.year.to_string())) }
        }
        div.buttons { button type="submit" { (request.t("查看将发生的变化", "Show what would change")) } }
    }
}

/// The fields of one year.
fn year(
    request: &PageRequest,
    form: &Form,
    index: usize,
    year: Option<&YearArrangement>,
    legend: &str,
) -> Markup {
    let at = |member: &str| format!("/working_days/years/{index}/{member}");
    let lines = |days: &[NaiveDate]| days.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let hint = request.t("每行一天，如 2027-02-08", "A day a line, such as 2027-02-08");
    let (number, document, holidays, worked) = match year {
        Some(year) => (
            year.year.to_string(),
            year.document.clone().unwrap_or_default(),
            lines(&year.holidays),
            lines(&year.make_up_days),
        ),
        None => Default::default(),
    };
    html! {
        fieldset.group {
            legend { (legend) }
            (form.field(&Field::number(at("year:whole"), request.t("年份", "Year")).value(number).short().silent()))
            (form.field(&Field::text(at("document:null"), request.t("文号", "Document number")).value(document).medium()))
            (form.field(&Field::area(at("holidays:lines"), request.t("放假日（含周末）", "Days off (weekends too)"), DATES)
                .hint(hint).value(holidays).silent()))
            (form.field(&Field::area(at("make_up_days:lines"), request.t("调休上班的周末", "Worked weekend days"), DATES / 2)
                .hint(hint).value(worked).silent()))
        }
    }
}

fn preview_of(answer: &Value) -> Result<PreviewView> {
    serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))
}

/// What an import would change, and the second step.
fn changes(request: &PageRequest, kind: Kind, fields: &Fields, preview: &PreviewView) -> Result<Page> {
    let list = listed(request, kind, fields, preview)?;
    let content = html! {
        @if preview.changes_nothing {
            (notice(Tone::Active, &html! { p { (request.t("与现行版本相同，没有变化，无需导入。", "This is the same as the version that holds; there is nothing to import.")) } }))
            p { a href=(request.link(&request.here)) { (request.t("返回修改", "Go back and change it")) } }
        } @else {
            p.lead { (numbered(request, preview.base_version)) " → " (numbered(request, preview.base_version + 1)) }
            h2 { (request.t("将发生的变化", "What would change")) }
            (list)
            h2 { (request.t("导入", "Import")) }
            (confirmation(request, kind, fields))
            p { a href=(request.link(&request.here)) { (request.t("不导入，返回", "Don't import, go back")) } }
        }
    };
    let place = match kind {
        Kind::Catalogue => "/catalogues/import",
        Kind::WorkingDays => "/working-days/import",
    };
    Ok(Page::new(request.t("核对变化", "Check the changes"), content)
        .crumb(place, request.t("导入基础数据", "Import reference data")))
}

fn change_rows(request: &PageRequest, caption: &str, changes: &[Change]) -> Markup {
    if changes.is_empty() {
        return Markup::default();
    }
    let field = |field: &Option<String>| match field.as_deref() {
        None => request.t("整项", "All of it").to_owned(),
        Some("name") => request.t("名称", "Name").to_owned(),
        Some("cluster") => request.t("集群", "Cluster").to_owned(),
        Some("excellence_target") => request.t("卓越提升", "Excellence target").to_owned(),
        Some("advantage") => request.t("优势产业链", "Advantage chain").to_owned(),
        Some("source_note") => request.t("来源", "Source").to_owned(),
        Some("kind") => request.t("类别", "Kind").to_owned(),
        Some("parent") => request.t("上级", "Parent").to_owned(),
        Some(other) => other.to_owned(),
    };
    Table::new(caption, changes)
        .head(request.t("对象", "Object"), |change| &change.key)
        .column(request.t("字段", "Field"), |change| field(&change.field))
        .column(request.t("现在", "Now"), |change| html! { @match &change.before { Some(text) => del { (text) }, None => (request.t("（无）", "(none)")) } })
        .column(request.t("导入后", "Then"), |change| html! { @match &change.after { Some(text) => ins { (text) }, None => (request.t("（已删除）", "(removed)")) } })
        .render()
}

/// The shown changes, by what they are of.
fn listed(request: &PageRequest, kind: Kind, fields: &Fields, preview: &PreviewView) -> Result<Markup> {
    let unreadable = |error: serde_json::Error| Error::internal(error.to_string());
    let changes = preview.changes.clone();
    Ok(match kind {
        Kind::Catalogue => {
            let found: CatalogueChanges = serde_json::from_value(changes).map_err(unreadable)?;
            let other = found.clusters.is_empty() && found.chains.is_empty() && found.regions.is_empty();
            html! {
                @if other { p { (request.t("只有来源说明或次序不同。", "Only the note on the source or the order differs.")) } }
                (change_rows(request, request.t("集群", "Clusters"), &found.clusters))
                (change_rows(request, request.t("产业链", "Chains"), &found.chains))
                (change_rows(request, request.t("地区", "Regions"), &found.regions))
            }
        }
        Kind::WorkingDays => {
            let found: Vec<Difference> = serde_json::from_value(changes).map_err(unreadable)?;
            let content = given(fields);
            let place =
                |pointer: &str| html! { (calendar_place(request, &content["working_days"], pointer)) };
            let member = |member: &str| html! { (calendar_member(request, member)) };
            let value = |_: &str, text: &str| html! { (text) };
            differences(request, &found, &Wording { place: &place, member: &member, value: &value })
        }
    })
}

/// Where a pointer into a calendar leads: `2027年 · 放假日`.
fn calendar_place(request: &PageRequest, calendar: &Value, pointer: &str) -> String {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let year = steps.get(1).and_then(|index| index.parse::<usize>().ok());
    let year = year.and_then(|index| calendar["years"][index]["year"].as_u64());
    let year = year.map(|year| format!("{year}{}", request.t("年", "")));
    let member = steps.iter().rev().find(|step| step.parse::<usize>().is_err() && **step != "years");
    let member = member.map(|member| calendar_member(request, member).to_owned());
    year.into_iter().chain(member).collect::<Vec<_>>().join(" · ")
}

fn calendar_member<'a>(request: &PageRequest, member: &'a str) -> &'a str {
    match member {
        "source_note" => request.t("来源", "Source"),
        "year" => request.t("年份", "Year"),
        "document" => request.t("文号", "Document number"),
        "holidays" => request.t("放假日", "Days off"),
        "make_up_days" => request.t("调休上班日", "Worked weekend days"),
        other => other,
    }
}

fn catalogue_changes(request: &PageRequest, fields: &Fields, answer: &Value) -> Result<Page> {
    changes(request, Kind::Catalogue, fields, &preview_of(answer)?)
}

fn calendar_changes(request: &PageRequest, fields: &Fields, answer: &Value) -> Result<Page> {
    changes(request, Kind::WorkingDays, fields, &preview_of(answer)?)
}
