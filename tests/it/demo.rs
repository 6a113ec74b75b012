//! `qianglian demo` as somebody tries it: made, served, walked through, served again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::schemas::must_fit;
use super::support::programs::needs;
use super::support::{postgres, run, text};

/// A demonstration that is served; it ends with its owner.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn serve(directory: &Path, file: &Path) -> (Served, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_qianglian"))
        .args(["demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(directory)
        .arg("--sign-ins")
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let base = lines.map_while(Result::ok).find_map(|line| {
        let address = line.split_once("http://")?.1.split('/').next()?.to_owned();
        Some(format!("http://{address}"))
    });
    (Served(child), base.expect("it serves"))
}

/// Whoever looks at a demonstration that nothing has happened to.
struct Visitor {
    base: String,
    sign_ins: Value,
}

impl Visitor {
    fn ask(&self, role: &str, arguments: &[&str], path: &str) -> String {
        let mut command = Command::new("curl");
        command.args(["-fsS", "--noproxy", "*"]).args(arguments).arg(format!("{}{path}", self.base));
        if let Some(token) = self.sign_ins[role]["token"].as_str() {
            command.args(["-H", &format!("Authorization: Bearer {token}")]);
        }
        let output = command.output().expect("curl runs");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{path} as {role}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn api(&self, role: &str, path: &str) -> Value {
        serde_json::from_str(&self.ask(role, &[], &format!("/api/v1{path}"))).unwrap()
    }

    /// Somebody besides those of the sign-ins: everybody has the same password.
    fn sign_in(&mut self, user: &str) {
        let password = &self.sign_ins["office"]["password"];
        let body = serde_json::json!({ "name": user, "password": password }).to_string();
        let arguments = ["-H", "Content-Type: application/json", "-d", &body];
        let session: Value = serde_json::from_str(&self.ask("public", &arguments, "/api/v1/login")).unwrap();
        self.sign_ins[user] = serde_json::json!({ "token": session["access_token"] });
    }

    fn competition(&self, state: &str) -> String {
        let competitions = self.api("office", "/competitions");
        let found = list(&competitions["items"]).find(|competition| competition["state"] == state);
        text(&found.unwrap_or_else(|| panic!("no competition is at {state}"))["id"]).to_owned()
    }

    /// The applications of a competition that somebody may know of.
    fn applications(&self, role: &str, competition: &str) -> Vec<Value> {
        let page = self.api(role, &format!("/applications?competition_id={competition}&limit=100"));
        list(&page["items"]).cloned().collect()
    }
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().map_or([].iter(), |all| all.iter())
}

fn has(value: &Value, member: &str, wanted: &str) -> bool {
    list(value).any(|one| one[member] == wanted)
}

/// Each document that the demonstration shows is of the shape that is told of it.
fn documents_fit(visitor: &Visitor) {
    for competition in list(&visitor.api("office", "/competitions")["items"]) {
        let (id, state) = (text(&competition["id"]), text(&competition["state"]));
        let at = format!("/competitions/{id}");
        must_fit("settings/1", &visitor.api("office", &at)["settings"]);
        if matches!(state, "notice" | "announced") {
            for notice in list(&visitor.api("public", &format!("{at}/notices"))["items"]) {
                must_fit("qianglian-notice/1", &notice["notice"]);
            }
        }
        for selection in list(&visitor.api("office", &format!("{at}/selections"))["items"]) {
            must_fit("qianglian-selection/1", &selection["selection"]);
        }
        for draw in list(&visitor.api("office", &format!("{at}/draws"))["items"]) {
            must_fit("qianglian-draw/1", &draw["basis"]);
            if draw["result"].is_object() {
                must_fit("draw-result/1", &draw["result"]);
            }
        }
        if state == "announced" {
            must_fit("qianglian-announcement/1", &visitor.api("public", &format!("{at}/announcement")));
            must_fit("qianglian-tally/1", &visitor.api("office", &format!("{at}/tallies/1")));
            must_fit(
                "qianglian-result/1",
                &visitor.api("office", &format!("{at}/tallies/1/ranking"))["result"],
            );
        }
        let applications = visitor.applications("office", id);
        one_request_gives_them_all(visitor, id, &applications);
        for application in applications {
            let at = format!("/applications/{}", text(&application["id"]));
            for submission in list(&visitor.api("office", &format!("{at}/submissions"))["items"]) {
                let one = visitor.api("office", &format!("{at}/submissions/{}", submission["number"]));
                must_fit("submission/1", &one["content"]);
            }
            let record = &visitor.api("office", &format!("{at}/inspection"))["record"];
            if record.is_object() {
                must_fit("inspection-record/1", record);
            }
            if state == "announced" {
                let sheets = visitor.api("office", &format!("{at}/sheets"));
                for version in list(&sheets["items"]).flat_map(|sheet| list(&sheet["versions"])) {
                    must_fit("qianglian-sheet/1", &version["sheet"]);
                }
            }
        }
    }
    let events = visitor.ask("supervisor", &[], "/api/v1/audit/export");
    for event in events.lines() {
        must_fit("event/1", &serde_json::from_str(event).unwrap());
    }
}

/// Whoever mirrors a competition asks once for all of its applications, with what belongs to them.
fn one_request_gives_them_all(visitor: &Visitor, competition: &str, applications: &[Value]) {
    let lines = visitor.ask("office", &[], &format!("/api/v1/competitions/{competition}/export"));
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let named = |one: &Value| text(&one["id"]).to_owned();
    let exported: BTreeMap<String, Value> = lines.map(|line| (named(&line), line)).collect();
    assert_eq!(exported.keys().cloned().collect::<BTreeSet<_>>(), applications.iter().map(named).collect());
    for application in applications.iter().take(2) {
        let line = &exported[text(&application["id"])];
        let alone = visitor.api("office", &format!("/applications/{}", text(&application["id"])));
        assert_eq!((&line["parts"], &line["members"]), (&alone["parts"], &alone["members"]));
    }
}

/// Something to be looked at, and whether it is there.
type Case = (&'static str, bool);

/// What is to be looked at in each desk (docs/walkthrough.md), all that is not there told at once.
fn shows_the_hard_cases(mut visitor: Visitor) {
    documents_fit(&visitor);
    for user in ["region-320214", "region-320582"] {
        visitor.sign_in(user);
    }
    let shown = [joint, conflicts, alarms, duplicates, rectifications, recusals, tracks, taking_applications];
    let cases = shown.into_iter().flat_map(|cases| cases(&visitor));
    let missing: Vec<&str> = cases.filter(|(_, found)| !found).map(|(case, _)| case).collect();
    assert!(missing.is_empty(), "the demonstration does not show {missing:?}");
    let told = include_str!("../../docs/walkthrough.md");
    for (role, who) in visitor.sign_ins.as_object().unwrap() {
        let user = who["user"].as_str().unwrap_or(role);
        assert!(told.contains(&format!("`{user}`")), "the walkthrough does not tell of {user}");
    }
}

/// Members with roles in public, and consents that are not given.
fn joint(visitor: &Visitor) -> Vec<Case> {
    let (past, open) = (visitor.competition("announced"), visitor.competition("application"));
    let announced = visitor.api("public", &format!("/competitions/{past}/announcement"));
    let is_joint =
        |one: &Value| list(&one["members"]).count() > 1 && has(&one["members"], "role", "coordinated");
    let page = visitor.ask("public", &[], &format!("/announcements/{past}"));
    let consents = |role: &str, wanted: &str| {
        visitor.applications(role, &open).iter().any(|application| {
            let whole = visitor.api(role, &format!("/applications/{}", text(&application["id"])));
            has(&whole["members"], "consent", wanted)
        })
    };
    vec![
        ("a joint winner", list(&announced["winners"]).any(is_joint)),
        ("roles on its page", page.contains("（牵头，核心区）") && page.contains("（协同区）")),
        ("a consent that is asked", consents("applicant", "asked")),
        ("a consent that is declined", consents("region-320214", "declined")),
    ]
}

/// Conflicts that the check finds, and a near match.
fn conflicts(visitor: &Visitor) -> Vec<Case> {
    let scoring = visitor.competition("scoring");
    let experts = visitor.api("office", &format!("/competitions/{scoring}/conflicts"))["items"].clone();
    let any = |member: &str, kind: &str| {
        let found = list(&experts).filter_map(|expert| expert[member].as_object());
        found.flat_map(|found| found.values()).any(|found| has(found, "kind", kind))
    };
    vec![
        ("a conflict of regions", any("conflicts", "same_region")),
        ("a conflict of employers", any("conflicts", "former_employer")),
        ("a near match", any("alike", "named_firm")),
    ]
}

fn alarms(visitor: &Visitor) -> Vec<Case> {
    let scoring = visitor.competition("scoring");
    let alarms = visitor.api("supervisor", &format!("/competitions/{scoring}/alarms"));
    let kinds = ["sheet_corrected", "far_from_panel", "near_deadline"];
    kinds.map(|kind| (kind, has(&alarms["alarms"], "kind", kind))).to_vec()
}

/// A firm whose use in two applications the formal check explains, and what nobody has explained yet.
fn duplicates(visitor: &Visitor) -> Vec<Case> {
    let found = |role: &str, state: &str| {
        visitor.api(role, &format!("/competitions/{}/duplicates", visitor.competition(state)))
    };
    let (scoring, of_city) = (found("office", "scoring"), found("city_reviewer", "application"));
    let explained = |application: &Value| {
        let checks = visitor.api("office", &format!("/applications/{}/checks", text(&application["id"])));
        let findings = list(&checks["formal"]).flat_map(|check| list(&check["findings"]));
        findings.into_iter().any(|finding| text(&finding["note"]).contains("未重复计入"))
    };
    let firms = || list(&scoring["firms"]).flat_map(|firm| list(&firm["applications"]));
    vec![
        ("a firm of two applications", firms().count() == 2),
        ("why it may be", firms().all(explained)),
        ("a text of two applications", list(&scoring["texts"]).count() == 1),
        ("a firm at the city", list(&of_city["firms"]).count() == 1),
        ("a text at the city", list(&of_city["texts"]).count() == 1),
    ]
}

fn rectifications(visitor: &Visitor) -> Vec<Case> {
    let any = |competition: &str, state: &str| {
        visitor.applications("office", &visitor.competition(competition)).iter().any(|application| {
            let id = text(&application["id"]);
            let inspection = visitor.api("office", &format!("/applications/{id}/inspection"));
            has(&inspection["rectifications"], "state", state)
        })
    };
    vec![
        ("a rectification to answer", any("scoring", "open")),
        ("a rectification to check again", any("scoring", "answered")),
        ("a rectification that is settled", any("announced", "settled")),
    ]
}

/// Experts who were recused after the draw, with others in their place: one declared, one recused by the office.
fn recusals(visitor: &Visitor) -> Vec<Case> {
    let replaced = |competition: &str, reason: &str| {
        let panels = visitor
            .api("office", &format!("/competitions/{}/panels", visitor.competition(competition)))["items"]
            .clone();
        list(&panels).any(|panel| {
            let seats =
                |state: &'static str| list(&panel["seats"]).filter(move |seat| seat["state"] == state);
            let called = seats("serving").any(|seat| seat["position"].as_i64() > Some(7));
            let recused = seats("recused").any(|seat| text(&seat["reason"]).contains(reason));
            recused && called && seats("serving").count() == 7
        })
    };
    vec![
        ("a declared conflict", replaced("scoring", "专家声明回避")),
        ("a recusal by the office", replaced("notice", "因病住院")),
    ]
}

fn tracks(visitor: &Visitor) -> Vec<Case> {
    let notice = visitor.competition("notice");
    let competition = visitor.api("public", &format!("/competitions/{notice}"));
    let panels = visitor.api("office", &format!("/competitions/{notice}/panels"))["items"].clone();
    let page = visitor.ask("public", &[], &format!("/notices/{notice}"));
    let tracks = &competition["settings"]["tracks"];
    let named = list(tracks).all(|track| page.contains(text(&track["name"])));
    vec![
        ("two tracks", list(tracks).count() == 2),
        ("a panel for each", list(&panels).count() == 2),
        ("both on the notice", named),
    ]
}

/// Something to do for an applicant, for one whose city sent it back, and for the city.
fn taking_applications(visitor: &Visitor) -> Vec<Case> {
    let open = visitor.competition("application");
    let drafts = visitor.applications("applicant", &open);
    let own = drafts.iter().find(|draft| draft["lead_region"]["code"] == "320576");
    let missing = own.map(|own| {
        let whole = visitor.api("applicant", &format!("/applications/{}/completeness", text(&own["id"])));
        whole["missing"].clone()
    });
    let missing = missing.unwrap_or_default();
    let count = |role: &str, state: &str| {
        let all = visitor.applications(role, &open);
        all.iter().filter(|application| application["state"] == state).count()
    };
    let of_city = visitor.api("city_reviewer", &format!("/competitions/{open}/recommendations/320500"));
    vec![
        ("a figure to explain", has(&missing, "code", "explanation_needed")),
        ("a partner to wait for", has(&missing, "code", "consent_needed")),
        ("an undertaking to sign", has(&missing, "pointer", "/undertaking/accepted")),
        ("one that the city sent back", count("region-320582", "returned") == 1),
        ("one on the city's list", list(&of_city["entries"]).count() == 1),
        ("one that waits for the city", count("city_reviewer", "submitted") == 2),
    ]
}

/// What the office archived is written to a file by the operator, whole, and over no file that is there.
fn an_operator_archives(data: &Path, competition: &str) {
    let out = data.with_file_name("archive.zip");
    let arguments =
        ["archive", competition, "--out", out.to_str().unwrap(), "--data", data.to_str().unwrap()];
    let written = run(&arguments, b"");
    assert_eq!(written.status, 0, "{}", written.stderr);
    let checker = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/archive/check.py");
    let checked = Command::new("python3").arg(checker).arg(&out).output().expect("python3 runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&out).unwrap()).unwrap();
    assert!(archive.by_name("records/trail.ndjson").unwrap().size() > 0, "the operator's has the trail");
    let bytes = std::fs::read(&out).unwrap();
    let again = run(&arguments, b"");
    assert!(again.status == 2 && again.stderr.contains("已存在"), "{} {}", again.status, again.stderr);
    assert!(std::fs::read(&out).unwrap() == bytes, "and the file is as it was");
    drop(archive);
    somebody_reads_it(&out, &bytes);
}

/// An archive is read without the service: each item as the catalogue has it, by this machine alone; one that was changed is refused.
fn somebody_reads_it(archive: &Path, bytes: &[u8]) {
    let file = archive.to_str().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_qianglian"))
        .args(["read-archive", file, "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let base = lines.map_while(Result::ok).find_map(|line| {
        let address = line.split_once("http://")?.1.split('/').next()?.to_owned();
        Some(format!("http://{address}"))
    });
    let (_served, base) = (Served(child), base.expect("it serves"));
    let get = |arguments: &[&str], path: &str| {
        let mut command = Command::new("curl");
        command.args(["-sS", "--noproxy", "*", "-i"]).args(arguments).arg(format!("{base}{path}"));
        String::from_utf8_lossy(&command.output().expect("curl runs").stdout).into_owned()
    };
    let mut whole = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = |name: &str| {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut whole.by_name(name).unwrap(), &mut text).unwrap();
        text
    };
    let catalogue: Value = serde_json::from_str(&text("catalogue.json")).unwrap();
    let items = catalogue["items"].as_array().unwrap();
    let page = get(&[], "/");
    assert!(page.contains(&format!("共{}件，逐件核对无误", items.len())), "{page}");
    let sums = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(text("SHA256SUMS")));
    assert!(page.contains(&sums) && page.contains("/items/1\""), "{page}");
    let found = get(&["-G", "--data-urlencode", "text=申报全文数据"], "/");
    assert_eq!(found.matches("href=\"/items/").count(), 1, "{found}");
    let item = items.iter().find(|item| item["path"] == "records/applications.ndjson").unwrap();
    let read = get(&[], &format!("/items/{}", item["number"]));
    assert!(read.ends_with(&text("records/applications.ndjson")) && read.contains("nosniff"), "{read}");
    assert!(get(&[], "/items/999999").starts_with("HTTP/1.1 404"));
    // A page of somewhere else that calls this machine by a name of its own reads nothing.
    for path in ["/", "/items/1"] {
        assert!(get(&["-H", "Host: rebound.example"], path).starts_with("HTTP/1.1 421"));
    }
    let afar = run(&["read-archive", file, "--listen", "0.0.0.0:0"], b"");
    assert!(afar.status == 2 && afar.stderr.contains("只能在本机地址"), "{}", afar.stderr);
    let checked = run(&["read-archive", file, "--check"], b"");
    assert!(checked.status == 0 && checked.stdout.contains(&sums), "{}", checked.stdout);
    // One character of a letter, and a file that nobody put there.
    let changed = archive.with_file_name("changed.zip");
    let mut copy = zip::ZipWriter::new(std::fs::File::create(&changed).unwrap());
    let mut original = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    for index in 0..original.len() {
        let mut file = original.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut content).unwrap();
        if name == "competition/notice.pdf" {
            content[100] ^= 1;
        }
        copy.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut copy, &content).unwrap();
    }
    copy.start_file("added.txt", zip::write::SimpleFileOptions::default()).unwrap();
    copy.finish().unwrap();
    let refused = run(&["read-archive", changed.to_str().unwrap(), "--check"], b"");
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    for words in ["competition/notice.pdf：内容与目录不符", "added.txt：目录中没有"] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    let none = run(&["read-archive", env!("CARGO_MANIFEST_DIR")], b"");
    assert_eq!(none.status, 2, "{}", none.stderr);
}

