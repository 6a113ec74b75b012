//! One objection or lead: who says what, what was done, the next step, the letters to print.

use std::collections::{BTreeMap, BTreeSet};

use super::super::prelude::*;
use super::super::words as wording;
use super::objections::clock;
use super::words::objection_tone;
use super::{application, choice, competition, of_competition, word};
use crate::actions::names::{self, NamedCompetition};
use crate::actions::objections::{self, ObjectionView};
use crate::domain::ids::{AccountId, ObjectionId};
use crate::domain::objection::{ObjectionState, ObjectionStep, RefusalGround};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/competitions/{competition_id}/objections/{objection_id}", Action::ReadObjections, objection),
        page(
            "/competitions/{competition_id}/objections/{objection_id}/letters/{step}",
            Action::ReadObjections,
            letter,
        ),
    ]
}

async fn case(request: &PageRequest, competition: &NamedCompetition) -> Result<ObjectionView> {
    let id: ObjectionId = request.id("objection_id")?;
    let case = objections::read(&request.service, &request.context, id).await?;
    if competition.applications.contains_key(&case.application_id) {
        Ok(case)
    } else {
        Err(Error::not_found())
    }
}

async fn objection(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let case = case(&request, &competition).await?;
    let who: BTreeSet<AccountId> = case.steps.iter().map(|step| step.by).collect();
    let people = names::people(&request.service, &request.context, who).await?;
    let content = html! {
        (head(&request, &competition, &case))
        h2 { (request.t("事实和依据", "Facts and basis")) }
        div.text { (case.content.text) }
        (files(&request, &case))
        h2 { (request.t("办理经过", "What was done")) }
        (steps(&request, &competition, &case, &people))
        (reach(&request, &competition, &case))
        (next_step(&request, &competition, &case))
        div.buttons.screen { (print_button(&request)) }
    };
    let title = if case.objector.is_none() {
        format!("{} {}", request.t("线索", "Lead"), case.number)
    } else {
        format!("{} {}", request.t("异议", "Objection"), case.number)
    };
    let address = format!("/api/v1/objections/{}", case.id);
    let came_to = |states: &[ObjectionState]| {
        let mut steps = case.steps.iter().filter(|step| !step.statement);
        case.objector.is_some() && steps.any(|step| states.contains(&step.to))
    };
    Ok(of_competition(&request, &competition, "/objections", title, &content)
        .crumb(format!("/competitions/{}/objections", competition.id), request.t("异议", "Objections"))
        .document_if(came_to(&[ObjectionState::Accepted]), &printed::OBJECTION_ACCEPTED, address.clone())
        .document_if(came_to(&[ObjectionState::Refused]), &printed::OBJECTION_REFUSED, address.clone())
        .document_if(
            came_to(&[ObjectionState::Upheld, ObjectionState::Dismissed]),
            &printed::OBJECTION_ANSWERED,
            address.clone(),
        )
        .data(address))
}

fn head(request: &PageRequest, competition: &NamedCompetition, case: &ObjectionView) -> Markup {
    let objector = match &case.objector {
        Some(objector) => html! {
            (objector.name) (request.t("，", ", ")) (objector.contact)
            @if !objector.unit.is_empty() { (request.t("，", ", ")) (objector.unit) }
            p.muted { (request.t("异议人信息对申报单位和公众保密。", "Who objects is kept from applicants and the public.")) }
        },
        None => html! { (request.t("匿名", "anonymous")) },
    };
    facts(&[
        (request.t("状态", "State"), word(request, case.state, objection_tone(case.state))),
        (request.t("所指申报", "About"), application(request, competition, case.application_id)),
        (request.t("事由", "What it is about"), html! { (case.content.kind.in_language(request.language)) }),
        (request.t("异议人", "Who objects"), objector),
        (request.t("异议人核实", "Reached"), reached(request, case)),
        (
            request.t("来件方式", "How it came"),
            html! { (case.channel.map_or(request.t("公示页面", "The page of the notice"), |channel| channel.in_language(request.language))) },
        ),
        (request.t("收到", "Received"), request.time(case.received_at)),
        (request.t("答复期限", "To be answered by"), clock(request, case)),
    ])
}

