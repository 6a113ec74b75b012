//! Members of an application: chosen by the lead, agreed to by themselves.

use super::super::form::Group;
use super::super::prelude::*;
use super::super::values::written;
use super::context::{Context, chain, choices};
use crate::actions::applications::MemberView;
use crate::actions::consents::{self, ConsentsView};
use crate::domain::application::{ConsentState, Covered, MemberRole};
use crate::domain::catalogue::Region;

/// Empty rows offered at the end of the list.
const MORE_ROWS: usize = 3;

/// A member's decision.
pub(super) fn consent_tag(asked: &Asked, state: ConsentState) -> Markup {
    let tone = match state {
        ConsentState::Asked => Tone::Warning,
        ConsentState::Given => Tone::Good,
        ConsentState::Declined => Tone::Bad,
    };
    tag(state.in_language(asked.language), tone)
}

/// The members as they stand.
pub(super) fn table(asked: &Asked, members: &[MemberView]) -> Markup {
    Table::new(html! { (asked.t("成员", "Members")) (asked.aside(&members.len())) }, members)
        .head(
            asked.t("地区", "Region"),
            |member| html! { (member.name) @if member.lead { (asked.t("（牵头）", " (lead)")) } },
        )
        .column(asked.t("分工", "Brings"), |member| member.role.in_language(asked.language))
        .column(asked.t("意见", "Consent"), |member| {
            html! {
                @if member.lead { "—" } @else { (consent_tag(asked, member.consent)) }
                @if let (false, Some(at)) = (member.lead, member.decided_at) { br; (asked.time(at)) }
            }
        })
        .text(asked.t("签署内容", "What it signs"), |member| &member.statement)
        .render()
}

/// The members, and the form to choose them.
pub(super) async fn page(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let others = context.view.members.iter().any(|member| !member.lead);
    let consents = if others {
        Some(consents::read(&asked.service, &asked.visit, context.view.id).await?)
    } else {
        None
    };
    let body = html! {
        @if let Some(consents) = &consents { (agreed(&asked, &context, consents)) }
        (table(&asked, &context.view.members))
        @if context.may_change(&asked) { (edit(&asked, &context)) }
    };
    let title = asked.t("联合体成员", "Members");
    let data = format!("{}/consent", context.api());
    Ok(context.shown(&asked, title, "/members", &body).data(context.api()).data(data))
}

fn edit(asked: &Asked, context: &Context) -> Markup {
    let form = asked
        .form(Method::Put, format!("{}/members", context.api()))
        .revision(context.view.revision)
        .done("成员已保存；新成员会看到待确认的请求。", "Saved; new members see that they are asked.");
    let lead = context.view.members.iter().find(|member| member.lead);
    let others: Vec<&MemberView> = context.view.members.iter().filter(|member| !member.lead).collect();
    let rows = (others.len() + MORE_ROWS).max(form.rows_sent("/members"));
    let regions = || {
        let none = (String::new(), asked.t("（无）", "(none)").to_owned());
        let others = |region: &Region| region.code != context.view.lead_region;
        let mut groups = vec![Group::plain([none])];
        groups.extend(Group::regions(&context.rules.catalogue, others));
        groups
    };
    let roles = || choices(MemberRole::ALL, asked);
    let (region, role) = (asked.t("地区", "Region"), asked.t("分工", "Brings"));
    let caption =
        asked.t("其他成员；把地区改为“（无）”即移出", "Other members; choose “(none)” to take one out");
    let table = Table::new(caption, (0..rows).map(|row| (row, others.get(row))))
        .column(region, |(row, member)| {
            let label = format!("{region} {}", row + 1);
            let stored = member.map(|member| member.region.to_string()).unwrap_or_default();
            form.cell(&Field::select_of(format!("/members/{row}/region"), label, regions()).value(stored))
        })
        .column(role, |(row, member)| {
            let label = format!("{role} {}", row + 1);
            let stored = member.map_or("coordinated", |member| member.role.as_str());
            form.cell(&Field::select(format!("/members/{row}/role:key"), label, roles()).value(stored))
        });
    html! {
        h2 { (asked.t("修改成员", "Change the members")) }
        p { (asked.t(
            "至少一个核心区。新加入的成员须由该地区的账号签署同意后，申报才能提交。同意的是标题、产业链、集群发展促进机构、成员及分工、企业和指标数据：其后改动其中任何一项，都会重新征求已同意成员的意见。",
            "At least one core zone. A new member signs with its own account before the application can be submitted. A consent covers title, chain, promotion body, members and what they bring, firms and figures: if any of it changes later, members are asked again.",
        )) }
        (form.render(&html! {
            (form.field(&Field::select("/lead_role", asked.t("本地区的分工", "What your own region brings"), roles())
                .value(lead.map_or("core", |lead| lead.role.as_str())).medium().silent()))
            (table.render())
            (form.button("保存成员", "Save the members"))
        }))
    }
}

