//! The expert pool (专家库): kept by the office, imported from tables, checked for conflicts after every change.

mod import;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::recusals::recuse_new_conflicts;
use super::rules::Cache;
use super::{Act, Page, RequestContext, Service, parse};
use crate::db::experts::{self, Expert};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::catalogue::{Catalogue, RegionCode};
use crate::domain::expert::ExpertProfile;
use crate::domain::ids::{AccountId, ExpertId};
use crate::domain::likeness::{Likeness, People, Person};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, digest_of};
use crate::domain::time::Timestamp;
use crate::domain::typed;
use crate::error::{Error, Result, must_be_current, must_be_valid};

pub use self::import::{ImportExperts, ImportedExpertsView, import};

/// An expert of the pool.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExpertView {
    /// The expert's identifier.
    pub id: ExpertId,
    /// The account by which the expert works; none for whoever only fills in paper.
    pub account_id: Option<AccountId>,
    /// What is known of the expert.
    pub profile: ExpertProfile,
    /// Sent as `If-Match` with a change.
    pub revision: i64,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// An expert to be added or changed.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PutExpert {
    /// What is known of the expert.
    pub profile: ExpertProfile,
    /// The login name of the expert's account; absent: the expert works on paper alone.
    #[serde(default, deserialize_with = "typed::read_login_name_if_any")]
    pub account_name: Option<String>,
    /// Whether somebody has looked at experts of the pool with nearly this name and unit, and they are other people.
    #[serde(default)]
    pub distinct: bool,
}

fn view(row: &Expert) -> Result<ExpertView> {
    Ok(ExpertView {
        id: row.id,
        account_id: row.account_id,
        profile: parse(&row.content)?,
        revision: row.revision,
        changed_at: row.changed_at,
    })
}

/// The account with this login name, which must be an expert's and nobody else's.
fn account_of(conn: &mut Conn, name: &str, expert: ExpertId, pointer: &str) -> Result<AccountId> {
    let wrong = |code, zh: &str, en: &str| Error::invalid_field(pointer.to_owned(), code, zh, en);
    let account = db::accounts::by_name(conn, name)?.filter(|account| account.role == Role::Expert);
    let account = account.ok_or_else(|| {
        wrong("no_such_account", "没有这一专家账号", "There is no expert's account of this name")
    })?;
    match experts::by_account(conn, account.id)? {
        Some(other) if other.id != expert => {
            Err(wrong("account_taken", "该账号已属于另一专家", "This account is another expert's"))
        }
        _ => Ok(account.id),
    }
}

/// The pool, to find out who is like somebody.
fn people(conn: &mut Conn) -> Result<People<ExpertId>> {
    let mut people = People::default();
    for row in experts::all(conn)? {
        people.add(Person::of(&parse(&row.content)?), row.id);
    }
    Ok(people)
}

/// Refuses an expert who is another one of the pool, or may be, unless somebody has found out that they are `distinct`.
fn must_be_nobody_else(
    conn: &mut Conn,
    (id, profile): (ExpertId, &ExpertProfile),
    distinct: bool,
    pointer: &str,
) -> Result<()> {
    let pool = people(conn)?;
    let Some((likeness, other)) = pool.like(&Person::of(profile), |known| known != id) else { return Ok(()) };
    let Some(other) = experts::by_id(conn, other)? else { return Ok(()) };
    let (name, unit) = (&other.name, &other.unit);
    let (code, zh, en) = match likeness {
        Likeness::Same => (
            "duplicate",
            format!(
                "专家库中已有{name}（{unit}），是同一人：单位或电话相同；换了单位的，请在该条记录中修改单位，原单位会保留"
            ),
            format!(
                "The pool has {name} ({unit}) already: the same person by unit or telephone; whoever has another unit now keeps the entry: change the unit there"
            ),
        ),
        _ if distinct => return Ok(()),
        _ => (
            "alike",
            format!("专家库中有{name}（{unit}），姓名、单位相近，请核实是否同一人"),
            format!("The pool has {name} ({unit}), nearly the same: find out whether they are one person"),
        ),
    };
    Err(Error::invalid_field(format!("{pointer}/profile/name"), code, zh, en))
}

/// Stores an expert and looks for conflicts that the change brought about.
fn put(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    before: Option<Expert>,
    id: ExpertId,
    put: &PutExpert,
    pointer: &str,
) -> Result<Expert> {
    let account_id = match &put.account_name {
        Some(name) => Some(account_of(conn, name, id, &format!("{pointer}/account_name"))?),
        None => None,
    };
    let row = Expert {
        id,
        account_id,
        name: put.profile.name.clone(),
        unit: put.profile.unit.clone(),
        content: canonical(&put.profile),
        revision: before.as_ref().map_or(1, |before| before.revision + 1),
        changed_by: act.account()?,
        changed_at: act.now,
    };
    match &before {
        Some(_) => experts::update(conn, &row)?,
        None => experts::insert(conn, &row)?,
    }
    recuse_new_conflicts(conn, act, cache, &row, &put.profile)?;
    act.changed(before.map(|before| digest_of(before.content)), Some(digest_of(&row.content)));
    Ok(row)
}

fn check(conn: &mut Conn, cache: &Cache, profile: &ExpertProfile) -> Result<Vec<FieldProblem>> {
    let (_, catalogue) = cache.newest_catalogue(conn)?;
    Ok(profile.check(&catalogue).into_iter().map(|problem| problem.under("/profile")).collect())
}

