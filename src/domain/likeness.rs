//! Whether two names are of the same person or unit: one key for all that compares them, and what comes near to it.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::expert::ExpertProfile;
use super::text::is_unseen;

/// How two are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Different.
    Other,
    /// So alike that a person has to look.
    Near,
    Same,
}

/// The fewest characters of a name that another may begin or end with without being taken for near.
const TELLING: usize = 4;
/// The fewest digits of a telephone number that tell who somebody is.
const TELLING_DIGITS: usize = 7;

/// A name with how it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    given: String,
    key: String,
    core: String,
}

impl Name {
    pub fn new(given: impl Into<String>) -> Self {
        let given = given.into();
        let key = key(&given);
        Self { core: core(&key), key, given }
    }

    pub fn given(&self) -> &str {
        &self.given
    }

    /// What names that are the same have in common.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What names that may be near have in common, if they are of people.
    pub fn core(&self) -> &str {
        &self.core
    }

    /// How this unit's name is to another unit's: near, where they differ in what stands in brackets, or one is the
    /// other with more before or behind.
    pub fn of_unit(&self, other: &Self) -> Likeness {
        if self.key == other.key {
            return Likeness::Same;
        }
        let (short, long) = if self.core.len() <= other.core.len() { (self, other) } else { (other, self) };
        let within = long.core.starts_with(&short.core) || long.core.ends_with(&short.core);
        let near = within && (short.core.len() == long.core.len() || short.core.chars().count() >= TELLING);
        if near && !short.core.is_empty() { Likeness::Near } else { Likeness::Other }
    }

    /// How this person's name is to another person's: near, where only dots and the like differ.
    pub fn of_person(&self, other: &Self) -> Likeness {
        match (self.key == other.key, self.core == other.core && !self.core.is_empty()) {
            (true, _) => Likeness::Same,
            (false, true) => Likeness::Near,
            (false, false) => Likeness::Other,
        }
    }
}

/// A name without what nobody sees or types alike: blanks, width, case, and which dot, dash or bracket.
fn key(name: &str) -> String {
    name.nfkc()
        .filter(|c| !c.is_whitespace() && !is_unseen(*c) && !is_variant(*c))
        .map(|c| match c {
            '·' | '•' | '‧' | '∙' | '⋅' | '・' | '･' | '.' => '·',
            '‐'..='―' | '−' | '－' => '-',
            '[' | '{' | '【' | '〔' | '〈' | '《' | '「' | '『' | '〖' => '(',
            ']' | '}' | '】' | '〕' | '〉' | '》' | '」' | '』' | '〗' => ')',
            other => other,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Which of its forms a character has.
fn is_variant(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{200c}' | '\u{200d}')
}

/// Letters and digits outside brackets; of a name that is all in brackets, those inside.
fn core(key: &str) -> String {
    let mut depth = 0_usize;
    let outside = key.chars().filter(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0 && c.is_alphanumeric(),
        }
        false
    });
    let core: String = outside.collect();
    if core.is_empty() { key.chars().filter(|c| c.is_alphanumeric()).collect() } else { core }
}

/// A person of the expert pool, as they are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: Name,
    pub unit: Name,
    /// The digits of the telephone number, if they tell anything.
    phone: Option<String>,
}

impl Person {
    pub fn of(expert: &ExpertProfile) -> Self {
        let digits: String = expert.phone.nfkc().filter(char::is_ascii_digit).collect();
        Self {
            name: Name::new(expert.name.clone()),
            unit: Name::new(expert.unit.clone()),
            phone: (digits.len() >= TELLING_DIGITS).then_some(digits),
        }
    }

    /// How this one is to another: of the same name the same, where unit or telephone are; near, where a unit is near,
    /// or the name is and unit or telephone are the same.
    pub fn likeness(&self, other: &Self) -> Likeness {
        let name = self.name.of_person(&other.name);
        if name == Likeness::Other {
            return name;
        }
        let unit = self.unit.of_unit(&other.unit);
        let same_phone = self.phone.is_some() && self.phone == other.phone;
        if unit == Likeness::Same || same_phone { name } else { unit.min(Likeness::Near).min(name) }
    }
}

/// People with what they are known under, found by who is like them.
#[derive(Clone, Debug)]
pub struct People<T> {
    by_name: BTreeMap<String, Vec<(Person, T)>>,
}

