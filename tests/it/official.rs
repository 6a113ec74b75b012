//! Documents for paper: the text of each file, read back by other programs, is what the API says.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use qianglian::domain::access::Role;
use serde_json::Value;

use super::announcements::announced;
use super::support::app::{User, on_both};
use super::support::programs::Program;
use super::support::review::review_settings;
use super::support::text;

/// Where files are left to be looked at.
fn kept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// The text of a PDF, without blanks.
fn text_of_pdf(bytes: &[u8], name: &str) -> String {
    let file = kept(&format!("{name}.pdf"));
    std::fs::write(&file, bytes).unwrap();
    let output =
        Command::new(Program::Poppler.path().unwrap()).arg("-raw").arg(&file).arg("-").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    without_blanks(&String::from_utf8(output.stdout).unwrap())
}

/// The text of a Word file, without blanks.
fn text_of_word(bytes: &[u8], name: &str) -> String {
    std::fs::write(kept(&format!("{name}.docx")), bytes).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut xml = String::new();
    archive.by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut text = String::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Text(part) => text.push_str(&part.xml10_content()),
            quick_xml::events::Event::GeneralRef(name) => text.push_str(match name.into_inner().as_ref() {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                _ => "\"",
            }),
            quick_xml::events::Event::Eof => return without_blanks(&text),
            _ => {}
        }
    }
}

/// A document as PDF and as Word, each as its text, and what both must say is in both.
async fn document(user: &User<'_>, address: &str, name: &str, must_say: &[&str]) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    let pdf = user.get(&format!("{address}{sign}format=pdf")).await;
    assert_eq!(pdf.status, 200, "{}", pdf.text);
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    let word = user.get(&format!("{address}{sign}format=docx")).await;
    assert_eq!(word.status, 200, "{}", word.text);
    let again = user.get(&format!("{address}{sign}format=pdf")).await;
    assert!(pdf.bytes == again.bytes, "the same on the same day");
    let again = user.get(&format!("{address}{sign}format=docx")).await;
    assert!(word.bytes == again.bytes, "the same on the same day");
    let word = text_of_word(&word.bytes, name);
    let pdf = if Program::Poppler.is_there() { text_of_pdf(&pdf.bytes, name) } else { word.clone() };
    for said in must_say {
        let said = without_blanks(said);
        assert!(pdf.contains(&said), "{name}: the PDF does not say {said}: {pdf}");
        assert!(word.contains(&said), "{name}: the file for Word does not say {said}: {word}");
    }
    pdf
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

on_both! {
    async fn results_on_paper_say_what_the_api_says(app) {
        let competition = announced(&app, review_settings()).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let office = app.known(Role::Office, None).await;
        let nobody = app.public();

        let notices = nobody.get(&format!("{at}/notices")).await.ok();
        let notice = &notices["items"][0]["notice"];
        let mut said = vec![text(&notice["document"]), text(&notice["issuer"])];
        for entry in items(&notice["entries"]) {
            said.extend([text(&entry["title"]), text(&entry["chain"]), text(&entry["award_name"])]);
        }
        said.extend(items(&notice["channels"]).iter().map(text));
        let paper = document(&nobody, &format!("{at}/notices"), "notice", &said).await;
        assert!(!paper.contains("1.甲"), "the list is a table");
        assert!(paper.contains("第1页共"), "{paper}");

        let announcement = nobody.get(&format!("{at}/announcement")).await.ok();
        let mut said = vec![text(&announcement["document"]), text(&announcement["issuer"]), text(&announcement["authority"])];
        for entry in items(&announcement["winners"]) {
            said.extend([text(&entry["title"]), text(&entry["chain"]), text(&entry["award_name"])]);
        }
        document(&nobody, &format!("{at}/announcement"), "announcement", &said).await;

        let address = format!("{at}/tallies/1/ranking");
        let ranking = office.get(&address).await.ok();
        let mut said = vec!["填表人：", "复核人：", "主导产业突出"];
        for standing in items(&ranking["result"]["groups"][0]["standings"]) {
            said.extend([text(&standing["score"]), text(&standing["criteria"]["cluster"])]);
        }
        document(&office, &address, "ranking", &said).await;
        // The table is as it was.
        assert_eq!(office.get(&format!("{address}?format=xlsx")).await.status, 200);
        nobody.get(&format!("{address}?format=pdf")).await.refused(401, "log_in_first");
        nobody.get(&format!("{at}/notices?format=xlsx")).await.refused(422, "invalid");
        nobody.get(&format!("{at}/notices?format=pdf&document=ranking")).await.refused(422, "invalid");
    }
}
