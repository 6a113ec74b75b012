//! The demonstration at the size that figures are given for, served by the program under test.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::client::Client;

/// Applications of each competition, with seven sheets each.
pub(crate) const SCALE: &str = "500";

/// A score sheet, every mark the same.
#[allow(dead_code, reason = "not all benchmarks enter one")]
pub(crate) fn sheet(score: &str) -> Value {
    let marks: Vec<Value> = ["a23", "a42", "a51", "b24", "b32", "b33", "c13", "c32", "c33"]
        .iter()
        .map(|key| json!({ "indicator": key, "score": score, "reason": "依据考察记录和佐证材料" }))
        .collect();
    json!({ "marks": marks, "opinion": "同意", "dissent": "" })
}

/// A process that ends with its owner.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// The demonstration, served.
pub(crate) struct Demo {
    pub(crate) base: String,
    pub(crate) directory: PathBuf,
    pub(crate) sign_ins: Value,
    process: Running,
}

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qianglian"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

impl Demo {
    pub(crate) fn start(directory: &Path, more: &[&str]) -> Self {
        let file = directory.join("sign-ins.json");
        let data = directory.join("data").display().to_string();
        let mut command = program(&["demo", "--scale", SCALE, "--listen", "127.0.0.1:0", "--data", &data]);
        let mut child = command.args(more).arg("--sign-ins").arg(&file).spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("it prints")).lines();
        let base = lines
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("http://")?.1.split('/').next()?.to_owned()))
            .expect("it serves");
        let sign_ins =
            serde_json::from_str(&std::fs::read_to_string(&file).expect("sign-ins")).expect("JSON");
        Self { base, directory: directory.to_owned(), sign_ins, process: Running(child) }
    }

    /// The most memory that the program has taken so far, in MiB.
    #[allow(dead_code, reason = "not all benchmarks ask")]
    pub(crate) fn peak_memory(&self) -> u64 {
        let told =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.0.id())).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
    }

    /// The processor's time that the program has taken so far, in seconds.
    #[allow(dead_code, reason = "not all benchmarks ask")]
    pub(crate) fn processor(&self) -> f64 {
        let told = std::fs::read_to_string(format!("/proc/{}/stat", self.process.0.id())).expect("its state");
        let fields: Vec<&str> = told.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks = |at: usize| fields[at].parse::<f64>().expect("ticks");
        // User and system time (proc(5): fields 14 and 15) in hundredths of a second, as Linux tells them.
        (ticks(11) + ticks(12)) / 100.0
    }

    pub(crate) fn token(&self, role: &str) -> String {
        self.sign_ins[role]["token"].as_str().expect("a token").to_owned()
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> Value {
        Client::new(&self.base).json("GET", path, token, "", &Value::Null)
    }

    pub(crate) fn competition(&self, state: &str) -> String {
        let competitions = self.get("/api/v1/competitions", &self.token("office"));
        let found = competitions["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|competition| competition["state"] == state);
        found.expect("a competition")["id"].as_str().unwrap().to_owned()
    }

    /// Tokens of the experts of the competition that is being scored.
    pub(crate) fn experts(&self, competition: &str) -> Vec<String> {
        let office = self.token("office");
        let panels = self.get(&format!("/api/v1/competitions/{competition}/panels"), &office);
        let seats = panels["items"][0]["seats"].as_array().unwrap().iter();
        let password = &self.sign_ins["office"]["password"];
        seats
            .filter(|seat| seat["state"] == "serving")
            .map(|seat| {
                let number: u32 =
                    seat["name"].as_str().unwrap().trim_start_matches("演示专家").parse().unwrap();
                let body = json!({ "name": format!("expert-{number:02}"), "password": password });
                let answer = Client::new(&self.base).json("POST", "/api/v1/login", "", "", &body);
                answer["access_token"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}

/// The session cookie of somebody who signs in by the form, as browsers do.
#[allow(dead_code, reason = "not all benchmarks ask")]
pub(crate) async fn sign_in(client: &reqwest::Client, base: &str, name: &str, password: &str) -> String {
    let page =
        client.get(format!("{base}/sign-in")).send().await.expect("a page").text().await.expect("text");
    let seal = page
        .split("name=\"_csrf_token\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a seal");
    let fields = [
        ("_method", "POST"),
        ("_csrf_token", seal),
        ("_next", "/desk"),
        ("/name", name),
        ("/password", password),
    ];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let request = client.post(format!("{base}/act/v1/login")).header(kind.0, kind.1).body(body);
    let answer = request.send().await.expect("an answer");
    let cookie = answer.headers()["set-cookie"].to_str().expect("a cookie");
    cookie.split(';').next().unwrap_or_default().to_owned()
}
