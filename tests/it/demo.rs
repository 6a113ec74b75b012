//! `qianglian demo` as somebody tries it: made, served, walked through, served again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

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

    fn edition(&self, state: &str) -> String {
        let editions = self.api("office", "/competitions");
        let found = list(&editions["items"]).find(|edition| edition["state"] == state);
        text(&found.unwrap_or_else(|| panic!("no edition is at {state}"))["id"]).to_owned()
    }

    /// The applications of an edition that somebody may know of.
    fn applications(&self, role: &str, edition: &str) -> Vec<Value> {
        let page = self.api(role, &format!("/applications?competition={edition}&limit=100"));
        list(&page["items"]).cloned().collect()
    }

    /// States of what is to be put right after the inspections of an edition.
    fn rectifications(&self, edition: &str) -> Vec<String> {
        let mut states = Vec::new();
        for application in self.applications("office", edition) {
            let id = text(&application["id"]);
            let inspection = self.api("office", &format!("/applications/{id}/inspection"));
            states.extend(list(&inspection["rectifications"]).map(|one| text(&one["state"]).to_owned()));
        }
        states
    }
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().map_or([].iter(), |all| all.iter())
}

fn has(value: &Value, member: &str, wanted: &str) -> bool {
    list(value).any(|one| one[member] == wanted)
}

