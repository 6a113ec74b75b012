//! Alarms (预警): what a supervisor should look at in a competition. Worked out anew from what is recorded each time they
//! are read; nothing of them is stored, and nothing else reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jumps::recorded_jump;
use super::rules::{Cache, Digests, JudgedTotals, Rules};
use super::{RequestContext, Service, parse, unless_damaged};
use crate::db::audit::SERVICE_CHAIN;
use crate::db::competitions::Competition;
use crate::db::{self, Conn, alarms as rows};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::alarms::{
    AlarmKind, Deadline, JudgedShares, ScoredMark, far_from_panel, in_points, is_after_tally,
    shared_addresses, signature_alarm,
};
use crate::domain::catalogue::RegionCode;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::keyword::keyword_enum;
use crate::domain::record::{DocumentKind, Event};
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::error::{Damage, Error, Result};

keyword_enum! {
    /// What an alarm is about.
    pub enum AlarmSubject {
        /// A score sheet; `experts` says whose.
        Sheet = "sheet",
        /// A submission of an application.
        Submission = "submission",
        /// A city's recommendation list.
        List = "list",
        /// The inspection of an application.
        Inspection = "inspection",
        /// Consent to a value above the claim.
        Increase = "increase",
        /// Bonuses and deductions.
        Adjustments = "adjustments",
        /// A further version of the tally.
        Tally = "tally",
        /// A version of the settings.
        Settings = "settings",
        /// A stored document.
        Document = "document",
        /// An uploaded file.
        File = "file",
        /// The machine's clock.
        Clock = "clock",
        /// Sign-ins of experts.
        SignIns = "sign_ins",
        /// The reset of an account; `experts` says whose.
        Reset = "reset",
        /// New accounts; `experts` says whose.
        Opened = "opened",
    }
}

/// Somebody whom an alarm names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmPersonView {
    /// The account by which it was done; none for an expert without one.
    pub account_id: Option<AccountId>,
    pub name: String,
}

/// Something to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmView {
    /// By which rule.
    pub kind: AlarmKind,
    /// When it happened.
    pub at: Timestamp,
    /// What it is about.
    pub subject: AlarmSubject,
    /// The application, if it is about one.
    pub application_id: Option<ApplicationId>,
    pub application_number: Option<String>,
    /// The city, for a list.
    pub city: Option<RegionCode>,
    /// Which version: of the sheet, submission, tally or settings.
    pub number: Option<i32>,
    /// Who did it.
    pub by: Vec<AlarmPersonView>,
    /// Experts, or owners of accounts, whom it is about.
    pub experts: Vec<AlarmPersonView>,
    /// What was found, in Chinese.
    pub zh: String,
    /// What was found, in English.
    pub en: String,
}

impl AlarmView {
    /// An alarm that names nobody and no application yet.
    fn new(kind: AlarmKind, at: Timestamp, subject: AlarmSubject, (zh, en): (String, String)) -> Self {
        Self {
            kind,
            at,
            subject,
            application_id: None,
            application_number: None,
            city: None,
            number: None,
            by: Vec::new(),
            experts: Vec::new(),
            zh,
            en,
        }
    }
}

/// A rule by which alarms are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmRuleView {
    pub kind: AlarmKind,
    /// How it works, in Chinese.
    pub zh: String,
    /// How it works, in English.
    pub en: String,
    /// How many alarms it found.
    pub found: usize,
}

/// The alarms of a competition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmsView {
    /// The rules, each with how many alarms it found.
    pub rules: Vec<AlarmRuleView>,
    /// The alarms, newest first.
    pub alarms: Vec<AlarmView>,
}

/// Competitions whose alarms are listed together; so many are read ahead.
pub const COMPETITIONS: usize = 20;

/// Of what stands on a sheet, the marks.
#[derive(Deserialize)]
struct SignedMarks<'a> {
    #[serde(borrow)]
    content: Marked<'a>,
}

#[derive(Deserialize)]
struct Marked<'a> {
    #[serde(borrow)]
    marks: Vec<ScoredMark<'a>>,
}

/// Everything that the alarms of some competitions follow from, competition by competition.
#[derive(Default)]
struct Recorded {
    first_tally: Option<Timestamp>,
    documents: Vec<rows::Signed>,
    versions: Vec<rows::SettingsVersion>,
    numbers: BTreeMap<ApplicationId, Option<String>>,
    submissions: Vec<rows::Submitted>,
    lists: Vec<rows::Sealed>,
    /// Signed sheets of experts who serve.
    sheets: Vec<rows::SignedSheet>,
    /// What they come to.
    totals: Arc<JudgedTotals>,
    sign_ins: Vec<rows::SignIn>,
    drawn: Option<Timestamp>,
    paper: Vec<Event>,
}

