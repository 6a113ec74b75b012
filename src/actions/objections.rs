//! Objections of the public (异议): filed by name against a name on notice, followed by a code, decided by the office.
//! Anonymous ones are leads for the supervisors.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::find;
use super::evidence::Download;
use super::rules::{Shelf, visible_edition};
use super::scans::Scanning;
use super::{Act, Page, Service, Visit, answers, documents, parse, reaching};
use crate::db::objections::{self, Objection, ObjectionFile, Wanted};
use crate::db::{self, Conn, letters, scans};
use crate::domain::access::{Action, Relation};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId, ObjectionFileId, ObjectionId};
use crate::domain::notice::Notice;
use crate::domain::objection::{
    ObjectionContent, ObjectionState, ObjectionStep, Objector, RefusalGround, check_objection,
};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, DocumentKind, canonical, digest_of};
use crate::domain::scan::ScanState;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::domain::typed;
use crate::domain::working_days::FirstDay;
use crate::error::{Damage, Error, Result, must_be_current, must_be_valid};
use crate::files::{FileDigest, Incoming, StoredFile, clean_name};
use crate::keys::{Keys, Purpose};

/// The most files that come with one objection.
const MOST_FILES: usize = 5;
/// The most bytes of one of them: 20 MiB.
pub const MOST_BYTES: u64 = 20 << 20;

/// An objection to be filed.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FileObjection {
    /// The application objected to: one on notice.
    pub application_id: ApplicationId,
    /// What is objected.
    pub content: ObjectionContent,
    /// Who objects. Absent: anonymous, and then it is no objection but a lead for the supervisors.
    #[serde(default)]
    pub objector: Option<Objector>,
}

/// The receipt of an objection.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ObjectionReceiptView {
    /// Its number.
    pub number: String,
    /// The notice that it is on.
    pub notice: String,
    /// The name that it is about, with its regions.
    pub name: String,
    /// The code by which evidence is added and the status is looked up. It is told once and not stored.
    pub code: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// `received`, or `lead` where it is anonymous.
    pub state: ObjectionState,
    /// Until when it is to be answered; absent of a lead, which nobody answers.
    pub due: Option<Timestamp>,
    /// Whether a code goes by mail to the address among the contact, to be entered as proof that it was reached.
    pub mailed: bool,
}

/// A look-up by code.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LookUp {
    /// The code of the receipt.
    pub code: String,
}

/// What whoever objected may see of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ObjectionStatusView {
    /// Its number.
    pub number: String,
    /// The notice that it is on.
    pub notice: String,
    /// The name that it is about, with its regions; empty where the notice no longer has it.
    pub name: String,
    /// Where it stands.
    pub state: ObjectionState,
    /// When it was received.
    pub received_at: Timestamp,
    /// Until when it is to be answered.
    pub due: Option<Timestamp>,
    /// Whether a code was sent by mail, to be entered as proof that it was reached.
    pub mailed: bool,
    /// When whoever objects was shown to be reachable.
    pub reached_at: Option<Timestamp>,
    /// Why it was not accepted.
    pub ground: Option<RefusalGround>,
    /// The office's replies, oldest first.
    pub replies: Vec<ReplyView>,
    /// The files that came with it.
    pub files: Vec<OwnFileView>,
}

/// A file, as whoever sent it sees it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnFileView {
    /// Its name.
    pub name: String,
    /// Whether it was scanned; a `quarantined` one nobody reads, and another may be sent in its place.
    pub scan: ScanState,
}

/// A reply.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReplyView {
    /// The state that it came with.
    pub state: ObjectionState,
    /// The text.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// An objection, for the office and the supervisors.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ObjectionView {
    /// Its identifier.
    pub id: ObjectionId,
    /// Its number.
    pub number: String,
    /// The application objected to.
    pub application_id: ApplicationId,
    /// Where it stands.
    pub state: ObjectionState,
    /// What is objected.
    pub content: ObjectionContent,
    /// Who objects; none where it is anonymous.
    pub objector: Option<Objector>,
    /// What has been done, oldest first.
    pub steps: Vec<ObjectionStep>,
    /// The files that came with it.
    pub files: Vec<ObjectionFileView>,
    /// Until when it is to be answered.
    pub due: Option<Timestamp>,
    /// When whoever objects was shown to be reachable.
    pub reached_at: Option<Timestamp>,
    /// Sent as `If-Match` with a change.
    pub revision: i64,
    /// When it was received.
    pub received_at: Timestamp,
}

