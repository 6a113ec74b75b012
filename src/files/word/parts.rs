//! The parts of a file beside its text: relations, styles, fonts, feet.

use chrono::NaiveDate;

use super::escaped;
use crate::domain::official::OfficialDocument;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const MAIN: &str = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships""#;
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

pub(super) const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>"#;

/// Even pages have a foot of their own; fields are worked out when the file is opened.
pub(super) const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:zoom w:percent="100"/><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>"#;

/// Fonts by what they are for: the one that is named, and those that may stand in for it.
const FONTS: [(&str, &str); 5] = [
    (super::body::TITLE, "方正小标宋_GBK,华文中宋,Noto Serif CJK SC,宋体"),
    (super::body::BODY, "仿宋,FangSong,方正仿宋_GBK,Noto Serif CJK SC"),
    (super::body::HEADING, "SimHei,方正黑体_GBK,Noto Sans CJK SC"),
    (super::body::FOOT, "SimSun,Noto Serif CJK SC"),
    ("Times New Roman", "Liberation Serif"),
];

pub(super) fn footer_name(index: usize, even: bool) -> String {
    format!("footer{}{}.xml", index + 1, if even { "even" } else { "" })
}

/// The relation of a section's foot.
pub(super) fn footer_relation(index: usize, even: bool) -> String {
    format!("rIdF{}{}", index + 1, if even { "e" } else { "o" })
}

fn footers(documents: usize) -> impl Iterator<Item = (usize, bool)> {
    (0..documents).flat_map(|index| [(index, false), (index, true)])
}

pub(super) fn content_types(documents: usize) -> String {
    let main = "application/vnd.openxmlformats-officedocument.wordprocessingml";
    let part = |name: &str, kind: &str| {
        format!(r#"<Override PartName="/word/{name}" ContentType="{main}.{kind}+xml"/>"#)
    };
    let mut parts = [
        part("document.xml", "document.main"),
        part("styles.xml", "styles"),
        part("settings.xml", "settings"),
        part("fontTable.xml", "fontTable"),
    ]
    .concat();
    for (index, even) in footers(documents) {
        parts.push_str(&part(&footer_name(index, even), "footer"));
    }
    format!(
        r#"{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>{parts}<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>"#
    )
}

pub(super) fn document_relations(documents: usize) -> String {
    let relation = |id: &str, kind: &str, target: &str| {
        format!(r#"<Relationship Id="{id}" Type="{OFFICE}/{kind}" Target="{target}"/>"#)
    };
    let mut relations = [
        relation("rId1", "styles", "styles.xml"),
        relation("rId2", "settings", "settings.xml"),
        relation("rId3", "fontTable", "fontTable.xml"),
    ]
    .concat();
    for (index, even) in footers(documents) {
        let id = footer_relation(index, even);
        relations.push_str(&relation(&id, "footer", &footer_name(index, even)));
    }
    format!(
        r#"{HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>"#
    )
}

pub(super) fn properties(title: &str, made_on: NaiveDate) -> String {
    let title = escaped(title);
    format!(
        r#"{HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title><dc:creator>Qianglian</dc:creator><dc:language>zh-CN</dc:language><dcterms:created xsi:type="dcterms:W3CDTF">{made_on}T00:00:00+08:00</dcterms:created></cp:coreProperties>"#
    )
}

pub(super) fn fonts() -> String {
    let font = |(name, others): &(&str, &str)| {
        let charset = if name.is_ascii() { "00" } else { "86" };
        format!(
            r#"<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="{charset}"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>"#
        )
    };
    format!("{HEAD}<w:fonts {MAIN}>{}</w:fonts>", FONTS.iter().map(font).collect::<String>())
}

/// The body's style, on which the others rest: characters a little closer, so that 28 stand in a line (a grid of characters
/// would say the same, but `LibreOffice` gives each two of its cells). And those of headings, which word processors list as an outline.
pub(super) fn styles() -> String {
    let (title, body, heading) = (super::body::TITLE, super::body::BODY, super::body::HEADING);
    let style = |id: &str, name: &str, level: usize, font: &str, size: u32, more: &str| {
        format!(
            r#"<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/><w:pPr><w:keepNext/>{more}<w:outlineLvl w:val="{level}"/></w:pPr><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{font}"/><w:spacing w:val="0"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr></w:style>"#
        )
    };
    let top = style(
        "Heading1",
        "heading 1",
        0,
        title,
        44,
        r#"<w:spacing w:line="680" w:lineRule="exact"/><w:jc w:val="center"/>"#,
    );
    let below = style(
        "Heading2",
        "heading 2",
        1,
        heading,
        32,
        r#"<w:ind w:firstLineChars="200" w:firstLine="640"/>"#,
    );
    format!(
        r#"{HEAD}<w:styles {MAIN}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{body}" w:cs="Times New Roman"/><w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:before="0" w:after="0"/></w:pPr></w:pPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:widowControl/><w:kinsoku/><w:overflowPunct/><w:jc w:val="both"/></w:pPr><w:rPr><w:spacing w:val="-5"/></w:rPr></w:style><w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>{top}{below}</w:styles>"#
    )
}

/// A field that a word processor fills in.
fn field(code: &str, run: &str) -> String {
    format!(
        r#"<w:r>{run}<w:fldChar w:fldCharType="begin"/></w:r><w:r>{run}<w:instrText xml:space="preserve"> {code} </w:instrText></w:r><w:r>{run}<w:fldChar w:fldCharType="separate"/></w:r><w:r>{run}<w:t>1</w:t></w:r><w:r>{run}<w:fldChar w:fldCharType="end"/></w:r>"#
    )
}

/// The foot of a section: page numbers at the outer side, and below them what the page is of.
pub(super) fn footer(document: &OfficialDocument, even: bool, one_of_several: bool) -> String {
    let run = |size: u32| {
        let font = super::body::FOOT;
        format!(
            r#"<w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}"/><w:spacing w:val="0"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>"#
        )
    };
    let (number, small) = (run(28), run(16));
    let text = |text: &str, run: &str| {
        format!(r#"<w:r>{run}<w:t xml:space="preserve">{}</w:t></w:r>"#, escaped(text))
    };
    let (side, indent) = if even { ("left", "left") } else { ("right", "right") };
    let (name, digest) = document.foot();
    let pages = if one_of_several { "SECTIONPAGES" } else { "NUMPAGES" };
    let width = super::body::text_width(document);
    format!(
        r#"{HEAD}<w:ftr {MAIN}><w:p><w:pPr><w:ind w:{indent}="280"/><w:jc w:val="{side}"/></w:pPr>{}{}{}</w:p><w:p><w:pPr><w:tabs><w:tab w:val="right" w:pos="{width}"/></w:tabs><w:jc w:val="left"/></w:pPr>{}<w:r>{small}<w:tab/></w:r>{}{}{}{}{}</w:p></w:ftr>"#,
        text("— ", &number),
        field("PAGE", &number),
        text(" —", &number),
        text(&name, &small),
        text("第", &small),
        field("PAGE", &small),
        text("页　共", &small),
        field(pages, &small),
        text(&format!("页　{digest}"), &small),
    )
}
