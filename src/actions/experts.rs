//! The expert pool (专家库): kept by the office, imported from tables, checked for conflicts after every change.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::recusals::recuse_new_conflicts;
use super::rules::Cache;
use super::{Act, Page, RequestContext, Service, parse};
use crate::db::experts::{self, Expert};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::catalogue::{Catalogue, RegionCode};
use crate::domain::expert::{Employment, ExpertProfile, ExpertRow, read_experts};
use crate::domain::ids::{AccountId, ExpertId};
use crate::domain::likeness::{Likeness, People, Person};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, digest_of};
use crate::domain::time::Timestamp;
use crate::domain::typed;
use crate::error::{Error, Result, must_be_current, must_be_valid};
use crate::files::{TableFault, read_table};

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
    pub account: Option<String>,
    /// Whether somebody has looked at experts of the pool with nearly this name and unit, and they are other people.
    #[serde(default)]
    pub distinct: bool,
}

/// A table of experts: exactly one of its forms.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ImportExperts {
    #[serde(default)]
    pub csv: Option<String>,
    /// The bytes of an Excel workbook (.xlsx), of which the first sheet that is not hidden is read, or of a CSV file in
    /// UTF-8, UTF-16 or GB18030, in base64.
    #[serde(default)]
    pub xlsx: Option<String>,
    /// Whether somebody has looked at those whose names and units are nearly the same, and they are different people.
    #[serde(default)]
    pub distinct: bool,
}

/// What an import did.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ImportedExpertsView {
    /// Experts that were added.
    pub added: u32,
    /// Experts of the same name and unit that were changed.
    pub changed: u32,
    /// Experts that were so already.
    pub unchanged: u32,
    /// Rows and columns of the workbook that are hidden and were imported all the same.
    pub hidden: u32,
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
            format!("专家库中已有{name}（{unit}），是同一人：单位或电话相同"),
            format!("The pool has {name} ({unit}) already: the same person by unit or telephone"),
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
    let account_id = match &put.account {
        Some(name) => Some(account_of(conn, name, id, &format!("{pointer}/account"))?),
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
            if Person::of(&parse(&before.content)?) != Person::of(&changed.profile) {
                must_be_nobody_else(conn, (id, &changed.profile), changed.distinct, "")?;
            }
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

fn unreadable(fault: &TableFault) -> Error {
    let (code, zh, en) = match fault {
        TableFault::NotATable => (
            "not_a_table",
            "不是 CSV 文件（UTF-8、GB18030 或 UTF-16 编码），也不是 Excel 工作簿（.xlsx）".to_owned(),
            "Neither CSV (in UTF-8, GB18030 or UTF-16) nor an Excel workbook (.xlsx)".to_owned(),
        ),
        TableFault::NoSheet => (
            "not_a_table",
            "工作簿中没有可见的工作表".to_owned(),
            "The workbook has no sheet that is shown".to_owned(),
        ),
        TableFault::TooLarge => (
            "table_too_large",
            "表格过大：至多10000行、100列".to_owned(),
            "The table is too large: at most 10,000 rows of 100 columns".to_owned(),
        ),
        TableFault::Line(line) => (
            "not_a_table",
            format!("第{line}行不是有效的 CSV"),
            format!("Line {line} is not well-formed CSV"),
        ),
    };
    Error::invalid_field("", code, zh, en)
}

/// Whom of the pool each row is; none for new ones.
///
/// # Errors
/// If a row is, or may be, somebody of the pool with another unit.
fn of_pool(conn: &mut Conn, rows: &[ExpertRow], distinct: bool) -> Result<Vec<Option<ExpertId>>> {
    let pool = people(conn)?;
    let (mut known, mut problems) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let person = Person::of(&row.profile);
        let same = pool.by_unit(&person);
        known.push(same);
        let other = pool.like(&person, |id| Some(id) != same);
        let Some((likeness, other)) = other.filter(|(likeness, _)| *likeness == Likeness::Same || !distinct)
        else {
            continue;
        };
        let Some(other) = experts::by_id(conn, other)? else { continue };
        if same.is_some() && likeness == Likeness::Near {
            continue;
        }
        let (number, name, unit) = (row.number, &other.name, &other.unit);
        problems.push(match likeness {
            Likeness::Same => FieldProblem::new(
                format!("/rows/{number}"),
                "duplicate",
                format!("第{number}行与专家库中的{name}（{unit}）是同一人（电话相同），请先在专家库中修改其单位"),
                format!("Row {number} is {name} ({unit}) of the pool by the telephone: change the unit in the pool first"),
            ),
            _ => FieldProblem::new(
                format!("/rows/{number}"),
                "alike",
                format!("第{number}行与专家库中的{name}（{unit}）姓名、单位相近，请核实是否同一人"),
                format!("Row {number} is nearly {name} ({unit}) of the pool: find out whether they are one person"),
            ),
        });
    }
    must_be_valid(problems)?;
    Ok(known)
}

