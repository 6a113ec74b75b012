//! Those who keep a copy: exports are what single reads give, and whoever follows the changes has at the end what a fresh
//! read gives, whatever their role.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, join_all};
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::machines::machine;
use super::support::app::{App, User, on_both};
use super::support::review::{objected, on_notice, review_settings};
use super::support::story::{
    BIOMEDICINE, KUNSHAN, NANTONG, SUZHOU, SUZHOU_PARK, called, draft, submitted, write,
};
use super::support::text;

/// Applications by their identifiers, each as an export has it.
type Mirror = BTreeMap<String, Value>;

/// The competitions and applications of an export.
async fn exported(user: &User<'_>, competition: &str) -> Mirror {
    let answer = user.get(&format!("/api/v1/competitions/{competition}/export")).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/x-ndjson"));
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        (text(&line["id"]).to_owned(), line)
    };
    answer.text.lines().map(line).collect()
}

/// What is read of an application by itself; none where that is refused.
async fn read_alone(user: &User<'_>, application: &str) -> Option<Value> {
    let part = async |rest: &str| {
        let answer = user.get(&format!("/api/v1/applications/{application}{rest}")).await;
        if answer.status == 200 { answer.body } else { Value::Null }
    };
    let mut line = part("").await;
    if line.is_null() {
        return None;
    }
    line["sheets"] = part("/sheets").await["items"].take();
    for name in ["checks", "inspection", "result"] {
        line[name] = part(&format!("/{name}")).await;
    }
    Some(line)
}

/// Somebody who keeps a copy.
struct Follower<'a> {
    user: User<'a>,
    cursor: Option<String>,
    mirror: Mirror,
    told: usize,
}

impl<'a> Follower<'a> {
    async fn new(app: &'a App, role: &str, regions: &[&str]) -> Self {
        let groups = ["applications", "competitions", "changes"]
            .map(|group| json!({ "group": group, "access": "read" }));
        let name = format!("follows-{}-{}", role.replace('_', "-"), regions.first().unwrap_or(&"0"));
        let (_, user) = machine(app, &name, role, json!({ "groups": groups, "region_codes": regions })).await;
        Self { user, cursor: None, mirror: Mirror::new(), told: 0 }
    }

    /// Reads what changed and then what that is now. Whether there was anything.
    async fn follow(&mut self) -> bool {
        let after = self.cursor.as_ref().map_or_else(String::new, |cursor| format!("&after={cursor}"));
        let changes = self.user.get(&format!("/api/v1/changes?limit=20{after}")).await.ok();
        let items = changes["items"].as_array().unwrap();
        let competitions: BTreeSet<&str> = items
            .iter()
            .filter(|item| item["whole"] == true)
            .map(|item| text(&item["competition_id"]))
            .collect();
        for competition in &competitions {
            self.mirror.retain(|_, line| line["competition_id"] != **competition);
            self.mirror.extend(exported(&self.user, competition).await);
        }
        let single = items.iter().filter(|item| !competitions.contains(text(&item["competition_id"])));
        let single: BTreeSet<&str> = single.filter_map(|item| item["application_id"].as_str()).collect();
        for application in single {
            match read_alone(&self.user, application).await {
                Some(line) => self.mirror.insert(application.to_owned(), line),
                None => self.mirror.remove(application),
            };
        }
        self.told += items.len();
        self.cursor = Some(text(&changes["next_cursor"]).to_owned());
        !items.is_empty()
    }
}

