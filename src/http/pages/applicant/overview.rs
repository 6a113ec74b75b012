//! An application: a list of tasks for whoever files it, the whole of it for those who read it.

use super::super::prelude::*;
use super::context::{Context, chain};
use super::members;
use super::parts::read_only;
use crate::actions::applications::{self, CompletenessView};
use crate::actions::checks::{self, FormalCheckView};
use crate::actions::evidence;
use crate::domain::application::{ApplicationState, ConsentState, DecisionKind, EvidenceEntry, Part};
use crate::domain::competition::CompetitionState;

/// An application.
pub(super) async fn page(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let (service, visit, id) = (&asked.service, &asked.visit, context.view.id);
    let body = html! {
        (summary(&asked, &context))
        p.screen { a href=(asked.link(&format!("{}/print", context.page()))) { (asked.t("打印申报书", "Print the application")) } }
        @if context.view.state == ApplicationState::Correction {
            (correction(&asked, &context, checks::read(service, visit, id).await?.formal.last()))
        }
        (asked_for_consent(&asked, &context))
        @if context.may_change(&asked) {
            (tasks(&asked, &context, &applications::completeness(service, visit, id).await?))
        }
        (next_steps(&asked, &context))
        (decisions(&asked, &context))
        @if !context.may_change(&asked) {
            (whole(&asked, &context).await?)
        }
    };
    let consents = format!("{}/consent", context.api());
    Ok(context.shown(&asked, "", "", &body).data(context.api()).data(consents))
}

fn summary(asked: &Asked, context: &Context) -> Markup {
    let (view, catalogue) = (&context.view, &context.rules.catalogue);
    let none = if context.is_open(asked) { asked.t("提交后给出", "given on submission") } else { "—" };
    let number = view.number.as_deref().unwrap_or(none);
    facts(&[
        (asked.t("状态", "State"), application_state(asked, view.state)),
        (asked.t("申报编号", "Number"), html! { (number) }),
        (
            asked.t("竞赛", "Edition"),
            html! {
                a href=(asked.link(&format!("/editions/{}", view.competition_id))) { (context.rules.settings.title) }
                (asked.aside(&context.edition.in_language(asked.language)))
            },
        ),
        (asked.t("产业链", "Chain"), html! { (chain(catalogue, view.chain)) }),
        (asked.t("牵头地区", "Lead"), html! { (catalogue.region_name_or_code(&view.lead_region)) }),
        (asked.t("所属设区市", "City"), html! { (catalogue.region_name_or_code(&view.city)) }),
        (
            asked.t("可修改至", "Open until"),
            html! {
                @match view.submit_until.filter(|_| context.is_open(asked)) {
                    Some(until) => strong { (asked.time(until)) },
                    None => (asked.t("现在不能修改", "Can't be changed now")),
                }
            },
        ),
        (asked.t("最近变动", "Last change"), asked.time(view.changed_at)),
    ])
}

/// What the formal check asks to be corrected.
fn correction(asked: &Asked, context: &Context, check: Option<&FormalCheckView>) -> Markup {
    let Some(check) = check else { return Markup::default() };
    let items = &context.rules.settings.formal_items;
    let title = |key: &str| {
        items.iter().find(|item| item.key == key).map_or(key.to_owned(), |item| item.title.clone())
    };
    notice(
        Tone::Warning,
        &html! {
            h2 { (asked.t("须补正", "To be corrected")) }
            p { (asked.t("形式审查要求补正一次", "The formal check asks for one correction"))
                @if let Some(until) = check.correction_until { (asked.t("，期限至", " by ")) strong { (asked.time(until)) } }
                (asked.t("。", "."))
            }
            ul { @for finding in check.findings.iter().filter(|finding| finding.passed != Some(true)) {
                li { strong { (title(&finding.item)) } (asked.t("：", ": ")) (finding.note) }
            } }
            p.text { (check.reasons) }
            p { a href=(asked.link(&format!("{}/checks", context.page()))) { (asked.t("审查意见", "The check in full")) } }
        },
    )
}

/// Whether the region of who asks takes part without leading.
fn is_member(asked: &Asked, context: &Context) -> Option<ConsentState> {
    let caller = asked.visit.caller.as_ref().filter(|caller| caller.role == Role::Applicant)?;
    let mut members = context.view.members.iter().filter(|member| !member.lead);
    members.find(|member| Some(&member.region) == caller.region.as_ref()).map(|member| member.consent)
}

fn asked_for_consent(asked: &Asked, context: &Context) -> Markup {
    if is_member(asked, context) != Some(ConsentState::Asked) || !context.is_open(asked) {
        return Markup::default();
    }
    notice(
        Tone::Warning,
        &html! { p {
            (asked.t("本地区被列为成员，请", "Your region is named as a member: "))
            a href=(asked.link(&format!("{}/consent", context.page()))) { (asked.t("签署意见", "sign its decision")) }
            (asked.t("。", "."))
        } },
    )
}

