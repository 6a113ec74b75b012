//! Examples of requests and answers, taken from stories that run them: `api-spec/examples`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{fs, thread};

use futures_util::future::LocalBoxFuture;
use qianglian::actions::second_factor::Protection;
use qianglian::domain::access::Role;
use qianglian::http::openapi;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::app::{App, On, PASSWORD, on_both};
use super::support::authenticator::Authenticator;
use super::support::recorder::{Exchange, Recorder};
use super::support::review::{objected, on_notice, review_settings, serving};
use super::support::story::{
    BIOMEDICINE, NANTONG, SUZHOU, SUZHOU_PARK, called, check, close_applications, move_to, recommend,
    submitted,
};
use super::support::text;

type Story = fn(App) -> LocalBoxFuture<'static, ()>;

macro_rules! stories {
    ($($($of:ident)::+)*) => { [$(|app| Box::pin(super::$($of)::+(app))),*] };
}

/// The stories that are recorded. An operation shows what the first of them asks that is short and no list of nothing.
const STORIES: &[Story] = &stories![
    lifecycle::a_competition_goes_from_call_to_announced_winners::story
    accounts::the_first_administrator_is_made_by_the_printed_code::story
    issued::what_was_issued_is_kept_as_it_was::story
    accounts::the_owner_is_told_what_was_done_to_the_account_until_acknowledged::story
    accounts::a_table_opens_and_changes_accounts_and_its_export_changes_nothing::story
    accounts::links_that_wait_are_listed_and_confirmed_or_turned_down::story
    account_keeping::owners_say_how_they_are_reached_and_stand_by_what_they_enter::story
    account_keeping::all_who_have_not_come_get_new_codes_in_one_act::story
    account_keeping::a_forgotten_password_is_helped_by_mail_where_the_office_allows_it::story
    account_keeping::several_codes_are_confirmed_together_or_none::story
    sessions::a_refresh_token_is_used_once_and_its_reuse_ends_the_session::story
    sessions::changing_a_password_needs_the_old_one_and_ends_other_sessions::story
    second_factor::who_has_lost_it_gets_a_link_that_a_second_person_confirms::story
    second_factor::a_recovery_code_does_once_and_new_ones_make_the_old_void::story
    machines::a_token_works_once_another_administrator_confirmed_it_and_until_it_is_revoked::story
    webhooks::what_changes_is_told_signed_and_in_order_once_two_have_agreed::story
    webhooks::what_was_told_can_be_told_again::story
    webhooks::while_the_secret_changes_both_sign::story
    webhooks::who_wants_no_more_is_told_no_more_and_so_is_whoever_was_revoked::story
    jumps::a_person_says_with_a_reason_that_the_clock_is_right::story
    data::a_zone_that_the_catalogue_lacks_is_added_by_itself::story
    data::a_calendar_of_working_days_is_imported_the_same_way::story
    competitions::the_template_of_settings_makes_a_competition_as_it_stands::story
    competitions::a_draft_is_the_offices_own_until_it_is_called::story
    competitions::the_call_freezes_the_settings_and_a_correction_says_what_it_changes::story
    competitions::a_deadline_becomes_later_only_with_a_reason::story
    applications::a_region_leads_one_application_for_a_chain::story
    recommendations::an_application_is_sent_back_with_reasons_and_comes_again::story
    recommendations::a_list_is_sealed_once_and_after_the_applications::story
    draws::nothing_is_opened_before_the_declaration_nor_after_a_recusal::story
    draws::a_draw_goes_in_order_and_anyone_can_draw_again::story
    draws::a_table_of_experts_is_imported_whole_or_not_at_all::story
    part_tables::figures_and_firms_go_out_as_tables_and_come_back::story
    part_tables::an_expert_fills_in_sheets_without_a_network::story
    photos::those_who_judge_see_a_photograph_and_those_who_inspect_where_and_when_it_was_taken::story
    archives::only_the_office_archives_and_only_it_and_supervisors_have_the_archive::story
    inspections::a_finding_is_put_right_and_checked_again::story
    inspections::the_applicant_comments_in_time_and_a_reopening_makes_another_version::story
    inspection_plans::many_inspections_are_planned_in_one_act_that_is_shown_first::story
    inspection_plans::the_plan_goes_out_as_a_workbook_and_comes_back::story
    inspections::what_the_party_refuses_the_team_states::story
    inspections::a_value_above_the_claim_scores_only_with_consent::story
    check_lots::drafts_are_told_to_nobody_and_issued_together::story
    check_lots::drafts_go_out_as_a_workbook_and_come_back::story
    inquiries::one_letter_asks_for_all_and_one_reply_answers_it::story
    sheets::a_draft_is_saved_signed_once_and_corrected_with_a_reason::story
    sheets::a_sheet_signed_on_paper_is_entered_by_two_people::story
    mail::a_letter_is_tried_again_given_up_or_left_to_a_person::story
    reopenings::one_proposes_another_opens_and_the_deadline_is_to_come::story
    reopenings::the_tally_that_closing_had_frozen_stays_and_the_next_closing_makes_another::story
    selections::a_tally_is_confirmed_by_another_and_corrected_only_by_a_further_version::story
    objections::what_comes_by_letter_is_registered_and_due_from_the_day_on_which_it_came::story
    objections::an_objection_is_filed_by_name_followed_by_its_code_and_decided::story
    objections::an_open_objection_holds_back_its_own_name_alone::story
    objections::a_code_that_was_mailed_shows_that_whoever_objects_is_reached::story
    objections::what_is_anonymous_is_a_lead_for_the_supervisors_alone::story
    objections::forged_objections_hold_no_name_back_and_true_ones_are_not_lost::story
    objections::a_recheck_is_about_arithmetic_or_procedure_and_is_answered_first::story
    announcements::a_title_is_reported_on_renewed_and_revoked::story
    announcements::an_erratum_supersedes_and_erases_nothing::story
    examples::a_rejection_is_taken_back
    examples::people_prove_who_they_are
    examples::all_that_is_there_is_read
];

