//! The walk: every step of a competition, done by whoever does it in real life, under a simulated clock.

mod judging;
mod results;
mod story;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use sha2::Digest as _;

use super::cases;
use super::figures::{Chance, Entrant, entrants, fictional_page};
use super::people::{EXPERT_NAME, EXPERTS, People, expert};
use crate::actions::evidence::{self, Announced};
use crate::actions::experts::{self, PutExpert};
use crate::actions::{RequestContext, Service, competitions, data};
use crate::clock::Clock;
use crate::domain::catalogue::Catalogue;
use crate::domain::competition::{Calendar, CompetitionState, Period, Settings};
use crate::domain::expert::ExpertProfile;
use crate::domain::ids::{ApplicationId, CompetitionId, EvidenceId};
use crate::error::{Error, Result};
use crate::files::FileDigest;

pub(super) use self::story::*;

/// Settings that the project brings along.
const SETTINGS: &str = include_str!("../../../../data/settings.example.json");
/// Applications of the competitions that are under way.
const UNDER_WAY: usize = 42;
/// Acts that run side by side where there are many: a service has many users too.
const SIDE_BY_SIDE: usize = 16;
/// Somebody of each kind.
pub(super) const OFFICE: &str = "office-1";
const SECOND: &str = "office-2";

pub(super) const SUPERVISOR: &str = "supervisor-1";
pub(super) const INSPECTORS: [&str; 2] = ["inspector-1", "inspector-2"];

pub(super) struct Walk<'a> {
    pub(super) service: &'a Service,
    clock: &'a Clock,
    pub(super) people: People,
    pub(super) chance: Chance,
    pub(super) catalogue: Catalogue,
    scale: usize,
    pdf: Bytes,
}

impl<'a> Walk<'a> {
    /// Makes the accounts; `scale` applications are to be announced.
    pub(super) async fn new(service: &'a Service, clock: &'a Clock, scale: usize) -> Result<Self> {
        let catalogue = data::catalogue(service, None).await?.catalogue;
        let people = People::make(service, clock, &catalogue).await?;
        let pdf = fictional_page().into();
        Ok(Self { service, clock, people, chance: Chance::new(clock), catalogue, scale, pdf })
    }

    pub(super) fn at(&self, year: i32, rest: &str) -> Result<()> {
        self.clock.set(super::time(&format!("{year}-{rest}+08:00"))?);
        Ok(())
    }

    /// Four competitions: one announced, one on notice, one being scored, one that takes applications.
    pub(super) async fn all(&mut self) -> Result<()> {
        self.pool().await?;
        let past = self.called(2025, "2025年度", self.scale, Story::Announced).await?;
        let mut past = [past];
        self.to_the_draw(&mut past).await?;
        let [past] = past;
        self.draw(&past).await?;
        self.score(&past, past.applications.len()).await?;
        self.close(&past).await?;
        self.select_and_publish(&past).await?;
        self.announce(&past).await?;
        let mut under_way = [
            self.called(2026, "2026年度第一批", UNDER_WAY, Story::OnNotice).await?,
            self.called(2026, "2026年度第二批", self.scale, Story::Scored).await?,
        ];
        self.to_the_draw(&mut under_way).await?;
        let [notice, scoring] = under_way;
        for competition in [&notice, &scoring] {
            self.draw(competition).await?;
        }
        let open = self.called(2026, "2026年度第三批", 26, Story::Open).await?;
        self.score(&notice, notice.applications.len()).await?;
        self.score(&scoring, UNDER_WAY / 2).await?;
        self.take_applications(&open).await?;
        self.close(&notice).await?;
        self.select_and_publish(&notice).await?;
        self.object(&notice).await
    }

