//! Documents of results: the notice (公示), the announcement (公告), the ranking (排序表).

use futures_util::FutureExt;
use serde_json::Value;

use super::{Issued, Printed, Scene, each, text, typed};
use crate::actions::names::ApplicationNames;
use crate::actions::notices::NoticeView;
use crate::domain::announcement::Announcement;
use crate::domain::notice::{Notice, PublicEntry, chinese_date, list_line};
use crate::domain::official::{Block, Cell, Layout, OfficialDocument, Table};
use crate::domain::scoring::{Note, RESERVE_KEY, Status};
use crate::error::Result;
use crate::http::pages::Words;

pub(in crate::http) const NOTICE: Printed = Printed {
    key: "notice",
    name: ("公示", "Notice"),
    issued: Issued::ByOffice,
    write: |scene, answer| async { notice(scene, answer) }.boxed_local(),
};

/// The notice that holds: what was published, its list as a table.
fn notice(scene: &Scene, mut answer: Value) -> Result<Vec<OfficialDocument>> {
    let Some(newest) = answer["items"].as_array_mut().and_then(|all| all.drain(..).next()) else {
        return Ok(Vec::new());
    };
    let NoticeView { notice, published_at, .. } = typed(newest)?;
    let mut lines = notice.text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    let title = lines.next().unwrap_or(&notice.title).to_owned();
    let mut document = OfficialDocument::new(scene.identity("公示"), title);
    document.number.clone_from(&notice.document);
    let in_list: Vec<String> =
        notice.entries.iter().enumerate().map(|(index, entry)| list_line(index, entry)).collect();
    let is_number = |line: &str| line.trim_matches(['（', '）', '(', ')']) == notice.document;
    let date = chinese_date(published_at.date());
    let signs = |line: &str| line == notice.issuer || line == date;
    let mut table = Some(list(&notice.entries));
    for line in lines.filter(|line| !is_number(line) && !signs(line)) {
        if in_list.iter().any(|entry| entry == line) {
            document.blocks.extend(table.take().map(Block::Table));
        } else {
            document.paragraph(line);
        }
    }
    document.blocks.extend(table.filter(|table| !table.rows.is_empty()).map(Block::Table));
    channels(&mut document, &notice);
    document.signed(&notice.issuer, published_at.date());
    Ok(vec![document])
}

/// Where objections go, if the text does not say.
fn channels(document: &mut OfficialDocument, notice: &Notice) {
    for channel in notice.channels.iter().filter(|channel| !notice.text.contains(channel.as_str())) {
        document.paragraph(channel);
    }
}

/// Names as the public reads them.
fn list(entries: &[PublicEntry]) -> Table {
    let (places, scores) = (
        entries.iter().any(|entry| entry.place.is_some()),
        entries.iter().any(|entry| entry.score.is_some()),
    );
    let mut columns = vec![(8, "序号"), (30, "名称"), (30, "申报单位"), (16, "产业链"), (16, "拟授称号")];
    if places {
        columns.push((9, "名次"));
    }
    if scores {
        columns.push((12, "总分"));
    }
    let mut table = Table::headed(&columns);
    for (index, entry) in entries.iter().enumerate() {
        let mut row = vec![
            Cell::centred((index + 1).to_string()),
            Cell::text(&entry.title),
            Cell::text(entry.parties()),
            Cell::text(&entry.chain),
            Cell::centred(&entry.award_name),
        ];
        if places {
            row.push(Cell::number(entry.place.map_or_else(String::new, |place| place.to_string())));
        }
        if scores {
            row.push(Cell::number(entry.score.clone().unwrap_or_default()));
        }
        table.row(row);
    }
    table
}

pub(in crate::http) const ANNOUNCEMENT: Printed = Printed {
    key: "announcement",
    name: ("公告", "Announcement"),
    issued: Issued::ByOffice,
    write: |scene, answer| async { announcement(scene, answer) }.boxed_local(),
};

