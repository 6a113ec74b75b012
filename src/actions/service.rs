//! What acts need, and how they are done: by one transaction each.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::act::Act;
use super::context::RequestContext;
use super::{Hasher, answers, health, jumps, lock, loops, quotas, rules, scans, second_factor, webhooks};
use crate::clock::Clock;
use crate::courier::Courier;
use crate::db::audit::SERVICE_CHAIN;
use crate::db::{self, Conn, Db};
use crate::domain::access::{Action, Role};
use crate::domain::passkey::Site;
use crate::error::{Damage, Error, Result};
use crate::files::{FileStore, Fonts};
use crate::keys::Keys;
use crate::oidc::Platform;

/// What every act works with. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub db: Db,
    /// Time, chance and identifiers.
    pub clock: Clock,
    pub files: Arc<FileStore>,
    /// What documents are set in.
    pub fonts: Arc<Fonts>,
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
    /// Hands messages to the receivers of webhooks.
    pub courier: Courier,
    pub(super) deliveries: Arc<webhooks::Deliveries>,
    /// What goes on in the background.
    pub loops: loops::Loops,
    /// Settings and reference data that have been read already.
    pub(crate) cache: rules::Cache,
    /// Damaged documents that are recorded already.
    damaged: Arc<Mutex<BTreeSet<String>>>,
    /// What is known of the machine's time of day.
    pub(super) watched: jumps::Watched,
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
            fonts: Arc::default(),
            hasher,
            keys,
            platform: None,
            site: None,
            letters_to_owners,
            quotas,
            protection,
            configured,
            scanning,
            courier: Courier::default(),
            deliveries: Arc::default(),
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
                    if context.only_validates {
                        return Err(Error::would_be_done());
                    }
                    act.append(conn, action)?;
                    answers::store(conn, &keys, &context, now, &value)?;
                    Ok(value)
                })
                .await
        };
        let outcome = self.noted(outcome, Some(context)).await;
        if let Err(error) = &outcome
            && error.is_refusal()
            && !context.only_validates
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

/// What was read, or the damage that kept it from being read.
pub(crate) fn unless_damaged<T>(outcome: Result<T>) -> Result<(Option<T>, Option<Damage>)> {
    match outcome {
        Ok(value) => Ok((Some(value), None)),
        Err(Error { damage: Some(damage), .. }) => Ok((None, Some(*damage))),
        Err(error) => Err(error),
    }
}
