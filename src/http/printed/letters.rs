//! Letters of the office and of cities: corrections, rejections, inquiries, recommendations, inspections, objections.

use futures_util::FutureExt;
use serde_json::Value;

use super::rubric::{indicators, name_of, value};
use super::{Issued, Printed, Scene, text, typed};
use crate::actions::applications::{self, ApplicationView};
use crate::actions::checks::{CheckLotView, ChecksView, FormalCheckView};
use crate::actions::inspections::InspectionView;
use crate::actions::objections::ObjectionView;
use crate::actions::recommendations::RecommendationView;
use crate::domain::application::{Figure, Firms};
use crate::domain::checks::FormalResult;
use crate::domain::competition::Settings;
use crate::domain::inspection::{InspectionPlan, InspectionRecord};
use crate::domain::inspection_table::written_time;
use crate::domain::notice::chinese_date;
use crate::domain::objection::{ObjectionState, ObjectionStep};
use crate::domain::official::{Block, Cell, Identity, Layout, OfficialDocument, Signature, Table};
use crate::error::Result;
use crate::http::pages::Words;

/// What an application is called in a letter.
pub(super) fn called(application: &ApplicationView) -> String {
    let title = application.parts.get("profile").map_or("", |part| text(&part.content, "/title"));
    match &application.number {
        Some(number) => format!("“{title}”（申报编号{number}）"),
        None => format!("“{title}”"),
    }
}

pub(in crate::http) const CORRECTION: Printed = Printed {
    key: "correction",
    name: ("补正通知书", "Notice of correction"),
    issued: Issued::ToParties,
    write: |scene, answer| async { checked(scene, answer, FormalResult::Correction) }.boxed_local(),
};

pub(in crate::http) const REJECTION: Printed = Printed {
    key: "rejection",
    name: ("不予受理告知书", "Notice of rejection"),
    issued: Issued::ToParties,
    write: |scene, answer| async { checked(scene, answer, FormalResult::Rejected) }.boxed_local(),
};

/// The letter about the last formal check with a result, if it still holds.
fn checked(scene: &Scene, answer: Value, result: FormalResult) -> Result<Vec<OfficialDocument>> {
    let view: ChecksView = typed(answer)?;
    let (Some(settings), Some(application)) = (scene.settings(), &scene.application) else {
        return Ok(Vec::new());
    };
    let of = |check: &&FormalCheckView| check.result == result;
    let found = match result {
        // A rejection that was taken back is none.
        FormalResult::Rejected => view.formal.last().filter(of),
        _ => view.formal.iter().rfind(of),
    };
    let Some(check) = found else { return Ok(Vec::new()) };
    Ok(vec![letter_of(scene, settings, application, check)])
}

pub(in crate::http) const CHECK_LETTERS: Printed = Printed {
    key: "check_letters",
    name: ("形式审查结果通知书", "Letters about formal checks"),
    issued: Issued::Never,
    write: |scene, answer| letters(scene, answer).boxed_local(),
};

/// The letters about checks that were issued together, one after another.
async fn letters(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let view: CheckLotView = typed(answer)?;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    let mut documents = Vec::with_capacity(view.issued_checks.len());
    for issued in view.issued_checks.iter().filter(|issued| !issued.taken_back) {
        let (service, context) = (&scene.request.service, &scene.request.context);
        let application = applications::read(service, context, issued.application_id).await?;
        documents.push(letter_of(scene, settings, &application, &issued.check));
    }
    Ok(documents)
}

/// The letter about a formal check.
fn letter_of(
    scene: &Scene,
    settings: &Settings,
    application: &ApplicationView,
    check: &FormalCheckView,
) -> OfficialDocument {
    let form = match check.result {
        FormalResult::Accepted => "受理通知书",
        FormalResult::Correction => CORRECTION.name.0,
        FormalResult::Rejected | FormalResult::TakenBack => REJECTION.name.0,
    };
    let mut document = scene.letter(form, application);
    document.addressee.clone_from(&application.lead_region.name);
    let called = called(application);
    let failed = check.findings.iter().any(|finding| finding.passed == Some(false));
    match (check.result, check.correction_due_at) {
        (FormalResult::Accepted, _) => document
            .paragraph(format!("你单位申报的{called}经形式审查，符合{}的申报要求，决定予以受理。", settings.title)),
        (_, Some(due)) => document.paragraph(format!(
            "你单位申报的{called}经形式审查，下列事项不符合要求。请于{}{}前一次性补正并重新提交。补正只有一次机会，请按期办理。",
            chinese_date(due.date()),
            due.local().format("%H时%M分")
        )),
        (_, None) => document.paragraph(format!("你单位申报的{called}经形式审查，不符合{}的申报要求，决定不予受理。", settings.title)),
    }
    if failed {
        document.table(findings(settings, check));
    }
    if !check.reason.is_empty() {
        document.paragraph(format!("理由：{}", check.reason));
    }
    scene.close(&mut document, check.checked_at.date());
    document
}

