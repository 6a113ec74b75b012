//! Jumps of the machine's time of day: found, recorded, and settled by what follows or by a person. Meanwhile the service
//! goes on by the time that it trusted, and closes no stage by itself.

use std::sync::{Arc, Mutex};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex as Guard;

use super::need_reason;
use super::{Act, RequestContext, Service, parse};
use crate::db::audit::SERVICE_CHAIN;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::JumpId;
use crate::domain::jump::{Finding, Jump, Watch};
use crate::domain::lengths;
use crate::domain::record::{Event, canonical_value};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// A jump is recorded a minute after another at the earliest: a clock that goes mad does not fill the trail.
const RECORDED_EVERY: i64 = 60_000_000;

/// So long after a start no stage is closed: the machine may be setting its clock.
const SETTLING_IN: i64 = 60_000_000;

/// What a process knows of its machine's time of day.
#[derive(Clone)]
struct State {
    watch: Watch,
    /// When it began.
    begun: i64,
    /// The jump that is recorded and not settled.
    open: Option<JumpId>,
    /// When the last was recorded.
    recorded: Option<i64>,
    /// One that is not recorded yet.
    unrecorded: Option<Jump>,
}

/// What a process knows of its machine's time of day, once it has looked.
#[derive(Clone, Default)]
pub(crate) struct Watched(Arc<Guard<Option<State>>>);

/// A jump that nobody has settled.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct JumpView {
    pub id: JumpId,
    /// When it was recorded, by the time that the service goes by.
    pub at: Timestamp,
    /// What the time of day should have been.
    pub expected_at: Timestamp,
    /// What it was.
    pub found_at: Timestamp,
    /// Seconds that it went ahead; negative where it went back.
    pub seconds: i64,
}

/// The service's clock.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ClockView {
    /// The time that the service goes by.
    pub at: Timestamp,
    /// The machine's time of day.
    pub machine_at: Timestamp,
    /// Whether the machine's time of day is believed.
    pub believed: bool,
    /// Jumps that nobody has settled, oldest first.
    pub jumps: Vec<JumpView>,
}

/// Why a person believes the machine's time of day.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ConfirmClock {
    /// How it was found to be right.
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub reason: String,
}

fn object(id: JumpId) -> String {
    format!("clock/{id}")
}

pub(super) fn recorded_jump(event: &Event) -> Option<JumpView> {
    let time = |name: &str| event.details.get(name)?.as_str()?.parse::<Timestamp>().ok();
    let (from, to) = (time("from")?, time("to")?);
    let id = event.object.strip_prefix("clock/")?.parse().ok()?;
    Some(JumpView { id, at: event.at, expected_at: from, found_at: to, seconds: to.seconds_since(from) })
}

/// Jumps that are recorded and that nobody has settled, oldest first.
fn open_jumps(conn: &mut Conn) -> Result<Vec<JumpView>> {
    let actions = [Action::NoteJump, Action::SettleJump, Action::ConfirmClock];
    let mut open: Vec<JumpView> = Vec::new();
    for (_, _, body) in db::alarms::events(conn, vec![SERVICE_CHAIN.to_owned()], &actions)? {
        let event: Event = parse(&body)?;
        let over = event.details.get("instead_of").and_then(Value::as_str).unwrap_or(&event.object);
        open.retain(|jump| object(jump.id) != over);
        if event.action == Action::NoteJump.as_str() {
            open.extend(recorded_jump(&event));
        }
    }
    Ok(open)
}

