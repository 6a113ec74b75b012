//! What the service itself came upon: damage, files in quarantine, jumps of its clock.

use std::collections::BTreeMap;

use super::ByAlarms;
use super::recorded::chains_of;
use super::views::{AlarmSubject, AlarmView};
use crate::actions::jumps::recorded_jump;
use crate::actions::parse;
use crate::db::audit::SERVICE_CHAIN;
use crate::db::competitions::Competition;
use crate::db::{Conn, alarms as rows};
use crate::domain::access::Action;
use crate::domain::alarms::AlarmKind;
use crate::domain::ids::CompetitionId;
use crate::domain::record::Event;
use crate::error::Result;

/// What the service itself came upon in some competitions, and in what belongs to none: reference data, which every competition
/// rests on.
pub(super) fn come_upon(
    conn: &mut Conn,
    ids: &[CompetitionId],
) -> Result<BTreeMap<CompetitionId, Vec<AlarmView>>> {
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

pub(super) fn damage(event: &Event) -> AlarmView {
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
pub(super) fn jumps(conn: &mut Conn, competitions: &[Competition], found: &mut ByAlarms) -> Result<()> {
    for (_, _, body) in rows::events(conn, vec![SERVICE_CHAIN.to_owned()], &[Action::NoteJump])? {
        let event: Event = parse(&body)?;
        let Some(jump) = recorded_jump(&event) else { continue };
        let alarm = AlarmView::new(
            AlarmKind::ClockJumped,
            event.at,
            AlarmSubject::Clock,
            (
                format!("服务器的时钟由{}跳到{}（{}秒）", jump.expected_at, jump.found_at, jump.seconds),
                format!(
                    "The machine's clock jumped from {} to {} ({} s)",
                    jump.expected_at, jump.found_at, jump.seconds
                ),
            ),
        );
        for competition in competitions.iter().filter(|competition| competition.created_at <= event.at) {
            found.entry(competition.id).or_default().push(alarm.clone());
        }
    }
    Ok(())
}