/// A name of a field, and its value: each in Chinese and in English.
type Described = ((&'static str, &'static str), (String, String));
/// What is known of an expert, with the login name of the account.
type Known<'a> = (&'a ExpertProfile, Option<String>);

/// What a table of experts holds of one: a name of the field, and its value, in Chinese and in English.
fn described(profile: &ExpertProfile, account: Option<&str>, catalogue: &Catalogue) -> [Described; 10] {
    let same = |text: String| (text.clone(), text);
    let field = |no: &u16| {
        let found = catalogue.clusters.iter().find(|cluster| cluster.no == *no);
        found.map_or_else(|| no.to_string(), |cluster| cluster.name.clone())
    };
    let region = |code: &RegionCode| format!("{} {code}", catalogue.region_name(code));
    let employer = |one: &Employment| match one.until {
        Some(until) => format!("{}@{until}", one.unit),
        None => one.unit.clone(),
    };
    let fields: Vec<String> = profile.fields.iter().map(field).collect();
    let employers = match &profile.employers {
        None => ("未核实".to_owned(), "not asked yet".to_owned()),
        Some(all) if all.is_empty() => ("无".to_owned(), "none".to_owned()),
        Some(all) => same(all.iter().map(employer).collect::<Vec<_>>().join("；")),
    };
    let available =
        if profile.available { ("可抽取", "can be drawn") } else { ("暂不参加", "not now") };
    [
        (("姓名", "name"), same(profile.name.clone())),
        (("单位", "unit"), same(profile.unit.clone())),
        (("职称", "professional title"), same(profile.title.clone())),
        (("地区", "region"), same(profile.region.as_ref().map(region).unwrap_or_default())),
        (("领域", "fields"), same(fields.join("、"))),
        (("一届至多评几件", "most applications in one competition"), same(profile.most_load.to_string())),
        (("能否抽取", "available"), (available.0.to_owned(), available.1.to_owned())),
        (("近年任职单位", "former employers"), employers),
        (("电话", "telephone"), same(profile.phone.clone())),
        (("登录名", "login name"), same(account.unwrap_or_default().to_owned())),
    ]
}

/// Tells what a row of a table changes: each field with what it was and would be.
fn tell_changes(
    act: &mut Act<'_>,
    row: usize,
    catalogue: &Catalogue,
    (before, (profile, account)): (Option<Known<'_>>, Known<'_>),
) {
    let pointer = format!("/rows/{row}");
    let Some((known, own)) = before else {
        let whole = described(profile, account.as_deref(), catalogue);
        let of = |words: fn(&(String, String)) -> &str| {
            let values = whole[1..].iter().map(|(_, value)| words(value)).filter(|value| !value.is_empty());
            values.collect::<Vec<_>>().join("，")
        };
        act.follows(FieldProblem::new(
            pointer,
            "added",
            format!("第{row}行 新增 {}：{}", profile.name, of(|(zh, _)| zh)),
            format!("Row {row}: adds {}: {}", profile.name, of(|(_, en)| en)),
        ));
        return;
    };
    let (old, new) =
        (described(known, own.as_deref(), catalogue), described(profile, account.as_deref(), catalogue));
    let (name, unit) = (&known.name, &known.unit);
    for (((zh, en), was), (_, is)) in old.into_iter().zip(new) {
        if was == is {
            continue;
        }
        let or_empty = |text: String, empty: &str| if text.is_empty() { empty.to_owned() } else { text };
        act.follows(FieldProblem::new(
            pointer.clone(),
            "changed",
            format!(
                "第{row}行 {name}（{unit}） {zh}：{} → {}",
                or_empty(was.0, "（空）"),
                or_empty(is.0, "（空）")
            ),
            format!(
                "Row {row}: {name} ({unit}), {en}: {} → {}",
                or_empty(was.1, "(empty)"),
                or_empty(is.1, "(empty)")
            ),
        ));
    }
}

