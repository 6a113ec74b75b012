//! What serves nothing any more goes, when `docs/operations.md` says: kept before, gone after, by the set clock.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::actions::housekeeping::{Removed, tidy_up};
use qianglian::actions::restore::{Restored, Source, record};
use qianglian::actions::{RequestContext, Service};
use qianglian::db::Conn;
use qianglian::domain::access::Role;
use qianglian::domain::time::Timestamp;
use serde_json::json;

use super::made_files::pdf;
use super::support::app::{App, on_both};
use super::support::story::{BIOMEDICINE, SUZHOU, called, draft};
use super::support::text;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = Text)]
    told: String,
}

fn told(conn: &mut Conn, query: &str) -> Vec<String> {
    sql_query(query).load::<Told>(conn).unwrap().into_iter().map(|row| row.told).collect()
}

/// A row of each kind that is kept for a time, as of a moment: table, columns, values, the column that is `'kept'`, and for
/// how many days.
fn rows(account: &str, at: i64) -> Vec<(&'static str, &'static str, String, &'static str, i64)> {
    vec![
        (
            "session",
            "id, account_id, created_at, refreshed_at, expires_at, source, client, proved_at",
            format!("'kept', '{account}', {at}, {at}, {at}, '', '', {at}"),
            "id",
            3 * 366,
        ),
        (
            "refresh_token",
            "secret_digest, session_id, issued_at",
            format!("'kept', 'kept', {at}"),
            "secret_digest",
            1,
        ),
        (
            "one_time_link",
            "id, secret_digest, created_at, expires_at, confirmation, clears_second_factor",
            format!("'kept', 'kept', {at}, {at}, 'not_needed', FALSE"),
            "id",
            30,
        ),
        (
            "idempotency",
            "account_id, key, fingerprint, body, stored_at",
            format!("'{account}', 'kept', '', '', {at}"),
            "key",
            30,
        ),
        ("public_answer", "id, body, stored_at", format!("'kept', '', {at}"), "id", 1),
        (
            "password_guess",
            "id, name, place, at, forgiven",
            format!("'kept', 'x', 'y', {at}, FALSE"),
            "id",
            1,
        ),
        ("login_failure", "name, source, failures, since", format!("'kept', 'y', 1, {at}"), "name", 1),
        ("passkey_challenge", "nonce, ends_at", format!("'kept', {at}"), "nonce", 1),
        ("platform_trip", "state, at", format!("'kept', {at}"), "state", 1),
        (
            "account_message",
            "id, account_id, kind, at, read_at",
            format!("'kept', '{account}', 'password', {at}, {at}"),
            "id",
            366,
        ),
    ]
}

/// A file in the store that no record names.
async fn unnamed(service: &Service) -> String {
    let mut incoming = service.files.receive(10_000).await.unwrap();
    incoming.write(Bytes::from(pdf(1_234))).await.unwrap();
    let received = incoming.finish(None).await.unwrap();
    service.files.keep(received, "left.pdf").await.unwrap().digest.to_string()
}

fn kept(app: &App, digest: &str) -> PathBuf {
    app.directory.path().join("evidence").join(&digest[..2]).join(digest)
}

fn written_at(path: &Path, at: Timestamp) {
    File::options().write(true).open(path).unwrap().set_modified(at.into()).unwrap();
}

async fn files_removed(app: &App) -> usize {
    tidy_up(&app.service).await.unwrap().files
}

