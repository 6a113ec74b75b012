//! Figures and firms of an application as tables, laid over what is there.

use serde_json::{Map, Value};

use super::part::{Figure, Firm, FirmRole};
use crate::domain::likeness::Name;
use crate::domain::problem::FieldProblem;
use crate::domain::scoring::{Formula, Indicator, Rubric};
use crate::domain::table::{Cells, Column, Described, Headed, column, described};
use crate::domain::typed;
use crate::domain::value_names::{is_named, name_of};
use crate::domain::values::Language;

/// The columns of a table of figures.
pub const FIGURE_COLUMNS: [Column; 8] = [
    column("indicator", &["指标", "指标名称"]).needed().means(
        "指标名称或代码",
        "The indicator's name or key",
        "产业链规模",
    ),
    column("value", &["申报值", "数值"]).needed().means(
        "数字；分级的填级别；分项计数的如“单项冠军 2，省级 3”",
        "A number; a tier; or counts, such as single_champion 2, provincial 3",
        "620.5",
    ),
    column("unit", &["单位"]).means(
        "须与指标的单位一致，不作换算",
        "The indicator's own: nothing is converted",
        "亿元",
    ),
    column("last_year", &["上年值"]).means(
        "同一单位、口径的上年数值",
        "Of the year before, in the same unit",
        "580",
    ),
    column("year", &["年份"]).means("数据所属年份", "The year that it is of", "2025"),
    column("calibre", &["口径"]).means("统计口径", "What exactly was counted", "规上工业企业营业收入"),
    column("source_body", &["数据来源"]).means("出具数据的部门", "The body that it comes from", "市统计局"),
    column("explanation", &["情况说明"]).means(
        "数据异常而属实的原因",
        "Why it is right though it looks wrong",
        "",
    ),
];

/// The columns of a table of firms.
pub const FIRM_COLUMNS: [Column; 4] = [
    column("credit_code", &["统一社会信用代码", "信用代码"]).needed().means(
        "18位；据此辨认企业",
        "18 digits and letters, which tell the firm",
        "91320100MA1MTE5X0A",
    ),
    column("name", &["企业名称", "名称"]).needed().means(
        "登记的全称",
        "Its registered name",
        "示例科技有限公司",
    ),
    column("role", &["作用", "类别"]).means(
        "链主企业或骨干企业；新增企业必填",
        "chain_leader or key_firm; new firms must have it",
        "链主企业",
    ),
    column("products", &["主要产品"]).means("主要产品", "Its main products", ""),
];

/// What a row makes of what it is about.
pub struct Laid<T> {
    pub row: usize,
    pub before: Option<T>,
    pub after: T,
}

/// A text of a row over what was there: empty cells leave it, unless they clear it.
struct Over<'a> {
    cells: &'a Cells<'a>,
    headed: &'a Headed<'a>,
    clear: bool,
}

impl Over<'_> {
    fn says(&self, column: &str) -> bool {
        self.headed.has(column) && (self.clear || !self.cells.text(column).is_empty())
    }

    fn text(&self, column: &str, before: Option<&String>) -> String {
        if self.says(column) {
            self.cells.text(column).to_owned()
        } else {
            before.cloned().unwrap_or_default()
        }
    }
}

fn duplicate(cells: &Cells<'_>, column: &str, first: usize) -> FieldProblem {
    cells.wrong(column, &format!("与第{first}行重复"), &format!("the same as row {first}"))
}

