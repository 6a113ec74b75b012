//! Official documents (公文) and printed forms as they are laid out: what stands on the paper, in order, with what every page
//! carries. How it looks follows GB/T 9704-2012 and is the writers' (`files::typeset`, `files::word`).

use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;

use super::keyword::keyword_enum;
use super::notice::chinese_date;
use super::record::{Digest, digest_of};

keyword_enum! {
    /// As which kind of file a document is given.
    pub enum DocumentFormat {
        /// For reading and printing.
        Pdf = "pdf",
        /// For word processors.
        Docx = "docx",
    }
}

/// How many digits of its digest a page carries.
const SHORT: usize = 16;

/// What every page of a document carries, so that a sheet of paper is known by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// What the form is called.
    pub form: String,
    /// The competition's title.
    pub edition: String,
    /// The application's number, where it is about one.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    pub text: String,
    /// How many columns it takes.
    pub span: usize,
    pub aligned: Aligned,
    /// Whether it says what stands beside or below it.
    pub names: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Aligned {
    Left,
    Centre,
    Right,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// How wide the columns are, against each other.
    pub widths: Vec<u16>,
    pub heading: Vec<Cell>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signature {
    pub signers: Vec<String>,
    /// The day as it is written; blank to be filled in by hand.
    pub date: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Block {
    /// A paragraph of the body, whose first line begins two characters in.
    Paragraph(String),
    /// A line that begins at the margin.
    Flush(String),
    /// A heading of the body (一、), which is a bookmark too.
    Heading(String),
    Table(Table),
    /// What comes with it (附件说明).
    Annexes(Vec<String>),
    Signature(Signature),
    /// Lines to be signed by hand, by what stands before them, so many in a row.
    SignedBy(Vec<String>, usize),
    /// An annex, which begins on a page of its own: what it is called (附件1) and its title.
    Annex(String, String),
}

/// How the sheet lies, and how much of it is margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Layout {
    /// By GB/T 9704-2012.
    #[default]
    Letter,
    /// A form, with narrow margins.
    Form,
    /// A wide table, lying across.
    Across,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
        self.blocks.push(Block::Paragraph(text.into()));
    }

    pub fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
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
        let digest = self.digest().to_string();
        (self.identity.to_string(), format!("摘要 {}", &digest[..SHORT]))
    }

    /// How many lines and cells it has: a measure of what laying it out takes.
    pub fn weight(&self) -> usize {
        let of = |block: &Block| match block {
            Block::Paragraph(text) | Block::Flush(text) | Block::Heading(text) => {
                text.chars().count() / 28 + 1
            }
            Block::Table(table) => {
                let cells = table.rows.iter().flatten();
                cells.map(|cell| cell.text.chars().count() / 28 + 1).sum()
            }
            Block::Annexes(lines) | Block::SignedBy(lines, _) => lines.len(),
            Block::Signature(_) | Block::Annex(..) => 2,
        };
        self.blocks.iter().map(of).sum()
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
        assert_eq!(document.foot().1.chars().count(), "摘要 ".chars().count() + SHORT);
    }
}