    /// The expert pool: experts of other provinces, who have no part in any region here, and three who have or may have.
    async fn pool(&self) -> Result<()> {
        let regions = ["310100", "330100", "110100", "420100", "440100"];
        for n in 1..=EXPERTS {
            let region = regions[n % regions.len()];
            let field =
                |offset: usize| u16::try_from((n + offset) % self.catalogue.clusters.len() + 1).unwrap_or(1);
            let mut profile = ExpertProfile {
                name: format!("{EXPERT_NAME}{n}"),
                unit: format!("演示研究院{n}（虚构）"),
                title: if n % 2 == 0 { "教授级高级工程师" } else { "研究员" }.to_owned(),
                region: region.parse().ok(),
                fields: vec![field(0), field(5), field(9)],
                most_load: 1000,
                available: true,
                employers: Some(Vec::new()),
                former_units: None,
                phone: "025-00000000".to_owned(),
            };
            self.entangle(n, &mut profile)?;
            let new = PutExpert { profile, account_name: Some(expert(n)), distinct: false };
            experts::create(self.service, &self.people.act(OFFICE)?, new).await?;
        }
        Ok(())
    }

    fn settings(&self, year: i32, title: &str, count: usize, story: Story) -> Result<Settings> {
        let mut settings: Value =
            serde_json::from_str(SETTINGS).map_err(|error| Error::internal(error.to_string()))?;
        settings["title"] = format!("{title}区域卓越产业链竞赛（演示）").into();
        settings["disclosure"] = match story {
            Story::Announced => "ranking",
            Story::OnNotice => "ranked_winners",
            Story::Scored | Story::Open => "winners",
        }
        .into();
        settings["licence"] = serde_json::json!({
            "name": "知识共享署名4.0国际（CC BY 4.0）", "url": "https://creativecommons.org/licenses/by/4.0/",
        });
        settings["quotas"] = serde_json::json!({ "default": count.div_ceil(13) });
        let mut settings: Settings =
            serde_json::from_value(settings).map_err(|error| Error::internal(error.to_string()))?;
        if story == Story::OnNotice {
            cases::in_two_tracks(&mut settings, &self.catalogue);
        }
        let period = |(from, until): (&str, &str)| -> Result<Period> {
            let time = |text: &str| super::time(&format!("{year}-{text}:00+08:00"));
            Ok(Period { from: time(from)?, until: time(until)? })
        };
        let calendar = match story {
            Story::Open => [
                ("06-08T09:00", "07-24T17:00"),
                ("07-24T17:00", "08-07T17:00"),
                ("08-10T09:00", "08-28T17:00"),
                ("08-31T09:00", "10-16T17:00"),
                ("10-19T09:00", "12-11T17:00"),
            ],
            _ => [
                ("03-03T09:00", "04-08T17:00"),
                ("04-08T17:00", "04-22T17:00"),
                ("04-23T09:00", "05-15T17:00"),
                ("05-18T09:00", "06-30T17:00"),
                ("07-01T09:00", "08-31T17:00"),
            ],
        };
        let [application, recommendation, checking, review, announcement] = calendar;
        settings.calendar = Calendar {
            application: period(application)?,
            recommendation: period(recommendation)?,
            checking: period(checking)?,
            review: period(review)?,
            announcement: period(announcement)?,
        };
        Ok(settings)
    }

    async fn advance(&self, id: CompetitionId, to: CompetitionState) -> Result<()> {
        let context = self.people.act(OFFICE)?;
        let now = competitions::read(self.service, &context, id).await?;
        competitions::advance(self.service, &context, id, now.revision, to).await?;
        Ok(())
    }

    /// A competition that is called.
    pub(super) async fn called(
        &self,
        year: i32,
        title: &str,
        count: usize,
        story: Story,
    ) -> Result<DemoCompetition> {
        self.at(year, if story == Story::Open { "06-05T09:00:00" } else { "03-02T09:00:00" })?;
        let settings = self.settings(year, title, count, story)?;
        let context = self.people.act(OFFICE)?;
        let made = competitions::create(self.service, &context, settings.clone()).await?;
        self.advance(made.id, CompetitionState::Application).await?;
        Ok(DemoCompetition { id: made.id, story, year, settings, count, applications: Vec::new() })
    }

