//! The list of applications, and where one begins.

use super::super::prelude::*;
use super::context::{chain, choices};
use crate::actions::applications::{self, ApplicationEntry, Wanted};
use crate::actions::desks::{self, DeskCompetition};
use crate::domain::application::{ApplicationState, MemberRole};
use crate::domain::catalogue::{Catalogue, RegionKind};
use crate::domain::competition::CompetitionState;

/// Applications on one page.
const ROWS: usize = 50;

/// Applications that one may see, newest first.
pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let wanted = Wanted {
        changed_since: None,
        competition: request.parameter("competition_id"),
        city: request.parameter("city_code"),
        chain: request.parameter("chain_number"),
        state: request.parameter("state"),
        before: request.parameter("cursor"),
    };
    let found = applications::list(&request.service, &request.context, wanted, ROWS).await?;
    let competitions = desks::competitions(&request.service).await?;
    let list = list(&request, &competitions);
    let none = nothing(&request, list.is_filtered());
    let body = list.render(&table(&request, &competitions, &found.items, none), found.next_cursor.as_deref());
    let title = if request.role() == Some(Role::Applicant) {
        request.t("我的申报", "My applications")
    } else {
        request.t("申报材料", "Applications")
    };
    let address = "/api/v1/applications";
    Ok(Page::new(title, body).data(address).table(&tables::APPLICATIONS, list.filtered(address)))
}

fn nothing(request: &PageRequest, filtered: bool) -> Markup {
    html! {
        @if filtered {
            p { (request.t("没有符合条件的申报。", "No application fits.")) }
            p { a href=(request.link("/applications")) { (request.t("查看全部", "See all")) } }
        } @else if request.role() == Some(Role::Applicant) {
            p { (request.t("本地区还没有申报。正在接受申报的竞赛在工作台上。", "Your region has none yet. Competitions that take applications are on the desk.")) }
            p { a href=(request.link("/desk")) { (request.t("去工作台", "To the desk")) } }
        } @else {
            p { (request.t("还没有已提交的申报。", "Nothing is submitted yet.")) }
        }
    }
}

/// The newest catalogue that a competition names.
fn catalogue(competitions: &[DeskCompetition]) -> Option<&Catalogue> {
    competitions.first().map(|competition| competition.rules.catalogue.as_ref())
}

fn list<'a>(request: &'a PageRequest, competitions: &[DeskCompetition]) -> List<'a> {
    let list = List::new(request, "/applications");
    let Some(catalogue) = catalogue(competitions) else { return list };
    let titles = competitions
        .iter()
        .map(|competition| (competition.id.to_string(), competition.rules.settings.title.clone()));
    let cities = catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
    let cities = cities.map(|city| (city.code.to_string(), city.name.clone()));
    let chains = catalogue.chains().map(|(_, one)| (one.no.to_string(), chain(catalogue, one.no)));
    let list = list.filter(Filter::choice("competition_id", request.t("竞赛", "Competition"), titles));
    let list = match request.role() {
        Some(Role::Office | Role::Supervisor) => {
            list.filter(Filter::choice("city_code", request.t("设区市", "City"), cities))
        }
        _ => list.keep("city_code"),
    };
    list.filter(Filter::choice("chain_number", request.t("产业链", "Chain"), chains)).filter(Filter::choice(
        "state",
        request.t("状态", "State"),
        choices(ApplicationState::ALL, request),
    ))
}