fn findings(settings: &Settings, check: &FormalCheckView) -> Table {
    let mut table = Table::headed(&[(8, "序号"), (40, "审查事项"), (56, "存在的问题")]);
    let failed = check.findings.iter().filter(|finding| finding.passed == Some(false));
    for (index, finding) in failed.enumerate() {
        let item = settings.formal_items.iter().find(|item| item.key == finding.item);
        table.row(vec![
            Cell::centred((index + 1).to_string()),
            Cell::text(item.map_or(finding.item.as_str(), |item| item.title.as_str())),
            Cell::text(&finding.note),
        ]);
    }
    table
}

pub(in crate::http) const INQUIRY: Printed = Printed {
    key: "inquiry",
    name: ("否决事项征求意见函", "Inquiry of veto items"),
    issued: Issued::ByOffice,
    write: |scene, answer| async { inquiry(scene, answer) }.boxed_local(),
};

/// To a department, whose name is filled in: whether any veto item is known of those who take part.
fn inquiry(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let view: ChecksView = typed(answer)?;
    let (Some(settings), Some(application), Some(vetoes)) =
        (scene.settings(), &scene.application, view.vetoes)
    else {
        return Ok(Vec::new());
    };
    let mut document = scene.letter(INQUIRY.name.0, application);
    document.title = format!("关于商请核查{}申报主体有关情况的函", settings.title);
    document.addressee = String::from("＿＿＿＿＿＿＿＿＿＿");
    document.paragraph(format!(
        "根据{}，我办组织开展{}。为做好审查工作，商请贵单位就{}的申报主体及相关企业是否存在下列情形予以核查，并书面复函。",
        settings.authority,
        settings.title,
        called(application)
    ));
    let mut items = Table::headed(&[(8, "序号"), (60, "核查事项"), (36, "核查结果")]);
    for (index, veto) in vetoes.values().enumerate() {
        items.row(vec![
            Cell::centred((index + 1).to_string()),
            Cell::text(&veto.title),
            Cell::centred("□无　□有"),
        ]);
    }
    document.table(items);
    document.paragraph("申报主体及相关企业如下：");
    let mut parties = Table::headed(&[(8, "序号"), (52, "名称"), (44, "统一社会信用代码")]);
    let regions = application.members.iter().map(|member| (member.region.name.clone(), String::new()));
    let firms = application.parts.get("firms").map(|part| part.content.clone());
    let firms: Firms = firms.and_then(|content| serde_json::from_value(content).ok()).unwrap_or_default();
    let firms = firms.firms.into_iter().map(|firm| (firm.name, firm.credit_code));
    for (index, (name, code)) in regions.chain(firms).enumerate() {
        parties.row(vec![Cell::centred((index + 1).to_string()), Cell::text(name), Cell::centred(code)]);
    }
    document.table(parties);
    scene.close_undated(&mut document, &[]);
    Ok(vec![document])
}

pub(in crate::http) const RECOMMENDATION: Printed = Printed {
    key: "recommendation",
    name: ("推荐函", "Letter of recommendation"),
    issued: Issued::Never,
    write: |scene, answer| async { recommendation(scene, answer) }.boxed_local(),
};

/// A city's letter, under the city's own number, with its list as an annex.
fn recommendation(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let view: RecommendationView = typed(answer)?;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    if view.entries.is_empty() {
        return Ok(Vec::new());
    }
    let identity = Identity { party: view.city.name.clone(), ..scene.identity(RECOMMENDATION.name.0) };
    let mut document = OfficialDocument::new(identity, format!("关于推荐申报{}的函", settings.title));
    document.number.clone_from(&view.document_number);
    document.addressee.clone_from(&settings.organizer);
    document.paragraph(format!(
        "根据{}，经初审，现推荐{}申报{}件参加{}（推荐名额{}件），按推荐顺序列于附件。",
        settings.authority,
        view.city.name,
        view.entries.len(),
        settings.title,
        view.quota
    ));
    if let (Some(number), Some(digest)) = (&view.number, view.digest) {
        document.paragraph(format!("推荐名单已在申报系统封存，编号{number}，摘要（SHA-256）{digest}。"));
    }
    if !view.contact.is_empty() {
        document.paragraph(format!("联系方式：{}", view.contact));
    }
    document.blocks.push(Block::Annexes { lines: vec!["推荐汇总表".to_owned()] });
    let date = view.sealed_at.map_or_else(String::new, |at| chinese_date(at.date()));
    document
        .blocks
        .push(Block::Signature(Signature { signers: vec![format!("{}（盖章）", view.city.name)], date }));
    document.blocks.push(Block::Annex { name: "附件".to_owned(), title: "推荐汇总表".to_owned() });
    let mut table = Table::headed(&[(10, "推荐顺序"), (20, "申报编号"), (34, "名称"), (42, "推荐意见")]);
    for entry in &view.entries {
        table.row(vec![
            Cell::centred(entry.place.to_string()),
            Cell::text(&entry.number),
            Cell::text(&entry.title),
            Cell::text(&entry.opinion),
        ]);
    }
    document.table(table);
    if !view.left_out.is_empty() {
        document.heading("未推荐的申报");
        let mut table = Table::headed(&[(20, "申报编号"), (34, "名称"), (52, "意见")]);
        for one in &view.left_out {
            table.row(vec![Cell::text(&one.number), Cell::text(&one.title), Cell::text(&one.opinion)]);
        }
        document.table(table);
    }
    Ok(vec![document])
}

