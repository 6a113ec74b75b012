//! The hard cases of the demonstration: which application or expert is one, and the acts that make it so.

use std::sync::Arc;

use super::figures::{Entrant, entrants, sheet};
use super::filing::{firm, region, shared_firm};
use super::people::{EXPERT_NAME, applicant, expert};
use super::walk::{DemoCompetition, INSPECTORS, OFFICE, Story, Walk};
use crate::actions::RequestContext;
use crate::actions::inspections::{self, OrderRectification, RecheckRectification, Say};
use crate::actions::panels::{self, Declare, DeclaredConflict, Recuse};
use crate::actions::sheets::{self, CorrectSheet};
use crate::domain::application::{MemberRole, Part, PartContent};
use crate::domain::catalogue::Catalogue;
use crate::domain::checks::ItemFinding;
use crate::domain::competition::{Grouping, Settings, Track};
use crate::domain::draw::SeatState;
use crate::domain::expert::{Employment, ExpertProfile};
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::error::{Error, Result};

/// Regions that are asked to take part, with what they bring.
pub(super) type Partners = &'static [(&'static str, MemberRole)];

/// The partners of an application that is a joint one, by its place among those of its competition: with zones of its own
/// city, with one of another city, and with a second core zone.
pub(super) fn partners(index: usize) -> Option<Partners> {
    match index {
        2 => Some(&[("320324", MemberRole::Coordinated), ("321371", MemberRole::Coordinated)]),
        4 => Some(&[("320583", MemberRole::Coordinated), ("320585", MemberRole::Coordinated)]),
        5 => Some(&[("320685", MemberRole::Core), ("320681", MemberRole::Coordinated)]),
        _ => None,
    }
}

/// Where sheets and figures lie that come out well, in hundredths.
const WELL: u64 = 92;

/// How good an application is, if it is told: joint ones come out well, so that results show them.
pub(super) fn level(index: usize) -> Option<u64> {
    partners(index).map(|_| WELL)
}

/// How high a sheet is that lies far from those of the rest of its panel.
pub(super) fn outlier(story: Story, index: usize, seat: usize) -> Option<u64> {
    (story == Story::Scored && index == 6 && seat == 2).then_some(10)
}

/// Two that name one firm, and say why; two that share a text, and don't.
const SHARE_A_FIRM: [usize; 2] = [7, 8];
const SHARE_A_TEXT: [usize; 2] = [9, 10];

/// A text that several applications have, as from one consultant.
pub(super) const SHARED_TEXT: &str = "演示数据（虚构）：建立由主要领导任链长的工作专班，每月调度、每季通报、半年评估；设立产业链专项资金，对强链补链项目按设备\
     投资额给予补助；组建产业链党建联盟和技术创新联合体，推动链主企业开放场景、共享平台；完善人才、用地、能耗和金融保障清单，逐项明确责任单位和完成时限，\
     年度考核结果与干部评价、项目安排挂钩。";

/// Puts in an application what another one has too.
pub(super) fn share(index: usize, parts: &mut [(Part, PartContent)]) {
    for (part, content) in parts {
        match content {
            PartContent::Firms(content) if SHARE_A_FIRM.contains(&index) => {
                content.firms.push(shared_firm("江海示例集团（虚构）", 9_001));
            }
            PartContent::Section(section)
                if SHARE_A_TEXT.contains(&index) && *part == Part::Section("guarantee".to_owned()) =>
            {
                SHARED_TEXT.clone_into(&mut section.text);
            }
            _ => {}
        }
    }
}

/// What the formal check says of the firm that two applications name.
pub(super) fn explain_shared_firm(index: usize, findings: &mut [ItemFinding]) {
    if SHARE_A_FIRM.contains(&index)
        && let Some(finding) = findings.iter_mut().find(|finding| finding.item == "region")
    {
        "查重所示江海示例集团在两地各有法人分支，两市书面说明营业收入未重复计入，予以认可（演示）"
            .clone_into(&mut finding.note);
    }
}

/// Ranks a competition in two tracks, whose clusters are told apart by what they make, with half of the awards each.
pub(super) fn in_two_tracks(settings: &mut Settings, catalogue: &Catalogue) {
    const EQUIPMENT: [u16; 6] = [1, 2, 8, 9, 10, 12];
    let chains = |equipment: bool| {
        let clusters = catalogue.clusters.iter().filter(move |c| EQUIPMENT.contains(&c.no) == equipment);
        clusters.flat_map(|cluster| cluster.chains.iter().map(|chain| chain.no)).collect()
    };
    let track = |key: &str, name: &str, equipment| Track {
        key: key.to_owned(),
        name: name.to_owned(),
        chains: chains(equipment),
    };
    settings.grouping = Grouping::Own;
    settings.tracks =
        vec![track("equipment", "装备与能源组", true), track("materials", "材料、信息与消费品组", false)];
    settings.rules["awards"][0]["quota"] = 5.into();
}

/// A panel: what it judges, and the login names of the experts who serve on it.
pub(super) struct Bench {
    pub(super) applications: Vec<ApplicationId>,
    pub(super) serving: Vec<String>,
    key: String,
    undeclared: Vec<String>,
    last: Option<ExpertId>,
}

/// The login name of an expert, by the name in the pool.
fn login_name(name: &str) -> Option<String> {
    name.strip_prefix(EXPERT_NAME)?.parse().ok().map(expert)
}

