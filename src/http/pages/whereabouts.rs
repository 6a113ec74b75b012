//! Where something is now, who has it, until when, and what follows: one block, shown after every act and on receipts.

use super::prelude::*;
use crate::actions::accounts::AccountView;
use crate::actions::applications::ApplicationView;
use crate::domain::access::LinkState;
use crate::domain::application::ApplicationState;
use crate::domain::competition::{CompetitionState, Settings};
use crate::domain::ids::CompetitionId;
use crate::domain::objection::ObjectionState;
use crate::domain::time::Timestamp;

pub(super) struct Whereabouts<'a> {
    /// What is so now.
    pub(super) now: &'a str,
    /// Who has it; nobody where it is over.
    pub(super) who: Option<&'a str>,
    pub(super) until: Option<Timestamp>,
    pub(super) next: &'a str,
}

impl Whereabouts<'_> {
    pub(super) fn block(&self, request: &PageRequest) -> Markup {
        html! {
            section.card.screen {
                h2 { (request.t("现在到哪一步", "Where it is now")) }
                (facts(&[
                    (request.t("现状", "Now"), html! { strong { (self.now) } }),
                    (request.t("在谁手中", "Who has it"), html! { (self.who.unwrap_or("—")) }),
                    (request.t("期限", "Until"), html! { @match self.until { Some(until) => (request.time(until)), None => "—" } }),
                    (request.t("接下来", "What follows"), html! { (self.next) }),
                ]))
            }
        }
    }
}

/// The block on a page that an act has led to; nothing on others.
pub(super) fn after_an_act(request: &PageRequest, whereabouts: &Whereabouts<'_>) -> Markup {
    html! { @if request.flash.is_some() { (whereabouts.block(request)) } }
}

/// The block of an application on a page that an act on it has led to.
pub(super) fn after_an_act_on(
    request: &PageRequest,
    application: &ApplicationView,
    competition: CompetitionState,
    settings: &Settings,
) -> Markup {
    let until = application.submission_due_at;
    after_an_act(request, &of_application(request, application.state, competition, settings, until))
}

/// A page about an application, below where whoever asks finds what is theirs.
pub(super) fn among_own(request: &PageRequest, competition: CompetitionId, shown: Page) -> Page {
    match request.role() {
        Some(Role::Expert) => {
            shown.crumb(format!("/competitions/{competition}/panel"), request.t("我的评审", "My panel"))
        }
        Some(Role::Inspector) => shown.crumb("/inspections", request.t("我的考察", "My inspections")),
        _ => shown.crumb("/applications", request.t("申报材料", "Applications")),
    }
}

/// A page of a competition, below its tabs; `view` is the tab that it belongs to, none for the overview, which bears the
/// competition's title itself.
pub(super) fn page_of_competition(
    request: &PageRequest,
    (id, state, settings): (CompetitionId, CompetitionState, &Settings),
    view: &str,
    title: impl Into<String>,
    content: &Markup,
) -> Page {
    let whole = html! {
        (competition_views(request, id, view))
        (after_an_act(request, &of_competition(request, state, settings)))
        (content)
    };
    let shown = Page::new(title, whole).crumb("/competitions", request.t("竞赛", "Competitions"));
    if view.is_empty() { shown } else { shown.crumb(format!("/competitions/{id}"), settings.title.clone()) }
}

/// Where a competition is.
pub(super) fn of_competition<'a>(
    request: &'a PageRequest,
    state: CompetitionState,
    settings: &Settings,
) -> Whereabouts<'a> {
    use CompetitionState as S;
    let office = request.t("领导小组办公室", "the leading-group office");
    let until = settings.calendar.period(state).map(|period| period.until);
    let (now, who, next) = match state {
        S::Draft => (
            request.t("筹备中", "in preparation"),
            office,
            request.t("发布通知后接受申报", "it is called, and takes applications"),
        ),
        S::Application => (
            request.t("正在接受申报", "it takes applications"),
            request.t("申报单位", "the applicants"),
            request.t("截止后由设区市初审、推荐", "after the deadline, cities review and recommend"),
        ),
        S::Recommendation => (
            request.t("设区市初审、推荐中", "cities review and recommend"),
            request.t("各设区市", "the cities"),
            request.t(
                "名单封存后，办公室进行形式审查和否决核查",
                "once lists are sealed, the office checks form and vetoes",
            ),
        ),
        S::Checking => (
            request.t("形式审查与否决核查中", "form and vetoes are checked"),
            office,
            request.t("受理的申报进入专家抽取", "panels are drawn for what is accepted"),
        ),
        S::Drawing => (
            request.t("抽取专家、签署回避声明", "panels are drawn, and conflicts declared"),
            request.t("领导小组办公室、专家", "the office and the experts"),
            request.t("考察评审", "inspection and scoring"),
        ),
        S::Scoring => (
            request.t("考察与评分中", "inspected and scored"),
            request.t("专家和考察组", "experts and inspection teams"),
            request.t(
                "评分结束后形成汇总，由第二人复核",
                "scoring closes with a tally, which a second person confirms",
            ),
        ),
        S::Selection => (
            request.t("汇总、复核与审议", "tally and deliberation"),
            request.t("领导小组办公室（须两人）、领导小组", "the office (two persons) and the leading group"),
            request.t("审议后公示拟入选名单", "the proposed names go on notice"),
        ),
        S::Notice => (
            request.t("公示中", "on notice"),
            office,
            request.t(
                "异议和复核申请办结、公示期满后公布",
                "announced once the notice has ended, and objections and re-checks are settled",
            ),
        ),
        S::Announced => (
            request.t("已公布", "announced"),
            request.t("入选单位", "the winners"),
            request.t("每年提交年度报告，到期前复核", "a report every year, a re-check before titles end"),
        ),
    };
    Whereabouts { now, who: Some(who), until, next }
}

