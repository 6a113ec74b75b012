//! Official documents for word processors (WordprocessingML): the few parts that one needs, written by hand. Its layout is
//! GB/T 9704-2012's, by the same sizes as the PDF's; its fonts are named, each with those that may stand in.

mod body;
mod parts;

use std::io::{Cursor, Write};

use chrono::NaiveDate;
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use crate::domain::official::OfficialDocument;

/// Writes documents, one after the other, each as a section of its own.
///
/// # Errors
/// What keeps it from being written.
pub fn docx(title: &str, made_on: NaiveDate, documents: &[OfficialDocument]) -> Result<Vec<u8>, String> {
    let mut files = vec![
        ("[Content_Types].xml".to_owned(), parts::content_types(documents.len())),
        ("_rels/.rels".to_owned(), parts::RELATIONS.to_owned()),
        ("docProps/core.xml".to_owned(), parts::properties(title, made_on)),
        ("word/_rels/document.xml.rels".to_owned(), parts::document_relations(documents.len())),
        ("word/document.xml".to_owned(), body::document(documents)),
        ("word/styles.xml".to_owned(), parts::styles()),
        ("word/settings.xml".to_owned(), parts::SETTINGS.to_owned()),
        ("word/fontTable.xml".to_owned(), parts::fonts()),
    ];
    for (index, document) in documents.iter().enumerate() {
        for even in [false, true] {
            let name = format!("word/{}", parts::footer_name(index, even));
            files.push((name, parts::footer(document, even, documents.len() > 1)));
        }
    }
    // One moment for all, so that what is made twice is the same.
    let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name, options).map_err(|error| error.to_string())?;
        zip.write_all(content.as_bytes()).map_err(|error| error.to_string())?;
    }
    Ok(zip.finish().map_err(|error| error.to_string())?.into_inner())
}

/// A text as XML may hold it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push(' '),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => out.push(other),
        }
    }
    out
}
