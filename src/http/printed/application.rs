//! The application form (申报书), filled in or blank, and the receipt of a submission.

use futures_util::FutureExt;
use serde_json::Value;

use super::rubric::{indicators, name_of, value};
use super::{Issued, Printed, Scene, text, typed};
use crate::actions::applications::{ApplicationView, SubmissionView};
use crate::actions::evidence::{self, EvidenceView, VETO_REPLY};
use crate::domain::application::{Figures, Firms, Profile, Undertaking};
use crate::domain::competition::Settings;
use crate::domain::notice::chinese_date;
use crate::domain::official::{Block, Cell, Layout, OfficialDocument, Signature, Table};
use crate::domain::photo::PHOTO;
use crate::domain::record::Digest;
use crate::error::Result;
use crate::http::pages::Words;

/// How many lines a blank form has where firms and files are listed.
const BLANK_LINES: usize = 10;

pub(in crate::http) const APPLICATION: Printed = Printed {
    key: "application",
    name: ("申报书", "Application form"),
    issued: Issued::Never,
    write: |scene, answer| filled(scene, answer).boxed_local(),
};

async fn filled(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let application: ApplicationView = typed(answer)?;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    let files = evidence::list(&scene.request.service, &scene.request.context, application.id).await?.items;
    let mut document = OfficialDocument::new(scene.of("申报书", &application), "申报书");
    document.layout = Layout::Form;
    title(&mut document, settings);
    let number = application.number.as_deref().unwrap_or("（尚未提交）");
    document.number = format!("申报编号：{number}");
    facts(&mut document, &application, &part(&application, "profile"));
    sections(&mut document, settings, &application);
    figures(&mut document, settings, &part::<Figures>(&application, "figures"));
    firms(&mut document, &part::<Firms>(&application, "firms"));
    list_of_evidence(&mut document, settings, &files);
    let undertaking: Undertaking = part(&application, "undertaking");
    document.heading("六、承诺");
    settings.undertaking.lines().for_each(|line| document.paragraph(line));
    let signs = if undertaking.accepted {
        format!("已由{}{}确认", undertaking.post, undertaking.signatory)
    } else {
        "（尚未确认）".to_owned()
    };
    document.paragraph(signs);
    sign(&mut document, &application.lead_region.name);
    Ok(vec![document])
}

/// The form's title is the competition's, where this does not say already what it is for.
fn title(document: &mut OfficialDocument, settings: &Settings) {
    document.title = format!("{}申报书", settings.title);
}

/// By hand: who is responsible, the seal, the day.
fn sign(document: &mut OfficialDocument, party: &str) {
    document.blocks.push(Block::SignedBy {
        lines: vec!["主要负责人（签字）：".to_owned(), "填报人（签字）：".to_owned()],
        in_a_row: 2,
    });
    let signers = vec![if party.is_empty() {
        "申报单位（盖章）".to_owned()
    } else {
        format!("{party}（盖章）")
    }];
    document.blocks.push(Block::Signature(Signature { signers, date: String::new() }));
}

/// A part of an application, empty where it is not filled in.
fn part<T: serde::de::DeserializeOwned + Default>(application: &ApplicationView, name: &str) -> T {
    let content = application.parts.get(name).map(|part| part.content.clone());
    content.and_then(|content| serde_json::from_value(content).ok()).unwrap_or_default()
}

fn facts(document: &mut OfficialDocument, application: &ApplicationView, profile: &Profile) {
    document.heading("一、基本情况");
    let mut table = Table::of_names(&[22, 34, 18, 34]);
    let mut pair = |names: [&str; 2], texts: [String; 2]| {
        let [first, second] = texts;
        table.row(vec![Cell::name(names[0]), Cell::text(first), Cell::name(names[1]), Cell::text(second)]);
    };
    pair(["产业链", "设区市"], [application.chain.name.clone(), application.city.name.clone()]);
    pair(["牵头地区", "主导产业"], [application.lead_region.name.clone(), profile.leading_industry.clone()]);
    let area = profile.area_km2.map_or_else(String::new, |area| format!("{area} 平方公里"));
    pair(["区域面积", "集群发展促进机构"], [area, profile.promotion_body.clone()]);
    let contact = [profile.contact_name.as_str(), &profile.contact_post].join(" ").trim().to_owned();
    pair(["联系人", "联系电话"], [contact, profile.contact_phone.clone()]);
    table.rows.insert(0, vec![Cell::name("申报名称"), Cell::text(&profile.title).over(3)]);
    let member = |member: &crate::actions::applications::MemberView| {
        let role = member.role.words().0;
        format!(
            "{}（{}{role}，{}）",
            member.region.name,
            if member.lead { "牵头，" } else { "" },
            member.consent.words().0
        )
    };
    let members: Vec<String> = application.members.iter().map(member).collect();
    table.row(vec![Cell::name("参与地区"), Cell::text(members.join("、")).over(3)]);
    document.table(table);
}