/// Where an application is; `until` is the deadline of who files it, where it can be changed.
pub(super) fn of_application<'a>(
    request: &'a PageRequest,
    state: ApplicationState,
    competition: CompetitionState,
    settings: &Settings,
    until: Option<Timestamp>,
) -> Whereabouts<'a> {
    use ApplicationState as A;
    let filer = request.t("申报单位", "the applicant");
    let calendar = &settings.calendar;
    let over = |now, next| Whereabouts { now, who: None, until: None, next };
    let with = |now, who, until, next| Whereabouts { now, who: Some(who), until, next };
    let missed = until.is_some_and(|until| request.context.received_at > until)
        || (state == A::Draft && competition > CompetitionState::Application);
    match state {
        A::Draft | A::Returned | A::Correction if missed => over(
            request.t("截止时间已过，未提交", "the deadline is over, and it was not submitted"),
            request.t("本届不再参加；内容留档", "it takes no further part; its content is kept"),
        ),
        A::Draft => with(
            request.t("草稿，尚未提交", "a draft, not submitted"),
            filer,
            until,
            request.t("提交后由设区市初审、推荐", "once submitted, the city reviews it"),
        ),
        A::Submitted => with(
            request.t("已提交", "submitted"),
            request.t("设区市", "the city"),
            Some(calendar.recommendation.until),
            request.t(
                "设区市推荐、不予推荐（说明理由）或退回修改",
                "the city recommends it, doesn't and says why, or sends it back",
            ),
        ),
        A::Returned => with(
            request.t("已退回修改", "sent back"),
            filer,
            until,
            request.t(
                "修改后重新提交；逾期不再参加本届",
                "to be changed and submitted again; otherwise it takes no further part",
            ),
        ),
        A::Recommended => with(
            request.t("设区市已推荐", "recommended by the city"),
            request.t("领导小组办公室", "the leading-group office"),
            Some(calendar.checking.until),
            request.t("形式审查与否决核查", "formal and veto checks"),
        ),
        A::Correction => with(
            request.t("补正中", "to be corrected"),
            filer,
            until,
            request.t("补正一次，提交后由办公室再审", "one correction; then the office checks again"),
        ),
        A::Accepted => of_competition(request, competition, settings),
        A::NotRecommended => over(
            request.t("设区市未推荐", "not recommended by the city"),
            request.t(
                "本届不再参加；理由和咨询方式见“办理经过”",
                "it takes no further part; why, and whom to ask, stands below",
            ),
        ),
        A::Rejected => over(
            request.t("不予受理", "rejected"),
            request.t("本届不再参加；理由见“办理经过”", "it takes no further part; why stands below"),
        ),
        A::Withdrawn => over(
            request.t("已撤回", "withdrawn"),
            request
                .t("本届不再参加；已提交的内容留档", "it takes no further part; what was submitted is kept"),
        ),
    }
}

/// Where an account is, by its newest one-time code: what became of that, and until when it is good.
pub(super) fn of_account<'a>(
    request: &'a PageRequest,
    account: &'a AccountView,
    code: Option<(LinkState, Timestamp)>,
) -> Whereabouts<'a> {
    let admin = if account.role.is_kept_by_office() {
        request.t("系统管理员或办公室", "an administrator or the office")
    } else {
        request.t("系统管理员", "an administrator")
    };
    let with = |now, who, until, next| Whereabouts { now, who: Some(who), until, next };
    match code {
        _ if !account.enabled => with(
            request.t("账号已停用，不能登录", "disabled: it can't sign in"),
            admin,
            None,
            request.t("需要时可再启用", "it can be enabled again"),
        ),
        Some((LinkState::Awaited, until)) => with(
            request.t("一次性链接码待确认，还不能使用", "its one-time code waits to be confirmed"),
            request.t("纪检监督", "a supervisor"),
            Some(until),
            request.t(
                "纪检监督向本人核实后确认；之后由本人输入链接码、设置密码",
                "a supervisor asks its owner and confirms; then the owner enters the code and sets a password",
            ),
        ),
        Some((LinkState::Usable, until)) => with(
            request.t("一次性链接码可以使用", "its one-time code can be used"),
            &account.display_name,
            Some(until),
            request.t("由本人输入链接码、设置密码", "its owner enters the code and sets a password"),
        ),
        _ if account.active => with(
            request.t("可以登录", "it can sign in"),
            &account.display_name,
            None,
            request.t("忘记密码的，可以重置", "a forgotten password can be reset"),
        ),
        _ => with(
            request.t("没有密码，也没有可用的链接码", "neither a password nor a code that can be used"),
            admin,
            None,
            request.t("重置账号，另发链接码", "reset the account for another code"),
        ),
    }
}

