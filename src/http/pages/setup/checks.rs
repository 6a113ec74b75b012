//! Formal and veto checks: the list of a competition, and those of an application with their forms.

use super::super::applicant::correction;
use super::super::prelude::*;
use super::super::whereabouts::{after_an_act_on, among_own};
use super::words::choices;
use super::{competition, is_office, of_competition};
use crate::actions::applications::{self, ApplicationView};
use crate::actions::checks::{self, CheckEntry, FormalCheckView, VetoView};
use crate::actions::competitions::{self, CompetitionView};
use crate::actions::evidence::{self, EvidenceView, VETO_REPLY};
use crate::domain::application::ApplicationState;
use crate::domain::checks::{FormalResult, VetoState, checks_vetoes};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;

pub(super) fn veto_tag(request: &PageRequest, state: VetoState) -> Markup {
    let tone = match state {
        VetoState::NotChecked => Tone::Neutral,
        VetoState::Asked | VetoState::Contested => Tone::Warning,
        VetoState::Clear => Tone::Good,
        VetoState::Hit => Tone::Bad,
    };
    tag(state.in_language(request.language), tone)
}

pub(super) fn result_tag(request: &PageRequest, result: FormalResult) -> Markup {
    let tone = match result {
        FormalResult::Accepted => Tone::Good,
        FormalResult::Correction => Tone::Warning,
        FormalResult::Rejected => Tone::Bad,
        FormalResult::TakenBack => Tone::Active,
    };
    tag(result.in_language(request.language), tone)
}

pub(super) async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let entries = checks::of_competition(&request.service, &request.context, competition.id).await?;
    let undecided = entries
        .iter()
        .filter(|entry| matches!(entry.state, ApplicationState::Recommended | ApplicationState::Correction))
        .count();
    let told = request.either(
        format!("共{}件，{undecided}件形式审查尚无结论。", entries.len()),
        format!(
            "{}, {undecided} without a result of the formal check.",
            count(entries.len(), "application", "applications")
        ),
    );
    let content = html! {
        @if entries.is_empty() {
            (empty(&html! { p { (request.t("各市推荐后，申报出现在这里。", "Applications appear here once cities have recommended them.")) } }))
        } @else {
            p.lead { (told) }
            p { a href=(request.link(&format!("/competitions/{}/checks/drafts", competition.id))) { (request.t("批量形式审查", "Formal checks of many")) } }
            p { a href=(request.link(&format!("/competitions/{}/inquiries", competition.id))) { (request.t("函询有关部门（批量否决核查）", "Ask departments (veto checks of many)")) } }
            (print_button(&request))
            (table(&request, &entries))
        }
    };
    Ok(of_competition(
        &request,
        &competition,
        "/checks",
        request.t("形式审查与否决核查", "Formal and veto checks"),
        &content,
    ))
}

fn table(request: &PageRequest, entries: &[CheckEntry]) -> Markup {
    Table::new(request.t("按编号", "By number"), entries)
        .head(request.t("编号", "Number"), |entry| html! { a href=(request.link(&format!("/applications/{}/checks", entry.id))) { (entry.number) } })
        .column(request.t("申报", "Application"), |entry| html! { (entry.title) br; span.muted { (entry.region) " · " (entry.chain) } })
        .column(request.t("状态", "State"), |entry| application_state(request, entry.state))
        .column(request.t("形式审查", "Formal check"), |entry| formal_summary(request, entry))
        .column(request.t("否决核查", "Veto checks"), |entry| veto_summary(request, entry))
        .render()
}

fn formal_summary(request: &PageRequest, entry: &CheckEntry) -> Markup {
    let Some(check) = &entry.formal else {
        return tag(request.t("待审查", "To be checked"), Tone::Warning);
    };
    html! {
        (result_tag(request, check.result))
        @if let (FormalResult::Correction, Some(until)) = (check.result, check.correction_due_at) {
            " " span.muted { (request.t("至", "until ")) (request.time(until)) }
        }
    }
}

fn veto_summary(request: &PageRequest, entry: &CheckEntry) -> Markup {
    let count = |state| entry.vetoes.iter().filter(|(_, at)| *at == state).count();
    if count(VetoState::Clear) == entry.vetoes.len() {
        return tag(request.t("全部为无", "All clear"), Tone::Good);
    }
    html! {
        @for state in VetoState::ALL {
            @let number = count(*state);
            @if number > 0 { (veto_tag(request, *state)) " " (number) " " }
        }
    }
}

