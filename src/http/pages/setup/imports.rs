//! Importing a table of experts.

use super::super::prelude::*;
use super::experts::told_alike;
use crate::domain::expert::COLUMNS;
use crate::domain::table::called;

/// What stands in a column.
fn meaning<'a>(request: &PageRequest, column: &str) -> &'a str {
    let (zh, en) = match column {
        "name" => ("姓名（必填）", "Name (obligatory)"),
        "unit" => ("单位全称（必填）", "Unit (obligatory)"),
        "title" => ("职称", "Professional title"),
        "region" => (
            "单位所在地区：六位代码，或目录中的全称，如“苏州市昆山市”",
            "Region of the unit: six digits, or its full name in the catalogue",
        ),
        "fields" => (
            "集群名称或序号，以分号分隔（必填）；见“产业链与地区目录”",
            "Names or numbers of clusters, `;` between (obligatory); see the catalogue",
        ),
        "most_load" => ("一届至多评几件（必填）", "Most applications in one competition (obligatory)"),
        "available" => {
            ("能否参加抽取：是或否（新专家必填）", "Can be drawn: yes or no (obligatory for new experts)")
        }
        "employers" => (
            "近年任职单位，如 甲公司@2024-06-30;乙公司；写“无”表示没有，空为未核实",
            "Former employers, such as Firm@2024-06-30;Firm; - is none, empty is not known",
        ),
        "phone" => ("电话", "Telephone"),
        _ => ("登录名；没有这一列则账号不变", "Login name; without this column accounts stay as they are"),
    };
    if request.is_chinese() { zh } else { en }
}

pub(super) async fn import(request: Rc<PageRequest>) -> Result<Page> {
    let form = request
        .form(Method::Post, "/api/v1/experts/import")
        .once()
        .files()
        .next("/experts?added={added}&changed={changed}&unchanged={unchanged}&hidden={hidden}");
    let columns = Table::new(request.t("列名与含义", "Columns and what they mean"), COLUMNS)
        .head(request.t("列名", "Column"), |column| column_name(&request, column))
        .column(request.t("含义", "Meaning"), |column| meaning(&request, column))
        .scrolled();
    let content = html! {
        p.lead { (request.t(
            "整表导入：任何一行有误，全部不导入，并逐行说明原因。同单位同名的专家会被更新；表中没有的列保持不变。导入前先列出每一处变化和由此引起的回避、递补，确认后才生效。",
            "All of the table or nothing: if any row is wrong, nothing is imported and each row is told. An expert of the same name and unit is changed; what the table has no column for stays as it is. Every change, and who would be recused and called by it, is shown before anything is done.",
        )) }
        (faults(&request, &form, &COLUMNS))
        (form.render(&html! {
            (fields(&request, &form))
            @if told_alike(&form) {
                (form.field(&Field::checkbox("/distinct:yes", request.t("已逐行核实：姓名、单位相近的是不同的人", "I have looked at each row: those who are nearly the same are different people")).value("false")))
            }
            (form.button("查看将发生的变化", "Show what would change"))
        }))
        h2 { (request.t("表格格式", "The table")) }
        p { a href="/api/v1/experts/import" download { (request.t("下载表格（Excel）", "Download the table (Excel)")) } }
        p {
            (request.t("第一行是列名，中英文均可：", "The first row names the columns, in Chinese or English: "))
            a href=(request.link("/catalogues")) { (request.t("产业链与地区目录", "Catalogue of chains and regions")) }
        }
        (columns.render())
    };
    Ok(Page::new(request.t("导入专家表格", "Import a table of experts"), content)
        .crumb("/experts", request.t("专家库", "Expert pool")))
}

/// The fields for a table: a file, or cells that were copied.
pub(in crate::http::pages) fn fields(request: &PageRequest, form: &Form<'_>) -> Markup {
    html! {
        (form.field(&Field::file("/xlsx:base64", request.t("表格文件", "Table"), ".xlsx,.csv,.txt,text/csv")
            .hint(request.t(
                "Excel 工作簿（.xlsx），或 Excel、WPS 存成的 CSV",
                "An Excel workbook (.xlsx), or CSV as Excel and WPS save it",
            ))))
        (form.field(&Field::text("/worksheet:optional", request.t("工作表名称", "Worksheet"))
            .hint(request.t("工作簿中有多张工作表时填写", "Where the workbook has several")).silent().medium()))
        (form.field(&Field::area("/csv:optional", request.t("或粘贴单元格", "Or paste cells"), 4)
            .hint(request.t("从 Excel、WPS 复制的单元格，第一行是列名", "Copied from Excel or WPS; the first row names the columns")).silent()))
    }
}

/// What was wrong with the table that was sent, row by row.
pub(in crate::http::pages) fn faults(request: &PageRequest, form: &Form<'_>, columns: &[&str]) -> Markup {
    let mut rows: Vec<(usize, &str, &str)> = Vec::new();
    for problem in form.carried().into_iter().flat_map(|carried| &carried.error.problems) {
        let mut parts = problem.pointer.split('/').skip(1);
        if let (Some("rows"), Some(Ok(row))) = (parts.next(), parts.next().map(str::parse)) {
            let column = parts.find(|part| columns.contains(part)).unwrap_or_default();
            rows.push((row, column, problem.message.in_language(request.language)));
        }
    }
    if rows.is_empty() {
        return Markup::default();
    }
    rows.sort_by_key(|(row, ..)| *row);
    Table::new(
        request.t(
            "有误的行（表头不计）；什么都没有导入",
            "Rows that are wrong (the heading not counted); nothing was imported",
        ),
        rows,
    )
    .head(request.t("行", "Row"), |(row, ..)| *row)
    .column(request.t("列", "Column"), |(_, column, _)| column_name(request, column))
    .column(request.t("问题", "What is wrong"), |(.., told)| *told)
    .scrolled()
    .render()
}

/// A column as the first row may call it.
fn column_name(request: &PageRequest, column: &str) -> Markup {
    html! { @if request.is_chinese() { (called(column)) } @else { code { (column) } } }
}
