//! Documents for paper: the text of each file, read back by other programs, is what the API says.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::announcements::announced;
use super::checks::checking;
use super::inquiries::at_the_checks;
use super::support::app::{App, User, on_both};
use super::support::programs::{Program, needs};
use super::support::review::{
    Competition, REGIONS, at_scoring, objected, on_notice, review_settings, serving,
};
use super::support::story::{NANTONG, check};
use super::support::text;

/// Where files are left to be looked at.
fn kept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official");
    std::fs::create_dir_all(&folder).unwrap();
    // The same story runs on each database at once.
    let thread = std::thread::current();
    let database = thread.name().and_then(|name| name.rsplit("::").next()).unwrap_or_default().to_owned();
    folder.join(format!("{database}-{name}"))
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
pub(crate) async fn document(user: &User<'_>, address: &str, name: &str, must_say: &[&str]) -> String {
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
    // What programs call things is nothing for paper.
    for word in ["reserve", "equipment", "inspection_photo", "veto_reply"] {
        assert!(!pdf.contains(word), "{name}: {word}: {pdf}");
    }
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

    async fn letters_about_checks_say_what_was_found(app) {
        let (_, application) = checking(&app).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/applications/{application}/checks");
        office.get(&format!("{at}?format=pdf&document=correction")).await.refused(409, "nothing_to_print");
        check(&office, &application, "correction", &["seal"]).await;
        let said = ["补正通知书", "2026年5月8日23时59分", "签字、盖章齐全", "材料不全", "2026-01-0001", "南通市"];
        document(&office, &format!("{at}?document=correction"), "correction", &said).await;
        let applicant = app.known(Role::Applicant, Some(NANTONG)).await;
        document(&applicant, &format!("{at}?document=correction"), "correction-own", &said).await;
        // Veto inquiries are none of the applicant's business.
        applicant.get(&format!("{at}?format=pdf&document=inquiry")).await.refused(409, "nothing_to_print");
        let said = ["核查", "虚假申报或隐瞒", "91440300708461136T", "□无"];
        document(&office, &format!("{at}?document=inquiry"), "inquiry", &said).await;
        office.get(&format!("{at}?format=pdf")).await.refused(422, "invalid");
    }

    async fn a_letter_tells_a_rejection_until_it_is_taken_back(app) {
        let (_, application) = checking(&app).await;
        let office = app.known(Role::Office, None).await;
        check(&office, &application, "rejected", &["seal"]).await;
        let at = format!("/api/v1/applications/{application}/checks");
        let said = ["不予受理告知书", "决定不予受理", "材料不全", "签字、盖章齐全", "2026-01-0001", "南通市"];
        document(&office, &format!("{at}?document=rejection"), "rejection", &said).await;
        let applicant = app.known(Role::Applicant, Some(NANTONG)).await;
        document(&applicant, &format!("{at}?document=rejection"), "rejection-own", &said).await;
        let now = office.get(&format!("/api/v1/applications/{application}")).await.ok();
        let other = app.known_as("office-2", Role::Office, None).await;
        let back = json!({ "reason": "误判：印章在另页" });
        let path = format!("{at}/formal/revocation");
        other.over("POST", &path, &now["revision"], back).await.ok();
        office.get(&format!("{at}?format=pdf&document=rejection")).await.refused(409, "nothing_to_print");
    }

    async fn a_letter_to_a_department_names_all_applications(app) {
        let (id, applications) = at_the_checks(&app).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{id}/inquiries");
        let body = json!({
            "department": "省应急管理厅", "document_number": "强链办函〔2026〕5号", "dated": "2026-04-28",
            "item_keys": ["major_accident", "dishonesty"],
        });
        let letter = office.post(&at, body).await.ok();
        let mut said = vec!["省应急管理厅", "强链办函〔2026〕5号", "2026年4月28日", "91440300708461136T", "核查结果回执", "□无□有"];
        said.extend(items(&letter["items"]).iter().map(|item| text(&item["title"])));
        for application in items(&letter["applications"]) {
            said.extend([text(&application["application_number"]), text(&application["title"])]);
            said.extend(items(&application["parties"]).iter().map(text));
        }
        document(&office, &format!("{at}/1"), "joint-inquiry", &said).await;
        assert_eq!(items(&letter["applications"]).len(), applications.len());
    }

    async fn forms_of_the_review_say_what_the_api_says(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let office = app.known(Role::Office, None).await;
        let panels = office.get(&format!("{at}/panels")).await.all();
        let seats: Vec<&Value> =
            items(&panels[0]["seats"]).iter().filter(|seat| seat["state"] == "serving").collect();
        let names: Vec<&str> = seats.iter().map(|seat| text(&seat["name"])).collect();
        let mut said = names.clone();
        said.extend(seats.iter().map(|seat| text(&seat["unit"])));
        document(&office, &format!("{at}/panels?document=invitations"), "invitations", &said).await;
        let blank = document(&office, &format!("{at}/panels?document=blank_sheets"), "blank-sheets", &names).await;
        let each = names.len() * competition.applications.len();
        assert_eq!(blank.matches("专家（签字）：").count(), each, "a sheet of each expert for each application");
        // What experts wrote is nobody's before scoring is closed.
        assert_ne!(office.get(&format!("{at}/panels?format=pdf&document=sheets")).await.status, 200);

        let draws = office.get(&format!("{at}/draws")).await.all();
        let drawn = &draws[0];
        let mut said = vec![text(&drawn["digest"]), text(&drawn["public_seed"]), "抽取人（签字）：", "见证人（签字）："];
        let of = |id: &Value| text(&drawn["names"][text(id)]);
        for panel in items(&drawn["result"]["panels"]) {
            said.extend(items(&panel["serving"]).iter().chain(items(&panel["alternates"])).map(of));
        }
        document(&office, &format!("{at}/draws"), "draw", &said).await;

        let name = serving(&app, &competition).await.remove(0);
        let expert = app.known_as(&name, Role::Expert, None).await;
        let application = &competition.applications[0];
        let own = format!("/api/v1/applications/{application}/sheets/mine");
        let sheet = expert.get(&own).await.ok();
        let content = json!({ "marks": [{ "indicator": "a23", "score": "1.5", "reason": "对照短板表，补齐成效明显" }], "opinion": "总体较好<&>" });
        expert.over("PUT", &own, &sheet["revision"], content).await.ok();
        let said = ["1.5", "对照短板表，补齐成效明显", "总体较好<&>", "短板补齐实效", "2026-01-0001", "专家（签字）："];
        document(&expert, &own, "own-sheet", &said).await;
        let mine = expert.get(&format!("{at}/panels/mine")).await.ok();
        let mut said = vec![text(&mine["declaration"])];
        said.extend(items(&mine["applications"]).iter().map(|one| text(&one["title"])));
        document(&expert, &format!("{at}/panels/mine"), "declaration", &said).await;
        office.get(&format!("{own}?format=pdf")).await.refused(403, "not_your_role");
    }

    async fn every_stage_has_its_papers(app) {
        let mut settings = review_settings();
        settings["letterhead"] = json!({
            "masthead": "某省制造强省建设领导小组办公室文件", "number_prefix": "某制强办", "office": "规划处",
            "telephones": ["025-12345678"], "channels": ["机关纪委 025-87654321"], "closing": "特此通知。", "footer": "抄送：各成员单位",
        });
        let competition = on_notice(&app, settings).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let office = app.known(Role::Office, None).await;
        let letterhead = ["某制强办", "规划处", "025-12345678", "机关纪委025-87654321", "特此通知。", "抄送：各成员单位"];
        let mut said = letterhead.to_vec();
        said.extend(["某省制造强省建设领导小组办公室文件", "附件1", "指标体系", "主导产业规上营业收入", "现状与基础", "2026年4月8日17时00分"]);
        document(&app.public(), &at, "call", &said).await;
        of_an_application(&app, &office, &competition).await;
        of_an_objection(&app, &office, &competition).await;

        let selections = office.get(&format!("{at}/selections")).await.all();
        let meeting = &selections[0]["selection"]["meeting"];
        let mut said: Vec<&str> = items(&meeting["present"]).iter().map(text).collect();
        said.push(text(&meeting["minutes"]));
        said.extend(items(&selections[0]["selection"]["entries"]).iter().map(|entry| text(&entry["score"])));
        document(&office, &format!("{at}/selections"), "minutes", &said).await;
        let signed = document(&office, &format!("{at}/panels?document=sheets"), "panel-sheets", &["已于", "在系统签署"]).await;
        assert_eq!(signed.matches("专家（签字）：").count(), 5 * competition.applications.len());
        let list = office.get(&format!("{at}/recommendations/320500")).await.ok();
        let mut said = vec![text(&list["number"]), text(&list["digest"]), "推荐汇总表"];
        said.extend(items(&list["entries"]).iter().flat_map(|entry| [text(&entry["number"]), text(&entry["title"])]));
        document(&office, &format!("{at}/recommendations/320500"), "recommendation", &said).await;
    }

    async fn a_winner_gets_a_letter(app) {
        announced(&app, review_settings()).await;
        let public = app.public();
        let titles = public.get("/api/v1/titles").await.all();
        let content = &titles[0]["content"];
        let said = [text(&content["title"]), text(&content["award_name"]), text(&content["chain"]), "2026年7月9日"];
        let at = format!("/api/v1/titles/{}", text(&titles[0]["id"]));
        document(&public, &format!("{at}?document=award"), "award", &said).await;
        let said = [&said[..], &["特发此证", "有效期", text(&content["regions"][0])]].concat();
        let certificate = document(&public, &format!("{at}?document=certificate"), "certificate", &said).await;
        assert!(certificate.contains("第1页共1页"), "one sheet: {certificate}");
        public.get(&format!("{at}?format=pdf")).await.refused(422, "invalid");
    }
}

