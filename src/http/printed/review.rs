//! Forms of the review: the record of a draw, score sheets, what they came to, declarations, invitations.

use futures_util::FutureExt;
use serde_json::Value;

use super::rubric::{Indicator, indicators, value};
use super::{Issued, Printed, Scene, each, text, typed};
use crate::actions::applications::{self, ApplicationView};
use crate::actions::closing::ResultView;
use crate::actions::draws::DrawView;
use crate::actions::duties;
use crate::actions::panels::{OwnPanelView, PanelView, SeatView};
use crate::actions::sheets::{self, ExpertSheetView, SheetView};
use crate::domain::competition::Settings;
use crate::domain::draw::SeatState;
use crate::domain::ids::ExpertId;
use crate::domain::notice::chinese_date;
use crate::domain::official::{Block, Cell, Identity, Layout, OfficialDocument, Table};
use crate::domain::sheet::{Mark, SheetContent};
use crate::error::Result;
use crate::http::pages::Words;

pub(in crate::http) const DRAW: Printed = Printed {
    key: "draw_record",
    name: ("专家抽取记录", "Draws"),
    issued: Issued::Never,
    write: |scene, answer| async { draws(scene, answer) }.boxed_local(),
};

/// Each attempt whose result is known, with lines for whoever drew and whoever watched.
fn draws(scene: &Scene, mut answer: Value) -> Result<Vec<OfficialDocument>> {
    let all: Vec<DrawView> = typed(answer["items"].take())?;
    Ok(all.iter().filter(|draw| draw.result.is_some()).map(|draw| drawn(scene, draw)).collect())
}

fn drawn(scene: &Scene, draw: &DrawView) -> OfficialDocument {
    let identity =
        Identity { party: format!("第{}次抽取", draw.number), ..scene.identity("专家抽取记录") };
    let mut document = OfficialDocument::new(identity, "评审专家抽取记录");
    document.layout = Layout::Form;
    let basis = &draw.basis;
    let at = draw.frozen_at.local();
    let mut facts = Table::of_names(&[26, 80]);
    let mut fact = |name: &str, said: String| facts.row(vec![Cell::name(name), Cell::text(said)]);
    fact("抽取次数", format!("第{}次，{}", draw.number, draw.state.words().0));
    fact("冻结时间", format!("{}{}", chinese_date(at.date()), at.format("%H时%M分")));
    fact("候选专家", format!("{}人", basis.candidates.len()));
    fact(
        "抽取规则",
        format!(
            "每组专家{}人，候补{}人；算法 {}",
            basis.rule.seats, basis.rule.alternates, basis.rule.algorithm
        ),
    );
    fact("公开种子来源", basis.seed_source.clone());
    fact("公开种子", draw.public_seed.clone().unwrap_or_default());
    fact("冻结内容摘要", draw.digest.to_string());
    fact("密值承诺", basis.commitment.to_string());
    fact("密值", draw.secret.clone().unwrap_or_default());
    if let Some(result) = &draw.result {
        fact("抽取种子", result.seed.to_string());
    }
    if !draw.reason.is_empty() {
        fact("无效原因", draw.reason.clone());
    }
    document.table(facts);
    for panel in draw.result.iter().flat_map(|result| &result.panels) {
        let need = basis.panels.iter().find(|need| need.key == panel.key);
        let name = need.map_or(panel.key.as_str(), |need| need.name.as_str());
        document.heading(format!("评审组：{}", scene.track(name)));
        let mut table = Table::headed(&[(8, "序号"), (20, "姓名"), (50, "单位"), (16, "类别")]);
        let drawn = panel.serving.iter().map(|id| (id, "评审专家"));
        let drawn = drawn.chain(panel.alternates.iter().map(|id| (id, "候补专家")));
        for (index, (id, kind)) in drawn.enumerate() {
            let of = |known: &std::collections::BTreeMap<ExpertId, String>| {
                known.get(id).cloned().unwrap_or_default()
            };
            table.row(vec![
                Cell::centred((index + 1).to_string()),
                Cell::centred(of(&draw.names)),
                Cell::text(of(&draw.units)),
                Cell::centred(kind),
            ]);
        }
        document.table(table);
    }
    document.paragraph("本记录可用公开的冻结内容、密值和公开种子重新抽取，得出同样的结果。");
    let lines = ["抽取人（签字）：", "见证人（签字）：", "日期：", "日期："].map(str::to_owned).to_vec();
    document.blocks.push(Block::SignedBy { lines, in_a_row: 2 });
    document
}

