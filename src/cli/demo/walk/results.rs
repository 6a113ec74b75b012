//! Its results: closing, deliberation, notices, objections, announcements.

use chrono::{Datelike, NaiveDate};

use super::story::DemoCompetition;
use super::{OFFICE, SECOND, Walk};
use crate::actions::closing::{self, MakeTally};
use crate::actions::notices::{self, PublishNotice};
use crate::actions::objections::{self, FileObjection, Filter, StepObjection};
use crate::actions::rechecks::{self, RequestRecheck};
use crate::actions::selections::{self, Deliberate};
use crate::actions::{RequestContext, announcements};
use crate::cli::demo::people::applicant;
use crate::domain::announcement::AnnouncementDraft;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::domain::notice::NoticeDraft;
use crate::domain::objection::{ObjectionContent, ObjectionKind, ObjectionState, Objector, RecheckKind};
use crate::domain::selection::Meeting;
use crate::error::Result;

impl Walk<'_> {
    /// The tally frozen and confirmed, ties ruled upon if there are any.
    pub(super) async fn close(&self, competition: &DemoCompetition) -> Result<()> {
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

    pub(super) async fn select_and_publish(&self, competition: &DemoCompetition) -> Result<()> {
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
    pub(super) async fn object(&self, competition: &DemoCompetition) -> Result<()> {
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

    pub(super) async fn announce(&self, competition: &DemoCompetition) -> Result<()> {
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
