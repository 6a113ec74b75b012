//! The steps by which a competition is set up, and corrected after the call.

use super::super::prelude::*;
use super::super::remedy;
use super::editor::Editor;
use super::{competition, is_office, of_competition, rubric, rules, steps};
use crate::actions::competitions::{self, CompetitionView, ReadinessView};
use crate::actions::data::{self, Kind};
use crate::domain::catalogue::Catalogue;
use crate::domain::competition::{CompetitionState, Settings};

/// What steps are made from.
pub(super) struct Basis {
    pub(super) competition: CompetitionView,
    /// The catalogue that the settings name.
    pub(super) catalogue: Catalogue,
    /// Versions of the catalogue, newest first.
    pub(super) catalogues: Vec<i32>,
    /// Versions of the calendar of working days, newest first.
    pub(super) calendars: Vec<i32>,
}

/// A step of setting up.
pub(in crate::http::pages) struct Step {
    /// Its segment of the address.
    pub(in crate::http::pages) key: &'static str,
    pub(super) words: (&'static str, &'static str),
    lead: (&'static str, &'static str),
    fields: fn(&Editor<'_>, &Basis) -> Markup,
}

/// All steps, in order.
pub(in crate::http::pages) const STEPS: [Step; 11] = [
    Step {
        key: "title",
        words: ("名称与依据", "Title and authority"),
        lead: (
            "本届竞赛的名称、依据的文件和使用的基础数据。",
            "What the competition is called, what orders it, and the reference data that it uses.",
        ),
        fields: steps::title,
    },
    Step {
        key: "calendar",
        words: ("日程", "Calendar"),
        lead: (
            "各阶段起止时间。截止时刻（含）前完整到达的材料视为按时。",
            "Beginnings and deadlines. What has wholly arrived at the deadline is in time.",
        ),
        fields: steps::calendar,
    },
    Step {
        key: "entry",
        words: ("申报范围与名额", "Entry, tracks and quotas"),
        lead: (
            "申报如何分组排名，各市可推荐多少件。",
            "How applications are grouped for ranking, and how many each city may recommend.",
        ),
        fields: steps::entry,
    },
    Step {
        key: "forms",
        words: ("申报书与承诺", "Forms and undertakings"),
        lead: (
            "申报单位填写的章节，以及需要签署的文字。",
            "The sections that applicants write, and the texts that are signed.",
        ),
        fields: steps::forms,
    },
    Step {
        key: "evidence",
        words: ("佐证材料", "Evidence"),
        lead: ("佐证材料的类别和总量上限。", "Kinds of evidence, and how much there may be."),
        fields: steps::evidence,
    },
    Step {
        key: "checks",
        words: ("审查与否决项", "Checks and vetoes"),
        lead: (
            "形式审查的项目、补正期限和一票否决项。",
            "Items of the formal check, the time for the correction, and the veto items.",
        ),
        fields: steps::checks,
    },
    Step {
        key: "rubric",
        words: ("指标体系", "Rubric"),
        lead: (
            "准则、权重和指标。各准则权重之和必须为100。",
            "Criteria, weights and indicators. The weights of the criteria must sum to 100.",
        ),
        fields: rubric::rubric,
    },
    Step {
        key: "scoring",
        words: ("计分规则", "Scoring rules"),
        lead: (
            "专家评分如何合成、如何取整、并列如何区分、加分与扣分。",
            "How sheets are combined, figures rounded and ties broken; bonuses and deductions.",
        ),
        fields: rules::scoring,
    },
    Step {
        key: "experts",
        words: ("专家与考察", "Experts and inspection"),
        lead: (
            "评审组如何抽取、谁应回避、考察与评分表的规定。",
            "How panels are drawn, who is barred, rules of inspections and score sheets.",
        ),
        fields: steps::experts,
    },
    Step {
        key: "awards",
        words: ("奖项与审议", "Awards and deliberation"),
        lead: (
            "奖项名额、储备名额、审议人数和称号有效期。",
            "Awards and their quotas, reserve places, the quorum and how long titles hold.",
        ),
        fields: rules::awards,
    },
    Step {
        key: "notice",
        words: ("公示与公开", "Notice and disclosure"),
        lead: (
            "公示文本、期限和结果公开的范围。",
            "The text and term of the notice, and what the public learns.",
        ),
        fields: steps::notice,
    },
];

/// What stands in the settings but is better looked at before the call, with the step where it is put right.
fn advice(settings: &Settings) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut found = Vec::new();
    let list = |pointer: &str, whole: &serde_json::Value| {
        whole.pointer(pointer).and_then(serde_json::Value::as_array).map_or(0, Vec::len)
    };
    if settings.review.chief_experts.is_none() {
        found.push((
            "experts",
            "首席专家名单未备齐：专家回避检查只能得出“待核实”。",
            "The chief experts are not listed: no conflict check can come out clear.",
        ));
    }
    if list("/vetoes", &settings.rubric) == 0 {
        found.push(("checks", "没有否决项。", "There are no veto items."));
    }
    if list("/awards", &settings.rules) == 0 {
        found.push((
            "awards",
            "没有奖项：排名后不会有任何申报入选。",
            "There are no awards: nobody can be selected.",
        ));
    }
    if settings.quotas.default == 0 && settings.quotas.by_city.values().all(|quota| *quota == 0) {
        found.push(("entry", "各市推荐名额均为0。", "No city may recommend anything."));
    }
    found
}

