//! The walk: every step of a competition, done by whoever does it in real life, under a simulated clock.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{Datelike, NaiveDate};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use sha2::Digest as _;

use super::cases;
use super::figures::{Chance, Entrant, entrants, fictional_page, sheet};
use super::people::{EXPERT_NAME, EXPERTS, People, applicant, expert, reviewer};
use crate::actions::applications;
use crate::actions::checks::{self, Check, PutVeto};
use crate::actions::closing::{self, AdjustmentEntry, MakeTally, PutAdjustments};
use crate::actions::competitions;
use crate::actions::data;
use crate::actions::draws::{self, EnterSeed, Freeze, Witness};
use crate::actions::evidence::{self, Announced, VETO_REPLY};
use crate::actions::experts::{self, PutExpert};
use crate::actions::inspections::{self, Because, DecideInspection};
use crate::actions::notices::{self, PublishNotice};
use crate::actions::objections::{self, FileObjection, Filter, StepObjection};
use crate::actions::rechecks::{self, RequestRecheck};
use crate::actions::recommendations::{self, NewEntry, PutList};
use crate::actions::selections::{self, Deliberate};
use crate::actions::{RequestContext, Service, announcements, sheets};
use crate::clock::Clock;
use crate::domain::access::Action;
use crate::domain::announcement::AnnouncementDraft;
use crate::domain::catalogue::Catalogue;
use crate::domain::checks::{FormalResult, ItemFinding, VetoState};
use crate::domain::competition::{Calendar, CompetitionState, Period, Settings};
use crate::domain::expert::ExpertProfile;
use crate::domain::ids::{ApplicationId, CompetitionId, EvidenceId};
use crate::domain::inspection::{
    InspectionPlan, InspectionRecord, Interview, Method, Stance, TeamMember, VerifiedItem,
};
use crate::domain::notice::NoticeDraft;
use crate::domain::objection::{ObjectionContent, ObjectionKind, ObjectionState, Objector, RecheckKind};
use crate::domain::photo::PHOTO;
use crate::domain::selection::Meeting;
use crate::domain::sheet::SheetState;
use crate::error::{Error, Result};
use crate::files::FileDigest;

/// Settings that the project brings along.
const SETTINGS: &str = include_str!("../../../data/settings.example.json");

/// Applications of the competitions that are under way.
const UNDER_WAY: usize = 42;

/// Acts that run side by side where there are many: a service has many users too.
const SIDE_BY_SIDE: usize = 16;

/// Somebody of each kind.
pub(super) const OFFICE: &str = "office-1";
const SECOND: &str = "office-2";
pub(super) const SUPERVISOR: &str = "supervisor-1";
pub(super) const INSPECTORS: [&str; 2] = ["inspector-1", "inspector-2"];

/// What becomes of a competition of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Story {
    /// It comes to its announcement.
    Announced,
    /// It comes to its public notice; it is ranked in two tracks, each with a panel.
    OnNotice,
    /// It is being scored.
    Scored,
    Open,
}

impl Story {
    /// The fictional outcome of the lottery that a competition's panels are drawn by. With the seed that holds unless told, the
    /// expert of docs/walkthrough.md is on the panel that scores.
    fn public_seed(self) -> &'static str {
        match self {
            Self::Announced => "3141592",
            Self::OnNotice => "2718281",
            Self::Scored | Self::Open => "4123105",
        }
    }
}

