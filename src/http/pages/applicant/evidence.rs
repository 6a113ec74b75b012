//! The evidence of an application: uploaded by the lead, read by all who may see the application.

use super::super::photos::copies;
use super::super::prelude::*;
use super::super::words;
use super::context::Context;
use super::parts::is_own;
use crate::actions::evidence::{self, EvidenceListView, EvidenceView, VETO_REPLY};
use crate::domain::photo::PHOTO;
use crate::domain::scan::ScanState;

/// What is taken: documents, tables, pictures.
const ACCEPT: &str = ".pdf,.docx,.xlsx,.png,.jpg,.jpeg";

/// The evidence of an application.
pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let list = evidence::list(&request.service, &request.context, context.view.id).await?;
    let may_change = context.may_change(&request);
    let body = html! {
        @if may_change { (upload(&request, &context)) }
        h2 { (request.t("已有材料", "What there is")) }
        (space(&request, &list))
        (harmful(&request, &list, may_change))
        @if list.items.is_empty() {
            (empty(&html! { p { (if may_change {
                request.t("还没有佐证材料。请用上面的表单上传，可一次选择多个文件。", "No evidence yet. Upload some with the form above, several files at once.")
            } else {
                request.t("没有佐证材料。", "There is no evidence.")
            }) } }))
        } @else {
            (copies(&request, &list.items))
            (table(&request, &context, &list.items, may_change))
        }
    };
    let title = request.t("佐证材料", "Evidence");
    let address = format!("{}/evidence", context.api());
    let shown = context.shown(&request, title, "/evidence", &body).data(address.as_str());
    Ok(shown.table(&tables::EVIDENCE, address))
}

/// What to do about files that the scanner found harmful.
fn harmful(request: &PageRequest, list: &EvidenceListView, may_change: bool) -> Markup {
    let names: Vec<&str> = list
        .items
        .iter()
        .filter(|item| item.scan == ScanState::Quarantined)
        .map(|item| item.name.as_str())
        .collect();
    let names = names.join(request.t("、", ", "));
    html! {
        @if !names.is_empty() {
            (notice(Tone::Bad, &html! {
                p { (request.t("安全扫描发现下列文件有害，已隔离，任何人都不能打开，也不算已提交的材料：", "The scanner found these files harmful. Nobody can open them, and they don't count as evidence: ")) strong { (names) } }
                p { (if may_change {
                    request.t("请删除它们，在没有病毒的电脑上重新制作后再上传；有这样的文件时不能提交申报。", "Remove them, make them anew on a computer without malware, and upload them again. The application can't be submitted before.")
                } else {
                    request.t("申报现在不能修改：须更换时请联系领导小组办公室，由其退回补正。", "The application can't be changed now: to have them replaced, ask the leading-group office to send it back for correction.")
                }) }
            }))
        }
    }
}

fn upload(request: &PageRequest, context: &Context) -> Markup {
    let form = request
        .form(Method::Post, format!("{}/evidence", context.api()))
        .once()
        .done("文件已上传。", "The files are uploaded.")
        .files();
    let kinds = context.rules.settings.evidence_kinds.iter();
    let kinds = kinds.map(|kind| {
        let needed = if kind.required { request.t("（必交）", " (needed)") } else { "" };
        (kind.key.clone(), format!("{}{needed}", kind.title))
    });
    html! {
        h2 { (request.t("上传", "Upload")) }
        (form.render(&html! {
            (form.field(&Field::select("?kind", request.t("材料种类", "Kind"), kinds).medium().silent()))
            (form.field(&Field::files("file", request.t("文件", "Files"), ACCEPT)
                .hint(request.t(
                    "可一次选择或拖入多个文件：PDF、Word（docx）、Excel（xlsx）、PNG、JPEG，每个不超过200 MiB。上传中断时，已完成的文件会保留，其余重新上传即可。照片所带的位置、时间和设备信息，成员单位、设区市和评分专家看不到。",
                    "Choose or drop several at once: PDF, Word (docx), Excel (xlsx), PNG, JPEG, up to 200 MiB each. If an upload breaks off, files that were whole are kept; upload the rest again. What photographs say of place, time and device is not shown to members, the city and experts who score.",
                )).silent()))
            (form.button("上传", "Upload"))
        }))
    }
}

fn space(request: &PageRequest, list: &EvidenceListView) -> Markup {
    let quota = i64::try_from(list.quota).unwrap_or(i64::MAX);
    facts(&[(
        request.t("已用空间", "Space used"),
        html! { (words::size(list.used)) " / " (words::size(quota)) },
    )])
}

/// The name of a kind of evidence.
fn kind_name(request: &PageRequest, context: &Context, kind: &str) -> String {
    match kind {
        VETO_REPLY => request.t("查证复函", "Reply to a veto inquiry").to_owned(),
        PHOTO => request.t("考察照片", "Photograph of the inspection").to_owned(),
        _ => {
            let kinds = &context.rules.settings.evidence_kinds;
            kinds.iter().find(|known| known.key == kind).map_or(kind, |known| &known.title).to_owned()
        }
    }
}

fn table(request: &PageRequest, context: &Context, items: &[EvidenceView], may_change: bool) -> Markup {
    let twin =
        |item: &EvidenceView| items.iter().find(|other| other.digest == item.digest && other.id != item.id);
    Table::new(html! { (request.t("佐证材料", "Evidence")) (request.aside(&items.len())) }, items)
        .head(request.t("文件", "File"), |item| html! {
            a href=(request.link(&format!("/evidence/{}", item.id))) { (item.name) } " " (scan_tag(request, item.scan).unwrap_or_default())
            @if let Some(first) = twin(item) {
                div.hint {
                    (tag(request.t("重复", "Duplicate"), Tone::Warning)) " "
                    (request.t("与“", "the same content as “")) (first.name) (request.t("”内容相同", "”"))
                }
            }
        })
        .column(request.t("种类", "Kind"), |item| kind_name(request, context, &item.kind))
        .number(request.t("大小", "Size"), |item| words::size(item.size))
        .column(request.t("上传时间", "Uploaded"), |item| request.time(item.uploaded_at))
        .column(request.t("操作", "Action"), |item| html! {
            @if item.scan.opens() {
                a href=(format!("/api/v1/evidence/{}/content", item.id)) { (request.t("下载", "Download")) }
            }
            @if may_change && is_own(context, &item.kind) { (remove(request, item)) }
        })
        .render()
}

fn remove(request: &PageRequest, item: &EvidenceView) -> Markup {
    let form = request
        .form(Method::Delete, format!("/api/v1/evidence/{}", item.id))
        .done("文件已删除。", "The file is removed.");
    let label = format!("{} {}", request.t("删除", "Remove"), item.name);
    form.render(&html! {
        button.secondary type="submit" aria-label=(label) { (request.t("删除", "Remove")) }
    })
}