/// What is to be looked at in each desk (docs/walkthrough.md), all that is not there told at once.
fn shows_the_hard_cases(visitor: &Visitor) {
    let [past, notice, scoring, open] =
        ["announced", "notice", "scoring", "application"].map(|state| visitor.edition(state));
    let mut visitor = Visitor { base: visitor.base.clone(), sign_ins: visitor.sign_ins.clone() };
    for user in ["region-320214", "region-320582"] {
        visitor.sign_in(user);
    }
    let visitor = &visitor;
    let mut cases: Vec<(&str, bool)> = Vec::new();
    let joint = |members: &Value| {
        members.as_array().is_some_and(|all| all.len() > 1) && has(members, "role", "coordinated")
    };

    let announced = visitor.api("public", &format!("/announcements/{past}"));
    cases.push(("a joint winner", list(&announced["winners"]).any(|one| joint(&one["members"]))));
    let page = visitor.ask("public", &[], &format!("/announcements/{past}"));
    cases.push(("roles on its page", page.contains("苏州工业园区（牵头，核心区）、苏州市昆山市（协同区）")));
    let consents = |role: &str| {
        let applications = visitor.applications(role, &open);
        let ids = applications.iter().map(|application| text(&application["id"]).to_owned());
        ids.flat_map(|id| {
            let application = visitor.api(role, &format!("/applications/{id}"));
            list(&application["members"]).map(|one| text(&one["consent"]).to_owned()).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>()
    };
    cases.push(("a consent that is asked", consents("applicant").contains(&"asked".to_owned())));
    cases.push(("a consent that is declined", consents("region-320214").contains(&"declined".to_owned())));

    let conflicts = visitor.api("office", &format!("/competitions/{scoring}/conflicts"));
    let any = |member: &str, kind: &str| {
        list(&conflicts).any(|expert| {
            let found = expert[member].as_object().into_iter().flatten();
            found.into_iter().any(|(_, found)| has(found, "kind", kind))
        })
    };
    cases.push(("a conflict of regions", any("conflicts", "same_region")));
    cases.push(("a conflict of employers", any("conflicts", "former_employer")));
    cases.push(("a near match", any("alike", "named_firm")));

    let alarms = visitor.api("supervisor", &format!("/competitions/{scoring}/alarms"));
    for kind in ["sheet_corrected", "far_from_panel", "near_deadline"] {
        cases.push((kind, has(&alarms["alarms"], "kind", kind)));
    }

    let duplicates = visitor.api("office", &format!("/competitions/{scoring}/duplicates"));
    let firm = list(&duplicates["firms"]).next().cloned().unwrap_or_default();
    cases.push(("a firm of two applications", list(&firm["applications"]).count() == 2));
    let noted = |application: &Value| {
        let checks = visitor.api("office", &format!("/applications/{}/checks", text(&application["id"])));
        let findings = list(&checks["formal"]).flat_map(|check| list(&check["findings"]));
        findings.into_iter().any(|finding| text(&finding["note"]).contains("未重复计入"))
    };
    cases.push(("why it may be", list(&firm["applications"]).any(noted)));
    cases.push(("a text of two applications", list(&duplicates["texts"]).count() == 1));
    let of_city = visitor.api("city_reviewer", &format!("/competitions/{open}/duplicates"));
    cases.push((
        "a firm and a text at the city",
        list(&of_city["firms"]).chain(list(&of_city["texts"])).count() == 2,
    ));

    let states = visitor.rectifications(&scoring);
    for state in ["open", "answered"] {
        cases.push((state, states.iter().any(|one| one == state)));
    }
    cases.push(("settled", visitor.rectifications(&past).iter().any(|one| one == "settled")));

    for (edition, reason) in [(&scoring, "专家声明回避"), (&notice, "因病住院")] {
        let panels = visitor.api("office", &format!("/competitions/{edition}/panels"));
        let replaced = list(&panels).any(|panel| {
            let serving = list(&panel["seats"]).filter(|seat| seat["state"] == "serving");
            let recused = list(&panel["seats"]).filter(|seat| seat["state"] == "recused");
            let positions = serving.map(|seat| seat["position"].as_i64().unwrap());
            let positions: Vec<i64> = positions.collect();
            recused.into_iter().any(|seat| text(&seat["reason"]).contains(reason))
                && positions.len() == 7
                && positions.iter().any(|position| *position > 7)
        });
        cases.push((reason, replaced));
    }

    let settings = visitor.api("public", &format!("/competitions/{notice}"));
    cases.push(("two tracks", list(&settings["settings"]["tracks"]).count() == 2));
    let panels = visitor.api("office", &format!("/competitions/{notice}/panels"));
    cases.push(("a panel for each", list(&panels).count() == 2));
    let page = visitor.ask("public", &[], &format!("/notices/{notice}"));
    cases
        .push(("both on the notice", page.contains("装备与能源组") && page.contains("材料、信息与消费品组")));

    let own = visitor.applications("applicant", &open);
    let own = own.iter().find(|application| application["lead_region"] == "320576");
    let id = own.map(|own| text(&own["id"])).expect("the applicant of the sign-ins has a draft");
    let draft = visitor.api("applicant", &format!("/applications/{id}/completeness"));
    for code in ["explanation_needed", "consent_needed", "required"] {
        cases.push((code, has(&draft["missing"], "code", code)));
    }
    let returned = visitor.applications("region-320582", &open);
    cases.push(("one sent back", returned.iter().any(|application| application["state"] == "returned")));
    let list_of_city = visitor.api("city_reviewer", &format!("/competitions/{open}/recommendations/320500"));
    cases.push(("one on the city's list", list(&list_of_city["entries"]).count() == 1));
    let submitted = visitor.applications("city_reviewer", &open);
    let submitted = submitted.iter().filter(|application| application["state"] == "submitted");
    cases.push(("one that waits for the city", submitted.count() == 2));

    let missing: Vec<&str> = cases.into_iter().filter(|(_, found)| !found).map(|(case, _)| case).collect();
    assert!(missing.is_empty(), "the demonstration does not show {missing:?}");
    let told = include_str!("../../docs/walkthrough.md");
    for (role, who) in visitor.sign_ins.as_object().unwrap() {
        let user = who["user"].as_str().unwrap_or(role);
        assert!(told.contains(&format!("`{user}`")), "the walkthrough does not tell of {user}");
    }
}

#[test]
fn a_demonstration_is_made_served_and_walked_through() {
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
    assert_eq!(visitor.api("public", "/announcements")[0]["digest"], digest.as_str());
    shows_the_hard_cases(&visitor);
    drop(served);
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
