//! What is logged, checked when it is read: a level that is none must not silence errors.

use std::fmt;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;

/// Levels, and what else people call them.
const LEVELS: [(&str, &[&str]); 5] = [
    ("error", &["err", "errors"]),
    ("warn", &["warning", "warnings"]),
    ("info", &["information"]),
    ("debug", &[]),
    ("trace", &[]),
];

/// What is logged of modules that are not named, where nothing else is said of them.
const OTHERWISE: &str = "info";

/// A level, and levels of single modules: `info`, or `info,actix_web=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The filter that does it.
    pub fn filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut general, mut modules) = (None, Vec::new());
        for part in text.split(',').map(str::trim) {
            match part.split_once('=') {
                Some((module, "off")) if is_module(module) => modules.push(format!("{module}=off")),
                Some((module, word)) if is_module(module) => {
                    modules.push(format!("{module}={}", level(word).ok_or_else(|| unknown(word))?));
                }
                Some(_) => return Err(unknown(part)),
                None => {
                    if general.replace(level(part).ok_or_else(|| unknown(part))?).is_some() {
                        return Err(format!("“{text}”中有两个级别 / there are two levels in `{text}`"));
                    }
                }
            }
        }
        modules.insert(0, general.unwrap_or(OTHERWISE).to_owned());
        Ok(Self(modules.join(",")))
    }
}

fn level(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    LEVELS.iter().find(|(name, others)| *name == word || others.contains(&&*word)).map(|(name, _)| *name)
}

fn is_module(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

fn unknown(word: &str) -> String {
    let levels = LEVELS.map(|(name, _)| name);
    format!(
        "“{word}”不是日志级别，可用 {zh}，或再加“模块=级别”，如 info,actix_web=debug / `{word}` is no level of the log; \
         there are {en}, and `module=level` beside one, such as info,actix_web=debug",
        zh = levels.join("、"),
        en = levels.join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_known_by_its_usual_names_and_errors_are_never_silenced() {
        for (given, meant) in [
            ("info", "info"),
            ("Warning", "warn"),
            ("err", "error"),
            ("debug, actix_web=warning", "debug,actix_web=warn"),
            ("qianglian::http=trace", "info,qianglian::http=trace"),
            ("actix_http=off", "info,actix_http=off"),
        ] {
            assert_eq!(given.parse::<LogFilter>().unwrap().to_string(), meant, "{given}");
        }
        for wrong in
            ["", "infoo", "off", "info,", "info,warn", "=info", "a b=info", "qianglian=infoo", "qianglian"]
        {
            let told = wrong.parse::<LogFilter>().unwrap_err();
            assert!(
                told.contains("日志级别") && told.contains("error, warn, info") || told.contains("两个级别"),
                "{told}"
            );
        }
    }
}
