//! What each party can do about an inspection as it stands.

use super::{Inspected, table};
use crate::domain::inspection::{InspectionState, check_record};
use crate::domain::problem::FieldProblem;
use crate::http::pages::prelude::*;

/// The acts of whoever reads the page.
pub(super) fn next(request: &PageRequest, inspected: &Inspected) -> Markup {
    if !inspected.scene.is_inspected_now() {
        return Markup::default();
    }
    html! {
        @if inspected.in_team { (team(request, inspected)) }
        @if inspected.scene.is_lead { (party(request, inspected)) }
        @if request.role() == Some(Role::Office) { (office(request, inspected)) }
    }
}

fn team(request: &PageRequest, inspected: &Inspected) -> Markup {
    let view = &inspected.view;
    let account = request.context.caller.as_ref().map(|caller| caller.account);
    let signed = view.signatures.team.iter().any(|signature| Some(signature.account) == account);
    html! {
        @if view.state == Some(InspectionState::Open) {
            p { a.button href=(request.link(&inspected.page("/record"))) { (request.t("填写考察记录", "Write the record")) } }
        }
        @if view.state != Some(InspectionState::Final) && !signed { (sign(request, inspected)) }
        @if view.state == Some(InspectionState::Signing) && view.signatures.party.is_none() { (refusal(request, inspected)) }
    }
}

/// What blocks signing the record.
fn missing(inspected: &Inspected) -> Vec<FieldProblem> {
    let (rules, view) = (&inspected.scene.rules, &inspected.view);
    let Some(record) = &view.record else { return Vec::new() };
    check_record(record, &view.claimed, &rules.settings, &rules.tally.rubric, inspected.scene.chain, true)
}

fn sign(request: &PageRequest, inspected: &Inspected) -> Markup {
    let missing = missing(inspected);
    if !missing.is_empty() {
        return html! {
            details {
                summary { (request.t("签字前还需补充 ", "To be completed before signing: ")) (missing.len()) (request.t(" 处", "")) }
                ul { @for problem in &missing { li {
                    @if let Some(name) = named(inspected, &problem.pointer) { "“" (name) "”：" }
                    (request.localized(&problem.message))
                } } }
            }
        };
    }
    let lines = table::lines(inspected);
    let none = lines.iter().filter(|line| line.item.is_some_and(|item| item.value.is_null()));
    let none: Vec<&str> = none.map(|line| &*line.indicator.name).collect();
    let form = request
        .form(Method::Post, inspected.act("signatures"))
        .revision(inspected.view.revision)
        .once()
        .done("您已在考察记录上签字。", "You have signed the record.");
    html! {
        section.confirm {
            h2 { (request.t("签字确认", "Sign the record")) }
            p { (request.t("请核对下方的考察记录。第一个人签字后，记录不能再修改；全体签字并由被考察单位签署意见后，核定值生效、参与计分。",
                "Check the record below. After the first signature it can't be changed; once all have signed and the party has decided, its values hold and score.")) }
            @if !none.is_empty() {
                (notice(Tone::Warning, &html! { p {
                    (request.t("以下指标无法核定，将不计分：", "These could not be verified and will score nothing: ")) (none.join("、"))
                } }))
            }
            (form.render(&form.danger("在考察记录上签字", "Sign the record")))
        }
    }
}

/// The name of the indicator that a pointer into the record is about.
fn named<'a>(inspected: &'a Inspected, pointer: &str) -> Option<&'a str> {
    let index: usize = pointer.strip_prefix("/items/")?.split('/').next()?.parse().ok()?;
    let key = &inspected.view.record.as_ref()?.items.get(index)?.indicator;
    let mut measured = inspected.scene.rules.tally.rubric.measured();
    measured.find(|(indicator, _)| indicator.key.as_str() == key).map(|(indicator, _)| &*indicator.name)
}

fn refusal(request: &PageRequest, inspected: &Inspected) -> Markup {
    let form = request
        .form(Method::Post, inspected.act("refusal"))
        .revision(inspected.view.revision)
        .once()
        .hidden("/stance", "refused")
        .done("已注明被考察单位拒绝签字。", "It is stated that the party refused to sign.");
    html! {
        details open[form.carried().is_some()] {
            summary { (request.t("被考察单位拒绝签字？", "Does the inspected party refuse to sign?")) }
            (form.render(&html! {
                (form.field(&Field::area("/statement", request.t("拒签情况说明", "How it refused"), 3).required()))
                (form.field(&Field::text("/signatory", request.t("拒签人", "Who refused")).required().medium()))
                (form.danger("注明拒绝签字", "State the refusal"))
            }))
        }
    }
}

fn party(request: &PageRequest, inspected: &Inspected) -> Markup {
    let view = &inspected.view;
    let until = view.comments_due_at.filter(|until| request.service.clock.now() <= *until);
    html! {
        @if view.state == Some(InspectionState::Signing) && view.signatures.party.is_none() { (decision(request, inspected)) }
        @if let (Some(InspectionState::Final), Some(until)) = (view.state, until) {
            h2 { (request.t("对核定值的意见", "Comment on the verified values")) }
            p { (request.t("可在此之前提出意见：", "You may comment until ")) (request.time(until)) }
            (comment(request, inspected))
        }
    }
}

