//! What is wrong with a tally file, as data, and how it is told in Chinese and English.

use serde::Serialize;

use crate::domain::values::{Language, count};

/// The most problems that are kept one by one; the rest are counted. It bounds the memory that a hostile file takes.
pub const MOST_PROBLEMS: usize = 10_000;

/// How much of what was found is quoted, in characters.
const QUOTED_CHARACTERS: usize = 60;

/// One thing that is wrong with a tally file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: a JSON pointer (RFC 6901); `""` is the whole document.
    pub pointer: String,
    /// What stands there, quoted as JSON and cut to 60 characters; `None` where nothing does.
    pub found: Option<String>,
    pub expected: Expected,
}

/// What was expected at the place of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// At most this many bytes.
    Size(u64),
    /// Text in UTF-8; the byte at this offset is not.
    Utf8(usize),
    /// Well-formed JSON; where it stops being so, with the parser's own words.
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
        /// The parser's words, in English.
        detail: String,
    },
    /// A whole document; the file ends too early.
    WholeDocument {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    Object,
    Array,
    /// A JSON string that is not empty.
    Text,
    /// A JSON string, perhaps empty.
    AnyText,
    /// A JSON string that holds a plain decimal.
    Decimal,
    /// A JSON integer between two bounds.
    Integer {
        least: u64,
        most: u64,
    },
    /// An array of two decimals.
    Pair,
    /// One of these strings.
    OneOf(Vec<&'static str>),
    /// A member that the format knows: one of these.
    Member(Vec<&'static str>),
    /// This member, which is missing.
    Required(&'static str),
    /// A name that has not stood before in the same place.
    Unique(Noun),
    /// A name that is declared elsewhere in the tally.
    Known(Noun),
    /// A score for this judged indicator, which the sheet lacks.
    Score(String),
    /// At least one element.
    NotEmpty,
    /// At most so many of a kind.
    AtMost(usize, Noun),
    /// A number of at least the first and at most the second.
    Between(String, String),
    /// A number above this one.
    Above(String),
    /// A number of at least this one.
    AtLeast(String),
    /// A score that lies a whole number of steps above the lowest.
    OnStep {
        /// The lowest score.
        min: String,
        step: String,
    },
    /// Weights that sum to exactly 100.
    WeightsOf100,
    /// A number below the one before it.
    Below(String),
    /// A number other than that of the named member.
    OtherThan(&'static str),
    /// Nothing: this member has no meaning here.
    Absent(Reason),
}

/// What kind of thing a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// A member of a JSON object.
    Member,
    Criterion,
    /// An indicator of the rubric.
    Indicator,
    /// A judged indicator of the rubric.
    JudgedIndicator,
    /// A measured indicator of the rubric.
    MeasuredIndicator,
    /// An adjustment of the rubric.
    Adjustment,
    /// A veto of the rubric.
    Veto,
    /// An award of the rules.
    Award,
    /// An application of the tally.
    Application,
    /// A sheet: an application and an expert.
    Sheet,
    /// A unit of the rule.
    Unit,
    /// A tier of the rule.
    Tier,
}

/// Why a member has no meaning where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `trim` belongs to `trimmed_mean`.
    TrimNeedsTrimmedMean,
    /// `limit` belongs to `capped_mean`.
    LimitNeedsCappedMean,
    /// `capped_mean` works at level `indicator` only.
    CappedMeanNeedsIndicatorLevel,
    /// Rounding sheets belongs to level `sheet`.
    SheetStepNeedsSheetLevel,
    /// Rounding scores belongs to level `indicator`.
    ScoreStepNeedsIndicatorLevel,
    /// `reserve` names the reserve places themselves.
    ReserveIsNotAnAward,
}

/// All that is wrong with a tally file.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    kept: Vec<Problem>,
    total: usize,
}

impl Problems {
    pub(super) fn add(&mut self, pointer: String, found: Option<&str>, expected: Expected) {
        self.total += 1;
        if self.kept.len() < MOST_PROBLEMS {
            self.kept.push(Problem { pointer, found: found.map(quote), expected });
        }
    }

    /// The one problem of a file of more than `limit` bytes.
    pub fn too_large(limit: u64) -> Self {
        let mut problems = Self::default();
        problems.add(String::new(), None, Expected::Size(limit));
        problems
    }

    /// The first [`MOST_PROBLEMS`] problems, in the order of reading.
    pub fn kept(&self) -> &[Problem] {
        &self.kept
    }

    /// How many problems there are, kept or not.
    pub fn total(&self) -> usize {
        self.total
    }

    /// One line a problem, then a line that counts those not kept.
    pub fn text(&self, language: Language) -> String {
        let mut text = String::new();
        for problem in &self.kept {
            text += &problem.text(language);
            text.push('\n');
        }
        let rest = self.total - self.kept.len();
        if rest > 0 {
            text += &language.pick(
                format!("另有 {rest} 处问题未列出\n"),
                format!("{} not listed\n", count(rest, "more problem is", "more problems are")),
            );
        }
        text
    }

    /// One JSON document: `{"format", "problems": [{"code", "expected", "found", "pointer"}], "total"}`.
    pub fn json(&self, language: Language) -> String {
        #[derive(Serialize)]
        struct Document<'a> {
            format: &'static str,
            problems: Vec<Entry<'a>>,
            total: usize,
        }
        #[derive(Serialize)]
        struct Entry<'a> {
            code: &'static str,
            expected: String,
            found: Option<&'a str>,
            pointer: &'a str,
        }
        let problems = self
            .kept
            .iter()
            .map(|problem| Entry {
                code: problem.expected.code(),
                expected: problem.expected.text(language),
                found: problem.found.as_deref(),
                pointer: &problem.pointer,
            })
            .collect();
        let document = Document { format: "qianglian-problems/1", problems, total: self.total };
        // Text and numbers always have a JSON form.
        serde_json::to_string(&document).unwrap_or_default()
    }
}

