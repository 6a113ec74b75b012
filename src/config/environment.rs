//! What the environment says, looked at before any option is read from it: a slip there must not change in silence where
//! data are kept or what is protected.
//!
//! A variable that is set to nothing is refused, whichever it is. One that is nearly a known name is refused, another
//! that begins like ours is told (orchestrators make such of the names of services). A secret may be in a file, named by
//! its variable with `_FILE` behind it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use clap::Command;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser};

use crate::domain::problem::{FieldProblem, Message};
use crate::domain::values::Language;
use crate::error::{Result, must_be_valid};

/// What our variables begin with.
const OURS: &str = "QIANGLIAN_";
/// What the name of a variable ends with that names a file of a secret.
const FILE: &str = "_FILE";
/// How like a known name another must be to be taken for it, of 1.
const ALIKE: f64 = 0.78;
/// The longest secret in a file.
const MOST_BYTES: u64 = 64 * 1024;

/// What was found in the environment.
#[derive(Default)]
pub struct Environment {
    problems: Vec<FieldProblem>,
    notes: Vec<Message>,
    /// By the variable that they stand for.
    secrets: BTreeMap<String, SecretFile>,
}

/// A file that a variable names, and the secret in it.
#[derive(Clone)]
struct SecretFile {
    path: String,
    secret: String,
}

impl Environment {
    /// Looks at the environment of this process; which variables there are follows from the options.
    pub fn read(command: &Command) -> Self {
        let mut known = BTreeMap::new();
        variables(command, &mut known);
        Self::of(std::env::vars_os(), &known)
    }

    /// `known` tells of each name whether it is a secret's.
    fn of(all: impl Iterator<Item = (OsString, OsString)>, known: &BTreeMap<String, bool>) -> Self {
        let ours = all.filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let ours: BTreeMap<String, OsString> = ours.filter(|(name, _)| name.starts_with(OURS)).collect();
        let mut found = Self::default();
        for (name, value) in &ours {
            let secret = name.strip_suffix(FILE).filter(|secret| known.get(*secret) == Some(&true));
            if secret.is_none() && !known.contains_key(name) {
                found.look_at_unknown(name, known);
            } else if value.is_empty() {
                found.refuse(
                    name,
                    "empty",
                    "已设置但为空：请填写，或不要设置",
                    "is set to nothing: give it a value or unset it",
                );
            } else if let Some(secret) = secret {
                if ours.contains_key(secret) {
                    let (zh, en) =
                        (format!("与 {secret} 只能设置一个"), format!("and {secret} can't both be set"));
                    found.refuse(name, "both", zh, en);
                } else {
                    found.look_at_file(name, secret, value);
                }
            }
        }
        found
    }

    fn refuse(&mut self, name: &str, code: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.problems.push(FieldProblem::new(name, code, zh, en));
    }

    fn look_at_unknown(&mut self, name: &str, known: &BTreeMap<String, bool>) {
        let files = known.iter().filter(|(_, secret)| **secret).map(|(known, _)| format!("{known}{FILE}"));
        let all = known.keys().cloned().chain(files);
        let like = |known: &str| strsim::jaro(&name[OURS.len()..], &known[OURS.len()..]);
        let nearest =
            all.map(|known| (like(&known), known)).max_by(|(one, _), (other, _)| one.total_cmp(other));
        // A file is named for what is no secret.
        let stem = name.strip_suffix(FILE).filter(|stem| known.contains_key(*stem));
        let nearest = stem.map(|stem| (1.0, stem.to_owned())).or(nearest);
        let Some((alike, nearest)) = nearest else { return };
        let zh = format!("不是本程序的环境变量，是否应为 {nearest}");
        let en = format!("is no variable of this program; is {nearest} meant");
        if alike >= ALIKE {
            self.refuse(name, "unknown", zh + "？", en + "?");
        } else {
            self.notes.push(Message::new(
                format!("环境变量 {name} {zh}？已忽略"),
                format!("the variable {name} {en}? It is ignored"),
            ));
        }
    }

    fn look_at_file(&mut self, name: &str, secret: &str, path: &OsStr) {
        let read =
            path.to_str().ok_or_else(|| ("路径不是 UTF-8".to_owned(), "the path is not UTF-8".to_owned()));
        match read.and_then(|path| Ok((path, read_secret(Path::new(path))?))) {
            Err((zh, en)) => self.refuse(name, "unreadable", zh, en),
            Ok((path, (text, everybody_reads))) => {
                if everybody_reads {
                    self.notes.push(Message::new(
                        format!("{name} 所指的文件 {path} 人人可读，建议 chmod o-r"),
                        format!("everybody can read {path}, the file of {name}; consider chmod o-r"),
                    ));
                }
                self.secrets.insert(secret.to_owned(), SecretFile { path: path.to_owned(), secret: text });
            }
        }
    }

    /// The command with its secrets from the files that the environment names. What the command line says goes before.
    pub fn applied_to(&self, command: Command) -> Command {
        let command = command.mut_args(|arg| {
            let name = arg.get_env().and_then(|name| name.to_str());
            let Some((name, file)) = name.and_then(|name| self.secrets.get_key_value(name)) else {
                return arg;
            };
            let (variable, file) = (format!("{name}{FILE}"), file.clone());
            let parser = NonEmptyStringValueParser::new();
            let parser =
                parser.map(move |given| if given == file.path { file.secret.clone() } else { given });
            arg.env(variable).value_parser(parser)
        });
        command.mut_subcommands(|command| self.applied_to(command))
    }

    /// Refuses an environment with a slip in it.
    ///
    /// # Errors
    /// All slips, by variable.
    pub fn must_be_right(&self) -> Result<()> {
        must_be_valid(self.problems.clone())
    }

