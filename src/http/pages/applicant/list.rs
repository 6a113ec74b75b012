//! The list of applications, and where one begins.

use super::super::prelude::*;
use super::context::{chain, choices};
use crate::actions::applications::{self, ApplicationEntry, Wanted};
use crate::actions::desks::{self, DeskEdition};
use crate::domain::application::{ApplicationState, MemberRole};
use crate::domain::catalogue::{Catalogue, RegionKind};
use crate::domain::competition::CompetitionState;

/// Applications on one page.
const ROWS: usize = 50;

/// Applications that one may see, newest first.
pub(super) async fn page(asked: Rc<Asked>) -> Result<Shown> {
    let wanted = Wanted {
        competition: asked.parameter("competition"),
        city: asked.parameter("city"),
        chain: asked.parameter("chain"),
        state: asked.parameter("state"),
        before: asked.parameter("cursor"),
    };
    let found = applications::list(&asked.service, &asked.visit, wanted, ROWS).await?;
    let editions = desks::editions(&asked.service).await?;
    let list = list(&asked, &editions);
    let none = nothing(&asked, list.is_filtered());
    let body = list.render(&table(&asked, &editions, &found.items, none), found.next_cursor.as_deref());
    let title = if asked.role() == Some(Role::Applicant) {
        asked.t("我的申报", "My applications")
    } else {
        asked.t("申报材料", "Applications")
    };
    Ok(Shown::new(title, body).data("/api/v1/applications"))
}

fn nothing(asked: &Asked, filtered: bool) -> Markup {
    html! {
        @if filtered {
            p { (asked.t("没有符合条件的申报。", "No application fits.")) }
            p { a href=(asked.link("/applications")) { (asked.t("查看全部", "See all")) } }
        } @else if asked.role() == Some(Role::Applicant) {
            p { (asked.t("本地区还没有申报。正在接受申报的竞赛在工作台上。", "Your region has none yet. Editions that take applications are on the desk.")) }
            p { a href=(asked.link("/desk")) { (asked.t("去工作台", "To the desk")) } }
        } @else {
            p { (asked.t("还没有已提交的申报。", "Nothing is submitted yet.")) }
        }
    }
}

/// The newest catalogue that an edition names.
fn catalogue(editions: &[DeskEdition]) -> Option<&Catalogue> {
    editions.first().map(|edition| edition.rules.catalogue.as_ref())
}

fn list<'a>(asked: &'a Asked, editions: &[DeskEdition]) -> List<'a> {
    let list = List::new(asked, "/applications");
    let Some(catalogue) = catalogue(editions) else { return list };
    let titles =
        editions.iter().map(|edition| (edition.id.to_string(), edition.rules.settings.title.clone()));
    let cities = catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
    let cities = cities.map(|city| (city.code.to_string(), city.name.clone()));
    let chains = catalogue.chains().map(|(_, one)| (one.no.to_string(), chain(catalogue, one.no)));
    let list = list.filter(Filter::choice("competition", asked.t("竞赛", "Edition"), titles));
    let list = match asked.role() {
        Some(Role::Office | Role::Supervisor) => {
            list.filter(Filter::choice("city", asked.t("设区市", "City"), cities))
        }
        _ => list.keep("city"),
    };
    list.filter(Filter::choice("chain", asked.t("产业链", "Chain"), chains)).filter(Filter::choice(
        "state",
        asked.t("状态", "State"),
        choices(ApplicationState::ALL, asked),
    ))
}