/// A file that came with an objection.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ObjectionFileView {
    /// Its identifier.
    pub id: ObjectionFileId,
    /// Its name.
    pub name: String,
    /// What it really is, by its content.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Whether it was scanned and can be opened.
    pub scan: ScanState,
}

/// What an applicant sees of an objection: never who objects, nor their words.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnObjectionView {
    /// Its identifier.
    pub id: ObjectionId,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: ObjectionState,
    /// What the office asks of the applicant.
    pub questions: Vec<ReplyView>,
    /// What the applicant answered.
    pub statements: Vec<ReplyView>,
    /// Sent as `If-Match` with a statement.
    pub revision: i64,
}

/// A step of an objection.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StepObjection {
    /// The state to go to.
    pub to: ObjectionState,
    /// Why it is not accepted; obligatory with `refused`.
    #[serde(default)]
    pub ground: Option<RefusalGround>,
    /// For the files: what was found; obligatory with `upheld` and `dismissed`.
    #[serde(default)]
    pub report: String,
    /// For whoever objected; with `investigating` for the applicant, who must not learn from it who objects.
    pub reply: String,
}

/// An applicant's statement.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StateObjection {
    /// The text.
    pub text: String,
}

/// A name as it stands on a notice, with its regions.
fn name_on(notice: &Notice, application: ApplicationId) -> String {
    let entry = notice.entries.iter().find(|entry| entry.application == application);
    entry.map_or_else(String::new, |entry| format!("{}（{}）", entry.title, entry.parties()))
}

fn status_view(
    row: &Objection,
    notice: Option<&Notice>,
    files: Vec<ObjectionFileView>,
    mailed: bool,
) -> Result<ObjectionStatusView> {
    let steps: Vec<ObjectionStep> = parse(&row.steps)?;
    Ok(ObjectionStatusView {
        number: row.number.clone(),
        notice: notice.map(|notice| notice.title.clone()).unwrap_or_default(),
        name: notice.map(|notice| name_on(notice, row.application_id)).unwrap_or_default(),
        state: row.state,
        received_at: row.received_at,
        due: row.due,
        mailed,
        reached_at: row.reached_at,
        ground: steps.iter().find_map(|step| step.ground),
        replies: steps
            .iter()
            .filter(|step| step.to != ObjectionState::Investigating && !step.reply.is_empty())
            .map(|step| ReplyView { state: step.to, text: step.reply.clone(), at: step.at })
            .collect(),
        files: files.into_iter().map(|file| OwnFileView { name: file.name, scan: file.scan }).collect(),
    })
}

fn file_view(file: ObjectionFile, scan: ScanState) -> ObjectionFileView {
    ObjectionFileView {
        id: file.id,
        name: file.name,
        media_type: file.media_type,
        size: file.size,
        digest: file.digest,
        scan,
    }
}

fn view(row: Objection, files: Vec<ObjectionFileView>) -> Result<ObjectionView> {
    Ok(ObjectionView {
        id: row.id,
        number: row.number,
        application_id: row.application_id,
        state: row.state,
        content: parse(&row.content)?,
        objector: row.identity.as_deref().map(parse).transpose()?,
        steps: parse(&row.steps)?,
        files,
        due: row.due,
        reached_at: row.reached_at,
        revision: row.revision,
        received_at: row.received_at,
    })
}

/// Whether a name is on the notice that holds, and until when it may be objected to.
fn on_notice(conn: &mut Conn, id: CompetitionId, application: ApplicationId) -> Result<Option<Notice>> {
    let latest: Option<(_, Notice)> = documents::latest(conn, id, DocumentKind::Notice, "")?;
    Ok(latest
        .map(|(_, notice)| notice)
        .filter(|notice| notice.entries.iter().any(|entry| entry.application == application)))
}

