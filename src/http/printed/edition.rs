//! Documents of an edition: the call (通知) with its annexes, minutes of deliberations, awards and certificates.

use futures_util::FutureExt;
use serde_json::Value;

use super::application;
use super::{Issued, Printed, Scene, rubric, typed};
use crate::actions::competitions::CompetitionView;
use crate::actions::selections::SelectionView;
use crate::actions::titles::TitleHistoryView;
use crate::domain::competition::{STAGE_NAMES, Settings};
use crate::domain::notice::{chinese_date, parties};
use crate::domain::official::{Block, Cell, Identity, Layout, OfficialDocument, Table};
use crate::error::Result;
use crate::http::pages::Words;

pub(in crate::http) const CALL: Printed = Printed {
    key: "call",
    name: ("通知", "Call"),
    issued: Issued::ByOffice,
    write: |scene, answer| async { call(scene, answer) }.boxed_local(),
};

/// The call for applications, as the settings have it, with the blank form and the rubric as annexes.
fn call(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let settings = typed::<CompetitionView>(answer)?.settings;
    let mut document =
        OfficialDocument::new(scene.identity("通知"), format!("关于组织开展{}的通知", settings.title));
    scene.head(&mut document);
    document.addressee = String::from("各设区市、县（市、区），各有关开发区");
    document
        .paragraph(format!("根据{}，现组织开展{}，有关事项通知如下。", settings.authority, settings.title));
    document.heading("一、时间安排");
    document.table(calendar(&settings));
    document.heading("二、申报和推荐");
    document.paragraph(format!(
        "申报单位按附件1填写申报书并附佐证材料。各设区市推荐名额为{}件{}，超出名额的不予受理。补正期限为{}个工作日，只有一次。",
        settings.quotas.default,
        if settings.quotas.by_city.is_empty() { "" } else { "（另有规定的除外）" },
        settings.correction_working_days,
    ));
    document.heading("三、评审和公布");
    document.paragraph(format!(
        "评审按附件2的指标体系进行。拟入选名单公示{}个工作日；公示期内的异议，自收到次日起{}个工作日内答复。称号有效期{}年。",
        settings.review.notice_days, settings.review.objection_days, settings.review.title_years
    ));
    scene.close_undated(&mut document, &["申报书", "指标体系"]);
    document
        .blocks
        .push(Block::Annex { name: "附件1".to_owned(), title: format!("{}申报书", settings.title) });
    application::blank(&mut document, &settings);
    document.blocks.push(Block::Annex { name: "附件2".to_owned(), title: "指标体系".to_owned() });
    document.table(rubric::table(&settings.rubric));
    Ok(vec![document])
}

fn calendar(settings: &Settings) -> Table {
    let mut table = Table::headed(&[(30, "阶段"), (38, "开始"), (38, "截止")]);
    for ((_, (name, _)), period) in STAGE_NAMES.into_iter().zip(settings.calendar.in_order()) {
        let moment = |at: crate::domain::time::Timestamp| {
            format!("{}{}", chinese_date(at.date()), at.local().format("%H时%M分"))
        };
        table.row(vec![
            Cell::text(name),
            Cell::centred(moment(period.from)),
            Cell::centred(moment(period.until)),
        ]);
    }
    table
}

pub(in crate::http) const MINUTES: Printed = Printed {
    key: "minutes",
    name: ("会议纪要", "Minutes"),
    issued: Issued::ByOffice,
    write: |scene, answer| minutes(scene, answer).boxed_local(),
};

