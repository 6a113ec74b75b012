//! Duplicates across applications (比对查重): firms that several name, and text that two share.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use unicode_normalization::UnicodeNormalization;

use super::credit_code::CreditCode;

/// Characters of a shingle: the piece of text that is compared.
const SHINGLE: usize = 8;
/// Sections shorter than this say too little to be compared.
const LEAST_CHARACTERS: usize = 100;
/// Pairs that share less than this part of the shorter text are chance or set phrases.
const LEAST_PERCENT: usize = 30;
/// Shingles that stand in more sections than this are set phrases and would make the comparison quadratic.
const MOST_HOLDERS: usize = 50;
/// Characters of the shortest and the longest passage that is quoted.
const PASSAGE: std::ops::RangeInclusive<usize> = 30..=120;

/// What is compared of one application.
pub struct Entry<'a> {
    /// Its number among those compared.
    pub application: usize,
    /// The firms that it names.
    pub firms: Vec<&'a CreditCode>,
    /// Its sections: key and text.
    pub texts: Vec<(&'a str, &'a str)>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Firms that more than one application names, in order of their codes.
    pub firms: Vec<SharedFirm>,
    /// Pairs of sections that share much of their text, the most alike first.
    pub texts: Vec<SimilarText>,
}

/// A firm that more than one application names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFirm {
    pub code: CreditCode,
    /// Who names it.
    pub applications: Vec<usize>,
}

/// Two sections that share much of their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimilarText {
    /// The application with the smaller number.
    pub first: usize,
    pub first_section: String,
    /// The other application.
    pub second: usize,
    pub second_section: String,
    /// How much of the shorter text's shingles stand in the other, in whole percent, rounded down.
    pub percent: u32,
    /// The longest passage of at least 30 characters that both have, cut to 120.
    pub passage: Option<String>,
}

struct Section<'a> {
    application: usize,
    key: &'a str,
    characters: Vec<char>,
    shingles: BTreeSet<u64>,
}

