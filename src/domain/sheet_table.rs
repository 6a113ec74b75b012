//! An expert's own score sheets as one table, to be filled in without a network: a row for each application and judged
//! indicator, and two for the opinions.

use super::problem::FieldProblem;
use super::scoring::Rubric;
use super::sheet::{Mark, SheetContent, judged};
use super::table::{Cells, Column, Headed, column};
use super::typed;

/// The columns of a table of score sheets.
pub const COLUMNS: [Column; 6] = [
    column("application", &["申报编号"]).needed().means(
        "所下载的表中的编号",
        "As the table has it",
        "2026-01-0001",
    ),
    column("title", &["申报"]).means("供核对，不保存", "To be compared; not stored", ""),
    column("indicator", &["指标"]).needed().means(
        "专家评分指标的名称或代码；或“总体意见”“不同意见”",
        "A judged indicator by name or key; or opinion, dissent",
        "短板补齐实效",
    ),
    column("scale", &["分值"]).means("供核对，不保存", "To be compared; not stored", "0至2，步长0.5"),
    column("score", &["得分"]).needed().means("在分值范围内，按步长", "On the scale and its step", "1.5"),
    column("reason", &["理由或意见"]).means(
        "零分、满分以及规定的指标必须说明理由",
        "Due at the lowest and the highest score, and where it says so",
        "",
    ),
];

/// What the rows of the opinions are called.
pub const OPINION: &str = "总体意见";
pub const DISSENT: &str = "不同意见";

/// The rows of each application, by its number, in the order of the table.
pub fn by_application<'a>(headed: &'a Headed<'a>) -> Vec<(&'a str, Vec<Cells<'a>>)> {
    let mut groups: Vec<(&str, Vec<Cells<'_>>)> = Vec::new();
    for cells in headed.rows() {
        let number = cells.text("application");
        match groups.iter_mut().find(|(known, _)| *known == number) {
            Some((_, rows)) => rows.push(cells),
            None => groups.push((number, vec![cells])),
        }
    }
    groups
}

/// Lays the rows of one application over a sheet; all that is wrong is noted. With the row of each mark, by its place.
pub fn lay_sheet(
    rows: &[Cells<'_>],
    before: &SheetContent,
    rubric: &Rubric,
    clear: bool,
    problems: &mut Vec<FieldProblem>,
) -> (SheetContent, Vec<(usize, usize)>) {
    let (mut content, mut places) = (before.clone(), Vec::<(usize, usize)>::new());
    for cells in rows {
        let (named, score, reason) = (cells.text("indicator"), cells.text("score"), cells.text("reason"));
        let opinion = match named {
            OPINION | "opinion" => Some(&mut content.opinion),
            DISSENT | "dissent" => Some(&mut content.dissent),
            _ => None,
        };
        if let Some(opinion) = opinion {
            if !score.is_empty() {
                problems.push(cells.wrong("score", "意见没有得分", "an opinion has no score"));
            }
            if clear || !reason.is_empty() {
                reason.clone_into(opinion);
            }
            continue;
        }
        let known = judged(rubric).find(|(one, _)| one.key.as_str() == named || one.name == named);
        let Some((indicator, _)) = known else {
            let zh = format!("专家评分指标中没有“{named}”");
            problems.push(cells.wrong("indicator", &zh, "there is no such judged indicator"));
            continue;
        };
        let key = indicator.key.as_str();
        let place = content.marks.iter().position(|mark| mark.indicator == key);
        if let Some((_, first)) = places.iter().find(|(of, _)| Some(*of) == place) {
            let (zh, en) = (format!("与第{first}行重复"), format!("the same as row {first}"));
            problems.push(cells.wrong("indicator", &zh, &en));
            continue;
        }
        let Some(place) = place.or_else(|| {
            (!score.is_empty() || !reason.is_empty()).then(|| {
                content.marks.push(Mark { indicator: key.to_owned(), score: None, reason: String::new() });
                content.marks.len() - 1
            })
        }) else {
            continue;
        };
        places.push((place, cells.number));
        let mark = &mut content.marks[place];
        if clear || !score.is_empty() {
            mark.score = Some(typed::number(score, &["分"])).filter(|score| !score.is_empty());
        }
        if clear || !reason.is_empty() {
            reason.clone_into(&mut mark.reason);
        }
    }
    (content, places)
}
