//! The competition of the demonstration that takes applications: at each desk something is to be done.

use serde_json::json;

use super::cases::SHARED_TEXT;
use super::figures::Entrant;
use super::filing::{region, shared_firm};
use super::people::reviewer;
use super::walk::{DemoCompetition, Walk};
use crate::actions::applications;
use crate::actions::recommendations::{self, NewEntry, PutList, Return};
use crate::domain::application::{Figure, MemberRole, Part, PartContent};
use crate::domain::catalogue::ChainNumber;
use crate::domain::ids::ApplicationId;
use crate::error::{Error, Result};

/// The city whose reviewer has a sign-in.
const CITY: &str = "320500";

/// A core zone's partners here are coordinated ones.
const COORDINATED: MemberRole = MemberRole::Coordinated;

type Parts = Vec<(Part, PartContent)>;

impl Walk<'_> {
    /// Applications of every degree of completeness, and a city that has begun its list.
    pub(super) async fn take_applications(&self, competition: &DemoCompetition) -> Result<()> {
        self.at(competition.year, "06-24T10:00:00")?;
        self.unusual_draft(competition).await?;
        self.waiting_drafts(competition).await?;
        self.at(competition.year, "06-26T15:00:00")?;
        let listed = self.submitted(competition, 1, ("320583", 47), Some("320581"), copied).await?;
        self.submitted(competition, 2, ("320509", 24), None, copied).await?;
        self.submitted(competition, 3, ("320412", 43), None, explained).await?;
        let returned = self.submitted(competition, 4, ("320582", 19), None, |_| ()).await?;
        self.at(competition.year, "06-30T11:00:00")?;
        self.review(competition, listed, returned).await
    }

    fn entrant(&self, (code, chain): (&str, u16)) -> Result<Entrant> {
        let nowhere = || Error::internal(format!("{code} or chain {chain} is not in the catalogue"));
        let code = region(code)?;
        let region = self.catalogue.region(&code).ok_or_else(nowhere)?;
        let city = self.catalogue.city_of(&code).and_then(|city| self.catalogue.region(city));
        let (_, chain) = self.catalogue.chain(ChainNumber(chain)).ok_or_else(nowhere)?;
        Ok(Entrant { region: region.clone(), city: city.ok_or_else(nowhere)?.clone(), chain: chain.clone() })
    }

    /// A draft of all parts, as `change` leaves them, whose partners are asked and have not decided.
    async fn draft(
        &self,
        competition: &DemoCompetition,
        index: usize,
        entrant: &Entrant,
        partners: &[&str],
        change: impl FnOnce(&mut Parts),
    ) -> Result<ApplicationId> {
        let id = self.begin(competition, entrant).await?;
        let mut parts = self.parts(competition, 100 + index, id, entrant).await?;
        change(&mut parts);
        self.put_parts(id, entrant, parts).await?;
        if !partners.is_empty() {
            let partners: Vec<_> = partners.iter().map(|partner| (*partner, COORDINATED)).collect();
            self.invite(id, entrant, &partners).await?;
        }
        Ok(id)
    }

    async fn submitted(
        &self,
        competition: &DemoCompetition,
        index: usize,
        which: (&str, u16),
        partner: Option<&str>,
        change: impl FnOnce(&mut Parts),
    ) -> Result<ApplicationId> {
        let entrant = self.entrant(which)?;
        let id = self.draft(competition, index, &entrant, partner.as_slice(), change).await?;
        if let Some(partner) = partner {
            self.decide_consent(id, partner, true).await?;
        }
        self.submit(id, &entrant).await?;
        Ok(id)
    }

    /// Figures that look wrong and are not explained, no signature yet, and a partner who has not answered.
    async fn unusual_draft(&self, competition: &DemoCompetition) -> Result<()> {
        let entrant = self.entrant(("320576", 18))?;
        let unusual = |parts: &mut Parts| {
            figure(parts, "a13", |figure| figure.value = json!("350"));
            figure(parts, "a12", |figure| figure.year -= 1);
            figure(parts, "a33", |figure| figure.last_year = Some("0.03".to_owned()));
            parts.retain(|(part, _)| *part != Part::Undertaking);
        };
        self.draft(competition, 5, &entrant, &["320585"], unusual).await.map(drop)
    }

    /// One that waits for the signature of another zone, one whose partner has declined, one that is just begun.
    async fn waiting_drafts(&self, competition: &DemoCompetition) -> Result<()> {
        let waiting = self.entrant(("320507", 42))?;
        let id = self.draft(competition, 6, &waiting, &["320576", "320581"], |_| ()).await?;
        self.decide_consent(id, "320581", true).await?;
        let declined = self.entrant(("320214", 25))?;
        let id = self.draft(competition, 7, &declined, &["320282"], |_| ()).await?;
        self.decide_consent(id, "320282", false).await?;
        let begun = self.entrant(("320115", 4))?;
        let just_begun = |parts: &mut Parts| parts.retain(|(part, _)| *part == Part::Profile);
        self.draft(competition, 8, &begun, &[], just_begun).await.map(drop)
    }

    /// The city has put one on its list, sent one back, and not yet looked at a third.
    async fn review(
        &self,
        competition: &DemoCompetition,
        listed: ApplicationId,
        returned: ApplicationId,
    ) -> Result<()> {
        let (service, city) = (self.service, region(CITY)?);
        let context = self.people.act(&reviewer(&city))?;
        let now = applications::read(service, &context, returned).await?;
        let reasons = "研发投入强度与佐证材料不一致；请补充第三方审计报告，并说明口径（演示）".to_owned();
        recommendations::send_back(service, &context, returned, now.revision, Return { reason: reasons })
            .await?;
        let entry = NewEntry {
            application_id: listed,
            opinion: "主导产业突出、材料齐全，拟列第一（演示）".to_owned(),
        };
        let list = PutList {
            entries: vec![entry],
            contact: "苏州市推荐工作联系人（演示） 0512-00000000".to_owned(),
            ..PutList::default()
        };
        recommendations::put(service, &context, competition.id, city, 0, list).await?;
        Ok(())
    }
}

fn figure(parts: &mut Parts, indicator: &str, change: impl FnOnce(&mut Figure)) {
    let figures = parts.iter_mut().find_map(|(_, content)| match content {
        PartContent::Figures(content) => Some(&mut content.figures),
        _ => None,
    });
    if let Some(figure) = figures.into_iter().flatten().find(|figure| figure.indicator == indicator) {
        change(figure);
    }
}

/// One firm and one text of two applications.
fn copied(parts: &mut Parts) {
    for (part, content) in parts {
        match content {
            PartContent::Firms(content) => content.firms.push(shared_firm("吴越示例精工（虚构）", 9_002)),
            PartContent::Section(section) if *part == Part::Section("guarantee".to_owned()) => {
                SHARED_TEXT.clone_into(&mut section.text);
            }
            _ => {}
        }
    }
}

/// A figure that looks wrong, and why it is right.
fn explained(parts: &mut Parts) {
    figure(parts, "a11", |figure| {
        figure.value = json!("640");
        figure.last_year = Some("290".to_owned());
        "2025年两家配套企业升规入统、一家链主扩产，营业收入翻番，见审计报告（演示）"
            .clone_into(&mut figure.explanation);
    });
}