    /// What is no slip for sure, but should be told.
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }
}

/// The language that is asked for, also where the arguments can't be read.
pub fn language_asked() -> Language {
    let arguments: Vec<String> =
        std::env::args_os().filter_map(|argument| argument.into_string().ok()).collect();
    let after = arguments.windows(2).find(|pair| pair[0] == "--lang").map(|pair| pair[1].clone());
    let within = || arguments.iter().find_map(|argument| argument.strip_prefix("--lang=").map(str::to_owned));
    match after.or_else(within).or_else(|| std::env::var("QIANGLIAN_LANG").ok()).as_deref() {
        Some("en") => Language::English,
        _ => Language::Chinese,
    }
}

/// The variables of a command and those below it, each with whether it is a secret's.
fn variables(command: &Command, found: &mut BTreeMap<String, bool>) {
    for argument in command.get_arguments() {
        if let Some(name) = argument.get_env().and_then(|name| name.to_str()) {
            found.insert(name.to_owned(), argument.is_hide_env_values_set());
        }
    }
    command.get_subcommands().for_each(|command| variables(command, found));
}

/// The text of a file without the end of its line, and whether everybody can read it; or what is wrong with it.
fn read_secret(path: &Path) -> std::result::Result<(String, bool), (String, String)> {
    let at = path.display();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        let mode = file.metadata()?.mode();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(mode)
    });
    let mode =
        read.map_err(|error| (format!("无法读取 {at}：{error}"), format!("can't read {at}: {error}")))?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= MOST_BYTES);
    let text = text.ok_or_else(|| (format!("{at} 不是一行文字"), format!("{at} is no line of text")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err((format!("{at} 是空的"), format!("{at} is empty")));
    }
    if line.contains(['\n', '\r', '\0']) {
        return Err((format!("{at} 不止一行"), format!("{at} has more than one line")));
    }
    Ok((line.to_owned(), mode & 0o004 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Environment {
        let known = [("QIANGLIAN_DATABASE_URL", true), ("QIANGLIAN_DATA", false), ("QIANGLIAN_LOG", false)];
        let known = known.into_iter().chain([("QIANGLIAN_RATE", false), ("QIANGLIAN_S3_BUCKET", false)]);
        let known = known.map(|(name, secret)| (name.to_owned(), secret)).collect();
        Environment::of(variables.iter().map(|(name, value)| (name.into(), value.into())), &known)
    }

    fn codes(environment: &Environment) -> Vec<&str> {
        environment.problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn what_is_nearly_a_name_is_refused_with_the_name_and_what_is_far_from_any_is_told() {
        for (slip, meant) in [
            ("QIANGLIAN_DATABSE_URL", "QIANGLIAN_DATABASE_URL"),
            ("QIANGLIAN_DATABASE_URI", "QIANGLIAN_DATABASE_URL"),
            ("QIANGLIAN_DATABASE", "QIANGLIAN_DATABASE_URL"),
            ("QIANGLIAN_DATABASE_URL_FIEL", "QIANGLIAN_DATABASE_URL_FILE"),
            ("QIANGLIAN_S3_BUKET", "QIANGLIAN_S3_BUCKET"),
            ("QIANGLIAN_LOGS", "QIANGLIAN_LOG"),
            // A file of what is no secret.
            ("QIANGLIAN_RATE_FILE", "QIANGLIAN_RATE"),
        ] {
            let found = found(&[(slip, "x")]);
            assert_eq!(codes(&found), ["unknown"], "{slip}");
            assert!(
                found.problems[0].message.en.ends_with(&format!("is {meant} meant?")),
                "{}",
                found.problems[0].message.en
            );
        }
        // What Kubernetes makes of a service of that name.
        for name in [
            "PORT",
            "SERVICE_HOST",
            "SERVICE_PORT",
            "PORT_8080_TCP",
            "PORT_8080_TCP_ADDR",
            "WEB_SERVICE_HOST",
        ] {
            let found = found(&[(&format!("{OURS}{name}"), "x")]);
            assert_eq!((codes(&found).len(), found.notes.len()), (0, 1), "{name}");
        }
        assert!(found(&[("PATH", ""), ("QIANGLIAN_LOG", "info")]).must_be_right().is_ok());
    }

    #[test]
    fn nothing_is_not_the_same_as_not_set_and_a_secret_comes_from_one_place() {
        assert_eq!(
            codes(&found(&[("QIANGLIAN_DATABASE_URL", ""), ("QIANGLIAN_LOG", "")])),
            ["empty", "empty"]
        );
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("secret");
        let named = |name: &str| path.to_str().map(|path| found(&[(name, path)])).unwrap();
        assert_eq!(codes(&named("QIANGLIAN_DATABASE_URL_FILE")), ["unreadable"], "there is none");
        for (content, secret) in [
            ("s", Some("s")),
            ("s \n", Some("s ")),
            ("s\r\n", Some("s")),
            ("", None),
            ("\n", None),
            ("a\nb", None),
        ] {
            std::fs::write(&path, content).unwrap();
            let found = named("QIANGLIAN_DATABASE_URL_FILE");
            let read = found.secrets.get("QIANGLIAN_DATABASE_URL").map(|file| file.secret.as_str());
            assert_eq!((read, codes(&found).len()), (secret, usize::from(secret.is_none())), "{content:?}");
        }
        let both = found(&[("QIANGLIAN_DATABASE_URL", "x"), ("QIANGLIAN_DATABASE_URL_FILE", "/dev/null")]);
        assert_eq!(codes(&both), ["both"]);
        assert_eq!(codes(&found(&[("QIANGLIAN_DATABASE_URL_FILE", "/dev/zero")])), ["unreadable"]);
    }
}
