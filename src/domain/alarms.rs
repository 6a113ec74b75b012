//! Alarms (预警): what a supervisor should look at. Each is advice by a stated rule; none is ever used in scoring
//! (docs/normative/SCORING.md: outlier alarms are advice and never change an official figure).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::competition::{Calendar, CompetitionState, Period};
use super::keyword::keyword_enum;
use super::scoring::Rubric;
use super::sheet::judged;
use super::time::Timestamp;
use super::values::{Decimal, Figure};

keyword_enum! {
    /// Why something should be looked at.
    pub enum AlarmKind {
        /// A signed sheet was corrected while scoring went on.
        SheetCorrected = "sheet_corrected",
        /// A sheet was signed after the deadline of the review.
        SheetLate = "sheet_late",
        /// The entry of a paper sheet was discarded, to be entered anew.
        PaperReplaced = "paper_replaced",
        /// What the tally rests on, or the tally itself, was changed after it had been made.
        AfterTally = "after_tally",
        /// A sheet lies far from the others of its panel.
        FarFromPanel = "far_from_panel",
        /// Experts who judge signed in from the same network address.
        SharedAddress = "shared_address",
        /// Something was done in the last minutes before its deadline.
        NearDeadline = "near_deadline",
        /// Something was done after the announced deadline, and accepted because the deadline had been extended.
        AfterExtension = "after_extension",
        /// A stored document does not match its digest.
        DocumentDamaged = "document_damaged",
        /// The account of somebody who judges, watches or decides was reset.
        AccountReset = "account_reset",
        /// Accounts of such people were opened.
        AccountOpened = "account_opened",
        /// The scanner found an uploaded file harmful.
        FileQuarantined = "file_quarantined",
        /// The machine's time of day jumped.
        ClockJumped = "clock_jumped",
    }
}

/// Minutes before a deadline that count as near to it.
pub const NEAR_MINUTES: i64 = 10;
/// The fewest sheets among which one can be far from the others: of two, neither is nearer to the panel.
pub const FEWEST_SHEETS: usize = 3;
/// The modified z-score above which a value is an outlier: 3.5, as Iglewicz and Hoaglin recommend (How to Detect and
/// Handle Outliers, 1993), in tenths.
const MOST_SCORE_TENTHS: i128 = 35;
/// What makes the median of absolute deviations comparable with a standard deviation: 0.6745, in ten thousandths.
const NORMAL: i128 = 6_745;
/// The distance below which no sheet is called far, in percent of the judged points: where all but one agree to the
/// step, the deviations' median is nought and any distance would be.
pub const LEAST_PERCENT: i128 = 15;

