//! Members of an application: chosen by the lead, agreed to by themselves.

use super::super::form::Group;
use super::super::prelude::*;
use super::super::values::written;
use super::context::{Context, chain, choices};
use crate::actions::applications::MemberView;
use crate::actions::applications::consents::{self, ConsentsView};
use crate::domain::application::{ConsentState, Covered, MemberRole};
use crate::domain::catalogue::Region;

/// Empty rows offered at the end of the list.
const MORE_ROWS: usize = 3;

/// A member's decision.
pub(super) fn consent_tag(request: &PageRequest, state: ConsentState) -> Markup {
    let tone = match state {
        ConsentState::Asked => Tone::Warning,
        ConsentState::Given => Tone::Good,
        ConsentState::Declined => Tone::Bad,
    };
    tag(state.in_language(request.language), tone)
}

/// The members as they stand.
pub(super) fn table(request: &PageRequest, members: &[MemberView]) -> Markup {
    Table::new(html! { (request.t("成员", "Members")) (request.aside(&members.len())) }, members)
        .head(
            request.t("地区", "Region"),
            |member| html! { (member.region.name) @if member.lead { (request.t("（牵头）", " (lead)")) } },
        )
        .column(request.t("分工", "Brings"), |member| member.role.in_language(request.language))
        .column(request.t("是否同意", "Consent"), |member| {
            html! {
                @if member.lead { "—" } @else { (consent_tag(request, member.consent)) }
                @if let (false, Some(at)) = (member.lead, member.decided_at) { br; (request.time(at)) }
            }
        })
        .text(request.t("签署内容", "What is signed"), |member| &member.statement)
        .render()
}

/// The members, and the form to choose them.
pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let others = context.view.members.iter().any(|member| !member.lead);
    let consents = if others {
        Some(consents::read(&request.service, &request.context, context.view.id).await?)
    } else {
        None
    };
    let body = html! {
        @if let Some(consents) = &consents { (agreed(&request, &context, consents)) }
        (table(&request, &context.view.members))
        @if context.may_change(&request) { (edit(&request, &context)) }
    };
    let title = request.t("联合体成员", "Members");
    let data = format!("{}/consents", context.api());
    Ok(context.shown(&request, title, "/members", &body).data(context.api()).data(data))
}

fn edit(request: &PageRequest, context: &Context) -> Markup {
    let form = request
        .form(Method::Put, format!("{}/members", context.api()))
        .revision(context.view.revision)
        .done("成员已保存；新成员会看到待确认的请求。", "Saved; new members see that they are asked.");
    let lead = context.view.members.iter().find(|member| member.lead);
    let others: Vec<&MemberView> = context.view.members.iter().filter(|member| !member.lead).collect();
    let rows = (others.len() + MORE_ROWS).max(form.rows_sent("/members"));
    let regions = || {
        let none = (String::new(), request.t("（无）", "(none)").to_owned());
        let others = |region: &Region| region.code != context.view.lead_region.code;
        let mut groups = vec![Group::plain([none])];
        groups.extend(Group::regions(&context.rules.catalogue, others));
        groups
    };
    let roles = || choices(MemberRole::ALL, request);
    let (region, role) = (request.t("地区", "Region"), request.t("分工", "Brings"));
    let caption =
        request.t("其他成员；把地区改为“（无）”即移出", "Other members; choose “(none)” to take one out");
    let table = Table::new(caption, (0..rows).map(|row| (row, others.get(row))))
        .column(region, |(row, member)| {
            let label = format!("{region} {}", row + 1);
            let stored = member.map(|member| member.region.code.to_string()).unwrap_or_default();
            form.cell(
                &Field::select_of(format!("/members/{row}/region_code"), label, regions()).value(stored),
            )
        })
        .column(role, |(row, member)| {
            let label = format!("{role} {}", row + 1);
            let stored = member.map_or("coordinated", |member| member.role.as_str());
            form.cell(&Field::select(format!("/members/{row}/role:key"), label, roles()).value(stored))
        });
    html! {
        h2 { (request.t("修改成员", "Change the members")) }
        p { (request.t(
            "至少一个核心区。新加入的成员须由该地区的账号签署同意后，申报才能提交。同意的是标题、产业链、集群发展促进机构、成员及分工、企业和指标数据：其后改动其中任何一项，都会重新征求已同意成员的意见。",
            "At least one core zone. A new member signs with its own account before the application can be submitted. A consent covers title, chain, promotion body, members and what they bring, firms and figures: if any of it changes later, members are asked again.",
        )) }
        (form.render(&html! {
            (form.field(&Field::select("/lead_role", request.t("本地区的分工", "What your own region brings"), roles())
                .value(lead.map_or("core", |lead| lead.role.as_str())).medium().silent()))
            (table.render())
            (form.button("保存成员", "Save the members"))
        }))
    }
}

