//! Official documents (公文) and printed forms as they are laid out: what stands on the paper, in order, with what every page
//! carries. How it looks follows GB/T 9704-2012 and is the writers' (`files::typeset`, `files::word`).

use std::fmt;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::keyword::keyword_enum;
use super::lengths;
use super::notice::chinese_date;
use super::problem::FieldProblem;
use super::record::{Digest, digest_of};
use super::text::check_text;

keyword_enum! {
    /// As which kind of file a document is given.
    pub enum DocumentFormat {
        /// For reading and printing.
        Pdf = "pdf",
        /// For word processors.
        Docx = "docx",
    }
}

/// What every page of a document carries, so that a sheet of paper is known by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Identity {
    /// What the form is called.
    pub form: String,
    /// The competition's title.
    #[serde(rename = "competition_title")]
    pub edition: String,
    /// The application's number, where it is about one.
    #[serde(rename = "application_number")]
    pub application: String,
    /// Who it is of: a party or an expert.
    pub party: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.edition, &self.form, &self.application, &self.party];
        let parts: Vec<&str> =
            parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        formatter.write_str(&parts.join("　"))
    }
}

/// What stands in a cell of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Cell {
    pub text: String,
    /// How many columns it takes.
    pub span: usize,
    pub aligned: Aligned,
    /// Whether it says what stands beside or below it.
    #[serde(rename = "is_heading")]
    pub names: bool,
}

keyword_enum! {
    /// How text stands in its cell.
    pub enum Aligned {
        Left = "left",
        Centre = "centre",
        Right = "right",
    }
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), span: 1, aligned: Aligned::Left, names: false }
    }

    pub fn number(text: impl Into<String>) -> Self {
        Self { aligned: Aligned::Right, ..Self::text(text) }
    }

    pub fn centred(text: impl Into<String>) -> Self {
        Self { aligned: Aligned::Centre, ..Self::text(text) }
    }

    /// The name of what stands beside it.
    pub fn name(text: impl Into<String>) -> Self {
        Self { names: true, ..Self::centred(text) }
    }

    #[must_use]
    pub fn over(self, span: usize) -> Self {
        Self { span, ..self }
    }
}

/// A table: what stands above its columns is repeated on each page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Table {
    /// How wide the columns are, against each other.
    pub widths: Vec<u16>,
    pub heading: Vec<Cell>,
    #[serde(rename = "cells")]
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with a heading: of each column how wide it is and what stands above it.
    pub fn headed(columns: &[(u16, &str)]) -> Self {
        Self {
            widths: columns.iter().map(|(width, _)| *width).collect(),
            heading: columns.iter().map(|(_, name)| Cell::name(*name)).collect(),
            rows: Vec::new(),
        }
    }

    /// A table of names, each with what it names beside it.
    pub fn of_names(widths: &[u16]) -> Self {
        Self { widths: widths.to_vec(), ..Self::default() }
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }
}

/// Who signs, and when; both are at the right, with room for the seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Signature {
    pub signers: Vec<String>,
    /// The day as it is written; blank to be filled in by hand.
    pub date: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(deny_unknown_fields)]
pub enum Block {
    /// A paragraph of the body, whose first line begins two characters in.
    Paragraph {
        text: String,
    },
    /// A line that begins at the margin.
    Flush {
        text: String,
    },
    /// A heading of the body (一、), which is a bookmark too.
    Heading {
        text: String,
    },
    Table(Table),
    /// What comes with it (附件说明).
    Annexes {
        lines: Vec<String>,
    },
    Signature(Signature),
    /// Lines to be signed by hand, by what stands before them, so many in a row.
    SignedBy {
        lines: Vec<String>,
        in_a_row: usize,
    },
    /// An annex, which begins on a page of its own: what it is called (附件1) and its title.
    Annex {
        name: String,
        title: String,
    },
}