/// Files an objection. Nobody need log in.
///
/// # Errors
/// If the application is not on notice, the time for objections is over or has not begun, or a field is wrong.
pub async fn file(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    filed: FileObjection,
) -> Result<ObjectionReceiptView> {
    let (shelf, quotas, clock) = (service.shelf.clone(), service.quotas, service.clock.clone());
    let mails = service.configured.mail_from.is_some();
    let objection_id = ObjectionId(service.clock.new_id());
    // Ten letters and digits that nobody takes for one another: 50 bits, in two groups.
    let code = readable(&service.clock.secret::<10>());
    let sealed = Code::of(&service.keys, &code).sealed;
    service
        .perform(visit, Action::Object, move |conn, act| {
            visible_edition(conn, &shelf, act.visit, id)?;
            act.enter(conn, id)?;
            act.on("objection", objection_id);
            let (competition, rules) = visible_edition(conn, &shelf, act.visit, id)?;
            let notice = on_notice(conn, id, filed.application_id)?;
            let notice = notice.filter(|_| {
                matches!(competition.state, CompetitionState::Notice | CompetitionState::Announced)
            });
            let notice = notice.ok_or_else(|| {
                Error::conflict(
                    "not_on_notice",
                    "该名称不在公示名单",
                    "This name is not on the list that is on notice",
                )
            })?;
            if act.visit.received_at > notice.deadline {
                return Err(Error::conflict(
                    "deadline_passed",
                    format!("公示期已于{}结束，逾期的异议不予受理", notice.deadline),
                    format!("The period ended at {}; late objections are not accepted", notice.deadline),
                ));
            }
            if act.now.date() < notice.from {
                return Err(Error::conflict(
                    "not_yet",
                    format!("公示期自{}开始", notice.from),
                    format!("The period begins on {}", notice.from),
                ));
            }
            must_be_valid(
                check_objection(&filed.content, filed.objector.as_ref())
                    .into_iter()
                    .map(
                        |problem| {
                            if problem.pointer == "/text" { problem.under("/content") } else { problem }
                        },
                    )
                    .collect(),
            )?;
            quotas.file(conn, act.now, &act.visit.source, filed.objector.as_ref())?;
            let anonymous = filed.objector.is_none();
            let due = if anonymous {
                None
            } else {
                let days = rules.settings.review.objection_days;
                Some(rules.end_of_working_days(act.now.date(), days, FirstDay::NotCounted)?)
            };
            // Two runs of numbers: a gap in one would tell of the other.
            let (run, letters) = if anonymous { ("lead", "XS") } else { ("objection", "YY") };
            let counted = db::accounts::next_number(conn, run)?;
            let row = Objection {
                id: objection_id,
                competition_id: id,
                application_id: filed.application_id,
                number: format!("{letters}-{counted:05}"),
                code_digest: sealed,
                anonymous,
                state: if anonymous { ObjectionState::Lead } else { ObjectionState::Received },
                content: canonical(&filed.content),
                identity: filed.objector.as_ref().map(canonical),
                steps: "[]".to_owned(),
                due,
                revision: 1,
                received_at: act.now,
                changed_at: act.now,
                reached_at: None,
            };
            objections::insert(conn, &row)?;
            let address = filed.objector.as_ref().and_then(reaching::address_of).filter(|_| mails);
            let mailed = match address {
                Some(address) if quotas.may_mail(conn, act.now, &act.visit.source, address)? => {
                    let title = &rules.settings.title;
                    letters::insert(conn, &reaching::letter(&clock, address, &row, title, act.now))?
                }
                _ => false,
            };
            act.detail("number", &row.number);
            act.detail("application", &row.application_id);
            act.detail("state", &row.state);
            act.changed(None, Some(digest_of(&row.content)));
            Ok(ObjectionReceiptView {
                number: row.number,
                notice: notice.title.clone(),
                name: name_on(&notice, filed.application_id),
                code: code.clone(),
                received_at: row.received_at,
                state: row.state,
                due: row.due,
                mailed,
            })
        })
        .await
}

