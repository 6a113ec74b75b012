//! What people type is understood as it is meant; what is not is told in words of the trade.

use std::collections::BTreeSet;

use qianglian::domain::access::Role;
use serde_json::json;

use super::crawl::kind;
use super::support::app::{App, On, PASSWORD, on_both};
use super::support::browser::{Browser, Form};
use super::support::review::{experts, objected, on_notice, profile, review_settings};
use super::support::story::{BIOMEDICINE, SUZHOU, called, complete, draft, figures, write};
use super::support::text;

on_both! {
    async fn numbers_codes_and_telephones_are_understood(app) {
        let id = called(&app).await;
        let applicant = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        complete(&applicant, &application).await;
        let path = format!("/api/v1/applications/{application}");
        let part = |name: &'static str| {
            let (applicant, path) = (applicant.clone(), path.clone());
            async move { applicant.get(&path).await.ok()["parts"][name]["content"].clone() }
        };
        let mut profile = part("profile").await;
        profile["contact_phone"] = json!("０２５－８３２３４５６７ 转８０１");
        for (typed, meant) in [("４８．５", "48.5"), (" 48.5 ", "48.5"), ("1,234.5", "1234.5"), ("48.5 平方公里", "48.5")] {
            profile["area_km2"] = json!(typed);
            write(&applicant, &application, "profile", profile.clone()).await;
            let stored = part("profile").await;
            assert_eq!((&stored["area_km2"], &stored["contact_phone"]), (&json!(meant), &json!("025-83234567 转801")), "{typed}");
        }
        for code in [" 91320100ABCDEF1233 ", "９１３２０１００ＡＢＣＤＥＦ１２３３", "9132 0100 ABCD EF12 33"] {
            let firms = json!({ "firms": [{ "name": "示例公司", "credit_code": code, "role": "key_firm", "products": "" }] });
            write(&applicant, &application, "firms", firms).await;
            assert_eq!(part("firms").await["firms"][0]["credit_code"], "91320100ABCDEF1233");
        }
        let stored = part("figures").await;
        let evidence = text(&stored["figures"][0]["evidence"][0]);
        let mut all = figures(evidence);
        let place = all["figures"].as_array().unwrap().iter().position(|figure| figure["unit"] == "亿元").unwrap();
        for (typed, meant) in [("620.5 ", "620.5"), ("６２０．５", "620.5"), ("1,234.5", "1234.5"), ("620.5亿元", "620.5")] {
            let figure = &mut all["figures"][place];
            (figure["value"], figure["last_year"]) = (json!(typed), json!(typed));
            write(&applicant, &application, "figures", all.clone()).await;
            let stored = part("figures").await;
            let figure = &stored["figures"][place];
            assert_eq!((&figure["value"], &figure["last_year"]), (&json!(meant), &json!(meant)), "{typed}");
        }
        // What is not is told at its cell, as people speak of it.
        let browser = Browser::of(&app, &applicant.name).await;
        let page = browser.get(&format!("/applications/{application}/parts/figures")).await;
        let form = page.form(&format!("/act/v1/applications/{application}/parts/figures"));
        let row = (0..100).find(|row| form.value(&format!("/figures/{row}/unit:key")) == Some("亿元")).unwrap();
        let wrong = browser.send(&form.with(&format!("/figures/{row}/value"), "48,5")).await;
        assert!(wrong.complaints().contains("应为数字，如 87.5"), "{}", wrong.complaints());
        assert!(wrong.complaints().contains("现为“48,5”"), "{}", wrong.complaints());
    }

    async fn names_and_codes_are_understood_where_one_is_asked_who_one_is(app) {
        let office = app.sign_in(Role::Office, None).await;
        for name in [" Office-0 ", "OFFICE-0", "ｏｆｆｉｃｅ-0\u{3000}"] {
            app.public().post("/api/v1/login", json!({ "name": name, "password": PASSWORD })).await.ok();
        }
        drop(office);
        app.known_as("zhang-san", Role::Expert, None).await;
        let office = app.known(Role::Office, None).await;
        let expert = json!({ "profile": profile(1), "account_name": " Zhang-San " });
        assert!(office.post("/api/v1/experts", expert).await.ok()["account_id"].is_string());
    }

    async fn the_code_of_a_receipt_is_understood_however_it_is_typed(app) {
        let competition = on_notice(&app, review_settings()).await;
        let receipt = objected(&app, &competition, &competition.applications[0]).await;
        let code = text(&receipt["code"]).to_owned();
        let plain = code.replace('-', "");
        let wide: String = code.chars().filter_map(|c| char::from_u32(u32::from(c) + 0xfee0)).collect();
        for typed in [plain.clone(), format!(" {} ", plain.to_lowercase()), code.replace('-', " "), code.replace('-', "—"), wide] {
            app.public().post("/api/v1/objections/status", json!({ "code": typed })).await.ok();
        }
    }
}

