//! What people do. One function is one decision, one transaction and one event of the audit trail; a file per noun.
//!
//! `Service::write` is the frame of every act that changes something: it answers a repeated request from what was
//! stored, runs the act, appends its event, and records a refusal when there is one.

pub mod accounts;
pub mod alarms;
pub mod announcements;
pub mod answers;
pub mod applications;
pub mod audit;
pub(crate) mod boards;
pub mod checks;
pub mod closing;
pub mod competitions;
mod conflicts;
pub mod data;
pub(crate) mod desks;
pub mod doctor;
mod documents;
pub mod draws;
pub mod duplicates;
pub(crate) mod duties;
pub mod evidence;
pub mod experts;
pub(crate) mod guesses;
pub mod health;
pub mod housekeeping;
pub mod inspections;
pub mod jumps;
pub mod keys;
pub mod letters;
pub mod links;
pub mod login;
pub mod loops;
pub mod messages;
pub(crate) mod names;
pub(crate) mod networks;
pub mod notices;
pub mod objections;
pub mod open_points;
pub mod panels;
pub mod passkeys;
mod passwords;
pub mod platform;
pub mod progress;
pub mod quotas;
pub(crate) mod ranked;
pub mod rechecks;
pub mod recommendations;
mod recusals;
pub mod reopenings;
pub mod restore;
pub mod rules;
pub mod scans;
pub mod second_factor;
pub mod selections;
pub mod sheets;
pub mod titles;
pub mod watch;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::db::audit::{Head, SERVICE_CHAIN};
use crate::db::{self, Conn, Db};
use crate::domain::access::{Action, Denial, Relation, Role, Subject, decide, is_open_without_second_factor};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, RequestId, SessionId};
use crate::domain::passkey::Site;
use crate::domain::problem::FieldProblem;
use crate::domain::record::{
    self, Actor, Digest, EVENT_FORMAT, Event, Outcome, canonical, canonical_value, digest_of,
};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Damage, Error, Result, must_be_valid};
use crate::files::FileStore;
use crate::keys::Keys;
use crate::oidc::Platform;

pub use passwords::Hasher;

/// What every act works with. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub db: Db,
    /// Time, chance and identifiers.
    pub clock: Clock,
    pub files: Arc<FileStore>,
    /// Hashes passwords, a few at a time.
    pub hasher: Hasher,
    /// Keys that sign tokens and seal what is kept.
    pub keys: Keys,
    /// The platform by which people may sign in, if there is one.
    pub platform: Option<Platform>,
    /// The site that passkeys are for; none where browsers have no passkeys.
    pub site: Option<Arc<Site>>,
    /// Whether owners of accounts are told by letter too what is done to these: where no mail server is named, letters
    /// would only pile up, and be sent when they are news no more.
    pub letters_to_owners: bool,
    /// What the public may take.
    pub quotas: quotas::Quotas,
    /// What is asked of those who sign in.
    pub protection: second_factor::Protection,
    /// What the service was started with, to be shown.
    pub configured: Arc<health::ConfiguredView>,
    /// Scans files before anybody opens them, once a scanner is set.
    pub scanning: Arc<scans::Scanning>,
    /// What goes on in the background.
    pub loops: loops::Loops,
    /// Settings and reference data that have been read already.
    pub(crate) cache: rules::Cache,
    /// Damaged documents that are recorded already.
    damaged: Arc<Mutex<BTreeSet<String>>>,
    /// What is known of the machine's time of day.
    watched: jumps::Watched,
}

/// Who is acting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub account: AccountId,
    /// Its login name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    pub role: Role,
    /// Its region, for an applicant or a city reviewer.
    pub region: Option<RegionCode>,
    /// The session that it acts in.
    pub session: SessionId,
    /// When its token ends at the latest.
    pub good_until: Timestamp,
    /// Whether it must set up a second factor before anything else.
    pub owes_second_factor: bool,
    pub has_second_factor: bool,
    /// When it last showed who it is, all of it.
    pub proved_at: Timestamp,
}

impl Caller {
    /// What access decisions need to know of it.
    pub fn subject(&self) -> Subject {
        Subject { account: self.account, role: self.role, region: self.region.clone() }
    }
}

/// One request: who makes it, from where and when. Clones are the same request.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// Who, once they have shown a valid token.
    pub caller: Option<Caller>,
    /// Set for the operator at the machine's own command line, who keeps accounts and reference data as an
    /// administrator does.
    pub operator: bool,
    /// The network address; empty on the command line.
    pub source: String,
    pub request: RequestId,
    /// When its last byte had arrived: what decides about deadlines.
    pub received_at: Timestamp,
    /// The idempotency key and the fingerprint of the request, if it has one.
    pub idempotency: Option<(String, Digest)>,
    /// Set where the answer is that of an earlier request with the same key.
    pub replayed: Arc<AtomicBool>,
    /// Whether a person sends it from a page, who is told what follows from an act that can't be undone.
    pub by_form: bool,
    /// The digest of what the caller has been told, and confirms.
    pub confirmed: Option<Digest>,
}

