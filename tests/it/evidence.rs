//! Evidence over HTTP: uploaded, counted, downloaded by those who may, removed.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use qianglian::db::Conn;
use qianglian::domain::access::Role;
use qianglian::files::FileStore;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::made_files::{docx, jpeg, pdf, pdf_of, png, xlsx};
use super::support::app::{App, User, content_digest, on_both};
use super::support::browser::Browser;
use super::support::story::{BIOMEDICINE, NANTONG, SUZHOU, called, draft, move_to, settings, submitted};
use super::support::text;

/// An applicant with an application whose files may have 3,000 bytes.
async fn with_small_quota(app: &App) -> (User<'_>, String) {
    let office = app.known(Role::Office, None).await;
    let mut small = settings();
    small["evidence_quota"] = json!(3_000);
    let made = office.post("/api/v1/competitions", small).await.ok();
    let id = text(&made["id"]).to_owned();
    move_to(&office, &id, "application").await;
    let suzhou = app.known(Role::Applicant, Some(SUZHOU)).await;
    let application = draft(&suzhou, &id, BIOMEDICINE).await;
    (suzhou, application)
}

on_both! {
    async fn what_goes_in_comes_out_as_it_was(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let files = [("a.pdf", pdf(5_000)), ("b.docx", docx()), ("c.xlsx", xlsx()), ("d.png", png(3, 4)), ("e.jpg", jpeg(3, 4))];
        for (name, bytes) in &files {
            let uploaded = suzhou.upload(&application, "figures", name, bytes).await.ok();
            assert_eq!(text(&uploaded["digest"]), hex::encode(Sha256::digest(bytes)));
            let path = format!("/api/v1/evidence/{}/content", text(&uploaded["id"]));
            let response = app.client.get(format!("{}{path}", app.base)).bearer_auth(suzhou.token.as_ref().unwrap());
            let response = response.send().await.unwrap();
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert!(header("content-disposition").starts_with("attachment"));
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'");
            assert_eq!(header("cross-origin-resource-policy"), "same-origin");
            assert_eq!(header("cache-control"), "no-store");
            assert_eq!(header("content-length"), bytes.len().to_string());
            assert_eq!(response.bytes().await.unwrap(), bytes);
        }
        let listed = suzhou.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
        assert_eq!(listed["items"].as_array().unwrap().len(), 5);
        assert_eq!(listed["used"], files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>());
    }

    async fn a_download_that_broke_off_goes_on_where_it_was(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let bytes = pdf(5_000);
        let uploaded = suzhou.upload(&application, "figures", "a.pdf", &bytes).await.ok();
        let path = format!("/api/v1/evidence/{}/content", text(&uploaded["id"]));
        let tag = suzhou.get(&path).await.headers["etag"].clone();
        let part = async |range: &str, seen: &str| {
            let request = app.client.get(format!("{}{path}", app.base)).bearer_auth(suzhou.token.as_ref().unwrap());
            let answer = request.header("range", range).header("if-range", seen).send().await.unwrap();
            let range = answer.headers().get("content-range").map(|range| range.to_str().unwrap().to_owned());
            (answer.status().as_u16(), range, answer.bytes().await.unwrap())
        };
        let size = bytes.len();
        let (status, range, got) = part("bytes=2000-", &tag).await;
        assert_eq!((status, range), (206, Some(format!("bytes 2000-{}/{size}", size - 1))));
        assert_eq!(got, bytes[2000..]);
        let (status, range, got) = part("bytes=10-19", &tag).await;
        assert_eq!((status, range, &got[..]), (206, Some(format!("bytes 10-19/{size}")), &bytes[10..20]));
        // Of another file the rest would not fit: all of it.
        let (status, range, got) = part("bytes=2000-", "\"another\"").await;
        assert_eq!((status, range, &got[..]), (200, None, &bytes[..]));
        let beyond = [("range", "bytes=999999-")];
        suzhou.send("GET", &path, None, &beyond).await.refused(416, "no_such_part");
        let kept = app.public().get("/api/v1/catalogues/1").await.headers["cache-control"].clone();
        assert_eq!(kept, "public, max-age=31536000, immutable");
        assert_eq!(app.public().get("/api/v1/catalogues/99").await.headers["cache-control"], "public, max-age=0, must-revalidate");
    }

    async fn an_upload_sent_again_with_the_same_key_is_one(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let send = async |bytes: &[u8], name: &str| {
            let path = format!("/api/v1/applications/{application}/evidence?kind=figures&name={name}");
            let digest = content_digest(bytes);
            let headers = [("content-digest", digest.as_str()), ("idempotency-key", "0123456789abcdef")];
            suzhou.send_bytes("POST", &path, Some(bytes.to_vec()), &headers).await
        };
        let first = send(&pdf(900), "a.pdf").await.ok();
        let again = send(&pdf(900), "a.pdf").await;
        assert!(again.headers.contains_key("idempotency-replayed"));
        assert_eq!(again.ok(), first);
        // It is sent again as it was, whatever the program would make of it now.
        Conn::open(&app.address).unwrap().batch_execute("UPDATE idempotency SET body = '{}'").unwrap();
        assert_eq!(send(&pdf(900), "a.pdf").await.ok(), first);
        assert_ne!(send(&pdf(901), "a.pdf").await.ok()["id"], first["id"]);
        assert_eq!(send(&pdf(900), "b.pdf").await.invalid()[0].1, "idempotency_key_reused");
        let listed = suzhou.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    }

    async fn files_that_can_not_be_taken_in_or_kept_are_told_so_and_leave_nothing(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        for name in ["spool", "evidence"] {
            let (folder, away) = (app.directory.path().join(name), app.directory.path().join("away"));
            std::fs::rename(&folder, &away).unwrap();
            std::fs::write(&folder, "in the way").unwrap();
            let told = suzhou.upload(&application, "figures", "a.pdf", &pdf(900)).await;
            assert!(told.headers.contains_key("retry-after"));
            told.refused(503, "files_unavailable");
            std::fs::remove_file(&folder).unwrap();
            std::fs::rename(&away, &folder).unwrap();
        }
        assert_eq!(std::fs::read_dir(app.directory.path().join("spool")).unwrap().count(), 0);
        suzhou.upload(&application, "figures", "a.pdf", &pdf(900)).await.ok();
        let listed = suzhou.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    }

    async fn what_is_not_what_it_says_is_refused_and_leaves_nothing(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let told = async |kind: &str, name: &str, bytes: &[u8]| {
            suzhou.upload(&application, kind, name, bytes).await.invalid()[0].1.clone()
        };
        assert_eq!(told("figures", "a.pdf", b"<html>").await, "type_mismatch");
        assert_eq!(told("figures", "a.svg", b"<svg/>").await, "type_not_allowed");
        assert_eq!(told("figures", "a.pdf", b"").await, "file_empty");
        assert_eq!(told("nothing", "a.pdf", &pdf(900)).await, "unknown_kind");
        assert_eq!(told("veto_reply", "a.pdf", &pdf(900)).await, "unknown_kind");
        let path = format!("/api/v1/applications/{application}/evidence?kind=figures&name=a.pdf");
        let other = content_digest(b"other");
        let answer = suzhou.send_bytes("POST", &path, Some(pdf(900)), &[("content-digest", &other)]).await;
        assert_eq!(answer.invalid()[0].1, "digest_mismatch");
        for wrong in ["", "sha-256=:AAAA:", "md5=:AAAA:"] {
            let answer = suzhou.send_bytes("POST", &path, Some(pdf(900)), &[("content-digest", wrong)]).await;
            answer.refused(400, "content_digest");
        }
        let listed = suzhou.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
        assert!(listed["items"].as_array().unwrap().is_empty());
        let kept = std::fs::read_dir(app.directory.path().join("evidence")).map_or(0, Iterator::count);
        let spooled = std::fs::read_dir(app.directory.path().join("spool")).map_or(0, Iterator::count);
        assert_eq!((kept, spooled), (0, 0));
    }

    async fn what_people_upload_by_mistake_is_told_in_their_words(app) {
        let id = called(&app).await;
        let applicant = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        // A photograph of a telephone, whatever it is called; a PDF with a password; the same file twice.
        for (name, brand) in [("IMG_1.HEIC", b"heic"), ("IMG_1.jpg", b"mif1")] {
            let photo = [b"\0\0\0\x18ftyp".as_slice(), brand, &[0; 64]].concat();
            let told = applicant.upload(&application, "figures", name, &photo).await.refused(422, "invalid");
            assert_eq!(told["errors"][0]["code"], "type_not_allowed");
            assert!(text(&told["errors"][0]["detail"]).contains("请转为 JPEG 后上传"), "{told}");
        }
        let locked = pdf_of(b"trailer\n<</Encrypt 5 0 R>>");
        let told = applicant.upload(&application, "figures", "a.pdf", &locked).await.refused(422, "invalid");
        assert!(text(&told["errors"][0]["detail"]).contains("设有密码或限制了权限"), "{told}");
        for (name, size) in [("一.pdf", 700), ("二.pdf", 700), ("三.pdf", 701)] {
            applicant.upload(&application, "figures", name, &pdf(size)).await.ok();
        }
        let browser = Browser::of(&app, &applicant.name).await;
        let page = browser.get(&format!("/applications/{application}/evidence")).await.text();
        assert!(page.contains("与“一.pdf”内容相同") && page.contains("与“二.pdf”内容相同"), "{page}");
        assert_eq!(page.matches("内容相同").count(), 2);
    }

    async fn a_file_name_is_cleaned_and_never_a_path(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        for (name, cleaned) in [("..%2F..%2Fx.pdf", "x.pdf"), ("%E5%B9%B4%E6%8A%A5.pdf", "年报.pdf"), ("a%22b.pdf", "a_b.pdf")] {
            let uploaded = suzhou.upload(&application, "figures", name, &pdf(900)).await.ok();
            assert_eq!(uploaded["name"], cleaned);
        }
    }

    async fn an_application_has_a_quota(app) {
        let (suzhou, application) = with_small_quota(&app).await;
        let first = suzhou.upload(&application, "figures", "a.pdf", &pdf(2_000)).await.ok();
        suzhou.upload(&application, "figures", "b.pdf", &pdf(1_500)).await.refused(409, "quota");
        suzhou.delete(&format!("/api/v1/evidence/{}", text(&first["id"]))).await.ok();
        suzhou.upload(&application, "figures", "b.pdf", &pdf(1_500)).await.ok();
    }

    async fn only_those_who_see_the_application_see_its_files(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let listed = suzhou.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
        let path = format!("/api/v1/evidence/{}/content", text(&listed["items"][0]["id"]));
        for (role, region, status) in [
            (Role::Applicant, Some(SUZHOU), 200),
            (Role::CityReviewer, Some(SUZHOU), 200),
            (Role::Office, None, 200),
            (Role::Supervisor, None, 200),
            (Role::Applicant, Some(NANTONG), 404),
            (Role::CityReviewer, Some(NANTONG), 404),
            (Role::Expert, None, 404),
            (Role::Admin, None, 403),
        ] {
            let user = app.sign_in(role, region).await;
            assert_eq!(user.get(&path).await.status, status, "{role:?} {region:?}");
        }
        assert_eq!(app.public().get(&path).await.status, 401);
        // A digest is no key to a file.
        let digest = text(&listed["items"][0]["digest"]);
        assert_eq!(suzhou.get(&format!("/api/v1/evidence/{digest}/content")).await.status, 404);
        let removal = format!("/api/v1/evidence/{}", text(&listed["items"][0]["id"]));
        suzhou.delete(&removal).await.refused(409, "not_open");
    }

    async fn a_broken_upload_is_simply_sent_again(app) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let bytes = pdf(50_000);
        let digest = content_digest(&bytes);
        let mut socket = tokio::net::TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "POST /api/v1/applications/{application}/evidence?kind=figures&name=a.pdf HTTP/1.1\r\nHost: x\r\n\
             Authorization: Bearer {}\r\nContent-Digest: {digest}\r\nContent-Length: {}\r\n\r\n",
            suzhou.token.as_ref().unwrap(),
            bytes.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(&bytes[..20_000]).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // The service may close without a word; what matters is that nothing was kept.
        let _ = socket.read_to_end(&mut answer).await;
        let path = format!("/api/v1/applications/{application}/evidence");
        assert!(suzhou.get(&path).await.ok()["items"].as_array().unwrap().is_empty());
        suzhou.upload(&application, "figures", "a.pdf", &bytes).await.ok();
        assert_eq!(suzhou.get(&path).await.ok()["items"].as_array().unwrap().len(), 1);
    }

    async fn what_was_removed_counts_against_three_times_the_quota(app) {
        let (suzhou, application) = with_small_quota(&app).await;
        for size in [2_500, 2_501, 2_502] {
            let file = suzhou.upload(&application, "figures", "a.pdf", &pdf(size)).await.ok();
            suzhou.delete(&format!("/api/v1/evidence/{}", text(&file["id"]))).await.ok();
        }
        suzhou.upload(&application, "figures", "a.pdf", &pdf(2_000)).await.refused(409, "quota");
        suzhou.upload(&application, "figures", "a.pdf", &pdf(1_000)).await.ok();
    }

    async fn nothing_is_kept_that_no_row_will_name(app) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (suzhou, application) = with_small_quota(&app).await;
        // In chunks, without a length: how large it is turns out at its end.
        let bytes = pdf(4_000);
        let mut socket = tokio::net::TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "POST /api/v1/applications/{application}/evidence?kind=figures&name=a.pdf HTTP/1.1\r\nHost: x\r\n\
             Connection: close\r\nAuthorization: Bearer {}\r\nContent-Digest: {}\r\nTransfer-Encoding: chunked\r\n\r\nfa0\r\n",
            suzhou.token.as_ref().unwrap(),
            content_digest(&bytes),
        );
        socket.write_all(&[head.as_bytes(), &bytes, b"\r\n0\r\n\r\n"].concat()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 409"), "{answer}");
        let kept = std::fs::read_dir(app.directory.path().join("evidence")).map_or(0, Iterator::count);
        assert_eq!(kept, 0);
    }

    async fn where_the_disk_is_nearly_full_an_upload_is_refused_before_its_bytes(app) {
        let id = called(&app).await;
        let suzhou = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let base = app.also(|service| {
            let files = FileStore::local(app.directory.path()).unwrap();
            service.files = Arc::new(files.keeping_free(u64::MAX));
        });
        let bytes = pdf(900);
        let url = format!("{base}/api/v1/applications/{application}/evidence?kind=figures&name=a.pdf");
        let request = app.client.post(url).bearer_auth(suzhou.token.as_ref().unwrap());
        let answer = request.header("content-digest", content_digest(&bytes)).body(bytes).send().await.unwrap();
        assert_eq!(answer.status(), 507);
        let problem: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(problem["code"], "storage_full");
        assert_eq!(std::fs::read_dir(app.directory.path().join("spool")).unwrap().count(), 0);
    }
}