    /// Applications filed, recommended, checked: competitions of one year, step by step together, ready for their draw.
    async fn to_the_draw(&self, competitions: &mut [DemoCompetition]) -> Result<()> {
        let year = competitions.first().map_or(0, |competition| competition.year);
        self.at(year, "03-20T10:00:00")?;
        let mut last_comers = Vec::new();
        for competition in &mut *competitions {
            let mut wanted = entrants(&self.catalogue, competition.count)?;
            last_comers.extend(wanted.pop());
            let filed =
                wanted.into_iter().enumerate().map(|(index, entrant)| self.file(competition, index, entrant));
            let filed: Vec<_> = stream::iter(filed).buffered(self.side_by_side()).try_collect().await?;
            competition.applications = filed;
        }
        // Somebody is always late.
        self.at(year, "04-08T16:54:00")?;
        for (competition, last) in competitions.iter_mut().zip(last_comers) {
            let index = competition.applications.len();
            competition.applications.push(self.file(competition, index, last).await?);
        }
        self.at(year, "04-08T17:01:01")?;
        competitions::close_what_is_due(self.service).await?;
        self.at(year, "04-15T10:00:00")?;
        for competition in &*competitions {
            self.recommend(competition).await?;
        }
        self.at(year, "04-23T10:00:00")?;
        for competition in &*competitions {
            self.advance(competition.id, CompetitionState::Checking).await?;
            let applications = competition.applications.iter().enumerate();
            let checked = applications.map(|(index, (id, _))| self.check(competition, index, *id));
            stream::iter(checked).buffered(self.side_by_side()).try_collect::<Vec<()>>().await?;
        }
        self.at(year, "05-18T10:00:00")?;
        for competition in &*competitions {
            self.advance(competition.id, CompetitionState::Drawing).await?;
        }
        Ok(())
    }

    /// The same seed makes the same demonstration, as long as acts follow one another; a large one is for load tests.
    fn side_by_side(&self) -> usize {
        if self.scale > UNDER_WAY { SIDE_BY_SIDE } else { 1 }
    }

    pub(super) async fn upload(
        &self,
        context: &Arc<RequestContext>,
        id: ApplicationId,
        kind: &str,
        name: &str,
    ) -> Result<EvidenceId> {
        let digest: [u8; 32] = sha2::Sha256::digest(&self.pdf).into();
        let announced = Announced {
            name: name.to_owned(),
            kind: kind.to_owned(),
            digest: Some(FileDigest::from(digest)),
        };
        let size = Some(self.pdf.len() as u64);
        let mut incoming = evidence::begin_upload(self.service, context, id, &announced, size).await?;
        incoming.write(self.pdf.clone()).await?;
        Ok(evidence::finish_upload(self.service, context, id, announced, incoming).await?.id)
    }

    async fn file(
        &self,
        competition: &DemoCompetition,
        index: usize,
        entrant: Entrant,
    ) -> Result<(ApplicationId, Entrant)> {
        let id = self.begin(competition, &entrant).await?;
        let mut parts = self.parts(competition, index, id, &entrant).await?;
        if competition.year == 2026 {
            cases::share(index, &mut parts);
        }
        self.put_parts(id, &entrant, parts).await?;
        if let Some(partners) = cases::partners(index) {
            self.invite(id, &entrant, partners).await?;
            for (region, _) in partners {
                self.decide_consent(id, region, true).await?;
            }
        }
        self.submit(id, &entrant).await?;
        Ok((id, entrant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_region_and_chain_stands_once() {
        let catalogue = Catalogue::read_json(crate::domain::catalogue::JIANGSU.as_bytes()).unwrap();
        for count in [42, 500, 1_000] {
            let mut pairs: Vec<_> = entrants(&catalogue, count)
                .unwrap()
                .into_iter()
                .map(|e| (e.region.code, e.chain.no))
                .collect();
            pairs.sort();
            pairs.dedup();
            assert_eq!(pairs.len(), count);
        }
    }
}
