//! The archive of a competition (归档): its catalogue, by which class each file is kept, and for how long.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::announcement::csv_cell;
use super::ids::CompetitionId;
use super::keyword::keyword_enum;
use super::record::Digest;
use super::time::Timestamp;

/// What lies beside the items of an archive: its catalogue, and the list of the digests of all files.
pub const CATALOGUE: &str = "catalogue.json";
pub const SUMS: &str = "SHA256SUMS";
/// The value of `format` of a catalogue.
pub const ARCHIVE_FORMAT: &str = "qianglian-archive/1";

keyword_enum! {
    /// For how long something is kept (保管期限), of what 国家档案局令第8号 has.
    pub enum Retention {
        /// 永久.
        Permanent = "permanent",
        /// 定期30年.
        ThirtyYears = "thirty_years",
        /// 定期10年.
        TenYears = "ten_years",
    }
}

impl Retention {
    /// What it is called, in Chinese and in English.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Permanent => ("永久", "permanent"),
            Self::ThirtyYears => ("30年", "30 years"),
            Self::TenYears => ("10年", "10 years"),
        }
    }
}

keyword_enum! {
    /// What is kept alike.
    pub enum ArchiveClass {
        /// The call, tallies, ranking, minutes, notice, announcement, titles.
        Result = "result",
        /// Recommendation lists, draws, inspections, score sheets, the trail; and whatever winners filed.
        Review = "review",
        /// What others filed, letters about it, objections.
        Filing = "filing",
    }
}

impl ArchiveClass {
    /// What it is called, in Chinese and in English.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Result => {
                ("通知、汇总、纪要、公示、公布、称号", "Call, tallies, minutes, notice, announcement, titles")
            }
            Self::Review => (
                "推荐、抽取、考察、评分、审计记录，入选申报的材料",
                "Recommendations, draws, inspections, sheets, the audit trail, what winners filed",
            ),
            Self::Filing => ("其余申报的材料、往来文书、异议", "What others filed, letters, objections"),
        }
    }
}

/// For how long each class is kept. The defaults are a proposal: the unit's own table of retention periods prevails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RetentionPeriods {
    pub result: Retention,
    pub review: Retention,
    pub filing: Retention,
}

impl Default for RetentionPeriods {
    fn default() -> Self {
        Self { result: Retention::Permanent, review: Retention::ThirtyYears, filing: Retention::TenYears }
    }
}

impl RetentionPeriods {
    pub fn of(&self, class: ArchiveClass) -> Retention {
        match class {
            ArchiveClass::Result => self.result,
            ArchiveClass::Review => self.review,
            ArchiveClass::Filing => self.filing,
        }
    }
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveItem {
    /// Its number in the catalogue (件号), from 1.
    pub number: usize,
    pub title: String,
    /// Who is responsible for it (责任者).
    pub responsible: String,
    /// The day that it bears; empty where it bears none.
    pub date: String,
    /// Its document number (文号); empty where it has none.
    pub document: String,
    pub class: ArchiveClass,
    pub retention: Retention,
    /// Where it lies in the archive; empty where it could not be had.
    pub path: String,
    pub size: u64,
    pub digest: Option<Digest>,
    /// Why it could not be had, in Chinese: a scanner has not found it clean.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub absent: String,
}

/// The catalogue of an archive (归档目录).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ArchiveCatalogue {
    pub format: Cow<'static, str>,
    pub competition: CompetitionId,
    pub title: String,
    pub archived_at: Timestamp,
    pub items: Vec<ArchiveItem>,
}

impl ArchiveCatalogue {
    /// The catalogue as a table for people: UTF-8 with its mark, RFC 4180.
    pub fn csv(&self) -> String {
        let mut csv = String::from(
            "\u{feff}件号,题名,责任者,日期,文号,类别,保管期限,文件,字节数,摘要（SHA-256）,未收录原因\r\n",
        );
        for item in &self.items {
            let cells = [
                item.number.to_string(),
                item.title.clone(),
                item.responsible.clone(),
                item.date.clone(),
                item.document.clone(),
                item.class.names().0.to_owned(),
                item.retention.names().0.to_owned(),
                item.path.clone(),
                item.size.to_string(),
                item.digest.map(|digest| digest.to_string()).unwrap_or_default(),
                item.absent.clone(),
            ];
            csv.push_str(&cells.map(|cell| csv_cell(&cell)).join(","));
            csv.push_str("\r\n");
        }
        csv
    }

    /// What whoever opens the archive reads first.
    pub fn readme(&self) -> String {
        let (title, at, count) = (&self.title, self.archived_at, self.items.len());
        format!(
            "{title}：归档包\n\n归档时间：{at}。共{count}件，逐件列于 catalogue.csv（表格软件可打开）和 catalogue.json。\n\
             applications/ 申报书、佐证材料和评审表单；competition/ 本届公文；issued/ 签发的文书，按签发时的内容；objections/ 异议；records/ 原样保存的数据：签署、冻结、发布的各版文件（规范 JSON）、\
             申报全文（applications.ndjson），以及审计记录（trail.ndjson，仅纪检监督和服务器操作员的归档包有）。\n\
             SHA256SUMS 有其余每个文件的摘要。核对：python3 check.py 归档包.zip（或解开后的目录），check.py 在程序的 docs/archive 目录。\
             SHA256SUMS 自己的摘要由核对程序打印，请另行抄录保存。\n\
             保管期限由办公室归档时选定；单位另有保管期限表的，以其为准。\n\n\
             ---\n\n{title}: archive\n\nMade {at}. {count} items, listed in catalogue.csv (for spreadsheet programs) and catalogue.json.\n\
             applications/: application forms, evidence and forms of the review; competition/: official documents; issued/: documents as they were issued;\n\
             objections/: objections; records/: data as they were kept: each\n\
             version of what was signed, frozen or published (canonical JSON), applications in full (applications.ndjson), and the audit trail (trail.ndjson, in\n\
             archives of supervisors and of the machine's operator alone).\n\
             SHA256SUMS has the digest of every other file. To check: python3 check.py ARCHIVE.zip (or the unpacked directory); check.py is in docs/archive of\n\
             the program. It prints the digest of SHA256SUMS itself: write that down elsewhere.\n\
             How long items are kept was chosen by the office; the unit's own table of retention periods prevails.\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_no_formula_and_a_missing_file_says_why() {
        let item = ArchiveItem {
            number: 1,
            title: "=1,甲".to_owned(),
            responsible: "乙".to_owned(),
            date: String::new(),
            document: String::new(),
            class: ArchiveClass::Filing,
            retention: Retention::TenYears,
            path: String::new(),
            size: 0,
            digest: None,
            absent: "尚未查毒".to_owned(),
        };
        let catalogue = ArchiveCatalogue {
            format: ARCHIVE_FORMAT.into(),
            competition: CompetitionId(uuid::Uuid::nil()),
            title: "竞赛".to_owned(),
            archived_at: "2026-07-10T09:00:00+08:00".parse().unwrap(),
            items: vec![item],
        };
        let csv = catalogue.csv();
        let row = csv.lines().nth(1).unwrap();
        assert_eq!(row, "1,\"'=1,甲\",乙,,,其余申报的材料、往来文书、异议,10年,,0,,尚未查毒");
    }
}