impl Problem {
    /// What was expected and what was found, for whoever fills in a form and never sees the file: without its
    /// pointers, keys and signs.
    pub fn plain(&self, language: Language) -> String {
        let told = match &self.expected {
            Expected::Decimal => language.pick(
                "应为数字，如 87.5：整数部分至多12位，小数部分至多8位",
                "must be a number such as 87.5, of at most 12 digits before the point and 8 behind",
            ),
            Expected::Text | Expected::AnyText => language.pick("应填写文字", "must be text"),
            Expected::Pair => language.pick("应为两个数字", "must be two numbers"),
            Expected::OneOf(_) => language.pick("请从所列选项中选择", "must be one of the choices"),
            Expected::Required(_) => {
                language.pick("还有必填的内容没有填写", "something obligatory is missing")
            }
            Expected::Object | Expected::Array | Expected::Member(_) | Expected::Absent(_) => {
                language.pick("与所选的规则不符", "does not fit the rule that was chosen")
            }
            Expected::Score(_) => language.pick("有评审指标没有评分", "an indicator has no score"),
            Expected::OtherThan(_) => language.pick("不得与另一项相同", "must not be equal to the other one"),
            Expected::Integer { least, most } => {
                return language.pick(
                    format!("应为{least}至{most}的整数"),
                    format!("must be a whole number from {least} to {most}"),
                );
            }
            other => return other.text(language),
        };
        let quoted = self.found.as_deref().map(|found| found.trim_matches('"'));
        match (quoted.filter(|_| matches!(self.expected, Expected::Decimal)), language) {
            (Some(found), Language::Chinese) => format!("{told}；现为“{found}”"),
            (Some(found), Language::English) => format!("{told}; found “{found}”"),
            (None, _) => told.to_owned(),
        }
    }

    /// Pointer, what was expected and what was found, in one line.
    pub fn text(&self, language: Language) -> String {
        let place = match self.pointer.as_str() {
            "" => language.pick("（整个文件）", "(whole file)"),
            pointer => pointer,
        };
        let expected = self.expected.text(language);
        match (&self.found, language) {
            (Some(found), Language::Chinese) => format!("{place}：{expected}；实际为 {found}"),
            (None, Language::Chinese) => format!("{place}：{expected}"),
            (Some(found), Language::English) => format!("{place}: {expected}; found {found}"),
            (None, Language::English) => format!("{place}: {expected}"),
        }
    }
}

/// Cuts long findings, so that one problem stays one readable line.
fn quote(found: &str) -> String {
    let printable: String =
        found.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED_CHARACTERS + 1).collect();
    match printable.char_indices().nth(QUOTED_CHARACTERS) {
        Some((end, _)) => format!("{}…", &printable[..end]),
        None => printable,
    }
}