/// Bytes as text that can be read over the telephone.
pub(super) fn readable(bytes: &[u8; 10]) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    let (first, second) = letters.split_at(5);
    format!("{}-{}", first.iter().collect::<String>(), second.iter().collect::<String>())
}

/// A code as the database knows it.
#[derive(Clone, Copy)]
pub(super) struct Code {
    sealed: Digest,
    /// As releases before stored it: a digest, from which the code could be searched for without the keys.
    plain: Digest,
}

impl Code {
    pub(super) fn of(keys: &Keys, written: &str) -> Self {
        let mut code = typed::code(written);
        // As it is on the receipt.
        if code.len() == 10 && code.is_ascii() {
            code.insert(5, '-');
        }
        let sealed = Digest(keys.mac(Purpose::ObjectionCode, code.as_bytes()));
        Self { sealed, plain: digest_of(code) }
    }
}

pub(super) fn by_code(conn: &mut Conn, code: Code) -> Result<Objection> {
    objections::by_code(conn, &[code.sealed, code.plain])?.ok_or_else(|| {
        Error::new(
            crate::error::Kind::NotFound,
            "unknown_code",
            "没有这一查询码，请核对回执",
            "There is no such code; look at the receipt again",
        )
    })
}

/// What whoever objected may see of it.
pub(super) fn status_of(
    conn: &mut Conn,
    scanning: &Scanning,
    row: &Objection,
) -> Result<ObjectionStatusView> {
    let files = files_of(conn, scanning, &[row.id])?.remove(&row.id).unwrap_or_default();
    let mailed = reaching::is_written(conn, row.id)?;
    let notice: Option<(_, Notice)> = documents::latest(conn, row.competition_id, DocumentKind::Notice, "")?;
    status_view(row, notice.as_ref().map(|(_, notice)| notice), files, mailed)
}

/// Where an objection stands, by its code.
///
/// # Errors
/// If there is no such code.
pub async fn look_up(service: &Service, look_up: LookUp) -> Result<ObjectionStatusView> {
    let code = Code::of(&service.keys, &look_up.code);
    let scanning = Arc::clone(&service.scanning);
    service
        .read("objection.look_up", move |conn| {
            let row = by_code(conn, code)?;
            status_of(conn, &scanning, &row)
        })
        .await
}

/// Begins an upload of evidence for an objection.
///
/// # Errors
/// If there is no such code, it is no longer open, it has as many files as it may, or the public's share of storage is
/// used up.
pub async fn begin_upload(
    service: &Service,
    visit: &Visit,
    code: &str,
    announced: Option<u64>,
) -> Result<Incoming> {
    let (code, source) = (Code::of(&service.keys, code), visit.source.clone());
    let (quotas, now) = (service.quotas, service.clock.now());
    service
        .read("objection.begin_upload", move |conn| {
            let row = room_for_file(conn, code)?;
            quotas.must_have_room(conn, now, &source, row.anonymous, announced.unwrap_or(1))
        })
        .await?;
    Ok(service.files.receive_announced(MOST_BYTES, announced).await?)
}

fn room_for_file(conn: &mut Conn, code: Code) -> Result<Objection> {
    let row = by_code(conn, code)?;
    if !(row.state.is_open() || row.state == ObjectionState::Lead) {
        return Err(Error::conflict("closed", "该异议已办结", "The objection is closed"));
    }
    let files = objections::files(conn, &[row.id])?;
    let harmful = scans::harmful(conn, files.iter().map(|file| file.digest).collect())?;
    let harmful = files.iter().filter(|file| harmful.contains(&file.digest));
    // Each harmful one may be replaced, but not for ever.
    if files.len() - harmful.count().min(MOST_FILES) >= MOST_FILES {
        return Err(Error::conflict(
            "quota",
            format!("一件异议至多附{MOST_FILES}个文件"),
            format!("At most {MOST_FILES} files come with one objection"),
        ));
    }
    Ok(row)
}

