//! Filing an objection, and looking it up again by its code.

use std::sync::Arc;

use super::reaching;
use super::{
    FileObjection, LookUp, ObjectionReceiptView, ObjectionStatusView, files_of, name_on, status_view,
};
use crate::actions::rules::visible_competition;
use crate::actions::scans::Scanning;
use crate::actions::{Act, RequestContext, Service, documents};
use crate::db::competitions::Competition;
use crate::db::objections::{self, Objection};
use crate::db::{self, Conn, letters};
use crate::domain::access::Action;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId, ObjectionId};
use crate::domain::notice::Notice;
use crate::domain::objection::{ObjectionState, check_objection};
use crate::domain::record::{Digest, DocumentKind, canonical, digest_of};
use crate::domain::typed;
use crate::domain::working_days::FirstDay;
use crate::error::{Error, Result, must_be_valid};
use crate::keys::{Keys, Purpose};

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
    context: &Arc<RequestContext>,
    id: CompetitionId,
    filed: FileObjection,
) -> Result<ObjectionReceiptView> {
    let (cache, quotas, clock) = (service.cache.clone(), service.quotas, service.clock.clone());
    let mails = service.configured.mail_from.is_some();
    let objection_id = ObjectionId(service.clock.new_id());
    // Ten letters and digits that nobody takes for one another: 50 bits, in two groups.
    let code = readable(&service.clock.secret::<10>());
    let sealed = Code::of(&service.keys, &code).sealed;
    service
        .write(context, Action::Object, move |conn, act| {
            visible_competition(conn, &cache, act.context, id)?;
            act.enter(conn, id)?;
            act.on("objection", objection_id);
            let (competition, rules) = visible_competition(conn, &cache, act.context, id)?;
            let notice = notice_that_runs(conn, act, &competition, filed.application_id)?;
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
            quotas.file(conn, act.now, &act.context.source, filed.objector.as_ref())?;
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
                channel: None,
            };
            objections::insert(conn, &row)?;
            let address = filed.objector.as_ref().and_then(reaching::address_of).filter(|_| mails);
            let mailed = match address {
                Some(address) if quotas.may_mail(conn, act.now, &act.context.source, address)? => {
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
                notice_title: notice.title.clone(),
                name: name_on(&notice, filed.application_id),
                code: code.clone(),
                received_at: row.received_at,
                state: row.state,
                due_at: row.due,
                mailed,
            })
        })
        .await
}

/// The notice that an application is on, where objections to it come in time.
fn notice_that_runs(
    conn: &mut Conn,
    act: &Act<'_>,
    competition: &Competition,
    application: ApplicationId,
) -> Result<Notice> {
    let notice = that_may_be_objected_to(conn, competition, application)?;
    if act.context.received_at > notice.deadline {
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
    Ok(notice)
}

/// The notice that an application is on, whose names may be objected to.
pub(super) fn that_may_be_objected_to(
    conn: &mut Conn,
    competition: &Competition,
    application: ApplicationId,
) -> Result<Notice> {
    let notice = on_notice(conn, competition.id, application)?
        .filter(|_| matches!(competition.state, CompetitionState::Notice | CompetitionState::Announced));
    notice.ok_or_else(|| {
        Error::conflict(
            "not_on_notice",
            "该名称不在公示名单",
            "This name is not on the list that is on notice",
        )
    })
}

/// Bytes as text that can be read over the telephone.
pub(in crate::actions) fn readable(bytes: &[u8; 10]) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    let (first, second) = letters.split_at(5);
    format!("{}-{}", first.iter().collect::<String>(), second.iter().collect::<String>())
}

/// A code as the database knows it.
#[derive(Clone, Copy)]
pub(in crate::actions) struct Code {
    sealed: Digest,
    /// As releases before stored it: a digest, from which the code could be searched for without the keys.
    plain: Digest,
}

impl Code {
    pub(in crate::actions) fn of(keys: &Keys, written: &str) -> Self {
        let mut code = typed::code(written);
        // As it is on the receipt.
        if code.len() == 10 && code.is_ascii() {
            code.insert(5, '-');
        }
        let sealed = Digest(keys.mac(Purpose::ObjectionCode, code.as_bytes()));
        Self { sealed, plain: digest_of(code) }
    }

    pub(super) fn sealed(self) -> Digest {
        self.sealed
    }
}

pub(in crate::actions) fn by_code(conn: &mut Conn, code: Code) -> Result<Objection> {
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
pub(in crate::actions) fn status_of(
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
        .read_public("objection.look_up", move |conn| {
            let row = by_code(conn, code)?;
            status_of(conn, &scanning, &row)
        })
        .await
}