/// A phrase that says what a step holds now.
fn summary(request: &PageRequest, step: &str, settings: &Settings) -> String {
    let length = |value: &serde_json::Value| value.as_array().map_or(0, Vec::len);
    let said = |zh: String, en: String| if request.is_chinese() { zh } else { en };
    match step {
        "title" => format!("{} · {}", settings.title, settings.authority),
        "calendar" => {
            let (from, until) = (settings.calendar.application.from, settings.calendar.announcement.until);
            let day =
                |at: crate::domain::time::Timestamp| super::super::words::date(at.date(), request.language);
            format!("{} – {}", day(from), day(until))
        }
        "entry" => said(
            format!("每市{}件（{}市另定）", settings.quotas.default, settings.quotas.by_city.len()),
            format!(
                "{} a city, {} of its own",
                settings.quotas.default,
                count(settings.quotas.by_city.len(), "city with a quota", "cities with a quota")
            ),
        ),
        "forms" => said(
            format!("{}个章节", settings.sections.len()),
            count(settings.sections.len(), "section", "sections"),
        ),
        "evidence" => {
            let kinds = settings.evidence_kinds.len();
            said(format!("{kinds}类"), count(kinds, "kind", "kinds"))
        }
        "checks" => {
            let (items, vetoes) = (settings.formal_items.len(), length(&settings.rubric["vetoes"]));
            said(
                format!("{items}项审查，{vetoes}项否决"),
                format!("{}, {}", count(items, "item", "items"), count(vetoes, "veto", "vetoes")),
            )
        }
        "rubric" => {
            let criteria = length(&settings.rubric["criteria"]);
            let indicators: usize = settings.rubric["criteria"]
                .as_array()
                .map_or(0, |all| all.iter().map(|criterion| length(&criterion["indicators"])).sum());
            said(
                format!("{criteria}项准则，{indicators}项指标"),
                format!(
                    "{}, {}",
                    count(criteria, "criterion", "criteria"),
                    count(indicators, "indicator", "indicators")
                ),
            )
        }
        "scoring" => {
            let adjustments = length(&settings.rubric["adjustments"]);
            said(
                format!("{adjustments}项加扣分"),
                count(adjustments, "bonus or deduction", "bonuses and deductions"),
            )
        }
        "experts" => {
            let (seats, others) = (settings.review.panel_size, settings.review.alternates);
            said(
                format!("每组{seats}人，候补{others}人"),
                format!(
                    "{} and {} a panel",
                    count(seats, "seat", "seats"),
                    count(others, "alternate", "alternates")
                ),
            )
        }
        "awards" => {
            let awards = length(&settings.rules["awards"]);
            said(format!("{awards}个奖项"), count(awards, "award", "awards"))
        }
        _ => said(
            format!("公示{}个工作日", settings.review.notice_days),
            count(settings.review.notice_days, "working day of notice", "working days of notice"),
        ),
    }
}

/// The steps with what is still open in each.
pub(super) async fn steps(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let ready = before_call(&request, &competition).await?;
    let draft = competition.state == CompetitionState::Draft;
    let content = html! {
        p.lead { (if draft {
            request.t("逐步核对以下各项，然后在“概况”中发布竞赛。", "Go through these steps, then call the competition from its overview.")
        } else {
            request.t("竞赛已发布，规则已冻结。修改即为更正：须说明理由，形成新版本并公开。", "The competition is called and its rules are frozen. A change is a correction: it needs a reason and is published as a new version.")
        }) }
        ul.tasks {
            @for step in &STEPS {
                li {
                    a href=(request.link(&format!("/competitions/{id}/settings/{}", step.key))) { (request.t(step.words.0, step.words.1)) }
                    span.muted { (summary(&request, step.key, &competition.settings)) }
                    (state_of(&request, step.key, &competition, ready.as_ref()))
                }
            }
        }
        p { a href=(request.link(&format!("/competitions/{id}/versions"))) { (request.t("版本与更正记录", "Versions and corrections")) } }
    };
    let title = request.t("设置", "Settings");
    Ok(of_competition(&request, &competition, "/settings", title, &content)
        .data(format!("/api/v1/competitions/{id}"))
        .data(format!("/api/v1/competitions/{id}/readiness")))
}

/// What blocks the call; none of a competition that was called. What blocks its later stages is no matter
/// of its settings.
async fn before_call(request: &PageRequest, competition: &CompetitionView) -> Result<Option<ReadinessView>> {
    if competition.state != CompetitionState::Draft {
        return Ok(None);
    }
    competitions::readiness(&request.service, &request.context, competition.id).await.map(Some)
}