on_both! {
    /// From before there is anything until the list is on notice, five of them follow at once.
    async fn who_follows_from_nothing_has_what_a_fresh_read_gives(app) {
        let mut followers = vec![
            Follower::new(&app, "office", &[]).await,
            Follower::new(&app, "supervisor", &[]).await,
            Follower::new(&app, "applicant", &[SUZHOU_PARK]).await,
            Follower::new(&app, "applicant", &[KUNSHAN]).await,
            Follower::new(&app, "city_reviewer", &[SUZHOU]).await,
        ];
        let done = Cell::new(false);
        let story = async {
            let competition = on_notice(&app, review_settings()).await;
            done.set(true);
            competition
        };
        let following = async {
            while !done.get() {
                for follower in &mut followers {
                    follower.follow().await;
                }
            }
            followers
        };
        let (competition, mut followers) = join(story, following).await;
        let seen = [3, 3, 1, 1, 2];
        for (follower, seen) in followers.iter_mut().zip(seen) {
            while follower.follow().await {}
            let fresh = exported(&follower.user, &competition.id).await;
            assert_eq!(fresh.len(), seen, "{}", follower.user.name);
            assert!(fresh == follower.mirror, "{}", follower.user.name);
            assert!(follower.told > 10, "{} was told {}", follower.user.name, follower.told);
            // A line is what is read of the application by itself.
            for (application, line) in &fresh {
                assert_eq!(read_alone(&follower.user, application).await.as_ref(), Some(line));
            }
        }
        let sheets = |follower: &Follower<'_>| follower.mirror.values().filter(|line| line["sheets"].is_array()).count();
        assert_eq!(followers.iter().map(sheets).collect::<Vec<_>>(), [3, 3, 0, 0, 0]);
        let results = |follower: &Follower<'_>| follower.mirror.values().filter(|line| line["result"].is_object()).count();
        assert_eq!(followers.iter().map(results).collect::<Vec<_>>(), [3, 3, 1, 1, 0]);
    }

    /// However many write at once and however few are asked for at a time, each change is told once, in the order of the trail.
    async fn who_follows_misses_nothing_while_many_write(app) {
        let competition = called(&app).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let lead = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        let other = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let applications = [draft(&lead, &competition, BIOMEDICINE).await, draft(&other, &competition, BIOMEDICINE).await];
        let latest = supervisor.get("/api/v1/changes?after=latest").await.ok();
        assert_eq!((&latest["items"], &latest["more"]), (&json!([]), &json!(false)));
        let mut cursor = text(&latest["next_cursor"]).to_owned();
        let done = Cell::new(false);
        let writing = async {
            let sections = ["status", "chain", "problems", "goals", "guarantee"];
            let all = sections.iter().flat_map(|section| [(&lead, &applications[0], section), (&other, &applications[1], section)]);
            let all = all.map(|(user, application, section)| async move {
                let path = format!("/api/v1/applications/{application}/parts/section.{section}");
                for revision in 0..4 {
                    let content = json!({ "text": format!("第{revision}稿") });
                    user.over("PUT", &path, &json!(revision), content).await.ok();
                }
            });
            join_all(all).await;
            done.set(true);
        };
        let following = async {
            let mut told = Vec::new();
            loop {
                let last = done.get();
                let changes = supervisor.get(&format!("/api/v1/changes?limit=3&after={cursor}")).await.ok();
                let items = changes["items"].as_array().unwrap().clone();
                text(&changes["next_cursor"]).clone_into(&mut cursor);
                assert!(items.len() == 3 || changes["more"] == false);
                if items.is_empty() && last {
                    return told;
                }
                told.extend(items.into_iter().map(|item| text(&item["application_id"]).to_owned()));
            }
        };
        let ((), told) = join(writing, following).await;
        let path = format!("/api/v1/audit?competition_id={competition}&action=application.change&outcome=done&limit=100");
        let trail = supervisor.get(&path).await.all();
        let trail: Vec<String> = trail.as_array().unwrap().iter().map(|event| text(&event["event"]["object"]).replace("application/", "")).collect();
        assert_eq!(trail.len(), 40);
        assert_eq!(told, trail);
    }

    async fn a_place_that_is_not_there_is_told_so_and_drafts_and_leads_are_not_told_to_the_office(app) {
        let office = app.sign_in(Role::Office, None).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        office.get("/api/v1/changes?after=x").await.refused(400, "bad_cursor");
        let nowhere = format!("AQ{}", "A".repeat(43));
        let nowhere = &nowhere[..44];
        office.get(&format!("/api/v1/changes?after={nowhere}")).await.refused(410, "cursor_gone");
        let competition = called(&app).await;
        let lead = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        let rival = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let application = draft(&lead, &competition, BIOMEDICINE).await;
        write(&lead, &application, "section.status", json!({ "text": "草稿" })).await;
        let told = async |user: &User<'_>| {
            let changes = user.get("/api/v1/changes?limit=100").await.ok();
            let about = |item: &Value| (text(&item["kind"]).to_owned(), text(&item["act"]).to_owned());
            changes["items"].as_array().unwrap().iter().map(about).collect::<Vec<_>>()
        };
        let drafts = |told: &[(String, String)]| told.iter().filter(|(kind, _)| kind == "application").count();
        assert_eq!(drafts(&told(&lead).await), 2);
        assert_eq!(drafts(&told(&supervisor).await), 2);
        assert_eq!((drafts(&told(&office).await), drafts(&told(&rival).await)), (0, 0));
        // Once it is submitted the office is told from its beginning.
        submitted(&app, &competition, NANTONG, 5).await;
        assert!(drafts(&told(&office).await) > 5);
        assert_eq!(drafts(&told(&lead).await), 2);
        let reviewer = app.sign_in(Role::CityReviewer, Some(SUZHOU)).await;
        assert_eq!(drafts(&told(&reviewer).await), 0);
    }

    async fn a_lead_is_told_to_supervisors_alone(app) {
        let competition = on_notice(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let supervisor = app.known(Role::Supervisor, None).await;
        objected(&app, &competition, &competition.applications[0]).await;
        let lead = json!({
            "application_id": competition.applications[0],
            "content": { "kind": "facts", "text": "一条匿名线索，说明情况" },
        });
        app.public().post(&format!("/api/v1/competitions/{}/objections", competition.id), lead).await.ok();
        let told = async |user: &User<'_>| {
            let mut count = 0;
            let mut after = String::new();
            loop {
                let changes = user.get(&format!("/api/v1/changes?limit=100{after}")).await.ok();
                count += changes["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "objection").count();
                after = format!("&after={}", text(&changes["next_cursor"]));
                if changes["more"] == false {
                    return count;
                }
            }
        };
        assert_eq!((told(&office).await, told(&supervisor).await), (1, 2));
    }
}