/// What is read for all competitions together.
struct Shared {
    corrections: BTreeMap<ApplicationId, Vec<Timestamp>>,
    experts: BTreeMap<ExpertId, AlarmPersonView>,
    names: BTreeMap<AccountId, String>,
}

type ByCompetition = BTreeMap<CompetitionId, Recorded>;
type ByAlarms = BTreeMap<CompetitionId, Vec<AlarmView>>;

/// Reads what is recorded of some competitions, in a number of statements that grows with nothing.
fn read(
    conn: &mut Conn,
    cache: &Cache,
    competitions: &[(Competition, Settings)],
) -> Result<(ByCompetition, Shared)> {
    let ids: Vec<CompetitionId> = competitions.iter().map(|(competition, _)| competition.id).collect();
    let ids = ids.as_slice();
    let mut all: ByCompetition = ids.iter().map(|id| (*id, Recorded::default())).collect();
    for (competition, at) in rows::first_tallies(conn, ids)? {
        all.entry(competition).or_default().first_tally = Some(at);
    }
    let mut accounts = BTreeSet::new();
    // Most sheets were signed once, in good time: no alarm follows from that.
    let deadlines =
        competitions.iter().filter_map(|(_, settings)| settings.deadline(CompetitionState::Scoring));
    let tallies = all.values().filter_map(|recorded| recorded.first_tally);
    let since = deadlines.map(Deadline::watched_from).chain(tallies).min();
    let mut documents = rows::documents(conn, ids, since.unwrap_or(Timestamp::from_micros(i64::MAX)))?;
    documents.sort_by(|one, other| {
        (one.at, &one.subject, one.number).cmp(&(other.at, &other.subject, other.number))
    });
    for row in documents {
        accounts.insert(row.by);
        all.entry(row.competition).or_default().documents.push(row);
    }
    for row in rows::versions(conn, ids)? {
        accounts.insert(row.by);
        all.entry(row.competition).or_default().versions.push(row);
    }
    for (competition, id, number) in rows::applications(conn, ids)? {
        all.entry(competition).or_default().numbers.insert(id, number);
    }
    for row in rows::submissions(conn, ids)? {
        accounts.insert(row.by);
        all.entry(row.competition).or_default().submissions.push(row);
    }
    for row in rows::lists(conn, ids)? {
        accounts.extend(row.by);
        all.entry(row.competition).or_default().lists.push(row);
    }
    let judged: BTreeMap<ApplicationId, _> = rows::judged(conn, ids)?.into_iter().collect();
    let mut serving: BTreeMap<_, BTreeSet<ExpertId>> = BTreeMap::new();
    for (panel, expert) in rows::serving(conn, ids)? {
        serving.entry(panel).or_default().insert(expert);
    }
    let mut sheets = rows::sheets(conn, ids)?;
    sheets.retain(|sheet| {
        let panel = judged.get(&sheet.application).and_then(|panel| serving.get(panel));
        panel.is_some_and(|panel| panel.contains(&sheet.expert))
    });
    sheets.sort_by_key(|sheet| (sheet.application, sheet.expert));
    for row in sheets {
        all.entry(row.competition).or_default().sheets.push(row);
    }
    judge(conn, cache, competitions, &mut all)?;
    for row in rows::sign_ins(conn, ids)? {
        all.entry(row.competition).or_default().sign_ins.push(row);
    }
    for (competition, at) in rows::drawn(conn, ids)? {
        all.entry(competition).or_default().drawn = at;
    }
    for (chain, _, body) in rows::events(conn, chains_of(ids), &[Action::EnterPaperSheet])? {
        let event: Event = parse(&body)?;
        accounts.extend(event.actor.as_ref().map(|actor| actor.account));
        if let Ok(competition) = chain.parse::<CompetitionId>() {
            all.entry(competition).or_default().paper.push(event);
        }
    }
    let mut corrections: BTreeMap<ApplicationId, Vec<Timestamp>> = BTreeMap::new();
    for (application, until) in rows::corrections(conn, ids)? {
        corrections.entry(application).or_default().extend(until);
    }
    let experts = rows::experts(conn)?
        .into_iter()
        .map(|(id, name, account_id)| (id, AlarmPersonView { account_id, name }))
        .collect();
    let accounts: Vec<AccountId> = accounts.into_iter().collect();
    let names = db::accounts::display_names(conn, &accounts)?.into_iter().collect();
    Ok((all, Shared { corrections, experts, names }))
}

fn chains_of(ids: &[CompetitionId]) -> Vec<String> {
    ids.iter().map(CompetitionId::to_string).collect()
}