async fn of_an_application(app: &App, office: &User<'_>, competition: &Competition) {
    let id = &competition.applications[0];
    let at = format!("/api/v1/applications/{id}");
    let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
    let application = lead.get(&at).await.ok();
    let files = lead.get(&format!("{at}/evidence")).await.ok();
    let parts = &application["parts"];
    let mut said = vec![text(&application["number"]), text(&parts["profile"]["content"]["title"])];
    said.extend(items(&parts["firms"]["content"]["firms"]).iter().map(|firm| text(&firm["credit_code"])));
    said.extend(
        items(&parts["figures"]["content"]["figures"])
            .iter()
            .filter_map(|figure| figure["value"].as_str().filter(|value| value.parse::<f64>().is_ok())),
    );
    said.extend(items(&files["items"]).iter().flat_map(|file| [text(&file["name"]), text(&file["digest"])]));
    document(&lead, &at, "application", &said).await;
    let submissions = lead.get(&format!("{at}/submissions")).await.all();
    let submission = items(&submissions).last().unwrap();
    let said = ["申报回执", text(&submission["digest"]), text(&application["number"])];
    document(&lead, &format!("{at}/submissions/{}", submission["number"]), "receipt", &said).await;

    let inspection = office.get(&format!("{at}/inspection")).await.ok();
    let mut said: Vec<&str> =
        items(&inspection["plan"]["team"]).iter().map(|member| text(&member["name"])).collect();
    document(office, &format!("{at}/inspection?document=inspection"), "inspection", &said).await;
    said.push(text(&inspection["record_digest"]));
    said.extend(
        items(&inspection["record"]["items"])
            .iter()
            .filter_map(|item| item["value"].as_str().filter(|value| value.parse::<f64>().is_ok())),
    );
    document(office, &format!("{at}/inspection?document=record"), "inspected", &said).await;

    let sheets = office.get(&format!("{at}/sheets")).await.all();
    let mut said: Vec<&str> = Vec::new();
    for sheet in items(&sheets) {
        let last = items(&sheet["versions"]).last().unwrap();
        said.extend([text(&sheet["name"]), text(&last["digest"])]);
        said.extend(items(&last["sheet"]["content"]["marks"]).iter().map(|mark| text(&mark["score"])));
    }
    document(office, &format!("{at}/sheets"), "sheets", &said).await;
    let result = office.get(&format!("{at}/result")).await.ok();
    let derivation = &result["derivation"];
    let mut said = vec![text(&derivation["total"]["score"]), text(&result["tally_digest"])];
    for indicator in items(&derivation["criteria"]).iter().flat_map(|one| items(&one["indicators"])) {
        said.push(text(&indicator["points"]["decimal"]));
        said.extend(items(&indicator["source"]["scores"]).iter().map(|score| text(&score["entered"])));
    }
    document(office, &format!("{at}/result"), "summary", &said).await;
}

