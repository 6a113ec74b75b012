//! Scanning: what a scanner (a real clamd with signatures of our own) finds harmful reaches nobody, and nobody opens what it
//! has not looked at.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use qianglian::actions::scans::{Pass, keep_scanning, scan_waiting};
use qianglian::domain::access::Role;
use qianglian::files::{Scanner, ScannerAddress};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::made_files::{Part, archive, docx_parts, pdf, pdf_of, png, xlsx_parts};
use super::support::app::{Answer, App, User, content_digest, on_both};
use super::support::browser::Browser;
use super::support::programs::{Program, needs};
use super::support::review::{at_scoring, objected, on_notice, review_settings, serving};
use super::support::story::{BIOMEDICINE, SUZHOU, called, complete, draft};
use super::support::text;

/// What every scanner takes for harmful, in two pieces so that none takes this file for it.
fn eicar() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}

/// Harmful files of every kind that is taken: each passes what is asked of its kind.
fn harmful() -> Vec<(&'static str, Vec<u8>)> {
    let office = |parts: Vec<Part>, name: &str| archive(&[parts, vec![Part::new(name, &eicar())]].concat());
    vec![
        ("a.pdf", pdf_of(&eicar())),
        ("a.docx", office(docx_parts(), "docProps/app.xml")),
        ("a.xlsx", office(xlsx_parts(), "docProps/app.xml")),
        ("a.png", harmful_png()),
    ]
}

fn harmful_png() -> Vec<u8> {
    let image = png(3, 4);
    let (head, end) = image.split_at(image.len() - 12);
    let content = eicar();
    let mut checksum = flate2::Crc::new();
    checksum.update(b"tEXt");
    checksum.update(&content);
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [head, &length, b"tEXt", &content, &checksum.sum().to_be_bytes(), end].concat()
}

/// A scanner of Debian's, with one signature.
struct Clamd {
    child: Child,
    directory: TempDir,
}

