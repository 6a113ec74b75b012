//! What blocks a step of a competition: each reason with what it is about, told by one code, pointer and text.

use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{ApplicationId, ExpertId, RecheckId};
use crate::domain::keyword::keyword_enum;
use crate::domain::problem::FieldProblem;
use crate::domain::time::Timestamp;
use crate::domain::values::count;

keyword_enum! {
    /// The kinds of what blocks a step, in the order of the steps.
    pub enum BlockerKind {
        /// The deadline for applications passed before the call.
        DeadlinePassed = "deadline_passed",
        /// The calendar of working days does not know a year.
        YearUnknown = "year_unknown",
        /// The deadline for applications has not passed.
        BeforeDeadline = "before_deadline",
        /// A city has not sealed its list.
        NotSealed = "not_sealed",
        /// A formal check has no result.
        FormalCheckOpen = "formal_check_open",
        /// An application has no panel.
        NoPanel = "no_panel",
        /// There is nothing to judge.
        NoApplications = "no_applications",
        /// A veto item has no result.
        VetoOpen = "veto_open",
        /// Values are not verified.
        NotVerified = "not_verified",
        /// A value above the claim has no consent.
        IncreaseWithoutConsent = "increase_without_consent",
        /// The applicant may still comment on verified values.
        CommentsOpen = "comments_open",
        /// An expert has not signed a sheet.
        SheetMissing = "sheet_missing",
        /// Another act moves the competition on.
        ByItsOwnAct = "by_its_own_act",
        /// There is no further state.
        LastState = "last_state",
        /// Nothing is on notice.
        NotOnNotice = "not_on_notice",
        /// The notice still runs.
        NoticeRunning = "notice_running",
        /// The notice is older than the last deliberation.
        NoticeOutdated = "notice_outdated",
        /// A re-check request waits for its answer.
        RecheckOpen = "recheck_open",
        /// Objections were not looked at.
        ObjectionsWaiting = "objections_waiting",
    }
}

/// An application by its identifier, and by the number that people know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    pub id: ApplicationId,
    /// Its number; empty if it has none.
    pub number: String,
}

/// An act that moves a competition on besides what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovingAct {
    /// Publishing the notice.
    Notice,
    /// Publishing the announcement.
    Announcement,
}

/// One thing that blocks a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// The deadline for applications passed before the call.
    DeadlinePassed,
    /// The calendar of working days does not know the year of the checks.
    YearUnknown { year: i32 },
    /// Applications may still come in.
    BeforeDeadline { until: Timestamp },
    /// A city has applications and has not sealed its list.
    NotSealed {
        city: RegionCode,
        /// What it is called.
        name: String,
    },
    /// A formal check has no result.
    FormalCheckOpen(Numbered),
    /// An application has no panel.
    NoPanel(Numbered),
    /// No application was accepted.
    NoApplications,
    /// A veto item has no result.
    VetoOpen {
        application: Numbered,
        /// The key of the item.
        key: String,
        /// What it is called.
        item: String,
    },
    /// There is no signed inspection.
    NotVerified(Numbered),
    /// A value is verified above the claim without the office's consent.
    IncreaseWithoutConsent {
        application: Numbered,
        key: String,
        /// What it is called.
        indicator: String,
    },
    /// The applicant may still comment on verified values.
    CommentsOpen { application: Numbered, until: Timestamp },
    /// An expert has not signed the sheet of an application.
    SheetMissing { application: Numbered, expert: ExpertId, name: String },
    /// Another act moves the competition on.
    ByItsOwnAct(MovingAct),
    /// There is no further state.
    LastState,
    /// Nothing is on notice.
    NotOnNotice,
    /// The notice still runs.
    NoticeRunning { until: Timestamp },
    /// There was another deliberation after the notice.
    NoticeOutdated,
    /// A re-check request waits for its answer.
    RecheckOpen {
        /// The request.
        recheck: RecheckId,
    },
    /// The office has not looked at objections and still has time to.
    ObjectionsWaiting {
        /// How many.
        waiting: usize,
        /// Until when they block announcing.
        until: Timestamp,
    },
}

