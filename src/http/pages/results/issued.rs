//! Documents that the office issues: editing one and issuing it, the list of what was issued, each as it was issued.

use super::super::prelude::*;
use super::{api, application, competition, digest, of_competition};
use crate::actions::issued::{self, DocumentDraftView, IssuedDocumentEntry, Wanted};
use crate::actions::names::NamedCompetition;
use crate::domain::access::roles;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::official::{Block, OfficialDocument, Table as PaperTable};
use crate::domain::record::Digest;
use crate::http::pages::request::PageRequest as Request;

/// How many documents stand on a page.
const ON_A_PAGE: usize = 50;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/competitions/{competition_id}/issued-documents", Action::ReadDrafts, list),
        page("/competitions/{competition_id}/issued-documents/{digest}", Action::ReadIssued, one),
        page("/issued-documents/new", Action::IssueDocument, new),
    ]
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let wanted = Wanted { application: None, after: request.parameter("cursor") };
    let found = issued::list(&request.service, &request.context, id, wanted, ON_A_PAGE).await?;
    let content = html! {
        p.lead { (request.t(
            "办公室签发的公文，最新的在前，按签发时的内容保存，可随时再下载。要签发，在相应页面的“下载 PDF”旁选“编辑并签发”。",
            "Documents that the office issued, newest first, as they were issued; they can be downloaded again at any time. To issue one, choose “Edit and issue” beside “Download as PDF” on the page that it is about.",
        )) }
        (table(&request, &competition, &found.items))
        (List::new(&request, format!("/competitions/{id}/issued-documents")).pages(found.next_cursor.as_deref()))
    };
    let address = api(id, "/issued-documents");
    let title = request.t("签发的文书", "Issued documents");
    Ok(of_competition(&request, &competition, "/issued-documents", title, &content)
        .data(address.clone())
        .table(&tables::ISSUED, address))
}

fn table(request: &PageRequest, competition: &NamedCompetition, found: &[IssuedDocumentEntry]) -> Markup {
    Table::new(request.t("签发的文书", "Issued documents"), found)
        .head(request.t("文书", "Document"), |entry| link(request, competition.id, entry))
        .column(request.t("发文字号", "Document number"), |entry| &entry.document_number)
        .column(request.t("主送", "To"), |entry| &entry.addressee)
        .column(request.t("申报", "Application"), |entry| match entry.application_id {
            Some(id) => application(request, competition, id),
            None => html! { "—" },
        })
        .column(request.t("签发时间", "Issued"), |entry| request.time(entry.issued_at))
        .column(request.t("状态", "State"), |entry| standing(request, entry))
        .empty(request.t("还没有签发的文书。", "Nothing was issued yet."))
        .render()
}

fn link(request: &Request, competition: CompetitionId, entry: &IssuedDocumentEntry) -> Markup {
    html! {
        a href=(request.link(&format!("/competitions/{competition}/issued-documents/{}", entry.digest))) { (entry.title) }
        " " span.muted { (entry.form) }
    }
}

fn standing(request: &Request, entry: &IssuedDocumentEntry) -> Markup {
    if entry.replaced {
        tag(request.t("已被替代", "Replaced"), Tone::Neutral)
    } else {
        tag(request.t("有效", "In force"), Tone::Good)
    }
}

/// Whether somebody of this role reads issued documents at all.
pub(in crate::http::pages) fn is_read_by(role: Option<Role>) -> bool {
    role.is_some_and(|role| roles(Action::ReadIssued).contains(&role))
}

/// What was issued to the parties of an application, where anything was.
pub(in crate::http::pages) async fn about(
    request: &Request,
    competition: CompetitionId,
    application: ApplicationId,
) -> Result<Markup> {
    if !is_read_by(request.role()) {
        return Ok(Markup::default());
    }
    let wanted = Wanted { application: Some(application), after: None };
    let found = issued::list(&request.service, &request.context, competition, wanted, ON_A_PAGE).await?;
    if found.items.is_empty() {
        return Ok(Markup::default());
    }
    Ok(html! {
        h2 { (request.t("签发的文书", "Issued documents")) }
        ul { @for entry in &found.items { li {
            (link(request, competition, entry)) " " (request.time(entry.issued_at)) " " (standing(request, entry))
        } } }
    })
}

async fn one(request: Rc<PageRequest>) -> Result<Page> {
    let (id, wanted): (CompetitionId, Digest) = (request.id("competition_id")?, request.id("digest")?);
    let view = issued::read(&request.service, &request.context, id, wanted).await?;
    let (entry, content) = (&view.entry, &view.issued.content);
    let shown = html! {
        (facts(&[
            (request.t("文书", "Document"), html! { (entry.form) }),
            (request.t("发文字号", "Document number"), html! { (content.number) }),
            (request.t("签发时间", "Issued"), request.time(entry.issued_at)),
            (request.t("状态", "State"), standing(&request, entry)),
            (request.t("版本", "Version"), html! {
                (entry.version)
                @if !entry.reason.is_empty() { (request.t("，替代原因：", ", replaces the one before: ")) (entry.reason) }
            }),
            (request.t("纸面摘要", "Digest on the paper"), digest(entry.paper_digest)),
            (request.t("存档摘要", "Digest of the record"), digest(entry.digest)),
        ]))
        (paper(content))
    };
    let page = if matches!(request.role(), Some(Role::Office | Role::Supervisor)) {
        let competition = competition(&request).await?;
        of_competition(&request, &competition, "/issued-documents", entry.title.clone(), &shown).crumb(
            format!("/competitions/{id}/issued-documents"),
            request.t("签发的文书", "Issued documents"),
        )
    } else {
        let page = Page::new(entry.title.clone(), shown);
        let application = entry.application_id.map_or_else(String::new, |id| format!("/{id}"));
        page.crumb(format!("/applications{application}"), request.t("申报", "Application"))
    };
    let address = api(id, &format!("/issued-documents/{wanted}"));
    Ok(page.document(&printed::ISSUED, address.clone()).data(address))
}

