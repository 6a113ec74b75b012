//! Importing a table of experts.

use super::super::imports::{clearing, described, faults, fields, marked};
use super::super::prelude::*;
use super::experts::told_alike;
use crate::domain::expert::COLUMNS;

pub(super) async fn import(request: Rc<PageRequest>) -> Result<Page> {
    let form = request
        .form(Method::Post, "/api/v1/experts/import")
        .once()
        .files()
        .next("/experts?added={added}&changed={changed}&unchanged={unchanged}&hidden={hidden}");
    let content = html! {
        p.lead { (request.t(
            "整表导入：任何一行有误，全部不导入，并逐行说明原因。同单位同名的专家会被更新；表中没有的列、空单元格和没有的专家保持不变。导入前先列出每一处变化和由此引起的回避、递补，确认后才生效。",
            "All of the table or nothing: if any row is wrong, nothing is imported and each row is told. An expert of the same name and unit is changed; what the table has no column for, empty cells and experts that it does not name stay as they are. Every change, and who would be recused and called by it, is shown before anything is done.",
        )) }
        (faults(&request, &form, &COLUMNS))
        (form.render(&html! {
            (fields(&request, &form))
            (clearing(&request, &form))
            @if told_alike(&form) {
                (form.field(&Field::checkbox("/distinct:yes", request.t("已逐行核实：姓名、单位相近的是不同的人", "I have looked at each row: those who are nearly the same are different people")).value("false")))
            }
            (form.button("查看将发生的变化", "Show what would change"))
        }))
        (marked(&request, &form))
        h2 { (request.t("表格格式", "The table")) }
        p { a href="/api/v1/experts/import" download { (request.t("下载表格（Excel）", "Download the table (Excel)")) } }
        p {
            (request.t("第一行是列名，中英文均可：", "The first row names the columns, in Chinese or English: "))
            a href=(request.link("/catalogues")) { (request.t("产业链与地区目录", "Catalogue of chains and regions")) }
        }
        (described(&request, &COLUMNS))
    };
    Ok(Page::new(request.t("导入专家表格", "Import a table of experts"), content)
        .crumb("/experts", request.t("专家库", "Expert pool")))
}