impl RequestContext {
    /// A request of `caller`, or of nobody, from a network address.
    pub fn new(
        caller: Option<Caller>,
        source: impl Into<String>,
        request: RequestId,
        received_at: Timestamp,
    ) -> Self {
        Self {
            caller,
            operator: false,
            source: source.into(),
            request,
            received_at,
            idempotency: None,
            replayed: Arc::default(),
            by_form: false,
            confirmed: None,
        }
    }

    /// The operator, at the command line.
    pub fn of_operator(clock: &Clock) -> Arc<Self> {
        let context = Self::new(None, "", RequestId(clock.new_id()), clock.now());
        Arc::new(Self { operator: true, ..context })
    }

    /// Somebody of the public, who has not logged in.
    pub fn nobody(clock: &Clock) -> Arc<Self> {
        Arc::new(Self::new(None, "", RequestId(clock.new_id()), clock.now()))
    }

    /// The caller, who must have logged in.
    ///
    /// # Errors
    /// If nobody has.
    pub fn caller(&self) -> Result<&Caller> {
        self.caller.as_ref().ok_or_else(log_in_first)
    }

    /// Decides whether the caller may do `action` on something that it has this `relation` to.
    ///
    /// # Errors
    /// If not; a thing that the caller may not know of is told like one that is not there.
    pub fn may(&self, action: Action, relation: Relation) -> Result<()> {
        if self.operator {
            return Ok(());
        }
        let owes = self.caller.as_ref().is_some_and(|caller| caller.owes_second_factor);
        if owes && !is_open_without_second_factor(action) {
            return Err(Error::forbidden(
                SECOND_FACTOR_REQUIRED,
                "您的角色须先在“我的账号—两步验证”（/account/second-factor）设置两步验证",
                "Your role needs a second factor: set it up first, at /account/second-factor",
            ));
        }
        let subject = self.caller.as_ref().map(Caller::subject);
        decide(subject.as_ref(), action, relation).map_err(|denial| match denial {
            Denial::LogInFirst => log_in_first(),
            Denial::NotYourRole => {
                Error::forbidden("not_your_role", "您的角色无权进行此操作", "Your role may not do this")
            }
            Denial::Hidden => Error::not_found(),
            Denial::NotYours => Error::forbidden(
                "not_yours",
                "此操作应由他人进行：牵头单位、被邀请的成员单位、评审组或考察组",
                "This is for others to do: the lead region, the invited member, the panel or the inspection team",
            ),
            Denial::DeclareFirst => Error::forbidden(
                "declare_first",
                "请先签署回避声明，再查阅申报材料",
                "Sign the declaration of conflicts before you open any document",
            ),
        })
    }
}

/// The code of the refusal of whoever must show again who they are.
pub(crate) const REAUTHENTICATION_REQUIRED: &str = "reauthentication_required";

/// The code of the refusal of whoever must set up a second factor first.
pub(crate) const SECOND_FACTOR_REQUIRED: &str = "second_factor_required";

pub(crate) fn log_in_first() -> Error {
    Error::unauthenticated("log_in_first", "请先登录", "Sign in first")
}

/// How many changes are told one by one before an act is confirmed.
const MOST_WRITTEN: usize = 500;

/// Sees to an act while it runs: under which chain it is recorded, and what its event tells.
pub(crate) struct Act<'a> {
    /// The time at which the act happens, taken once before the transaction.
    pub(crate) now: Timestamp,
    pub(crate) context: &'a RequestContext,
    actor: Option<Actor>,
    refusal: Option<&'static str>,
    chain: Option<(String, Head)>,
    object: String,
    before: Option<Digest>,
    after: Option<Digest>,
    details: Vec<(&'static str, serde_json::Value)>,
    refused_in: &'a Mutex<(Option<String>, Option<String>)>,
    follows: Vec<FieldProblem>,
    insists: bool,
}

