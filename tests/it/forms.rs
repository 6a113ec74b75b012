//! What strangers send as forms and bodies: bounded before anything walks or keeps it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use qianglian::domain::access::Role;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::made_files::pdf;
use super::support::app::{Answer, PASSWORD, User, content_digest, on_both};
use super::support::browser::{Browser, Form};
use super::support::review::{objected, on_notice, review_settings};
use super::support::story::{BIOMEDICINE, SUZHOU, called, draft};
use super::support::text;

type Fields = Vec<(String, String)>;

/// What forms of strangers bear: it follows from nothing secret.
fn seal() -> (String, String) {
    ("_csrf_token".to_owned(), hex::encode(Sha256::digest("qianglian form\n"))[..32].to_owned())
}

fn field(name: impl Into<String>, value: impl Into<String>) -> (String, String) {
    (name.into(), value.into())
}

async fn send(user: &User<'_>, act: &str, fields: &[(String, String)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    user.send_bytes("POST", act, Some(body.into_bytes()), &[kind]).await
}

/// The same in parts; a value under a name of `files` is sent as a file.
async fn send_parts(user: &User<'_>, act: &str, fields: &[(String, String)], files: bool) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let file = if files && name.starts_with('/') { "; filename=\"a.csv\"" } else { "" };
        let name = name.replace(['"', '\r', '\n'], "%22");
        let part = format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(b"--b--\r\n");
    let kind = ("content-type", "multipart/form-data; boundary=b");
    user.send_bytes("POST", act, Some(body), &[kind]).await
}

/// Forms that are nearly as pages make them: names of every kind at every depth, with values that mean something.
fn forms() -> impl Strategy<Value = Fields> {
    let step = prop_oneof![
        4 => proptest::sample::select(vec!["a", "0", "1", "99999", "_order", "_remove", "_place", "_unknown", "", "~1", "链"])
            .prop_map(str::to_owned),
        1 => "[a-z0-9~%:{}]{0,4}",
    ];
    let kind = proptest::sample::select(vec![
        "", ":whole", ":yes", ":json", ":lines", ":time", ":pairs", ":key", ":base64", ":x",
    ]);
    let pointer = (proptest::collection::vec(step, 0..24), kind)
        .prop_map(|(steps, kind)| format!("/{}{kind}", steps.join("/")));
    let own = proptest::sample::select(vec![
        "_method",
        "_base",
        "_page",
        "_next",
        "_done",
        "_revision",
        "_key",
        "_saved",
        "_resume",
        "_objection_code",
        "?name",
        "?limit",
        "/name",
        "/password",
        "/code",
        "",
        "?",
        "_",
    ])
    .prop_map(str::to_owned);
    let value = prop_oneof![
        proptest::sample::select(vec![
            "",
            "1",
            "true",
            "[[]]",
            "{\"a\":[{}]}",
            "/x/{id}{",
            "/\t/x",
            "/\u{0}",
            "//x",
            "PUT",
            "null"
        ])
        .prop_map(str::to_owned),
        "[ -~\\PC\\x00-\\x1f]{0,12}",
    ];
    let name = prop_oneof![3 => pointer, 2 => own];
    proptest::collection::vec((name, value), 0..12)
}

