//! Answers are compressed as whoever asks can read them, and say the same as they would uncompressed.

use std::collections::BTreeMap;
use std::io::Read;

use qianglian::domain::access::Role;

use super::support::app::{App, on_both};
use super::support::story::called;

/// The bytes that are answered, as they come, with the headers.
async fn raw(app: &App, path: &str, accepted: &str) -> (Vec<u8>, BTreeMap<String, String>) {
    let token = app.sign_in(Role::Office, None).await.token.unwrap();
    let request =
        reqwest::Client::new().get(format!("{}{path}", app.base)).header("accept-encoding", accepted);
    let public = !path.starts_with("/api/v1/competitions/");
    let request = if public { request } else { request.bearer_auth(token) };
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    let headers = answer.headers().iter().map(header).collect();
    (answer.bytes().await.unwrap().to_vec(), headers)
}

fn unpacked(bytes: &[u8], coding: Option<&str>) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        Some("br") => brotli::BrotliDecompress(&mut &*bytes, &mut plain).unwrap(),
        Some("gzip") => drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap()),
        Some(other) => panic!("{other}"),
        None => plain.extend_from_slice(bytes),
    }
    plain
}

on_both! {
    async fn every_answer_says_the_same_in_each_coding(app) {
        let competition = called(&app).await;
        let home = app.public().get("/").await.text;
        let style = home.split("href=\"").find_map(|rest| rest.split('"').next().filter(|link| link.starts_with("/assets/app-"))).unwrap();
        let settings = format!("/api/v1/competitions/{competition}");
        for path in ["/", "/en/chains", style, "/api/docs/openapi.json", "/api/v1/chains", &settings] {
            let (plain, _) = raw(&app, path, "identity").await;
            // The second time, what was kept is given.
            for accepted in ["gzip, deflate, br, zstd", "gzip, deflate, br, zstd", "gzip", "gzip;q=0.5, br;q=0"] {
                let (bytes, headers) = raw(&app, path, accepted).await;
                let coding = headers.get("content-encoding").map(String::as_str);
                let expected = if accepted.contains("br, ") { "br" } else { "gzip" };
                assert_eq!(coding, Some(expected), "{path} {accepted}");
                assert!(bytes.len() < plain.len(), "{path}");
                assert_eq!(unpacked(&bytes, coding), plain, "{path} {accepted}");
                assert!(headers["vary"].to_ascii_lowercase().contains("accept-encoding"), "{path}");
                assert_eq!(headers["content-length"], bytes.len().to_string());
            }
        }
    }

    async fn what_is_short_or_compressed_already_is_let_be(app) {
        let (bytes, headers) = raw(&app, "/healthz", "br").await;
        assert_eq!((bytes.as_slice(), headers.get("content-encoding")), (&b"ok\n"[..], None));
        for accepted in ["", "identity", "zstd", "br;q=0, gzip;q=0", "br;q=x"] {
            let (_, headers) = raw(&app, "/", accepted).await;
            assert_eq!(headers.get("content-encoding"), None, "{accepted}");
        }
    }

    async fn the_description_of_the_api_is_not_sent_twice(app) {
        let (_, headers) = raw(&app, "/api/docs/openapi.json", "br").await;
        let seen = [("if-none-match", headers["etag"].as_str())];
        let answer = app.public().send("GET", "/api/docs/openapi.json", None, &seen).await;
        assert_eq!((answer.status, answer.text.len()), (304, 0));
    }
}
