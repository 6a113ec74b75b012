//! What can go wrong with a request, sorted by what the caller can do about it.
//!
//! What is told outside (`code`, `message`, `problems`) and what is only logged (`inside`) are kept apart.

use std::fmt;

use crate::domain::blocker::Blocker;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::problem::{FieldProblem, Message};
use crate::domain::record::Digest;
use crate::domain::values::{Language, count};

/// The result of an act.
pub type Result<T> = std::result::Result<T, Error>;

/// What the caller can do about an error; each kind is one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: it would be done, and no more was asked (204).
    WouldBeDone,
    /// Write the request properly (400).
    BadRequest,
    /// Say who you are (401).
    Unauthenticated,
    /// Ask somebody who may (403).
    Forbidden,
    /// Nothing: there is no such thing, or you may not know that there is (404).
    NotFound,
    /// Use a method that the resource has (405).
    MethodNotAllowed,
    /// Send faster (408).
    Timeout,
    /// Wait for, or bring about, another state (409).
    Conflict,
    /// Begin anew (410).
    Gone,
    /// Read again and repeat (412).
    Stale,
    /// Send less (413).
    TooLarge,
    /// Send another type (415).
    UnsupportedMediaType,
    /// Ask for a part that there is (416).
    NoSuchPart,
    /// Correct the fields named (422).
    Invalid,
    /// Say what you saw: which revision, or what follows from the act (428).
    PreconditionRequired,
    /// Ask more slowly (429).
    TooManyRequests,
    /// Tell the operator (500).
    Internal,
    /// Come back later (503).
    Busy,
    /// Tell the operator that the disk is full (507).
    InsufficientStorage,
}

impl Kind {
    pub fn status(self) -> u16 {
        match self {
            Self::WouldBeDone => 204,
            Self::BadRequest => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Timeout => 408,
            Self::Conflict => 409,
            Self::Gone => 410,
            Self::Stale => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::NoSuchPart => 416,
            Self::Invalid => 422,
            Self::PreconditionRequired => 428,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Busy => 503,
            Self::InsufficientStorage => 507,
        }
    }
}

const OUTCOME_UNKNOWN: &str = "outcome_unknown";

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What the caller can do.
    pub kind: Kind,
    /// What happened, for programs: snake case, stable, listed in `docs/errors.md`.
    pub code: &'static str,
    /// What happened, for people.
    pub message: Message,
    /// The single things that are wrong, missing, or have changed meanwhile.
    pub problems: Vec<FieldProblem>,
    /// The revision that the thing has now, where the caller's was another.
    pub revision: Option<i64>,
    /// After how many seconds to try again.
    pub retry_after: Option<u32>,
    /// What only the log is told.
    pub inside: Option<String>,
    /// The document that is not what was stored, if it is about one.
    pub damage: Option<Box<Damage>>,
    /// What is the matter with the database, if that is why.
    pub trouble: Option<Trouble>,
    /// By what the caller confirms what follows from the act, which `problems` list.
    pub confirm: Option<Box<Digest>>,
}

/// What is the matter with a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The transaction met another one and was undone: it may be run again.
    Collided,
    /// Somebody holds what it needs.
    Locked,
    /// It took longer than it may.
    Slow,
    /// It can't be reached: lost, restarting, or it takes no more connections.
    Away,
    /// It can only be read.
    ReadOnly,
    /// Its disk is full.
    Full,
    /// Its file can't be read or written as it must.
    Broken,
}