impl Walk<'_> {
    /// Of the last experts of the pool, one has worked for a firm that takes part, one is of a city that does, and one is of
    /// a unit whose name is nearly that of a firm.
    pub(super) fn entangle(&self, n: usize, profile: &mut ExpertProfile) -> Result<()> {
        let entrants = entrants(&self.catalogue, 6)?;
        let firm = |index: usize| firm(&entrants[index], index).name;
        let chain = &entrants[5].chain.name;
        match n {
            23 => {
                let until = chrono::NaiveDate::from_ymd_opt(2024, 12, 31);
                profile.employers = Some(vec![Employment { unit: firm(4), until }]);
            }
            24 => profile.region = Some(region("320500")?),
            25 => profile.unit = format!("{chain}示例公司（虚构）"),
            _ => {}
        }
        Ok(())
    }

    pub(super) async fn panels(&self, id: CompetitionId) -> Result<Vec<Bench>> {
        let panels = panels::list(self.service, &self.people.act(OFFICE)?, id).await?;
        Ok(panels
            .into_iter()
            .map(|panel| {
                let serving = || panel.seats.iter().filter(|seat| seat.state == SeatState::Serving);
                let undeclared = serving().filter(|seat| seat.declared_at.is_none());
                Bench {
                    serving: serving().filter_map(|seat| login_name(&seat.name)).collect(),
                    undeclared: undeclared.filter_map(|seat| login_name(&seat.name)).collect(),
                    last: serving().next_back().map(|seat| seat.expert_id),
                    key: panel.key,
                    applications: panel.application_ids,
                }
            })
            .collect())
    }

    /// Everybody who serves declares. One has a conflict and is recused by that; another is recused by the office. The
    /// alternates who are called in their place declare too.
    pub(super) async fn declare(&self, competition: &DemoCompetition) -> Result<()> {
        let panels = self.panels(competition.id).await?;
        if competition.story == Story::Scored {
            let conflict = DeclaredConflict {
                application_id: competition.applications[7].0,
                reason: "2024年起受聘为该申报链主企业的技术顾问并领取报酬（演示）".to_owned(),
            };
            self.sign_declaration(competition, &panels[0].serving[2], vec![conflict]).await?;
        }
        if let (Story::OnNotice, Some(panel)) = (competition.story, panels.last())
            && let Some(expert) = panel.last
        {
            self.confirmed(OFFICE, async |context| {
                let recuse =
                    Recuse { reason: "因病住院，不能参加本次评审（演示）".to_owned() };
                let key = panel.key.clone();
                panels::recuse_by_office(self.service, &context, competition.id, key, expert, recuse).await
            })
            .await?;
        }
        for panel in self.panels(competition.id).await? {
            for name in panel.undeclared {
                self.sign_declaration(competition, &name, Vec::new()).await?;
            }
        }
        Ok(())
    }

    async fn sign_declaration(
        &self,
        competition: &DemoCompetition,
        name: &str,
        conflicts: Vec<DeclaredConflict>,
    ) -> Result<()> {
        self.confirmed(name, async |context| {
            let declare = Declare { accepted: true, conflicts: conflicts.clone(), answers: None };
            panels::declare(self.service, &context, competition.id, declare).await
        })
        .await
        .map(drop)
    }

    /// Somebody's act, who has read what follows from it and confirms it.
    async fn confirmed<T>(
        &self,
        name: &str,
        act: impl AsyncFn(Arc<RequestContext>) -> Result<T>,
    ) -> Result<T> {
        let context = self.people.act(name)?;
        match act(context.clone()).await {
            Err(Error { confirm: Some(digest), .. }) => {
                act(Arc::new(RequestContext { confirmed: Some(*digest), ..RequestContext::clone(&context) }))
                    .await
            }
            other => other,
        }
    }

    /// A signed sheet is corrected while scoring goes on.
    pub(super) async fn correct_a_sheet(&self, competition: &DemoCompetition) -> Result<()> {
        self.at(competition.year, "06-23T10:00:00")?;
        let (id, _) = competition.applications[5];
        let panels = self.panels(competition.id).await?;
        let context = self.people.act(&panels[0].serving[1])?;
        let now = sheets::read_own(self.service, &context, id).await?;
        let correct = CorrectSheet {
            reason: "misread".to_owned(),
            explanation: "误将上一年度数据当作本年度，复核材料后更正（演示）".to_owned(),
            content: sheet(&competition.settings.rubric, WELL, &self.chance),
        };
        sheets::correct(self.service, &context, id, now.revision, correct).await?;
        Ok(())
    }

    /// After an inspection: one finding that was put right, one that waits for its re-check, one that waits for an answer.
    pub(super) async fn rectify(
        &self,
        competition: &DemoCompetition,
        index: usize,
        id: ApplicationId,
        entrant: &Entrant,
    ) -> Result<()> {
        let (answered, settled) = match (competition.story, index) {
            (Story::Announced, 1) => (true, true),
            (Story::Scored, 5) => (true, false),
            (Story::Scored, 4) => (false, false),
            _ => return Ok(()),
        };
        let (service, team) = (self.service, INSPECTORS[0]);
        let order = OrderRectification {
            finding: "两家配套企业的采购合同未归档，供应额与台账不一致，请补齐合同并更正台账（演示）"
                .to_owned(),
            due_at: super::time(&format!("{}-07-10T17:00:00+08:00", competition.year))?,
        };
        let ordered = inspections::order_rectification(service, &self.people.act(team)?, id, order).await?;
        if !answered {
            return Ok(());
        }
        let context = self.people.act(&applicant(&entrant.region.code))?;
        let say = Say {
            text: "已补齐合同2份，台账已更正并由两家企业盖章确认（演示）".to_owned()
        };
        let said =
            inspections::answer_rectification(service, &context, ordered.id, ordered.revision, say).await?;
        if settled {
            let recheck = RecheckRectification {
                settled: true,
                text: "复查合同和台账，金额一致，整改到位（演示）".to_owned(),
            };
            let context = self.people.act(team)?;
            inspections::recheck_rectification(service, &context, said.id, said.revision, recheck).await?;
        }
        Ok(())
    }
}
