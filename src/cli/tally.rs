//! `qianglian tally`: ranks a tally file and prints the result, a table, or one application's derivation.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::explanation;
use super::failure::{Doing, failed};
use super::table::{Align, Table};
use crate::domain::scoring::{
    Group, Note, Outcome, Problems, RankOn, Standing, Status, explain, rank, read_tally,
};
use crate::domain::text::no_formula;
use crate::domain::values::Language;

/// The largest file that is read. It bounds the memory that a wrong or endless input can take.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// The arguments of `qianglian tally`.
#[derive(Args)]
pub(super) struct TallyArguments {
    /// 评分文件，- 表示标准输入 / The tally file; - for standard input
    file: PathBuf,
    /// 输出格式；默认 json，--explain 时默认 text / Output format; json by default, text with --explain
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// 列出一件申报（编号）得分、名次与奖项的全部推导 / Print the full derivation of one application's result, by its id
    #[arg(long, value_name = "APPLICATION")]
    explain: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// 规范 JSON（键有序、字节稳定）/ Canonical JSON: sorted keys, stable bytes
    Json,
    /// 供人阅读的表格 / A table for people
    Text,
    /// 每件申报一行的 CSV / CSV, one row an application
    Csv,
}

/// Why nothing was printed on standard output.
enum Failure {
    /// A file could not be read or written.
    InputOutput(String),
    /// What was asked for does not exist.
    Usage(String),
    /// The file is not a valid tally.
    Refused(Problems),
}

pub(super) fn run(arguments: &TallyArguments, language: Language) -> ExitCode {
    let (text, code) = match print(arguments, language) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::InputOutput(message)) => (message + "\n", 1),
        Err(Failure::Usage(message)) => (message + "\n", 2),
        Err(Failure::Refused(problems)) if arguments.format == Some(Format::Json) => {
            (problems.json(language) + "\n", 2)
        }
        Err(Failure::Refused(problems)) => (problems.text(language), 2),
    };
    // Where not even standard error can be written, the exit status is all that is left to tell.
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::from(code)
}

fn print(arguments: &TallyArguments, language: Language) -> Result<(), Failure> {
    let bytes = read(&arguments.file, language)?;
    let tally = read_tally(&bytes).map_err(Failure::Refused)?;
    drop(bytes);
    let output = match (&arguments.explain, arguments.format) {
        (None, None | Some(Format::Json)) => [rank(&tally).canonical_json(), b"\n".to_vec()].concat(),
        (None, Some(Format::Text)) => text(&rank(&tally), language).into_bytes(),
        (None, Some(Format::Csv)) => csv(&rank(&tally), language),
        (Some(_), Some(Format::Csv)) => {
            let (zh, en) =
                ("--explain 没有 CSV 格式，请用 text 或 json", "--explain has no CSV form: use text or json");
            return Err(Failure::Usage(language.pick(zh, en).to_owned()));
        }
        (Some(id), format) => {
            let Some(derivation) = explain(&tally, id) else {
                let (zh, en) =
                    (format!("文件中没有编号为 {id} 的申报"), format!("the file has no application {id}"));
                return Err(Failure::Usage(language.pick(zh, en)));
            };
            match format {
                Some(Format::Json) => format!("{}\n", derivation.json()).into_bytes(),
                _ => explanation::text(&derivation, language).into_bytes(),
            }
        }
    };
    super::print(&output).map_err(|error| Failure::InputOutput(error.text(language)))
}

fn read(path: &Path, language: Language) -> Result<Vec<u8>, Failure> {
    let failure =
        |error: io::Error| Failure::InputOutput(failed(Doing::Reading, path, &error).text(language));
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failure)?;
    } else {
        File::open(path)
            .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
            .map_err(failure)?;
    }
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure::Refused(Problems::too_large(MOST_BYTES)));
    }
    Ok(bytes)
}

/// A table a track.
fn text(outcome: &Outcome<'_>, language: Language) -> String {
    let tally = outcome.tally;
    let mut text = format!("{} {}\n", tally.competition.id, tally.competition.title);
    for group in &outcome.groups {
        let waiting = if group.complete {
            ""
        } else {
            language.pick("　（有并列待裁定）", " (waits for a ruling among equals)")
        };
        let track = match group.track.as_str() {
            "" => language.pick("不分组", "no track"),
            track => track,
        };
        text += &language.pick(format!("\n组别：{track}{waiting}\n"), format!("\nTrack: {track}{waiting}\n"));
        text += &group_table(outcome, group, language).text("");
    }
    text
}