impl Expected {
    /// A stable code, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Size(_) => "too_large",
            Self::Utf8(_) => "not_utf8",
            Self::Json { .. } => "not_json",
            Self::WholeDocument { .. } => "truncated",
            Self::Object => "not_an_object",
            Self::Array => "not_an_array",
            Self::Text | Self::AnyText => "not_text",
            Self::Decimal => "not_a_decimal",
            Self::Integer { .. } => "not_an_integer",
            Self::Pair => "not_a_pair",
            Self::OneOf(_) => "not_a_choice",
            Self::Member(_) => "unknown_member",
            Self::Required(_) => "missing_member",
            Self::Unique(_) => "duplicate",
            Self::Known(_) => "unknown_name",
            Self::Score(_) => "missing_score",
            Self::NotEmpty => "empty",
            Self::AtMost(..) => "too_many",
            Self::Between(..) | Self::Above(_) | Self::AtLeast(_) | Self::Below(_) | Self::OtherThan(_) => {
                "out_of_range"
            }
            Self::OnStep { .. } => "off_step",
            Self::WeightsOf100 => "weights_not_100",
            Self::Absent(_) => "no_meaning_here",
        }
    }

    /// The expectation as a sentence without its full stop.
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::Chinese => self.chinese(),
            Language::English => self.english(),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Size(limit) => format!("文件不得超过 {limit} 字节"),
            Self::Utf8(offset) => format!("应为 UTF-8 文本，第 {offset} 字节（从 0 起）处不是"),
            Self::Json { line, column, detail } => {
                format!("应为合法的 JSON，第 {line} 行第 {column} 列处出错（{detail}）")
            }
            Self::WholeDocument { line, column } => {
                format!("应为完整的 JSON 文件，但在第 {line} 行第 {column} 列处中断")
            }
            Self::Object => "应为对象（花括号）".into(),
            Self::Array => "应为列表（方括号）".into(),
            Self::Text => "应为带引号的文字，且不得为空".into(),
            Self::AnyText => "应为带引号的文字".into(),
            Self::Decimal => {
                "应为带引号的普通小数，如 \"87.5\"：小数点前 1 至 12 位、后至多 8 位，不用指数".into()
            }
            Self::Integer { least, most } => format!("应为 {least} 至 {most} 的整数，不带引号"),
            Self::Pair => "应为两个小数的列表，如 [\"0\", \"0.6\"]".into(),
            Self::OneOf(choices) => format!("应为下列之一：{}", choices.join("、")),
            Self::Member(known) => format!("此处没有这个成员；可用成员：{}", known.join("、")),
            Self::Required(member) => format!("缺少成员 {member}"),
            Self::Unique(noun) => format!("{}不得重复", noun.chinese()),
            Self::Known(noun) => format!("应为已列明的{}", noun.chinese()),
            Self::Score(indicator) => format!("缺少评审指标 {indicator} 的评分"),
            Self::NotEmpty => "至少应有一项".into(),
            Self::AtMost(most, noun) => format!("{}至多 {most} 个", noun.chinese()),
            Self::Between(low, high) => format!("应在 {low} 至 {high} 之间"),
            Self::Above(bound) => format!("应大于 {bound}"),
            Self::AtLeast(bound) => format!("应不小于 {bound}"),
            Self::OnStep { min, step } => format!("应自 {min} 起按步长 {step} 评分"),
            Self::WeightsOf100 => "各准则权重之和应恰为 100".into(),
            Self::Below(bound) => format!("应小于前一项的 {bound}"),
            Self::OtherThan(member) => format!("不得与 {member} 相等"),
            Self::Absent(reason) => reason.chinese().into(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Size(limit) => format!("expected a file of at most {}", count(limit, "byte", "bytes")),
            Self::Utf8(offset) => format!("expected UTF-8 text, but the byte at offset {offset} is not"),
            Self::Json { line, column, detail } => {
                format!("expected well-formed JSON, which fails at line {line} column {column} ({detail})")
            }
            Self::WholeDocument { line, column } => {
                format!("expected a whole JSON document, but the file ends at line {line} column {column}")
            }
            Self::Object => "expected an object".into(),
            Self::Array => "expected a list".into(),
            Self::Text => "expected text in quotes, not empty".into(),
            Self::AnyText => "expected text in quotes".into(),
            Self::Decimal => {
                "expected a plain decimal in quotes, such as \"87.5\": 1 to 12 digits before the point, \
                              at most 8 after it, no exponent"
                    .into()
            }
            Self::Integer { least, most } => {
                format!("expected an integer from {least} to {most}, without quotes")
            }
            Self::Pair => "expected a list of two decimals, such as [\"0\", \"0.6\"]".into(),
            Self::OneOf(choices) => format!("expected one of {}", choices.join(", ")),
            Self::Member(known) => format!("there is no such member here; known are {}", known.join(", ")),
            Self::Required(member) => format!("the member {member} is missing"),
            Self::Unique(noun) => format!("expected each {} once", noun.english()),
            Self::Known(noun) => format!("expected a declared {}", noun.english()),
            Self::Score(indicator) => format!("the score for the judged indicator {indicator} is missing"),
            Self::NotEmpty => "expected at least one element".into(),
            Self::AtMost(most, noun) => format!("expected at most {most} of this kind: {}", noun.english()),
            Self::Between(low, high) => format!("expected a number from {low} to {high}"),
            Self::Above(bound) => format!("expected a number above {bound}"),
            Self::AtLeast(bound) => format!("expected a number of at least {bound}"),
            Self::OnStep { min, step } => {
                format!("expected a score that lies whole steps of {step} above {min}")
            }
            Self::WeightsOf100 => "expected the criteria's weights to sum to exactly 100".into(),
            Self::Below(bound) => format!("expected a number below {bound}, the one before it"),
            Self::OtherThan(member) => format!("expected a number other than that of {member}"),
            Self::Absent(reason) => reason.english().into(),
        }
    }
}

