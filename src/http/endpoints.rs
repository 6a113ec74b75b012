//! THE TABLE: every endpoint once, with its method, path, action, handler, shapes and words. The router, the API's
//! description and the access matrix follow from it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::OnceLock;

use futures_util::future::LocalBoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::api::{
    accounts, announcements, applications, audit, changes, checks, competitions, data, evidence, experts,
    health, inquiries, inspections, issued, machines, notices, open_data, progress, recommendations, results,
    session, sheets, webhooks,
};
use super::archive::{self, ArchiveView};
use super::printed::{self, Printed};
use super::request::{CSV, JSON, Reply, Request};
use super::routes::Routes;
use super::tables::{self, Tabled};
use crate::actions::Page;
use crate::actions::account_imports::{ImportAccounts, ImportedAccountsView};
use crate::actions::accounts::{
    AccountView, AllowForgotten, ChangeAccount, ChangeContact, Forgotten, ForgottenView, InvitationView,
    Invite, InviteAgain, InvitedAgainView,
};
use crate::actions::alarms::AlarmsView;
use crate::actions::announcements::{AnnouncementEntry, AnnouncementPreview};
use crate::actions::applications::consents::{ConsentsView, DecideConsent};
use crate::actions::applications::{
    ApplicationEntry, ApplicationView, CompletenessView, Create, MemberView, PartRevisionView, PartView,
    PreviewView as SelfScoreView, PutMembers, ReceiptView, SubmissionEntry, SubmissionView, Withdraw,
};
use crate::actions::archives::{ArchivedView, MakeArchive};
use crate::actions::audit::EventView;
use crate::actions::changes::ChangesView;
use crate::actions::checks::{
    Check, CheckDraftEntry, CheckLotEntry, CheckLotView, ChecksView, FormalCheckView, IssueChecks, PutVeto,
    SaveCheckDrafts, SavedCheckDraftsView, VetoView,
};
use crate::actions::closing::{
    AdjustmentsView, MakeTally, PutAdjustments, RankingView, ResultView, TallyChangesView, TallyView,
};
use crate::actions::competitions::{
    CompetitionEntry, CompetitionView, Correct, Extend, Move, ReadinessView, VersionEntry, VersionView,
};
use crate::actions::data::{CatalogueView, DatasetView, Import, PreviewView, WorkingDaysView};
use crate::actions::draws::{DrawView, EnterSeed, Freeze, GiveUp, Witness};
use crate::actions::duplicates::DuplicatesView;
use crate::actions::evidence::{EvidenceListView, EvidenceView};
use crate::actions::experts::{ExpertView, ImportExperts, ImportedExpertsView, PutExpert};
use crate::actions::exports::ExportedApplication;
use crate::actions::health::{AboutView, HealthView};
use crate::actions::imports::{ImportTable, ImportedTableView};
use crate::actions::inquiries::{AnswerInquiry, AskDepartment, InquiryEntry, InquiryView};
use crate::actions::inspections::{
    Because, DecideInspection, InspectionView, OrderRectification, PlanInspections, PlannedInspectionView,
    RecheckRectification, RectificationView, Say,
};
use crate::actions::issued::{DocumentDraftView, IssueDocument, IssuedDocumentEntry, IssuedDocumentView};
use crate::actions::jumps::{ClockView, ConfirmClock};
use crate::actions::letters::LetterView;
use crate::actions::links::{ConfirmLinks, ConfirmedLinksView, LinkView, RefuseLink};
use crate::actions::login::{
    AcceptLink, ChangePassword, LogIn, LogInFurther, LogInView, ProveAgain, Refresh, SessionView, SetUp,
    TokenView,
};
use crate::actions::machines::{MachineMadeView, MachineView, MakeMachine, RevokeMachine};
use crate::actions::messages::{AcknowledgeMessages, MessageView};
use crate::actions::notices::{NoticeView, PublishNotice, SuspensionView};
use crate::actions::objections::reaching::ConfirmReach;
use crate::actions::objections::{
    FileObjection, LookUp, ObjectionFileView, ObjectionReceiptView, ObjectionStatusView, ObjectionView,
    OwnObjectionView, RegisterObjection, StateObjection, StepObjection,
};
use crate::actions::open_data::OpenFormat;
use crate::actions::panels::{ConflictsView, Declare, OwnPanelView, PanelView, Recuse};
use crate::actions::passkeys::AddPasskey;
use crate::actions::platform::{LinkPlatform, PlatformView};
use crate::actions::progress::{ProgressView, RemindersView};
use crate::actions::rechecks::{AnswerRecheck, RecheckView, RequestRecheck};
use crate::actions::recommendations::{PutList, RecommendationView, RecommendationsView, Return};
use crate::actions::reopenings::{ProposeReopening, ReopeningView};
use crate::actions::second_factor::{
    ConfirmTotp, PasskeyAddedView, RecoveryCodesView, SecondFactorView, TotpSecretView,
};
use crate::actions::selections::{Deliberate, SelectionView};
use crate::actions::sheets::{
    CorrectSheet, EnterPaper, ExpertSheetView, PaperView, SheetReceiptView, SheetView,
};
use crate::actions::statistics::StatisticsView;
use crate::actions::titles::{RenewTitle, ReportTitle, TitleHistoryView, TitleView};
use crate::actions::webhooks::{
    DeliveryView, MakeWebhook, PauseWebhook, Replay, RevokeWebhook, WebhookSecretView, WebhookView,
};
use crate::domain::access::Action;
use crate::domain::announcement::{Announcement, AnnouncementDraft};
use crate::domain::application::PartContent;
use crate::domain::catalogue::Region;
use crate::domain::competition::Settings;
use crate::domain::draw::DrawRecord;
use crate::domain::inspection::{InspectionPlan, InspectionRecord};
use crate::domain::official::DocumentFormat;
use crate::domain::open_data::OpenTable;
use crate::domain::sheet::SheetContent;
use crate::domain::table::TableFormat;
use crate::error::Result;

use Action as A;

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Acts, or makes something new.
    Post,
    /// Replaces.
    Put,
    /// Changes parts.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

type Handler = Box<dyn Fn(Request) -> LocalBoxFuture<'static, Result<Reply>> + Send + Sync>;
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a request carries.
#[derive(Clone, Copy)]
pub(super) enum Body {
    /// Nothing.
    None,
    /// A JSON document of this shape.
    Json(SchemaOf),
    /// The bytes of a file.
    File,
}

/// What an answer carries.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// A JSON document of this shape.
    Json(u16, SchemaOf),
    /// Nothing (204).
    Nothing,
    /// The bytes of a file.
    File,
    /// A file of this media type that is made for the answer.
    Made(&'static str),
    /// Lines of JSON, of this shape where they have one.
    Lines(Option<SchemaOf>),
    /// Text of a media type.
    Text(&'static str),
}

/// What becomes of a request that is repeated with the same `Idempotency-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// It is done again: it changes nothing, or what it is made of, such as a password, must not be kept in any form. A key
    /// is refused, so that nobody relies on it.
    Freely,
    /// It gets the stored answer.
    Once,
    /// It gets the stored answer, which has a secret and so is kept masked, for a day.
    OnceInSecret,
}

#[expect(clippy::struct_excessive_bools, reason = "a row of a table, whose columns are yes or no")]
pub struct Endpoint {
    pub method: Method,
    /// Its path; names in braces stand for a segment.
    pub path: &'static str,
    /// What it does, as access decisions and the audit trail call it.
    pub action: Action,
    /// What it does, in a sentence, in Chinese and in English.
    pub summary: (&'static str, &'static str),
    /// Query parameters that it takes: name, and meaning in Chinese and in English.
    pub query: &'static [(&'static str, &'static str, &'static str)],
    /// Whether it changes what the caller must have seen: needs `If-Match`.
    pub needs_revision: bool,
    /// What becomes of a request that is repeated with the same `Idempotency-Key`.
    pub repeats: Repeats,
    /// Whether everybody gets the same answer, which may be cached.
    pub cacheable: bool,
    /// Whether that answer is a document that never changes.
    pub frozen: bool,
    /// Whether the answer follows from the database and the caller alone, not from the time.
    pub steady: bool,
    /// Whether what follows from it has to be confirmed: by whoever sends it from a page, and where it says so by
    /// programs too (`docs/confirmations.md`).
    pub asks_first: bool,
    /// How its answers become tables, where it gives them as such too.
    pub(super) tabled: Option<&'static Tabled>,
    /// The documents that its answers are given as, too.
    pub(super) printed: &'static [&'static Printed],
    pub(super) handler: Handler,
    pub(super) body: Body,
    pub(super) answer: Answer,
}

fn row<F: Future<Output = Result<Reply>> + 'static>(
    method: Method,
    path: &'static str,
    action: Action,
    zh: &'static str,
    en: &'static str,
    handler: impl Fn(Request) -> F + Send + Sync + 'static,
) -> Endpoint {
    Endpoint {
        method,
        path,
        action,
        summary: (zh, en),
        query: &[],
        needs_revision: false,
        repeats: Repeats::Once,
        cacheable: false,
        frozen: false,
        steady: false,
        asks_first: false,
        tabled: None,
        printed: &[],
        handler: Box::new(move |request| Box::pin(handler(request))),
        body: Body::None,
        answer: Answer::Nothing,
    }
}

