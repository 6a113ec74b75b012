//! Pages for everybody: what the competition is, its competitions, notices, objections, announcements and titles.

mod announcement;
mod chains;
mod competition;
mod home;
mod notices;
mod objections;
mod open_data;
pub(super) mod rubric;
pub(super) mod rules;
mod titles;
mod words;

pub(super) use objections::matter;

use super::prelude::*;
use super::stages::stages;
use crate::actions::{competitions, data};
use crate::domain::catalogue::Catalogue;
use crate::domain::competition::{Calendar, CompetitionState, Settings};
use crate::domain::ids::CompetitionId;

pub(super) fn pages() -> Vec<PageRoute> {
    let groups = [
        home::pages(),
        chains::pages(),
        competition::pages(),
        notices::pages(),
        objections::pages(),
        announcement::pages(),
        titles::pages(),
        open_data::pages(),
    ];
    groups.into_iter().flatten().collect()
}

pub(super) fn reveals() -> Vec<Reveal> {
    objections::reveals()
}

/// The stages of a competition with their dates, and where it stands.
fn timeline(request: &PageRequest, state: CompetitionState, calendar: &Calendar) -> Markup {
    html! {
        ol.timeline {
            @for stage in stages(calendar) {
                @let over = state > stage.last || state == CompetitionState::Announced;
                @let now = !over && state >= stage.first;
                li class=(if over { "done" } else if now { "now" } else { "next" }) aria-current=[now.then_some("step")] {
                    strong { (stage.name(request.language)) }
                    @if now { (request.t("（当前：", " (now: ")) (state.in_language(request.language)) (request.t("）", ")")) }
                    @if over { (request.t("（已完成）", " (done)")) }
                    div.when { (request.time(stage.period.from)) " – " (request.time(stage.period.until)) }
                }
            }
        }
    }
}

/// What names a competition's tracks, clusters and cities bear.
struct Naming {
    settings: Settings,
    catalogue: Catalogue,
}

impl Naming {
    async fn of(request: &PageRequest, id: CompetitionId) -> Result<Self> {
        let settings = competitions::read(&request.service, &request.context, id).await?.settings;
        let catalogue = data::catalogue(&request.service, Some(settings.catalogue)).await?.catalogue;
        Ok(Self { settings, catalogue })
    }

    /// A track's name, by its key in tallies; the key itself where nothing names it.
    fn track<'a>(&'a self, key: &'a str) -> &'a str {
        self.settings.track_name(key, &self.catalogue).unwrap_or(key)
    }
}

/// Where to read on about a competition, as far as there is anything.
fn competition_links(request: &PageRequest, id: CompetitionId, state: CompetitionState) -> Markup {
    html! {
        a href=(request.link(&format!("/editions/{id}"))) { (request.t("规则与指标", "Rules and rubric")) }
        @if state >= CompetitionState::Notice {
            " · " a href=(request.link(&format!("/notices/{id}"))) { (request.t("公示", "Notice")) }
        }
        @if state == CompetitionState::Announced {
            " · " a href=(request.link(&format!("/announcements/{id}"))) { (request.t("公布", "Announcement")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::{ChainNumber, JIANGSU};
    use crate::domain::competition::{Grouping, Track};

    #[test]
    fn tracks_bear_the_names_that_people_know() {
        let mut settings: Settings =
            serde_json::from_str(include_str!("../../../../data/settings.example.json")).unwrap();
        settings.tracks = vec![Track { key: "a_1".into(), name: "甲组".into(), chains: Vec::new() }];
        let mut naming = Naming { settings, catalogue: Catalogue::read_json(JIANGSU.as_bytes()).unwrap() };
        let cases = [
            (Grouping::Single, "all", "all"),
            (Grouping::Cluster, "cluster-2", "工程机械集群"),
            (Grouping::Chain, "chain-5", "起重机"),
            (Grouping::Own, "a_1", "甲组"),
            (Grouping::Own, "a_2", "a_2"),
        ];
        for (grouping, key, name) in cases {
            naming.settings.grouping = grouping;
            assert_eq!(naming.track(key), name);
        }
        // As the tallies have it.
        naming.settings.grouping = Grouping::Cluster;
        let key = naming.settings.track_of(&naming.catalogue, ChainNumber(5)).unwrap();
        assert_eq!(naming.track(&key), "工程机械集群");
    }
}