/// What the service itself came upon in some competitions, and in what belongs to none: reference data, which every competition
/// rests on.
fn come_upon(conn: &mut Conn, ids: &[CompetitionId]) -> Result<BTreeMap<CompetitionId, Vec<AlarmView>>> {
    let mut found: BTreeMap<CompetitionId, Vec<AlarmView>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    let chains = [chains_of(ids), vec![SERVICE_CHAIN.to_owned()]].concat();
    for (chain, _, body) in rows::events(conn, chains, &[Action::NoteDamage, Action::QuarantineFile])? {
        let event: Event = parse(&body)?;
        let alarm =
            if event.action == Action::NoteDamage.as_str() { damage(&event) } else { quarantined(&event) };
        for (id, alarms) in &mut found {
            if chain == SERVICE_CHAIN || chain == id.to_string() {
                alarms.push(alarm.clone());
            }
        }
    }
    Ok(found)
}

/// An account of somebody who judges, watches or decides that was opened or reset.
struct Access {
    at: Timestamp,
    reset: bool,
    /// Who did it; nobody for the operator of the machine.
    by: Option<AlarmPersonView>,
    whose: AlarmPersonView,
    role: Role,
    /// Whether a supervisor had to confirm the link.
    seconded: bool,
}

/// Such accounts of all times, in order.
fn accesses(conn: &mut Conn, since: Timestamp) -> Result<Vec<Access>> {
    let actions = [Action::InviteAccount, Action::ResetAccount, Action::ResetSecondFactor];
    let mut events = Vec::new();
    for (_, _, body) in rows::events(conn, vec![SERVICE_CHAIN.to_owned()], &actions)? {
        let event: Event = parse(&body)?;
        if let Some(id) = event.object.strip_prefix("account/").and_then(|id| id.parse::<AccountId>().ok())
            && event.at >= since
        {
            events.push((id, event));
        }
    }
    let people = events
        .iter()
        .flat_map(|(id, event)| std::iter::once(*id).chain(event.actor.as_ref().map(|actor| actor.account)));
    let people: BTreeSet<AccountId> = people.collect();
    let people: Vec<AccountId> = people.into_iter().collect();
    let known: BTreeMap<AccountId, db::accounts::Account> =
        db::accounts::by_ids(conn, &people)?.into_iter().map(|account| (account.id, account)).collect();
    let person = |account: &db::accounts::Account| AlarmPersonView {
        account_id: Some(account.id),
        name: account.display_name.clone(),
    };
    let accesses = events.into_iter().filter_map(|(id, event)| {
        let account = known.get(&id).filter(|account| account.role.is_entrusted())?;
        Some(Access {
            at: event.at,
            reset: event.action != Action::InviteAccount.as_str(),
            by: event.actor.and_then(|actor| known.get(&actor.account)).map(person),
            whose: person(account),
            role: account.role,
            seconded: event.details.get("confirmation").is_some(),
        })
    });
    Ok(accesses.collect())
}

/// Alarms of accounts that were opened or reset while a competition went on.
fn access_alarms(
    conn: &mut Conn,
    competitions: &[Competition],
) -> Result<Vec<(CompetitionId, Vec<AlarmView>)>> {
    let Some(since) = competitions.iter().map(|competition| competition.created_at).min() else {
        return Ok(Vec::new());
    };
    let ids: Vec<CompetitionId> = competitions.iter().map(|competition| competition.id).collect();
    let announced: BTreeMap<_, _> = rows::first_announcements(conn, &ids)?.into_iter().collect();
    let accesses = accesses(conn, since)?;
    let of_competition = |competition: &Competition| {
        let until = announced.get(&competition.id);
        let meanwhile = |access: &&Access| {
            access.at >= competition.created_at && until.is_none_or(|until| access.at <= *until)
        };
        let (resets, opened): (Vec<&Access>, Vec<&Access>) =
            accesses.iter().filter(meanwhile).partition(|access| access.reset);
        let mut together: BTreeMap<_, Vec<&Access>> = BTreeMap::new();
        for access in opened {
            let by = access.by.as_ref().and_then(|person| person.account_id);
            together.entry((access.at.date(), by, access.role)).or_default().push(access);
        }
        let resets = resets.into_iter().map(|access| vec![access]);
        resets.chain(together.into_values()).filter_map(|accesses| access_alarm(&accesses)).collect()
    };
    Ok(competitions.iter().map(|competition| (competition.id, of_competition(competition))).collect())
}

