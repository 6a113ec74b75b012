//! Pages: signing in, forms and what becomes of them, what another site can't do.

use qianglian::domain::access::Role;

use super::support::app::{PASSWORD, on_both};
use super::support::browser::Browser;

on_both! {
    async fn one_signs_in_and_comes_to_the_page_that_was_wanted(app) {
        app.sign_in(Role::Office, None).await;
        let browser = Browser::new(&app);
        let sign_in = browser.get("/account").await;
        assert_eq!((sign_in.status, sign_in.address.as_str()), (200, "/sign-in?next=%2Faccount"));
        let form = sign_in.form("/act/v1/login").with("/name", "office-0");
        let wrong = browser.send(&form.clone().with("/password", "not-this-one-at-all")).await;
        assert_eq!(wrong.status, 401);
        assert!(wrong.text().contains("登录名或密码不正确"), "{}", wrong.text());
        assert_eq!(wrong.form("/act/v1/login").value("/name"), Some("office-0"), "what was typed stays");
        assert_eq!(wrong.form("/act/v1/login").value("/password"), Some(""), "but for the password");
        let account = browser.send(&form.with("/password", PASSWORD)).await;
        assert_eq!((account.status, account.address.as_str()), (200, "/account"));
        assert!(account.text().contains("office-0 同志"), "{}", account.text());
        assert_eq!(account.headers["cache-control"], "no-store");
        let english = browser.get("/en/account").await;
        assert!(english.text().contains("Leading-group office"), "{}", english.text());
        // The cookie reads the API too, but does nothing there.
        let me = browser.get("/api/v1/me").await;
        assert_eq!(me.status, 200);
        let out = browser.send(&account.form("/act/v1/logout")).await;
        assert!(browser.cookies.lock().unwrap().is_empty(), "{}", out.address);
        assert_eq!(browser.get("/account").await.address, "/sign-in?next=%2Faccount");
    }

    async fn a_form_of_another_session_or_site_does_nothing(app) {
        app.sign_in_as("office-1", Role::Office, None).await;
        app.sign_in_as("office-2", Role::Office, None).await;
        let (first, second) = (Browser::of(&app, "office-1").await, Browser::of(&app, "office-2").await);
        let form = first.get("/account").await.form("/act/v1/logout/everywhere");
        let foreign = second.send(&form).await;
        assert_eq!(foreign.status, 403, "{}", foreign.text());
        assert_eq!(second.get("/account").await.status, 200);
        assert_eq!(first.get("/account").await.address, "/account");
        // The same cookie by a request of another site, and by the API without a form.
        let cookie = first.cookies.lock().unwrap()["__Host-qianglian"].clone();
        let cookie = format!("__Host-qianglian={cookie}");
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        for (header, value) in [("origin", "https://elsewhere.example"), ("sec-fetch-site", "cross-site")] {
            let headers = [("cookie", cookie.as_str()), kind, (header, value)];
            let sent = app.public().send_bytes("POST", &form.action, Some(body.clone().into_bytes()), &headers).await;
            assert_eq!(sent.status, 403, "{header}");
        }
        app.public()
            .send_bytes("POST", "/api/v1/logout/everywhere", None, &[("cookie", cookie.as_str())])
            .await
            .refused(401, "log_in_first");
        assert_eq!(first.get("/account").await.address, "/account");
    }

    async fn a_session_that_ended_costs_no_typed_text(app) {
        app.sign_in(Role::Office, None).await;
        let browser = Browser::of(&app, "office-0").await;
        let page = browser.get("/account").await;
        app.at("2026-03-10T11:30:00+08:00");
        let ended = browser.send(&page.form("/act/v1/logout/everywhere").with("/text", "写了很久")).await;
        assert_eq!(ended.status, 401);
        assert!(ended.text().contains("写了很久"), "{}", ended.text());
        let sign_in = ended.form("/act/v1/login").with("/name", "office-0").with("/password", PASSWORD);
        let goes_on = browser.send(&sign_in).await;
        assert!(goes_on.text().contains("写了很久"), "{}", goes_on.text());
        assert_eq!(browser.get("/account").await.address, "/account");
        browser.send(&goes_on.form("/act/v1/logout/everywhere")).await;
        assert_eq!(browser.get("/account").await.address, "/sign-in?next=%2Faccount");
        // A form with a password is begun anew: no password is written into a page.
        let browser = Browser::of(&app, "office-0").await;
        let page = browser.get("/account").await;
        app.at("2026-03-10T13:00:00+08:00");
        let secret = "a-secret-of-mine-4711";
        let change = page.form("/act/v1/me/password").with("/old_password", PASSWORD).with("/new_password", secret);
        let ended = browser.send(&change).await;
        assert!(!ended.html.contains(secret) && !ended.html.contains(PASSWORD), "{}", ended.html);
    }

    async fn a_browser_that_is_used_stays_signed_in(app) {
        app.sign_in(Role::Office, None).await;
        let browser = Browser::of(&app, "office-0").await;
        for time in ["10:50", "11:40", "12:30"] {
            app.at(&format!("2026-03-10T{time}:00+08:00"));
            assert_eq!(browser.get("/account").await.address, "/account", "{time}");
        }
        app.at("2026-03-10T13:41:00+08:00");
        assert_eq!(browser.get("/account").await.address, "/sign-in?next=%2Faccount");
        // The cookie of a session that is over stands in the way of nothing that everybody may read.
        assert_eq!(browser.get("/api/v1/me").await.status, 401);
        assert_eq!(browser.get("/api/v1/catalogues").await.status, 200);
    }

    async fn what_is_not_there_or_not_allowed_is_told_as_a_page(app) {
        let nobody = Browser::new(&app);
        let lost = nobody.get("/en/nothing-here").await;
        assert_eq!(lost.status, 404);
        assert!(lost.text().contains("There is no such thing"), "{}", lost.text());
        for page in [&lost, &nobody.get("/sign-in").await] {
            assert!(page.headers["content-security-policy"].starts_with("default-src 'none'; style-src 'self'"));
        }
        let invalid = nobody.send(&nobody.get("/accept-link").await.form("/act/v1/links/acceptance")).await;
        assert_eq!(invalid.status, 422, "{}", invalid.text());
    }
}