async fn of_an_objection(app: &App, office: &User<'_>, competition: &Competition) {
    objected(app, competition, &competition.applications[0]).await;
    let list = office.get(&format!("/api/v1/competitions/{}/objections", competition.id)).await.all();
    let at = format!("/api/v1/objections/{}", text(&list[0]["id"]));
    office.get(&format!("{at}?format=pdf&document=acceptance")).await.refused(409, "nothing_to_print");
    let step = json!({ "to": "accepted", "report": "", "reply": "已转有关处室" });
    office.over("POST", &format!("{at}/steps"), &list[0]["revision"], step).await.ok();
    let said =
        ["异议受理通知书", text(&list[0]["number"]), "赵实名", "某公司", "已转有关处室", "2026-01-0001"];
    document(office, &format!("{at}?document=acceptance"), "objection", &said).await;

    let revision = office.get(&at).await.ok()["revision"].clone();
    let step = json!({ "to": "dismissed", "report": "调阅年报原件", "reply": "经调阅年报原件\n数据一致" });
    office.over("POST", &format!("{at}/steps"), &revision, step).await.ok();
    let said = ["异议答复书", "赵实名", "异议不成立", "经调阅年报原件", "数据一致", text(&list[0]["number"])];
    document(office, &format!("{at}?document=answer"), "objection-answer", &said).await;

    objected(app, competition, &competition.applications[1]).await;
    let list = office.get(&format!("/api/v1/competitions/{}/objections", competition.id)).await.all();
    let refused = items(&list).iter().find(|one| one["state"] == "received").unwrap();
    let at = format!("/api/v1/objections/{}", text(&refused["id"]));
    let step = json!({ "to": "refused", "ground": "no_evidence", "report": "未附证据", "reply": "请补充证据后再提" });
    office.over("POST", &format!("{at}/steps"), &refused["revision"], step).await.ok();
    let said = ["异议不予受理通知书", text(&refused["number"]), "请补充证据后再提", "决定不予受理"];
    document(office, &format!("{at}?document=refusal"), "objection-refusal", &said).await;
}