impl Act<'_> {
    /// Says what follows from the act and can't be undone. Once it has run, a person at a page is told all of it; what
    /// it did is kept only when they confirm exactly that.
    pub(crate) fn follows(&mut self, consequence: FieldProblem) {
        self.follows.push(consequence);
    }

    /// Has programs confirm too what follows.
    pub(crate) fn insist(&mut self) {
        self.insists = true;
    }

    /// Refuses an act whose consequences the caller has not confirmed as they are now.
    fn must_be_confirmed(&mut self, action: Action) -> Result<()> {
        if self.follows.is_empty() || !(self.insists || self.context.by_form) {
            return Ok(());
        }
        let all: Vec<_> =
            self.follows.iter().map(|told| (&told.pointer, told.code, &told.message.zh)).collect();
        let digest = digest_of(canonical(&(action.as_str(), &self.object, all)));
        if self.context.confirmed == Some(digest) {
            return Ok(());
        }
        let mut follows = std::mem::take(&mut self.follows);
        // What is written is much, where a table is imported; what follows from it is all told.
        let (written, mut told): (Vec<_>, Vec<_>) =
            follows.drain(..).partition(|told| matches!(told.code, "changed" | "added"));
        let more = written.len().saturating_sub(MOST_WRITTEN);
        told.extend(written.into_iter().take(MOST_WRITTEN));
        if more > 0 {
            told.push(FieldProblem::new("", "more", format!("另有{more}处"), format!("{more} more")));
        }
        Err(Error::unconfirmed(told, digest))
    }

    /// Takes the lock of a competition: from here to the end of the transaction nobody else changes anything in it, so
    /// read what decides only after this.
    pub(crate) fn enter(&mut self, conn: &mut Conn, competition: CompetitionId) -> Result<()> {
        self.enter_chain(conn, &competition.to_string())
    }

    /// Takes the lock of the competition of an application.
    ///
    /// # Errors
    /// If there is no such application.
    pub(crate) fn enter_competition_of(
        &mut self,
        conn: &mut Conn,
        id: ApplicationId,
    ) -> Result<CompetitionId> {
        if let Some((competition, head)) = db::audit::lock_of(conn, id)? {
            self.is_in(competition.to_string(), head);
            return Ok(competition);
        }
        let application = db::applications::by_id(conn, id)?.ok_or_else(Error::not_found)?;
        self.enter(conn, application.competition_id)?;
        Ok(application.competition_id)
    }

    /// Takes the lock of what belongs to no competition: accounts, sessions, reference data.
    pub(crate) fn enter_service(&mut self, conn: &mut Conn) -> Result<()> {
        self.enter_chain(conn, SERVICE_CHAIN)
    }

    fn enter_chain(&mut self, conn: &mut Conn, chain: &str) -> Result<()> {
        let head = db::audit::lock(conn, chain)?;
        self.is_in(chain.to_owned(), head);
        Ok(())
    }

    /// Notes the chain whose lock is held.
    fn is_in(&mut self, chain: String, head: Head) {
        lock(self.refused_in).0 = Some(chain.clone());
        self.chain = Some((chain, head));
    }

    /// Says what the act is on: kind and identifier.
    pub(crate) fn on(&mut self, kind: &str, id: impl std::fmt::Display) {
        self.object = format!("{kind}/{id}");
        lock(self.refused_in).1 = Some(self.object.clone());
    }

    /// Says what the content was and is.
    pub(crate) fn changed(&mut self, before: Option<Digest>, after: Option<Digest>) {
        self.before = before;
        self.after = after;
    }

    /// Adds a particular to the event. Never a password, a token or anything else that is secret.
    pub(crate) fn detail(&mut self, name: &'static str, value: &impl Serialize) {
        self.details.push((name, canonical_value(value)));
    }

    /// Says who acts, where the request shows it only by a secret that it carries.
    pub(crate) fn by(&mut self, account: &db::accounts::Account) {
        self.actor = Some(Actor { account: account.id, name: account.name.clone(), role: account.role });
    }

    pub(crate) fn is_by(&self, account: AccountId) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.account == account)
    }

    /// Makes the event that of a refusal, though what the act did is kept: a counted wrong password, an ended session.
    pub(crate) fn refuse(&mut self, code: &'static str) {
        self.refusal = Some(code);
    }

    /// Takes back [`Act::refuse`].
    pub(crate) fn accept(&mut self) {
        self.refusal = None;
    }

    fn append(self, conn: &mut Conn, action: Action) -> Result<()> {
        let (chain, head) = match self.chain {
            Some(chain) => chain,
            None => (SERVICE_CHAIN.to_owned(), db::audit::lock(conn, SERVICE_CHAIN)?),
        };
        let event = Event {
            format: EVENT_FORMAT.to_owned(),
            chain,
            seq: head.seq + 1,
            prev: head.digest,
            at: self.now.max(head.at),
            actor: self.actor,
            source: self.context.source.clone(),
            request: self.context.request,
            action: action.as_str().to_owned(),
            object: self.object,
            outcome: if self.refusal.is_some() { Outcome::Refused } else { Outcome::Done },
            reason: self.refusal.map(str::to_owned),
            before: self.before,
            after: self.after,
            details: self.details.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        db::audit::append(conn, &event)?;
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Service {
    /// What acts work with, from its parts.
    pub fn new(db: Db, clock: Clock, files: Arc<FileStore>, hasher: Hasher, keys: Keys) -> Self {
        let (configured, cache, damaged) = (Arc::default(), rules::Cache::default(), Arc::default());
        let (quotas, scanning) = (quotas::Quotas::default(), Arc::default());
        let protection = second_factor::Protection::default();
        let letters_to_owners = true;
        Self {
            db,
            clock,
            files,
            hasher,
            keys,
            platform: None,
            site: None,
            letters_to_owners,
            quotas,
            protection,
            configured,
            scanning,
            loops: loops::Loops::default(),
            cache,
            damaged,
            watched: jumps::Watched::default(),
        }
    }

    /// The same for a page, of which all that it reads goes together.
    pub(crate) fn in_one_snapshot(&self) -> Self {
        Self { db: self.db.in_one_snapshot(), ..self.clone() }
    }

    /// Does an act: `body` in one transaction with its event. A refusal undoes what `body` did and is recorded by an
    /// event of its own. A request that was answered before under the same idempotency key gets that answer again.
    pub(crate) async fn write<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        context: &Arc<RequestContext>,
        action: Action,
        mut body: impl FnMut(&mut Conn, &mut Act<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let now = self.clock.now();
        let refused_in = Arc::new(Mutex::new((None, None)));
        let outcome = {
            let (context, refused_in) = (Arc::clone(context), Arc::clone(&refused_in));
            let keys = self.keys.clone();
            self.db
                .write(action.as_str(), move |conn| {
                    if let Some(answer) = answers::stored(conn, &keys, &context, now)? {
                        return Ok(answer);
                    }
                    let mut act = Act::new(now, &context, &refused_in);
                    let value = body(conn, &mut act)?;
                    act.must_be_confirmed(action)?;
                    act.append(conn, action)?;
                    answers::store(conn, &keys, &context, now, &value)?;
                    Ok(value)
                })
                .await
        };
        let outcome = self.noted(outcome, Some(context)).await;
        if let Err(error) = &outcome
            && error.is_refusal()
        {
            self.record_refusal(context, action, error.code, &refused_in).await?;
        }
        outcome
    }

    /// Reads what everybody may.
    pub(crate) async fn read_public<T: Send + 'static>(
        &self,
        name: &'static str,
        body: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = self.db.read(name, body).await;
        self.noted(outcome, None).await
    }

    /// Passes on what came of an act; if it met a damaged document, that is recorded, and those who may know are told
    /// which.
    pub(crate) async fn noted<T>(&self, outcome: Result<T>, context: Option<&RequestContext>) -> Result<T> {
        let Err(error) = outcome else { return outcome };
        let Some(damage) = &error.damage else { return Err(error) };
        self.note_damage(damage).await;
        let role = context.and_then(|context| context.caller.as_ref()).map(|caller| caller.role);
        let knows = matches!(role, Some(Role::Office | Role::Supervisor | Role::Admin));
        Err(if knows || context.is_some_and(|context| context.operator) {
            error.naming_the_document()
        } else {
            error
        })
    }

    /// Records damage, once for a document: what supervisors are alarmed by. Whatever met it goes on to fail in any case,
    /// so that this fails is only logged.
    pub(crate) async fn note_damage(&self, damage: &Damage) {
        tracing::error!(document = damage.document, "a stored document does not match its digest");
        if !lock(&self.damaged).insert(damage.document.clone()) {
            return;
        }
        let (now, context, known) = (self.clock.now(), RequestContext::nobody(&self.clock), damage.clone());
        let noted = self.db.write("damage", move |conn| {
            let competition = match (known.competition, known.application) {
                (None, Some(id)) => db::applications::by_id(conn, id)?.map(|row| row.competition_id),
                (competition, _) => competition,
            };
            let chain = competition.map_or_else(|| SERVICE_CHAIN.to_owned(), |id| id.to_string());
            let place = Mutex::new((None, None));
            let mut act = Act::new(now, &context, &place);
            act.enter_chain(conn, &chain)?;
            act.object = format!("document/{}", known.document);
            if db::audit::has(conn, &chain, Action::NoteDamage.as_str(), &act.object)? {
                return Ok(());
            }
            act.append(conn, Action::NoteDamage)
        });
        if let Err(error) = noted.await {
            lock(&self.damaged).remove(&damage.document);
            tracing::error!(%error, "damage can't be recorded");
        }
    }

    /// Records that an act was refused before it began, or in it.
    async fn record_refusal(
        &self,
        context: &Arc<RequestContext>,
        action: Action,
        code: &'static str,
        place: &Arc<Mutex<(Option<String>, Option<String>)>>,
    ) -> Result<()> {
        let now = self.clock.now();
        let (context, place) = (Arc::clone(context), Arc::clone(place));
        self.db
            .write("refusal", move |conn| {
                let (chain, object) = lock(&place).clone();
                let mut act = Act::new(now, &context, &place);
                if let Some(chain) = chain {
                    act.enter_chain(conn, &chain)?;
                }
                act.object = object.unwrap_or_default();
                act.refuse(code);
                act.append(conn, action)
            })
            .await
    }

    /// Reads something that not everybody may; a refusal is recorded.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        context: &Arc<RequestContext>,
        action: Action,
        object: String,
        mut body: impl FnMut(&mut Conn, &RequestContext) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = {
            let context = Arc::clone(context);
            self.db.read(action.as_str(), move |conn| body(conn, &context)).await
        };
        let outcome = self.noted(outcome, Some(context)).await;
        if let Err(error) = &outcome
            && error.is_refusal()
            && context.caller.is_some()
        {
            let place = Arc::new(Mutex::new((None, Some(object))));
            self.record_refusal(context, action, error.code, &place).await?;
        }
        outcome
    }

    /// Records that somebody was refused because of their role, before anything of their request was read.
    ///
    /// # Errors
    /// If it can't be recorded.
    pub async fn refused_by_role(
        &self,
        context: &Arc<RequestContext>,
        action: Action,
        code: &'static str,
    ) -> Result<()> {
        self.record_refusal(context, action, code, &Arc::new(Mutex::new((None, None)))).await
    }
}