/// Imports a table of experts: all of it or nothing, once what it changes and what follows has been confirmed. An expert
/// of the same name and unit is changed.
///
/// # Errors
/// If the caller is not the office, or anything is wrong in any row (all of it is listed).
pub async fn import(
    service: &Service,
    context: &Arc<RequestContext>,
    import: ImportExperts,
) -> Result<ImportedExpertsView> {
    let bytes = match (import.csv, import.xlsx) {
        (Some(csv), None) => csv.into_bytes(),
        (None, Some(xlsx)) => STANDARD.decode(xlsx).map_err(|_| {
            Error::invalid_field("/xlsx", "not_base64", "不是有效的 base64", "Not valid base64")
        })?,
        _ => {
            return Err(Error::invalid_field(
                "",
                "one_content",
                "请提供且仅提供一种内容",
                "Give exactly one content of this kind",
            ));
        }
    };
    // A workbook may take its reader long, and a reader that panics must not take the service along.
    let table = tokio::task::spawn_blocking(move || read_table(&bytes)).await;
    let table = table.unwrap_or(Err(TableFault::NotATable)).map_err(|fault| unreadable(&fault))?;
    let (cache, clock) = (service.cache.clone(), service.clock.clone());
    service
        .write(context, Action::ChangeExperts, move |conn, act| {
            act.context.may(Action::ChangeExperts, Relation::General)?;
            let (_, catalogue) = cache.newest_catalogue(conn)?;
            let distinct = import.distinct;
            let rows = read_experts(&table, &catalogue, distinct).map_err(Error::invalid)?;
            let known = of_pool(conn, &rows, distinct)?;
            let ids: Vec<ExpertId> = known.iter().flatten().copied().collect();
            lock_competitions(conn, act, &ids)?;
            act.enter_service(conn)?;
            act.on("experts", "");
            // Others may have changed the pool until it was locked.
            let of_pool_now = of_pool(conn, &rows, distinct)?;
            if of_pool_now != known {
                return Err(Error::busy(1));
            }
            let (mut added, mut changed, mut unchanged) = (0, 0, 0);
            let mut problems = Vec::new();
            for (row, known) in rows.into_iter().zip(of_pool_now) {
                let pointer = format!("/rows/{}", row.number);
                let before = known.map(|id| experts::by_id(conn, id)).transpose()?.flatten();
                let known: Option<ExpertProfile> =
                    before.as_ref().map(|before| parse(&before.content)).transpose()?;
                let profile = match row.over(known.as_ref()) {
                    Ok(profile) => profile,
                    Err(problem) => {
                        problems.push(problem);
                        continue;
                    }
                };
                let id = before.as_ref().map_or_else(|| ExpertId(clock.new_id()), |before| before.id);
                let same_account = match (&row.account, &before) {
                    (None, _) => true,
                    (Some(name), Some(before)) => {
                        before.account_id == Some(account_of(conn, name, id, &format!("{pointer}/account"))?)
                    }
                    (Some(_), None) => false,
                };
                if let Some(before) = &before
                    && same_account
                    && before.content == canonical(&profile)
                {
                    unchanged += 1;
                    continue;
                }
                let own = before.as_ref().and_then(|before| before.account_id);
                let own = own.map(|account| db::accounts::by_id(conn, account)).transpose()?.flatten();
                let own = own.map(|account| account.name);
                // A table without the column leaves accounts as they are.
                let account = row.account.or_else(|| own.clone());
                let before_and_after =
                    (known.as_ref().map(|known| (known, own)), (&profile, account.clone()));
                tell_changes(act, row.number, &catalogue, before_and_after);
                *(if before.is_some() { &mut changed } else { &mut added }) += 1;
                put(conn, act, &cache, before, id, &PutExpert { profile, account, distinct }, &pointer)?;
            }
            must_be_valid(problems)?;
            // Nobody looks at a table row by row before it is sent, and who is in the pool stays there.
            act.insist();
            act.changed(None, None);
            act.detail("added", &added);
            act.detail("changed", &changed);
            Ok(ImportedExpertsView { added, changed, unchanged, hidden: table.hidden })
        })
        .await
}

/// Experts in order of their identifiers.
///
/// # Errors
/// If the caller may not see the pool.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    after: Option<ExpertId>,
    limit: usize,
) -> Result<Page<ExpertView>> {
    service
        .read(context, Action::ReadExperts, "experts/".to_owned(), move |conn, context| {
            context.may(Action::ReadExperts, Relation::General)?;
            let rows = experts::list(conn, after, Page::<Expert>::rows(limit))?;
            let page = Page::of(rows, limit, |row| row.id.to_string());
            let items = page.items.iter().map(view).collect::<Result<_>>()?;
            Ok(Page { items, next_cursor: page.next_cursor })
        })
        .await
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
pub async fn search(
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
            let mut found = Vec::new();
            for row in experts::all(conn)? {
                if wanted.after.is_some_and(|after| row.id <= after) {
                    continue;
                }
                let expert = view(&row)?;
                if fits(&expert.profile, &wanted, &catalogue) {
                    found.push(expert);
                }
                if found.len() > limit {
                    break;
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