impl AlarmKind {
    /// The rule, with its threshold and where it reads, in Chinese and in English.
    pub fn rule(self) -> (String, String) {
        let (zh, en) = match self {
            Self::SheetCorrected => (
                "评分期间，已签署的评分表被更正（评分表的第2版及以后各版；来源：签署文件）。",
                "A signed sheet was corrected while scoring went on (version 2 of a sheet and later; from the signed documents).",
            ),
            Self::SheetLate => (
                "评分表的首次签署晚于评审截止时间（来源：签署文件、日程）。",
                "A sheet was first signed after the deadline of the review (from the signed documents and the calendar).",
            ),
            Self::PaperReplaced => (
                "纸质评分表的首次录入被作废、重新录入（来源：审计记录）。",
                "The first entry of a paper sheet was discarded, to be entered anew (from the audit trail).",
            ),
            Self::AfterTally => (
                "首版汇总产生之后——即排名可以被看到之后——评分表、考察记录、核增、加分扣分或竞赛设置被更正，或产生了新一版汇总（来源：签署文件、设置版本；阅读本身不留痕，因此以汇总产生的时间为准）。",
                "After the first tally was made, which is when the ranking could first be seen, a sheet, an inspection, a raised value, a bonus or the settings were corrected, or a further tally was made (from the documents and the versions of the settings; reading leaves no event, so the time of the tally decides).",
            ),
            Self::FarFromPanel => {
                return (
                    format!(
                        "一份评分表的专家评分合计与本组中位数相差过大：修正Z分数 0.6745×|x−中位数|÷MAD 大于3.5（Iglewicz、Hoaglin，1993；MAD为绝对离差的中位数），且相差不少于专家评分满分的{LEAST_PERCENT}%；本组已签署的评分表不少于{FEWEST_SHEETS}份（来源：在任专家已签署的评分表）。"
                    ),
                    format!(
                        "The judged total of a sheet is far from its panel's median: the modified z-score 0.6745 × |x − median| ÷ MAD is above 3.5 (Iglewicz and Hoaglin 1993; MAD is the median of absolute deviations), and the distance is {LEAST_PERCENT} % of the judged points or more; {FEWEST_SHEETS} signed sheets at least (from signed sheets of experts who serve)."
                    ),
                );
            }
            Self::SharedAddress => (
                "自抽取到首版汇总，两名以上在任专家从同一网络地址登录（来源：登录会话；集中评审或同一单位的出口地址相同，属正常）。",
                "Between the draw and the first tally, two or more experts who serve signed in from one network address (from sessions; at a common venue, or behind one institution's gateway, that is normal).",
            ),
            Self::NearDeadline => {
                return (
                    format!(
                        "在截止前最后{NEAR_MINUTES}分钟内提交申报或补正、封存推荐名单、首次签署评分表（来源：提交、名单、签署文件、日程）。"
                    ),
                    format!(
                        "An application or correction was submitted, a list sealed, or a sheet first signed in the last {NEAR_MINUTES} minutes before the deadline (from submissions, lists, signed documents and the calendar)."
                    ),
                );
            }
            Self::DocumentDamaged => (
                "使用已存储的文件（设置、目录、日历、申报、名单、抽取、签署或公布的文件、材料）时，发现其内容与存储的摘要不符；该文件停止使用（来源：审计记录；恢复后预警仍保留）。",
                "A stored document (settings, catalogue, calendar, submission, list, draw, signed or published document, evidence) was found not to match its digest when it was to be used; it is not used (from the audit trail; the alarm stays when it is restored).",
            ),
            Self::AccountReset => (
                "自本届建立至首次公布，专家、办公室或纪检监督的账号被重置（含服务器操作员所为，以及首位纪检监督账号启用之前；来源：审计记录）。持有新链接码的人即可以该账号行事，请向本人核实。",
                "Between the making of the competition and its first announcement the account of an expert, the office or a supervisor was reset, also by the operator of the machine or before the first supervisor (from the audit trail). Whoever holds the new one-time code can act as that account: ask its owner.",
            ),
            Self::AccountOpened => (
                "同一期间，新开立专家、办公室或纪检监督账号（同一人同日开立的同类账号合并为一条；来源：审计记录）。",
                "In the same time accounts of experts, the office or supervisors were opened; those of one role that one person opened on one day are told of together (from the audit trail).",
            ),
            Self::FileQuarantined => (
                "安全扫描发现上传的文件（佐证材料，或随异议、线索提交的材料）有害；文件已隔离，任何人都不能打开（来源：审计记录）。",
                "The scanner found an uploaded file harmful, be it evidence or one that came with an objection or a lead; it is quarantined and nobody can open it (from the audit trail).",
            ),
            Self::ClockJumped => (
                "服务器的时钟跳变超过5秒，或启动时早于最后一条记录；确认之前，服务按跳变前的时间继续，不自动截止任何阶段（来源：审计记录；涉及当时已建立的各届）。",
                "The machine's clock jumped by more than 5 seconds, or was before the last thing recorded at a start. Until it is confirmed the service goes on by the time before, and closes no stage by itself (from the audit trail; for every competition that was there).",
            ),
            Self::AfterExtension => (
                "在发布时公布的截止时间之后提交申报、封存名单或首次签署评分表，因延期而被接受（来源：同上，及设置的各版本）。",
                "An application was submitted, a list sealed or a sheet first signed after the deadline that the call had announced, and accepted because it had been extended (from the same, and the versions of the settings).",
            ),
        };
        (zh.to_owned(), en.to_owned())
    }
}

/// The deadline of a stage: as it was announced, and as it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// As the call announced it.
    pub announced: Timestamp,
    /// As it holds: the same, or later.
    pub holds: Timestamp,
}