impl Clamd {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        std::fs::create_dir(path.join("signatures")).unwrap();
        let signature = format!("Own.Eicar:0:*:{}\n", hex::encode(eicar()));
        std::fs::write(path.join("signatures/own.ndb"), signature).unwrap();
        let settings = format!(
            "Foreground yes\nLocalSocket {0}/socket\nDatabaseDirectory {0}/signatures\nTemporaryDirectory {0}\n\
             StreamMaxLength 1M\nLogVerbose yes\n",
            path.display()
        );
        std::fs::write(path.join("settings"), settings).unwrap();
        let mut child = Command::new(Program::Clamd.path().expect("the test asked for it"))
            .arg("-c")
            .arg(path.join("settings"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("clamd starts");
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut said = said.skip_while(|line| !line.contains("Self checking"));
        assert!(said.next().is_some(), "clamd listens");
        // What it goes on to say has a place to go.
        std::thread::spawn(move || said.for_each(drop));
        Self { child, directory }
    }

    fn scanner(&self) -> Scanner {
        Scanner::new(ScannerAddress::Unix(self.directory.path().join("socket")))
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn content(file: &Value) -> String {
    format!("/api/v1/evidence/{}/content", text(&file["id"]))
}

async fn scan(app: &App) -> Pass {
    scan_waiting(&app.service).await.unwrap()
}

async fn object_with(app: &App, code: &str, bytes: &[u8]) -> Answer {
    let digest = content_digest(bytes);
    let headers = [("content-digest", digest.as_str()), ("objection-code", code)];
    let to = "/api/v1/objection-files?name=a.pdf";
    app.public().send_bytes("POST", to, Some(bytes.to_vec()), &headers).await
}

async fn alarms(app: &App, competition: &str) -> Vec<String> {
    let supervisor = app.known(Role::Supervisor, None).await;
    let view = supervisor.get(&format!("/api/v1/competitions/{competition}/alarms")).await.ok();
    let alarms =
        view["alarms"].as_array().unwrap().iter().filter(|alarm| alarm["kind"] == "file_quarantined");
    alarms.map(|alarm| text(&alarm["en"]).to_owned()).collect()
}

async fn missing(applicant: &User<'_>, application: &str) -> Vec<String> {
    let list = applicant.get(&format!("/api/v1/applications/{application}/completeness")).await.ok();
    list["missing"].as_array().unwrap().iter().map(|point| text(&point["code"]).to_owned()).collect()
}

on_both! {
    async fn without_a_scanner_files_open_unscanned_and_the_administrator_is_told(app) {
        let id = called(&app).await;
        let suzhou = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let file = suzhou.upload(&application, "figures", "a.pdf", &pdf(700)).await.ok();
        assert_eq!(file["scan"], "unscanned");
        assert_eq!(suzhou.get(&content(&file)).await.status, 200);
        let admin = app.known(Role::Admin, None).await;
        assert_eq!(admin.get("/api/v1/health").await.ok()["scanner"]["address"], Value::Null);
        assert_eq!(scan(&app).await, Pass { scanned: 0, answers: true });
    }

    async fn a_harmful_file_reaches_nobody_alarms_and_must_be_replaced(app) {
        needs!(Clamd);
        let id = called(&app).await;
        let suzhou = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let before = suzhou.upload(&application, "figures", "before.pdf", &pdf(700)).await.ok();

        let clamd = Clamd::start();
        app.service.scanning.set(clamd.scanner());
        let mut files = vec![before, suzhou.upload(&application, "figures", "clean.pdf", &pdf(900)).await.ok()];
        for (name, bytes) in harmful() {
            files.push(suzhou.upload(&application, "figures", name, &bytes).await.ok());
        }
        // Whoever may see the draft: its region, and the supervisors.
        let everybody = [suzhou.clone(), app.known(Role::Supervisor, None).await];
        for user in &everybody {
            for file in &files {
                user.get(&content(file)).await.refused(409, "file_pending");
            }
        }
        let admin = app.known(Role::Admin, None).await;
        let health = admin.get("/api/v1/health").await.ok();
        assert_eq!(health["scanner"]["pending"], 6);
        assert!(text(&health["scanner"]["scanner_version"]).starts_with("ClamAV "));
        assert_eq!(scan(&app).await, Pass { scanned: 6, answers: true });
        assert_eq!(scan(&app).await, Pass { scanned: 0, answers: true });
        let (clean, bad) = files.split_at(2);
        let supervisor = Browser::of(&app, &everybody[1].name).await;
        for file in clean {
            assert_eq!(suzhou.get(&content(file)).await.status, 200);
        }
        for file in bad {
            for user in &everybody {
                let answer = user.get(&content(file)).await;
                assert!(!answer.text.contains("EICAR"));
                answer.refused(409, "file_quarantined");
            }
            let page = supervisor.get(&format!("/evidence/{}/inline", text(&file["id"]))).await;
            assert_eq!(page.status, 409);
            assert!(!page.html.contains("EICAR"));
        }
        let told = alarms(&app, &id).await;
        assert_eq!(told.len(), 4);
        assert!(told.iter().all(|told| told.contains("Own.Eicar")), "{told:?}");
        let health = admin.get("/api/v1/health").await.ok();
        assert_eq!((&health["scanner"]["pending"], &health["scanner"]["quarantined"]), (&json!(0), &json!(4)));

        // The owner is told, and the file is as if it were not there.
        let browser = Browser::of(&app, &suzhou.name).await;
        let page = browser.get(&format!("/applications/{application}/evidence")).await;
        assert!(page.html.contains("有害，已隔离") && page.html.contains("请删除它们"));
        let told = missing(&suzhou, &application).await;
        assert_eq!(told.iter().filter(|code| *code == "file_quarantined").count(), 4);
        let harmful = &harmful()[0].1;
        let again = suzhou.upload(&application, "figures", "b.pdf", harmful).await;
        assert_eq!(again.invalid()[0].1, "file_harmful");
        for file in bad {
            suzhou.delete(&format!("/api/v1/evidence/{}", text(&file["id"]))).await.ok();
        }
        assert!(!missing(&suzhou, &application).await.contains(&"file_quarantined".to_owned()));
    }

    async fn what_waits_can_be_submitted_and_what_is_quarantined_can_not(app) {
        needs!(Clamd);
        let id = called(&app).await;
        let suzhou = app.known(Role::Applicant, Some(SUZHOU)).await;
        let clamd = Clamd::start();
        app.service.scanning.set(clamd.scanner());
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        complete(&suzhou, &application).await;
        let submit = async || {
            let view = suzhou.get(&format!("/api/v1/applications/{application}")).await.ok();
            suzhou.over("POST", &format!("/api/v1/applications/{application}/submissions"), &view["revision"], json!({})).await
        };
        // Nothing else is harmful than what is named by nobody and of no kind that must be there.
        let harmful = suzhou.upload(&application, "figures", "x.pdf", &pdf_of(&eicar())).await.ok();
        scan(&app).await;
        let refused = submit().await.refused(409, "incomplete");
        assert_eq!(refused["errors"][0]["code"], "file_quarantined");
        suzhou.delete(&format!("/api/v1/evidence/{}", text(&harmful["id"]))).await.ok();
        let waiting = suzhou.upload(&application, "figures", "y.pdf", &pdf(2_345)).await.ok();
        assert_eq!(waiting["scan"], "pending");
        let receipt = submit().await.ok();
        assert!(receipt["files"].as_array().unwrap().iter().any(|file| file["id"] == waiting["id"]));
    }

    async fn no_expert_meets_what_is_harmful(app) {
        needs!(Clamd);
        let competition = at_scoring(&app, review_settings()).await;
        let (application, experts) = (&competition.applications[0], serving(&app, &competition).await);
        let expert = app.known_as(&experts[0], Role::Expert, None).await;
        let listed = expert.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
        let file = &listed["items"][0];
        assert_eq!(expert.get(&content(file)).await.status, 200);
        let clamd = Clamd::start();
        app.service.scanning.set(clamd.scanner());
        expert.get(&content(file)).await.refused(409, "file_pending");
        let browser = Browser::of(&app, &expert.name).await;
        for page in [format!("/evidence/{}", text(&file["id"])), format!("/applications/{application}/sheet")] {
            let page = browser.get(&page).await;
            assert!(page.html.contains("等待安全扫描") && !page.html.contains("/inline"), "{}", page.html);
        }
        scan(&app).await;
        assert_eq!(expert.get(&content(file)).await.status, 200);
    }

    async fn files_of_the_public_are_scanned_too(app) {
        needs!(Clamd);
        let competition = on_notice(&app, review_settings()).await;
        let clamd = Clamd::start();
        app.service.scanning.set(clamd.scanner());
        let receipt = objected(&app, &competition, &competition.applications[0]).await;
        let code = text(&receipt["code"]);
        let file = object_with(&app, code, &pdf_of(&eicar())).await.ok();
        for n in 0..4 {
            object_with(&app, code, &pdf(900 + n)).await.ok();
        }
        object_with(&app, code, &pdf(1_000)).await.refused(409, "quota");
        let path = format!("/api/v1/objection-files/{}/content", text(&file["id"]));
        let office = app.known(Role::Office, None).await;
        office.get(&path).await.refused(409, "file_pending");
        scan(&app).await;
        office.get(&path).await.refused(409, "file_quarantined");
        assert_eq!(alarms(&app, &competition.id).await.len(), 1);
        let status = async || app.public().post("/api/v1/objections/status", json!({ "code": code })).await.ok();
        let seen = status().await;
        let seen = seen["files"].as_array().unwrap().iter().filter(|file| file["scan"] == "quarantined");
        assert_eq!(seen.count(), 1);
        // Another may come in its place.
        assert_eq!(object_with(&app, code, &pdf_of(&eicar())).await.invalid()[0].1, "file_harmful");
        object_with(&app, code, &pdf(1_000)).await.ok();
        object_with(&app, code, &pdf(1_001)).await.refused(409, "quota");
    }

    async fn without_a_verdict_nobody_opens_a_file_whatever_the_scanner_does(app) {
        let id = called(&app).await;
        let suzhou = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let file = suzhou.upload(&application, "figures", "a.pdf", &pdf(300_000)).await.ok();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scanner = Scanner::new(ScannerAddress::Tcp(listener.local_addr().unwrap()));
        app.service.scanning.set(scanner.patient_for(Duration::from_secs(2)));
        // It hangs up, says nothing at all, breaks off within its word, refuses, has seen too little, or speaks of another
        // thing: afterwards it says that it is there, or it does not.
        let answers: [(Option<&[u8]>, bool, bool); 9] = [
            (Some(b""), false, false),
            (Some(b""), false, true),
            (None, true, true),
            (Some(b"stream: O"), true, true),
            (Some(b"stream: OK"), true, true),
            (Some(b"INSTREAM size limit exceeded. ERROR\0"), true, true),
            (Some(b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0"), true, true),
            (Some(b"stream: lstat() failed. ERROR\0"), true, true),
            (Some(b"UNKNOWN COMMAND\0"), true, true),
        ];
        let mut rest = 2;
        for (answer, reads, there) in answers {
            let speaks = answer.is_none_or(|answer| !answer.ends_with(b"\0"));
            let serve = async {
                let (mut socket, _) = listener.accept().await.unwrap();
                if reads {
                    read_stream(&mut socket).await;
                }
                match answer {
                    Some(answer) => {
                        let _ = socket.write_all(answer).await;
                    }
                    None => {
                        // Until the other side gives up.
                        let _ = socket.read_u8().await;
                    }
                }
                drop(socket);
                if speaks {
                    let (mut socket, _) = listener.accept().await.unwrap();
                    let mut command = [0; 9];
                    socket.read_exact(&mut command).await.unwrap();
                    assert_eq!(&command, b"zVERSION\0");
                    if there {
                        socket.write_all(b"ClamAV 1\0").await.unwrap();
                    }
                }
            };
            let (pass, ()) = tokio::join!(scan(&app), serve);
            assert_eq!(pass, Pass { scanned: 0, answers: there }, "{answer:?}");
            suzhou.get(&content(&file)).await.refused(409, "file_pending");
            if there {
                // It is the file that rests, twice as long each time: nothing is asked about it meanwhile.
                assert_eq!(scan(&app).await, Pass { scanned: 0, answers: true });
                app.clock.set(app.clock.now().plus_seconds(rest));
                rest *= 2;
            }
        }
        let serve = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            assert_eq!(read_stream(&mut socket).await, pdf(300_000));
            socket.write_all(b"stream: OK\0").await.unwrap();
        };
        let (pass, ()) = tokio::join!(scan(&app), serve);
        assert_eq!(pass.scanned, 1);
        assert_eq!(suzhou.get(&content(&file)).await.status, 200);
    }

    async fn a_file_that_the_scanner_chokes_on_holds_up_no_other(app) {
        needs!(Clamd);
        let id = called(&app).await;
        let suzhou = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let small = suzhou.upload(&application, "figures", "small.pdf", &pdf(900)).await.ok();
        let large = suzhou.upload(&application, "figures", "large.pdf", &pdf(3 << 20)).await.ok();
        let clamd = Clamd::start();
        app.service.scanning.set(clamd.scanner());
        assert_eq!(scan(&app).await, Pass { scanned: 1, answers: true });
        assert_eq!(suzhou.get(&content(&small)).await.status, 200);
        suzhou.get(&content(&large)).await.refused(409, "file_pending");
        let admin = app.known(Role::Admin, None).await;
        let health = admin.get("/api/v1/health").await.ok();
        assert_eq!((&health["scanner"]["pending"], &health["scanner"]["stuck"]), (&json!(1), &json!(1)));
        let browser = Browser::of(&app, &admin.name).await;
        assert!(browser.get("/health").await.html.contains("StreamMaxLength"));
        // Away, it is told to be away.
        drop(clamd);
        suzhou.upload(&application, "figures", "later.pdf", &pdf(901)).await.ok();
        assert!(!scan(&app).await.answers);
        assert!(browser.get("/health").await.html.contains("安全扫描服务没有应答"));
    }

    async fn the_service_scans_by_itself_and_after_a_restart(app) {
        needs!(Clamd);
        let id = called(&app).await;
        let suzhou = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let old = suzhou.upload(&application, "figures", "old.pdf", &pdf(900)).await.ok();
        let clamd = Clamd::start();
        app.service.scanning.set(clamd.scanner());
        let task = actix_web::rt::spawn(keep_scanning(app.service.clone()));
        until_it_opens(&suzhou, &old).await;
        let new = suzhou.upload(&application, "figures", "new.pdf", &pdf(901)).await.ok();
        until_it_opens(&suzhou, &new).await;
        task.abort();
    }
}

async fn until_it_opens(user: &User<'_>, file: &Value) {
    while user.get(&content(file)).await.status != 200 {
        tokio::task::yield_now().await;
    }
}

/// Reads a file as clamd does.
async fn read_stream(socket: &mut TcpStream) -> Vec<u8> {
    let mut command = [0; 10];
    socket.read_exact(&mut command).await.unwrap();
    assert_eq!(&command, b"zINSTREAM\0");
    let mut content = Vec::new();
    loop {
        let length = socket.read_u32().await.unwrap();
        if length == 0 {
            return content;
        }
        let mut part = vec![0; usize::try_from(length).unwrap()];
        socket.read_exact(&mut part).await.unwrap();
        content.extend(part);
    }
}

#[test]
fn addresses_of_scanners_are_read_strictly() {
    for good in ["clamd:/run/clamav/clamd.ctl", "clamd:127.0.0.1:3310", "clamd:[::1]:3310"] {
        assert_eq!(good.parse::<ScannerAddress>().unwrap().to_string(), good);
    }
    for bad in [
        "",
        "clamd:",
        "clamd:clamd.ctl",
        "clamd:localhost:3310",
        "clamd:127.0.0.1",
        "127.0.0.1:3310",
        "/run/x",
    ] {
        assert!(bad.parse::<ScannerAddress>().is_err(), "{bad}");
    }
}