/// What a document says, as far as a page shows it.
fn paper(content: &OfficialDocument) -> Markup {
    html! {
        article.paper {
            h2 { (content.title) }
            @if !content.addressee.is_empty() { p { (content.addressee) "：" } }
            @for block in &content.blocks { (shown(block)) }
        }
    }
}

fn shown(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Paragraph { text } | Block::Flush { text } => p { (text) },
            Block::Heading { text } => h3 { (text) },
            Block::Table(table) => (rows(table)),
            Block::Annexes { lines } => ol { @for line in lines { li { (line) } } },
            Block::Signature(signature) => p { (signature.signers.join("、")) " " (signature.date) },
            Block::SignedBy { lines, .. } => ul { @for line in lines { li { (line) } } },
            Block::Annex { name, title } => h3 { (name) " " (title) },
        }
    }
}

fn rows(table: &PaperTable) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                @if !table.heading.is_empty() {
                    thead { tr { @for cell in &table.heading { th scope="col" colspan=(cell.span) { (cell.text) } } } }
                }
                tbody { @for row in &table.rows { tr {
                    @for cell in row {
                        @if cell.names { th scope="row" colspan=(cell.span) { (cell.text) } }
                        @else { td colspan=(cell.span) { (cell.text) } }
                    }
                } } }
            }
        }
    }
}

async fn new(request: Rc<PageRequest>) -> Result<Page> {
    let (address, key) = (request.chosen("address"), request.chosen("document"));
    let draft = printed::draft(&request.service, &request.context, address, key).await?.view;
    let id = draft.competition_id;
    let name = draft.content.identity.form.clone();
    let form = request
        .form(Method::Post, api(id, "/issued-documents"))
        .once()
        .hidden("/address", draft.address.clone())
        .hidden("/document", draft.document.clone())
        .hidden("/drafted_digest", draft.drafted_digest.to_string())
        .next(format!("/competitions/{id}/issued-documents/{{digest}}"))
        .done("已签发。", "Issued.");
    let content = html! {
        p.lead { (request.t(
            "文字由系统按目前的内容拟成，可以修改；一段分行即成几段，清空即删去该段。表格照录，不能修改。签发后按原样保存。",
            "The text is written from what the service knows now, and can be edited: a line becomes a paragraph, an empty text takes it out. Tables stand as they are. What is issued is kept as it is.",
        )) }
        (form.render(&fields(&request, &form, &draft)))
    };
    let title = request.either(format!("编辑并签发：{name}"), format!("Edit and issue: {name}"));
    let page = Page::new(title, content)
        .crumb(format!("/competitions/{id}/issued-documents"), request.t("签发的文书", "Issued documents"));
    Ok(page.data(format!("{}?address={address}&key={key}", api(id, "/document-draft"))))
}

fn fields(request: &Request, form: &Form<'_>, draft: &DocumentDraftView) -> Markup {
    let content = &draft.content;
    let texts = content.blocks.iter().enumerate();
    let word = |block: &Block| match block {
        Block::Heading { .. } => request.t("小标题", "Subheading").to_owned(),
        Block::Flush { .. } => request.t("附注", "Note").to_owned(),
        _ => request.t("段落", "Paragraph").to_owned(),
    };
    let lines = |block: &Block| if matches!(block, Block::Heading { .. }) { 1 } else { 3 };
    html! {
        (form.field(&Field::text("/edits/number", request.t("发文字号", "Document number")).value(content.number.clone()).medium()))
        (form.field(&Field::text("/edits/title", request.t("公文标题", "Title of the document")).value(content.title.clone()).required()))
        (form.field(&Field::text("/edits/addressee", request.t("主送", "To")).value(content.addressee.clone())))
        @for (place, block) in texts {
            @match block.text() {
                Some(text) => {
                    @let at = format!("/edits/texts/{place}");
                    input type="hidden" name=(format!("{at}/place:whole")) value=(place);
                    (form.field(&Field::area(format!("{at}/text"), word(block), lines(block)).value(text).silent()))
                }
                None => (shown(block)),
            }
        }
        @if let Some(date) = content.date() {
            (form.field(&Field::text("/edits/date", request.t("成文日期", "Date")).value(date).medium()))
        }
        (form.field(&Field::area("/reason", request.t("替代原因", "Why it replaces another"), 2)
            .hint(request.t("先前签发过同一文书时必填。", "Needed where this document was issued before."))))
        (form.button("签发", "Issue"))
    }
}
