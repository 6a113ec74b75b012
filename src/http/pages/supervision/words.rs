//! Names for people: acts as the audit trail calls them, what came of them, rules of alarms.

use crate::domain::access::Action;
use crate::domain::alarms::AlarmKind;
use crate::domain::record::Outcome;
use crate::http::pages::words::Words;

impl Words for Outcome {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Done => ("完成", "Done"),
            Self::Refused => ("被拒", "Refused"),
        }
    }
}

impl Words for AlarmKind {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SheetCorrected => ("签署后更正", "Corrected after signature"),
            Self::SheetLate => ("逾期签署", "Signed late"),
            Self::PaperReplaced => ("纸质录入作废", "Paper entry discarded"),
            Self::AfterTally => ("汇总后变更", "Changed after the tally"),
            Self::DocumentDamaged => ("文件损坏", "Document damaged"),
            Self::FileQuarantined => ("有害文件", "Harmful file"),
            Self::ClockJumped => ("时钟跳变", "Clock jumped"),
            Self::FarFromPanel => ("偏离本组", "Far from the panel"),
            Self::SharedAddress => ("同一网络地址", "Same address"),
            Self::AccountReset => ("账号重置", "Account reset"),
            Self::AccountOpened => ("账号开立", "Account opened"),
            Self::NearDeadline => ("临近截止", "Near a deadline"),
            Self::AfterExtension => ("延期后接受", "Accepted after an extension"),
        }
    }
}