/// A table of applications.
fn table(asked: &Asked, editions: &[DeskEdition], items: &[ApplicationEntry], none: Markup) -> Markup {
    let edition =
        |entry: &ApplicationEntry| editions.iter().find(|edition| edition.id == entry.competition_id);
    let catalogue = |entry: &ApplicationEntry| {
        edition(entry).map(|edition| edition.rules.catalogue.as_ref()).or(catalogue(editions))
    };
    Table::new(asked.t("申报，最新的在前", "Applications, newest first"), items)
        .head(asked.t("申报", "Application"), |entry| {
            html! {
                a href=(asked.link(&format!("/applications/{}", entry.id))) { (title(asked, entry)) }
            }
        })
        .column(asked.t("编号", "Number"), |entry| entry.number.as_deref().unwrap_or("—"))
        .column(asked.t("产业链", "Chain"), |entry| {
            catalogue(entry).map(|catalogue| chain(catalogue, entry.chain)).unwrap_or_default()
        })
        .column(asked.t("牵头地区", "Lead"), |entry| {
            catalogue(entry)
                .map(|catalogue| catalogue.region_name_or_code(&entry.lead_region))
                .unwrap_or_default()
        })
        .column(asked.t("竞赛", "Edition"), |entry| {
            edition(entry).map_or("", |edition| &edition.rules.settings.title)
        })
        .column(asked.t("状态", "State"), |entry| application_state(asked, entry.state))
        .column(asked.t("最近变动", "Last change"), |entry| asked.time(entry.changed_at))
        .empty_with(none)
        .render()
}

/// The title of an application in a list, or what stands for it while there is none.
pub(super) fn title(asked: &Asked, entry: &ApplicationEntry) -> String {
    if entry.title.trim().is_empty() {
        asked.t("（尚未命名的申报）", "(no title yet)").to_owned()
    } else {
        entry.title.clone()
    }
}

/// Begins an application.
pub(super) async fn apply(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("competition_id")?;
    let (state, rules) = desks::rules(&asked.service, &asked.visit, id).await?;
    let own = asked.caller()?.region.clone();
    let period = &rules.settings.calendar.application;
    let now = asked.visit.received_at;
    let open = state == CompetitionState::Application && period.from <= now && now <= period.until;
    let form = asked
        .form(Method::Post, format!("/api/v1/competitions/{id}/applications"))
        .once()
        .next("/applications/{id}")
        .done("申报已建立，请逐项填写。", "It is begun. Fill in one part after the other.");
    let none = (String::new(), asked.t("（请选择）", "(choose)").to_owned());
    let chains = rules.catalogue.chains().map(|(cluster, one)| {
        (one.no.to_string(), format!("{}（{}）", chain(&rules.catalogue, one.no), cluster.name))
    });
    let body = html! {
        (facts(&[
            (asked.t("竞赛", "Edition"), html! { a href=(asked.link(&format!("/editions/{id}"))) { (rules.settings.title) } }),
            (asked.t("申报时间", "Applications"), html! { (asked.time(period.from)) " – " (asked.time(period.until)) }),
            (asked.t("牵头地区", "Lead"), html! { @if let Some(own) = &own { (rules.catalogue.region_name_or_code(own)) } }),
        ]))
        @if open {
            (form.render(&html! {
                (form.field(&Field::select("/chain:whole", asked.t("产业链", "Chain"), std::iter::once(none).chain(chains))
                    .hint(asked.t("同一地区对同一产业链在一届内只能牵头一件申报。", "A region leads one application for a chain in an edition.")).silent()))
                (form.field(&Field::radios("/role", asked.t("本地区的分工", "What your own region brings"), choices(MemberRole::ALL, &asked)).silent()))
                (form.button("开始申报", "Begin"))
            }))
        } @else {
            (notice(Tone::Neutral, &html! { p { (asked.t("本届竞赛现在不接受申报。", "The edition takes no applications now.")) } }))
        }
    };
    let title = asked.t("新的申报", "A new application");
    let shown = Shown::new(title, body).crumb("/applications", asked.t("申报", "Applications"));
    Ok(shown.data(format!("/api/v1/competitions/{id}")))
}

/// The state of an edition with its deadline, for a heading.
pub(super) fn stage(asked: &Asked, edition: &DeskEdition) -> Markup {
    let period = edition.rules.settings.calendar.period(edition.state);
    html! {
        (edition.state.in_language(asked.language))
        @if let Some(period) = period.filter(|_| edition.state != CompetitionState::Announced) { " · " (asked.t("截止：", "until ")) strong { (asked.time(period.until)) } }
    }
}
