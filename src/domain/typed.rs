//! What people type and paste, as it is meant: numbers, codes, telephone numbers, login names.

use chrono::NaiveDate;
use rust_decimal::Decimal as Exact;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::strict::Wanted;
use super::text::is_unseen;
use super::values::Decimal;

/// Names of the unit of areas.
const AREA: [&str; 3] = ["km²", "平方公里", "平方千米"];

/// A line without what stands around it, and of the usual width.
fn narrow(text: &str) -> String {
    let narrow: String = text.nfkc().filter(|c| !is_unseen(*c)).collect();
    narrow.trim().to_owned()
}

/// A number as programs write it: without blanks around it, full-width digits, signs between thousands, and one of the
/// `units` behind it, if that makes it one; else the text as it is.
pub fn number(text: &str, units: &[&str]) -> String {
    let mut plain = narrow(text).replace('−', "-");
    let unit = units.iter().map(|unit| narrow(unit)).find(|unit| !unit.is_empty() && plain.ends_with(unit));
    if let Some(unit) = unit {
        plain.truncate(plain.len() - unit.len());
        plain.truncate(plain.trim_end().len());
    }
    let plain = without_thousands(&plain).unwrap_or(plain);
    if Decimal::parse(&plain).is_some() { plain } else { text.to_owned() }
}

/// A number without the signs between its thousands, where they stand rightly.
fn without_thousands(text: &str) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let rightly = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    rightly.then(|| format!("{sign}{}{rest}", whole.replace(',', "")))
}

/// A value of a measured indicator, whose number is understood in its unit.
pub fn value(value: &mut Value, unit: &str) {
    if let Value::String(text) = value {
        *text = number(text, &[unit]);
    }
}

/// A telephone number: of the usual width, with `转` before an extension.
pub fn phone(text: &str) -> String {
    let plain = narrow(text).replace(['‐', '‑', '–', '—', '―', '−'], "-");
    plain.replace("分机", "转").replace("转接", "转")
}

/// A code without blanks and hyphens, in capitals of the usual width.
pub fn code(text: &str) -> String {
    let letters = narrow(text).to_uppercase();
    letters.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–' | '—')).collect()
}

/// What a one-time code begins with.
pub const LINK_CODE: &str = "qll_";
/// The letters of a one-time code: digits and letters of which none is taken for another (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// How many of them stand together.
const GROUP: usize = 4;

/// A one-time code, which can be read aloud: groups of four letters and digits.
pub fn link_code(secret: &[u8; 20]) -> String {
    let bits = |place: usize| {
        let at = |byte: usize| u16::from(secret.get(byte).copied().unwrap_or(0));
        let (byte, bit) = (place * 5 / 8, place * 5 % 8);
        ((at(byte) << 8 | at(byte + 1)) >> (11 - bit)) & 31
    };
    let letters = (0..32).map(|place| char::from(LETTERS[usize::from(bits(place))]));
    grouped(&letters.collect::<String>())
}

fn grouped(letters: &str) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    format!("{LINK_CODE}{}", groups.join("-"))
}

/// A one-time code that was copied or heard: without the blanks and line ends that came with it, however its groups are
/// parted, and with what is taken for another letter as it is meant.
pub fn secret(text: &str) -> String {
    let plain: String = narrow(text).split_whitespace().collect();
    let lower = plain.to_lowercase();
    let Some(letters) = lower.strip_prefix(LINK_CODE).or_else(|| lower.strip_prefix("qll")) else {
        return plain;
    };
    let meant =
        letters.chars().filter(|c| !matches!(c, '-' | '‐' | '‑' | '–' | '—' | '_')).map(|c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        });
    grouped(&meant.collect::<String>())
}

/// A day as people write it: 2024-06-30, 2024/6/30, 2024.6.30, 2024年6月30日.
pub fn day(text: &str) -> Option<NaiveDate> {
    let plain = narrow(text);
    let parts = plain.trim_end_matches(['日', '号']).split(['-', '/', '.', '年', '月']).map(str::trim);
    let [year, month, day] = parts.map(str::parse::<u32>).collect::<Result<Vec<_>, _>>().ok()?[..] else {
        return None;
    };
    let year = i32::try_from(year).ok().filter(|year| (1900..=9999).contains(year))?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// A login name: these are in lower case.
pub fn login_name(text: &str) -> String {
    narrow(text).to_lowercase()
}

/// Reads a telephone number.
///
/// # Errors
/// If it is no text.
pub fn read_phone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| phone(&text))
}