impl Endpoint {
    /// The group of resources that it belongs to.
    pub(super) fn group(&self) -> &'static str {
        // What is of applications belongs to them wherever it stands.
        if self.path.ends_with("}/applications") || self.path.ends_with("}/export") {
            return "applications";
        }
        match self.path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default() {
            "setup" | "login" | "refresh" | "logout" | "me" => "session",
            "" => "health",
            "links" => "accounts",
            "objection-files" => "objections",
            "chains" | "regions" | "catalogues" | "working-days" => "data",
            first => first,
        }
    }

    /// All query parameters that it takes.
    pub(super) fn parameters(
        &self,
    ) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
        let printed = if self.printed.is_empty() { &[][..] } else { printed::QUERY };
        // Both say in which format.
        let printed = printed.iter().filter(|(name, ..)| self.tabled.is_none() || *name != "format");
        self.query.iter().chain(self.tabled.map_or(&[][..], |_| tables::QUERY)).chain(printed)
    }

    /// The formats that its answers are given in, besides JSON.
    pub(super) fn formats(&self) -> Vec<&'static str> {
        let tables = self.tabled.map_or(&[][..], |_| TableFormat::ALL).iter().map(|format| format.as_str());
        let documents = if self.printed.is_empty() { &[][..] } else { DocumentFormat::ALL };
        tables.chain(documents.iter().map(|format| format.as_str())).collect()
    }

    /// Whether its answers are given as documents too.
    pub fn is_printed(&self) -> bool {
        !self.printed.is_empty()
    }

    /// Its answers are given as these documents too.
    fn printed(mut self, printed: &'static [&'static Printed]) -> Self {
        self.printed = printed;
        self
    }

    /// Whether its answers are given as tables too.
    pub fn is_tabled(&self) -> bool {
        self.tabled.is_some()
    }

    /// Its answers are given as tables too.
    fn tabled(mut self, tabled: &'static Tabled) -> Self {
        self.tabled = Some(tabled);
        self
    }

    fn takes<T: JsonSchema>(mut self) -> Self {
        self.body = Body::Json(SchemaGenerator::subschema_for::<T>);
        self
    }

    fn takes_file(mut self) -> Self {
        self.body = Body::File;
        self
    }

    fn gives<T: JsonSchema>(mut self, status: u16) -> Self {
        self.answer = Answer::Json(status, SchemaGenerator::subschema_for::<T>);
        self
    }

    fn gives_file(mut self) -> Self {
        self.answer = Answer::File;
        self
    }

    fn gives_text(mut self, media_type: &'static str) -> Self {
        self.answer = Answer::Text(media_type);
        self
    }

    fn gives_workbook(self) -> Self {
        self.gives_made(tables::XLSX)
    }

    fn gives_made(mut self, media_type: &'static str) -> Self {
        self.answer = Answer::Made(media_type);
        self
    }

    fn gives_lines(mut self) -> Self {
        self.answer = Answer::Lines(None);
        self
    }

    fn gives_lines_of<T: JsonSchema>(mut self) -> Self {
        self.answer = Answer::Lines(Some(SchemaGenerator::subschema_for::<T>));
        self
    }

    fn asks(mut self, query: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        self.query = query;
        self
    }

    fn over_revision(mut self) -> Self {
        self.needs_revision = true;
        self
    }

    /// What may be asked again and again.
    fn repeatable(mut self) -> Self {
        self.repeats = Repeats::Freely;
        self
    }

    /// The answer has a secret.
    fn secret(mut self) -> Self {
        self.repeats = Repeats::OnceInSecret;
        self
    }

    fn steady(mut self) -> Self {
        self.steady = true;
        self
    }

    fn asks_first(mut self) -> Self {
        self.asks_first = true;
        self
    }

    /// A document that is for everybody, and never changes.
    fn for_good(mut self) -> Self {
        self.frozen = true;
        self.for_everybody()
    }

    fn for_everybody(mut self) -> Self {
        self.cacheable = true;
        self.steady = true;
        self
    }
}

/// The parameter by which an act is only tried.
pub(super) const VALIDATE_ONLY: &str = "validate_only";
const TRYING: &[(&str, &str, &str)] = &[(
    VALIDATE_ONLY,
    "`true`：只试不办；可以办理答 204，否则与办理时的答复相同",
    "`true`: nothing is done. 204 says that it would be; else the answer is what it would be",
)];

const PAGING: &[(&str, &str, &str)] = &[
    ("limit", "每页条数，1至100；默认50", "Entries on a page, 1 to 100; 50 unless told"),
    ("cursor", "上一页的 `next_cursor`", "`next_cursor` of the page before"),
];

const WEBHOOK_QUERY: &[(&str, &str, &str)] =
    &[("machine_id", "仅此外部系统的", "Of this external system alone"), PAGING[0], PAGING[1]];

const DRAFT_QUERY: &[(&str, &str, &str)] = &[
    (
        "address",
        "依据的内容在接口中的地址，如 `/api/v1/applications/…/checks`",
        "Where the API gives what it is written from, such as `/api/v1/applications/…/checks`",
    ),
    ("key", "其中的哪一种文书，如 `correction`", "Which of the documents there, such as `correction`"),
];

const ISSUED_QUERY: &[(&str, &str, &str)] =
    &[PAGING[0], PAGING[1], ("application_id", "仅关于此申报的", "Only about this application")];