/// Ends an upload of evidence for an objection.
///
/// # Errors
/// If the bytes are not those announced, the file is of no type that is taken, or there is no more room for it.
pub async fn finish_upload(
    service: &Service,
    visit: &Arc<Visit>,
    code: &str,
    name: &str,
    digest: Option<FileDigest>,
    incoming: Incoming,
) -> Result<ObjectionFileView> {
    let (name, code) = (clean_name(name), Code::of(&service.keys, code));
    let received = incoming.finish(digest).await?;
    let visit = &answers::for_file(visit, received.digest());
    if let Some(view) = answers::earlier(service, visit).await? {
        return Ok(view);
    }
    // Counted in a transaction of its own, so that what there is no room for is never kept.
    let (quotas, now, size) = (service.quotas, service.clock.now(), received.size());
    let source = visit.source.clone();
    service
        .db
        .write("objection.count_file", move |conn| {
            let lead = room_for_file(conn, code)?.anonymous;
            quotas.keep(conn, now, &source, lead, size)
        })
        .await?;
    let stored: StoredFile = service.files.keep(received, &name).await?;
    let id = ObjectionFileId(service.clock.new_id());
    let scanning = Arc::clone(&service.scanning);
    let view = service
        .perform(visit, Action::Object, move |conn, act| {
            let competition = by_code(conn, code)?.competition_id;
            act.enter(conn, competition)?;
            let row = room_for_file(conn, code)?;
            act.on("objection", row.id);
            let digest = Digest(*stored.digest.as_bytes());
            scanning.must_not_be_harmful(conn, digest)?;
            let file = ObjectionFile {
                id,
                objection_id: row.id,
                digest,
                size: i64::try_from(stored.size).map_err(|_| Error::internal("a file of impossible size"))?,
                media_type: stored.media_type.mime().to_owned(),
                name: name.clone(),
                uploaded_at: act.now,
            };
            objections::insert_file(conn, &file)?;
            act.changed(None, Some(file.digest));
            act.detail("file", &file.id);
            let scan = scanning.state_of(conn, digest)?;
            Ok(file_view(file, scan))
        })
        .await?;
    service.scanning.came();
    Ok(view)
}

fn files_of(
    conn: &mut Conn,
    scanning: &Scanning,
    ids: &[ObjectionId],
) -> Result<BTreeMap<ObjectionId, Vec<ObjectionFileView>>> {
    let mut files: BTreeMap<ObjectionId, Vec<ObjectionFileView>> = BTreeMap::new();
    let rows = objections::files(conn, ids)?;
    let states = scanning.states(conn, rows.iter().map(|file| file.digest))?;
    for file in rows {
        let scan = states.get(&file.digest).copied().unwrap_or(ScanState::Pending);
        files.entry(file.objection_id).or_default().push(file_view(file, scan));
    }
    Ok(files)
}

/// An objection as it is shown, with its files.
fn with_files(conn: &mut Conn, scanning: &Scanning, row: Objection) -> Result<ObjectionView> {
    let files = files_of(conn, scanning, &[row.id])?.remove(&row.id).unwrap_or_default();
    view(row, files)
}

/// Which objections to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Those in this state.
    pub state: Option<ObjectionState>,
    /// Those on which somebody must still act, or those that are done with.
    pub open: Option<bool>,
}

impl Filter {
    /// The states that it lets through; none where any will do, `None` where no state can.
    fn states(self) -> Option<Vec<ObjectionState>> {
        if self.state.is_none() && self.open.is_none() {
            return Some(Vec::new());
        }
        let wanted = |state: &ObjectionState| {
            self.state.is_none_or(|wanted| wanted == *state)
                && self.open.is_none_or(|open| open == state.waits())
        };
        let states: Vec<ObjectionState> = ObjectionState::ALL.iter().copied().filter(wanted).collect();
        (!states.is_empty()).then_some(states)
    }
}