/// Lays the rows of a table over figures; all that is wrong is noted. Rows of indicators that have no figure and get none,
/// as the table that is given has them, make nothing.
pub fn lay_figures(
    headed: &Headed<'_>,
    stored: &[Figure],
    rubric: &Rubric,
    clear: bool,
    problems: &mut Vec<FieldProblem>,
) -> Vec<Laid<Figure>> {
    let mut laid: Vec<Laid<Figure>> = Vec::new();
    for cells in headed.rows() {
        let named = cells.text("indicator");
        let key = Name::new(named);
        let is_meant =
            |one: &Indicator| one.key.as_str() == named || Name::new(one.name.as_str()).key() == key.key();
        let mut known = rubric.measured().filter(|(one, _)| is_meant(one));
        let (Some((indicator, rules)), None) = (known.next(), known.next()) else {
            let zh = format!("定量指标中没有“{named}”，或不止一个；可填代码");
            problems.push(cells.wrong(
                "indicator",
                &zh,
                "no measured indicator of this name, or several: use the key",
            ));
            continue;
        };
        if let Some(first) = laid.iter().find(|one| one.after.indicator == indicator.key.as_str()) {
            problems.push(duplicate(&cells, "indicator", first.row));
            continue;
        }
        let before = stored.iter().find(|figure| figure.indicator == indicator.key.as_str());
        let over = Over { cells: &cells, headed, clear };
        let said = ["value", "last_year", "calibre", "source_body", "explanation"];
        if before.is_none() && said.iter().all(|column| cells.text(column).is_empty()) {
            continue;
        }
        let figure = figure_of(&over, before, (indicator, &rules.general.formula), problems);
        laid.extend(figure.map(|after| Laid { row: cells.number, before: before.cloned(), after }));
    }
    laid
}

fn figure_of(
    over: &Over<'_>,
    before: Option<&Figure>,
    (indicator, formula): (&Indicator, &Formula),
    problems: &mut Vec<FieldProblem>,
) -> Option<Figure> {
    let cells = over.cells;
    let wanted = indicator.unit.as_deref().unwrap_or_default();
    let (said, value) = (cells.text("unit"), cells.text("value"));
    let told_with_value = !wanted.is_empty() && value.ends_with(wanted);
    let is_told = said == wanted || before.is_some() || told_with_value;
    if !wanted.is_empty() && (if said.is_empty() { !is_told } else { said != wanted }) {
        let zh = format!("“{}”的单位应写明为“{wanted}”，不作换算", indicator.name);
        problems.push(cells.wrong("unit", &zh, &format!("the unit must be told, and is {wanted}")));
        return None;
    }
    let value = match (value, before) {
        ("", Some(before)) if !over.clear => before.value.clone(),
        ("", _) => {
            let zh = "缺少申报值；删除一项指标请在页面上办理";
            problems.push(cells.wrong("value", zh, "there is no value; remove an indicator at its page"));
            return None;
        }
        (text, _) => match read_value(text, wanted, formula) {
            Ok(value) => value,
            Err((zh, en)) => {
                problems.push(cells.wrong("value", &zh, &en));
                return None;
            }
        },
    };
    let year = match (cells.text("year").trim_end_matches('年'), before) {
        ("", Some(before)) => Some(before.year),
        (text, _) => typed::number(text, &[]).parse().ok(),
    };
    let Some(year) = year else {
        problems.push(cells.wrong("year", "须写明年份，如2025", "the year must be told, such as 2025"));
        return None;
    };
    let last_year = over.text("last_year", before.and_then(|before| before.last_year.as_ref()));
    Some(Figure {
        indicator: indicator.key.to_string(),
        value,
        unit: if said.is_empty() { wanted } else { said }.to_owned(),
        calibre: over.text("calibre", before.map(|before| &before.calibre)),
        year,
        source_body: over.text("source_body", before.map(|before| &before.source_body)),
        last_year: Some(typed::number(&last_year, &[wanted])).filter(|text| !text.is_empty()),
        evidence: before.map(|before| before.evidence.clone()).unwrap_or_default(),
        explanation: over.text("explanation", before.map(|before| &before.explanation)),
    })
}

