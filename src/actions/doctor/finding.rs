//! What the doctor finds: of which record, and what is wrong with it.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::domain::problem::Message;
use crate::domain::values::count;

/// A record: its kind and identifier, and its competition where it is of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Record {
    /// A kind of document, or a table.
    pub kind: String,
    /// What tells it from others of its kind.
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub competition: Option<String>,
}

impl Record {
    /// A record of no competition, or whose competition is part of what it is.
    pub(super) fn of(kind: &str, id: impl fmt::Display) -> Self {
        Self { kind: kind.to_owned(), id: id.to_string(), competition: None }
    }

    pub(super) fn in_competition(competition: &str, kind: &str, id: impl fmt::Display) -> Self {
        Self { competition: Some(competition.to_owned()), ..Self::of(kind, id) }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind, self.id)?;
        self.competition.as_ref().map_or(Ok(()), |competition| write!(formatter, " @ {competition}"))
    }
}

/// What two records disagree about, in Chinese and in English.
pub type Topic = (&'static str, &'static str);

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// It is not what its digest was made of.
    Altered,
    /// It is not of the form that it must be of; what the reader says.
    Unreadable(String),
    /// It must be there and is not; what says so.
    Missing(String),
    /// It names something that is not there, or not with that digest.
    Names(String),
    /// It says something else than another record.
    Disagrees(String, Topic),
    /// What it belongs to is not there.
    Orphan(String),
    /// No event tells of it.
    Unrecorded,
    /// An event does not follow the one before it.
    Chain(String),
    /// A file that it names is not in the store.
    FileMissing,
    /// A file that it names is not what its digest was made of.
    FileAltered,
    /// A file that it names has another size.
    FileSize(u64),
    /// A file began to come in more than a day ago, and was neither kept nor given up.
    Unfinished,
    /// A file that no record names. No damage: it may be of an upload that nobody came back for.
    Unnamed,
    /// The database says so itself.
    Database(String),
}

impl Wrong {
    /// What programs know it by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::Unreadable(_) => "unreadable",
            Self::Missing(_) => "missing",
            Self::Names(_) => "names_missing",
            Self::Disagrees(..) => "disagrees",
            Self::Orphan(_) => "orphan",
            Self::Unrecorded => "unrecorded",
            Self::Chain(_) => "chain_broken",
            Self::FileMissing => "file_missing",
            Self::FileAltered => "file_altered",
            Self::FileSize(_) => "file_size",
            Self::Unfinished => "unfinished_upload",
            Self::Unnamed => "unnamed_file",
            Self::Database(_) => "database",
        }
    }

    /// Whether it is told for information alone.
    pub fn is_note(&self) -> bool {
        *self == Self::Unnamed
    }

    /// The same for people.
    pub fn message(&self) -> Message {
        match self {
            Self::Altered => Message::new("内容与其摘要不符", "is not what its digest was made of"),
            Self::Unreadable(why) => Message::new(
                format!("无法按其格式读取（{why}）"),
                format!("can't be read as what it is: {why}"),
            ),
            Self::Missing(by) => {
                Message::new(format!("应有而没有（见 {by}）"), format!("is not there, though {by} says so"))
            }
            Self::Names(what) => Message::new(
                format!("所指的 {what} 不存在，或已不是原来的"),
                format!("names {what}, which is not there or is another"),
            ),
            Self::Disagrees(with, (zh, en)) => {
                Message::new(format!("与 {with} 不一致：{zh}"), format!("disagrees with {with}: {en}"))
            }
            Self::Orphan(of) => {
                Message::new(format!("所属的 {of} 不存在"), format!("belongs to {of}, which is not there"))
            }
            Self::Unrecorded => Message::new("没有审计事件记载", "no event of the audit trail tells of it"),
            Self::Chain(why) => {
                Message::new(format!("审计链断开（{why}）"), format!("the chain of events is broken: {why}"))
            }
            Self::FileMissing => Message::new("文件不在存储中", "its file is not in the store"),
            Self::FileAltered => {
                Message::new("文件内容与其摘要不符", "its file is not what its digest was made of")
            }
            Self::FileSize(size) => Message::new(
                format!("文件大小不符（{size}字节）"),
                format!("its file has another size, {}", count(size, "byte", "bytes")),
            ),
            Self::Unfinished => {
                Message::new("上传中断已超过一天", "an upload that broke off more than a day ago")
            }
            Self::Unnamed => Message::new("没有记录引用此文件", "no record names this file"),
            Self::Database(told) => {
                Message::new(format!("数据库检查：{told}"), format!("the database's own check: {told}"))
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub record: Record,
    pub wrong: Wrong,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Message { zh, en } = self.wrong.message();
        write!(formatter, "{}：{zh} / {en}", self.record)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Message { zh, en } = self.wrong.message();
        let mut finding = serializer.serialize_struct("Finding", 4)?;
        finding.serialize_field("record", &self.record)?;
        finding.serialize_field("code", self.wrong.code())?;
        finding.serialize_field("zh", &zh)?;
        finding.serialize_field("en", &en)?;
        finding.end()
    }
}