impl Blocker {
    /// Its kind, whose word is its code.
    pub fn kind(&self) -> BlockerKind {
        use BlockerKind as K;
        match self {
            Self::DeadlinePassed => K::DeadlinePassed,
            Self::YearUnknown { .. } => K::YearUnknown,
            Self::BeforeDeadline { .. } => K::BeforeDeadline,
            Self::NotSealed { .. } => K::NotSealed,
            Self::FormalCheckOpen(_) => K::FormalCheckOpen,
            Self::NoPanel(_) => K::NoPanel,
            Self::NoApplications => K::NoApplications,
            Self::VetoOpen { .. } => K::VetoOpen,
            Self::NotVerified(_) => K::NotVerified,
            Self::IncreaseWithoutConsent { .. } => K::IncreaseWithoutConsent,
            Self::CommentsOpen { .. } => K::CommentsOpen,
            Self::SheetMissing { .. } => K::SheetMissing,
            Self::ByItsOwnAct(_) => K::ByItsOwnAct,
            Self::LastState => K::LastState,
            Self::NotOnNotice => K::NotOnNotice,
            Self::NoticeRunning { .. } => K::NoticeRunning,
            Self::NoticeOutdated => K::NoticeOutdated,
            Self::RecheckOpen { .. } => K::RecheckOpen,
            Self::ObjectionsWaiting { .. } => K::ObjectionsWaiting,
        }
    }

    /// What it is about, as the API tells it.
    fn pointer(&self) -> String {
        match self {
            Self::DeadlinePassed => "/settings/calendar/application/until".to_owned(),
            Self::YearUnknown { .. } => "/settings/working_days".to_owned(),
            Self::BeforeDeadline { .. } => "/calendar/application/until".to_owned(),
            Self::NotSealed { city, .. } => format!("/recommendations/{city}"),
            Self::FormalCheckOpen(application) | Self::NoPanel(application) => {
                format!("/applications/{}", application.id)
            }
            Self::NoApplications => "/applications".to_owned(),
            Self::VetoOpen { application, key, .. } => {
                format!("/applications/{}/vetoes/{key}", application.id)
            }
            Self::NotVerified(application) | Self::CommentsOpen { application, .. } => {
                format!("/applications/{}/inspection", application.id)
            }
            Self::IncreaseWithoutConsent { application, key, .. } => {
                format!("/applications/{}/inspection/{key}", application.id)
            }
            Self::SheetMissing { application, expert, .. } => {
                format!("/applications/{}/sheets/{expert}", application.id)
            }
            Self::ByItsOwnAct(_) | Self::LastState => "/state".to_owned(),
            Self::NotOnNotice | Self::NoticeRunning { .. } | Self::NoticeOutdated => "/notice".to_owned(),
            Self::RecheckOpen { recheck } => format!("/rechecks/{recheck}"),
            Self::ObjectionsWaiting { .. } => "/objections".to_owned(),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::DeadlinePassed => "申报截止时间已过，请先修改日程".to_owned(),
            Self::YearUnknown { year } => {
                format!("工作日历没有{year}年的安排：请先导入新版日历，再在本届设置的“工作日历”中选用")
            }
            Self::BeforeDeadline { until } => format!("申报截止时间（{until}）未到"),
            Self::NotSealed { city, name } => format!("{name}（{city}）有申报待推荐，推荐名单尚未封存"),
            Self::FormalCheckOpen(application) => format!("申报{}的形式审查尚无结论", application.number),
            Self::NoPanel(application) => format!("申报{}尚无评审组", application.number),
            Self::NoApplications => "没有通过形式审查的申报".to_owned(),
            Self::VetoOpen { application, item, .. } => {
                format!("申报{}的否决项“{item}”尚无结论", application.number)
            }
            Self::NotVerified(application) => {
                format!("申报{}的指标数据尚未核定（考察记录未签署完毕）", application.number)
            }
            Self::IncreaseWithoutConsent { application, indicator, .. } => {
                format!("申报{}的指标“{indicator}”核增，尚未经领导小组办公室同意", application.number)
            }
            Self::CommentsOpen { application, until } => {
                format!("申报{}对核定值提出意见的期限至{until}，未到", application.number)
            }
            Self::SheetMissing { application, name, .. } => {
                format!("专家{name}尚未签署申报{}的评分表", application.number)
            }
            Self::ByItsOwnAct(MovingAct::Notice) => "发布公示后自动转入公示阶段".to_owned(),
            Self::ByItsOwnAct(MovingAct::Announcement) => "公开发布后自动转入已公布".to_owned(),
            Self::LastState => "已是最后状态".to_owned(),
            Self::NotOnNotice => "尚未公示".to_owned(),
            Self::NoticeRunning { until } => format!("公示期至{until}"),
            Self::NoticeOutdated => "公示后有新的审议，须重新公示".to_owned(),
            Self::RecheckOpen { .. } => "有复核申请待答复".to_owned(),
            Self::ObjectionsWaiting { waiting, until } => {
                format!("有{waiting}件异议尚未审查是否受理；逐件受理或不予受理后即可公布，最迟至{until}")
            }
        }
    }