on_both! {
    async fn names_that_nest_too_deep_are_refused_and_nobody_falls(app) {
        let nobody = app.public();
        for (steps, status) in [(3_000, 400), (17, 400), (16, 422)] {
            let form = [seal(), field("/a".repeat(steps), "1")];
            assert_eq!(send(&nobody, "/act/v1/objections/status", &form).await.status, status, "{steps}");
            assert_eq!(send_parts(&nobody, "/act/v1/objections/status", &form, false).await.status, status, "{steps}");
        }
        let long = [seal(), field(format!("/{}", "a".repeat(300)), "1")];
        assert_eq!(send(&nobody, "/act/v1/objections/status", &long).await.status, 400);
        // Each name is short, but all of them together would take hundreds of megabytes.
        let app_user = Browser::of(&app, &app.sign_in(Role::Office, None).await.name).await;
        let mut form = app_user.get("/account").await.form("/act/v1/logout/everywhere");
        form.fields.extend((0..3_000).map(|n| field(format!("/{n}{}", "/a".repeat(15)), "1")));
        assert_eq!(app_user.send(&form).await.status, 400);
        // Too much is told to whoever is signed in, with the way back, and not as the public's home page.
        let mut form = app_user.get("/account").await.form("/act/v1/logout/everywhere");
        form.fields.push(field("/text", "x".repeat(5 << 20)));
        let told = app_user.send(&form).await;
        assert!(told.status == 413 && told.html.contains("回到工作台") && told.text().contains("过大"), "{}", told.text());
    }

    async fn a_strangers_form_has_one_total_however_it_is_cut(app) {
        let nobody = app.public();
        let table = "x,y\n".repeat(20_000);
        let mut form = vec![seal()];
        form.extend((0..4).map(|n| field(format!("/t{n}"), table.clone())));
        for files in [true, false] {
            let refused = send_parts(&nobody, "/act/v1/objections/status", &form, files).await;
            assert_eq!(refused.status, 413, "{}", refused.text);
        }
        assert_eq!(send(&nobody, "/act/v1/objections/status", &form).await.status, 413);
        let body = json!({ "name": "x".repeat(300 << 10), "password": "y" });
        nobody.post("/api/v1/login", body).await.refused(413, "too_large");
        // Nothing of a form is read where none belongs.
        assert_eq!(send_parts(&nobody, "/act/v1/nothing", &form, true).await.status, 404);
        assert_eq!(send_parts(&nobody, "/act/v1/chains", &form, true).await.status, 404);
    }

    async fn a_complaint_is_no_longer_than_what_it_is_about(app) {
        let nobody = app.public();
        let login = async |body: String| {
            nobody.send_bytes("POST", "/api/v1/login", Some(body.into_bytes()), &[("content-type", "application/json")]).await
        };
        // Else each of the entries is told with the name: some terabytes.
        let long = format!("{{\"{}\": [{}0]}}", "a".repeat(100_000), "0,".repeat(50_000));
        login(long).await.refused(400, "bad_json");
        let bad = format!("{{\"name\": [{}0]}}", "\"\\u0000\",".repeat(20_000));
        assert_eq!(login(bad).await.invalid().len(), 100);
    }

    async fn a_form_leads_only_to_addresses_of_this_service(app) {
        app.sign_in_as("office-1", Role::Office, None).await;
        let nobody = app.public();
        for next in ["/\t/elsewhere.example", "/\u{1}", "/\n", "//elsewhere.example", "/\\elsewhere.example", "/公告", "x:y"] {
            let browser = Browser::new(&app);
            let form = browser.get("/sign-in").await.form("/act/v1/login");
            let form = form.with("/name", "office-1").with("/password", PASSWORD).with("_next", next);
            let answer = send(&nobody, "/act/v1/login", &form.fields).await;
            assert_eq!((answer.status, answer.headers.get("location").map(String::as_str)), (200, None), "{next:?}: {}", answer.text);
        }
    }

    async fn whatever_forms_say_nothing_falls(app) {
        let office = app.sign_in(Role::Office, None).await;
        let browser = Browser::of(&app, &office.name).await;
        let own = browser.get("/account").await.form("/act/v1/logout/everywhere");
        let own_seal = field("_csrf_token", own.value("_csrf_token").expect("a seal"));
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[13; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let forms = proptest::collection::vec(forms(), 120);
        let all = forms.new_tree(&mut runner).expect("forms").current();
        let nobody = app.public();
        for (index, mut fields) in all.into_iter().enumerate() {
            let act = ["/act/v1/objections/status", "/en/act/v1/setup", "/act/v1/login", "/act/v1/objection-files"][index % 4];
            let mut sealed = fields.clone();
            sealed.push(seal());
            let answers = [
                send(&nobody, act, &sealed).await,
                send_parts(&nobody, act, &sealed, index % 2 == 0).await,
            ];
            for answer in answers {
                assert!(answer.status < 500, "{act} {sealed:?}: {} {}", answer.status, answer.text);
            }
            // The same by somebody who may do the act.
            fields.push(own_seal.clone());
            let act = ["/act/v1/competitions", "/act/v1/experts", "/act/v1/links/acceptance"][index % 3];
            let page = browser.send(&Form { action: act.to_owned(), fields: fields.clone(), names: Vec::new() }).await;
            assert!(page.status < 500, "{act} {fields:?}: {} {}", page.status, page.html);
        }
        nobody.get("/healthz").await.ok();
    }

    async fn an_upload_that_dawdles_is_told_and_ended(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let head = format!(
            "POST /api/v1/applications/{application}/evidence?kind=figures&name=a.pdf HTTP/1.1\r\nHost: x\r\n\
             Authorization: bearer {}\r\nContent-Digest: {}\r\nContent-Length: 900\r\n\r\n%PDF-",
            suzhou.token.as_deref().unwrap(),
            content_digest(b"x")
        );
        let mut socket = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
        let clock = app.clock.clone();
        let told = tokio::task::spawn_blocking(move || {
            socket.write_all(head.as_bytes()).unwrap();
            socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
            // Whenever the upload began: a byte each half a minute is too little.
            for _ in 0..200 {
                clock.set(clock.now().plus_seconds(31));
                let _ = socket.write_all(b"x");
                let mut head = [0; 12];
                if socket.read_exact(&mut head).is_ok() {
                    return String::from_utf8_lossy(&head).into_owned();
                }
            }
            "nothing".to_owned()
        });
        assert_eq!(told.await.unwrap(), "HTTP/1.1 408");
    }

    async fn slow_uploads_of_strangers_keep_nobody_from_uploading(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let competition = on_notice(&app, review_settings()).await;
        let receipt = objected(&app, &competition, &competition.applications[0]).await;
        let code = text(&receipt["code"]).to_owned();
        let begin = |source: &str| {
            let head = format!(
                "POST /api/v1/objection-files?name=a.pdf HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {source}\r\n\
                 Objection-Code: {code}\r\nContent-Digest: {}\r\nContent-Length: 900\r\n\r\n%PDF-",
                content_digest(b"x")
            );
            let mut socket = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
            socket.write_all(head.as_bytes()).unwrap();
            socket
        };
        let same: Vec<TcpStream> = (0..3).map(|_| begin("2001:db8::1")).collect();
        // One of the three is told that it is one too many; which one is not said.
        let told = tokio::task::spawn_blocking(move || {
            let short = Duration::from_millis(50);
            for mut socket in same.iter().cycle().take(600) {
                socket.set_read_timeout(Some(short)).unwrap();
                let mut head = [0; 12];
                if socket.read_exact(&mut head).is_ok() {
                    return (String::from_utf8_lossy(&head).into_owned(), same);
                }
            }
            panic!("none of three uploads from one place was refused");
        });
        let (head, _kept) = told.await.unwrap();
        assert_eq!(head, "HTTP/1.1 429");
        let _many: Vec<TcpStream> = (0..40).map(|n| begin(&format!("192.0.2.{n}"))).collect();
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        // It is too late for evidence of an application, but that is for its act to say: it was let in.
        // And at once, not when the slow ones have been cut off.
        let bytes = pdf(900);
        let upload = suzhou.upload(&application, "figures", "a.pdf", &bytes);
        let told = tokio::time::timeout(Duration::from_secs(5), upload).await;
        told.expect("an answer at once").refused(409, "stage_closed");
    }
}