/// What a consent covers.
fn what(asked: &Asked, context: &Context, covered: &Covered) -> Markup {
    let catalogue = &context.rules.catalogue;
    let indicator = |key: &str| {
        let found = context.rules.tally.rubric.measured().find(|(known, _)| known.key.as_str() == key);
        found.map_or_else(|| key.to_owned(), |(known, _)| known.name.clone())
    };
    html! {
        h3 { (asked.t("同意的内容", "What the consent covers")) }
        p.hint { (asked.t(
            "同意的是下列内容；此后其中任何一项改动，都须重新征求您的同意，同意之前不能提交。各节文字、佐证材料和联系方式由牵头单位负责，不在其内。",
            "The consent is to this. If any of it changes later you are asked again, and the application can't be submitted before. Texts, evidence and contacts are the lead's own.",
        )) }
        (facts(&[
            (asked.t("申报标题", "Title"), html! { (covered.profile.title) }),
            (asked.t("产业链", "Chain"), html! { (chain(catalogue, covered.chain)) }),
            (asked.t("主导产业", "Leading industry"), html! { (covered.profile.leading_industry) }),
            (asked.t("推进机构", "Promotion body"), html! { (covered.profile.promotion_body) }),
            (asked.t("成员及分工", "Members, and what they bring"), html! { ul { @for member in &covered.members {
                li { (catalogue.region_name_or_code(&member.region)) (asked.aside(member.role.in_language(asked.language))) }
            } } }),
            (asked.t("企业", "Firms"), html! { ul { @for firm in &covered.firms {
                li { (firm.name) " " (firm.credit_code) (asked.aside(firm.role.in_language(asked.language))) }
            } } }),
            (asked.t("指标数据", "Figures"), html! { ul { @for figure in &covered.figures {
                li { (indicator(&figure.indicator)) (asked.t("：", ": ")) (written(asked, &figure.value, Some(&figure.unit))) " " span.muted { (figure.year) " " (figure.calibre) } }
            } } }),
        ]))
    }
}

/// How what somebody agreed to has changed since.
fn agreed(asked: &Asked, context: &Context, consents: &ConsentsView) -> Markup {
    let changed = consents.members.iter().filter(|member| !member.changes.is_empty());
    html! {
        @for member in changed.filter(|member| member.consent != ConsentState::Given) {
            @if let Some(at) = member.agreed_at {
                (notice(Tone::Warning, &html! {
                    p { strong { (member.name) } (asked.t("曾于", " agreed on ")) (asked.time(at)) (asked.t(
                        "同意，其后下列内容有改动，须重新确认；确认之前不能提交：",
                        "; this has changed since and is to be agreed to again, before which it can't be submitted:",
                    )) }
                    (context.differences(asked, &member.changes))
                }))
            }
        }
    }
}

/// A member's own consent.
pub(super) async fn consent(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let region = asked.caller()?.region.clone();
    let own =
        context.view.members.iter().find(|member| !member.lead && Some(&member.region) == region.as_ref());
    let own = own.ok_or_else(Error::not_found)?;
    let consents = consents::read(&asked.service, &asked.visit, context.view.id).await?;
    let form = asked
        .form(Method::Post, format!("{}/consent", context.api()))
        .once()
        .hidden("/covered", consents.digest.to_string())
        .next(context.page())
        .done("已记录本地区的意见。", "Your region's decision is recorded.");
    let body = html! {
        p { (own.name) (asked.t("，", ", ")) (asked.t("分工：", "to bring: ")) strong { (own.role.in_language(asked.language)) } " · " (consent_tag(&asked, own.consent)) }
        (agreed(&asked, &context, &consents))
        p { (asked.t("签署前请先阅读", "Before you sign, read ")) a href=(asked.link(&context.page())) { (asked.t("申报全文", "the whole application")) } (asked.t("。", ".")) }
        h2 { (asked.t("签署内容", "What you sign")) }
        p.text { (context.rules.settings.consent_statement) }
        (what(&asked, &context, &consents.covered))
        @if context.is_open(&asked) {
            (form.render(&html! {
                (form.field(&Field::radios("/given:yes", asked.t("本地区的意见", "Your region's decision"), [
                    ("true".to_owned(), asked.t("同意参加", "It takes part").to_owned()),
                    ("false".to_owned(), asked.t("不同意", "It does not").to_owned()),
                ]).value(match own.consent {
                    ConsentState::Asked => "",
                    ConsentState::Given => "true",
                    ConsentState::Declined => "false",
                }).silent()))
                (form.field(&Field::text("/signatory", asked.t("签署人", "Signed by")).complete("name").medium().silent()))
                (form.button("签署", "Sign"))
            }))
        } @else {
            (notice(Tone::Neutral, &html! { p { (asked.t("申报现在不能修改，意见不能再变更。", "The application can't be changed now, nor can the decision.")) } }))
        }
    };
    let title = asked.t("参加联合申报的意见", "Consent to take part");
    let data = format!("{}/consent", context.api());
    Ok(context.shown(&asked, title, "/consent", &body).data(data))
}
