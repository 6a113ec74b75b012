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

/// Where something is.
pub(super) struct Whereabouts<'a> {
    /// What is so now.
    pub(super) now: &'a str,
    /// Who has it; nobody where it is over.
    pub(super) who: Option<&'a str>,
    /// Until when.
    pub(super) until: Option<Timestamp>,
    /// What follows.
    pub(super) next: &'a str,
}

impl Whereabouts<'_> {
    /// The block.
    pub(super) fn block(&self, asked: &Asked) -> Markup {
        html! {
            section.card.screen {
                h2 { (asked.t("现在到哪一步", "Where it is now")) }
                (facts(&[
                    (asked.t("现状", "Now"), html! { strong { (self.now) } }),
                    (asked.t("在谁手中", "Who has it"), html! { (self.who.unwrap_or("—")) }),
                    (asked.t("期限", "Until"), html! { @match self.until { Some(until) => (asked.time(until)), None => "—" } }),
                    (asked.t("接下来", "What follows"), html! { (self.next) }),
                ]))
            }
        }
    }
}

/// The block on a page that an act has led to; nothing on others.
pub(super) fn after_an_act(asked: &Asked, whereabouts: &Whereabouts<'_>) -> Markup {
    html! { @if asked.flash.is_some() { (whereabouts.block(asked)) } }
}

/// The block of an application on a page that an act on it has led to.
pub(super) fn after_an_act_on(
    asked: &Asked,
    application: &ApplicationView,
    edition: CompetitionState,
    settings: &Settings,
) -> Markup {
    let until = application.submit_until;
    after_an_act(asked, &of_application(asked, application.state, edition, settings, until))
}

/// A page of an edition, below its tabs; `view` is the tab that it belongs to, none for the overview, which bears the
/// edition's title itself.
pub(super) fn page_of_edition(
    asked: &Asked,
    (id, state, settings): (CompetitionId, CompetitionState, &Settings),
    view: &str,
    title: impl Into<String>,
    content: &Markup,
) -> Shown {
    let whole = html! {
        (edition_views(asked, id, view))
        (after_an_act(asked, &of_edition(asked, state, settings)))
        (content)
    };
    let shown = Shown::new(title, whole).crumb("/competitions", asked.t("竞赛", "Editions"));
    if view.is_empty() { shown } else { shown.crumb(format!("/competitions/{id}"), settings.title.clone()) }
}

/// Where an edition is.
pub(super) fn of_edition<'a>(
    asked: &'a Asked,
    state: CompetitionState,
    settings: &Settings,
) -> Whereabouts<'a> {
    use CompetitionState as S;
    let office = asked.t("领导小组办公室", "the leading-group office");
    let until = settings.calendar.period(state).map(|period| period.until);
    let (now, who, next) = match state {
        S::Draft => (
            asked.t("筹备中", "in preparation"),
            office,
            asked.t("发布通知后接受申报", "it is called, and takes applications"),
        ),
        S::Application => (
            asked.t("正在接受申报", "it takes applications"),
            asked.t("申报单位", "the applicants"),
            asked.t("截止后由设区市审核推荐", "after the deadline, cities review and recommend"),
        ),
        S::Recommendation => (
            asked.t("设区市审核推荐中", "cities review and recommend"),
            asked.t("各设区市", "the cities"),
            asked.t(
                "名单封存后，办公室进行形式审查和否决核查",
                "once lists are sealed, the office checks form and vetoes",
            ),
        ),
        S::Checking => (
            asked.t("形式审查与否决核查中", "form and vetoes are checked"),
            office,
            asked.t("受理的申报进入专家抽取", "panels are drawn for what is accepted"),
        ),
        S::Drawing => (
            asked.t("抽取专家、签署回避声明", "panels are drawn, and conflicts declared"),
            asked.t("领导小组办公室、专家", "the office and the experts"),
            asked.t("考察和评分", "inspection and scoring"),
        ),
        S::Scoring => (
            asked.t("考察与评分中", "inspected and scored"),
            asked.t("专家和考察组", "experts and inspection teams"),
            asked.t(
                "评分结束后形成汇总，由第二人复核",
                "scoring closes with a tally, which a second person confirms",
            ),
        ),
        S::Selection => (
            asked.t("汇总、复核与审议", "tally and deliberation"),
            asked.t("领导小组办公室（须两人）、领导小组", "the office (two persons) and the leading group"),
            asked.t("审议后公示拟入选名单", "the proposed names go on notice"),
        ),
        S::Notice => (
            asked.t("公示中", "on notice"),
            office,
            asked.t(
                "异议和复核申请办结、公示期满后公布",
                "announced once the notice has ended, and objections and re-checks are settled",
            ),
        ),
        S::Announced => (
            asked.t("已公布", "announced"),
            asked.t("入选单位", "the winners"),
            asked.t("每年提交年度报告，到期前复核", "a report every year, a re-check before titles end"),
        ),
    };
    Whereabouts { now, who: Some(who), until, next }
}