keyword_enum! {
    /// How the sheet lies, and how much of it is margin.
    #[derive(Default)]
    pub enum Layout {
        /// By GB/T 9704-2012.
        #[default]
        Letter = "letter",
        /// A form, with narrow margins.
        Form = "form",
        /// A wide table, lying across.
        Across = "across",
        /// A certificate: one sheet that lies across, framed, in large characters.
        Certificate = "certificate",
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OfficialDocument {
    pub identity: Identity,
    pub layout: Layout,
    /// The issuer in red above it (发文机关标志), where it has one.
    pub masthead: String,
    /// Its document number (发文字号).
    pub number: String,
    pub title: String,
    /// Whom it is to (主送机关).
    pub addressee: String,
    pub blocks: Vec<Block>,
}

impl OfficialDocument {
    pub fn new(identity: Identity, title: impl Into<String>) -> Self {
        Self { identity, title: title.into(), ..Self::default() }
    }

    pub fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph { text: text.into() });
    }

    pub fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading { text: text.into() });
    }

    pub fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }

    /// Who issues it on which day.
    pub fn signed(&mut self, signer: impl Into<String>, date: NaiveDate) {
        let signature = Signature { signers: vec![signer.into()], date: chinese_date(date) };
        self.blocks.push(Block::Signature(signature));
    }

    /// The digest of what it says.
    pub fn digest(&self) -> Digest {
        // A document is made of texts, which can always be written as JSON.
        digest_of(serde_json::to_vec(self).unwrap_or_default())
    }

    /// What stands at the foot of its pages beside which page it is.
    pub fn foot(&self) -> (String, String) {
        (self.identity.to_string(), format!("摘要 {}", self.digest().short()))
    }

    /// How many lines and cells it has: a measure of what laying it out takes.
    pub fn weight(&self) -> usize {
        let of = |block: &Block| match block {
            Block::Paragraph { text } | Block::Flush { text } | Block::Heading { text } => {
                text.chars().count() / 28 + 1
            }
            Block::Table(table) => {
                let cells = table.rows.iter().flatten();
                cells.map(|cell| cell.text.chars().count() / 28 + 1).sum()
            }
            Block::Annexes { lines } | Block::SignedBy { lines, .. } => lines.len(),
            Block::Signature(_) | Block::Annex { .. } => 2,
        };
        self.blocks.iter().map(of).sum()
    }
}

/// What `format` says in an [`IssuedDocument`].
pub const ISSUED_FORMAT: &str = "qianglian-issued-document/1";

/// A document as it was issued (签发), which is kept for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IssuedDocument {
    pub format: String,
    /// Where the API gives what it was written from.
    pub address: String,
    /// Which of the documents there, such as `correction`.
    pub document: String,
    /// Whether it is to the parties of its application, who may read it.
    pub to_parties: bool,
    /// The digest of what the service had written, before anybody edited it.
    pub drafted_digest: Digest,
    pub content: OfficialDocument,
}

/// What a clerk changes in a document before it is issued. What is absent stays as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Edits {
    #[serde(default)]
    #[schemars(length(max = lengths::TITLE))]
    pub number: Option<String>,
    #[serde(default)]
    #[schemars(length(min = 1, max = lengths::LINE))]
    pub title: Option<String>,
    #[serde(default)]
    #[schemars(length(max = lengths::LINE))]
    pub addressee: Option<String>,
    /// The day as it stands below the signature.
    #[serde(default)]
    #[schemars(length(max = lengths::TAG))]
    pub date: Option<String>,
    #[serde(default)]
    #[schemars(length(max = MOST_TEXTS))]
    pub texts: Vec<TextEdit>,
}

/// The most texts that are edited in a document.
const MOST_TEXTS: usize = 500;

/// A text in place of that of a paragraph, a line or a heading.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TextEdit {
    /// Which of the document's blocks, from 0.
    pub place: usize,
    /// What stands there then: each line a paragraph of its own, nothing if it is empty.
    #[schemars(length(max = lengths::TEXT))]
    pub text: String,
}

impl Edits {
    fn check(&self, blocks: &[Block]) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let lines = [
            ("/number", &self.number, 0, lengths::TITLE),
            ("/title", &self.title, 1, lengths::LINE),
            ("/addressee", &self.addressee, 0, lengths::LINE),
            ("/date", &self.date, 0, lengths::TAG),
        ];
        for (pointer, text, least, most) in lines {
            if let Some(text) = text {
                check_text(&mut problems, pointer, text, least, most);
            }
        }
        if self.texts.len() > MOST_TEXTS {
            let (zh, en) = (format!("至多修改{MOST_TEXTS}处"), format!("At most {MOST_TEXTS} texts"));
            problems.push(FieldProblem::new("/texts", "too_many", zh, en));
            return problems;
        }
        for (index, edit) in self.texts.iter().enumerate() {
            let named_before = self.texts[..index].iter().any(|before| before.place == edit.place);
            if named_before || blocks.get(edit.place).and_then(Block::text).is_none() {
                problems.push(FieldProblem::new(
                    format!("/texts/{index}/place"),
                    "unknown_text",
                    "文书中这一处没有可修改的文字，或重复",
                    "The document has no text at this place that can be changed, or it is named twice",
                ));
            }
            check_text(&mut problems, &format!("/texts/{index}/text"), &edit.text, 0, lengths::TEXT);
        }
        problems
    }
}

