//! Open data: what there is to download, under which terms, and what each column means.

use super::super::prelude::*;
use crate::actions::open_data::{self, OpenEdition, OpenFile};
use crate::domain::open_data::{FIELDS, FieldKind, Licence, OpenField, OpenTable};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/data", Action::ReadPublic, files)]
}

async fn files(request: Rc<PageRequest>) -> Result<Page> {
    let all = open_data::all(&request.service).await?;
    let content = html! {
        p.lead { (request.t(
            "已公布的结果可以下载和再利用。每行都写明地区和产业链的代码；每个文件都有摘要，可核对下载是否完整。",
            "What was announced may be downloaded and used again. Each row has the codes of regions and chains; each file has a digest to check the download by.",
        )) }
        p { (request.t("面向程序的目录（DCAT-AP，JSON-LD）：", "For programs, the catalogue (DCAT-AP, JSON-LD): "))
            a href="/data/catalogue.jsonld" { "catalogue.jsonld" } (request.t("。文件的地址不会改变；更正公布后，内容随之更新。", ". Addresses of files stay; their content follows corrections."))
        }
        p { (request.t("其余公开内容可由接口读取，其版本见：", "All else that is public is read over the API, whose version is told at "))
            a href="/api/v1" { "/api/v1" } (request.t("。", "."))
        }
        @for edition in &all.editions { (of_edition(&request, edition)) }
        h2 { (request.t("各届通用", "Of all competitions")) }
        (table(&request, request.t("称号、产业链和地区", "Titles, chains and regions"), "/data", &all.general))
        h2 { (request.t("字段说明", "Field guide")) }
        p { (request.t(
            "CSV 为 UTF-8，首行为列名，不知道的值留空；以等号、加号、减号或 @ 开头的文字前加一个撇号，以免被表格软件当作公式。JSON 中各行的名称与列名相同。",
            "CSV is UTF-8 with the names of the columns first and empty cells for what is not known; a text that begins with =, +, - or @ has an apostrophe before it, so that no spreadsheet takes it for a formula. Members of JSON are called as the columns are.",
        )) }
        (guide(&request))
    };
    Ok(Page::new(request.t("开放数据", "Open data"), content)
        .crumb("/", request.t("首页", "Home"))
        .data("/data/catalogue.jsonld"))
}

fn of_edition(request: &PageRequest, edition: &OpenEdition) -> Markup {
    let id = edition.competition_id;
    html! {
        h2 { (&edition.title) }
        p {
            (&edition.issuer) " · " (request.date(edition.published_on)) " · "
            a href=(request.link(&format!("/announcements/{id}"))) { (request.t("公布", "Announcement")) }
        }
        (licence(request, &edition.licence))
        (table(request, &edition.title, &format!("/data/editions/{id}"), &edition.files))
    }
}

/// Under which terms something may be used again; nothing where it was not said.
pub(super) fn licence(request: &PageRequest, licence: &Licence) -> Markup {
    html! {
        @if !licence.is_none() {
            p { (request.t("许可：", "Licence: "))
                @if licence.url.is_empty() { (&licence.name) } @else { a href=(&licence.url) rel="license" { (&licence.name) } }
            }
        }
    }
}

fn table(request: &PageRequest, caption: &str, folder: &str, files: &[OpenFile]) -> Markup {
    Table::new(caption, files)
        .head(request.t("表", "Table"), |file| {
            let (zh, en) = file.table.name();
            request.t(zh, en)
        })
        .column(request.t("文件", "File"), |file| {
            let name = format!("{}.{}", file.table, file.format);
            html! { a href=(format!("{folder}/{name}")) { (name) } }
        })
        .number(request.t("字节", "Bytes"), |file| file.bytes.len())
        .column("SHA-256", |file| html! { code { (file.digest()) } })
        .render()
}

fn guide(request: &PageRequest) -> Markup {
    let tables = |field: &&OpenField| {
        let having = OpenTable::ALL.iter().filter(|table| table.columns().contains(&field.name));
        html! { @for table in having { code { (table) } " " } }
    };
    Table::new(request.t("各列的含义", "What the columns mean"), &FIELDS)
        .head(request.t("列名", "Column"), |field| html! { code { (field.name) } })
        .column(request.t("类型", "Type"), |field| kind(request, field.kind))
        .column(request.t("含义", "Meaning"), |field| {
            html! {
                (request.t(field.zh, field.en))
                @if let FieldKind::Word(words) = field.kind {
                    ul { @for (word, zh, en) in words { li { code { (word) } " " (request.t(zh, en)) } } }
                }
            }
        })
        .column(request.t("所在的表", "Tables"), tables)
        .render()
}

fn kind(request: &PageRequest, kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => request.t("文本", "text"),
        FieldKind::Word(_) => request.t("固定用词", "one of a few words"),
        FieldKind::Integer => request.t("整数", "whole number"),
        FieldKind::Decimal => request.t("小数", "decimal number"),
        FieldKind::Date => request.t("日期（ISO 8601）", "date (ISO 8601)"),
        FieldKind::Boolean => request.t("true 或 false", "true or false"),
        FieldKind::RegionCode => {
            request.t("六位地区代码（GB/T 2260）", "region code of six digits (GB/T 2260)")
        }
        FieldKind::Identifier => request.t("标识（UUID）", "identifier (UUID)"),
    }
}