impl Noun {
    fn chinese(self) -> &'static str {
        match self {
            Self::Member => "成员",
            Self::Criterion => "准则",
            Self::Indicator => "指标",
            Self::JudgedIndicator => "评审指标",
            Self::MeasuredIndicator => "计量指标",
            Self::Adjustment => "加减分项",
            Self::Veto => "否决项",
            Self::Award => "奖项",
            Self::Application => "申报",
            Self::Sheet => "同一申报、同一专家的评分表",
            Self::Unit => "计数单位",
            Self::Tier => "等次",
        }
    }

    fn english(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Criterion => "criterion",
            Self::Indicator => "indicator",
            Self::JudgedIndicator => "judged indicator",
            Self::MeasuredIndicator => "measured indicator",
            Self::Adjustment => "adjustment",
            Self::Veto => "veto",
            Self::Award => "award",
            Self::Application => "application",
            Self::Sheet => "sheet of one expert for one application",
            Self::Unit => "unit of the rule",
            Self::Tier => "tier of the rule",
        }
    }
}

impl Reason {
    fn chinese(self) -> &'static str {
        match self {
            Self::TrimNeedsTrimmedMean => "trim 仅用于 method 为 trimmed_mean 时",
            Self::LimitNeedsCappedMean => "limit 仅用于 method 为 capped_mean 时",
            Self::CappedMeanNeedsIndicatorLevel => "method 为 capped_mean 时，level 应为 indicator",
            Self::SheetStepNeedsSheetLevel => "round_steps.sheet 仅用于 level 为 sheet 时",
            Self::ScoreStepNeedsIndicatorLevel => "round_steps.score 仅用于 level 为 indicator 时",
            Self::ReserveIsNotAnAward => "reserve 专指候补，不得用作奖项的 key",
        }
    }

    fn english(self) -> &'static str {
        match self {
            Self::TrimNeedsTrimmedMean => "trim is for the method trimmed_mean only",
            Self::LimitNeedsCappedMean => "limit is for the method capped_mean only",
            Self::CappedMeanNeedsIndicatorLevel => "the method capped_mean needs the level indicator",
            Self::SheetStepNeedsSheetLevel => "round_steps.sheet is for the level sheet only",
            Self::ScoreStepNeedsIndicatorLevel => "round_steps.score is for the level indicator only",
            Self::ReserveIsNotAnAward => "reserve names the reserve places and can't be an award's key",
        }
    }
}
