//! Its checks, draws, scores and inspections.

use chrono::NaiveDate;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::story::{DemoCompetition, Story};
use super::{INSPECTORS, OFFICE, SUPERVISOR, Walk};
use crate::actions::checks::{self, Check, PutVeto};
use crate::actions::closing::{self, AdjustmentEntry, PutAdjustments};
use crate::actions::draws::{self, EnterSeed, Freeze, Witness};
use crate::actions::evidence::VETO_REPLY;
use crate::actions::inspections::{self, Because, DecideInspection};
use crate::actions::recommendations::{self, NewEntry, PutList};
use crate::actions::{applications, sheets};
use crate::cli::demo::cases;
use crate::cli::demo::figures::{Entrant, sheet};
use crate::cli::demo::people::{applicant, reviewer};
use crate::domain::access::Action;
use crate::domain::checks::{FormalResult, ItemFinding, VetoState};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::domain::inspection::{
    InspectionPlan, InspectionRecord, Interview, Method, Stance, TeamMember, VerifiedItem,
};
use crate::domain::photo::PHOTO;
use crate::domain::sheet::SheetState;
use crate::error::Result;

impl Walk<'_> {
    pub(super) async fn recommend(&self, competition: &DemoCompetition) -> Result<()> {
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
    pub(super) async fn check(
        &self,
        competition: &DemoCompetition,
        index: usize,
        id: ApplicationId,
    ) -> Result<()> {
        let service = self.service;
        let context = self.people.act(OFFICE)?;
        let findings = competition.settings.formal_items.iter();
        let mut findings: Vec<ItemFinding> = findings
            .map(|item| ItemFinding { item: item.key.clone(), passed: Some(true), note: String::new() })
            .collect();
        if competition.year == 2026 {
            cases::explain_shared_firm(index, &mut findings);
        }
        let check = Check { findings, result: FormalResult::Accepted, reason: String::new() };
        let now = applications::read(service, &context, id).await?;
        checks::check_formally(service, &context, id, now.revision, check).await?;
        let reply = self.upload(&context, id, VETO_REPLY, "演示复函.pdf").await?;
        let vetoes = competition.settings.rubric["vetoes"].as_array().into_iter().flatten();
        for (at, veto) in vetoes.enumerate() {
            let key = veto["key"].as_str().unwrap_or_default().to_owned();
            let asked =
                PutVeto {
                    state: VetoState::Asked, note: "征求意见（演示）".to_owned(), evidence_id: None
                };
            checks::put_veto(service, &context, id, key.clone(), 0, asked).await?;
            let hit = competition.story == Story::Announced && index == 5 && at == 0;
            let replied = PutVeto {
                state: if hit { VetoState::Hit } else { VetoState::Clear },
                note: "复函（演示）".to_owned(),
                evidence_id: Some(reply),
            };
            checks::put_veto(service, &context, id, key, 1, replied).await?;
        }
        Ok(())
    }

    /// Panels drawn, confirmed and declared; the competition is at its scoring.
    pub(super) async fn draw(&self, competition: &DemoCompetition) -> Result<()> {
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
    pub(super) async fn score(&self, competition: &DemoCompetition, count: usize) -> Result<()> {
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
            ..InspectionPlan::default()
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
}