pub(in crate::http) const INSPECTION: Printed = Printed {
    key: "inspection",
    name: ("考察通知", "Notice of inspection"),
    issued: Issued::ToParties,
    write: |scene, answer| async { planned(scene, answer) }.boxed_local(),
};

fn planned(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let plan = typed::<InspectionView>(answer)?.plan;
    let application = scene.application.as_ref();
    Ok(application
        .and_then(|application| notice_of_inspection(scene, application, &plan))
        .into_iter()
        .collect())
}

/// The notice of an inspection that is planned, to the party.
pub(super) fn notice_of_inspection(
    scene: &Scene,
    application: &ApplicationView,
    plan: &InspectionPlan,
) -> Option<OfficialDocument> {
    let settings = scene.settings()?;
    let (from, until) = (plan.from?, plan.until?);
    let mut document = scene.letter(INSPECTION.name.0, application);
    document.title = String::from("关于开展实地考察的通知");
    document.addressee.clone_from(&application.lead_region.name);
    document.paragraph(format!(
        "根据{}工作安排，考察组将于{}{}至{}{}对{}进行实地考察，请做好准备，并安排熟悉情况的人员参加。",
        settings.title,
        chinese_date(from),
        written_time(plan.arrives),
        chinese_date(until),
        written_time(plan.leaves),
        called(application)
    ));
    let mut team = Table::headed(&[(8, "序号"), (24, "考察组成员"), (72, "单位")]);
    for (index, member) in plan.team.iter().enumerate() {
        team.row(vec![
            Cell::centred((index + 1).to_string()),
            Cell::centred(&member.name),
            Cell::text(&member.unit),
        ]);
    }
    document.table(team);
    if !plan.firms.is_empty() {
        document.paragraph(format!("拟抽查企业：{}。", plan.firms.join("、")));
    }
    if !plan.notes.is_empty() {
        document.paragraph(format!("路线和说明：{}", plan.notes));
    }
    scene.close_undated(&mut document, &[]);
    Some(document)
}

pub(in crate::http) const INSPECTED: Printed = Printed {
    key: "record",
    name: ("考察记录", "Record"),
    issued: Issued::Never,
    write: |scene, answer| async { inspected(scene, answer) }.boxed_local(),
};

fn inspected(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let view: InspectionView = typed(answer)?;
    let (Some(settings), Some(application), Some(record)) =
        (scene.settings(), &scene.application, &view.record)
    else {
        return Ok(Vec::new());
    };
    let mut document = OfficialDocument::new(scene.of(INSPECTED.name.0, application), "实地考察记录");
    document.layout = Layout::Form;
    let mut facts = Table::of_names(&[20, 86]);
    let mut fact = |name: &str, said: String| facts.row(vec![Cell::name(name), Cell::text(said)]);
    fact("申报", called(application));
    fact("被考察单位", application.lead_region.name.clone());
    if let (Some(from), Some(until)) = (view.plan.from, view.plan.until) {
        fact("考察时间", format!("{}至{}", chinese_date(from), chinese_date(until)));
    }
    let team: Vec<String> =
        view.plan.team.iter().map(|member| format!("{}（{}）", member.name, member.unit)).collect();
    fact("考察组", team.join("、"));
    if let Some(digest) = view.record_digest {
        fact("记录摘要", digest.to_string());
    }
    document.table(facts);
    document.heading("一、指标核定");
    document.table(verified(settings, record, &view.claimed));
    document.heading("二、访谈");
    if record.interviews.is_empty() {
        document.paragraph("（无）");
    }
    for interview in &record.interviews {
        document.paragraph(format!("{}　{}：{}", interview.unit, interview.person, interview.notes));
    }
    document.heading("三、考察小结");
    let summary = if record.summary.is_empty() { "（无）" } else { record.summary.as_str() };
    document.paragraph(summary);
    document.heading("四、签署");
    document.paragraph(format!(
        "考察组{}人中已有{}人在系统签署。",
        view.plan.team.len(),
        view.signatures.team.len()
    ));
    if let Some(party) = &view.signatures.party {
        document.paragraph(format!(
            "被考察单位：{}，{}。{}",
            party.signatory,
            party.stance.words().0,
            party.statement
        ));
    }
    let members = view.plan.team.iter().map(|member| format!("{}（签字）：", member.name));
    let lines = members.chain(["被考察单位（签字、盖章）：".to_owned(), "日期：".to_owned()]).collect();
    document.blocks.push(Block::SignedBy { lines, in_a_row: 2 });
    Ok(vec![document])
}