/// Where reference data is whose newest version was just imported.
pub(super) fn of_reference_data(request: &PageRequest) -> Whereabouts<'_> {
    Whereabouts {
        now: request.t("已导入，为现行版本", "imported; it is the version that holds"),
        who: Some(request.t("领导小组办公室", "the leading-group office")),
        until: None,
        next: request.t(
            "新建的竞赛采用本版；已有的竞赛沿用其设置所写的版本，要采用本版的在该届“设置”中更改",
            "competitions made from now on use it; others keep the version that their settings name, until it is changed there",
        ),
    }
}

/// Where a title is whose yearly report was just filed.
pub(super) fn of_report(request: &PageRequest) -> Whereabouts<'_> {
    Whereabouts {
        now: request.t("年度报告已提交，不能再修改", "the report is filed and can't be changed"),
        who: Some(request.t("领导小组办公室", "the leading-group office")),
        until: None,
        next: request.t(
            "下一年度再提交；到期前由办公室组织复核",
            "another next year; the office re-checks before the title ends",
        ),
    }
}

/// Where whoever has just signed the declaration of conflicts is: whether anything is left to judge, and whether it can
/// be judged already.
pub(super) fn of_declaration(
    request: &PageRequest,
    competition: CompetitionState,
    judges: bool,
    due: Timestamp,
) -> Whereabouts<'_> {
    let expert = request.t("您本人", "you");
    let signed = request.t("回避声明已签署", "your declaration is signed");
    match (judges, competition) {
        (false, _) => Whereabouts {
            now: request.t("本届没有由您评审的申报", "nothing of this competition is yours to judge"),
            who: None,
            until: None,
            next: request.t("需回避的申报由候补专家递补评审", "where you are recused an alternate follows"),
        },
        (true, CompetitionState::Drawing) => Whereabouts {
            now: signed,
            who: Some(request.t("领导小组办公室", "the leading-group office")),
            until: None,
            next: request
                .t("办公室开始评分后，由您评审所列申报", "once scoring begins, you judge what is listed"),
        },
        (true, _) => Whereabouts {
            now: signed,
            who: Some(expert),
            until: Some(due),
            next: request.t(
                "审阅材料，填写并签署评分表",
                "read the applications, fill the score sheets and sign them",
            ),
        },
    }
}

/// Where an objection is; `due` is when it is to be answered, `mailed` where a code waits to be entered.
pub(super) fn of_objection(
    request: &PageRequest,
    state: ObjectionState,
    due: Option<Timestamp>,
    mailed: bool,
) -> Whereabouts<'_> {
    use ObjectionState as O;
    let office = request.t("领导小组办公室", "the leading-group office");
    let with = |who, until, next| Whereabouts {
        now: state.in_language(request.language),
        who: Some(who),
        until,
        next,
    };
    let over = |next| Whereabouts { now: state.in_language(request.language), who: None, until: None, next };
    match state {
        O::Received if mailed => with(
            request.t("您和领导小组办公室", "you and the leading-group office"),
            due,
            request.t(
                "请填写邮件中的确认码；办公室决定是否受理，不受理的说明理由",
                "enter the code of the letter; the office decides whether to accept it, and says why where it does not",
            ),
        ),
        O::Received => with(
            office,
            due,
            request.t(
                "办公室按所留联系方式核实，决定是否受理，不受理的说明理由",
                "the office reaches you, decides whether to accept it, and says why where it does not",
            ),
        ),
        O::Accepted => with(
            office,
            due,
            request.t("核查后答复：成立或不成立", "it is looked into and answered: found true or not"),
        ),
        O::Investigating => with(
            request.t("领导小组办公室、申报单位", "the leading-group office and the applicant"),
            due,
            request.t("申报单位说明后，办公室答复：成立或不成立", "the applicant is heard; then the office answers"),
        ),
        O::Upheld => over(request.t("该名称不公布", "the name is not announced")),
        O::Dismissed => over(request.t("该名称可以公布", "the name may be announced")),
        O::Refused => over(request.t("未受理，不影响公布", "it was not accepted and holds nothing back")),
        O::Lead => with(
            request.t("纪检监督", "the supervisors"),
            None,
            request.t("作为线索处理，不答复，不影响公布", "it is dealt with as a lead; nothing is replied or held back"),
        ),
        O::Noted => over(request.t("线索已由纪检监督处理", "the supervisors have dealt with the lead")),
    }
}
