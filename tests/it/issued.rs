//! Documents that the office issues: edited before, kept as they were, read by those whom they are to.

use std::io::{Cursor, Read};

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::checks::checking;
use super::support::app::{Answer, User, on_both};
use super::support::browser::Browser;
use super::support::story::{NANTONG, SUZHOU, check};
use super::support::text;

/// A draft, as the office looks at it.
async fn draft(office: &User<'_>, competition: &str, address: &str, key: &str) -> Answer {
    office
        .get(&format!("/api/v1/competitions/{competition}/document-draft?address={address}&key={key}"))
        .await
}

/// What a file for Word has in its text.
fn word(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut archive = zip::ZipArchive::new(Cursor::new(answer.bytes.clone())).unwrap();
    let mut xml = String::new();
    archive.by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
    xml
}

/// Which of a document's blocks says something.
fn place_of(draft: &Value, said: &str) -> usize {
    let blocks = draft["content"]["blocks"].as_array().unwrap();
    blocks.iter().position(|block| block["text"].as_str().is_some_and(|text| text.contains(said))).unwrap()
}

on_both! {
    async fn what_was_issued_is_kept_as_it_was(app) {
        let (competition, application) = checking(&app).await;
        let office = app.known(Role::Office, None).await;
        let id = competition.as_str();
        let at = format!("/api/v1/applications/{application}/checks");
        let issued = format!("/api/v1/competitions/{id}/issued-documents");
        draft(&office, id, &at, "correction").await.refused(409, "nothing_to_print");
        check(&office, &application, "correction", &["seal"]).await;
        let drafted = draft(&office, id, &at, "correction").await.ok();
        assert_eq!((text(&drafted["competition_id"]), text(&drafted["application_id"])), (id, application.as_str()));

        // What a clerk changes is what is issued, and nothing else.
        let place = place_of(&drafted, "请于");
        let edits = json!({
            "number": "某办函〔2026〕12号",
            "texts": [{ "place": place, "text": "你单位的申报缺少盖章页。\n请按期补正。" }],
        });
        let mut body = json!({ "address": at, "document": "correction", "drafted_digest": drafted["drafted_digest"], "edits": edits });
        let made = office.post(&issued, body.clone()).await.ok();
        let entry = made.clone();
        assert_eq!((&entry["version"], &entry["replaced"], text(&entry["document_number"])), (&json!(1), &json!(false), "某办函〔2026〕12号"));
        let mut expected = drafted["content"].clone();
        expected["number"] = json!("某办函〔2026〕12号");
        let paragraph = |text: &str| json!({ "kind": "paragraph", "text": text });
        let blocks = expected["blocks"].as_array_mut().unwrap();
        blocks.splice(place..=place, [paragraph("你单位的申报缺少盖章页。"), paragraph("请按期补正。")]);
        assert_eq!(made["issued"]["content"], expected);
        assert_eq!(made["issued"]["drafted_digest"], drafted["drafted_digest"]);

        // It stays as it was, whatever happens to what it was written from; its pages name its digest.
        let first = format!("{issued}/{}", text(&entry["digest"]));
        let said = word(&office.get(&format!("{first}?format=docx")).await);
        for words in ["你单位的申报缺少盖章页。", "请按期补正。", "某办函〔2026〕12号"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert!(!said.contains("前一次性补正并重新提交"), "{said}");

        // Whom it is to reads it; others don't know of it, nor do they whose city it is not.
        let applicant = app.known(Role::Applicant, Some(NANTONG)).await;
        let city = app.known(Role::CityReviewer, Some(NANTONG)).await;
        let (other, other_city) = (app.known(Role::Applicant, Some(SUZHOU)).await, app.known(Role::CityReviewer, Some(SUZHOU)).await);
        for reader in [&applicant, &city] {
            assert_eq!(reader.get(&issued).await.all()[0]["digest"], entry["digest"]);
            assert_eq!(reader.get(&first).await.ok()["issued"], made["issued"]);
        }
        for stranger in [&other, &other_city] {
            assert_eq!(stranger.get(&issued).await.all(), json!([]));
            stranger.get(&first).await.refused(404, "not_found");
        }
        app.known(Role::Expert, None).await.get(&first).await.refused(403, "not_your_role");
        applicant.post(&issued, body.clone()).await.refused(403, "not_your_role");
        // An inquiry at a department is the office's own.
        let inquiry = draft(&office, id, &at, "inquiry").await.ok();
        let ask = json!({ "address": at, "document": "inquiry", "drafted_digest": inquiry["drafted_digest"] });
        let asked = office.post(&issued, ask).await.ok();
        assert_eq!(office.get(&issued).await.all().as_array().unwrap().len(), 2);
        for reader in [&applicant, &city] {
            assert_eq!(reader.get(&issued).await.all().as_array().unwrap().len(), 1);
            reader.get(&format!("{issued}/{}", text(&asked["digest"]))).await.refused(404, "not_found");
        }

        // A second one says why; the first is marked and stays.
        assert_eq!(office.post(&issued, body.clone()).await.invalid(), [("/reason".to_owned(), "required".to_owned())]);
        body["reason"] = json!("文号有误");
        let second = office.post(&issued, body.clone()).await.ok();
        assert_eq!((&second["version"], &second["reason"]), (&json!(2), &json!("文号有误")));
        let before = office.get(&first).await.ok();
        assert_eq!((&before["replaced"], &before["issued"]), (&json!(true), &made["issued"]));

        // Nothing is issued that nobody looked at as it is, or that is no document of the office.
        body["drafted_digest"] = json!("0".repeat(64));
        office.post(&issued, body.clone()).await.refused(409, "draft_changed");
        body["drafted_digest"] = drafted["drafted_digest"].clone();
        body["edits"] = json!({ "texts": [{ "place": 999, "text": "x" }], "title": "" });
        let wrong = office.post(&issued, body.clone()).await.invalid();
        let at_fields: Vec<&str> = wrong.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(at_fields, ["/edits/title", "/edits/texts/0/place"]);
        for (address, key) in [(at.as_str(), "application"), ("/api/v1/me", "correction"), (&format!("/api/v1/applications/{application}"), "application")] {
            draft(&office, id, address, key).await.refused(422, "invalid");
        }
        draft(&office, "019cd578-f500-7c54-8b77-36bb928d8224", &at, "correction").await.refused(404, "not_found");
    }

    async fn a_clerk_edits_and_issues_in_the_browser(app) {
        let (competition, application) = checking(&app).await;
        let office = app.known(Role::Office, None).await;
        check(&office, &application, "correction", &["seal"]).await;
        let id = competition.as_str();
        let browser = Browser::of(&app, &office.name).await;
        let page = browser.get(&format!("/applications/{application}/checks")).await;
        let way = format!("/issued-documents/new?address=/api/v1/applications/{application}/checks&document=correction");
        assert!(page.html.contains(&way.replace('&', "&amp;")), "{}", page.html);
        let action = format!("/act/v1/competitions/{id}/issued-documents");
        let form = browser.get(&way).await.form(&action);
        let asked = browser.first(&form.with("/edits/number", "某办函〔2026〕13号").with("/edits/texts/0/text", "请补盖章。")).await;
        assert!(asked.text().contains("签发后申报单位和设区市即可查看"), "{}", asked.text());
        let done = browser.send(&asked.form(&action)).await;
        assert!(done.text().contains("已签发。") && done.text().contains("请补盖章。"), "{}", done.text());
        let applicant = app.known(Role::Applicant, Some(NANTONG)).await;
        let own = Browser::of(&app, &applicant.name).await;
        let page = own.get(&format!("/applications/{application}")).await;
        assert!(page.text().contains("签发的文书") && page.text().contains("补正通知书"), "{}", page.text());
        let list = browser.get(&format!("/competitions/{id}/issued-documents")).await;
        assert!(list.text().contains("某办函〔2026〕13号"), "{}", list.text());
    }
}