pub(in crate::http) const INVITATIONS: Printed = Printed {
    key: "invitations",
    name: ("评审聘请函", "Invitations of experts"),
    issued: Issued::Never,
    write: |scene, answer| async { invitations(scene, answer) }.boxed_local(),
};

/// A letter to each expert who serves, one for all panels of theirs.
fn invitations(scene: &Scene, mut answer: Value) -> Result<Vec<OfficialDocument>> {
    let panels: Vec<PanelView> = typed(answer["items"].take())?;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    let mut written: Vec<(ExpertId, OfficialDocument)> = Vec::new();
    for seat in panels.iter().flat_map(|panel| &panel.seats).filter(|seat| seat.state == SeatState::Serving) {
        if written.iter().any(|(known, _)| *known == seat.expert_id) {
            continue;
        }
        let of_expert = |panel: &&PanelView| {
            panel.seats.iter().any(|own| own.expert_id == seat.expert_id && own.state == SeatState::Serving)
        };
        let judged: usize = panels.iter().filter(of_expert).map(|panel| panel.application_ids.len()).sum();
        written.push((seat.expert_id, invitation(scene, settings, seat, judged)));
    }
    Ok(written.into_iter().map(|(_, document)| document).collect())
}

fn invitation(scene: &Scene, settings: &Settings, seat: &SeatView, judged: usize) -> OfficialDocument {
    let identity = Identity { party: seat.name.clone(), ..scene.identity("评审聘请函") };
    let mut document = OfficialDocument::new(identity, "评审聘请函");
    let period = &settings.calendar.review;
    document.addressee = format!("{}（{}）", seat.name, seat.unit);
    document.paragraph(format!(
        "根据{}，我办组织开展{}。经公开抽取，现聘请您担任评审专家，评审申报{judged}件。评审时间为{}至{}，请于截止前完成评分并签署。",
        settings.authority,
        settings.title,
        chinese_date(period.from.date()),
        chinese_date(period.until.date()),
    ));
    document.paragraph("请您在评审开始前签署回避声明；与申报主体或相关企业有任职、亲属、投资、诉讼等可能影响公正评审的关系的，应主动申请回避。评审内容和过程请予保密。");
    scene.close(&mut document, scene.today);
    document
}

pub(in crate::http) const BLANK_SHEETS: Printed = Printed {
    key: "blank_sheets",
    name: ("专家评分表（空白）", "Score sheets, blank"),
    issued: Issued::Never,
    write: |scene, answer| panel_sheets(scene, answer, false).boxed_local(),
};

pub(in crate::http) const PANEL_SHEETS: Printed = Printed {
    key: "sheets",
    name: ("专家评分表（已签署）", "Score sheets, signed"),
    issued: Issued::Never,
    write: |scene, answer| panel_sheets(scene, answer, true).boxed_local(),
};

/// The sheets of all panels: of each application one for each expert who serves, to be filled in or as signed.
async fn panel_sheets(scene: &Scene, mut answer: Value, signed: bool) -> Result<Vec<OfficialDocument>> {
    let panels: Vec<PanelView> = typed(answer["items"].take())?;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    let (service, context) = (&scene.request.service, &scene.request.context);
    let mut documents = Vec::new();
    for panel in &panels {
        for id in &panel.application_ids {
            let application = applications::read(service, context, *id).await?;
            if signed {
                let sheets = sheets::list(service, context, *id).await?;
                documents.extend(as_signed(scene, settings, &application, &sheets));
            } else {
                let serving = panel.seats.iter().filter(|seat| seat.state == SeatState::Serving);
                let expert = |seat: &SeatView| Expert { name: seat.name.clone(), unit: seat.unit.clone() };
                documents.extend(serving.map(|seat| {
                    sheet(scene, settings, &application, &expert(seat), &SheetContent::default(), None)
                }));
            }
        }
    }
    Ok(documents)
}

pub(in crate::http) const SHEETS: Printed = Printed {
    key: "sheets",
    name: ("专家评分表", "Expert's score sheet"),
    issued: Issued::Never,
    write: |scene, answer| async { of_application(scene, answer) }.boxed_local(),
};

fn of_application(scene: &Scene, mut answer: Value) -> Result<Vec<OfficialDocument>> {
    let sheets: Vec<ExpertSheetView> = typed(answer["items"].take())?;
    let (Some(settings), Some(application)) = (scene.settings(), &scene.application) else {
        return Ok(Vec::new());
    };
    Ok(as_signed(scene, settings, application, &sheets))
}