fn decision(request: &PageRequest, inspected: &Inspected) -> Markup {
    let form = request
        .form(Method::Post, inspected.act("decision"))
        .revision(inspected.view.revision)
        .once()
        .done("意见已签署。", "Your decision is signed.");
    let stances = [
        ("agrees", request.t("对考察记录无异议", "We agree with the record")),
        ("objects", request.t("对考察记录有异议，说明如下", "We object, as stated below")),
    ];
    let stances = stances.map(|(key, words)| (key.to_owned(), words.to_owned()));
    html! {
        section.confirm {
            h2 { (request.t("签署意见", "Decision")) }
            p { (request.t(
                "请核对下方的核定值后签署。签署后不能更改；签署无异议的，不再有提出意见的期限；有异议也不妨碍记录生效，但异议随记录存档。",
                "Check the verified values below, then sign. It can't be changed afterwards. If you agree, no time for comments follows; an objection does not stop the record from taking effect, but is kept with it.",
            )) }
            (form.render(&html! {
                (form.field(&Field::radios("/stance", request.t("签署意见", "Decision"), stances).required()))
                (form.field(&Field::area("/statement", request.t("异议说明", "Statement"), 4)
                    .hint(request.t("有异议时必填：哪项指标、应为多少、依据是什么。", "Due where you object: which indicator, what it should be, on what basis.")).silent()))
                (form.field(&Field::text("/signatory", request.t("签署人", "Signed by")).required().medium().complete("name")))
                (form.danger("签署意见", "Sign the decision"))
            }))
        }
    }
}

fn comment(request: &PageRequest, inspected: &Inspected) -> Markup {
    let form = request
        .form(Method::Post, inspected.act("comments"))
        .once()
        .done("意见已提交。", "Your comment is sent.");
    form.render(&html! {
        (form.field(&Field::area("/text", request.t("意见", "Comment"), 4).required()))
        (form.button("提交意见", "Send the comment"))
    })
}

fn office(request: &PageRequest, inspected: &Inspected) -> Markup {
    let view = &inspected.view;
    html! {
        @if view.state == Some(InspectionState::Open) {
            p { a.button.secondary href=(request.link(&inspected.page("/plan"))) { (request.t("修改考察方案", "Change the plan")) } }
        }
        @if view.state == Some(InspectionState::Final) { (increases(request, inspected)) }
        @if matches!(view.state, Some(InspectionState::Signing | InspectionState::Final)) { (reopening(request, inspected)) }
    }
}

/// Raised values that wait for the office's consent.
fn increases(request: &PageRequest, inspected: &Inspected) -> Markup {
    let lines = table::lines(inspected);
    let awaits = |line: &&table::Line<'_>| {
        inspected.view.raised.get(line.indicator.key.as_str()).is_some_and(Option::is_none)
    };
    let waiting: Vec<&table::Line<'_>> = lines.iter().filter(awaits).collect();
    html! {
        @if !waiting.is_empty() {
            h2 { (request.t("核增待同意", "Raised values that await your consent")) }
            p { (request.t("核定值高于申报值的，须经办公室同意并说明理由后才参与计分。", "A value above the claimed one scores only with the office's consent and its reason.")) }
            @for line in waiting {
                @let form = request
                    .form(Method::Post, inspected.act(&format!("increases/{}/consent", line.indicator.key)))
                    .once()
                    .done("已同意核增。", "The raised value is consented to.");
                h3 { (line.indicator.name) }
                p { (request.t("申报值 ", "Claimed value ")) (line.claimed(request)) (request.t("，核定 ", ", verified ")) strong { (line.written(request, line.item.map(|item| &item.value))) } }
                (form.render(&html! {
                    (form.field(&Field::area("/reason", request.t("同意核增的理由", "Reason for the consent"), 2).required()))
                    (form.button("同意核增", "Consent"))
                }))
            }
        }
    }
}

fn reopening(request: &PageRequest, inspected: &Inspected) -> Markup {
    let form = request
        .form(Method::Post, inspected.act("reopening"))
        .revision(inspected.view.revision)
        .once()
        .done("考察已重新打开。", "The inspection is open again.");
    html! {
        details open[form.carried().is_some()] {
            summary { (request.t("需要重新考察或更正记录？", "Must it be inspected again, or the record corrected?")) }
            p { (request.t(
                "重新打开后，现有签字全部失效，须重新记录和签字；已签字的版本保留存档，但其核定值不再有效，直至新版本签字生效。",
                "Its signatures become void, and it must be recorded and signed anew; the signed version is kept, but its values hold no more until the next one is signed.",
            )) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", request.t("理由", "Reason"), 2).required()))
                (form.danger("重新打开考察", "Reopen the inspection"))
            }))
        }
    }
}
