//! Experts read from a table, compared with those that are there.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PutExpert, account_of, lock_competitions, people, put};
use crate::actions::imports::{Preview, SentTable, table_of};
use crate::actions::{Act, RequestContext, Service, parse};
use crate::db::{self, Conn, experts};
use crate::domain::access::{Action, Relation};
use crate::domain::catalogue::{Catalogue, RegionCode};
use crate::domain::expert::{COLUMNS, Employment, ExpertProfile, ExpertRow, Verified, read_experts};
use crate::domain::ids::ExpertId;
use crate::domain::likeness::{Likeness, Person};
use crate::domain::problem::FieldProblem;
use crate::domain::record::canonical;
use crate::domain::table::{Described, described};
use crate::error::{Error, Result, must_be_valid};

/// A table of experts: exactly one of its forms.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ImportExperts {
    #[serde(default)]
    pub csv: Option<String>,
    /// The bytes of an Excel workbook (.xlsx), or of a CSV file in UTF-8, UTF-16 or GB18030, in base64.
    #[serde(default)]
    pub xlsx: Option<String>,
    /// Which sheet of the workbook, by its name; needed where several that are not hidden have anything in them.
    #[serde(default)]
    #[schemars(length(max = 31))]
    pub worksheet: Option<String>,
    /// Whether somebody has looked at those whose names and units are nearly the same, and they are different people.
    #[serde(default)]
    pub distinct: bool,
    /// Whether empty cells clear what is there; they leave it else.
    #[serde(default)]
    pub clear_empty: bool,
}

impl ImportExperts {
    pub(crate) fn table(&self) -> SentTable {
        SentTable { csv: self.csv.clone(), xlsx: self.xlsx.clone(), worksheet: self.worksheet.clone() }
    }
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

/// Whom of the pool each row is; none for new ones.
///
/// A row of the same name and telephone is the same person, whose unit has changed. Of whom a row may be, with another unit,
/// is noted until somebody has found it out.
fn of_pool(
    conn: &mut Conn,
    rows: &[ExpertRow],
    distinct: bool,
    problems: &mut Vec<FieldProblem>,
) -> Result<Vec<Option<ExpertId>>> {
    let pool = people(conn)?;
    let mut known = Vec::with_capacity(rows.len());
    for row in rows {
        let person = Person::of(&row.profile);
        let same = pool.by_unit(&person);
        let other = pool.like(&person, |id| Some(id) != same);
        let moved = other.filter(|(likeness, _)| {
            same.is_none() && (*likeness == Likeness::Same || row.verified == Some(Verified::Same))
        });
        known.push(same.or(moved.map(|(_, id)| id)));
        let told = other.filter(|(likeness, _)| match likeness {
            Likeness::Same => same.is_some(),
            _ => same.is_none() && !distinct && row.verified.is_none(),
        });
        let Some((likeness, other)) = told.filter(|_| moved.is_none()) else { continue };
        let Some(other) = experts::by_id(conn, other)? else { continue };
        let (number, name, unit) = (row.number, &other.name, &other.unit);
        problems.push(match likeness {
            Likeness::Same => FieldProblem::new(
                format!("/rows/{number}"),
                "duplicate",
                format!("第{number}行与专家库中的{name}（{unit}）是同一人（电话相同），而专家库中另有一条同名同单位的记录，请先改正专家库"),
                format!("Row {number} is {name} ({unit}) of the pool by the telephone, and another entry by the unit: correct the pool first"),
            ),
            _ => FieldProblem::new(
                format!("/rows/{number}"),
                "alike",
                format!("第{number}行与专家库中的{name}（{unit}）姓名、单位相近，请核实是否同一人，并在“核实”列填同一人或不同人"),
                format!("Row {number} is nearly {name} ({unit}) of the pool: find out whether they are one person, and say `same` or `different` in the column `verified`"),
            ),
        });
    }
    Ok(known)
}

/// What is known of an expert, with the login name of the account.
type Known<'a> = (&'a ExpertProfile, Option<String>);

/// What a table of experts holds of one.
fn described_expert(
    profile: &ExpertProfile,
    account: Option<&str>,
    catalogue: &Catalogue,
) -> [Described; 11] {
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
        Some(all) => {
            let all = all.iter().map(employer).collect::<Vec<_>>().join("；");
            (all.clone(), all)
        }
    };
    let former_units: Vec<String> = profile.former_units.iter().flatten().map(employer).collect();
    let available =
        if profile.available { ("可抽取", "can be drawn") } else { ("暂不参加", "not now") };
    [
        described("姓名", "name", &profile.name),
        described("单位", "unit", &profile.unit),
        described("职称", "professional title", &profile.title),
        described("地区", "region", profile.region.as_ref().map(region).unwrap_or_default()),
        described("领域", "fields", fields.join("、")),
        described("一届至多评几件", "most applications in one competition", profile.most_load.to_string()),
        (("能否抽取", "available"), (available.0.to_owned(), available.1.to_owned())),
        (("近年任职单位", "former employers"), employers),
        described("原单位", "former units", former_units.join("；")),
        described("电话", "telephone", &profile.phone),
        described("登录名", "login name", account.unwrap_or_default()),
    ]
}