/// The sheets of an application in the version that holds.
fn as_signed(
    scene: &Scene,
    settings: &Settings,
    application: &ApplicationView,
    sheets: &[ExpertSheetView],
) -> Vec<OfficialDocument> {
    let of = |view: &ExpertSheetView| {
        let last = view.versions.last()?;
        let expert = Expert { name: view.name.clone(), unit: String::new() };
        let at = last.signed_at.local();
        let corrected =
            if last.number > 1 { format!("（第{}次签署）", last.number) } else { String::new() };
        let signed = format!(
            "已于{}{}在系统签署{corrected}，摘要{}。",
            chinese_date(at.date()),
            at.format("%H时%M分"),
            last.digest
        );
        Some(sheet(scene, settings, application, &expert, &last.sheet.content, Some(signed)))
    };
    sheets.iter().filter_map(of).collect()
}

pub(in crate::http) const OWN_SHEET: Printed = Printed {
    key: "sheet",
    name: ("专家评分表", "Expert's score sheet"),
    issued: Issued::Never,
    write: |scene, answer| own(scene, answer).boxed_local(),
};

async fn own(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let view: SheetView = typed(answer)?;
    let (Some(settings), Some(application)) = (scene.settings(), &scene.application) else {
        return Ok(Vec::new());
    };
    let profile = duties::own_profile(&scene.request.service, &scene.request.context).await?;
    let expert = Expert { name: profile.name, unit: profile.unit };
    let signed = view.versions.last().map(|last| {
        let at = last.signed_at.local();
        format!("已于{}{}在系统签署，摘要{}。", chinese_date(at.date()), at.format("%H时%M分"), last.digest)
    });
    let content = view.versions.last().map_or(&view.content, |last| &last.sheet.content);
    Ok(vec![sheet(scene, settings, application, &expert, content, signed)])
}

/// Who fills a sheet in.
struct Expert {
    name: String,
    unit: String,
}

/// A score sheet: what is not entered is left to be filled in by hand; `signed` says how it was signed, if it was.
fn sheet(
    scene: &Scene,
    settings: &Settings,
    application: &ApplicationView,
    expert: &Expert,
    content: &SheetContent,
    signed: Option<String>,
) -> OfficialDocument {
    let mut identity = scene.of("专家评分表", application);
    identity.party = format!("专家：{}", expert.name);
    let mut document = OfficialDocument::new(identity, "专家评分表");
    document.layout = Layout::Form;
    let mut facts = Table::of_names(&[18, 36, 16, 36]);
    let mut pair = |first: &str, one: &str, second: &str, other: &str| {
        facts.row(vec![Cell::name(first), Cell::text(one), Cell::name(second), Cell::text(other)]);
    };
    let title = application.parts.get("profile").map_or("", |part| text(&part.content, "/title"));
    pair("申报编号", application.number.as_deref().unwrap_or_default(), "产业链", &application.chain.name);
    pair("申报单位", &application.lead_region.name, "申报名称", title);
    pair("专家姓名", &expert.name, "工作单位", &expert.unit);
    document.table(facts);
    document.table(marks(&indicators(&settings.rubric), &content.marks));
    let mut opinions = Table::of_names(&[18, 88]);
    let room = |said: &str| if said.is_empty() { "\n\n\n".to_owned() } else { said.to_owned() };
    opinions.row(vec![Cell::name("总体意见"), Cell::text(room(&content.opinion))]);
    opinions.row(vec![Cell::name("不同意见"), Cell::text(room(&content.dissent))]);
    document.table(opinions);
    if let Some(signed) = signed {
        document.paragraph(signed);
    }
    document
        .blocks
        .push(Block::SignedBy {
            lines: vec!["专家（签字）：".to_owned(), "日期：".to_owned()], in_a_row: 2
        });
    document
}