/// Operations without an example of what is JSON, with the reason.
const WITHOUT: &[(&str, &str)] = &[(
    "linkMyPlatform",
    "only where there is a platform, and it leads a browser there: tests/it/platform.rs",
)];

/// The most that a request or an answer takes.
const MOST: usize = 4_096;

/// What is cut from what is long, until it fits: lists to so many entries, texts to so many characters.
const CUTS: [(usize, usize); 4] = [(2, 200), (usize::MAX, usize::MAX), (1, 80), (1, 30)];

/// Members whose texts are secrets, of whatever operation, or mean nothing to whoever reads them.
const SECRETS: &[&str] = &[
    "access_token",
    "attestation",
    "authenticator_data",
    "challenge",
    "client_data",
    "credential_id",
    "cursor",
    "link_token",
    "mailed_code",
    "message_id",
    "new_password",
    "next_cursor",
    "old_password",
    "password",
    "recovery_code",
    "recovery_codes",
    "refresh_token",
    "secret",
    "signature",
    "ticket",
    "token",
];

/// Members that tell of the machine or of the release, and what they are in examples.
const FIGURES: &[(&str, u64)] = &[("committed", 100), ("free", 64_000_000_000), ("statement_count", 1_000)];
const VERSIONS: &[&str] = &["api_version", "program_version"];

/// An operation of the description.
struct Operation {
    id: String,
    pattern: String,
    method: String,
    takes: bool,
    /// The status of an answer of JSON.
    gives: Option<u16>,
}

impl Operation {
    fn says_something(&self) -> bool {
        self.takes || self.gives.is_some()
    }
}

fn api() -> &'static Value {
    static API: OnceLock<Value> = OnceLock::new();
    API.get_or_init(openapi)
}

fn operations() -> Vec<Operation> {
    let api = api();
    let mut all = Vec::new();
    for (pattern, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters")
        {
            let answers = operation["responses"].as_object().unwrap();
            let of_json = |status: &&str| !answers[*status]["content"]["application/json"].is_null();
            let gives =
                ["200", "201"].into_iter().filter(|status| answers.contains_key(*status)).find(of_json);
            all.push(Operation {
                id: text(&operation["operationId"]).to_owned(),
                pattern: pattern.clone(),
                method: method.to_uppercase(),
                takes: !operation["requestBody"]["content"]["application/json"].is_null(),
                gives: gives.map(|status| status.parse().unwrap()),
            });
        }
    }
    all
}