/// Compares applications. Takes time in proportion to the text, as only sections that share a shingle meet.
pub fn find_duplicates(entries: &[Entry<'_>]) -> Duplicates {
    Duplicates { firms: shared_firms(entries), texts: similar_texts(entries) }
}

fn shared_firms(entries: &[Entry<'_>]) -> Vec<SharedFirm> {
    let mut holders: BTreeMap<&CreditCode, BTreeSet<usize>> = BTreeMap::new();
    for entry in entries {
        for firm in &entry.firms {
            holders.entry(firm).or_default().insert(entry.application);
        }
    }
    let shared = holders.into_iter().filter(|(_, applications)| applications.len() > 1);
    shared
        .map(|(code, applications)| SharedFirm {
            code: code.clone(),
            applications: applications.into_iter().collect(),
        })
        .collect()
}

fn similar_texts(entries: &[Entry<'_>]) -> Vec<SimilarText> {
    let mut sections = Vec::new();
    for entry in entries {
        for (key, text) in &entry.texts {
            let characters: Vec<char> = text.nfkc().filter(|c| c.is_alphanumeric()).collect();
            if characters.len() >= LEAST_CHARACTERS {
                let shingles = characters.windows(SHINGLE).map(hashed).collect();
                sections.push(Section { application: entry.application, key, characters, shingles });
            }
        }
    }
    let mut holders: HashMap<u64, Vec<usize>, BuildHasherDefault<DefaultHasher>> = HashMap::default();
    for (index, section) in sections.iter().enumerate() {
        for shingle in &section.shingles {
            holders.entry(*shingle).or_default().push(index);
        }
    }
    let mut common: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for holders in holders.values().filter(|holders| (2..=MOST_HOLDERS).contains(&holders.len())) {
        for (place, first) in holders.iter().enumerate() {
            for second in &holders[place + 1..] {
                if sections[*first].application != sections[*second].application {
                    *common.entry((*first, *second)).or_default() += 1;
                }
            }
        }
    }
    let mut found: Vec<SimilarText> = Vec::new();
    for ((first, second), count) in common {
        let (one, other) = (&sections[first], &sections[second]);
        let shorter = one.shingles.len().min(other.shingles.len());
        if count * 100 < shorter * LEAST_PERCENT {
            continue;
        }
        found.push(SimilarText {
            first: one.application,
            first_section: one.key.to_owned(),
            second: other.application,
            second_section: other.key.to_owned(),
            percent: u32::try_from(count * 100 / shorter).unwrap_or(100),
            passage: longest_passage(&one.characters, &other.characters),
        });
    }
    found.sort_by(|a, b| {
        b.percent.cmp(&a.percent).then_with(|| {
            (a.first, &a.first_section, a.second, &a.second_section).cmp(&(
                b.first,
                &b.first_section,
                b.second,
                &b.second_section,
            ))
        })
    });
    found
}

fn hashed(shingle: &[char]) -> u64 {
    let mut hasher = DefaultHasher::new();
    shingle.hash(&mut hasher);
    hasher.finish()
}

/// The longest run of characters that stands in both: matches of a shingle, followed as far as they go.
fn longest_passage(one: &[char], other: &[char]) -> Option<String> {
    let mut places: HashMap<&[char], usize, BuildHasherDefault<DefaultHasher>> = HashMap::default();
    for (place, shingle) in other.windows(SHINGLE).enumerate() {
        places.entry(shingle).or_insert(place);
    }
    let mut best = 0..0;
    let mut start = 0;
    while start + SHINGLE <= one.len() {
        let length = places
            .get(&one[start..start + SHINGLE])
            .map_or(0, |place| one[start..].iter().zip(&other[*place..]).take_while(|(a, b)| a == b).count());
        if length > best.len() {
            best = start..start + length;
        }
        start += length.max(1);
    }
    let long_enough = best.len() >= *PASSAGE.start();
    long_enough.then(|| one[best].iter().take(*PASSAGE.end()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chinese characters as if by chance: different seeds share no shingle.
    fn text(seed: u32, length: u32) -> String {
        let character = |place: u32| {
            let mut hasher = DefaultHasher::new();
            (seed, place).hash(&mut hasher);
            char::from_u32(0x4e00 + u32::try_from(hasher.finish() % 20_000).unwrap()).unwrap()
        };
        (0..length).map(character).collect()
    }

    fn compare(texts: &[&str]) -> Vec<SimilarText> {
        let entries: Vec<Entry<'_>> = texts
            .iter()
            .enumerate()
            .map(|(application, text)| Entry {
                application,
                firms: Vec::new(),
                texts: vec![("status", text)],
            })
            .collect();
        find_duplicates(&entries).texts
    }

    #[test]
    fn copied_text_is_found_whatever_its_spacing() {
        let original = text(1, 500);
        let spaced: String = original.chars().flat_map(|c| [c, '，', ' ']).collect();
        let found = compare(&[&original, &text(2, 500), &spaced]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].first, found[0].second, found[0].percent), (0, 2, 100));
        assert_eq!(found[0].passage.as_ref().unwrap().chars().count(), 120);
    }

    #[test]
    fn a_third_in_common_is_told_a_quarter_is_not() {
        let (own, other) = (text(1, 1000), text(2, 1000));
        let with =
            |share: usize| -> String { own.chars().take(share).chain(other.chars().skip(share)).collect() };
        assert_eq!(compare(&[&own, &with(340)]).len(), 1);
        assert!(compare(&[&own, &with(250)]).is_empty());
        assert!(compare(&[&own[..297], &own[..297]]).is_empty(), "too short to say");
    }

    #[test]
    fn firms_of_several_applications_are_listed() {
        let code = CreditCode::parse("91440300708461136T").unwrap();
        let single = CreditCode::parse("914403001922038216").unwrap();
        let entry = |application, firms: Vec<_>| Entry { application, firms, texts: Vec::new() };
        let found =
            find_duplicates(&[entry(0, vec![&code, &code]), entry(1, vec![&single]), entry(2, vec![&code])]);
        assert_eq!(found.firms, [SharedFirm { code: code.clone(), applications: vec![0, 2] }]);
    }
}
