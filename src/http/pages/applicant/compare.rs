//! Aids of review: two applications side by side, what several share, sending one back.

use super::super::prelude::*;
use super::super::values::written;
use super::context::{Context, chain};
use super::parts::read_only;
use crate::actions::applications;
use crate::actions::desks;
use crate::actions::duplicates::{self, NamedApplication};
use crate::actions::rules::Rules;
use crate::domain::application::{ApplicationState, Figures, Part};
use crate::domain::ids::{ApplicationId, CompetitionId};

/// Two applications side by side, by the query parameters `a` and `b`.
pub(super) async fn compare(request: Rc<PageRequest>) -> Result<Page> {
    let id: CompetitionId = request.id("competition_id")?;
    let (competition, rules) = desks::rules(&request.service, &request.context, id).await?;
    let mut both = Vec::new();
    for name in ["a", "b"] {
        let application: ApplicationId = request.parameter(name).ok_or_else(Error::not_found)?;
        let view = applications::read(&request.service, &request.context, application).await?;
        if view.competition_id != id {
            return Err(Error::not_found());
        }
        both.push(Context { view, competition, rules: std::sync::Arc::clone(&rules) });
    }
    let [first, second] = both.as_slice() else { return Err(Error::not_found()) };
    let parts = first.parts(request.language);
    let body = html! {
        div.split { (heading(&request, first)) (heading(&request, second)) }
        h2 { (request.t("指标数据", "Figures")) }
        (figures(&request, first, second)?)
        @for (key, name) in parts.iter().filter(|(key, _)| key != "figures") {
            h2 { (name) }
            @if let Ok(part) = key.parse::<Part>() {
                div.split {
                    section aria-label=(first.title(&request)) { (read_only(&request, first, &part, &[])?) }
                    section aria-label=(second.title(&request)) { (read_only(&request, second, &part, &[])?) }
                }
            }
        }
    };
    let shown = Page::new(request.t("并排对照", "Compare side by side"), body);
    let shown = shown.data(first.api()).data(second.api());
    Ok(match request.caller()?.region.as_ref().filter(|_| request.role() == Some(Role::CityReviewer)) {
        Some(city) => shown.crumb(
            format!("/competitions/{id}/recommendations/{city}"),
            request.t("推荐名单", "Recommendation list"),
        ),
        None => shown.crumb(format!("/competitions/{id}"), rules.settings.title.clone()),
    })
}

fn heading(request: &PageRequest, context: &Context) -> Markup {
    let (view, catalogue) = (&context.view, &context.rules.catalogue);
    let title = context.title(request);
    html! {
        section aria-label=(title) {
            h2 { a href=(request.link(&context.page())) { (title) } }
            (facts(&[
                (request.t("申报编号", "Number"), html! { (view.number.as_deref().unwrap_or("—")) }),
                (request.t("状态", "State"), application_state(request, view.state)),
                (request.t("产业链", "Chain"), html! { (chain(catalogue, view.chain.number)) }),
                (request.t("牵头地区", "Lead region"), html! { (&view.lead_region.name) }),
            ]))
        }
    }
}

fn figures(request: &PageRequest, first: &Context, second: &Context) -> Result<Markup> {
    let (one, other): (Figures, Figures) = (first.content("figures")?, second.content("figures")?);
    let value = |figures: &Figures, key: &str| {
        let figure = figures.figures.iter().find(|figure| figure.indicator == key);
        figure.map_or_else(|| "—".to_owned(), |figure| written(request, &figure.value, Some(&figure.unit)))
    };
    let measured = first.rules.tally.rubric.measured().map(|(indicator, _)| indicator);
    let table = Table::new(request.t("申报值对照", "Claimed values side by side"), measured)
        .head(request.t("指标", "Indicator"), |indicator| &indicator.name)
        .number(first.title(request), |indicator| value(&one, indicator.key.as_str()))
        .number(second.title(request), |indicator| value(&other, indicator.key.as_str()));
    Ok(html! {
        (table.render())
    })
}