/// Where an application is; `until` is the deadline of who files it, where it can be changed.
pub(super) fn of_application<'a>(
    asked: &'a Asked,
    state: ApplicationState,
    edition: CompetitionState,
    settings: &Settings,
    until: Option<Timestamp>,
) -> Whereabouts<'a> {
    use ApplicationState as A;
    let filer = asked.t("申报单位", "the applicant");
    let calendar = &settings.calendar;
    let over = |now, next| Whereabouts { now, who: None, until: None, next };
    let with = |now, who, until, next| Whereabouts { now, who: Some(who), until, next };
    let missed = until.is_some_and(|until| asked.visit.received_at > until)
        || (state == A::Draft && edition > CompetitionState::Application);
    match state {
        A::Draft | A::Returned | A::Correction if missed => over(
            asked.t("截止时间已过，未提交", "the deadline is over, and it was not submitted"),
            asked.t("本届不再参加；内容留档", "it takes no further part; its content is kept"),
        ),
        A::Draft => with(
            asked.t("草稿，尚未提交", "a draft, not submitted"),
            filer,
            until,
            asked.t("提交后由设区市审核推荐", "once submitted, the city reviews it"),
        ),
        A::Submitted => with(
            asked.t("已提交", "submitted"),
            asked.t("设区市", "the city"),
            Some(calendar.recommendation.until),
            asked.t(
                "设区市推荐、不予推荐（说明理由）或退回修改",
                "the city recommends it, doesn't and says why, or sends it back",
            ),
        ),
        A::Returned => with(
            asked.t("已退回修改", "sent back"),
            filer,
            until,
            asked.t(
                "修改后重新提交；逾期不再参加本届",
                "to be changed and submitted again; otherwise it takes no further part",
            ),
        ),
        A::Recommended => with(
            asked.t("设区市已推荐", "recommended by the city"),
            asked.t("领导小组办公室", "the leading-group office"),
            Some(calendar.checking.until),
            asked.t("形式审查与否决核查", "its form and vetoes are checked"),
        ),
        A::Correction => with(
            asked.t("补正中", "to be corrected"),
            filer,
            until,
            asked.t("补正一次，提交后由办公室再审", "one correction; then the office checks again"),
        ),
        A::Accepted => of_edition(asked, edition, settings),
        A::NotRecommended => over(
            asked.t("设区市未推荐", "not recommended by the city"),
            asked.t(
                "本届不再参加；理由和咨询方式见“办理经过”",
                "it takes no further part; why, and whom to ask, stands below",
            ),
        ),
        A::Rejected => over(
            asked.t("不予受理", "rejected"),
            asked.t("本届不再参加；理由见“办理经过”", "it takes no further part; why stands below"),
        ),
        A::Withdrawn => over(
            asked.t("已撤回", "withdrawn"),
            asked.t("本届不再参加；已提交的内容留档", "it takes no further part; what was submitted is kept"),
        ),
    }
}

/// Where an account is, by its newest one-time code: what became of that, and until when it is good.
pub(super) fn of_account<'a>(
    asked: &'a Asked,
    account: &'a AccountView,
    code: Option<(LinkState, Timestamp)>,
) -> Whereabouts<'a> {
    let admin = asked.t("系统管理员", "an administrator");
    let with = |now, who, until, next| Whereabouts { now, who: Some(who), until, next };
    match code {
        _ if !account.enabled => with(
            asked.t("账号已停用，不能登录", "disabled: it can't sign in"),
            admin,
            None,
            asked.t("需要时可再启用", "it can be enabled again"),
        ),
        Some((LinkState::Awaited, until)) => with(
            asked.t("一次性链接码待确认，还不能使用", "its one-time code waits to be confirmed"),
            asked.t("纪检监督", "a supervisor"),
            Some(until),
            asked.t(
                "纪检监督向本人核实后确认；之后由本人输入链接码、设置密码",
                "a supervisor asks its owner and confirms; then the owner enters the code and sets a password",
            ),
        ),
        Some((LinkState::Usable, until)) => with(
            asked.t("一次性链接码可以使用", "its one-time code can be used"),
            &account.display_name,
            Some(until),
            asked.t("由本人输入链接码、设置密码", "its owner enters the code and sets a password"),
        ),
        _ if account.active => with(
            asked.t("可以登录", "it can sign in"),
            &account.display_name,
            None,
            asked.t("忘记密码的，由系统管理员重置", "a forgotten password is reset by an administrator"),
        ),
        _ => with(
            asked.t("没有密码，也没有可用的链接码", "neither a password nor a code that can be used"),
            admin,
            None,
            asked.t("重置账号，另发链接码", "reset the account for another code"),
        ),
    }
}