/// Every file for Word opens in another program, with the same text and a page for each that it says there are.
#[test]
fn libreoffice_opens_files_for_word() {
    needs!(LibreOffice, Poppler);
    actix_web::rt::System::new().block_on(async {
        let app = App::start(super::support::app::On::Sqlite).await;
        let competition = announced(&app, review_settings()).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let office = app.known(Role::Office, None).await;
        let folder = tempfile::tempdir().unwrap();
        let titles = office.get("/api/v1/titles").await.all();
        let certificate = format!("/api/v1/titles/{}?document=certificate", text(&titles[0]["id"]));
        for (address, must_say) in [
            (format!("{at}/notices"), "拟入选名单公示"),
            (format!("{at}/tallies/1/ranking"), "85.83"),
            (at.clone(), "填写说明："),
            (certificate, "特发此证"),
        ] {
            let file = folder.path().join("document.docx");
            let sign = if address.contains('?') { '&' } else { '?' };
            std::fs::write(&file, office.get(&format!("{address}{sign}format=docx")).await.bytes).unwrap();
            let output = Command::new(Program::LibreOffice.path().unwrap())
                .arg(format!("-env:UserInstallation=file://{}", folder.path().join("profile").display()))
                .args(["--headless", "--convert-to", "pdf", "--outdir"])
                .arg(folder.path())
                .arg(&file)
                .output()
                .expect("it runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let pdf = std::fs::read(folder.path().join("document.pdf"))
                .expect("libreoffice-writer-nogui is installed");
            let text = text_of_pdf(&pdf, "by-libreoffice");
            assert!(text.contains(must_say), "{text}");
            let pages = text.matches("页共").count();
            assert!(text.contains(&format!("第{pages}页共{pages}页")), "{pages} pages: {text}");
        }
    });
}