impl Block {
    /// Its text, if that can be edited.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Paragraph { text } | Self::Flush { text } | Self::Heading { text } => Some(text),
            _ => None,
        }
    }

    /// The same with other text: as many blocks as that has lines.
    fn with_text(&self, text: &str) -> Vec<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
        let of = |text: String| match self {
            Self::Flush { .. } => Self::Flush { text },
            Self::Heading { .. } => Self::Heading { text },
            _ => Self::Paragraph { text },
        };
        lines.map(of).collect()
    }
}

impl OfficialDocument {
    /// The day below its last signature, if it is signed at all.
    pub fn date(&self) -> Option<&str> {
        let signatures = self.blocks.iter().rev();
        let mut signatures = signatures.filter_map(|block| match block {
            Block::Signature(signature) => Some(signature.date.as_str()),
            _ => None,
        });
        signatures.next()
    }

    /// The document as a clerk changed it.
    ///
    /// # Errors
    /// All that is wrong with the changes.
    pub fn edited(mut self, edits: &Edits) -> Result<Self, Vec<FieldProblem>> {
        let problems = edits.check(&self.blocks);
        if !problems.is_empty() {
            return Err(problems);
        }
        let line = |text: &mut String, edit: &Option<String>| {
            if let Some(edit) = edit {
                edit.trim().clone_into(text);
            }
        };
        line(&mut self.number, &edits.number);
        line(&mut self.title, &edits.title);
        line(&mut self.addressee, &edits.addressee);
        let last = self.blocks.iter_mut().rev().find_map(|block| match block {
            Block::Signature(signature) => Some(signature),
            _ => None,
        });
        if let Some(signature) = last {
            line(&mut signature.date, &edits.date);
        }
        let blocks = self.blocks.into_iter().enumerate();
        let blocks =
            blocks.flat_map(|(place, block)| match edits.texts.iter().find(|edit| edit.place == place) {
                // What nobody changed stays as it is, blanks and all.
                Some(edit) if block.text() != Some(edit.text.as_str()) => block.with_text(&edit.text),
                _ => vec![block],
            });
        self.blocks = blocks.collect();
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_carry_what_is_known_and_the_digest_of_what_they_say() {
        let identity = Identity {
            form: "公示".into(),
            edition: "甲".into(),
            party: "乙市".into(),
            ..Identity::default()
        };
        let mut document = OfficialDocument::new(identity, "标题");
        let (name, empty) = document.foot();
        assert_eq!(name, "甲　公示　乙市");
        document.paragraph("正文");
        assert_ne!(document.foot().1, empty);
        assert_eq!(document.foot().1.chars().count(), "摘要 ".chars().count() + 16);
    }

    #[test]
    fn what_a_clerk_changes_is_changed_and_nothing_else() {
        let mut document = OfficialDocument::new(Identity::default(), "标题");
        document.paragraph("一");
        document.table(Table::headed(&[(1, "列")]));
        document.heading("二");
        document.paragraph("三");
        document.signed("某办公室", NaiveDate::from_ymd_opt(2026, 5, 20).unwrap());
        assert_eq!(document.clone().edited(&Edits::default()), Ok(document.clone()));
        let edit = |place, text: &str| TextEdit { place, text: text.to_owned() };
        let texts = vec![edit(0, " 甲 \n\n乙"), edit(3, "")];
        let edits = Edits {
            number: Some("某〔2026〕1号".into()),
            date: Some("2026年5月".into()),
            texts,
            ..Edits::default()
        };
        let edited = document.clone().edited(&edits).unwrap();
        let text = |text: &str| Block::Paragraph { text: text.to_owned() };
        let said: Vec<Option<&str>> = edited.blocks.iter().map(Block::text).collect();
        assert_eq!(said, [Some("甲"), Some("乙"), None, Some("二"), None]);
        assert_eq!(edited.blocks[1], text("乙"));
        assert_eq!(
            (edited.number.as_str(), edited.title.as_str(), edited.date()),
            ("某〔2026〕1号", "标题", Some("2026年5月"))
        );
        // A table's text is no text to be edited, and what is not there can't be.
        for place in [1, 9] {
            let edits = Edits { texts: vec![edit(place, "丁")], ..Edits::default() };
            assert_eq!(document.clone().edited(&edits).unwrap_err()[0].pointer, "/texts/0/place");
        }
    }
}
