//! Pages that import tables: the fields, what was wrong, what the columns are.

use super::form::Carried;
use super::prelude::*;
use crate::domain::table::Column;

/// The fields for a table: a file, or cells that were copied.
pub(super) fn fields(request: &PageRequest, form: &Form<'_>) -> Markup {
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

/// The form for a table of which a preview comes first, with what was wrong with the one that was sent.
pub(super) fn import_form(request: &PageRequest, form: &Form<'_>, columns: &[Column]) -> Markup {
    html! {
        (faults(request, form, columns))
        (form.render(&html! {
            (fields(request, form))
            (clearing(request, form))
            (form.button("查看将发生的变化", "Show what would change"))
        }))
        (marked(request, form))
    }
}

/// What was wrong with the table that was sent, row by row.
pub(super) fn faults(request: &PageRequest, form: &Form<'_>, columns: &[Column]) -> Markup {
    let mut rows: Vec<(usize, Option<&Column>, &str)> = Vec::new();
    for problem in form.carried().into_iter().flat_map(|carried| &carried.error.problems) {
        let mut parts = problem.pointer.split('/').skip(1);
        if let (Some("rows"), Some(Ok(row))) = (parts.next(), parts.next().map(str::parse)) {
            let column = parts.find_map(|part| columns.iter().find(|column| column.key == part));
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
    .column(request.t("列", "Column"), |(_, column, _)| {
        column.map(|column| column_name(request, column)).unwrap_or_default()
    })
    .column(request.t("问题", "What is wrong"), |(.., told)| *told)
    .scrolled()
    .render()
}

/// A button, behind the form, that gives the table back with what was wrong in each row.
pub(super) fn marked(request: &PageRequest, form: &Form<'_>) -> Markup {
    let of_rows = |carried: &&Carried| {
        carried.error.problems.iter().any(|problem| problem.pointer.starts_with("/rows"))
    };
    let Some(carried) = form.carried().filter(of_rows) else { return Markup::default() };
    let Some((_, address)) = carried.act.split_once(' ') else { return Markup::default() };
    let kept = carried.fields.iter().filter(|(name, _)| name.starts_with('/'));
    html! {
        form.form method="post" action=(request.link(&address.replacen("/api/", "/act/", 1))) {
            input type="hidden" name="_csrf_token" value=(request.csrf_token);
            input type="hidden" name="_page" value=(request.here);
            input type="hidden" name="?marked" value="true";
            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
            div.buttons { button.secondary type="submit" { (request.t("下载标明问题的表格（Excel）", "Download the table with what is wrong (Excel)")) } }
        }
    }
}

/// Whether empty cells clear what is there.
pub(super) fn clearing(request: &PageRequest, form: &Form<'_>) -> Markup {
    form.field(
        &Field::checkbox(
            "/clear_empty:yes",
            request.t("空白即清除：空单元格清除现有内容", "Empty cells clear what is there"),
        )
        .value("false"),
    )
}

/// What the columns of a table are called, and what stands below them.
pub(super) fn described(request: &PageRequest, columns: &'static [Column]) -> Markup {
    Table::new(request.t("列名与含义", "Columns and what they mean"), columns)
        .head(request.t("列名", "Column"), |column| column_name(request, column))
        .column(request.t("必填", "Required"), |column| {
            if column.needed { request.t("必填", "Required") } else { "" }
        })
        .column(request.t("含义", "Meaning"), |column| request.t(column.meaning.0, column.meaning.1))
        .scrolled()
        .render()
}

/// A column as the first row may call it.
fn column_name(request: &PageRequest, column: &Column) -> Markup {
    html! { @if request.is_chinese() { (column.name()) } @else { code { (column.key) } } }
}
