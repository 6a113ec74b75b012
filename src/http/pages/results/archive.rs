//! Archiving a competition: what the archive has, for how long each class is kept, the act, and the download.

use super::super::prelude::*;
use super::{api, choice, competition, of_competition};
use crate::domain::archive::{ArchiveClass, Retention};
use crate::error::Kind;
use crate::http::archive::{self, ArchiveView};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/archive", Action::ReadArchive, archive)]
}

async fn archive(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let title = request.t("归档", "Archive package");
    // Asking before the announcement is no slip that the trail should tell of.
    if competition.state != crate::domain::competition::CompetitionState::Announced {
        let content = empty(&html! {
            p { (request.t("公布入选名单之后才能归档。", "A competition is archived once its winners are announced.")) }
        });
        return Ok(of_competition(&request, &competition, "/archive", title, &content));
    }
    let view = match archive::view(&request.service, &request.context, id).await {
        Ok(view) => view,
        Err(error) if error.kind == Kind::NotFound => return Err(Error::not_found()),
        Err(error) => return Err(error),
    };
    let content = html! {
        p.lead { (request.t(
            "归档包是一个 ZIP 文件：归档目录（件号、题名、责任者、日期、文号、保管期限）、本届全部公文和表单（PDF）、佐证材料、签署和冻结的原始数据，以及每个文件的摘要。",
            "The archive package is a ZIP file: a catalogue with number, title, author, date, document number and retention of each item, all documents and forms as PDF, evidence, what was signed and frozen as it was kept, and the digest of each file.",
        )) }
        (table(&request, &view))
        (download(&request, &view))
        @if request.role() == Some(Role::Office) { (form(&request, &view)) }
    };
    Ok(of_competition(&request, &competition, "/archive", title, &content).data(api(id, "/archive")))
}

fn table(request: &PageRequest, view: &ArchiveView) -> Markup {
    Table::new(
        request.t(
            "将归入的内容（至多；无内容的文书不收）",
            "What goes into it, at most: documents that say nothing are left out",
        ),
        &view.classes,
    )
    .head(request.t("材料类别", "Class"), |class| {
        let (zh, en) = class.class.names();
        request.t(zh, en)
    })
    .column(request.t("保管期限", "Kept for"), |class| class.kept_for.in_language(request.language))
    .number(request.t("所含件数", "Items"), |class| class.item_count)
    .number(request.t("其中上传文件（字节）", "Uploaded files, bytes"), |class| {
        class.uploaded_bytes
    })
    .render()
}

fn download(request: &PageRequest, view: &ArchiveView) -> Markup {
    html! {
        @if let Some(at) = view.archived_at {
            p {
                (request.t("最近一次归档：", "Archived last: ")) (request.time(at)) (request.t("。", ". "))
                (request.t("归档包在下载时生成，时间和保管期限以这次归档为准。", "The package is made while it is downloaded, with the time and the periods of that act."))
            }
            p {
                @if request.role() == Some(Role::Supervisor) { (request.t("您下载的归档包含审计记录。", "Yours has the audit trail.")) }
                @else { (request.t("审计记录只在纪检监督下载或在服务器上生成的归档包中。", "The audit trail is in packages that supervisors download, or that are made on the server.")) }
            }
            div.buttons.screen {
                a.button href=(api(view.competition_id, "/archive/content")) download { (request.t("下载归档包（ZIP）", "Download the package (ZIP)")) }
            }
        } @else {
            p { (request.t("本届尚未归档。", "This competition was not archived yet.")) }
        }
    }
}

fn form(request: &PageRequest, view: &ArchiveView) -> Markup {
    let field = |class: ArchiveClass, pointer: &str| {
        let (zh, en) = class.names();
        let now = view.classes.iter().find(|one| one.class == class).map(|one| one.kept_for);
        let choices = Retention::ALL.iter().map(|retention| choice(request, *retention));
        Field::select(pointer, request.t(zh, en), choices)
            .value(now.unwrap_or(Retention::Permanent).as_str())
            .required()
    };
    let act = Form::new(request, Method::Post, api(view.competition_id, "/archive"))
        .done("已归档，可以下载归档包。", "Archived: the package can be downloaded.");
    html! {
        h2 { (request.t("归档", "Archive package")) }
        p { (request.t(
            "选定各类的保管期限后归档；记入审计记录。所列期限是建议，本单位的文件材料归档范围和保管期限表另有规定的，以其为准。可以再次归档，以最近一次为准。",
            "Choose for how long each class is kept and archive it; the trail records it. The periods are a proposal: the unit's own table prevails. It can be done again; the last time holds.",
        )) }
        (act.render(&html! {
            (act.field(&field(ArchiveClass::Result, "/retention/result")))
            (act.field(&field(ArchiveClass::Review, "/retention/review")))
            (act.field(&field(ArchiveClass::Filing, "/retention/filing")))
            (act.button("归档", "Archive package"))
        }))
    }
}