impl Error {
    /// An error without further particulars.
    pub fn new(kind: Kind, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            message: Message::new(zh, en),
            problems: Vec::new(),
            revision: None,
            retry_after: None,
            inside: None,
            damage: None,
            trouble: None,
            confirm: None,
        }
    }

    /// What follows from the act has to be confirmed first, by its digest.
    pub fn unconfirmed(consequences: Vec<FieldProblem>, digest: Digest) -> Self {
        let mut error = Self::new(
            Kind::PreconditionRequired,
            "confirmation_required",
            "请先核对此操作的后果，再以 Confirm 头附上 confirm 的值确认；操作尚未生效",
            "Look at what follows from this, then confirm it: send it again with `confirm` in the header `Confirm`. Nothing was done yet",
        );
        error.problems = consequences;
        error.confirm = Some(Box::new(digest));
        error
    }

    /// The request can't be understood.
    pub fn bad_request(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, code, zh, en)
    }

    /// The state of things forbids the act.
    pub fn conflict(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, code, zh, en)
    }

    /// The caller may not.
    pub fn forbidden(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, code, zh, en)
    }

    /// What an act ends with, undone, that only was to be tried.
    pub(crate) fn would_be_done() -> Self {
        Self::new(
            Kind::WouldBeDone,
            "would_be_done",
            "可以执行，未作任何改动",
            "It would be done; nothing was changed",
        )
    }

    pub(crate) fn is_would_be_done(&self) -> bool {
        self.kind == Kind::WouldBeDone
    }

    /// There is no such thing, as far as the caller may know: the same answer in both cases.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "not_found", "没有找到该内容", "There is no such thing")
    }

    /// Fields that must be corrected.
    pub fn invalid(problems: Vec<FieldProblem>) -> Self {
        let mut error = Self::new(
            Kind::Invalid,
            "invalid",
            format!("有{}处需要改正", problems.len()),
            format!("{} to be corrected", problems.len()),
        );
        error.problems = problems;
        error
    }

    /// One field that must be corrected.
    pub fn invalid_field(
        pointer: impl Into<String>,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::invalid(vec![FieldProblem::new(pointer, code, zh, en)])
    }

    /// The caller does not say who they are, or no longer convincingly.
    pub fn unauthenticated(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Unauthenticated, code, zh, en)
    }

    /// Others have changed the thing since the caller read it.
    pub fn stale(revision: i64, changes: Vec<FieldProblem>) -> Self {
        let mut error = Self::new(
            Kind::Stale,
            "stale",
            "内容已被他人修改，请核对后重新提交；您的内容未被保存",
            "Others have changed this since you read it; nothing of yours was saved. Compare and send again",
        );
        error.revision = Some(revision);
        error.problems = changes;
        error
    }

    /// Something of ours failed. The caller learns only that; `inside` is logged.
    pub fn internal(inside: impl Into<String>) -> Self {
        let mut error = Self::new(
            Kind::Internal,
            "internal",
            "系统内部出错，操作未生效；请将请求编号告知管理员",
            "Something failed on our side and nothing was done; give the request id to the administrator",
        );
        error.inside = Some(inside.into());
        error
    }

    /// Too much is going on; try again.
    pub fn busy(retry_after: u32) -> Self {
        let mut error = Self::new(
            Kind::Busy,
            "busy",
            "系统繁忙，请稍后再试；操作未生效",
            "The service is busy and nothing was done; try again shortly",
        );
        error.retry_after = Some(retry_after);
        error
    }

    /// The database is in trouble, and has done nothing.
    pub fn in_trouble(trouble: Trouble, inside: impl Into<String>) -> Self {
        let unavailable = |code, zh, en| Self::new(Kind::Busy, code, zh, en);
        let error = match trouble {
            Trouble::Collided => Self::busy(1),
            Trouble::Locked => Self::busy(2),
            Trouble::Slow => unavailable(
                "database_slow",
                "数据库未能在限时内完成，操作未生效；请稍后再试",
                "The database took too long and nothing was done; try again shortly",
            )
            .after(5),
            Trouble::Away => unavailable(
                "database_unavailable",
                "数据库暂时无法连接，操作未生效；请稍后再试",
                "The database can't be reached for now and nothing was done; try again shortly",
            )
            .after(5),
            Trouble::ReadOnly => unavailable(
                "database_read_only",
                "数据库暂时只能读取，操作未生效；请稍后再试",
                "The database can only be read for now and nothing was done; try again shortly",
            )
            .after(10),
            Trouble::Full => Self::new(
                Kind::InsufficientStorage,
                "storage_full",
                "存储空间已满，操作未生效；请通知管理员",
                "The storage is full and nothing was done; tell the administrator",
            )
            .after(60),
            Trouble::Broken => unavailable(
                "database_failed",
                "数据库文件无法正常读写，服务即将停止；请通知管理员",
                "The file of the database can't be read or written; the service stops. Tell the administrator",
            )
            .after(10),
        };
        Self { inside: Some(inside.into()), trouble: Some(trouble), ..error }
    }

    /// The database did not say whether it kept what it was given. Nobody may repeat that but whoever asked.
    pub fn outcome_unknown(trouble: Trouble, inside: impl Into<String>) -> Self {
        let error = Self::new(
            Kind::Busy,
            OUTCOME_UNKNOWN,
            "数据库没有答复，操作可能已完成，也可能没有；请以同一幂等键重试，或先查看现在的状态",
            "The database did not answer: this may or may not have been done. Ask again with the same idempotency key, or look at how things stand",
        );
        Self { inside: Some(inside.into()), trouble: Some(trouble), ..error.after(5) }
    }

    /// Whether what was asked for may have been done all the same.
    pub fn is_outcome_unknown(&self) -> bool {
        self.code == OUTCOME_UNKNOWN
    }

    /// The same error with the single things that it is about.
    #[must_use]
    pub fn with(mut self, problems: Vec<FieldProblem>) -> Self {
        self.problems = problems;
        self
    }

    /// The same error with a time to wait.
    #[must_use]
    pub fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same error, saying which document is damaged: for those who may know what there is.
    #[must_use]
    pub fn naming_the_document(mut self) -> Self {
        if let Some(damage) = &self.damage {
            let problem = FieldProblem::new(
                "",
                "document_damaged",
                format!("损坏的文件：{}", damage.document),
                format!("The damaged document: {}", damage.document),
            );
            self.problems = vec![problem];
        }
        self
    }

    /// Whether this is a decision against the caller, which the audit trail keeps, rather than a slip of writing.
    pub fn is_refusal(&self) -> bool {
        matches!(self.kind, Kind::Forbidden | Kind::NotFound | Kind::Conflict)
    }

    /// The message in one language, with its particulars, as the command line prints it.
    pub fn text(&self, language: Language) -> String {
        let mut text = self.message.in_language(language).to_owned();
        for problem in &self.problems {
            text.push_str(&format!("\n  {}: {}", problem.pointer, problem.message.in_language(language)));
        }
        if let Some(inside) = &self.inside {
            text.push_str(&format!("\n  {inside}"));
        }
        text
    }
}