pub(super) async fn application(request: Rc<PageRequest>) -> Result<Page> {
    let id: ApplicationId = request.id("application_id")?;
    let (service, context) = (&request.service, &request.context);
    let view = checks::read(service, context, id).await?;
    let application = applications::read(service, context, id).await?;
    let competition = competitions::read(service, context, application.competition_id).await?;
    let replies = match &view.vetoes {
        Some(_) => evidence::list(service, context, id).await?.items,
        None => Vec::new(),
    };
    let replies: Vec<EvidenceView> = replies.into_iter().filter(|file| file.kind == VETO_REPLY).collect();
    let number = application.number.clone().unwrap_or_default();
    let content = html! {
        (application_views(&request, id, "/checks"))
        (after_an_act_on(&request, &application, competition.state, &competition.settings))
        (facts(&[
            (request.t("编号", "Number"), html! { (number) }),
            (request.t("状态", "State"), application_state(&request, application.state)),
        ]))
        h2 { (request.t("形式审查", "Formal check")) }
        @if view.formal.is_empty() { (empty(&html! { p { (request.t("尚未审查。", "Not checked yet.")) } })) }
        @for check in &view.formal { (formal(&request, &competition, check)) }
        (correction::of_page(&request).await?)
        @if is_office(&request) { (formal_form(&request, &competition, &application, &view.formal)) }
        @if let Some(vetoes) = &view.vetoes {
            h2 { (request.t("否决核查", "Veto checks")) }
            @for (key, veto) in vetoes { (veto_item(&request, id, key, veto, &competition, &application, &replies)) }
            (reply_files(&request, id, &replies))
        }
        (print_button(&request))
    };
    let title = format!("{} {number}", request.t("审查", "Checks"));
    let shown = among_own(&request, application.competition_id, Page::new(title, content));
    let address = format!("/api/v1/applications/{id}/checks");
    let corrected = view.formal.iter().any(|check| check.result == FormalResult::Correction);
    let rejected = view.formal.last().is_some_and(|check| check.result == FormalResult::Rejected);
    Ok(shown
        .crumb(format!("/applications/{id}"), number)
        .document_if(corrected, &printed::CORRECTION, address.clone())
        .document_if(rejected, &printed::REJECTION, address.clone())
        .document_if(view.vetoes.is_some(), &printed::INQUIRY, address.clone())
        .data(address))
}

fn formal(request: &PageRequest, competition: &CompetitionView, check: &FormalCheckView) -> Markup {
    let title = |item: &str| {
        let found = competition.settings.formal_items.iter().find(|known| known.key == item);
        found.map_or_else(|| item.to_owned(), |known| known.title.clone())
    };
    let caption = request.either(format!("第{}次审查", check.round), format!("Round {}", check.round));
    if check.result == FormalResult::TakenBack {
        return html! {
            p { (request.time(check.checked_at)) " " (result_tag(request, check.result)) " " (check.reason) }
        };
    }
    Table::new(html! { (caption) (request.t("，", ", ")) (request.time(check.checked_at)) }, &check.findings)
        .head(request.t("项目", "Item"), |finding| title(&finding.item))
        .column(request.t("意见", "Comment"), |finding| match finding.passed {
            Some(true) => tag(request.t("符合", "In form"), Tone::Good),
            _ => tag(request.t("不符合", "Not in form"), Tone::Bad),
        })
        .column(request.t("说明", "Explanation"), |finding| &finding.note)
        .render()
}

/// The form of the next formal check, where one is due.
fn formal_form(
    request: &PageRequest,
    competition: &CompetitionView,
    application: &ApplicationView,
    before: &[FormalCheckView],
) -> Markup {
    let over = before
        .last()
        .and_then(|check| check.correction_due_at)
        .is_some_and(|until| request.service.clock.now() > until);
    let up = application.state == ApplicationState::Recommended
        || (application.state == ApplicationState::Correction && over);
    if competition.state == CompetitionState::Checking && application.state == ApplicationState::Rejected {
        return taking_back(request, application);
    }
    if competition.state != CompetitionState::Checking || !up {
        return Markup::default();
    }
    let form = request
        .form(Method::Post, format!("/api/v1/applications/{}/checks/formal", application.id))
        .revision(application.revision)
        .once()
        .done("审查结论已记录，申报单位可见。", "The check is recorded; the applicant sees it.");
    let passed = [
        ("true".to_owned(), request.t("符合", "In form").to_owned()),
        ("false".to_owned(), request.t("不符合", "Not in form").to_owned()),
    ];
    let corrected = before.iter().any(|check| check.result == FormalResult::Correction);
    let results = FormalResult::ALL.iter().copied().filter(|result| match result {
        FormalResult::Accepted | FormalResult::Rejected => true,
        FormalResult::Correction => !corrected,
        FormalResult::TakenBack => false,
    });
    let results: Vec<FormalResult> = results.collect();
    html! {
        h3 { (request.t("记录审查", "Record a check")) }
        p.hint { (request.t(
            "有不符合的项目时，首次可要求补正一次；补正后只能受理或不予受理。",
            "Where something is not in form, the first check may ask for one correction; after it there is only acceptance or rejection.",
        )) }
        (form.render(&html! {
            @for (index, item) in competition.settings.formal_items.iter().enumerate() {
                fieldset.group {
                    legend { (item.title) }
                    input type="hidden" name=(format!("/findings/{index}/item")) value=(item.key);
                    (form.field(&Field::radios(format!("/findings/{index}/passed:yes"), request.t("意见", "Comment"), passed.clone()).required()))
                    (form.field(&Field::text(format!("/findings/{index}/note"), request.t("说明（不符合时必填）", "Note (obligatory if not in form)")).silent()))
                }
            }
            (form.field(&Field::radios("/result", request.t("结论", "Outcome"), choices(&results, request.language)).required()))
            (form.field(&Field::area("/reason", request.t("告知申报单位的理由（受理时可空）", "Reasons for the applicant (may be empty if accepted)"), 3).silent()))
            (form.danger("记录审查结论", "Record the result"))
        }))
    }
}