fn group_table(outcome: &Outcome<'_>, group: &Group<'_>, language: Language) -> Table {
    let tally = outcome.tally;
    let exact = outcome.telling_totals(group);
    let mut columns = vec![
        (language.pick("名次", "Place").to_owned(), Align::Right),
        (language.pick("编号", "Application").to_owned(), Align::Left),
        (language.pick("名称", "Title").to_owned(), Align::Left),
        (language.pick("地区", "Region").to_owned(), Align::Left),
        (language.pick("得分", "Score").to_owned(), Align::Right),
    ];
    if tally.rules.rank_on == RankOn::Exact {
        columns.push((language.pick("排序得分", "Exact score").to_owned(), Align::Right));
    }
    columns.extend(tally.rubric.criteria.iter().map(|criterion| (criterion.name.clone(), Align::Right)));
    columns.extend([
        (language.pick("加减分", "Adjustment").to_owned(), Align::Right),
        (language.pick("采用评分", "Sheets used").to_owned(), Align::Right),
        (language.pick("奖项", "Award").to_owned(), Align::Left),
        (language.pick("备注", "Remarks").to_owned(), Align::Left),
    ]);
    let mut table = Table::new(columns);
    for (position, standing) in group.standings.iter().enumerate() {
        let application = &tally.applications[standing.application];
        let figures = outcome.scores.figures(standing.application);
        let dash = || "-".to_owned();
        let mut row = vec![
            standing.place.map_or_else(dash, |place| place.to_string()),
            application.id.to_string(),
            application.title.to_string(),
            tally.region(standing.application).to_string(),
            figures.map_or_else(dash, |figures| figures.total().to_string()),
        ];
        if tally.rules.rank_on == RankOn::Exact {
            row.push(exact.get(position).cloned().unwrap_or_else(dash));
        }
        row.extend(
            (0..tally.rubric.criteria.len()).map(|criterion| {
                figures.map_or_else(dash, |figures| figures.criterion(criterion).to_string())
            }),
        );
        row.extend([
            figures.map_or_else(dash, |figures| figures.adjustment().to_string()),
            outcome.scores.experts_used(standing.application).map_or_else(dash, |used| used.to_string()),
            explanation::award_name(tally, standing.award, language),
            remarks(outcome, standing, language),
        ]);
        table.push(row);
    }
    table
}

fn noted(note: Note, language: Language) -> &'static str {
    match note {
        Note::BelowPassMark => language.pick("低于合格线", "below the pass mark"),
        Note::RegionCap => language.pick("所在地区名额已满", "region cap reached"),
        Note::NeedsRuling => language.pick("并列待裁定", "waits for a ruling"),
    }
}

fn remarks(outcome: &Outcome<'_>, standing: &Standing, language: Language) -> String {
    let note = standing.note.map(|note| noted(note, language).to_owned());
    let status = match standing.status {
        Status::Ranked => None,
        Status::Incomplete => Some(language.pick("材料不全", "incomplete")),
        Status::Vetoed => Some(language.pick("一票否决", "vetoed")),
    };
    let reasons = outcome.reasons(standing).join(language.pick("、", ", "));
    let status =
        status.map(|status| language.pick(format!("{status}：{reasons}"), format!("{status}: {reasons}")));
    status.or(note).unwrap_or_default()
}

/// The columns before and after the criteria.
const FIRST: [(&str, &str); 8] = [
    ("赛道", "track"),
    ("名次", "place"),
    ("编号", "application"),
    ("名称", "title"),
    ("地区", "region"),
    ("状态", "status"),
    ("原因", "reasons"),
    ("得分", "score"),
];
const LAST: [(&str, &str); 5] = [
    ("加减分", "adjustment"),
    ("采用评分", "experts_used"),
    ("去掉的评分表", "dropped"),
    ("奖项", "award"),
    ("备注", "note"),
];

/// One row an application, in the order of the result; in Chinese with the names of things for a clerk, in English with
/// their keys for a program. Lists within a cell are separated by semicolons. The byte-order mark and the ends of lines
/// are those by which spreadsheet programs read Chinese.
fn csv(outcome: &Outcome<'_>, language: Language) -> Vec<u8> {
    let names = |columns: &[(&str, &str)]| -> Vec<String> {
        columns.iter().map(|(zh, en)| language.pick(*zh, *en).to_owned()).collect()
    };
    let criteria = outcome.tally.rubric.criteria.iter().map(|criterion| {
        no_formula(&language.pick(criterion.name.clone(), format!("criterion:{}", criterion.key)))
    });
    let mut rows = vec![names(&FIRST).into_iter().chain(criteria).chain(names(&LAST)).collect::<Vec<_>>()];
    for group in &outcome.groups {
        for standing in &group.standings {
            rows.push(csv_row(outcome, group, standing, language));
        }
    }
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        writer.write_record(row).expect("writing to memory does not fail, and all rows are equally long");
    }
    writer.into_inner().expect("writing to memory does not fail")
}

fn csv_row(outcome: &Outcome<'_>, group: &Group<'_>, standing: &Standing, language: Language) -> Vec<String> {
    let tally = outcome.tally;
    let application = &tally.applications[standing.application];
    let figures = outcome.scores.figures(standing.application);
    let (zh, key) = match standing.status {
        Status::Ranked => ("参加排名", "ranked"),
        Status::Incomplete => ("材料不全", "incomplete"),
        Status::Vetoed => ("一票否决", "vetoed"),
    };
    let mut row = vec![
        no_formula(group.track.as_str()),
        standing.place.map(|place| place.to_string()).unwrap_or_default(),
        no_formula(application.id.as_str()),
        no_formula(&application.title),
        no_formula(tally.region(standing.application).as_str()),
        language.pick(zh, key).to_owned(),
        no_formula(&outcome.reasons(standing).join(";")),
        figures.map(|figures| figures.total().to_string()).unwrap_or_default(),
    ];
    let criteria = 0..tally.rubric.criteria.len();
    row.extend(
        criteria.map(|at| figures.map(|figures| figures.criterion(at).to_string()).unwrap_or_default()),
    );
    let award = language.pick(
        explanation::award_name(tally, standing.award, language),
        standing.award.map(|award| award.key(tally).to_owned()).unwrap_or_default(),
    );
    row.extend([
        figures.map(|figures| figures.adjustment().to_string()).unwrap_or_default(),
        outcome.scores.experts_used(standing.application).map(|used| used.to_string()).unwrap_or_default(),
        no_formula(&outcome.dropped(standing.application).collect::<Vec<_>>().join(";")),
        no_formula(&award),
        standing
            .note
            .map(|note| language.pick(noted(note, language), note.as_str()))
            .unwrap_or_default()
            .to_owned(),
    ]);
    row
}