/// Whether a person has confirmed a jump: attempts that were refused are recorded too, and are none.
fn is_confirmed(conn: &mut Conn, id: JumpId) -> Result<bool> {
    let confirmed = db::alarms::events(conn, vec![SERVICE_CHAIN.to_owned()], &[Action::ConfirmClock])?;
    for (_, _, body) in confirmed {
        if parse::<Event>(&body)?.object == object(id) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Records what the service itself found.
async fn record(
    service: &Service,
    action: Action,
    id: JumpId,
    details: Vec<(&'static str, Value)>,
) -> Result<()> {
    let (now, context) = (service.clock.now(), RequestContext::nobody(&service.clock));
    let recorded = service.db.write(action.as_str(), move |conn| {
        let place = Mutex::new((None, None));
        let mut act = Act::new(now, &context, &place);
        act.enter_service(conn)?;
        act.on("clock", id);
        act.details.clone_from(&details);
        act.append(conn, action)
    });
    recorded.await
}

impl State {
    async fn look(&mut self, service: &Service) -> Result<()> {
        let reading = service.clock.reading();
        match self.watch.read(reading) {
            Finding::Believed => service.clock.trust(reading),
            Finding::Settled(how) => {
                service.clock.trust(reading);
                self.unrecorded = None;
                tracing::warn!(how = how.as_str(), "the machine's time of day is believed again");
                if let Some(id) = self.open.take() {
                    record(service, Action::SettleJump, id, vec![("how", canonical_value(&how))]).await?;
                }
            }
            Finding::Jumped(jump) => self.doubt(jump),
            Finding::Doubtful => {}
        }
        self.record(service).await?;
        self.ask(service).await
    }

    fn doubt(&mut self, jump: Jump) {
        tracing::error!(from = %jump.from, to = %jump.to, "the machine's time of day has jumped and is not believed");
        self.unrecorded = Some(jump);
    }

    /// Records a jump that is not yet.
    async fn record(&mut self, service: &Service) -> Result<()> {
        let elapsed = service.clock.elapsed();
        let Some(jump) = self.unrecorded else { return Ok(()) };
        if self.recorded.is_some_and(|recorded| elapsed - recorded < RECORDED_EVERY) {
            return Ok(());
        }
        let id = JumpId(service.clock.new_id());
        let seconds = jump.to.seconds_since(jump.from);
        let mut details = vec![
            ("from", canonical_value(&jump.from)),
            ("to", canonical_value(&jump.to)),
            ("seconds", canonical_value(&seconds)),
        ];
        details.extend(self.open.map(|before| ("instead_of", canonical_value(&object(before)))));
        record(service, Action::NoteJump, id, details).await?;
        (self.open, self.recorded, self.unrecorded) = (Some(id), Some(elapsed), None);
        Ok(())
    }

    /// Looks whether a person has confirmed the time of day. Who confirmed the jump before did not see one that is not
    /// recorded yet.
    async fn ask(&mut self, service: &Service) -> Result<()> {
        let (Some(id), Some(doubted), None) = (self.open, self.watch.doubted(), self.unrecorded) else {
            return Ok(());
        };
        let confirmed = service.read_public("clock.confirmed", move |conn| is_confirmed(conn, id));
        if confirmed.await? {
            let reading = doubted.at(service.clock.elapsed());
            self.watch.believe(reading);
            self.open = None;
            service.clock.trust(reading);
            tracing::warn!("a person has confirmed the machine's time of day");
        }
        Ok(())
    }
}

/// Compares the machine's time of day with the last thing recorded: to be done before anything is served.
///
/// # Errors
/// If the database fails.
pub async fn begin(service: &Service) -> Result<()> {
    let reading = service.clock.reading();
    let (last, open) =
        service.read_public("clock.begin", |conn| Ok((db::audit::last_at(conn)?, open_jumps(conn)?))).await?;
    let newest = open.last().map(|jump| Jump { from: jump.expected_at, to: jump.found_at });
    let (watch, finding) = Watch::begin(reading, last, newest);
    service.clock.trust(watch.trusted(reading.elapsed));
    let mut state = State { watch, begun: reading.elapsed, open: None, recorded: None, unrecorded: None };
    match finding {
        Finding::Jumped(jump) => state.doubt(jump),
        Finding::Doubtful => state.open = open.last().map(|jump| jump.id),
        // What another process doubts is its own to settle.
        Finding::Settled(how) if service.db.writes_alone() => {
            for jump in &open {
                record(service, Action::SettleJump, jump.id, vec![("how", canonical_value(&how))]).await?;
            }
        }
        Finding::Believed | Finding::Settled(_) => {}
    }
    state.record(service).await?;
    *service.watched.0.lock().await = Some(state);
    Ok(())
}

/// Takes the next reading of the machine's time of day: to be done every second.
///
/// # Errors
/// If the database fails. The time that the service goes by is right even then.
pub async fn look(service: &Service) -> Result<()> {
    match service.watched.0.lock().await.as_mut() {
        Some(state) => state.look(service).await,
        None => Ok(()),
    }
}

/// Whether stages may be closed because a time has come: not in the first minute, nor while the machine's time of day is
/// doubted.
pub(crate) async fn may_close(service: &Service) -> bool {
    let watched = service.watched.0.lock().await;
    watched.as_ref().is_none_or(|state| {
        state.watch.doubted().is_none() && service.clock.elapsed() - state.begun >= SETTLING_IN
    })
}

async fn view(service: &Service, jumps: Vec<JumpView>) -> ClockView {
    let watched = service.watched.0.lock().await;
    let believed = watched.as_ref().is_none_or(|state| state.watch.doubted().is_none());
    let reading = service.clock.reading();
    ClockView { at: service.clock.now(), machine_at: reading.wall, believed, jumps }
}

/// The service's clock.
///
/// # Errors
/// If the caller is none who keeps or watches the service, or the database fails.
pub async fn read(service: &Service, context: &Arc<RequestContext>) -> Result<ClockView> {
    let jumps = service.read(context, Action::ReadClock, "service".to_owned(), |conn, context| {
        context.may(Action::ReadClock, Relation::General)?;
        open_jumps(conn)
    });
    let jumps = jumps.await?;
    Ok(view(service, jumps).await)
}

/// Says that the time of day to which the machine has jumped is the right one. The service goes by it from then on.
///
/// # Errors
/// If the caller may not, the jump is not open, or there is no reason.
pub async fn confirm(
    service: &Service,
    context: &Arc<RequestContext>,
    id: JumpId,
    confirm: ConfirmClock,
) -> Result<ClockView> {
    service
        .write(context, Action::ConfirmClock, move |conn, act| {
            act.enter_service(conn)?;
            act.on("clock", id);
            act.context.may(Action::ConfirmClock, Relation::General)?;
            need_reason(&confirm.reason)?;
            if open_jumps(conn)?.iter().all(|jump| jump.id != id) {
                return Err(Error::not_found());
            }
            act.detail("reason", &confirm.reason);
            Ok(())
        })
        .await?;
    look(service).await?;
    let jumps = service.read_public("clock.read", open_jumps).await?;
    Ok(view(service, jumps).await)
}
