//! The application on paper (申报书): all of it, with the lines that are signed and sealed.

use super::super::prelude::*;
use super::super::words;
use super::content;
use super::context::{Context, chain};
use crate::actions::applications::{self, SubmissionView};
use crate::domain::application::{EvidenceEntry, Whole};

/// What was submitted last; while it may be changed, what is stored.
pub(super) async fn page(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let id = context.view.id;
    let last = applications::submissions(&asked.service, &asked.visit, id).await?.pop();
    let (whole, submission) = match last.filter(|_| !context.view.state.is_open()) {
        Some(last) => {
            let found = applications::submission(&asked.service, &asked.visit, id, last.number).await?;
            (found.content.clone(), Some(found))
        }
        None => (applications::stored(&asked.service, &asked.visit, id).await?, None),
    };
    let title = asked.t("申报书", "Application form");
    let body = html! {
        div.buttons.screen { (print_button(&asked)) }
        div.paper tabindex="0" role="region" aria-label=(title) {
            (head(&asked, &context, &whole, submission.as_ref()))
            (content::whole(&asked, &context, &whole))
            (annexes(&asked, &whole.evidence))
            (seal(&asked))
        }
    };
    Ok(context.shown(&asked, title, "/print", &body))
}

fn head(asked: &Asked, context: &Context, whole: &Whole, submission: Option<&SubmissionView>) -> Markup {
    let catalogue = &context.rules.catalogue;
    html! {
        p.document { (context.rules.settings.title) }
        (facts(&[
            (asked.t("申报编号", "Number"), html! { (context.view.number.as_deref().unwrap_or("—")) }),
            (asked.t("申报名称", "Title"), html! { (whole.profile.title) }),
            (asked.t("产业链", "Chain"), html! { (chain(catalogue, whole.chain)) }),
            (asked.t("参与地区", "Regions"), html! {
                @for member in &whole.members {
                    (catalogue.region_name_or_code(&member.region)) " " (member.region)
                    (asked.aside(&member.role.in_language(asked.language)))
                    @if member.region == whole.lead_region { (asked.t("，牵头", ", leads")) }
                    @else { (asked.t("，", ", ")) (member.consent.in_language(asked.language)) }
                    br;
                }
            }),
            (asked.t("提交", "Submitted"), match submission {
                Some(one) => html! {
                    (asked.t("第", "No. ")) (one.number) (asked.t("次，收到时间 ", ", received ")) (asked.time(one.submitted_at))
                    br; (asked.t("内容摘要（SHA-256）", "Digest of the content (SHA-256): ")) " " code { (one.digest) }
                },
                None => html! { (asked.t("尚未提交的草稿", "A draft, not submitted")) },
            }),
        ]))
    }
}

fn annexes(asked: &Asked, files: &[EvidenceEntry]) -> Markup {
    let caption = html! { (asked.t("佐证材料", "Evidence")) (asked.aside(&files.len())) };
    let table = Table::new(caption, files.iter().enumerate())
        .column(asked.t("序号", "No."), |(index, _)| index + 1)
        .narrow()
        .column(asked.t("文件", "File"), |(_, file)| &file.name)
        .number(asked.t("大小", "Size"), |(_, file)| words::size(file.size))
        .column(asked.t("摘要（SHA-256）", "Digest (SHA-256)"), |(_, file)| html! { code { (file.digest) } })
        .scrolled();
    html! { h3 { (asked.t("佐证材料目录", "Evidence")) } (table.render()) }
}

/// What the formal check looks for: signatures and seals.
fn seal(asked: &Asked) -> Markup {
    html! {
        div.together {
        h3 { (asked.t("签字盖章", "Signatures and seals")) }
        div.signatures {
            p { (asked.t("填报人（签字）：", "Filled in by:")) }
            p { (asked.t("主要负责人（签字）：", "Head (signature):")) }
            p { (asked.t("申报单位（盖章）：", "Applicant (seal):")) }
            p { (asked.t("日期：", "Date:")) }
            p { (asked.t("设区市主管部门（盖章）：", "The city's department (seal):")) }
            p { (asked.t("日期：", "Date:")) }
        } }
    }
}