impl<T> Default for People<T> {
    fn default() -> Self {
        Self { by_name: BTreeMap::new() }
    }
}

impl<T: Copy> People<T> {
    pub fn add(&mut self, person: Person, known: T) {
        self.by_name.entry(person.name.core().to_owned()).or_default().push((person, known));
    }

    /// Whoever is the same by name and unit.
    pub fn by_unit(&self, person: &Person) -> Option<T> {
        let mut alike = self.by_name.get(person.name.core()).into_iter().flatten();
        let same =
            |other: &Person| (other.name.key(), other.unit.key()) == (person.name.key(), person.unit.key());
        alike.find(|(other, _)| same(other)).map(|(_, known)| *known)
    }

    /// Who is most like somebody among those that `counts`: the same, or near.
    pub fn like(&self, person: &Person, counts: impl Fn(T) -> bool) -> Option<(Likeness, T)> {
        let alike = self.by_name.get(person.name.core()).into_iter().flatten();
        let alike = alike.filter(|(_, known)| counts(*known));
        let alike = alike.map(|(other, known)| (person.likeness(other), *known));
        alike.filter(|(likeness, _)| *likeness > Likeness::Other).max_by_key(|(likeness, _)| *likeness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(one: &str, other: &str) -> Likeness {
        let (one, other) = (Name::new(one), Name::new(other));
        assert_eq!(one.of_unit(&other), other.of_unit(&one));
        one.of_unit(&other)
    }

    #[test]
    fn the_same_name_is_the_same_however_it_is_typed() {
        for dot in ["·", "•", "・", "‧", "･", "．", "."] {
            let (one, other) = (Name::new("买买提·艾力"), Name::new(format!("买买提{dot}艾力")));
            assert_eq!(one.of_person(&other), Likeness::Same, "{dot}");
        }
        assert_eq!(Name::new("买买提艾力").of_person(&Name::new("买买提·艾力")), Likeness::Near);
        assert_eq!(Name::new("张三").of_person(&Name::new("张三丰")), Likeness::Other);
        for (one, other) in [
            ("示例大学（南京）", "示例大学(南京)"),
            ("示例大学（南京）", " 示例大学【南京】 "),
            ("ＡＢＣ 公司", "abc公司"),
            ("示例\u{200b}大学", "示例大\u{ad}学"),
            ("葛\u{e0100}氏研究院", "葛氏研究院"),
        ] {
            assert_eq!(unit(one, other), Likeness::Same, "{one} {other}");
        }
    }

    #[test]
    fn what_comes_near_is_told_apart_from_both() {
        for (one, other) in [
            ("示例大学（南京）", "示例大学（南京校区）"),
            ("示例大学", "示例大学（南京）"),
            ("示例龙头公司", "示例龙头公司南京分公司"),
            ("示例龙头公司", "江苏示例龙头公司"),
        ] {
            assert_eq!(unit(one, other), Likeness::Near, "{one} {other}");
        }
        for (one, other) in [("省院", "省院研究所"), ("示例大学", "范例大学"), ("南京大学", "南京师范大学")]
        {
            assert_eq!(unit(one, other), Likeness::Other, "{one} {other}");
        }
    }

    #[test]
    fn a_person_is_known_by_name_and_unit_or_telephone() {
        let person = |name: &str, unit: &str, phone: &str| Person {
            name: Name::new(name),
            unit: Name::new(unit),
            phone: Some(phone.to_owned()).filter(|phone| !phone.is_empty()),
        };
        let one = person("戌一", "示例大学（南京）", "13800000001");
        let likeness = |other: Person| one.likeness(&other);
        assert_eq!(likeness(person("戌一", "示例大学(南京)", "")), Likeness::Same);
        assert_eq!(likeness(person("戌一", "示例大学（南京校区）", "13800000001")), Likeness::Same);
        assert_eq!(likeness(person("戌一", "示例大学（南京校区）", "13800000002")), Likeness::Near);
        assert_eq!(likeness(person("戌·一", "示例大学（南京）", "")), Likeness::Near);
        assert_eq!(likeness(person("戌一", "省产业研究院", "13800000002")), Likeness::Other);
        assert_eq!(likeness(person("戌二", "示例大学（南京）", "13800000001")), Likeness::Other);
    }
}