/// The minutes of each deliberation, with what came of it.
async fn minutes(scene: &Scene, mut answer: Value) -> Result<Vec<OfficialDocument>> {
    let all: Vec<SelectionView> = typed(answer["items"].take())?;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    let names = scene.names().await?;
    let mut documents = Vec::new();
    for view in &all {
        let selection = &view.selection;
        let identity =
            Identity { party: format!("第{}次审议", selection.number), ..scene.identity("会议纪要") };
        let mut document = OfficialDocument::new(identity, format!("{}审议会议纪要", settings.title));
        document.number = format!("第{}次审议", selection.number);
        document.paragraph(format!("会议时间：{}", chinese_date(selection.meeting.date)));
        document.paragraph(format!(
            "出席人员（{}人）：{}",
            selection.meeting.present.len(),
            selection.meeting.present.join("、")
        ));
        document.heading("一、会议情况");
        selection
            .meeting
            .minutes
            .lines()
            .filter(|line| !line.trim().is_empty())
            .for_each(|line| document.paragraph(line.trim()));
        document.heading("二、审议结果");
        document
            .paragraph(format!("依据第{}版汇总（摘要{}）审议：", selection.tally, selection.tally_digest));
        let mut table = Table::headed(&[
            (8, "名次"),
            (18, "申报编号"),
            (30, "名称"),
            (10, "总分"),
            (14, "结果"),
            (26, "调整理由"),
        ]);
        for entry in &selection.entries {
            let known = names.get(&entry.application);
            table.row(vec![
                Cell::centred(entry.place.map_or_else(String::new, |place| place.to_string())),
                Cell::text(known.map_or("", |known| known.number.as_str())),
                Cell::text(known.map_or("", |known| known.title.as_str())),
                Cell::number(entry.score.clone().unwrap_or_default()),
                Cell::centred(entry.result.words().0),
                Cell::text(entry.departure.clone().unwrap_or_default()),
            ]);
        }
        document.table(table);
        document.blocks.push(Block::SignedBy {
            lines: ["主持人（签字）：", "记录人（签字）："].map(str::to_owned).to_vec(),
            in_a_row: 2,
        });
        documents.push(document);
    }
    Ok(documents)
}

pub(in crate::http) const AWARD: Printed = Printed {
    key: "award",
    name: ("获奖通知", "Notice of award"),
    issued: Issued::ToParties,
    write: |scene, answer| async { award(scene, answer) }.boxed_local(),
};

fn award(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let title = typed::<TitleHistoryView>(answer)?.title;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    let (content, regions) = (&title.content, &title.content.regions);
    let holder = regions.first().cloned().unwrap_or_default();
    let identity = Identity { party: holder, ..scene.identity("获奖通知") };
    let mut document = OfficialDocument::new(identity, "获奖通知");
    scene.head(&mut document);
    document.addressee = regions.join("、");
    document.paragraph(format!(
        "经{}评审、公示并公布，“{}”（{}产业链，{}）被授予“{}”称号，有效期为{}至{}。",
        settings.title,
        content.title,
        content.chain,
        parties(&content.members, regions),
        content.award_name,
        chinese_date(title.valid_from),
        chinese_date(title.valid_until),
    ));
    document.paragraph(format!("称号目前状态：{}。", title.standing.words().0));
    document.signed(&settings.organizer, title.valid_from);
    Ok(vec![document])
}

pub(in crate::http) const CERTIFICATE: Printed = Printed {
    key: "certificate",
    name: ("证书", "Certificate"),
    issued: Issued::ToParties,
    write: |scene, answer| async { certificate(scene, answer) }.boxed_local(),
};

/// The certificate of a title. A number, where the office gives one, is written when it is issued.
fn certificate(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let title = typed::<TitleHistoryView>(answer)?.title;
    let Some(settings) = scene.settings() else { return Ok(Vec::new()) };
    let (content, regions) = (&title.content, &title.content.regions);
    let holder = regions.first().cloned().unwrap_or_default();
    let identity = Identity { party: holder, ..scene.identity("证书") };
    let mut document = OfficialDocument::new(identity, "证　书");
    document.layout = Layout::Certificate;
    document.addressee = regions.join("、");
    document.paragraph(format!(
        "在{}中，你单位以“{}”（{}产业链）获得“{}”称号。",
        settings.title, content.title, content.chain, content.award_name,
    ));
    document.paragraph(format!(
        "特发此证。有效期：{}至{}。",
        chinese_date(title.valid_from),
        chinese_date(title.valid_until)
    ));
    document.signed(&settings.organizer, title.valid_from);
    Ok(vec![document])
}