/// Part of the objections and leads of an edition, oldest first.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    filter: Filter,
    after: Option<ObjectionId>,
    limit: usize,
) -> Result<Page<ObjectionView>> {
    let shelf = service.shelf.clone();
    let scanning = Arc::clone(&service.scanning);
    service
        .look(visit, Action::ReadObjections, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadObjections, Relation::General)?;
            visible_edition(conn, &shelf, visit, id)?;
            // Anonymous leads are the supervisors' own.
            let leads = visit.may(Action::NoteLead, Relation::General).is_ok();
            let rows = match filter.states() {
                Some(states) => {
                    let wanted = Wanted { competition: id, after, states, leads };
                    objections::list(conn, &wanted, Page::<Objection>::rows(limit))?
                }
                None => Vec::new(),
            };
            let page = Page::of(rows, limit, |row| row.id.to_string());
            let ids: Vec<ObjectionId> = page.items.iter().map(|row| row.id).collect();
            let mut files = files_of(conn, &scanning, &ids)?;
            let views = page.items.into_iter().map(|row| {
                let files = files.remove(&row.id).unwrap_or_default();
                view(row, files)
            });
            Ok(Page { items: views.collect::<Result<_>>()?, next_cursor: page.next_cursor })
        })
        .await
}

/// One objection or lead.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(service: &Service, visit: &Arc<Visit>, id: ObjectionId) -> Result<ObjectionView> {
    let shelf = service.shelf.clone();
    let scanning = Arc::clone(&service.scanning);
    service
        .look(visit, Action::ReadObjections, format!("objection/{id}"), move |conn, visit| {
            visit.may(Action::ReadObjections, Relation::General)?;
            let row = objections::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            visible_edition(conn, &shelf, visit, row.competition_id)?;
            if row.anonymous && visit.may(Action::NoteLead, Relation::General).is_err() {
                return Err(Error::not_found());
            }
            with_files(conn, &scanning, row)
        })
        .await
}

/// Records that whoever objects was reached under the contact that they gave: from then on the objection holds its name
/// back though the office has not accepted it yet.
///
/// # Errors
/// If the caller is neither the office nor a supervisor, the objection no longer waits, they were reached before, it has
/// changed meanwhile, or it is not said how.
pub async fn reach(
    service: &Service,
    visit: &Arc<Visit>,
    id: ObjectionId,
    revision: i64,
    said: StateObjection,
) -> Result<ObjectionView> {
    let scanning = Arc::clone(&service.scanning);
    service
        .perform(visit, Action::ReachObjector, move |conn, act| {
            let mut row = enter_objection(conn, act, id, revision, Action::ReachObjector)?;
            if row.state != ObjectionState::Received || row.reached_at.is_some() {
                return Err(Error::conflict(
                    "no_such_step",
                    "该异议已受理、已办结或已核实异议人",
                    "The objection was accepted or closed, or whoever objects was reached already",
                ));
            }
            let mut problems = Vec::new();
            check_text(&mut problems, "/text", &said.text, 1, 1_000);
            must_be_valid(problems)?;
            act.detail("how", &said.text);
            row.reached_at = Some(act.now);
            row.revision += 1;
            row.changed_at = act.now;
            objections::update(conn, &row)?;
            with_files(conn, &scanning, row)
        })
        .await
}

/// An objection that the caller may decide about, under the edition's lock.
fn enter_objection(
    conn: &mut Conn,
    act: &mut Act<'_>,
    id: ObjectionId,
    revision: i64,
    action: Action,
) -> Result<Objection> {
    act.visit.may(action, Relation::General)?;
    let found = objections::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    act.enter(conn, found.competition_id)?;
    act.on("objection", id);
    let row = objections::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    if row.anonymous != (action == Action::NoteLead) {
        return Err(Error::not_found());
    }
    must_be_current(row.revision, revision)?;
    Ok(row)
}

/// Stores the next step of an objection.
fn store(conn: &mut Conn, act: &mut Act<'_>, mut row: Objection, step: ObjectionStep) -> Result<Objection> {
    let mut steps: Vec<ObjectionStep> = parse(&row.steps)?;
    act.detail("from", &row.state);
    act.detail("to", &step.to);
    row.state = step.to;
    steps.push(step);
    let before = digest_of(&row.steps);
    row.steps = canonical(&steps);
    row.revision += 1;
    row.changed_at = act.now;
    objections::update(conn, &row)?;
    act.changed(Some(before), Some(digest_of(&row.steps)));
    Ok(row)
}