/// A value as its indicator takes it.
fn read_value(text: &str, unit: &str, formula: &Formula) -> Result<Value, (String, String)> {
    match formula {
        Formula::PerUnit { units, .. } => {
            let mut counts = Map::new();
            for piece in text
                .split(['，', ',', '；', ';', '、', '\n'])
                .map(str::trim)
                .filter(|piece| !piece.is_empty())
            {
                let name = piece.trim_end_matches(|c: char| c.is_ascii_digit());
                let count = typed::number(&piece[name.len()..], &[]).parse::<u64>().ok();
                let name = name.trim_end_matches(['=', '＝', ':', '：', ' ', '\u{3000}']);
                let known = units.iter().find(|(key, _)| is_named(key, name));
                let (Some((key, _)), Some(count)) = (known, count) else {
                    let names: Vec<&str> =
                        units.iter().map(|(key, _)| name_of(key, Language::Chinese)).collect();
                    return Err((
                        format!(
                            "“{piece}”不能识别，应如“{} 2”；可填：{}",
                            names.first().unwrap_or(&""),
                            names.join("、")
                        ),
                        format!("`{piece}` is no count of one of the units"),
                    ));
                };
                counts.insert(key.clone(), count.into());
            }
            Ok(Value::Object(counts))
        }
        Formula::Tiers(tiers) => {
            let found = tiers.iter().find(|(key, _)| is_named(key, text));
            found.map(|(key, _)| Value::String(key.clone())).ok_or_else(|| {
                let names: Vec<&str> = tiers.iter().map(|(key, _)| name_of(key, Language::Chinese)).collect();
                (format!("应为{}之一", names.join("、")), "no tier of this indicator".to_owned())
            })
        }
        _ => Ok(Value::String(typed::number(text, &[unit]))),
    }
}

/// A value as tables write it.
pub fn written_value(value: &Value) -> String {
    match value {
        Value::Object(counts) => {
            let count =
                |(key, count): (&String, &Value)| format!("{} {count}", name_of(key, Language::Chinese));
            counts.iter().map(count).collect::<Vec<_>>().join("，")
        }
        Value::String(text) => name_of(text, Language::Chinese).to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What a table of figures holds of one.
pub fn described_figure(figure: &Figure) -> Vec<Described> {
    vec![
        described("申报值", "claimed value", written_value(&figure.value)),
        described("单位", "unit", &figure.unit),
        described("上年值", "last year", figure.last_year.clone().unwrap_or_default()),
        described("年份", "year", figure.year.to_string()),
        described("口径", "statistical basis", &figure.calibre),
        described("数据来源", "source", &figure.source_body),
        described("情况说明", "explanation", &figure.explanation),
    ]
}

const ROLES: [(&str, FirmRole); 2] = [("链主企业", FirmRole::ChainLeader), ("骨干企业", FirmRole::KeyFirm)];

/// What a firm is to its chain, as tables write it.
pub fn written_role(role: FirmRole) -> &'static str {
    ROLES.iter().find(|(_, known)| *known == role).map_or("", |(word, _)| word)
}

/// Lays the rows of a table over firms, which their credit codes tell; all that is wrong is noted.
pub fn lay_firms(
    headed: &Headed<'_>,
    stored: &[Firm],
    clear: bool,
    problems: &mut Vec<FieldProblem>,
) -> Vec<Laid<Firm>> {
    let mut laid: Vec<Laid<Firm>> = Vec::new();
    for cells in headed.rows() {
        let credit_code = typed::code(cells.text("credit_code"));
        if let Some(first) = laid.iter().find(|one| one.after.credit_code == credit_code) {
            problems.push(duplicate(&cells, "credit_code", first.row));
            continue;
        }
        let before = stored.iter().find(|firm| firm.credit_code == credit_code);
        let over = Over { cells: &cells, headed, clear };
        let text = cells.text("role");
        let role = ROLES.iter().find(|(word, _)| *word == text).map(|(_, role)| *role);
        let role = role.or_else(|| text.parse().ok());
        let role = role.or_else(|| before.filter(|_| text.is_empty()).map(|before| before.role));
        let Some(role) = role else {
            problems.push(cells.wrong(
                "role",
                "作用应为链主企业或骨干企业",
                "a role is chain_leader or key_firm",
            ));
            continue;
        };
        let name = over.text("name", before.map(|before| &before.name));
        let products = over.text("products", before.map(|before| &before.products));
        let after = Firm { name, credit_code, role, products };
        laid.push(Laid { row: cells.number, before: before.cloned(), after });
    }
    laid
}

/// What a table of firms holds of one.
pub fn described_firm(firm: &Firm) -> Vec<Described> {
    vec![
        described("统一社会信用代码", "credit code", &firm.credit_code),
        described("企业名称", "firm", &firm.name),
        described("作用", "role", written_role(firm.role)),
        described("主要产品", "main products", &firm.products),
    ]
}
