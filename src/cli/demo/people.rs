//! Who takes part in the demonstration.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use crate::actions::login::{self, AcceptLink};
use crate::actions::{Caller, RequestContext, Service, accounts};
use crate::clock::Clock;
use crate::domain::access::{OfficeDuties, Role};
use crate::domain::catalogue::{Catalogue, RegionCode};
use crate::domain::ids::{RequestId, SessionId};
use crate::error::{Error, Result};

/// The password of everybody in the demonstration, printed at its start.
pub(super) const PASSWORD: &str = "yanshi-ferry-lantern-73";

/// What experts are called, before their number.
pub(super) const EXPERT_NAME: &str = "演示专家";

/// The number of the expert whom docs/walkthrough.md signs in as.
pub(super) const EXPERT_OF_THE_WALK: usize = 11;

/// How many experts the pool has.
pub(super) const EXPERTS: usize = 25;

/// Everybody's account, by login name.
pub(super) struct People {
    clock: Clock,
    callers: BTreeMap<String, Caller>,
}

/// The login name of a region's applicant.
pub(super) fn applicant(region: &RegionCode) -> String {
    format!("region-{region}")
}

/// The login name of a city's reviewer.
pub(super) fn reviewer(city: &RegionCode) -> String {
    format!("city-{city}")
}

/// The login name of the n-th expert, from 1.
pub(super) fn expert(n: usize) -> String {
    format!("expert-{n:02}")
}

impl People {
    /// A sign-in for each role: role, login name, what for.
    /// The expert is found once the panels are drawn.
    pub(super) const SIGN_INS: [(&'static str, &'static str, &'static str); 7] = [
        ("applicant", "region-320576", "苏州工业园区 / Suzhou Industrial Park"),
        ("city_reviewer", "city-320500", "苏州市 / Suzhou"),
        ("inspector", "inspector-1", "考察组 / inspection team"),
        ("office", "office-1", "领导小组办公室 / leading-group office"),
        ("office_2", "office-2", "复核人 / its second person"),
        ("supervisor", "supervisor-1", "纪检监督 / supervisor"),
        ("admin", "admin-1", "管理员 / administrator"),
    ];

    /// Makes the accounts of all regions of a catalogue, of experts and officials. Passwords are hashed a few at a time.
    pub(super) async fn make(service: &Service, clock: &Clock, catalogue: &Catalogue) -> Result<Self> {
        let mut wanted: Vec<(String, String, Role, Option<RegionCode>)> = Vec::new();
        for region in &catalogue.regions {
            wanted.push((
                applicant(&region.code),
                format!("{}申报账号", region.name),
                Role::Applicant,
                Some(region.code.clone()),
            ));
            if region.kind == crate::domain::catalogue::RegionKind::City {
                wanted.push((
                    reviewer(&region.code),
                    format!("{}审核", region.name),
                    Role::CityReviewer,
                    Some(region.code.clone()),
                ));
            }
        }
        for n in 1..=EXPERTS {
            wanted.push((expert(n), format!("{EXPERT_NAME}{n}"), Role::Expert, None));
        }
        for (name, display_name, role) in [
            ("office-1", "办公室甲", Role::Office),
            ("office-2", "办公室乙", Role::Office),
            ("inspector-1", "考察甲", Role::Inspector),
            ("inspector-2", "考察乙", Role::Inspector),
            ("supervisor-1", "监督员", Role::Supervisor),
            ("admin-1", "管理员", Role::Admin),
        ] {
            wanted.push((name.to_owned(), display_name.to_owned(), role, None));
        }
        let mut people = Self { clock: clock.clone(), callers: BTreeMap::new() };
        let made: Vec<Result<Caller>> =
            stream::iter(wanted).map(|person| account(service, clock, person)).buffered(2).collect().await;
        for caller in made {
            let caller = caller?;
            people.callers.insert(caller.name.clone(), caller);
        }
        Ok(people)
    }

    /// Somebody who acts now.
    pub(super) fn act(&self, name: &str) -> Result<Arc<RequestContext>> {
        let caller = self.caller(name)?.clone();
        let request = RequestId(self.clock.new_id());
        Ok(Arc::new(RequestContext::new(Some(caller), "127.0.0.1", request, self.clock.now())))
    }

    pub(super) fn caller(&self, name: &str) -> Result<&Caller> {
        self.callers.get(name).ok_or_else(|| Error::internal(format!("the demonstration has no {name}")))
    }
}

async fn account(
    service: &Service,
    clock: &Clock,
    (name, display_name, role, region): (String, String, Role, Option<RegionCode>),
) -> Result<Caller> {
    let context = RequestContext::of_operator(clock);
    let invite = accounts::Invite {
        email: Some(format!("{name}@example.org")),
        name: name.clone(),
        display_name: display_name.clone(),
        role,
        region_code: region.clone(),
        phone: None,
        duties: OfficeDuties::default(),
        by_letter: false,
        valid_days: None,
    };
    let invited = accounts::invite(service, &context, invite).await?;
    let accept = AcceptLink { token: invited.link_token.unwrap_or_default(), password: PASSWORD.to_owned() };
    let account = login::accept_link(service, &context, accept).await?;
    Ok(Caller {
        account: account.id,
        name,
        display_name,
        role,
        region,
        duties: OfficeDuties::default(),
        session: SessionId(clock.new_id()),
        good_until: clock.now(),
        owes_second_factor: false,
        has_second_factor: false,
        proved_at: clock.now(),
        machine: None,
    })
}