impl Deadline {
    /// The deadline of a state, from the calendar of the call and the one that holds. A draft has none.
    pub fn of(state: CompetitionState, called: &Calendar, holds: &Calendar) -> Option<Self> {
        let until = |calendar: &Calendar| calendar.period(state).map(|period: &Period| period.until);
        Some(Self { announced: until(called)?, holds: until(holds)? })
    }

    /// One that nobody has extended.
    pub fn at(time: Timestamp) -> Self {
        Self { announced: time, holds: time }
    }

    /// Nothing that was done before this is near to it, or later.
    pub fn watched_from(self) -> Timestamp {
        self.announced.plus_seconds(-NEAR_MINUTES * 60)
    }

    /// What an act at a time is by this deadline; nothing where it was in good time, or where it came too late.
    pub fn alarm(self, at: Timestamp) -> Option<AlarmKind> {
        let near = self.holds.plus_seconds(-NEAR_MINUTES * 60);
        if at > self.holds {
            None
        } else if at > self.announced {
            Some(AlarmKind::AfterExtension)
        } else if at > near || at > self.watched_from() {
            Some(AlarmKind::NearDeadline)
        } else {
            None
        }
    }
}

/// What signing a version of a sheet is: `number` is its version.
pub fn signature_alarm(
    number: i32,
    at: Timestamp,
    review: Option<Deadline>,
    first_tally: Option<Timestamp>,
) -> Option<AlarmKind> {
    match number {
        _ if is_after_tally(at, first_tally) => Some(AlarmKind::AfterTally),
        1 if review.is_some_and(|review| at > review.holds) => Some(AlarmKind::SheetLate),
        1 => review.and_then(|review| review.alarm(at)),
        _ => Some(AlarmKind::SheetCorrected),
    }
}

/// Whether something happened after the first tally was made.
pub fn is_after_tally(at: Timestamp, first_tally: Option<Timestamp>) -> bool {
    first_tally.is_some_and(|tally| at > tally)
}

/// Of 1, in which shares of the full marks are worked out: rounding down loses less than a millionth an indicator,
/// which is fine for advice.
const WHOLE: i128 = 1_000_000;

/// A mark of a signed sheet as alarms read it: the key of an indicator, and its score if one is given. Neither has
/// anything that JSON would escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ScoredMark<'a> {
    pub indicator: &'a str,
    pub score: Option<&'a str>,
}

/// What the judged indicators of a rubric come to.
pub struct JudgedShares {
    judged: Vec<JudgedIndicator>,
}

struct JudgedIndicator {
    key: String,
    /// The lowest score of the scale, and how far the highest lies above it, in hundred millionths.
    low: i128,
    span: i128,
    /// The most that it comes to, in millionths of the full marks.
    most: i128,
}

impl JudgedShares {
    /// Those of a rubric.
    pub fn of(rubric: &Rubric) -> Self {
        let shares = judged(rubric).filter_map(|(indicator, scale)| {
            let criterion = rubric.criteria.iter().find(|criterion| {
                criterion.indicators.iter().any(|other| other.key.as_str() == indicator.key.as_str())
            })?;
            let points: i128 = criterion.indicators.iter().map(|i| i.points.hundred_millionths()).sum();
            let share = indicator.points.hundred_millionths() * WHOLE / points;
            // Weights are percent: 100 of them are the whole.
            let weight =
                criterion.weight.hundred_millionths() * WHOLE / (100 * Decimal::ONE.hundred_millionths());
            let (low, high) = (scale.min.hundred_millionths(), scale.max.hundred_millionths());
            let key = indicator.key.as_str().to_owned();
            Some(JudgedIndicator { key, low, span: high - low, most: weight * share / WHOLE })
        });
        Self { judged: shares.collect() }
    }

    /// The most that a sheet could come to, in millionths of the full marks.
    pub fn most(&self) -> i128 {
        self.judged.iter().map(|indicator| indicator.most).sum()
    }