/// The form by which a second person takes a rejection back.
fn taking_back(request: &PageRequest, application: &ApplicationView) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/applications/{}/checks/formal/revocation", application.id))
        .revision(application.revision)
        .once()
        .done(
            "不予受理已撤回，可重新审查；申报单位已收到通知。",
            "The rejection is taken back; the applicant is told.",
        );
    html! {
        details {
            summary { (request.t("不予受理有误？", "Rejected by mistake?")) }
            p.hint { (request.t(
                "转入下一阶段之前，可由作出决定者以外的办公室人员撤回，须说明理由；撤回后重新审查，两次都会告知申报单位。",
                "Until the next stage begins somebody of the office other than who rejected it can take it back with a reason; it is checked again, and the applicant is told of both.",
            )) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", request.t("理由", "Reason"), 3).required()))
                (form.button("撤回不予受理", "Take the rejection back"))
            }))
        }
    }
}

/// States that an item may go to from where it is, but none twice.
fn next_states(from: VetoState) -> Vec<VetoState> {
    VetoState::ALL.iter().copied().filter(|to| from.step_to(*to).is_ok()).collect()
}

fn veto_item(
    request: &PageRequest,
    id: ApplicationId,
    key: &str,
    veto: &VetoView,
    competition: &CompetitionView,
    application: &ApplicationView,
    replies: &[EvidenceView],
) -> Markup {
    let document = veto.evidence_id.and_then(|document| replies.iter().find(|file| file.id == document));
    html! {
        section {
            h3 { (veto.title) " " (veto_tag(request, veto.state)) }
            @if !veto.note.is_empty() { p.text { (veto.note) } }
            @if let Some(file) = document { p { (request.t("复函：", "Reply: ")) (reply_link(request, file)) } }
            @if is_office(request) && checks_vetoes(competition.state, application.state) { (veto_form(request, id, key, veto, replies)) }
        }
    }
}

fn veto_form(
    request: &PageRequest,
    id: ApplicationId,
    key: &str,
    veto: &VetoView,
    replies: &[EvidenceView],
) -> Markup {
    let form = request
        .form(Method::Put, format!("/api/v1/applications/{id}/checks/vetoes/{key}"))
        .revision(veto.revision)
        .done("已记录。", "Recorded.");
    let states = next_states(veto.state);
    let first = states.first().map(ToString::to_string).unwrap_or_default();
    let needs_reply = states.iter().any(|to| veto.state.step_to(*to).is_ok_and(|needs| needs.0));
    let none = (String::new(), request.t("（无）", "(none)").to_owned());
    let files = replies.iter().map(|file| (file.id.to_string(), file.name.clone()));
    html! {
        details {
            summary { (request.t("更新状态", "Change its state")) span.muted { (request.aside(&veto.title)) } }
            (form.render(&html! {
                (form.field(&Field::select("/state", request.t("新状态", "New state"), choices(&states, request.language)).value(first).required().medium()))
                (form.field(&Field::area("/note", request.t("说明：单位、文号、日期", "Note: body, number of the letter, date"), 2).required()))
                @if needs_reply {
                    (form.field(&Field::select("/evidence_id:optional", request.t("复函（先在下方上传）", "Reply (upload it below first)"), std::iter::once(none).chain(files))
                        .hint(request.t("记为“无”或“有”时必须附复函。", "Obligatory for clear and for hit.")).silent()))
                }
                (form.button("记录", "Record it"))
            }))
        }
    }
}

fn reply_link(request: &PageRequest, file: &EvidenceView) -> Markup {
    file_link(request, &file.name, file.scan, &format!("/api/v1/evidence/{}/content", file.id))
}

fn reply_files(request: &PageRequest, id: ApplicationId, replies: &[EvidenceView]) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/applications/{id}/checks/replies"))
        .once()
        .files()
        .done("复函已上传，可在相应否决项中选用。", "Uploaded; choose it at the veto item.");
    html! {
        h3 { (request.t("复函文件", "Reply documents")) }
        @if replies.is_empty() { p.muted { (request.t("还没有上传复函。", "None yet.")) } } @else {
            ul { @for file in replies { li { (reply_link(request, file)) " " span.muted { (request.time(file.uploaded_at)) } } } }
        }
        @if is_office(request) {
            (notice(Tone::Active, &html! { p { (request.t("复函只有办公室和监督可见。", "Replies are seen by the office and the supervisors alone.")) } }))
            (form.render(&html! {
                (form.field(&Field::file("file", request.t("复函", "Reply"), ".pdf,.jpg,.jpeg,.png,.docx").required()))
                (form.button("上传复函", "Upload the reply"))
            }))
        }
    }
}