/// A stored document whose content is not what its digest was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Its kind and identifier, `sheet/…/1`.
    pub document: String,
    /// The competition that it belongs to, if it was stored with it.
    pub competition: Option<CompetitionId>,
    /// The application that it belongs to, if that was stored with it instead.
    pub application: Option<ApplicationId>,
}

impl Damage {
    /// Damage of a document of a kind.
    pub fn of(kind: impl fmt::Display, id: impl fmt::Display) -> Self {
        Self { document: format!("{kind}/{id}"), competition: None, application: None }
    }

    #[must_use]
    pub fn in_competition(mut self, id: CompetitionId) -> Self {
        self.competition = Some(id);
        self
    }

    #[must_use]
    pub fn of_application(mut self, id: ApplicationId) -> Self {
        self.application = Some(id);
        self
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is not what its digest was made of", self.document)
    }
}

impl std::error::Error for Damage {}

impl From<Damage> for Error {
    /// Everybody is told that; [`Error::naming_the_document`] says which.
    fn from(damage: Damage) -> Self {
        let mut error = Self::new(
            Kind::Internal,
            "document_damaged",
            "存储的文件与其摘要不符，可能已损坏或被篡改，不能使用；操作未生效，已通知监督人员",
            "A stored document does not match its digest: it was damaged or tampered with and is not used. Nothing was done; the supervisors are told",
        );
        error.inside = Some(damage.to_string());
        error.damage = Some(Box::new(damage));
        error
    }
}

/// Refuses a document in which anything is wrong, with all of it.
///
/// # Errors
/// The problems, if there are any.
pub fn must_be_valid(problems: Vec<FieldProblem>) -> Result<()> {
    if problems.is_empty() { Ok(()) } else { Err(Error::invalid(problems)) }
}

/// Refuses a step that something blocks, with all of it.
///
/// # Errors
/// What blocks it, if anything does.
pub fn must_be_unblocked(open: &[Blocker]) -> Result<()> {
    if open.is_empty() {
        return Ok(());
    }
    let error = Error::conflict(
        "preconditions",
        format!("还有{}项前提未满足", open.len()),
        count(open.len(), "precondition is not met", "preconditions are not met"),
    );
    Err(error.with(open.iter().map(FieldProblem::from).collect()))
}

/// Refuses a change of what others have changed since the caller saw it.
///
/// # Errors
/// The revision that it has now, if the caller saw another.
pub fn must_be_current(now: i64, seen: i64) -> Result<()> {
    if now == seen { Ok(()) } else { Err(Error::stale(now, Vec::new())) }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message.en)?;
        if let Some(inside) = &self.inside {
            write!(formatter, " ({inside})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
