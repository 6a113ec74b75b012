//! The unified social credit code of an organisation (统一社会信用代码, GB 32100-2015).

use std::fmt;

use super::problem::Message;

/// The characters, in the order of their values: digits and letters without I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A code whose check digit is right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

/// Why a text is no such code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditCodeProblem {
    /// It has not 18 characters but so many.
    Length(usize),
    /// A character that can't stand in a code, at this place from 1.
    Character(char, usize),
    /// The places 3 to 8, the region, are not digits.
    Region,
    /// The last character should be this one.
    CheckDigit(char),
}

impl CreditCodeProblem {
    /// The words for a clerk.
    pub fn message(self) -> Message {
        match self {
            Self::Length(found) => Message::new(
                format!("统一社会信用代码应为18位，现为{found}位"),
                format!("A credit code has 18 characters, this has {found}"),
            ),
            Self::Character(found, place) => Message::new(
                format!(
                    "第{place}位“{found}”不能用于统一社会信用代码（只用数字和除 I、O、S、V、Z 外的大写字母）"
                ),
                format!(
                    "`{found}` at place {place} can't stand in a credit code (digits and letters but I, O, S, V, Z)"
                ),
            ),
            Self::Region => Message::new(
                "第3至8位（登记机关行政区划码）应为数字",
                "Places 3 to 8, the region, must be digits",
            ),
            Self::CheckDigit(expected) => Message::new(
                format!("校验码不符：按前17位推算，末位应为“{expected}”，请核对"),
                format!("The check digit does not fit: by the first 17 the last would be `{expected}`"),
            ),
        }
    }
}

impl CreditCode {
    /// Reads a code; lower-case letters are taken for capitals.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CreditCodeProblem> {
        let code = text.to_ascii_uppercase();
        let length = code.chars().count();
        if length != 18 {
            return Err(CreditCodeProblem::Length(length));
        }
        let mut values = [0_usize; 18];
        for (place, character) in code.chars().enumerate() {
            let value = ALPHABET.iter().position(|known| char::from(*known) == character);
            values[place] = value.ok_or(CreditCodeProblem::Character(character, place + 1))?;
        }
        if values[2..8].iter().any(|value| *value > 9) {
            return Err(CreditCodeProblem::Region);
        }
        // GB 32100-2015: weights are powers of 3 modulo 31; the check digit makes the weighted sum divisible by 31.
        let mut weight = 1;
        let mut sum = 0;
        for value in &values[..17] {
            sum += value * weight;
            weight = weight * 3 % 31;
        }
        let check = (31 - sum % 31) % 31;
        if values[17] == check {
            Ok(Self(code))
        } else {
            Err(CreditCodeProblem::CheckDigit(char::from(ALPHABET[check])))
        }
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes that firms print on their public documents.
    const PUBLIC: [&str; 3] = ["91440300708461136T", "91110000802100433B", "914403001922038216"];

    #[test]
    fn public_codes_are_read() {
        for code in PUBLIC {
            assert_eq!(CreditCode::parse(code).unwrap().to_string(), code);
        }
        assert_eq!(CreditCode::parse("91440300708461136t").unwrap().to_string(), PUBLIC[0]);
    }

    #[test]
    fn every_single_wrong_character_is_found() {
        for place in 0..18 {
            for wrong in ALPHABET {
                let mut code = PUBLIC[0].to_owned().into_bytes();
                if code[place] == *wrong {
                    continue;
                }
                code[place] = *wrong;
                assert!(CreditCode::parse(std::str::from_utf8(&code).unwrap()).is_err());
            }
        }
    }

    #[test]
    fn every_swap_of_neighbours_is_found() {
        for place in 0..17 {
            let mut code = PUBLIC[0].to_owned().into_bytes();
            code.swap(place, place + 1);
            let swapped = String::from_utf8(code).unwrap();
            assert_eq!(CreditCode::parse(&swapped).is_ok(), swapped == PUBLIC[0], "{swapped}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        use CreditCodeProblem as P;
        assert_eq!(CreditCode::parse("9144030070846113"), Err(P::Length(16)));
        assert_eq!(CreditCode::parse("9144030070846113IT"), Err(P::Character('I', 17)));
        assert_eq!(CreditCode::parse("91A40300708461136T"), Err(P::Region));
        assert_eq!(CreditCode::parse("914403007084611361"), Err(P::CheckDigit('T')));
        assert_eq!(CreditCode::parse("９1440300708461136T"), Err(P::Character('９', 1)));
    }
}
