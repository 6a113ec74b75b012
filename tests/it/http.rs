//! The edge: what is not a proper request gets a proper answer, and no more.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use qianglian::domain::access::Role;
use qianglian::http::{Manners, openapi, serve};
use serde_json::{Value, json};

use super::support::app::{Answer, App, on_both, proxies};
use super::support::story::{BIOMEDICINE, SUZHOU, called, draft, submitted};
use super::support::text;

/// The status of the answer to these bytes, or `none`.
async fn raw_status(app: &App, bytes: Vec<u8>) -> String {
    let address = app.base.clone();
    let answer = tokio::task::spawn_blocking(move || {
        let mut socket = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
        socket.write_all(&bytes).unwrap();
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    answer.await.unwrap().split_whitespace().nth(1).unwrap_or("none").to_owned()
}

on_both! {
    async fn a_path_or_method_that_is_not_there_is_told_so(app) {
        let nobody = app.public();
        nobody.get("/api/v1/nothing").await.refused(404, "not_found");
        nobody.get("/nothing").await;
        let answer = nobody.send("DELETE", "/api/v1/chains", None, &[]).await;
        assert_eq!(answer.headers["allow"], "GET, HEAD, OPTIONS");
        answer.refused(405, "method_not_allowed");
        for (address, method, allowed) in
            [("/archive", "PUT", "GET, HEAD"), ("/healthz", "POST", "GET, HEAD"), ("/act/v1/login", "GET", "POST")]
        {
            let answer = nobody.send(method, address, None, &[]).await;
            assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, allowed), "{method} {address}");
        }
        let answer = nobody.send("OPTIONS", "/api/v1/competitions", None, &[]).await;
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (204, "GET, POST, HEAD, OPTIONS"));
        for path in ["/api/v1/chains%00", "/api/v1/catalogues/%FF", "/api/v1/a%2Fb"] {
            nobody.get(path).await.refused(400, "bad_path");
        }
    }

    async fn an_id_that_can_not_be_one_is_simply_not_there(app) {
        let office = app.sign_in(Role::Office, None).await;
        for id in ["abc", "-1", "99999999999999999999", "1e3", "019CD578-F500-71C7-B0C3-B3F1A46E07F4"] {
            let answer = office.get(&format!("/api/v1/applications/{id}")).await;
            assert!(!answer.text.contains(id));
            answer.refused(404, "not_found");
        }
        let long = "x".repeat(300);
        office.get(&format!("/api/v1/competitions/{long}")).await.refused(404, "not_found");
    }

    async fn a_key_is_honoured_or_refused(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let description = openapi();
        let mut refused = 0;
        for (path, operations) in description["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let parameters = operation["parameters"].to_string().replace('-', "");
                if method == "get" || method == "parameters" || parameters.contains("IdempotencyKey") {
                    continue;
                }
                let key = [("idempotency-key", "a-key-that-is-long-enough")];
                let answer = admin.send(&method.to_uppercase(), path, Some(json!({})), &key).await;
                let answer = if operation["requestBody"].is_null() {
                    admin.send(&method.to_uppercase(), path, None, &key).await
                } else {
                    answer
                };
                answer.refused(400, "idempotency_key");
                refused += 1;
            }
        }
        assert_eq!(refused, 12, "sign-ins, forgotten passwords, what takes a password, and what only looks");
    }

    async fn a_tag_that_is_none_is_told_so(app) {
        let office = app.sign_in(Role::Office, None).await;
        let path = "/api/v1/competitions/019cd578-f500-71c7-b0c3-b3f1a46e07f4/settings";
        for tag in ["3", "W/\"3\"", "\"1\", \"2\"", "\"3"] {
            office.send("PUT", path, Some(json!({})), &[("if-match", tag)]).await.refused(400, "if_match");
        }
    }

    async fn a_token_that_is_not_valid_is_told_so_in_the_standards_words(app) {
        let nobody = app.public();
        let challenge = |answer: Answer| answer.headers["www-authenticate"].clone();
        assert_eq!(challenge(nobody.get("/api/v1/me").await), "Bearer");
        let with = |value: &'static str| {
            let nobody = &nobody;
            async move { nobody.send("GET", "/api/v1/me", None, &[("authorization", value)]).await }
        };
        assert_eq!(challenge(with("Bearer nothing").await), r#"Bearer error="invalid_token""#);
        assert_eq!(challenge(with("Basic YTpi").await), r#"Bearer error="invalid_request""#);
    }

    /// Which pages of other sites may do what: `tests/browser/other-site.test.mjs` asks a browser.
    async fn other_sites_are_told_what_they_may(app) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let manners = Manners::default().with_sites(vec!["https://portal.example.cn".to_owned()]);
        let rate = std::num::NonZeroU32::new(10);
        let server = serve(app.service.clone(), listener, None, rate, Vec::new(), manners).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let ask = async |method: &str, origin: &str, inquiry: &str| {
            let request = app.client.request(method.parse().unwrap(), format!("{base}/api/v1/competitions"));
            let request = request.header("origin", origin);
            let request =
                if inquiry.is_empty() { request } else { request.header("access-control-request-method", inquiry) };
            let answer = request.send().await.unwrap();
            let told = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
            [told("access-control-allow-origin"), told("access-control-allow-methods"), told("access-control-allow-headers")]
        };
        assert_eq!(ask("GET", "https://any.example", "").await, ["*", "", ""]);
        assert_eq!(ask("POST", "https://any.example", "").await, ["", "", ""]);
        let [site, methods, names] = ask("OPTIONS", "https://any.example", "POST").await;
        assert_eq!((site.as_str(), methods.as_str()), ("*", "GET, HEAD"));
        assert!(!names.contains("Authorization"), "{names}");
        let portal = "https://portal.example.cn";
        assert_eq!(ask("POST", portal, "").await, [portal, "", ""]);
        let [site, methods, names] = ask("OPTIONS", portal, "POST").await;
        assert!(site == portal && methods.contains("DELETE") && names.contains("Authorization"), "{site} {methods} {names}");
        // What the answer depends on besides is told as ever.
        let answer = app.client.get(format!("{base}/api/v1/chains")).header("origin", portal).send().await.unwrap();
        let vary: Vec<&str> = answer.headers().get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(vary.join(", "), "Authorization, Accept-Language, Accept-Encoding, Origin");
        // A page has its own answer, which no other site reads.
        let page = app.client.get(format!("{base}/")).header("origin", portal).send().await.unwrap();
        assert!(!page.headers().contains_key("access-control-allow-origin"));
        // How many requests are left is told with each.
        let counted = async || {
            let answer = app.client.get(format!("{base}/api/v1/chains")).send().await.unwrap();
            let told = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
            (answer.status().as_u16(), told("ratelimit-policy"), told("ratelimit"))
        };
        let (status, policy, left) = counted().await;
        assert_eq!((status, policy.as_str()), (200, "\"address\";q=50;w=5"));
        let number = |left: &str| left.split("r=").nth(1).unwrap().split(';').next().unwrap().parse::<u32>().unwrap();
        assert!(number(&left) < 49, "{left}");
        while counted().await.0 == 200 {}
        let (status, _, left) = counted().await;
        assert!(status == 429 && number(&left) == 0, "{status} {left}");
        let _stopping = handle.stop(false);
    }

    async fn a_query_is_read_strictly(app) {
        let office = app.sign_in(Role::Office, None).await;
        office.get("/api/v1/applications?limit=1&limit=2").await.refused(400, "bad_query");
        let answer = office.get("/api/v1/applications?include=scores").await;
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("`include`") && detail.contains("`limit`"), "{detail}");
        answer.refused(400, "bad_query");
        office.get("/api/v1/applications?state=%ZZ").await.refused(400, "bad_query");
        office.get("/api/v1/applications?access_token=x").await.refused(400, "token_in_url");
        office.get("/api/v1/applications?cursor=zzz").await.refused(400, "bad_cursor");
        for limit in ["0", "-1", "101", "1000000000", "x"] {
            office.get(&format!("/api/v1/applications?limit={limit}")).await.invalid();
        }
        office.get("/api/v1/applications?state=nothing").await.invalid();
    }

    async fn a_body_is_read_strictly(app) {
        let nobody = app.public();
        let login = async |body: &[u8], media_type: &str| {
            nobody.send_bytes("POST", "/api/v1/login", Some(body.to_vec()), &[("content-type", media_type)]).await
        };
        let json_type = "application/json";
        login(b"{}", "text/plain").await.refused(415, "unsupported_media_type");
        for body in [&b""[..], b"{", b"{} x", b"\xef\xbb\xbf{}", b"\"\\ud800\"", b"\xff", b"[[[["] {
            login(body, json_type).await.refused(400, "bad_json");
        }
        login("[".repeat(100_000).as_bytes(), json_type).await.refused(400, "bad_json");
        login(br#"{"name": "a", "name": "b", "password": "x"}"#, json_type).await.refused(400, "duplicate_field");
        let told = |answer: Answer| answer.invalid();
        let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(told(login(br#"{"name": "a", "password": "x", "role": "admin"}"#, json_type).await), one("/role", "unknown_field"));
        assert_eq!(told(login(br#"{"name": "a"}"#, json_type).await), one("/password", "required"));
        assert_eq!(told(login(br#"{"name": 1, "password": "x"}"#, json_type).await), one("/name", "wrong_type"));
        assert_eq!(told(login(br#"{"name": "a\u0000", "password": "x"}"#, json_type).await), one("/name", "bad_text"));
        assert_eq!(told(login(b"{\"name\": \"a\xe2\x80\xae\", \"password\": \"x\"}", json_type).await), one("/name", "bad_text"));
        let long = format!(r#"{{"name": "{}", "password": "x"}}"#, "a".repeat(65));
        assert_eq!(told(login(long.as_bytes(), json_type).await), one("/name", "length"));
        let large = vec![b' '; 3 << 20];
        assert_eq!(login(&large, json_type).await.status, 413);
        let headers = [("content-type", json_type), ("content-encoding", "gzip")];
        let packed = nobody.send_bytes("POST", "/api/v1/login", Some(b"{}".to_vec()), &headers).await;
        packed.refused(415, "unsupported_media_type");
    }

    async fn text_comes_back_as_it_was_sent(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let part = format!("/api/v1/applications/{application}/parts/section.status");
        let hostile = "' OR 1=1-- {{7*7}} ${jndi:x} <script>alert(1)</script> \" \\ \n\t 🏭 é";
        let saved = suzhou.over("PUT", &part, &json!(0), json!({ "text": hostile })).await.ok();
        assert_eq!(text(&saved["content"]["text"]), hostile);
        let seen = suzhou.get(&format!("/api/v1/applications/{application}")).await.ok();
        assert_eq!(text(&seen["parts"]["section.status"]["content"]["text"]), hostile);
    }

    async fn messages_are_in_the_language_that_is_asked_for(app) {
        let nobody = app.public();
        for (wanted, detail, language) in [
            ("", "没有找到该内容", "zh-CN"),
            ("en", "There is no such thing", "en"),
            ("en-GB,zh;q=0.8", "There is no such thing", "en"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "没有找到该内容", "zh-CN"),
            ("fr", "没有找到该内容", "zh-CN"),
            ("en;q=0.1, zh;q=0.2", "没有找到该内容", "zh-CN"),
        ] {
            let answer = nobody.send("GET", "/api/v1/nothing", None, &[("accept-language", wanted)]).await;
            assert_eq!((text(&answer.body["detail"]), answer.headers["content-language"].as_str()), (detail, language), "{wanted}");
        }
    }

    async fn what_is_no_http_is_cut_off(app) {
        for (bytes, status) in [
            ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"),
            ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400"),
            ("GET /api/v1/%2e%2e/chains HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
            ("GET /api/v1/a%2fb HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"),
        ] {
            assert_eq!(raw_status(&app, bytes.as_bytes().to_vec()).await, status, "{bytes}");
        }
    }

    async fn two_credentials_are_none(app) {
        let office = app.sign_in(Role::Office, None).await;
        let other = format!("Bearer {}", office.token.as_ref().unwrap());
        let twice = office.send("GET", "/api/v1/me", None, &[("authorization", &other)]).await;
        twice.refused(400, "ambiguous_credentials");
        let lower = format!("bearer {}", office.token.as_ref().unwrap());
        app.public().send("GET", "/api/v1/me", None, &[("authorization", &lower)]).await.ok();
        let basic = app.public().send("GET", "/api/v1/me", None, &[("authorization", "Basic eDp5")]).await;
        basic.refused(400, "ambiguous_credentials");
    }

    async fn absent_and_foreign_get_the_same_answer(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let nantong = app.sign_in(Role::Applicant, Some("320600")).await;
        let absent = "0192f0c1-2345-7abc-8def-0123456789ab";
        for path in ["", "/completeness", "/evidence", "/submissions/1", "/checks", "/parts/profile/revisions"] {
            let mut answers = Vec::new();
            for id in [application.as_str(), absent] {
                let mut answer = nantong.get(&format!("/api/v1/applications/{id}{path}")).await;
                answer.headers.remove("x-request-id");
                answer.headers.remove("date");
                answer.body["request_id"] = Value::Null;
                answers.push((answer.status, answer.headers, answer.body));
            }
            assert_eq!(answers[0], answers[1], "{path}");
            assert_eq!(answers[0].0, 404);
        }
    }

    async fn every_answer_is_guarded(app) {
        let nobody = app.public();
        let page = nobody.get("/").await;
        let style = page.text.split("href=\"").find(|part| part.starts_with("/assets/")).unwrap();
        let style = style.split('"').next().unwrap();
        for path in ["/", style, "/assets/none.js", "/healthz", "/readyz", "/api/docs", "/api/v1/chains", "/nothing"] {
            let headers = nobody.get(path).await.headers;
            for name in ["content-security-policy", "x-content-type-options", "referrer-policy"] {
                assert!(headers.contains_key(name), "{path} {name}");
            }
        }
    }

    async fn health_and_metrics_are_there(app) {
        let nobody = app.public();
        assert_eq!(nobody.get("/healthz").await.text, "ok\n");
        assert_eq!(nobody.get("/readyz").await.text, "ready\n");
        // Not even to this machine, whose proxy asks for everybody.
        nobody.get("/metrics").await.refused(404, "not_found");
        let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (listener, counted) = (bind(), bind());
        let base = format!("http://{}", listener.local_addr().unwrap());
        let told = format!("http://{}", counted.local_addr().unwrap());
        let server = serve(app.service.clone(), listener, Some(counted), None, proxies(), Manners::default()).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let get = async |address: String| app.client.get(address).send().await.unwrap();
        assert_eq!(get(format!("{base}/api/v1/chains")).await.status(), 200);
        assert_eq!(get(format!("{told}/api/v1/chains")).await.status(), 404);
        let metrics = get(format!("{told}/metrics")).await.text().await.unwrap();
        let _stopping = handle.stop(false);
        assert!(metrics.contains(r#"qianglian_http_requests_total{method="GET",path="/api/v1/chains",status="200"} 1"#), "{metrics}");
        assert!(metrics.contains("qianglian_transactions_committed"));
        assert!(metrics.contains(r#"qianglian_loop_failures_total{loop="limits"} 0"#), "{metrics}");
    }
}