/// Refuses an act without a reason of 1 to 1,000 characters.
pub(crate) fn need_reason(reason: &str) -> Result<()> {
    let mut problems = Vec::new();
    check_text(&mut problems, "/reason", reason, 1, 1_000);
    must_be_valid(problems)
}

impl<'a> Act<'a> {
    fn new(
        now: Timestamp,
        context: &'a RequestContext,
        refused_in: &'a Mutex<(Option<String>, Option<String>)>,
    ) -> Self {
        Self {
            now,
            context,
            actor: context.caller.as_ref().map(|caller| Actor {
                account: caller.account,
                name: caller.name.clone(),
                role: caller.role,
            }),
            refusal: None,
            chain: None,
            object: String::new(),
            before: None,
            after: None,
            details: Vec::new(),
            refused_in,
            follows: Vec::new(),
            insists: false,
        }
    }

    pub(crate) fn account(&self) -> Result<AccountId> {
        Ok(self.context.caller()?.account)
    }
}

/// What was read, or the damage that kept it from being read.
pub(crate) fn unless_damaged<T>(outcome: Result<T>) -> Result<(Option<T>, Option<Damage>)> {
    match outcome {
        Ok(value) => Ok((Some(value), None)),
        Err(Error { damage: Some(damage), .. }) => Ok((None, Some(*damage))),
        Err(error) => Err(error),
    }
}