#[test]
fn a_demonstration_is_made_served_and_walked_through() {
    needs!(Curl, Jq);
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("sign-ins.json"));
    let (served, base) = serve(&data, &file);
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap());
    assert_eq!(mode & 0o777, 0o600, "tokens are for their owner alone");
    let sign_ins: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    for role in ["applicant", "city_reviewer", "expert", "office", "supervisor", "admin"] {
        assert!(!text(&sign_ins[role]["token"]).is_empty());
    }
    let script: String = include_str!("../../docs/walkthrough.md")
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .filter(|block| !block.contains("qianglian demo"))
        .collect();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .env("BASE", &base)
        .env("SIGN_INS", &file)
        .env("WORK", directory.path())
        .env("QIANGLIAN", env!("CARGO_BIN_EXE_qianglian"))
        .env("no_proxy", "*")
        .output()
        .expect("bash runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.trim_end().ends_with("walked") && told.contains("一致 same"), "{told}");
    let published = std::fs::read_to_string(directory.path().join("announcement.json")).unwrap();
    let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&published));
    assert_eq!(told.matches(&digest).count(), 2, "the digest in the list is that of the bytes");
    drop(served);
    // The same seed makes the same bytes, wherever and however fast.
    let other = directory.path().join("other");
    let (served, base) = serve(&other, &file);
    let sign_ins = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let visitor = Visitor { base, sign_ins };
    assert_eq!(visitor.api("public", "/announcements")["items"][0]["digest"], digest.as_str());
    let competition = visitor.competition("announced");
    let retention = serde_json::json!({ "retention": { "result": "permanent", "review": "thirty_years", "filing": "ten_years" } });
    let arguments = [
        "-H",
        "Content-Type: application/json",
        "-H",
        "Idempotency-Key: archive-by-the-office",
        "-d",
        &retention.to_string(),
    ];
    visitor.ask("office", &arguments, &format!("/api/v1/competitions/{competition}/archive"));
    shows_the_hard_cases(visitor);
    drop(served);
    an_operator_archives(&other, &competition);
    // What is there is served again as it is.
    let again = run(&["demo", "--no-serve", "--data", data.to_str().unwrap()], b"");
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(!again.stdout.contains("演示数据已生成"), "{}", again.stdout);
    // Its password is known to everybody: nobody serves it by mistake.
    let served = run(&["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()], b"");
    assert_eq!(served.status, 2, "{}", served.stderr);
    assert!(served.stderr.contains("--allow-demonstration"), "{}", served.stderr);
}

#[test]
fn it_is_made_on_postgresql_too() {
    needs!(PostgreSql);
    let database = postgres::server().fresh(|url| {
        let address = qianglian::db::Address::Postgres(url.to_owned());
        qianglian::db::migrate(&mut qianglian::db::Conn::open(&address).unwrap()).unwrap();
    });
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let arguments = ["demo", "--no-serve", "--data", data.to_str().unwrap(), "--database-url", &database.url];
    let made = run(&arguments, b"");
    assert_eq!(made.status, 0, "{}", made.stderr);
    assert!(made.stdout.contains("演示数据已生成"), "{}", made.stdout);
}

#[test]
fn it_is_not_made_among_real_accounts_nor_beyond_this_machine() {
    let directory = tempfile::tempdir().unwrap();
    let real = directory.path().join("real");
    let real = real.to_str().unwrap();
    let added = ["user", "add", "clerk", "--data", real, "--role", "office", "--display-name", "张三"];
    let added = run(&added, b"");
    assert_eq!(added.status, 0, "{}", added.stderr);
    let among = run(&["demo", "--no-serve", "--data", real], b"");
    assert_eq!(among.status, 2, "{}", among.stderr);
    assert!(among.stderr.contains("不是演示数据"), "{}", among.stderr);
    let accounts = run(&["user", "reset", "clerk", "--data", real], b"");
    assert_eq!(accounts.status, 0, "{}", accounts.stderr);
    let empty = directory.path().join("empty");
    let remote = ["demo", "--no-serve", "--listen", "0.0.0.0:0", "--data", empty.to_str().unwrap()];
    let remote = run(&remote, b"");
    assert_eq!(remote.status, 2, "{}", remote.stderr);
    assert!(remote.stderr.contains("--allow-remote"), "{}", remote.stderr);
    assert!(!empty.exists());
}

#[test]
fn letters_do_not_leave_the_machine_unencrypted_unless_told() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let mail = ["--smtp-url", "smtp://mail.example.org", "--mail-from", "a@example.org"];
    let run = run(&[&["serve", "--listen", "127.0.0.1:0", "--data", data], &mail[..]].concat(), b"");
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(run.stderr.contains("--smtp-plain"), "{}", run.stderr);
}