/// One alarm of accounts that one person opened on a day, or of one that was reset.
fn access_alarm(accesses: &[&Access]) -> Option<AlarmView> {
    let last = accesses.last()?;
    let count = accesses.len();
    let alone = accesses.iter().filter(|access| !access.seconded).count();
    let who = |operator: &'static str| last.by.as_ref().map_or(operator, |person| person.name.as_str());
    let (zh, en) = (who("服务器操作员"), who("the operator of the machine"));
    let (kind, subject, zh, en) = if last.reset {
        let told = (format!("{zh}重置了账号"), format!("The account was reset by {en}"));
        (AlarmKind::AccountReset, AlarmSubject::Reset, told.0, told.1)
    } else {
        let told = (format!("{zh}开立了{count}个账号"), format!("Accounts opened by {en}: {count}"));
        (AlarmKind::AccountOpened, AlarmSubject::Opened, told.0, told.1)
    };
    let what = if alone == 0 {
        (format!("{zh}，链接码须经纪检监督确认"), format!("{en}; a supervisor had to confirm the code"))
    } else {
        (
            format!("{zh}，其中{alone}个链接码无须纪检监督确认"),
            format!("{en}; codes that no supervisor had to confirm: {alone}"),
        )
    };
    let mut alarm = AlarmView::new(kind, last.at, subject, what);
    alarm.by = last.by.iter().cloned().collect();
    alarm.experts = accesses.iter().map(|access| access.whose.clone()).collect();
    Some(alarm)
}

fn damage(event: &Event) -> AlarmView {
    let document = event.object.strip_prefix("document/").unwrap_or(&event.object);
    AlarmView::new(
        AlarmKind::DocumentDamaged,
        event.at,
        AlarmSubject::Document,
        (
            format!("存储的文件 {document} 与其摘要不符，已停止使用"),
            format!("The stored document {document} does not match its digest and is not used"),
        ),
    )
}

fn quarantined(event: &Event) -> AlarmView {
    let detail = |name: &str| event.details.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let (name, found, object) = (detail("name"), detail("found"), &event.object);
    let mut alarm = AlarmView::new(
        AlarmKind::FileQuarantined,
        event.at,
        AlarmSubject::File,
        (
            format!("安全扫描发现“{name}”（{object}）有害：{found}；已隔离"),
            format!("The scanner found `{name}` ({object}) harmful: {found}; it is quarantined"),
        ),
    );
    alarm.application_id = detail("application").parse().ok();
    alarm
}

/// Jumps of the machine's clock, for the competitions that were there.
fn jumps(conn: &mut Conn, competitions: &[Competition], found: &mut ByAlarms) -> Result<()> {
    for (_, _, body) in rows::events(conn, vec![SERVICE_CHAIN.to_owned()], &[Action::NoteJump])? {
        let event: Event = parse(&body)?;
        let Some(jump) = recorded_jump(&event) else { continue };
        let alarm = AlarmView::new(
            AlarmKind::ClockJumped,
            event.at,
            AlarmSubject::Clock,
            (
                format!("服务器的时钟由{}跳到{}（{}秒）", jump.from, jump.to, jump.seconds),
                format!("The machine's clock jumped from {} to {} ({} s)", jump.from, jump.to, jump.seconds),
            ),
        );
        for competition in competitions.iter().filter(|competition| competition.created_at <= event.at) {
            found.entry(competition.id).or_default().push(alarm.clone());
        }
    }
    Ok(())
}

/// Works out what the sheets come to. Each is read once as long as the same settings hold: its digest tells what it says.
fn judge(
    conn: &mut Conn,
    cache: &Cache,
    competitions: &[(Competition, Settings)],
    all: &mut ByCompetition,
) -> Result<()> {
    let mut since: Option<Timestamp> = None;
    for (competition, settings) in competitions {
        let Some(recorded) = all.get_mut(&competition.id) else { continue };
        recorded.totals = cache.judged_totals(competition.id, settings.holds.digest);
        let unknown = recorded.sheets.iter().filter(|sheet| !recorded.totals.contains_key(&sheet.digest));
        since = unknown.map(|sheet| sheet.at).chain(since).min();
    }
    let Some(since) = since else { return Ok(()) };
    let ids: Vec<CompetitionId> = all.keys().copied().collect();
    let signed = rows::signed_sheets(conn, &ids, since)?;
    let contents: BTreeMap<_, _> =
        signed.into_iter().map(|document| (document.digest, document.content)).collect();
    for (competition, settings) in competitions {
        let Some(recorded) = all.get_mut(&competition.id) else { continue };
        let shares = JudgedShares::of(&settings.holds.tally.rubric);
        let mut totals = JudgedTotals::default();
        for rows::SignedSheet { digest, .. } in &recorded.sheets {
            let total = match (recorded.totals.get(digest), contents.get(digest)) {
                (Some(known), _) => *known,
                (None, Some(content)) => shares.total(&parse::<SignedMarks<'_>>(content)?.content.marks),
                (None, None) => return Err(Error::internal(format!("sheet {digest} is gone"))),
            };
            totals.insert(*digest, total);
        }
        recorded.totals = cache.keep_judged_totals(competition.id, settings.holds.digest, totals);
    }
    Ok(())
}

/// The settings that a competition was called with, and those that hold.
struct Settings {
    called: Arc<Rules>,
    holds: Arc<Rules>,
}

impl Settings {
    fn of(conn: &mut Conn, cache: &Cache, digests: &Digests, competition: &Competition) -> Result<Self> {
        let holds = cache.rules_by(conn, digests, competition.id, competition.version)?;
        let called = match competition.called_version {
            Some(version) => cache.rules_by(conn, digests, competition.id, version)?,
            None => Arc::clone(&holds),
        };
        Ok(Self { called, holds })
    }

    fn deadline(&self, state: CompetitionState) -> Option<Deadline> {
        Deadline::of(state, &self.called.settings.calendar, &self.holds.settings.calendar)
    }
}

/// Finds the alarms of one competition.
struct Finder<'a> {
    recorded: &'a Recorded,
    shared: &'a Shared,
    settings: &'a Settings,
    called_version: Option<i32>,
    found: Vec<AlarmView>,
}

