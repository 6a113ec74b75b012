//! An application: a list of tasks for whoever files it, the whole of it for those who read it.

use super::super::prelude::*;
use super::super::results::issued;
use super::context::{Context, chain};
use super::members;
use super::parts::read_only;
use crate::actions::applications::{self, CompletenessView};
use crate::actions::checks::{self, FormalCheckView};
use crate::actions::evidence;
use crate::domain::application::{ApplicationState, ConsentState, DecisionKind, EvidenceEntry, Part};
use crate::domain::competition::CompetitionState;

pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let body = html! {
        (summary(&request, &context))
        p.screen { a href=(request.link(&format!("{}/print", context.page()))) { (request.t("打印申报书", "Print the application")) } }
        @if context.view.state == ApplicationState::Correction {
            (correction(&request, &context, checks::read(&request.service, &request.context, context.view.id).await?.formal.last()))
        }
        (asked_for_consent(&request, &context))
        @if context.may_change(&request) {
            (tasks(&request, &context, &applications::completeness(&request.service, &request.context, context.view.id).await?))
        }
        (next_steps(&request, &context))
        (decisions(&request, &context))
        (issued::about(&request, context.view.competition_id, context.view.id).await?)
        @if !context.may_change(&request) {
            (whole(&request, &context).await?)
        }
    };
    let consents = format!("{}/consents", context.api());
    let shown = context.shown(&request, "", "", &body);
    let shown = if issued::is_read_by(request.role()) {
        let id = context.view.id;
        shown.data(format!(
            "/api/v1/competitions/{}/issued-documents?application_id={id}",
            context.view.competition_id
        ))
    } else {
        shown
    };
    Ok(shown.document(&printed::APPLICATION, context.api()).data(context.api()).data(consents))
}

fn summary(request: &PageRequest, context: &Context) -> Markup {
    let (view, catalogue) = (&context.view, &context.rules.catalogue);
    let none =
        if context.is_open(request) { request.t("提交后给出", "given on submission") } else { "—" };
    let number = view.number.as_deref().unwrap_or(none);
    facts(&[
        (request.t("状态", "State"), application_state(request, view.state)),
        (request.t("申报编号", "Number"), html! { (number) }),
        (
            request.t("竞赛", "Competition"),
            html! {
                a href=(request.link(&format!("/editions/{}", view.competition_id))) { (context.rules.settings.title) }
                (request.aside(&context.competition.in_language(request.language)))
            },
        ),
        (request.t("产业链", "Chain"), html! { (chain(catalogue, view.chain.number)) }),
        (request.t("牵头地区", "Lead region"), html! { (&view.lead_region.name) }),
        (request.t("设区市", "City"), html! { (&view.city.name) }),
        (
            request.t("可修改至", "Open until"),
            html! {
                @match view.submission_due_at.filter(|_| context.is_open(request)) {
                    Some(until) => strong { (request.time(until)) },
                    None => (request.t("现在不能修改", "Can't be changed now")),
                }
            },
        ),
        (request.t("最近变动", "Last change"), request.time(view.changed_at)),
    ])
}

/// What the formal check asks to be corrected.
fn correction(request: &PageRequest, context: &Context, check: Option<&FormalCheckView>) -> Markup {
    let Some(check) = check else { return Markup::default() };
    let items = &context.rules.settings.formal_items;
    let title = |key: &str| {
        items.iter().find(|item| item.key == key).map_or(key.to_owned(), |item| item.title.clone())
    };
    notice(
        Tone::Warning,
        &html! {
            h2 { (request.t("须补正", "To be corrected")) }
            p { (request.t("形式审查要求补正一次", "The formal check asks for one correction"))
                @if let Some(until) = check.correction_due_at { (request.t("，期限至", " by ")) strong { (request.time(until)) } }
                (request.t("。", "."))
            }
            ul { @for finding in check.findings.iter().filter(|finding| finding.passed != Some(true)) {
                li { strong { (title(&finding.item)) } (request.t("：", ": ")) (finding.note) }
            } }
            p.text { (check.reason) }
            p { a href=(request.link(&format!("{}/checks", context.page()))) { (request.t("审查意见", "The check in full")) } }
        },
    )
}

/// Whether the region of who asks takes part without leading.
fn is_member(request: &PageRequest, context: &Context) -> Option<ConsentState> {
    let caller = request.context.caller.as_ref().filter(|caller| caller.role == Role::Applicant)?;
    let mut members = context.view.members.iter().filter(|member| !member.lead);
    members.find(|member| Some(&member.region.code) == caller.region.as_ref()).map(|member| member.consent)
}

fn asked_for_consent(request: &PageRequest, context: &Context) -> Markup {
    if is_member(request, context) != Some(ConsentState::Asked) || !context.is_open(request) {
        return Markup::default();
    }
    notice(
        Tone::Warning,
        &html! { p {
            (request.t("本地区被列为成员，请", "Your region is named as a member: "))
            a href=(request.link(&format!("{}/consent", context.page()))) { (request.t("签署意见", "sign the decision")) }
            (request.t("。", "."))
        } },
    )
}

