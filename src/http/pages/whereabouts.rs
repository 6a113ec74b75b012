//! Where something is now, who has it, until when, and what follows: one block, shown after every act and on receipts.

use maud::{Markup, html};

use super::asked::Asked;
use super::parts::facts;
use crate::domain::application::ApplicationState;
use crate::domain::competition::{CompetitionState, Settings};
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
    match state {
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