/// Words that no clerk knows: types, members, pointers, encodings.
fn jargon(told: &str) -> Option<&str> {
    const WORDS: [&str; 23] = [
        "u8",
        "u16",
        "u32",
        "u64",
        "i32",
        "i64",
        "usize",
        "String",
        "string",
        "struct",
        "sequence",
        "map",
        "Decimal",
        "UUID",
        "RFC",
        "JSON",
        "json",
        "variant",
        "expected",
        "integer",
        "boolean",
        "microseconds",
        "null",
    ];
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words = told.split(|c: char| !is_word(c));
    let word = words.find(|word| {
        let key = word.contains('_') && word.starts_with(|c: char| c.is_ascii_lowercase());
        WORDS.contains(word) || key
    });
    let pointer = || {
        let mut parts = told.split(|c: char| c.is_whitespace() || "“”（）：；".contains(c));
        parts.find(|part| {
            part.len() > 1 && part.starts_with('/') && part[1..].starts_with(|c: char| c.is_ascii_lowercase())
        })
    };
    let sign = || ["带引号", "`", "成员", "幂等"].into_iter().find(|sign| told.contains(sign));
    word.or_else(pointer).or_else(sign)
}

/// A form with this in all that a person types into.
fn filled(form: &Form, garbage: &str) -> Form {
    let mut filled = form.clone();
    for (name, value) in &mut filled.fields {
        let kind = name.rsplit_once(':').map_or("", |(_, kind)| kind);
        if name.starts_with('/') && !matches!(kind, "key" | "yes") {
            garbage.clone_into(value);
        }
    }
    filled
}

#[test]
fn no_page_complains_in_words_of_programmers() {
    actix_web::rt::System::new().block_on(async {
        let app = App::start(On::Sqlite).await;
        let id = called(&app).await;
        let applicant = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        complete(&applicant, &application).await;
        experts(&app, 2).await;
        let mut found = BTreeSet::new();
        let mut forms = BTreeSet::new();
        let roles = [
            (Role::Applicant, Some(SUZHOU)),
            (Role::CityReviewer, Some(SUZHOU)),
            (Role::Office, None),
            (Role::Supervisor, None),
            (Role::Admin, None),
        ];
        for (role, region) in roles {
            let user = app.known(role, region).await;
            let browser = Browser::of(&app, &user.name).await;
            let (mut waiting, mut seen) = (vec!["/desk".to_owned()], BTreeSet::new());
            while let Some(address) = waiting.pop() {
                let other = ["/api/", "/assets/", "/en"].iter().any(|start| address.starts_with(start));
                if other || !seen.insert(kind(&address)) {
                    continue;
                }
                let page = browser.get(&address).await;
                waiting
                    .extend(page.links().into_iter().map(|link| link.split('#').next().unwrap().to_owned()));
                for form in page.forms() {
                    let leaves = ["logout", "password", "login", "state", "disable", "reset"];
                    let method = form.value("_method").unwrap_or("POST").to_owned();
                    if !form.action.starts_with("/act/")
                        || leaves.iter().any(|word| form.action.contains(word))
                        || !forms.insert((role, method, kind(&form.action), kind(&address)))
                    {
                        continue;
                    }
                    for garbage in
                        ["", "x\u{7}", "48,5", "-1", "2026-13-45", "{\"a\":[1]}", "99999999999999999999"]
                    {
                        let told = browser.send(&filled(&form, garbage)).await.bare_complaints();
                        if let Some(word) = jargon(&told) {
                            found.insert(format!("{address} {garbage:?}: {word}: {told}"));
                        }
                    }
                }
            }
        }
        assert!(forms.len() > 40, "{}", forms.len());
        assert!(found.is_empty(), "{} {found:#?}", found.len());
    });
}

#[test]
fn jargon_is_seen() {
    for told in [
        "应为 u16",
        "见 /applications/0/measured/a11",
        "缺少 panel_size",
        "不带引号",
        "处于“not_called”",
        "the `x`",
    ] {
        assert!(jargon(told).is_some(), "{told}");
    }
    for told in ["应为数字，如 87.5", "应为 2026-03-10 18:00", "甲/乙", "A number such as 48.5"] {
        assert_eq!(jargon(told), None, "{told}");
    }
}