/// An application and an expert, as the subject of a sheet's document names them.
fn sheet_of(subject: &str) -> Option<(ApplicationId, ExpertId)> {
    let (application, expert) = subject.split_once('/')?;
    Some((application.parse().ok()?, expert.parse().ok()?))
}

impl Finder<'_> {
    fn person(&self, account: AccountId) -> AlarmPersonView {
        let name = self.shared.names.get(&account).cloned().unwrap_or_default();
        AlarmPersonView { account_id: Some(account), name }
    }

    fn expert(&self, id: ExpertId) -> AlarmPersonView {
        let found = self.shared.experts.get(&id).cloned();
        found.unwrap_or(AlarmPersonView { account_id: None, name: String::new() })
    }

    /// Adds an alarm; the rest of it is filled in by whoever adds it.
    fn add(
        &mut self,
        kind: AlarmKind,
        at: Timestamp,
        subject: AlarmSubject,
        what: (String, String),
    ) -> &mut AlarmView {
        self.found.push(AlarmView::new(kind, at, subject, what));
        // Just pushed, so there is a last one.
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    fn about(&self, application: ApplicationId) -> (Option<ApplicationId>, Option<String>) {
        (Some(application), self.recorded.numbers.get(&application).cloned().flatten())
    }

    fn documents(&mut self) {
        for rows::Signed { kind, subject, number, by, at, .. } in &self.recorded.documents {
            match kind {
                DocumentKind::Sheet => self.signature(subject, *number, *by, *at),
                DocumentKind::Tally => self.tally(*number, *by, *at),
                DocumentKind::Inspection => self.changed(AlarmSubject::Inspection, subject, *by, *at),
                DocumentKind::Increase => self.changed(AlarmSubject::Increase, subject, *by, *at),
                _ => self.changed(AlarmSubject::Adjustments, subject, *by, *at),
            }
        }
    }

    fn signature(&mut self, subject: &str, number: i32, by: AccountId, at: Timestamp) {
        let review = self.settings.deadline(CompetitionState::Scoring);
        let Some(kind) = signature_alarm(number, at, review, self.recorded.first_tally) else { return };
        let Some((application, expert)) = sheet_of(subject) else { return };
        let what = match kind {
            AlarmKind::SheetLate => (
                "评分表在评审截止后才签署".to_owned(),
                "The sheet was signed after the deadline of the review".to_owned(),
            ),
            AlarmKind::NearDeadline | AlarmKind::AfterExtension => {
                deadline_words(kind, "签署评分表", "The sheet was signed", review)
            }
            _ => (
                format!("已签署的评分表被更正为第{number}版"),
                format!("The signed sheet was corrected: version {number}"),
            ),
        };
        let (person, expert) = (self.person(by), self.expert(expert));
        let (id, application_number) = self.about(application);
        let alarm = self.add(kind, at, AlarmSubject::Sheet, what);
        (alarm.application_id, alarm.application_number) = (id, application_number);
        alarm.number = Some(number);
        alarm.by = vec![person];
        alarm.experts = vec![expert];
    }

    /// Something that the tally rests on, where it came after the tally.
    fn changed(&mut self, subject: AlarmSubject, about: &str, by: AccountId, at: Timestamp) {
        let application = about.split('/').next().and_then(|id| id.parse::<ApplicationId>().ok());
        let Some(application) = application.filter(|_| is_after_tally(at, self.recorded.first_tally)) else {
            return;
        };
        let (zh, en) = match subject {
            AlarmSubject::Inspection => ("考察记录重新签署", "The inspection was signed anew"),
            AlarmSubject::Increase => ("同意核增指标值", "A value above the claim was consented to"),
            _ => ("加分扣分被更改", "Bonuses or deductions were changed"),
        };
        let person = self.person(by);
        let (id, number) = self.about(application);
        let alarm = self.add(AlarmKind::AfterTally, at, subject, (zh.to_owned(), en.to_owned()));
        (alarm.application_id, alarm.application_number) = (id, number);
        alarm.by = vec![person];
    }

    fn tally(&mut self, number: i32, by: AccountId, at: Timestamp) {
        if !is_after_tally(at, self.recorded.first_tally) {
            return;
        }
        let what = (format!("产生了第{number}版汇总"), format!("Version {number} of the tally was made"));
        let person = self.person(by);
        let alarm = self.add(AlarmKind::AfterTally, at, AlarmSubject::Tally, what);
        alarm.number = Some(number);
        alarm.by = vec![person];
    }

    fn settings(&mut self) {
        for rows::SettingsVersion { number, by, at, .. } in &self.recorded.versions {
            let is_correction = self.called_version.is_some_and(|called| *number > called);
            if !is_correction || !is_after_tally(*at, self.recorded.first_tally) {
                continue;
            }
            let what = (
                format!("竞赛设置被更正或延期（第{number}版）"),
                format!("The settings were corrected or a deadline extended: version {number}"),
            );
            let person = self.person(*by);
            let alarm = self.add(AlarmKind::AfterTally, *at, AlarmSubject::Settings, what);
            alarm.number = Some(*number);
            alarm.by = vec![person];
        }
    }

    /// The deadline that a submission had to keep: that of its stage, or of the correction that was asked for.
    fn submission_deadline(&self, application: ApplicationId, at: Timestamp) -> Option<Deadline> {
        let stages = [CompetitionState::Application, CompetitionState::Recommendation];
        let stage = stages.into_iter().filter_map(|state| self.settings.deadline(state));
        let corrections = self.shared.corrections.get(&application).into_iter().flatten();
        stage.chain(corrections.map(|until| Deadline::at(*until))).find(|deadline| at <= deadline.holds)
    }

    fn submissions(&mut self) {
        for rows::Submitted { application, number, by, at, .. } in &self.recorded.submissions {
            let deadline = self.submission_deadline(*application, *at);
            let Some(kind) = deadline.and_then(|deadline| deadline.alarm(*at)) else { continue };
            let what = deadline_words(kind, "提交申报", "The application was submitted", deadline);
            let person = self.person(*by);
            let (id, application_number) = self.about(*application);
            let alarm = self.add(kind, *at, AlarmSubject::Submission, what);
            (alarm.application_id, alarm.application_number) = (id, application_number);
            alarm.number = Some(*number);
            alarm.by = vec![person];
        }
    }

    fn lists(&mut self) {
        let deadline = self.settings.deadline(CompetitionState::Recommendation);
        for rows::Sealed { city, by, at, .. } in &self.recorded.lists {
            let Some(at) = *at else { continue };
            let Some(kind) = deadline.and_then(|deadline| deadline.alarm(at)) else { continue };
            let name = self.settings.holds.catalogue.region_name(city);
            let (zh, en) = (format!("{name}封存推荐名单"), format!("The list of {name} was sealed"));
            let what = deadline_words(kind, &zh, &en, deadline);
            let by: Vec<_> = by.iter().map(|account| self.person(*account)).collect();
            let alarm = self.add(kind, at, AlarmSubject::List, what);
            alarm.city = Some(city.clone());
            alarm.by = by;
        }
    }

    fn paper(&mut self) {
        for event in &self.recorded.paper {
            if event.details["discarded"] != true {
                continue;
            }
            let application = event.object.strip_prefix("application/").and_then(|id| id.parse().ok());
            let expert = event.details["expert"].as_str().and_then(|id| id.parse().ok());
            let what = (
                "纸质评分表的首次录入被作废，须重新录入".to_owned(),
                "The first entry of the paper sheet was discarded; it is to be entered anew".to_owned(),
            );
            let by = event.actor.as_ref().map(|actor| self.person(actor.account));
            let experts = expert.map(|expert| self.expert(expert));
            let about = application.map(|id| self.about(id)).unwrap_or_default();
            let alarm = self.add(AlarmKind::PaperReplaced, event.at, AlarmSubject::Sheet, what);
            (alarm.application_id, alarm.application_number) = about;
            alarm.by = by.into_iter().collect();
            alarm.experts = experts.into_iter().collect();
        }
    }

    fn far_sheets(&mut self) {
        let rubric = &self.settings.holds.tally.rubric;
        let most = JudgedShares::of(rubric).most();
        for panel in self.recorded.sheets.chunk_by(|one, next| one.application == next.application) {
            let (mut totals, mut sheets) = (Vec::new(), Vec::new());
            for sheet in panel {
                // A rubric corrected since may know other indicators: such a sheet can't be compared.
                let Some(total) = self.recorded.totals.get(&sheet.digest).copied().flatten() else {
                    continue;
                };
                totals.push(total);
                sheets.push(sheet);
            }
            for far in far_from_panel(&totals, most) {
                let rows::SignedSheet { application, expert, at, .. } = sheets[far.index];
                let points = |share| in_points(share, rubric);
                let (total, median, allowed) =
                    (points(totals[far.index]), points(far.median), points(far.allowed));
                let what = (
                    format!("专家评分合计{total}分，本组中位数{median}分，允许相差{allowed}分"),
                    format!(
                        "The judged total is {total}; the panel's median is {median}, and {allowed} may lie between them"
                    ),
                );
                let person = self.expert(*expert);
                let (id, number) = self.about(*application);
                let alarm = self.add(AlarmKind::FarFromPanel, *at, AlarmSubject::Sheet, what);
                (alarm.application_id, alarm.application_number) = (id, number);
                alarm.experts = vec![person];
            }
        }
    }

    fn addresses(&mut self) {
        let Some(drawn) = self.recorded.drawn else { return };
        let while_judging = |at: Timestamp| at >= drawn && !is_after_tally(at, self.recorded.first_tally);
        let sign_ins: Vec<_> = self.recorded.sign_ins.iter().filter(|row| while_judging(row.at)).collect();
        let found = shared_addresses(sign_ins.iter().map(|row| (row.expert, row.source.clone())));
        for (address, people) in found {
            let last = sign_ins.iter().filter(|row| row.source == address).map(|row| row.at).max();
            let Some(at) = last else { continue };
            let what = (
                format!("{}位在任专家从同一网络地址 {address} 登录", people.len()),
                format!(
                    "{} from the same address, {address}",
                    count(people.len(), "expert who serves signed in", "experts who serve signed in")
                ),
            );
            let experts = people.iter().map(|expert| self.expert(*expert)).collect();
            let alarm = self.add(AlarmKind::SharedAddress, at, AlarmSubject::SignIns, what);
            alarm.experts = experts;
        }
    }
}

