//! How an application comes about in the demonstration: begun, written, agreed to by its partners, submitted.

use super::cases;
use super::figures::{Entrant, figures};
use super::people::applicant;
use super::walk::{DemoCompetition, Walk};
use crate::actions::applications::consents::{self, DecideConsent};
use crate::actions::applications::{self, Create, NewMember, PutMembers};
use crate::domain::application::{
    Figures, Firm, FirmRole, Firms, MemberRole, Part, PartContent, Profile, Section, Undertaking,
};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::ApplicationId;
use crate::error::{Error, Result};

/// A region of the catalogue, by its code.
pub(super) fn region(code: &str) -> Result<RegionCode> {
    code.parse().map_err(|_| Error::internal(format!("{code} is no region")))
}

impl Walk<'_> {
    /// Begins an application.
    pub(super) async fn begin(
        &self,
        competition: &DemoCompetition,
        entrant: &Entrant,
    ) -> Result<ApplicationId> {
        let context = self.people.act(&applicant(&entrant.region.code))?;
        let create = Create { chain_number: entrant.chain.no, role: MemberRole::Core };
        Ok(applications::create(self.service, &context, competition.id, create).await?.id)
    }

    /// All parts of an application, complete, with the evidence that they name.
    pub(super) async fn parts(
        &self,
        competition: &DemoCompetition,
        index: usize,
        id: ApplicationId,
        entrant: &Entrant,
    ) -> Result<Vec<(Part, PartContent)>> {
        let context = self.people.act(&applicant(&entrant.region.code))?;
        let (region, chain) = (&entrant.region.name, &entrant.chain.name);
        let proof = self.upload(&context, id, "figures", "演示佐证.pdf").await?;
        let year = u16::try_from(competition.year - 1).unwrap_or_default();
        let figures = figures(&competition.settings.rubric, proof, year, cases::level(index), &self.chance);
        let profile = Profile {
            title: format!("{region}{chain}产业链（演示）"),
            leading_industry: chain.clone(),
            area_km2: Some(rust_decimal::Decimal::from(20 + self.chance.below(80))),
            promotion_body: format!("{region}{chain}产业联盟（虚构）"),
            contact_name: "演示联系人".to_owned(),
            contact_post: "科长".to_owned(),
            contact_phone: "025-00000000".to_owned(),
        };
        let mut parts = vec![
            (Part::Profile, PartContent::Profile(profile)),
            (Part::Firms, PartContent::Firms(Firms { firms: vec![firm(entrant, index)] })),
            (Part::Figures, PartContent::Figures(Figures { figures })),
        ];
        for section in &competition.settings.sections {
            let text = format!("演示数据（虚构）：{region}{chain}，{}。", section.title);
            parts.push((Part::Section(section.key.clone()), PartContent::Section(Section { text })));
        }
        let signed =
            Undertaking {
                accepted: true, signatory: "演示负责人".to_owned(), post: "局长".to_owned()
            };
        parts.push((Part::Undertaking, PartContent::Undertaking(signed)));
        Ok(parts)
    }

    /// Writes parts of an application that has none yet.
    pub(super) async fn put_parts(
        &self,
        id: ApplicationId,
        entrant: &Entrant,
        parts: Vec<(Part, PartContent)>,
    ) -> Result<()> {
        let context = self.people.act(&applicant(&entrant.region.code))?;
        for (part, content) in parts {
            applications::put_part(self.service, &context, id, part, 0, content).await?;
        }
        Ok(())
    }

    pub(super) async fn invite(
        &self,
        id: ApplicationId,
        entrant: &Entrant,
        partners: &[(&str, MemberRole)],
    ) -> Result<()> {
        let context = self.people.act(&applicant(&entrant.region.code))?;
        let members =
            partners.iter().map(|(code, role)| Ok(NewMember { region_code: region(code)?, role: *role }));
        let wanted = PutMembers { lead_role: MemberRole::Core, members: members.collect::<Result<_>>()? };
        let now = applications::read(self.service, &context, id).await?;
        applications::put_members(self.service, &context, id, now.revision, wanted).await?;
        Ok(())
    }

    /// A partner agrees, or declines.
    pub(super) async fn decide_consent(&self, id: ApplicationId, code: &str, given: bool) -> Result<()> {
        let context = self.people.act(&applicant(&region(code)?))?;
        let covered = consents::read(self.service, &context, id).await?.digest;
        let decision =
            DecideConsent { given, signatory: "演示负责人".to_owned(), covered_digest: Some(covered) };
        consents::decide(self.service, &context, id, decision).await?;
        Ok(())
    }

    /// Submits an application that is complete.
    pub(super) async fn submit(&self, id: ApplicationId, entrant: &Entrant) -> Result<()> {
        let context = self.people.act(&applicant(&entrant.region.code))?;
        let now = applications::read(self.service, &context, id).await?;
        applications::submit(self.service, &context, id, now.revision).await?;
        Ok(())
    }
}

/// The fictional firm that leads an entrant's chain.
pub(super) fn firm(entrant: &Entrant, index: usize) -> Firm {
    Firm {
        name: format!("{}{}示例公司（虚构）", entrant.region.name, entrant.chain.name),
        credit_code: credit_code(index),
        role: FirmRole::ChainLeader,
        products: entrant.chain.name.clone(),
    }
}

/// A fictional firm that several applications name.
pub(super) fn shared_firm(name: &str, index: usize) -> Firm {
    Firm {
        name: name.to_owned(),
        credit_code: credit_code(index),
        role: FirmRole::KeyFirm,
        products: "关键零部件（虚构）".to_owned(),
    }
}

/// A fictional credit code whose check character is right (GB 32100): the last of 18 over the first 17.
fn credit_code(index: usize) -> String {
    const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("91320000MA{index:07}");
    let mut sum = 0;
    let mut weight = 1;
    for byte in body.bytes() {
        let value = LETTERS.iter().position(|letter| *letter == byte).unwrap_or(0);
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    let check = (31 - sum % 31) % 31;
    format!("{body}{}", char::from(LETTERS[check]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credit_code::CreditCode;

    #[test]
    fn fictional_codes_are_well_formed() {
        for index in [0, 1, 41, 999] {
            assert!(CreditCode::parse(&credit_code(index)).is_ok(), "{}", credit_code(index));
        }
    }
}