/// A table of applications.
fn table(
    request: &PageRequest,
    competitions: &[DeskCompetition],
    items: &[ApplicationEntry],
    none: Markup,
) -> Markup {
    let competition = |entry: &ApplicationEntry| {
        competitions.iter().find(|competition| competition.id == entry.competition_id)
    };
    let catalogue = |entry: &ApplicationEntry| {
        competition(entry).map(|competition| competition.rules.catalogue.as_ref()).or(catalogue(competitions))
    };
    Table::new(request.t("申报，最新的在前", "Applications, newest first"), items)
        .head(request.t("申报", "Application"), |entry| {
            html! {
                a href=(request.link(&format!("/applications/{}", entry.id))) { (title(request, entry)) }
            }
        })
        .column(request.t("编号", "Number"), |entry| entry.number.as_deref().unwrap_or("—"))
        .column(request.t("产业链", "Chain"), |entry| {
            catalogue(entry).map(|catalogue| chain(catalogue, entry.chain.number)).unwrap_or_default()
        })
        .column(request.t("牵头地区", "Lead region"), |entry| &entry.lead_region.name)
        .column(request.t("竞赛", "Competition"), |entry| {
            competition(entry).map_or("", |competition| &competition.rules.settings.title)
        })
        .column(request.t("状态", "State"), |entry| application_state(request, entry.state))
        .column(request.t("最近变动", "Last change"), |entry| request.time(entry.changed_at))
        .empty_with(none)
        .render()
}

/// The title of an application in a list, or what stands for it while there is none.
pub(super) fn title(request: &PageRequest, entry: &ApplicationEntry) -> String {
    if entry.title.trim().is_empty() {
        request.t("（尚未命名的申报）", "(no title yet)").to_owned()
    } else {
        entry.title.clone()
    }
}

pub(super) async fn apply(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("competition_id")?;
    let (state, rules) = desks::rules(&request.service, &request.context, id).await?;
    let own = request.caller()?.region.clone();
    let period = &rules.settings.calendar.application;
    let now = request.context.received_at;
    let open = state == CompetitionState::Application && period.from <= now && now <= period.until;
    let form = request
        .form(Method::Post, format!("/api/v1/competitions/{id}/applications"))
        .once()
        .next("/applications/{id}")
        .done("申报已建立，请逐项填写。", "It is begun. Fill in one part after the other.");
    let none = (String::new(), request.t("（请选择）", "(choose)").to_owned());
    let chains = rules.catalogue.chains().map(|(cluster, one)| {
        (one.no.to_string(), format!("{}（{}）", chain(&rules.catalogue, one.no), cluster.name))
    });
    let body = html! {
        (facts(&[
            (request.t("竞赛", "Competition"), html! { a href=(request.link(&format!("/editions/{id}"))) { (rules.settings.title) } }),
            (request.t("申报时间", "Applications"), html! { (request.time(period.from)) " – " (request.time(period.until)) }),
            (request.t("牵头地区", "Lead region"), html! { @if let Some(own) = &own { (rules.catalogue.region_name_or_code(own)) } }),
        ]))
        @if open {
            (form.render(&html! {
                (form.field(&Field::select("/chain_number:whole", request.t("产业链", "Chain"), std::iter::once(none).chain(chains))
                    .hint(request.t("同一地区对同一产业链在一届内只能牵头一件申报。", "A region leads one application for a chain in a competition.")).silent()))
                (form.field(&Field::radios("/role", request.t("本地区的分工", "What your own region brings"), choices(MemberRole::ALL, &request)).silent()))
                (form.button("开始申报", "Begin"))
            }))
        } @else {
            (notice(Tone::Neutral, &html! { p { (request.t("本届竞赛现在不接受申报。", "The competition takes no applications now.")) } }))
        }
    };
    let title = request.t("新的申报", "A new application");
    let shown = Page::new(title, body).crumb("/applications", request.t("申报", "Applications"));
    Ok(shown.data(format!("/api/v1/competitions/{id}")))
}

/// The state of a competition with its deadline, for a heading.
pub(super) fn stage(request: &PageRequest, competition: &DeskCompetition) -> Markup {
    let period = competition.rules.settings.calendar.period(competition.state);
    html! {
        (competition.state.in_language(request.language))
        @if let Some(period) = period.filter(|_| competition.state != CompetitionState::Announced) { " · " (request.t("截止：", "until ")) strong { (request.time(period.until)) } }
    }
}
