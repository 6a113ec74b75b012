//! What experts write of conflicts of interest that they declare.

use unicode_normalization::UnicodeNormalization;

use super::keyword::keyword_enum;

keyword_enum! {
    /// Whether there is a conflict with an application.
    pub enum HasConflict {
        /// There is (有).
        Yes = "yes",
        /// There is none (没有).
        No = "no",
    }
}

/// What a text that says that there is none consists of, longer before shorter.
const WORDS: [&str; 58] = [
    "不存在",
    "不涉及",
    "未发现",
    "不适用",
    "不需要",
    "没有",
    "任何",
    "上述",
    "以上",
    "情况",
    "情形",
    "关系",
    "利害",
    "利益",
    "冲突",
    "应当",
    "需要",
    "回避",
    "事项",
    "相关",
    "有关",
    "存在",
    "涉及",
    "发现",
    "本人",
    "单位",
    "企业",
    "申报",
    "主体",
    "无",
    "没",
    "不",
    "未",
    "否",
    "均",
    "暂",
    "并",
    "也",
    "我",
    "与",
    "其",
    "该",
    "此",
    "这",
    "种",
    "类",
    "应",
    "需",
    "要",
    "须",
    "的",
    "是",
    "有",
    "和",
    "及",
    "皆",
    "都",
    "了",
];
/// Which of these deny something.
const DENIALS: [char; 5] = ['无', '没', '不', '未', '否'];
/// The same in English.
const ENGLISH: [&str; 24] = [
    "na",
    "n",
    "a",
    "no",
    "none",
    "nil",
    "null",
    "nothing",
    "not",
    "applicable",
    "conflict",
    "conflicts",
    "of",
    "interest",
    "relation",
    "relations",
    "any",
    "there",
    "is",
    "are",
    "i",
    "have",
    "to",
    "declare",
];
/// Which of these deny something.
const ENGLISH_DENIALS: [&str; 7] = ["na", "n", "no", "none", "nil", "null", "nothing"];

/// Whether a text in the place of a conflict says that there is none: `无`, `没有`, `不存在`, `/`, `N/A` and the like.
pub fn says_none(text: &str) -> bool {
    let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if letters.is_empty() || letters.chars().all(|c| c == '0') {
        return true;
    }
    let english: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if english.iter().all(|word| ENGLISH.contains(word)) {
        return english.iter().any(|word| ENGLISH_DENIALS.contains(word) || *word == "not");
    }
    let mut rest = letters.as_str();
    while let Some(after) = WORDS.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = after;
    }
    rest.is_empty() && letters.contains(DENIALS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_denies_is_no_conflict() {
        for text in [
            "无",
            "没有",
            "不存在",
            "/",
            "N/A",
            "n/a",
            "NA",
            "无。",
            "-",
            "—",
            "无 ",
            "否",
            "暂无",
            "无利害关系",
            "没有利害关系",
            "不存在利害关系",
            "无应当回避的关系",
            "没有上述情况",
            "不涉及",
            "不适用",
            "无需回避",
            "不需要回避",
            "本人与该单位没有任何关系",
            "none",
            "No conflict",
            "nil",
            "not applicable",
            "no conflicts of interest",
            "0",
            "……",
            "（无）",
            "ＮＯ",
            "均无",
        ] {
            assert!(says_none(text), "{text}");
        }
    }

    #[test]
    fn a_relation_is_one_whatever_it_begins_with() {
        for text in [
            "配偶任职",
            "没有直接任职，但配偶为其股东",
            "曾任独立董事",
            "有利害关系",
            "无锡某公司任职",
            "不久前任职",
            "有",
            "亲属在该企业任职",
            "my brother works there",
            "former employer",
            "I have an interest",
            "本人有投资",
        ] {
            assert!(!says_none(text), "{text}");
        }
    }
}