/// Takes an objection a step further: accepts or refuses it, asks the applicant, decides.
///
/// # Errors
/// If the caller is not the office, the step is not possible, it has changed meanwhile, or ground, report or reply are
/// missing.
pub async fn decide(
    service: &Service,
    visit: &Arc<Visit>,
    id: ObjectionId,
    revision: i64,
    request: StepObjection,
) -> Result<ObjectionView> {
    let scanning = Arc::clone(&service.scanning);
    service
        .perform(visit, Action::DecideObjection, move |conn, act| {
            let row = enter_objection(conn, act, id, revision, Action::DecideObjection)?;
            if !row.state.may_go_to(request.to) {
                return Err(Error::conflict(
                    "no_such_step",
                    "异议现不能转为这一状态，请刷新页面查看其进展",
                    "The objection can't take this step now; look at where it stands",
                ));
            }
            let mut problems = Vec::new();
            if request.ground.is_some() != (request.to == ObjectionState::Refused) {
                problems.push(FieldProblem::new(
                    "/ground",
                    "required",
                    "不予受理须写明理由类别，其他情形不填",
                    "A ground is given with a refusal, and only then",
                ));
            }
            let decided = matches!(request.to, ObjectionState::Upheld | ObjectionState::Dismissed);
            check_text(&mut problems, "/report", &request.report, usize::from(decided), 20_000);
            check_text(&mut problems, "/reply", &request.reply, 1, 5_000);
            must_be_valid(problems)?;
            if decided || request.to == ObjectionState::Refused {
                let number = row.number.clone();
                act.follows(FieldProblem::new(
                    "",
                    "decided",
                    format!("异议{number}的处理为终局，答复随即告知异议人，不能更改：{}", request.reply),
                    format!("The decision on objection {number} is final, and whoever objects reads the reply at once: {}", request.reply),
                ));
            }
            let step = ObjectionStep {
                to: request.to,
                ground: request.ground,
                statement: false,
                report: request.report.clone(),
                reply: request.reply.clone(),
                by: act.account()?,
                at: act.now,
            };
            let row = store(conn, act, row, step)?;
            with_files(conn, &scanning, row)
        })
        .await
}

/// Records what came of an anonymous lead, as a supervisor.
///
/// # Errors
/// If the caller is no supervisor, it is no lead or dealt with, it has changed meanwhile, or nothing is said.
pub async fn note_lead(
    service: &Service,
    visit: &Arc<Visit>,
    id: ObjectionId,
    revision: i64,
    said: StateObjection,
) -> Result<ObjectionView> {
    let scanning = Arc::clone(&service.scanning);
    service
        .perform(visit, Action::NoteLead, move |conn, act| {
            let row = enter_objection(conn, act, id, revision, Action::NoteLead)?;
            if row.state != ObjectionState::Lead {
                return Err(Error::conflict("closed", "该线索已处理", "The lead is dealt with"));
            }
            let mut problems = Vec::new();
            check_text(&mut problems, "/text", &said.text, 1, 20_000);
            must_be_valid(problems)?;
            let step = ObjectionStep {
                to: ObjectionState::Noted,
                ground: None,
                statement: false,
                report: said.text.clone(),
                reply: String::new(),
                by: act.account()?,
                at: act.now,
            };
            let row = store(conn, act, row, step)?;
            with_files(conn, &scanning, row)
        })
        .await
}

fn own_view(row: Objection) -> Result<OwnObjectionView> {
    let steps: Vec<ObjectionStep> = parse(&row.steps)?;
    let reply = |step: &ObjectionStep| ReplyView { state: step.to, text: step.reply.clone(), at: step.at };
    Ok(OwnObjectionView {
        id: row.id,
        number: row.number,
        state: row.state,
        questions: steps
            .iter()
            .filter(|step| step.to == ObjectionState::Investigating && !step.statement)
            .map(reply)
            .collect(),
        statements: steps.iter().filter(|step| step.statement).map(reply).collect(),
        revision: row.revision,
    })
}