/// What was done close to a deadline, or by grace of an extension.
fn deadline_words(kind: AlarmKind, zh: &str, en: &str, deadline: Option<Deadline>) -> (String, String) {
    let Some(deadline) = deadline else { return (zh.to_owned(), en.to_owned()) };
    let (announced, holds) = (deadline.announced, deadline.holds);
    match kind {
        AlarmKind::AfterExtension => (
            format!("原定{announced}截止，延期至{holds}后{zh}"),
            format!("{en} after {announced}, as the deadline had been extended to {holds}"),
        ),
        _ => (format!("临近截止（{holds}）{zh}"), format!("{en} shortly before the deadline, {holds}")),
    }
}

/// The alarms of competitions, and the damage because of which some could not be found.
type Found = (BTreeMap<CompetitionId, Vec<AlarmView>>, Vec<Damage>);

/// The alarms of some competitions, newest first. Where what they follow from is damaged itself, the damage alone is told of,
/// and comes back to be recorded.
fn all(conn: &mut Conn, cache: &Cache, competitions: &[Competition]) -> Result<Found> {
    let ids: Vec<CompetitionId> = competitions.iter().map(|competition| competition.id).collect();
    let mut alarms = come_upon(conn, &ids)?;
    jumps(conn, competitions, &mut alarms)?;
    let (found, hindered) = unless_damaged(followed(conn, cache, competitions))?;
    let mut damages: Vec<Damage> = hindered.into_iter().collect();
    let mut found = found.unwrap_or_default();
    if !damages.is_empty() && competitions.len() > 1 {
        damages.clear();
        for competition in competitions {
            let (one, hindered) = unless_damaged(followed(conn, cache, std::slice::from_ref(competition)))?;
            found.extend(one.unwrap_or_default());
            damages.extend(hindered);
        }
    }
    for (id, more) in found.into_iter().chain(access_alarms(conn, competitions)?) {
        alarms.entry(id).or_default().extend(more);
    }
    for alarms in alarms.values_mut() {
        alarms.sort_by(|one, other| (other.at, one.kind).cmp(&(one.at, other.kind)));
    }
    Ok((alarms, damages))
}