/// Tells what a row of a table does.
fn tell(
    preview: &mut Preview,
    act: &mut Act<'_>,
    row: usize,
    catalogue: &Catalogue,
    (before, (profile, account)): (Option<Known<'_>>, Known<'_>),
) {
    let after = described_expert(profile, account.as_deref(), catalogue);
    match before {
        None => preview.adds(act, row, &profile.name, &after[1..]),
        Some((known, own)) => {
            let before = described_expert(known, own.as_deref(), catalogue);
            let name = format!("{}（{}）", known.name, known.unit);
            preview.changes(act, row, &name, (&before, &after));
        }
    }
}

/// Those of the pool whom a table does not name.
fn missing(conn: &mut Conn, named: &[ExpertId]) -> Result<Vec<String>> {
    let named: BTreeSet<ExpertId> = named.iter().copied().collect();
    let others = experts::all(conn)?.into_iter().filter(|row| !named.contains(&row.id));
    Ok(others.map(|row| format!("{}（{}）", row.name, row.unit)).collect())
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
    let (distinct, clear) = (import.distinct, import.clear_empty);
    let table = table_of(import.table()).await?;
    let (cache, clock) = (service.cache.clone(), service.clock.clone());
    service
        .write(context, Action::ChangeExperts, move |conn, act| {
            act.context.may(Action::ChangeExperts, Relation::General)?;
            let (_, catalogue) = cache.newest_catalogue(conn)?;
            let headed = table.headed(&COLUMNS).map_err(Error::invalid)?;
            let mut problems = Vec::new();
            let rows = read_experts(&headed, &catalogue, (distinct, clear), &mut problems);
            let known = of_pool(conn, &rows, distinct, &mut problems)?;
            let ids: Vec<ExpertId> = known.iter().flatten().copied().collect();
            lock_competitions(conn, act, &ids)?;
            act.enter_service(conn)?;
            act.on("experts", "");
            // Others may have changed the pool until it was locked.
            let of_pool_now = of_pool(conn, &rows, distinct, &mut Vec::new())?;
            if of_pool_now != known {
                return Err(Error::busy(1));
            }
            let missing = missing(conn, &ids)?;
            let mut preview = Preview::default();
            for (row, known) in rows.into_iter().zip(of_pool_now) {
                let pointer = format!("/rows/{}", row.number);
                let before = known.map(|id| experts::by_id(conn, id)).transpose()?.flatten();
                let known: Option<ExpertProfile> =
                    before.as_ref().map(|before| parse(&before.content)).transpose()?;
                let profile = row.over(known.as_ref()).map_err(|wrong| problems.extend(wrong));
                // What is wrong is told of all rows; nothing is done of any.
                let Some(profile) = profile.ok().filter(|_| problems.is_empty()) else { continue };
                let profile = match &known {
                    Some(known) => profile.with_former_units(known, act.now.date()),
                    None => profile,
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
                    preview.unchanged += 1;
                    continue;
                }
                let own = before.as_ref().and_then(|before| before.account_id);
                let own = own.map(|account| db::accounts::by_id(conn, account)).transpose()?.flatten();
                let own = own.map(|account| account.name);
                // A table without the column leaves accounts as they are.
                let account = row.account.or_else(|| own.clone());
                let before_and_after =
                    (known.as_ref().map(|known| (known, own)), (&profile, account.clone()));
                tell(&mut preview, act, row.number, &catalogue, before_and_after);
                put(
                    conn,
                    act,
                    &cache,
                    before,
                    id,
                    &PutExpert { profile, account_name: account, distinct },
                    &pointer,
                )?;
            }
            must_be_valid(problems)?;
            // Nobody looks at a table row by row before it is sent, and who is in the pool stays there.
            preview.leaves(act, &missing);
            act.insist();
            act.changed(None, None);
            let Preview { added, changed, unchanged } = preview;
            act.detail("added", &added);
            act.detail("changed", &changed);
            Ok(ImportedExpertsView { added, changed, unchanged, hidden: table.hidden })
        })
        .await
}