/// Whether whoever objects was shown to be reachable.
fn reached(request: &PageRequest, case: &ObjectionView) -> Markup {
    match (case.reached_at, &case.objector) {
        (Some(at), _) => request.time(at),
        (None, Some(_)) => html! { (request.t("尚未核实", "not asked yet")) },
        (None, None) => html! { (request.t("不适用", "does not apply")) },
    }
}

fn files(request: &PageRequest, case: &ObjectionView) -> Markup {
    html! {
        h2 { (request.t("所附材料", "Files that came with it")) }
        @if case.files.is_empty() { p.muted { (request.t("没有附材料。", "None.")) } }
        @else {
            ul { @for file in &case.files {
                li {
                    (file_link(request, &file.name, file.scan, &format!("/api/v1/objection-files/{}/content", file.id)))
                    " " span.muted { (file.media_type) (request.t("，", ", ")) (wording::size(file.size)) }
                }
            } }
        }
        @if request.role() == Some(Role::Office) && case.state.is_open() && case.objector.is_some() { (scan(request, case)) }
    }
}

/// The form by which the office adds what came on paper.
fn scan(request: &PageRequest, case: &ObjectionView) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/objections/{}/files", case.id))
        .once()
        .files()
        .done("扫描件已上传。", "The scan is uploaded.");
    form.render(&html! {
        (form.field(&Field::files("file", request.t("扫描件", "Scan"), ".pdf,.docx,.xlsx,.png,.jpg,.jpeg")
            .hint(request.t("来信、笔录等；连同异议人自己上传的，至多5个。", "The letter, a record; at most 5 with those that whoever objects uploaded.")).required()))
        (form.button("上传扫描件", "Upload the scan"))
    })
}

/// Whether a step has a letter: one that goes to whoever objected.
fn has_letter(case: &ObjectionView, step: &ObjectionStep) -> bool {
    case.objector.is_some() && !step.statement && step.to != ObjectionState::Investigating
}

fn steps(
    request: &PageRequest,
    competition: &NamedCompetition,
    case: &ObjectionView,
    people: &BTreeMap<AccountId, String>,
) -> Markup {
    html! {
        ol.timeline {
            li.done { span.when { (request.time(case.received_at)) } " " (request.t("收到", "Received")) }
            @for (index, step) in case.steps.iter().enumerate() {
                li.done {
                    span.when { (request.time(step.at)) } " "
                    strong { (if step.statement { request.t("申报单位说明", "Statement of the applicant") } else { step.to.in_language(request.language) }) }
                    @if let Some(name) = people.get(&step.by) { " " span.muted { (name) } }
                    @if let Some(ground) = step.ground { p { (request.t("理由：", "Reason: ")) (ground.in_language(request.language)) } }
                    @if !step.report.is_empty() { p { (request.t("核查情况（存档）：", "For the files: ")) span.text { (step.report) } } }
                    @if !step.reply.is_empty() { p { (reply_words(request, step)) span.text { (step.reply) } } }
                    @if has_letter(case, step) {
                        p.screen { a href=(request.link(&format!("/competitions/{}/objections/{}/letters/{}", competition.id, case.id, index + 1))) { (request.t("打印函件", "The letter, to print")) } }
                    }
                }
            }
        }
    }
}

fn reply_words(request: &PageRequest, step: &ObjectionStep) -> &'static str {
    let (zh, en) = match (step.statement, step.to) {
        (true, _) => ("说明：", "Explanation: "),
        (false, ObjectionState::Investigating) => ("向申报单位询问：", "Asked of the applicant: "),
        (false, _) => ("答复异议人：", "Reply to whoever objected: "),
    };
    if request.is_chinese() { zh } else { en }
}