/// Acts and pages that this person has here besides the tabs.
fn next_steps(asked: &Asked, context: &Context) -> Markup {
    let (view, page) = (&context.view, context.page());
    let mut links: Vec<(String, &str)> = Vec::new();
    if is_member(asked, context).is_some() {
        links.push((format!("{page}/consent"), asked.t("本地区的参加意见", "Your region's consent")));
    }
    if context.is_lead(asked) && view.state.is_withdrawable() {
        links.push((format!("{page}/withdrawal"), asked.t("撤回申报", "Withdraw it")));
    }
    if asked.role() == Some(Role::CityReviewer) {
        let reviewing =
            matches!(context.edition, CompetitionState::Application | CompetitionState::Recommendation);
        if view.state == ApplicationState::Submitted && reviewing {
            links.push((format!("{page}/return"), asked.t("退回修改", "Send it back")));
        }
        let list = format!("/competitions/{}/recommendations/{}", view.competition_id, view.city);
        links.push((list, asked.t("本市推荐名单", "Your city's list")));
    }
    let may_read = matches!(asked.role(), Some(Role::Applicant | Role::Office | Role::Supervisor));
    if may_read && context.edition >= CompetitionState::Notice {
        links.push((format!("{page}/rechecks"), asked.t("复核申请", "Re-check requests")));
    }
    html! {
        @if !links.is_empty() {
            ul.links.screen { @for (page, words) in &links { li { a href=(asked.link(page)) { (words) } } } }
        }
    }
}

fn tasks(asked: &Asked, context: &Context, found: &CompletenessView) -> Markup {
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
                a href=(asked.link(&link)) { (name) } " "
                @if missing == 0 { (tag(asked.t("无缺项", "nothing missing"), Tone::Good)) }
                @else { (tag(&format!("{}{missing}{}", asked.t("缺", "missing: "), asked.t("项", "")), Tone::Warning)) }
                (note)
            }
        }
    };
    let saved = |key: &str| {
        let at = context.view.parts.get(key).and_then(|part| part.changed_at);
        html! { @if let Some(at) = at { " " span.muted { (asked.t("保存于", "saved ")) (asked.time(at)) } } }
    };
    html! {
        h2 { (asked.t("填报任务", "What to do")) }
        ul.tasks {
            @for (key, name) in context.parts(asked.language) {
                (task(format!("{page}/parts/{key}"), &name, open(&key), saved(&key)))
            }
            (task(format!("{page}/members"), asked.t("联合体成员", "Members"), open("members"), Markup::default()))
            (task(format!("{page}/evidence"), asked.t("佐证材料", "Evidence"), open("evidence"), Markup::default()))
        }
        p {
            @if found.complete {
                a.button href=(asked.link(&format!("{page}/submit"))) { (asked.t("提交申报", "Submit")) }
            } @else {
                a href=(asked.link(&format!("{page}/completeness"))) {
                    (asked.t("查看全部缺项", "See all that is missing")) (asked.aside(&found.missing.len()))
                }
                " "
                a href=(asked.link(&format!("{page}/submit"))) { (asked.t("提交申报", "Submit")) }
            }
        }
    }
}

fn decisions(asked: &Asked, context: &Context) -> Markup {
    let decisions = &context.view.decisions;
    let name = |kind: &str| {
        let kind = kind.parse::<DecisionKind>();
        kind.map_or(asked.t("决定", "Decision"), |kind| kind.in_language(asked.language))
    };
    html! {
        @if !decisions.is_empty() {
            h2 { (asked.t("办理经过", "What happened")) }
            ol.timeline {
                @for decision in decisions {
                    li.done {
                        span.when { (asked.time(decision.at)) } " " strong { (name(&decision.kind)) }
                        @if !decision.reasons.is_empty() { p.text { (decision.reasons) } }
                    }
                }
            }
        }
    }
}

/// The whole application, to be read.
async fn whole(asked: &Asked, context: &Context) -> Result<Markup> {
    let list = evidence::list(&asked.service, &asked.visit, context.view.id).await?;
    let entry = |item: evidence::EvidenceView| EvidenceEntry {
        id: item.id,
        kind: item.kind,
        name: item.name,
        size: item.size,
        digest: item.digest,
    };
    let files: Vec<EvidenceEntry> = list.items.into_iter().map(entry).collect();
    Ok(html! {
        h2 { (asked.t("联合体成员", "Members")) }
        (members::table(asked, &context.view.members))
        @if context.is_lead(asked) {
            p.screen { a href=(asked.link(&format!("{}/members", context.page()))) { (asked.t("成员页", "Members")) } }
        }
        @for (key, name) in context.parts(asked.language) {
            h2 id=(key) { a href=(asked.link(&format!("{}/parts/{key}", context.page()))) { (name) } }
            @if let Ok(part) = key.parse::<Part>() { (read_only(asked, context, &part, &files)?) }
        }
    })
}