/// Runs the stories beside one another; what they did, in their order.
fn exchanges() -> Vec<Exchange> {
    let run = |story: &'static Story| {
        let recorder = Recorder::default();
        let kept = Arc::clone(&recorder);
        actix_web::rt::System::new().block_on(async move {
            // At a public address, which passkeys need.
            let mut app = super::passkeys::public(On::Sqlite, Protection::default()).await;
            app.recorder = Some(kept);
            story(app).await;
        });
        std::mem::take(&mut *recorder.lock().unwrap())
    };
    let running: Vec<_> = STORIES
        .chunks(STORIES.len().div_ceil(2))
        .map(|half| thread::spawn(move || half.iter().flat_map(run).collect::<Vec<Exchange>>()))
        .collect();
    running.into_iter().flat_map(|half| half.join().expect("the stories go well")).collect()
}

async fn a_rejection_is_taken_back(app: App) {
    let competition = called(&app).await;
    let application = submitted(&app, &competition, NANTONG, BIOMEDICINE).await;
    close_applications(&app).await;
    recommend(&app, &competition, NANTONG, &[&application]).await;
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition, "checking").await;
    check(&office, &application, "rejected", &["seal"]).await;
    let second = app.known_as("office-2", Role::Office, None).await;
    let path = format!("/api/v1/applications/{application}");
    let now = second.get(&path).await.ok();
    let because = json!({ "reason": "公章在扫描件第三页，看漏了" });
    second.over("POST", &format!("{path}/checks/formal/revocation"), &now["revision"], because).await.ok();
}

async fn people_prove_who_they_are(app: App) {
    let office = app.sign_in(Role::Office, None).await;
    office.post("/api/v1/me/reauthentication", json!({ "password": PASSWORD })).await.ok();
    super::passkeys::add(&office, &Authenticator::es256(), |_| ()).await.ok();
}

/// Somebody of each role reads whatever can be read once a list is on notice.
async fn all_that_is_there_is_read(app: App) {
    let competition = on_notice(&app, review_settings()).await;
    objected(&app, &competition, &competition.applications[2]).await;
    let mut known = BTreeMap::from([
        ("competition_id".to_owned(), json!(competition.id)),
        ("application_id".to_owned(), json!(competition.applications[0])),
        ("city_code".to_owned(), json!(SUZHOU)),
        ("part".to_owned(), json!("profile")),
        ("number".to_owned(), json!(1)),
        ("version".to_owned(), json!(1)),
    ]);
    let mut users = vec![app.public()];
    for role in [Role::Office, Role::Supervisor, Role::Admin] {
        users.push(app.known(role, None).await);
    }
    users.push(app.known(Role::Applicant, Some(SUZHOU_PARK)).await);
    users.push(app.known(Role::CityReviewer, Some(SUZHOU)).await);
    users.push(app.known_as(&serving(&app, &competition).await[0], Role::Expert, None).await);
    let mut reads: Vec<Operation> =
        operations().into_iter().filter(|operation| operation.method == "GET").collect();
    // Lists lead to what stands in them.
    reads.sort_by_key(|operation| operation.pattern.ends_with('}'));
    for operation in reads {
        let Some(path) = filled(&operation.pattern, &known) else { continue };
        for user in &users {
            let answer = user.get(&path).await;
            if answer.status == 200 && answer.body["items"] != json!([]) {
                let id = &answer.body["items"][0]["id"];
                let many = operation.pattern.rsplit('/').next().unwrap().replace('-', "_");
                if !id.is_null() {
                    known.entry(format!("{}_id", many.trim_end_matches('s'))).or_insert_with(|| id.clone());
                }
                break;
            }
        }
    }
}

/// A path with what is known in the place of its names.
fn filled(pattern: &str, known: &BTreeMap<String, Value>) -> Option<String> {
    let segments = pattern.split('/').map(|segment| {
        let Some(name) = segment.strip_prefix('{') else { return Some(segment.to_owned()) };
        let value = known.get(name.trim_end_matches('}'))?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    });
    Some(segments.collect::<Option<Vec<String>>>()?.join("/"))
}

/// The example of each operation that has one.
fn recorded() -> BTreeMap<String, Value> {
    let exchanges = exchanges();
    let example = |operation: &Operation| {
        let of_it = |exchange: &&Exchange| {
            exchange.method == operation.method
                && exchange.pattern == operation.pattern
                && Some(exchange.status) == operation.gives.or(Some(204))
                && exchange.request.is_null() != operation.takes
        };
        let fits = schema_of(operation);
        let mut shown = exchanges
            .iter()
            .filter(of_it)
            .filter_map(|exchange| shown(operation, &fits, exchange))
            .peekable();
        // The first, unless it is a list of nothing and another is not.
        let first = shown.peek()?.clone();
        let best = shown.find(|example| example["answer"]["body"]["items"] != json!([])).unwrap_or(first);
        Some((operation.id.clone(), best))
    };
    operations().iter().filter(|operation| operation.says_something()).filter_map(example).collect()
}