const OBJECTION_QUERY: &[(&str, &str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("state", "仅此状态", "Only in this state"),
    (
        "open",
        "`true`：仅尚待办理的；`false`：仅已办结的",
        "`true`: only those on which somebody must still act; `false`: only those that are done with",
    ),
];

const ACCOUNT_QUERY: &[(&str, &str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("role", "仅此角色", "Only with this role"),
    ("region_code", "仅此地区的", "Only bound to this region"),
    (
        "text",
        "登录名、姓名或单位、邮箱或电话中有此文字的",
        "With this in the login name, the name, the address or the telephone number",
    ),
    ("state", "仅 `in_use`、`invited` 或 `disabled`", "Only `in_use`, `invited` or `disabled`"),
];

const EXPERT_QUERY: &[(&str, &str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("text", "姓名、单位或职称中有此文字的", "With this in the name, the unit or the title"),
    ("field", "仅领域含此集群的", "Only with this cluster among the fields"),
    ("city_code", "仅此设区市，含其所辖县区和园区", "Only of this city, with its counties and zones"),
    (
        "available",
        "`true`：仅可抽取的；`false`：仅暂不参加的",
        "`true`: only who can be drawn; `false`: only who can't now",
    ),
    (
        "incomplete",
        "`true`：仅资料不全（回避检查只能待核实）的",
        "`true`: only of whom something is not known that the check for conflicts looks at",
    ),
];

const APPLICATION_QUERY: &[(&str, &str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("competition_id", "仅此届竞赛", "Only of this competition"),
    ("city_code", "仅此设区市", "Only of this city"),
    ("chain_number", "仅此产业链", "Only for this chain"),
    ("state", "仅此状态", "Only in this state"),
    (
        "changed_since",
        "仅自此时起改动过的；考察和评分表的改动见 `/changes`",
        "Only what changed since; `/changes` tells of inspections and sheets",
    ),
];

const CHANGES_QUERY: &[(&str, &str, &str)] = &[
    PAGING[0],
    (
        "after",
        "上次的 `next_cursor`；`latest` 只给现在的位置；不填则从头",
        "`next_cursor` of the last time; `latest` gives the present place alone; from the beginning, if absent",
    ),
    ("competition_id", "仅此届竞赛", "Only of this competition"),
];

const AUDIT_QUERY: &[(&str, &str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("competition_id", "竞赛；不填则为服务自身的记录", "The competition; the service's own chain, if absent"),
    ("account_id", "仅此账号所为", "Only by this account"),
    ("action", "仅此操作", "Only of this action"),
    ("object", "仅此对象", "Only on this object"),
    ("outcome", "仅 `done` 或 `refused`", "Only `done` or `refused`"),
    ("request_id", "仅此请求", "Only of this request"),
    ("from", "自此时起", "Only from this time on"),
    ("until", "至此时止", "Only until this time"),
];

/// The endpoints of each path.
pub(super) fn by_path(endpoints: Vec<Endpoint>) -> Routes<Vec<Endpoint>> {
    let mut rows: BTreeMap<&'static str, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        rows.entry(endpoint.path).or_default().push(endpoint);
    }
    Routes::new(rows)
}

/// What asking for an address of the API is, as far as access goes.
pub(super) fn action_at(method: Method, address: &str) -> Option<Action> {
    static ACTIONS: OnceLock<Routes<Vec<(Method, Action)>>> = OnceLock::new();
    let actions = ACTIONS.get_or_init(|| {
        let mut by_path: BTreeMap<&'static str, Vec<(Method, Action)>> = BTreeMap::new();
        for endpoint in endpoints() {
            by_path.entry(endpoint.path).or_default().push((endpoint.method, endpoint.action));
        }
        Routes::new(by_path)
    });
    let (there, _) = actions.find(address.split('?').next()?)?;
    there.iter().find(|(of, _)| *of == method).map(|(_, action)| *action)
}

/// All endpoints of the API.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Get, Patch, Post, Put};
    vec![
        row(Get, "/api/v1", A::ReadPublic, "接口和程序的版本", "Versions of the API and of the program", health::about)
            .gives::<AboutView>(200)
            .for_everybody(),
        // Reference data, for everybody.
        row(Get, "/api/v1/chains", A::ReadPublic, "按集群列出最新目录中的重点产业链", "Key chains of the newest catalogue, by cluster", data::chains)
            .gives::<CatalogueView>(200)
            .for_everybody(),
        row(Get, "/api/v1/regions", A::ReadPublic, "最新目录中的地区", "Regions of the newest catalogue", data::regions)
            .asks(&[("kind", "仅 `city`、`county` 或 `zone`", "Only `city`, `county` or `zone`"), ("parent", "仅此设区市", "Only of this city")])
            .gives::<Page<Region>>(200)
            .for_everybody(),
        row(Get, "/api/v1/catalogues", A::ReadPublic, "目录各版本，新的在前", "Versions of the catalogue, newest first", data::catalogues)
            .asks(PAGING)
            .gives::<Page<DatasetView>>(200)
            .for_everybody(),
        row(Get, "/api/v1/catalogues/{version}", A::ReadPublic, "目录的一个版本", "A version of the catalogue", data::catalogue)
            .gives::<CatalogueView>(200)
            .for_good(),
        row(Get, "/api/v1/catalogues/import", A::ImportData, "现行目录的一张表（Excel），修改后可导入", "A table of the catalogue as it stands, as a workbook that may come back", tables::catalogue_template)
            .asks(&[("table", "`chains`（默认）或 `regions`", "`chains` unless told, or `regions`")])
            .gives_workbook(),
        row(Post, "/api/v1/catalogues/preview", A::ImportData, "查看导入新版目录会改变什么", "What a new version of the catalogue would change", data::preview_catalogue)
            .asks(tables::MARKED)
            .takes::<Import>()
            .gives::<PreviewView>(200)
            .repeatable(),
        row(Post, "/api/v1/catalogues", A::ImportData, "导入新版目录", "Import a new version of the catalogue", data::import_catalogue)
            .takes::<Import>()
            .gives::<DatasetView>(201),
        row(Get, "/api/v1/working-days", A::ReadPublic, "工作日历各版本，新的在前", "Versions of the calendar of working days, newest first", data::calendars)
            .asks(PAGING)
            .gives::<Page<DatasetView>>(200)
            .for_everybody(),
        row(Get, "/api/v1/working-days/{version}", A::ReadPublic, "工作日历的一个版本", "A version of the calendar of working days", data::calendar)
            .gives::<WorkingDaysView>(200)
            .for_good(),
        row(Get, "/api/v1/working-days/import", A::ImportData, "现行工作日历的表（Excel），修改后可导入", "The calendar of working days as a workbook that may come back", tables::days_template)
            .gives_workbook(),
        row(Post, "/api/v1/working-days/preview", A::ImportData, "查看导入新的工作日历会改变什么", "What a new calendar of working days would change", data::preview_calendar)
            .asks(tables::MARKED)
            .takes::<Import>()
            .gives::<PreviewView>(200)
            .repeatable(),
        row(Post, "/api/v1/working-days", A::ImportData, "导入新的工作日历", "Import a new calendar of working days", data::import_calendar)
            .takes::<Import>()
            .gives::<DatasetView>(201),
        // Sessions and one's own account.
        row(Post, "/api/v1/setup", A::SetUp, "用服务打印的设置码建立首位管理员", "Make the first administrator, by the code that the service printed", session::set_up)
            .takes::<SetUp>()
            .gives::<AccountView>(200),
        row(Post, "/api/v1/login", A::LogIn, "登录", "Sign in", session::log_in).takes::<LogIn>().gives::<LogInView>(200)
            .repeatable(),
        row(Post, "/api/v1/login/second-factor", A::LogIn, "按登录时的要求出示第二验证", "Show the second factor that a login asked for", session::log_in_further)
            .takes::<LogInFurther>()
            .gives::<TokenView>(200)
            .repeatable(),
        row(Post, "/api/v1/refresh", A::Refresh, "用刷新令牌换取新令牌", "Exchange a refresh token for new tokens", session::refresh)
            .takes::<Refresh>()
            .gives::<TokenView>(200)
            .repeatable(),
        row(Post, "/api/v1/links/acceptance", A::AcceptLink, "用一次性链接码设置密码", "Set a password by a one-time code", session::accept_link)
            .takes::<AcceptLink>()
            .gives::<AccountView>(200),
        row(Post, "/api/v1/links/requests", A::ForgetPassword, "忘记密码：向账号本人确认过的邮箱发送一次性链接码；有无该账号，答复相同", "A forgotten password: a one-time code goes by mail to the address that the owner stands by; the answer is the same if there is no such account", accounts::forget)
            .takes::<Forgotten>()
            .repeatable(),
        row(Post, "/api/v1/logout", A::LogOut, "结束本次登录", "End this session", session::log_out)
            .repeatable(),
        row(Post, "/api/v1/logout/everywhere", A::LogOutEverywhere, "结束本人的全部登录", "End all of one's own sessions", session::log_out_everywhere)
            .repeatable(),
        row(Get, "/api/v1/me", A::ReadSelf, "本人的账号", "One's own account", session::me).gives::<AccountView>(200),
        row(Patch, "/api/v1/me", A::ChangeContact, "更改本人的邮箱和电话", "Change one's own e-mail address and telephone number", session::change_contact)
            .takes::<ChangeContact>()
            .gives::<AccountView>(200)
            .over_revision(),
        row(Post, "/api/v1/me/password", A::ChangePassword, "修改本人密码；其他登录随即结束", "Change one's own password; other sessions end", session::change_password)
            .takes::<ChangePassword>()
            .repeatable(),
        row(Post, "/api/v1/me/reauthentication", A::ProveAgain, "再次证明身份，15分钟内可办理不可撤回的事项", "Show again who one is, for 15 minutes of acts that can't be taken back", session::prove_again)
            .takes::<ProveAgain>()
            .repeatable(),
        row(Get, "/api/v1/me/second-factor", A::ReadSelf, "本人两步验证的情况", "How one's own second factor stands", session::second_factor)
            .gives::<SecondFactorView>(200),
        row(Post, "/api/v1/me/second-factor/totp", A::ChangeSecondFactor, "开始设置验证器应用；确认之前原有方式不变", "Begin with an app that makes codes; what there is stays until it is confirmed", session::begin_totp)
            .gives::<TotpSecretView>(200)
            .secret(),
        row(Post, "/api/v1/me/second-factor/totp/confirmation", A::ChangeSecondFactor, "用验证码确认该应用；答复含新的恢复码，其他登录随即结束", "Confirm the app by a code; the answer has new recovery codes, other sessions end", session::confirm_totp)
            .takes::<ConfirmTotp>()
            .gives::<RecoveryCodesView>(200)
            .secret(),
        row(Delete, "/api/v1/me/second-factor/totp", A::ChangeSecondFactor, "移除该应用；其他登录随即结束", "Remove that app; other sessions end", session::remove_app),
        row(Post, "/api/v1/me/second-factor/passkeys", A::ChangeSecondFactor, "添加浏览器生成的通行密钥；首个第二验证附恢复码，其他登录随即结束", "Add a passkey that a browser made; with the first second factor come recovery codes, and other sessions end", session::add_passkey)
            .takes::<AddPasskey>()
            .gives::<PasskeyAddedView>(201)
            .secret(),
        row(Delete, "/api/v1/me/second-factor/passkeys/{passkey_id}", A::ChangeSecondFactor, "移除一把通行密钥；其他登录随即结束", "Remove a passkey; other sessions end", session::remove_passkey),
        row(Post, "/api/v1/me/second-factor/recovery-codes", A::ChangeSecondFactor, "换发恢复码，原有的全部作废", "Give new recovery codes in the place of all before", session::renew_recovery_codes)
            .gives::<RecoveryCodesView>(200)
            .secret(),
        row(Delete, "/api/v1/me/second-factor", A::ChangeSecondFactor, "移除本人的两步验证，角色不要求时方可", "Remove one's own second factor, where the role need not have one", session::remove_second_factor),
        row(Get, "/api/v1/me/sessions", A::ReadSelf, "本人的各次登录", "One's own sessions", session::sessions).gives::<Page<SessionView>>(200),
        row(Delete, "/api/v1/me/sessions/{session_id}", A::LogOut, "结束本人的一次登录", "End one of one's own sessions", session::end_session),
        row(Get, "/api/v1/me/messages", A::ReadSelf, "他人对本人账号所做的事，新的在前，确认后不再列出", "What others did to one's own account, newest first, until it is acknowledged", session::messages)
            .gives::<Page<MessageView>>(200),
        row(Post, "/api/v1/me/messages/acknowledgement", A::Acknowledge, "确认已读这些及更早的消息", "Say that one has read these and older messages", session::acknowledge)
            .takes::<AcknowledgeMessages>(),
        row(Get, "/api/v1/me/platform", A::ReadSelf, "本人账号与统一认证平台的关联情况", "How one's own account stands to the platform", session::platform)
            .gives::<PlatformView>(200),
        row(Post, "/api/v1/me/platform", A::LinkPlatform, "将本人账号关联到刚从平台返回本次登录的身份", "Link one's own account to who came back from the platform to this session", session::link_platform)
            .takes::<LinkPlatform>()
            .gives::<PlatformView>(200),
        row(Delete, "/api/v1/me/platform", A::UnlinkPlatform, "解除该关联", "End that link", session::unlink_platform),
        // Accounts.
        row(Get, "/api/v1/accounts", A::ReadAccounts, "账号，按登录名排列", "Accounts by login name", accounts::list)
            .tabled(&tables::ACCOUNTS)
            .asks(ACCOUNT_QUERY)
            .gives::<Page<AccountView>>(200),
        row(Post, "/api/v1/accounts", A::InviteAccount, "邀请新账号；答复含其一次性链接码", "Invite a new account; the answer has its one-time link", accounts::invite)
            .takes::<Invite>()
            .gives::<InvitationView>(201)
            .secret(),
        row(Get, "/api/v1/accounts/import", A::InviteAccount, "导入账号用的表格（Excel）：已列出尚无账号的地区", "The table to import accounts by, as a workbook: with the regions that have none", tables::account_template)
            .gives_workbook(),
        row(Post, "/api/v1/accounts/import", A::InviteAccount, "按表格（CSV 或 Excel）或为全部地区开立账号：全部成功或全部不导入；答复含各账号的一次性链接码", "Open accounts by a table, CSV or Excel, or for every region: all of it or nothing; the answer has their one-time links", accounts::import)
            .asks_first()
            .asks(tables::MARKED)
            .takes::<ImportAccounts>()
            .gives::<ImportedAccountsView>(200)
            .secret(),
        row(Post, "/api/v1/accounts/invitations", A::ResetAccount, "给全部尚未设置密码的账号新的一次性链接码，或只给链接码已过期的；可由邮件送达", "Give all accounts whose owners have set no password a new one-time link, or those whose link has expired; by mail if wanted", accounts::invite_again)
            .asks_first()
            .takes::<InviteAgain>()
            .gives::<InvitedAgainView>(200)
            .secret(),
        row(Get, "/api/v1/accounts/forgotten-passwords", A::ReadAccounts, "哪些角色忘记密码时可凭邮件重设", "Whose forgotten passwords are helped by mail", accounts::forgotten)
            .gives::<ForgottenView>(200),
        row(Put, "/api/v1/accounts/forgotten-passwords", A::AllowForgotten, "设置哪些角色忘记密码时可凭邮件重设", "Say whose forgotten passwords are helped by mail", accounts::allow_forgotten)
            .takes::<AllowForgotten>()
            .gives::<ForgottenView>(200),
        row(Get, "/api/v1/accounts/{account_id}", A::ReadAccounts, "一个账号", "An account", accounts::read).gives::<AccountView>(200),
        row(Patch, "/api/v1/accounts/{account_id}", A::ChangeAccount, "更名、停用或启用账号", "Rename, disable or enable an account", accounts::change)
            .takes::<ChangeAccount>()
            .gives::<AccountView>(200)
            .over_revision(),
        row(Post, "/api/v1/accounts/{account_id}/reset", A::ResetAccount, "给账号新的一次性链接码；其密码和登录随即失效", "Give an account a new one-time link; its password and sessions end", accounts::reset)
            .asks_first()
            .gives::<InvitationView>(200)
            .secret(),
        row(Post, "/api/v1/accounts/{account_id}/second-factor/reset", A::ResetSecondFactor, "同上，链接码并清除两步验证；须由纪检监督确认", "The same by a link that also clears the second factor; a supervisor has to confirm it", accounts::reset_second_factor)
            .asks_first()
            .gives::<InvitationView>(200)
            .secret(),
        row(Post, "/api/v1/accounts/{account_id}/link/confirmation", A::ConfirmLink, "作为第二人确认办公室、监督或专家账号的一次性链接码", "Confirm, as a second person, the one-time link of an office, supervisor or expert account", accounts::confirm_link)
            .gives::<AccountView>(200),
        row(Post, "/api/v1/accounts/{account_id}/link/refusal", A::RefuseLink, "驳回该链接码并说明理由；此后不能再用", "Turn such a link down, with a reason; it can't be used any more", accounts::refuse_link)
            .takes::<RefuseLink>()
            .gives::<LinkView>(200),
        row(Get, "/api/v1/accounts/{account_id}/link", A::ReadAccounts, "账号最新一次性链接码的状态；从不含其内容", "Where the newest one-time link of an account stands; never its secret", accounts::link)
            .gives::<LinkView>(200),
        row(Post, "/api/v1/links/confirmations", A::ConfirmLink, "一并确认多个账号的一次性链接码：全部或全不", "Confirm the one-time links of several accounts together: all of them or none", accounts::confirm_links)
            .takes::<ConfirmLinks>()
            .gives::<ConfirmedLinksView>(200),
        row(Get, "/api/v1/links", A::ReadAccounts, "待纪检监督确认的一次性链接码，早的在前", "One-time links that wait for a supervisor, oldest first", accounts::links)
            .asks(PAGING)
            .gives::<Page<LinkView>>(200),
        // External systems.
        row(Get, "/api/v1/machines", A::ReadMachines, "外部系统的令牌，新的在前；从不含令牌本身", "Tokens of external systems, newest first; never the token itself", machines::list)
            .asks(PAGING)
            .gives::<Page<MachineView>>(200),
        row(Post, "/api/v1/machines", A::MakeMachine, "为外部系统建立令牌，答复中仅此一次给出；经另一位管理员确认后生效", "Make a token for an external system, which the answer tells once; it works once another administrator has confirmed it", machines::make)
            .takes::<MakeMachine>()
            .gives::<MachineMadeView>(201)
            .secret(),
        row(Get, "/api/v1/machines/{machine_id}", A::ReadMachines, "一个外部系统：其令牌的范围、状态和最近一次使用", "An external system: what its token is for, how it stands, its last use", machines::read)
            .gives::<MachineView>(200),
        row(Post, "/api/v1/machines/{machine_id}/confirmation", A::ConfirmMachine, "作为另一位管理员确认令牌", "Confirm a token, as another administrator", machines::confirm)
            .gives::<MachineView>(200),
        row(Post, "/api/v1/machines/{machine_id}/revocation", A::RevokeMachine, "撤销令牌，立即失效", "Revoke a token, at once", machines::revoke)
            .asks_first()
            .takes::<RevokeMachine>()
            .gives::<MachineView>(200),
        row(Get, "/api/v1/webhooks", A::ReadMachines, "外部系统的推送，新的在前；从不含密钥", "Webhooks of external systems, newest first; never a secret", webhooks::list)
            .asks(WEBHOOK_QUERY)
            .gives::<Page<WebhookView>>(200),
        row(Post, "/api/v1/webhooks", A::MakeWebhook, "为外部系统建立推送，答复中给出密钥；经另一位管理员确认后生效", "Make a webhook for an external system, with its secret; it tells nothing before another administrator has confirmed it", webhooks::make)
            .takes::<MakeWebhook>()
            .gives::<WebhookSecretView>(201)
            .secret(),
        row(Get, "/api/v1/webhooks/{webhook_id}", A::ReadMachines, "一个推送：发往哪里、状态、最近一次送达和失败", "A webhook: where it is sent to, how it stands, its last delivery and failure", webhooks::read)
            .gives::<WebhookView>(200),
        row(Post, "/api/v1/webhooks/{webhook_id}/confirmation", A::ConfirmWebhook, "作为另一位管理员确认推送，此后的变更即行推送", "Confirm a webhook, as another administrator: what changes from then on is told", webhooks::confirm)
            .gives::<WebhookView>(200),
        row(Post, "/api/v1/webhooks/{webhook_id}/pause", A::ChangeWebhook, "停发推送；其间的变更以后补发", "Pause a webhook; what changes meanwhile is told later", webhooks::pause)
            .takes::<PauseWebhook>()
            .gives::<WebhookView>(200),
        row(Post, "/api/v1/webhooks/{webhook_id}/resumption", A::ChangeWebhook, "继续停发的推送，从停发处起", "Let a paused webhook go on from where it was", webhooks::resume)
            .gives::<WebhookView>(200),
        row(Post, "/api/v1/webhooks/{webhook_id}/secret", A::RotateWebhook, "更换推送的密钥；原密钥再签名一天", "Give a webhook another secret; the one before signs too for a day", webhooks::rotate)
            .gives::<WebhookSecretView>(200)
            .secret(),
        row(Post, "/api/v1/webhooks/{webhook_id}/test", A::ChangeWebhook, "发送一条试验消息", "Send a message that only tries whether it arrives", webhooks::test)
            .gives::<DeliveryView>(200),
        row(Post, "/api/v1/webhooks/{webhook_id}/replay", A::ChangeWebhook, "从某一位置起重新推送，或略过未推送的", "Tell again what came after a place, or pass over what was not told", webhooks::replay)
            .takes::<Replay>()
            .gives::<WebhookView>(200),
        row(Post, "/api/v1/webhooks/{webhook_id}/revocation", A::RevokeWebhook, "终止推送，立即生效", "End a webhook, at once", webhooks::revoke)
            .asks_first()
            .takes::<RevokeWebhook>()
            .gives::<WebhookView>(200),
        row(Get, "/api/v1/webhooks/{webhook_id}/deliveries", A::ReadMachines, "推送的消息，新的在前：待送达的，以及近30天送达的", "What a webhook has to tell, and told during the last thirty days, newest first", webhooks::deliveries)
            .asks(PAGING)
            .gives::<Page<DeliveryView>>(200),
        row(Post, "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", A::ChangeWebhook, "重新推送一条消息", "Tell one message again", webhooks::replay_one)
            .gives::<DeliveryView>(200),
        // The clock.
        row(Get, "/api/v1/clock", A::ReadClock, "服务的时钟，以及尚无人处理的时钟跳变", "The service's clock, and jumps of it that nobody has settled", health::clock)
            .gives::<ClockView>(200),
        row(Post, "/api/v1/clock/jumps/{jump_id}/confirmation", A::ConfirmClock, "说明理由，确认机器跳变后的时间正确", "Say, with a reason, that the time of day to which the machine has jumped is the right one", health::confirm_clock)
            .takes::<ConfirmClock>()
            .gives::<ClockView>(200),
        // Competitions.
        row(Get, "/api/v1/competitions", A::ReadPublic, "竞赛，新的在前；草稿仅办公室和监督可见", "Competitions, newest first; drafts for the office and supervisors alone", competitions::list)
            .asks(PAGING)
            .gives::<Page<CompetitionEntry>>(200)
            .steady(),
        row(Post, "/api/v1/competitions", A::CreateCompetition, "新建竞赛草稿", "Create a competition as a draft", competitions::create)
            .takes::<Settings>()
            .gives::<CompetitionView>(201),
        row(Get, "/api/v1/competitions/settings-template", A::CreateCompetition, "新一届竞赛的默认设置：最新目录和工作日历，日程顺延至今天之后；`POST /competitions` 原样接受", "Default settings of a new competition, with the newest catalogue and working days and a calendar that lies ahead; `POST /competitions` takes them as they are", competitions::template)
            .gives::<Settings>(200),
        row(Get, "/api/v1/competitions/{competition_id}", A::ReadPublic, "一届竞赛及其现行设置", "A competition with the settings that hold", competitions::read)
            .printed(&[&printed::CALL])
            .gives::<CompetitionView>(200)
            .steady(),
        row(Put, "/api/v1/competitions/{competition_id}/settings", A::ChangeCompetition, "替换草稿的设置", "Replace the settings of a draft", competitions::change)
            .takes::<Settings>()
            .gives::<CompetitionView>(200)
            .over_revision()
            .asks(TRYING),
        row(Post, "/api/v1/competitions/{competition_id}/corrections", A::CorrectCompetition, "公开征集后更正设置：形成新版本并说明理由", "Correct the settings after the call: a new version with its reason", competitions::correct)
            .asks_first()
            .takes::<Correct>()
            .gives::<CompetitionView>(201)
            .over_revision(),
        row(Post, "/api/v1/competitions/{competition_id}/extensions", A::ExtendDeadline, "推迟截止时间并说明理由", "Make a deadline later, with a reason", competitions::extend)
            .asks_first()
            .takes::<Extend>()
            .gives::<CompetitionView>(201)
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/readiness", A::ReadDrafts, "进入下一阶段还缺什么", "What blocks the next state", competitions::readiness)
            .gives::<ReadinessView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/state", A::MoveCompetition, "使竞赛进入下一阶段", "Move a competition to its next state", competitions::advance)
            .asks_first()
            .takes::<Move>()
            .gives::<CompetitionView>(200)
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/reopening", A::ReadDrafts, "等待第二人的重开上一阶段提议", "The proposal to open the stage before again that waits for a second person", competitions::read_reopening)
            .gives::<ReopeningView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/reopening", A::ProposeReopening, "说明理由，提议重开误关的上一阶段：`application` 或 `scoring`", "Propose, with a reason, to open the stage before again, which was closed by mistake: `application` or `scoring`", competitions::propose_reopening)
            .takes::<ProposeReopening>()
            .gives::<ReopeningView>(201)
            .over_revision(),
        row(Post, "/api/v1/competitions/{competition_id}/reopening/confirmation", A::ReopenCompetition, "作为办公室第二人重开该阶段", "Open that stage again, as the second person of the office", competitions::reopen)
            .gives::<CompetitionView>(200)
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/versions", A::ReadPublic, "竞赛设置各版本，新的在前", "Versions of a competition's settings, newest first", competitions::versions)
            .asks(PAGING)
            .gives::<Page<VersionEntry>>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/versions/{number}", A::ReadPublic, "竞赛设置的一个版本及其改动", "A version of a competition's settings, with what it changed", competitions::version)
            .gives::<VersionView>(200)
            .steady(),
        // Applications.
        row(Get, "/api/v1/applications", A::ListApplications, "本人可见的申报，新的在前", "Applications that one may see, newest first", applications::list)
            .tabled(&tables::APPLICATIONS)
            .asks(APPLICATION_QUERY)
            .gives::<Page<ApplicationEntry>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/applications", A::CreateApplication, "开始一件申报", "Start an application", applications::create)
            .takes::<Create>()
            .gives::<ApplicationView>(201),
        row(Get, "/api/v1/applications/{application_id}", A::ReadApplication, "一件申报", "An application", applications::read)
            .printed(&[&printed::APPLICATION])
            .gives::<ApplicationView>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/parts/{part}", A::ChangeApplication, "替换一个部分的内容：`profile`、`firms`、`figures`、`undertaking`、`section.<key>`", "Replace what stands in a part: `profile`, `firms`, `figures`, `undertaking`, `section.<key>`", applications::put_part)
            .takes::<PartContent>()
            .gives::<PartView>(200)
            .over_revision(),
        row(Get, "/api/v1/applications/{application_id}/parts/{part}/import", A::ChangeApplication, "指标数据（`figures`）或领军企业（`firms`）的表（Excel），已填入现有内容，修改后可导入", "The figures or the firms as they stand, as a workbook that may come back", tables::part_template)
            .gives_workbook(),
        row(Post, "/api/v1/applications/{application_id}/parts/{part}/import", A::ChangeApplication, "按表格（CSV 或 Excel）填写指标数据或领军企业：全部成功或全部不导入；表中没有的不变", "Fill in figures or firms by a table, CSV or Excel: all of it or nothing; what it does not name stays", applications::import_part)
            .asks_first()
            .asks(tables::MARKED)
            .takes::<ImportTable>()
            .gives::<ImportedTableView>(200),
        row(Get, "/api/v1/applications/{application_id}/parts/{part}/revisions", A::ReadApplication, "某部分由谁改了什么，早的在前", "Who changed what of a part, oldest first", applications::part_history)
            .asks(PAGING)
            .gives::<Page<PartRevisionView>>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/members", A::ChangeApplication, "替换牵头地区以外的成员", "Replace the members besides the lead", applications::put_members)
            .takes::<PutMembers>()
            .gives::<ApplicationView>(200)
            .over_revision(),
        row(Get, "/api/v1/applications/{application_id}/consents", A::ReadApplication, "成员同意书所涵盖的内容，及各自同意后的改动", "What the consents of its members cover, and what has changed since each was given", applications::consents)
            .gives::<ConsentsView>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/consents", A::DecideConsent, "给予或拒绝本地区的同意", "Give or refuse the consent of one's own region", applications::decide_consent)
            .takes::<DecideConsent>()
            .gives::<MemberView>(200),
        row(Get, "/api/v1/applications/{application_id}/completeness", A::ReadApplication, "缺少什么，何处看来有误", "What is missing, and what looks wrong", applications::completeness)
            .gives::<CompletenessView>(200)
            .steady(),
        row(Get, "/api/v1/applications/{application_id}/self-score", A::ReadApplication, "按申报值试算得分", "How the claims would score", applications::self_score)
            .gives::<SelfScoreView>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/submissions", A::SubmitApplication, "提交申报；答复即回执", "Submit an application; the answer is the receipt", applications::submit)
            .gives::<ReceiptView>(201)
            .over_revision()
            .asks(TRYING),
        row(Get, "/api/v1/applications/{application_id}/submissions", A::ReadApplication, "历次提交，早的在前", "Submissions, oldest first", applications::submissions)
            .gives::<Page<SubmissionEntry>>(200)
            .steady(),
        row(Get, "/api/v1/applications/{application_id}/submissions/{number}", A::ReadApplication, "一次提交及其改动", "A submission, with what it changed", applications::submission)
            .printed(&[&printed::RECEIPT])
            .gives::<SubmissionView>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/withdrawal", A::WithdrawApplication, "撤回申报", "Withdraw an application", applications::withdraw)
            .asks_first()
            .takes::<Withdraw>()
            .gives::<ApplicationView>(200)
            .over_revision(),
        row(Get, "/api/v1/changes", A::ReadChanges, "何物有变，按办理的先后，供保存副本者跟进", "What changed, in the order in which it was done, for those who keep a copy", changes::list)
            .asks(CHANGES_QUERY)
            .gives::<ChangesView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/export", A::ListApplications, "一届竞赛中本人可见的全部申报，每行一件，附审查、考察、评分表和得分，均与逐件读取相同", "All applications of a competition that one may see, one a line, with checks, inspection, sheets and result, each as it is read by itself", changes::export)
            .tabled(&tables::EXPORT)
            .gives_lines_of::<ExportedApplication>(),
        // Evidence.
        row(Get, "/api/v1/applications/{application_id}/evidence", A::ReadApplication, "一件申报的佐证材料", "The evidence of an application", evidence::list)
            .tabled(&tables::EVIDENCE)
            .gives::<EvidenceListView>(200),
        row(Post, "/api/v1/applications/{application_id}/evidence", A::ChangeApplication, "上传文件：正文为文件字节，须带 `Content-Digest`（RFC 9530，sha-256）；中断后请重新上传", "Upload a file: its bytes are the body, `Content-Digest` (RFC 9530, sha-256) is obligatory; upload again if it breaks off", evidence::upload)
            .asks(&[("name", "文件名", "The file's name"), ("kind", "竞赛设置中的材料种类", "Its kind in the competition's settings")])
            .takes_file()
            .gives::<EvidenceView>(201),
        row(Get, "/api/v1/evidence/{evidence_id}", A::ReadApplication, "一份佐证材料；图片的时间、地点和设备仅牵头地区、办公室、监督和考察组可见", "A piece of evidence; a picture with what it says of time, place and device, for its lead, the office, supervisors and the inspection team", evidence::read)
            .gives::<EvidenceView>(200),
        row(Get, "/api/v1/evidence/{evidence_id}/content", A::ReadApplication, "一份佐证材料的字节；成员、设区市和不参加考察的专家所得图片已去除地点、时间和设备。`Repr-Digest`（RFC 9530）为所发字节的摘要", "The bytes of a piece of evidence; of a picture a copy without place, time and device for members, cities and experts who don't inspect. `Repr-Digest` (RFC 9530) is of the bytes sent", evidence::download).gives_file(),
        row(Delete, "/api/v1/evidence/{evidence_id}", A::ChangeApplication, "移除一份佐证材料", "Remove a piece of evidence", evidence::remove)
            .asks_first(),
        // City review and recommendation.
        row(Post, "/api/v1/applications/{application_id}/return", A::ReturnApplication, "说明理由，退回申报", "Send an application back with reasons", recommendations::send_back)
            .takes::<Return>()
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/duplicates", A::ReadDuplicates, "多件申报共有的企业和文字", "Firms and text that several applications share", recommendations::duplicates)
            .gives::<DuplicatesView>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/recommendations", A::ReadProgress, "推荐汇总：各设区市的推荐名单，未封存的也在内", "The recommendation lists of all cities, also those not yet sealed", recommendations::overview)
            .tabled(&tables::RECOMMENDATIONS)
            .gives::<RecommendationsView>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/recommendations/{city_code}", A::ReadRecommendation, "一市的推荐名单", "A city's recommendation list", recommendations::read)
            .printed(&[&printed::RECOMMENDATION])
            .tabled(&tables::RECOMMENDATION)
            .gives::<RecommendationView>(200)
            .steady(),
        row(Put, "/api/v1/competitions/{competition_id}/recommendations/{city_code}", A::ChangeRecommendation, "按顺序替换一市的推荐名单", "Replace a city's recommendation list, in order", recommendations::put)
            .takes::<PutList>()
            .gives::<RecommendationView>(200)
            .over_revision(),
        row(Post, "/api/v1/competitions/{competition_id}/recommendations/{city_code}/seal", A::SealRecommendation, "封存一市的推荐名单；答复即回执", "Seal a city's recommendation list; the answer is the receipt", recommendations::seal)
            .gives::<RecommendationView>(200)
            .over_revision()
            .asks(TRYING),
        // The office's checks.
        row(Get, "/api/v1/applications/{application_id}/checks", A::ReadApplication, "形式审查；办公室和监督另见否决核查", "Formal checks and, for the office and supervisors, veto checks", checks::read)
            .printed(&[&printed::CORRECTION, &printed::REJECTION, &printed::INQUIRY])
            .gives::<ChecksView>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/checks/formal", A::CheckFormally, "记录一次形式审查", "Record a formal check", checks::check_formally)
            .asks_first()
            .takes::<Check>()
            .gives::<FormalCheckView>(201)
            .over_revision()
            .asks(TRYING),
        row(Post, "/api/v1/applications/{application_id}/checks/formal/revocation", A::TakeBackCheck, "作为办公室第二人撤销不予受理并说明理由，下一阶段开始前方可", "Take a rejection back with a reason, as a second person of the office, until the next stage begins", checks::take_back)
            .takes::<Because>()
            .gives::<FormalCheckView>(201)
            .over_revision(),
        row(Put, "/api/v1/applications/{application_id}/checks/vetoes/{item}", A::CheckVeto, "记录一个否决项的状态", "Record the state of a veto item", checks::put_veto)
            .takes::<PutVeto>()
            .gives::<VetoView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/checks/replies", A::CheckVeto, "上传否决核查的复函", "Upload a reply document of a veto check", evidence::upload_reply)
            .asks(&[("name", "文件名", "The file's name")])
            .takes_file()
            .gives::<EvidenceView>(201),
        row(Get, "/api/v1/competitions/{competition_id}/checks/drafts", A::ReadChecks, "待形式审查的申报及尚未印发的审查意见，按编号排列", "Applications that wait for a formal check, with what is found so far, by number", checks::drafts)
            .tabled(&tables::CHECK_DRAFTS)
            .gives::<Page<CheckDraftEntry>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/checks/drafts", A::CheckFormally, "一次保存多件申报的形式审查草稿；印发前不告知任何人", "Save drafts of formal checks of many applications; nobody is told before they are issued", checks::save_drafts)
            .takes::<SaveCheckDrafts>()
            .gives::<SavedCheckDraftsView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/checks/drafts/import", A::CheckFormally, "形式审查草稿的表（Excel），已填入现有内容，修改后可导入", "The drafts of formal checks as a workbook that may come back", tables::checks_template)
            .gives_workbook(),
        row(Post, "/api/v1/competitions/{competition_id}/checks/drafts/import", A::CheckFormally, "按表格（CSV 或 Excel）填写形式审查草稿：全部成功或全部不导入；表中没有的不变", "Fill in drafts of formal checks by a table, CSV or Excel: all of it or nothing; what it does not name stays", checks::import_drafts)
            .asks_first()
            .asks(tables::MARKED)
            .takes::<ImportTable>()
            .gives::<ImportedTableView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/checks/lots", A::ReadChecks, "一并印发的形式审查结果，早的在前", "Formal checks that were issued together, oldest first", checks::lots)
            .tabled(&tables::CHECK_LOTS)
            .gives::<Page<CheckLotEntry>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/checks/lots", A::CheckFormally, "一并印发所选申报的形式审查结果；未填写完整的仍为草稿", "Issue the formal checks of chosen applications together; those not complete stay drafts", checks::issue)
            .asks_first()
            .takes::<IssueChecks>()
            .gives::<CheckLotView>(201)
            .asks(TRYING),
        row(Get, "/api/v1/competitions/{competition_id}/checks/lots/{number}", A::ReadChecks, "一批形式审查结果；各件的通知书合为一份文书", "A lot of formal checks; its letters as one document", checks::lot)
            .tabled(&tables::CHECK_LOT)
            .printed(&[&printed::CHECK_LETTERS])
            .gives::<CheckLotView>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/inquiries", A::ReadChecks, "向有关部门函询否决事项的函件，早的在前", "Letters that ask departments about veto items, oldest first", inquiries::list)
            .tabled(&tables::INQUIRIES)
            .gives::<Page<InquiryEntry>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/inquiries", A::CheckVeto, "就若干申报的若干否决项函询一个部门", "Ask a department about veto items of several applications", inquiries::ask)
            .takes::<AskDepartment>()
            .gives::<InquiryView>(201),
        row(Get, "/api/v1/competitions/{competition_id}/inquiries/{number}", A::ReadChecks, "一份函件及其答复", "A letter with how it was answered", inquiries::read)
            .tabled(&tables::INQUIRY)
            .printed(&[&printed::JOINT_INQUIRY])
            .gives::<InquiryView>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/inquiries/{number}/reply", A::CheckVeto, "上传复函：一次上传，所涉申报均可引用", "Upload the reply: once for all applications that it is about", inquiries::upload_reply)
            .asks(&[("name", "文件名", "The file's name")])
            .takes_file()
            .gives::<InquiryView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/inquiries/{number}/results", A::CheckVeto, "记录复函结果：除列明的以外均为未发现", "Record what the reply says: all is clear but what is named", inquiries::record_results)
            .asks_first()
            .takes::<AnswerInquiry>()
            .gives::<InquiryView>(200)
            .over_revision()
            .asks(TRYING),
        // Experts and panels.
        row(Get, "/api/v1/experts", A::ReadExperts, "专家库", "The expert pool", experts::list)
            .tabled(&tables::EXPERTS)
            .asks(EXPERT_QUERY)
            .gives::<Page<ExpertView>>(200)
            .steady(),
        row(Post, "/api/v1/experts", A::ChangeExperts, "将专家加入专家库", "Add an expert to the pool", experts::create)
            .takes::<PutExpert>()
            .gives::<ExpertView>(201),
        row(Get, "/api/v1/experts/import", A::ChangeExperts, "导入专家用的表格（Excel）", "The table to import experts by, as a workbook", tables::expert_template)
            .gives_workbook(),
        row(Post, "/api/v1/experts/import", A::ChangeExperts, "导入专家表（CSV 或 Excel）：全部成功或全部不导入", "Import a table of experts, CSV or Excel: all of it or nothing", experts::import)
            .asks_first()
            .asks(tables::MARKED)
            .takes::<ImportExperts>()
            .gives::<ImportedExpertsView>(200),
        row(Get, "/api/v1/experts/{expert_id}", A::ReadExperts, "一位专家", "An expert", experts::read)
            .gives::<ExpertView>(200)
            .steady(),
        row(Put, "/api/v1/experts/{expert_id}", A::ChangeExperts, "修改专家；由此发现的冲突使其立即回避", "Change an expert; a conflict found by it recuses the expert at once", experts::change)
            .asks_first()
            .takes::<PutExpert>()
            .gives::<ExpertView>(200)
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/conflicts", A::ReadExperts, "自动回避检查目前的结果", "What the automatic check for conflicts finds, as things stand now", experts::conflicts)
            .tabled(&tables::CONFLICTS)
            .gives::<Page<ConflictsView>>(200),
        row(Get, "/api/v1/competitions/{competition_id}/draws", A::ReadDraws, "历次专家抽取，早的在前", "Attempts to draw the panels, oldest first", experts::draws)
            .printed(&[&printed::DRAW])
            .tabled(&tables::DRAWS)
            .gives::<Page<DrawView>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/draws", A::Draw, "公布种子之前，冻结候选专家与规则并对密值作出承诺", "Freeze candidates and rule and commit to a secret, before the public seed is known", experts::freeze)
            .takes::<Freeze>()
            .gives::<DrawView>(201),
        row(Post, "/api/v1/competitions/{competition_id}/draws/{number}/seed", A::Draw, "输入公开种子并抽取", "Enter the public seed and draw", experts::enter_seed)
            .asks_first()
            .takes::<EnterSeed>()
            .gives::<DrawView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/draws/{number}/witness", A::WitnessDraw, "作为见证人确认或否定一次抽取", "Confirm or reject a draw as its witness", experts::witness)
            .takes::<Witness>()
            .gives::<DrawView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/draws/{number}/abandonment", A::Draw, "在输入种子之前放弃一次抽取", "Give an attempt up before its seed is entered", experts::give_up)
            .takes::<GiveUp>()
            .gives::<DrawView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/draws/{number}/record", A::ReadDraws, "一次抽取的记录，供 `qianglian draw --replay` 使用", "The record of a draw, for `qianglian draw --replay`", experts::record)
            .gives::<DrawRecord>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/panels", A::ReadDraws, "各评审组及其席位", "The panels with their seats", experts::panels)
            .printed(&[&printed::INVITATIONS, &printed::BLANK_SHEETS, &printed::PANEL_SHEETS])
            .tabled(&tables::PANELS)
            .gives::<Page<PanelView>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/panels/{panel}/experts/{expert_id}/recusal", A::RecuseExpert, "使一位专家回避；按序递补", "Recuse an expert; the next in order is called", experts::recuse)
            .asks_first()
            .takes::<Recuse>()
            .gives::<PanelView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/panels/mine", A::ReadOwnPanel, "本人作为专家要评审的内容", "What one is to judge as an expert", experts::own_panel)
            .printed(&[&printed::DECLARATION])
            .tabled(&tables::OWN_PANEL)
            .gives::<OwnPanelView>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/panels/mine/declaration", A::DeclareConflicts, "签署回避声明", "Sign the declaration of conflicts", experts::declare)
            .asks_first()
            .takes::<Declare>()
            .gives::<OwnPanelView>(201),
        // Inspections.
        row(Get, "/api/v1/competitions/{competition_id}/inspections", A::ReadDraws, "已受理申报的考察安排：考察组、日期、时刻；尚未安排的在后", "The plan of all inspections: teams, days and times; what is not planned last", inspections::plan_of_all)
            .printed(&[&printed::SCHEDULE, &printed::NOTICES_OF_INSPECTION])
            .tabled(&tables::INSPECTIONS)
            .gives::<Page<PlannedInspectionView>>(200)
            .steady(),
        row(Put, "/api/v1/competitions/{competition_id}/inspections", A::PlanInspection, "一次安排多件申报的考察：全部成功或全部不保存", "Plan the inspections of many applications: all of it or nothing", inspections::put_plans)
            .asks_first()
            .takes::<PlanInspections>()
            .gives::<ImportedTableView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/inspections/import", A::PlanInspection, "尚可改动的考察安排（Excel），修改后可导入", "The plan of inspections that can still be changed, as a workbook that may come back", tables::inspection_template)
            .gives_workbook(),
        row(Post, "/api/v1/competitions/{competition_id}/inspections/import", A::PlanInspection, "按表格（CSV 或 Excel）安排考察：全部成功或全部不导入；空单元格和表中没有的不变", "Plan inspections by a table, CSV or Excel: all of it or nothing; empty cells and what it does not name stay", inspections::import_plans)
            .asks_first()
            .asks(tables::MARKED)
            .takes::<ImportTable>()
            .gives::<ImportedTableView>(200),
        row(Get, "/api/v1/applications/{application_id}/inspection", A::ReadInspection, "一件申报的考察，以本人可见者为限", "The inspection of an application, as far as one may see it", inspections::read)
            .printed(&[&printed::INSPECTION, &printed::INSPECTED])
            .gives::<InspectionView>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/inspection/plan", A::PlanInspection, "安排考察", "Plan an inspection", inspections::put_plan)
            .asks_first()
            .takes::<InspectionPlan>()
            .gives::<InspectionView>(200)
            .over_revision(),
        row(Put, "/api/v1/applications/{application_id}/inspection/record", A::RecordInspection, "保存考察记录", "Save the record of an inspection", inspections::put_record)
            .takes::<InspectionRecord>()
            .gives::<InspectionView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/inspection/photos", A::RecordInspection, "上传照片：正文为文件字节，须带 `Content-Digest`", "Upload a photograph: its bytes are the body, `Content-Digest` is obligatory", evidence::upload_photo)
            .asks(&[("name", "文件名", "The file's name")])
            .takes_file()
            .gives::<EvidenceView>(201),
        row(Post, "/api/v1/applications/{application_id}/inspection/signatures", A::RecordInspection, "作为考察组成员签署记录", "Sign the record as a member of the team", inspections::sign)
            .asks_first()
            .gives::<InspectionView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/inspection/decision", A::AnswerInspection, "作为被考察方同意或提出异议", "Agree or object as the inspected party", inspections::decide)
            .takes::<DecideInspection>()
            .gives::<InspectionView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/inspection/refusal", A::RecordInspection, "说明被考察方拒绝签署", "State that the inspected party refused to sign", inspections::state_refusal)
            .takes::<DecideInspection>()
            .gives::<InspectionView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/inspection/reopening", A::PlanInspection, "重开已签署的考察以便复查", "Reopen a signed inspection for a re-check", inspections::reopen)
            .asks_first()
            .takes::<Because>()
            .gives::<InspectionView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/inspection/increases/{indicator}/consent", A::PlanInspection, "同意高于申报值的核定值", "Consent to a verified value above the claim", inspections::consent)
            .takes::<Because>()
            .gives::<InspectionView>(200),
        row(Post, "/api/v1/applications/{application_id}/inspection/comments", A::AnswerInspection, "作为申报单位对核定值提出意见", "Comment on the verified values as the applicant", inspections::comment)
            .takes::<Say>()
            .gives::<InspectionView>(200),
        row(Post, "/api/v1/applications/{application_id}/rectifications", A::RecordInspection, "要求整改", "Order something to be put right", inspections::order_rectification)
            .takes::<OrderRectification>()
            .gives::<RectificationView>(201),
        row(Post, "/api/v1/rectifications/{rectification_id}/answer", A::AnswerInspection, "说明已整改的内容", "Say what has been put right", inspections::answer_rectification)
            .takes::<Say>()
            .gives::<RectificationView>(200)
            .over_revision(),
        row(Post, "/api/v1/rectifications/{rectification_id}/recheck", A::RecordInspection, "记录整改复查结果", "Record what the re-check found", inspections::recheck_rectification)
            .takes::<RecheckRectification>()
            .gives::<RectificationView>(200)
            .over_revision(),
        // Score sheets.
        row(Get, "/api/v1/applications/{application_id}/sheets/mine", A::FillSheet, "本人的评分表", "One's own score sheet", sheets::read_own)
            .printed(&[&printed::OWN_SHEET])
            .gives::<SheetView>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/sheets/mine", A::FillSheet, "保存本人评分表草稿", "Save a draft of one's own score sheet", sheets::put)
            .takes::<SheetContent>()
            .gives::<SheetView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/sheets/mine/signature", A::FillSheet, "签署本人评分表；答复即回执", "Sign one's own score sheet; the answer is the receipt", sheets::sign)
            .gives::<SheetReceiptView>(201)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/sheets/mine/corrections", A::FillSheet, "按竞赛规定的理由之一更正本人已签署的评分表", "Correct one's own signed sheet, for one of the competition's reasons", sheets::correct)
            .takes::<CorrectSheet>()
            .gives::<SheetReceiptView>(201)
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/sheets/mine/import", A::FillSheet, "本人尚未签署的各份评分表，合为一张表（Excel），可离线填写后导入", "One's own sheets that are not signed, as one workbook to be filled in without a network", tables::sheets_template)
            .gives_workbook(),
        row(Post, "/api/v1/competitions/{competition_id}/sheets/mine/import", A::FillSheet, "导入离线填写的评分表（CSV 或 Excel）：存为草稿，不签署；已签署的不变；全部成功或全部不导入", "Import sheets that were filled in without a network, CSV or Excel: they become drafts; signed ones stay; all of it or nothing", sheets::import)
            .asks_first()
            .asks(tables::MARKED)
            .takes::<ImportTable>()
            .gives::<ImportedTableView>(200),
        row(Get, "/api/v1/applications/{application_id}/sheets", A::ReadSheets, "一件申报的全部评分表：监督可见；评分结束后办公室可见", "All sheets of an application: for supervisors; for the office once scoring is closed", sheets::list)
            .printed(&[&printed::SHEETS])
            .gives::<Page<ExpertSheetView>>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/sheets/{expert_id}/paper", A::EnterPaperSheet, "录入纸质签署的评分表；由第二人再录一遍", "Enter a sheet that was signed on paper; a second person enters it again", sheets::enter_paper)
            .takes::<EnterPaper>()
            .gives::<PaperView>(200),
        row(Delete, "/api/v1/applications/{application_id}/sheets/{expert_id}/paper", A::EnterPaperSheet, "丢弃纸质评分表的首次录入", "Discard the first entry of a paper sheet", sheets::discard_paper)
            .asks_first(),
        // Closing, ranking, selection.
        row(Get, "/api/v1/applications/{application_id}/adjustments", A::ReadRanking, "一件申报的加分和扣分", "Bonuses and deductions of an application", results::adjustments)
            .gives::<AdjustmentsView>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/adjustments", A::Adjust, "录入一件申报的加分和扣分", "Enter the bonuses and deductions of an application", results::put_adjustments)
            .takes::<PutAdjustments>()
            .gives::<AdjustmentsView>(200)
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/tallies", A::ReadRanking, "汇总各版本，早的在前", "Versions of the tally, oldest first", results::tallies)
            .gives::<Page<TallyView>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/tallies", A::MakeTally, "按现已签署的材料形成汇总的下一版，含对并列者的裁定", "Make a further version of the tally from what is signed now, with rulings among equals", results::make_tally)
            .takes::<MakeTally>()
            .gives::<TallyChangesView>(201)
            .asks(TRYING),
        row(Get, "/api/v1/competitions/{competition_id}/tallies/{number}", A::ReadRanking, "冻结的汇总，逐字节，供 `qianglian tally` 使用", "A frozen tally, byte by byte, for `qianglian tally`", results::tally)
            .gives::<Value>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/tallies/{number}/ranking", A::ReadRanking, "按冻结的汇总所得的排名", "The ranking by a frozen tally", results::ranking)
            .tabled(&tables::RANKING)
            .printed(&[&printed::RANKING])
            .gives::<RankingView>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/tallies/{number}/changes", A::ReadRanking, "汇总的一个版本比上一版改动了什么", "What a version of the tally changed of the one before", results::changes)
            .gives::<TallyChangesView>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/tallies/{number}/confirmation", A::ConfirmTally, "确认他人准备的汇总", "Confirm the tally that somebody else prepared", results::confirm)
            .gives::<TallyView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/selections", A::ReadRanking, "历次审议，早的在前", "Deliberations, oldest first", results::selections)
            .printed(&[&printed::MINUTES])
            .tabled(&tables::SELECTIONS)
            .gives::<Page<SelectionView>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/selections", A::Deliberate, "记录一次审议：采纳排名，或说明理由作出调整", "Record a deliberation: the ranking adopted, or departed from with reasons", results::deliberate)
            .takes::<Deliberate>()
            .gives::<SelectionView>(201),
        row(Get, "/api/v1/competitions/{competition_id}/statistics", A::ReadRanking, "统计：按竞赛、设区市、集群、产业链、组别的申报、推荐、受理、考察、入选数和得分，各指标的失分，与上届比较", "Statistics by competition, city, cluster, chain and track: how far applications came, their totals, points lost by indicator, against the competition before", results::statistics)
            .tabled(&tables::STATISTICS)
            .gives::<StatisticsView>(200)
            .steady(),
        row(Get, "/api/v1/applications/{application_id}/result", A::ReadResult, "一件申报的得分，逐项说明", "How an application fared, point by point", results::result)
            .printed(&[&printed::RESULT])
            .gives::<ResultView>(200)
            .steady(),
        // Notice, objections, re-checks.
        row(Get, "/api/v1/notices", A::ReadPublic, "各届竞赛现行的公示", "The notice that holds of every competition that has one", notices::list)
            .gives::<Page<NoticeView>>(200)
            .for_everybody(),
        row(Get, "/api/v1/competitions/{competition_id}/notices", A::ReadPublic, "一届竞赛的公示，新的在前", "The notices of a competition, newest first", notices::read)
            .printed(&[&printed::NOTICE])
            .gives::<Page<NoticeView>>(200)
            .for_everybody(),
        row(Post, "/api/v1/competitions/{competition_id}/notices", A::PublishNotice, "公示拟入选名单", "Put the proposed names on notice", notices::publish)
            .takes::<PublishNotice>()
            .gives::<NoticeView>(201),
        row(Get, "/api/v1/competitions/{competition_id}/suspensions", A::ReadObjections, "暂停的名单，含已结束的", "Suspensions of names, those that ended included", notices::suspensions)
            .gives::<Page<SuspensionView>>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/suspension", A::Suspend, "暂停一个名字", "Suspend a name", notices::suspend)
            .takes::<Because>()
            .gives::<SuspensionView>(200),
        row(Post, "/api/v1/applications/{application_id}/suspension/lifting", A::Suspend, "结束一个名字的暂停", "End the suspension of a name", notices::lift)
            .takes::<Because>()
            .gives::<SuspensionView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/objections", A::Object, "对公示中的名字提出异议；不署名的作为线索转监督", "Object to a name on notice; without a name it is a lead for the supervisors", notices::object)
            .takes::<FileObjection>()
            .gives::<ObjectionReceiptView>(200),
        row(Post, "/api/v1/objections/status", A::Object, "凭回执上的查询码查询异议的进展", "Look up where an objection stands, by the code of its receipt", notices::look_up)
            .takes::<LookUp>()
            .gives::<ObjectionStatusView>(200)
            .repeatable(),
        row(Post, "/api/v1/objections/confirmations", A::Object, "凭信中的代码确认已收到异议信件", "Show that the letter about an objection arrived, by the code in it", notices::confirm_reach)
            .takes::<ConfirmReach>()
            .gives::<ObjectionStatusView>(200)
            .repeatable(),
        row(Post, "/api/v1/objection-files", A::Object, "为异议添加文件，其查询码放在请求头 `Objection-Code`：正文为文件字节，须带 `Content-Digest`", "Add a file to an objection, whose code is in the header `Objection-Code`: its bytes are the body, `Content-Digest` is obligatory", notices::add_evidence)
            .asks(&[("name", "文件名", "The file's name")])
            .takes_file()
            .gives::<ObjectionFileView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/objections", A::ReadObjections, "异议，早的在前；监督另见匿名线索", "Objections, oldest first; for supervisors with anonymous leads", notices::objections)
            .tabled(&tables::OBJECTIONS)
            .asks(OBJECTION_QUERY)
            .gives::<Page<ObjectionView>>(200)
            .steady(),
        row(Get, "/api/v1/objections/{objection_id}", A::ReadObjections, "一件异议或线索", "An objection or lead", notices::objection)
            .printed(&[&printed::OBJECTION_ACCEPTED, &printed::OBJECTION_REFUSED, &printed::OBJECTION_ANSWERED])
            .gives::<ObjectionView>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/objections/registrations", A::DecideObjection, "登记来信、来电或来访提出的实名异议，期限自收到之日起算", "Register an objection by name that came by letter, telephone or visit; it is due from the day on which it came", notices::register)
            .takes::<RegisterObjection>()
            .gives::<ObjectionReceiptView>(200),
        row(Post, "/api/v1/objections/{objection_id}/files", A::DecideObjection, "办公室为异议添加扫描件", "Add a scan to an objection, as the office", notices::add_scan)
            .asks(&[("name", "文件名", "The file's name")])
            .takes_file()
            .gives::<ObjectionFileView>(200),
        row(Post, "/api/v1/objections/{objection_id}/reach", A::ReachObjector, "记录已联系到异议人及其方式", "Record that whoever objects was reached, and how", notices::reach)
            .takes::<StateObjection>()
            .gives::<ObjectionView>(200)
            .over_revision(),
        row(Post, "/api/v1/objections/{objection_id}/steps", A::DecideObjection, "受理、不予受理、调查或决定异议", "Accept, refuse, investigate or decide an objection", notices::decide)
            .asks_first()
            .takes::<StepObjection>()
            .gives::<ObjectionView>(200)
            .over_revision(),
        row(Post, "/api/v1/objections/{objection_id}/note", A::NoteLead, "记录匿名线索的处理结果", "Record what came of an anonymous lead", notices::note_lead)
            .takes::<StateObjection>()
            .gives::<ObjectionView>(200)
            .over_revision(),
        row(Get, "/api/v1/objection-files/{objection_file_id}/content", A::ReadObjections, "随异议提交的文件的字节", "The bytes of a file that came with an objection", notices::download).gives_file(),
        row(Get, "/api/v1/applications/{application_id}/objections", A::AnswerObjection, "本单位申报被问及的异议，不含异议人", "Objections that one's own application has been asked about, without who objects", notices::own_objections)
            .gives::<Page<OwnObjectionView>>(200)
            .steady(),
        row(Post, "/api/v1/objections/{objection_id}/statement", A::AnswerObjection, "陈述申报单位对异议的意见", "State the applicant's view of an objection", notices::state)
            .takes::<StateObjection>()
            .gives::<OwnObjectionView>(200)
            .over_revision(),
        row(Get, "/api/v1/applications/{application_id}/recheck-requests", A::ReadRechecks, "关于一件申报的复核申请", "Re-check requests about an application", notices::own_rechecks)
            .gives::<Page<RecheckView>>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/recheck-requests", A::RequestRecheck, "申请复核计算或程序", "Ask for a re-check of arithmetic or procedure", notices::request_recheck)
            .takes::<RequestRecheck>()
            .gives::<RecheckView>(201),
        row(Get, "/api/v1/competitions/{competition_id}/recheck-requests", A::ReadObjections, "一届竞赛的复核申请，早的在前", "Re-check requests of a competition, oldest first", notices::rechecks)
            .tabled(&tables::RECHECKS)
            .gives::<Page<RecheckView>>(200)
            .steady(),
        row(Post, "/api/v1/recheck-requests/{recheck_id}/answer", A::AnswerRecheck, "答复复核申请", "Answer a re-check request", notices::answer_recheck)
            .takes::<AnswerRecheck>()
            .gives::<RecheckView>(200)
            .over_revision(),
        // Announcement and titles.
        row(Get, "/api/v1/announcements", A::ReadPublic, "各届竞赛现行的公告", "The announcement that holds of every competition that has one", announcements::list)
            .gives::<Page<AnnouncementEntry>>(200)
            .for_everybody(),
        row(Get, "/api/v1/competitions/{competition_id}/announcement", A::ReadPublic, "一届竞赛现行的公告，逐字节", "The announcement of a competition that holds, byte by byte", announcements::read)
            .printed(&[&printed::ANNOUNCEMENT])
            .gives::<Announcement>(200)
            .for_everybody(),
        row(Get, "/api/v1/competitions/{competition_id}/announcement/csv", A::ReadPublic, "公告名单的表格", "Its winners as a table", announcements::csv)
            .gives_text(CSV)
            .for_everybody(),
        row(Get, "/api/v1/competitions/{competition_id}/announcements/{number}", A::ReadPublic, "一届竞赛的一份公告，逐字节，无论是否已被替换", "An announcement of a competition, byte by byte, whether replaced or not", announcements::version)
            .gives::<Announcement>(200)
            .for_good(),
        row(Get, "/api/v1/competitions/{competition_id}/announcement/preview", A::ReadRanking, "现在公布的公告会写什么", "What an announcement would say now", announcements::preview)
            .gives::<AnnouncementPreview>(200),
        row(Post, "/api/v1/competitions/{competition_id}/announcements", A::Announce, "公布名单；后来的公告替换先前的并说明理由", "Announce the winners; a later announcement replaces the one before and says why", announcements::publish)
            .takes::<AnnouncementDraft>()
            .gives::<AnnouncementEntry>(201),
        row(Get, "/api/v1/titles", A::ReadPublic, "称号，新的在前，以今日状态为准", "Titles, newest first, as they stand today", announcements::titles)
            .tabled(&tables::TITLES)
            .asks(PAGING)
            .gives::<Page<TitleView>>(200),
        row(Get, "/api/v1/titles/{title_id}", A::ReadPublic, "一个称号及其经过", "A title with what happened to it", announcements::title)
            .printed(&[&printed::AWARD, &printed::CERTIFICATE])
            .gives::<TitleHistoryView>(200),
        row(Post, "/api/v1/titles/{title_id}/reports", A::ReportTitle, "提交称号的年度报告", "File the yearly report of a title", announcements::report)
            .takes::<ReportTitle>()
            .gives::<TitleHistoryView>(201),
        row(Post, "/api/v1/titles/{title_id}/renewal", A::ChangeTitle, "复核后延续称号", "Renew a title after its re-check", announcements::renew)
            .takes::<RenewTitle>()
            .gives::<TitleHistoryView>(200)
            .over_revision(),
        row(Post, "/api/v1/titles/{title_id}/revocation", A::ChangeTitle, "撤销称号", "Revoke a title", announcements::revoke)
            .asks_first()
            .takes::<Because>()
            .gives::<TitleHistoryView>(200)
            .over_revision(),
        // The archive.
        row(Get, "/api/v1/competitions/{competition_id}/archive", A::ReadArchive, "归档包将有的内容，按类别；公布之后", "What the archive of a competition has or would have, by class; once it was announced", archive::preview)
            .gives::<ArchiveView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/archive", A::Archive, "归档：选定各类的保管期限；记入审计记录，之后可下载归档包", "Archive a competition, for how long each class is kept; recorded in the trail, and the archive can be downloaded then", archive::make)
            .takes::<MakeArchive>()
            .gives::<ArchivedView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/archive/content", A::ReadArchive, "归档包（ZIP），边生成边下载：目录、公文、佐证材料、存档数据及其摘要；监督另有审计记录", "The archive as a ZIP file that is made while it is sent: catalogue, documents, evidence, kept data and digests; for supervisors with the trail", archive::content)
            .gives_made(archive::ZIP),
        // Open data.
        row(Get, "/data/catalogue.jsonld", A::ReadPublic, "开放数据目录（DCAT-AP，JSON-LD）", "The catalogue of open data (DCAT-AP as JSON-LD)", open_data::catalogue)
            .gives_text(open_data::JSON_LD)
            .for_everybody(),
        row(Get, "/data/titles.csv", A::ReadPublic, "称号及其状态，CSV", "Titles and how they stand, as CSV", |request| open_data::file(request, OpenTable::Titles, OpenFormat::Csv))
            .gives_text(CSV)
            .for_everybody(),
        row(Get, "/data/titles.json", A::ReadPublic, "称号及其状态，JSON", "Titles and how they stand, as JSON", |request| open_data::file(request, OpenTable::Titles, OpenFormat::Json))
            .gives_text(JSON)
            .for_everybody(),
        row(Get, "/data/chains.csv", A::ReadPublic, "最新目录的重点产业链，CSV", "Key chains of the newest catalogue, as CSV", |request| open_data::file(request, OpenTable::Chains, OpenFormat::Csv))
            .gives_text(CSV)
            .for_everybody(),
        row(Get, "/data/chains.json", A::ReadPublic, "最新目录的重点产业链，JSON", "Key chains of the newest catalogue, as JSON", |request| open_data::file(request, OpenTable::Chains, OpenFormat::Json))
            .gives_text(JSON)
            .for_everybody(),
        row(Get, "/data/regions.csv", A::ReadPublic, "最新目录的地区，CSV", "Regions of the newest catalogue, as CSV", |request| open_data::file(request, OpenTable::Regions, OpenFormat::Csv))
            .gives_text(CSV)
            .for_everybody(),
        row(Get, "/data/regions.json", A::ReadPublic, "最新目录的地区，JSON", "Regions of the newest catalogue, as JSON", |request| open_data::file(request, OpenTable::Regions, OpenFormat::Json))
            .gives_text(JSON)
            .for_everybody(),
        row(Get, "/data/editions/{competition_id}/winners.csv", A::ReadPublic, "一届竞赛的入选名单，CSV", "The winners of a competition, as CSV", |request| open_data::of_edition(request, OpenTable::Winners, OpenFormat::Csv))
            .gives_text(CSV)
            .for_everybody(),
        row(Get, "/data/editions/{competition_id}/winners.json", A::ReadPublic, "一届竞赛的入选名单，JSON", "The winners of a competition, as JSON", |request| open_data::of_edition(request, OpenTable::Winners, OpenFormat::Json))
            .gives_text(JSON)
            .for_everybody(),
        row(Get, "/data/editions/{competition_id}/members.csv", A::ReadPublic, "一届竞赛入选项目的参与地区，CSV", "The regions of its winners, as CSV", |request| open_data::of_edition(request, OpenTable::Members, OpenFormat::Csv))
            .gives_text(CSV)
            .for_everybody(),
        row(Get, "/data/editions/{competition_id}/members.json", A::ReadPublic, "一届竞赛入选项目的参与地区，JSON", "The regions of its winners, as JSON", |request| open_data::of_edition(request, OpenTable::Members, OpenFormat::Json))
            .gives_text(JSON)
            .for_everybody(),
        row(Get, "/data/editions/{competition_id}/ranking.csv", A::ReadPublic, "一届竞赛的全部排名（公开排名的），CSV", "The whole ranking of a competition that discloses it, as CSV", |request| open_data::of_edition(request, OpenTable::Ranking, OpenFormat::Csv))
            .gives_text(CSV)
            .for_everybody(),
        row(Get, "/data/editions/{competition_id}/ranking.json", A::ReadPublic, "一届竞赛的全部排名（公开排名的），JSON", "The whole ranking of a competition that discloses it, as JSON", |request| open_data::of_edition(request, OpenTable::Ranking, OpenFormat::Json))
            .gives_text(JSON)
            .for_everybody(),
        row(Get, "/data/editions/{competition_id}/statistics.csv", A::ReadPublic, "一届竞赛的入选数和公开的排名数，按设区市、集群、产业链和组别，CSV", "How many winners, and ranked where that is disclosed, by city, cluster, chain and track, as CSV", |request| open_data::of_edition(request, OpenTable::Statistics, OpenFormat::Csv))
            .gives_text(CSV)
            .for_everybody(),
        row(Get, "/data/editions/{competition_id}/statistics.json", A::ReadPublic, "一届竞赛的入选数和公开的排名数，按设区市、集群、产业链和组别，JSON", "How many winners, and ranked where that is disclosed, by city, cluster, chain and track, as JSON", |request| open_data::of_edition(request, OpenTable::Statistics, OpenFormat::Json))
            .gives_text(JSON)
            .for_everybody(),
        // Progress and letters.
        row(Get, "/api/v1/competitions/{competition_id}/progress", A::ReadProgress, "竞赛进展：按设区市、按评审组，何事逾期、由谁负责", "How a competition goes on: by city, by panel, what is late and by whom", progress::read)
            .tabled(&tables::PROGRESS)
            .gives::<ProgressView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/reminders", A::Remind, "提醒所有尚有事项未办的人，每日一次", "Remind everybody who still has something to do, once a day", progress::remind)
            .gives::<RemindersView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/letters", A::ReadLetters, "函件，新的在前", "Letters, newest first", progress::letters)
            .tabled(&tables::LETTERS)
            .asks(PAGING)
            .gives::<Page<LetterView>>(200),
        row(Post, "/api/v1/letters/{letter_id}/resending", A::ResendLetter, "重新发送失败或不知是否送达的函件", "Send a letter again that failed or of which nobody knows", progress::resend)
            .gives::<LetterView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/document-draft", A::IssueDocument, "可签发的文书按目前内容拟成的草稿", "A document that the office issues, as it would be written now", issued::draft)
            .asks(DRAFT_QUERY)
            .gives::<DocumentDraftView>(200),
        row(Get, "/api/v1/competitions/{competition_id}/issued-documents", A::ReadIssued, "签发的文书，新的在前；申报单位和设区市仅见发给自己的", "Documents that the office issued, newest first; for applicants and cities those to themselves", issued::list)
            .tabled(&tables::ISSUED)
            .asks(ISSUED_QUERY)
            .gives::<Page<IssuedDocumentEntry>>(200),
        row(Post, "/api/v1/competitions/{competition_id}/issued-documents", A::IssueDocument, "签发文书：可修改文字；签发的内容连同摘要永久保存，重新签发不覆盖先前的", "Issue a document, with its text edited where wanted: what was issued is kept with its digest, and a later one overwrites none", issued::issue)
            .asks_first()
            .takes::<IssueDocument>()
            .gives::<IssuedDocumentView>(201),
        row(Get, "/api/v1/competitions/{competition_id}/issued-documents/{digest}", A::ReadIssued, "一份签发的文书，按签发时的内容", "A document as it was issued", issued::read)
            .printed(&[&printed::ISSUED])
            .gives::<IssuedDocumentView>(200),
        // Supervision and administration.
        row(Get, "/api/v1/competitions/{competition_id}/alarms", A::ReadAlarms, "按公开规则列出监督应当留意的情况；仅供参考，不影响评分", "What supervisors should look at in a competition, by stated rules; advice that plays no part in scoring", audit::alarms)
            .tabled(&tables::ALARMS)
            .gives::<AlarmsView>(200)
            .steady(),
        row(Get, "/api/v1/health", A::ReadHealth, "服务的运行情况：数据库、文件、函件及配置", "The service's health: database, files, letters, as configured", health::read).gives::<HealthView>(200),
        // The audit trail.
        row(Get, "/api/v1/audit", A::ReadAudit, "一届竞赛或服务自身的审计记录，早的在前", "Events of a competition's chain, or of the service's, oldest first", audit::list)
            .tabled(&tables::AUDIT)
            .asks(AUDIT_QUERY)
            .gives::<Page<EventView>>(200),
        row(Get, "/api/v1/audit/export", A::ReadAudit, "一条链上全部事件的原样记录，每行一条", "All events of a chain as recorded, one a line", audit::export)
            .asks(&[("competition_id", "竞赛；不填则为服务自身的记录", "The competition; the service's own chain, if absent")])
            .gives_lines(),
    ]
}
