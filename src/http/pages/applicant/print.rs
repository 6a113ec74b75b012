//! The application on paper (申报书): all of it, with the lines that are signed and sealed.

use super::super::prelude::*;
use super::super::words;
use super::content;
use super::context::{Context, chain};
use crate::actions::applications::{self, SubmissionView};
use crate::domain::application::{EvidenceEntry, Whole};

/// What was submitted last; while it may be changed, what is stored.
pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let id = context.view.id;
    let last = applications::submissions(&request.service, &request.context, id).await?.pop();
    let (whole, submission) = match last.filter(|_| !context.view.state.is_open()) {
        Some(last) => {
            let found = applications::submission(&request.service, &request.context, id, last.number).await?;
            (found.content.clone(), Some(found))
        }
        None => (applications::stored(&request.service, &request.context, id).await?, None),
    };
    let title = request.t("申报书", "Application form");
    let body = html! {
        div.buttons.screen { (print_button(&request)) }
        div.paper tabindex="0" role="region" aria-label=(title) {
            (head(&request, &context, &whole, submission.as_ref()))
            (content::whole(&request, &context, &whole))
            (annexes(&request, &whole.evidence))
            (seal(&request))
        }
    };
    Ok(context.shown(&request, title, "/print", &body))
}

fn head(
    request: &PageRequest,
    context: &Context,
    whole: &Whole,
    submission: Option<&SubmissionView>,
) -> Markup {
    let catalogue = &context.rules.catalogue;
    html! {
        p.document { (context.rules.settings.title) }
        (facts(&[
            (request.t("申报编号", "Number"), html! { (context.view.number.as_deref().unwrap_or("—")) }),
            (request.t("申报名称", "Application title"), html! { (whole.profile.title) }),
            (request.t("产业链", "Chain"), html! { (chain(catalogue, whole.chain)) }),
            (request.t("参与地区", "Regions"), html! {
                @for member in &whole.members {
                    (catalogue.region_name_or_code(&member.region)) " " (member.region)
                    (request.aside(&member.role.in_language(request.language)))
                    @if member.region == whole.lead_region { (request.t("，牵头", ", leads")) }
                    @else { (request.t("，", ", ")) (member.consent.in_language(request.language)) }
                    br;
                }
            }),
            (request.t("提交", "Submitted"), match submission {
                Some(one) => html! {
                    (request.t("第", "No. ")) (one.number) (request.t("次，收到时间 ", ", received ")) (request.time(one.submitted_at))
                    br; (request.t("内容摘要（SHA-256）", "Digest of the content (SHA-256): ")) " " code { (one.digest) }
                },
                None => html! { (request.t("草稿，尚未提交", "A draft, not submitted")) },
            }),
        ]))
    }
}

fn annexes(request: &PageRequest, files: &[EvidenceEntry]) -> Markup {
    let caption = html! { (request.t("佐证材料", "Evidence")) (request.aside(&files.len())) };
    let table = Table::new(caption, files.iter().enumerate())
        .column(request.t("序号", "No."), |(index, _)| index + 1)
        .narrow()
        .column(request.t("文件", "File"), |(_, file)| &file.name)
        .number(request.t("大小", "Size"), |(_, file)| words::size(file.size))
        .column(
            request.t("摘要（SHA-256）", "Digest (SHA-256)"),
            |(_, file)| html! { code { (file.digest) } },
        )
        .scrolled();
    html! { h3 { (request.t("佐证材料目录", "Evidence")) } (table.render()) }
}

/// What the formal check looks for: signatures and seals.
fn seal(request: &PageRequest) -> Markup {
    html! {
        div.together {
        h3 { (request.t("签字盖章", "Signatures and seals")) }
        div.signatures {
            p { (request.t("填报人（签字）：", "Filled in by:")) }
            p { (request.t("主要负责人（签字）：", "Head (signature):")) }
            p { (request.t("申报单位（盖章）：", "Applicant (seal):")) }
            p { (request.t("日期：", "Date:")) }
            p { (request.t("设区市主管部门（盖章）：", "The city's department (seal):")) }
            p { (request.t("日期：", "Date:")) }
        } }
    }
}