    /// What a sheet comes to, in millionths of the full marks. None where a score is missing or is no number.
    pub fn total(&self, marks: &[ScoredMark<'_>]) -> Option<i128> {
        let mut total = 0;
        for indicator in &self.judged {
            let mark = marks.iter().find(|mark| mark.indicator == indicator.key)?;
            let score = Decimal::parse(mark.score?)?.hundred_millionths();
            let fraction = ((score - indicator.low) * WHOLE / indicator.span).clamp(0, WHOLE);
            total += indicator.most * fraction / WHOLE;
        }
        Some(total)
    }
}

/// Millionths of the full marks as points with two places.
pub fn in_points(share: i128, rubric: &Rubric) -> Figure {
    let hundredths = rubric.full_marks.hundred_millionths() / (Decimal::ONE.hundred_millionths() / 100);
    Figure::new(share * hundredths / WHOLE, 2)
}

/// A sheet that is far from its panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Far {
    /// Which of the totals.
    pub index: usize,
    pub median: i128,
    /// How far it may be from it.
    pub allowed: i128,
}

/// The doubled median, so that it stays whole for an even number of values.
fn doubled_median(values: &[i128]) -> i128 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { 2 * sorted[half] } else { sorted[half - 1] + sorted[half] }
}

/// The sheets of one panel for one application that are far from its median ([`AlarmKind::FarFromPanel`]); `most` is
/// what a sheet could come to.
pub fn far_from_panel(totals: &[i128], most: i128) -> Vec<Far> {
    if totals.len() < FEWEST_SHEETS {
        return Vec::new();
    }
    let median = doubled_median(totals);
    let distances: Vec<i128> = totals.iter().map(|total| (2 * total - median).abs()).collect();
    // Of doubled distances a doubled median: four times the deviation.
    let deviation = doubled_median(&distances);
    let by_deviation = deviation * MOST_SCORE_TENTHS * 1_000 / (4 * NORMAL);
    let allowed = by_deviation.max(most * LEAST_PERCENT / 100);
    let is_far = |distance: i128| {
        // 0.6745 × d ÷ MAD > 3.5, and d ≥ 15 % of the most; both sides whole.
        4 * distance * NORMAL > 2 * deviation * MOST_SCORE_TENTHS * 1_000
            && distance * 100 >= 2 * most * LEAST_PERCENT
    };
    let far = distances.iter().enumerate().filter(|(_, distance)| is_far(**distance));
    far.map(|(index, _)| Far { index, median: median / 2, allowed }).collect()
}