/// Reads a telephone number, if there is one.
///
/// # Errors
/// If it is no text.
pub fn read_phone_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(|text| phone(&text)))
}

/// Reads a secret that was copied.
///
/// # Errors
/// If it is no text.
pub fn read_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| secret(&text))
}

/// Reads a login name.
///
/// # Errors
/// If it is no text.
pub fn read_login_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| login_name(&text))
}

/// Reads a login name, if there is one.
///
/// # Errors
/// If it is no text.
pub fn read_login_name_if_any<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(|text| login_name(&text)))
}

/// Reads a score, if there is one.
///
/// # Errors
/// If it is no text.
pub fn read_score<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(|text| number(&text, &["分"])))
}

/// Reads an area, if there is one.
///
/// # Errors
/// If it is no number.
pub fn read_area<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Exact>, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => number(&text, &AREA),
        other => other.to_string(),
    };
    let exact = Decimal::parse(&text).and_then(|_| text.parse().ok());
    exact.map(Some).ok_or_else(|| Wanted::Number.error(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_understood_as_people_write_it() {
        let meant = NaiveDate::from_ymd_opt(2024, 6, 30);
        for text in ["2024-06-30", "2024/6/30", "2024.06.30", "2024年6月30日", " ２０２４年６月３０号 "]
        {
            assert_eq!(day(text), meant, "{text}");
        }
        for text in ["", "2024-06", "24-6-30", "2024-13-01", "2024-02-30", "30/6/2024", "2024-6-30-1", "去年"]
        {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn a_one_time_code_is_understood_however_it_is_read_out() {
        let code = link_code(&[0xff; 20]);
        assert_eq!(code, format!("qll_{}", ["zzzz"; 8].join("-")));
        let mut bytes = [0; 20];
        (bytes[0], bytes[19]) = (0b0000_1000, 1);
        let code = link_code(&bytes);
        assert_eq!(code, "qll_1000-0000-0000-0000-0000-0000-0000-0001");
        for heard in [
            "QLL_1000-0000-0000-0000-0000-0000-0000-0001",
            " qll lOOO oooo 0000 0000 0000 0000 0000 000i\n",
            "qll_10000000000000000000000000000001",
            "ｑｌｌ＿１０００—００００ 000000000000000000000001",
        ] {
            assert_eq!(secret(heard), code, "{heard}");
        }
        assert_eq!(secret(" something else "), "somethingelse");
    }

    #[test]
    fn numbers_are_understood_as_people_write_them() {
        let cases = [
            (" 48.5 ", "48.5"),
            ("４８．５", "48.5"),
            ("1,234.5", "1234.5"),
            ("１，２３４，５６７", "1234567"),
            ("-1,000", "-1000"),
            ("620.5亿元", "620.5"),
            ("620.5 亿元", "620.5"),
            ("\u{200b}620.5\u{3000}", "620.5"),
        ];
        for (typed, meant) in cases {
            assert_eq!(number(typed, &["亿元"]), meant, "{typed}");
        }
        assert_eq!(number("35％", &["%"]), "35");
        assert_eq!(number("48.5平方公里", &AREA), "48.5");
        for kept in ["48,5", "1,23,456", "1234,567", "620.5万元", "4.85e1", "+48.5", "", "一", ".5"] {
            assert_eq!(number(kept, &["亿元"]), kept);
        }
    }

    #[test]
    fn codes_telephone_numbers_and_login_names_are_understood() {
        for typed in
            [" 91320100ABCDEF1233 ", "９１３２０１００ＡＢＣＤＥＦ１２３３", "9132 0100 abcd EF12 33"]
        {
            assert_eq!(code(typed), "91320100ABCDEF1233");
        }
        assert_eq!(phone("０２５－８３２３４５６７ 转８０１"), "025-83234567 转801");
        assert_eq!(phone("025-83234567分机801"), "025-83234567转801");
        assert_eq!(login_name(" Office-1　"), "office-1");
    }
}