fn state_of(
    request: &PageRequest,
    step: &str,
    competition: &CompetitionView,
    ready: Option<&ReadinessView>,
) -> Markup {
    let Some(ready) = ready else {
        return tag(request.t("已冻结", "Frozen"), Tone::Neutral);
    };
    let open = ready.open.iter().filter(|point| remedy::step_of(point) == Some(step)).count();
    let told = if step == "calendar" { ready.warnings.len() } else { 0 };
    let advised = told + advice(&competition.settings).iter().filter(|(at, ..)| *at == step).count();
    match (open, advised) {
        (0, 0) => tag(request.t("无问题", "In order"), Tone::Good),
        (0, _) => tag(request.t("请留意", "Look again"), Tone::Warning),
        _ => tag(request.t("待处理", "To be done"), Tone::Bad),
    }
}

pub(super) async fn step(request: Rc<PageRequest>) -> Result<Page> {
    let key: String = request.id("step")?;
    let position = STEPS.iter().position(|step| step.key == key).ok_or_else(Error::not_found)?;
    let step = &STEPS[position];
    let competition = competition(&request).await?;
    let id = competition.id;
    let ready = competitions::readiness(&request.service, &request.context, id).await?;
    let draft = competition.state == CompetitionState::Draft;
    let version = competition.settings.catalogue;
    let basis = Basis {
        catalogue: data::catalogue(&request.service, Some(version)).await?.catalogue,
        catalogues: versions(&request, Kind::Catalogue).await?,
        calendars: versions(&request, Kind::WorkingDays).await?,
        competition,
    };
    let competition = &basis.competition;
    let here = format!("/competitions/{id}/settings/{key}");
    let content = html! {
        p.lead { (request.t(step.lead.0, step.lead.1)) }
        @if draft { (still_open(&request, &key, competition, &ready)) }
        @if key == "calendar" { (steps::warnings(&request, &ready)) }
        (fields(&request, step, &basis, here)?)
        (neighbours(&request, position, &format!("/competitions/{id}/settings")))
    };
    let title = format!("{}. {}", position + 1, request.t(step.words.0, step.words.1));
    let shown = of_competition(&request, competition, "/settings", &title, &content)
        .crumb(format!("/competitions/{id}/settings"), request.t("设置", "Settings"))
        .data(format!("/api/v1/competitions/{id}"));
    Ok(if key == "rubric" { shown.script("rubric") } else { shown })
}

async fn versions(request: &PageRequest, kind: Kind) -> Result<Vec<i32>> {
    let page = data::versions(&request.service, kind, None, 100).await?;
    Ok(page.items.into_iter().map(|entry| entry.version).collect())
}

fn fields(request: &PageRequest, step: &Step, basis: &Basis, here: String) -> Result<Markup> {
    let competition = &basis.competition;
    if step.key == "rubric" && request.query.contains_key("indicator") {
        return rubric::indicator(request, competition, here);
    }
    if step.key == "calendar" && competition.state != CompetitionState::Draft {
        return Ok(steps::extension(request, competition));
    }
    let editor = Editor::new(request, competition, settings_json(competition)?, here);
    let fields = (step.fields)(&editor, basis);
    // A draft's calendar is written by hand, or moved as a whole.
    Ok(if step.key == "calendar" {
        html! { (fields) (steps::moving(request, competition)) }
    } else {
        fields
    })
}

pub(super) fn settings_json(competition: &CompetitionView) -> Result<serde_json::Value> {
    serde_json::to_value(&competition.settings).map_err(|error| Error::internal(error.to_string()))
}

/// What is still open in a step.
fn still_open(
    request: &PageRequest,
    step: &str,
    competition: &CompetitionView,
    ready: &ReadinessView,
) -> Markup {
    let open: Vec<_> = ready.open.iter().filter(|point| remedy::step_of(point) == Some(step)).collect();
    let advised = advice(&competition.settings);
    let advised: Vec<_> = advised.iter().filter(|(at, ..)| *at == step).collect();
    html! {
        @if !open.is_empty() {
            (notice(Tone::Bad, &html! {
                p { (request.t("发布前还须处理：", "Before the call:")) }
                ul { @for point in &open { li { (remedy::words(request, point)) } } }
            }))
        }
        @if !advised.is_empty() && is_office(request) {
            (notice(Tone::Warning, &html! { @for (_, zh, en) in &advised { p { (request.t(zh, en)) } } }))
        }
    }
}

fn neighbours(request: &PageRequest, position: usize, base: &str) -> Markup {
    let link = |step: &Step| request.link(&format!("{base}/{}", step.key));
    html! {
        nav.pages.screen aria-label=(request.t("设置步骤", "Steps")) {
            @if let Some(step) = position.checked_sub(1).map(|before| &STEPS[before]) {
                a href=(link(step)) { (request.t("上一步：", "Back: ")) (request.t(step.words.0, step.words.1)) } " "
            }
            @if let Some(step) = STEPS.get(position + 1) {
                a href=(link(step)) { (request.t("下一步：", "Next step: ")) (request.t(step.words.0, step.words.1)) }
            } @else {
                a href=(request.link(base)) { (request.t("回到全部步骤", "All steps")) }
            }
        }
    }
}