/// Which of those who signed in share an address: by address, with two people or more. What has no address (the
/// command line) is not compared.
pub fn shared_addresses<P: Copy + Ord>(
    sign_ins: impl IntoIterator<Item = (P, String)>,
) -> BTreeMap<String, BTreeSet<P>> {
    let mut by_address: BTreeMap<String, BTreeSet<P>> = BTreeMap::new();
    for (person, address) in sign_ins.into_iter().filter(|(_, address)| !address.is_empty()) {
        by_address.entry(address).or_default().insert(person);
    }
    by_address.retain(|_, people| people.len() > 1);
    by_address
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::competition::Settings;
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-06-30T{text}+08:00").parse().unwrap()
    }

    #[test]
    fn the_last_minutes_before_a_deadline_are_near_to_it() {
        let deadline = Deadline::at(at("17:00:00"));
        assert_eq!(deadline.alarm(at("16:50:00")), None);
        assert_eq!(deadline.alarm(at("16:50:01")), Some(AlarmKind::NearDeadline));
        assert_eq!(deadline.alarm(at("17:00:00")), Some(AlarmKind::NearDeadline));
        assert_eq!(deadline.alarm(at("17:00:01")), None);
    }

    #[test]
    fn what_an_extension_let_in_is_told_apart() {
        let deadline = Deadline { announced: at("12:00:00"), holds: at("17:00:00") };
        assert_eq!(deadline.alarm(at("11:49:00")), None);
        assert_eq!(deadline.alarm(at("11:55:00")), Some(AlarmKind::NearDeadline));
        assert_eq!(deadline.alarm(at("12:00:01")), Some(AlarmKind::AfterExtension));
        assert_eq!(deadline.alarm(at("16:59:00")), Some(AlarmKind::AfterExtension));
        assert_eq!(deadline.alarm(at("17:00:01")), None);
    }

    #[test]
    fn a_signature_is_late_a_correction_or_after_the_tally() {
        let review = Some(Deadline::at(at("17:00:00")));
        assert_eq!(signature_alarm(1, at("10:00:00"), review, None), None);
        assert_eq!(signature_alarm(1, at("16:59:00"), review, None), Some(AlarmKind::NearDeadline));
        assert_eq!(signature_alarm(1, at("17:00:01"), review, None), Some(AlarmKind::SheetLate));
        assert_eq!(signature_alarm(2, at("10:00:00"), review, None), Some(AlarmKind::SheetCorrected));
        let tally = Some(at("18:00:00"));
        assert_eq!(signature_alarm(2, at("17:59:59"), review, tally), Some(AlarmKind::SheetCorrected));
        assert_eq!(signature_alarm(2, at("18:00:01"), review, tally), Some(AlarmKind::AfterTally));
        assert!(!is_after_tally(at("18:00:00"), tally), "what was done with the tally is not after it");
        assert!(!is_after_tally(at("18:00:00"), None));
    }

    #[test]
    fn a_sheet_is_far_by_both_thresholds() {
        // Deviations 0, 1, 1, 2, 30: their median 1, so 5.19 is allowed by the score, 15 by the share of 100.
        assert_eq!(
            far_from_panel(&[80, 81, 79, 82, 50], 100),
            vec![Far { index: 4, median: 80, allowed: 15 }]
        );
        // Just at the share: 15 of 100 is far, 14 is not, though the score says so of both.
        assert_eq!(far_from_panel(&[80, 80, 80, 80, 95], 100).len(), 1);
        assert_eq!(far_from_panel(&[80, 80, 80, 80, 94], 100), vec![]);
        // A panel that disagrees: 30 away, but the deviations' median is 10 and 51.9 is allowed.
        assert_eq!(far_from_panel(&[50, 60, 70, 80, 100], 100), vec![]);
        // 5.19 deviations are the limit: of 0, 10, 10, 10, d with d = 51 it is within, with 52 beyond.
        assert_eq!(far_from_panel(&[100, 90, 110, 90, 151], 200), vec![]);
        assert_eq!(far_from_panel(&[100, 90, 110, 90, 152], 200).len(), 1);
        // Two sheets have no panel between them; an even panel has its median between two.
        assert_eq!(far_from_panel(&[10, 90], 100), vec![]);
        assert_eq!(far_from_panel(&[80, 81, 82, 20], 100), vec![Far { index: 3, median: 80, allowed: 15 }]);
    }

    #[test]
    fn addresses_are_shared_by_two_people_not_by_one_twice() {
        let sign_ins = [(1, "10.0.0.1"), (1, "10.0.0.1"), (2, "10.0.0.2"), (3, "10.0.0.2"), (4, ""), (5, "")];
        let found = shared_addresses(sign_ins.map(|(person, address)| (person, address.to_owned())));
        assert_eq!(found, BTreeMap::from([("10.0.0.2".to_owned(), BTreeSet::from([2, 3]))]));
    }

    #[test]
    fn a_sheet_comes_to_its_share_of_the_judged_points() {
        let example = include_str!("../../data/settings.example.json");
        let mut settings: Settings = serde_json::from_str(example).unwrap();
        settings.rules["tie_break"] = json!([]);
        let scale = |min: &str, max: &str| json!({ "min": min, "max": max, "step": "1" });
        settings.rubric = json!({ "full_marks": "200", "criteria": [
            { "key": "a", "name": "a", "weight": "60", "indicators": [
                { "key": "a1", "name": "a1", "points": "3", "kind": "judged", "scale": scale("0", "10") },
                { "key": "a2", "name": "a2", "points": "1", "kind": "judged", "scale": scale("0", "10") },
            ] },
            { "key": "b", "name": "b", "weight": "40", "indicators": [
                { "key": "b1", "name": "b1", "points": "5", "kind": "judged", "scale": scale("1", "5") },
            ] },
        ], "adjustments": [], "vetoes": [] });
        let read = settings.tally().unwrap();
        let mark = |indicator, score| ScoredMark { indicator, score: Some(score) };
        let shares = JudgedShares::of(&read.rubric);
        // 60 % × (¾ × 0.5 + ¼ × 0) + 40 % × 0.75 of the whole.
        let sheet = [mark("a1", "5"), mark("a2", "0"), mark("b1", "4")];
        assert_eq!((shares.total(&sheet), shares.most()), (Some(525_000), 1_000_000));
        assert_eq!(in_points(525_000, &read.rubric).to_string(), "105.00");
        assert_eq!(shares.total(&sheet[..1]), None);
    }
}