fn sections(document: &mut OfficialDocument, settings: &Settings, application: &ApplicationView) {
    document.heading("二、申报内容");
    for (index, section) in settings.sections.iter().enumerate() {
        document.paragraph(format!("（{}）{}", chinese_number(index + 1), section.title));
        let content = application.parts.get(&format!("section.{}", section.key)).map(|part| &part.content);
        let said = content.map_or("", |content| text(content, "/text"));
        let said = if said.trim().is_empty() { "（未填写）" } else { said };
        said.lines().filter(|line| !line.trim().is_empty()).for_each(|line| document.paragraph(line.trim()));
    }
}

fn figures(document: &mut OfficialDocument, settings: &Settings, figures: &Figures) {
    document.heading("三、指标数据");
    let rubric = indicators(&settings.rubric);
    let mut table = Table::headed(&[
        (6, "序号"),
        (34, "指标"),
        (20, "申报值"),
        (9, "年份"),
        (20, "口径"),
        (20, "数据来源"),
        (14, "上年值"),
    ]);
    for (index, indicator) in rubric.iter().filter(|indicator| !indicator.is_judged).enumerate() {
        let figure = figures.figures.iter().find(|figure| figure.indicator == indicator.key);
        let mut row = vec![Cell::centred((index + 1).to_string()), Cell::text(indicator.name)];
        match figure {
            Some(figure) => row.extend([
                Cell::number(value(&figure.value, &figure.unit)),
                Cell::centred(figure.year.to_string()),
                Cell::text(&figure.calibre),
                Cell::text(&figure.source_body),
                Cell::number(figure.last_year.clone().unwrap_or_default()),
            ]),
            None => row.extend([
                Cell::number(indicator.unit),
                Cell::text(""),
                Cell::text(""),
                Cell::text(""),
                Cell::text(""),
            ]),
        }
        table.row(row);
    }
    document.table(table);
    for figure in figures.figures.iter().filter(|figure| !figure.explanation.is_empty()) {
        document.paragraph(format!("{}：{}", name_of(&rubric, &figure.indicator), figure.explanation));
    }
}

fn firms(document: &mut OfficialDocument, firms: &Firms) {
    document.heading("四、企业名单");
    let mut table = Table::headed(&[
        (6, "序号"),
        (34, "企业名称"),
        (26, "统一社会信用代码"),
        (14, "类别"),
        (30, "主要产品"),
    ]);
    for (index, firm) in firms.firms.iter().enumerate() {
        table.row(vec![
            Cell::centred((index + 1).to_string()),
            Cell::text(&firm.name),
            Cell::text(&firm.credit_code),
            Cell::centred(firm.role.words().0),
            Cell::text(&firm.products),
        ]);
    }
    document.table(table);
}

/// Each file with the digest of its bytes: who holds the file can compare.
fn list_of_evidence(document: &mut OfficialDocument, settings: &Settings, files: &[EvidenceView]) {
    document.heading("五、佐证材料清单");
    let mut table = evidence_heading();
    for (index, file) in files.iter().enumerate() {
        table.row(evidence_row(index, settings, (&file.kind, &file.name, file.size, file.digest)));
    }
    document.table(table);
}

fn evidence_heading() -> Table {
    Table::headed(&[(6, "序号"), (20, "材料种类"), (30, "文件名"), (14, "字节数"), (40, "摘要（SHA-256）")])
}

fn evidence_row(
    index: usize,
    settings: &Settings,
    (kind, name, size, digest): (&str, &str, i64, Digest),
) -> Vec<Cell> {
    let kind = match kind {
        VETO_REPLY => "查证复函",
        PHOTO => "考察照片",
        own => {
            let mut kinds = settings.evidence_kinds.iter();
            kinds.find(|known| known.key == own).map_or(own, |known| known.title.as_str())
        }
    };
    vec![
        Cell::centred((index + 1).to_string()),
        Cell::text(kind),
        Cell::text(name),
        Cell::number(size.to_string()),
        Cell::text(digest.to_string()),
    ]
}