/// The judged indicators with what is entered of them.
fn marks(rubric: &[Indicator<'_>], marks: &[Mark]) -> Table {
    let mut table =
        Table::headed(&[(19, "一级指标"), (33, "指标"), (18, "评分范围"), (9, "得分"), (40, "理由")]);
    for indicator in rubric.iter().filter(|indicator| indicator.is_judged) {
        let mark = marks.iter().find(|mark| mark.indicator == indicator.key);
        table.row(vec![
            Cell::text(indicator.criterion),
            Cell::text(indicator.name),
            Cell::centred(indicator.scale()),
            Cell::centred(mark.and_then(|mark| mark.score.clone()).unwrap_or_default()),
            Cell::text(mark.map_or("\n", |mark| mark.reason.as_str())),
        ]);
    }
    table
}

pub(in crate::http) const RESULT: Printed = Printed {
    key: "points",
    name: ("评分汇总表", "Points by indicator"),
    issued: Issued::Never,
    write: |scene, answer| async { result(scene, answer) }.boxed_local(),
};

/// How the total came about: indicators down, experts across under keys that tell nothing of who they are.
fn result(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let view: ResultView = typed(answer)?;
    let (Some(settings), Some(application)) = (scene.settings(), &scene.application) else {
        return Ok(Vec::new());
    };
    let derivation = &view.derivation;
    let mut document = OfficialDocument::new(scene.of("评分汇总表", application), "评分汇总表");
    document.layout = Layout::Across;
    document.number = format!(
        "{}　{}　第{}版汇总",
        application.number.as_deref().unwrap_or_default(),
        text(derivation, "/title"),
        view.tally_number
    );
    document.table(summary(&indicators(&settings.rubric), derivation));
    let mut totals = Table::headed(&[(20, "加减分"), (20, "总分"), (20, "名次"), (40, "汇总摘要")]);
    let place = derivation.pointer("/place/place").map(Value::to_string).unwrap_or_default();
    totals.row(vec![
        Cell::centred(text(derivation, "/adjustment/score")),
        Cell::centred(text(derivation, "/total/score")),
        Cell::centred(place),
        Cell::text(view.tally_digest.to_string()),
    ]);
    document.table(totals);
    let lines = ["填表人（签字）：", "复核人（签字）：", "日期："].map(str::to_owned).to_vec();
    document.blocks.push(Block::SignedBy { lines, in_a_row: 3 });
    Ok(vec![document])
}

fn summary(rubric: &[Indicator<'_>], derivation: &Value) -> Table {
    let derived: Vec<&Value> =
        each(derivation, "/criteria").iter().flat_map(|criterion| each(criterion, "/indicators")).collect();
    let experts = derived.iter().map(|one| each(one, "/source/scores").len()).max().unwrap_or(0);
    let mut columns = vec![(18, "一级指标".to_owned()), (36, "指标".to_owned()), (22, "核定值".to_owned())];
    columns.extend((1..=experts).map(|seat| (9, format!("专家{seat}"))));
    columns.extend([(13, "平均分".to_owned()), (13, "得分率".to_owned()), (13, "得分".to_owned())]);
    let columns: Vec<(u16, &str)> = columns.iter().map(|(width, name)| (*width, name.as_str())).collect();
    let mut table = Table::headed(&columns);
    for indicator in rubric {
        let Some(one) = derived.iter().find(|one| text(one, "/key") == indicator.key) else { continue };
        let measured =
            if indicator.is_judged { String::new() } else { value(&one["source"]["value"], indicator.unit) };
        let mut row =
            vec![Cell::text(indicator.criterion), Cell::text(indicator.name), Cell::number(measured)];
        let scores = each(one, "/source/scores");
        row.extend(
            (0..experts)
                .map(|seat| Cell::number(scores.get(seat).map_or("", |score| text(score, "/entered")))),
        );
        row.extend(
            ["/source/mean/decimal", "/fraction/decimal", "/points/decimal"]
                .map(|at| Cell::number(text(one, at))),
        );
        table.row(row);
    }
    table
}

pub(in crate::http) const DECLARATION: Printed = Printed {
    key: "declaration",
    name: ("回避声明", "Declaration"),
    issued: Issued::Never,
    write: |scene, answer| declaration(scene, answer).boxed_local(),
};

async fn declaration(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let view: OwnPanelView = typed(answer)?;
    let name = duties::own_profile(&scene.request.service, &scene.request.context).await?.name;
    let identity = Identity { party: format!("专家：{name}"), ..scene.identity("回避声明") };
    let mut document = OfficialDocument::new(identity, "评审专家回避声明");
    document.layout = Layout::Form;
    view.declaration.lines().for_each(|line| document.paragraph(line));
    let said =
        if view.declared { "本声明已在系统签署。" } else { "本声明尚未在系统签署。" };
    document.paragraph(said);
    document.paragraph("所评审的申报：");
    let mut table = Table::headed(&[
        (16, "申报编号"),
        (36, "名称"),
        (26, "牵头单位"),
        (18, "产业链"),
        (30, "应回避的情形"),
    ]);
    for one in &view.applications {
        table.row(vec![
            Cell::text(one.number.clone().unwrap_or_default()),
            Cell::text(&one.title),
            Cell::text(&one.lead_region.name),
            Cell::text(&one.chain.name),
            Cell::text(""),
        ]);
    }
    document.table(table);
    document
        .blocks
        .push(Block::SignedBy {
            lines: vec!["专家（签字）：".to_owned(), "日期：".to_owned()], in_a_row: 2
        });
    Ok(vec![document])
}