/// Adds an expert.
///
/// # Errors
/// If the caller is not the office, a field is wrong, or the expert or the account is there already.
pub async fn create(service: &Service, context: &Arc<RequestContext>, new: PutExpert) -> Result<ExpertView> {
    let (cache, id) = (service.cache.clone(), ExpertId(service.clock.new_id()));
    service
        .write(context, Action::ChangeExperts, move |conn, act| {
            act.enter_service(conn)?;
            act.on("expert", id);
            act.context.may(Action::ChangeExperts, Relation::General)?;
            must_be_valid(check(conn, &cache, &new.profile)?)?;
            must_be_nobody_else(conn, (id, &new.profile), new.distinct, "")?;
            view(&put(conn, act, &cache, None, id, &new, "")?)
        })
        .await
}

/// Changes an expert. A conflict with an application that the expert is to judge, brought about by the change, recuses
/// the expert at once.
///
/// # Errors
/// If the caller is not the office, there is no such expert, it has changed meanwhile, or a field is wrong.
pub async fn change(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ExpertId,
    revision: i64,
    changed: PutExpert,
) -> Result<ExpertView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::ChangeExperts, move |conn, act| {
            // Panels of several competitions may change: each is locked before the service's own chain is.
            act.context.may(Action::ChangeExperts, Relation::General)?;
            act.on("expert", id);
            lock_competitions(conn, act, &[id])?;
            act.enter_service(conn)?;
            let before = experts::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            must_be_current(before.revision, revision)?;
            must_be_valid(check(conn, &cache, &changed.profile)?)?;
            // Whoever is like others already is told so when that begins, not with every change.
            let known: ExpertProfile = parse(&before.content)?;
            if Person::of(&known) != Person::of(&changed.profile) {
                must_be_nobody_else(conn, (id, &changed.profile), changed.distinct, "")?;
            }
            let profile = changed.profile.clone().with_former_units(&known, act.now.date());
            let changed = PutExpert { profile, ..changed.clone() };
            view(&put(conn, act, &cache, Some(before), id, &changed, "")?)
        })
        .await
}

/// Takes the locks of the competitions that these experts have seats in, in the order of their identifiers.
fn lock_competitions(conn: &mut Conn, act: &mut Act<'_>, ids: &[ExpertId]) -> Result<()> {
    let mut locked = Vec::new();
    loop {
        let mut competitions = Vec::new();
        for id in ids {
            competitions.extend(experts::seats_of(conn, *id)?.into_iter().map(|seat| seat.competition_id));
        }
        competitions.sort_unstable();
        competitions.dedup();
        // A draw that was confirmed meanwhile may have added one.
        competitions.retain(|competition| !locked.contains(competition));
        if competitions.is_empty() {
            return Ok(());
        }
        for competition in competitions {
            act.enter(conn, competition)?;
            locked.push(competition);
        }
    }
}

/// An expert.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(service: &Service, context: &Arc<RequestContext>, id: ExpertId) -> Result<ExpertView> {
    service
        .read(context, Action::ReadExperts, format!("expert/{id}"), move |conn, context| {
            context.may(Action::ReadExperts, Relation::General)?;
            view(&experts::by_id(conn, id)?.ok_or_else(Error::not_found)?)
        })
        .await
}

/// What is looked for in the pool; nothing set is every expert.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Part of a name, a unit or a title.
    pub text: String,
    /// Only with this cluster among the fields.
    pub field: Option<u16>,
    /// Only of this city, with its counties and zones.
    pub city: Option<RegionCode>,
    /// Only who can be drawn now, or who can't.
    pub available: Option<bool>,
    /// Only of whom something is not known that the check for conflicts looks at.
    pub incomplete: bool,
    /// Where the page begins.
    pub after: Option<ExpertId>,
}

/// Looks for experts, in the order of their identifiers.
///
/// # Errors
/// If the caller may not see the pool.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    wanted: Wanted,
    limit: usize,
) -> Result<Page<ExpertView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadExperts, "experts/".to_owned(), move |conn, context| {
            context.may(Action::ReadExperts, Relation::General)?;
            let (_, catalogue) = cache.newest_catalogue(conn)?;
            let (mut found, mut after) = (Vec::new(), wanted.after);
            // Piece by piece, as a page is filled by the first of them unless few fit.
            while found.len() <= limit {
                let rows = experts::list(conn, after, Page::<Expert>::rows(limit))?;
                let Some(last) = rows.last() else { break };
                after = Some(last.id);
                for row in &rows {
                    let expert = view(row)?;
                    if fits(&expert.profile, &wanted, &catalogue) {
                        found.push(expert);
                    }
                }
            }
            Ok(Page::of(found, limit, |expert| expert.id.to_string()))
        })
        .await
}

fn fits(profile: &ExpertProfile, wanted: &Wanted, catalogue: &Catalogue) -> bool {
    let text = wanted.text.trim();
    let named = [&profile.name, &profile.unit, &profile.title].iter().any(|part| part.contains(text));
    let there = match (&wanted.city, &profile.region) {
        (None, _) => true,
        (Some(city), Some(region)) => catalogue.city_of(region) == Some(city),
        (Some(_), None) => false,
    };
    named
        && there
        && wanted.field.is_none_or(|field| profile.fields.contains(&field))
        && wanted.available.is_none_or(|available| profile.available == available)
        && (!wanted.incomplete || profile.region.is_none() || profile.employers.is_none())
}

/// The login name of the account by which an expert works; none for whoever only fills in paper.
///
/// # Errors
/// If there is no such expert that the caller may see.
pub async fn login_name(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ExpertId,
) -> Result<Option<String>> {
    service
        .read(context, Action::ReadExperts, format!("expert/{id}"), move |conn, context| {
            context.may(Action::ReadExperts, Relation::General)?;
            let row = experts::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            let account = match row.account_id {
                Some(account) => db::accounts::by_id(conn, account)?,
                None => None,
            };
            Ok(account.map(|account| account.name))
        })
        .await
}
