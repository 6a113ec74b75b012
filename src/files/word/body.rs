//! The text of a file: blocks as paragraphs and tables, a section for each document.

use unicode_width::UnicodeWidthStr;

use super::escaped;
use super::parts::footer_relation;
use crate::domain::official::{Aligned, Block, Cell, Layout, OfficialDocument, Signature, Table};

pub(super) const TITLE: &str = "方正小标宋简体";
pub(super) const BODY: &str = "仿宋_GB2312";
pub(super) const HEADING: &str = "黑体";
pub(super) const FOOT: &str = "宋体";

/// Sizes in half points, lengths in twentieths of a point: 三号, a line of 22 to a page.
const BODY_SIZE: u32 = 32;
const LINE: u32 = 580;
/// A millimetre.
const MM: f32 = 1440.0 / 25.4;
/// A character of the body.
const CHARACTER: usize = 316;
/// The sizes of a certificate's text and title.
const CERTIFIED_SIZE: u32 = 36;
const CERTIFICATE: Style<'_> = Style {
    named: "",
    font: "",
    size: 80,
    more: r#"<w:spacing w:line="1200" w:lineRule="exact"/>"#,
    keeps: true,
    colour: "C80000",
};
const ROOT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>"#;

/// Width and height of the sheet, and its margins: top, right, bottom, left.
fn sheet(document: &OfficialDocument) -> [u32; 6] {
    let sizes: [f32; 6] = match document.layout {
        Layout::Letter => [210.0, 297.0, 37.0, 26.0, 35.0, 28.0],
        Layout::Form => [210.0, 297.0, 22.0, 20.0, 24.0, 22.0],
        Layout::Across => [297.0, 210.0, 22.0, 18.0, 24.0, 18.0],
        Layout::Certificate => [297.0, 210.0, 28.0, 38.0, 28.0, 38.0],
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sheet's sides are positive and small"
    )]
    sizes.map(|size| (size * MM).round() as u32)
}

pub(super) fn text_width(document: &OfficialDocument) -> u32 {
    let [width, _, _, right, _, left] = sheet(document);
    width - left - right
}

pub(super) fn document(documents: &[OfficialDocument]) -> String {
    let mut out = ROOT.to_owned();
    for (index, document) in documents.iter().enumerate() {
        write(&mut out, document);
        let section = section(document, index);
        if index + 1 < documents.len() {
            out.push_str(&format!(
                r#"<w:p><w:pPr><w:spacing w:line="20" w:lineRule="exact"/>{section}</w:pPr></w:p>"#
            ));
        } else {
            out.push_str(&section);
        }
    }
    out.push_str("</w:body></w:document>");
    out
}

