//! Statistics: each figure is worked out again by hand from what the API tells elsewhere.

use std::str::FromStr;

use num_bigint::BigInt;
use num_rational::Ratio;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::announcements::announced;
use super::spreadsheets::{must_say, workbook};
use super::support::app::{User, on_both};
use super::support::browser::Browser;
use super::support::review::{Competition, review_settings};
use super::support::story::{KUNSHAN, SUZHOU, SUZHOU_PARK};
use super::support::text;

type Fraction = Ratio<BigInt>;

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn fraction(text: &str) -> Fraction {
    match text.split_once('.') {
        Some((whole, part)) => {
            let scale = BigInt::from(10).pow(u32::try_from(part.len()).unwrap());
            Fraction::new(BigInt::from_str(&format!("{whole}{part}")).unwrap(), scale)
        }
        None => Fraction::from_str(text).unwrap(),
    }
}

/// To two places, halves to even.
fn rounded(value: &Fraction) -> String {
    let hundred = value * BigInt::from(100);
    let (floor, half) = (hundred.floor(), Fraction::new(1.into(), 2.into()));
    let odd = floor.to_integer() % BigInt::from(2) != BigInt::from(0);
    let rest = &hundred - &floor;
    let up = rest > half || (rest == half && odd);
    let scaled = floor.to_integer() + BigInt::from(u8::from(up));
    format!("{}.{:0>2}", &scaled / BigInt::from(100), (&scaled % BigInt::from(100)).to_string())
}

fn mean<'a>(values: impl IntoIterator<Item = &'a Fraction>) -> Fraction {
    let values: Vec<&Fraction> = values.into_iter().collect();
    values.iter().copied().sum::<Fraction>() / BigInt::from(values.len())
}

fn row<'a>(statistics: &'a Value, by: &str, key: &str) -> &'a Value {
    let found = list(&statistics["rows"]).iter().find(|row| row["by"] == by && row["key"] == key);
    found.unwrap_or_else(|| panic!("no row by {by} of {key}"))
}

/// The total of an application by the ranking.
async fn total(office: &User<'_>, competition: &Competition, application: &str) -> String {
    let at = format!("/api/v1/competitions/{}/tallies/1/ranking", competition.id);
    let ranking = office.get(&at).await.ok();
    let standings = list(&ranking["result"]["groups"]).iter().flat_map(|group| list(&group["standings"]));
    let own = standings.clone().find(|standing| standing["application"] == application);
    text(&own.unwrap()["score"]).to_owned()
}

async fn losses_are_means_over_the_ranked(office: &User<'_>, competition: &Competition, statistics: &Value) {
    let mut lost: Vec<Vec<Fraction>> = Vec::new();
    for application in &competition.applications {
        let result = office.get(&format!("/api/v1/applications/{application}/result")).await.ok();
        let criteria = list(&result["derivation"]["criteria"]);
        let indicators = criteria.iter().flat_map(|criterion| list(&criterion["indicators"]));
        for (at, indicator) in indicators.enumerate() {
            let amount = |member: &str| Fraction::from_str(text(&indicator[member]["fraction"])).unwrap();
            lost.resize_with(lost.len().max(at + 1), Vec::new);
            lost[at].push(amount("coefficient") - amount("points"));
        }
    }
    let told = list(&statistics["indicators"]);
    assert_eq!(told.len(), lost.len());
    for (told, lost) in told.iter().zip(&lost) {
        assert_eq!(told["lost"], rounded(&mean(lost)), "{told}");
    }
    assert!(told.iter().any(|told| told["lost"] != "0.00"));
}