/// Acts and pages that this person has here besides the tabs.
fn next_steps(request: &PageRequest, context: &Context) -> Markup {
    let (view, page) = (&context.view, context.page());
    let mut links: Vec<(String, &str)> = Vec::new();
    if is_member(request, context).is_some() {
        links.push((format!("{page}/consent"), request.t("本地区的参加意见", "Your region's consent")));
    }
    if context.is_lead(request) && view.state.is_withdrawable() {
        links.push((format!("{page}/withdrawal"), request.t("撤回申报", "Withdraw the application")));
    }
    if request.role() == Some(Role::CityReviewer) {
        let reviewing =
            matches!(context.competition, CompetitionState::Application | CompetitionState::Recommendation);
        if view.state == ApplicationState::Submitted && reviewing {
            links.push((format!("{page}/return"), request.t("退回修改", "Send back")));
        }
        let list = format!("/competitions/{}/recommendations/{}", view.competition_id, view.city.code);
        links.push((list, request.t("本市推荐名单", "Your city's list")));
    }
    let may_read = matches!(request.role(), Some(Role::Applicant | Role::Office | Role::Supervisor));
    if may_read && context.competition >= CompetitionState::Notice {
        links.push((format!("{page}/rechecks"), request.t("复核申请", "Re-check requests")));
    }
    html! {
        @if !links.is_empty() {
            ul.links.screen { @for (page, words) in &links { li { a href=(request.link(page)) { (words) } } } }
        }
    }
}

fn tasks(request: &PageRequest, context: &Context, found: &CompletenessView) -> Markup {
    let page = context.page();
    let open = |name: &str| {
        let prefix = format!("/{name}");
        let missing = found
            .missing
            .iter()
            .filter(|point| point.pointer == prefix || point.pointer.starts_with(&format!("{prefix}/")));
        missing.count()
    };
    let task = |link: String, name: &str, missing: usize, note: Markup| {
        html! {
            li {
                a href=(request.link(&link)) { (name) } " "
                @if missing == 0 { (tag(request.t("无缺项", "nothing missing"), Tone::Good)) }
                @else { (tag(&format!("{}{missing}{}", request.t("缺", "missing: "), request.t("项", "")), Tone::Warning)) }
                (note)
            }
        }
    };
    let saved = |key: &str| {
        let at = context.view.parts.get(key).and_then(|part| part.changed_at);
        html! { @if let Some(at) = at { " " span.muted { (request.t("保存于", "saved ")) (request.time(at)) } } }
    };
    html! {
        h2 { (request.t("填报任务", "What to do")) }
        ul.tasks {
            @for (key, name) in context.parts(request.language) {
                (task(format!("{page}/parts/{key}"), &name, open(&key), saved(&key)))
            }
            (task(format!("{page}/members"), request.t("联合体成员", "Members"), open("members"), Markup::default()))
            (task(format!("{page}/evidence"), request.t("佐证材料", "Evidence"), open("evidence"), Markup::default()))
        }
        p {
            @if found.complete {
                a.button href=(request.link(&format!("{page}/submit"))) { (request.t("提交申报", "Submit the application")) }
            } @else {
                a href=(request.link(&format!("{page}/completeness"))) {
                    (request.t("查看全部缺项", "See all that is missing")) (request.aside(&found.missing.len()))
                }
                " "
                a href=(request.link(&format!("{page}/submit"))) { (request.t("提交申报", "Submit the application")) }
            }
        }
    }
}

fn decisions(request: &PageRequest, context: &Context) -> Markup {
    let decisions = &context.view.decisions;
    let name = |kind: &str| {
        let kind = kind.parse::<DecisionKind>();
        kind.map_or(request.t("决定", "Decision"), |kind| kind.in_language(request.language))
    };
    html! {
        @if !decisions.is_empty() {
            h2 { (request.t("办理经过", "What was done")) }
            ol.timeline {
                @for decision in decisions {
                    li.done {
                        span.when { (request.time(decision.at)) } " " strong { (name(&decision.kind)) }
                        @if !decision.reason.is_empty() { p.text { (decision.reason) } }
                    }
                }
            }
        }
    }
}

/// The whole application, to be read.
async fn whole(request: &PageRequest, context: &Context) -> Result<Markup> {
    let list = evidence::list(&request.service, &request.context, context.view.id).await?;
    let entry = |item: evidence::EvidenceView| EvidenceEntry {
        id: item.id,
        kind: item.kind,
        name: item.name,
        size: item.size,
        digest: item.digest,
    };
    let files: Vec<EvidenceEntry> = list.items.into_iter().map(entry).collect();
    Ok(html! {
        h2 { (request.t("联合体成员", "Members")) }
        (members::table(request, &context.view.members))
        @if context.is_lead(request) {
            p.screen { a href=(request.link(&format!("{}/members", context.page()))) { (request.t("联合体成员", "Members")) } }
        }
        @for (key, name) in context.parts(request.language) {
            h2 id=(key) { a href=(request.link(&format!("{}/parts/{key}", context.page()))) { (name) } }
            @if let Ok(part) = key.parse::<Part>() { (read_only(request, context, &part, &files)?) }
        }
    })
}