impl Words for Action {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::ReadPublic => ("查阅公开内容", "Read what is public"),
            Self::LogIn => ("登录", "Sign in"),
            Self::Refresh => ("延续登录", "Renew a sign-in"),
            Self::LogOut => ("退出登录", "Sign out"),
            Self::LogOutEverywhere => ("结束全部登录", "End all sign-ins"),
            Self::SetUp => ("建立首个管理员", "Make the first administrator"),
            Self::AcceptLink => ("用一次性链接码设置密码", "Set a password by a one-time code"),
            Self::ReadSelf => ("查看本人账号", "Read one's own account"),
            Self::ChangePassword => ("更改密码", "Change the password"),
            Self::ReadAccounts => ("查看账号", "Read accounts"),
            Self::InviteAccount => ("开立账号", "Open an account"),
            Self::ChangeAccount => ("修改、停用或启用账号", "Change, disable or enable an account"),
            Self::ResetAccount => ("重置账号", "Reset an account"),
            Self::ConfirmLink => ("确认一次性链接", "Confirm a one-time link"),
            Self::RefuseLink => ("拒绝一次性链接", "Turn a one-time link down"),
            Self::LinkPlatform => ("关联平台身份", "Link the account to the platform"),
            Self::UnlinkPlatform => ("解除平台关联", "End the link to the platform"),
            Self::Acknowledge => ("知悉账号通知", "Acknowledge what was done to the account"),
            Self::ImportData => ("导入基础数据", "Import reference data"),
            Self::ReadDrafts => ("查看筹备中的竞赛", "Read a draft edition"),
            Self::CreateCompetition => ("新建竞赛", "Create an edition"),
            Self::ChangeCompetition => ("修改竞赛设置", "Change an edition's settings"),
            Self::CorrectCompetition => ("发布设置更正", "Correct an edition's settings"),
            Self::ExtendDeadline => ("延长截止时间", "Extend a deadline"),
            Self::MoveCompetition => ("转入下一阶段", "Move an edition on"),
            Self::ProposeReopening => ("提议重新开放环节", "Propose to open a stage again"),
            Self::ReopenCompetition => ("重新开放环节", "Open a stage again"),
            Self::CreateApplication => ("新建申报", "Start an application"),
            Self::ListApplications => ("查看申报列表", "List applications"),
            Self::ReadApplication => ("查阅申报", "Read an application"),
            Self::ChangeApplication => ("填写申报", "Change an application"),
            Self::ReadOriginals => ("取得照片原件", "Get photographs as uploaded"),
            Self::DecideConsent => ("成员表态", "Decide on a member's consent"),
            Self::SubmitApplication => ("提交申报", "Submit an application"),
            Self::WithdrawApplication => ("撤回申报", "Withdraw an application"),
            Self::ReturnApplication => ("退回申报", "Send an application back"),
            Self::ReadRecommendation => ("查看推荐名单", "Read a recommendation list"),
            Self::ChangeRecommendation => ("修改推荐名单", "Change a recommendation list"),
            Self::SealRecommendation => ("封存推荐名单", "Seal a recommendation list"),
            Self::ReadDuplicates => ("查看查重结果", "See duplicates"),
            Self::ReadChecks => ("查看审查", "Read checks"),
            Self::TakeBackCheck => ("撤回不予受理", "Take a rejection back"),
            Self::CheckFormally => ("形式审查", "Check form"),
            Self::CheckVeto => ("否决项核查", "Check a veto item"),
            Self::ReadAudit => ("查看审计记录", "Read the audit trail"),
            Self::ReadAlarms => ("查看预警", "Read alarms"),
            Self::NoteDamage => ("发现文件损坏", "Found a damaged document"),
            Self::QuarantineFile => ("隔离有害文件", "Quarantined a harmful file"),
            Self::NoteJump => ("发现时钟跳变", "Found that the clock has jumped"),
            Self::SettleJump => ("时钟恢复可信", "The clock is believed again"),
            Self::ReadClock => ("查看时钟", "Read how the clock fares"),
            Self::ConfirmClock => ("确认时钟", "Confirm the clock"),
            Self::Restore => ("由备份恢复数据", "Restore the data from a backup"),
            Self::ReadHealth => ("查看运行状况", "Read the service's health"),
            Self::ReadExperts => ("查看专家库", "Read the expert pool"),
            Self::ChangeExperts => ("修改专家库", "Change the expert pool"),
            Self::ReadDraws => ("查看抽取与评审组", "Read draws and panels"),
            Self::Draw => ("专家抽取", "Draw panels"),
            Self::WitnessDraw => ("见证抽取", "Witness a draw"),
            Self::RecuseExpert => ("专家回避", "Recuse an expert"),
            Self::ReadOwnPanel => ("查看本人评审任务", "Read what one is to judge"),
            Self::DeclareConflicts => ("签署回避声明", "Sign the declaration of conflicts"),
            Self::FillSheet => ("填写或签署评分表", "Fill in or sign a score sheet"),
            Self::EnterPaperSheet => ("录入纸质评分表", "Enter a paper sheet"),
            Self::ReadSheets => ("查看评分表", "Read score sheets"),
            Self::ReadInspection => ("查看考察", "Read an inspection"),
            Self::PlanInspection => ("安排考察、同意核增", "Plan an inspection, consent to raised values"),
            Self::RecordInspection => ("记录或签署考察", "Record or sign an inspection"),
            Self::AnswerInspection => ("被考察方签署或答复", "Sign or answer as the inspected party"),
            Self::Adjust => ("录入加分扣分", "Enter bonuses and deductions"),
            Self::ReadRanking => ("查看汇总与排名", "Read tallies and rankings"),
            Self::MakeTally => ("产生新一版汇总", "Make a further tally"),
            Self::ConfirmTally => ("复核汇总", "Confirm a tally"),
            Self::Deliberate => ("记录审议", "Record a deliberation"),
            Self::PublishNotice => ("发布公示", "Publish a notice"),
            Self::Suspend => ("暂停或恢复名称", "Suspend a name or end that"),
            Self::Object => ("提出异议", "Object"),
            Self::ReadObjections => ("查看异议", "Read objections"),
            Self::DecideObjection => ("办理异议", "Deal with an objection"),
            Self::ReachObjector => ("核实异议人", "Reach whoever objects"),
            Self::NoteLead => ("处理匿名线索", "Deal with a lead"),
            Self::AnswerObjection => ("答复异议", "Answer an objection"),
            Self::RequestRecheck => ("申请复核", "Ask for a re-check"),
            Self::ReadRechecks => ("查看复核申请", "Read re-check requests"),
            Self::AnswerRecheck => ("答复复核申请", "Answer a re-check request"),
            Self::Announce => ("公开发布结果", "Announce the winners"),
            Self::ReadResult => ("查看结果", "Read a result"),
            Self::ReportTitle => ("提交称号年度报告", "File a title's yearly report"),
            Self::ChangeTitle => ("延续或撤销称号", "Renew or revoke a title"),
            Self::ReadProgress => ("查看进度", "See progress"),
            Self::Remind => ("催办", "Remind"),
            Self::ReadLetters => ("查看函件", "Read letters"),
            Self::ChangeSecondFactor => ("更改两步验证", "Change one's second factor"),
            Self::ProveAgain => ("再次证明身份", "Show again who one is"),
            Self::ResetSecondFactor => ("重置密码和两步验证", "Reset password and second factor"),
            Self::ResendLetter => ("重新发送函件", "Send a letter again"),
        }
    }
}