on_both! {
    async fn rows_go_when_their_time_is_over_and_not_before(app) {
        app.sign_in_as("somebody", Role::Office, None).await;
        let mut conn = Conn::open(&app.address).unwrap();
        let account = told(&mut conn, "SELECT id AS told FROM account").remove(0);
        let start = app.clock.now();
        let rows = rows(&account, start.micros());
        for (table, columns, values, ..) in &rows {
            conn.batch_execute(&format!("INSERT INTO {table} ({columns}) VALUES ({values})")).unwrap();
        }
        let unread = format!("'unread', '{account}', 'password', {}", start.micros());
        conn.batch_execute(&format!("INSERT INTO account_message (id, account_id, kind, at) VALUES ({unread})"))
            .unwrap();
        let mut ends: Vec<i64> = rows.iter().map(|(.., days)| *days).collect();
        ends.sort_unstable();
        ends.dedup();
        for end in ends {
            for seconds in [end * DAY - HOUR, end * DAY + HOUR] {
                app.clock.set(start.plus_seconds(seconds));
                tidy_up(&app.service).await.unwrap();
                for (table, _, _, key, days) in &rows {
                    let found = told(&mut conn, &format!("SELECT {key} AS told FROM {table} WHERE {key} = 'kept'"));
                    assert_eq!(found.len(), usize::from(days * DAY > seconds), "{table} after {seconds} s");
                }
            }
        }
        assert_eq!(told(&mut conn, "SELECT id AS told FROM account_message WHERE id = 'unread'").len(), 1);
    }

    async fn what_the_public_took_is_forgotten_the_day_after_but_what_counts_for_good(app) {
        let mut conn = Conn::open(&app.address).unwrap();
        for day in ["2026-03-10", "2026-03-11", ""] {
            let row = format!("INSERT INTO public_use (purpose, mark, day, used) VALUES ('x', 'kept', '{day}', 1)");
            conn.batch_execute(&row).unwrap();
        }
        let mut days = || told(&mut conn, "SELECT day AS told FROM public_use WHERE mark = 'kept' ORDER BY day");
        for (at, kept) in [
            ("2026-03-10T23:59:59+08:00", vec!["", "2026-03-10", "2026-03-11"]),
            ("2026-03-11T00:00:00+08:00", vec!["", "2026-03-11"]),
            ("2026-03-12T00:00:00+08:00", vec![""]),
        ] {
            app.at(at);
            tidy_up(&app.service).await.unwrap();
            assert_eq!(days(), kept, "{at}");
        }
    }

    async fn uploads_that_broke_off_go_after_a_day(app) {
        let start = app.clock.now();
        let part = app.directory.path().join("spool/0123.part");
        fs::write(&part, "half").unwrap();
        written_at(&part, start);
        app.clock.set(start.plus_seconds(DAY - HOUR));
        assert_eq!(tidy_up(&app.service).await.unwrap().uploads, 0);
        app.clock.set(start.plus_seconds(DAY + HOUR));
        assert_eq!(tidy_up(&app.service).await.unwrap().uploads, 1);
        assert!(!part.exists());
        assert_eq!(tidy_up(&app.service).await.unwrap(), Removed::default());
    }

    async fn a_file_that_no_record_names_goes_after_ninety_days_and_none_that_one_names(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let named = suzhou.upload(&application, "figures", "a.pdf", &pdf(900)).await.ok();
        let removed = suzhou.upload(&application, "figures", "b.pdf", &pdf(901)).await.ok();
        suzhou.delete(&format!("/api/v1/evidence/{}", text(&removed["id"]))).await;
        let unnamed = unnamed(&app.service).await;
        let start = app.clock.now();
        let named = [text(&named["digest"]), text(&removed["digest"])];
        for digest in named.into_iter().chain([unnamed.as_str()]) {
            written_at(&kept(&app, digest), start.plus_seconds(HOUR));
        }
        app.clock.set(start.plus_seconds(90 * DAY));
        assert_eq!(files_removed(&app).await, 0);
        app.clock.set(start.plus_seconds(90 * DAY + 2 * HOUR));
        // Nobody has decided yet that the data before a restore are given up.
        let aside = app.directory.path().join("before-restore-x.db");
        fs::write(&aside, "").unwrap();
        assert_eq!(files_removed(&app).await, 0);
        fs::remove_file(&aside).unwrap();
        assert_eq!(files_removed(&app).await, 1);
        assert!(!kept(&app, &unnamed).exists());
        assert!(named.iter().all(|digest| kept(&app, digest).exists()));
    }

    async fn no_file_goes_for_ninety_days_after_a_restore_or_in_a_database_that_is_new(app) {
        let unnamed = unnamed(&app.service).await;
        let start = app.clock.now();
        written_at(&kept(&app, &unnamed), start.plus_seconds(-200 * DAY));
        assert_eq!(files_removed(&app).await, 0, "nothing is told of yet");
        app.sign_in_as("first", Role::Office, None).await;
        assert_eq!(files_removed(&app).await, 0, "the database is new");
        app.clock.set(start.plus_seconds(80 * DAY));
        let restored = Restored {
            source: Source::Recovery,
            made_at: start,
            lost: json!([]),
            kept_aside: None,
            missing_files: 0,
        };
        record(&app.service, &RequestContext::of_operator(&app.clock), restored).await.unwrap();
        app.clock.set(start.plus_seconds(169 * DAY));
        assert_eq!(files_removed(&app).await, 0, "it was restored lately");
        app.clock.set(start.plus_seconds(171 * DAY));
        assert_eq!(files_removed(&app).await, 1);
    }
}