on_both! {
    async fn figures_are_those_of_the_ranking_and_the_announcement(app) {
        let mut settings = review_settings();
        settings["rules"]["awards"][0]["quota"] = json!(1);
        let competition = announced(&app, settings).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}/statistics", competition.id);
        let statistics = office.get(&at).await.ok();
        assert_eq!((&statistics["before"], &statistics["tally_number"]), (&Value::Null, &json!(1)));
        let mut totals = Vec::new();
        for application in &competition.applications {
            totals.push(fraction(&total(&office, &competition, application).await));
        }
        // 苏州 has two of the three, 南通 one; two are of chain 21.
        let announcement = app.public().get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await.ok();
        let won = list(&announcement["winners"]).len();
        let cases = [
            ("competition", competition.id.as_str(), vec![0, 1, 2]),
            ("city", SUZHOU, vec![0, 2]),
            ("city", "320600", vec![1]),
            ("chain", "21", vec![0, 1]),
            ("chain", "5", vec![2]),
        ];
        for (by, key, of) in cases {
            let row = row(&statistics, by, key);
            for member in ["applied_count", "recommended_count", "accepted_count", "inspected_count", "ranked_count"] {
                assert_eq!(row[member], of.len(), "{by} {key} {member}");
            }
            let own: Vec<&Fraction> = of.iter().map(|at| &totals[*at]).collect();
            assert_eq!(row["mean"], rounded(&mean(own.clone())), "{by} {key}");
            assert_eq!(row["lowest"], rounded(own.iter().min().unwrap()), "{by} {key}");
            assert_eq!(row["highest"], rounded(own.iter().max().unwrap()), "{by} {key}");
        }
        assert_eq!(row(&statistics, "competition", &competition.id)["winner_count"], won);
        losses_are_means_over_the_ranked(&office, &competition, &statistics).await;
        // The cells are what the API says.
        let sheets = workbook(&office.get(&format!("{at}?format=xlsx")).await);
        for (cells, row) in sheets["数量与得分"].iter().zip(list(&statistics["rows"])) {
            must_say(cells, &[
                ("编号或代码", &row["key"]), ("名称", &row["name"]), ("申报数", &row["applied_count"]), ("推荐数", &row["recommended_count"]),
                ("受理数", &row["accepted_count"]), ("考察数", &row["inspected_count"]), ("排名数", &row["ranked_count"]), ("入选数", &row["winner_count"]),
                ("平均分", &row["mean"]), ("最低总分", &row["lowest"]), ("最高总分", &row["highest"]), ("申报数比上届", &Value::Null),
            ]);
        }
        for (cells, loss) in sheets["各指标平均失分"].iter().zip(list(&statistics["indicators"])) {
            must_say(cells, &[
                ("所属标准", &loss["criterion"]), ("指标", &loss["name"]), ("满分", &loss["possible"]), ("平均失分", &loss["lost"]),
            ]);
        }
        assert_eq!(sheets["数量与得分"].len(), list(&statistics["rows"]).len());
        // The page tells them, with charts.
        app.known(Role::Supervisor, None).await;
        let browser = Browser::of(&app, "supervisor-0").await;
        let page = browser.get(&format!("/competitions/{}/statistics", competition.id)).await;
        assert!(page.html.contains(text(&row(&statistics, "city", SUZHOU)["mean"])), "{}", page.html);
        assert!(page.html.contains("<figure class=\"chart\"") && page.html.contains("format=xlsx"));
        // Nobody else may know.
        for (role, region) in [(Role::Applicant, Some(SUZHOU_PARK)), (Role::CityReviewer, Some(SUZHOU)), (Role::Admin, None)] {
            app.known(role, region).await.get(&at).await.refused(403, "not_your_role");
        }
        app.public().get(&at).await.refused(401, "log_in_first");
    }

    async fn the_next_competition_is_compared_with_the_last_announced(app) {
        let first = announced(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let mut settings = review_settings();
        settings["title"] = json!("下一届");
        let next = office.post("/api/v1/competitions", settings).await.ok();
        let statistics = office.get(&format!("/api/v1/competitions/{}/statistics", text(&next["id"]))).await.ok();
        assert_eq!(statistics["before"]["competition_id"], first.id);
        assert_eq!((&statistics["tally_number"], &statistics["indicators"]), (&Value::Null, &json!([])));
        let suzhou = row(&statistics, "city", SUZHOU);
        assert_eq!((&suzhou["applied_count"], &suzhou["mean"]), (&json!(0), &Value::Null));
        assert_eq!((&suzhou["change"]["applied_count"], &suzhou["change"]["mean"]), (&json!(-2), &Value::Null));
        let before = row(&statistics, "competition", &first.id);
        assert_eq!((&before["applied_count"], &before["change"]), (&json!(3), &Value::Null));
        // A member region has no row of its own: its city has.
        assert!(list(&statistics["rows"]).iter().all(|row| row["key"] != KUNSHAN));
    }

    async fn the_public_learns_of_counts_what_the_announcement_says(app) {
        let mut settings = review_settings();
        settings["rules"]["awards"][0]["quota"] = json!(1);
        settings["disclosure"] = json!("winners");
        let competition = announced(&app, settings).await;
        let public = app.public();
        let counts = public.get(&format!("/data/editions/{}/statistics.json", competition.id)).await.ok();
        let announcement = public.get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await.ok();
        for by in ["city", "cluster", "chain"] {
            let rows = list(&counts["rows"]).iter().filter(|row| row["counted_by"] == by);
            let won: u64 = rows.clone().map(|row| row["winner_count"].as_u64().unwrap()).sum();
            assert_eq!(usize::try_from(won).unwrap(), list(&announcement["winners"]).len(), "{by}");
            assert!(rows.clone().all(|row| row["ranked_count"].is_null() && row["winner_count"] != 0), "{by}");
        }
    }
}