/// The step that may be taken next, by whom it is for.
fn next_step(request: &PageRequest, competition: &NamedCompetition, case: &ObjectionView) -> Markup {
    match (request.role(), case.state) {
        (Some(Role::Office), state) if state.is_open() => decide(request, competition, case),
        (Some(Role::Supervisor), ObjectionState::Lead) => note(request, competition, case),
        (Some(Role::Supervisor), state) if state.is_open() => notice(
            Tone::Neutral,
            &html! { p {
                (request.t("由领导小组办公室办理。必要时可暂停该名称：", "The office decides. You may suspend the name if need be: "))
                a href=(request.link(&format!("/applications/{}/suspension", case.application_id))) { (request.t("暂停名称", "suspend the name")) }
            } },
        ),
        _ => Markup::default(),
    }
}

/// A form for an act on a case.
fn form<'a>(
    request: &'a PageRequest,
    competition: &NamedCompetition,
    case: &ObjectionView,
    act: &str,
) -> Form<'a> {
    request
        .form(Method::Post, format!("/api/v1/objections/{}/{act}", case.id))
        .revision(case.revision)
        .once()
        .next(format!("/competitions/{}/objections/{}", competition.id, case.id))
        .done("已记录。", "Recorded.")
}

/// Recording that whoever objects was reached.
fn reach(request: &PageRequest, competition: &NamedCompetition, case: &ObjectionView) -> Markup {
    let may = matches!(request.role(), Some(Role::Office | Role::Supervisor));
    if !may || case.state != ObjectionState::Received || case.reached_at.is_some() {
        return Markup::default();
    }
    let form = form(request, competition, case, "reach");
    html! {
        section.card.screen {
            h2 { (request.t("核实异议人", "Reach whoever objects")) }
            p { (request.t(
                "公示期后3个工作日内须逐件审查。异议人已核实的，未受理前即暂缓公布所指名称；未核实的，期满后不再阻止公布，但仍须答复。",
                "Each objection is looked at within three working days after the notice. Once whoever objects was reached, the name is held back even before it is accepted; otherwise it no longer holds anything back after that time, though it must still be answered.",
            )) }
            (form.render(&html! {
                (form.field(&Field::area("/text", request.t("怎样核实的", "How they were reached"), 2).required()))
                (form.button("记录已核实", "Record that they were reached"))
            }))
        }
    }
}

fn decide(request: &PageRequest, competition: &NamedCompetition, case: &ObjectionView) -> Markup {
    let form = form(request, competition, case, "steps");
    let steps = ObjectionState::ALL.iter().copied().filter(|to| case.state.may_go_to(*to));
    let steps: Vec<(String, String)> =
        steps.map(|to| (to.to_string(), step_words(request, to).to_owned())).collect();
    let none = (String::new(), request.t("（仅不予受理时选择）", "(with a rejection only)").to_owned());
    let grounds = RefusalGround::ALL.iter().map(|ground| choice(request, *ground));
    let grounds: Vec<_> = std::iter::once(none).chain(grounds).collect();
    let content = html! {
        (form.field(&Field::radios("/to", request.t("这一步", "This step"), steps).silent()))
        @if case.state == ObjectionState::Received {
            (form.field(&Field::select("/ground:optional", request.t("不予受理的理由", "Reason of the rejection"), grounds).silent()))
        }
        (form.field(&Field::area("/report", request.t("核查情况（存档，不外发）", "What was found (for the files)"), 4)
            .hint(request.t("认定异议成立或不成立时必须填写。", "Obligatory with a decision.")).silent()))
        (form.field(&Field::area("/reply", request.t("答复", "Answer"), 4).hint(reply_hint(request, case.state)).required()))
        (form.danger("记录这一步", "Record this step"))
    };
    html! {
        section.card.screen {
            h2 { (request.t("下一步", "Next step")) }
            p { (request.t(
                "每一步都长期留存，不能撤回。异议成立的名称不予公布；不成立或不予受理的，名称恢复公布。",
                "Each step stays for good. A name is not announced if the objection is upheld; it is announced again if the objection is dismissed or not accepted.",
            )) }
            (form.render(&content))
        }
    }
}