/// An exchange as an example: short, and plainly nobody's; none where it can't be made short.
fn shown(operation: &Operation, fits: &Fits, exchange: &Exchange) -> Option<Value> {
    let part = |value: &Value, name: &str| {
        let cuts = CUTS.into_iter().map(|(entries, characters)| {
            let mut value = value.clone();
            cut(&mut value, entries, characters);
            value
        });
        cuts.filter(|value| value.to_string().len() <= MOST).find(|value| fits(name, value).is_ok())
    };
    let mut example = json!({});
    if operation.takes {
        example["request"] = part(&exchange.request, "request")?;
    }
    if operation.gives.is_some() {
        example["answer"] = json!({ "status": exchange.status, "body": part(&exchange.answer, "answer")? });
    }
    Some(nobodys(example))
}

fn cut(value: &mut Value, entries: usize, characters: usize) {
    match value {
        Value::Array(list) => {
            list.truncate(entries);
            for one in list {
                cut(one, entries, characters);
            }
        }
        Value::Object(members) => members.values_mut().for_each(|one| cut(one, entries, characters)),
        Value::String(long) if long.chars().count() > characters => {
            *long = long.chars().take(characters).chain(['…']).collect();
        }
        _ => {}
    }
}

/// Secrets, identifiers and digests that are plainly made up, numbered as they come.
fn nobodys(mut example: Value) -> Value {
    let mut secrets = BTreeSet::new();
    find_secrets(&example, "", &mut secrets);
    for code in [&example["request"]["code"], &example["answer"]["body"]["code"]] {
        secrets.extend(code.as_str().map(|code| (code.to_owned(), "code".to_owned())));
    }
    settle(&mut example);
    let mut whole = example.to_string();
    for (secret, name) in secrets {
        whole = whole.replace(&secret, &format!("fictional-{}", name.replace('_', "-")));
    }
    // Receivers of webhooks listen on whatever port is free.
    let parts = whole.split("127.0.0.1:").enumerate();
    let parts = parts
        .map(|(n, part)| if n == 0 { part } else { part.trim_start_matches(|c: char| c.is_ascii_digit()) });
    let whole = parts.collect::<Vec<&str>>().join("receiver.example.org");
    let mut known: Vec<String> = Vec::new();
    let mut made = String::new();
    let mut rest = whole.as_str();
    while let Some(one) = rest.chars().next() {
        let word = rest.split(|c: char| !c.is_ascii_hexdigit() && c != '-').next().unwrap();
        let is_id = word.len() == 36 && word.matches('-').count() == 4;
        let is_digest = word.len() == 64 && !word.contains('-');
        if is_id || is_digest {
            let number = known.iter().position(|other| other == word).unwrap_or_else(|| {
                known.push(word.to_owned());
                known.len() - 1
            }) + 1;
            made += &if is_id {
                format!("00000000-0000-7000-8000-{number:012}")
            } else {
                format!("{number:064}")
            };
            rest = &rest[word.len()..];
        } else {
            // What does not begin a word is passed over whole.
            let over = word.len().max(one.len_utf8());
            made += &rest[..over];
            rest = &rest[over..];
        }
    }
    example = serde_json::from_str(&made).expect("it stays JSON");
    example
}

/// Figures of the machine become those of [`FIGURES`].
fn settle(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(settle),
        Value::Object(members) => {
            for (name, one) in members {
                match FIGURES.iter().find(|(figure, _)| name == figure) {
                    Some((_, figure)) if one.is_number() => *one = json!(figure),
                    _ if VERSIONS.contains(&name.as_str()) => *one = json!("1.0.0"),
                    _ => settle(one),
                }
            }
        }
        _ => {}
    }
}

/// Texts of members that are secret.
fn find_secrets(value: &Value, name: &str, secrets: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| find_secrets(one, name, secrets)),
        Value::Object(members) => members.iter().for_each(|(name, one)| find_secrets(one, name, secrets)),
        // Identifiers are numbered.
        Value::String(secret)
            if SECRETS.contains(&name) && secret.len() > 5 && Uuid::parse_str(secret).is_err() =>
        {
            secrets.insert((secret.clone(), name.to_owned()));
        }
        _ => {}
    }
}