    fn english(&self) -> String {
        match self {
            Self::DeadlinePassed => {
                "The deadline for applications has passed; change the calendar first".to_owned()
            }
            Self::YearUnknown { .. } => "The calendar of working days does not know the year of the checks: import a new version, then choose it in the competition's settings".to_owned(),
            Self::BeforeDeadline { until } => {
                format!("The deadline for applications ({until}) has not passed")
            }
            Self::NotSealed { city, .. } => {
                format!("City {city} has applications and has not sealed its list")
            }
            Self::FormalCheckOpen(application) => {
                format!("The formal check of {} has no result", application.number)
            }
            Self::NoPanel(application) => format!("{} has no panel yet", application.number),
            Self::NoApplications => "No application was accepted".to_owned(),
            Self::VetoOpen { application, item, .. } => {
                format!("A veto item of {} is not decided: {item}", application.number)
            }
            Self::NotVerified(application) => {
                format!("The values of {} are not verified: no signed inspection", application.number)
            }
            Self::IncreaseWithoutConsent { application, indicator, .. } => {
                format!("“{indicator}” of {} is verified above the claim without consent", application.number)
            }
            Self::CommentsOpen { application, until } => {
                format!("The applicant of {} may comment on the verified values until {until}", application.number)
            }
            Self::SheetMissing { application, name, .. } => {
                format!("{name} has not signed the sheet of {}", application.number)
            }
            Self::ByItsOwnAct(MovingAct::Notice) => "Publishing the notice moves the competition on".to_owned(),
            Self::ByItsOwnAct(MovingAct::Announcement) => {
                "Publishing the announcement moves the competition on".to_owned()
            }
            Self::LastState => "There is no state after this one".to_owned(),
            Self::NotOnNotice => "Nothing is on notice".to_owned(),
            Self::NoticeRunning { until } => format!("The notice runs until {until}"),
            Self::NoticeOutdated => {
                "There was another deliberation after the notice; put its list on notice".to_owned()
            }
            Self::RecheckOpen { .. } => "A re-check request waits for its answer".to_owned(),
            Self::ObjectionsWaiting { waiting, until } => format!(
                "{} not looked at: accept or reject each; this blocks it until {until}",
                count(waiting, "objection was", "objections were")
            ),
        }
    }
}

impl From<&Blocker> for FieldProblem {
    fn from(blocker: &Blocker) -> Self {
        Self::new(blocker.pointer(), blocker.kind().as_str(), blocker.chinese(), blocker.english())
    }
}