/// What was claimed beside what was found.
fn verified(settings: &Settings, record: &InspectionRecord, claimed: &[Figure]) -> Table {
    let rubric = indicators(&settings.rubric);
    let mut table = Table::headed(&[
        (30, "指标"),
        (16, "申报值"),
        (16, "核定值"),
        (14, "核查方式"),
        (22, "查阅资料"),
        (28, "检查情况"),
    ]);
    for item in &record.items {
        let claim = claimed.iter().find(|figure| figure.indicator == item.indicator);
        let unit = rubric.iter().find(|known| known.key == item.indicator).map_or("", |known| known.unit);
        table.row(vec![
            Cell::text(name_of(&rubric, &item.indicator)),
            Cell::number(claim.map_or_else(String::new, |claim| value(&claim.value, &claim.unit))),
            Cell::number(value(&item.value, unit)),
            Cell::centred(item.method.words().0),
            Cell::text(&item.seen),
            Cell::text(&item.finding),
        ]);
    }
    table
}

pub(in crate::http) const OBJECTION_ACCEPTED: Printed = Printed {
    key: "acceptance",
    name: ("异议受理通知书", "Acceptance of an objection"),
    issued: Issued::ByOffice,
    write: |scene, answer| async { objection(scene, answer, &[ObjectionState::Accepted]) }.boxed_local(),
};

pub(in crate::http) const OBJECTION_REFUSED: Printed = Printed {
    key: "refusal",
    name: ("异议不予受理通知书", "Refusal of an objection"),
    issued: Issued::ByOffice,
    write: |scene, answer| async { objection(scene, answer, &[ObjectionState::Refused]) }.boxed_local(),
};

pub(in crate::http) const OBJECTION_ANSWERED: Printed = Printed {
    key: "answer",
    name: ("异议答复书", "Answer to an objection"),
    issued: Issued::ByOffice,
    write: |scene, answer| {
        async { objection(scene, answer, &[ObjectionState::Upheld, ObjectionState::Dismissed]) }.boxed_local()
    },
};

/// The letter to whoever objects about the step that led to one of these states. Who is anonymous gets none.
fn objection(scene: &Scene, answer: Value, to: &[ObjectionState]) -> Result<Vec<OfficialDocument>> {
    let view: ObjectionView = typed(answer)?;
    let step = view.steps.iter().rfind(|step| !step.statement && to.contains(&step.to));
    let (Some(application), Some(step), Some(objector)) = (&scene.application, step, &view.objector) else {
        return Ok(Vec::new());
    };
    let form = match step.to {
        ObjectionState::Accepted => OBJECTION_ACCEPTED.name.0,
        ObjectionState::Refused => OBJECTION_REFUSED.name.0,
        _ => OBJECTION_ANSWERED.name.0,
    };
    let mut document = scene.letter(form, application);
    document.identity.party = format!("异议{}", view.number);
    document.addressee = if objector.unit.is_empty() {
        objector.name.clone()
    } else {
        format!("{}（{}）", objector.unit, objector.name)
    };
    document.paragraph(format!(
        "你（单位）于{}就{}提出的异议（编号{}）收悉。",
        chinese_date(view.received_at.date()),
        called(application),
        view.number
    ));
    document.paragraph(decided(step, &view));
    step.reply
        .lines()
        .filter(|line| !line.trim().is_empty())
        .for_each(|line| document.paragraph(line.trim()));
    scene.close(&mut document, step.at.date());
    Ok(vec![document])
}

fn decided(step: &ObjectionStep, view: &ObjectionView) -> String {
    match step.to {
        ObjectionState::Accepted => match view.due_at {
            Some(due) => format!("经审查，决定予以受理，将于{}前答复。", chinese_date(due.date())),
            None => "经审查，决定予以受理。".to_owned(),
        },
        ObjectionState::Refused => {
            let ground = step.ground.map_or("", |ground| ground.words().0);
            format!("经审查，决定不予受理。理由：{ground}。")
        }
        to => format!("经调查核实，{}。", to.words().0),
    }
}