/// Objections to an application that its applicant has been asked about, without who objects and their words.
///
/// # Errors
/// If the caller is not of the lead region.
pub async fn list_own(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
) -> Result<Vec<OwnObjectionView>> {
    service
        .look(visit, Action::AnswerObjection, format!("application/{id}"), move |conn, visit| {
            find(conn, visit, id, Action::AnswerObjection)?;
            let views = objections::to_application(conn, id)?.into_iter().map(own_view);
            // What the applicant was never asked about it need not know of.
            views.filter(|view| view.as_ref().is_ok_and(|view| !view.questions.is_empty())).collect()
        })
        .await
}

/// States the applicant's view of an objection that it has been asked about.
///
/// # Errors
/// If the caller is not of the lead region, was not asked, it has changed meanwhile, or nothing is said.
pub async fn state(
    service: &Service,
    visit: &Arc<Visit>,
    id: ObjectionId,
    revision: i64,
    said: StateObjection,
) -> Result<OwnObjectionView> {
    let shelf: Shelf = service.shelf.clone();
    service
        .perform(visit, Action::AnswerObjection, move |conn, act| {
            let Some(found) = objections::by_id(conn, id)? else {
                act.visit.may(Action::AnswerObjection, Relation::General)?;
                return Err(Error::not_found());
            };
            super::applications::enter(conn, act, &shelf, found.application_id, Action::AnswerObjection)?;
            act.on("objection", id);
            let row = objections::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            if own_view(row.clone())?.questions.is_empty() {
                return Err(Error::not_found());
            }
            if row.state != ObjectionState::Investigating {
                return Err(Error::conflict("closed", "该异议已办结", "The objection is closed"));
            }
            must_be_current(row.revision, revision)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/text", &said.text, 1, 5_000);
            must_be_valid(problems)?;
            let step = ObjectionStep {
                to: ObjectionState::Investigating,
                ground: None,
                statement: true,
                report: String::new(),
                reply: said.text.clone(),
                by: act.account()?,
                at: act.now,
            };
            own_view(store(conn, act, row, step)?)
        })
        .await
}

/// The bytes of a file that came with an objection; of a picture that came without a name a copy without metadata.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn download(service: &Service, visit: &Arc<Visit>, id: ObjectionFileId) -> Result<Download> {
    let (row, objection) = service
        .look(visit, Action::ReadObjections, format!("objection_file/{id}"), move |conn, visit| {
            visit.may(Action::ReadObjections, Relation::General)?;
            let row = objections::file_by_id(conn, id)?.ok_or_else(Error::not_found)?;
            let objection = objections::by_id(conn, row.objection_id)?.ok_or_else(Error::not_found)?;
            if objection.anonymous && visit.may(Action::NoteLead, Relation::General).is_err() {
                return Err(Error::not_found());
            }
            Ok((row, objection))
        })
        .await?;
    let damage = Damage::of("objection_file", id).in_edition(objection.competition_id);
    // Who gives no name is not to be found by where a photograph was taken, or by the telephone that took it.
    let original = !objection.anonymous;
    let file = (row.digest, row.size, &*row.media_type);
    let (digest, stream) = super::evidence::sent(service, visit, file, original, damage).await?;
    Ok(Download { name: row.name, media_type: row.media_type, digest, stream })
}

/// What objections mean for an announcement.
pub(crate) struct Standing {
    /// Names that must not be announced now: objected to by somebody who was reached or heard, or found true.
    pub(crate) held: BTreeSet<ApplicationId>,
    /// Numbers of objections that the office has not looked at.
    pub(crate) waiting: Vec<String>,
}

pub(crate) fn standing(conn: &mut Conn, id: CompetitionId) -> Result<Standing> {
    let rows = objections::of_competition(conn, id)?;
    let held = rows.iter().filter(|row| row.state.holds_back(row.reached_at.is_some()));
    let waiting = rows.iter().filter(|row| row.state == ObjectionState::Received);
    Ok(Standing {
        held: held.map(|row| row.application_id).collect(),
        waiting: waiting.map(|row| row.number.clone()).collect(),
    })
}