/// Where reference data is whose newest version was just imported.
pub(super) fn of_reference_data(asked: &Asked) -> Whereabouts<'_> {
    Whereabouts {
        now: asked.t("已导入，为现行版本", "imported; it is the version that holds"),
        who: Some(asked.t("领导小组办公室", "the leading-group office")),
        until: None,
        next: asked.t(
            "新建的竞赛采用本版；已有的竞赛沿用其设置所写的版本，要采用本版的在该届“设置”中更改",
            "editions made from now on use it; others keep the version that their settings name, until it is changed there",
        ),
    }
}

/// Where a title is whose yearly report was just filed.
pub(super) fn of_report(asked: &Asked) -> Whereabouts<'_> {
    Whereabouts {
        now: asked.t("年度报告已提交，不能再修改", "the report is filed and can't be changed"),
        who: Some(asked.t("领导小组办公室", "the leading-group office")),
        until: None,
        next: asked.t(
            "下一年度再提交；到期前由办公室组织复核",
            "another next year; the office re-checks before the title ends",
        ),
    }
}

/// Where whoever has just signed the declaration of conflicts is: whether anything is left to judge, and whether it can
/// be judged already.
pub(super) fn of_declaration(
    asked: &Asked,
    edition: CompetitionState,
    judges: bool,
    due: Timestamp,
) -> Whereabouts<'_> {
    let expert = asked.t("您本人", "you");
    let signed = asked.t("回避声明已签署", "your declaration is signed");
    match (judges, edition) {
        (false, _) => Whereabouts {
            now: asked.t("本届没有由您评审的申报", "nothing of this edition is yours to judge"),
            who: None,
            until: None,
            next: asked.t("需回避的申报由候补专家递补评审", "where you are recused an alternate follows"),
        },
        (true, CompetitionState::Drawing) => Whereabouts {
            now: signed,
            who: Some(asked.t("领导小组办公室", "the leading-group office")),
            until: None,
            next: asked
                .t("办公室开始评分后，由您评审所列申报", "once scoring begins, you judge what is listed"),
        },
        (true, _) => Whereabouts {
            now: signed,
            who: Some(expert),
            until: Some(due),
            next: asked.t(
                "审阅材料，填写并签署评分表",
                "read the applications, fill the score sheets and sign them",
            ),
        },
    }
}

/// Where an objection is; `due` is when it is to be answered, `mailed` where a code waits to be entered.
pub(super) fn of_objection(
    asked: &Asked,
    state: ObjectionState,
    due: Option<Timestamp>,
    mailed: bool,
) -> Whereabouts<'_> {
    use ObjectionState as O;
    let office = asked.t("领导小组办公室", "the leading-group office");
    let with = |who, until, next| Whereabouts {
        now: state.in_language(asked.language),
        who: Some(who),
        until,
        next,
    };
    let over = |next| Whereabouts { now: state.in_language(asked.language), who: None, until: None, next };
    match state {
        O::Received if mailed => with(
            asked.t("您和领导小组办公室", "you and the leading-group office"),
            due,
            asked.t(
                "请填写邮件中的确认码；办公室决定是否受理，不受理的说明理由",
                "enter the code of the letter; the office decides whether to accept it, and says why where it does not",
            ),
        ),
        O::Received => with(
            office,
            due,
            asked.t(
                "办公室按所留联系方式核实，决定是否受理，不受理的说明理由",
                "the office reaches you, decides whether to accept it, and says why where it does not",
            ),
        ),
        O::Accepted => with(
            office,
            due,
            asked.t("核查后答复：成立或不成立", "it is looked into and answered: found true or not"),
        ),
        O::Investigating => with(
            asked.t("领导小组办公室、申报单位", "the leading-group office and the applicant"),
            due,
            asked.t("申报单位说明后，办公室答复：成立或不成立", "the applicant is heard; then the office answers"),
        ),
        O::Upheld => over(asked.t("该名称不公布", "the name is not announced")),
        O::Dismissed => over(asked.t("该名称可以公布", "the name may be announced")),
        O::Refused => over(asked.t("未受理，不影响公布", "it was not accepted and holds nothing back")),
        O::Lead => with(
            asked.t("纪检监督", "the supervisors"),
            None,
            asked.t("作为线索处理，不答复，不影响公布", "it is dealt with as a lead; nothing is replied or held back"),
        ),
        O::Noted => over(asked.t("线索已由纪检监督处理", "the supervisors have dealt with the lead")),
    }
}