fn announcement(scene: &Scene, answer: Value) -> Result<Vec<OfficialDocument>> {
    let said: Announcement = typed(answer)?;
    let mut document =
        OfficialDocument::new(scene.identity("公告"), format!("关于公布{}入选名单的公告", said.title));
    document.number.clone_from(&said.document);
    document.paragraph(format!("依据{}，经申报、考察、遴选和公示，现将入选名单予以公布。", said.authority));
    document.paragraph(format!(
        "称号有效期为{}至{}。",
        chinese_date(said.valid_from),
        chinese_date(said.valid_until)
    ));
    for other in &said.other_validities {
        let of = said.winners.iter().find(|winner| winner.application == other.application);
        let title = of.map_or("", |winner| winner.title.as_str());
        document.paragraph(format!(
            "其中，{title}的称号有效期为{}至{}。",
            chinese_date(other.valid_from),
            chinese_date(other.valid_until)
        ));
    }
    said.text.lines().filter(|line| !line.trim().is_empty()).for_each(|line| document.paragraph(line.trim()));
    if let Some(erratum) = &said.erratum {
        document.paragraph(format!("本公告为更正，取代第{}次公布。更正说明：{erratum}", said.number - 1));
    }
    let ranked = said.ranking.as_ref().filter(|ranking| !ranking.is_empty());
    let annexes = ["入选名单"].into_iter().chain(ranked.map(|_| "全部排名")).map(str::to_owned).collect();
    document.blocks.push(Block::Annexes { lines: annexes });
    document.signed(&said.issuer, said.date);
    let label = |number: u8| if ranked.is_some() { format!("附件{number}") } else { "附件".to_owned() };
    document.blocks.push(Block::Annex { name: label(1), title: format!("{}入选名单", said.title) });
    let mut winners = list(&said.winners);
    if let Some(award) = winners.heading.get_mut(4) {
        *award = Cell::name("称号");
    }
    document.table(winners);
    if let Some(ranking) = ranked {
        document.blocks.push(Block::Annex { name: label(2), title: format!("{}全部排名", said.title) });
        let mut table = Table::headed(&[(8, "名次"), (40, "名称"), (30, "牵头单位"), (12, "总分")]);
        for entry in ranking {
            table.row(vec![
                Cell::centred(entry.place.to_string()),
                Cell::text(&entry.title),
                Cell::text(&entry.region),
                Cell::number(&entry.score),
            ]);
        }
        document.table(table);
    }
    Ok(vec![document])
}

pub(in crate::http) const RANKING: Printed = Printed {
    key: "ranking",
    name: ("排序表", "Ranking"),
    issued: Issued::Never,
    write: |scene, answer| async move { Ok(ranking(scene, &answer, &scene.names().await?)) }.boxed_local(),
};

/// The ranking by a tally, across, with the points of each criterion, and lines for those who answer for it.
fn ranking(scene: &Scene, answer: &Value, names: &ApplicationNames) -> Vec<OfficialDocument> {
    let Some(settings) = scene.settings() else { return Vec::new() };
    let version = &answer["tally"]["number"];
    let mut document = OfficialDocument::new(scene.identity("排序表"), format!("{}排序表", settings.title));
    document.layout = Layout::Across;
    document.identity.party = format!("第{version}版汇总");
    let criteria = each(&settings.rubric, "/criteria");
    let groups = each(answer, "/result/groups");
    for group in groups {
        if groups.len() > 1 {
            document.heading(format!("组别：{}", scene.track(text(group, "/track"))));
        }
        document.table(standings(
            names,
            criteria,
            each(&settings.rules, "/awards"),
            each(group, "/standings"),
        ));
    }
    document.blocks.push(Block::SignedBy {
        lines: ["填表人：", "复核人：", "日期："].map(str::to_owned).to_vec(),
        in_a_row: 3,
    });
    vec![document]
}

fn standings(names: &ApplicationNames, criteria: &[Value], awards: &[Value], standings: &[Value]) -> Table {
    let mut columns = vec![(6, "名次"), (16, "申报编号"), (24, "名称"), (16, "牵头单位")];
    columns.extend(criteria.iter().map(|criterion| (9, text(criterion, "/name"))));
    columns.extend([(8, "加减分"), (9, "总分"), (7, "专家数"), (10, "状态"), (12, "拟定奖项"), (14, "说明")]);
    let mut table = Table::headed(&columns);
    for standing in standings {
        let known = text(standing, "/application").parse().ok().and_then(|id| names.get(&id));
        let written = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut row = vec![
            Cell::centred(written(&standing["place"])),
            Cell::text(known.map_or("", |known| known.number.as_str())),
            Cell::text(known.map_or("", |known| known.title.as_str())),
            Cell::text(known.map_or("", |known| known.region.as_str())),
        ];
        for criterion in criteria {
            row.push(Cell::number(written(&standing["criteria"][text(criterion, "/key")])));
        }
        let named = |word: &str, names: Option<(&'static str, &'static str)>| {
            names.map_or_else(|| word.to_owned(), |(zh, _)| zh.to_owned())
        };
        let (status, note) = (text(standing, "/status"), text(standing, "/note"));
        let award = text(standing, "/award");
        let award_name = awards
            .iter()
            .find(|known| text(known, "/key") == award)
            .map_or(if award == RESERVE_KEY { "储备" } else { award }, |known| text(known, "/name"));
        row.extend([
            Cell::number(written(&standing["adjustment"])),
            Cell::number(written(&standing["score"])),
            Cell::number(written(&standing["experts_used"])),
            Cell::centred(named(status, status.parse::<Status>().ok().map(Words::words))),
            Cell::centred(award_name),
            Cell::text(named(note, note.parse::<Note>().ok().map(Words::words))),
        ]);
        table.row(row);
    }
    table
}