pub(super) struct DemoCompetition {
    pub(super) id: CompetitionId,
    pub(super) story: Story,
    pub(super) year: i32,
    pub(super) settings: Settings,
    count: usize,
    pub(super) applications: Vec<(ApplicationId, Entrant)>,
}

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
                phone: "025-00000000".to_owned(),
            };
            self.entangle(n, &mut profile)?;
            let new = PutExpert { profile, account: Some(expert(n)), distinct: false };
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

    async fn recommend(&self, competition: &DemoCompetition) -> Result<()> {
        let mut cities: Vec<_> =
            competition.applications.iter().map(|(_, entrant)| &entrant.city.code).collect();
        cities.sort();
        cities.dedup();
        for city in cities {
            let context = self.people.act(&reviewer(city))?;
            let own = competition.applications.iter().filter(|(_, entrant)| entrant.city.code == *city);
            let entries = own
                .map(|(id, _)| NewEntry {
                    application_id: *id, opinion: "同意推荐（演示）".to_owned()
                })
                .collect();
            let list = PutList { entries, ..PutList::default() };
            let put =
                recommendations::put(self.service, &context, competition.id, city.clone(), 0, list).await?;
            recommendations::seal(self.service, &context, competition.id, city.clone(), put.revision).await?;
        }
        Ok(())
    }

    /// Form accepted, vetoes cleared; of the announced competition one veto is hit.
    async fn check(&self, competition: &DemoCompetition, index: usize, id: ApplicationId) -> Result<()> {
        let service = self.service;
        let context = self.people.act(OFFICE)?;
        let findings = competition.settings.formal_items.iter();
        let mut findings: Vec<ItemFinding> = findings
            .map(|item| ItemFinding { item: item.key.clone(), passed: Some(true), note: String::new() })
            .collect();
        if competition.year == 2026 {
            cases::explain_shared_firm(index, &mut findings);
        }
        let check = Check { findings, result: FormalResult::Accepted, reasons: String::new() };
        let now = applications::read(service, &context, id).await?;
        checks::check_formally(service, &context, id, now.revision, check).await?;
        let reply = self.upload(&context, id, VETO_REPLY, "演示复函.pdf").await?;
        let vetoes = competition.settings.rubric["vetoes"].as_array().into_iter().flatten();
        for (at, veto) in vetoes.enumerate() {
            let key = veto["key"].as_str().unwrap_or_default().to_owned();
            let asked =
                PutVeto {
                    state: VetoState::Asked, note: "征求意见（演示）".to_owned(), document: None
                };
            checks::put_veto(service, &context, id, key.clone(), 0, asked).await?;
            let hit = competition.story == Story::Announced && index == 5 && at == 0;
            let replied = PutVeto {
                state: if hit { VetoState::Hit } else { VetoState::Clear },
                note: "复函（演示）".to_owned(),
                document: Some(reply),
            };
            checks::put_veto(service, &context, id, key, 1, replied).await?;
        }
        Ok(())
    }

    /// Panels drawn, confirmed and declared; the competition is at its scoring.
    async fn draw(&self, competition: &DemoCompetition) -> Result<()> {
        let (service, id) = (self.service, competition.id);
        self.at(competition.year, "05-19T10:00:00")?;
        let office = self.people.act(OFFICE)?;
        let freeze = Freeze {
            seed_source: "演示用公开种子（虚构的开奖号码）".to_owned(),
            unchecked_allowed: false,
            distinct: false,
        };
        let frozen = draws::freeze(service, &office, id, freeze).await?;
        self.at(competition.year, "05-20T10:00:00")?;
        let seed = EnterSeed { public_seed: competition.story.public_seed().to_owned() };
        draws::enter_seed(service, &office, id, frozen.number, seed).await?;
        let supervisor = self.people.act(SUPERVISOR)?;
        let witness = Witness { confirmed: true, reason: String::new() };
        draws::witness(service, &supervisor, id, frozen.number, witness).await?;
        self.declare(competition).await?;
        self.at(competition.year, "05-21T10:00:00")?;
        self.advance(id, CompetitionState::Scoring).await
    }

    /// Inspections and sheets of the first `count` applications; of the next few there are drafts.
    async fn score(&self, competition: &DemoCompetition, count: usize) -> Result<()> {
        self.at(competition.year, "06-10T10:00:00")?;
        let inspected = competition
            .applications
            .iter()
            .take(count)
            .enumerate()
            .map(|(index, (id, entrant))| self.inspect(competition, index, *id, entrant));
        stream::iter(inspected).buffered(self.side_by_side()).try_collect::<Vec<()>>().await?;
        if competition.story == Story::Announced {
            let entries = vec![AdjustmentEntry {
                key: "key_tech".to_owned(),
                value: "1".to_owned(),
                basis: "演示依据（虚构）".to_owned(),
            }];
            let (id, put) = (competition.applications[0].0, PutAdjustments { entries });
            closing::put_adjustments(self.service, &self.people.act(OFFICE)?, id, 0, put).await?;
        }
        self.at(competition.year, "06-22T10:00:00")?;
        let panels = self.panels(competition.id).await?;
        let mut scored = Vec::new();
        for (at, (id, _)) in competition.applications.iter().enumerate() {
            let level = cases::level(at).unwrap_or_else(|| 55 + self.chance.below(40));
            let panel = panels.iter().find(|panel| panel.applications.contains(id));
            for (seat, name) in panel.into_iter().flat_map(|panel| &panel.serving).enumerate() {
                let level = cases::outlier(competition.story, at, seat).unwrap_or(level);
                if at < count {
                    scored.push(self.sheet(competition, name.clone(), *id, level, true));
                } else if at < count + 3 {
                    scored.push(self.sheet(competition, name.clone(), *id, level, false));
                }
            }
        }
        stream::iter(scored).buffered(self.side_by_side()).try_collect::<Vec<()>>().await?;
        if competition.story == Story::Scored {
            self.correct_a_sheet(competition).await?;
            // The team has one to go.
            self.plan(competition, competition.applications[count].0, 7, 6).await?;
        }
        Ok(())
    }

    async fn sheet(
        &self,
        competition: &DemoCompetition,
        name: String,
        id: ApplicationId,
        level: u64,
        signed: bool,
    ) -> Result<()> {
        let context = self.people.act(&name)?;
        let content = sheet(&competition.settings.rubric, level, &self.chance);
        let put = sheets::put(self.service, &context, id, 0, content).await?;
        if signed && put.state == SheetState::Draft {
            sheets::sign(self.service, &context, id, put.revision).await?;
        }
        Ok(())
    }

    /// An inspection by the team, from one day of a month until two days later.
    async fn plan(
        &self,
        competition: &DemoCompetition,
        id: ApplicationId,
        month: u32,
        day: u32,
    ) -> Result<()> {
        let mut team = Vec::new();
        for name in INSPECTORS {
            let caller = self.people.caller(name)?;
            team.push(TeamMember {
                account: caller.account,
                name: caller.display_name.clone(),
                unit: "领导小组办公室（演示）".to_owned(),
            });
        }
        let plan = InspectionPlan {
            team,
            from: NaiveDate::from_ymd_opt(competition.year, month, day),
            until: NaiveDate::from_ymd_opt(competition.year, month, day + 2),
            firms: vec!["示例公司（虚构）".to_owned()],
            notes: "演示".to_owned(),
        };
        inspections::put_plan(self.service, &self.people.act(OFFICE)?, id, 0, plan).await.map(drop)
    }

    async fn inspect(
        &self,
        competition: &DemoCompetition,
        index: usize,
        id: ApplicationId,
        entrant: &Entrant,
    ) -> Result<()> {
        let service = self.service;
        self.plan(competition, id, 6, 8).await?;
        let first = self.people.act(INSPECTORS[0])?;
        let photo = self.upload(&first, id, PHOTO, "演示现场.pdf").await?;
        let now = inspections::read(service, &first, id).await?;
        let items = now.claimed.iter().enumerate().map(|(at, figure)| {
            // One value in the announced competition is verified below its claim, one above it.
            let number = figure.value.as_str().and_then(|text| text.parse::<rust_decimal::Decimal>().ok());
            let change = match (competition.story, index, at) {
                (Story::Announced, 1, 0) => Some(rust_decimal::Decimal::new(90, 2)),
                (Story::Announced, 2, 0) => Some(rust_decimal::Decimal::new(105, 2)),
                _ => None,
            };
            let changed =
                number.zip(change).map(|(number, change)| (number * change).round_dp(2).normalize());
            VerifiedItem {
                indicator: figure.indicator.clone(),
                seen: "演示佐证.pdf".to_owned(),
                value: changed.map_or_else(|| figure.value.clone(), |value| value.to_string().into()),
                method: if at % 3 == 0 { Method::OnSite } else { Method::Documents },
                finding: if changed.is_some() {
                    "与年报不一致，予以核定（演示）".to_owned()
                } else {
                    String::new()
                },
                photos: if at == 0 { vec![photo] } else { Vec::new() },
            }
        });
        let interview = |n: u32| Interview {
            unit: format!("配套企业{n}（虚构）"),
            person: "演示负责人".to_owned(),
            notes: "演示访谈记录（虚构）".to_owned(),
        };
        let record = InspectionRecord {
            items: items.collect(),
            interviews: (1..=3).map(interview).collect(),
            summary: "演示考察小结（虚构）".to_owned(),
        };
        let mut revision = inspections::put_record(service, &first, id, now.revision, record).await?.revision;
        for name in INSPECTORS {
            revision = inspections::sign(service, &self.people.act(name)?, id, revision).await?.revision;
        }
        let lead = self.people.act(&applicant(&entrant.region.code))?;
        let decide = DecideInspection {
            stance: Stance::Agrees,
            statement: String::new(),
            signatory: "演示负责人".to_owned(),
        };
        let signed =
            inspections::decide(service, &lead, id, revision, Action::AnswerInspection, decide).await?;
        for indicator in signed.raised.keys() {
            let because = Because { reason: "年报证实，同意核增（演示）".to_owned() };
            let office = self.people.act(OFFICE)?;
            inspections::consent(service, &office, id, indicator.clone(), because).await?;
        }
        self.rectify(competition, index, id, entrant).await
    }

    /// The tally frozen and confirmed, ties ruled upon if there are any.
    async fn close(&self, competition: &DemoCompetition) -> Result<()> {
        let (service, id) = (self.service, competition.id);
        self.at(competition.year, "07-01T09:00:00")?;
        self.advance(id, CompetitionState::Selection).await?;
        let (office, second) = (self.people.act(OFFICE)?, self.people.act(SECOND)?);
        let mut number = 1;
        while !closing::ranking(service, &office, id, number).await?.complete {
            let waiting = closing::waiting(service, &office, id, number).await?;
            let make = MakeTally {
                reason: "并列裁定（演示）".to_owned(),
                rulings: waiting,
                minutes: "办公室会议抽签裁定（演示）".to_owned(),
            };
            number = closing::make(service, &office, id, make).await?.number;
        }
        closing::confirm(service, &second, id, number).await?;
        Ok(())
    }

    async fn select_and_publish(&self, competition: &DemoCompetition) -> Result<()> {
        let (service, id) = (self.service, competition.id);
        let office = self.people.act(OFFICE)?;
        let meeting = Meeting {
            date: self.clock.now().date(),
            present: ["组长（演示）", "副组长（演示）", "成员甲（演示）", "成员乙（演示）"]
                .map(str::to_owned)
                .to_vec(),
            minutes: "会议听取评审和考察情况汇报，同意按排名确定拟入选名单（演示）。".to_owned(),
        };
        let deliberate = Deliberate { meeting, departures: Vec::new(), carried: Vec::new() };
        selections::deliberate(service, &office, id, deliberate).await?;
        let from = NaiveDate::from_ymd_opt(competition.year, 7, 2).unwrap_or_default();
        let notice = NoticeDraft {
            document: format!("演示公示〔{}〕1号", from.year()),
            from,
            days: 5,
            channels: vec![
                "咨询电话：025-00000000（演示）".to_owned(),
                "监督电话：025-00000001（演示）".to_owned(),
                "来信地址：演示地址".to_owned(),
            ],
            issuer: "领导小组办公室（演示）".to_owned(),
        };
        notices::publish(service, &office, id, PublishNotice { notice, reason: String::new() }).await?;
        self.at(competition.year, "07-02T10:00:00")
    }

    /// An objection by name that is looked into, an anonymous lead, and a re-check request.
    async fn object(&self, competition: &DemoCompetition) -> Result<()> {
        let (service, id) = (self.service, competition.id);
        self.at(competition.year, "07-03T09:00:00")?;
        let published = notices::read(service, id).await?;
        let names: Vec<ApplicationId> =
            published[0].notice.entries.iter().map(|entry| entry.application).collect();
        let public = RequestContext::nobody(self.clock);
        let content = |text: &str| ObjectionContent { kind: ObjectionKind::Facts, text: text.to_owned() };
        let objector = Objector {
            name: "演示异议人".to_owned(),
            contact: "025-00000002".to_owned(),
            unit: String::new(),
        };
        let by_name = FileObjection {
            application_id: names[0],
            content: content("申报的营业收入与公开年报不一致（演示，虚构）"),
            objector: Some(objector),
        };
        objections::file(service, &public, id, by_name).await?;
        let anonymous = FileObjection {
            application_id: names[names.len() - 1],
            content: content("有企业在两份申报中重复使用（演示，虚构）"),
            objector: None,
        };
        objections::file(service, &public, id, anonymous).await?;
        let office = self.people.act(OFFICE)?;
        let filed = objections::list(service, &office, id, Filter::default(), None, 10).await?.items;
        let accept = StepObjection {
            to: ObjectionState::Accepted,
            ground: None,
            report: String::new(),
            reply: "已受理，将在规定期限内答复（演示）".to_owned(),
        };
        objections::decide(service, &office, filed[0].id, filed[0].revision, accept).await?;
        let asking = competition.applications.iter().find(|(application, _)| !names.contains(application));
        if let Some((application, entrant)) = asking {
            let context = self.people.act(&applicant(&entrant.region.code))?;
            let request = RequestRecheck {
                kind: RecheckKind::Arithmetic,
                text: "请复核主导产业指标得分合计（演示）".to_owned(),
            };
            rechecks::request(service, &context, *application, request).await?;
        }
        Ok(())
    }

    async fn announce(&self, competition: &DemoCompetition) -> Result<()> {
        self.at(competition.year, "07-09T10:00:00")?;
        let draft = AnnouncementDraft {
            document: format!("演示公告〔{}〕1号", competition.year),
            issuer: "领导小组办公室（演示）".to_owned(),
            text: "本公告为演示，所有数字均为虚构。入选地区应按年度报告进展。".to_owned(),
            erratum: None,
        };
        announcements::publish(self.service, &self.people.act(OFFICE)?, competition.id, draft).await?;
        Ok(())
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
