//! Whether whoever objects can be reached: a code goes by mail to the address that they gave, and they enter it.
//!
//! The code is a MAC of the objection under a key outside the database, put into the letter only when that is handed over:
//! neither the database nor the list of letters shows it. The letter's text is fixed, with nothing in it that a stranger
//! wrote, and so many go a day to one address, from one source and in all.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use validator::ValidateEmail;

use super::{Code, ObjectionStatusView, by_code, readable, status_of};
use crate::actions::{RequestContext, Service};
use crate::clock::Clock;
use crate::db::Conn;
use crate::db::letters::{self, Letter};
use crate::db::objections::{self, Objection};
use crate::domain::access::Action;
use crate::domain::ids::{LetterId, ObjectionId};
use crate::domain::objection::{ObjectionState, Objector};
use crate::domain::record::digest_of;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::keys::{Keys, Purpose};

/// What letters of this kind are known by, before the objection's identifier.
const KEY: &str = "reach/";
/// What stands in the stored letter for the code.
const PLACE: &str = "{code}";

/// A proof that a letter arrived.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ConfirmReach {
    /// The code of the receipt.
    pub code: String,
    /// The code of the letter.
    pub mailed_code: String,
}

/// The address among what somebody gave as contact, if there is one.
pub(super) fn address_of(objector: &Objector) -> Option<&str> {
    let mut words = objector.contact.split(|c: char| c.is_whitespace() || "，,；;、：:".contains(c));
    let is_of_a_host = |word: &str| word.rsplit('@').next().is_some_and(|host| host.contains('.'));
    words.find(|word| word.validate_email() && is_of_a_host(word))
}

/// The letter that asks whoever filed an objection to show that it reached them.
pub(super) fn letter(
    clock: &Clock,
    address: &str,
    objection: &Objection,
    title: &str,
    now: Timestamp,
) -> Letter {
    let number = &objection.number;
    Letter {
        competition_id: Some(objection.competition_id),
        ..Letter::new(
            LetterId(clock.new_id()),
            format!("{KEY}{}", objection.id),
            address,
            format!("确认联系方式：异议 {number}"),
            format!(
                "{title}公示期间收到编号为 {number} 的异议，所留联系方式为本邮箱。\n\n确认码：{PLACE}\n\n请在异议回执或“异议”页填写查询码和确认码，\
             以核实您可以联系到。如非本人提出，请忽略本邮件。\n\n----\n\n\
             An objection with the number {number} was filed and names this address as its contact.\n\nCode: {PLACE}\n\n\
             Enter it with the code of the receipt, to show that you can be reached. If it was not you, ignore this letter."
            ),
            now,
        )
    }
}

/// The text of a letter as it is handed over.
pub(crate) fn with_code(keys: &Keys, letter: &Letter) -> String {
    let objection = letter.dedupe_key.strip_prefix(KEY).and_then(|id| id.parse::<ObjectionId>().ok());
    match objection {
        Some(id) => letter.body.replace(PLACE, &mailed_code(keys, id)),
        None => letter.body.clone(),
    }
}

fn mailed_code(keys: &Keys, id: ObjectionId) -> String {
    let mac = keys.mac(Purpose::ReachCode, id.to_string().as_bytes());
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&mac[..10]);
    readable(&bytes)
}

/// Whether a letter has been written about an objection.
pub(super) fn is_written(conn: &mut Conn, id: ObjectionId) -> Result<bool> {
    letters::is_written(conn, &format!("{KEY}{id}"))
}

/// Shows that whoever objects was reached by mail: from then on the objection holds its name back though the office has
/// not accepted it yet.
///
/// # Errors
/// If there is no such code, the code of the letter is another, or the objection no longer waits to be accepted.
pub async fn confirm(
    service: &Service,
    context: &Arc<RequestContext>,
    said: ConfirmReach,
) -> Result<ObjectionStatusView> {
    let (keys, code) = (service.keys.clone(), Code::of(&service.keys, &said.code));
    let scanning = Arc::clone(&service.scanning);
    service
        .write(context, Action::Object, move |conn, act| {
            let found = by_code(conn, code)?;
            act.enter(conn, found.competition_id)?;
            act.on("objection", found.id);
            let mut row = by_code(conn, code)?;
            // Digests are compared: how long that takes tells nothing of the code.
            let right = mailed_code(&keys, row.id);
            let given = said.mailed_code.trim().to_uppercase();
            if !is_written(conn, row.id)? || digest_of(right) != digest_of(given) {
                return Err(Error::invalid_field(
                    "/mailed_code",
                    "wrong_code",
                    "确认码不符，请核对邮件",
                    "This is not the code of the letter; look at it again",
                ));
            }
            if row.reached_at.is_none() {
                if row.state != ObjectionState::Received {
                    return Err(Error::conflict(
                        "no_such_step",
                        "该异议已受理或已办结，无须确认",
                        "The objection was accepted or closed; there is nothing to confirm",
                    ));
                }
                act.detail("how", &"mail");
                row.reached_at = Some(act.now);
                row.revision += 1;
                row.changed_at = act.now;
                objections::update(conn, &row)?;
            }
            status_of(conn, &scanning, &row)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_among_what_was_given_as_contact() {
        let of = |contact: &str| {
            let objector = Objector { name: String::new(), contact: contact.to_owned(), unit: String::new() };
            address_of(&objector).map(str::to_owned)
        };
        assert_eq!(of("13900000000"), None);
        assert_eq!(of("a@b.cn").as_deref(), Some("a@b.cn"));
        assert_eq!(of("电话 13900000000，邮箱：zhao@example.org；晚上").as_deref(), Some("zhao@example.org"));
        assert_eq!(of("a@b\r\nBcc"), None);
    }
}
