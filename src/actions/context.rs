//! Who asks for what: the request that an act belongs to.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::access::{
    Action, Denial, OfficeDuties, Relation, Role, Subject, decide, is_open_without_second_factor,
};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, RequestId, SessionId};
use crate::domain::machine::MachineScope;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

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
    /// Its duties, for somebody of the office.
    pub duties: OfficeDuties,
    /// The session that it acts in.
    pub session: SessionId,
    /// When its token ends at the latest.
    pub good_until: Timestamp,
    /// Whether it must set up a second factor before anything else.
    pub owes_second_factor: bool,
    pub has_second_factor: bool,
    /// When it last showed who it is, all of it.
    pub proved_at: Timestamp,
    /// Set where it is an external system.
    pub machine: Option<Arc<MachineCaller>>,
}

/// An external system that is acting.
#[derive(Debug, PartialEq, Eq)]
pub struct MachineCaller {
    pub scope: MachineScope,
    /// Its last use that was noted, and from where.
    pub used_at: Option<Timestamp>,
    pub used_from: Option<String>,
}

impl Caller {
    /// What access decisions need to know of it.
    pub fn subject(&self) -> Subject {
        Subject {
            account: self.account,
            role: self.role,
            region: self.region.clone(),
            duties: self.duties.clone(),
        }
    }
}

/// Under what a request is done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The key that the caller chose.
    pub key: String,
    /// The digest of all that is asked.
    pub fingerprint: Digest,
    /// Whether the answer has a secret, so that it must not be kept where it can be read.
    pub in_secret: bool,
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
    pub idempotency: Option<Idempotency>,
    /// Set where the answer is that of an earlier request with the same key.
    pub replayed: Arc<AtomicBool>,
    /// Whether a person sends it from a page, who is told what follows from an act that can't be undone.
    pub by_form: bool,
    /// The digest of what the caller has been told, and confirms.
    pub confirmed: Option<Digest>,
    /// Whether it only asks if the act would be done.
    pub only_validates: bool,
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
            only_validates: false,
        }
    }

    /// The operator, at the command line.
    pub fn of_operator(clock: &Clock) -> Arc<Self> {
        let context = Self::new(None, "", RequestId(clock.new_id()), clock.now());
        Arc::new(Self { operator: true, ..context })
    }

    /// The operator, at the command line, who reads as supervisors do.
    pub fn of_operator_reading(clock: &Clock) -> Arc<Self> {
        let caller = Caller {
            account: AccountId(Uuid::nil()),
            name: String::new(),
            display_name: String::new(),
            role: Role::Supervisor,
            region: None,
            duties: OfficeDuties::default(),
            session: SessionId(Uuid::nil()),
            good_until: clock.now(),
            owes_second_factor: false,
            has_second_factor: true,
            proved_at: clock.now(),
            machine: None,
        };
        Arc::new(Self::new(Some(caller), "", RequestId(clock.new_id()), clock.now()))
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
                "您的角色须先在“我的账号—两步验证”（`/account/second-factor`）设置两步验证",
                "Your role needs a second factor: set it up first, at /account/second-factor",
            ));
        }
        let subject = self.caller.as_ref().map(Caller::subject);
        decide(subject.as_ref(), action, relation).map_err(|denial| match denial {
            Denial::LogInFirst => log_in_first(),
            Denial::NotYourRole => {
                Error::forbidden("not_your_role", "您的角色无权进行此操作", "Your role may not do this")
            }
            Denial::NotYourDuty(duty) => {
                let (zh, en) = duty.names();
                Error::forbidden(
                    "not_your_duty",
                    format!("此操作由办公室有“{zh}”职责的人员办理，您的账号没有该职责"),
                    format!("This is for accounts of the office with the duty “{en}”, which yours has not got"),
                )
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