/// What checks a part of an example against the description.
type Fits = dyn Fn(&str, &Value) -> Result<(), String>;

fn schema_of(operation: &Operation) -> Box<Fits> {
    let api = api();
    let described = &api["paths"][&operation.pattern][&operation.method.to_lowercase()];
    let schema = |content: &Value| {
        let mut schema = content["application/json"]["schema"].clone();
        schema["components"] = api["components"].clone();
        jsonschema::validator_for(&schema).expect("a schema")
    };
    let request = operation.takes.then(|| schema(&described["requestBody"]["content"]));
    let answer = operation.gives.map(|status| schema(&described["responses"][status.to_string()]["content"]));
    Box::new(move |part, value| {
        let validator = if part == "request" { &request } else { &answer };
        let checked = validator.as_ref().expect("the operation has it").validate(value);
        checked.map_err(|error| format!("{error} at {}", error.instance_path()))
    })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("api-spec/examples")
}

/// The examples that are kept, by operation.
fn kept() -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    files
        .map(|path| {
            let example = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), example)
        })
        .collect()
}

#[test]
fn examples_are_what_the_stories_record() {
    let made = recorded();
    if made != kept() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tmp/examples");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (operation, example) in &made {
            fs::write(folder.join(format!("{operation}.json")), format!("{example:#}\n")).unwrap();
        }
        panic!(
            "api-spec/examples is not what the stories do: copy {}, and name new ones in src/http/examples.rs",
            folder.display()
        );
    }
}

#[test]
fn every_operation_has_an_example_that_fits_and_is_short_and_nobodys() {
    let kept = kept();
    let mut missing = Vec::new();
    for operation in operations().iter().filter(|operation| operation.says_something()) {
        let Some(example) = kept.get(&operation.id) else {
            missing.push(operation.id.clone());
            continue;
        };
        let fits = schema_of(operation);
        for (part, value) in [("request", example.get("request")), ("answer", example["answer"].get("body"))]
        {
            assert_eq!(
                value.is_some(),
                if part == "request" { operation.takes } else { operation.gives.is_some() },
                "{}",
                operation.id
            );
            let Some(value) = value else { continue };
            assert!(value.to_string().len() <= MOST, "{}: {part}", operation.id);
            fits(part, value).unwrap_or_else(|error| panic!("{}: {part}: {error}", operation.id));
        }
        let whole = example.to_string();
        for secret in [PASSWORD, "qlr_", "qll_", "qlm_", "whsec_", "eyJ"] {
            assert!(!whole.contains(secret), "{}: {secret}", operation.id);
        }
    }
    assert_eq!(missing, WITHOUT.iter().map(|(operation, _)| *operation).collect::<Vec<_>>());
    assert!(kept.len() + missing.len() <= operations().len());
}

on_both! {
    async fn examples_are_served_where_the_description_says(app) {
        let nobody = app.public();
        let (kept, all) = (kept(), nobody.get("/api/examples").await.ok());
        let described: BTreeMap<String, String> = api()["paths"].as_object().unwrap().values()
            .flat_map(|item| item.as_object().unwrap().values())
            .filter_map(|operation| {
                let url = operation["x-examples-at"].as_str()?;
                Some((text(&operation["operationId"]).to_owned(), url.to_owned()))
            })
            .collect();
        assert_eq!(described.keys().collect::<Vec<_>>(), kept.keys().collect::<Vec<_>>());
        assert_eq!(all.as_object().unwrap().len(), kept.len());
        for (operation, example) in kept {
            assert_eq!(nobody.get(&described[&operation]).await.ok(), example);
            assert_eq!(all[&operation], example);
        }
        let served = nobody.get("/api/examples/logIn/request").await;
        let tag = served.headers["etag"].clone();
        assert_eq!(served.ok(), all["logIn"]["request"]);
        let again = nobody.send("GET", "/api/examples/logIn/request", None, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""));
        assert_eq!(nobody.get("/api/examples/logIn/answer").await.ok(), all["logIn"]["answer"]["body"]);
        nobody.get("/api/examples/logIn/nothing").await.refused(404, "not_found");
    }
}