/// The form without anything filled in, as an annex of the edition's notice.
pub(super) fn blank(document: &mut OfficialDocument, settings: &Settings) {
    let mut table = Table::of_names(&[22, 34, 18, 34]);
    let empty = || Cell::text("");
    table.row(vec![Cell::name("申报名称"), empty().over(3)]);
    for [first, second] in [
        ["产业链", "设区市"],
        ["牵头地区", "主导产业"],
        ["区域面积", "集群发展促进机构"],
        ["联系人", "联系电话"],
    ] {
        table.row(vec![Cell::name(first), empty(), Cell::name(second), empty()]);
    }
    table.row(vec![Cell::name("参与地区"), empty().over(3)]);
    document.heading("一、基本情况");
    document.table(table);
    document.heading("二、申报内容");
    for (index, section) in settings.sections.iter().enumerate() {
        let required = if section.required { "" } else { "，可不填" };
        document.paragraph(format!(
            "（{}）{}（{}字以内{required}）",
            chinese_number(index + 1),
            section.title,
            section.most_characters
        ));
        if !section.guide.is_empty() {
            document.paragraph(format!("填写说明：{}", section.guide));
        }
    }
    figures(document, settings, &Figures::default());
    document.heading("四、企业名单");
    let mut firms = Table::headed(&[
        (6, "序号"),
        (34, "企业名称"),
        (26, "统一社会信用代码"),
        (14, "类别"),
        (30, "主要产品"),
    ]);
    (1..=BLANK_LINES).for_each(|line| {
        firms.row(vec![Cell::centred(line.to_string()), empty(), empty(), empty(), empty()]);
    });
    document.table(firms);
    document.heading("五、佐证材料清单");
    let mut kinds = Table::headed(&[(6, "序号"), (60, "材料种类"), (20, "是否必备"), (20, "件数")]);
    for (index, kind) in settings.evidence_kinds.iter().enumerate() {
        kinds.row(vec![
            Cell::centred((index + 1).to_string()),
            Cell::text(&kind.title),
            Cell::centred(if kind.required { "必备" } else { "可选" }),
            empty(),
        ]);
    }
    document.table(kinds);
    document.heading("六、承诺");
    settings.undertaking.lines().for_each(|line| document.paragraph(line));
    sign(document, "");
}

pub(in crate::http) const RECEIPT: Printed = Printed {
    key: "receipt",
    name: ("申报回执", "Receipt"),
    issued: Issued::Never,
    write: |scene, answer| async { receipt(scene, answer) }.boxed_local(),
};

fn receipt(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let submission: SubmissionView = typed(answer)?;
    let (Some(settings), Some(application)) = (scene.settings(), &scene.application) else {
        return Ok(Vec::new());
    };
    let mut document = OfficialDocument::new(scene.of("申报回执", application), "申报回执");
    let number = application.number.as_deref().unwrap_or_default();
    let at = submission.submitted_at.local();
    document.addressee.clone_from(&application.lead_region.name);
    document.paragraph(format!(
        "你单位“{}”申报材料（申报编号{number}）已于{}{}收到，为第{}次提交。",
        part::<Profile>(application, "profile").title,
        chinese_date(at.date()),
        at.format("%H时%M分%S秒"),
        submission.number,
    ));
    document.paragraph(format!("提交内容（含全部附件）的摘要（SHA-256）为{}。", submission.digest));
    let mut table = evidence_heading();
    for (index, file) in submission.content.evidence.iter().enumerate() {
        table.row(evidence_row(index, settings, (&file.kind, &file.name, file.size, file.digest)));
    }
    if !table.rows.is_empty() {
        document.paragraph("随本次提交收到的文件如下：");
        document.table(table);
    }
    document.signed(&settings.organizer, submission.submitted_at.date());
    Ok(vec![document])
}

/// A small number as headings have it.
pub(super) fn chinese_number(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |at: usize| DIGITS.get(at).copied().unwrap_or_default();
    match (number / 10, number % 10) {
        (0, ones) => digit(ones).to_owned(),
        (1, ones) => format!("十{}", digit(ones)),
        (tens, ones) if tens < 10 => format!("{}十{}", digit(tens), digit(ones)),
        _ => number.to_string(),
    }
}