/// An application by its name; a city's reviewer may open those of the own city alone.
fn named(request: &PageRequest, rules: &Rules, one: &NamedApplication) -> Markup {
    let city = rules.catalogue.city_of(&one.lead_region.code);
    let own = request.context.caller.as_ref().and_then(|caller| caller.region.as_ref());
    html! {
        @if own.is_none() || own == city {
            a href=(request.link(&format!("/applications/{}", one.id))) { (one.title) }
        } @else {
            (one.title)
        }
        "（" (one.number) (request.t("，", ", ")) (&one.lead_region.name) "）"
    }
}

/// Firms and text that several applications share.
pub(super) async fn duplicates(request: Rc<PageRequest>) -> Result<Page> {
    let id: CompetitionId = request.id("competition_id")?;
    let found = duplicates::read(&request.service, &request.context, id).await?;
    let (_, rules) = desks::rules(&request.service, &request.context, id).await?;
    let sections = &rules.settings.sections;
    let section = |key: &str| {
        sections.iter().find(|rule| rule.key == key).map_or(key.to_owned(), |rule| rule.title.clone())
    };
    let office = matches!(request.role(), Some(Role::Office | Role::Supervisor));
    let body = html! {
        @if office { (competition_views(&request, id, "/duplicates")) }
        h2 { (request.t("多件申报填报的企业", "Firms that several name")) }
        @if found.firms.is_empty() {
            (empty(&html! { p { (request.t("没有。", "None.")) } }))
        } @else {
            ul { @for firm in &found.firms { li {
                code { (firm.credit_code) }
                ul { @for one in &firm.applications { li { (named(&request, &rules, one)) } } }
            } } }
        }
        h2 { (request.t("雷同的文字", "Text that two share")) }
        @if found.texts.is_empty() {
            (empty(&html! { p { (request.t("没有。", "None.")) } }))
        }
        @for pair in &found.texts {
            h3 { (pair.percent) "%" (request.t("相同", " alike")) }
            p { (named(&request, &rules, &pair.first)) " · " (section(&pair.first_section)) br;
                (named(&request, &rules, &pair.second)) " · " (section(&pair.second_section)) }
            @if let Some(passage) = &pair.passage { blockquote.text { (passage) } }
            @if office {
                p { a href=(request.link(&format!("/competitions/{id}/compare?a={}&b={}", pair.first.id, pair.second.id))) {
                    (request.t("并排对照", "Compare side by side"))
                } }
            }
        }
    };
    let shown = Page::new(request.t("查重", "Duplicates"), body);
    let shown = shown.data(format!("/api/v1/competitions/{id}/duplicates"));
    Ok(if office {
        shown.crumb(format!("/competitions/{id}"), rules.settings.title.clone())
    } else {
        shown.crumb(
            format!("/competitions/{id}/recommendations"),
            request.t("推荐名单", "Recommendation list"),
        )
    })
}

/// Says what sending back means, and lets a reviewer do it.
pub(super) async fn send_back(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let view = &context.view;
    let list = format!("/competitions/{}/recommendations/{}", view.competition_id, view.city.code);
    let until = context.rules.settings.calendar.recommendation.until;
    let form = request
        .form(Method::Post, format!("{}/return", context.api()))
        .revision(view.revision)
        .next(list.clone())
        .done("申报已退回。", "It is sent back.");
    let body = html! {
        @if view.state == ApplicationState::Submitted {
            p { (request.t(
                "退回后，申报单位可以修改并重新提交，直至推荐截止；已在推荐名单上的会移出名单。退回理由申报单位可见。",
                "The applicant may change it and submit it again until your deadline; if it is on the list, it is taken off. The applicant reads your reasons.",
            )) }
            p { (request.t("推荐截止：", "Your deadline: ")) strong { (request.time(until)) } }
            (form.render(&html! {
                (form.field(&Field::area("/reason", request.t("须修改的内容和理由", "What to change, and why"), 6).silent()))
                (form.danger("退回修改", "Send back"))
            }))
        } @else {
            (notice(Tone::Neutral, &html! { p { (request.t("只有已提交的申报可以退回。", "Only a submitted application can be sent back.")) } }))
        }
    };
    let title = request.t("退回修改", "Send back");
    Ok(context
        .shown(&request, title, "/return", &body)
        .crumb(list, request.t("推荐名单", "Recommendation list")))
}
