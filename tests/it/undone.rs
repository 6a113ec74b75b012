//! What was not committed holds nowhere.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use diesel::connection::SimpleConnection;
use futures_util::future::{join, join_all};
use qianglian::actions::closing::{self, AdjustmentEntry, MakeTally, PutAdjustments};
use qianglian::actions::{RequestContext, login};
use qianglian::db::{Address, Conn};
use qianglian::domain::access::Role;
use qianglian::domain::ids::RequestId;
use qianglian::error::Error;
use serde_json::{Value, json};

use super::damage::restarted;
use super::support::app::{App, User, on_both};
use super::support::commits::FailingCommits;
use super::support::review::{
    Competition, REGIONS, all_signed, announcement, at_scoring, closed, confirm, inspected, meeting, notice,
    review_settings,
};
use super::support::story::move_to;
use super::support::{ranked_text, text};

/// A request that this user makes of the service itself.
async fn context(user: &User<'_>) -> Arc<RequestContext> {
    let (service, clock) = (&user.app.service, &user.app.clock);
    let caller = login::authenticate(service, user.token.as_deref().unwrap()).await.unwrap();
    Arc::new(RequestContext::new(Some(caller), "127.0.0.1", RequestId(clock.new_id()), clock.now()))
}

/// Enters a bonus, or makes a tally.
enum Step {
    Bonus(&'static str, i64),
    Tally(&'static str),
}

impl Step {
    async fn take(
        self,
        app: &App,
        context: &Arc<RequestContext>,
        competition: &Competition,
    ) -> Result<(), Error> {
        let service = &app.service;
        let (id, application) =
            (competition.id.parse().unwrap(), competition.applications[0].parse().unwrap());
        match self {
            Self::Bonus(value, revision) => {
                let (key, basis) = ("key_tech".to_owned(), "验收文件".to_owned());
                let entries = vec![AdjustmentEntry { key, value: value.to_owned(), basis }];
                let put = PutAdjustments { entries };
                closing::put_adjustments(service, context, application, revision, put).await.map(drop)
            }
            Self::Tally(reason) => {
                let make = MakeTally { reason: reason.to_owned(), rulings: vec![], minutes: String::new() };
                closing::make(service, context, id, make).await.map(drop)
            }
        }
    }
}

/// Takes steps one after the other; on SQLite in one group, which is committed as a whole.
async fn together(
    app: &App,
    user: &User<'_>,
    competition: &Competition,
    steps: Vec<Step>,
) -> Vec<Result<(), Error>> {
    let context = context(user).await;
    if let Address::Postgres(_) = &app.address {
        let mut outcomes = Vec::new();
        for step in steps {
            outcomes.push(step.take(app, &context, competition).await);
        }
        return outcomes;
    }
    // Another writer holds up a first job, so that all others wait for the next group.
    let mut other = Conn::open(&app.address).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let first = Step::Bonus("1", 99).take(app, &context, competition);
    let rest = async {
        while app.service.db.waiting() > 0 {
            tokio::task::yield_now().await;
        }
        let steps = join_all(steps.into_iter().map(|step| step.take(app, &context, competition)));
        join(steps, async { other.batch_execute("COMMIT").unwrap() }).await.0
    };
    join(first, rest).await.1
}

/// What the office and the public read of a competition.
async fn all_that_is_read(app: &App, competition: &Competition) -> Vec<(String, u16, Value)> {
    let office = app.known(Role::Office, None).await;
    let at = format!("/api/v1/competitions/{}", competition.id);
    let mut paths: Vec<String> = [
        "",
        "/versions",
        "/readiness",
        "/conflicts",
        "/draws",
        "/panels",
        "/tallies",
        "/tallies/1",
        "/tallies/1/ranking",
        "/tallies/2",
        "/tallies/2/ranking",
        "/tallies/2/changes",
        "/selections",
        "/alarms",
        "/progress",
        "/duplicates",
    ]
    .map(|path| format!("{at}{path}"))
    .to_vec();
    for application in &competition.applications {
        paths.extend(
            ["", "/submissions", "/checks", "/inspection", "/sheets", "/adjustments", "/self-score"]
                .map(|path| format!("/api/v1/applications/{application}{path}")),
        );
    }
    paths.extend(["chains", "working-days", "titles", "catalogues"].map(|path| format!("/api/v1/{path}")));
    paths.extend(["notices", "announcements"].map(|kind| format!("/api/v1/{kind}/{}", competition.id)));
    let mut read = Vec::new();
    for path in paths {
        let answer = office.get(&path).await;
        let mut body = answer.body;
        // When it was asked differs.
        if let Some(body) = body.as_object_mut() {
            body.remove("now");
            body.remove("request_id");
        }
        read.push((path, answer.status, body));
    }
    read
}

/// Whether a service that did all this reads the same as one that has only the database.
async fn reads_what_is_stored(app: &App, competition: &Competition) {
    let here = all_that_is_read(app, competition).await;
    let stored = all_that_is_read(&restarted(app).await, competition).await;
    for (here, stored) in here.into_iter().zip(stored) {
        assert_eq!(here, stored);
    }
}

/// The ranking of a version as the service tells it is what the program makes of the frozen document.
async fn ranking_is_of_the_document(office: &User<'_>, competition: &Competition, number: i32) {
    let at = format!("/api/v1/competitions/{}/tallies/{number}", competition.id);
    let document = office.get(&at).await;
    assert_eq!(office.get(&format!("{at}/ranking")).await.ok()["result"], ranked_text(&document.text));
}

/// A competition from the call to the announced winners.
async fn from_the_call_to_the_winners(app: &App) -> Competition {
    let competition = at_scoring(app, review_settings()).await;
    for (application, region) in competition.applications.iter().zip(REGIONS) {
        inspected(app, application, region, |_| ()).await;
    }
    all_signed(app, &competition).await;
    reads_what_is_stored(app, &competition).await;
    app.at("2026-07-01T09:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition.id, "selection").await;
    confirm(app, &competition, 1).await;
    let at = format!("/api/v1/competitions/{}", competition.id);
    let bonus = json!({ "entries": [{ "key": "key_tech", "value": "1", "basis": "验收文件" }] });
    let path = format!("/api/v1/applications/{}/adjustments", competition.applications[0]);
    office.over("PUT", &path, &json!(0), bonus).await.ok();
    office.post(&format!("{at}/tallies"), json!({ "reason": "加分" })).await.ok();
    confirm(app, &competition, 2).await;
    reads_what_is_stored(app, &competition).await;
    office.post(&format!("{at}/selections"), json!({ "meeting": meeting() })).await.ok();
    office.post(&format!("{at}/notices"), notice("2026-07-02")).await.ok();
    app.at("2026-07-09T09:00:00+08:00");
    app.known(Role::Office, None).await.post(&format!("{at}/announcements"), announcement()).await.ok();
    competition
}

async fn is_announced(app: &App, competition: &Competition) {
    let stored =
        app.public().get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await.ok();
    assert_eq!(text(&stored["document"]), "公告〔2026〕1号");
    reads_what_is_stored(app, competition).await;
}

on_both! {
    async fn a_ranking_never_comes_from_a_tally_that_was_undone(app) {
        let competition = closed(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        {
            let _failing = FailingCommits::on(&app);
            let steps = vec![
                Step::Bonus("1", 0), Step::Tally("甲"), Step::Bonus("0.4", 1), Step::Tally("乙"), Step::Tally("丙"),
            ];
            let outcomes = together(&app, &office, &competition, steps).await;
            assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
        }
        assert_eq!(office.get(&format!("/api/v1/competitions/{}/tallies", competition.id)).await.all().as_array().unwrap().len(), 1);
        let outcomes = together(&app, &office, &competition, vec![Step::Bonus("0.7", 0), Step::Tally("丁")]).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        let outcomes = together(&app, &office, &competition, vec![Step::Bonus("0.9", 1), Step::Tally("戊")]).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        for number in 1..=3 {
            ranking_is_of_the_document(&office, &competition, number).await;
        }
        reads_what_is_stored(&app, &competition).await;
    }

    async fn a_correction_of_settings_or_reference_data_that_was_undone_holds_nowhere(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let now = office.get(&at).await.ok();
        let corrected = |most: &str, title: &str| {
            let mut settings = now["settings"].clone();
            let adjustments = settings["rubric"]["adjustments"].as_array_mut().unwrap();
            adjustments.iter_mut().find(|one| one["key"] == "key_tech").unwrap()["max"] = json!(most);
            settings["title"] = json!(title);
            json!({ "settings": settings, "reason": "笔误" })
        };
        let import = |name: &str| json!({
            "base_version": 1, "reason": "苏工信〔2026〕1号",
            "table": "chains", "csv": format!("cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note\n1,{name},1,特高压设备,yes,yes,\n"),
        });
        let corrections = format!("{at}/corrections");
        let correct = |body: Value| office.over("POST", &corrections, &now["revision"], body);
        {
            let _failing = FailingCommits::on(&app);
            assert_eq!(correct(corrected("40", "撤销的")).await.status, 500);
            assert_eq!(office.post("/api/v1/catalogues", import("撤销的")).await.status, 500);
        }
        correct(corrected("1.5", "留下的")).await.ok();
        office.post("/api/v1/catalogues", import("留下的")).await.ok();
        let chains = app.public().get("/api/v1/chains").await.ok();
        assert_eq!(chains["catalogue"]["clusters"][0]["name"], "留下的");
        let path = format!("/api/v1/applications/{}/adjustments", competition.applications[0]);
        let bonus = |value: &str| json!({ "entries": [{ "key": "key_tech", "value": value, "basis": "验收文件" }] });
        office.over("PUT", &path, &json!(0), bonus("40")).await.invalid();
        office.over("PUT", &path, &json!(0), bonus("1.5")).await.ok();
        reads_what_is_stored(&app, &competition).await;
    }

    /// From the call to the announced winners each act is first undone by its own COMMIT, and then done.
    async fn a_competition_whose_every_act_fails_once_at_its_commit_is_what_is_stored(app) {
        app.every_first_commit_fails.store(true, Ordering::Relaxed);
        let competition = from_the_call_to_the_winners(&app).await;
        app.every_first_commit_fails.store(false, Ordering::Relaxed);
        is_announced(&app, &competition).await;
    }

    /// From the call to the announced winners each act is asked for twice under one key.
    async fn a_competition_whose_every_act_is_asked_for_twice_is_as_if_once(app) {
        app.everything_is_sent_twice.store(true, Ordering::Relaxed);
        let competition = from_the_call_to_the_winners(&app).await;
        app.everything_is_sent_twice.store(false, Ordering::Relaxed);
        is_announced(&app, &competition).await;
    }
}