/// The alarms that follow from what is recorded of some competitions.
fn followed(
    conn: &mut Conn,
    cache: &Cache,
    competitions: &[Competition],
) -> Result<BTreeMap<CompetitionId, Vec<AlarmView>>> {
    let ids: Vec<CompetitionId> = competitions.iter().map(|competition| competition.id).collect();
    let digests = Digests::of(conn, &ids)?;
    let mut with_settings = Vec::new();
    for competition in competitions {
        with_settings.push((competition.clone(), Settings::of(conn, cache, &digests, competition)?));
    }
    let (all, shared) = read(conn, cache, &with_settings)?;
    let found = with_settings.iter().filter_map(|(competition, settings)| {
        Some((competition.id, find(competition, all.get(&competition.id)?, &shared, settings)))
    });
    Ok(found.collect())
}

fn find(
    competition: &Competition,
    recorded: &Recorded,
    shared: &Shared,
    settings: &Settings,
) -> Vec<AlarmView> {
    let mut finder =
        Finder { recorded, shared, settings, called_version: competition.called_version, found: Vec::new() };
    finder.documents();
    finder.settings();
    finder.submissions();
    finder.lists();
    finder.paper();
    finder.far_sheets();
    finder.addresses();
    finder.found
}

/// The alarms of a competition, with the rules by which they were found.
///
/// # Errors
/// If the caller is no supervisor, or there is no such competition.
pub async fn read_alarms(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<AlarmsView> {
    let mut found = found(service, context, vec![id], format!("competition/{id}")).await?;
    let alarms = found.remove(&id).ok_or_else(Error::not_found)?;
    let rules = AlarmKind::ALL.iter().map(|kind| {
        let (zh, en) = kind.rule();
        let found = alarms.iter().filter(|alarm| alarm.kind == *kind).count();
        AlarmRuleView { kind: *kind, zh, en, found }
    });
    Ok(AlarmsView { rules: rules.collect(), alarms })
}

/// The alarms of some competitions, for supervisors. Damage that hinders is recorded, and then told of like any other.
async fn found(
    service: &Service,
    context: &Arc<RequestContext>,
    ids: Vec<CompetitionId>,
    object: String,
) -> Result<BTreeMap<CompetitionId, Vec<AlarmView>>> {
    let look = || {
        let (cache, ids, only) = (service.cache.clone(), ids.clone(), ids.len() == 1);
        service.read(context, Action::ReadAlarms, object.clone(), move |conn, context| {
            context.may(Action::ReadAlarms, Relation::General)?;
            let competitions = db::competitions::by_ids(conn, &ids)?;
            if only && competitions.is_empty() {
                return Err(Error::not_found());
            }
            all(conn, &cache, &competitions)
        })
    };
    let (alarms, damages) = look().await?;
    if damages.is_empty() {
        return Ok(alarms);
    }
    for damage in &damages {
        service.note_damage(damage).await;
    }
    Ok(look().await?.0)
}

/// How many alarms a competition has, and the newest of them.
#[derive(Clone, Debug)]
pub struct AlarmCount {
    pub competition: CompetitionId,
    /// How many by which rule; only rules that found any.
    pub by_kind: BTreeMap<AlarmKind, usize>,
    /// When the newest happened.
    pub newest: Option<Timestamp>,
}

/// The same for several competitions, counted: for lists. Competitions that are not there are left out.
///
/// # Errors
/// If the caller is no supervisor.
pub async fn count_alarms(
    service: &Service,
    context: &Arc<RequestContext>,
    ids: Vec<CompetitionId>,
) -> Result<Vec<AlarmCount>> {
    let found = found(service, context, ids, "competition".to_owned()).await?;
    let counts = found.into_iter().map(|(competition, alarms)| {
        let mut by_kind = BTreeMap::new();
        for alarm in &alarms {
            *by_kind.entry(alarm.kind).or_insert(0) += 1;
        }
        AlarmCount { competition, by_kind, newest: alarms.first().map(|alarm| alarm.at) }
    });
    Ok(counts.collect())
}

/// Reads what the alarms of the latest competitions rest on, for the cache: so that whoever asks for them first after a
/// start waits no longer than the next. Damage is found and recorded on the way.
///
/// # Errors
/// If the database can't be read.
pub async fn read_ahead(service: &Service) -> Result<()> {
    let cache = service.cache.clone();
    let (_, damages) = service
        .read_public("read_ahead", move |conn| {
            let most = i64::try_from(COMPETITIONS).unwrap_or(i64::MAX);
            let latest = db::competitions::latest(conn, most)?;
            all(conn, &cache, &latest)
        })
        .await?;
    for damage in &damages {
        service.note_damage(damage).await;
    }
    Ok(())
}