/// Reads stored JSON. That it can't be read is our fault, never the caller's.
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    record::parse(text).map_err(Error::internal)
}

/// A part of a list, and where the next begins.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

/// Written out because a page is called after what it lists: a page of `AccountView` is an `AccountPage`.
impl<T: JsonSchema> JsonSchema for Page<T> {
    fn schema_name() -> Cow<'static, str> {
        let name = T::schema_name();
        let thing = name.strip_suffix("View").or(name.strip_suffix("Entry")).unwrap_or(&name);
        format!("{thing}Page").into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<Vec<T>>();
        json_schema!({
            "type": "object",
            "description": "A part of a list, and where the next begins.",
            "properties": {
                "items": items,
                "next_cursor": {
                    "type": ["string", "null"],
                    "description": "Sent as `cursor` for the next part; absent at the end.",
                },
            },
            "required": ["items"],
        })
    }
}

impl<T> Page<T> {
    /// How many rows to ask for, to know whether there are more than `limit`.
    pub(crate) fn rows(limit: usize) -> i64 {
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    }

    /// A page of at most `limit` of the rows; `cursor` says where one stands in the order of the list.
    pub(crate) fn of(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next_cursor }
    }

    /// The same page of other entries.
    pub(crate) fn map<U>(self, view: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(view).collect(), next_cursor: self.next_cursor }
    }
}
