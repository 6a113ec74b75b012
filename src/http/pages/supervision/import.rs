//! Importing reference data: a new version is shown as what it changes, then imported with its reason.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::super::prelude::*;
use super::data::{numbered, versions};
use crate::actions::data::{self, Import, Kind, PreviewView};
use crate::domain::catalogue::{
    CHAIN_COLUMNS, Catalogue, CatalogueChanges, Change, REGION_COLUMNS, RegionKind,
};
use crate::domain::days_table;
use crate::domain::table::Column;
use crate::domain::working_days::{WorkingCalendar, YearArrangement};
use crate::http::pages::fields::{Fields, document, sent};
use crate::http::pages::imports::{described, faults, fields, marked};

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
        ("/working-days/import?content=table".to_owned(), request.t("放假安排表", "Table of days off")),
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

/// The content that the fields of a form give: the names of its fields and their texts.
fn content_of(fields: &Fields) -> Vec<(&'static str, String)> {
    let given = given(fields);
    let names = [
        ("catalogue", "/catalogue:json"),
        ("table", "/table"),
        ("csv", "/csv"),
        ("xlsx", "/xlsx"),
        ("worksheet", "/worksheet"),
        ("zone", "/zone:json"),
        ("working_days", "/working_days:json"),
    ];
    let of_member = |(member, name): (&str, &'static str)| {
        let text = match given.get(member)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some((name, text))
    };
    names.into_iter().filter_map(of_member).collect()
}

/// The second step: why, and the button that imports what was looked at.
fn confirmation(request: &PageRequest, kind: Kind, fields: &Fields) -> Markup {
    let base = sent(fields, "/base_version:whole").unwrap_or_default();
    let mut form = import_form(request, kind).hidden("/base_version:whole", base);
    for (name, text) in content_of(fields) {
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
        list = listed(request, kind, &preview)?;
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
    let (current, lead, content) = match request.parameter::<String>("content").as_deref() {
        Some("regions") => (
            "/catalogues/import?content=regions",
            request.t("整表替换：先下载现有的表，修改后上传。表中没有的地区即删除，变化逐项列出后再导入。", "The table is replaced as a whole: download what there is, change it, and send it. Regions that it lacks are removed; each change is shown first."),
            table(&request, &form, "/api/v1/catalogues/import?table=regions", Some("regions"), &REGION_COLUMNS),
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
            request.t("整表替换：先下载现有的表，修改后上传。表中没有的产业链即删除，变化逐项列出后再导入。", "The table is replaced as a whole: download what there is, change it, and send it. Chains that it lacks are removed; each change is shown first."),
            table(&request, &form, "/api/v1/catalogues/import?table=chains", Some("chains"), &CHAIN_COLUMNS),
        ),
    };
    let columns: &[Column] = if current.ends_with("regions") { &REGION_COLUMNS } else { &CHAIN_COLUMNS };
    let first = html! {
        p.lead { (based(&request, newest.dataset.version)) }
        p { (lead) }
        (faults(&request, &form, columns))
        (form.render(&content))
        (marked(&request, &form))
    };
    shown(&request, Kind::Catalogue, "/catalogues", current, first).await
}

/// The fields of a table, what is wrong with the one that was sent, the same table as it stands, and what its columns are.
fn table(
    request: &PageRequest,
    form: &Form,
    download: &'static str,
    of: Option<&str>,
    columns: &'static [Column],
) -> Markup {
    html! {
        @if let Some(of) = of { input type="hidden" name="/table:key" value=(of); }
        (fields(request, form))
        div.buttons { button type="submit" { (request.t("查看将发生的变化", "Show what would change")) } }
        p { a href=(download) download { (request.t("下载现有的表（Excel）", "Download the table as it stands (Excel)")) } }
        (described(request, columns))
    }
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
    let content = request.parameter::<String>("content");
    let (current, form) = if content.as_deref() == Some("table") {
        let form = form.files();
        let lead = request.t(
            "一年可分几行，照放假通知填写，如“2月15日至23日”。表中的年份整年替换，其他年份不变。",
            "A year may have several rows, as the notice has them, such as 2月15日至23日. Years of the table are replaced whole, others stay.",
        );
        let sent = table(&request, &form, "/api/v1/working-days/import", None, &days_table::COLUMNS);
        let form = html! { p { (lead) } (faults(&request, &form, &days_table::COLUMNS)) (form.render(&sent)) (marked(&request, &form)) };
        ("/working-days/import?content=table", form)
    } else if content.as_deref() == Some("whole") {
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
    let list = listed(request, kind, preview)?;
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
        Some("holidays") => request.t("放假日", "Days off").to_owned(),
        Some("make_up_days") => request.t("调休上班日", "Worked weekend days").to_owned(),
        Some("document") => request.t("文号", "Document number").to_owned(),
        Some("parent") => request.t("上级", "Parent").to_owned(),
        Some(other) => other.to_owned(),
    };
    Table::new(caption, changes)
        .head(request.t("对象", "Object"), |change| &change.key)
        .column(request.t("字段", "Field"), |change| field(&change.field))
        .column(request.t("现在", "Now"), |change| html! { @match change.before.as_deref().filter(|text| !text.is_empty()) { Some(text) => del { (text) }, None => (request.t("（无）", "(none)")) } })
        .column(request.t("导入后", "Then"), |change| html! { @match change.after.as_deref().filter(|text| !text.is_empty()) { Some(text) => ins { (text) }, None => (request.t("（已删除）", "(removed)")) } })
        .render()
}

/// The shown changes, by what they are of.
fn listed(request: &PageRequest, kind: Kind, preview: &PreviewView) -> Result<Markup> {
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
            let found: Vec<Change> = serde_json::from_value(changes).map_err(unreadable)?;
            html! { (change_rows(request, request.t("年份", "Year"), &found)) }
        }
    })
}

fn catalogue_changes(request: &PageRequest, fields: &Fields, answer: &Value) -> Result<Page> {
    changes(request, Kind::Catalogue, fields, &preview_of(answer)?)
}

fn calendar_changes(request: &PageRequest, fields: &Fields, answer: &Value) -> Result<Page> {
    changes(request, Kind::WorkingDays, fields, &preview_of(answer)?)
}