/// What a consent covers.
fn what(request: &PageRequest, context: &Context, covered: &Covered) -> Markup {
    let catalogue = &context.rules.catalogue;
    let indicator = |key: &str| {
        let found = context.rules.tally.rubric.measured().find(|(known, _)| known.key.as_str() == key);
        found.map_or_else(|| key.to_owned(), |(known, _)| known.name.clone())
    };
    html! {
        h3 { (request.t("同意的内容", "What the consent covers")) }
        p.hint { (request.t(
            "同意的是下列内容；此后其中任何一项改动，都须重新征求您的同意，同意之前不能提交。各节文字、佐证材料和联系方式由牵头单位负责，不在其内。",
            "The consent is to this. If any of it changes later you are asked again, and the application can't be submitted before. Texts, evidence and contacts are the lead's own.",
        )) }
        (facts(&[
            (request.t("申报名称", "Application title"), html! { (covered.profile.title) }),
            (request.t("产业链", "Chain"), html! { (chain(catalogue, covered.chain)) }),
            (request.t("主导产业", "Leading industry"), html! { (covered.profile.leading_industry) }),
            (request.t("推进机构", "Promotion body"), html! { (covered.profile.promotion_body) }),
            (request.t("成员及分工", "Members, and what they bring"), html! { ul { @for member in &covered.members {
                li { (catalogue.region_name_or_code(&member.region)) (request.aside(member.role.in_language(request.language))) }
            } } }),
            (request.t("企业", "Firms"), html! { ul { @for firm in &covered.firms {
                li { (firm.name) " " (firm.credit_code) (request.aside(firm.role.in_language(request.language))) }
            } } }),
            (request.t("指标数据", "Figures"), html! { ul { @for figure in &covered.figures {
                li { (indicator(&figure.indicator)) (request.t("：", ": ")) (written(request, &figure.value, Some(&figure.unit))) " " span.muted { (figure.year) " " (figure.calibre) } }
            } } }),
        ]))
    }
}

/// How what somebody agreed to has changed since.
fn agreed(request: &PageRequest, context: &Context, consents: &ConsentsView) -> Markup {
    let changed = consents.members.iter().filter(|member| !member.changes.is_empty());
    html! {
        @for member in changed.filter(|member| member.consent != ConsentState::Given) {
            @if let Some(at) = member.agreed_at {
                (notice(Tone::Warning, &html! {
                    p { strong { (member.region.name) } (request.t("曾于", " agreed on ")) (request.time(at)) (request.t(
                        "同意，其后下列内容有改动，须重新确认；确认之前不能提交：",
                        "; this has changed since and is to be agreed to again, before which it can't be submitted:",
                    )) }
                    (context.differences(request, &member.changes))
                }))
            }
        }
    }
}

/// A member's own consent.
pub(super) async fn consent(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let region = request.caller()?.region.clone();
    let own = context
        .view
        .members
        .iter()
        .find(|member| !member.lead && Some(&member.region.code) == region.as_ref());
    let own = own.ok_or_else(Error::not_found)?;
    let consents = consents::read(&request.service, &request.context, context.view.id).await?;
    let form = request
        .form(Method::Post, format!("{}/consents", context.api()))
        .once()
        .hidden("/covered_digest", consents.digest.to_string())
        .next(context.page())
        .done("已记录本地区的意见。", "Your region's decision is recorded.");
    let body = html! {
        p { (own.region.name) (request.t("，", ", ")) (request.t("分工：", "brings: ")) strong { (own.role.in_language(request.language)) } " · " (consent_tag(&request, own.consent)) }
        (agreed(&request, &context, &consents))
        p { (request.t("签署前请先阅读", "Before you sign, read ")) a href=(request.link(&context.page())) { (request.t("申报全文", "the whole application")) } (request.t("。", ".")) }
        h2 { (request.t("签署内容", "What is signed")) }
        p.text { (context.rules.settings.consent_statement) }
        (what(&request, &context, &consents.covered))
        @if context.is_open(&request) {
            (form.render(&html! {
                (form.field(&Field::radios("/given:yes", request.t("本地区的意见", "Your region's decision"), [
                    ("true".to_owned(), request.t("同意参加", "It takes part").to_owned()),
                    ("false".to_owned(), request.t("不同意", "It does not").to_owned()),
                ]).value(match own.consent {
                    ConsentState::Asked => "",
                    ConsentState::Given => "true",
                    ConsentState::Declined => "false",
                }).silent()))
                (form.field(&Field::text("/signatory", request.t("签署人", "Signed by")).complete("name").medium().silent()))
                (form.button("签署", "Sign"))
            }))
        } @else {
            (notice(Tone::Neutral, &html! { p { (request.t("申报现在不能修改，意见不能再变更。", "The application can't be changed now, nor can the decision.")) } }))
        }
    };
    let title = request.t("参加联合申报的意见", "Consent to take part");
    let data = format!("{}/consents", context.api());
    Ok(context.shown(&request, title, "/consent", &body).data(data))
}