fn reply_hint(request: &PageRequest, state: ObjectionState) -> &'static str {
    if state == ObjectionState::Accepted {
        request.t(
            "异议人凭查询码可见；选“核查中”时写给申报单位，不得透露异议人。",
            "Whoever objected reads it by their code; with an investigation it goes to the applicant, who must not learn from it who objects.",
        )
    } else {
        request.t("异议人凭查询码可见。", "Whoever objected reads it by their code.")
    }
}

fn step_words(request: &PageRequest, to: ObjectionState) -> &'static str {
    let (zh, en) = match to {
        ObjectionState::Accepted => ("受理", "Accept it"),
        ObjectionState::Refused => ("不予受理", "Reject it"),
        ObjectionState::Investigating => ("核查：询问申报单位", "Investigate: ask the applicant"),
        ObjectionState::Upheld => ("认定异议成立", "Uphold it"),
        ObjectionState::Dismissed => ("认定异议不成立", "Dismiss it"),
        other => return other.in_language(request.language),
    };
    if request.is_chinese() { zh } else { en }
}

/// What came of a lead, for a supervisor to record.
fn note(request: &PageRequest, competition: &NamedCompetition, case: &ObjectionView) -> Markup {
    let form = form(request, competition, case, "note");
    html! {
        section.card.screen {
            h2 { (request.t("处理线索", "Deal with the lead")) }
            p {
                (request.t("匿名线索不阻止公布；查实需要时，另行暂停该名称：", "A lead holds nothing back; if it proves true, suspend the name: "))
                a href=(request.link(&format!("/applications/{}/suspension", case.application_id))) { (request.t("暂停名称", "suspend the name")) }
            }
            (form.render(&html! {
                (form.field(&Field::area("/text", request.t("处理情况", "What came of it"), 4).required()))
                (form.danger("记录并办结", "Record it and close the lead"))
            }))
        }
    }
}

/// The letter that a step is told by, as it is printed and sealed.
async fn letter(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let case = case(&request, &competition).await?;
    let number: usize = request.id("step")?;
    let step = number.checked_sub(1).and_then(|index| case.steps.get(index));
    let step = step.filter(|step| has_letter(&case, step)).ok_or_else(Error::not_found)?;
    let name = competition.applications.get(&case.application_id);
    let about = name.map_or_else(String::new, |name| format!("{}（{}）", name.title, name.number));
    let objector = case.objector.as_ref();
    let content = html! {
        article.paper lang="zh-CN" {
            h2 { (letter_title(step.to)) }
            p.number { "编号：" (case.number) }
            p { (objector.map_or("", |objector| objector.name.as_str())) "：" }
            p {
                "您于" (wording::date(case.received_at.date(), crate::domain::values::Language::Chinese))
                "对“" (about) "”提出的异议收悉。" (letter_body(step))
            }
            @if let Some(ground) = step.ground { p { "不予受理的理由：" (ground.words().0) "。" } }
            div.text { (step.reply) }
            p { "特此告知。" }
            div.signatures {
                p { (competition.rules.settings.organizer) "（盖章）" }
                p { (wording::date(step.at.date(), crate::domain::values::Language::Chinese)) }
            }
        }
        div.buttons.screen { (print_button(&request)) }
    };
    let page = format!("/competitions/{}/objections", competition.id);
    Ok(of_competition(&request, &competition, "/objections", letter_title(step.to), &content)
        .crumb(page.clone(), request.t("异议", "Objections"))
        .crumb(format!("{page}/{}", case.id), case.number.clone()))
}

fn letter_title(to: ObjectionState) -> &'static str {
    match to {
        ObjectionState::Accepted => "异议受理告知书",
        ObjectionState::Refused => "异议不予受理告知书",
        _ => "异议处理答复书",
    }
}

fn letter_body(step: &ObjectionStep) -> &'static str {
    match step.to {
        ObjectionState::Accepted => "经审查，决定予以受理。",
        ObjectionState::Refused => "经审查，决定不予受理。",
        ObjectionState::Upheld => "经核查，异议成立。",
        _ => "经核查，异议不成立。",
    }
}