fn section(document: &OfficialDocument, index: usize) -> String {
    let [width, height, top, right, bottom, left] = sheet(document);
    let across = match document.layout {
        Layout::Across | Layout::Certificate => r#" w:orient="landscape""#,
        Layout::Letter | Layout::Form => "",
    };
    let frame = if document.layout == Layout::Certificate { frame() } else { String::new() };
    let is_letter = document.layout == Layout::Letter;
    let grid = if is_letter { r#"<w:docGrid w:type="lines" w:linePitch="580"/>"# } else { "" };
    format!(
        r#"<w:sectPr><w:footerReference w:type="default" r:id="{}"/><w:footerReference w:type="even" r:id="{}"/><w:type w:val="nextPage"/><w:pgSz w:w="{width}" w:h="{height}"{across}/><w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" w:header="850" w:footer="{}" w:gutter="0"/>{frame}<w:pgNumType w:start="1"/>{grid}</w:sectPr>"#,
        footer_relation(index, false),
        footer_relation(index, true),
        match document.layout {
            Layout::Letter | Layout::Certificate => 850,
            Layout::Form | Layout::Across => 500,
        },
    )
}

/// The frame of a certificate, some way from the edges of the sheet.
fn frame() -> String {
    let side = |name: &str| {
        format!(r#"<w:{name} w:val="thinThickMediumGap" w:sz="24" w:space="24" w:color="C80000"/>"#)
    };
    let sides: String = ["top", "left", "bottom", "right"].into_iter().map(side).collect();
    format!(r#"<w:pgBorders w:offsetFrom="page">{sides}</w:pgBorders>"#)
}

/// A paragraph as it is written.
#[derive(Clone, Copy, Default)]
struct Style<'a> {
    /// The style that it is of, if not the body's.
    named: &'a str,
    font: &'a str,
    size: u32,
    /// What else its properties say.
    more: &'a str,
    keeps: bool,
    colour: &'a str,
}

fn paragraph(text: &str, style: Style<'_>) -> String {
    let named = if style.named.is_empty() {
        String::new()
    } else {
        format!(r#"<w:pStyle w:val="{}"/>"#, style.named)
    };
    let keeps = if style.keeps { "<w:keepNext/>" } else { "" };
    let mut run = String::new();
    if !style.font.is_empty() {
        run.push_str(&format!(r#"<w:rFonts w:eastAsia="{}"/>"#, style.font));
    }
    if !style.colour.is_empty() {
        run.push_str(&format!(r#"<w:color w:val="{}"/>"#, style.colour));
    }
    if style.size > 0 && style.size != BODY_SIZE {
        run.push_str(&format!(
            r#"<w:spacing w:val="0"/><w:sz w:val="{0}"/><w:szCs w:val="{0}"/>"#,
            style.size
        ));
    }
    let runs = text.split('\n').map(|line| format!(r#"<w:t xml:space="preserve">{}</w:t>"#, escaped(line)));
    let runs = runs.collect::<Vec<_>>().join("<w:br/>");
    format!("<w:p><w:pPr>{named}{keeps}{}</w:pPr><w:r><w:rPr>{run}</w:rPr>{runs}</w:r></w:p>", style.more)
}

const INDENTED: &str = r#"<w:ind w:firstLineChars="200" w:firstLine="632"/>"#;
const CENTRED: &str = r#"<w:jc w:val="center"/>"#;

fn empty(lines: u32) -> String {
    let more = format!(r#"<w:spacing w:line="{}" w:lineRule="exact"/>"#, LINE * lines);
    paragraph("", Style { more: &more, keeps: true, ..Style::default() })
}

fn write(out: &mut String, document: &OfficialDocument) {
    if !document.masthead.is_empty() {
        masthead(out, document);
    }
    let (title, size) = match document.layout {
        Layout::Certificate => (CERTIFICATE, CERTIFIED_SIZE),
        Layout::Letter | Layout::Form | Layout::Across => (Style::default(), 0),
    };
    out.push_str(&paragraph(&document.title, Style { named: "Heading1", ..title }));
    if document.masthead.is_empty() && !document.number.is_empty() {
        out.push_str(&paragraph(&document.number, Style { more: CENTRED, keeps: true, ..Style::default() }));
    }
    if document.layout == Layout::Letter {
        out.push_str(&empty(1));
    } else {
        out.push_str(&paragraph("", Style { size: 12, keeps: true, ..Style::default() }));
    }
    if !document.addressee.is_empty() {
        let to = format!("{}：", document.addressee);
        out.push_str(&paragraph(&to, Style { keeps: true, size, ..Style::default() }));
    }
    for (index, block) in document.blocks.iter().enumerate() {
        let signed_next =
            matches!(document.blocks.get(index + 1), Some(Block::Signature(_) | Block::SignedBy { .. }));
        let plain = Style { keeps: signed_next, size, ..Style::default() };
        write_block(out, block, plain, text_width(document));
    }
}

fn masthead(out: &mut String, document: &OfficialDocument) {
    let characters = u32::try_from(document.masthead.width() / 2).unwrap_or(30).max(1);
    // Half points: as large as fits the line, and no larger than a masthead is.
    let size = (text_width(document) / 10 / characters).min(96);
    let style = Style { font: TITLE, size, more: CENTRED, keeps: true, colour: "C80000", ..Style::default() };
    out.push_str(&paragraph(&document.masthead, style));
    out.push_str(&empty(1));
    let line = r#"<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="11" w:color="C80000"/></w:pBdr><w:jc w:val="center"/>"#;
    out.push_str(&paragraph(&document.number, Style { more: line, keeps: true, ..Style::default() }));
    out.push_str(&empty(2));
}

fn write_block(out: &mut String, block: &Block, plain: Style<'_>, width: u32) {
    let keeps = plain.keeps;
    match block {
        Block::Paragraph { text } => {
            for line in text.split('\n') {
                out.push_str(&paragraph(line, Style { more: INDENTED, ..plain }));
            }
        }
        Block::Flush { text } => out.push_str(&paragraph(text, plain)),
        Block::Heading { text } => out.push_str(&paragraph(text, Style { named: "Heading2", ..plain })),
        Block::Table(table) => write_table(out, table, keeps, width),
        Block::Annexes { lines } => write_annexes(out, lines, keeps),
        Block::Signature(signature) => sign(out, signature, plain.size),
        Block::SignedBy { lines, in_a_row } => signed_by(out, lines, (*in_a_row).max(1), width),
        Block::Annex { name, title } => {
            let style =
                Style { font: HEADING, more: "<w:pageBreakBefore/>", keeps: true, ..Style::default() };
            out.push_str(&paragraph(name, style));
            out.push_str(&paragraph(title, Style { named: "Heading1", ..Style::default() }));
            out.push_str(&empty(1));
        }
    }
}

fn write_annexes(out: &mut String, annexes: &[String], keeps: bool) {
    out.push_str(&empty(1));
    for (index, annex) in annexes.iter().enumerate() {
        let number = if annexes.len() == 1 { String::new() } else { format!("{}．", index + 1) };
        let before = if index == 0 { "附件：" } else { "　　　" };
        let hanging = if annexes.len() == 1 { 3 } else { 4 };
        let more =
            format!(r#"<w:ind w:left="{}" w:hanging="{}"/>"#, (2 + hanging) * CHARACTER, hanging * CHARACTER);
        let text = format!("{before}{number}{annex}");
        out.push_str(&paragraph(&text, Style { more: &more, keeps, ..Style::default() }));
    }
}

/// The day four characters from the margin, the signers centred above it.
fn sign(out: &mut String, signature: &Signature, size: u32) {
    out.push_str(&empty(1));
    out.push_str(&empty(1));
    let date = if signature.date.is_empty() { "　　　　年　　月　　日" } else { &signature.date };
    let inset = 4 * CHARACTER;
    let wide = |text: &str| text.width() * CHARACTER / 2;
    let right = |twips: usize| format!(r#"<w:ind w:right="{twips}"/><w:jc w:val="right"/>"#);
    for signer in &signature.signers {
        let beside = (inset + wide(date) / 2).saturating_sub(wide(signer) / 2).max(CHARACTER);
        out.push_str(&paragraph(
            signer,
            Style { more: &right(beside), keeps: true, size, ..Style::default() },
        ));
    }
    out.push_str(&paragraph(date, Style { more: &right(inset), size, ..Style::default() }));
}

/// Lines to be signed by hand: a tab whose room is underlined after each name.
fn signed_by(out: &mut String, lines: &[String], in_a_row: usize, width: u32) {
    let each = usize::try_from(width).unwrap_or(0) / in_a_row;
    let rows: Vec<&[String]> = lines.chunks(in_a_row).collect();
    for (index, row) in rows.iter().enumerate() {
        let (mut tabs, mut runs) = (String::new(), String::new());
        for (place, line) in row.iter().enumerate() {
            if place > 0 {
                tabs.push_str(&format!(r#"<w:tab w:val="left" w:pos="{}"/>"#, each * place));
                runs.push_str("<w:tab/>");
            }
            let end = each * (place + 1) - 240;
            tabs.push_str(&format!(r#"<w:tab w:val="left" w:leader="underscore" w:pos="{end}"/>"#));
            runs.push_str(&format!(r#"<w:t xml:space="preserve">{}</w:t><w:tab/>"#, escaped(line)));
        }
        let keeps = if index + 1 < rows.len() { "<w:keepNext/>" } else { "" };
        out.push_str(&format!(
            r#"<w:p><w:pPr>{keeps}<w:tabs>{tabs}</w:tabs><w:spacing w:before="240" w:line="480" w:lineRule="exact"/><w:jc w:val="left"/></w:pPr><w:r><w:rPr><w:sz w:val="28"/><w:szCs w:val="28"/></w:rPr>{runs}</w:r></w:p>"#
        ));
    }
}

fn write_table(out: &mut String, table: &Table, keeps: bool, width: u32) {
    let size = match table.widths.len() {
        0..=5 => 24,
        6..=9 => 21,
        _ => 18,
    };
    let total: u32 = table.widths.iter().copied().map(u32::from).sum::<u32>().max(1);
    let widths: Vec<u32> = table.widths.iter().map(|part| u32::from(*part) * width / total).collect();
    let side = |name: &str| format!(r#"<w:{name} w:val="single" w:sz="4" w:space="0" w:color="000000"/>"#);
    let sides: String =
        ["top", "left", "bottom", "right", "insideH", "insideV"].into_iter().map(side).collect();
    let column = |width: &u32| format!(r#"<w:gridCol w:w="{width}"/>"#);
    let columns = widths.iter().map(column).collect::<Vec<_>>().concat();
    out.push_str(&format!(
        r#"<w:tbl><w:tblPr><w:tblW w:w="{width}" w:type="dxa"/><w:tblBorders>{sides}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>"#
    ));
    if !table.heading.is_empty() {
        out.push_str(&row(&table.heading, &widths, size, true, table.rows.is_empty() && keeps));
    }
    for (index, cells) in table.rows.iter().enumerate() {
        out.push_str(&row(cells, &widths, size, false, keeps && index + 1 == table.rows.len()));
    }
    // Two tables with nothing between them would become one.
    let between = r#"<w:spacing w:line="240" w:lineRule="exact"/>"#;
    out.push_str("</w:tbl>");
    out.push_str(&paragraph("", Style { more: between, keeps, size: 12, ..Style::default() }));
}

fn row(cells: &[Cell], widths: &[u32], size: u32, heading: bool, keeps: bool) -> String {
    let longest = cells.iter().map(|cell| cell.text.chars().count()).max().unwrap_or(0);
    let whole = if longest < 400 { "<w:cantSplit/>" } else { "" };
    let repeated = if heading { "<w:tblHeader/>" } else { "" };
    let mut out = format!("<w:tr><w:trPr>{whole}{repeated}</w:trPr>");
    let mut at = 0;
    for cell in cells {
        let span = cell.span.max(1);
        let width: u32 = widths.iter().skip(at).take(span).sum();
        at += span;
        let spans = if span > 1 { format!(r#"<w:gridSpan w:val="{span}"/>"#) } else { String::new() };
        let side = match cell.aligned {
            Aligned::Left => "left",
            Aligned::Centre => "center",
            Aligned::Right => "right",
        };
        let more = format!(
            r#"<w:snapToGrid w:val="0"/><w:spacing w:before="40" w:after="40"/><w:jc w:val="{side}"/>"#
        );
        let font = if cell.names { HEADING } else { "" };
        let style = Style { font, size, more: &more, keeps, ..Style::default() };
        let text = paragraph(&cell.text, style);
        out.push_str(&format!(
            r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spans}<w:vAlign w:val="center"/></w:tcPr>{text}</w:tc>"#
        ));
    }
    out.push_str("</w:tr>");
    out
}
